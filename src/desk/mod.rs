//! The desk: one message or due moment at a time, route → decide → render → stage, then commit. Serial, so that no two
//! steps race. Holds no rules and no wording: those are `domain` and `letters`.

mod answers;
mod day;
mod load;
mod opening;
mod serve;
mod standing;
mod vigil;

use std::collections::BTreeSet;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::adapters::store::{Opening, Store, StoreError};
use crate::domain::decide::{Decision, Refusal, decide};
use crate::domain::effect::{Effect, Letter};
use crate::domain::event::{Event, Trouble};
use crate::domain::fact::Fact;
use crate::domain::gate::{Gate, Surroundings, gate};
use crate::domain::ids::{BlobDigest, CaseRef, LetterId, MessageId};
use crate::domain::outbox::{OutboxLetter, QueuedLetter};
use crate::domain::policy::Policy;
use crate::domain::route;
use crate::domain::step::Step;
use crate::letters::{self, RenderError, Stamp, Wording};

pub use answers::answer_alone;
pub use serve::{Asked, DeskHandle, Observer, Unfinished, serve};

/// Hex digits of the HMAC that ends our Message-IDs: 128 bits.
const MESSAGE_ID_MAC_BYTES: usize = 16;
/// No letter of a rehearsal leaves, so nobody could guess the Message-ID of one.
const SECRET_OF_REHEARSALS: &[u8] = b"assured: nothing leaves a rehearsal";

pub struct Desk {
    store: Store,
    policy: Policy,
    wording: Wording,
    /// Keyed with the install secret.
    secret: Hmac<Sha256>,
}

/// What became of an event: for the terminal, the log and whoever brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// `None` when nothing followed, so that nothing was recorded.
    pub step: Option<u64>,
    pub at: Timestamp,
    pub event: Event,
    pub why: String,
    pub cases: BTreeSet<CaseRef>,
    pub letters: Vec<QueuedLetter>,
}

/// The world failed the desk: nothing of the event was recorded.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Letter(#[from] RenderError),
    #[error("the install secret cannot be used as a key")]
    Secret,
    #[error("the desk has stopped")]
    Stopped,
}

impl DeskError {
    /// Waited out: nothing was recorded, and nothing is lost.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Store(StoreError::DiskFull { .. }))
    }

    /// The letter cannot be put together, or its stored text is lost: a fault of this one letter.
    pub fn is_of_one_letter(&self) -> bool {
        match self {
            Self::Letter(_) => true,
            Self::Store(error) => matches!(
                error,
                StoreError::BlobMissing { .. } | StoreError::BlobDamaged { .. } | StoreError::StepTooLong { .. }
            ),
            Self::Secret | Self::Stopped => false,
        }
    }

    /// Nothing can be recorded any more: only a new start tells what is durable.
    pub fn is_final(&self) -> bool {
        !self.is_disk_full() && !self.is_of_one_letter()
    }
}

impl Desk {
    pub fn open(var: &Path, policy: Policy, wording: Wording, at: Timestamp) -> Result<(Self, Opening), DeskError> {
        let (store, opening) = Store::open(var, at)?;
        let secret = Hmac::new_from_slice(&store.install_secret()?).map_err(|_| DeskError::Secret)?;
        Ok((Self { store, policy, wording, secret }, opening))
    }

