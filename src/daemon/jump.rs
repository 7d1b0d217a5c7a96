//! Whether the machine's clock was put forward, told by one that nobody sets (PROCESS.md, "Clocks"). Values in, an
//! answer out; asks no clock itself.
//!
//! A clock that is wrong would give notices that are not due, and nobody can take them back. One that was only put
//! right would give them late by an hour, which breaks no promise. So they wait for an hour: staff are told at once, and
//! have that time to put the clock back, to stop partner mail or to stop the program. The wait ends early once the clock
//! shows the time again that it would have shown, and begins anew with every further jump and every start.
//!
//! Time in which the program was down, or the machine suspended, is no jump: notices overtaken meanwhile are passed over.

use jiff::{SignedDuration, Timestamp};

/// More than clocks are put right by in the ordinary run of things.
const JUMP_MIN: SignedDuration = SignedDuration::from_mins(10);
const WAIT: SignedDuration = SignedDuration::from_hours(1);

/// Both clocks, read at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) now: Timestamp,
    pub(super) steady: SignedDuration,
}

pub(super) struct JumpWatch {
    /// What lay between the two clocks when the time was right; unknown in a wait that began before this start.
    usual: Option<SignedDuration>,
    /// The same at the last look.
    last: SignedDuration,
    /// By the steady clock.
    waits_until: Option<SignedDuration>,
}

impl JumpWatch {
    /// `jumped`: so it says on the record, and the end of the wait does not.
    pub(super) fn start(reading: Reading, jumped: bool) -> Self {
        let last = reading.between();
        match jumped {
            true => Self { usual: None, last, waits_until: Some(reading.steady.saturating_add(WAIT)) },
            false => Self { usual: Some(last), last, waits_until: None },
        }
    }

    /// Compares the clocks; while notices wait, answers with what there is to say of it.
    pub(super) fn look(&mut self, reading: Reading) -> Option<String> {
        let between = reading.between();
        let moved = between.saturating_sub(self.last);
        let astray = self.usual.map(|usual| between.saturating_sub(usual));
        self.last = between;
        let waits_until = match self.waits_until {
            None => astray.filter(|by| *by > JUMP_MIN).map(|_| reading.steady.saturating_add(WAIT)),
            Some(_) if astray.is_some_and(|by| by.abs() <= JUMP_MIN) => None,
            Some(_) if moved.abs() > JUMP_MIN => Some(reading.steady.saturating_add(WAIT)),
            Some(until) => Some(until).filter(|until| reading.steady < *until),
        };
        self.waits_until = waits_until;
        if waits_until.is_none() {
            // Small corrections add up to the new usual, and so does a clock that was put back: that is told elsewhere.
            self.usual = Some(between);
            return None;
        }
        let words = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
        Some(match astray.and_then(|by| reading.now.checked_sub(by).ok()) {
            Some(before) => format!("The clock shows {} and would show {}.", words(reading.now), words(before)),
            None => format!("The clock shows {}.", words(reading.now)),
        })
    }
}

impl Reading {
    fn between(self) -> SignedDuration {
        self.now.duration_since(Timestamp::UNIX_EPOCH).saturating_sub(self.steady)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After so many minutes, on a clock that was put forward by so many.
    fn reading((minutes, ahead): (i64, i64)) -> Reading {
        let began: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let steady = SignedDuration::from_mins(1_000 + minutes);
        Reading { now: began + SignedDuration::from_mins(minutes + ahead), steady }
    }

    #[track_caller]
    fn check(jumped: bool, looks: &[(i64, i64)], waits: &[bool]) {
        let mut watch = JumpWatch::start(reading((0, 0)), jumped);
        let found: Vec<bool> = looks.iter().map(|at| watch.look(reading(*at)).is_some()).collect();
        assert_eq!(found, waits, "{looks:?}");
    }

    #[test]
    fn notices_wait_an_hour_after_a_jump_forward_by_over_ten_minutes() {
        check(false, &[(0, 0), (60, 0), (5_000, 0)], &[false, false, false]);
        check(false, &[(5, 10), (10, 20), (15, 9), (20, 0)], &[false, false, false, false]);
        check(false, &[(5, 11), (64, 11), (65, 11), (70, 11)], &[true, true, false, false]);
    }

    #[test]
    fn a_clock_that_is_put_back_where_it_was_ends_the_wait_and_other_jumps_prolong_it() {
        check(false, &[(5, 90), (20, 10), (25, 10)], &[true, false, false]);
        check(false, &[(5, 90), (60, 600), (70, 600), (119, 600), (120, 600)], &[true, true, true, true, false]);
        check(false, &[(5, 600), (60, 90), (119, 90), (120, 90)], &[true, true, true, false]);
        check(false, &[(5, -600), (10, -600), (15, -580)], &[false, false, true]);
    }

    #[test]
    fn a_wait_on_the_record_begins_anew_at_a_start() {
        check(true, &[(0, 0), (59, 0), (60, 0), (65, 0)], &[true, true, false, false]);
        check(true, &[(30, -600), (61, -600), (90, -600)], &[true, true, false]);
    }

    #[test]
    fn both_times_are_told() {
        let mut watch = JumpWatch::start(reading((0, 0)), false);
        let told = watch.look(reading((5, 1_440))).unwrap();
        assert_eq!(told, "The clock shows 2026-11-24 09:05 UTC and would show 2026-11-23 09:05 UTC.");
    }
}
