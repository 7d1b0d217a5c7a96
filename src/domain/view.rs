//! What a decision may look at: just the cases and rows that its event names. Loaded by the desk, by the keys of `route`.

use std::collections::{BTreeMap, BTreeSet};

use super::absence::Absences;
use super::case::Case;
use super::digest::Account;
use super::event::{Arrival, Trouble};
use super::ids::{Address, CaseRef, IdentityDigest, LetterId, MailboxName, MessageId};
use super::outbox::OutboxLetter;
use super::step::LateMail;
use super::vigil::Vigil;

/// Cases merged one into the next that are followed.
pub const MERGES_MAX: usize = 10;

/// What the desk must load before an event is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    pub cases: Vec<CaseRef>,
    /// Of these cases, whoever we write to: their other cases are wanted too.
    pub correspondents_of: Vec<CaseRef>,
    /// Message ids that a case may hold, in the order in which they count.
    pub threads: Vec<MessageId>,
    /// People whose cases may be meant.
    pub people: Vec<Address>,
    /// Domains that stand for one organisation.
    pub domains: Vec<String>,
    pub products: Vec<String>,
    pub identity: Option<IdentityDigest>,
    pub message_id: Option<MessageId>,
    pub letter: Option<LetterId>,
    /// The mailbox of whose late mail staff are to be told.
    pub late_mail_in: Option<MailboxName>,
    /// The mailbox to which a message of ours may be due.
    pub vigil_of: Option<MailboxName>,
    /// Message ids that may be letters of ours.
    pub letters: Vec<MessageId>,
    /// Every open case, and the account of each mailbox: for the digest of a day.
    pub whole: bool,
    /// The letters in the threads of the cases that are named: a command may take them back.
    pub with_letters: bool,
    /// A command corrects where messages lie: those of the cases that are named, and those of `threads`, are wanted.
    pub corrects: bool,
    /// Cases that a command names beside its own.
    pub beside: Vec<CaseRef>,
}

#[derive(Clone, Debug, Default)]
pub struct View {
    pub cases: BTreeMap<CaseRef, Case>,
    /// The reference that the next new case gets.
    pub next_case: Option<CaseRef>,
    /// The cases of `Keys::threads`, in their order.
    pub threads: Vec<CaseRef>,
    pub by_person: BTreeSet<CaseRef>,
    pub by_domain: BTreeSet<CaseRef>,
    pub by_product: BTreeSet<CaseRef>,
    /// The message itself is known: with the case it joined, if any.
    pub seen: Option<Option<CaseRef>>,
    /// Its Message-ID is known with other content.
    pub id_used_before: bool,
    /// The letter that the event is about: attempted, released, bounced, or found in a mailbox.
    pub letter: Option<OutboxLetter>,
    /// Letters in the threads of the cases that a command may be about.
    pub letters: Vec<OutboxLetter>,
    /// The messages of `Keys::threads`, in their order, where a command corrects something.
    pub replied_to: Vec<Filed>,
    /// Those of the cases that such a command may be about, the first filed first.
    pub messages: Vec<Filed>,
    /// Late mail that staff were not told of yet, in the order in which it was taken in.
    pub late_mail: Vec<LateMail>,
    /// What became of the mail of each mailbox since the last digest.
    pub accounts: BTreeMap<MailboxName, Account>,
    /// Of the mailbox to which a message of ours is due, or came back.
    pub vigil: Vigil,
    pub partner_mail_stopped: bool,
    pub troubles: BTreeSet<Trouble>,
    pub absences: Absences,
}

impl View {
    /// The case that goes on where this one was merged into another.
    pub fn goes_on_as(&self, case: CaseRef) -> CaseRef {
        let next = |case: &CaseRef| Some(self.cases.get(case)?.merged.as_ref()?.into);
        std::iter::successors(Some(case), next).take(MERGES_MAX).last().unwrap_or(case)
    }
}

/// A message that was taken in, and the case it belongs to now.
#[derive(Clone, Debug)]
pub struct Filed {
    pub arrival: Arrival,
    pub case: Option<CaseRef>,
}
