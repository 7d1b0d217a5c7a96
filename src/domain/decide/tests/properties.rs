//! Whatever comes in whatever order, the invariants of a case hold (PROCESS.md, "The one idea").

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::mail::Mail;
use super::world::{Step, World, at, calendar};
use crate::domain::case::Case;
use crate::domain::clocks::{Clock, Notice};
use crate::domain::command::AccessMode;
use crate::domain::decide::Decision;
use crate::domain::fact::Fact;
use crate::domain::lane::{LaneName, Party, Phase};
use crate::domain::reading::{ApprovalForm, Certificate, DocumentKind};

const SEQUENCES: u32 = 400;
const STEPS: std::ops::Range<usize> = 1..60;
const COMMANDS: [&str; 38] = [
    "!accept",
    "!changes",
    "!changes RXQ",
    "!session 30 June 2027 10am",
    "!session 1 December 2026 9am",
    "!cancel",
    "!passed",
    "!passed A001-01",
    "!remedial A001-01 A001-02",
    "!scal-update",
    "!tcc",
    "!agreement",
    "!agreement unchanged",
    "!accepted",
    "!approve",
    "!approve RXQ",
    "!mode application-restricted",
    "!mode user-restricted",
    "!hold waiting",
    "!resume",
    "!restart",
    "!until 1 September 2027",
    "!told by phone",
    "!close dormant",
    "!reopen",
    "!undo",
    "!received scal on 1 December 2026",
    "!received pack",
    "!received form RXQ",
    "!merge ERS-00002",
    "!move ERS-00002",
    "!split scal-1.xlsx",
    "!contact add omolara@carevista.example",
    "!contact remove priya@carevista.example",
    "!assign omar",
    "!assign nobody",
    "!away lee@staff.example until 1 September 2027",
    "!back lee@staff.example",
];

/// A step and the hours since the one before it.
#[derive(Clone, Debug)]
struct Happening {
    what: What,
    hours: i64,
}

