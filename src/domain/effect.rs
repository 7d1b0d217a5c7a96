//! What a decision asks of the outside: letters. A closed list; a letter is a value until `letters` words it.

mod command_reply;
mod context;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::Due;
use super::digest::Digest;
use super::fact::{Item, Received};
use super::ids::{Address, CaseRef, MailboxName, MessageId};
use super::lane::{LaneName, Phase};
use super::outbox::OfCommand;
use super::reading::{Finding, Supplier};
use super::session::Session;

pub use command_reply::{CaseStands, CommandDone, CommandRefused, CommandReply};
pub use context::{Context, LookedAfter};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Send(Box<Letter>),
}

/// The kinds of letter (DESIGN.md, "The command line"): those that exist so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterKind {
    Acknowledgement,
    Unreadable,
    Reminder,
    NextStep,
    StaffNew,
    StaffWarning,
    StaffBreach,
    StaffEscalation,
    StaffAttention,
    CommandReply,
    Invitation,
    Outcome,
    Digest,
    /// To ourselves.
    Canary,
}

/// A letter to one person, before it is worded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The shared mailbox it leaves from, and which answers reach.
    pub mailbox: MailboxName,
    pub to: Address,
    pub to_name: Option<String>,
    pub case: Option<CaseRef>,
    pub thread: Thread,
    /// The command that it tells the partner of.
    pub of_command: Option<OfCommand>,
    pub context: Context,
    pub content: Content,
}

impl Letter {
    /// It tells of a step after which Stage 3 may be complete.
    pub fn is_last_but_one(&self) -> bool {
        let Content::NextStep(next) = &self.content else { return false };
        matches!(next.what, StepTaken::Assured | StepTaken::AgreementAccepted)
    }
}

/// What the letter answers (RFC 5322 §3.6.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// The partner's subject, without the reference. `None`: the letter has a subject of its own.
    pub subject: Option<String>,
    pub in_reply_to: Option<MessageId>,
    /// Oldest first; ends with `in_reply_to`.
    pub references: Vec<MessageId>,
    /// Beside the thread of the partner: its reader takes no part in the case.
    pub aside: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Acknowledgement(Acknowledgement),
    PersonWillRead(PersonWillRead),
    Unreadable(Unreadable),
    Reminder(Reminder),
    NextStep(NextStep),
    Outcome(Outcome),
    Invitation(Invitation),
    /// The same for staff.
    StaffInvitation(Invitation),
    StaffNew(StaffNew),
    StaffWarning(StaffClock),
    StaffBreach(StaffClock),
    StaffEscalation(StaffClock),
    StaffAttention(StaffAttention),
    Digest(Box<Digest>),
    /// As `StaffAttention`, about a case that is set aside until `!resume`.
    StaffNotRoutine(StaffAttention),
    CommandReply(CommandReply),
    /// A message to ourselves, which shows that mail leaves and arrives.
    Canary,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// One or, gathered over some minutes, several messages.
    pub received: Vec<Received>,
    pub what_next: WhatNext,
    /// The promise, where a time is set.
    pub respond_by: Option<Due>,
    /// An earlier submission is with the team already, and the date is still the earlier one.
    pub joined_running_clock: bool,
    /// The automatic check ran over some document, whether or not it found anything.
    pub checked: bool,
}

/// All that the sender of a message hears that is not routine. It holds nothing of the message or of a case, so that
/// nothing of them can slip in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonWillRead {
    /// Where to turn if patients may be at risk.
    pub safety_contact: Option<String>,
}

