//! The journal: the truth and the audit trail, one file of lines that is only ever appended to. Appends and syncs,
//! reads with the chain checked, and sets aside what an interrupted write left. Does not know what a step means.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::digest::sha256_hex;
use super::error::{StoreError, is_disk_full};
use super::files;
use super::line::{self, BYTES_MAX, GENESIS, VERSION};
use crate::domain::step::Step;

/// Where a line stands and what it hashes to. Number 0 is the place before the first line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Spot {
    pub(super) number: u64,
    pub(super) hash: String,
    pub(super) start: u64,
    /// The offset behind its line end.
    pub(super) end: u64,
}

impl Spot {
    pub(super) fn genesis() -> Self {
        Self { number: 0, hash: GENESIS.to_owned(), start: 0, end: 0 }
    }

    /// Where the line comes to stand that follows this one.
    pub(super) fn after(&self, line: &[u8]) -> Self {
        let bytes = u64::try_from(line.len()).unwrap_or(u64::MAX);
        Self {
            number: self.number.saturating_add(1),
            hash: sha256_hex(line),
            start: self.end,
            end: self.end.saturating_add(bytes).saturating_add(1),
        }
    }
}

#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    /// Everything before is synced.
    durable_bytes: u64,
}

pub(super) fn path_in(dir: &Path) -> PathBuf {
    dir.join("journal").join("steps.jsonl")
}

impl Journal {
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = path_in(dir);
        let folder = dir.join("journal");
        files::private_dir(&folder)?;
        let is_new = !path.exists();
        let file =
            files::private_file().read(true).append(true).open(&path).map_err(|e| StoreError::io("open", &path, e))?;
        if is_new {
            files::sync_dir(&folder)?;
            files::sync_dir(dir)?;
        }
        let durable_bytes = file.metadata().map_err(|e| StoreError::io("measure", &path, e))?.len();
        Ok(Self { file, path, durable_bytes })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.durable_bytes
    }

    /// It has fewer steps than were once recorded.
    pub(super) fn short(&self, steps: u64, known: u64) -> StoreError {
        StoreError::JournalShort { path: self.path.clone(), steps, known }
    }

    pub(super) fn reader(&self, from: Spot) -> Result<Reader, StoreError> {
        Reader::open(&self.path, from, self.durable_bytes)
    }

    /// What stands now where a line stood; its hash tells whether it is the same.
    pub(super) fn line_at(&self, spot: &Spot) -> Result<Spot, StoreError> {
        let before = Spot { number: spot.number.saturating_sub(1), end: spot.start, ..Spot::genesis() };
        let mut reader = Reader::open(&self.path, before.clone(), spot.end)?;
        reader.read_line(spot.start)?;
        reader.line.pop_if(|last| *last == b'\n');
        Ok(before.after(&reader.line))
    }

    /// The step whose line begins at this offset.
    pub(super) fn step_at(&self, start: u64) -> Result<Step, StoreError> {
        let before = Spot { end: start, ..Spot::genesis() };
        let mut reader = Reader::open(&self.path, before, self.durable_bytes)?;
        reader.read_line(start)?;
        reader.line.pop_if(|last| *last == b'\n');
        Ok(line::decode(&reader.line)?.1)
    }

    /// Appends whole lines and syncs them. `DiskFull`: the file is as it was before. Any other error leaves its end
    /// unknown, and the program must stop.
    pub(super) fn append(&mut self, lines: &[u8]) -> Result<(), StoreError> {
        if let Err(e) = self.file.write_all(lines) {
            let fault = StoreError::io("append to", &self.path, e);
            if matches!(fault, StoreError::DiskFull { .. }) {
                self.truncate(self.durable_bytes)?;
            }
            return Err(fault);
        }
        self.sync()?;
        let bytes = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        self.durable_bytes = self.durable_bytes.saturating_add(bytes);
        Ok(())
    }

    /// Copies what follows the last sound line to `aside`, then cuts it off.
    pub(super) fn cut(&mut self, torn: &Torn, aside: &Path) -> Result<(), StoreError> {
        let copy = || {
            let mut from = File::open(&self.path)?;
            from.seek(SeekFrom::Start(torn.start))?;
            let mut to = files::private_file().write(true).truncate(true).open(aside)?;
            std::io::copy(&mut from.take(torn.bytes), &mut to)?;
            to.sync_all()
        };
        copy().map_err(|e| StoreError::io("set aside the end of the journal as", aside, e))?;
        if let Some(folder) = aside.parent() {
            files::sync_dir(folder)?;
        }
        self.truncate(torn.start)?;
        self.durable_bytes = torn.start;
        Ok(())
    }

    fn truncate(&self, bytes: u64) -> Result<(), StoreError> {
        let failed = |e| StoreError::Io { what: "cut back", path: self.path.clone(), source: e };
        self.file.set_len(bytes).map_err(failed)?;
        self.sync()
    }

    /// What a failed sync leaves on the disk is unknown, so that not even a full disk is waited out here.
    fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(|source| StoreError::Io {
            what: if is_disk_full(&source) { "sync (the disk is full)" } else { "sync" },
            path: self.path.clone(),
            source,
        })
    }
}

