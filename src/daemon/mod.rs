//! The daemon: one task for each mailbox, one for the clock, the post room and the control socket, round one desk.
//! Assembles and supervises; holds no rules. The only `select!` of the program is here.

mod alarm;
mod backoff;
mod control;
mod jump;
pub mod keyring;
mod looks;
mod post_room;
mod renewals;
mod scan;
mod sent_read;
mod start;
mod take_in;
mod ticker;
mod watch;
mod way_out;

use std::future::Future;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, anyhow};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch as signal;
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use self::alarm::{Alarm, keep_raising};
use self::post_room::PostRoom;
pub use self::renewals::RENEWAL_TOLD_BEFORE;
use self::renewals::{Renewals, keep_looking_ahead};
pub use self::take_in::{FREE_BYTES_LOW, say_too_large};
use self::ticker::Ticker;
use self::watch::{Collector, Watch, WatchError};
use crate::adapters::clock::Clock;
use crate::adapters::control::Server;
use crate::desk::{DeskError, DeskHandle};
use crate::domain::event::{Event, Trouble};

/// Failures in a row after which staff are told that a mailbox cannot be reached.
const FAILURES_TOLD_AFTER: u32 = 3;
/// A refused password is tried again this seldom: repeated attempts lock accounts.
const LOGIN_REFUSED_PAUSE: SignedDuration = SignedDuration::from_mins(15);
/// After news of mail, so that messages that come together are read together.
const NEWS_PAUSE: SignedDuration = SignedDuration::from_secs(1);
const DISK_FULL_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// How long a task may take to finish what it is doing when the program is asked to stop. The post room may finish the
/// letter in hand, which has deadlines of its own: cut off, nobody would know whether it left.
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// Becomes true when the program is asked to stop.
type Stop = signal::Receiver<bool>;

pub struct Daemon {
    desk: DeskHandle,
    desk_thread: JoinHandle<Result<(), DeskError>>,
    clock: Clock,
    watches: Vec<Watch>,
    ticker: Ticker,
    renewals: Renewals,
    post_room: PostRoom,
    alarm: Alarm,
    control: Option<Server>,
    poll: SignedDuration,
}

impl Daemon {
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn desk(&self) -> &DeskHandle {
        &self.desk
    }

    /// Does once what `run` does again and again: looks into every mailbox, wakes what is due and sends what may leave.
    /// Answers when something is due next, beside new mail.
    pub async fn pass(&mut self) -> anyhow::Result<Option<Timestamp>> {
        let (_going_on, mut stop) = signal::channel(false);
        for watch in &mut self.watches {
            watch.look(self.poll, &mut stop).await?;
        }
        let next_moment = waited_out(self.ticker.tick().await, &self.clock)?;
        let next_letter = waited_out(self.post_room.round(&stop).await, &self.clock)?;
        waited_out(self.alarm.round().await.map(|()| None), &self.clock)?;
        Ok(next_moment.into_iter().chain(next_letter).min())
    }

