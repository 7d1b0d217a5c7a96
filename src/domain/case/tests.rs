//! What is recorded today is read back for ever: every fact, and a case with all that can be in it.

use std::collections::BTreeSet;

use super::*;
use crate::domain::calendar::{Calendar, Holidays};
use crate::domain::clocks::{Clock, Notice, ResponseClock, Rule};
use crate::domain::fact::{ClockChange, Item};
use crate::domain::ids::IdentityDigest;
use crate::domain::reading::{Finding, FindingCode};

fn at(text: &str) -> Timestamp {
    format!("2026-11-{text}:00Z").parse().expect("a time")
}

fn address() -> Address {
    Address::new("priya@carevista.example").expect("an address")
}

fn message_id(number: usize) -> MessageId {
    MessageId::new(&format!("{number}@carevista.example")).expect("an id")
}

fn clock() -> Clock {
    let list = include_str!("../../../config/bank-holidays.json");
    let calendar = Calendar::new(Holidays::from_json(list).expect("the list"));
    Clock::Response(ResponseClock::start(&calendar, at("23T10:00"), 5, 1).hold(at("24T10:00"), "ill"))
}

fn submission(kind: SubmissionKind) -> Submission {
    let (name, sha256) = ("a.xlsx".to_owned(), BlobDigest::from_hex("a"));
    Submission { kind, name, sha256, received_at: at("23T10:00"), to_fix: 2, gist: None }
}

fn received() -> Received {
    let item = Item {
        name: "a.xlsx".to_owned(),
        recognised: Some(SubmissionKind::Scal),
        repeated: true,
        readable: true,
        checked: true,
        findings: vec![Finding::new(FindingCode::NoServiceSelected, "Choose one.")],
        of_case: Vec::new(),
        difference: None,
    };
    let (message_id, subject) = (Some(message_id(1)), "Care Vista Link".to_owned());
    Received { message_id, subject, received_at: at("23T10:00"), items: vec![item], findings: Vec::new() }
}

/// One of each kind, in an order that leaves nothing of a case empty.
fn facts() -> Vec<Fact> {
    let (lane, by) = (LaneName::Assurance, "asha".to_owned());
    let notice = Notice { rule: Rule::Nudge, day: jiff::civil::date(2026, 11, 27), at: at("27T08:30") };
    let stood = Lane { phase: Phase::WitnessPackDue, since: at("23T10:00"), clock: Some(clock()), returns_to: None };
    let (identity, raw) = (IdentityDigest::from_hex("b"), BlobDigest::from_hex("c"));
    vec![
        Fact::CaseOpened { mailbox: MailboxName::new("sa"), subject: "Care Vista Link".to_owned() },
        Fact::ParticipantSeen { address: address(), name: Some("Priya".to_owned()) },
        Fact::MessageFiled {
            message_id: Some(message_id(1)),
            identity,
            raw,
            received_at: at("23T10:00"),
            partner: Some(address()),
            unread: false,
            aside: false,
        },
        Fact::PartnerNamed { supplier: Supplier { product: Some("Link".to_owned()), ..Supplier::default() } },
        Fact::SubmissionFiled(submission(SubmissionKind::WitnessPack)),
        Fact::PhaseEntered {
            lane: lane.clone(),
            phase: Phase::ScalReview,
            clock: Some(clock()),
            returns_to: Some(Box::new(stood)),
        },
        Fact::ClockSet { lane: lane.clone(), change: ClockChange::Joined, clock: Some(clock()) },
        Fact::NoticeGiven {
            lane: lane.clone(),
            notice: notice.clone(),
            passed_over: vec![notice.clone()],
            next: Some(notice.clone()),
        },
        Fact::NoticePutOff { lane, next: notice },
        Fact::HumanReplied { by: by.clone(), sent_at: at("23T09:00"), blank_pack: true, teams: vec![Team::Sa] },
        Fact::CertificateIssued { issued: Issued::default() },
        Fact::CertificateReturned,
        Fact::QuestionOpened,
        Fact::GatheringStarted { correspondent: address(), until: at("23T10:20") },
        Fact::AcknowledgementGathered { correspondent: address(), received: received() },
        Fact::LetterThreaded { message_id: message_id(2), aside: false },
        Fact::LetterBounced { message_id: message_id(2), status: Some("5.1.1".to_owned()) },
        Fact::LetterRefused { message_id: message_id(2), reason: "550".to_owned() },
        Fact::NoteAdded { by: by.clone(), text: "rang them".to_owned() },
        Fact::CommandGiven { by: by.clone(), command: "!note".to_owned() },
        Fact::GatheringEnded { correspondent: Address::new("other@carevista.example").expect("an address") },
        Fact::CaseClosed { by, reason: "duplicate".to_owned() },
    ]
}

