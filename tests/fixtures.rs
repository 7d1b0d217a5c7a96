//! The fixtures are what their generator writes, and read as their truth says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assured::domain::reading::{DocumentKind, Scal};
use assured::intake::message::{self, Documents};
use assured::intake::{Receiver, document};
use serde_json::{Value, json};

#[path = "../fixtures/generate/demo.rs"]
mod demo;
#[path = "../fixtures/generate/mail.rs"]
mod mail;
#[path = "../fixtures/generate/office.rs"]
mod office;
#[path = "../fixtures/generate/stories.rs"]
mod stories;

#[test]
fn the_committed_fixtures_are_those_of_the_generator() {
    let documents = office::documents();
    let truths = office::truths().into_iter().map(|(name, text)| (name, text.into_bytes()));
    same("documents", documents.clone().into_iter().chain(truths).collect());
    same("messages", within("messages/", mail::messages(&documents)));
    same("demo", within("demo/", demo::messages(&documents)));
    same("stories", within("stories/", stories::files(&documents)));
}

fn within(folder: &str, files: Vec<(String, Vec<u8>)>) -> BTreeMap<String, Vec<u8>> {
    files.into_iter().map(|(path, bytes)| (path.strip_prefix(folder).unwrap().to_owned(), bytes)).collect()
}

fn same(folder: &str, expected: BTreeMap<String, Vec<u8>>) {
    let mut committed = files(&fixtures(folder));
    // What a rehearsal tells is the program's word, not the generator's: see tests/stories.rs.
    committed.retain(|name, _| !name.ends_with("/expected.txt"));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&committed), names(&expected), "{folder}: run `cargo run --example fixtures`");
    for (name, bytes) in &committed {
        assert!(expected[name] == *bytes, "{folder}/{name} differs: run `cargo run --example fixtures`");
    }
}

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder)
}

/// Every file under a folder, by its path from there; none where the folder does not exist.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(files(&entry.path()).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    found
}

#[test]
fn the_mail_of_the_demo_is_routine() {
    for (name, bytes) in demo::messages(&office::documents()) {
        let facts = message::read(&bytes, &Receiver::default(), Documents::Skip);
        assert!(facts.not_routine.is_empty() && facts.not_routine_reply_subject.is_empty(), "{name}");
    }
}

#[test]
fn every_document_reads_as_its_truth_says() {
    let folder = fixtures("documents");
    let documents = files(&folder);
    let mut read = 0;
    for (name, bytes) in documents.iter().filter(|(name, _)| !name.ends_with(".json")) {
        let truth = Path::new(name).with_extension("json");
        let truth: Value = serde_json::from_slice(&documents[truth.to_str().unwrap()]).unwrap();
        assert_eq!(told(name, bytes, &truth), truth, "{name}");
        read += 1;
    }
    assert_eq!(read, office::documents().len());
}

/// Those of `converted` are fixtures that LibreOffice 7.4 saved as workbooks of Excel 97 and of OpenDocument.
#[test]
fn what_another_program_saved_reads_as_before() {
    let documents = office::documents();
    let converted = files(&fixtures("converted"));
    assert!(!converted.is_empty());
    for (name, bytes) in converted {
        let stem = Path::new(&name).file_stem();
        let (_, original) = documents.iter().find(|(other, _)| Path::new(other).file_stem() == stem).unwrap();
        let read = |bytes: &[u8]| document::read(&name, bytes, &Receiver::default());
        let (before, mut after) = (read(original), read(&bytes));
        if let (DocumentKind::Scal(before), DocumentKind::Scal(after)) = (&before.kind, &mut after.kind) {
            assert_eq!(place(before), place(after), "{name}");
            // LibreOffice writes pictures and objects anew: same place, other bytes.
            after.certificate = before.certificate.clone();
        }
        assert_eq!((before.kind, before.findings), (after.kind, after.findings), "{name}");
    }
}

fn place(scal: &Scal) -> Option<(&str, &str)> {
    scal.certificate.as_ref().map(|certificate| (certificate.sheet.as_str(), certificate.cell.as_str()))
}

/// What the reading says, cut down to the names that the truth uses.
fn told(name: &str, bytes: &[u8], truth: &Value) -> Value {
    let document = document::read(name, bytes, &Receiver::default());
    assert_eq!((document.name.as_str(), document.bytes), (name, bytes.len() as u64));
    let facts = match &document.kind {
        DocumentKind::Scal(scal) => json!(scal),
        DocumentKind::WitnessPack(pack) => json!(pack),
        DocumentKind::ApprovalForm(form) => json!(form),
        DocumentKind::Certificate(_) | DocumentKind::Other => json!({}),
    };
    let mut told = json!({"kind": document.kind.name(), "readable": document.readable, "problem": document.problem});
    told["findings"] = json!(document.findings);
    for finding in told["findings"].as_array_mut().unwrap() {
        let finding = finding.as_object_mut().unwrap();
        assert!(finding["message"].as_str().is_some_and(|message| message.ends_with('.')));
        finding.retain(|key, _| !["message", "severity"].contains(&key.as_str()));
    }
    for key in
        truth.as_object().unwrap().keys().filter(|key| told.get(key.as_str()).is_none()).cloned().collect::<Vec<_>>()
    {
        told[key.as_str()] = facts[key.as_str()].clone();
    }
    told
}
