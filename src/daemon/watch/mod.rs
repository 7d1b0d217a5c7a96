//! Watches one shared mailbox: finds what is new in its folders and hands it to `take_in`.
//! Reads only: nothing is flagged, moved or removed on the server.

mod connections;
mod header;
mod imap;
mod maildir;
mod older;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tracing::warn;

pub(super) use self::connections::Connections;
use super::Stop;
use super::looks::LooksTaken;
use super::sent_read::SentRead;
use super::take_in::{TakeIn, TakeInError};
use crate::adapters::imap::ImapError;
use crate::adapters::maildir::{Maildir, MaildirError};
use crate::daemon::keyring::{CredentialError, MailboxError};
use crate::desk::DeskError;
use crate::domain::event::Event;
use crate::domain::ids::{Folder, MailboxName, MessageId, Place, Position};

/// What one batch may hold: bounds memory, and the work lost when the connection breaks.
const BATCH_BYTES_MAX: u64 = 8 << 20;
const BATCH_MESSAGES_MAX: usize = 32;
/// Attempts to get one message out of a mailbox that answers, before it is left to staff.
const ATTEMPTS_MAX: u32 = 3;
/// The same where the connection breaks without a word each time: mostly that is no fault of the message.
const BROKEN_ATTEMPTS_MAX: u32 = 10;

pub(super) struct Watch {
    pub(super) source: Source,
    pub(super) collector: Collector,
    pub(super) looks: LooksTaken,
    /// Looks in a row that found no way into the mailbox; counted from 0 at every start.
    pub(super) failures: u32,
    /// Staff may have been told of trouble, also before a restart.
    pub(super) may_be_in_trouble: bool,
}

pub(super) enum Source {
    Maildir(Maildir),
    Imap(Box<Connections>),
}

