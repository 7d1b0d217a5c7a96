//! Finds what is new in the folders of a mailbox on a server. The mark of a folder never passes a message that is
//! neither recorded nor left to staff; one that the server does not deliver holds up the others for a few polls only.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tracing::{info, warn};

use super::older::OlderMail;
use super::{BATCH_BYTES_MAX, BATCH_MESSAGES_MAX, Watch, WatchError, check, header};
use crate::adapters::imap::{Fetched, ImapError, ImapSession, Listed, Opened};
use crate::adapters::store::Mark;
use crate::config::ImapSettings;
use crate::daemon::keyring::Keyring;
use crate::daemon::take_in::{Content, Found};
use crate::daemon::{Stop, or_stop};
use crate::domain::event::Event;
use crate::domain::ids::{Folder, MessageId, Place, Position};

const HEADERS_AT_ONCE_MAX: usize = 200;

/// A folder being read, and how to open it again.
struct Reading<'a> {
    settings: &'a ImapSettings,
    keyring: &'a Keyring,
    folder: Folder,
    name: &'a str,
    session: ImapSession,
    opened: Opened,
    stop: &'a mut Stop,
}

impl<'a> Reading<'a> {
    async fn open(
        (settings, keyring): (&'a ImapSettings, &'a Keyring),
        session: Option<ImapSession>,
        (folder, name): (Folder, &'a str),
        stop: &'a mut Stop,
    ) -> Result<Self, WatchError> {
        let (session, opened) = unless_stopped(open(settings, keyring, session, name), stop).await??;
        Ok(Self { settings, keyring, folder, name, session, opened, stop })
    }

    /// On another connection: after a fault nothing is known of the old one.
    async fn open_again(&mut self) -> Result<(), WatchError> {
        let (session, opened) = unless_stopped(open(self.settings, self.keyring, None, self.name), self.stop).await??;
        if opened.uid_validity != self.opened.uid_validity {
            return Err(WatchError::Renumbered { folder: self.name.to_owned() });
        }
        self.session = session;
        Ok(())
    }

    /// The inner error is about the messages asked for, or the connection failed just then.
    async fn fetch(&mut self, batch: &Batch, bytes_max: u64) -> Result<Result<Fetch, ImapError>, WatchError> {
        unless_stopped(fetch(&mut self.session, batch, bytes_max), self.stop).await
    }

    fn at(&self, uid: u32) -> Position {
        Position::Imap { uid_validity: self.opened.uid_validity, uid }
    }
}

/// Messages with what was fetched of them, in the order of their UIDs.
type Fetch = Vec<(Listed, Content)>;

impl Watch {
    /// Looks into both folders; answers with the connection for the next time.
    pub(super) async fn poll_server(
        &mut self,
        settings: &ImapSettings,
        keyring: &Keyring,
        session: Option<ImapSession>,
        stop: &mut Stop,
    ) -> Result<ImapSession, WatchError> {
        // Inbox first: a reply in Sent is about a case that must exist by then.
        let mut inbox = Reading::open((settings, keyring), session, (Folder::Inbox, &settings.inbox), stop).await?;
        self.poll_folder(&mut inbox).await?;
        let Some(sent) = &settings.sent else { return Ok(inbox.session) };
        let mut sent = Reading::open((settings, keyring), Some(inbox.session), (Folder::Sent, sent), stop).await?;
        self.poll_folder(&mut sent).await?;
        Ok(sent.session)
    }

    async fn poll_folder(&mut self, reading: &mut Reading<'_>) -> Result<(), WatchError> {
        let (mailbox, folder, uid_validity) = (self.mailbox.clone(), reading.folder, reading.opened.uid_validity);
        let mark = self.take_in.desk().look(move |desk| desk.store().mark(&mailbox, folder)).await?;
        let (from, renumbered) = match mark {
            Some(mark) if mark.uid_validity == uid_validity => (mark.last_uid.saturating_add(1), false),
            Some(_) => (1, true),
            None => (1, false),
        };
        if renumbered {
            warn!(mailbox = %self.mailbox, "The server gave a folder a new UIDVALIDITY: it is read again");
            let (at, mailbox) = (self.take_in.clock().now(), self.mailbox.clone());
            self.take_in.desk().record(Event::MailboxRenumbered { at, mailbox, folder, uid_validity }).await?;
        }
        let listed = unless_stopped(reading.session.list_from(from), reading.stop).await??;
        if listed.is_empty() {
            return Ok(());
        }
        info!(mailbox = %self.mailbox, messages = listed.len(), "New messages");
        // A folder that was read before is known by its message ids: bodies are fetched only where they are not.
        let known = if renumbered { self.known_again(reading, &listed).await? } else { BTreeSet::new() };
        for batch in batches(listed, self.answer_from, &known, self.message_bytes_max) {
            check(reading.stop)?;
            self.take_in_batch(reading, batch).await?;
        }
        Ok(())
    }

