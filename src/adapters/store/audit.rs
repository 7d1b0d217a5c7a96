//! The journal as auditors ask for it: verified and exported, without the lock, also while a daemon appends to it.
//! Records nothing.

use std::io::Write;
use std::path::Path;

use super::error::StoreError;
use super::journal::{self, Next, Reader, Spot};
use super::kept::Verified;
use super::line;
use super::lock;
use super::rows::Rows;
use crate::domain::step::Step;

/// Checks every line and the chain, up to step `up_to` or to the end that the journal has now; and, where no other
/// process holds the records, that the store does not know of a later step.
pub fn verify(dir: &Path, up_to: Option<u64>) -> Result<Verified, StoreError> {
    // Asked before the journal is measured, which may grow meanwhile.
    let known = known_to_rows(dir);
    let verified = walk(dir, up_to, |_| Ok(()))?;
    match known {
        Some(known) if up_to.is_none() && known > verified.steps => {
            Err(StoreError::JournalShort { path: journal::path_in(dir), steps: verified.steps, known })
        }
        Some(_) | None => Ok(verified),
    }
}

/// Rows that are held, missing or damaged witness nothing.
fn known_to_rows(dir: &Path) -> Option<u64> {
    let store = dir.join("store");
    let _lock = lock::glance(dir)?;
    let rows = store.exists().then(|| Rows::open(&store))?.ok()?;
    Some(rows.head().last.number)
}

/// Writes every line of the journal as it is, checked, then one line of JSON that says where the texts are.
pub fn export(dir: &Path, up_to: Option<u64>, to: &mut dyn Write) -> Result<Verified, StoreError> {
    let failed = |source| StoreError::Io { what: "write the export of", path: dir.to_owned(), source };
    let verified = walk(dir, up_to, |line| to.write_all(line).and_then(|()| to.write_all(b"\n")).map_err(failed))?;
    let note = serde_json::json!({
        "note": "Mails and letters are not in this file. They lie beside the journal as blobs/ab/cdef…, named by the \
                 SHA-256 that the records give as \"raw\"; copy that folder too.",
        "steps": verified.steps,
        "last_hash": verified.last_hash,
    });
    writeln!(to, "{note}").and_then(|()| to.flush()).map_err(failed)?;
    Ok(verified)
}

/// Gives every step of the journal in order, checked, up to the end that it has now.
pub fn steps(dir: &Path, mut each: impl FnMut(Step)) -> Result<Verified, StoreError> {
    let path = journal::path_in(dir);
    let unread =
        |e: serde_json::Error| StoreError::Io { what: "understand a step of", path: path.clone(), source: e.into() };
    walk(dir, None, |line| {
        let (_, step) = line::decode(line).map_err(unread)?;
        each(step);
        Ok(())
    })
}

fn walk(
    dir: &Path,
    up_to: Option<u64>,
    mut each: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<Verified, StoreError> {
    let path = journal::path_in(dir);
    let end = match std::fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(e) => return Err(StoreError::io("find the journal", &path, e)),
    };
    let mut reader = Reader::open(&path, Spot::genesis(), end)?;
    let mut last = Spot::genesis();
    let mut unfinished_bytes = 0;
    while up_to.is_none_or(|number| last.number < number) {
        let (next, _) = reader.next_step()?;
        match next {
            Next::Line(spot) => last = spot,
            Next::Torn(torn) if torn.is_unfinished => {
                unfinished_bytes = torn.bytes;
                break;
            }
            Next::Torn(torn) => return Err(reader.damaged(format!("its {} bytes are no record", torn.bytes))),
            Next::End => break,
        }
        each(reader.line())?;
    }
    Ok(Verified { steps: last.number, last_hash: last.hash, unfinished_bytes })
}
