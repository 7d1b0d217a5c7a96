//! The post room: the only place that sends. Each letter passes the gate, its attempt is recorded before it is made,
//! and what became of it afterwards.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::Stop;
use super::sent_read::SentRead;
use super::way_out::WayOut;
use crate::adapters::clock::Clock;
use crate::adapters::smtp::{Delivery, Outgoing};
use crate::adapters::store::StoreError;
use crate::desk::{Desk, DeskError, DeskHandle};
use crate::domain::event::{Event, Outcome, Trouble};
use crate::domain::gate::Gate;
use crate::domain::ids::{LetterId, MailboxName};
use crate::domain::outbox::{LetterState, OutboxLetter};

/// Letters taken up together, beside those that are known to stay.
const LETTERS_AT_ONCE: usize = 1_000;
/// How soon to ask again whether the Sent folder was read.
const SENT_READ_PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// Bounds memory while very many letters may not leave.
const LETTERS_LOOKED_AT_MAX: usize = 100_000;

pub(super) struct PostRoom {
    pub(super) desk: DeskHandle,
    pub(super) clock: Clock,
    pub(super) ways_out: BTreeMap<MailboxName, WayOut>,
    pub(super) sent_read: SentRead,
    /// Letters that may not leave now. They are asked about again when that may have changed.
    pub(super) put_off: BTreeMap<LetterId, PutOff>,
    /// Every attempt on the record has an end.
    pub(super) settled: bool,
}

/// Why a letter may not leave, which is logged once, and until when.
pub(super) struct PutOff {
    until: Until,
    why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Moment(Timestamp),
    /// While the switches are these: while the program runs, nothing else opens the gate for a letter.
    Switched(Switches),
}

/// What staff can switch about the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Switches {
    partner_mail_stopped: bool,
    breaker_tripped: bool,
}

impl PostRoom {
    /// Sends what is due, and answers when to look again. Asked to stop, it ends with the letter in hand.
    pub(super) async fn round(&mut self, stop: &Stop) -> Result<Option<Timestamp>, DeskError> {
        if !self.settled {
            self.settle().await?;
        }
        // What goes wrong from here on may leave an attempt without an end.
        self.settled = false;
        let next = self.work(stop).await?;
        self.settled = true;
        Ok(next)
    }

    /// An attempt without an end, after a stop or a full disk, may or may not have delivered its letter.
    async fn settle(&self) -> Result<(), DeskError> {
        let letters = self.desk.look(|desk| desk.store().letters_before(Timestamp::MAX, usize::MAX)).await?;
        let tried = letters.into_iter().filter(|letter| matches!(letter.state, LetterState::Trying { .. }));
        for letter in tried {
            let reason = "the program stopped while it was being sent".to_owned();
            self.end(letter.letter.id, Outcome::Unknown { reason }).await?;
        }
        Ok(())
    }

    async fn work(&mut self, stop: &Stop) -> Result<Option<Timestamp>, DeskError> {
        let now = self.clock.now();
        let mut limit = LETTERS_AT_ONCE.saturating_add(self.put_off.len()).min(LETTERS_LOOKED_AT_MAX);
        loop {
            let look = move |desk: &Desk| Ok((desk.store().letters_before(now, limit)?, desk.switches()?));
            let (due, switches) = self.desk.look(look).await?;
            let looked_at = due.len();
            let seen_all = looked_at < limit;
            if seen_all {
                let waiting: BTreeSet<LetterId> = due.iter().map(|letter| letter.letter.id).collect();
                self.put_off.retain(|id, _| waiting.contains(id));
            }
            let ready: Vec<_> = due.into_iter().filter(|letter| self.is_ready(letter, switches, now)).collect();
            let none_ready = ready.is_empty();
            for letter in ready {
                if *stop.borrow() {
                    return Ok(None);
                }
                // The way may have failed for a letter before it.
                if !self.rests(&letter) {
                    self.send(letter).await?;
                }
            }
            if !none_ready {
                // What became of them may have led to a letter of its own.
                continue;
            }
            if seen_all || limit == LETTERS_LOOKED_AT_MAX {
                return self.next(now, looked_at).await;
            }
            // Letters that may not leave must not keep those behind them from leaving.
            limit = limit.saturating_mul(4).min(LETTERS_LOOKED_AT_MAX);
        }
    }

    /// When to look again after `now`, if nothing happens before; `due` letters were due then.
    async fn next(&self, now: Timestamp, due: usize) -> Result<Option<Timestamp>, DeskError> {
        let look = move |desk: &Desk| match desk.store().next_letter_due()? {
            // It stays: the first that is not due yet lies behind it.
            Some(at) if at <= now => {
                let letters = desk.store().letters_before(Timestamp::MAX, due.saturating_add(1))?;
                Ok(letters.iter().filter_map(OutboxLetter::due_at).find(|at| *at > now))
            }
            next => Ok(next),
        };
        let next = self.desk.look(look).await?;
        let freed = self.put_off.values().filter_map(|put_off| match put_off.until {
            Until::Moment(at) => Some(at),
            Until::Switched(_) => None,
        });
        let rested = self.ways_out.values().filter_map(WayOut::rests_until);
        Ok(next.into_iter().chain(rested).chain(freed).filter(|at| *at > now).min())
    }

    fn is_ready(&self, letter: &OutboxLetter, switches: Switches, now: Timestamp) -> bool {
        let put_off = self.put_off.get(&letter.letter.id).is_some_and(|put_off| put_off.until.holds(switches, now));
        matches!(letter.state, LetterState::Waiting { .. }) && !put_off && !self.rests(letter)
    }

