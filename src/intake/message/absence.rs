//! What an automatic reply of one of our own people says of their absence: the days, where they can be read surely. The
//! date of the message is given; it stands for the year that people leave out.

use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::Date;
use regex::Regex;

use crate::domain::reading::{Automatic, AwayNotice};
use crate::domain::when;

use super::says::sentences;
use super::table::Table;

/// Nobody's automatic reply is about more.
const DAYS_MAX: i64 = 366;
/// "Away until Friday, back on Monday" says one thing; a bank holiday may come to the weekend.
const DAYS_APART_MAX: i64 = 4;

/// `None` where it does not say that they are away: not every automatic reply does.
pub(super) fn away(automatic: Option<Automatic>, new: &str, arrived: Option<Date>) -> Option<AwayNotice> {
    let says_so = match automatic? {
        Automatic::OutOfOffice => true,
        Automatic::AutoReply => ABSENT.hits(new),
        Automatic::Bounce
        | Automatic::DeliveryNotice
        | Automatic::List
        | Automatic::Bulk
        | Automatic::Own
        | Automatic::Calendar => false,
    };
    says_so.then(|| arrived.and_then(|arrived| days(new, arrived)).unwrap_or_default())
}

/// The days that it names. None where two sentences disagree: one may be about a colleague.
fn days(new: &str, arrived: Date) -> Option<AwayNotice> {
    let named: Vec<AwayNotice> = sentences(new).flat_map(|sentence| in_sentence(&sentence, arrived)).collect();
    let (first, last) = (named.iter().filter_map(|n| n.until).min()?, named.iter().filter_map(|n| n.until).max()?);
    let sure = days_between(first, last) <= DAYS_APART_MAX && (0..=DAYS_MAX).contains(&days_between(arrived, last));
    sure.then(|| AwayNotice { from: named.iter().find_map(|notice| notice.from), until: Some(last) })
}

fn in_sentence(sentence: &str, arrived: Date) -> Vec<AwayNotice> {
    let after = |trigger: &Option<Regex>| {
        let ends = trigger.iter().flat_map(|trigger| trigger.find_iter(sentence)).map(|found| found.end());
        ends.filter_map(|end| sentence.get(end..)).map(str::to_owned).collect::<Vec<_>>()
    };
    let until = |date: Option<Date>| date.map(|date| AwayNotice { from: None, until: Some(date) });
    let range = |text: &String| {
        let ((from, until), _) = when::days_in(text, arrived)?;
        (from < until).then_some(AwayNotice { from: Some(from), until: Some(until) })
    };
    let ranges: Vec<AwayNotice> = after(&RANGE).iter().filter_map(range).collect();
    if !ranges.is_empty() {
        return ranges;
    }
    let before = |text: &String| until(date(text, arrived)?.checked_sub(1.day()).ok());
    let back: Vec<AwayNotice> = after(&BACK).iter().filter_map(before).collect();
    if !back.is_empty() {
        return back;
    }
    // Whoever will not be there until a day is there on it.
    let absent_until = |text: &String| if NOT_BACK.hits(sentence) { before(text) } else { until(date(text, arrived)) };
    after(&UNTIL).iter().filter_map(absent_until).collect()
}

/// A date at the beginning of the text, whose day of the week is right where it has one.
fn date(text: &str, arrived: Date) -> Option<Date> {
    let (date, _) = when::date_in(text, arrived)?;
    let (first, _) = when::word(text)?;
    let first: String = first.chars().filter(|c| c.is_alphabetic()).take(3).collect::<String>().to_lowercase();
    let is_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&first.as_str());
    let is_right = date.strftime("%a").to_string().to_lowercase() == first;
    (!is_day || is_right).then_some(date)
}

fn days_between(first: Date, last: Date) -> i64 {
    last.duration_since(first).as_hours() / 24
}