/// Bytes at the end of the journal that are no record: an interrupted write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Torn {
    /// The number that the record there would have had.
    pub(super) number: u64,
    pub(super) start: u64,
    pub(super) bytes: u64,
    /// Not even its line end was written.
    pub(super) is_unfinished: bool,
}

pub(super) enum Next {
    Line(Spot),
    Torn(Torn),
    End,
}

/// Reads lines up to a fixed end, so that it may run beside a process that appends.
pub(super) struct Reader {
    file: BufReader<File>,
    path: PathBuf,
    last: Spot,
    end: u64,
    line: Vec<u8>,
}

impl Reader {
    pub(super) fn open(path: &Path, from: Spot, end: u64) -> Result<Self, StoreError> {
        let mut file = File::open(path).map_err(|e| StoreError::io("open", path, e))?;
        file.seek(SeekFrom::Start(from.end)).map_err(|e| StoreError::io("read", path, e))?;
        Ok(Self {
            file: BufReader::with_capacity(1 << 16, file),
            path: path.to_owned(),
            last: from,
            end,
            line: Vec::new(),
        })
    }

    /// The last line that was read, without its line end.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// The next line with its link of the chain checked.
    pub(super) fn next_line(&mut self) -> Result<Next, StoreError> {
        if self.read_line(self.last.end)? == 0 {
            return Ok(Next::End);
        }
        let complete = self.line.pop_if(|last| *last == b'\n').is_some();
        match line::header(&self.line) {
            Some(header) if complete => self.follows(&header),
            Some(_) | None => self.torn(complete),
        }
    }

    /// As `next_line`, with the step.
    pub(super) fn next_step(&mut self) -> Result<(Next, Option<Step>), StoreError> {
        if self.read_line(self.last.end)? == 0 {
            return Ok((Next::End, None));
        }
        let complete = self.line.pop_if(|last| *last == b'\n').is_some();
        if !complete {
            return Ok((self.torn(complete)?, None));
        }
        match line::decode(&self.line) {
            Ok((header, step)) => Ok((self.follows(&header)?, Some(step))),
            Err(unknown) => match line::header(&self.line) {
                Some(header) => {
                    self.follows(&header)?;
                    Err(StoreError::JournalUnknown {
                        path: self.path.clone(),
                        line: header.n,
                        why: unknown.to_string(),
                    })
                }
                None => Ok((self.torn(complete)?, None)),
            },
        }
    }

    fn follows(&mut self, header: &line::Header) -> Result<Next, StoreError> {
        let here = self.last.after(&self.line);
        if header.v != VERSION {
            return Err(StoreError::JournalVersion { path: self.path.clone(), line: here.number, version: header.v });
        }
        if header.n != here.number {
            return Err(self.damaged(format!("it has number {} where {} is due", header.n, here.number)));
        }
        if header.prev != self.last.hash {
            return Err(self.damaged("it does not follow from the line before: one of the two was changed".to_owned()));
        }
        self.last = here.clone();
        Ok(Next::Line(here))
    }

    /// The line is no record. At the end of the file that is an interrupted write; before another record it is damage.
    fn torn(&mut self, complete: bool) -> Result<Next, StoreError> {
        let start = self.last.end;
        let mut offset = start;
        let mut bytes = self.line.len() + 1;
        let mut is_unfinished = !complete;
        loop {
            offset = offset.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
            bytes = self.read_line(offset)?;
            if bytes == 0 {
                break;
            }
            is_unfinished = false;
            if line::header(&self.line).is_some() {
                return Err(self.damaged("it is no record, though records follow it".to_owned()));
            }
        }
        Ok(Next::Torn(Torn {
            number: self.last.number.saturating_add(1),
            start,
            bytes: self.end.saturating_sub(start),
            is_unfinished,
        }))
    }

    fn read_line(&mut self, offset: u64) -> Result<usize, StoreError> {
        self.line.clear();
        let left = self.end.saturating_sub(offset);
        let most = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX).min(left);
        (&mut self.file).take(most).read_until(b'\n', &mut self.line).map_err(|e| StoreError::io("read", &self.path, e))
    }

    pub(super) fn damaged(&self, why: String) -> StoreError {
        StoreError::JournalDamaged {
            path: self.path.clone(),
            line: self.last.number.saturating_add(1),
            byte: self.last.end,
            why,
        }
    }
}
