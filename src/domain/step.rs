//! A step: all that follows from one message or one due moment. The unit of commit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::absence::Absence;
use super::event::{Event, Trouble};
use super::fact::Fact;
use super::ids::{Address, CaseRef, IdentityDigest, LetterId, MailboxName, MessageId, Place};
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
    /// Staff said on which case a message belongs.
    MessageMoved {
        identity: IdentityDigest,
        message_id: Option<MessageId>,
        case: CaseRef,
    },
    /// A message was filed and not acknowledged, as it was seen too late. Staff get one list of such mail.
    SeenLate(LateMail),
    /// Staff got that list.
    LateMailTold {
        mailbox: MailboxName,
        messages: u32,
    },
    /// What became of a message that joined no case.
    Ignored {
        why: String,
    },
    /// A letter of ours lies in the Sent folder: whatever became of its attempt, it left.
    LetterFound {
        letter: LetterId,
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
    /// Somebody of ours is away on these days: they said so, a colleague did, or their out-of-office message.
    StaffAway {
        who: Address,
        absence: Absence,
        by: String,
    },
    /// Somebody of ours is here again, and no absence of theirs is planned.
    StaffBack {
        who: Address,
        by: String,
    },
    TroubleNoted {
        trouble: Trouble,
    },
    TroubleOver {
        trouble: Trouble,
    },
    /// People are to be told of this trouble by another way than mail, in these words.
    AlarmAsked {
        trouble: Trouble,
        text: String,
    },
    /// A message from outside came into a mailbox whose silence is watched.
    HeardFromOutside {
        mailbox: MailboxName,
        /// When the server took it in.
        heard_at: Timestamp,
    },
    /// A message to ourselves came back.
    CanaryBack {
        mailbox: MailboxName,
        letter: LetterId,
    },
}

/// A message of a partner that people have to answer themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateMail {
    /// Where it was found.
    pub mailbox: MailboxName,
    pub case: Option<CaseRef>,
    pub from: Option<Address>,
    pub subject: String,
    pub received_at: Timestamp,
    /// What staff should know of it, a sentence each.
    #[serde(default)]
    pub remarks: Vec<String>,
}
