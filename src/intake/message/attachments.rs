//! Which parts are files that a person attached, and their bytes: out of `winmail.dat` and one level of zip, without
//! bodies, signatures, signature images, calendars and reports. Must not read what the files say.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::domain::ids::BlobDigest;
use crate::domain::reading::{Document, DocumentKind, Finding, FindingCode};
use crate::intake::{Receiver, document, limits};

use super::mime::{Leaf, Tree};
use super::table::Table;
use super::{Documents, archive, findings, names, winmail};

/// One file, in the order of the message. Its place is the place of its `Document` in the facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// As in `Document::name`.
    pub name: String,
    /// Empty where the file could not be taken out of its zip.
    pub bytes: Vec<u8>,
    /// Why the file must not be read, when it must not.
    pub problem: Option<Finding>,
}

impl Attachment {
    pub(super) fn into_document(self, documents: Documents, receiver: &Receiver) -> Document {
        match (self.problem, documents) {
            (None, Documents::Read) => document::read(&self.name, &self.bytes, receiver),
            (problem, Documents::Read | Documents::Skip) => Document {
                bytes: self.bytes.len() as u64,
                sha256: BlobDigest::from_hex(&super::identity::hex(&Sha256::digest(&self.bytes))),
                name: self.name,
                readable: false,
                problem: problem.as_ref().map(|finding| finding.code),
                kind: DocumentKind::Other,
                findings: problem.into_iter().collect(),
            },
        }
    }
}

/// What a leaf of the message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Words of the message, plain or HTML.
    Body,
    File,
    /// Signatures, reports, calendars, images of a signature.
    Furniture,
    /// Encrypted, or signed so that only a key holder sees the files.
    Sealed,
    /// Stands where a file was, until or because a filter took it.
    Placeholder,
}

pub(super) fn role(leaf: &Leaf, shown_in_html: &BTreeSet<String>) -> Role {
    let name = leaf.name.as_deref().unwrap_or_default();
    let sealed = matches!(leaf.media.as_str(), "application/pkcs7-mime" | "application/x-pkcs7-mime");
    if sealed || leaf.media == "application/pgp-encrypted" || name.eq_ignore_ascii_case("smime.p7m") {
        return Role::Sealed;
    }
    if findings::placeholder(name).is_some() {
        return Role::Placeholder;
    }
    if is_furniture(leaf, name) || (leaf.media.starts_with("image/") && is_decoration(leaf, name, shown_in_html)) {
        return Role::Furniture;
    }
    let body = matches!(leaf.media.as_str(), "text/plain" | "text/html") && !leaf.attached && name.is_empty();
    if body { Role::Body } else { Role::File }
}

/// Every file of the message. Past the limit the rest is left out, with a finding.
pub(super) fn collect(
    tree: Tree,
    shown_in_html: &BTreeSet<String>,
    receiver: &Receiver,
) -> (Vec<Attachment>, Option<Finding>) {
    let configured = receiver.attachment_bytes_max;
    let bytes_max = if configured == 0 { limits::ATTACHMENT_BYTES_MAX } else { configured };
    let mut files = Files { found: Vec::new(), bytes_max, over: false };
    for leaf in tree.leaves {
        if role(&leaf, shown_in_html) == Role::File {
            let name = names::attached(leaf.name.as_deref(), files.found.len() + 1);
            files.add(name, leaf.bytes, true);
        }
    }
    let finding = files.over.then(|| {
        let message = format!(
            "Your email holds more than {} files, so we read only the first ones. Send the rest in another email.",
            limits::ATTACHMENTS_MAX
        );
        Finding::new(FindingCode::TooLarge, message)
    });
    (files.found, finding)
}

pub(super) fn too_large(bytes_max: u64) -> Finding {
    const MIB: u64 = 1024 * 1024;
    let size = if bytes_max >= MIB { format!("{} MB", bytes_max / MIB) } else { format!("{bytes_max} bytes") };
    let message = format!("This file is larger than the {size} that we can take by email. Send a smaller file.");
    Finding::new(FindingCode::TooLarge, message)
}

struct Files {
    found: Vec<Attachment>,
    bytes_max: u64,
    over: bool,
}

impl Files {
    fn add(&mut self, name: String, bytes: Vec<u8>, may_be_winmail: bool) {
        if bytes.len() as u64 > self.bytes_max {
            self.push(name, bytes, Some(too_large(self.bytes_max)));
        } else if may_be_winmail && winmail::is_tnef(&bytes) {
            self.add_winmail(name, bytes);
        } else if archive::is_archive(&bytes) {
            self.add_archive(name, bytes);
        } else {
            self.push(name, bytes, None);
        }
    }

    fn add_winmail(&mut self, name: String, bytes: Vec<u8>) {
        match winmail::files(&bytes) {
            Ok(files) => {
                for file in files {
                    let name = names::attached(file.name.as_deref(), self.found.len() + 1);
                    self.add(name, file.bytes, false);
                }
            }
            Err(winmail::Broken) => {
                let message = "We could not take the files out of this winmail.dat. Send them again as ordinary \
                               attachments, in a message in plain text or HTML format.";
                self.push(name, bytes, Some(Finding::new(FindingCode::Damaged, message)));
            }
        }
    }

    fn add_archive(&mut self, name: String, bytes: Vec<u8>) {
        match archive::open(&bytes, self.bytes_max) {
            Ok(members) => {
                for (index, member) in members.into_iter().enumerate() {
                    let name = names::inside(&name, &member.name, index + 1);
                    match member.content {
                        Ok(bytes) => self.push(name, bytes, None),
                        Err(shut) => self.push(name, Vec::new(), Some(shut.finding(self.bytes_max))),
                    }
                }
            }
            Err(shut) => self.push(name, bytes, Some(shut.finding(self.bytes_max))),
        }
    }

    fn push(&mut self, name: String, bytes: Vec<u8>, problem: Option<Finding>) {
        if self.found.len() >= limits::ATTACHMENTS_MAX {
            self.over = true;
            return;
        }
        self.found.push(Attachment { name, bytes, problem });
    }
}

/// Parts that programs add and nobody attached.
fn is_furniture(leaf: &Leaf, name: &str) -> bool {
    let media = matches!(
        leaf.media.as_str(),
        "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
            | "application/pgp-signature"
            | "application/ics"
            | "text/calendar"
            | "text/rfc822-headers"
            | "message/delivery-status"
            | "message/global-delivery-status"
            | "message/disposition-notification"
            | "message/feedback-report"
            | "text/x-amp-html"
    );
    media || FURNITURE.hits(name)
}

/// Exchange's `ATT00001.txt` is the text after an attachment, or a list's footer.
static FURNITURE: LazyLock<Table> =
    LazyLock::new(|| Table::new(&[r"^smime\.p7s$", r"^signature\.asc$", r"^att\d{3,6}\.(txt|html?)$"]));

/// An image that a signature or the HTML shows, not one that somebody attached as evidence.
fn is_decoration(leaf: &Leaf, name: &str, shown_in_html: &BTreeSet<String>) -> bool {
    let shown = leaf.content_id.as_ref().is_some_and(|id| shown_in_html.contains(id));
    let small = leaf.bytes.len() <= limits::SIGNATURE_IMAGE_BYTES_MAX;
    shown || (!leaf.attached && name.is_empty()) || (small && DECORATION.hits(name))
}

static DECORATION: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[r"^(image|outlook-?|oledata|logo|picture)[-_ ]?\w{0,12}\.(png|jpe?g|gif|bmp|wmz|emz|mso)$"])
});

#[cfg(test)]
mod tests;
