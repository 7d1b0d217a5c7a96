//! A witness test pack, filled or blank: recognised by the headings of its test tables, in a workbook or a Word
//! document. Reads whose it is, every test with its result, and what there is to put right.

pub(super) mod columns;
mod findings;
mod ids;
pub(super) mod outcome;
pub(super) mod rows;

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
    let fits = |profile| Some((fit(content, profile)?, profile));
    let mut fitting: Vec<(usize, &PackProfile)> = profiles.iter().filter_map(fits).collect();
    fitting.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
    let profile = fitting.into_iter().map(|(_, profile)| profile).find(|profile| has_tests(content, profile))?;
    let (supplier, product) = cover(content, profile);
    let tables = tables(content, profile);
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

/// The tables of tests, without those that name tests again.
pub(super) fn tables<'a>(content: &'a Content, profile: &PackProfile) -> Vec<Table<'a>> {
    without_repeats(content.tables.iter().filter_map(|grid| rows::read(grid, profile, true)).collect())
}

/// How well a profile fits the document, if at all. One that lists tests is for packs of its title; where it has no
/// title, for those that hold half of its tests. The more of them are there, the better it knows the pack.
fn fit(content: &Content, profile: &PackProfile) -> Option<usize> {
    let titled = is_titled(content, profile);
    if profile.tests.is_empty() {
        return Some(usize::from(titled));
    }
    if !titled && !profile.titles.is_empty() {
        return None;
    }
    let (results, _) = results(&tables(content, profile));
    let here: BTreeSet<String> = results.iter().map(|result| id_key(&result.test)).collect();
    // Mere numbers are in any pack.
    let told = profile.tests.iter().filter(|id| titled || !ids::is_number(id));
    let held = told.filter(|id| here.contains(&id_key(id))).count();
    (titled || held * 2 >= profile.tests.len()).then_some(1 + held)
}

/// Among tests that are listed, headings may be in any words.
fn has_tests(content: &Content, profile: &PackProfile) -> bool {
    let known = !profile.tests.is_empty() || is_titled(content, profile);
    content.tables.iter().any(|table| rows::read(table, profile, known).is_some())
}

pub(super) fn is_titled(content: &Content, profile: &PackProfile) -> bool {
    content.opening.iter().any(|text| profile.titles.are_in(text))
}

/// The words of a cover may also head a column of tests, so only what is above the tests is asked.
pub(super) fn covers(content: &Content, profile: &PackProfile) -> Vec<Grid> {
    let above = |table: &Grid| {
        let heading = table.rows().find(|(_, cells)| Columns::of(cells, profile, true).is_some());
        heading.map_or_else(|| table.clone(), |(row, _)| table.above(row))
    };
    content.tables.iter().map(above).collect()
}

fn cover(content: &Content, profile: &PackProfile) -> (Option<String>, Option<String>) {
    let is_label = |text: &str| profile.supplier.are(text) || profile.product.are(text);
    let covers = covers(content, profile);
    let value = |words: &Words| labels::value(&covers, &content.lines, words, is_label);
    (value(&profile.supplier), value(&profile.product))
}

/// A summary or a list of defects names tests again and tells less of them: it has none of its own.
fn without_repeats(tables: Vec<Table<'_>>) -> Vec<Table<'_>> {
    let ids = |table: &Table<'_>| table.tests.iter().flat_map(|test| keys(&test.id)).collect::<BTreeSet<String>>();
    let all: Vec<(usize, BTreeSet<String>)> = tables.iter().map(|table| (table.columns.kinds(), ids(table))).collect();
    let repeats = |table: &Table<'_>| {
        let own = ids(table);
        let fuller = all.iter().filter(|(kinds, _)| *kinds > table.columns.kinds());
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
