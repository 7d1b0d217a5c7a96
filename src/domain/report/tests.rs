//! Periods as tables: what was recorded, and what is said of November 2026.

use super::*;
use crate::domain::calendar::Holidays;
use crate::domain::case::Submission;
use crate::domain::ids::{BlobDigest, MailboxName};
use crate::domain::reading::Supplier;

const REFERENCE: CaseRef = CaseRef::FIRST;

fn calendar() -> Calendar {
    let holidays = include_str!("../../../config/bank-holidays.json");
    Calendar::new(Holidays::from_json(holidays).expect("the list"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| format!("2026-{text}:00Z").parse().expect("a time"))
}

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

/// `(when, what)` as it is recorded of one case.
enum Did {
    Submits,
    Answers,
    Holds,
    Resumes,
    Restarts,
    Closes,
    MovesOn,
}

/// The facts of a case whose SCAL comes with the first of `steps`, which are in London's winter time.
fn recorded(calendar: &Calendar, steps: &[(&str, Did)]) -> Vec<(Timestamp, Vec<(CaseRef, Fact)>)> {
    let mut clock: Option<ResponseClock> = None;
    let mut recorded = Vec::new();
    for (when, did) in steps {
        let at = at(when);
        let running = || clock.clone().expect("a clock that runs");
        let set = |change, clock| vec![Fact::ClockSet { lane: LaneName::Assurance, change, clock: Some(clock) }];
        let facts = match did {
            Did::Submits => {
                let started = match &clock {
                    None => ResponseClock::start(calendar, at, 5, 1),
                    Some(running) => ResponseClock { latest_at: at, ..running.clone() },
                };
                let (change, phase) = (ClockChange::Joined, Phase::ScalReview);
                let facts = match clock.replace(started.clone()) {
                    Some(_) => set(change, Clock::Response(started)),
                    None => opened(phase, started),
                };
                facts.into_iter().chain([submitted(at)]).collect()
            }
            Did::Answers => set(ClockChange::Answered, Clock::Outcome(running().answer(calendar, at, "Jo", None))),
            Did::Holds => {
                clock = Some(running().hold(at, "leave"));
                set(ClockChange::Held, Clock::Response(clock.clone().expect("held")))
            }
            Did::Resumes => {
                clock = Some(running().resume(calendar, at));
                set(ClockChange::Resumed, Clock::Response(clock.clone().expect("resumed")))
            }
            Did::Restarts => {
                clock = running().restart(calendar);
                set(ClockChange::Restarted, Clock::Response(clock.clone().expect("restarted")))
            }
            Did::Closes => vec![Fact::CaseClosed { by: "jo".to_owned(), reason: "withdrawn".to_owned() }],
            Did::MovesOn => vec![entered(Phase::ScalChanges, None)],
        };
        recorded.push((at, facts.into_iter().map(|fact| (REFERENCE, fact)).collect()));
    }
    recorded
}

fn opened(phase: Phase, clock: ResponseClock) -> Vec<Fact> {
    let supplier = Supplier { organisation: Some("Acorn".to_owned()), ..Supplier::default() };
    vec![
        Fact::CaseOpened { mailbox: MailboxName::new("sa"), subject: "SCAL".to_owned() },
        Fact::PartnerNamed { supplier },
        entered(phase, Some(Clock::Response(clock))),
    ]
}

fn entered(phase: Phase, clock: Option<Clock>) -> Fact {
    Fact::PhaseEntered { lane: LaneName::Assurance, phase, clock, returns_to: None }
}

fn submitted(received_at: Timestamp) -> Fact {
    let (kind, sha256) = (SubmissionKind::Scal, BlobDigest::from_hex("00"));
    Fact::SubmissionFiled(Submission { kind, name: "SCAL.xlsx".to_owned(), sha256, received_at, to_fix: 0, gist: None })
}

fn november(steps: &[(&str, Did)], now: &str) -> Report {
    let calendar = calendar();
    let mut ledger = Ledger::new(&calendar, day("2026-11-01"), day("2026-11-30"), at(now));
    recorded(&calendar, steps).iter().for_each(|(at, facts)| ledger.add(*at, facts));
    ledger.report()
}

/// Submissions, answers in time of all, days taken, breaches, holds, and where the case waits.
fn in_short(report: &Report) -> String {
    let scals = report.received.submissions.get(&SubmissionKind::Scal).copied().unwrap_or(0);
    let Answered { count, in_time, by_days, .. } = &report.answered;
    let days: Vec<_> = by_days.keys().collect();
    let waiting: Vec<_> =
        report.waiting.iter().map(|row| format!("{} {}/{}", row.phase.name(), row.overdue, row.cases)).collect();
    let (breaches, holds) = (report.breaches.len(), report.holds.iter().map(|hold| hold.days).collect::<Vec<_>>());
    format!("{scals} scal, {in_time}/{count} in {days:?}, {breaches} broken, held {holds:?}, {}", waiting.join(" "))
}

#[test]
fn a_promise_counts_where_it_was_answered_and_where_it_was_due() {
    use Did::{Answers, Closes, Holds, MovesOn, Restarts, Resumes, Submits};
    for (steps, now, expected) in [
        // Due by the end of Monday 30 November.
        (vec![("11-23T09:00", Submits)], "11-30T23:59", "1 scal, 0/0 in [], 0 broken, held [], scal-review 0/1"),
        (vec![("11-23T09:00", Submits)], "12-01T00:00", "1 scal, 0/0 in [], 1 broken, held [], scal-review 1/1"),
        (
            vec![("11-23T09:00", Submits), ("11-30T23:59", Answers)],
            "12-05T00:00",
            "1 scal, 1/1 in [5], 0 broken, held [], scal-review 0/1",
        ),
        // The last moment of the period and the first one after it.
        (
            vec![("11-23T09:00", Submits), ("12-01T00:00", Answers)],
            "12-05T00:00",
            "1 scal, 0/0 in [], 1 broken, held [], scal-review 1/1",
        ),
        (
            vec![("10-30T09:00", Submits), ("11-02T09:00", Answers)],
            "12-05T00:00",
            "0 scal, 1/1 in [1], 0 broken, held [], scal-review 0/1",
        ),
        // Due on Friday 30 October: broken in October, answered late in November.
        (
            vec![("10-23T09:00", Submits), ("11-02T09:00", Answers)],
            "12-05T00:00",
            "0 scal, 0/1 in [6], 0 broken, held [], scal-review 0/1",
        ),
        (
            vec![("11-09T09:00", Submits), ("11-11T09:00", Holds), ("11-16T09:00", Resumes), ("11-19T09:00", Answers)],
            "12-05T00:00",
            "1 scal, 1/1 in [5], 0 broken, held [3], scal-review 0/1",
        ),
        (
            vec![("11-09T09:00", Submits), ("11-11T09:00", Holds)],
            "12-05T00:00",
            "1 scal, 0/0 in [], 0 broken, held [0], scal-review 0/1",
        ),
        // Held when it was broken already.
        (
            vec![("11-09T09:00", Submits), ("11-17T09:00", Holds)],
            "12-05T00:00",
            "1 scal, 0/0 in [], 1 broken, held [0], scal-review 0/1",
        ),
        // A second SCAL joins the clock; restarted, it is one promise with a later date.
        (
            vec![
                ("11-09T09:00", Submits),
                ("11-12T09:00", Submits),
                ("11-13T09:00", Restarts),
                ("11-19T09:00", Answers),
            ],
            "12-05T00:00",
            "2 scal, 1/1 in [5], 0 broken, held [], scal-review 0/1",
        ),
        (
            vec![("11-09T09:00", Submits), ("11-12T09:00", Closes)],
            "12-05T00:00",
            "1 scal, 0/0 in [], 0 broken, held [], ",
        ),
        (
            vec![("11-09T09:00", Submits), ("11-17T09:00", Closes)],
            "12-05T00:00",
            "1 scal, 0/0 in [], 1 broken, held [], ",
        ),
        (
            vec![("11-09T09:00", Submits), ("11-12T09:00", Answers), ("11-20T09:00", MovesOn)],
            "12-05T00:00",
            "1 scal, 1/1 in [3], 0 broken, held [], scal-changes 0/1",
        ),
    ] {
        let times: Vec<&str> = steps.iter().map(|(at, _)| *at).collect();
        assert_eq!(in_short(&november(&steps, now)), expected, "{times:?} at {now}");
    }
}

#[test]
fn partners_are_told_apart_by_the_organisation_that_documents_name() {
    let report = november(&[("11-09T09:00", Did::Submits), ("11-17T09:00", Did::Answers)], "12-05T00:00");
    let acorn = Partner { partner: "Acorn".to_owned(), submissions: 1, answered: 1, in_time: 0, breaches: 1, open: 1 };
    assert_eq!(report.partners, [acorn]);
    let breach = &report.breaches[0];
    assert_eq!((breach.due, breach.answered), (day("2026-11-16"), Some(day("2026-11-17"))));
}

#[test]
fn percentiles_are_values_that_occur() {
    for (days, median, ninety) in [
        (&[][..], None, None),
        (&[3], Some(3), Some(3)),
        (&[1, 2], Some(1), Some(2)),
        (&[1, 2, 3], Some(2), Some(3)),
        (&[1, 1, 2, 2, 3, 3, 4, 4, 5, 9], Some(3), Some(5)),
        (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], Some(0), Some(0)),
    ] {
        let told = answered(days.to_vec(), 0);
        assert_eq!((told.median_days, told.percentile_90_days), (median, ninety), "{days:?}");
    }
}

#[test]
fn the_share_in_time_has_one_decimal_and_is_none_of_none() {
    for (in_time, of, percent) in [(0, 0, None), (0, 3, Some(0.0)), (2, 3, Some(66.7)), (3, 3, Some(100.0))] {
        assert_eq!(answered(vec![1; of], in_time).in_time_percent, percent, "{in_time}/{of}");
    }
}
