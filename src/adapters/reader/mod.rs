//! Reads messages and documents in processes of their own, since a hostile file may abort, overflow or hang whatever
//! reads it, or even take it over. Such a file costs its own message its reading, as a finding, and nothing else: the
//! process sees no file, no network and no secret. Must not parse in-process.

pub mod confine;
mod ladder;
mod pool;
mod process;
pub mod wire;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::reading::{Document, Finding, MessageFacts, Taught};
use crate::intake::Receiver;

use pool::Pool;
use wire::{Confinement, Confines, Hello, VERSION};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderLimits {
    /// How many reader processes may run at once.
    pub processes: usize,
    /// The longest that one request may take, waiting included; then the process is killed.
    pub wall_secs: u64,
    /// Processor time for one request.
    pub cpu_secs: u64,
    pub address_space_bytes: u64,
    pub stack_bytes: usize,
    /// A process is replaced after so many requests, so that what it leaks stays small.
    pub requests_per_process_max: u32,
}

impl Default for ReaderLimits {
    fn default() -> Self {
        Self {
            processes: 2,
            wall_secs: 60,
            cpu_secs: 20,
            address_space_bytes: 768 * 1024 * 1024,
            stack_bytes: 8 * 1024 * 1024,
            requests_per_process_max: 1_000,
        }
    }
}

/// A bad world: no reader process can be had, whatever is to be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "no reader process could be started from {program} ({tries} tries): {why}. Check that this file exists, may be \
     executed and is of the same version as this program, and that the machine has memory to spare"
)]
pub struct ReaderError {
    program: String,
    tries: u32,
    why: String,
}

/// A pool of reader processes. Clones share it. Processes start when first needed and end with the last clone.
#[derive(Clone)]
pub struct Reader {
    pool: Arc<Pool>,
}

impl Reader {
    /// `program` is run as `program read`: [`own_program`], or in a test the path of the binary.
    pub fn start(program: PathBuf, receiver: &Receiver, limits: ReaderLimits) -> Self {
        let hello = Hello {
            version: VERSION,
            receiver: receiver.clone(),
            confines: Confines {
                address_space_bytes: limits.address_space_bytes,
                cpu_secs: limits.cpu_secs,
                stack_bytes: limits.stack_bytes,
            },
        };
        Self { pool: Arc::new(Pool::new(program, hello, limits)) }
    }

    /// Reads one message with its documents. A message that cannot be read safely is facts with the finding `hostile`.
    pub async fn read(&self, raw: Arc<[u8]>) -> Result<MessageFacts, ReaderError> {
        ladder::message(&self.pool, &raw).await
    }

    /// As [`Reader::read`], with the documents listed and none opened.
    pub async fn list(&self, raw: Arc<[u8]>) -> Result<MessageFacts, ReaderError> {
        ladder::message_without_documents(&self.pool, &raw).await
    }

    /// What a process that were taken over could not do, asked of one that is started for it.
    pub async fn confinement(&self) -> Result<Confinement, ReaderError> {
        self.pool.confinement().await
    }

    /// Reads one file that came without a message.
    pub async fn document(&self, name: &str, bytes: Arc<[u8]>) -> Result<Document, ReaderError> {
        ladder::document(&self.pool, name, &bytes).await
    }

    /// Learns a profile from a blank workbook; else a finding says why there is none.
    pub async fn teach(&self, name: &str, bytes: Arc<[u8]>) -> Result<Result<Taught, Box<Finding>>, ReaderError> {
        ladder::teach(&self.pool, name, &bytes).await
    }
}

/// This very program, even after the file it was started from has been replaced by an upgrade.
pub fn own_program() -> PathBuf {
    let kernel = Path::new("/proc/self/exe");
    match kernel.exists() {
        true => kernel.to_path_buf(),
        false => std::env::current_exe().unwrap_or_else(|_| PathBuf::from("assured")),
    }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}
