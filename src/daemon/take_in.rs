//! Takes found messages in: read in parallel, decided in order, each exactly once. One message cannot stop a mailbox:
//! attempts are counted before trying, and what still fails is quarantined.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::scan::Scan;
use crate::adapters::clamd::ClamdError;
use crate::adapters::clock::Clock;
use crate::adapters::reader::{Reader, ReaderError};
use crate::adapters::store::FREE_BYTES_MIN;
use crate::desk::{Asked, DeskError, DeskHandle, Unfinished};
use crate::domain::event::{Arrival, Event};
use crate::domain::ids::{BlobDigest, Folder, Place};
use crate::domain::reading::{Finding, FindingCode, MessageFacts};

/// Attempts at one message, alone, that the program did not outlive, before it is set aside. Any one of them may be a
/// power cut or an impatient administrator; so many are no accident.
const ATTEMPTS_MAX: u32 = 5;
/// They must lie apart: many in a row are one outage, and whatever message is first in line then is not its cause.
const ATTEMPTS_SPAN_MIN: SignedDuration = SignedDuration::from_mins(10);
/// Below this much free space no mail is taken in. What is left is for telling staff, and for what is under way.
pub const FREE_BYTES_LOW: u64 = 2 * FREE_BYTES_MIN;

/// A message as it was fetched.
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) received_at: Timestamp,
    pub(super) bytes: u64,
    pub(super) content: Content,
    /// From before mail is answered; a later message refers to it.
    pub(super) older: bool,
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
    #[error(transparent)]
    Scanner(#[from] ClamdError),
    #[error("cannot keep {path}: {source}. Check the disk and the rights of the folder")]
    InHand { path: PathBuf, source: io::Error },
    #[error(
        "only {} MiB are free on the disk of the records, too little to take mail in. Free some space; mail waits in \
         the mailbox until then", free_bytes >> 20
    )]
    LittleSpace { free_bytes: u64 },
}

impl TakeInError {
    pub(super) fn is_disk_full(&self) -> bool {
        match self {
            Self::Desk(error) => error.is_disk_full(),
            Self::InHand { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            Self::LittleSpace { .. } => true,
            Self::Reader(_) | Self::Scanner(_) => false,
        }
    }

    /// Mail waits in the mailbox until the virus scanner is back.
    pub(super) fn is_scanner_down(&self) -> bool {
        matches!(self, Self::Scanner(_))
    }
}

#[derive(Clone)]
pub(super) struct TakeIn {
    desk: DeskHandle,
    reader: Reader,
    scan: Option<Scan>,
    clock: Clock,
    in_hand: Arc<Mutex<InHand>>,
}

impl TakeIn {
    pub(super) fn new(desk: DeskHandle, reader: Reader, scan: Option<Scan>, clock: Clock, in_hand: InHand) -> Self {
        Self { desk, reader, scan, clock, in_hand: Arc::new(Mutex::new(in_hand)) }
    }

