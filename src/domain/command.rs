//! The verbs of staff: `!accept`, `!hold reason`. Reads them, and says in full why one is not understood.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::ids::Address;
use super::when;

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
    /// Who takes part on the partner's side.
    Contact {
        joins: bool,
        address: Address,
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
    !until DATE, !told HOW DATE, !note TEXT, !withdraw, !close REASON, !reopen, !contact add|remove ADDRESS, !undo, !stop, !start, !help";

/// Each with what it does.
pub const HELP: [&str; 28] = [
    "!accept: the SCAL, or the returned certificate, is accepted",
    "!changes: the partner is asked for changes; to a form: !changes RXQ",
    "!session DATE TIME LENGTH: books a witness testing session, or moves it",
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
    "!note TEXT: writes something into the story of the case",
    "!withdraw: the partner withdrew; the case is closed",
    "!close REASON: closes the case, such as !close duplicate",
    "!reopen: opens it again",
    "!contact add ADDRESS: somebody of the partner takes part from now on",
    "!contact remove ADDRESS: they take part no more",
    "!undo: takes the last command on the case back, within 15 minutes",
    "!stop: halts all letters to partners, about any case",
    "!start: lets them go on",
    "!help: this list",
    "After a command may stand silent (no letter to the partner), send (a letter in any case) and on DATE (it happened then)",
];

/// A session that is given no length.
const SESSION_MINUTES: u32 = 60;
const SESSION_MINUTES_MAX: u32 = 8 * 60;
const TESTS_MAX: usize = 100;

impl Order {
    /// Reads a command. `today` stands for the year that people leave out, and for `on` where they give none.
    pub fn parse(text: &str, today: Date) -> Result<Self, CommandError> {
        let text = text.trim();
        let Some(body) = text.strip_prefix('!') else {
            return Err(CommandError::NotACommand(text.to_owned()));
        };
        let (verb, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        let verb = verb.to_lowercase();
        // A text may end in any word: nothing is taken out of it.
        let is_text = matches!(verb.as_str(), "hold" | "note" | "close" | "told");
        let (rest, manner) = if is_text { (rest.trim(), Manner::default()) } else { manner(rest.trim(), today) };
        Ok(Self { command: Command::read(&verb, rest, today)?, manner })
    }
}

/// `silent`, `send` and `on DATE` stand at the end, in any order.
fn manner(text: &str, today: Date) -> (&str, Manner) {
    let (mut text, mut manner) = (text, Manner::default());
    loop {
        let lower = text.to_ascii_lowercase();
        let ends = |word: &str| lower == word || lower.ends_with(&format!(" {word}"));
        if ends("silent") {
            manner.silent = true;
            text = before(text, "silent");
        } else if ends("send") {
            manner.send = true;
            text = before(text, "send");
        } else if let Some((start, day)) = ending_date(text, today) {
            manner.on = Some(day);
            text = start;
        } else {
            return (text, manner);
        }
    }
}

fn before<'a>(text: &'a str, word: &str) -> &'a str {
    text.get(..text.len() - word.len()).unwrap_or_default().trim_end()
}

/// What stands before `on DATE`, where that is the end of the text.
fn ending_date(text: &str, today: Date) -> Option<(&str, Date)> {
    let lower = text.to_ascii_lowercase();
    let at = if lower.starts_with("on ") { 0 } else { lower.rfind(" on ")? + 1 };
    let (start, end) = text.split_at_checked(at)?;
    let (day, after) = when::date_in(end, today)?;
    (after.is_empty() && day >= when::EARLIEST).then(|| (start.trim_end(), day))
}

impl Command {
    fn read(verb: &str, rest: &str, today: Date) -> Result<Self, CommandError> {
        let alone = |verb, command| match rest {
            "" => Ok(command),
            rest => Err(CommandError::Surplus { verb, rest: rest.to_owned() }),
        };
        let with = |verb, needs, example| match rest {
            "" => Err(CommandError::Incomplete { verb, needs, example }),
            rest => Ok(rest.to_owned()),
        };
        let perhaps = || (!rest.is_empty()).then(|| rest.to_owned());
        match verb {
            "accept" => alone("accept", Self::Accept),
            "changes" => Ok(Self::Changes { form: code(rest) }),
            "hold" => with("hold", "a reason", "!hold waiting for the clinical safety team")
                .map(|reason| Self::Hold { reason }),
            "resume" => alone("resume", Self::Resume),
            "restart" => alone("restart", Self::Restart),
            "session" => session(rest, today),
            "cancel" => Ok(Self::Cancel { reason: perhaps() }),
            "passed" | "pass" => Ok(Self::Passed { tests: tests(rest) }),
            "remedial" => with("remedial", "the tests that need remedial action", "!remedial A005-03 A007-01")
                .map(|rest| Self::Remedial { tests: tests(&rest) }),
            "scal-update" => alone("scal-update", Self::ScalUpdate),
            "tcc" => alone("tcc", Self::Tcc),
            "agreement" if rest.eq_ignore_ascii_case("unchanged") => Ok(Self::Agreement { unchanged: true }),
            "agreement" => alone("agreement", Self::Agreement { unchanged: false }),
            "accepted" => alone("accepted", Self::Accepted),
            "approve" => Ok(Self::Approve { form: code(rest) }),
            "until" => until(rest, today),
            "told" => told(rest, today),
            "mode" => mode(rest),
            "note" => with("note", "a text", "!note spoke to them on the telephone").map(|text| Self::Note { text }),
            "withdraw" => Ok(Self::Withdraw { reason: perhaps() }),
            "close" => with("close", "a reason", "!close duplicate").map(|reason| Self::Close { reason }),
            "reopen" => alone("reopen", Self::Reopen),
            "contact" => contact(rest),
            "help" => alone("help", Self::Help),
            "undo" => alone("undo", Self::Undo),
            "stop" => alone("stop", Self::Stop),
            "start" => alone("start", Self::Start),
            other => Err(CommandError::Unknown(other.to_owned())),
        }
    }

