//! Dates and times as people write them: `3 December 2026`, `Thu 3 Dec`, `03/12/2026`, `10.30am`. Pure; today is given.

use jiff::civil::{Date, Time, date};

/// What was read, and the words that follow it.
pub(crate) type Read<'a, T> = Option<(T, &'a str)>;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Enough letters to tell months and days of the week apart.
const SHORT: usize = 3;

/// A date at the beginning of the text. One without a year is the one nearest to today. Day before month, as in England.
pub(crate) fn date_in(text: &str, today: Date) -> Read<'_, Date> {
    let (first, rest) = word(text)?;
    if is_name(first, &DAYS).is_some() {
        return date_in(rest, today);
    }
    match first.to_lowercase().as_str() {
        "on" | "until" | "of" | "the" => return date_in(rest, today),
        "today" => return Some((today, rest)),
        "tomorrow" => return Some((today.tomorrow().ok()?, rest)),
        "yesterday" => return Some((today.yesterday().ok()?, rest)),
        _ => {}
    }
    if let Some(date) = in_figures(first) {
        return Some((date, rest));
    }
    let day = day_of_month(first)?;
    let (month, rest) = word(rest)?;
    let (month, rest) = if month.eq_ignore_ascii_case("of") { word(rest)? } else { (month, rest) };
    let month = is_name(month, &MONTHS)?;
    match word(rest).and_then(|(year, after)| Some((year_of(year)?, after))) {
        Some((year, after)) => Some((Date::new(year, month, day).ok()?, after)),
        None => Some((nearest(month, day, today)?, rest)),
    }
}

/// Two days at the beginning of the text, or one that is both: `3 December to 10 December 2026`, `3-10 December`.
pub(crate) fn days_in(text: &str, today: Date) -> Read<'_, (Date, Date)> {
    let text = word(text).filter(|(first, _)| is_one_of(first, &["from", "between"])).map_or(text, |(_, rest)| rest);
    let of_figures = text.split_once(['-', '–']).and_then(|(first, rest)| {
        let first = day_of_month(first.trim())?;
        same_month(first, rest, today)
    });
    if of_figures.is_some() {
        return of_figures;
    }
    match date_in(text, today) {
        Some((from, rest)) => match to(rest).and_then(|after| date_in(after, today).map(|found| (found, after))) {
            Some(((until, rest), after)) => {
                // A year that was left out is that of the other day.
                let near = |date: Date, other: Date| date.duration_since(other).as_hours().abs() < HALF_A_YEAR_HOURS;
                let from = if near(from, until) { from } else { date_in(text, until)?.0 };
                let until = if from <= until { until } else { date_in(after, from)?.0 };
                (from <= until).then_some(((from, until), rest))
            }
            None => Some(((from, from), rest)),
        },
        None => {
            let (first, rest) = word(text)?;
            same_month(day_of_month(first)?, to(rest)?, today)
        }
    }
}

/// `10 December` after `3 to`.
fn same_month(first: i8, rest: &str, today: Date) -> Read<'_, (Date, Date)> {
    let (until, rest) = date_in(rest, today)?;
    let from = Date::new(until.year(), until.month(), first).ok()?;
    (from <= until).then_some(((from, until), rest))
}

