//! The records as a whole, by what they must survive. Here: what the tests share.

mod commits;
mod damage;
mod folds;
mod full_disk;
mod random;
mod sample;
mod sample_documents;
mod sample_steps;
mod sample_vigil;

use std::path::Path;

use jiff::Timestamp;

use super::keys::Key;
use super::rows::Order;
use super::sheet::Row;
use super::*;
use crate::domain::effect::LetterKind;
use crate::domain::event::{Arrival, Event};
use crate::domain::fact::Fact;
use crate::domain::ids::{Address, CaseRef, Folder, IdentityDigest, LetterId, MailboxName, MessageId, Place, Position};
use crate::domain::outbox::QueuedLetter;
use crate::domain::policy::Level;
use crate::domain::reading::{Authenticated, Mailbox, MessageFacts, ReturnPath, Says};
use crate::domain::step::WorldFact;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Monday morning and so many seconds.
fn moment(secs: i64) -> Timestamp {
    at("2026-11-23T09:00:00Z") + jiff::SignedDuration::from_secs(secs)
}

fn open(dir: &Path) -> (Store, Opening) {
    Store::open(dir, moment(0)).unwrap()
}

/// Opens records that must be in order.
fn open_sound(dir: &Path) -> Store {
    let (store, opening) = open(dir);
    assert_eq!(opening, Opening::default());
    store
}

fn step(event: Event) -> Step {
    Step { at: event.at(), event, why: "a test".to_owned(), facts: Vec::new(), world: Vec::new(), letters: Vec::new() }
}

fn sa() -> MailboxName {
    MailboxName::new("sa")
}

fn case(number: u32) -> CaseRef {
    CaseRef::from_number(number)
}

fn address(text: &str) -> Address {
    Address::new(text).unwrap()
}

fn message_id(text: &str) -> MessageId {
    MessageId::new(text).unwrap()
}

fn identity(n: u32) -> IdentityDigest {
    IdentityDigest::from_hex(&digest::sha256_hex(&n.to_be_bytes()))
}

fn raw(n: u32) -> BlobDigest {
    BlobDigest::from_hex(&digest::sha256_hex(format!("raw {n}").as_bytes()))
}

fn imap(uid_validity: u32, uid: u32) -> Place {
    Place { mailbox: sa(), folder: Folder::Inbox, at: Position::Imap { uid_validity, uid } }
}

fn arrival(n: u32, place: Place) -> Arrival {
    let at = moment(i64::from(n));
    Arrival {
        at,
        place,
        received_at: at,
        raw: raw(n),
        bytes: 1_000,
        facts: MessageFacts {
            identity: identity(n),
            message_id: Some(message_id(&format!("{n}@supplier.example"))),
            references: Vec::new(),
            from: Some(Mailbox { name: Some("Priya Nair".to_owned()), address: address("priya@supplier.example") }),
            return_path: ReturnPath::Absent,
            to: Vec::new(),
            cc: Vec::new(),
            subject: "SCAL for Referral Hub".to_owned(),
            automatic: None,
            no_answer: None,
            bounce: None,
            scheduling: None,
            authenticated: Authenticated::Pass,
            says: Says::default(),
            not_routine: Vec::new(),
            not_routine_reply_subject: Vec::new(),
            agreement: None,
            commands: Vec::new(),
            documents: Vec::new(),
            findings: Vec::new(),
        },
        older: false,
    }
}

/// Message `n` arrives and opens case `n`.
fn opening_step(n: u32) -> Step {
    let id = Some(message_id(&format!("{n}@supplier.example")));
    let mut step = step(Event::MessageArrived(arrival(n, imap(1, n))));
    step.facts = vec![
        Fact::CaseOpened { mailbox: sa(), subject: "SCAL for Referral Hub".to_owned() },
        Fact::MessageFiled {
            message_id: id.clone(),
            identity: identity(n),
            raw: raw(n),
            received_at: moment(10),
            partner: None,
            unread: false,
            aside: false,
        },
        Fact::ParticipantSeen { address: address("priya@supplier.example"), name: Some("Priya Nair".to_owned()) },
    ]
    .into_iter()
    .map(|fact| (case(n), fact))
    .collect();
    step.world = vec![WorldFact::IdentitySeen { identity: identity(n), message_id: id, case: Some(case(n)) }];
    step
}

fn letter(step: u64, index: u32, of: Option<CaseRef>, level: Level) -> QueuedLetter {
    QueuedLetter {
        id: LetterId { step, index },
        kind: LetterKind::Acknowledgement,
        mailbox: sa(),
        case: of,
        to: address("priya@supplier.example"),
        subject: "Auto: SCAL for Referral Hub [ERS-00001]".to_owned(),
        message_id: message_id(&format!("{step}.{index}@ers.example")),
        raw: raw(9_000 + index),
        level,
        of_command: None,
    }
}

/// Every row as it is, or would be, on disk, but for the head.
fn dump(store: &Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    let all = store.sheet.range(&Key::first_of(1), &Key::first_of(255), Order::Up, usize::MAX);
    let encoded = |(key, row): (Vec<u8>, Row)| (key, row.encode().unwrap());
    all.unwrap().into_iter().map(encoded).collect()
}

fn commit_openings(dir: &Path, cases: u32) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut store = open_sound(dir);
    for n in 1..=cases {
        store.stage(opening_step(n)).unwrap();
    }
    store.commit().unwrap();
    dump(&store)
}

fn names_in(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
