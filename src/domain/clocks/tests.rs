//! When clocks ring: the example of PROCESS.md, holds day by day, and any order of ticks.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::domain::calendar::Holidays;

fn calendar() -> Calendar {
    Calendar::new(Holidays::from_json(include_str!("../../../config/bank-holidays.json")).expect("the list"))
}

/// `2026-11-23 10:00` in London.
fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').expect("a day and a time");
    let day: Date = day.parse().expect("a day");
    let local = day.to_datetime(time.parse().expect("a time"));
    local.to_zoned(calendar().zone().clone()).expect("in London").timestamp()
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// Received on Monday 23 November 2026, due on Monday 30.
fn response() -> ResponseClock {
    ResponseClock::start(&calendar(), at("2026-11-23 10:00"), 5, 1)
}

fn plan() -> Reminders {
    Reminders { first: 5, second: 10, tell_staff: 15 }
}

/// The first notices of a clock that is always woken in time.
fn notices(mut clock: Clock, count: usize) -> Vec<(Rule, Timestamp)> {
    let mut given = Vec::new();
    while let Some(next) = clock.next().cloned().filter(|_| given.len() < count) {
        let rung = clock.ring(&calendar(), next.at).expect("it rings when it says");
        assert!(rung.give == next && rung.passed_over.is_empty());
        given.push((next.rule, next.at));
        clock.set_next(rung.next);
    }
    given
}

#[test]
fn the_notices_of_the_published_example() {
    let expected = [
        (Rule::Warn, "2026-11-27 08:30"),
        (Rule::Breach, "2026-12-01 08:30"),
        (Rule::Escalate, "2026-12-02 08:30"),
        (Rule::Escalate, "2026-12-03 08:30"),
        (Rule::Escalate, "2026-12-04 08:30"),
        (Rule::Escalate, "2026-12-07 08:30"),
    ];
    let given = notices(Clock::Response(response()), expected.len());
    assert_eq!(given, expected.map(|(rule, when)| (rule, at(when))));
}

#[test]
fn notices_over_christmas_and_the_change_of_clocks() {
    for (received, warn_before, expected) in [
        ("2026-12-21 10:00", 1, ["2026-12-29 08:30", "2026-12-31 08:30", "2027-01-04 08:30"]),
        ("2026-03-24 10:00", 2, ["2026-03-27 08:30", "2026-04-01 08:30", "2026-04-02 08:30"]),
        ("2026-10-20 23:30", 1, ["2026-10-26 08:30", "2026-10-28 08:30", "2026-10-29 08:30"]),
    ] {
        let clock = ResponseClock::start(&calendar(), at(received), 5, warn_before);
        let given: Vec<_> = notices(Clock::Response(clock), 3).into_iter().map(|(_, when)| when).collect();
        assert_eq!(given, expected.map(at), "{received}");
    }
}

#[test]
fn no_warning_comes_on_or_before_the_day_of_receipt() {
    for (days, warn_before, first) in [
        (5, 0, (Rule::Breach, "2026-12-01 08:30")),
        (5, 4, (Rule::Warn, "2026-11-24 08:30")),
        (5, 5, (Rule::Breach, "2026-12-01 08:30")),
        (1, 1, (Rule::Breach, "2026-11-25 08:30")),
        (0, 1, (Rule::Breach, "2026-11-24 08:30")),
    ] {
        let clock = ResponseClock::start(&calendar(), at("2026-11-23 10:00"), days, warn_before);
        let next = clock.next.expect("a notice");
        assert_eq!((next.rule, next.at), (first.0, at(first.1)), "{days} days, {warn_before} before");
    }
}

#[test]
fn outcomes_and_reminders_ring_in_their_turn() {
    let outcome = response().answer(&calendar(), at("2026-11-24 10:00"), "asha", Some(2));
    assert_eq!(outcome.response.as_deref(), Some(&response()));
    assert_eq!(notices(Clock::Outcome(outcome), 9), [(Rule::OutcomeOverdue, at("2026-11-27 08:30"))]);
    let undated = response().answer(&calendar(), at("2026-11-24 10:00"), "asha", None);
    assert_eq!(notices(Clock::Outcome(undated), 9), []);
    let reminder = ReminderClock::start(&calendar(), at("2026-11-23 10:00"), &plan());
    let expected = [
        (Rule::Nudge, at("2026-11-30 08:30")),
        (Rule::NudgeAgain, at("2026-12-07 08:30")),
        (Rule::TellStaff, at("2026-12-14 08:30")),
    ];
    assert_eq!(notices(Clock::Reminder(reminder), 9), expected);
}

