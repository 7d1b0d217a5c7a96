//! Everything that can happen, in the past tense. A closed list: `decide` answers each one.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::command::{Command, Manner};
use super::ids::{BlobDigest, CaseRef, Folder, LetterId, MailboxName, Place};
use super::reading::MessageFacts;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A message was found in the inbox of a watched mailbox.
    MessageArrived(Arrival),
    /// A message was found in the Sent folder of a watched mailbox.
    SentMessageSeen(Arrival),
    /// A message was found where a filter puts what it takes for junk.
    JunkSeen(Arrival),
    /// Mail older than `answer_from` is remembered by its place only.
    BacklogPassedOver {
        at: Timestamp,
        mailbox: MailboxName,
        folder: Folder,
        places: Vec<Place>,
        messages: u32,
    },
    /// A message could not be taken in after several attempts, or is larger than any limit allows.
    MessageQuarantined {
        at: Timestamp,
        place: Place,
        received_at: Timestamp,
        why: String,
    },
    /// The server gave a folder a new UIDVALIDITY: every UID starts anew.
    MailboxRenumbered {
        at: Timestamp,
        mailbox: MailboxName,
        folder: Folder,
        uid_validity: u32,
    },
    /// Everything new in a mailbox was taken in.
    MailboxRead {
        at: Timestamp,
        mailbox: MailboxName,
    },
    /// The office opens on a working day.
    DayBegan {
        at: Timestamp,
        day: Date,
    },
    /// A moment came that a case asked to be woken at.
    MomentCame {
        at: Timestamp,
        case: CaseRef,
    },
    /// It is time for a message to ourselves, which must come back to this mailbox.
    CanaryDue {
        at: Timestamp,
        mailbox: MailboxName,
    },
    /// The program is started that tells people of a trouble by another way than mail. It is not started for it again.
    AlarmRaised {
        at: Timestamp,
        trouble: Trouble,
    },
    CommandGiven {
        at: Timestamp,
        by: String,
        case: Option<CaseRef>,
        command: Command,
        #[serde(default)]
        manner: Manner,
    },
    AttemptStarted {
        at: Timestamp,
        letter: LetterId,
    },
    AttemptEnded {
        at: Timestamp,
        letter: LetterId,
        outcome: Outcome,
    },
    /// Staff let a held letter go, or want a refused one tried again.
    LetterReleased {
        at: Timestamp,
        by: String,
        letter: LetterId,
    },
    TroubleFound {
        at: Timestamp,
        trouble: Trouble,
        detail: String,
    },
    TroubleEnded {
        at: Timestamp,
        trouble: Trouble,
    },
}

/// A message as it was found in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    pub at: Timestamp,
    pub place: Place,
    /// The server's arrival time (IMAP INTERNALDATE), never the `Date:` header.
    pub received_at: Timestamp,
    pub raw: BlobDigest,
    pub bytes: u64,
    pub facts: MessageFacts,
    /// It came before mail was answered here, and is fetched because a later message refers to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub older: bool,
}

/// How an attempt to send a letter ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Sent {
        response: String,
    },
    /// To be tried again: a 4xx answer or a network fault before the letter was handed over.
    Retry {
        reason: String,
    },
    /// Final: a 5xx answer.
    Refused {
        reason: String,
    },
    /// The connection was lost after the letter was handed over: it may have arrived.
    Unknown {
        reason: String,
    },
}

/// Something wrong with the world around the program. Told to staff once, until it ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "trouble", rename_all = "kebab-case")]
pub enum Trouble {
    StoreRebuilt,
    JournalCut,
    DiskFull,
    MailboxUnreachable {
        mailbox: MailboxName,
    },
    LoginRefused {
        mailbox: MailboxName,
    },
    MailServerUnreachable {
        mailbox: MailboxName,
    },
    BreakerTripped,
    HolidayListEnds,
    /// A client secret or a refresh token must be renewed by a person.
    AccessEnds {
        mailbox: MailboxName,
    },
    /// The machine's clock is well before the last step on the record.
    ClockBehind,
    /// The machine's clock was put forward while the program ran.
    ClockJumped,
    /// The virus scanner gives no answer.
    ScannerDown,
    /// Nobody outside has written for longer than is usual.
    MailSilent {
        mailbox: MailboxName,
    },
    /// A message to ourselves did not come back in time.
    CanaryMissing {
        mailbox: MailboxName,
    },
}

