//! The calendar against a counter of its own that knows only the published list and the days of the week.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;

const LIST: &str = include_str!("../../../config/bank-holidays.json");

fn calendar() -> Calendar {
    Calendar::new(Holidays::from_json(LIST).expect("the list"))
}

/// Read without the code under test: the dates between the headings of England and Wales and of Scotland.
fn published() -> BTreeSet<Date> {
    let section = LIST.split("\"england-and-wales\": {").nth(1).expect("the division");
    let section = section.split("\"scotland\"").next().expect("its end");
    let dates = section.split("\"date\": \"").skip(1);
    dates.map(|rest| rest[..10].parse().expect("a date")).collect()
}

/// 0 is Saturday (Zeller's congruence).
fn weekday(day: Date) -> i32 {
    let (month, year) = if day.month() < 3 {
        (i32::from(day.month()) + 12, i32::from(day.year()) - 1)
    } else {
        (i32::from(day.month()), i32::from(day.year()))
    };
    let (of_century, century) = (year % 100, year / 100);
    (i32::from(day.day()) + 13 * (month + 1) / 5 + of_century + of_century / 4 + century / 4 + 5 * century) % 7
}

fn worked(list: &BTreeSet<Date>, day: Date) -> bool {
    weekday(day) > 1 && !list.contains(&day)
}

fn brute_due(list: &BTreeSet<Date>, received: Date, days: u32) -> Date {
    let (mut day, mut left) = (received, days);
    while left > 0 {
        day = day.tomorrow().expect("a day");
        left -= u32::from(worked(list, day));
    }
    day
}

