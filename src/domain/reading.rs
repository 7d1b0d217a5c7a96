//! What was read from a message and its documents: facts only. Written by `intake`, used by the rules.
//! Never holds the text of a mail, but for lines that are commands and the few words that ask for another format: the
//! journal records these values, and text must stay disposable.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::agreement::{AgreementStep, AgreementTold};
pub use self::finding::{Finding, FindingCode, Severity};
pub use self::need::{Format, Need};
pub use self::scheduling::{Attendee, Method, Participation, Scheduling};
use super::ids::{Address, BlobDigest, IdentityDigest, MessageId};

mod agreement;
mod finding;
mod need;
mod scheduling;

/// Everything the rules may know of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFacts {
    pub identity: IdentityDigest,
    pub message_id: Option<MessageId>,
    /// `In-Reply-To` first, then `References` from the newest to the oldest; each id once.
    pub references: Vec<MessageId>,
    /// The visible author (`From`). `None` when there is no readable one.
    pub from: Option<Mailbox>,
    /// The topmost `Return-Path`.
    pub return_path: ReturnPath,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    /// Decoded, on one line, at most `limits::SUBJECT_CHARS_MAX`.
    pub subject: String,
    pub automatic: Option<Automatic>,
    /// Why no answer may go out, when it may not: the rule, such as `A2: null reverse-path`.
    pub no_answer: Option<String>,
    pub bounce: Option<Bounce>,
    /// The one event of an invitation, or of an answer to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduling: Option<Scheduling>,
    pub authenticated: Authenticated,
    pub says: Says,
    /// What the new words and a new subject speak of, where that is not for an automatic answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_routine: Vec<Matter>,
    /// The same of a subject that a reply carries. It is new only where the message that is answered is not known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_routine_reply_subject: Vec<Matter>,
    /// What a notice of the agreement portal tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementTold>,
    /// The first lines of the sender's own new words, as far as each begins with `!`. Only staff are obeyed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    pub documents: Vec<Document>,
    /// Findings about the message itself: no attachment, only a link, removed by a filter.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    pub name: Option<String>,
    pub address: Address,
}

/// The reverse-path of the envelope as the final server wrote it (RFC 5321 §4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReturnPath {
    Absent,
    Null,
    Address(Address),
}

/// What kind of automatic message this is (STANDARDS §1). The names are those of `inspect --json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Automatic {
    /// A delivery status notification saying that delivery failed, in RFC 3464 form or not.
    Bounce,
    /// A notification that is no failure: delayed, delivered, relayed; or a read receipt (RFC 8098).
    DeliveryNotice,
    AutoReply,
    OutOfOffice,
    List,
    Bulk,
    /// One of our own letters.
    Own,
    Calendar,
}

/// A delivery report about a letter of ours (RFC 3464).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounce {
    /// The Message-ID in the returned headers.
    pub original: Option<MessageId>,
    pub recipient: Option<Address>,
    /// The enhanced status code, such as `5.1.1`.
    pub status: Option<String>,
    pub action: BounceAction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BounceAction {
    Failed,
    Delayed,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authenticated {
    Pass,
    Fail,
    None,
}

/// What the sender's own new words say, as far as the rules need it (never quoted text or banners).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Says {
    /// Speaks of an attachment ("please find attached").
    pub attachment: bool,
    pub draft: bool,
    pub for_information: bool,
    pub question: bool,
    /// Nothing but thanks.
    pub thanks_only: bool,
    /// Has any new text at all.
    pub anything: bool,
    /// In which formats they ask for our letters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// An automatic reply of one of our own people tells that they are away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away: Option<AwayNotice>,
}

/// The days that an automatic reply names, both counted, as far as they can be read surely.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AwayNotice {
    pub from: Option<Date>,
    pub until: Option<Date>,
}

/// What a message that is not routine speaks of (PROCESS.md, "Trust, safety and the wrong case").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    PatientHarm,
    LiveIncident,
    SecurityFlaw,
    DataBreach,
    FreedomOfInformation,
    SubjectAccess,
    Complaint,
    LegalAction,
}

/// `patient harm, a complaint`
pub fn in_words<'a>(matters: impl IntoIterator<Item = &'a Matter>) -> String {
    matters.into_iter().map(|matter| matter.in_words()).collect::<Vec<_>>().join(", ")
}

impl Matter {
    pub const ALL: [Self; 8] = [
        Self::PatientHarm,
        Self::LiveIncident,
        Self::SecurityFlaw,
        Self::DataBreach,
        Self::FreedomOfInformation,
        Self::SubjectAccess,
        Self::Complaint,
        Self::LegalAction,
    ];

