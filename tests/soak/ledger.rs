//! The journal as the soak reads it while it grows: the account of every message, letter, notice and promise.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::sink::Heard;

/// More than nights, weekends, holidays and the outages of the soak can delay a notice.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_hours(6 * 24);

pub(crate) struct Ledger {
    path: PathBuf,
    bytes: u64,
    pub(crate) steps: u64,
    last_at: Timestamp,
    /// How often each raw message was taken in.
    arrivals: HashMap<String, u32>,
    /// How often each message became known.
    identities: HashMap<String, u32>,
    pub(crate) account: Account,
    letters: HashMap<String, Letter>,
    /// By case, lane, rule and day.
    notices: HashMap<String, u32>,
    pub(crate) notices_given: u64,
    /// The promises that run, by case and lane.
    promises: HashMap<String, Promise>,
    pub(crate) kept: Promises,
    pub(crate) troubles: HashMap<String, u32>,
    pub(crate) outcomes: HashMap<String, u32>,
}

/// What became of the messages that were received.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) received: u64,
    pub(crate) filed: u64,
    pub(crate) ignored: u64,
    /// Of no case that the program could tell: staff were asked.
    pub(crate) left_to_staff: u64,
    pub(crate) copies: u64,
    pub(crate) quarantined: u64,
    pub(crate) renumbered: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Promises {
    pub(crate) made: u64,
    pub(crate) answered: u64,
    /// Broken, and told.
    pub(crate) broken: u64,
}

#[derive(Debug)]
struct Letter {
    message_id: String,
    to: String,
    raw: String,
    attempts: u64,
    unknown: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Sent,
    Refused,
}

#[derive(Debug)]
struct Promise {
    since: String,
    due_at: Timestamp,
    held: bool,
    told: bool,
}

impl Ledger {
    pub(crate) fn of(var: &Path, start: Timestamp) -> Self {
        Self {
            path: var.join("journal/steps.jsonl"),
            bytes: 0,
            steps: 0,
            last_at: start,
            arrivals: HashMap::new(),
            identities: HashMap::new(),
            account: Account::default(),
            letters: HashMap::new(),
            notices: HashMap::new(),
            notices_given: 0,
            promises: HashMap::new(),
            kept: Promises::default(),
            troubles: HashMap::new(),
            outcomes: HashMap::new(),
        }
    }

    pub(crate) fn journal_bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn letters(&self) -> usize {
        self.letters.len()
    }

    /// Different texts that the record names.
    pub(crate) fn blobs(&self) -> usize {
        let letters = self.letters.values().map(|letter| letter.raw.as_str());
        self.arrivals.keys().map(String::as_str).chain(letters).collect::<std::collections::HashSet<_>>().len()
    }

    pub(crate) fn is_outbox_empty(&self) -> bool {
        self.letters.values().all(|letter| letter.state != State::Waiting)
    }

    /// Reads the whole lines that were added.
    pub(crate) fn update(&mut self) {
        let mut file = BufReader::new(File::open(&self.path).unwrap());
        file.seek(SeekFrom::Start(self.bytes)).unwrap();
        let mut line = Vec::new();
        while file.read_until(b'\n', &mut line).unwrap() > 0 && line.ends_with(b"\n") {
            self.bytes += line.len() as u64;
            let step: Value = serde_json::from_slice(&line).unwrap();
            line.clear();
            self.steps += 1;
            assert_eq!(step["n"], self.steps);
            self.note(&step);
        }
    }

    fn note(&mut self, step: &Value) {
        let event = &step["event"];
        let at: Timestamp = text(&step["at"]).parse().unwrap();
        assert!(at >= self.last_at, "time ran back in step {}", self.steps);
        self.last_at = at;
        let kind = text(&event["event"]);
        let world: Vec<&str> = items(&step["world"]).iter().map(|fact| text(&fact["fact"])).collect();
        for fact in items(&step["facts"]) {
            self.note_fact(text(&fact[0]), &fact[1], at);
        }
        match kind {
            "message-arrived" | "sent-message-seen" => {
                let filed = items(&step["facts"]).iter().any(|fact| fact[1]["fact"] == "message-filed");
                self.account.received += 1;
                *self.arrivals.entry(text(&event["raw"]).to_owned()).or_default() += 1;
                let told = world.contains(&"identity-seen") && !items(&step["letters"]).is_empty();
                match (world.contains(&"copy-noted"), filed, world.contains(&"ignored")) {
                    (true, false, false) => self.account.copies += 1,
                    (false, true, _) => self.account.filed += 1,
                    (false, false, true) => self.account.ignored += 1,
                    (false, false, false) if told => self.account.left_to_staff += 1,
                    other => panic!("neither filed nor ignored nor a copy, or several: {other:?}, {step:#}"),
                }
            }
            "message-quarantined" => self.account.quarantined += 1,
            "mailbox-renumbered" => self.account.renumbered += 1,
            "trouble-found" => {
                *self.troubles.entry(text(&event["trouble"]["trouble"]).to_owned()).or_default() += 1;
            }
            "attempt-started" => self.letters.get_mut(text(&event["letter"])).unwrap().attempts += 1,
            "attempt-ended" => self.note_outcome(event, &step["world"]),
            _ => {}
        }
        for fact in items(&step["world"]).iter().filter(|fact| fact["fact"] == "identity-seen") {
            *self.identities.entry(text(&fact["identity"]).to_owned()).or_default() += 1;
        }
        for letter in items(&step["letters"]) {
            let new = Letter {
                message_id: text(&letter["message_id"]).to_owned(),
                to: text(&letter["to"]).to_owned(),
                raw: text(&letter["raw"]).to_owned(),
                attempts: 0,
                unknown: 0,
                state: State::Waiting,
            };
            assert!(self.letters.insert(text(&letter["id"]).to_owned(), new).is_none(), "step {}", self.steps);
        }
    }

