//! How values that are no text read, so that the same cell reads alike from every kind of workbook: whole numbers
//! without a point, dates as `2026-11-30`, times of day as `09:30`.

use calamine::ExcelDateTime;

pub(super) fn number(number: f64) -> String {
    number.to_string()
}

pub(super) fn truth(truth: bool) -> &'static str {
    if truth { "TRUE" } else { "FALSE" }
}

/// A moment by the day; one of day 0 is a time of day.
pub(super) fn moment(date: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, ..) = date.to_ymd_hms_milli();
    if (0.0..1.0).contains(&date.as_f64()) {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// The day of a moment written as in ISO 8601.
pub(super) fn day(text: &str) -> &str {
    text.split('T').next().unwrap_or(text)
}

/// A time of day as OpenDocument writes it, `PT09H30M00S`; anything else stays as it is.
pub(super) fn clock(text: &str) -> String {
    let parts = || {
        let (hours, rest) = text.strip_prefix("PT")?.split_once('H')?;
        let (minutes, _) = rest.split_once('M')?;
        Some(format!("{:02}:{:02}", hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?))
    };
    parts().unwrap_or_else(|| text.to_owned())
}

/// Whether a number format of Excel shows a date or a time of day: it has letters of one outside quotes, escapes and
/// brackets. An elapsed time, as `[h]:mm`, is none.
pub(super) fn shows_moment(format: &str) -> bool {
    let mut characters = format.chars();
    let mut bracket = None::<String>;
    let mut quoted = false;
    let mut found = false;
    while let Some(c) = characters.next() {
        match (c.to_ascii_lowercase(), &mut bracket) {
            ('"', _) => quoted = !quoted,
            _ if quoted => {}
            ('\\' | '_' | '*', _) => drop(characters.next()),
            ('[', _) => bracket = Some(String::new()),
            (']', Some(inner)) => {
                if !inner.is_empty() && inner.chars().all(|c| matches!(c, 'h' | 'm' | 's')) {
                    return false;
                }
                bracket = None;
            }
            (letter, Some(inner)) => inner.push(letter),
            ('d' | 'm' | 'y' | 'h' | 's', None) => found = true,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_show_moments_or_numbers() {
        for format in ["dd/mm/yyyy", "h:mm", "[$-809]d mmmm yyyy", "yyyy\\-mm\\-dd", "[Red]hh:mm;@"] {
            assert!(shows_moment(format), "{format}");
        }
        for format in ["General", "0.00", "[h]:mm:ss", "\"days\" 0", "0\\d", "[Red]0", "#,##0_m", "@", ""] {
            assert!(!shows_moment(format), "{format}");
        }
    }

    #[test]
    fn times_of_opendocument_are_times_of_day() {
        for (text, expected) in [("PT09H30M00S", "09:30"), ("PT9H5M1.5S", "09:05"), ("P1D", "P1D"), ("", "")] {
            assert_eq!(clock(text), expected);
        }
        assert_eq!((day("2026-11-30T00:00:00"), day("2026-11-30")), ("2026-11-30", "2026-11-30"));
    }
}
