//! What can go wrong with a mailbox on a server. Texts say what, where and what to do; never a password or a mail.

/// Longer rests are not believed.
const REST_SECS_MAX: u64 = 3_600;
/// Where the server asks for a rest and does not say how long: what Exchange usually asks for.
const REST_SECS_DEFAULT: u64 = 300;

#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    #[error("{place}: cannot connect ({why}); check `host`, `port` and the network")]
    CannotReach { place: String, why: String },
    #[error("{place}: no private connection: {why}")]
    Tls { place: String, why: String },
    #[error("{place}: login refused ({text}); {advice}")]
    AuthenticationRefused { place: String, text: String, advice: &'static str },
    /// The connection is still good: another command may be tried.
    #[error("{place}: the server refused {command} ({text}); check the folder's name and this account's rights to it")]
    CommandRefused { place: String, command: &'static str, text: String },
    /// Nothing is wrong: the server has enough for now.
    #[error("{place}: the server asks for a rest of {rest_secs} seconds ({text}); it is given one")]
    Throttled { place: String, text: String, rest_secs: u64 },
    /// Exchange lets a token in and then has no mailbox for it.
    #[error(
        "{place}: the login is accepted, but there is no mailbox behind it ({text}); check that `user` names the shared \
         mailbox and that this account has full access to it. For a moment Exchange says so when it is busy, too"
    )]
    NoMailboxBehind { place: String, text: String },
    #[error("{place}: the connection was lost ({why}); it can be opened again")]
    ConnectionLost { place: String, why: String },
    /// As some servers do over a message that they cannot read.
    #[error("{place}: the server ended the connection ({text}); it can be opened again")]
    SaidGoodbye { place: String, text: String },
    #[error("{place}: no complete answer to {what} within {secs} seconds; check the network or allow more time")]
    DeadlinePassed { place: String, what: &'static str, secs: u64 },
    #[error("{place}: {what}")]
    Unexpected { place: String, what: String },
}

impl ImapError {
    /// Trying again with the same settings cannot help, and a storm of wrong passwords locks accounts.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::AuthenticationRefused { .. })
    }

    /// How long the server wants to be left alone.
    pub fn rest_secs(&self) -> Option<u64> {
        if let Self::Throttled { rest_secs, .. } = self { Some(*rest_secs) } else { None }
    }

    /// Another connection may do better at once.
    pub fn is_end_of_connection(&self) -> bool {
        matches!(self, Self::ConnectionLost { .. } | Self::SaidGoodbye { .. } | Self::DeadlinePassed { .. })
    }

    /// The server answered, so that what it was asked for may be what it cannot do.
    pub fn is_an_answer(&self) -> bool {
        matches!(self, Self::CommandRefused { .. } | Self::SaidGoodbye { .. } | Self::Unexpected { .. })
    }

    /// What NO, BAD or BYE mean. Exchange says the most important things in words only, and with either of them.
    pub(super) fn said(place: &str, text: &str, otherwise: impl FnOnce(String, String) -> Self) -> Self {
        let (place, text) = (place.to_owned(), text.to_owned());
        let lower = text.to_ascii_lowercase();
        if lower.contains("request is throttled") || lower.contains("[throttled]") {
            return Self::Throttled { rest_secs: rest_secs(&lower), place, text };
        }
        if lower.contains("user is authenticated but not connected") {
            return Self::NoMailboxBehind { place, text };
        }
        otherwise(place, text)
    }

    /// A fault of the stream. Errors of the parser quote what they read, which may be mail: their text stays here.
    pub(super) fn from_io(place: &str, error: &std::io::Error) -> Self {
        let place = place.to_owned();
        if error.kind() == std::io::ErrorKind::Other {
            let what = "the server sent an answer that cannot be read; the connection was given up".to_owned();
            return Self::Unexpected { place, what };
        }
        Self::ConnectionLost { place, why: error.to_string() }
    }
}

/// `Suggested Backoff Time: 299768 milliseconds`, in lower case.
fn rest_secs(text: &str) -> u64 {
    let number = text.split_once("backoff time:").map_or("", |(_, rest)| rest.trim_start());
    let number: String = number.chars().take_while(char::is_ascii_digit).collect();
    number.parse().map_or(REST_SECS_DEFAULT, |millis: u64| millis.div_ceil(1_000)).min(REST_SECS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exchange_says_in_words_is_recognised_for_what_it_is() {
        let said = |text: &str| {
            ImapError::said("imap h:1", text, |place, text| ImapError::CommandRefused { place, command: "NOOP", text })
        };
        for (text, rest_secs, no_mailbox) in [
            ("Request is throttled. Suggested Backoff Time: 299768 milliseconds", Some(300), false),
            ("Request is throttled. Suggested Backoff Time: 1 milliseconds", Some(1), false),
            ("request is throttled.", Some(300), false),
            ("Request is throttled. Suggested Backoff Time: 99999999999 milliseconds", Some(3_600), false),
            ("Request is throttled. Suggested Backoff Time: 99999999999999999999999 milliseconds", Some(300), false),
            ("[THROTTLED] slow down", Some(300), false),
            ("User is authenticated but not connected.", None, true),
            ("Server Unavailable. 15", None, false),
            ("no such folder", None, false),
        ] {
            let error = said(text);
            let found = (error.rest_secs(), matches!(error, ImapError::NoMailboxBehind { .. }));
            assert_eq!(found, (rest_secs, no_mailbox), "{text}: {error}");
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
