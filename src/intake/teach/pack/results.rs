//! The words of results that a blank pack offers and the base profile does not know.

use crate::domain::reading::TestOutcome;

use super::super::super::grid::{Grid, plain};
use super::super::super::profile::{PackProfile, PackWords};
use super::super::super::witness_pack::outcome::outcome;
use super::columns::Found;

/// Of choices that are unknown the first is taken for passed and the next for failed, where no other choice says so: a
/// person must look at that. What is left stays unclear.
pub(super) fn learn(choices: &[String], base: &PackProfile, words: &mut PackWords, unsure: &mut Vec<String>) {
    let told = |choice: &str| {
        if words.not_run.are(&plain(choice)) { TestOutcome::NotRun } else { outcome(choice, &base.results) }
    };
    let says = |sought: TestOutcome| choices.iter().any(|choice| told(choice) == sought);
    let (passes, fails) = (says(TestOutcome::Passed), says(TestOutcome::Failed));
    let mut unknown: Vec<&String> = Vec::new();
    for choice in choices.iter().filter(|choice| told(choice) == TestOutcome::Unclear) {
        if !unknown.contains(&choice) {
            unknown.push(choice);
        }
    }
    for (is_told, kind, what) in [(passes, &mut words.passed, "passed"), (fails, &mut words.failed, "failed")] {
        let plainly = unknown.iter().position(|choice| !base.results.doubt.are_in(&plain(choice)));
        if let Some(at) = plainly.filter(|_| !is_told) {
            let choice = unknown.remove(at);
            kind.put(choice);
            unsure.push(format!("The result “{choice}” is taken for {what}."));
        }
    }
    unsure.extend(unknown.iter().map(|choice| {
        format!(
            "The result “{choice}” is read as unclear. If it says plainly what became of a test, write it under \
             `passed`, `failed`, `not_applicable` or `not_run`."
        )
    }));
}

/// What stands in the cells of results before anybody wrote there.
pub(super) fn learn_blanks(grid: &Grid, found: &Found, base: &PackProfile, words: &mut PackWords) {
    for (_, cells) in grid.rows_after(found.heading) {
        for text in found.results().map(|at| cells.text(at)) {
            if outcome(text, &base.results) == TestOutcome::Unclear {
                words.not_run.put(text);
            }
        }
    }
}
