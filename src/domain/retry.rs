//! When a letter is tried again (RFC 5321 §4.5.4.1), and when it is given up.

use jiff::{SignedDuration, Timestamp};

/// A letter that could not be handed over for this long is refused and told to staff.
pub const DAYS_MAX: i64 = 5;

/// Minutes between attempts; after the last, hourly.
const GAPS_MINUTES: [i64; 5] = [1, 2, 5, 15, 30];

const UNKNOWN_GAP_MAX: SignedDuration = SignedDuration::from_hours(1);

/// The next attempt after `attempts` of them, or `None` once the letter is given up.
pub fn next_attempt(queued_at: Timestamp, attempts: u32, at: Timestamp) -> Option<Timestamp> {
    let gap = usize::try_from(attempts.saturating_sub(1)).ok().and_then(|n| GAPS_MINUTES.get(n)).copied().unwrap_or(60);
    unless_given_up(queued_at, at, SignedDuration::from_mins(gap))
}

/// As `next_attempt`, where nobody knows whether the last one delivered the letter: only as long as it may take to show
/// up in the Sent folder, doubled with each further attempt.
pub fn after_unknown(queued_at: Timestamp, attempts: u32, at: Timestamp, lookup_secs: u32) -> Option<Timestamp> {
    let doublings = attempts.saturating_sub(1).min(16);
    let secs = i64::from(lookup_secs.max(1)) << doublings;
    let longest = UNKNOWN_GAP_MAX.max(SignedDuration::from_secs(i64::from(lookup_secs)));
    unless_given_up(queued_at, at, SignedDuration::from_secs(secs).min(longest))
}

fn unless_given_up(queued_at: Timestamp, at: Timestamp, gap: SignedDuration) -> Option<Timestamp> {
    let next = at.saturating_add(gap).unwrap_or(Timestamp::MAX);
    let give_up = queued_at.saturating_add(SignedDuration::from_hours(DAYS_MAX * 24)).unwrap_or(Timestamp::MAX);
    (next <= give_up).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_grow_then_stay_hourly_and_end_after_five_days() {
        let queued: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let minutes = |attempts| {
            let next = next_attempt(queued, attempts, queued).unwrap();
            next.duration_since(queued).as_mins()
        };
        assert_eq!((1..=7).map(minutes).collect::<Vec<_>>(), [1, 2, 5, 15, 30, 60, 60]);

        let mut at = queued;
        let mut attempts = 1;
        while let Some(next) = next_attempt(queued, attempts, at) {
            (at, attempts) = (next, attempts + 1);
        }
        assert_eq!(attempts, 6 + 119, "five gaps of 53 minutes in all, then hours to the end of day 5");
        assert_eq!(at.duration_since(queued).as_mins(), 53 + 119 * 60);
    }

    #[test]
    fn an_unknown_outcome_waits_for_the_lookup_and_backs_off_when_it_comes_again() {
        let queued: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        for (lookup_secs, expected) in
            [(120, [120, 240, 480, 960, 1_920, 3_600, 3_600]), (0, [1, 2, 4, 8, 16, 32, 64]), (3_600, [3_600; 7])]
        {
            let secs = |attempts| {
                let next = after_unknown(queued, attempts, queued, lookup_secs).unwrap();
                next.duration_since(queued).as_secs()
            };
            assert_eq!((1..=7).map(secs).collect::<Vec<_>>(), expected, "lookup of {lookup_secs} s");
            assert_eq!(secs(u32::MAX), 3_600);
        }
        let last_day = queued + SignedDuration::from_hours(DAYS_MAX * 24);
        assert_eq!(after_unknown(queued, 1, last_day, 120), None);
    }
}
