//! Identifiers, each its own type, so that two of them never stand in for one another. Must not hold rules.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// An RFC 5322 message identifier, without its angle brackets and never empty.
    MessageId
}
text_id! {
    /// An email address in lower case. Local parts are compared without case, as Exchange does.
    Address
}
text_id! {
    /// The name of a mailbox in the configuration, such as `sa`.
    MailboxName
}
text_id! {
    /// SHA-256 of raw bytes in lower-case hex: the key under which a blob is stored.
    BlobDigest
}
text_id! {
    /// SHA-256 of what makes a message the same message wherever it lies (DESIGN.md, "Two digests").
    IdentityDigest
}

impl MessageId {
    /// `None` for a blank identifier, which some senders write and which identifies nothing.
    pub fn new(text: &str) -> Option<Self> {
        let id = text.trim().trim_start_matches('<').trim_end_matches('>').trim();
        (!id.is_empty()).then(|| Self(id.to_owned()))
    }

    /// An identifier of our own making.
    pub fn from_parts(left: &str, domain: &str) -> Self {
        Self(format!("{left}@{domain}"))
    }
}

impl Address {
    /// `None` unless the text has the shape `local@domain` without spaces or control characters.
    pub fn new(text: &str) -> Option<Self> {
        let address = text.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let plain = !address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
        (plain && !local.is_empty() && !domain.is_empty()).then_some(Self(address))
    }

    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl MailboxName {
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl BlobDigest {
    pub fn from_hex(hex: &str) -> Self {
        Self(hex.to_owned())
    }
}

impl IdentityDigest {
    pub fn from_hex(hex: &str) -> Self {
        Self(hex.to_owned())
    }
}

/// A case reference: `ERS-00042`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseRef(u32);

impl CaseRef {
    pub const FIRST: Self = Self(1);

    pub fn from_number(number: u32) -> Self {
        Self(number)
    }

    pub fn number(self) -> u32 {
        self.0
    }

    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Reads `ERS-00042`, in any case, with any number of leading zeros.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().to_ascii_uppercase();
        let digits = digits.strip_prefix("ERS-")?;
        let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|number| plain && *number > 0).map(Self)
    }
}

impl fmt::Display for CaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ERS-{:05}", self.0)
    }
}

impl From<CaseRef> for String {
    fn from(reference: CaseRef) -> Self {
        reference.to_string()
    }
}

impl TryFrom<String> for CaseRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is not a case reference such as ERS-00042"))
    }
}

/// A letter: the step that caused it and its place among that step's letters. Printed `17.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LetterId {
    pub step: u64,
    pub index: u32,
}

impl LetterId {
    pub fn parse(text: &str) -> Option<Self> {
        let (step, index) = text.trim().split_once('.')?;
        Some(Self { step: step.parse().ok()?, index: index.parse().ok()? })
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.step, self.index)
    }
}

impl From<LetterId> for String {
    fn from(id: LetterId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for LetterId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is not a letter id such as 17.0"))
    }
}

/// A folder of a mailbox that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Folder {
    Inbox,
    Sent,
    /// Where a filter puts what it takes for junk: shown to staff, never answered.
    Junk,
}

impl Folder {
    /// As they are read: a reply in Sent is about a case that must exist by then.
    pub const IN_ORDER: [Self; 3] = [Self::Inbox, Self::Sent, Self::Junk];
}

/// Where a message lies. The key of progress: UIDs are never reused within one UIDVALIDITY (RFC 3501 §2.3.1.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    pub mailbox: MailboxName,
    pub folder: Folder,
    pub at: Position,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    Imap {
        uid_validity: u32,
        uid: u32,
    },
    /// The unique part of the file name, without the flags after `:2,`.
    Maildir {
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_read_back_and_reject_other_text() {
        assert_eq!(CaseRef::parse("ers-42").map(|r| r.to_string()).as_deref(), Some("ERS-00042"));
        assert_eq!(CaseRef::parse("ERS-123456").map(CaseRef::number), Some(123_456));
        for wrong in ["", "ERS-", "ERS-0", "ERS-1x", "ABC-1", "ERS-+1", "ERS-9999999999"] {
            assert_eq!(CaseRef::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_is_lower_case_and_cannot_carry_a_header() {
        assert_eq!(Address::new(" Priya.Nair@NHS.net ").map(|a| a.to_string()).as_deref(), Some("priya.nair@nhs.net"));
        for wrong in ["", "x", "@y", "x@", "a b@c", "a@b\r\nBcc: c@d", "<a@b>"] {
            assert_eq!(Address::new(wrong), None, "{wrong:?}");
        }
    }
}