    /// Runs until `shutdown` resolves or a fault makes going on unsafe.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let (stop, stopped) = signal::channel(false);
        let (polled, first_polls) = signal::channel(0_usize);
        let mut tasks = JoinSet::new();
        let mailboxes = self.watches.len();
        for watch in self.watches {
            tasks.spawn(watch_mailbox(watch, self.poll, polled.clone(), stopped.clone()));
        }
        let (ticker, mut ready) = (self.ticker, first_polls);
        let mut stop_waiting = stopped.clone();
        tasks.spawn(async move {
            // Replies that already lie in a mailbox answer their clocks before any notice is decided.
            tokio::select! {
                _ = ready.wait_for(|polled| *polled >= mailboxes) => {}
                _ = stop_waiting.wait_for(|stop| *stop) => return Ok(()),
            }
            keep_ticking(ticker, stop_waiting).await
        });
        tasks.spawn(keep_looking_ahead(self.renewals, stopped.clone()));
        tasks.spawn(keep_raising(self.alarm, stopped.clone()));
        let mut sending = JoinSet::new();
        sending.spawn(keep_sending(self.post_room, stopped.clone()));
        if let Some(server) = self.control {
            tasks.spawn(control::serve(server, self.desk.clone(), self.clock.clone(), stopped.clone()));
        }
        drop(self.desk);
        info!("Running");
        let ended = tokio::select! {
            () = shutdown => Ok(()),
            ended = tasks.join_next() => ended.unwrap_or(Ok(Ok(()))).unwrap_or_else(|panic| Err(anyhow!(panic))),
            ended = sending.join_next() => ended.unwrap_or(Ok(Ok(()))).unwrap_or_else(|panic| Err(anyhow!(panic))),
        };
        info!("Stopping");
        stop.send_replace(true);
        let finish = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_PATIENCE, finish).await.is_err() {
            warn!("A task did not stop in time and is cut off; what it was doing is settled at the next start");
            tasks.shutdown().await;
        }
        while sending.join_next().await.is_some() {}
        let desk = self.desk_thread.join().map_err(|_| anyhow!("the desk panicked; see the log above"))?;
        ended.and(desk.context("the records could not be written"))
    }

    /// Ends a daemon that was only passed over by hand.
    pub fn finish(self) -> anyhow::Result<()> {
        let Self { desk, desk_thread, watches, ticker, renewals, post_room, alarm, .. } = self;
        drop((desk, watches, ticker, renewals, post_room, alarm));
        desk_thread.join().map_err(|_| anyhow!("the desk panicked; see the log above"))??;
        Ok(())
    }
}

/// Why a pause ended.
#[derive(PartialEq, Eq)]
enum Woken {
    Go,
    Stop,
}

/// Waits for a moment, for a change, or for the end.
async fn pause(
    clock: &Clock,
    until: Option<Timestamp>,
    change: impl Future<Output = Result<(), DeskError>>,
    stop: &mut Stop,
) -> Result<Woken, DeskError> {
    let moment = async {
        match until {
            Some(until) => clock.sleep_until(until).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => Ok(Woken::Stop),
        () = moment => Ok(Woken::Go),
        changed = change => changed.map(|()| Woken::Go),
    }
}

/// A full disk is waited out: nothing is decided and nothing leaves until there is room again.
fn waited_out(next: Result<Option<Timestamp>, DeskError>, clock: &Clock) -> Result<Option<Timestamp>, DeskError> {
    match next {
        Err(error) if error.is_disk_full() => {
            error!("{error}");
            Ok(clock.now().checked_add(DISK_FULL_PAUSE).ok())
        }
        next => next,
    }
}

/// What `work` gives, or nothing when the program is asked to stop.
async fn or_stop<T>(work: impl Future<Output = Option<T>>, stop: &mut Stop) -> Option<T> {
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => None,
        done = work => done,
    }
}

async fn keep_ticking(mut ticker: Ticker, mut stop: Stop) -> anyhow::Result<()> {
    let mut desk = ticker.desk.clone();
    loop {
        let ticked = ticker.tick().await;
        let next = waited_out(ticked, &ticker.clock)?;
        if pause(&ticker.clock, next, desk.changed(), &mut stop).await? == Woken::Stop {
            return Ok(());
        }
    }
}

async fn keep_sending(mut post_room: PostRoom, mut stop: Stop) -> anyhow::Result<()> {
    let (mut desk, clock) = (post_room.desk.clone(), post_room.clock.clone());
    loop {
        let next = waited_out(post_room.round(&stop).await, &clock)?;
        if pause(&clock, next, desk.changed(), &mut stop).await? == Woken::Stop {
            return Ok(());
        }
    }
}

async fn watch_mailbox(
    mut watch: Watch,
    poll: SignedDuration,
    polled: signal::Sender<usize>,
    mut stop: Stop,
) -> anyhow::Result<()> {
    let mut first = true;
    while let Some(wait) = watch.look(poll, &mut stop).await? {
        if std::mem::take(&mut first) {
            polled.send_modify(|polled| *polled += 1);
        }
        let rest = async {
            watch.rest(wait).await;
            Some(())
        };
        if or_stop(rest, &mut stop).await.is_none() {
            break;
        }
    }
    Ok(())
}

