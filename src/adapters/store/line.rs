//! One line of the journal, version 1: `{"v":1,"n":17,"prev":"<SHA-256 of the line before>","at":…,"event":…,…}`.
//! The hash is taken over the bytes of a line without its line end. Later versions of the program only add fields and
//! variants, so a line of version 1 loads for ever; fields it does not know are passed over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use crate::domain::event::Event;
use crate::domain::fact::Fact;
use crate::domain::ids::CaseRef;
use crate::domain::outbox::QueuedLetter;
use crate::domain::step::{Step, WorldFact};

pub(super) const VERSION: u32 = 1;
/// What the first line names as the hash of the line before.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// A step may name a hundred thousand places of old mail; no sound line is longer.
pub(super) const BYTES_MAX: usize = 64 << 20;

/// What every line has, whatever its version.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Header {
    pub(super) v: u32,
    pub(super) n: u64,
    pub(super) prev: String,
}

#[derive(Serialize)]
struct LineOut<'a> {
    v: u32,
    n: u64,
    prev: &'a str,
    at: Timestamp,
    event: &'a Event,
    why: &'a str,
    facts: &'a [(CaseRef, Fact)],
    world: &'a [WorldFact],
    letters: &'a [QueuedLetter],
}

#[derive(Deserialize)]
struct LineIn {
    v: u32,
    n: u64,
    prev: String,
    at: Timestamp,
    event: Event,
    #[serde(default)]
    why: String,
    #[serde(default)]
    facts: Vec<(CaseRef, Fact)>,
    #[serde(default)]
    world: Vec<WorldFact>,
    #[serde(default)]
    letters: Vec<QueuedLetter>,
}

/// The line without its line end.
pub(super) fn encode(number: u64, prev: &str, step: &Step) -> Result<Vec<u8>, StoreError> {
    let Step { at, event, why, facts, world, letters } = step;
    let line = LineOut { v: VERSION, n: number, prev, at: *at, event, why, facts, world, letters };
    let bytes = serde_json::to_vec(&line)?;
    if bytes.len() >= BYTES_MAX {
        return Err(StoreError::StepTooLong { step: number, bytes: bytes.len(), max: BYTES_MAX });
    }
    Ok(bytes)
}

pub(super) fn decode(line: &[u8]) -> Result<(Header, Step), serde_json::Error> {
    let LineIn { v, n, prev, at, event, why, facts, world, letters } = serde_json::from_slice(line)?;
    let step = Step { at, event, why, facts, world, letters };
    Ok((Header { v, n, prev }, step))
}

/// `None` when the bytes are no line of a journal at all, as after an interrupted write.
pub(super) fn header(line: &[u8]) -> Option<Header> {
    serde_json::from_slice(line).ok()
}
