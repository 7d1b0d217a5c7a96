//! Finds what is new in a Maildir. A file that cannot be read stops none of the others.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::older::OlderMail;
use super::{ATTEMPTS_MAX, BATCH_BYTES_MAX, BATCH_MESSAGES_MAX, Collector, WatchError, check, header};
use crate::adapters::maildir::{Entry, Maildir, MaildirError};
use crate::daemon::Stop;
use crate::daemon::take_in::{Content, Found};
use crate::domain::ids::{Folder, MessageId, Place, Position};

/// What of a folder is new.
#[derive(Default)]
struct New {
    /// From before mail is answered: only remembered.
    older: Vec<Place>,
    recent: Vec<(Entry, Place, Timestamp)>,
}

impl Collector {
    pub(super) async fn poll_maildir(
        &mut self,
        maildir: &Maildir,
        folder: Folder,
        stop: &Stop,
    ) -> Result<(), WatchError> {
        let New { older, recent } = self.new_in(maildir, folder).await?;
        if !older.is_empty() {
            let messages = u32::try_from(older.len()).unwrap_or(u32::MAX);
            self.pass_over(folder, older, messages).await?;
        }
        let mut batch = Vec::new();
        let mut bytes = 0;
        let mut unread = None;
        for (entry, place, received_at) in recent {
            check(stop)?;
            let content = match content(maildir, &entry, self.message_bytes_max) {
                Ok(content) => content,
                // Somebody moved or removed it meanwhile.
                Err(MaildirError::Gone { .. }) => continue,
                Err(error) => {
                    if !self.give_up(&place, received_at, ATTEMPTS_MAX, &error.to_string()).await? {
                        unread = Some(error);
                    }
                    continue;
                }
            };
            bytes += entry.bytes;
            batch.push(Found { place, received_at, bytes: entry.bytes, content, older: false });
            if bytes > BATCH_BYTES_MAX || batch.len() >= BATCH_MESSAGES_MAX {
                self.take_in(std::mem::take(&mut batch), &mut maildir.clone()).await?;
                bytes = 0;
            }
        }
        if !batch.is_empty() {
            self.take_in(batch, &mut maildir.clone()).await?;
        }
        unread.map_or(Ok(()), |error| Err(error.into()))
    }

    async fn new_in(&mut self, maildir: &Maildir, folder: Folder) -> Result<New, WatchError> {
        let mut new = New::default();
        for entry in maildir.list(folder)? {
            let place = self.place(folder, Position::Maildir { name: entry.name.clone() });
            let known = place.clone();
            if self.take_in.desk().look(move |desk| desk.store().is_place_known(&known)).await? {
                continue;
            }
            let received_at = entry.received_at.unwrap_or_else(|| self.take_in.clock().now());
            if received_at < self.answer_from {
                new.older.push(place);
            } else {
                new.recent.push((entry, place, received_at));
            }
        }
        // What was read at last, or is gone, is no longer counted.
        let listed: BTreeSet<&Place> = new.recent.iter().map(|(_, place, _)| place).collect();
        self.attempts.retain(|place, _| place.folder != folder || listed.contains(place));
        Ok(new)
    }
}

impl OlderMail for Maildir {
    /// One that cannot be read is left where it is: it is only the background of another.
    async fn find(&mut self, collector: &Collector, ids: &BTreeSet<MessageId>) -> Result<Vec<Found>, WatchError> {
        let mut found = Vec::new();
        for folder in [Folder::Inbox, Folder::Sent] {
            for entry in self.list(folder)? {
                let Some(received_at) = entry.received_at.filter(|at| *at < collector.answer_from) else { continue };
                let asked_for = |header: Vec<u8>| header::ids(&header, "message-id").iter().any(|id| ids.contains(id));
                if !self.header(&entry).is_ok_and(asked_for) {
                    continue;
                }
                let Ok(content) = content(self, &entry, collector.message_bytes_max) else { continue };
                let place = collector.place(folder, Position::Maildir { name: entry.name });
                found.push(Found { place, received_at, bytes: entry.bytes, content, older: true });
            }
        }
        Ok(found)
    }
}

fn content(maildir: &Maildir, entry: &Entry, bytes_max: u64) -> Result<Content, MaildirError> {
    match maildir.read(entry, bytes_max) {
        Err(MaildirError::TooLarge { .. }) => Ok(Content::HeaderOnly(maildir.header(entry)?)),
        read => Ok(Content::Whole(read?)),
    }
}
