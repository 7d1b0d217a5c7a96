//! What there is to put right in a pack, said to whoever filled it. Must not read a cell.

use crate::domain::reading::{Finding, FindingCode, TestOutcome};

use super::rows::{Table, Test};

/// Evidence is expected where so many passed tests of the pack have it, and no fewer than two of three.
const EVIDENCED_MIN: usize = 3;
/// So much of an unknown result is repeated to whoever gave it.
const GIVEN_CHARS_MAX: usize = 40;

pub(super) fn of_results(tables: &[Table<'_>]) -> Vec<Finding> {
    let evidence = expects_evidence(tables);
    let tests = tables.iter().flat_map(|table| table.tests.iter().map(move |test| (table, test)));
    tests.filter_map(|(table, test)| of_result(table, test, evidence)).collect()
}

/// A column for evidence that most leave blank is none that is used.
fn expects_evidence(tables: &[Table<'_>]) -> bool {
    let asked = tables.iter().filter(|table| table.asks_evidence()).flat_map(|table| &table.tests);
    let passed: Vec<&Test> = asked.filter(|test| test.outcome == TestOutcome::Passed).collect();
    let filled = passed.iter().filter(|test| test.evidenced).count();
    filled >= EVIDENCED_MIN && filled * 3 >= passed.len() * 2
}

fn of_result(table: &Table<'_>, test: &Test, evidence: bool) -> Option<Finding> {
    let (id, given) = (&test.id, shown(&test.given));
    let place = |column: Option<u32>| in_cell(table, test, column);
    let (code, message) = match test.outcome {
        TestOutcome::Passed if evidence && table.asks_evidence() && !test.evidenced => (
            FindingCode::EvidenceMissing,
            format!(
                "Test {id} passed, but no evidence is named. Name the screenshot or log{}.",
                place(test.evidence_at)
            ),
        ),
        TestOutcome::NotApplicable if !test.justified => (
            FindingCode::NotApplicableWithoutJustification,
            format!(
                "Test {id} is marked as not applicable, with no reason. Say why it does not apply to your product{}.",
                place(test.reason_at)
            ),
        ),
        TestOutcome::Passed | TestOutcome::NotApplicable => return None,
        TestOutcome::NotRun => (FindingCode::TestNotRun, not_run(id, &given)),
        TestOutcome::Failed => (
            FindingCode::TestFailed,
            format!("Test {id} failed. Put the cause right, run the test again and enter the new result."),
        ),
        TestOutcome::Unclear => (
            FindingCode::ResultUnclear,
            format!(
                "The result of test {id} is {given}, which does not say plainly whether it passed. Enter one result: \
                 pass, fail or not applicable."
            ),
        ),
    };
    Some(placed(table, test, Finding::new(code, message)))
}

fn not_run(id: &str, given: &str) -> String {
    let found = if given.is_empty() { "has no result".to_owned() } else { format!("has the result {given}") };
    format!("Test {id} {found}. Run it at least once and enter the result, or mark it as not applicable and say why.")
}

pub(super) fn duplicated(table: &Table<'_>, test: &Test, first: &str) -> Finding {
    let message = format!("Test {} is in the pack more than once{first}. Keep one row with its result.", test.id);
    placed(table, test, Finding::new(FindingCode::TestDuplicated, message))
}

/// Where the test was seen before; a table of a Word document has no addresses.
pub(super) fn seen_at(table: &Table<'_>, test: &Test) -> String {
    let cell = test.cell(test.result_at);
    if table.grid.name.is_empty() { String::new() } else { format!(", first in {cell} of “{}”", table.grid.name) }
}

fn in_cell(table: &Table<'_>, test: &Test, column: Option<u32>) -> String {
    let column = column.filter(|_| !table.grid.name.is_empty());
    column.map_or_else(String::new, |column| format!(" in cell {}", test.cell(column)))
}

fn placed(table: &Table<'_>, test: &Test, finding: Finding) -> Finding {
    let sheet = Some(table.grid.name.clone()).filter(|name| !name.is_empty());
    let cell = sheet.as_ref().map(|_| test.cell(test.result_at));
    Finding { sheet, cell, test: Some(test.id.clone()), ..finding }
}

fn shown(given: &str) -> String {
    let short: String = given.chars().take(GIVEN_CHARS_MAX).collect();
    if short.is_empty() { short } else { format!("“{short}”") }
}
