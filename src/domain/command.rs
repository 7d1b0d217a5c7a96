//! The verbs of staff: `!accept`, `!hold reason`. How they are read is in `read`.

mod read;
mod received;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::case::SubmissionKind;
use super::ids::{Address, CaseRef};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Command {
    Accept,
    Changes {
        /// Of this organisation's form rather than of a SCAL or a pack.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<String>,
    },
    Hold {
        reason: String,
    },
    Resume,
    Restart,
    Session {
        /// In London.
        starts: DateTime,
        minutes: u32,
        link: Option<String>,
        /// Who is invited beside the one who is written to, and the team.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        with: Vec<Address>,
    },
    /// Times for a session from which the partner may choose.
    Offer {
        /// In London.
        times: Vec<DateTime>,
        minutes: u32,
    },
    /// The session does not take place, or the partner did not come.
    Cancel {
        reason: Option<String>,
    },
    /// These tests passed; without any, all did.
    Passed {
        tests: Vec<String>,
    },
    Remedial {
        tests: Vec<String>,
    },
    ScalUpdate,
    /// The Technical Conformance Certificate was issued.
    Tcc,
    /// The connection agreement is out, or in a later round stays as it is.
    Agreement {
        unchanged: bool,
    },
    Accepted,
    Approve {
        form: Option<String>,
    },
    /// The partner gave a day: no reminder before.
    Until {
        day: Date,
    },
    /// The partner was answered where nobody can see it.
    Told {
        how: String,
        on: Date,
    },
    /// Staff opened themselves what the automatic check could not.
    Received {
        what: SubmissionKind,
        /// Of this organisation, where it is a form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<String>,
    },
    Mode {
        mode: AccessMode,
    },
    Note {
        text: String,
    },
    Withdraw {
        reason: Option<String>,
    },
    Close {
        reason: String,
    },
    Reopen,
    /// The case goes on as another one.
    Merge {
        into: CaseRef,
    },
    /// A file of the case gets a case of its own.
    Split {
        file: String,
    },
    /// A message belongs to that case.
    Move {
        to: CaseRef,
    },
    /// Who takes part on the partner's side.
    Contact {
        joins: bool,
        address: Address,
    },
    /// Who of ours looks after the case: a name, an address, `me` or `nobody`, as it was written.
    Assign {
        who: String,
    },
    /// Somebody of ours is away; without an address, whoever says so.
    Away {
        who: Option<Address>,
        from: Date,
        /// The last day.
        until: Date,
    },
    Back {
        who: Option<Address>,
    },
    /// Asks for the list of commands.
    Help,
    /// Takes the last command on the case back.
    Undo,
    /// Halts all letters to partners.
    Stop,
    Start,
}

/// How a product reaches e-RS (PROCESS.md): what must be approved before Stage 3 is complete depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessMode {
    ApplicationRestricted,
    UserRestricted,
}