fn opened() -> Case {
    Case::open(CaseRef::FIRST, at("23T10:01"), MailboxName::new("sa"), "Care Vista Link".to_owned())
}

#[test]
fn every_fact_and_every_case_reads_back() {
    let mut case = opened();
    let mut kinds = BTreeSet::new();
    for fact in facts() {
        let json = serde_json::to_value(&fact).expect("written");
        kinds.insert(json["fact"].as_str().expect("a kind").to_owned());
        assert_eq!(serde_json::from_value::<Fact>(json.clone()).expect("read"), fact, "{json}");
        case.apply(at("23T10:01"), &fact);
        let json = serde_json::to_string(&case).expect("written");
        assert_eq!(serde_json::from_str::<Case>(&json).expect("read"), case, "{json}");
    }
    assert_eq!(kinds.len(), 22, "one of each kind: {kinds:?}");
}

#[test]
fn facts_recorded_before_a_field_was_added_still_read() {
    for json in [
        r#"{"fact":"message-filed","message_id":null,"identity":"a","raw":"b","received_at":"2026-11-23T10:00:00Z"}"#,
        r#"{"fact":"phase-entered","lane":"assurance","phase":"enquiry","clock":null}"#,
        r#"{"fact":"human-replied","by":"asha","sent_at":"2026-11-23T10:00:00Z"}"#,
    ] {
        assert!(serde_json::from_str::<Fact>(json).is_ok(), "{json}");
    }
}

#[test]
fn a_thread_keeps_its_first_and_its_newest_messages() {
    let mut case = opened();
    for number in 0..50 {
        case.apply(at("23T10:01"), &Fact::LetterThreaded { message_id: message_id(number), aside: false });
        case.apply(at("23T10:01"), &Fact::LetterThreaded { message_id: message_id(number), aside: false });
    }
    let expected: Vec<_> = [0].into_iter().chain(31..50).map(message_id).collect();
    assert_eq!(case.thread, expected);
}

#[test]
fn a_case_wakes_for_its_clock_and_for_what_it_gathers() {
    let mut case = opened();
    assert_eq!(case.wakes_at(), None);
    let mut apply = |fact: Fact| {
        case.apply(at("23T10:01"), &fact);
        case.wakes_at()
    };
    let correspondent = address();
    let started = Fact::GatheringStarted { correspondent: correspondent.clone(), until: at("23T10:20") };
    assert_eq!(apply(started), None, "nothing is waiting");
    let gathered = Fact::AcknowledgementGathered { correspondent: correspondent.clone(), received: received() };
    assert_eq!(apply(gathered), Some(at("23T10:20")));
    let next = Notice { rule: Rule::Warn, day: jiff::civil::date(2026, 11, 23), at: at("23T08:30") };
    let set = Fact::ClockSet { lane: LaneName::Assurance, change: ClockChange::Started, clock: Some(clock()) };
    assert_eq!(apply(set), Some(at("23T10:20")), "a held clock does not ring");
    assert_eq!(apply(Fact::NoticePutOff { lane: LaneName::Assurance, next }), Some(at("23T08:30")));
    assert_eq!(apply(Fact::GatheringEnded { correspondent }), Some(at("23T08:30")));
    assert_eq!(apply(Fact::CaseClosed { by: "asha".to_owned(), reason: "duplicate".to_owned() }), None);
}

#[test]
fn a_document_adds_to_what_is_known_and_removes_nothing() {
    let mut case = opened();
    let some = |text: &str| Some(text.to_owned());
    let first = Supplier { product: some("Link"), ods_code: some("ABC1"), ..Supplier::default() };
    let second = Supplier { product: some("Link 2"), version: some("2"), ..Supplier::default() };
    for supplier in [first, second] {
        case.apply(at("23T10:01"), &Fact::PartnerNamed { supplier });
    }
    let expected =
        Supplier { product: some("Link 2"), ods_code: some("ABC1"), version: some("2"), ..Supplier::default() };
    assert_eq!(case.supplier, expected);
}