fn all_days() -> impl Iterator<Item = Date> {
    date(2011, 1, 1).series(1.day()).take_while(|day| *day <= date(2030, 12, 31))
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

#[test]
fn every_date_of_twenty_years_counts_as_the_list_says() {
    let (calendar, list) = (calendar(), published());
    assert_eq!((list.first(), list.last()), (Some(&date(2012, 1, 2)), Some(&date(2028, 12, 26))));
    for day in all_days() {
        assert_eq!(calendar.is_working_day(day), worked(&list, day), "{day}");
        for days in [0, 1, 5, 10] {
            let due = calendar.due(day, days);
            assert_eq!(due.due, brute_due(&list, day, days), "{days} days after {day}");
            let scanned = day.tomorrow().expect("a day").min(due.due);
            assert_eq!(due.provisional, scanned < date(2012, 1, 1) || due.due > date(2028, 12, 31), "{day} {days}");
        }
        assert_eq!(calendar.next_working_day(day), brute_due(&list, day, 1), "{day}");
    }
}

#[test]
fn the_published_examples_and_the_special_days() {
    for (received, due) in [
        // PROCESS.md, "Clocks".
        (date(2026, 11, 23), date(2026, 11, 30)),
        (date(2026, 11, 28), date(2026, 12, 4)),
        // The early May holiday of 2020 moved from Monday 4 to Friday 8 May.
        (date(2020, 4, 30), date(2020, 5, 7)),
        (date(2020, 5, 1), date(2020, 5, 11)),
        // 2022: the spring holiday moved to Thursday 2 June, the Jubilee on the 3rd, the State Funeral on 19 September.
        (date(2022, 5, 27), date(2022, 6, 7)),
        (date(2022, 5, 30), date(2022, 6, 8)),
        (date(2022, 9, 16), date(2022, 9, 26)),
        // The coronation on 8 May 2023, a week after the early May holiday.
        (date(2023, 4, 28), date(2023, 5, 9)),
        (date(2023, 5, 5), date(2023, 5, 15)),
        // Year ends: Christmas on a Friday with its substitute on Monday 28; New Year's Day with a substitute on 3 January.
        (date(2020, 12, 23), date(2021, 1, 4)),
        (date(2021, 12, 24), date(2022, 1, 5)),
        // A leap day.
        (date(2024, 2, 23), date(2024, 3, 1)),
    ] {
        assert_eq!(calendar().due(received, 5).due, due, "received {received}");
    }
}

#[test]
fn a_due_date_is_explained_day_by_day() {
    let due = calendar().due(date(2022, 9, 16), 2);
    let skipped: Vec<_> = due.skipped.iter().map(|s| (s.date.day(), s.why.as_str())).collect();
    let funeral = "Bank Holiday for the State Funeral of Queen Elizabeth II";
    assert_eq!(skipped, [(17, "Saturday"), (18, "Sunday"), (19, funeral)]);
    assert_eq!(due.counted, [date(2022, 9, 20), date(2022, 9, 21)]);
    assert!(due.holidays.starts_with("england-and-wales 2012-2028 "), "{}", due.holidays);
    assert_eq!(due.due_at, instant("2022-09-21T23:00:00Z"), "midnight in summer time");
    assert_eq!(in_words(due.due), "Wednesday 21 September 2022");
}

#[test]
fn a_date_is_provisional_outside_the_list_only() {
    for (received, provisional) in [
        (date(2011, 12, 30), true),
        (date(2011, 12, 31), false),
        (date(2012, 1, 1), false),
        (date(2028, 12, 20), false),
        (date(2028, 12, 22), true),
        (date(2029, 6, 1), true),
    ] {
        assert_eq!(calendar().due(received, 5).provisional, provisional, "received {received}");
    }
}

#[test]
fn a_day_ends_at_midnight_in_london_also_when_clocks_change() {
    let calendar = calendar();
    for (day, end, hours) in [
        (date(2026, 3, 28), "2026-03-29T00:00:00Z", 24),
        // Clocks go forward at 1am on Sunday 29 March 2026 and back at 2am on Sunday 25 October.
        (date(2026, 3, 29), "2026-03-29T23:00:00Z", 23),
        (date(2026, 3, 30), "2026-03-30T23:00:00Z", 24),
        (date(2026, 10, 24), "2026-10-24T23:00:00Z", 24),
        (date(2026, 10, 25), "2026-10-26T00:00:00Z", 25),
        (date(2026, 11, 30), "2026-12-01T00:00:00Z", 24),
    ] {
        assert_eq!(calendar.day_end(day), instant(end), "{day}");
        let started = calendar.day_end(day.yesterday().expect("a day"));
        assert_eq!(calendar.day_end(day).duration_since(started), SignedDuration::from_hours(hours), "{day}");
    }
    assert_eq!(calendar.opening(date(2026, 3, 27)), instant("2026-03-27T08:30:00Z"));
    assert_eq!(calendar.opening(date(2026, 3, 30)), instant("2026-03-30T07:30:00Z"));
    // Five working days over each change: midnight in London, not 120 hours and some.
    assert_eq!(calendar.due(date(2026, 3, 26), 5).due_at, instant("2026-04-02T23:00:00Z"));
    assert_eq!(calendar.due(date(2026, 10, 22), 5).due_at, instant("2026-10-30T00:00:00Z"));
}

#[test]
fn the_day_of_receipt_is_that_of_london() {
    let cut_off = |hour| calendar().with_cut_off(Some(hours(hour, 0)));
    for (at, plain, cut_at_four) in [
        ("2026-11-23T15:59:59Z", date(2026, 11, 23), date(2026, 11, 23)),
        ("2026-11-23T16:00:00Z", date(2026, 11, 23), date(2026, 11, 24)),
        ("2026-11-23T23:59:59Z", date(2026, 11, 23), date(2026, 11, 24)),
        ("2026-11-24T00:00:00Z", date(2026, 11, 24), date(2026, 11, 24)),
        // Summer time: midnight in London is 11pm UTC, and 4pm is 3pm UTC.
        ("2026-07-06T14:59:59Z", date(2026, 7, 6), date(2026, 7, 6)),
        ("2026-07-06T15:00:00Z", date(2026, 7, 6), date(2026, 7, 7)),
        ("2026-07-06T22:59:59Z", date(2026, 7, 6), date(2026, 7, 7)),
        ("2026-07-06T23:00:00Z", date(2026, 7, 7), date(2026, 7, 7)),
        // The hour that happens twice.
        ("2026-10-25T00:30:00Z", date(2026, 10, 25), date(2026, 10, 25)),
        ("2026-10-25T01:30:00Z", date(2026, 10, 25), date(2026, 10, 25)),
    ] {
        assert_eq!(calendar().day_received(instant(at)), plain, "{at}");
        assert_eq!(cut_off(16).day_received(instant(at)), cut_at_four, "{at}");
    }
}

#[test]
fn office_hours_are_half_open_and_skip_days_without_work() {
    for (at, open) in [
        ("2026-11-23T08:29:59Z", "2026-11-23T08:30:00Z"),
        ("2026-11-23T08:30:00Z", "2026-11-23T08:30:00Z"),
        ("2026-11-23T17:29:59Z", "2026-11-23T17:29:59Z"),
        ("2026-11-23T17:30:00Z", "2026-11-24T08:30:00Z"),
        ("2026-11-27T18:00:00Z", "2026-11-30T08:30:00Z"),
        ("2026-11-28T12:00:00Z", "2026-11-30T08:30:00Z"),
        ("2026-12-24T17:30:00Z", "2026-12-29T08:30:00Z"),
        ("2026-12-28T10:00:00Z", "2026-12-29T08:30:00Z"),
        ("2026-07-06T07:29:59Z", "2026-07-06T07:30:00Z"),
        ("2026-07-06T16:30:00Z", "2026-07-07T07:30:00Z"),
    ] {
        assert_eq!(calendar().in_office_hours(instant(at)), instant(open), "{at}");
    }
    let short = calendar().with_office_hours(hours(10, 0), hours(12, 0));
    assert_eq!(short.in_office_hours(instant("2026-11-23T12:00:00Z")), instant("2026-11-24T10:00:00Z"));
}

#[test]
fn a_list_that_is_none_is_refused() {
    for (text, says) in [
        ("", "not JSON in the shape"),
        ("{}", "not JSON in the shape"),
        (r#"{"england-and-wales": {"events": []}}"#, "no events"),
        (r#"{"england-and-wales": {"events": [{"title": "x", "date": "2026-02-30"}]}}"#, "not JSON in the shape"),
    ] {
        let error = Holidays::from_json(text).expect_err(text).to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
    let (other, list) = (LIST.replace("2028-12-26", "2028-12-27"), LIST);
    let version = |text: &str| Holidays::from_json(text).expect("a list").version().to_owned();
    assert_ne!(version(&other), version(list), "the version tells two lists apart");
}

fn any_day() -> impl Strategy<Value = Date> {
    (0..7_000_i32).prop_map(|days| date(2011, 6, 1) + days.days())
}

proptest! {
    #[test]
    fn due_dates_agree_with_the_counter_and_explain_every_day(received in any_day(), days in 0..60_u32) {
        let (calendar, list) = (calendar(), published());
        let due = calendar.due(received, days);
        prop_assert_eq!(due.due, brute_due(&list, received, days));
        prop_assert_eq!(due.counted.len(), days as usize);
        let mut told: Vec<Date> = due.counted.iter().copied().chain(due.skipped.iter().map(|s| s.date)).collect();
        told.sort_unstable();
        let every: Vec<Date> = received.series(1.day()).skip(1).take_while(|day| *day <= due.due).collect();
        prop_assert_eq!(told, every);
        prop_assert_eq!(calendar.working_days_left(received, due.due), days);
        prop_assert_eq!(calendar.local_date(due.due_at), due.due.tomorrow().expect("a day"));
        prop_assert_eq!(calendar.local_date(due.due_at - SignedDuration::from_nanos(1)), due.due);
    }

    #[test]
    fn what_arrives_later_is_never_due_earlier(received in any_day(), later in 0..40_i32, days in 0..30_u32) {
        let calendar = calendar();
        let later = received + later.days();
        prop_assert!(calendar.due(received, days).due_at <= calendar.due(later, days).due_at);
        prop_assert!(calendar.due(received, days).due_at <= calendar.due(received, days + 1).due_at);
    }

    #[test]
    fn days_between_agree_with_the_counter(start in any_day(), length in 0..90_i32) {
        let (calendar, list) = (calendar(), published());
        let end = start + length.days();
        let held = start.series(1.day()).take_while(|day| *day < end).filter(|day| worked(&list, *day)).count();
        prop_assert_eq!(calendar.working_days_held(start, end) as usize, held);
        let left = start.series(1.day()).skip(1).take_while(|day| *day <= end).filter(|day| worked(&list, *day)).count();
        prop_assert_eq!(calendar.working_days_left(start, end) as usize, left);
        prop_assert_eq!(calendar.working_days_left(end, start), if length == 0 { left as u32 } else { 0 });
    }

    #[test]
    fn a_hold_moves_the_due_date_by_the_days_it_holds(received in any_day(), days in 1..15_u32, from in 0..10_i32, length in 0..30_i32) {
        let (calendar, list) = (calendar(), published());
        let start = received + from.days();
        let held = calendar.working_days_held(start, start + length.days());
        // Counting on from the due date by as many working days is the same as adding them to the count.
        prop_assert_eq!(calendar.due(received, days + held).due, brute_due(&list, brute_due(&list, received, days), held));
    }

    #[test]
    fn so_many_working_days_before_a_day_is_so_many_left(day in any_day(), days in 1..20_u32) {
        let calendar = calendar();
        let before = calendar.working_days_before(day, days);
        prop_assert!(calendar.is_working_day(before) && before < day);
        // Of a day without work none counts, so the day itself is not one of those between.
        prop_assert_eq!(calendar.working_days_held(before, day), days);
    }

    #[test]
    fn the_office_is_open_at_the_next_office_hour(seconds in 1_300_000_000_i64..1_900_000_000) {
        let calendar = calendar();
        let at = Timestamp::from_second(seconds).expect("an instant");
        let open = calendar.in_office_hours(at);
        let local = open.to_zoned(calendar.zone().clone());
        prop_assert!(open >= at && worked(&published(), local.date()));
        prop_assert!(local.time() >= hours(8, 30) && local.time() < hours(17, 30));
        prop_assert_eq!(calendar.in_office_hours(open), open);
    }
}

#[test]
fn office_hours_are_counted_over_nights_weekends_holidays_and_clock_changes() {
    let calendar = calendar();
    for (from, hours, until) in [
        ("2026-11-23T10:00:00Z", 1, "2026-11-23T11:00:00Z"),
        ("2026-11-23T16:30:00Z", 1, "2026-11-23T17:30:00Z"),
        ("2026-11-23T16:30:00Z", 2, "2026-11-24T09:30:00Z"),
        ("2026-11-23T06:00:00Z", 9, "2026-11-23T17:30:00Z"),
        ("2026-11-27T17:29:59Z", 1, "2026-11-30T09:29:59Z"),
        ("2026-11-28T12:00:00Z", 0, "2026-11-30T08:30:00Z"),
        ("2026-12-24T16:30:00Z", 18, "2026-12-30T16:30:00Z"),
        // The clocks go back on Sunday 25 October.
        ("2026-10-23T15:30:00Z", 2, "2026-10-26T09:30:00Z"),
        ("2026-11-23T10:00:00Z", 90, "2026-12-07T10:00:00Z"),
    ] {
        assert_eq!(calendar.after_office_hours(instant(from), hours), instant(until), "{hours} after {from}");
    }
}
