//! Whoever sent the form of an end user organisation gets no letter that names anything of the case beyond the product
//! and the form: every letter of the story is looked at as it leaves.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::Path;
use std::process::Command;

use mail_parser::MessageParser;

const STORY: &str = "fixtures/stories/36-form-of-a-trust";
const SENDER: &str = "m.castle@staldhelms.example";

/// Of the supplier, of what they sent and of how the case stands.
const OF_THE_CASE: &[&str] = &[
    "harbour health",
    "harbour.example",
    "reyes",
    "8hh10",
    "conformance",
    "scal",
    "witness",
    "pack",
    "certificate",
    "tcc",
    "agreement",
    "assurance team",
    "stage 3",
];

/// Words with one space around each.
fn words(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    format!(" {} ", words.map(str::to_lowercase).collect::<Vec<_>>().join(" "))
}

#[test]
fn no_letter_to_the_sender_of_a_form_names_anything_else_of_the_case() {
    let story = Path::new(env!("CARGO_MANIFEST_DIR")).join(STORY);
    let out = tempfile::tempdir().unwrap();
    let letters = out.path().join("letters");
    let output = Command::new(env!("CARGO_BIN_EXE_assured"))
        .args(["rehearse", story.to_str().unwrap(), "--until", "2026-12-18", "--out", letters.to_str().unwrap()])
        .env_remove("ASSURED_CONFIG")
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut subjects = Vec::new();
    for entry in fs::read_dir(&letters).unwrap() {
        let raw = fs::read(entry.unwrap().path()).unwrap();
        let letter = MessageParser::default().parse(&raw).unwrap();
        let to = letter.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap_or_default().to_owned();
        if to != SENDER {
            continue;
        }
        let headers = String::from_utf8_lossy(&raw[..letter.root_part().raw_body_offset() as usize]).into_owned();
        let (text, html) = (letter.body_text(0).unwrap(), letter.body_html(0).unwrap());
        for (part, content) in [("headers", headers.as_str()), ("text", &text), ("HTML", &html)] {
            let content = words(content);
            let named: Vec<_> = OF_THE_CASE.iter().filter(|word| content.contains(&words(word))).collect();
            assert!(named.is_empty(), "the {part} of “{}” names {named:?}:\n{content}", letter.subject().unwrap());
        }
        subjects.push(letter.subject().unwrap().to_owned());
    }
    // The form, the question, changes asked for, a reminder, the changed form, the approval.
    assert_eq!(subjects.len(), 6, "{subjects:?}");
    assert!(
        subjects.iter().all(|subject| subject.contains("Approval form of St Aldhelm's [ERS-00001]")),
        "{subjects:?}"
    );
}
