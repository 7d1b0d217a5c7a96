//! Watches one shared mailbox: finds what is new in its inbox and its Sent folder and hands it to `take_in`.
//! Reads only: nothing is flagged, moved or removed on the server.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tracing::{info, warn};

use super::take_in::{Content, Found, TakeIn, TakeInError};
use crate::adapters::imap::{Fetched, ImapAccount, ImapError, ImapSession, Listed};
use crate::adapters::maildir::{Maildir, MaildirError};
use crate::desk::DeskError;
use crate::domain::event::Event;
use crate::domain::ids::{Folder, MailboxName, MessageId, Place, Position};

/// What one batch may hold: bounds memory, and the work lost when the connection breaks.
const BATCH_BYTES_MAX: u64 = 8 << 20;
const BATCH_MESSAGES_MAX: usize = 32;

pub(super) struct Watch {
    pub(super) mailbox: MailboxName,
    pub(super) source: Source,
    pub(super) take_in: TakeIn,
    /// Mail that arrived before is remembered by its place only.
    pub(super) answer_from: Timestamp,
    pub(super) message_bytes_max: u64,
}

pub(super) enum Source {
    Maildir(Maildir),
    Imap(Box<ImapSource>),
}

pub(super) struct ImapSource {
    pub(super) account: ImapAccount,
    pub(super) inbox: String,
    pub(super) sent: Option<String>,
    pub(super) session: Option<ImapSession>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum WatchError {
    #[error(transparent)]
    Imap(#[from] ImapError),
    #[error(transparent)]
    Maildir(#[from] MaildirError),
    #[error(transparent)]
    TakeIn(#[from] TakeInError),
}

impl WatchError {
    pub(super) fn is_refused_login(&self) -> bool {
        matches!(self, Self::Imap(error) if error.is_permanent())
    }

    /// The desk is gone: nothing can be recorded any more.
    pub(super) fn stops_the_program(&self) -> bool {
        matches!(self, Self::TakeIn(TakeInError::Desk(error)) if error.is_final())
    }

    /// Mail waits in the mailbox until there is room again.
    pub(super) fn is_disk_full(&self) -> bool {
        matches!(self, Self::TakeIn(error) if error.is_disk_full())
    }
}

impl From<DeskError> for WatchError {
    fn from(error: DeskError) -> Self {
        Self::TakeIn(error.into())
    }
}

impl Watch {
    /// Looks once into every folder and takes in what is new.
    pub(super) async fn poll(&mut self) -> Result<(), WatchError> {
        match &mut self.source {
            Source::Maildir(_) => {
                self.poll_maildir(Folder::Sent).await?;
                self.poll_maildir(Folder::Inbox).await
            }
            Source::Imap(source) => {
                let (inbox, sent) = (source.inbox.clone(), source.sent.clone());
                let polled = self.poll_folders(&inbox, sent.as_deref()).await;
                if polled.is_err()
                    && let Source::Imap(source) = &mut self.source
                {
                    // After any fault the state of the session is unknown.
                    source.session = None;
                }
                polled
            }
        }
    }

    async fn poll_folders(&mut self, inbox: &str, sent: Option<&str>) -> Result<(), WatchError> {
        // Sent first: a reply that is already there answers the clock before a notice is decided.
        if let Some(sent) = sent {
            self.poll_imap(Folder::Sent, sent).await?;
        }
        self.poll_imap(Folder::Inbox, inbox).await
    }

    async fn poll_maildir(&mut self, folder: Folder) -> Result<(), WatchError> {
        let Source::Maildir(maildir) = &self.source else { return Ok(()) };
        let mut batch = Vec::new();
        let mut older = Vec::new();
        let mut bytes = 0;
        for entry in maildir.list(folder)? {
            let place = self.place(folder, Position::Maildir { name: entry.name.clone() });
            let known = place.clone();
            if self.take_in.desk().look(move |desk| desk.store().is_place_known(&known)).await? {
                continue;
            }
            let received_at = entry.received_at.unwrap_or_else(|| self.take_in.clock().now());
            if received_at < self.answer_from {
                older.push(place);
                continue;
            }
            let content = match maildir.read(&entry, self.message_bytes_max) {
                Ok(raw) => Content::Whole(raw),
                Err(MaildirError::TooLarge { .. }) => Content::HeaderOnly(maildir.header(&entry)?),
                // Somebody moved or removed it meanwhile.
                Err(MaildirError::Gone { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            bytes += entry.bytes;
            batch.push(Found { place, received_at, bytes: entry.bytes, content });
            if bytes > BATCH_BYTES_MAX || batch.len() >= BATCH_MESSAGES_MAX {
                self.take_in.batch(std::mem::take(&mut batch)).await?;
                bytes = 0;
            }
        }
        if !older.is_empty() {
            let messages = u32::try_from(older.len()).unwrap_or(u32::MAX);
            self.pass_over(folder, older, messages).await?;
        }
        if !batch.is_empty() {
            self.take_in.batch(batch).await?;
        }
        Ok(())
    }

    async fn poll_imap(&mut self, folder: Folder, name: &str) -> Result<(), WatchError> {
        let Source::Imap(source) = &mut self.source else { return Ok(()) };
        let session = match &mut source.session {
            Some(session) => session,
            None => source.session.insert(ImapSession::connect(&source.account).await?),
        };
        let opened = session.examine(name).await?;
        let mailbox = self.mailbox.clone();
        let mark = self.take_in.desk().look(move |desk| desk.store().mark(&mailbox, folder)).await?;
        let (from, renumbered) = match mark {
            Some(mark) if mark.uid_validity == opened.uid_validity => (mark.last_uid.saturating_add(1), false),
            Some(_) => (1, true),
            None => (1, false),
        };
        if renumbered {
            warn!(mailbox = %self.mailbox, "The server gave a folder a new UIDVALIDITY: it is read again");
            let (at, mailbox) = (self.take_in.clock().now(), self.mailbox.clone());
            let event = Event::MailboxRenumbered { at, mailbox, folder, uid_validity: opened.uid_validity };
            self.take_in.desk().record(event).await?;
        }
        let listed = session.list_from(from).await?;
        if listed.is_empty() {
            return Ok(());
        }
        info!(mailbox = %self.mailbox, messages = listed.len(), "New messages");
        // A folder that was read before is known by its message ids: bodies are fetched only where they are not.
        let known = if renumbered { self.known_again(&listed).await? } else { BTreeSet::new() };
        for batch in batches(listed, self.answer_from, &known, self.message_bytes_max) {
            self.take_in_imap(folder, opened.uid_validity, batch).await?;
        }
        Ok(())
    }

    async fn take_in_imap(&mut self, folder: Folder, uid_validity: u32, batch: Batch) -> Result<(), WatchError> {
        let at = |uid| Position::Imap { uid_validity, uid };
        if let Some((last, count)) = batch.passed_over {
            let place = self.place(folder, at(last));
            self.pass_over(folder, vec![place], count).await?;
        }
        let Source::Imap(source) = &mut self.source else { return Ok(()) };
        let Some(session) = &mut source.session else { return Ok(()) };
        let uids: Vec<u32> = batch.whole.iter().map(|listed| listed.uid).collect();
        let mut found = Vec::new();
        let mut too_large = batch.too_large;
        let fetched = if uids.is_empty() { Vec::new() } else { session.fetch(&uids, self.message_bytes_max).await? };
        for message in fetched {
            // What was listed and is not here was removed by somebody meanwhile.
            match message {
                Fetched::Whole { uid, raw } => {
                    found.extend(listing(&batch.whole, uid).map(|listed| (listed, Content::Whole(raw))));
                }
                Fetched::TooLarge { uid, bytes } => {
                    too_large.extend(listing(&batch.whole, uid).map(|listed| Listed { bytes, ..listed }));
                }
            }
        }
        for listed in too_large {
            let header = session.headers(&[listed.uid]).await?;
            found.extend(header.into_iter().map(|(_, raw)| (listed, Content::HeaderOnly(raw))));
        }
        found.sort_by_key(|(listed, _)| listed.uid);
        let found: Vec<Found> = found
            .into_iter()
            .map(|(listed, content)| Found {
                place: self.place(folder, at(listed.uid)),
                received_at: listed.received_at.unwrap_or_else(|| self.take_in.clock().now()),
                bytes: listed.bytes,
                content,
            })
            .collect();
        if !found.is_empty() {
            self.take_in.batch(found).await?;
        }
        Ok(())
    }

    /// The UIDs whose messages were taken in under their old number.
    async fn known_again(&mut self, listed: &[Listed]) -> Result<BTreeSet<u32>, WatchError> {
        let Source::Imap(source) = &mut self.source else { return Ok(BTreeSet::new()) };
        let Some(session) = &mut source.session else { return Ok(BTreeSet::new()) };
        let uids: Vec<u32> = listed.iter().map(|listed| listed.uid).collect();
        let mut known = BTreeSet::new();
        for (uid, header) in session.headers(&uids).await? {
            let Some(id) = message_id(&header) else { continue };
            let look = move |desk: &crate::desk::Desk| desk.store().identities_of_message_id(&id);
            if !self.take_in.desk().look(look).await?.is_empty() {
                known.insert(uid);
            }
        }
        Ok(known)
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

/// Messages that are handled together, in the order of their UIDs.
#[derive(Default)]
struct Batch {
    /// The last UID of a run that is only remembered, and how many there are.
    passed_over: Option<(u32, u32)>,
    whole: Vec<Listed>,
    too_large: Vec<Listed>,
}

fn batches(listed: Vec<Listed>, answer_from: Timestamp, known: &BTreeSet<u32>, message_bytes_max: u64) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut batch = Batch::default();
    let mut bytes = 0;
    for message in listed {
        let full = bytes > BATCH_BYTES_MAX || batch.whole.len() + batch.too_large.len() >= BATCH_MESSAGES_MAX;
        let only_remembered = message.received_at.is_some_and(|at| at < answer_from) || known.contains(&message.uid);
        let has_messages = !batch.whole.is_empty() || !batch.too_large.is_empty();
        // The mark moves with each step, so what is passed over comes before the messages of its batch.
        if full || (only_remembered && has_messages) {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        if only_remembered {
            let count = batch.passed_over.map_or(0, |(_, count)| count);
            batch.passed_over = Some((message.uid, count + 1));
        } else if message.bytes > message_bytes_max {
            batch.too_large.push(message);
        } else {
            bytes += message.bytes;
            batch.whole.push(message);
        }
    }
    batches.push(batch);
    batches
}

fn listing(listed: &[Listed], uid: u32) -> Option<Listed> {
    listed.iter().find(|listed| listed.uid == uid).cloned()
}

fn message_id(header: &[u8]) -> Option<MessageId> {
    let text = String::from_utf8_lossy(header).replace("\r\n ", " ").replace("\r\n\t", " ");
    let field =
        text.lines().find(|line| line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case("message-id:")))?;
    MessageId::new(field.get(11..)?)
}