#[test]
fn of_overtaken_notices_the_latest_is_given() {
    let rung = Clock::Response(response()).ring(&calendar(), at("2026-12-04 12:00")).expect("it rings");
    assert_eq!((rung.give.rule, rung.give.day), (Rule::Escalate, day("2026-12-04")));
    let passed: Vec<_> = rung.passed_over.iter().map(|notice| (notice.rule, notice.day.day())).collect();
    assert_eq!(passed, [(Rule::Warn, 27), (Rule::Breach, 1), (Rule::Escalate, 2), (Rule::Escalate, 3)]);
    assert_eq!(rung.next.map(|next| next.at), Some(at("2026-12-07 08:30")));
    // An absence of years still ends.
    let rung = Clock::Response(response()).ring(&calendar(), at("2030-12-04 12:00")).expect("it rings");
    assert_eq!(rung.passed_over.len(), OVERTAKEN_MAX);
}

#[test]
fn holds_add_back_their_working_days_and_no_notice_comes_twice() {
    // Held from, resumed on, then the due date, the days added and the next notice.
    for (from, until, due, days, next) in [
        ("2026-11-24 10:00", "2026-11-24 16:00", "2026-11-30", 0, (Rule::Warn, "2026-11-27 08:30")),
        ("2026-11-24 10:00", "2026-11-25 09:00", "2026-12-01", 1, (Rule::Warn, "2026-11-30 08:30")),
        ("2026-11-24 10:00", "2026-11-27 09:00", "2026-12-03", 3, (Rule::Warn, "2026-12-02 08:30")),
        ("2026-11-27 17:00", "2026-11-30 09:00", "2026-12-01", 1, (Rule::Warn, "2026-11-30 08:30")),
        ("2026-11-28 12:00", "2026-11-29 12:00", "2026-11-30", 0, (Rule::Warn, "2026-11-27 08:30")),
        ("2026-11-30 23:59", "2026-12-01 00:01", "2026-12-01", 1, (Rule::Warn, "2026-11-30 08:30")),
        // Held once the promise was broken: nothing is added, and what was not told yet still is.
        ("2026-12-01 00:00", "2026-12-03 10:00", "2026-11-30", 0, (Rule::Breach, "2026-12-03 08:30")),
        ("2026-12-01 00:00", "2026-12-05 10:00", "2026-11-30", 0, (Rule::Breach, "2026-12-07 08:30")),
    ] {
        let held = response().hold(at(from), "ill");
        assert!(held.next.is_none() && Clock::Response(held.clone()).ring(&calendar(), at(until)).is_none());
        let clock = held.resume(&calendar(), at(until));
        assert_eq!((clock.due.due, clock.holds[0].days), (day(due), days), "{from} to {until}");
        assert_eq!(clock.due.due_at, calendar().day_end(clock.due.due));
        let told = clock.next.map(|next| (next.rule, next.at));
        assert_eq!(told, Some((next.0, at(next.1))), "{from} to {until}");
        assert!(clock.held.is_none());
    }
    let mut warned = Clock::Response(response());
    warned.set_next(warned.ring(&calendar(), at("2026-11-27 08:30")).and_then(|rung| rung.next));
    let Clock::Response(warned) = warned else { unreachable!() };
    let clock = warned.hold(at("2026-11-27 09:00"), "ill").resume(&calendar(), at("2026-11-27 10:00"));
    assert_eq!(clock.next.map(|next| next.rule), Some(Rule::Breach), "the warning was given for this due date");
    let mut told = Clock::Response(response());
    told.set_next(told.ring(&calendar(), at("2026-12-02 12:00")).and_then(|rung| rung.next));
    let Clock::Response(told) = told else { unreachable!() };
    let clock = told.hold(at("2026-12-02 13:00"), "ill").resume(&calendar(), at("2026-12-04 07:00"));
    let next = clock.next.map(|next| (next.rule, next.at));
    assert_eq!(next, Some((Rule::Escalate, at("2026-12-07 08:30"))));
    assert_eq!(response().resume(&calendar(), at("2026-11-24 10:00")), response(), "nothing to resume");
}

