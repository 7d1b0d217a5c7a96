//! The files of a message as a letter lists them.

use serde::Serialize;

use crate::domain::case::SubmissionKind;
use crate::domain::fact::Item;
use crate::letters::words;

pub(super) const FILES_MAX: usize = 30;

#[derive(Serialize)]
pub(super) struct FileView {
    name: String,
    kind: Option<SubmissionKind>,
    repeated: bool,
    readable: bool,
}

/// The files, and how many more there are than a letter lists.
pub(super) fn files(items: &[Item]) -> (Vec<FileView>, usize) {
    let listed = items.iter().take(FILES_MAX).map(|item| FileView {
        name: words::name(&item.name),
        kind: item.recognised,
        repeated: item.repeated,
        readable: item.readable,
    });
    (listed.collect(), items.len().saturating_sub(FILES_MAX))
}

/// What arrived that was not there before, each kind once, in the order of the process.
pub(super) fn new_kinds<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<SubmissionKind> {
    let new = items.filter(|item| item.readable && !item.repeated);
    let mut kinds: Vec<SubmissionKind> = new.filter_map(|item| item.recognised).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
