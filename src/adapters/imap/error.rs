//! What can go wrong with a mailbox on a server. Texts say what, where and what to do; never a password or a mail.

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
    #[error("{place}: the connection was lost ({why}); it can be opened again")]
    ConnectionLost { place: String, why: String },
    #[error("{place}: no complete answer to {what} within {secs} seconds; check the network or allow more time")]
    DeadlinePassed { place: String, what: &'static str, secs: u64 },
    #[error("{place}: {what}")]
    Unexpected { place: String, what: String },
}

impl ImapError {
    /// Trying again with the same settings cannot help, and a storm of wrong passwords locks accounts.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::AuthenticationRefused { .. } => true,
            Self::CannotReach { .. }
            | Self::Tls { .. }
            | Self::CommandRefused { .. }
            | Self::ConnectionLost { .. }
            | Self::DeadlinePassed { .. }
            | Self::Unexpected { .. } => false,
        }
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