/// What a partner may expect after an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhatNext {
    ScalReview,
    WitnessPackReview,
    /// The form of an end user organisation, which its sender alone hears of.
    FormReview,
    /// Filed early or beside what is being reviewed; the team will take it up in its turn.
    FiledForLater,
    /// A question or a message: a person will read it.
    PersonReads,
    /// Exactly these files were sent before.
    NothingNew,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub received: Received,
    /// How files too large for email reach the team.
    pub secure_transfer: Option<String>,
    /// Other files of the message that could be read.
    pub also_readable: bool,
    pub respond_by: Option<Due>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    pub phase: Phase,
    pub since: Date,
    pub again: bool,
    pub witness_pack_link: Option<String>,
    /// The other cases that wait for the same person.
    pub also: Vec<AlsoAwaited>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsoAwaited {
    pub case: CaseRef,
    pub supplier: Supplier,
    pub phase: Phase,
    pub since: Date,
}

/// The letter of a staff command: what happened and what is next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    pub lane: LaneName,
    pub phase: Phase,
    pub what: StepTaken,
    /// The SCAL was accepted in the same message of staff, before this step.
    pub scal_accepted: bool,
    /// The connection agreement is not out yet.
    pub agreement_to_come: bool,
    pub respond_by: Option<Due>,
    pub witness_pack_link: Option<String>,
    /// Times for a session, from which the partner may choose.
    pub offered: Vec<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepTaken {
    ScalAccepted,
    ChangesAsked,
    /// The team paused its review for a while.
    Held,
    Resumed,
    /// The days are counted anew from the latest submission.
    Restarted,
    /// The partner withdrew.
    Withdrawn,
    Reopened,
    TimesOffered,
    CertificateIssued,
    Assured,
    AgreementSent,
    AgreementAccepted,
    FormApproved,
    /// Another case goes on as this one.
    Merged {
        from: CaseRef,
    },
    /// Stage 3 is complete. No letter ever says that a product is live.
    Approved,
}

/// How the team judged the witness tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub phase: Phase,
    pub all_passed: bool,
    /// Those that this step is about, when not all.
    pub passed: Vec<String>,
    pub open: Vec<String>,
    pub scal_update: bool,
    /// The SCAL was accepted in the same message of staff.
    pub scal_accepted: bool,
}

/// A witness testing session, for the partner and for staff alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub kind: InvitationKind,
    pub session: Session,
    pub supplier: Supplier,
    /// Who is invited beside staff.
    pub partners: Vec<Address>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvitationKind {
    Booked,
    Changed,
    Cancelled,
    /// A reminder on the working day before, without an invitation.
    Tomorrow,
}

/// A submission or a message that staff should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffNew {
    pub supplier: Supplier,
    pub from: Option<Address>,
    pub subject: String,
    pub received_at: Timestamp,
    pub items: Vec<Item>,
    pub findings: Vec<Finding>,
    pub phase: Phase,
    /// The organisation, by its code, whose form it is about.
    pub form: Option<String>,
    pub due: Option<Due>,
    /// So many of its days were added for the time on hold.
    pub held_days: u32,
    pub joined_running_clock: bool,
    /// What is out of the ordinary, a sentence each: `They call it a draft: decide whether to review it.`
    pub flags: Vec<String>,
    /// Earlier submissions on the case, a line each, newest first.
    pub history: Vec<String>,
    pub opened_case: bool,
}

/// A promise that is nearly due, broken, or still broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffClock {
    pub supplier: Supplier,
    pub phase: Phase,
    /// The organisation, by its code, whose form it is about.
    pub form: Option<String>,
    pub due: Due,
    /// So many of its days were added for the time on hold.
    pub held_days: u32,
    /// The local date on which the notice is given.
    pub today: Date,
    /// Working days left (a warning) or past the due date (a breach or an escalation).
    pub working_days: u32,
    pub latest_submission: Option<String>,
}

/// Something that needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffAttention {
    /// One line, sentence case, no full stop: also the subject.
    pub headline: String,
    /// What happened, in sentences.
    pub what: String,
    pub what_to_do: String,
    /// What it concerns, a line each, where it is many things.
    pub list: Vec<String>,
    pub answers: Answers,
    pub supplier: Option<Supplier>,
}

