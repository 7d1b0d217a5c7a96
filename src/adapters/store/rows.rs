//! Rows in sled: each with a CRC over key and value, each table with a count in the same transaction. The only file
//! that names sled. sled panics on damaged files, so that every call is caught. Only the first head is flushed: what sled
//! loses is folded from the journal again.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::journal::Spot;
use super::keys::{Key, TABLES, Table};
use super::sealed::{seal, unseal};

/// Raised when the rows of a table change in shape or meaning: older ones are then rebuilt.
const SHAPE: u32 = 1;
const CACHE_BYTES: u64 = 16 << 20;
const FLUSH_MILLIS: u64 = 1_000;
/// Up to so many rows are all read and counted at the start: well under a second. Of more, a sample is read; the
/// others are checked whenever they are read.
const CHECKED_MAX: u64 = 200_000;
const SAMPLE_ROWS: usize = 1_000;
/// sled keeps all that a transaction replaces in memory until it ends; a commit of a hundred messages stays well below.
const TRANSACTION_ROWS_MAX: usize = 5_000;
/// The parts of a change that is larger: smaller ones are no faster, and ten times as large they take several GB for
/// three million rows and get slower with each.
const PART_ROWS: usize = 500;
/// What sled says when its file is locked, under an error kind that it uses for much else.
const LOCK_HELD: &str = "could not acquire lock";
const LOCK_TRIES: u32 = 250;
const LOCK_WAIT: Duration = Duration::from_millis(20);
/// Left in the folder when damage is met later than at the start, so that the next start does not rely on a sample.
const DAMAGE_NOTE: &str = "damaged";

/// How far the rows are folded. A row itself, written with every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    shape: u32,
    pub(super) last: Spot,
    /// The time of the last step; none before the first.
    pub(super) at: Option<jiff::Timestamp>,
    counts: Vec<u64>,
    /// More of the same change is to follow.
    in_parts: bool,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum RowsError {
    #[error("{0}")]
    Damaged(String),
    #[error("{source}")]
    Io { path: PathBuf, source: io::Error },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Up,
    Down,
}

/// A key and its value.
pub(super) type Kept = (Vec<u8>, Vec<u8>);
/// A key and its new value, or none.
pub(super) type Change = (Vec<u8>, Option<Vec<u8>>);

pub(super) struct Rows {
    db: sled::Db,
    dir: PathBuf,
    head: Head,
}

