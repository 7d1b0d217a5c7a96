//! What is wrong with the message itself, said to the partner: no file, only a link, a filter's placeholder, sealed.

use std::sync::LazyLock;

use crate::domain::reading::{Automatic, Document, DocumentKind, Finding, FindingCode, Mailbox, MessageFacts, Says};
use crate::intake::{Receiver, limits};

use super::attachments::{Role, role};
use super::mime::Tree;
use super::table::Table;
use super::text::Words;

/// Why a file that was meant to come is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    Forgotten,
    OnlyLinked,
    Removed,
    BeingScanned,
    Sealed,
}

impl Gap {
    fn finding(self) -> Finding {
        let (code, message) = match self {
            Self::Forgotten => (
                FindingCode::NoAttachment,
                "We found no attachment on your email. Attach the completed workbook and send it again.",
            ),
            Self::OnlyLinked => (
                FindingCode::LinkOnly,
                "Your email holds a link in place of a file. We do not open links. Attach the file itself and send it \
                 again.",
            ),
            Self::Removed => (
                FindingCode::RemovedByFilter,
                "An email filter removed an attachment before it reached us. Save the file as an ordinary Excel or \
                 Word document without macros and send it again.",
            ),
            Self::BeingScanned => (
                FindingCode::ScanPending,
                "An email scanner still holds an attachment, so we have not seen it yet. You do not need to do \
                 anything today. If we have not confirmed it by the next working day, send it again.",
            ),
            Self::Sealed => (
                FindingCode::UnsupportedType,
                "Your email is encrypted or sealed by a digital signature, so we cannot open it. Send it again \
                 without encryption and without a signature.",
            ),
        };
        Finding::new(code, message)
    }
}

/// Must be called before the files are taken out of the tree. What speaks of missing files is for people only.
pub(super) fn before_files(tree: &Tree, words: &Words) -> Vec<Finding> {
    let mut gaps = Vec::new();
    for leaf in &tree.leaves {
        match role(leaf, &words.shown_images) {
            Role::Sealed => gaps.push(Gap::Sealed),
            Role::Placeholder => gaps.extend(placeholder(leaf.name.as_deref().unwrap_or_default())),
            // A filter may keep the file's name and put its notice inside.
            Role::File if leaf.is_text() => gaps.extend(notice(&leaf.text(limits::NOTICE_BYTES_MAX))),
            Role::File | Role::Body | Role::Furniture => {}
        }
    }
    for message in &tree.enclosed {
        gaps.extend(placeholder(message.name.as_deref().unwrap_or_default()).or_else(|| placeholder(&message.subject)));
    }
    gaps.extend(notice(&words.whole));
    gaps.sort();
    gaps.dedup();
    gaps.into_iter().map(Gap::finding).collect()
}

/// What the sender meant to send and did not.
pub(super) fn missing_files(
    words: &Words,
    says: &Says,
    automatic: Option<Automatic>,
    tree_had: Had,
) -> Option<Finding> {
    if automatic.is_some() || tree_had.files || tree_had.explained {
        return None;
    }
    let gap = if words.links.iter().any(|link| is_cloud_file(link)) {
        Gap::OnlyLinked
    } else if says.attachment && !tree_had.messages {
        Gap::Forgotten
    } else {
        return None;
    };
    Some(gap.finding())
}

/// What a message had besides words.
#[derive(Clone, Copy)]
pub(super) struct Had {
    pub(super) files: bool,
    /// A forwarded message may be the attachment that the words speak of.
    pub(super) messages: bool,
    /// Another finding says already why there is no file.
    pub(super) explained: bool,
}

/// An approval form goes to two mailboxes, so that one who is away holds nothing up.
pub(super) fn not_copied(facts: &MessageFacts, receiver: &Receiver) -> Option<Finding> {
    let second = receiver.second_mailboxes.first()?;
    let is_form = |document: &Document| matches!(document.kind, DocumentKind::ApprovalForm(_));
    let is_copied = |to: &Mailbox| receiver.second_mailboxes.contains(&to.address);
    if !facts.documents.iter().any(is_form) || facts.to.iter().chain(&facts.cc).any(is_copied) {
        return None;
    }
    let message =
        format!("The approval form must be sent with a second mailbox in copy. Send it again with {second} in Cc.");
    Some(Finding::new(FindingCode::SecondMailboxNotCopied, message))
}

pub(super) fn unopened(why: Unopened) -> Finding {
    match why {
        Unopened::TooLarge => {
            let message = format!(
                "Your email is larger than the {} MB that we can open. Send the files in several smaller emails.",
                limits::MESSAGE_BYTES_MAX / 1024 / 1024
            );
            Finding::new(FindingCode::TooLarge, message)
        }
        Unopened::Hostile => Finding::new(
            FindingCode::Hostile,
            "We could not open your email safely. Send the completed workbook again as an ordinary attachment to a new \
             email.",
        ),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unopened {
    TooLarge,
    Hostile,
}

/// By the name of a part or the subject of an enclosed message.
pub(super) fn placeholder(name: &str) -> Option<Gap> {
    if SCANNING_NAME.hits(name) {
        return Some(Gap::BeingScanned);
    }
    REMOVED_NAME.hits(name).then_some(Gap::Removed)
}

fn notice(text: &str) -> Option<Gap> {
    if SCANNING_TEXT.hits(text) {
        return Some(Gap::BeingScanned);
    }
    REMOVED_TEXT.hits(text).then_some(Gap::Removed)
}

static SCANNING_NAME: LazyLock<Table> =
    LazyLock::new(|| Table::new(&[r"^atp scan in progress", r"^safe attachments? scan in progress"]));

static REMOVED_NAME: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"^malware alert text( \d+)?\.txt$",
        r"^(virus|attachment|security)[ _-]?(warning|alert|removed|blocked|deleted)( ?\(?\d+\)?)?\.(txt|html?)$",
        r"^(removed|blocked|deleted|stripped|quarantined)[ _-]?attachments?( ?\(?\d+\)?)?\.(txt|html?)$",
        r"^unsafe attachments? (was|were) removed",
        r"^deleted\d+\.txt$",
    ])
});

