//! Finds what is new in the folders of a mailbox on a server. The mark of a folder never passes a message that is
//! neither recorded nor left to staff; one that the server does not deliver holds up the others for a few polls only.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tracing::{info, warn};

use super::connections::{Connection, Connections};
use super::older::OlderMail;
use super::{
    ATTEMPTS_MAX, BATCH_BYTES_MAX, BATCH_MESSAGES_MAX, BROKEN_ATTEMPTS_MAX, Collector, WatchError, check, header,
};
use crate::adapters::imap::{Fetched, ImapError, ImapSession, Listed};
use crate::adapters::store::Mark;
use crate::daemon::take_in::{Content, Found};
use crate::daemon::{Stop, or_stop};
use crate::desk::Desk;
use crate::domain::event::Event;
use crate::domain::ids::{Folder, MessageId, Place, Position};

const HEADERS_AT_ONCE_MAX: usize = 200;

/// A folder being read.
struct Reading<'a> {
    connections: &'a mut Connections,
    folder: Folder,
    uid_validity: u32,
    stop: &'a mut Stop,
}

impl Reading<'_> {
    /// On the connection that is open, or on another after a fault: then it must be the same folder still.
    async fn session(&mut self) -> Result<&mut ImapSession, WatchError> {
        let (folder, uid_validity) = (self.folder, self.uid_validity);
        let Connection { session, opened, .. } = unless_stopped(self.connections.open(folder), self.stop).await??;
        if opened.uid_validity != uid_validity {
            return Err(WatchError::Renumbered { folder });
        }
        Ok(session)
    }

    /// The inner error is about the messages asked for, or the connection failed just then.
    async fn fetch(&mut self, batch: &Batch, bytes_max: u64) -> Result<Result<Fetch, ImapError>, WatchError> {
        let mut stop = self.stop.clone();
        let session = self.session().await?;
        let fetched = unless_stopped(fetch(session, batch, bytes_max), &mut stop).await?;
        if fetched.is_err() {
            self.connections.close(self.folder);
        }
        Ok(fetched)
    }

    fn at(&self, uid: u32) -> Position {
        Position::Imap { uid_validity: self.uid_validity, uid }
    }
}

/// Messages with what was fetched of them, in the order of their UIDs.
type Fetch = Vec<(Listed, Content)>;

impl Collector {
    /// Looks into a folder. Its connection stays open for the next time, unless something went wrong.
    pub(super) async fn poll_server(
        &mut self,
        connections: &mut Connections,
        folder: Folder,
        stop: &mut Stop,
    ) -> Result<(), WatchError> {
        let looked = self.look(connections, folder, stop).await;
        if looked.is_err() {
            connections.close(folder);
        }
        match looked {
            Err(WatchError::Imap(ImapError::CommandRefused { text, .. })) if folder == Folder::Junk => {
                connections.give_up_junk(&self.mailbox, &text);
                Ok(())
            }
            looked => looked,
        }
    }

    async fn look(&mut self, connections: &mut Connections, folder: Folder, stop: &mut Stop) -> Result<(), WatchError> {
        let (opened, kept) = {
            let connection = unless_stopped(connections.open(folder), stop).await??;
            (connection.opened, std::mem::replace(&mut connection.kept, true))
        };
        let mut reading = Reading { connections, folder, uid_validity: opened.uid_validity, stop };
        let (from, renumbered) = self.start_of(&reading).await?;
        let listed = match list_from(&mut reading, from).await {
            // A server may end what was idle for long, without that being a fault.
            Err(WatchError::Imap(error)) if kept && error.is_end_of_connection() => {
                reading.connections.close(folder);
                list_from(&mut reading, from).await?
            }
            listed => listed?,
        };
        if listed.is_empty() {
            return Ok(());
        }
        info!(mailbox = %self.mailbox, ?folder, messages = listed.len(), "New messages");
        // A folder that was read before is known by its message ids: bodies are fetched only where they are not.
        let known = if renumbered { self.known_again(&mut reading, &listed).await? } else { BTreeSet::new() };
        for batch in batches(listed, self.answer_from, &known, self.message_bytes_max) {
            check(reading.stop)?;
            self.take_in_batch(&mut reading, batch).await?;
        }
        Ok(())
    }

    /// The first UID that is new, and whether the server numbers the folder anew.
    async fn start_of(&self, reading: &Reading<'_>) -> Result<(u32, bool), WatchError> {
        let (mailbox, folder, uid_validity) = (self.mailbox.clone(), reading.folder, reading.uid_validity);
        let mark = self.take_in.desk().look(move |desk| desk.store().mark(&mailbox, folder)).await?;
        match mark {
            Some(mark) if mark.uid_validity == uid_validity => Ok((mark.last_uid.saturating_add(1), false)),
            None => Ok((1, false)),
            Some(_) => {
                warn!(mailbox = %self.mailbox, "The server gave a folder a new UIDVALIDITY: it is read again");
                let (at, mailbox) = (self.take_in.clock().now(), self.mailbox.clone());
                let renumbered = Event::MailboxRenumbered { at, mailbox, folder, uid_validity };
                self.take_in.desk().record(renumbered).await?;
                Ok((1, true))
            }
        }
    }

