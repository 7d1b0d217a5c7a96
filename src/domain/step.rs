//! A step: all that follows from one message or one due moment. The unit of commit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::{Event, Trouble};
use super::fact::Fact;
use super::ids::{CaseRef, IdentityDigest, MessageId, Place};
use super::outbox::QueuedLetter;

/// One step as it is recorded. Number and chain are added by the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Never before the `at` of the step before.
    pub at: Timestamp,
    pub event: Event,
    /// What was decided, in words for the story and the terminal: `ScalReview: due Monday 30 November 2026`.
    pub why: String,
    pub facts: Vec<(CaseRef, Fact)>,
    pub world: Vec<WorldFact>,
    pub letters: Vec<QueuedLetter>,
}

/// Facts that belong to no case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
pub enum WorldFact {
    /// The message is known from now on, wherever else a copy of it lies.
    IdentitySeen {
        identity: IdentityDigest,
        message_id: Option<MessageId>,
        case: Option<CaseRef>,
    },
    /// A copy of a known message lies in another place too.
    CopyNoted {
        identity: IdentityDigest,
        place: Place,
    },
    /// What became of a message that joined no case.
    Ignored {
        why: String,
    },
    /// Attempt `letter` ends: not before this time may it be tried again; `None` gives it up.
    NextAttempt {
        not_before: Option<Timestamp>,
    },
    PartnerMailStopped {
        by: String,
    },
    PartnerMailStarted {
        by: String,
    },
    TroubleNoted {
        trouble: Trouble,
    },
    TroubleOver {
        trouble: Trouble,
    },
}