#[derive(Clone, Debug)]
enum What {
    Command(&'static str),
    Scal(u8),
    Pack(u8),
    Both(u8),
    Form(&'static str),
    Evidence(u8),
    /// A SCAL of another product.
    Other(u8),
    Question,
    Reply,
    Certificate,
    Nothing,
}

fn happening() -> impl Strategy<Value = Happening> {
    let what = prop_oneof![
        8 => prop::sample::select(COMMANDS.as_slice()).prop_map(What::Command),
        2 => (0u8..6).prop_map(What::Scal),
        2 => (0u8..6).prop_map(What::Pack),
        1 => (0u8..6).prop_map(What::Both),
        1 => prop::sample::select(["RXQ", "RYR"].as_slice()).prop_map(What::Form),
        1 => (0u8..3).prop_map(What::Evidence),
        1 => (0u8..3).prop_map(What::Other),
        1 => Just(What::Question),
        1 => Just(What::Reply),
        1 => Just(What::Certificate),
        2 => Just(What::Nothing),
    ];
    (what, 1i64..100).prop_map(|(what, hours)| Happening { what, hours })
}

/// The step at this time; the time makes each message one of its own.
fn step(what: &What, now: Timestamp) -> Step {
    let local = now.to_zoned(calendar().zone().clone());
    let mail = || Mail::at(&local.strftime("%Y-%m-%d %H:%M").to_string());
    match what {
        What::Command(text) => Step::Command(now, (*text).to_owned()),
        What::Scal(content) => mail().scal(&format!("scal-{content}")).arrives(),
        What::Pack(content) => mail().pack(&format!("pack-{content}")).arrives(),
        What::Both(content) => mail().scal(&format!("scal-{content}")).pack(&format!("pack-{content}")).arrives(),
        What::Form(code) => {
            let form = ApprovalForm { ods_code: Some((*code).to_owned()), ..ApprovalForm::default() };
            mail().document(DocumentKind::ApprovalForm(form), &format!("form-{code}")).arrives()
        }
        What::Evidence(content) => mail().document(DocumentKind::Other, &format!("evidence-{content}")).arrives(),
        What::Other(content) => mail().scal_of("Quayside", &format!("other-{content}")).arrives(),
        What::Question => mail().asks().arrives(),
        What::Reply => mail().by_team().sent(),
        What::Certificate => {
            let tcc = DocumentKind::Certificate(Some(Box::new(Certificate::default())));
            mail().by_team().document(tcc, "tcc").sent()
        }
        What::Nothing => Step::Tick(now),
    }
}

/// One clock for each lane, and that of the party that it waits on.
fn check_clock(name: &LaneName, phase: Phase, clock: Option<&Clock>) {
    let waits_on = phase.waits_on();
    let fits = match (waits_on, clock) {
        (Party::Nobody, clock) => clock.is_none(),
        (_, None) => false,
        (Party::Sa | Party::Lsob, Some(clock)) => matches!(clock, Clock::Response(_) | Clock::Outcome(_)),
        (Party::Partner, Some(clock)) => matches!(clock, Clock::Reminder(_)),
        (Party::Date, Some(clock)) => matches!(clock, Clock::Session(_)),
    };
    assert!(fits, "{name} in {} waits on {waits_on} with {clock:?}", phase.name());
    let due = match clock {
        Some(Clock::Response(clock)) => Some(clock.due.due),
        Some(Clock::Outcome(clock)) => clock.due.as_ref().map(|due| due.due),
        Some(Clock::Reminder(_) | Clock::Session(_)) | None => None,
    };
    assert!(due.is_none_or(|day| calendar().is_working_day(day)), "{name} is due on {due:?}");
}

fn check_case(case: &Case) {
    if case.is_open() {
        // Where a form opened the case, nobody asked SA anything.
        let asked = |phase| phase != Phase::Enquiry || case.lanes.len() == 1;
        for (name, lane) in case.lanes.iter().filter(|(_, lane)| asked(lane.phase)) {
            check_clock(name, lane.phase, lane.clock.as_ref());
        }
    }
    let assurance = case.lane(&LaneName::Assurance).map(|lane| lane.phase);
    if assurance == Some(Phase::TccDue) {
        assert!(case.open_tests.is_empty(), "a certificate is due with open tests");
        assert!(case.scal_accepted, "a certificate is due with a SCAL that nobody accepted");
    }
    assert!(assurance != Some(Phase::SessionBooked) || case.session.is_some(), "which session?");
    assert!(
        !case.lanes.contains_key(&LaneName::first_form()) || case.lanes.keys().filter(|l| l.is_form()).count() == 1
    );
}

/// As PROCESS.md says it, not as the program does.
fn may_be_approved(case: &Case) -> bool {
    let in_phase = |phase| case.lanes.iter().filter(move |(_, lane)| lane.phase == phase).count();
    let form = case.mode == Some(AccessMode::UserRestricted) || in_phase(Phase::FormApproved) > 0;
    in_phase(Phase::Assured) == 1 && in_phase(Phase::Accepted) == 1 && case.mode.is_some() && form
}

/// The one clock that a notice belongs to.
fn due_of(case: &Case, lane: &LaneName) -> Option<jiff::civil::Date> {
    match case.lane(lane)?.clock.as_ref()? {
        Clock::Response(clock) => Some(clock.due.due),
        Clock::Outcome(clock) => clock.due.as_ref().map(|due| due.due),
        Clock::Reminder(clock) => Some(clock.since),
        Clock::Session(clock) => Some(clock.day),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: SEQUENCES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_keeps_the_invariants(happenings in prop::collection::vec(happening(), STEPS)) {
        let mut world = World::promising();
        let mut now = at("mon 10:00");
        let mut given: BTreeSet<String> = BTreeSet::new();
        world.play(&step(&What::Scal(0), now));
        for happening in &happenings {
            now += SignedDuration::from_hours(happening.hours);
            for step in [Step::Tick(now), step(&happening.what, now)] {
                let before = world.cases.clone();
                // Of a refused command, or a moment at which nothing is due, nothing is decided.
                world.last = Decision::default();
                world.play(&step);
                for case in world.cases.values() {
                    check_case(case);
                    let was_approved = before.get(&case.reference).is_some_and(|before| before.approved_at.is_some());
                    let approved_now = case.approved_at.is_some() && !was_approved;
                    prop_assert!(!approved_now || may_be_approved(case), "approved without its conditions");
                }
                for (reference, fact) in &world.last.facts {
                    let Fact::NoticeGiven { lane, notice: Notice { rule, day, .. }, .. } = fact else { continue };
                    let case = &before[reference];
                    let since = case.lane(lane).map(|lane| lane.since);
                    let due = due_of(case, lane);
                    let key = format!("{reference} {lane}: {rule:?} of {day} for {due:?}, round {}, {since:?}", case.round);
                    prop_assert!(given.insert(key.clone()), "twice: {key}");
                }
            }
        }
    }
}
