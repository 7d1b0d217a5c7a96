//! Has a virus scanner look at each message before it is read, where one is configured. What it found is not opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;
use tracing::{error, warn};

use super::take_in::TakeInError;
use crate::adapters::clamd::{Clamd, ClamdError, Scanned};
use crate::adapters::clock::Clock;
use crate::config::{ScanSettings, WhenDown};
use crate::desk::DeskHandle;
use crate::domain::event::{Event, Trouble};
use crate::domain::ids::Place;
use crate::domain::reading::{Finding, FindingCode, MessageFacts};

/// Attempts at one message by a scanner that was there before each. Then the message is to blame, and holds up no other.
const ATTEMPTS_MAX: u32 = 3;

#[derive(Clone)]
pub(super) struct Scan {
    clamd: Clamd,
    when_down: WhenDown,
    state: Arc<Mutex<State>>,
}

struct State {
    /// Staff may have been told that the scanner is down, also before a restart.
    may_be_down: bool,
    /// Failed attempts at a message; counted from 0 at every start.
    attempts: BTreeMap<Place, u32>,
}

/// Why a message is recorded and its attachments stay closed.
pub(super) enum Unopened {
    Infected {
        signature: String,
    },
    TooLarge,
    /// The scanner failed at it, again and again.
    Unscanned,
}

impl Scan {
    pub(super) fn new(settings: &ScanSettings) -> Self {
        let state = State { may_be_down: true, attempts: BTreeMap::new() };
        Self { clamd: settings.clamd(), when_down: settings.when_down, state: Arc::new(Mutex::new(state)) }
    }

    /// `None`: the message may be read. An error: it waits in its mailbox until the scanner is back.
    pub(super) async fn examine(
        &self,
        place: &Place,
        raw: &[u8],
        desk: &DeskHandle,
        clock: &Clock,
    ) -> Result<Option<Unopened>, TakeInError> {
        // Asked before each message, so that a scanner which is down is told from one that a message brought down.
        let scanned = match self.clamd.ping().await {
            Ok(()) => self.clamd.scan(raw).await.map_err(Fault::AtMessage),
            Err(error) => Err(Fault::Down(error)),
        };
        match scanned {
            Ok(scanned) => {
                self.worked(place, desk, clock).await?;
                Ok(match scanned {
                    Scanned::Clean => None,
                    Scanned::Infected { signature } => {
                        warn!(at = ?place.at, "The virus scanner found {signature}: nothing attached is opened");
                        Some(Unopened::Infected { signature })
                    }
                    Scanned::TooLarge => Some(Unopened::TooLarge),
                })
            }
            Err(fault) => self.failed(place, fault, desk, clock).await,
        }
    }

    async fn worked(&self, place: &Place, desk: &DeskHandle, clock: &Clock) -> Result<(), TakeInError> {
        let mut state = self.state.lock().await;
        state.attempts.remove(place);
        if state.may_be_down {
            desk.record(Event::TroubleEnded { at: clock.now(), trouble: Trouble::ScannerDown }).await?;
            state.may_be_down = false;
        }
        Ok(())
    }

    async fn failed(
        &self,
        place: &Place,
        fault: Fault,
        desk: &DeskHandle,
        clock: &Clock,
    ) -> Result<Option<Unopened>, TakeInError> {
        let mut state = self.state.lock().await;
        state.may_be_down = true;
        let error = match fault {
            Fault::Down(error) => error,
            Fault::AtMessage(error) => {
                let attempts = state.attempts.entry(place.clone()).or_insert(0);
                *attempts += 1;
                if *attempts >= ATTEMPTS_MAX && self.when_down == WhenDown::Hold {
                    error!(at = ?place.at, "A message is not opened, since it cannot be scanned: {error}");
                    state.attempts.remove(place);
                    return Ok(Some(Unopened::Unscanned));
                }
                error
            }
        };
        match self.when_down {
            WhenDown::Hold => Err(TakeInError::Scanner(error)),
            WhenDown::GoOn => {
                let detail = format!("{error}. Mail is read without it.");
                desk.record(Event::TroubleFound { at: clock.now(), trouble: Trouble::ScannerDown, detail }).await?;
                Ok(None)
            }
        }
    }
}

enum Fault {
    Down(ClamdError),
    AtMessage(ClamdError),
}

impl Unopened {
    /// Says of each attachment that was only listed why it stays closed; of the message itself where it has none.
    pub(super) fn say(&self, facts: &mut MessageFacts) {
        let listed = facts.documents.iter_mut().filter(|document| document.problem.is_none());
        for document in listed {
            document.problem = Some(self.code());
            document.findings.push(Finding::new(self.code(), self.message(&document.name)));
        }
        if facts.documents.is_empty() {
            facts.findings.push(Finding::new(self.code(), self.message("anything in your message")));
        }
    }

    fn code(&self) -> FindingCode {
        match self {
            Self::Infected { .. } => FindingCode::Infected,
            Self::TooLarge => FindingCode::TooLarge,
            Self::Unscanned => FindingCode::Hostile,
        }
    }

    fn message(&self, what: &str) -> String {
        match self {
            Self::Infected { signature } => format!(
                "We did not open {what}: our virus scanner found “{signature}” in the message. Have your computer \
                 checked, then send a clean copy in a new message."
            ),
            Self::TooLarge => {
                format!(
                    "We did not open {what}: the message is larger than our virus scanner can examine. Send your \
                     documents one by one."
                )
            }
            Self::Unscanned => format!(
                "We did not open {what}: our virus scanner could not examine the message. Save your documents again \
                 as .xlsx workbooks or .docx documents and send them in a new message."
            ),
        }
    }
}