    pub(super) fn desk(&self) -> &DeskHandle {
        &self.desk
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Takes a batch in, in its order. A message that was in hand when the program went down is taken alone, so that its
    /// neighbours are not blamed with it should that happen again.
    pub(super) async fn batch(&self, found: Vec<Found>) -> Result<(), TakeInError> {
        let free_bytes = self.desk.look(|desk| desk.store().free_bytes()).await?;
        if free_bytes < FREE_BYTES_LOW {
            return Err(TakeInError::LittleSpace { free_bytes });
        }
        let mut side_by_side = Vec::new();
        for message in found {
            if self.in_hand.lock().await.is_suspect(&message.place) {
                self.together(std::mem::take(&mut side_by_side)).await?;
                self.together(vec![message]).await?;
            } else {
                side_by_side.push(message);
            }
        }
        self.together(side_by_side).await
    }

    /// Messages are read side by side and committed in their order.
    async fn together(&self, found: Vec<Found>) -> Result<(), TakeInError> {
        if found.is_empty() {
            return Ok(());
        }
        let places: Vec<Place> = found.iter().map(|message| message.place.clone()).collect();
        let worn_out = self.in_hand.lock().await.begin(&places, self.clock.now())?;
        let taken = self.take(found, &worn_out).await;
        // The program lived to see the end of it, whatever the end: that is no fault of the messages.
        self.in_hand.lock().await.end(&places)?;
        taken
    }

    async fn take(&self, found: Vec<Found>, worn_out: &[Place]) -> Result<(), TakeInError> {
        let arrived: Vec<_> = found.iter().map(|message| (message.place.clone(), message.received_at)).collect();
        let read = join_all(found.into_iter().map(|message| {
            let hopeless = worn_out.contains(&message.place);
            self.read(message, hopeless)
        }));
        let mut asked = read.await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut arrived = arrived.into_iter();
        // In order, and none after one that fails: a step moves the mark of its folder, and must not move it past a
        // message that could not be recorded.
        while let Err(Unfinished { done, error, rest }) = self.desk.take_in_order(asked).await {
            let Some((place, received_at)) = arrived.nth(done).filter(|_| error.is_of_one_letter()) else {
                return Err(error.into());
            };
            let (at, why) = (self.clock.now(), error.to_string());
            self.desk.record(Event::MessageQuarantined { at, place, received_at, why }).await?;
            asked = rest;
        }
        Ok(())
    }

    async fn read(&self, found: Found, hopeless: bool) -> Result<Asked, TakeInError> {
        let Found { place, received_at, bytes, content, older } = found;
        if hopeless {
            let why = format!("the program ended during {ATTEMPTS_MAX} attempts to take it in");
            return Ok((Event::MessageQuarantined { at: self.clock.now(), place, received_at, why }, None));
        }
        let (raw, too_large) = match content {
            Content::Whole(raw) => (raw, false),
            Content::HeaderOnly(raw) => (raw, true),
        };
        let raw: Arc<[u8]> = raw.into();
        let unopened = match &self.scan {
            Some(scan) if !too_large => scan.examine(&place, &raw, &self.desk, &self.clock).await?,
            Some(_) | None => None,
        };
        let mut facts = match unopened {
            None => self.reader.read(Arc::clone(&raw)).await?,
            Some(why) => {
                let mut facts = self.reader.list(Arc::clone(&raw)).await?;
                why.say(&mut facts);
                facts
            }
        };
        if too_large {
            say_too_large(&mut facts, bytes);
        }
        let folder = place.folder;
        let arrival = Arrival { at: self.clock.now(), place, received_at, raw: digest(&raw), bytes, facts, older };
        let event = match folder {
            Folder::Inbox => Event::MessageArrived(arrival),
            Folder::Sent => Event::SentMessageSeen(arrival),
            Folder::Junk => Event::JunkSeen(arrival),
        };
        Ok((event, Some(raw)))
    }
}

/// Only the header of a message over the limit was fetched, so other findings would mislead.
pub fn say_too_large(facts: &mut MessageFacts, bytes: u64) {
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
    attempts: BTreeMap<String, Attempts>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Attempts {
    /// Alone; 0 while the message was only one of several in hand.
    count: u32,
    since: Timestamp,
}

impl InHand {
    /// `is_known`: the message was taken in after all, just before the program went down.
    pub(super) fn open(path: PathBuf, is_known: impl Fn(&Place) -> bool) -> Self {
        // An unreadable file costs only the count of attempts.
        let mut attempts: BTreeMap<String, Attempts> =
            std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        attempts.retain(|key, _| serde_json::from_str(key).is_ok_and(|place| !is_known(&place)));
        Self { path, attempts }
    }

    /// It was tried before and did not come to an end.
    fn is_suspect(&self, place: &Place) -> bool {
        self.attempts.contains_key(&key(place))
    }

    /// Counts an attempt at one message, or notes that several are in hand; answers with those that had too many.
    fn begin(&mut self, places: &[Place], now: Timestamp) -> Result<Vec<Place>, TakeInError> {
        let mut worn_out = Vec::new();
        for place in places {
            let attempts = self.attempts.entry(key(place)).or_insert(Attempts { count: 0, since: now });
            attempts.count = attempts.count.saturating_add(u32::from(places.len() == 1));
            if attempts.count > ATTEMPTS_MAX && now.duration_since(attempts.since) >= ATTEMPTS_SPAN_MIN {
                worn_out.push(place.clone());
            }
        }
        if let Err(error) = self.save() {
            // Nothing was tried.
            self.end(places)?;
            return Err(error);
        }
        Ok(worn_out)
    }

    fn end<'a>(&mut self, places: impl IntoIterator<Item = &'a Place>) -> Result<(), TakeInError> {
        for place in places {
            self.attempts.remove(&key(place));
        }
        self.save()
    }

    fn save(&self) -> Result<(), TakeInError> {
        let text = serde_json::to_vec(&self.attempts).unwrap_or_default();
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let written = options.open(&self.path).and_then(|mut file| file.write_all(&text));
        written.map_err(|source| TakeInError::InHand { path: self.path.clone(), source })
    }
}

fn key(place: &Place) -> String {
    serde_json::to_string(place).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::ids::{MailboxName, Position};

    fn place(name: &str) -> Place {
        let at = Position::Maildir { name: name.to_owned() };
        Place { mailbox: MailboxName::new("sa"), folder: Folder::Inbox, at }
    }

    #[test]
    fn only_a_message_that_was_alone_in_hand_each_time_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let restarted = || InHand::open(dir.path().join("in-hand.json"), |known| *known == place("known"));
        let (guilty, neighbour) = (place("guilty"), place("neighbour"));
        let several = [guilty.clone(), neighbour.clone(), place("known")];
        let began = Timestamp::UNIX_EPOCH;
        let minutes = |minutes| began + SignedDuration::from_mins(minutes);
        assert_eq!(restarted().begin(&several, began).unwrap(), []);
        let mode = std::fs::metadata(dir.path().join("in-hand.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "as the files beside it");
        assert!(restarted().is_suspect(&neighbour) && !restarted().is_suspect(&place("known")));
        for _ in 0..=ATTEMPTS_MAX {
            let one_outage = restarted().begin(std::slice::from_ref(&guilty), minutes(9)).unwrap();
            assert_eq!(one_outage, [], "many ends in a row say nothing of the message");
        }
        let mut last = restarted();
        assert_eq!(last.begin(std::slice::from_ref(&neighbour), minutes(60)).unwrap(), []);
        assert_eq!(last.begin(std::slice::from_ref(&guilty), minutes(10)).unwrap(), std::slice::from_ref(&guilty));
        last.end([&guilty]).unwrap();
        assert!(!restarted().is_suspect(&guilty), "what is dealt with is forgotten");
    }
}
