//! What is still read of a message after a fault: first all of it, then its documents one by one, then its headers,
//! then nothing but its digest. Each rung gives up as little as it can, and says so to the partner.

use sha2::{Digest, Sha256};

use crate::domain::ids::{BlobDigest, IdentityDigest};
use crate::domain::reading::{
    Authenticated, Document, DocumentKind, Finding, FindingCode, MessageFacts, ReturnPath, Says, Taught,
};

use super::ReaderError;
use super::pool::Pool;
use super::wire::{Answer, Request};

/// After so many faults the rest of a message's documents are not opened.
const FAULTS_PER_MESSAGE_MAX: usize = 3;

pub(super) async fn message(pool: &Pool, raw: &[u8]) -> Result<MessageFacts, ReaderError> {
    if let Ok(Answer::Message { facts }) = pool.ask(&Request::Message, raw).await? {
        return Ok(*facts);
    }
    if let Ok(Answer::Message { mut facts }) = pool.ask(&Request::MessageWithoutDocuments, raw).await? {
        one_by_one(pool, raw, &mut facts.documents).await?;
        return Ok(*facts);
    }
    envelope(pool, raw).await
}

pub(super) async fn message_without_documents(pool: &Pool, raw: &[u8]) -> Result<MessageFacts, ReaderError> {
    match pool.ask(&Request::MessageWithoutDocuments, raw).await? {
        Ok(Answer::Message { facts }) => Ok(*facts),
        Ok(Answer::Ready { .. } | Answer::Document { .. } | Answer::Taught { .. }) | Err(_) => {
            envelope(pool, raw).await
        }
    }
}

async fn envelope(pool: &Pool, raw: &[u8]) -> Result<MessageFacts, ReaderError> {
    match pool.ask(&Request::Envelope, raw).await? {
        Ok(Answer::Message { facts }) => Ok(*facts),
        Ok(Answer::Ready { .. } | Answer::Document { .. } | Answer::Taught { .. }) | Err(_) => {
            Ok(nothing_but_digest(raw))
        }
    }
}

pub(super) async fn document(pool: &Pool, name: &str, bytes: &[u8]) -> Result<Document, ReaderError> {
    let request = Request::Document { name: name.to_owned() };
    if let Ok(Answer::Document { document }) = pool.ask(&request, bytes).await? {
        return Ok(*document);
    }
    Ok(Document {
        name: name.to_owned(),
        bytes: bytes.len() as u64,
        sha256: BlobDigest::from_hex(&sha256_hex(bytes)),
        readable: false,
        problem: Some(FindingCode::Hostile),
        kind: DocumentKind::Other,
        findings: vec![Finding::new(FindingCode::Hostile, not_opened(name))],
    })
}

pub(super) async fn teach(pool: &Pool, name: &str, bytes: &[u8]) -> Result<Result<Taught, Box<Finding>>, ReaderError> {
    match pool.ask(&Request::Teach { name: name.to_owned() }, bytes).await? {
        Ok(Answer::Taught { taught }) => Ok(taught),
        Ok(Answer::Ready { .. } | Answer::Message { .. } | Answer::Document { .. }) | Err(_) => {
            Ok(Err(Box::new(Finding::new(FindingCode::Hostile, not_opened(name)))))
        }
    }
}

/// Reads those that were only listed. One with a problem already must not be opened.
async fn one_by_one(pool: &Pool, raw: &[u8], documents: &mut [Document]) -> Result<(), ReaderError> {
    let mut faults = 0;
    for (index, listed) in documents.iter_mut().enumerate() {
        if listed.problem.is_some() {
            continue;
        }
        if faults == FAULTS_PER_MESSAGE_MAX {
            give_up(listed, not_tried);
            continue;
        }
        match pool.ask(&Request::Attachment { index }, raw).await? {
            Ok(Answer::Document { document }) => *listed = *document,
            Ok(Answer::Ready { .. } | Answer::Message { .. } | Answer::Taught { .. }) | Err(_) => {
                faults += 1;
                give_up(listed, not_opened);
            }
        }
    }
    Ok(())
}

fn give_up(document: &mut Document, wording: fn(&str) -> String) {
    let finding = Finding::new(FindingCode::Hostile, wording(&document.name));
    document.problem = Some(FindingCode::Hostile);
    document.findings.push(finding);
}

const MESSAGE_NOT_OPENED: &str = "We could not open your message safely, so neither it nor its attachments have been \
                                  read. Write a new message, attach your documents to it and send it.";

fn not_opened(name: &str) -> String {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let form = match extension.to_ascii_lowercase().as_str() {
        "xlsx" | "xlsm" | "xls" | "xlsb" | "ods" | "csv" => "an .xlsx workbook",
        "docx" | "docm" | "doc" | "odt" | "rtf" => "a .docx document",
        _ => "an .xlsx workbook or a .docx document",
    };
    format!("We could not open {name} safely. Save it again as {form} and send it.")
}

fn not_tried(name: &str) -> String {
    format!(
        "We did not open {name}, because other files in the message could not be opened safely. Send it on its own."
    )
}

/// From a message of which not even the headers can be read. Nobody to answer: staff see the finding.
fn nothing_but_digest(raw: &[u8]) -> MessageFacts {
    MessageFacts {
        identity: IdentityDigest::from_hex(&sha256_hex(raw)),
        message_id: None,
        references: Vec::new(),
        from: None,
        return_path: ReturnPath::Absent,
        to: Vec::new(),
        cc: Vec::new(),
        subject: String::new(),
        automatic: None,
        no_answer: Some("A9: nothing of the message could be read".to_owned()),
        bounce: None,
        scheduling: None,
        authenticated: Authenticated::None,
        says: Says::default(),
        not_routine: Vec::new(),
        not_routine_reply_subject: Vec::new(),
        agreement: None,
        commands: Vec::new(),
        documents: Vec::new(),
        findings: vec![Finding::new(FindingCode::Hostile, MESSAGE_NOT_OPENED)],
    }
}

fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partner_is_told_what_to_send_instead() {
        for (name, says) in [
            ("scal.xlsx", "We could not open scal.xlsx safely. Save it again as an .xlsx workbook and send it."),
            ("Form.DOC", "We could not open Form.DOC safely. Save it again as a .docx document and send it."),
            (
                "blob",
                "We could not open blob safely. Save it again as an .xlsx workbook or a .docx document and send it.",
            ),
        ] {
            assert_eq!(not_opened(name), says);
        }
    }

    #[test]
    fn what_cannot_be_read_at_all_is_still_one_message_and_never_answered() {
        let (one, other) = (nothing_but_digest(b"one"), nothing_but_digest(b"other"));
        assert_ne!(one.identity, other.identity);
        assert_eq!(one, nothing_but_digest(b"one"));
        assert!(one.from.is_none() && one.no_answer.is_some());
    }
}