static ABSENT: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\bout of (the )?office\b",
        r"\bon ((annual|sick|parental|maternity|paternity|study) )?leave\b",
        r"\b(i|we)( am|'m|’m| will be|'ll be|’ll be) (away|absent|unavailable|off)\b",
        r"\b(not|n't|n’t) (be )?(in the office|at work|at my desk|back|available)\b",
        r"\b(back|return(ing)?) (to |in |at )?(the |my )?(office|work|desk)?\b.{0,20}\bon\b",
    ])
});

static RANGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:away|leave|office|absent|off|unavailable|from|between)\b:? ").ok());
static BACK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:back|return(?:s|ing)?|available again|resume(?: work)?)(?: (?:to|in|at|into) (?:the |my )?(?:office|work|desk))?(?: again)?(?: on| from)? ",
    )
    .ok()
});
static UNTIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:until|till|up to|through(?: to)?)(?: and including| the end of)? ").ok());
static NOT_BACK: LazyLock<Table> =
    LazyLock::new(|| Table::new(&[r"\b(not|n't|n’t|unable|won't|won’t)\b.*\b(until|till)\b"]));

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    const ARRIVED: Date = day(2026, 11, 27);

    fn read(text: &str) -> Option<(Option<Date>, Option<Date>)> {
        away(Some(Automatic::OutOfOffice), text, Some(ARRIVED)).map(|notice| (notice.from, notice.until))
    }

    #[test]
    fn every_pattern_compiles() {
        assert!(ABSENT.compiles() && NOT_BACK.compiles());
        assert!(RANGE.is_some() && BACK.is_some() && UNTIL.is_some());
    }

    #[test]
    fn days_that_are_named_surely_are_read() {
        let until = |number| (None, Some(day(2026, 12, number)));
        for (text, expected) in [
            ("I am away until 10 December.", until(10)),
            ("I am out of the office until Thursday 10 December 2026.", until(10)),
            ("On leave up to and including 10/12/2026", until(10)),
            ("I am back on 11 December.", until(10)),
            ("Thank you for your email. I will be returning\nMonday 7 December 2026.", until(6)),
            ("I return to work on Monday 7th December.", until(6)),
            ("I will be back in the office on 7 December", until(6)),
            ("I will not be back until 11 December.", until(10)),
            ("I won't be in the office until Mon 7 Dec", until(6)),
            ("I am away until Friday 4 December and back on Monday 7 December.", until(6)),
            ("I am away from 3 to 10 December.", (Some(day(2026, 12, 3)), Some(day(2026, 12, 10)))),
            ("Annual leave 30 November - 4 December", (Some(day(2026, 11, 30)), Some(day(2026, 12, 4)))),
            ("I am away from 28 December to 4 January.", (Some(day(2026, 12, 28)), Some(day(2027, 1, 4)))),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_sure_names_no_day() {
        for text in [
            "",
            "I am out of the office.",
            "I am back on Monday.",
            "I am away until further notice.",
            "I am away until Monday 8 December 2026.",
            "I was away until 10 November 2026.",
            "I am away until 10 December 2029.",
            "I am back on 1 December. My colleague is away until 18 December.",
            "Please call 0300 000 0000 until 5pm.",
        ] {
            assert_eq!(read(text), Some((None, None)), "{text}");
        }
        assert_eq!(away(Some(Automatic::OutOfOffice), "Away until 10 December", None), Some(AwayNotice::default()));
    }

    #[test]
    fn only_automatic_replies_that_speak_of_absence_count() {
        let reads = |automatic, text| away(automatic, text, Some(ARRIVED)).is_some();
        let auto_reply = Some(Automatic::AutoReply);
        assert!(reads(auto_reply, "I am on annual leave until 10 December."));
        assert!(reads(auto_reply, "I'm out of the office."));
        assert!(!reads(auto_reply, "Thank you for your message. We read our mail until 5pm."));
        assert!(!reads(auto_reply, "Your report is ready."));
        for other in [None, Some(Automatic::Calendar), Some(Automatic::List), Some(Automatic::DeliveryNotice)] {
            assert!(!reads(other, "I am out of the office until 10 December."));
        }
    }
}