impl Rows {
    /// Opens rows that are there, or begins with none.
    pub(super) fn open(dir: &Path) -> Result<Self, RowsError> {
        if dir.join(DAMAGE_NOTE).exists() {
            return Err(RowsError::Damaged("damage was met while it was in use".to_owned()));
        }
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE_BYTES)
            .mode(sled::Mode::LowSpace)
            .flush_every_ms(Some(FLUSH_MILLIS));
        let db = open_sled(dir, &config)?;
        let mut rows = Self { db, dir: dir.to_owned(), head: Head::empty() };
        match rows.get(Key::of(Table::Head).as_bytes())? {
            Some(head) => {
                rows.head = serde_json::from_slice(&head)
                    .map_err(|e| RowsError::Damaged(format!("its head cannot be read: {e}")))?;
            }
            None if rows.is_blank()? => {}
            None => return Err(RowsError::Damaged("its head is missing".to_owned())),
        }
        rows.check()?;
        Ok(rows)
    }

    /// Nothing was ever written here, or sled lost all of it.
    pub(super) fn is_blank(&self) -> Result<bool, RowsError> {
        self.call(|db| Ok(db.is_empty()))
    }

    /// Writes the head of rows that follow from no step yet, so that they can be told from rows that were lost.
    pub(super) fn begin(&self) -> Result<(), RowsError> {
        self.apply(sled::Batch::default(), &self.head)?;
        self.call(|db| db.flush().map(drop))
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
        match self.call(|db| db.get(key))? {
            Some(row) => unseal(key, &row).map_err(RowsError::Damaged).map(Some).inspect_err(|_| self.note_damage()),
            None => Ok(None),
        }
    }

    pub(super) fn has(&self, key: &[u8]) -> Result<bool, RowsError> {
        self.call(|db| db.contains_key(key))
    }

    /// Rows from `from` up to but without `to`, at most `limit` of them.
    pub(super) fn range(&self, from: &Key, to: &Key, order: Order, limit: usize) -> Result<Vec<Kept>, RowsError> {
        let found = self.call(|db| {
            let rows = db.range(from.as_bytes()..to.as_bytes());
            match order {
                Order::Up => rows.take(limit).collect::<sled::Result<Vec<_>>>(),
                Order::Down => rows.rev().take(limit).collect(),
            }
        })?;
        found
            .iter()
            .map(|(key, row)| Ok((key.to_vec(), unseal(key, row).map_err(RowsError::Damaged)?)))
            .collect::<Result<_, RowsError>>()
            .inspect_err(|_| self.note_damage())
    }

    /// Applies all changes, the counts and the head together or not at all. Very many are written in parts; should that
    /// be interrupted, the head says so and the rows count as damaged.
    pub(super) fn write(
        &mut self,
        changes: impl ExactSizeIterator<Item = Result<Change, StoreError>>,
        last: Spot,
        at: jiff::Timestamp,
    ) -> Result<(), StoreError> {
        let rows = if changes.len() > TRANSACTION_ROWS_MAX { PART_ROWS } else { TRANSACTION_ROWS_MAX };
        let mut left = changes.peekable();
        let mut head = self.head.clone();
        let is_first = head.counts.iter().all(|count| *count == 0);
        loop {
            let mut batch = sled::Batch::default();
            for change in left.by_ref().take(rows) {
                let (key, value) = change?;
                let existed = !is_first && self.has(&key)?;
                head.count(&key, existed, value.is_some());
                match value {
                    Some(value) => {
                        let row = seal(&key, &value);
                        batch.insert(key, row);
                    }
                    None if existed => batch.remove(key),
                    None => {}
                }
            }
            head.in_parts = left.peek().is_some();
            if !head.in_parts {
                head.last = last;
                head.at = Some(at);
                self.apply(batch, &head)?;
                self.head = head;
                return Ok(());
            }
            self.apply(batch, &head)?;
        }
    }

    fn apply(&self, mut batch: sled::Batch, head: &Head) -> Result<(), RowsError> {
        let value = serde_json::to_vec(head).map_err(|e| RowsError::Damaged(e.to_string()))?;
        let key = Key::of(Table::Head).into_bytes();
        let row = seal(&key, &value);
        batch.insert(key, row);
        self.call(|db| db.apply_batch(batch))
    }

    /// Every row, or a sample of each table where there are very many, has its CRC; the counts are right.
    fn check(&self) -> Result<(), RowsError> {
        if self.head.shape != SHAPE || self.head.counts.len() != TABLES {
            return Err(RowsError::Damaged("another version of the program laid it out".to_owned()));
        }
        if self.head.in_parts {
            return Err(RowsError::Damaged("a large change was interrupted".to_owned()));
        }
        if self.head.counts.iter().sum::<u64>() > CHECKED_MAX {
            return self.check_sample();
        }
        let mut seen = Head::empty();
        self.call(|db| {
            for row in db.iter() {
                let (key, row) = row?;
                if let Err(damage) = unseal(&key, &row) {
                    return Ok(Err(RowsError::Damaged(damage)));
                }
                seen.count(&key, false, true);
            }
            Ok(Ok(()))
        })??;
        if seen.counts != self.head.counts {
            return Err(RowsError::Damaged("rows are missing, or there are too many".to_owned()));
        }
        Ok(())
    }

    fn check_sample(&self) -> Result<(), RowsError> {
        for table in 0..TABLES {
            let first = Key::first_of(table);
            let above = first.clone().above();
            let rows = self.range(&first, &above, Order::Up, SAMPLE_ROWS)?.len();
            self.range(&first, &above, Order::Down, SAMPLE_ROWS)?;
            let counted = self.head.counts.get(table).copied().unwrap_or(0);
            let counted = usize::try_from(counted).unwrap_or(usize::MAX).min(SAMPLE_ROWS);
            if table != Table::Head as usize && rows != counted {
                return Err(RowsError::Damaged("rows are missing, or there are too many".to_owned()));
            }
        }
        Ok(())
    }

    fn call<T>(&self, work: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, RowsError> {
        caught(&self.dir, || work(&self.db)).inspect_err(|e| match e {
            RowsError::Damaged(_) => self.note_damage(),
            RowsError::Io { .. } => {}
        })
    }

    fn note_damage(&self) {
        let note = self.dir.join(DAMAGE_NOTE);
        if let Err(e) = std::fs::write(&note, b"") {
            tracing::error!("cannot write {}: {e}", note.display());
        }
    }
}

impl Head {
    fn empty() -> Self {
        Self { shape: SHAPE, last: Spot::genesis(), at: None, counts: vec![0; TABLES], in_parts: false }
    }

    fn count(&mut self, key: &[u8], existed: bool, exists: bool) {
        let table = key.first().copied().unwrap_or(0);
        let Some(count) = self.counts.get_mut(usize::from(table)).filter(|_| table != Table::Head as u8) else {
            return;
        };
        match (existed, exists) {
            (false, true) => *count = count.saturating_add(1),
            (true, false) => *count = count.saturating_sub(1),
            (true, true) | (false, false) => {}
        }
    }
}

impl From<RowsError> for StoreError {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Damaged(why) => Self::RowsDamaged { why },
            // Not even a full disk is waited out: what sled holds in memory cannot be told from what it wrote.
            RowsError::Io { path, source } => Self::Io { what: "use the store in", path, source },
        }
    }
}

