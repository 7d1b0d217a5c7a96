//! The journal as the test reads it: followed while a run goes on, and told as facts when it is over.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Reads whole lines as they are appended.
pub(crate) struct Tail {
    path: PathBuf,
    pub(crate) bytes: u64,
    /// Messages taken in and letters sent: what a restart cannot add to by itself.
    pub(crate) finished: usize,
    pub(crate) steps: Vec<Value>,
    taken_in: BTreeSet<String>,
    waiting: BTreeSet<String>,
}

impl Tail {
    pub(crate) fn of(var: &Path) -> Self {
        let path = var.join("journal/steps.jsonl");
        Self { path, bytes: 0, finished: 0, steps: Vec::new(), taken_in: BTreeSet::new(), waiting: BTreeSet::new() }
    }

    pub(crate) fn update(&mut self) {
        let Ok(mut file) = File::open(&self.path) else { return };
        let mut new = Vec::new();
        file.seek(SeekFrom::Start(self.bytes)).unwrap();
        file.read_to_end(&mut new).unwrap();
        let whole = new.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.bytes += whole as u64;
        for line in new[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.note(serde_json::from_slice(line).unwrap());
        }
    }

    pub(crate) fn has_taken_in(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.taken_in.contains(name))
    }

    pub(crate) fn is_outbox_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn note(&mut self, step: Value) {
        let event = &step["event"];
        if let Some(name) = event["place"]["at"]["maildir"]["name"].as_str() {
            self.taken_in.insert(name.to_owned());
            self.finished += 1;
        }
        for letter in step["letters"].as_array().unwrap() {
            self.waiting.insert(text(&letter["id"]));
        }
        if event["outcome"]["outcome"] == "sent" {
            self.waiting.remove(&text(&event["letter"]));
            self.finished += 1;
        }
        self.steps.push(step);
    }
}

/// What a run led to, without times, numbers and what restarts add.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// How often each message was taken in from each mailbox.
    pub(crate) messages: BTreeMap<String, usize>,
    /// How often each message became known.
    pub(crate) known: BTreeMap<String, usize>,
    /// Kind, recipient and subject of each letter that was committed.
    pub(crate) letters: BTreeMap<String, usize>,
}

/// What restarts add, and letters by Message-ID with their recipient and digest.
#[derive(Debug, Default)]
pub(crate) struct Besides {
    pub(crate) letters: BTreeMap<String, (String, String)>,
    /// How often the journal says that each letter was about to be sent, by letter id.
    pub(crate) attempts: BTreeMap<String, usize>,
    /// The Message-ID of each letter id.
    pub(crate) ids: BTreeMap<String, String>,
    pub(crate) unknown_outcomes: usize,
    pub(crate) troubles: Vec<String>,
    pub(crate) quarantined: usize,
}

pub(crate) fn told(steps: &[Value]) -> (Facts, Besides) {
    let (mut facts, mut besides) = (Facts::default(), Besides::default());
    for step in steps {
        let event = &step["event"];
        let kind = text(&event["event"]);
        if ["message-arrived", "sent-message-seen"].contains(&kind.as_str()) {
            let identity = text(&event["facts"]["identity"]);
            let place = &event["place"];
            let key = format!("{kind} {} {} {identity}", text(&place["mailbox"]), text(&event["facts"]["subject"]));
            *facts.messages.entry(key).or_default() += 1;
        }
        for fact in step["world"].as_array().unwrap().iter().filter(|fact| fact["fact"] == "identity-seen") {
            *facts.known.entry(text(&fact["identity"])).or_default() += 1;
        }
        if kind == "attempt-started" {
            *besides.attempts.entry(text(&event["letter"])).or_default() += 1;
        }
        besides.unknown_outcomes += usize::from(event["outcome"]["outcome"] == "unknown");
        besides.quarantined += usize::from(kind == "message-quarantined");
        let is_trouble = kind == "trouble-found";
        if is_trouble {
            besides.troubles.push(format!("{}: {}", text(&event["trouble"]["trouble"]), text(&event["detail"])));
        }
        for letter in step["letters"].as_array().unwrap() {
            let (to, raw) = (text(&letter["to"]), text(&letter["raw"]));
            besides.ids.insert(text(&letter["id"]), text(&letter["message_id"]));
            let before = besides.letters.insert(text(&letter["message_id"]), (to.clone(), raw));
            assert_eq!(before, None, "two letters with one Message-ID");
            if !is_trouble {
                let key = format!("{} {to} {}", text(&letter["kind"]), undated(&text(&letter["subject"])));
                *facts.letters.entry(key).or_default() += 1;
            }
        }
    }
    (facts, besides)
}

/// A JSON value without times, which differ from run to run.
pub(crate) fn timeless(value: Value) -> Value {
    match value {
        Value::String(text) if is_date(&text) => Value::from("a time"),
        Value::Array(items) => items.into_iter().map(timeless).collect(),
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| !["left", "letters", "story"].contains(&name.as_str()));
            Value::Object(kept.map(|(name, value)| (name, timeless(value))).collect())
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && bytes[7] == b'-'
}

/// `New SCAL: Care Vista Link, due Monday 9 November 2026 [ERS-00001]`, but for the date.
fn undated(subject: &str) -> String {
    match (subject.split_once(", due "), subject.rsplit_once(" [")) {
        (Some((before, _)), Some((_, reference))) => format!("{before} [{reference}"),
        _ => subject.to_owned(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
