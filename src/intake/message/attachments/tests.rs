use std::io::{Cursor, Write};

use super::*;
use crate::intake::message::attachments as attachments_of;

/// A message of these parts, each with its own fields and an empty line.
fn mixed(parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b\n{part}\n")).collect();
    format!("From: p@x.example\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
}

fn names(raw: &str) -> Vec<String> {
    attachments_of(raw.as_bytes(), &Receiver::default()).into_iter().map(|file| file.name).collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(word >> (18 - 6 * place) & 63) as usize]));
        }
    }
    out
}

fn file(name: &str, bytes: &[u8]) -> String {
    format!(
        "Content-Type: application/octet-stream; name=\"{name}\"\nContent-Disposition: attachment\n\
         Content-Transfer-Encoding: base64\n\n{}",
        base64(bytes)
    )
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn tables_compile() {
    assert!(FURNITURE.compiles() && DECORATION.compiles());
}

#[test]
fn only_what_a_person_attached_is_a_file() {
    let body = "Content-Type: text/html\n\n<img src=\"cid:shown\">";
    for (part, expected) in [
        ("Content-Type: application/pdf; name=a.pdf\n\nx", Some("a.pdf")),
        ("Content-Type: application/pdf\n\nx", Some("attachment 1")),
        ("Content-Type: text/plain; name=notes.txt\n\nx", Some("notes.txt")),
        ("Content-Type: text/plain\nContent-Disposition: attachment\n\nx", Some("attachment 1")),
        ("Content-Type: image/png; name=evidence.png\nContent-Disposition: attachment\n\nx", Some("evidence.png")),
        ("Content-Type: text/plain\n\nbody", None),
        ("Content-Type: text/calendar; method=REQUEST; name=invite.ics\n\nx", None),
        ("Content-Type: image/png; name=chart.png\nContent-ID: <shown>\n\nx", None),
        ("Content-Type: image/png; name=image001.png\nContent-Disposition: attachment\n\nx", None),
        ("Content-Type: image/gif; name=Outlook-k1x2.gif\n\nx", None),
        ("Content-Type: image/gif\nContent-Disposition: inline\n\nx", None),
        ("Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx", None),
        ("Content-Type: application/octet-stream; name=smime.p7s\n\nx", None),
        ("Content-Type: application/pgp-signature; name=signature.asc\n\nx", None),
        ("Content-Type: application/pkcs7-mime; name=smime.p7m\n\nx", None),
        ("Content-Type: text/plain; name=ATT00001.txt\n\nfooter", None),
        ("Content-Type: text/plain; name=\"Malware Alert Text.txt\"\n\nx", None),
    ] {
        assert_eq!(names(&mixed(&[body, part])), expected.into_iter().collect::<Vec<_>>(), "{part}");
    }
    let large = "x".repeat(limits::SIGNATURE_IMAGE_BYTES_MAX + 1);
    let part = format!("Content-Type: image/png; name=image001.png\nContent-Disposition: attachment\n\n{large}");
    assert_eq!(names(&mixed(&[body, &part])), ["image001.png"]);
}

#[test]
fn files_of_forwarded_messages_count() {
    let inner = mixed(&["\nsee attached", &file("SCAL.xlsx", b"x")]).replace("--b", "--c").replace("=b", "=c");
    let raw = mixed(&["\nFYI", &format!("Content-Type: message/rfc822\n\n{inner}")]);
    assert_eq!(names(&raw), ["SCAL.xlsx"]);
}

#[test]
fn files_in_a_zip_and_the_zips_that_stay_shut() {
    let archive = zip(&[("sub/inner.xlsx", b"one"), ("b.txt", b"two")]);
    let raw = mixed(&[&file("in.zip", &archive), &file("broken.zip", b"PK\x03\x04xx"), &file("c.txt", b"three")]);
    assert_eq!(names(&raw), ["in.zip/inner.xlsx", "in.zip/b.txt", "broken.zip", "c.txt"]);
    let found =
        attachments_of(mixed(&[&file("in.zip", &zip(&[("in.zip", &archive)]))]).as_bytes(), &Receiver::default());
    assert_eq!(found[0].name, "in.zip/in.zip");
    assert_eq!(found[0].problem.as_ref().map(|finding| finding.code), Some(FindingCode::UnsupportedType));
    let found = attachments_of(mixed(&[&file("in.zip", &zip(&[]))]).as_bytes(), &Receiver::default());
    assert_eq!(found[0].name, "in.zip");
}

#[test]
fn a_broken_winmail_asks_for_ordinary_attachments() {
    let found =
        attachments_of(mixed(&[&file("winmail.dat", b"\x78\x9f\x3e\x22xx\x02")]).as_bytes(), &Receiver::default());
    assert_eq!(found[0].problem.as_ref().map(|finding| finding.code), Some(FindingCode::Damaged));
}

#[test]
fn sizes_and_numbers_are_limited() {
    let receiver = Receiver { attachment_bytes_max: 10, ..Receiver::default() };
    let raw = mixed(&[&file("fits", &[1; 10]), &file("over", &[1; 11])]);
    let facts = super::super::read(raw.as_bytes(), &receiver, Documents::Skip);
    let problems: Vec<_> = facts.documents.iter().map(|document| (document.bytes, document.problem)).collect();
    assert_eq!(problems, [(10, None), (11, Some(FindingCode::TooLarge))]);
    let default = usize::try_from(limits::ATTACHMENT_BYTES_MAX).unwrap();
    for (size, problem) in [(default, None), (default + 1, Some(FindingCode::TooLarge))] {
        let raw = mixed(&[&format!("Content-Type: x/y; name=a\n\n{}", "x".repeat(size))]);
        let found = attachments_of(raw.as_bytes(), &Receiver::default());
        assert_eq!(found[0].problem.as_ref().map(|finding| finding.code), problem);
    }
    let one = file("a", b"x");
    let many = vec![one.as_str(); limits::ATTACHMENTS_MAX];
    let facts = |parts: &[&str]| super::super::read(mixed(parts).as_bytes(), &Receiver::default(), Documents::Skip);
    assert!(facts(&many).findings.is_empty());
    let over = facts(&[many.as_slice(), &[&one]].concat());
    assert_eq!((over.documents.len(), over.findings[0].code), (limits::ATTACHMENTS_MAX, FindingCode::TooLarge));
}

#[test]
fn attachments_stand_in_the_order_of_the_documents() {
    let archive = zip(&[("x.txt", b"one"), ("y.txt", b"two")]);
    let raw = mixed(&["\nhello", &file("a", b"1"), &file("in.zip", &archive), &file("b", b"2")]);
    let files = attachments_of(raw.as_bytes(), &Receiver::default());
    let facts = super::super::read(raw.as_bytes(), &Receiver::default(), Documents::Skip);
    let listed: Vec<_> = facts.documents.iter().map(|document| (&document.name, document.bytes)).collect();
    assert_eq!(listed, files.iter().map(|file| (&file.name, file.bytes.len() as u64)).collect::<Vec<_>>());
    let digest = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
    assert_eq!(facts.documents[0].sha256, BlobDigest::from_hex(digest));
    assert!(facts.documents.iter().all(|document| !document.readable && document.findings.is_empty()));
}
