//! The desk on a thread of its own: events come in over a channel, several are committed together, and only after the
//! commit does whoever brought one hear of it.

use std::path::Path;
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
type InOrder = Result<(), Unfinished>;

/// An event, and the message that it is about.
pub type Asked = (Event, Option<Arc<[u8]>>);

/// Some of several events were not recorded: none after the one that failed was tried.
#[derive(Debug)]
pub struct Unfinished {
    /// How many were recorded before it.
    pub done: usize,
    pub error: DeskError,
    /// Those after the one that failed.
    pub rest: Vec<Asked>,
}

enum Job {
    Take { asked: Box<Asked>, reply: oneshot::Sender<Outcome> },
    TakeInOrder { asked: Vec<Asked>, reply: oneshot::Sender<InOrder> },
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
        let job = Job::Take { asked: Box::new((event, raw)), reply };
        self.jobs.send(job).await.map_err(|_| DeskError::Stopped)?;
        answer.await.map_err(|_| DeskError::Stopped)?
    }

    /// Has events decided one after another, with one commit for as many as possible. Stops at the first that fails.
    pub async fn take_in_order(&self, asked: Vec<Asked>) -> InOrder {
        let stopped = || Unfinished { done: 0, error: DeskError::Stopped, rest: Vec::new() };
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job::TakeInOrder { asked, reply }).await.map_err(|_| stopped())?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
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
        let mut round = Round::default();
        let mut next = Some(first);
        while let Some(job) = next.take() {
            round.stage(&mut desk, job)?;
            if round.handled.len() < STEPS_A_COMMIT_MAX {
                next = incoming.try_recv().ok();
            }
        }
        if round.handled.is_empty() {
            round.answer(None);
            continue;
        }
        match desk.commit() {
            Ok(()) => {
                round.tell(&desk, observer);
                round.answer(None);
                announce.send_replace(desk.store.last_step());
            }
            Err(DeskError::Store(StoreError::DiskFull { path })) => round.answer(Some(&path)),
            Err(fault) => {
                // What is durable is known again only after a restart: nothing more may be decided or sent.
                error!(error = %fault, "The records cannot be written: the program stops");
                return Err(fault);
            }
        }
    }
    Ok(())
}

/// What one commit holds, and who waits for it.
#[derive(Default)]
struct Round {
    handled: Vec<Handled>,
    /// With the place of its event in `handled`.
    single: Vec<(usize, oneshot::Sender<Outcome>)>,
    in_order: Vec<(InOrder, oneshot::Sender<InOrder>)>,
}

impl Round {
    /// Decides on a job. Fails only where nothing more may be decided at all.
    fn stage(&mut self, desk: &mut Desk, job: Job) -> Result<(), DeskError> {
        match job {
            Job::Look(look) => look(desk),
            Job::Take { asked, reply } => {
                let (event, raw) = *asked;
                match desk.take(event, raw.as_deref()) {
                    Ok(Ok(handled)) => {
                        self.single.push((self.handled.len(), reply));
                        self.handled.push(handled);
                    }
                    Err(fault) if fault.is_final() => return Err(fault),
                    decided => answer(reply, decided),
                }
            }
            Job::TakeInOrder { asked, reply } => {
                let taken = self.stage_in_order(desk, asked)?;
                self.in_order.push((taken, reply));
            }
        }
        Ok(())
    }

    fn stage_in_order(&mut self, desk: &mut Desk, asked: Vec<Asked>) -> Result<InOrder, DeskError> {
        let mut asked = asked.into_iter();
        let mut done = 0;
        while let Some((event, raw)) = asked.next() {
            match desk.take(event, raw.as_deref()) {
                // A refusal is an answer too, and only commands are refused.
                Ok(decided) => self.handled.extend(decided.ok()),
                Err(fault) if fault.is_final() => return Err(fault),
                Err(error) => return Ok(Err(Unfinished { done, error, rest: asked.collect() })),
            }
            done += 1;
        }
        Ok(Ok(()))
    }

    fn tell(&self, desk: &Desk, observer: &Observer) {
        for handled in &self.handled {
            if let Some(step) = handled.step {
                let event = handled.event.name();
                info!(step, event, cases = ?handled.cases, letters = handled.letters.len(), "Step {step}: {event}");
            }
            observer(desk, handled);
        }
    }

    /// Answers all who wait. `full` is the disk that had no room, so that nothing of the round was recorded.
    fn answer(self, full: Option<&Path>) {
        let disk_full = || full.map(|path| DeskError::from(StoreError::DiskFull { path: path.to_owned() }));
        let mut handled: Vec<Option<Handled>> = self.handled.into_iter().map(Some).collect();
        for (place, reply) in self.single {
            let taken = handled.get_mut(place).and_then(Option::take);
            match (disk_full(), taken) {
                (Some(error), _) => answer(reply, Err(error)),
                (None, Some(handled)) => answer(reply, Ok(Ok(handled))),
                (None, None) => answer(reply, Err(DeskError::Stopped)),
            }
        }
        for (taken, reply) in self.in_order {
            let taken = match disk_full() {
                Some(error) => Err(Unfinished { done: 0, error, rest: Vec::new() }),
                None => taken,
            };
            answer(reply, taken);
        }
    }
}

fn answer<T>(reply: oneshot::Sender<T>, outcome: T) {
    // Whoever asked may have gone away at shutdown; the step is recorded all the same.
    reply.send(outcome).ok();
}
