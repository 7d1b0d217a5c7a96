//! The desk on a thread of its own: events come in over a channel, several are committed together, and only after the
//! commit does whoever brought one hear of it.

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info};

use super::{Desk, DeskError, Handled};
use crate::adapters::store::StoreError;
use crate::domain::decide::Refusal;
use crate::domain::event::Event;

/// Steps that one commit may hold: bounds the time until the first of them is answered.
const STEPS_A_COMMIT_MAX: usize = 64;
const JOBS_WAITING_MAX: usize = 256;

/// Told of every step after its commit.
pub type Observer = Arc<dyn Fn(&Desk, &Handled) + Send + Sync>;

type Outcome = Result<Result<Handled, Refusal>, DeskError>;

enum Job {
    Take { event: Box<Event>, raw: Option<Arc<[u8]>>, reply: oneshot::Sender<Outcome> },
    Look(Box<dyn FnOnce(&Desk) + Send>),
}

/// A way to the desk; cheap to clone.
#[derive(Clone)]
pub struct DeskHandle {
    jobs: mpsc::Sender<Job>,
    committed: watch::Receiver<u64>,
}

/// Starts the desk. It ends when every handle is gone, or at once after a fault that makes going on unsafe.
pub fn serve(desk: Desk, observer: Observer) -> (DeskHandle, JoinHandle<Result<(), DeskError>>) {
    let (jobs, incoming) = mpsc::channel(JOBS_WAITING_MAX);
    let (announce, committed) = watch::channel(desk.store.last_step());
    let thread = std::thread::spawn(move || run(desk, incoming, &announce, &observer));
    (DeskHandle { jobs, committed }, thread)
}

impl DeskHandle {
    /// Has an event decided and committed. `Ok(Err(_))` is a refused command.
    pub async fn take(&self, event: Event, raw: Option<Arc<[u8]>>) -> Outcome {
        let (reply, answer) = oneshot::channel();
        let job = Job::Take { event: Box::new(event), raw, reply };
        self.jobs.send(job).await.map_err(|_| DeskError::Stopped)?;
        answer.await.map_err(|_| DeskError::Stopped)?
    }

    /// As `take`, for events that are never refused.
    pub async fn record(&self, event: Event) -> Result<Option<Handled>, DeskError> {
        Ok(self.take(event, None).await?.ok())
    }

    /// Looks at what is recorded.
    pub async fn look<T, F>(&self, look: F) -> Result<T, DeskError>
    where
        T: Send + 'static,
        F: FnOnce(&Desk) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job::Look(Box::new(move |desk| {
            // The asker may have gone away meanwhile, at shutdown.
            reply.send(look(desk)).ok();
        }));
        self.jobs.send(job).await.map_err(|_| DeskError::Stopped)?;
        Ok(answer.await.map_err(|_| DeskError::Stopped)??)
    }

    /// Resolves when something was committed since the last time.
    pub async fn changed(&mut self) -> Result<(), DeskError> {
        self.committed.changed().await.map_err(|_| DeskError::Stopped)
    }
}

fn run(
    mut desk: Desk,
    mut incoming: mpsc::Receiver<Job>,
    announce: &watch::Sender<u64>,
    observer: &Observer,
) -> Result<(), DeskError> {
    while let Some(first) = incoming.blocking_recv() {
        let mut staged = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next.take() {
            match job {
                Job::Look(look) => look(&desk),
                Job::Take { event, raw, reply } => match desk.take(*event, raw.as_deref()) {
                    Ok(Ok(handled)) => staged.push((handled, reply)),
                    Err(fault) if fault.is_final() => return Err(fault),
                    decided => answer(reply, decided),
                },
            }
            if staged.len() < STEPS_A_COMMIT_MAX {
                next = incoming.try_recv().ok();
            }
        }
        if staged.is_empty() {
            continue;
        }
        match desk.commit() {
            Ok(()) => tell(&desk, staged, announce, observer),
            Err(DeskError::Store(StoreError::DiskFull { path })) => {
                for (_, reply) in staged {
                    answer(reply, Err(StoreError::DiskFull { path: path.clone() }.into()));
                }
            }
            Err(fault) => {
                // What is durable is known again only after a restart: nothing more may be decided or sent.
                error!(error = %fault, "The records cannot be written: the program stops");
                return Err(fault);
            }
        }
    }
    Ok(())
}

fn tell(
    desk: &Desk,
    staged: Vec<(Handled, oneshot::Sender<Outcome>)>,
    announce: &watch::Sender<u64>,
    observer: &Observer,
) {
    for (handled, reply) in staged {
        if let Some(step) = handled.step {
            let event = handled.event.name();
            info!(step, event, cases = ?handled.cases, letters = handled.letters.len(), "Step {step}: {event}");
        }
        observer(desk, &handled);
        answer(reply, Ok(Ok(handled)));
    }
    announce.send_replace(desk.store.last_step());
}

fn answer(reply: oneshot::Sender<Outcome>, outcome: Outcome) {
    // Whoever asked may have gone away at shutdown; the step is recorded all the same.
    reply.send(outcome).ok();
}
