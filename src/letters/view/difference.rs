//! What changed since the last file of the same kind, as letters tell of it.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::calendar::in_words;
use crate::domain::case::SubmissionKind;
use crate::domain::difference::{Changed, Difference, Point};
use crate::domain::fact::Item;
use crate::domain::reading::{Answer, TestOutcome};
use crate::letters::words;

/// Rows and changes that a letter names of each sort; the rest are counted.
const NAMED_MAX: usize = 10;

#[derive(Serialize)]
pub(super) struct DifferenceView {
    file: String,
    kind: Option<SubmissionKind>,
    /// The day on which the file came that this one is compared with.
    since: String,
    /// It is the third of its kind, say.
    versions: u32,
    fixed: usize,
    fixed_rows: Vec<String>,
    new: usize,
    still_open: u32,
    /// Requirements and tests that the earlier file did not have.
    added: u32,
    /// Rows that had no answer or no result, and have one now.
    filled_in: usize,
    changed: Vec<ChangedView>,
    more_changed: usize,
    /// No answer or result is other than before.
    same: bool,
}

#[derive(Serialize)]
struct ChangedView {
    row: String,
    sheet: Option<String>,
    before: &'static str,
    now: &'static str,
}

pub(super) fn difference(item: &Item, zone: &TimeZone) -> Option<DifferenceView> {
    let difference = item.difference.as_deref()?;
    let Difference { since, versions, fixed, new, still_open, added, missing: _, answers, results } = difference;
    let filled_in = answers.iter().filter(|change| change.before == Answer::Unanswered).count()
        + results.iter().filter(|change| change.before == TestOutcome::NotRun).count();
    let answers = answers.iter().filter(|change| change.before != Answer::Unanswered);
    let results = results.iter().filter(|change| change.before != TestOutcome::NotRun);
    let mut changed =
        answers.map(|change| changed(change, answer)).chain(results.map(|change| changed(change, result)));
    let named: Vec<ChangedView> = changed.by_ref().take(NAMED_MAX).collect();
    let more_changed = changed.count();
    Some(DifferenceView {
        file: words::name(&item.name),
        kind: item.recognised,
        since: in_words(since.to_zoned(zone.clone()).date()),
        versions: *versions,
        fixed: fixed.len(),
        fixed_rows: rows(fixed),
        new: new.len(),
        still_open: *still_open,
        added: *added,
        filled_in,
        same: fixed.is_empty() && new.is_empty() && filled_in == 0 && *added == 0 && named.is_empty(),
        changed: named,
        more_changed,
    })
}

/// Named only where all have a name and are few: half a list would be taken for the whole.
fn rows(points: &[Point]) -> Vec<String> {
    let rows: Vec<String> = points.iter().filter_map(|point| words::some_name(point.row.as_ref())).collect();
    if rows.len() == points.len() && rows.len() <= NAMED_MAX { rows } else { Vec::new() }
}

fn changed<T: Copy>(change: &Changed<T>, in_words: fn(T) -> &'static str) -> ChangedView {
    ChangedView {
        row: words::name(&change.row),
        sheet: words::some_name(change.sheet.as_ref()),
        before: in_words(change.before),
        now: in_words(change.now),
    }
}

fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "Yes",
        Answer::No => "No",
        Answer::OutOfScope => "Out of scope",
        Answer::Unanswered => "no answer",
        Answer::Other => "another text",
    }
}

/// As a pack has it: a letter never speaks of what a partner sent as failed.
fn result(outcome: TestOutcome) -> &'static str {
    match outcome {
        TestOutcome::Passed => "Pass",
        TestOutcome::Failed => "Fail",
        TestOutcome::NotApplicable => "Not applicable",
        TestOutcome::NotRun => "no result",
        TestOutcome::Unclear => "another text",
    }
}