#[test]
fn a_restart_counts_from_the_latest_submission() {
    let joined = |at: Timestamp| ResponseClock { latest_at: at, ..response() };
    assert_eq!(response().restart(&calendar()), None);
    assert_eq!(joined(at("2026-11-23 18:00")).restart(&calendar()), None, "the same day");
    let restarted = joined(at("2026-11-25 10:00")).restart(&calendar()).expect("a later day");
    assert_eq!(restarted, ResponseClock::start(&calendar(), at("2026-11-25 10:00"), 5, 1));
    // Held on the 24th and 25th: only what lies after the latest submission still counts.
    for (latest, days_kept) in
        [("2026-11-24 10:00", vec![2]), ("2026-11-25 10:00", vec![1]), ("2026-11-26 10:00", vec![])]
    {
        let clock = joined(at(latest)).hold(at("2026-11-24 10:00"), "ill").resume(&calendar(), at("2026-11-26 10:00"));
        assert_eq!(clock.due.due, day("2026-12-02"));
        let clock = clock.restart(&calendar()).expect("a later day");
        assert_eq!(clock.due.due, day("2026-12-03"), "{latest}");
        assert_eq!(clock.holds.iter().map(|hold| hold.days).collect::<Vec<_>>(), days_kept, "{latest}");
    }
    let held = joined(at("2026-11-25 10:00")).hold(at("2026-11-26 10:00"), "ill").restart(&calendar()).expect("later");
    assert!(held.held.is_some() && held.next.is_none(), "still held");
    assert_eq!(held.resume(&calendar(), at("2026-11-27 10:00")).due.due, day("2026-12-03"));
}

#[test]
fn clocks_read_back() {
    let held = response().hold(at("2026-11-24 10:00"), "ill");
    let resumed = held.resume(&calendar(), at("2026-11-25 10:00"));
    let outcome = resumed.answer(&calendar(), at("2026-11-26 10:00"), "asha", Some(2));
    let reminder = ReminderClock::start(&calendar(), at("2026-11-23 10:00"), &plan());
    for clock in [Clock::Response(held), Clock::Response(resumed), Clock::Outcome(outcome), Clock::Reminder(reminder)] {
        let json = serde_json::to_string(&clock).expect("written");
        assert_eq!(serde_json::from_str::<Clock>(&json).expect("read"), clock, "{json}");
    }
}

fn any_clock() -> impl Strategy<Value = Clock> {
    let received = (0..900_i64).prop_map(|hours| at("2026-01-05 00:00") + SignedDuration::from_hours(hours * 10));
    (received, 1..12_u32, 0..4_u32, 0..3_u8).prop_map(|(received, days, warn_before, kind)| match kind {
        0 => Clock::Response(ResponseClock::start(&calendar(), received, days, warn_before)),
        1 => Clock::Outcome(OutcomeClock::start(&calendar(), received, "asha", None, Some(days))),
        _ => Clock::Reminder(ReminderClock::start(&calendar(), received, &plan())),
    })
}

proptest! {
    #[test]
    fn any_order_of_ticks_tells_each_rule_once_a_day_and_nothing_early(
        mut clock in any_clock(),
        ticks in prop::collection::vec(0..400_i64, 1..40),
    ) {
        let calendar = calendar();
        let start = clock.next().expect("a notice").at - SignedDuration::from_hours(72);
        let mut told = BTreeSet::new();
        let mut now = start;
        for hours in ticks {
            now += SignedDuration::from_hours(hours / 4);
            let due = clock.next().is_some_and(|next| next.at <= now);
            let Some(rung) = clock.ring(&calendar, now) else {
                prop_assert!(!due);
                continue;
            };
            prop_assert!(due, "woken early it says nothing");
            for notice in rung.passed_over.iter().chain([&rung.give]) {
                prop_assert!(notice.at <= now);
                prop_assert_eq!(notice.at, calendar.in_office_hours(notice.at));
                prop_assert!(told.insert((format!("{:?}", notice.rule), notice.day)), "{:?} twice", notice);
            }
            prop_assert!(rung.next.as_ref().is_none_or(|next| next.at > now));
            clock.set_next(rung.next);
            prop_assert!(clock.ring(&calendar, now).is_none(), "woken twice it says nothing");
        }
    }

    #[test]
    fn a_promise_held_and_resumed_is_due_as_many_working_days_later(
        from in 0..14_i32, length in 0..40_i32, received in 0..700_i32,
    ) {
        let calendar = calendar();
        let day0 = day("2026-01-05") + received.days();
        let noon = |day: Date| calendar.opening(day) + SignedDuration::from_hours(2);
        let clock = ResponseClock::start(&calendar, noon(day0), 5, 1);
        let (start, end) = (day0 + from.days(), day0 + from.days() + length.days());
        let resumed = clock.hold(noon(start), "ill").resume(&calendar, noon(end));
        let mut due = clock.due.due;
        if start <= due {
            for _ in 0..calendar.working_days_held(start, end) {
                due = calendar.next_working_day(due);
            }
        }
        prop_assert_eq!(resumed.due.due, due);
    }
}
