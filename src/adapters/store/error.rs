//! What can be wrong with the records, and what to do about it. Holds no logic but the sorting of IO errors.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::ids::{BlobDigest, CaseRef, LetterId};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the disk that holds {path} is full: nothing was recorded and nothing is lost. Free some space; mail waits in \
         the mailboxes until then"
    )]
    DiskFull { path: PathBuf },
    #[error("cannot {what} {path}: {source}")]
    Io { what: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "{path} is held by process {pid} ({command}) since {since}: only one may use these records at a time. Stop it, \
         or ask it over its socket"
    )]
    Locked { path: PathBuf, pid: u32, command: String, since: String },
    #[error(
        "{path}, line {line} (byte {byte}): {why}. Nothing was changed. Copy the whole folder to a safe place, put back \
         the journal from the newest backup that `journal verify` accepts, and start again"
    )]
    JournalDamaged { path: PathBuf, line: u64, byte: u64, why: String },
    #[error(
        "{path} has {steps} steps, but the store knows step {known}: the journal lost its end or is an older copy. \
         Nothing was recorded. Put back the newest journal that you have. If the lost steps cannot be had, `assured \
         rebuild` gives them up and goes on from step {steps}: what arrived since is then unknown"
    )]
    JournalShort { path: PathBuf, steps: u64, known: u64 },
    #[error(
        "{path}, line {line}: record version {version} is not known to this program, which reads version 1. Nothing was \
         changed. Use the version of the program that wrote it, or a newer one"
    )]
    JournalVersion { path: PathBuf, line: u64, version: u32 },
    #[error(
        "{path}, line {line} is a sound record that this program does not understand ({why}). Nothing was changed. Use \
         the version of the program that wrote it, or a newer one"
    )]
    JournalUnknown { path: PathBuf, line: u64, why: String },
    #[error("the rows of the store are damaged ({why}). Start again: they are then rebuilt from the journal")]
    RowsDamaged { why: String },
    #[error("there is no stored text {digest}: it was disposed of, or the blobs folder is incomplete")]
    BlobMissing { digest: BlobDigest },
    #[error("the stored text {digest} no longer has this digest: put it back from a backup")]
    BlobDamaged { digest: BlobDigest },
    #[error("the install secret {path} is not 32 bytes long: put it back from a backup, or delete it to get a new one")]
    SecretDamaged { path: PathBuf },
    #[error("the records stopped after a fault and take nothing more ({why}). End the program and start it again")]
    Stopped { why: String },
    #[error("step {step} names {case}, which was never opened: a fault of the program")]
    NoSuchCase { step: u64, case: CaseRef },
    #[error("step {step} opens {case} again: a fault of the program")]
    CaseExists { step: u64, case: CaseRef },
    #[error("step {step} queues letter {letter}: letters are numbered by their step, from 0: a fault of the program")]
    LetterMisnumbered { step: u64, letter: LetterId },
    #[error("step {step} names letter {letter}, which was never queued: a fault of the program")]
    NoSuchLetter { step: u64, letter: LetterId },
    #[error("step {step} takes {bytes} bytes in the journal, more than the {max} allowed")]
    StepTooLong { step: u64, bytes: usize, max: usize },
    #[error("cannot write a record as JSON: {0}")]
    Encode(#[from] serde_json::Error),
}

impl StoreError {
    /// Sorts out a full disk, which is waited out, from all other faults.
    pub(super) fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if is_disk_full(&source) {
            return Self::DiskFull { path };
        }
        Self::Io { what, path, source }
    }
}

pub(super) fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
