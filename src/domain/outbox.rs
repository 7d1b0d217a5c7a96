//! A letter on its way: what the record keeps of it, and its state. Text lies in the blob that `raw` names.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::effect::LetterKind;
use super::event::Outcome;
use super::ids::{Address, BlobDigest, CaseRef, LetterId, MailboxName, MessageId};
use super::policy::Level;
use super::retry;

/// Why a letter waits that might leave.
const FOR_UNDO: &str = "the command that it tells of may still be undone with !undo";

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_command: Option<OfCommand>,
}

/// The command that a letter tells of: while the letter has not left, `!undo` withdraws it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfCommand {
    /// As the case counts its commands.
    pub number: u32,
    /// It waits until then, so that there is time for `!undo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

/// A letter in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxLetter {
    #[serde(flatten)]
    pub letter: QueuedLetter,
    pub queued_at: Timestamp,
    pub attempts: u32,
    pub state: LetterState,
    /// Nobody knows whether the last attempt delivered it. Before another, the Sent folder is looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_have_left: bool,
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
    /// The command that it tells of was undone.
    Withdrawn {
        at: Timestamp,
    },
}

impl OutboxLetter {
    pub fn queue(letter: QueuedLetter, at: Timestamp) -> Self {
        let state = match letter.level {
            Level::Observe => LetterState::Observed,
            Level::Hold => LetterState::Held,
            Level::Send => {
                let not_before = letter.of_command.and_then(|command| command.not_before);
                LetterState::Waiting {
                    not_before: not_before.unwrap_or(at),
                    reason: not_before.map(|_| FOR_UNDO.to_owned()),
                }
            }
        };
        Self { letter, queued_at: at, attempts: 0, state, may_have_left: false }
    }

    pub fn attempt_started(&mut self, at: Timestamp) {
        self.attempts = self.attempts.saturating_add(1);
        self.state = LetterState::Trying { since: at };
    }

    /// `not_before` is when it may be tried again. One that was found in Sent meanwhile has left, whatever was heard.
    pub fn attempt_ended(&mut self, at: Timestamp, outcome: &Outcome, not_before: Option<Timestamp>) {
        if matches!(self.state, LetterState::Sent { .. }) {
            return;
        }
        self.may_have_left = matches!(outcome, Outcome::Unknown { .. });
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

    pub fn found_in_sent(&mut self, at: Timestamp) {
        self.state = LetterState::Sent { at };
        self.may_have_left = false;
    }

    pub fn withdraw(&mut self, at: Timestamp) {
        if self.is_withdrawable() {
            self.state = LetterState::Withdrawn { at };
        }
    }

    /// It certainly has not left.
    pub fn is_withdrawable(&self) -> bool {
        match self.state {
            LetterState::Held | LetterState::Waiting { .. } | LetterState::Refused { .. } => !self.may_have_left,
            LetterState::Observed
            | LetterState::Trying { .. }
            | LetterState::Sent { .. }
            | LetterState::Withdrawn { .. } => false,
        }
    }

    /// It left, or nobody knows.
    pub fn may_have_reached_anyone(&self) -> bool {
        self.may_have_left || matches!(self.state, LetterState::Trying { .. } | LetterState::Sent { .. })
    }

    pub fn release(&mut self, at: Timestamp) {
        self.state = LetterState::Waiting { not_before: at, reason: None };
    }

    /// When the post room should look at it; none when it is finished or waits for a person.
    pub fn due_at(&self) -> Option<Timestamp> {
        match &self.state {
            LetterState::Waiting { not_before, .. } => Some(*not_before),
            LetterState::Trying { since } => Some(*since),
            LetterState::Observed
            | LetterState::Held
            | LetterState::Sent { .. }
            | LetterState::Refused { .. }
            | LetterState::Withdrawn { .. } => None,
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
            Self::Withdrawn { .. } => "withdrawn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-23T{text}:00Z").parse().expect("a time")
    }

    fn letter(level: Level) -> OutboxLetter {
        let queued = QueuedLetter {
            id: LetterId { step: 17, index: 0 },
            kind: LetterKind::Acknowledgement,
            mailbox: MailboxName::new("sa"),
            case: Some(CaseRef::FIRST),
            to: Address::new("priya@carevista.example").expect("an address"),
            subject: "Care Vista Link".to_owned(),
            message_id: MessageId::new("1@ers.example").expect("an id"),
            raw: BlobDigest::from_hex("00"),
            level,
            of_command: None,
        };
        OutboxLetter::queue(queued, at("09:00"))
    }

    #[test]
    fn only_what_may_be_sent_is_due() {
        for (level, due) in [(Level::Observe, None), (Level::Hold, None), (Level::Send, Some(at("09:00")))] {
            assert_eq!(letter(level).due_at(), due, "{level:?}");
        }
        let mut held = letter(Level::Hold);
        held.release(at("10:00"));
        assert_eq!(held.due_at(), Some(at("10:00")));
    }

    #[test]
    fn what_was_found_in_sent_has_left_whatever_is_heard_later() {
        let mut letter = letter(Level::Send);
        letter.attempt_started(at("09:01"));
        letter.attempt_ended(at("09:02"), &Outcome::Unknown { reason: String::new() }, Some(at("09:04")));
        assert!(letter.may_have_left);
        letter.found_in_sent(at("09:03"));
        for outcome in [Outcome::Unknown { reason: String::new() }, Outcome::Refused { reason: String::new() }] {
            letter.attempt_ended(at("09:05"), &outcome, Some(at("09:30")));
            assert_eq!((&letter.state, letter.may_have_left), (&LetterState::Sent { at: at("09:03") }, false));
        }
    }

    #[test]
    fn an_attempt_ends_in_one_of_three_ways() {
        let reason = || "450 try later".to_owned();
        let refused = |reason: &str| LetterState::Refused { at: at("09:02"), reason: reason.to_owned() };
        let waiting = LetterState::Waiting { not_before: at("09:05"), reason: Some(reason()) };
        let later = Some(at("09:05"));
        for (outcome, not_before, state) in [
            (Outcome::Sent { response: "250".to_owned() }, None, LetterState::Sent { at: at("09:02") }),
            (Outcome::Refused { reason: reason() }, None, refused("450 try later")),
            (Outcome::Retry { reason: reason() }, later, waiting.clone()),
            (Outcome::Unknown { reason: reason() }, later, waiting),
            (Outcome::Retry { reason: reason() }, None, refused("given up after 5 days: 450 try later")),
            (Outcome::Unknown { reason: reason() }, None, refused("given up after 5 days: 450 try later")),
        ] {
            let mut letter = letter(Level::Send);
            letter.attempt_started(at("09:01"));
            assert_eq!((letter.attempts, letter.due_at()), (1, Some(at("09:01"))), "counted before it is tried");
            letter.attempt_ended(at("09:02"), &outcome, not_before);
            assert_eq!(letter.state, state);
            let json = serde_json::to_string(&letter).expect("written");
            assert_eq!(serde_json::from_str::<OutboxLetter>(&json).expect("read"), letter, "{json}");
        }
    }
}