    async fn take_in_batch(&mut self, reading: &mut Reading<'_>, batch: Batch) -> Result<(), WatchError> {
        if let Some((last, count)) = batch.passed_over {
            let place = self.place(reading.folder, reading.at(last));
            self.pass_over(reading.folder, vec![place], count).await?;
        }
        match reading.fetch(&batch, self.message_bytes_max).await? {
            Ok(fetched) => self.hand_over(reading, fetched).await,
            Err(error) => {
                warn!(mailbox = %self.mailbox, "Messages are fetched one by one: {error}");
                reading.open_again().await?;
                self.one_by_one(reading, batch).await
            }
        }
    }

    /// Stops at the first message that the server does not deliver, as the mark must not pass it, until it is given up.
    async fn one_by_one(&mut self, reading: &mut Reading<'_>, batch: Batch) -> Result<(), WatchError> {
        for single in batch.singly() {
            check(reading.stop)?;
            let error = match reading.fetch(&single, self.message_bytes_max).await? {
                Ok(fetched) => {
                    self.hand_over(reading, fetched).await?;
                    continue;
                }
                Err(error) => error,
            };
            for listed in single.whole.iter().chain(&single.too_large) {
                let place = self.place(reading.folder, reading.at(listed.uid));
                let received_at = self.received_at(listed);
                if !self.give_up(&place, received_at, &error.to_string()).await? {
                    return Err(error.into());
                }
            }
            reading.open_again().await?;
        }
        Ok(())
    }

    async fn hand_over(&mut self, reading: &mut Reading<'_>, fetched: Fetch) -> Result<(), WatchError> {
        let found = fetched.into_iter().map(|(listed, content)| Found {
            place: self.place(reading.folder, reading.at(listed.uid)),
            received_at: self.received_at(&listed),
            bytes: listed.bytes,
            content,
            older: false,
        });
        let found: Vec<Found> = found.collect();
        if found.is_empty() {
            return Ok(());
        }
        let places: Vec<Place> = found.iter().map(|message| message.place.clone()).collect();
        self.take_in(found, reading).await?;
        for place in &places {
            self.attempts.remove(place);
        }
        Ok(())
    }

    /// The UIDs whose messages were taken in under their old number. Those whose header cannot be had are fetched whole.
    async fn known_again(&self, reading: &mut Reading<'_>, listed: &[Listed]) -> Result<BTreeSet<u32>, WatchError> {
        // What is older is only remembered in any case.
        let recent = listed.iter().filter(|listed| listed.received_at.is_none_or(|at| at >= self.answer_from));
        let uids: Vec<u32> = recent.map(|listed| listed.uid).collect();
        let mut known = BTreeSet::new();
        for some in uids.chunks(HEADERS_AT_ONCE_MAX) {
            let headers = match unless_stopped(reading.session.headers(some), reading.stop).await? {
                Ok(headers) => headers,
                Err(error) => {
                    warn!(mailbox = %self.mailbox, "Messages are not known again by their headers: {error}");
                    reading.open_again().await?;
                    continue;
                }
            };
            for (uid, header) in headers {
                let Some(id) = header::ids(&header, "message-id").into_iter().next() else { continue };
                let look = move |desk: &crate::desk::Desk| desk.store().identities_of_message_id(&id);
                if !self.take_in.desk().look(look).await?.is_empty() {
                    known.insert(uid);
                }
            }
        }
        Ok(known)
    }

    fn received_at(&self, listed: &Listed) -> Timestamp {
        listed.received_at.unwrap_or_else(|| self.take_in.clock().now())
    }
}

impl OlderMail for Reading<'_> {
    /// What cannot be had is gone without: it is only the background of another message.
    async fn find(&mut self, watch: &Watch, ids: &BTreeSet<MessageId>) -> Result<Vec<Found>, WatchError> {
        let mut found = Vec::new();
        let sent = self.settings.sent.as_ref().map(|name| (Folder::Sent, name));
        for (folder, name) in [(Folder::Inbox, &self.settings.inbox)].into_iter().chain(sent) {
            let mailbox = watch.mailbox.clone();
            let mark = watch.take_in.desk().look(move |desk| desk.store().mark(&mailbox, folder)).await?;
            let Some(mark) = mark.filter(|mark| mark.passed_over) else { continue };
            match unless_stopped(older(&mut self.session, name, mark, ids, watch), self.stop).await? {
                Ok(messages) => found.extend(messages.into_iter().map(|(listed, content)| Found {
                    place: watch.place(folder, Position::Imap { uid_validity: mark.uid_validity, uid: listed.uid }),
                    received_at: watch.received_at(&listed),
                    bytes: listed.bytes,
                    content,
                    older: true,
                })),
                Err(error) => warn!(mailbox = %watch.mailbox, "Older messages cannot be looked for: {error}"),
            }
            // Another folder may be open now, or none.
            self.open_again().await?;
        }
        Ok(found)
    }
}

