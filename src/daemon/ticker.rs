//! The clock's hand: wakes each case at the moment it asked for, and looks after what did not come in its time. Sleeps
//! until the next moment; an extra tick decides nothing. Tells when the clock itself was put back: notices then wait by themselves, until it shows their time again. After one
//! that was put forward they are made to wait: see `jump`.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tracing::{error, warn};

use super::jump::{JumpWatch, Reading};
use super::looks::LooksTaken;
use crate::adapters::clock::Clock;
use crate::desk::{Desk, DeskError, DeskHandle};
use crate::domain::event::{Event, Trouble};

/// Cases woken before others get a turn.
const CASES_A_TICK_MAX: usize = 256;
const NOTHING_SAID_PAUSE: SignedDuration = SignedDuration::from_mins(10);
/// More than clocks are put right by in the ordinary run of things.
const CLOCK_BEHIND_MAX: SignedDuration = SignedDuration::from_mins(10);
/// While notices wait after a jump, the clock may be put right at any time.
const JUMPED_PAUSE: SignedDuration = SignedDuration::from_mins(1);

pub(super) struct Ticker {
    pub(super) desk: DeskHandle,
    pub(super) clock: Clock,
    pub(super) jump: JumpWatch,
    pub(super) looks: LooksTaken,
}

impl Ticker {
    /// Wakes every case whose moment has come, and answers when the next one comes.
    pub(super) async fn tick(&mut self) -> Result<Option<Timestamp>, DeskError> {
        if self.tell_of_clock().await? {
            return Ok(self.clock.now().checked_add(JUMPED_PAUSE).ok());
        }
        let next = [self.begin_day().await?, self.keep_vigil().await?].into_iter().flatten().min();
        loop {
            let at = self.clock.now();
            let due = self.desk.look(move |desk| desk.store().due_before(at, CASES_A_TICK_MAX)).await?;
            if due.is_empty() {
                let case = self.desk.look(|desk| desk.store().next_due()).await?;
                return Ok(case.into_iter().chain(next).min());
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

    /// Has the digest of a day written, and answers when the next one may be.
    async fn begin_day(&self) -> Result<Option<Timestamp>, DeskError> {
        let at = self.clock.now();
        let (day, next) = self.desk.look(move |desk| desk.day_to_begin(at)).await?;
        if let Some(day) = day {
            self.desk.record(Event::DayBegan { at, day }).await?;
        }
        Ok(next)
    }

    /// Has recorded what is to be said of the mail that comes, and the messages to ourselves written; answers when to ask
    /// again.
    async fn keep_vigil(&self) -> Result<Option<Timestamp>, DeskError> {
        let (at, looks) = (self.clock.now(), self.looks.all());
        let (events, next) = self.desk.look(move |desk| desk.vigil(at, &looks)).await?;
        let mut next = next;
        for event in events {
            if let Event::TroubleFound { trouble, detail, .. } = &event {
                error!(?trouble, "{detail}");
            }
            if self.desk.record(event).await?.is_some_and(|handled| handled.step.is_some()) {
                next = Some(at);
            }
        }
        Ok(next)
    }

    /// `true` while notices wait after a jump.
    async fn tell_of_clock(&mut self) -> Result<bool, DeskError> {
        let look = |desk: &Desk| Ok((desk.store().last_at(), desk.store().troubles()?));
        let (last, troubles) = self.desk.look(look).await?;
        let reading = self.clock.reading();
        let at = reading.now;
        let jumped = self.jump.look(reading);
        let waits = jumped.is_some();
        for (trouble, found) in [(Trouble::ClockBehind, behind(last, at)), (Trouble::ClockJumped, jumped)] {
            let event = match (found, troubles.contains(&trouble)) {
                (Some(detail), false) => {
                    warn!(?trouble, "{detail}");
                    Event::TroubleFound { at, trouble, detail }
                }
                (None, true) => Event::TroubleEnded { at, trouble },
                // Nothing new: recording it all the same would wake the ticker again.
                (Some(_), true) | (None, false) => continue,
            };
            self.desk.record(event).await?;
        }
        Ok(waits)
    }
}

impl Clock {
    pub(super) fn reading(&self) -> Reading {
        Reading { now: self.now(), steady: self.steady() }
    }
}

/// What is wrong with a clock that shows `at` after a step of `last`.
fn behind(last: Option<Timestamp>, at: Timestamp) -> Option<String> {
    let last = last.filter(|last| last.duration_since(at) > CLOCK_BEHIND_MAX)?;
    let words = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
    Some(format!("The clock shows {}, but the last entry on the record is of {}.", words(at), words(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_behind_when_it_shows_over_ten_minutes_before_the_last_step() {
        let at = |text: &str| format!("2026-11-23T{text}Z").parse::<Timestamp>().unwrap();
        assert_eq!(behind(None, at("09:00:00")), None);
        for last in ["08:00:00", "09:00:00", "09:10:00"] {
            assert_eq!(behind(Some(at(last)), at("09:00:00")), None, "{last}");
        }
        let detail = behind(Some(at("09:10:01")), at("09:00:00")).unwrap();
        assert!(
            detail.contains("shows 2026-11-23 09:00 UTC") && detail.contains("of 2026-11-23 09:10 UTC"),
            "{detail}"
        );
    }
}