/// What follows `to`.
fn to(text: &str) -> Option<&str> {
    let (first, rest) = word(text)?;
    is_one_of(first, &["to", "until", "till", "through", "and", "-", "–"]).then_some(rest)
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// A time of day at the beginning of the text: `10.30am`, `10:30`, `2 pm`, `noon`.
pub(super) fn time_in(text: &str) -> Read<'_, Time> {
    let (first, rest) = word(text)?;
    let first = first.to_lowercase();
    if first == "at" {
        return time_in(rest);
    }
    if matches!(first.as_str(), "noon" | "midday") {
        return Some((Time::new(12, 0, 0, 0).ok()?, rest));
    }
    let half = |word: &str| match word.to_lowercase().trim_end_matches('.') {
        "am" | "a.m" => Some(false),
        "pm" | "p.m" => Some(true),
        _ => None,
    };
    let end = first.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(first.len());
    let (figures, suffix) = first.split_at_checked(end)?;
    let (afternoon, rest) = match (suffix, word(rest)) {
        ("", Some((next, after))) if half(next).is_some() => (half(next), after),
        ("", _) => (None, rest),
        (suffix, _) => (Some(half(suffix)?), rest),
    };
    let (hour, minute) = match figures.split_once([':', '.']) {
        Some((hour, minute)) if minute.len() == 2 => (hour.parse().ok()?, minute.parse().ok()?),
        Some(_) => return None,
        // A bare number could be anything.
        None if afternoon.is_some() => (figures.parse::<i8>().ok()?, 0),
        None => return None,
    };
    let hour = match (afternoon, hour) {
        (None, hour) => hour,
        (Some(_), hour) if !(1..=12).contains(&hour) => return None,
        (Some(false), 12) => 0,
        (Some(true), 12) => 12,
        (Some(true), hour) => hour + 12,
        (Some(false), hour) => hour,
    };
    Some((Time::new(hour, minute, 0, 0).ok()?, rest))
}

/// The first word and what follows it; commas only part words.
pub(crate) fn word(text: &str) -> Read<'_, &str> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    let end = text.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(text.len());
    text.split_at_checked(end).filter(|(word, _)| !word.is_empty()).map(|(word, rest)| (word, rest.trim_start()))
}

/// `03/12/2026`, `3.12.26`, `2026-12-03`.
fn in_figures(word: &str) -> Option<Date> {
    let word = word.trim_end_matches('.');
    let parts: Vec<&str> = word.split(['/', '-', '.']).collect();
    let [first, month, last] = parts.as_slice() else { return None };
    let month = month.parse().ok().or_else(|| is_name(month, &MONTHS))?;
    if first.len() == 4 {
        return Date::new(first.parse().ok()?, month, last.parse().ok()?).ok();
    }
    Date::new(year_of(last)?, month, first.parse().ok()?).ok()
}

fn year_of(word: &str) -> Option<i16> {
    let year = word.trim_end_matches('.');
    match (year.len(), year.parse::<i16>().ok()?) {
        (4, year) if (1970..=9998).contains(&year) => Some(year),
        (2, year) => Some(2000 + year),
        _ => None,
    }
}

/// `3`, `3rd`.
fn day_of_month(word: &str) -> Option<i8> {
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (figures, suffix) = word.split_at_checked(end)?;
    let ordinal = matches!(suffix.to_lowercase().as_str(), "" | "st" | "nd" | "rd" | "th");
    figures.parse().ok().filter(|day| ordinal && (1..=31).contains(day))
}

/// Its number, from 1.
fn is_name(word: &str, names: &[&str]) -> Option<i8> {
    let word = word.trim_end_matches('.').to_lowercase();
    let found = names.iter().position(|name| {
        // September and Thursday are also shortened to four or five letters.
        word.len() >= SHORT && name.starts_with(word.as_str())
    })?;
    i8::try_from(found + 1).ok()
}

fn nearest(month: i8, day: i8, today: Date) -> Option<Date> {
    let years = [today.year() - 1, today.year(), today.year() + 1];
    let dates = years.into_iter().filter_map(|year| Date::new(year, month, day).ok());
    dates.min_by_key(|other| (other.duration_since(today).abs(), *other < today))
}

/// Nobody who leaves out a year means more.
const HALF_A_YEAR_HOURS: i64 = 183 * 24;

