//! A witness test pack, filled or blank: recognised by the headings of its test tables, in a workbook or a Word
//! document. Reads whose it is, every test with its result, and what there is to put right.

mod columns;
mod findings;
mod ids;
mod outcome;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::reading::{Finding, TestCounts, TestOutcome, TestResult, WitnessPack};
use crate::domain::witness_tests::{id_key, missing};

use super::content::Content;
use super::grid::Grid;
use super::labels;
use super::profile::{PackProfile, Words};
use columns::Columns;
use rows::{Table, Test};

/// Reads the document as a witness pack; `None` when it is something else.
pub(super) fn read(content: &Content, profiles: &[PackProfile]) -> Option<(WitnessPack, Vec<Finding>)> {
    // A profile that lists tests is for packs of its title alone, and knows those best.
    let fits = |profile: &&PackProfile| profile.tests.is_empty() || is_titled(content, profile);
    let mut fitting: Vec<&PackProfile> = profiles.iter().filter(fits).collect();
    fitting.sort_by_key(|profile| profile.tests.is_empty());
    let profile = fitting.into_iter().find(|profile| has_tests(content, profile))?;
    let (supplier, product) = cover(content, profile);
    let tables: Vec<Table<'_>> = content.tables.iter().filter_map(|grid| rows::read(grid, profile, true)).collect();
    let tables = without_repeats(tables);
    let (results, duplicates) = results(&tables);
    let mut findings = findings::of_results(&tables);
    findings.extend(duplicates);
    findings.extend(missing(
        profile.tests.iter().map(String::as_str),
        results.iter().map(|result| result.test.as_str()),
        "the blank pack",
    ));
    let tests = (!results.is_empty()).then(|| count(&results));
    Some((WitnessPack { supplier, product, tests, results }, findings))
}

fn has_tests(content: &Content, profile: &PackProfile) -> bool {
    let titled = is_titled(content, profile);
    content.tables.iter().any(|table| rows::read(table, profile, titled).is_some())
}

fn is_titled(content: &Content, profile: &PackProfile) -> bool {
    content.opening.iter().any(|text| profile.titles.are_in(text))
}

/// The words of a cover may also head a column of tests, so only what is above the tests is asked.
fn cover(content: &Content, profile: &PackProfile) -> (Option<String>, Option<String>) {
    let is_label = |text: &str| profile.supplier.are(text) || profile.product.are(text);
    let above = |table: &Grid| {
        let heading = table.rows().find(|(_, cells)| Columns::of(cells, profile, true).is_some());
        heading.map_or_else(|| table.clone(), |(row, _)| table.above(row))
    };
    let covers: Vec<Grid> = content.tables.iter().map(above).collect();
    let value = |words: &Words| labels::value(&covers, &content.lines, words, is_label);
    (value(&profile.supplier), value(&profile.product))
}

/// A summary or a list of defects names tests again and tells less of them: it has none of its own.
fn without_repeats(tables: Vec<Table<'_>>) -> Vec<Table<'_>> {
    let ids = |table: &Table<'_>| table.tests.iter().flat_map(|test| keys(&test.id)).collect::<BTreeSet<String>>();
    let all: Vec<(usize, BTreeSet<String>)> = tables.iter().map(|table| (table.kinds, ids(table))).collect();
    let repeats = |table: &Table<'_>| {
        let own = ids(table);
        let fuller = all.iter().filter(|(kinds, _)| *kinds > table.kinds);
        let elsewhere: BTreeSet<&String> = fuller.flat_map(|(_, ids)| ids).collect();
        let again = own.iter().filter(|id| elsewhere.contains(id)).count();
        again > 0 && again * 3 >= own.len() * 2
    };
    let kept: Vec<bool> = tables.iter().map(|table| !repeats(table)).collect();
    tables.into_iter().zip(kept).filter_map(|(table, kept)| kept.then_some(table)).collect()
}

fn keys(id: &str) -> impl Iterator<Item = String> {
    ids::all(id).into_iter().map(|id| id_key(&id))
}

/// Each test once. One that is there twice with two results has no clear one.
fn results(tables: &[Table<'_>]) -> (Vec<TestResult>, Vec<Finding>) {
    let mut results: Vec<TestResult> = Vec::new();
    let mut findings = Vec::new();
    let mut taken = BTreeSet::new();
    let mut first: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for (number, table) in tables.iter().enumerate() {
        for test in &table.tests {
            let mut again = None;
            for id in ids::all(&test.id) {
                let key = key(&id, number, test);
                match first.get(&key) {
                    Some((at, seen)) => {
                        again = Some(seen.clone());
                        if let Some(known) = results.get_mut(*at).filter(|known| known.outcome != test.outcome) {
                            known.outcome = TestOutcome::Unclear;
                        }
                    }
                    None => {
                        let name = ids::distinct(&id, &table.grid.name, &taken);
                        first.insert(key, (results.len(), findings::seen_at(table, test)));
                        taken.insert(name.clone());
                        results.push(TestResult { test: name, outcome: test.outcome });
                    }
                }
            }
            findings.extend(again.map(|seen| findings::duplicated(table, test, &seen)));
        }
    }
    (results, findings)
}

/// What makes two tests one: mere numbers begin again in each section, and one with a point may have lost its last zero.
fn key(id: &str, table: usize, test: &Test) -> String {
    if !ids::is_number(id) {
        id_key(id)
    } else if id.contains('.') {
        format!("{id} {table} {}", test.row)
    } else {
        format!("{id} {table} in {}", test.section)
    }
}

fn count(results: &[TestResult]) -> TestCounts {
    let of = |outcome: TestOutcome| {
        u32::try_from(results.iter().filter(|result| result.outcome == outcome).count()).unwrap_or(u32::MAX)
    };
    TestCounts {
        total: u32::try_from(results.len()).unwrap_or(u32::MAX),
        passed: of(TestOutcome::Passed),
        failed: of(TestOutcome::Failed),
        not_applicable: of(TestOutcome::NotApplicable),
        not_run: of(TestOutcome::NotRun),
        unclear: of(TestOutcome::Unclear),
    }
}

#[cfg(test)]
mod tests;
