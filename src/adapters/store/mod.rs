//! The records: journal, rows and blobs (DESIGN.md, "What is kept, and why it cannot be lost"). Owned by one thread,
//! and blocking. Records and folds steps; never decides what is in them, and never reads a clock.
//!
//! A commit makes blobs durable, then appends the lines of all staged steps and syncs them once, then writes the rows.
//! Only after it has returned may anything leave the program.

mod account;
mod audit;
mod blobs;
mod digest;
mod error;
mod files;
mod fold;
mod fold_letters;
mod fold_vigil;
mod journal;
mod kept;
mod keys;
mod line;
mod lock;
mod reads;
mod rebuild;
mod rows;
mod sealed;
mod secret;
mod sheet;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use audit::{export, steps, verify};
pub use error::StoreError;
pub use files::free_bytes;
pub use kept::{JournalCut, Mark, Opening, Seen, StoryLine, Verified};

use crate::domain::ids::BlobDigest;
use crate::domain::step::Step;
use blobs::Blobs;
use journal::{Journal, Spot};
use lock::Lock;
use sheet::Sheet;

/// Below this much free space nothing is committed, so that sled can always write what it holds in memory. Whoever
/// takes in mail should stop earlier, while a letter about it can still be recorded: see `Store::free_bytes`.
pub const FREE_BYTES_MIN: u64 = 8 << 20;

pub struct Store {
    dir: PathBuf,
    journal: Journal,
    blobs: Blobs,
    sheet: Sheet,
    /// The lines of the staged steps, as they will be appended.
    lines: Vec<u8>,
    /// The last step, staged or committed.
    last: Spot,
    last_at: Option<Timestamp>,
    /// Why nothing may be done any more.
    stopped: Option<String>,
    _lock: Lock,
}

impl Store {
    /// Opens the records in `dir`, mends what can be mended, and holds them against other processes. `at` names what
    /// is set aside.
    pub fn open(dir: &Path, at: Timestamp) -> Result<(Self, Opening), StoreError> {
        Self::open_with(dir, at, None)
    }

    /// As [`Store::open`], for records that nobody reads again: what a mail or a letter says is written and not synced.
    pub fn open_passing(dir: &Path, at: Timestamp) -> Result<Self, StoreError> {
        let (store, _) = Self::open(dir, at)?;
        Ok(Self { blobs: store.blobs.passing(), ..store })
    }

    /// Sets the rows aside and folds them anew from the journal.
    pub fn rebuild(dir: &Path, at: Timestamp) -> Result<Opening, StoreError> {
        Self::open_with(dir, at, Some("a person asked for it")).map(|(_, opening)| opening)
    }

    fn open_with(dir: &Path, at: Timestamp, asked: Option<&str>) -> Result<(Self, Opening), StoreError> {
        files::private_dir(dir)?;
        let lock = lock::lock(dir, at)?;
        let mut journal = Journal::open(dir)?;
        let blobs = Blobs::open(dir.join("blobs"))?;
        let (sheet, opening) = rebuild::open(dir, &mut journal, at, asked)?;
        let store = Self {
            dir: dir.to_owned(),
            journal,
            blobs,
            lines: Vec::new(),
            last: sheet.head().last.clone(),
            last_at: sheet.head().at,
            sheet,
            stopped: None,
            _lock: lock,
        };
        Ok((store, opening))
    }

    /// The secret of this installation, made at the first call.
    pub fn install_secret(&self) -> Result<[u8; 32], StoreError> {
        secret::install_secret(&self.dir)
    }

    /// Keeps bytes under their digest. They are durable once a step is committed after them.
    pub fn put_blob(&mut self, bytes: &[u8]) -> Result<BlobDigest, StoreError> {
        self.go_on()?;
        if self.blobs.is_crowded() {
            let synced = self.blobs.sync();
            self.or_stop(synced)?;
        }
        self.blobs.put(bytes)
    }

    pub fn blob(&self, digest: &BlobDigest) -> Result<Vec<u8>, StoreError> {
        self.go_on()?;
        self.blobs.read(digest)
    }

    /// The number of the last step, staged or committed; 0 before the first.
    pub fn last_step(&self) -> u64 {
        self.last.number
    }

    /// The time of the last step, staged or committed; none before the first.
    pub fn last_at(&self) -> Option<Timestamp> {
        self.last_at
    }

    /// The number that the step staged next will have.
    pub fn next_step(&self) -> u64 {
        self.last.number.saturating_add(1)
    }

    /// Takes a step up for the next commit and returns its number. From now on every answer counts it in. A time before
    /// that of the step before becomes that time.
    pub fn stage(&mut self, mut step: Step) -> Result<u64, StoreError> {
        self.go_on()?;
        let number = self.next_step();
        step.at = self.last_at.map_or(step.at, |last| last.max(step.at));
        fold::check(&self.sheet, number, &step)?;
        let line = line::encode(number, &self.last.hash, &step)?;
        let here = self.last.after(&line);
        let folded = fold::fold(&mut self.sheet, &here, &step);
        self.or_stop(folded)?;
        self.last = here;
        self.last_at = Some(step.at);
        self.lines.extend_from_slice(&line);
        self.lines.push(b'\n');
        Ok(number)
    }

    /// Makes all staged steps durable. `DiskFull`: they are forgotten as if never staged, and the records go on.
    /// `Stopped`: nothing may be done any more, and the program must end.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.go_on()?;
        let Some(at) = self.last_at.filter(|_| !self.lines.is_empty()) else {
            return Ok(());
        };
        if self.free_bytes()? < FREE_BYTES_MIN {
            return Err(self.forget_staged());
        }
        let synced = self.blobs.sync();
        self.or_stop(synced)?;
        match self.journal.append(&self.lines) {
            Ok(()) => {}
            Err(StoreError::DiskFull { .. }) => return Err(self.forget_staged()),
            Err(e) => return self.or_stop(Err(e)),
        }
        self.lines.clear();
        let written = self.sheet.write(self.last.clone(), at);
        self.or_stop(written)
    }

    /// The step whose line begins there, committed or staged.
    fn step_at(&self, start: u64) -> Result<Step, StoreError> {
        match start.checked_sub(self.journal.bytes()).map(usize::try_from) {
            None => self.journal.step_at(start),
            Some(staged) => {
                let lines = staged.ok().and_then(|staged| self.lines.get(staged..)).unwrap_or_default();
                let line = lines.split(|byte| *byte == b'\n').next().unwrap_or_default();
                Ok(line::decode(line)?.1)
            }
        }
    }

    /// What may still be written to the disk that holds the records.
    pub fn free_bytes(&self) -> Result<u64, StoreError> {
        files::free_bytes(&self.dir)
    }

    fn forget_staged(&mut self) -> StoreError {
        self.lines.clear();
        self.sheet.discard();
        self.last = self.sheet.head().last.clone();
        self.last_at = self.sheet.head().at;
        StoreError::DiskFull { path: self.dir.clone() }
    }

    fn sheet(&self) -> Result<&Sheet, StoreError> {
        self.go_on()?;
        Ok(&self.sheet)
    }

    fn go_on(&self) -> Result<(), StoreError> {
        match &self.stopped {
            None => Ok(()),
            Some(why) => Err(StoreError::Stopped { why: why.clone() }),
        }
    }

    /// What memory holds and what the disk holds may differ after such an error: only a new start can tell.
    fn or_stop(&mut self, done: Result<(), StoreError>) -> Result<(), StoreError> {
        done.map_err(|e| {
            let why = e.to_string();
            self.stopped = Some(why.clone());
            StoreError::Stopped { why }
        })
    }
}
