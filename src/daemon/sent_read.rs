//! When the Sent folder of each mailbox was last read to its end. A letter that may have left is looked for there before it
//! is sent again; what is found is settled by the rules, like everything that is read. Holds no rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::ids::MailboxName;

/// A Sent folder that cannot be read for so long does not hold a letter any longer: twice is better than never.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// Shared by those who read and the one who sends.
#[derive(Clone, Default)]
pub(super) struct SentRead(Arc<Shared>);

#[derive(Default)]
struct Shared {
    watched: BTreeSet<MailboxName>,
    /// When the last look began that came to its end.
    read: Mutex<BTreeMap<MailboxName, Timestamp>>,
}

impl SentRead {
    /// `watched`: the mailboxes whose Sent folder is read at all.
    pub(super) fn of(watched: BTreeSet<MailboxName>) -> Self {
        Self(Arc::new(Shared { watched, read: Mutex::default() }))
    }

    pub(super) fn note(&self, mailbox: &MailboxName, began: Timestamp) {
        let mut read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(mailbox.clone(), began);
    }

    /// Whether a look must come first, at `now`, for a letter that was to be looked for until `since`.
    pub(super) fn is_owed(&self, mailbox: &MailboxName, since: Timestamp, now: Timestamp) -> bool {
        let read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.watched.contains(mailbox)
            && read.get(mailbox).is_none_or(|began| *began < since)
            && now.duration_since(since) < PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_owed_until_one_that_began_late_enough_came_to_its_end() {
        let at = |text: &str| format!("2026-11-23T{text}:00Z").parse::<Timestamp>().unwrap();
        let (sa, lsob) = (MailboxName::new("sa"), MailboxName::new("lsob"));
        let sent_read = SentRead::of(BTreeSet::from([sa.clone()]));
        let owed = |mailbox| sent_read.is_owed(mailbox, at("09:02"), at("09:05"));
        assert!(owed(&sa) && !owed(&lsob), "only where Sent is watched");
        sent_read.note(&sa, at("09:01"));
        assert!(owed(&sa), "the letter may have come to lie there since");
        sent_read.note(&sa, at("09:02"));
        assert!(!owed(&sa));
        assert!(sent_read.is_owed(&sa, at("10:00"), at("10:59")) && !sent_read.is_owed(&sa, at("10:00"), at("11:00")));
    }
}
