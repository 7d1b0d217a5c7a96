//! Takes found messages in: read in parallel, decided in order, each exactly once. One message cannot stop a mailbox:
//! attempts are counted before trying, and what still fails is quarantined.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::adapters::clock::Clock;
use crate::adapters::reader::{Reader, ReaderError};
use crate::desk::{DeskError, DeskHandle};
use crate::domain::event::{Arrival, Event};
use crate::domain::ids::{BlobDigest, Folder, Place};
use crate::domain::reading::{Finding, FindingCode, MessageFacts};

/// Attempts at one message before it is set aside.
const ATTEMPTS_MAX: u32 = 3;

/// A message as it was fetched.
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) received_at: Timestamp,
    pub(super) bytes: u64,
    pub(super) content: Content,
}

pub(super) enum Content {
    Whole(Vec<u8>),
    /// Larger than the limit: its header only.
    HeaderOnly(Vec<u8>),
}

#[derive(Debug, thiserror::Error)]
pub(super) enum TakeInError {
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error(transparent)]
    Reader(#[from] ReaderError),
    #[error("cannot keep {path}: {source}. Check the disk and the rights of the folder")]
    InHand { path: PathBuf, source: io::Error },
}

#[derive(Clone)]
pub(super) struct TakeIn {
    desk: DeskHandle,
    reader: Reader,
    clock: Clock,
    in_hand: Arc<Mutex<InHand>>,
}

impl TakeIn {
    pub(super) fn new(desk: DeskHandle, reader: Reader, clock: Clock, in_hand: InHand) -> Self {
        Self { desk, reader, clock, in_hand: Arc::new(Mutex::new(in_hand)) }
    }

    pub(super) fn desk(&self) -> &DeskHandle {
        &self.desk
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Takes a batch in. The messages are read side by side and committed in their order.
    pub(super) async fn batch(&self, found: Vec<Found>) -> Result<(), TakeInError> {
        let places: Vec<Place> = found.iter().map(|message| message.place.clone()).collect();
        let worn_out = self.in_hand.lock().await.begin(&places)?;
        let read = join_all(found.into_iter().map(|message| {
            let hopeless = worn_out.contains(&message.place);
            self.read(message, hopeless)
        }));
        let events = read.await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let taken = join_all(events.into_iter().map(|(event, raw)| self.desk.take(event, raw))).await;
        taken.into_iter().try_for_each(|outcome| outcome.map(drop))?;
        self.in_hand.lock().await.end(&places)?;
        Ok(())
    }

    async fn read(&self, found: Found, hopeless: bool) -> Result<(Event, Option<Arc<[u8]>>), TakeInError> {
        let Found { place, received_at, bytes, content } = found;
        if hopeless {
            let why = format!("{ATTEMPTS_MAX} attempts to read it failed");
            return Ok((Event::MessageQuarantined { at: self.clock.now(), place, received_at, why }, None));
        }
        let (raw, too_large) = match content {
            Content::Whole(raw) => (raw, false),
            Content::HeaderOnly(raw) => (raw, true),
        };
        let raw: Arc<[u8]> = raw.into();
        let mut facts = self.reader.read(Arc::clone(&raw)).await?;
        if too_large {
            say_too_large(&mut facts, bytes);
        }
        let folder = place.folder;
        let arrival = Arrival { at: self.clock.now(), place, received_at, raw: digest(&raw), bytes, facts };
        let event = match folder {
            Folder::Inbox => Event::MessageArrived(arrival),
            Folder::Sent => Event::SentMessageSeen(arrival),
        };
        Ok((event, Some(raw)))
    }
}

/// Only the header of a message over the limit was fetched, so other findings would mislead.
fn say_too_large(facts: &mut MessageFacts, bytes: u64) {
    facts.findings = vec![Finding::new(
        FindingCode::TooLarge,
        format!("Your email is {} MB, which is more than we can read by email.", bytes.div_ceil(1_000_000)),
    )];
}

fn digest(raw: &[u8]) -> BlobDigest {
    BlobDigest::from_hex(&Sha256::digest(raw).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Messages being read right now, with the attempts at each: a message that takes the whole program down is found out
/// after a restart. It need not survive a power cut, so it is not synced.
pub(super) struct InHand {
    path: PathBuf,
    attempts: BTreeMap<String, u32>,
}

impl InHand {
    pub(super) fn open(path: PathBuf) -> Self {
        // An unreadable file costs only the count of attempts.
        let attempts =
            std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { path, attempts }
    }

    /// Counts an attempt at each; answers with those that had too many.
    fn begin(&mut self, places: &[Place]) -> Result<Vec<Place>, TakeInError> {
        let mut worn_out = Vec::new();
        for place in places {
            let attempts = self.attempts.entry(key(place)).or_insert(0);
            *attempts = attempts.saturating_add(1);
            if *attempts > ATTEMPTS_MAX {
                worn_out.push(place.clone());
            }
        }
        self.save()?;
        Ok(worn_out)
    }

    fn end(&mut self, places: &[Place]) -> Result<(), TakeInError> {
        places.iter().for_each(|place| {
            self.attempts.remove(&key(place));
        });
        self.save()
    }

    fn save(&self) -> Result<(), TakeInError> {
        let text = serde_json::to_vec(&self.attempts).unwrap_or_default();
        std::fs::write(&self.path, text).map_err(|source| TakeInError::InHand { path: self.path.clone(), source })
    }
}

fn key(place: &Place) -> String {
    serde_json::to_string(place).unwrap_or_default()
}
