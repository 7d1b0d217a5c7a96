//! Days and moments as people write them on the command line.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::UsageError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Day(Date),
    Moment(Timestamp),
}

/// A date, a local time, or an instant with its offset.
pub(super) fn read(text: &str, zone: &TimeZone) -> Result<When, UsageError> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(When::Moment(at));
    }
    for format in ["%Y-%m-%d", "%d %B %Y", "%A %d %B %Y"] {
        if let Ok(date) = Date::strptime(format, text) {
            return Ok(When::Day(date));
        }
    }
    for format in ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"] {
        if let Ok(at) = DateTime::strptime(format, text).and_then(|at| at.to_zoned(zone.clone())) {
            return Ok(When::Moment(at.timestamp()));
        }
    }
    Err(UsageError(format!(
        "{text:?} is no date or time. Write 2026-11-23, \"2026-11-23 16:00\" or 2026-11-23T16:00:00Z"
    )))
}