/// What staff may want to answer at once: a link each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    Note,
    /// The partner stays silent: the case may be closed.
    Silence,
    /// What moves a lane on from this phase.
    Decide(Phase),
    /// The certificate is out: the agreement, and the access mode where nobody recorded it.
    HandOver {
        mode_known: bool,
        first_round: bool,
    },
}

impl Content {
    pub fn kind(&self) -> LetterKind {
        match self {
            Self::Acknowledgement(_) | Self::PersonWillRead(_) => LetterKind::Acknowledgement,
            Self::Unreadable(_) => LetterKind::Unreadable,
            Self::Reminder(_) => LetterKind::Reminder,
            Self::NextStep(_) => LetterKind::NextStep,
            Self::Outcome(_) => LetterKind::Outcome,
            Self::Invitation(invitation) if invitation.kind == InvitationKind::Tomorrow => LetterKind::Reminder,
            Self::Invitation(_) => LetterKind::Invitation,
            Self::StaffNew(_) => LetterKind::StaffNew,
            Self::StaffWarning(_) => LetterKind::StaffWarning,
            Self::StaffBreach(_) => LetterKind::StaffBreach,
            Self::StaffEscalation(_) => LetterKind::StaffEscalation,
            Self::StaffAttention(_) | Self::StaffNotRoutine(_) | Self::StaffInvitation(_) => LetterKind::StaffAttention,
            Self::CommandReply(_) => LetterKind::CommandReply,
            Self::Digest(_) => LetterKind::Digest,
            Self::Canary => LetterKind::Canary,
        }
    }
}

impl LetterKind {
    pub const ALL: [Self; 14] = [
        Self::Acknowledgement,
        Self::Unreadable,
        Self::Reminder,
        Self::NextStep,
        Self::StaffNew,
        Self::StaffWarning,
        Self::StaffBreach,
        Self::StaffEscalation,
        Self::StaffAttention,
        Self::CommandReply,
        Self::Invitation,
        Self::Outcome,
        Self::Digest,
        Self::Canary,
    ];

    /// As people call it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::Unreadable => "letter about a file that cannot be read",
            Self::Reminder => "reminder",
            Self::NextStep => "letter about the next step",
            Self::StaffNew => "notice of new mail",
            Self::StaffWarning => "warning",
            Self::StaffBreach => "notice of a broken promise",
            Self::StaffEscalation => "escalation",
            Self::StaffAttention => "alert",
            Self::CommandReply => "reply to a command",
            Self::Invitation => "invitation to a session",
            Self::Outcome => "letter about the outcome",
            Self::Digest => "digest",
            Self::Canary => "test message to ourselves",
        }
    }

    /// The name in JSON and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::Unreadable => "unreadable",
            Self::Reminder => "reminder",
            Self::NextStep => "next-step",
            Self::StaffNew => "staff-new",
            Self::StaffWarning => "staff-warning",
            Self::StaffBreach => "staff-breach",
            Self::StaffEscalation => "staff-escalation",
            Self::StaffAttention => "staff-attention",
            Self::CommandReply => "command-reply",
            Self::Invitation => "invitation",
            Self::Outcome => "outcome",
            Self::Digest => "digest",
            Self::Canary => "canary",
        }
    }

    /// It stays among us: to staff, or to the mailbox itself.
    pub fn is_for_staff(self) -> bool {
        match self {
            Self::Acknowledgement
            | Self::Unreadable
            | Self::Reminder
            | Self::NextStep
            | Self::Invitation
            | Self::Outcome => false,
            Self::StaffNew
            | Self::StaffWarning
            | Self::StaffBreach
            | Self::StaffEscalation
            | Self::StaffAttention
            | Self::Digest
            | Self::CommandReply
            | Self::Canary => true,
        }
    }

    /// Answers a message (`auto-replied`), or is sent of our own accord (`auto-generated`): RFC 3834 §5.
    pub fn answers_a_message(self) -> bool {
        matches!(self, Self::Acknowledgement | Self::Unreadable | Self::CommandReply)
    }
}
