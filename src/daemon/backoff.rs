//! How long a server is left alone after a fault: longer each time, and never in step with the other clients that lost
//! it at the same moment. Chance is given, so that the rule can be told.

use jiff::SignedDuration;

const PAUSE_MAX: SignedDuration = SignedDuration::from_secs(300);

/// Doubled with each of the `failures` in a row, up to five minutes; a quarter less or more, as `chance` has it.
pub(super) fn pause(first: SignedDuration, failures: u32, chance: u32) -> SignedDuration {
    let doublings = failures.saturating_sub(1).min(16);
    let longest = PAUSE_MAX.max(first);
    let doubled = first.as_millis().saturating_mul(1 << doublings).min(longest.as_millis());
    scattered(i64::try_from(doubled).unwrap_or(i64::MAX), chance)
}

/// What a server asked for, and up to a quarter more, so that it does not meet everybody at its end.
pub(super) fn rest(asked: SignedDuration, chance: u32) -> SignedDuration {
    let millis = i64::try_from(asked.as_millis()).unwrap_or(i64::MAX);
    scattered(millis, chance).max(asked)
}

fn scattered(millis: i64, chance: u32) -> SignedDuration {
    let span = millis / 2;
    let part = i128::from(span) * i128::from(chance) / i128::from(u32::MAX);
    SignedDuration::from_millis(millis - span / 2 + i64::try_from(part).unwrap_or(span))
}

/// Chance of the machine; where it has none to give, all wait alike.
pub(super) fn chance() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_five_minutes_and_are_scattered_by_a_quarter() {
        let secs = |failures, chance| pause(SignedDuration::from_secs(60), failures, chance).as_secs();
        assert_eq!([1, 2, 3, 4, 99].map(|failures| secs(failures, 0)), [45, 90, 180, 225, 225]);
        assert_eq!([1, 2, 3, 4, 99].map(|failures| secs(failures, u32::MAX)), [75, 150, 300, 375, 375]);
        let hourly = SignedDuration::from_hours(1);
        assert_eq!(pause(hourly, 9, u32::MAX / 2).as_mins(), 59, "never more often than without a fault");
        let asked = SignedDuration::from_secs(300);
        assert!([0, 1 << 30, u32::MAX].iter().all(|chance| rest(asked, *chance) >= asked));
        assert_eq!(rest(asked, u32::MAX).as_secs(), 375);
    }
}
