//! The clock's hand: wakes each case at the moment it asked for. Sleeps until the next; an extra tick decides nothing.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use crate::adapters::clock::Clock;
use crate::desk::{DeskError, DeskHandle};
use crate::domain::event::Event;

/// Cases woken before others get a turn.
const CASES_A_TICK_MAX: usize = 256;
const NOTHING_SAID_PAUSE: SignedDuration = SignedDuration::from_mins(10);

pub(super) struct Ticker {
    pub(super) desk: DeskHandle,
    pub(super) clock: Clock,
}

impl Ticker {
    /// Wakes every case whose moment has come, and answers when the next one comes.
    pub(super) async fn tick(&self) -> Result<Option<Timestamp>, DeskError> {
        loop {
            let at = self.clock.now();
            let due = self.desk.look(move |desk| desk.store().due_before(at, CASES_A_TICK_MAX)).await?;
            if due.is_empty() {
                return self.desk.look(|desk| desk.store().next_due()).await;
            }
            let woken =
                join_all(due.into_iter().map(|(_, case)| self.desk.record(Event::MomentCame { at, case }))).await;
            let recorded = woken.into_iter().collect::<Result<Vec<_>, _>>()?;
            if recorded.iter().flatten().all(|handled| handled.step.is_none()) {
                // Nothing came of it, so they would be due again at once.
                warn!(cases = recorded.len(), "Cases asked to be woken and had nothing to say");
                return Ok(at.checked_add(NOTHING_SAID_PAUSE).ok());
            }
        }
    }
}
