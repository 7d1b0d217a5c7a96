//! Facts: what a decision adds to the record of a case. Applied by the fold, for ever, so fields are only ever added.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case::{Assignee, FormThread, Submission, SubmissionKind};
use super::certificate::Issued;
use super::clocks::{Clock, Notice};
use super::command::AccessMode;
use super::difference::Difference;
use super::ids::{Address, BlobDigest, CaseRef, IdentityDigest, MailboxName, MessageId};
use super::lane::{Lane, LaneName, Phase};
use super::policy::Team;
use super::reading::{Finding, Matter, Need, Participation, Supplier};
use super::session::Session;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
pub enum Fact {
    CaseOpened {
        mailbox: MailboxName,
        subject: String,
    },
    /// A message joined the case.
    MessageFiled {
        message_id: Option<MessageId>,
        identity: IdentityDigest,
        raw: BlobDigest,
        /// When the server took it in. Messages are not always seen in the order in which they were written.
        received_at: Timestamp,
        /// The partner who wrote it; `None` for our own people and for automatic mail.
        #[serde(default)]
        partner: Option<Address>,
        /// It brought files, or spoke of some, and the automatic check made nothing of them.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unread: bool,
        /// Its sender sent a form and takes no part in the case: it is beside the thread of the partner.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        aside: bool,
    },
    /// What a document says of the supplier and the product; empty fields leave what is known.
    PartnerNamed {
        supplier: Supplier,
    },
    ParticipantSeen {
        address: Address,
        name: Option<String>,
    },
    /// Staff took somebody off the case.
    ParticipantRemoved {
        by: String,
        address: Address,
    },
    /// Somebody of the partner needs letters in another format.
    NeedStated {
        address: Address,
        need: Need,
    },
    /// Who of ours looks after the case; `None`: nobody in particular.
    CaseAssigned {
        by: String,
        to: Option<Assignee>,
    },
    SubmissionFiled(Submission),
    PhaseEntered {
        lane: LaneName,
        phase: Phase,
        clock: Option<Clock>,
        #[serde(default)]
        returns_to: Option<Box<Lane>>,
    },
    /// The clock of a lane was started, joined, answered, held, resumed or restarted.
    ClockSet {
        lane: LaneName,
        change: ClockChange,
        clock: Option<Clock>,
    },
    NoticeGiven {
        lane: LaneName,
        notice: Notice,
        /// Notices that fell due while the program was down, recorded instead of sent.
        #[serde(default)]
        passed_over: Vec<Notice>,
        next: Option<Notice>,
    },
    /// It fell due outside office hours, or too soon after another reminder.
    NoticePutOff {
        lane: LaneName,
        next: Notice,
    },
    /// Unless somebody writes or gives a command before, staff are asked then whether to keep the case or close it.
    SilenceWatched {
        ask_at: Option<Timestamp>,
    },
    /// The Technical Conformance Certificate went to the partner.
    CertificateIssued {
        issued: Issued,
    },
    /// A SCAL came back with the certificate that was issued.
    CertificateReturned,
    /// The access mode is known; before, it is a question to staff.
    ModeSet {
        mode: AccessMode,
    },
    /// A witness testing session was booked, or moved.
    SessionSet {
        session: Session,
    },
    /// Somebody who was invited said whether they come.
    SessionAnswered {
        address: Address,
        answer: Participation,
    },
    /// Its day is past, or it was cancelled.
    SessionEnded {
        cancelled: bool,
    },
    /// How staff judged tests: those that passed are closed, the others open until they do. `all`: none is left open.
    TestsJudged {
        #[serde(default)]
        passed: Vec<String>,
        #[serde(default)]
        remedial: Vec<String>,
        #[serde(default)]
        all: bool,
    },
    ScalUpdateAsked,
    /// The latest SCAL was accepted.
    ScalAccepted,
    /// A new SCAL came after assurance was done.
    RoundOpened,
    /// Who sent a form: letters about it go there, and tell of nothing else.
    FormFrom {
        lane: LaneName,
        sender: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<FormThread>,
    },
    /// A lane is not needed any more: the form that was awaited has come, under its own code.
    LaneEnded {
        lane: LaneName,
    },
    /// Stage 3 is complete.
    Approved,
    QuestionOpened,
    /// A person of ours wrote to the partner.
    HumanReplied {
        by: String,
        /// When it was written, which may be long before it was seen.
        sent_at: Timestamp,
        /// It carried the blank witness test pack.
        #[serde(default)]
        blank_pack: bool,
        /// Whose promises it answers. Not recorded before there were two teams at work on one case.
        #[serde(default)]
        teams: Vec<Team>,
    },
    GatheringStarted {
        correspondent: Address,
        until: Timestamp,
    },
    AcknowledgementGathered {
        correspondent: Address,
        received: Received,
    },
    GatheringEnded {
        correspondent: Address,
    },
    /// A letter of ours belongs to the thread.
    LetterThreaded {
        message_id: MessageId,
        /// It went to the sender of a form, who takes no part in the case.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        aside: bool,
    },
    LetterBounced {
        message_id: MessageId,
        status: Option<String>,
    },
    /// The mail server refused a letter for good.
    LetterRefused {
        message_id: MessageId,
        reason: String,
    },
    /// The partner wrote what is not routine: letters are kept back until staff say so.
    SetAside {
        matters: Vec<Matter>,
    },
    /// What would have been acknowledged, had the case not been set aside.
    AcknowledgementWithheld {
        correspondent: Address,
        received: Received,
    },
    RoutineAgain {
        by: String,
    },
    NoteAdded {
        by: String,
        text: String,
    },
    CommandGiven {
        by: String,
        command: String,
    },
    /// The last command was taken back, and these letters about it with it. None of them had left.
    CommandUndone {
        by: String,
        command: String,
        given_at: Timestamp,
        #[serde(default)]
        withdrawn: Vec<MessageId>,
    },
    CaseClosed {
        by: String,
        reason: String,
    },
    CaseReopened {
        by: String,
    },
    /// Staff said that a message, or one file of it, belongs to another case.
    MessageMoved {
        /// `None`: it stays, and only the files go.
        #[serde(default)]
        message: Option<FiledMessage>,
        #[serde(default)]
        files: Vec<BlobDigest>,
        to: CaseRef,
        /// Its sender, where they wrote nothing else here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leaves: Option<Address>,
        /// It had asked what the case still had open.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        asked: bool,
    },
    /// The case goes on as another one, with all its messages.
    CaseMerged {
        into: CaseRef,
        messages: Vec<FiledMessage>,
    },
    /// Another case goes on as this one.
    TookOver {
        from: CaseRef,
    },
}

/// Where a case went, and the messages that went with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    pub into: CaseRef,
    pub messages: Vec<FiledMessage>,
}

/// A message by what it is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledMessage {
    pub identity: IdentityDigest,
    #[serde(default)]
    pub message_id: Option<MessageId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockChange {
    Started,
    Joined,
    Answered,
    Held,
    Resumed,
    Restarted,
    Stopped,
}

/// One message as its acknowledgement tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub message_id: Option<MessageId>,
    pub subject: String,
    pub received_at: Timestamp,
    pub items: Vec<Item>,
    /// Findings about the message itself.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// One file of a message as letters name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub name: String,
    pub recognised: Option<SubmissionKind>,
    /// Exactly this file was filed before.
    #[serde(default)]
    pub repeated: bool,
    #[serde(default)]
    pub readable: bool,
    /// The template is known, so that findings may go to the partner.
    #[serde(default)]
    pub checked: bool,
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What only the case can tell: whether the certificate is the one that was issued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of_case: Vec<Finding>,
    /// Beside the last document of its kind on the case; `None` for the first, and for whoever may not hear of that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Box<Difference>>,
}
