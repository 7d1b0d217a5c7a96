//! The verbs of staff: `!accept`, `!hold reason`. Reads them, and says in full why one is not understood.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Command {
    Accept,
    Changes,
    Hold {
        reason: String,
    },
    Resume,
    Restart,
    Note {
        text: String,
    },
    Close {
        reason: String,
    },
    /// Halts all letters to partners.
    Stop,
    Start,
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
pub const LIST: &str = "!accept, !changes, !hold REASON, !resume, !restart, !note TEXT, !close REASON, !stop, !start";

impl Command {
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let text = text.trim();
        let Some(body) = text.strip_prefix('!') else {
            return Err(CommandError::NotACommand(text.to_owned()));
        };
        let (verb, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        let rest = rest.trim();
        let alone = |verb, command| match rest {
            "" => Ok(command),
            rest => Err(CommandError::Surplus { verb, rest: rest.to_owned() }),
        };
        let with = |verb, needs, example| match rest {
            "" => Err(CommandError::Incomplete { verb, needs, example }),
            rest => Ok(rest.to_owned()),
        };
        match verb.to_lowercase().as_str() {
            "accept" => alone("accept", Self::Accept),
            "changes" => alone("changes", Self::Changes),
            "hold" => with("hold", "a reason", "!hold waiting for the clinical safety team")
                .map(|reason| Self::Hold { reason }),
            "resume" => alone("resume", Self::Resume),
            "restart" => alone("restart", Self::Restart),
            "note" => with("note", "a text", "!note spoke to them on the telephone").map(|text| Self::Note { text }),
            "close" => with("close", "a reason", "!close duplicate").map(|reason| Self::Close { reason }),
            "stop" => alone("stop", Self::Stop),
            "start" => alone("start", Self::Start),
            other => Err(CommandError::Unknown(other.to_owned())),
        }
    }

    /// As staff write it, without what follows the verb.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Accept => "!accept",
            Self::Changes => "!changes",
            Self::Hold { .. } => "!hold",
            Self::Resume => "!resume",
            Self::Restart => "!restart",
            Self::Note { .. } => "!note",
            Self::Close { .. } => "!close",
            Self::Stop => "!stop",
            Self::Start => "!start",
        }
    }

    /// About the program as a whole rather than one case.
    pub fn is_global(&self) -> bool {
        matches!(self, Self::Stop | Self::Start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_read_and_faults_are_named() {
        assert_eq!(Command::parse(" !Accept "), Ok(Command::Accept));
        let hold = Command::Hold { reason: "CSO on leave".to_owned() };
        assert_eq!(Command::parse("!hold  CSO on leave"), Ok(hold));
        for (text, says) in [
            ("accept", "starts with an exclamation mark"),
            ("!acept", "there is no command !acept"),
            ("!hold", "!hold needs a reason"),
            ("!resume tomorrow", "\"tomorrow\" was not understood"),
        ] {
            let error = Command::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
