//! Mail from before `answer_from` is remembered by its place only. Where a later message answers it, it is fetched after
//! all and taken in first, so that the answer finds its case.

use std::collections::BTreeSet;

use tracing::info;

use super::{Collector, WatchError, header};
use crate::daemon::take_in::{Content, Found};
use crate::desk::Desk;
use crate::domain::ids::MessageId;

/// Ids looked for of one message, the nearest first: longer threads say nothing new.
const REFERENCES_MAX: usize = 10;
/// Older messages fetched for one batch.
const OLDER_MAX: usize = 100;
/// Ids remembered as being in no folder; they are asked for again when there are more.
const NOWHERE_MAX: usize = 10_000;

/// Where the older mail of a mailbox is looked for.
pub(super) trait OlderMail {
    /// Messages from before `answer_from` with one of these ids.
    async fn find(&mut self, collector: &Collector, ids: &BTreeSet<MessageId>) -> Result<Vec<Found>, WatchError>;
}

impl Collector {
    /// Takes messages in, and before them the older ones that they answer.
    pub(super) async fn take_in(&mut self, found: Vec<Found>, place: &mut impl OlderMail) -> Result<(), WatchError> {
        let mut older: Vec<Found> = Vec::new();
        let mut asked = BTreeSet::new();
        let mut wanted = self.wanted(&found, &asked).await?;
        while !wanted.is_empty() && older.len() < OLDER_MAX {
            let more = place.find(self, &wanted).await?;
            asked.append(&mut wanted);
            wanted = self.wanted(&more, &asked).await?;
            older.extend(more);
        }
        self.remember_nowhere(asked, &older);
        if !older.is_empty() {
            info!(mailbox = %self.mailbox, messages = older.len(), "Older messages are fetched: later ones answer them");
            older.sort_by_key(|message| message.received_at);
            self.take_in.batch(older).await?;
        }
        Ok(self.take_in.batch(found).await?)
    }

    /// What these messages answer, where nothing of their threads is known.
    async fn wanted(&self, found: &[Found], asked: &BTreeSet<MessageId>) -> Result<BTreeSet<MessageId>, WatchError> {
        let threads: Vec<Vec<MessageId>> = found.iter().map(references).collect();
        let own: BTreeSet<MessageId> = found.iter().filter_map(message_id).collect();
        let look = move |desk: &Desk| {
            let mut unknown = BTreeSet::new();
            for thread in threads {
                let mut known = thread.iter().any(|id| own.contains(id));
                for id in &thread {
                    known = known || desk.store().knows_message(id)?;
                }
                if !known {
                    unknown.extend(thread);
                }
            }
            Ok(unknown)
        };
        let unknown = self.take_in.desk().look(look).await?;
        Ok(unknown.into_iter().filter(|id| !asked.contains(id) && !self.nowhere.contains(id)).collect())
    }

    fn remember_nowhere(&mut self, asked: BTreeSet<MessageId>, older: &[Found]) {
        if self.nowhere.len() > NOWHERE_MAX {
            self.nowhere.clear();
        }
        let here: BTreeSet<MessageId> = older.iter().filter_map(message_id).collect();
        self.nowhere.extend(asked.into_iter().filter(|id| !here.contains(id)));
    }
}

fn raw(message: &Found) -> &[u8] {
    match &message.content {
        Content::Whole(raw) | Content::HeaderOnly(raw) => raw,
    }
}

fn message_id(message: &Found) -> Option<MessageId> {
    header::ids(raw(message), "message-id").into_iter().next()
}

fn references(message: &Found) -> Vec<MessageId> {
    let mut ids = header::ids(raw(message), "in-reply-to");
    ids.extend(header::ids(raw(message), "references").into_iter().rev());
    ids.truncate(REFERENCES_MAX);
    ids
}