    async fn take_in_batch(&mut self, reading: &mut Reading<'_>, batch: Batch) -> Result<(), WatchError> {
        if let Some((last, count)) = batch.passed_over {
            let place = self.place(reading.folder, reading.at(last));
            self.pass_over(reading.folder, vec![place], count).await?;
        }
        match reading.fetch(&batch, self.message_bytes_max).await? {
            Ok(fetched) => self.hand_over(reading, fetched).await,
            Err(error) if error.rest_secs().is_some() => Err(error.into()),
            Err(error) => {
                warn!(mailbox = %self.mailbox, "Messages are fetched one by one: {error}");
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
                Err(error) if error.rest_secs().is_some() => return Err(error.into()),
                Err(error) => error,
            };
            let attempts_max = if error.is_an_answer() { ATTEMPTS_MAX } else { BROKEN_ATTEMPTS_MAX };
            for listed in single.whole.iter().chain(&single.too_large) {
                let place = self.place(reading.folder, reading.at(listed.uid));
                let received_at = self.received_at(listed);
                if !self.give_up(&place, received_at, attempts_max, &error.to_string()).await? {
                    return Err(error.into());
                }
            }
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

    /// The UIDs whose messages were taken in under their old number. Those whose header cannot be had are fetched whole,
    /// and so are all with one Message-ID where there are more of them than were taken in from here: one of them is new.
    async fn known_again(&self, reading: &mut Reading<'_>, listed: &[Listed]) -> Result<BTreeSet<u32>, WatchError> {
        // What is older is only remembered in any case.
        let recent = listed.iter().filter(|listed| listed.received_at.is_none_or(|at| at >= self.answer_from));
        let uids: Vec<u32> = recent.map(|listed| listed.uid).collect();
        let mut by_id: BTreeMap<MessageId, Vec<u32>> = BTreeMap::new();
        for some in uids.chunks(HEADERS_AT_ONCE_MAX) {
            let mut stop = reading.stop.clone();
            let headers = match unless_stopped(reading.session().await?.headers(some), &mut stop).await? {
                Ok(headers) => headers,
                Err(error) if error.rest_secs().is_some() => return Err(error.into()),
                Err(error) => {
                    warn!(mailbox = %self.mailbox, "Messages are not known again by their headers: {error}");
                    reading.connections.close(reading.folder);
                    continue;
                }
            };
            for (uid, header) in headers {
                let Some(id) = header::ids(&header, "message-id").into_iter().next() else { continue };
                by_id.entry(id).or_default().push(uid);
            }
        }
        let (mailbox, folder) = (self.mailbox.clone(), reading.folder);
        let look = move |desk: &Desk| {
            let mut known = BTreeSet::new();
            for (id, uids) in by_id {
                if uids.len() <= desk.store().messages_of_id_in(&id, &mailbox, folder)? {
                    known.extend(uids);
                }
            }
            Ok(known)
        };
        Ok(self.take_in.desk().look(look).await?)
    }

    fn received_at(&self, listed: &Listed) -> Timestamp {
        listed.received_at.unwrap_or_else(|| self.take_in.clock().now())
    }
}

async fn list_from(reading: &mut Reading<'_>, from: u32) -> Result<Vec<Listed>, WatchError> {
    let mut stop = reading.stop.clone();
    Ok(unless_stopped(reading.session().await?.list_from(from), &mut stop).await??)
}

impl OlderMail for Reading<'_> {
    /// What cannot be had is gone without: it is only the background of another message.
    async fn find(&mut self, collector: &Collector, ids: &BTreeSet<MessageId>) -> Result<Vec<Found>, WatchError> {
        let mut found = Vec::new();
        for folder in [Folder::Inbox, Folder::Sent] {
            if !self.connections.is_watched(folder) {
                continue;
            }
            let mailbox = collector.mailbox.clone();
            let mark = collector.take_in.desk().look(move |desk| desk.store().mark(&mailbox, folder)).await?;
            let Some(mark) = mark.filter(|mark| mark.passed_over) else { continue };
            let looked = older(self.connections, folder, mark, ids, collector);
            match unless_stopped(looked, self.stop).await? {
                Ok(messages) => {
                    found.extend(
                        messages.into_iter().map(|(listed, content)| Found {
                            place: collector
                                .place(folder, Position::Imap { uid_validity: mark.uid_validity, uid: listed.uid }),
                            received_at: collector.received_at(&listed),
                            bytes: listed.bytes,
                            content,
                            older: true,
                        }),
                    )
                }
                Err(error) => {
                    warn!(mailbox = %collector.mailbox, "Older messages cannot be looked for: {error}");
                    self.connections.close(folder);
                }
            }
        }
        Ok(found)
    }
}

async fn older(
    connections: &mut Connections,
    folder: Folder,
    mark: Mark,
    ids: &BTreeSet<MessageId>,
    collector: &Collector,
) -> Result<Fetch, WatchError> {
    let Connection { session, opened, .. } = connections.open(folder).await?;
    if opened.uid_validity != mark.uid_validity {
        return Ok(Fetch::new());
    }
    let mut uids = Vec::new();
    for id in ids {
        uids.extend(session.search_message_id(id).await?.into_iter().filter(|uid| *uid <= mark.last_uid));
    }
    let mut listed = session.list_these(&uids).await?;
    // Whatever is not older was taken in when it came.
    listed.retain(|listed| listed.received_at.is_some_and(|at| at < collector.answer_from));
    let (whole, too_large) = listed.into_iter().partition(|listed| listed.bytes <= collector.message_bytes_max);
    Ok(fetch(session, &Batch { passed_over: None, whole, too_large }, collector.message_bytes_max).await?)
}

/// Nothing is lost when a server is not heard out.
async fn unless_stopped<T>(work: impl Future<Output = T>, stop: &mut Stop) -> Result<T, WatchError> {
    or_stop(async { Some(work.await) }, stop).await.ok_or(WatchError::Stopping)
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
