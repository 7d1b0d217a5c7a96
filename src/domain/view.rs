//! What a decision may look at: just the cases and rows that its event names. Loaded by the desk, by the keys of `route`.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::digest::Account;
use super::event::Trouble;
use super::ids::{Address, CaseRef, IdentityDigest, LetterId, MailboxName, MessageId};
use super::outbox::OutboxLetter;
use super::step::LateMail;

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
    /// Message ids that may be letters of ours.
    pub letters: Vec<MessageId>,
    /// Every open case, and the account of each mailbox: for the digest of a day.
    pub whole: bool,
    /// The letters in the threads of the cases that are named: a command may take them back.
    pub with_letters: bool,
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
    /// Late mail that staff were not told of yet, in the order in which it was taken in.
    pub late_mail: Vec<LateMail>,
    /// What became of the mail of each mailbox since the last digest.
    pub accounts: BTreeMap<MailboxName, Account>,
    pub partner_mail_stopped: bool,
    pub troubles: BTreeSet<Trouble>,
}
