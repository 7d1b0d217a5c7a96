//! A mailbox on an IMAP server, read and never changed: `EXAMINE`, `BODY.PEEK[]`, no flags, no moves.
//! Must not keep progress or decide what is new to us: it answers what the server holds.

mod connect;
mod error;
mod names;
mod session;
mod survey;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use self::error::ImapError;
pub use self::session::{Fetched, ImapSession, Listed, Opened};
pub use self::survey::NamedFolder;
use super::credential::Credential;
use super::tls::Tls;

#[derive(Clone, Debug)]
pub struct ImapAccount {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub user: String,
    pub credential: Credential,
    /// Certificates trusted beside the system's.
    pub extra_ca_file: Option<PathBuf>,
    pub timeouts: ImapTimeouts,
}

/// How long each kind of exchange may take from its first byte to its last.
#[derive(Clone, Copy, Debug)]
pub struct ImapTimeouts {
    /// Name, connection, TLS, greeting and login.
    pub connect_secs: u64,
    pub command_secs: u64,
    /// A listing, or one batch of messages.
    pub fetch_secs: u64,
}

impl ImapAccount {
    fn place(&self) -> String {
        format!("imap {}:{}", self.host, self.port)
    }
}
