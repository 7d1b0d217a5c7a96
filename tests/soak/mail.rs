//! The messages of the soak: everyday ones made for each partner, odd ones from the samples in `fixtures/`.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Read, Write as _};
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::encode::base64;

pub(crate) const SA: &str = "solution.assurance@ers.example";
pub(crate) const LSOB: &str = "live.services@ers.example";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Documents that cannot be read, or are something else.
pub(crate) const BROKEN: [&str; 8] = [
    "scal-damaged.xlsx",
    "scal-password.xlsx",
    "scal-macro.xlsm",
    "scal-other-service.xlsx",
    "scal-unknown-template.xlsx",
    "zip-bomb.xlsx",
    "invoice.xlsx",
    "letter.docx",
];
/// By mail programs and filters with ways of their own.
pub(crate) const ODD: [&str; 7] = [
    "broken-charset",
    "no-attachment",
    "onedrive-link",
    "outlook-winmail",
    "removed-by-filter",
    "scan-placeholder",
    "smime-opaque",
];
pub(crate) const AUTOMATIC: [&str; 4] = ["calendar-reply", "mailing-list", "read-receipt", "out-of-office"];
const ORGANISATIONS: [&str; 5] = ["care-vista", "clinic-bridge", "north-street", "reseau-care", "lists.interop"];

/// What a message is about, to be filled in as needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) subject: &'a str,
    /// None is written where it is empty.
    pub(crate) id: &'a str,
    pub(crate) answers: Option<&'a str>,
    pub(crate) head: &'a str,
    pub(crate) text: &'a str,
    pub(crate) file: Option<(&'a str, Vec<u8>)>,
}

impl Draft<'_> {
    pub(crate) fn written(&self, at: Timestamp) -> Vec<u8> {
        let domain = self.from.split('@').nth(1).unwrap();
        let mut raw = format!(
            "Authentication-Results: mx.ers.example; spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain};\n \
             dmarc=pass action=none header.from={domain}\nFrom: {}\nTo: {}\nSubject: {}\nDate: {}\nMIME-Version: 1.0\n",
            self.from,
            self.to,
            self.subject,
            at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        );
        if !self.id.is_empty() {
            writeln!(raw, "Message-ID: <{}>", self.id).unwrap();
        }
        if let Some(id) = self.answers {
            writeln!(raw, "In-Reply-To: <{id}>\nReferences: <{id}>").unwrap();
        }
        raw.push_str(self.head);
        let plain = format!("Content-Type: text/plain; charset=utf-8\n\n{}\n", self.text);
        match &self.file {
            None => raw.push_str(&plain),
            Some((name, bytes)) => writeln!(
                raw,
                "Content-Type: multipart/mixed; boundary=\"part\"\n\n--part\n{plain}--part\nContent-Type: {XLSX}; \
                 name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: \
                 base64\n\n{}\n--part--",
                base64(bytes)
            )
            .unwrap(),
        }
        raw.replace('\n', "\r\n").into_bytes()
    }
}

/// A report that a letter of ours did not arrive.
pub(crate) fn bounce(number: usize, to: &str, message_id: &str, subject: &str, at: Timestamp) -> Vec<u8> {
    let domain = to.split('@').nth(1).unwrap();
    let text = format!(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"report\"\n\n--report\n\
         Content-Type: text/plain\n\nYour message could not be delivered.\n--report\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.{domain}\n\n\
         Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.1.1\n--report\nContent-Type: text/rfc822-headers\n\n\
         Message-ID: <{message_id}>\nSubject: {subject}\n\n--report--\n"
    );
    let head = format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.{domain}\nTo: {SA}\nSubject: Undelivered Mail Returned to Sender\n\
         Date: {}\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\nMessage-ID: <bounce.{number}@mx.{domain}>\n",
        at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    );
    (head + &text).replace('\n', "\r\n").into_bytes()
}

/// A sample as a message of an organisation of its own: other domains in addresses and Message-IDs.
pub(crate) fn sample(name: &str, number: usize) -> Vec<u8> {
    let mut raw = fixture(&format!("messages/{name}.eml"));
    for organisation in ORGANISATIONS {
        raw = replaced(&raw, format!("{organisation}.example").as_bytes(), domain(number).as_bytes());
    }
    // As they lie on a server: whatever the sample does, the lines of mail end in CRLF.
    replaced(&replaced(&raw, b"\r\n", b"\n"), b"\n", b"\r\n")
}

pub(crate) fn domain(number: usize) -> String {
    format!("supplier-{number}.example")
}

/// A filled SCAL or witness test pack of one supplier.
pub(crate) fn workbook(name: &str, number: usize, with_gap: bool) -> Vec<u8> {
    let mut blank = ZipArchive::new(Cursor::new(fixture(&format!("documents/{name}.xlsx")))).unwrap();
    let mut filled = ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..blank.len() {
        let mut entry = blank.by_index(place).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name == "xl/sharedStrings.xml" {
            bytes = replaced(&bytes, b"Harbour Health Software Ltd", format!("Supplier {number} Ltd").as_bytes());
            bytes = replaced(&bytes, b"Harbour Referrals", format!("Referrals {number}").as_bytes());
            if with_gap {
                bytes = replaced(&bytes, b"8HH10", b"");
            }
        }
        filled.start_file(name, SimpleFileOptions::default()).unwrap();
        filled.write_all(&bytes).unwrap();
    }
    filled.finish().unwrap().into_inner()
}

pub(crate) fn document(name: &str) -> Vec<u8> {
    fixture(&format!("documents/{name}"))
}

pub(crate) fn digest(raw: &[u8]) -> String {
    Sha256::digest(raw).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn fixture(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)).unwrap()
}

/// Byte by byte, since not every sample is UTF-8.
fn replaced(raw: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.windows(old.len()).position(|window| window == old) {
        text.extend_from_slice(&rest[..at]);
        text.extend_from_slice(new);
        rest = &rest[at + old.len()..];
    }
    text.extend_from_slice(rest);
    text
}
