//! A journal of many cases, written as the program would have written it, without deciding anything.

use std::io::Write;

use assured::config::Settings;
use assured::domain::case::{Submission, SubmissionKind};
use assured::domain::clocks::{Clock, Notice, ResponseClock, Rule};
use assured::domain::effect::LetterKind;
use assured::domain::event::{Arrival, Event, Outcome};
use assured::domain::fact::Fact;
use assured::domain::ids::{
    Address, BlobDigest, CaseRef, Folder, IdentityDigest, LetterId, MailboxName, MessageId, Place, Position,
};
use assured::domain::lane::{LaneName, Phase};
use assured::domain::outbox::QueuedLetter;
use assured::domain::policy::Level;
use assured::domain::reading::{MessageFacts, Supplier};
use assured::domain::step::{Step, WorldFact};
use assured::intake::message::{self, Documents};
use jiff::{SignedDuration, Timestamp, civil};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::mail::scal_from;

/// Cases that are woken at one tick.
pub(crate) const AT_ONCE: u32 = 100;

/// What follows a submission.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Silent,
    /// An acknowledgement that left at the first attempt.
    Acknowledged,
}

pub(crate) struct History {
    facts: MessageFacts,
    clock: ResponseClock,
    received_at: Timestamp,
    first_tick: Timestamp,
    /// So many of the cases are due soon, some a minute; the others in a year.
    due_soon: u32,
    last: u64,
    prev: String,
}

/// As the journal has it: see `adapters::store::line`.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    n: u64,
    prev: &'a str,
    #[serde(flatten)]
    step: &'a Step,
}

impl History {
    pub(crate) fn new(settings: &Settings, due_soon: u32) -> Self {
        let raw = scal_from("someone@supplier.example", "one@supplier.example");
        let facts = message::read(&raw, &settings.receiver(), Documents::Read);
        let received_at = "2026-11-23T09:00:00Z".parse().expect("a time");
        let clock = ResponseClock::start(&settings.policy.calendar, received_at, 5, 1);
        // In office hours of the day after the promise was due.
        let first_tick = "2026-12-01T09:00:00Z".parse().expect("a time");
        Self { facts, clock, received_at, first_tick, due_soon, last: 0, prev: "0".repeat(64) }
    }

    /// A minute before any case is due.
    pub(crate) fn first_tick(&self) -> Timestamp {
        self.first_tick
    }

    pub(crate) fn records(&self) -> u64 {
        self.last
    }

    /// A supplier who was not heard of before sends a SCAL.
    pub(crate) fn submission(&mut self, to: &mut dyn Write, number: u32, ending: Ending) {
        let (case, sa) = (CaseRef::from_number(number + 1), MailboxName::new("sa"));
        let address = Address::new(&format!("someone@supplier-{number}.example")).expect("an address");
        let message_id = MessageId::from_parts(&number.to_string(), address.domain());
        let digest = hex(number.to_string().as_bytes());
        let mut facts = self.facts.clone();
        facts.identity = IdentityDigest::from_hex(&digest);
        facts.message_id = Some(message_id.clone());
        let at = Position::Imap { uid_validity: 1, uid: number + 1 };
        let place = Place { mailbox: sa.clone(), folder: Folder::Inbox, at };
        let raw = BlobDigest::from_hex(&digest);
        let arrival = Arrival {
            at: self.received_at,
            place,
            received_at: self.received_at,
            raw: raw.clone(),
            bytes: 100_000,
            facts,
            older: false,
        };
        let mut step = self.step(Event::MessageArrived(arrival));
        let identity = IdentityDigest::from_hex(&digest);
        let supplier = Supplier { product: Some(format!("Product {number}")), ..self.supplier() };
        let phase = Fact::PhaseEntered {
            lane: LaneName::Assurance,
            phase: Phase::ScalReview,
            clock: Some(Clock::Response(self.clock_of(number))),
            returns_to: None,
        };
        let mut facts = vec![
            Fact::CaseOpened { mailbox: sa.clone(), subject: format!("Our SCAL {number}") },
            Fact::MessageFiled {
                message_id: Some(message_id.clone()),
                identity: identity.clone(),
                raw: raw.clone(),
                received_at: self.received_at,
                partner: Some(address.clone()),
                unread: false,
                aside: false,
            },
            Fact::PartnerNamed { supplier },
            Fact::ParticipantSeen { address: address.clone(), name: None },
            Fact::SubmissionFiled(Submission {
                kind: SubmissionKind::Scal,
                name: "SCAL.xlsx".to_owned(),
                sha256: raw.clone(),
                received_at: self.received_at,
                to_fix: 0,
                gist: None,
            }),
            phase,
        ];
        let letter = LetterId { step: self.last + 1, index: 0 };
        if ending == Ending::Acknowledged {
            let ours = MessageId::from_parts(&format!("assured.{letter}.{}", &digest[..32]), "ers.example");
            facts.push(Fact::LetterThreaded { message_id: ours.clone(), aside: false });
            step.letters.push(QueuedLetter {
                id: letter,
                kind: LetterKind::Acknowledgement,
                mailbox: sa,
                case: Some(case),
                to: address,
                subject: format!("Re: Our SCAL {number} [{case}]"),
                message_id: ours,
                raw,
                level: Level::Send,
                of_command: None,
            });
        }
        step.facts = facts.into_iter().map(|fact| (case, fact)).collect();
        step.world = vec![WorldFact::IdentitySeen { identity, message_id: Some(message_id), case: Some(case) }];
        step.why = "ScalReview: due Monday 30 November 2026; an acknowledgement to the partner".to_owned();
        self.write(to, &step);
        if ending == Ending::Acknowledged {
            let at = self.received_at;
            self.write(to, &self.step(Event::AttemptStarted { at, letter }));
            let outcome = Outcome::Sent { response: "250 2.0.0 queued".to_owned() };
            self.write(to, &self.step(Event::AttemptEnded { at, letter, outcome }));
        }
    }

    fn supplier(&self) -> Supplier {
        Supplier { organisation: Some("Harbour Health Software Ltd".to_owned()), ..Supplier::default() }
    }

    fn clock_of(&self, number: u32) -> ResponseClock {
        let at = if number < self.due_soon {
            self.first_tick + SignedDuration::from_mins(i64::from(1 + number / AT_ONCE))
        } else {
            self.first_tick + SignedDuration::from_hours(24 * 365) + SignedDuration::from_secs(i64::from(number))
        };
        let next = Some(Notice { rule: Rule::Breach, day: civil::date(2026, 12, 1), at });
        ResponseClock { next, ..self.clock.clone() }
    }

    fn step(&self, event: Event) -> Step {
        Step {
            at: self.received_at,
            event,
            why: String::new(),
            facts: Vec::new(),
            world: Vec::new(),
            letters: Vec::new(),
        }
    }

    fn write(&mut self, to: &mut dyn Write, step: &Step) {
        self.last += 1;
        let line = Line { v: 1, n: self.last, prev: &self.prev, step };
        let line = serde_json::to_vec(&line).expect("a step is JSON");
        self.prev = hex(&line);
        to.write_all(&line).and_then(|()| to.write_all(b"\n")).expect("room on the disk");
    }
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
