//! A letter on its way: what the record keeps of it, and its state. Text lies in the blob that `raw` names.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::effect::LetterKind;
use super::event::Outcome;
use super::ids::{Address, BlobDigest, CaseRef, LetterId, MailboxName, MessageId};
use super::policy::Level;
use super::retry;

/// A rendered letter as its step records it. Its bytes never change afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedLetter {
    pub id: LetterId,
    pub kind: LetterKind,
    pub mailbox: MailboxName,
    pub case: Option<CaseRef>,
    pub to: Address,
    pub subject: String,
    pub message_id: MessageId,
    pub raw: BlobDigest,
    /// The level in force when it was written: what was only to be observed never leaves later.
    pub level: Level,
}

/// A letter in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxLetter {
    #[serde(flatten)]
    pub letter: QueuedLetter,
    pub queued_at: Timestamp,
    pub attempts: u32,
    pub state: LetterState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum LetterState {
    /// Recorded only: its mailbox is at level `observe`.
    Observed,
    /// Staff release it.
    Held,
    Waiting {
        not_before: Timestamp,
        #[serde(default)]
        reason: Option<String>,
    },
    /// An attempt was recorded and no end yet: if the program stopped here, the outcome is unknown.
    Trying {
        since: Timestamp,
    },
    Sent {
        at: Timestamp,
    },
    Refused {
        at: Timestamp,
        reason: String,
    },
}

impl OutboxLetter {
    pub fn queue(letter: QueuedLetter, at: Timestamp) -> Self {
        let state = match letter.level {
            Level::Observe => LetterState::Observed,
            Level::Hold => LetterState::Held,
            Level::Send => LetterState::Waiting { not_before: at, reason: None },
        };
        Self { letter, queued_at: at, attempts: 0, state }
    }

    pub fn attempt_started(&mut self, at: Timestamp) {
        self.attempts = self.attempts.saturating_add(1);
        self.state = LetterState::Trying { since: at };
    }

    /// `lookup_secs` is how long to wait before a letter whose outcome is unknown is sent again.
    pub fn attempt_ended(&mut self, at: Timestamp, outcome: &Outcome, not_before: Option<Timestamp>) {
        self.state = match (outcome, not_before) {
            (Outcome::Sent { .. }, _) => LetterState::Sent { at },
            (Outcome::Refused { reason }, _) => LetterState::Refused { at, reason: reason.clone() },
            (Outcome::Retry { reason } | Outcome::Unknown { reason }, Some(not_before)) => {
                LetterState::Waiting { not_before, reason: Some(reason.clone()) }
            }
            (Outcome::Retry { reason } | Outcome::Unknown { reason }, None) => {
                LetterState::Refused { at, reason: format!("given up after {} days: {reason}", retry::DAYS_MAX) }
            }
        };
    }

    pub fn release(&mut self, at: Timestamp) {
        self.state = LetterState::Waiting { not_before: at, reason: None };
    }

    /// When the post room should look at it; none when it is finished or waits for a person.
    pub fn due_at(&self) -> Option<Timestamp> {
        match &self.state {
            LetterState::Waiting { not_before, .. } => Some(*not_before),
            LetterState::Trying { since } => Some(*since),
            LetterState::Observed | LetterState::Held | LetterState::Sent { .. } | LetterState::Refused { .. } => None,
        }
    }
}

impl LetterState {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Held => "held",
            Self::Waiting { .. } => "waiting",
            Self::Trying { .. } => "trying",
            Self::Sent { .. } => "sent",
            Self::Refused { .. } => "refused",
        }
    }
}