/// Brings what lies in the folders of a mailbox to `take_in`.
pub(super) struct Collector {
    pub(super) mailbox: MailboxName,
    pub(super) take_in: TakeIn,
    /// Mail that arrived before is remembered by its place only.
    pub(super) answer_from: Timestamp,
    pub(super) message_bytes_max: u64,
    /// Failed attempts at messages that the mailbox lists and does not give; counted from 0 at every start.
    pub(super) attempts: BTreeMap<Place, u32>,
    /// Ids that messages refer to and that are in no folder.
    pub(super) nowhere: BTreeSet<MessageId>,
    pub(super) sent_read: SentRead,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum WatchError {
    #[error(transparent)]
    Imap(#[from] ImapError),
    #[error(transparent)]
    Credential(#[from] CredentialError),
    #[error(transparent)]
    Maildir(#[from] MaildirError),
    #[error(transparent)]
    TakeIn(#[from] TakeInError),
    #[error("the server renumbered {folder:?} while it was read; it is read again")]
    Renumbered { folder: Folder },
    #[error("folder {folder:?} is not watched")]
    NotWatched { folder: Folder },
    #[error("the program is asked to stop")]
    Stopping,
}

impl WatchError {
    pub(super) fn is_stopping(&self) -> bool {
        matches!(self, Self::Stopping)
    }

    pub(super) fn is_refused_login(&self) -> bool {
        match self {
            Self::Imap(error) => error.is_permanent(),
            Self::Credential(error) => error.is_permanent(),
            Self::Maildir(_) | Self::TakeIn(_) | Self::Renumbered { .. } | Self::NotWatched { .. } | Self::Stopping => {
                false
            }
        }
    }

    /// How long the server wants to be left alone.
    pub(super) fn rest_secs(&self) -> Option<u64> {
        if let Self::Imap(error) = self { error.rest_secs() } else { None }
    }

    /// The desk is gone: nothing can be recorded any more.
    pub(super) fn stops_the_program(&self) -> bool {
        matches!(self, Self::TakeIn(TakeInError::Desk(error)) if error.is_final())
    }

    pub(super) fn is_scanner_down(&self) -> bool {
        matches!(self, Self::TakeIn(error) if error.is_scanner_down())
    }

    /// Mail waits in the mailbox until there is room again.
    pub(super) fn is_disk_full(&self) -> bool {
        matches!(self, Self::TakeIn(error) if error.is_disk_full())
    }
}

impl From<MailboxError> for WatchError {
    fn from(error: MailboxError) -> Self {
        match error {
            MailboxError::Credential(error) => Self::Credential(error),
            MailboxError::Imap(error) => Self::Imap(error),
        }
    }
}

impl From<DeskError> for WatchError {
    fn from(error: DeskError) -> Self {
        Self::TakeIn(error.into())
    }
}

impl Watch {
    /// Looks once into every folder and takes in what is new. Asked to stop, it ends with the batch in hand.
    pub(super) async fn poll(&mut self, stop: &mut Stop) -> Result<(), WatchError> {
        let read = self.read_folders(stop).await;
        // Also after a fault: what was taken in before it may be late already.
        if !matches!(&read, Err(error) if error.is_stopping() || error.stops_the_program()) {
            let Collector { mailbox, take_in, .. } = &self.collector;
            let (at, mailbox) = (take_in.clock().now(), mailbox.clone());
            take_in.desk().record(Event::MailboxRead { at, mailbox }).await?;
        }
        read
    }

    async fn read_folders(&mut self, stop: &mut Stop) -> Result<(), WatchError> {
        let Self { source, collector, .. } = self;
        match source {
            Source::Maildir(maildir) => {
                for folder in Folder::IN_ORDER {
                    let began = collector.take_in.clock().now();
                    collector.poll_maildir(maildir, folder, stop).await?;
                    collector.note_read(folder, began);
                }
            }
            Source::Imap(connections) => {
                for folder in connections.folders() {
                    let began = collector.take_in.clock().now();
                    collector.poll_server(connections, folder, stop).await?;
                    collector.note_read(folder, began);
                }
            }
        }
        Ok(())
    }

    /// Resolves when something may have arrived, where the mailbox can tell.
    pub(super) async fn news(&mut self) {
        match &mut self.source {
            Source::Maildir(_) => std::future::pending().await,
            Source::Imap(connections) => connections.news(&self.collector.mailbox).await,
        }
    }
}

impl Collector {
    fn note_read(&self, folder: Folder, began: Timestamp) {
        if folder == Folder::Sent {
            self.sent_read.note(&self.mailbox, began);
        }
    }

    /// Counts a failed attempt at a message. `true`: it was the last of `attempts_max`, and the message is left to staff.
    async fn give_up(
        &mut self,
        place: &Place,
        received_at: Timestamp,
        attempts_max: u32,
        fault: &str,
    ) -> Result<bool, WatchError> {
        let attempts = self.attempts.entry(place.clone()).or_insert(0);
        *attempts += 1;
        warn!(mailbox = %self.mailbox, at = ?place.at, attempts, "A message cannot be fetched: {fault}");
        if *attempts < attempts_max {
            return Ok(false);
        }
        let why = format!("{attempts_max} attempts to fetch it failed, the last one so: {fault}");
        let (at, place) = (self.take_in.clock().now(), place.clone());
        self.take_in.desk().record(Event::MessageQuarantined { at, place: place.clone(), received_at, why }).await?;
        self.attempts.remove(&place);
        Ok(true)
    }

    async fn pass_over(&self, folder: Folder, places: Vec<Place>, messages: u32) -> Result<(), WatchError> {
        let (at, mailbox) = (self.take_in.clock().now(), self.mailbox.clone());
        self.take_in.desk().record(Event::BacklogPassedOver { at, mailbox, folder, places, messages }).await?;
        Ok(())
    }

    fn place(&self, folder: Folder, at: Position) -> Place {
        Place { mailbox: self.mailbox.clone(), folder, at }
    }
}

fn check(stop: &Stop) -> Result<(), WatchError> {
    if *stop.borrow() { Err(WatchError::Stopping) } else { Ok(()) }
}