    /// As [`Desk::open`], with records that are thrown away afterwards: whoever rehearses the same gets the same letters, to the byte.
    pub fn rehearse(var: &Path, policy: Policy, wording: Wording, at: Timestamp) -> Result<Self, DeskError> {
        let store = Store::open_passing(var, at)?;
        let secret = Hmac::new_from_slice(SECRET_OF_REHEARSALS).map_err(|_| DeskError::Secret)?;
        Ok(Self { store, policy, wording, secret })
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// May this letter leave? `raw` is its final bytes.
    pub fn gate(&self, letter: &OutboxLetter, raw: &[u8], at: Timestamp) -> Result<Gate, StoreError> {
        let around = Surroundings {
            partner_mail_stopped: self.store.partner_mail_stopped()?.is_some(),
            breaker_tripped: self.store.troubles()?.contains(&Trouble::BreakerTripped),
            correspondent: self.store.traffic(&letter.letter.to)?,
            everyone: self.store.traffic_all()?,
        };
        Ok(gate(&self.policy, letter, raw, &around, at))
    }

    /// Decides on an event and stages the step. Nothing is durable, and nothing may leave, before `commit`.
    pub fn take(&mut self, event: Event, raw: Option<&[u8]>) -> Result<Result<Handled, Refusal>, DeskError> {
        let view = load::view(&self.store, &self.policy, &route::keys(&self.policy, &event))?;
        let decision = match decide(&self.policy, &view, &event) {
            Ok(decision) => decision,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if decision == Decision::default() && !always_recorded(&event) {
            return Ok(Ok(Handled::nothing(event)));
        }
        if let Some(raw) = raw {
            self.store.put_blob(raw)?;
        }
        self.stage(event, decision).map(Ok)
    }

    pub fn commit(&mut self) -> Result<(), DeskError> {
        Ok(self.store.commit()?)
    }

    fn stage(&mut self, event: Event, decision: Decision) -> Result<Handled, DeskError> {
        let number = self.store.next_step();
        let Decision { why, mut facts, world, effects } = decision;
        let mut letters = Vec::with_capacity(effects.len());
        for (effect, index) in effects.into_iter().zip(0..) {
            let Effect::Send(letter) = effect;
            let queued = self.write(&letter, LetterId { step: number, index }, event.at())?;
            if let Some(case) = queued.case.filter(|_| !queued.kind.is_for_staff()) {
                let (message_id, aside) = (queued.message_id.clone(), letter.thread.aside);
                facts.push((case, Fact::LetterThreaded { message_id, aside }));
            }
            letters.push(queued);
        }
        let cases = facts.iter().map(|(case, _)| *case).collect();
        let step =
            Step { at: event.at(), event: event.clone(), why: why.clone(), facts, world, letters: letters.clone() };
        let number = self.store.stage(step)?;
        Ok(Handled { step: Some(number), at: event.at(), event, why, cases, letters })
    }

    /// Renders a letter to its final bytes and stores them.
    fn write(&mut self, letter: &Letter, id: LetterId, at: Timestamp) -> Result<QueuedLetter, DeskError> {
        let kind = letter.content.kind();
        let message_id = self.message_id(letter, id);
        let stamp = Stamp { message_id: message_id.clone(), date: at, seed: self.mac(&format!("boundary {id}")) };
        let rendered = letters::render(letter, &self.policy, &self.wording, &stamp)?;
        let raw: BlobDigest = self.store.put_blob(&rendered.raw)?;
        Ok(QueuedLetter {
            id,
            kind,
            mailbox: letter.mailbox.clone(),
            case: letter.case,
            to: letter.to.clone(),
            subject: rendered.subject,
            message_id,
            raw,
            level: self.policy.level(kind, &letter.mailbox),
            of_command: letter.of_command,
        })
    }

    /// Names the step and the letter, and cannot be guessed: 128 bits of HMAC over both.
    fn message_id(&self, letter: &Letter, id: LetterId) -> MessageId {
        let domain = self.policy.mailbox(&letter.mailbox).map_or("assured.invalid", |mailbox| mailbox.address.domain());
        MessageId::from_parts(&format!("assured.{id}.{}", self.mac(&id.to_string())), domain)
    }

    fn mac(&self, text: &str) -> String {
        let mut mac = self.secret.clone();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().iter().take(MESSAGE_ID_MAC_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Handled {
    fn nothing(event: Event) -> Self {
        let (at, why) = (event.at(), String::new());
        Self { step: None, at, event, why, cases: BTreeSet::new(), letters: Vec::new() }
    }
}

/// Events that are steps even when nothing follows: they move a mark, or a letter.
fn always_recorded(event: &Event) -> bool {
    match event {
        Event::MailboxRead { .. }
        | Event::DayBegan { .. }
        | Event::MomentCame { .. }
        | Event::CanaryDue { .. }
        | Event::AlarmRaised { .. }
        | Event::TroubleFound { .. }
        | Event::TroubleEnded { .. } => false,
        Event::MessageArrived(_)
        | Event::SentMessageSeen(_)
        | Event::JunkSeen(_)
        | Event::BacklogPassedOver { .. }
        | Event::MessageQuarantined { .. }
        | Event::MailboxRenumbered { .. }
        | Event::CommandGiven { .. }
        | Event::AttemptStarted { .. }
        | Event::AttemptEnded { .. }
        | Event::LetterReleased { .. } => true,
    }
}