    /// As staff write it, without what follows the verb.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Accept => "!accept",
            Self::Changes { .. } => "!changes",
            Self::Hold { .. } => "!hold",
            Self::Resume => "!resume",
            Self::Restart => "!restart",
            Self::Session { .. } => "!session",
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
            Self::Mode { .. } => "!mode",
            Self::Note { .. } => "!note",
            Self::Withdraw { .. } => "!withdraw",
            Self::Close { .. } => "!close",
            Self::Reopen => "!reopen",
            Self::Contact { .. } => "!contact",
            Self::Help => "!help",
            Self::Undo => "!undo",
            Self::Stop => "!stop",
            Self::Start => "!start",
        }
    }

    /// About the program as a whole rather than one case.
    pub fn is_global(&self) -> bool {
        matches!(self, Self::Stop | Self::Start | Self::Help)
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

fn session(rest: &str, today: Date) -> Result<Command, CommandError> {
    let incomplete = CommandError::Incomplete {
        verb: "session",
        needs: "a date and a time, and may have a length and a link to join",
        example: "!session 3 December 2026 10.30am 60 minutes https://teams.example/meet/1",
    };
    let read = || {
        let (day, rest) = when::date_in(rest, today)?;
        let (time, mut rest) = when::time_in(rest)?;
        let (mut minutes, mut link) = (None, None);
        while let Some((word, after)) = when::word(rest) {
            if word.starts_with("https://") && link.is_none() {
                (link, rest) = (Some(word.to_owned()), after);
            } else {
                let (length, after) = length(word, after).filter(|_| minutes.is_none())?;
                (minutes, rest) = (Some(length), after);
            }
        }
        let minutes = minutes.unwrap_or(SESSION_MINUTES);
        let starts = day.to_datetime(time);
        (1..=SESSION_MINUTES_MAX).contains(&minutes).then_some(Command::Session { starts, minutes, link })
    };
    read().ok_or(incomplete)
}

/// `60 minutes`, `90min`, `2 hours`.
fn length<'a>(word: &'a str, after: &'a str) -> Option<(u32, &'a str)> {
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (figures, unit) = word.split_at_checked(end)?;
    let number: u32 = figures.parse().ok()?;
    let (unit, after) = if unit.is_empty() { when::word(after).unwrap_or(("minutes", "")) } else { (unit, after) };
    let unit = unit.to_lowercase();
    let each = ["minute", "min", "hour", "hr"].iter().position(|known| unit.trim_end_matches('s') == *known)?;
    Some((number.checked_mul(if each < 2 { 1 } else { 60 })?, after))
}

fn until(rest: &str, today: Date) -> Result<Command, CommandError> {
    let day = when::date_in(rest, today).filter(|(_, after)| after.is_empty()).map(|(day, _)| day);
    let needs = "a date that is still to come";
    day.filter(|day| *day > today).map(|day| Command::Until { day }).ok_or(CommandError::Incomplete {
        verb: "until",
        needs,
        example: "!until 1 March 2027",
    })
}

/// `by phone 24 November`: the last words may be a date.
fn told(rest: &str, today: Date) -> Result<Command, CommandError> {
    let starts = std::iter::once(0).chain(rest.match_indices(' ').map(|(at, _)| at + 1));
    let dated = starts.filter_map(|at| {
        let (how, date) = rest.split_at_checked(at)?;
        let (on, after) = when::date_in(date, today)?;
        after.is_empty().then(|| (how.trim(), on))
    });
    let (how, on) = dated.into_iter().next().unwrap_or((rest, today));
    let how = how.trim_end_matches(" on");
    if how.is_empty() || on > today {
        let needs = "how they were told, and may have the day if it was not today";
        return Err(CommandError::Incomplete { verb: "told", needs, example: "!told by phone 24 November" });
    }
    Ok(Command::Told { how: how.to_owned(), on })
}

fn contact(rest: &str) -> Result<Command, CommandError> {
    let read = || {
        let (word, rest) = when::word(rest)?;
        let joins = match word.to_lowercase().as_str() {
            "add" => true,
            "remove" => false,
            _ => return None,
        };
        Address::new(rest).map(|address| Command::Contact { joins, address })
    };
    read().ok_or(CommandError::Incomplete {
        verb: "contact",
        needs: "add or remove, and an address",
        example: "!contact add priya@supplier.example",
    })
}

fn mode(rest: &str) -> Result<Command, CommandError> {
    let mode = match rest.to_lowercase().replace(' ', "-").as_str() {
        "application-restricted" | "application" => AccessMode::ApplicationRestricted,
        "user-restricted" | "user" => AccessMode::UserRestricted,
        _ => {
            return Err(CommandError::Incomplete {
                verb: "mode",
                needs: "application-restricted or user-restricted",
                example: "!mode application-restricted",
            });
        }
    };
    Ok(Command::Mode { mode })
}

/// IDs of tests in the form in which packs are compared, each once.
fn tests(rest: &str) -> Vec<String> {
    let mut tests = Vec::new();
    for word in rest.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).take(TESTS_MAX) {
        let test = word.trim_end_matches('.').to_uppercase();
        if !test.is_empty() && test != "AND" && test != "ALL" && !tests.contains(&test) {
            tests.push(test);
        }
    }
    tests
}

/// The code of an organisation, as forms are told apart.
fn code(rest: &str) -> Option<String> {
    (!rest.is_empty()).then(|| rest.to_uppercase())
}

#[cfg(test)]
mod tests;