/// A command, and how it is to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub command: Command,
    pub manner: Manner,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manner {
    /// Record only: the partner gets no letter.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// The letter goes out even where a person wrote to the partner lately.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub send: bool,
    /// It happened on this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("a command starts with an exclamation mark, such as !accept: {0:?} does not")]
    NotACommand(String),
    #[error("there is no command !{0}. The commands are: {LIST}")]
    Unknown(String),
    #[error("!{verb} needs {needs}, such as: {example}")]
    Incomplete { verb: &'static str, needs: &'static str, example: &'static str },
    #[error("!{verb} takes nothing after it; {rest:?} was not understood")]
    Surplus { verb: &'static str, rest: String },
}

/// Every command, as staff are told of them.
pub const LIST: &str = "!accept, !changes, !session DATE TIME LENGTH, !cancel, !passed [TESTS], !remedial TESTS, \
    !scal-update, !tcc, !agreement, !accepted, !approve [ODS CODE], !mode MODE, !hold REASON, !resume, !restart, \
    !until DATE, !told HOW DATE, !received WHAT, !note TEXT, !withdraw, !close REASON, !reopen, !merge CASE, !split FILE, \
    !move CASE, !contact add|remove ADDRESS, !assign NAME, !away DATE to DATE, !back, !undo, !stop, !start, !help";

/// Each with what it does.
pub const HELP: [&str; 36] = [
    "!accept: the SCAL, or the returned certificate, is accepted",
    "!changes: the partner is asked for changes; to a form: !changes RXQ",
    "!session DATE TIME LENGTH: books a witness testing session, or moves it; with ADDRESS, ADDRESS: they are invited too",
    "!session DATE TIME or DATE TIME: offers the partner these times and books nothing yet",
    "!cancel: the session does not take place",
    "!passed TESTS: these tests passed; without any, all did",
    "!remedial TESTS: these tests need remedial action",
    "!scal-update: the SCAL must be updated",
    "!tcc: the certificate is issued",
    "!agreement: the connection agreement is out; !agreement unchanged: it stays as it is",
    "!accepted: the agreement is accepted",
    "!approve ODS CODE: the approval form is approved",
    "!mode MODE: access is application-restricted or user-restricted",
    "!hold REASON: stops the clock",
    "!resume: lets go on what was stopped",
    "!restart: counts the days anew from the latest submission",
    "!until DATE: no reminder to the partner before that day",
    "!told HOW DATE: the partner was answered, such as !told by phone 24 November",
    "!received WHAT: you opened a scal, a pack or a form (!received form RXQ) that the automatic check could not",
    "!note TEXT: writes something into the story of the case",
    "!withdraw: the partner withdrew; the case is closed",
    "!close REASON: closes the case, such as !close duplicate",
    "!reopen: opens it again",
    "!merge CASE: the case goes on as that one, such as !merge ERS-00041",
    "!split FILE: this file gets a case of its own",
    "!move CASE: the message that you answer belongs to that case",
    "!contact add ADDRESS: somebody of the partner takes part from now on",
    "!contact remove ADDRESS: they take part no more",
    "!assign NAME: who of you looks after the case; also !assign me, an address, or !assign nobody",
    "!away DATE to DATE: you are away on these days, and your deputy hears what you would; of somebody else: !away ADDRESS DATE to DATE",
    "!back: you are here again; of somebody else: !back ADDRESS",
    "!undo: takes the last command on the case back, within 15 minutes",
    "!stop: halts all letters to partners, about any case",
    "!start: lets them go on",
    "!help: this list",
    "After a command may stand silent (no letter to the partner), send (a letter in any case) and on DATE (it happened then)",
];

impl Command {
    /// As staff write it, without what follows the verb.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Accept => "!accept",
            Self::Changes { .. } => "!changes",
            Self::Hold { .. } => "!hold",
            Self::Resume => "!resume",
            Self::Restart => "!restart",
            Self::Session { .. } | Self::Offer { .. } => "!session",
            Self::Cancel { .. } => "!cancel",
            Self::Passed { .. } => "!passed",
            Self::Remedial { .. } => "!remedial",
            Self::ScalUpdate => "!scal-update",
            Self::Tcc => "!tcc",
            Self::Agreement { .. } => "!agreement",
            Self::Accepted => "!accepted",
            Self::Approve { .. } => "!approve",
            Self::Until { .. } => "!until",
            Self::Told { .. } => "!told",
            Self::Received { .. } => "!received",
            Self::Mode { .. } => "!mode",
            Self::Note { .. } => "!note",
            Self::Withdraw { .. } => "!withdraw",
            Self::Close { .. } => "!close",
            Self::Reopen => "!reopen",
            Self::Merge { .. } => "!merge",
            Self::Split { .. } => "!split",
            Self::Move { .. } => "!move",
            Self::Contact { .. } => "!contact",
            Self::Assign { .. } => "!assign",
            Self::Away { .. } => "!away",
            Self::Back { .. } => "!back",
            Self::Help => "!help",
            Self::Undo => "!undo",
            Self::Stop => "!stop",
            Self::Start => "!start",
        }
    }

    /// About the program as a whole rather than one case.
    pub fn is_global(&self) -> bool {
        matches!(self, Self::Stop | Self::Start | Self::Help | Self::Away { .. } | Self::Back { .. })
    }

    /// Says that something lies on the wrong case.
    pub fn corrects(&self) -> bool {
        matches!(self, Self::Merge { .. } | Self::Split { .. } | Self::Move { .. })
    }

    /// The case that is named beside the one it is about.
    pub fn beside(&self) -> Option<CaseRef> {
        if let Self::Merge { into: case } | Self::Move { to: case } = self { Some(*case) } else { None }
    }
}

impl AccessMode {
    pub fn name(self) -> &'static str {
        match self {
            Self::ApplicationRestricted => "application-restricted",
            Self::UserRestricted => "user-restricted",
        }
    }
}

#[cfg(test)]
mod tests;
