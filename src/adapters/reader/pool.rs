//! The reader processes that stand ready: one request at a time each, replaced after a fault and after long service.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tracing::{debug, warn};

use super::process::Process;
use super::wire::{Answer, Confinement, Hello, Request};
use super::{ReaderError, ReaderLimits};

const START_TRIES_MAX: u32 = 3;
const START_GAP: Duration = Duration::from_millis(200);

pub(super) struct Pool {
    program: PathBuf,
    hello: Hello,
    limits: ReaderLimits,
    slots: Semaphore,
    idle: Mutex<Vec<Process>>,
}

/// The request ended the process that was given it, or outlasted its deadline.
pub(super) struct Faulted;

impl Pool {
    pub(super) fn new(program: PathBuf, hello: Hello, limits: ReaderLimits) -> Self {
        Self { program, hello, limits, slots: Semaphore::new(limits.processes.max(1)), idle: Mutex::new(Vec::new()) }
    }

    /// Waits for a free process and asks it. A caller who stops waiting ends the process, since its answer is lost.
    pub(super) async fn ask(&self, request: &Request, body: &[u8]) -> Result<Result<Answer, Faulted>, ReaderError> {
        // The semaphore is never closed.
        let _slot = self.slots.acquire().await.ok();
        let mut process = self.process().await?;
        match process.ask(request, body, self.limits.wall_secs).await {
            Ok(answer) if process.served() < self.limits.requests_per_process_max => {
                self.idle().push(process);
                Ok(Ok(answer))
            }
            Ok(answer) => {
                process.retire().await;
                Ok(Ok(answer))
            }
            Err(fault) => {
                let (status, complaint) = process.end().await;
                warn!("A reader process is replaced: {fault}; {status}");
                debug!("The reader process wrote: {complaint}");
                Ok(Err(Faulted))
            }
        }
    }

    async fn process(&self) -> Result<Process, ReaderError> {
        while let Some(mut process) = self.take_idle() {
            if process.is_running() {
                return Ok(process);
            }
            debug!("An idle reader process had ended and is replaced");
        }
        Ok(self.start().await?.0)
    }

    /// Starts one more process, whatever else there is, and lets it go once it has said how it is confined.
    pub(super) async fn confinement(&self) -> Result<Confinement, ReaderError> {
        let (process, confinement) = self.start().await?;
        process.retire().await;
        Ok(confinement)
    }

    async fn start(&self) -> Result<(Process, Confinement), ReaderError> {
        let mut why = String::new();
        for attempt in 1..=START_TRIES_MAX {
            match Process::start(&self.program, &self.hello).await {
                Ok(started) => return Ok(started),
                Err(error) => why = error,
            }
            tokio::time::sleep(START_GAP * attempt).await;
        }
        Err(ReaderError { program: self.program.display().to_string(), tries: START_TRIES_MAX, why })
    }

    fn take_idle(&self) -> Option<Process> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