    /// As the end of a sentence: `it speaks of …`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::PatientHarm => "patient harm",
            Self::LiveIncident => "a live incident",
            Self::SecurityFlaw => "a security flaw",
            Self::DataBreach => "a data breach",
            Self::FreedomOfInformation => "freedom of information",
            Self::SubjectAccess => "subject access",
            Self::Complaint => "a complaint",
            Self::LegalAction => "legal action",
        }
    }

    /// Safety and security: it may not wait until somebody opens the shared mailbox.
    pub fn is_urgent(self) -> bool {
        match self {
            Self::PatientHarm | Self::LiveIncident | Self::SecurityFlaw | Self::DataBreach => true,
            Self::FreedomOfInformation | Self::SubjectAccess | Self::Complaint | Self::LegalAction => false,
        }
    }
}

/// One attachment, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The file name as the sender wrote it, on one line; `in.zip/inner.xlsx` for a file inside a zip.
    pub name: String,
    pub bytes: u64,
    pub sha256: BlobDigest,
    pub readable: bool,
    /// Why it could not be read.
    pub problem: Option<FindingCode>,
    pub kind: DocumentKind,
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "facts", rename_all = "kebab-case")]
pub enum DocumentKind {
    Scal(Box<Scal>),
    WitnessPack(WitnessPack),
    ApprovalForm(ApprovalForm),
    /// What the certificate says of itself; `None` where only its name was looked at.
    Certificate(Option<Box<Certificate>>),
    Other,
}

impl DocumentKind {
    /// The `kind` of `inspect --json`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Scal(_) => "scal",
            Self::WitnessPack(_) => "witness-pack",
            Self::ApprovalForm(_) => "approval-form",
            Self::Certificate(_) => "certificate",
            Self::Other => "other",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scal {
    pub template_version: Option<String>,
    /// A profile knows this template. When none does, findings are for staff only.
    pub template_known: bool,
    pub supplier: Supplier,
    pub services: Vec<String>,
    pub in_scope_tabs: Vec<String>,
    /// Asks for an e-RS service, or carries answers on an e-RS tab.
    pub for_this_service: bool,
    /// Counted by the full reading; `None` until the document was read in full.
    pub requirements: Option<RequirementCounts>,
    /// Each requirement's answer, so that the next submission can be compared with this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<TabAnswers>,
    pub certificate: Option<EmbeddedCertificate>,
}

/// The answers of one tab in scope, in the order of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabAnswers {
    pub sheet: String,
    pub answers: Vec<RequirementAnswer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementAnswer {
    /// The ID, such as `A005-01`; the cell of the answer where the row has none.
    pub requirement: String,
    pub answer: Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Yes,
    No,
    OutOfScope,
    Unanswered,
    /// Something is written that the profile does not know as an answer.
    Other,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Supplier {
    pub organisation: Option<String>,
    pub ods_code: Option<String>,
    pub product: Option<String>,
    pub version: Option<String>,
    pub safety_officer: Option<String>,
    pub safety_officer_email: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementCounts {
    pub yes: u32,
    pub no: u32,
    pub out_of_scope: u32,
    /// Those with an answer that is none of the others, too.
    pub unanswered: u32,
}

impl RequirementCounts {
    pub fn count(&mut self, answer: Answer) {
        let count = match answer {
            Answer::Yes => &mut self.yes,
            Answer::No => &mut self.no,
            Answer::OutOfScope => &mut self.out_of_scope,
            Answer::Unanswered | Answer::Other => &mut self.unanswered,
        };
        *count += 1;
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddedCertificate {
    pub sheet: String,
    pub cell: String,
    pub name: Option<String>,
    pub sha256: BlobDigest,
    /// What it says of itself, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// A Technical Conformance Certificate, as far as it tells which one it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Certificate {
    pub reference: Option<String>,
    pub supplier: Option<String>,
    pub product: Option<String>,
    pub version: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WitnessPack {
    pub supplier: Option<String>,
    pub product: Option<String>,
    /// Counted by the full reading.
    pub tests: Option<TestCounts>,
    /// Each test with its result, so that the next pack can be compared with this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<TestResult>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    pub test: String,
    pub outcome: TestOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestOutcome {
    Passed,
    Failed,
    NotApplicable,
    NotRun,
    Unclear,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCounts {
    pub total: u32,
    pub passed: u32,
    pub failed: u32,
    pub not_applicable: u32,
    pub not_run: u32,
    pub unclear: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApprovalForm {
    pub organisation: Option<String>,
    pub ods_code: Option<String>,
    pub product: Option<String>,
    pub senior_responsible_person: Option<String>,
    pub signed_by: Option<String>,
    pub signed_on: Option<String>,
}

/// What was learnt of a blank workbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taught {
    /// The profile, as TOML with comments.
    pub profile: String,
    /// What was found, a line each.
    pub found: Vec<String>,
    /// What a person should look at, a line each.
    pub unsure: Vec<String>,
}
