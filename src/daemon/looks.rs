//! Looks into the mailboxes that went well, shared by those who look and the one who judges what did not come. After each
//! full round a file is touched, so that a monitor outside sees when the program itself stopped. Holds no rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tracing::error;

use crate::domain::ids::MailboxName;
use crate::domain::vigil::Looks;

#[derive(Clone)]
pub(super) struct LooksTaken(Arc<Shared>);

struct Shared {
    heartbeat_file: Option<PathBuf>,
    taken: Mutex<Taken>,
}

struct Taken {
    looks: BTreeMap<MailboxName, Looks>,
    /// Those that were not looked into since the last heartbeat.
    wanting: BTreeSet<MailboxName>,
    all: BTreeSet<MailboxName>,
}

impl LooksTaken {
    pub(super) fn of(all: BTreeSet<MailboxName>, heartbeat_file: Option<PathBuf>) -> Self {
        let taken = Mutex::new(Taken { looks: BTreeMap::new(), wanting: all.clone(), all });
        Self(Arc::new(Shared { heartbeat_file, taken }))
    }

    /// A look that began then came to its end.
    pub(super) fn note(&self, mailbox: &MailboxName, began: Timestamp) {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = taken.looks.entry(mailbox.clone()).or_insert(Looks { first: began, last: began });
        looks.last = began;
        taken.wanting.remove(mailbox);
        if taken.wanting.is_empty() {
            taken.wanting = taken.all.clone();
            self.beat(began);
        }
    }

    pub(super) fn all(&self) -> BTreeMap<MailboxName, Looks> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner).looks.clone()
    }

    /// Not synced: it tells of now, and after a power cut nothing runs.
    fn beat(&self, at: Timestamp) {
        let Some(file) = &self.0.heartbeat_file else { return };
        if let Err(fault) = fs::write(file, format!("{at}\n")) {
            error!("The heartbeat file {} cannot be written: {fault}", file.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_touched_when_every_mailbox_was_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heartbeat");
        let [sa, lsob] = ["sa", "lsob"].map(MailboxName::new);
        let at = |minute: u32| format!("2026-11-23T09:{minute:02}:00Z").parse::<Timestamp>().unwrap();
        let looks = LooksTaken::of([sa.clone(), lsob.clone()].into(), Some(file.clone()));
        for (mailbox, minute, beat) in [
            (&sa, 1, None),
            (&sa, 2, None),
            (&lsob, 3, Some(3)),
            (&lsob, 4, Some(3)),
            (&lsob, 5, Some(3)),
            (&sa, 6, Some(6)),
        ] {
            looks.note(mailbox, at(minute));
            let written = fs::read_to_string(&file).ok().map(|text| text.trim().parse::<Timestamp>().unwrap());
            assert_eq!(written, beat.map(at), "minute {minute}");
        }
        assert_eq!(looks.all()[&sa], Looks { first: at(1), last: at(6) });
    }
}
