//! When a letter is tried again (RFC 5321 §4.5.4.1), and when it is given up.

use jiff::{SignedDuration, Timestamp};

/// A letter that could not be handed over for this long is refused and told to staff.
pub const DAYS_MAX: i64 = 5;

/// Minutes between attempts; after the last, hourly.
const GAPS_MINUTES: [i64; 5] = [1, 2, 5, 15, 30];

/// The next attempt after `attempts` of them, or `None` once the letter is given up.
pub fn next_attempt(queued_at: Timestamp, attempts: u32, at: Timestamp) -> Option<Timestamp> {
    let gap = usize::try_from(attempts.saturating_sub(1)).ok().and_then(|n| GAPS_MINUTES.get(n)).copied().unwrap_or(60);
    let next = at.saturating_add(SignedDuration::from_mins(gap)).unwrap_or(Timestamp::MAX);
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
}