/// Threads of sled hold its own lock a moment longer than the store that was closed; ours keeps other processes out.
fn open_sled(dir: &Path, config: &sled::Config) -> Result<sled::Db, RowsError> {
    let held = |e: &RowsError| matches!(e, RowsError::Damaged(why) if why.contains(LOCK_HELD));
    for _ in 0..LOCK_TRIES {
        match caught(dir, || config.open()) {
            Err(e) if held(&e) => std::thread::sleep(LOCK_WAIT),
            opened => return opened,
        }
    }
    Err(RowsError::Io {
        path: dir.to_owned(),
        source: io::Error::new(io::ErrorKind::WouldBlock, "another program has it open"),
    })
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs a call of sled; its panic becomes an error, and says nothing on the terminal.
fn caught<T>(dir: &Path, call: impl FnOnce() -> sled::Result<T>) -> Result<T, RowsError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                before(panic);
            }
        }));
    });
    IS_QUIET.set(true);
    let done = catch_unwind(AssertUnwindSafe(call));
    IS_QUIET.set(false);
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(source))) if !is_damage(source.kind()) => {
            let path = dir.to_owned();
            Err(RowsError::Io { path, source })
        }
        Ok(Err(e)) => Err(RowsError::Damaged(e.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            let first_line = text.and_then(|t| t.lines().next()).unwrap_or("of an unknown kind");
            Err(RowsError::Damaged(format!("sled panicked: {first_line}")))
        }
    }
}

/// How sled reports files that end too early or hold what it never wrote. Other IO errors are the world's: a full disk,
/// missing rights, too many open files.
fn is_damage(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(dir: &Path, cases: u32) -> Rows {
        let mut rows = Rows::open(dir).unwrap();
        let row = |n: u32| Ok((Key::of(Table::Case).number(n.into()).into_bytes(), Some(b"{}".to_vec())));
        let changes = (0..cases).map(row);
        let at = "2026-11-23T09:00:00Z".parse().unwrap();
        rows.write(changes, Spot::genesis(), at).unwrap();
        rows
    }

    #[test]
    fn counts_follow_what_is_written_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let mut rows = rows(dir.path(), 3);
        let key = |n| Key::of(Table::Case).number(n).into_bytes();
        let changes = vec![(key(1), None), (key(2), Some(b"[]".to_vec())), (key(7), Some(vec![])), (key(8), None)];
        let at = "2026-11-23T09:00:00Z".parse().unwrap();
        rows.write(changes.into_iter().map(Ok), Spot::genesis(), at).unwrap();
        assert_eq!(rows.head.counts.get(Table::Case as usize), Some(&3));
        assert_eq!(rows.get(&key(1)).unwrap(), None);
        assert_eq!(rows.get(&key(2)).unwrap().as_deref(), Some(b"[]".as_slice()));
        rows.check().unwrap();
        rows.check_sample().unwrap();
    }

    #[test]
    fn a_lock_that_is_held_is_waited_for_and_is_no_damage() {
        let dir = tempfile::tempdir().unwrap();
        let first = rows(dir.path(), 1);
        let closing = std::thread::spawn(move || {
            std::thread::sleep(3 * LOCK_WAIT);
            drop(first);
        });
        Rows::open(dir.path()).unwrap();
        closing.join().unwrap();
    }

    #[test]
    fn very_many_rows_are_written_in_parts_and_an_interruption_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let many = 2 * TRANSACTION_ROWS_MAX as u32 + 1;
        drop(rows(dir.path(), many));
        let mut rows = Rows::open(dir.path()).unwrap();
        assert_eq!(rows.head.counts.get(Table::Case as usize), Some(&u64::from(many)));

        let row = |n: u32| (Key::of(Table::Story).number(n.into()).into_bytes(), Some(Vec::new()));
        let broken = || StoreError::Stopped { why: String::new() };
        let changes = (0..many).map(|n| if n + 1 < many { Ok(row(n)) } else { Err(broken()) });
        let at = "2026-11-23T09:00:00Z".parse().unwrap();
        assert!(rows.write(changes, Spot::genesis(), at).is_err());
        drop(rows);
        let noticed = Rows::open(dir.path()).err().unwrap().to_string();
        assert_eq!(noticed, "a large change was interrupted");
    }

    #[test]
    fn damage_met_in_use_makes_the_next_opening_refuse() {
        let dir = tempfile::tempdir().unwrap();
        let rows = rows(dir.path(), 3);
        let key = Key::of(Table::Case).number(1).into_bytes();
        rows.db.insert(&key, b"spoilt".as_slice()).unwrap();
        assert!(matches!(rows.get(&key), Err(RowsError::Damaged(_))));
        rows.db.insert(&key, seal(&key, b"{}")).unwrap();
        drop(rows);
        assert!(matches!(Rows::open(dir.path()), Err(RowsError::Damaged(_))));
    }

    #[test]
    fn a_sample_finds_tables_that_are_short_of_rows() {
        let dir = tempfile::tempdir().unwrap();
        let rows = rows(dir.path(), 3);
        rows.db.remove(Key::of(Table::Case).number(1).as_bytes()).unwrap();
        assert!(rows.check_sample().is_err() && rows.check().is_err());
    }

    #[test]
    fn a_panic_of_sled_is_an_error() {
        let caught = caught(Path::new("store"), || -> sled::Result<()> { panic!("a page is odd\nmore") });
        assert_eq!(caught.unwrap_err().to_string(), "sled panicked: a page is odd");
    }
}
