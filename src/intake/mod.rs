//! Reading, pure: bytes in, facts out, for any bytes at all. Bad input is a value with findings, never an error or a
//! panic. Runs inside the reader process (`assured read`); unit tests call it in-process.

mod approval_form;
mod certificate;
mod classify;
mod content;
pub mod document;
mod grid;
mod labels;
pub mod limits;
pub mod message;
mod package;
mod pdf;
mod problem;
pub mod profile;
mod scal;
pub mod teach;
mod witness_pack;
mod word;
mod workbook;

use serde::{Deserialize, Serialize};

use crate::domain::ids::Address;

/// What reading must know of the receiving side. Sent to the reader process once, when it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// The addresses of our own mailboxes: mail from them is never answered (STANDARDS A7).
    pub own_addresses: Vec<Address>,
    /// The people whose commands are read. Of anybody else's words
    /// none leave the reader but the few that ask for letters in another format.
    pub staff_addresses: Vec<Address>,
    /// What the receiving server guarantees about a sender (PROCESS.md, "Trust").
    pub trust: Vec<TrustRule>,
    /// One of these must be in copy of an approval form; with none, nobody looks.
    #[serde(default)]
    pub second_mailboxes: Vec<Address>,
    /// The portal in which partners accept the connection agreement sends its notices from here.
    #[serde(default)]
    pub agreement_notices_from: Vec<Address>,
    /// The largest attachment that is read; larger ones get the finding `too-large`.
    pub attachment_bytes_max: u64,
    /// Profiles (TOML text) that replace or add to the built-in ones of `config/profiles`.
    pub profiles: Vec<String>,
}

impl Receiver {
    /// Our own mailboxes too, so that staff hear when a command came from one of them and was not obeyed.
    fn may_command(&self, address: &Address) -> bool {
        self.staff_addresses.contains(address) || self.own_addresses.contains(address)
    }
}

/// A guarantee of the receiving server that a message is authentic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TrustRule {
    /// The topmost `Authentication-Results` of this authserv-id, with an aligned DMARC (or SPF or DKIM) result.
    AuthservId(String),
    /// A header that the server strips from outside mail and sets itself, with exactly this value.
    Header { name: String, value: String },
}