static SCANNING_TEXT: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\batp (safe attachments )?scan in progress\b",
        r"\battachments?\s+(is|are)\s+(currently\s+|still\s+)?being\s+scanned\b",
        r"\bsafe attachments\s+(is|are)\s+(currently\s+)?scanning\b",
    ])
});

static REMOVED_TEXT: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        concat!(
            r"\b(unsafe|suspicious|infected|harmful|blocked|following|original)\s+attachments?(\(s\))?\s+",
            r"(in this \S+\s+)?(has|have|was|were)\s+(been\s+)?(removed|blocked|stripped|deleted|quarantined)\b",
        ),
        concat!(
            r"\bwarning:?\s+(this|an|the)\s+attachments?\s+(has|have|was|were)\s+(been\s+)?",
            r"(removed|blocked|stripped|deleted)\b",
        ),
        r"\bthis\s+attachment\s+(has\s+been|was)\s+(removed|blocked|stripped|quarantined)\b",
        concat!(
            r"\battachments?\s+(has been|have been|was|were)\s+",
            r"(removed|blocked|stripped|quarantined|withheld|placed on hold)\s+(by|because|due|as|from this|for security)\b",
        ),
        r"\bblocked access to the following potentially unsafe attachments?\b",
        r"\bmalware was detected in one or more attachments\b",
    ])
});

/// A link to a file in a well-known store, also inside the wrapping of a link scanner.
pub(super) fn is_cloud_file(link: &str) -> bool {
    CLOUD_FILE.hits(&percent_decoded(link))
}

static CLOUD_FILE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"://([\w-]+\.)+sharepoint\.com/.",
        r"://1drv\.ms/.",
        r"://onedrive\.live\.com/.",
        r"://(drive|docs)\.google\.com/.",
        r"://(www\.)?(dropbox\.com|dropboxusercontent\.com)/(s|scl|sh|l|t)/",
        r"://(we\.tl|(www\.)?wetransfer\.com)/.",
        r"://([\w-]+\.)*box\.com/(s|v|file|folder)/",
        r"://www\.icloud\.com/(iclouddrive|attachment)\b",
    ])
});

fn percent_decoded(link: &str) -> String {
    let mut out = Vec::with_capacity(link.len());
    let mut rest = link.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *byte == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(value) => {
                out.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_compiles() {
        for table in [&SCANNING_NAME, &REMOVED_NAME, &SCANNING_TEXT, &REMOVED_TEXT, &CLOUD_FILE] {
            assert!(table.compiles());
        }
    }

    #[test]
    fn links_to_files_in_a_cloud() {
        for (link, expected) in [
            ("https://carevista-my.sharepoint.com/:x:/g/personal/p_nair/Eabc?e=1", true),
            ("https://1drv.ms/x/s!abc", true),
            ("https://docs.google.com/spreadsheets/d/1", true),
            ("https://www.dropbox.com/scl/fi/x/SCAL.xlsx", true),
            ("https://we.tl/t-abc", true),
            ("https://app.box.com/s/abc", true),
            ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.sharepoint.com%2Fa&data=1", true),
            ("https://urldefense.example/v3/__https://we.tl/t-abc__;!!", true),
            ("https://www.dropbox.com/", false),
            ("https://sharepoint.com.evil.example/x", false),
            ("https://digital.nhs.uk/services", false),
            ("https://carevista.sharepoint.com/", false),
        ] {
            assert_eq!(is_cloud_file(link), expected, "{link}");
        }
    }

    #[test]
    fn notices_of_scanners_and_filters() {
        for (text, expected) in [
            ("ATP Scan In Progress", Some(Gap::BeingScanned)),
            ("Your attachments are currently being scanned.", Some(Gap::BeingScanned)),
            ("Unsafe attachments were removed", Some(Gap::Removed)),
            ("WARNING: This attachment was removed by the gateway", Some(Gap::Removed)),
            ("The attachment has been stripped by Mimecast", Some(Gap::Removed)),
            ("An attachment was stripped by the mail gateway", Some(Gap::Removed)),
            ("Malware was detected in one or more attachments", Some(Gap::Removed)),
            ("We removed the attachment page from the contract", None),
        ] {
            assert_eq!(notice(text), expected, "{text}");
        }
        assert_eq!(placeholder("Malware Alert Text.txt"), Some(Gap::Removed));
        assert_eq!(placeholder("ATP Scan In Progress.eml"), Some(Gap::BeingScanned));
        assert_eq!(placeholder("SCAL.xlsx"), None);
    }
}