fn retry_pause(error: &WatchError, failures: u32, poll: SignedDuration) -> SignedDuration {
    if error.is_refused_login() {
        return LOGIN_REFUSED_PAUSE;
    }
    if error.is_disk_full() {
        // Looking again costs nobody anything.
        return poll.min(DISK_FULL_PAUSE);
    }
    match error.rest_secs().and_then(|secs| i64::try_from(secs).ok()) {
        Some(secs) => backoff::rest(SignedDuration::from_secs(secs), backoff::chance()),
        None => backoff::pause(poll, failures, backoff::chance()),
    }
}

impl Watch {
    /// One look into the mailbox and what follows from how it went. Answers how long to wait for the next; `None` when
    /// the program is asked to stop.
    async fn look(&mut self, poll: SignedDuration, stop: &mut Stop) -> anyhow::Result<Option<SignedDuration>> {
        let began = self.collector.take_in.clock().now();
        match self.poll(stop).await {
            Ok(()) => {
                self.looks.note(&self.collector.mailbox, began);
                if self.may_be_in_trouble {
                    match self.recovered().await {
                        // Not over yet: it is ended on the record once there is room for that.
                        Err(error) if error.is_disk_full() => {}
                        recovered => {
                            recovered?;
                            (self.failures, self.may_be_in_trouble) = (0, false);
                        }
                    }
                }
                Ok(Some(poll))
            }
            Err(error) if error.is_stopping() => Ok(None),
            Err(error) if error.stops_the_program() => Err(anyhow!("mailbox {}: {error}", self.collector.mailbox)),
            Err(error) => {
                self.failures += 1;
                self.may_be_in_trouble = true;
                error!(mailbox = %self.collector.mailbox, failures = self.failures, "A mailbox could not be read: {error}");
                self.failed(&error).await?;
                Ok(Some(retry_pause(&error, self.failures, poll)))
            }
        }
    }

    /// Until the next look is due, or the mailbox tells of news.
    async fn rest(&mut self, wait: SignedDuration) {
        // Whatever the clock is put to meanwhile, mail is looked for again in time.
        let (clock, listens) = (self.collector.take_in.clock().clone(), self.failures == 0);
        let news = async {
            if !listens {
                // After a fault the server is left alone.
                std::future::pending::<()>().await;
            }
            self.news().await;
            clock.sleep(NEWS_PAUSE).await;
        };
        tokio::select! {
            () = clock.sleep(wait) => {}
            () = news => {}
        }
    }

    /// Tells staff, once, of a mailbox that stays out of reach or a disk that is full.
    async fn failed(&self, error: &WatchError) -> Result<(), DeskError> {
        let Collector { mailbox, take_in, .. } = &self.collector;
        let mailbox = mailbox.clone();
        let trouble = if error.is_refused_login() {
            Trouble::LoginRefused { mailbox }
        } else if error.is_disk_full() {
            Trouble::DiskFull
        } else if self.failures == FAILURES_TOLD_AFTER && error.is_scanner_down() {
            Trouble::ScannerDown
        } else if self.failures == FAILURES_TOLD_AFTER {
            Trouble::MailboxUnreachable { mailbox }
        } else {
            return Ok(());
        };
        let event = Event::TroubleFound { at: take_in.clock().now(), trouble, detail: format!("{error}.") };
        match take_in.desk().record(event).await {
            // Nothing can be recorded now; staff hear of it once there is room again.
            Err(error) if error.is_disk_full() => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// The mailbox was read again: its troubles are over.
    async fn recovered(&self) -> Result<(), DeskError> {
        let Collector { mailbox, take_in, .. } = &self.collector;
        let troubles = [
            Trouble::DiskFull,
            Trouble::LoginRefused { mailbox: mailbox.clone() },
            Trouble::MailboxUnreachable { mailbox: mailbox.clone() },
        ];
        for trouble in troubles {
            let at = take_in.clock().now();
            take_in.desk().record(Event::TroubleEnded { at, trouble }).await?;
        }
        Ok(())
    }
}