impl Trouble {
    /// The mailbox that it is about.
    pub fn mailbox(&self) -> Option<&MailboxName> {
        match self {
            Self::MailboxUnreachable { mailbox }
            | Self::LoginRefused { mailbox }
            | Self::MailServerUnreachable { mailbox }
            | Self::AccessEnds { mailbox }
            | Self::MailSilent { mailbox }
            | Self::CanaryMissing { mailbox } => Some(mailbox),
            Self::StoreRebuilt
            | Self::JournalCut
            | Self::DiskFull
            | Self::BreakerTripped
            | Self::HolidayListEnds
            | Self::ClockBehind
            | Self::ClockJumped
            | Self::ScannerDown => None,
        }
    }

    /// Mail may not reach staff while it lasts, or no work is done at all: they are told by another way too.
    pub fn is_alarming(&self) -> bool {
        match self {
            Self::DiskFull
            | Self::MailboxUnreachable { .. }
            | Self::LoginRefused { .. }
            | Self::MailServerUnreachable { .. }
            | Self::MailSilent { .. }
            | Self::CanaryMissing { .. } => true,
            Self::StoreRebuilt
            | Self::JournalCut
            | Self::BreakerTripped
            | Self::HolidayListEnds
            | Self::AccessEnds { .. }
            | Self::ClockBehind
            | Self::ClockJumped
            | Self::ScannerDown => false,
        }
    }

    /// The variant in kebab case, as the journal and the alarm program read it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::StoreRebuilt => "store-rebuilt",
            Self::JournalCut => "journal-cut",
            Self::DiskFull => "disk-full",
            Self::MailboxUnreachable { .. } => "mailbox-unreachable",
            Self::LoginRefused { .. } => "login-refused",
            Self::MailServerUnreachable { .. } => "mail-server-unreachable",
            Self::BreakerTripped => "breaker-tripped",
            Self::HolidayListEnds => "holiday-list-ends",
            Self::AccessEnds { .. } => "access-ends",
            Self::ClockBehind => "clock-behind",
            Self::ClockJumped => "clock-jumped",
            Self::ScannerDown => "scanner-down",
            Self::MailSilent { .. } => "mail-silent",
            Self::CanaryMissing { .. } => "canary-missing",
        }
    }
}

impl Event {
    pub fn at(&self) -> Timestamp {
        match self {
            Self::MessageArrived(arrival) | Self::SentMessageSeen(arrival) | Self::JunkSeen(arrival) => arrival.at,
            Self::BacklogPassedOver { at, .. }
            | Self::MessageQuarantined { at, .. }
            | Self::MailboxRenumbered { at, .. }
            | Self::MailboxRead { at, .. }
            | Self::DayBegan { at, .. }
            | Self::MomentCame { at, .. }
            | Self::CanaryDue { at, .. }
            | Self::AlarmRaised { at, .. }
            | Self::CommandGiven { at, .. }
            | Self::AttemptStarted { at, .. }
            | Self::AttemptEnded { at, .. }
            | Self::LetterReleased { at, .. }
            | Self::TroubleFound { at, .. }
            | Self::TroubleEnded { at, .. } => *at,
        }
    }

    /// The message that was found, wherever it lay.
    pub fn arrival(&self) -> Option<&Arrival> {
        if let Self::MessageArrived(arrival) | Self::SentMessageSeen(arrival) | Self::JunkSeen(arrival) = self {
            Some(arrival)
        } else {
            None
        }
    }

    /// The letter that was tried or let go.
    pub fn letter(&self) -> Option<LetterId> {
        if let Self::AttemptStarted { letter, .. }
        | Self::AttemptEnded { letter, .. }
        | Self::LetterReleased { letter, .. } = self
        {
            Some(*letter)
        } else {
            None
        }
    }

    /// The variant in kebab case, as `rehearse` and the story of a case show it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MessageArrived(_) => "message-arrived",
            Self::SentMessageSeen(_) => "sent-message-seen",
            Self::JunkSeen(_) => "junk-seen",
            Self::BacklogPassedOver { .. } => "backlog-passed-over",
            Self::MessageQuarantined { .. } => "message-quarantined",
            Self::MailboxRenumbered { .. } => "mailbox-renumbered",
            Self::MailboxRead { .. } => "mailbox-read",
            Self::DayBegan { .. } => "day-began",
            Self::MomentCame { .. } => "moment-came",
            Self::CanaryDue { .. } => "canary-due",
            Self::AlarmRaised { .. } => "alarm-raised",
            Self::CommandGiven { .. } => "command-given",
            Self::AttemptStarted { .. } => "attempt-started",
            Self::AttemptEnded { .. } => "attempt-ended",
            Self::LetterReleased { .. } => "letter-released",
            Self::TroubleFound { .. } => "trouble-found",
            Self::TroubleEnded { .. } => "trouble-ended",
        }
    }
}