    fn note_outcome(&mut self, event: &Value, world: &Value) {
        let letter = self.letters.get_mut(text(&event["letter"])).unwrap();
        let outcome = text(&event["outcome"]["outcome"]);
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
        let given_up = items(world).iter().any(|fact| fact["fact"] == "next-attempt" && fact["not_before"].is_null());
        letter.unknown += u64::from(outcome == "unknown");
        letter.state = match (outcome, given_up) {
            ("sent", _) => State::Sent,
            (_, true) => State::Refused,
            _ => State::Waiting,
        };
    }

    fn note_fact(&mut self, case: &str, fact: &Value, at: Timestamp) {
        let place = format!("{case} {}", fact["lane"]);
        match text(&fact["fact"]) {
            "phase-entered" | "clock-set" => self.note_clock(place, &fact["clock"], at),
            "case-closed" => {
                let of_case: Vec<_> = self.promises.keys().filter(|key| key.starts_with(&format!("{case} "))).collect();
                for place in of_case.into_iter().cloned().collect::<Vec<_>>() {
                    self.note_clock(place, &Value::Null, at);
                }
            }
            "notice-given" => {
                self.notices_given += 1;
                for notice in items(&fact["passed_over"]).iter().chain([&fact["notice"]]) {
                    let rule = text(&notice["rule"]);
                    *self.notices.entry(format!("{place} {rule} {}", notice["day"])).or_default() += 1;
                    if let Some(promise) = self.promises.get_mut(&place) {
                        promise.told |= ["breach", "escalate"].contains(&rule);
                    }
                }
            }
            _ => {}
        }
    }

    /// The clock of a lane from now on. One that is replaced was answered, or staff knew that it was not.
    fn note_clock(&mut self, place: String, clock: &Value, at: Timestamp) {
        let running = clock["clock"] == "response";
        let since = text(&clock["since"]);
        match self.promises.remove(&place) {
            Some(promise) if running && promise.since == since => {
                let due_at = text(&clock["due"]["due_at"]).parse().unwrap();
                self.promises.insert(place, Promise { due_at, held: !clock["held"].is_null(), ..promise });
                return;
            }
            Some(promise) => self.settle(&place, &promise, at),
            None => {}
        }
        if running {
            self.kept.made += 1;
            let due_at = text(&clock["due"]["due_at"]).parse().unwrap();
            let promise = Promise { since: since.to_owned(), due_at, held: !clock["held"].is_null(), told: false };
            self.promises.insert(place, promise);
        }
    }

    fn settle(&mut self, place: &str, promise: &Promise, at: Timestamp) {
        let untold = !promise.held && !promise.told && at.duration_since(promise.due_at) > TOLD_WITHIN;
        assert!(!untold, "broken and never told: {place}, {promise:?}, now {at}");
        match promise.told {
            true => self.kept.broken += 1,
            false => self.kept.answered += 1,
        }
    }

    /// What must hold at any time.
    pub(crate) fn check(&self) {
        let again: Vec<_> = self.identities.iter().filter(|(_, count)| **count != 1).collect();
        assert!(again.is_empty(), "decided more than once: {again:?}");
        let again: Vec<_> = self.notices.iter().filter(|(_, count)| **count != 1).collect();
        assert!(again.is_empty(), "notices given more than once: {again:?}");
        for (place, promise) in &self.promises {
            let untold = !promise.held && !promise.told && self.last_at.duration_since(promise.due_at) > TOLD_WITHIN;
            assert!(!untold, "broken and never told: {place}, {promise:?}, now {}", self.last_at);
        }
    }

    /// Everything that was delivered was taken in, and nothing else. `delivered`: how often, by digest.
    pub(crate) fn check_received(&self, delivered: &HashMap<String, u32>) {
        let unknown = self.arrivals.keys().filter(|raw| !delivered.contains_key(*raw)).count();
        assert_eq!(unknown, 0, "messages that nobody sent");
        let lost: Vec<_> = delivered.keys().filter(|raw| !self.arrivals.contains_key(*raw)).collect();
        assert!(lost.len() as u64 <= self.account.quarantined, "lost: {lost:?}, {:?}", self.account);
    }

    /// Each letter reached the wire, with the bytes that were committed; copies of it only after an unknown outcome.
    pub(crate) fn check_wire(&self, heard: &Heard) {
        let mut known = 0;
        for (id, letter) in &self.letters {
            let taken = heard.taken.get(&letter.message_id);
            let Some(taken) = taken else {
                assert_ne!(letter.state, State::Sent, "on the record as sent and never seen: {id}, {letter:?}");
                assert_eq!(letter.state, State::Refused, "never sent: {id}, {letter:?}");
                continue;
            };
            known += 1;
            assert_eq!((&taken.to, &taken.sha256), (&letter.to, &letter.raw), "{id}");
            assert!(taken.copies <= letter.attempts, "{id}: {taken:?}, {letter:?}");
            assert!(taken.copies <= 1 + letter.unknown, "a copy without need: {id}, {taken:?}, {letter:?}");
        }
        assert_eq!(known, heard.taken.len(), "letters on the wire that nobody committed");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
