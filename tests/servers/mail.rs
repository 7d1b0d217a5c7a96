//! Mail of partners: the samples of `fixtures/`, and messages made for the occasion.

use std::fs;
use std::path::Path;

use assured::adapters::clock::Clock;
use jiff::{SignedDuration, Timestamp};

pub(crate) const SA: &str = "solution.assurance@ers.example";
pub(crate) const LSOB: &str = "live.services@ers.example";
pub(crate) const STAFF: &str = "jo.marsh@ers.example";

/// A moment ago. The samples are dated, but what counts is when they arrived.
pub(crate) fn just_now() -> Timestamp {
    Clock::real().now() - SignedDuration::from_secs(30)
}

pub(crate) fn days_ago(days: i64) -> Timestamp {
    Clock::real().now() - SignedDuration::from_hours(24 * days)
}

pub(crate) fn sample(name: &str) -> Vec<u8> {
    fixture(&format!("messages/{name}.eml"))
}

/// A SCAL of the fictional Care Vista, from another sender, with a Message-ID of its own.
pub(crate) fn scal_from(sender: &str, id: &str) -> Vec<u8> {
    let sheet = base64(&fixture("documents/scal-good.xlsx"));
    let part = "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet; name=\"SCAL.xlsx\"\r\n\
                Content-Disposition: attachment; filename=\"SCAL.xlsx\"\r\nContent-Transfer-Encoding: base64\r\n";
    with_parts(sender, id, &[(part, &sheet)])
}

/// Any file, under any name.
pub(crate) fn file_from(sender: &str, id: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let part = format!(
        "Content-Type: application/octet-stream; name=\"{name}\"\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n"
    );
    with_parts(sender, id, &[(&part, &base64(bytes))])
}

/// The same with an attachment of so many bytes beside it.
pub(crate) fn large_scal_from(sender: &str, id: &str, more_bytes: usize) -> Vec<u8> {
    let sheet = base64(&fixture("documents/scal-good.xlsx"));
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(more_bytes)
    .collect();
    let part = "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet; name=\"SCAL.xlsx\"\r\n\
                Content-Disposition: attachment; filename=\"SCAL.xlsx\"\r\nContent-Transfer-Encoding: base64\r\n";
    let noise_part = "Content-Type: image/png; name=\"screens.png\"\r\n\
                      Content-Disposition: attachment; filename=\"screens.png\"\r\nContent-Transfer-Encoding: base64\r\n";
    with_parts(sender, id, &[(part, &sheet), (noise_part, &base64(&noise))])
}

pub(crate) fn question_from(sender: &str, id: &str) -> Vec<u8> {
    let text = "Dear team,\r\n\r\nwhich template should we use for our SCAL, and who can help us with it?\r\n\r\nKind regards\r\n";
    format!("{}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}", head(sender, id, "A question")).into_bytes()
}

/// The same question in a reply.
pub(crate) fn answer_from(sender: &str, id: &str, in_reply_to: &str) -> Vec<u8> {
    let question = String::from_utf8(question_from(sender, id)).unwrap();
    question.replacen("MIME-Version", &format!("In-Reply-To: <{in_reply_to}>\r\nMIME-Version"), 1).into_bytes()
}

/// A reply that a person of the team wrote from the shared mailbox.
pub(crate) fn team_reply(to: &str, in_reply_to: &str) -> Vec<u8> {
    format!(
        "From: Jo Marsh <{SA}>\r\nTo: {to}\r\nSubject: RE: Your SCAL\r\nDate: Mon, 23 Nov 2026 11:00:00 +0000\r\n\
         Message-ID: <reply.1@ers.example>\r\nIn-Reply-To: <{in_reply_to}>\r\nReferences: <{in_reply_to}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Thank you. We have read it and have no further questions.\r\n"
    )
    .into_bytes()
}

fn with_parts(sender: &str, id: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let mut raw = head(sender, id, "Our SCAL");
    raw.push_str("Content-Type: multipart/mixed; boundary=\"part\"\r\n\r\n");
    raw.push_str("--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlease find our SCAL attached.\r\n");
    for (header, body) in parts {
        raw.push_str(&format!("--part\r\n{header}\r\n{body}"));
    }
    raw.push_str("--part--\r\n");
    raw.into_bytes()
}

fn head(sender: &str, id: &str, subject: &str) -> String {
    let domain = sender.split('@').nth(1).unwrap();
    format!(
        "Authentication-Results: mx.ers.example; spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain};\r\n \
         dmarc=pass action=none header.from={domain}\r\n\
         From: {sender}\r\nTo: {SA}\r\nSubject: {subject}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\
         Message-ID: <{id}>\r\nMIME-Version: 1.0\r\n"
    )
}

fn fixture(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len() * 3 / 2);
    for line in bytes.chunks(57) {
        for group in line.chunks(3) {
            let bits = group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
            for place in 0..4 {
                let value = (bits >> (18 - 6 * place)) & 0x3f;
                text.push(if place > group.len() { '=' } else { char::from(LETTERS[value as usize]) });
            }
        }
        text.push_str("\r\n");
    }
    text
}
