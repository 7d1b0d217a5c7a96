//! The identity digest (DESIGN.md, "Two digests"): the same for every copy of a message, however it travelled and was
//! encoded. Trace, list and X- fields, boundaries, charsets and line ends must not count.

use sha2::{Digest, Sha256};

use crate::domain::ids::IdentityDigest;
use crate::intake::limits;

use super::fields;
use super::headers::{Headers, unfolded};
use super::mime::Tree;

pub(super) fn of(headers: &Headers<'_>, tree: &Tree) -> IdentityDigest {
    let mut identity = Identity::of_headers(headers);
    for leaf in &tree.leaves {
        if leaf.is_text() {
            identity.add_text(&leaf.text(leaf.bytes.len()));
        } else {
            identity.add(&leaf.bytes);
        }
    }
    identity.finish()
}

/// For a message that is not opened: its body counts as it came.
pub(super) fn of_unopened(headers: &Headers<'_>, body: &[u8]) -> IdentityDigest {
    let mut identity = Identity::of_headers(headers);
    identity.add(body);
    identity.finish()
}

struct Identity(Sha256);

impl Identity {
    fn of_headers(headers: &Headers<'_>) -> Self {
        let mut identity = Self(Sha256::new());
        let id = fields::message_id(headers);
        identity.add(id.as_ref().map_or("", |id| id.as_str()).as_bytes());
        let from = fields::recipients(headers, "From");
        let from: Vec<&str> = from.iter().map(|mailbox| mailbox.address.as_str()).collect();
        identity.add(from.join(",").as_bytes());
        let date = headers.first("Date");
        let date = date.map(|value| fields::date(value).map_or_else(|| unfolded(value), |at| at.to_string()));
        identity.add(date.unwrap_or_default().as_bytes());
        let subject = headers.first("Subject").map(|value| fields::text(value, limits::HEADER_BYTES_MAX));
        identity.add(subject.unwrap_or_default().as_bytes());
        identity
    }

    /// Servers add and drop empty lines at the end.
    fn add_text(&mut self, text: &str) {
        let text = text.trim_end().replace("\r\n", "\n");
        self.add(text.as_bytes());
    }

    fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn finish(self) -> IdentityDigest {
        IdentityDigest::from_hex(&hex(&self.0.finalize()))
    }
}

pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
