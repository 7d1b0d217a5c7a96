//! The way out for finished letters: an SMTP server, or a folder on this machine. Must not decide whether, when or how
//! often to send, and must never turn an outcome that is not known into one that is.

mod folder;
mod server;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use self::folder::FolderMailer;
use self::server::Server;
use super::credential::Credential;
use super::tls::Tls;
use crate::domain::ids::Address;

pub enum Mailer {
    Smtp(Box<Server>),
    Folder(FolderMailer),
}

#[derive(Clone, Debug)]
pub struct SmtpAccount {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub login: Option<SmtpLogin>,
    /// Certificates trusted beside the system's.
    pub extra_ca_file: Option<PathBuf>,
    /// For connecting, greeting and login; and again for each answer up to the invitation to send the text. RFC 5321
    /// §4.5.3.2 wants five minutes.
    pub deadline_secs: u64,
    /// From the first byte of the text to the server's verdict: three minutes and ten (RFC 5321 §4.5.3.2.5 and .6).
    pub verdict_deadline_secs: u64,
    /// How this machine introduces itself.
    pub hello_name: String,
}

#[derive(Clone, Debug)]
pub struct SmtpLogin {
    pub user: String,
    pub credential: Credential,
}

/// A letter ready to leave: final bytes, one recipient.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Where failures are reported; `None` is the null path `<>`.
    pub reverse_path: Option<&'a Address>,
    pub to: &'a Address,
    /// What a folder names the file after, such as `1767225600-17.0-acknowledgement.eml`.
    pub name: &'a str,
    pub raw: &'a [u8],
}

/// What became of one attempt. Reasons are for staff and the journal: a server may quote addresses in them, so they do
/// not belong in a log.
#[must_use = "an attempt must be recorded"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Sent {
        response: String,
    },
    /// Certainly not sent; a later attempt may succeed.
    Retry {
        reason: String,
    },
    /// Certainly not sent, and no other letter would be: the server is out of reach or lets nobody in.
    NoWay {
        reason: String,
        /// Trying again and again would lock the account.
        login_refused: bool,
    },
    /// Certainly not sent, and never will be as it is.
    Refused {
        reason: String,
    },
    /// The text had begun to leave and no verdict came: sent or not.
    Unknown {
        reason: String,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    #[error("{place}: cannot connect ({why}); check `host`, `port` and the network")]
    CannotReach { place: String, why: String },
    #[error("{place}: no private connection: {why}")]
    Tls { place: String, why: String },
    #[error("{place}: login refused ({text}); {advice}, and that this account may send")]
    AuthenticationRefused { place: String, text: String, advice: &'static str },
    #[error("{place}: the server does not take mail from us now: {text}")]
    TurnedAway { place: String, text: String },
    #[error("{place}: no answer within {secs} seconds while {what}; check the network or allow more time")]
    DeadlinePassed { place: String, what: &'static str, secs: u64 },
    #[error("{reason}; a letter would be refused so too: check this account's rights to send, and `reverse_path`")]
    EnvelopeRefused { reason: String },
    #[error("cannot write to {path} ({why}); check that the folder exists and this user may write there", path = path.display())]
    Folder { path: PathBuf, why: String },
}

impl Mailer {
    pub fn smtp(account: SmtpAccount) -> Self {
        Self::Smtp(Box::new(Server::new(account)))
    }

    /// Letters become files in `path`; nothing leaves the machine.
    pub fn folder(path: PathBuf) -> Self {
        Self::Folder(FolderMailer::new(path))
    }

    /// Who logs in at the next connection.
    pub fn log_in_as(&mut self, user: &str, credential: Credential) {
        match self {
            Self::Smtp(server) => server.log_in_as(SmtpLogin { user: user.to_owned(), credential }),
            Self::Folder(_) => {}
        }
    }

    pub async fn send(&self, letter: &Outgoing<'_>) -> Delivery {
        match self {
            Self::Smtp(server) => server.send(letter).await,
            Self::Folder(folder) => folder.send(letter).await,
        }
    }

    /// Whether sending could work: connects and logs in, or tries the folder; sends nothing.
    pub async fn check(&self) -> Result<(), MailerError> {
        match self {
            Self::Smtp(server) => server.check().await,
            Self::Folder(folder) => folder.check().await,
        }
    }

    /// Whether the server takes a letter with this envelope, as far as it says before it sees the text. Sends nothing.
    pub async fn may_send(&self, reverse_path: Option<&Address>, to: &Address) -> Result<(), MailerError> {
        match self {
            Self::Smtp(server) => server.may_send(reverse_path, to).await,
            Self::Folder(_) => Ok(()),
        }
    }

    /// Says goodbye to the server. A later `send` connects again.
    pub async fn close(&self) {
        match self {
            Self::Smtp(server) => server.close().await,
            Self::Folder(_) => {}
        }
    }
}
