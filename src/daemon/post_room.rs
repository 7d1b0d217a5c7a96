//! The post room: the only place that sends. Each letter passes the gate, its attempt is recorded before it is made,
//! and what became of it afterwards.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tracing::warn;

use super::way_out::WayOut;
use crate::adapters::clock::Clock;
use crate::adapters::smtp::{Delivery, Outgoing};
use crate::desk::{DeskError, DeskHandle};
use crate::domain::event::{Event, Outcome, Trouble};
use crate::domain::gate::{Gate, Surroundings, gate};
use crate::domain::ids::{Address, LetterId, MailboxName};
use crate::domain::outbox::{LetterState, OutboxLetter};

/// Letters looked at before others get a turn.
const LETTERS_A_ROUND_MAX: usize = 1_000;

pub(super) struct PostRoom {
    pub(super) desk: DeskHandle,
    pub(super) clock: Clock,
    pub(super) ways_out: BTreeMap<MailboxName, WayOut>,
    /// Letters that a cap holds back, until when: they are not looked at before.
    pub(super) put_off: BTreeMap<LetterId, Timestamp>,
    /// Every attempt on the record has an end.
    pub(super) settled: bool,
}

impl PostRoom {
    /// Sends what is due, and answers when to look again.
    pub(super) async fn round(&mut self) -> Result<Option<Timestamp>, DeskError> {
        // A command or a release may have opened the gate.
        self.put_off.retain(|_, until| *until != Timestamp::MAX);
        if !self.settled {
            self.settle().await?;
        }
        // What goes wrong from here on may leave an attempt without an end.
        self.settled = false;
        let next = self.work().await?;
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

    async fn work(&mut self) -> Result<Option<Timestamp>, DeskError> {
        let now = self.clock.now();
        self.put_off.retain(|_, until| *until > now);
        let due = self.desk.look(move |desk| desk.store().letters_before(now, LETTERS_A_ROUND_MAX)).await?;
        for letter in due.into_iter().filter(|letter| matches!(letter.state, LetterState::Waiting { .. })) {
            if !self.put_off.contains_key(&letter.letter.id) && !self.rests(&letter) {
                self.send(letter).await?;
            }
        }
        let next = self.desk.look(|desk| desk.store().next_letter_due()).await?;
        let freed = self.put_off.values().min().copied();
        let rested = self.ways_out.values().filter_map(WayOut::rests_until);
        let now = self.clock.now();
        Ok(next.into_iter().chain(rested).filter(|at| *at > now).chain(freed).min())
    }

    /// No letter is tried by a way that just failed, unless a person asked for this one.
    fn rests(&self, letter: &OutboxLetter) -> bool {
        let asked_for = letter.attempts > 0 && matches!(letter.state, LetterState::Waiting { reason: None, .. });
        let until = self.ways_out.get(&letter.letter.mailbox).and_then(WayOut::rests_until);
        !asked_for && until.is_some_and(|until| until > self.clock.now())
    }

    async fn send(&mut self, letter: OutboxLetter) -> Result<(), DeskError> {
        let (id, to) = (letter.letter.id, letter.letter.to.clone());
        let (at, about) = (self.clock.now(), letter.clone());
        let look = move |desk: &crate::desk::Desk| {
            let raw = desk.store().blob(&about.letter.raw)?;
            let around = desk.surroundings(&about.letter.to)?;
            Ok((gate(desk.policy(), &about, &raw, &around, at), raw))
        };
        let (gate, raw) = match self.desk.look(look).await {
            // A person may have disposed of its text: the other letters still leave.
            Err(error) if error.is_of_one_letter() => {
                return self.end(id, Outcome::Refused { reason: error.to_string() }).await;
            }
            looked => looked?,
        };
        match gate {
            Gate::Pass => {}
            Gate::NotBefore { at, why } => {
                warn!(letter = %id, until = %at, "A letter waits: {why}");
                self.put_off.insert(id, at);
                return Ok(());
            }
            Gate::Closed { why } => {
                warn!(letter = %id, "A letter stays: {why}");
                self.put_off.insert(id, Timestamp::MAX);
                return Ok(());
            }
            Gate::Trip { why } => {
                self.put_off.insert(id, Timestamp::MAX);
                let event = Event::TroubleFound { at, trouble: Trouble::BreakerTripped, detail: format!("{why}.") };
                self.desk.record(event).await?;
                return Ok(());
            }
        }
        let Some(way_out) = self.ways_out.get_mut(&letter.letter.mailbox) else {
            self.put_off.insert(id, Timestamp::MAX);
            warn!(letter = %id, mailbox = %letter.letter.mailbox, "No way out is configured for this mailbox");
            return Ok(());
        };
        // No byte goes to SMTP before the attempt is on the record.
        self.desk.record(Event::AttemptStarted { at, letter: id }).await?;
        let name = format!("{}-{id}-{}.eml", at.as_second(), letter.letter.kind.name());
        let reverse_path = way_out.reverse_path().cloned();
        let outgoing = Outgoing { reverse_path: reverse_path.as_ref(), to: &to, name: &name, raw: &raw };
        let delivery = way_out.mailer().send(&outgoing).await;
        let news = way_out.learn(&delivery, self.clock.now());
        let outcome = match delivery {
            Delivery::Sent { response } => Outcome::Sent { response },
            Delivery::Retry { reason } | Delivery::NoWay { reason, .. } => Outcome::Retry { reason },
            Delivery::Refused { reason } => Outcome::Refused { reason },
            Delivery::Unknown { reason } => Outcome::Unknown { reason },
        };
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

impl crate::desk::Desk {
    /// What the gate must know beside a letter to `to`.
    fn surroundings(&self, to: &Address) -> Result<Surroundings, crate::adapters::store::StoreError> {
        Ok(Surroundings {
            partner_mail_stopped: self.store().partner_mail_stopped()?.is_some(),
            breaker_tripped: self.store().troubles()?.contains(&Trouble::BreakerTripped),
            correspondent: self.store().traffic(to)?,
            everyone: self.store().traffic_all()?,
        })
    }
}
