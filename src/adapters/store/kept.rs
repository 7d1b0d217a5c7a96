//! What the store tells of its rows, beside the types of the domain.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{CaseRef, Place};

/// A message that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub case: Option<CaseRef>,
    /// Where copies of it lie, the first found first.
    pub places: Vec<Place>,
    /// Where the line of the journal begins that took it in.
    #[serde(default)]
    pub line: Option<u64>,
}

/// How far a folder was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub uid_validity: u32,
    pub last_uid: u32,
    /// Some of it was only remembered, not taken in.
    #[serde(default)]
    pub passed_over: bool,
}

/// A step as the story of a case tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryLine {
    pub step: u64,
    pub at: Timestamp,
    /// The event in kebab case.
    pub event: String,
    pub why: String,
}

/// What was found and done when the records were opened. Staff must be told of all but `caught_up`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Why the rows were rebuilt from the journal.
    pub rebuilt: Option<String>,
    /// Where the rows lie that were not good.
    pub rows_set_aside: Option<PathBuf>,
    /// Steps folded from the journal.
    pub caught_up: u64,
    pub journal_cut: Option<JournalCut>,
}

/// Bytes of an interrupted write at the end of the journal. Nothing had followed from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalCut {
    pub bytes: u64,
    pub set_aside: PathBuf,
}

/// What `journal verify` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub steps: u64,
    pub last_hash: String,
    /// Bytes after the last whole line: being written just now, or left by an interrupted write.
    pub unfinished_bytes: u64,
}