async fn older(
    session: &mut ImapSession,
    name: &str,
    mark: Mark,
    ids: &BTreeSet<MessageId>,
    watch: &Watch,
) -> Result<Fetch, ImapError> {
    if session.examine(name).await?.uid_validity != mark.uid_validity {
        return Ok(Fetch::new());
    }
    let mut uids = Vec::new();
    for id in ids {
        uids.extend(session.search_message_id(id).await?.into_iter().filter(|uid| *uid <= mark.last_uid));
    }
    let mut listed = session.list_these(&uids).await?;
    // Whatever is not older was taken in when it came.
    listed.retain(|listed| listed.received_at.is_some_and(|at| at < watch.answer_from));
    let (whole, too_large) = listed.into_iter().partition(|listed| listed.bytes <= watch.message_bytes_max);
    fetch(session, &Batch { passed_over: None, whole, too_large }, watch.message_bytes_max).await
}

/// Nothing is lost when a server is not heard out.
async fn unless_stopped<T>(work: impl Future<Output = T>, stop: &mut Stop) -> Result<T, WatchError> {
    or_stop(async { Some(work.await) }, stop).await.ok_or(WatchError::Stopping)
}

async fn open(
    settings: &ImapSettings,
    keyring: &Keyring,
    session: Option<ImapSession>,
    name: &str,
) -> Result<(ImapSession, Opened), WatchError> {
    let mut session = match session {
        Some(session) => session,
        None => keyring.open_mailbox(settings).await?,
    };
    let opened = session.examine(name).await?;
    Ok((session, opened))
}

async fn fetch(session: &mut ImapSession, batch: &Batch, bytes_max: u64) -> Result<Fetch, ImapError> {
    let uids: Vec<u32> = batch.whole.iter().map(|listed| listed.uid).collect();
    let mut found = Vec::new();
    let mut too_large = batch.too_large.clone();
    // What was listed and is not there was removed by somebody meanwhile.
    for message in session.fetch(&uids, bytes_max).await? {
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
    Ok(found)
}

/// Messages that are handled together, in the order of their UIDs.
#[derive(Default)]
struct Batch {
    /// The last UID of a run that is only remembered, and how many there are.
    passed_over: Option<(u32, u32)>,
    whole: Vec<Listed>,
    too_large: Vec<Listed>,
}

impl Batch {
    /// Its messages as batches of one, in order.
    fn singly(self) -> Vec<Self> {
        let whole = self.whole.into_iter().map(|one| (one.uid, Self { whole: vec![one], ..Self::default() }));
        let large = self.too_large.into_iter().map(|one| (one.uid, Self { too_large: vec![one], ..Self::default() }));
        let mut singles: Vec<_> = whole.chain(large).collect();
        singles.sort_by_key(|(uid, _)| *uid);
        singles.into_iter().map(|(_, single)| single).collect()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_taken_apart_in_the_order_of_its_uids() {
        let listed = |uid, bytes| Listed { uid, received_at: None, bytes };
        let all = vec![listed(1, 10), listed(3, 10), listed(4, 1_000), listed(6, 10)];
        let mut made = batches(all, Timestamp::MIN, &BTreeSet::from([1]), 100);
        let batch = made.remove(0);
        assert_eq!((made.len(), batch.passed_over, batch.whole.len(), batch.too_large.len()), (0, Some((1, 1)), 2, 1));
        let singles = batch.singly();
        let uids = |listed: &[Listed]| listed.iter().map(|one| one.uid).collect::<Vec<_>>();
        let apart: Vec<_> = singles.iter().map(|one| (uids(&one.whole), uids(&one.too_large))).collect();
        assert_eq!(apart, [(vec![3], vec![]), (vec![], vec![4]), (vec![6], vec![])]);
        assert!(singles.iter().all(|one| one.passed_over.is_none()), "what is passed over is recorded once");
    }
}