    fn put_off(&mut self, letter: LetterId, until: Until, why: String) {
        if self.put_off.get(&letter).is_none_or(|before| before.why != why) {
            match until {
                Until::Moment(at) => warn!(%letter, until = %at, "A letter waits: {why}"),
                Until::Switched(_) => warn!(%letter, "A letter stays: {why}"),
            }
        }
        self.put_off.insert(letter, PutOff { until, why });
    }

    /// No letter is tried by a way that just failed, unless a person asked for this one.
    fn rests(&self, letter: &OutboxLetter) -> bool {
        let asked_for = letter.attempts > 0 && matches!(letter.state, LetterState::Waiting { reason: None, .. });
        let until = self.ways_out.get(&letter.letter.mailbox).and_then(WayOut::rests_until);
        !asked_for && until.is_some_and(|until| until > self.clock.now())
    }

    fn owes_a_look(&self, letter: &OutboxLetter, now: Timestamp) -> bool {
        let since = letter.due_at().filter(|_| letter.may_have_left);
        since.is_some_and(|since| self.sent_read.is_owed(&letter.letter.mailbox, since, now))
    }

    async fn send(&mut self, letter: OutboxLetter) -> Result<(), DeskError> {
        let (id, to) = (letter.letter.id, letter.letter.to.clone());
        let (at, about) = (self.clock.now(), letter.clone());
        if self.owes_a_look(&letter, at) {
            let why = "it may have left already, and the Sent folder is to be read first".to_owned();
            self.put_off(id, Until::Moment(at.saturating_add(SENT_READ_PAUSE).unwrap_or(at)), why);
            return Ok(());
        }
        let look = move |desk: &Desk| {
            let raw = desk.store().blob(&about.letter.raw)?;
            Ok((desk.gate(&about, &raw, at)?, desk.switches()?, raw))
        };
        let (gate, switches, raw) = match self.desk.look(look).await {
            // A person may have disposed of its text: the other letters still leave.
            Err(error) if error.is_of_one_letter() => {
                return self.end(id, Outcome::Refused { reason: error.to_string() }).await;
            }
            looked => looked?,
        };
        match gate {
            Gate::Pass => {}
            Gate::NotBefore { at, why } => {
                self.put_off(id, Until::Moment(at), why);
                return Ok(());
            }
            Gate::Closed { why } => {
                self.put_off(id, Until::Switched(switches), why);
                return Ok(());
            }
            Gate::Trip { why } => {
                let event = Event::TroubleFound { at, trouble: Trouble::BreakerTripped, detail: format!("{why}.") };
                self.put_off(id, Until::Switched(Switches { breaker_tripped: true, ..switches }), why);
                self.desk.record(event).await?;
                return Ok(());
            }
        }
        let Some(way_out) = self.ways_out.get_mut(&letter.letter.mailbox) else {
            let why = format!("no way out is configured for mailbox {}", letter.letter.mailbox);
            self.put_off(id, Until::Switched(switches), why);
            return Ok(());
        };
        // No byte goes to SMTP before the attempt is on the record.
        let started = self.desk.record(Event::AttemptStarted { at, letter: id }).await?;
        if started.is_none() {
            // It was withdrawn while it was in hand.
            return Ok(());
        }
        let name = format!("{}-{id}-{}.eml", at.as_second(), letter.letter.kind.name());
        let reverse_path = way_out.reverse_path().cloned();
        let outgoing = Outgoing { reverse_path: reverse_path.as_ref(), to: &to, name: &name, raw: &raw };
        let delivery = way_out.send(&outgoing).await;
        let news = way_out.learn(&delivery, self.clock.now());
        let outcome = match delivery {
            Delivery::Sent { response } => Outcome::Sent { response },
            Delivery::Retry { reason } | Delivery::NoWay { reason, .. } => Outcome::Retry { reason },
            Delivery::Refused { reason } => Outcome::Refused { reason },
            Delivery::Unknown { reason } => Outcome::Unknown { reason },
        };
        self.put_off.remove(&id);
        self.end(id, outcome).await?;
        if let Some(news) = news {
            self.desk.record(news).await?;
        }
        Ok(())
    }

    async fn end(&self, letter: LetterId, outcome: Outcome) -> Result<(), DeskError> {
        self.desk.record(Event::AttemptEnded { at: self.clock.now(), letter, outcome }).await?;
        Ok(())
    }
}

impl Until {
    fn holds(self, switches: Switches, now: Timestamp) -> bool {
        match self {
            Self::Moment(at) => at > now,
            Self::Switched(so) => switches == so,
        }
    }
}

impl Desk {
    fn switches(&self) -> Result<Switches, StoreError> {
        Ok(Switches {
            partner_mail_stopped: self.store().partner_mail_stopped()?.is_some(),
            breaker_tripped: self.store().troubles()?.contains(&Trouble::BreakerTripped),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_asked_about_again_only_when_that_may_help() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let switches = |partner_mail_stopped, breaker_tripped| Switches { partner_mail_stopped, breaker_tripped };
        let later = now + jiff::SignedDuration::from_secs(1);
        for (until, holds) in [
            (Until::Moment(later), true),
            (Until::Moment(now), false),
            (Until::Switched(switches(true, false)), true),
            (Until::Switched(switches(false, false)), false),
            (Until::Switched(switches(true, true)), false),
        ] {
            assert_eq!(until.holds(switches(true, false), now), holds, "{until:?}");
        }
    }
}