/// The first day that any date here may have; nothing of ours is older.
pub(super) const EARLIEST: Date = date(2015, 1, 1);

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = date(2026, 11, 23);

    #[test]
    fn dates_as_people_write_them() {
        for text in [
            "3 December 2026",
            "3 Dec 2026",
            "3rd of December 2026",
            "Thursday 3 December 2026",
            "Thurs, 3 Dec.",
            "on 3 December",
            "03/12/2026",
            "3/12/26",
            "3.12.2026",
            "2026-12-03",
            "3-Dec-2026",
            "the 3rd December",
        ] {
            assert_eq!(date_in(text, TODAY).map(|(date, _)| date), Some(date(2026, 12, 3)), "{text}");
        }
        for (text, expected) in [
            ("1 March", date(2027, 3, 1)),
            ("24 November", date(2026, 11, 24)),
            ("20 Nov", date(2026, 11, 20)),
            ("29 Feb 2028", date(2028, 2, 29)),
            ("today", TODAY),
            ("tomorrow", date(2026, 11, 24)),
            ("yesterday", date(2026, 11, 22)),
        ] {
            assert_eq!(date_in(text, TODAY).map(|(date, _)| date), Some(expected), "{text}");
        }
        for text in ["", "soon", "31 February 2027", "12/25/2026", "3", "3 weeks", "December", "next Thursday"] {
            assert_eq!(date_in(text, TODAY).map(|(date, _)| date), None, "{text}");
        }
    }

    #[test]
    fn what_follows_a_date_stays() {
        let (date, rest) = date_in("3 December 2026 10.30am 60 minutes", TODAY).unwrap();
        assert_eq!((date.day(), rest), (3, "10.30am 60 minutes"));
        let (date, rest) = date_in("3 Dec 10:30", TODAY).unwrap();
        assert_eq!((date.day(), rest), (3, "10:30"));
    }

    #[test]
    fn days_from_one_to_another() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (text, from, until) in [
            ("3 December to 10 December 2026", "2026-12-03", "2026-12-10"),
            ("from 3 December until Thursday 10 December", "2026-12-03", "2026-12-10"),
            ("3 to 10 December", "2026-12-03", "2026-12-10"),
            ("3rd to 10th December 2026", "2026-12-03", "2026-12-10"),
            ("between 3 and 10 December", "2026-12-03", "2026-12-10"),
            ("3-10 December", "2026-12-03", "2026-12-10"),
            ("3 – 10 Dec 2026", "2026-12-03", "2026-12-10"),
            ("3/12/2026 - 10/12/2026", "2026-12-03", "2026-12-10"),
            ("2026-12-03 to 2026-12-10", "2026-12-03", "2026-12-10"),
            ("3 December", "2026-12-03", "2026-12-03"),
            ("today to 10 December", "2026-11-23", "2026-12-10"),
            ("tomorrow", "2026-11-24", "2026-11-24"),
            ("28 December to 4 January", "2026-12-28", "2027-01-04"),
            ("28 December to 4 January 2027", "2026-12-28", "2027-01-04"),
            ("3 March to 10 March 2028", "2028-03-03", "2028-03-10"),
            ("3 March 2028 to 10 March", "2028-03-03", "2028-03-10"),
        ] {
            let found = days_in(text, TODAY);
            assert_eq!(found, Some(((day(from), day(until)), "")), "{text}");
        }
        assert_eq!(days_in("3 to 10 December, says Tom", TODAY).unwrap().1, ", says Tom");
        for text in ["", "next week", "10 December to 3 December 2026", "10 to 3 December", "3 to", "3 weeks"] {
            assert_eq!(days_in(text, TODAY), None, "{text}");
        }
    }

    #[test]
    fn times_as_people_write_them() {
        for (text, hour, minute) in [
            ("10.30am", 10, 30),
            ("10:30", 10, 30),
            ("at 10.30", 10, 30),
            ("14.30", 14, 30),
            ("2pm", 14, 0),
            ("2 pm", 14, 0),
            ("2.15 PM", 14, 15),
            ("12pm", 12, 0),
            ("12.30am", 0, 30),
            ("noon", 12, 0),
            ("9 a.m.", 9, 0),
        ] {
            let time = Time::new(hour, minute, 0, 0).unwrap();
            assert_eq!(time_in(text).map(|(time, _)| time), Some(time), "{text}");
        }
        for text in ["", "10", "25:00", "13pm", "10:5", "60 minutes", "half past two"] {
            assert_eq!(time_in(text).map(|(time, _)| time), None, "{text}");
        }
    }
}
