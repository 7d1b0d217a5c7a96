//! Dates, times, lists and other people's text as letters write them (GOV.UK style). Words only; decides nothing.

use jiff::Timestamp;

use crate::domain::calendar::in_words;
use jiff::tz::TimeZone;

use super::markup::{VALUE_CLOSE, VALUE_OPEN};

/// The longest name of a file, a tab or a product that a letter repeats.
pub(super) const NAME_CHARS_MAX: usize = 64;
/// The longest text of somebody else, such as a finding, that a letter repeats.
pub(super) const TEXT_CHARS_MAX: usize = 600;
/// A longer word without a space would break the layout of a narrow screen.
const WORD_CHARS_MAX: usize = 60;
/// Longer than any name by which people are greeted.
const GREETING_CHARS_MAX: usize = 40;

/// `5.30pm`, `9am`, `midday`, in the local time of `zone`.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    let half = if local.hour() < 12 { "am" } else { "pm" };
    let hour = match local.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match (local.hour(), local.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "midday".to_owned(),
        (_, 0) => format!("{hour}{half}"),
        (_, minute) => format!("{hour}.{minute:02}{half}"),
    }
}

/// `9.14am on Monday 23 November 2026`
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    format!("{} on {}", time(at, zone), in_words(at.to_zoned(zone.clone()).date()))
}

/// Other people's text on one line: no control, no direction override, no character that our markup gives a meaning.
pub(super) fn one_line(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let spaced: String = visible.map(|c| if is_break(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name on one line, cut in the middle so that its beginning and its ending stay.
pub(super) fn name(text: &str) -> String {
    cut_in_the_middle(&one_line(text), NAME_CHARS_MAX)
}

/// A name, or nothing where there is only space.
pub(super) fn some_name(text: Option<&String>) -> Option<String> {
    text.map(|text| name(text)).filter(|name| !name.is_empty())
}

/// Sentences on one line, cut at the end, without a word so long that it breaks the layout.
pub(super) fn sentence(text: &str) -> String {
    let line = one_line(text);
    let words: Vec<String> = line.split(' ').map(|word| cut_in_the_middle(word, WORD_CHARS_MAX)).collect();
    cut_at_the_end(&words.join(" "), TEXT_CHARS_MAX)
}

/// The name to greet somebody by. A display name that is no plain name, such as `NAIR, Priya (NHS)`, greets nobody.
pub(super) fn greeting_name(display_name: Option<&String>) -> Option<String> {
    let name = one_line(display_name?);
    let plain = name.chars().all(|c| c.is_alphabetic() || " .'’-".contains(c));
    (plain && name.contains(char::is_alphabetic) && name.chars().count() <= GREETING_CHARS_MAX).then_some(name)
}

pub(super) fn cut_in_the_middle(text: &str, chars_max: usize) -> String {
    let count = text.chars().count();
    if count <= chars_max {
        return text.to_owned();
    }
    let kept = chars_max.saturating_sub(1);
    let tail = kept / 3;
    let start: String = text.chars().take(kept - tail).collect();
    let end: String = text.chars().skip(count - tail).collect();
    format!("{}…{}", start.trim_end(), end.trim_start())
}

pub(super) fn cut_at_the_end(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let start: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", start.trim_end())
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Direction marks and overrides, which disguise the ending of a file name; what has no width, so that two names that
/// look the same are the same; our own marks.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
        || c == VALUE_OPEN
        || c == VALUE_CLOSE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_nhs_writes_them() {
        let zone = TimeZone::UTC;
        for (at, words) in [
            ("2026-11-23T17:30:00Z", "5.30pm on Monday 23 November 2026"),
            ("2026-12-03T09:05:59Z", "9.05am on Thursday 3 December 2026"),
            ("2026-12-03T09:00:00Z", "9am on Thursday 3 December 2026"),
            ("2026-12-03T12:00:00Z", "midday on Thursday 3 December 2026"),
            ("2026-12-03T12:30:00Z", "12.30pm on Thursday 3 December 2026"),
            ("2026-12-03T00:00:00Z", "midnight on Thursday 3 December 2026"),
            ("2026-12-03T00:15:00Z", "12.15am on Thursday 3 December 2026"),
        ] {
            assert_eq!(moment(at.parse().unwrap(), &zone), words);
        }
    }

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_ending() {
        let long = format!("Care Vista {} final.xlsx", "é".repeat(300));
        let short = name(&long);
        assert_eq!(short.chars().count(), NAME_CHARS_MAX);
        assert!(short.starts_with("Care Vista é") && short.contains('…') && short.ends_with("final.xlsx"), "{short}");
    }

    #[test]
    fn text_of_others_cannot_break_lines_or_turn_direction() {
        for (text, line) in [
            ("a\r\nBcc: x@y", "a Bcc: x@y"),
            ("bill\u{202E}xslx.exe", "billxslx.exe"),
            ("a\u{2028}b\u{0}c\u{7f}d\te", "a b c d e"),
            ("\u{E000}x\u{E001}", "x"),
            ("pa\u{200B}y\u{2060}p\u{AD}a\u{200D}l\u{E0041}", "paypal"),
            ("  Größe  表.xlsx ", "Größe 表.xlsx"),
        ] {
            assert_eq!(one_line(text), line);
        }
    }

    #[test]
    fn only_plain_names_are_greeted() {
        let greet = |name: &str| greeting_name(Some(&name.to_owned()));
        assert_eq!(greet("Priya O’Nair-Smith").as_deref(), Some("Priya O’Nair-Smith"));
        for name in ["NAIR, Priya", "priya@nhs.net", "click http://x", "...", "", "SA team 2"] {
            assert_eq!(greet(name), None, "{name}");
        }
    }
}
