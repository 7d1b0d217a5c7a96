//! What each column of a blank table of tests is for: by headings that are known, by words within them, by the lists
//! below, and where a table is in words never seen before, by its shape.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::reading::TestOutcome;
use crate::domain::witness_tests::id_key;

use super::super::super::grid::{Grid, Row, plain};
use super::super::super::profile::{PackProfile, PackWords, Words};
use super::super::super::witness_pack::columns::{Column, HEADING_CHARS_MAX, HEADINGS_MIN, guessed, known};
use super::super::super::witness_pack::outcome::exact;
use super::super::super::witness_pack::rows::Table;
use super::super::lists::List;
use super::{Sheet, place};

/// Words of a test's ID.
const ID_WORDS_MAX: usize = 4;
/// Tests without a list beside them that show that a table is one of tests.
const TESTS_MIN: usize = 3;
/// Words of the texts that say what to do and what should happen.
const TEXT_WORDS_MIN: usize = 3;

/// A table of tests: the row of its headings, and what its columns are for.
pub(super) struct Found {
    pub(super) heading: u32,
    pub(super) test: u32,
    pub(super) kinds: BTreeMap<u32, Column>,
    /// What was not known, to be told.
    pub(super) guessed: Vec<String>,
}

impl Found {
    /// The columns of results.
    pub(super) fn results(&self) -> impl Iterator<Item = u32> {
        let is_result = |column: &Column| matches!(column, Column::Result | Column::Run | Column::Status);
        self.kinds.iter().filter(move |(_, column)| is_result(column)).map(|(at, _)| *at)
    }
}

/// The kinds of columns that can be taught: the key of their words, and what they are for.
pub(super) const KINDS: [(Column, &str, &str); 14] = [
    (Column::Test, "test", "the ID of the test"),
    (Column::Requirement, "requirement", "the requirement"),
    (Column::Scenario, "scenario", "what to do"),
    (Column::Expected, "expected", "what should happen"),
    (Column::Actual, "actual", "what happened"),
    (Column::Applies, "applies", "whether the test applies"),
    (Column::Result, "result", "the result"),
    (Column::Run, "run", "the result of one run of several"),
    (Column::Status, "status", "the status, read where no result is"),
    (Column::Evidence, "evidence", "the evidence"),
    (Column::Comments, "comments", "the reason or a comment"),
    (Column::Tester, "tester", "who ran it"),
    (Column::Date, "date", "when it was run"),
    (Column::Reviewer, "reviewer", "for the assurers, not read"),
];

pub(super) fn words_of(words: &mut PackWords, column: Column) -> Option<&mut Words> {
    Some(match column {
        Column::Test => &mut words.test,
        Column::Requirement => &mut words.requirement,
        Column::Scenario => &mut words.scenario,
        Column::Expected => &mut words.expected,
        Column::Actual => &mut words.actual,
        Column::Applies => &mut words.applies,
        Column::Result => &mut words.result,
        Column::Run => &mut words.run,
        Column::Status => &mut words.status,
        Column::Evidence => &mut words.evidence,
        Column::Comments => &mut words.comments,
        Column::Tester => &mut words.tester,
        Column::Date => &mut words.date,
        Column::Reviewer => &mut words.reviewer,
        Column::Reference | Column::Tick(_) => return None,
    })
}

/// A table that the base profile finds, some of its headings perhaps by a word within them.
pub(super) fn read_by_base(table: &Table<'_>) -> Found {
    let headings = table.grid.row(table.heading).into_iter().flat_map(Row::plain_cells);
    let kinds = headings.filter_map(|(at, _)| Some((at, table.columns.at(at)?))).collect();
    Found { heading: table.heading, test: table.columns.test, kinds, guessed: Vec::new() }
}

/// What the lists offer in the columns of the table, beside its tests.
pub(super) fn offered(grid: &Grid, lists: &[List], found: &Found) -> BTreeMap<u32, Vec<String>> {
    let tests = || grid.rows_after(found.heading).filter(|(_, cells)| !cells.text(found.test).is_empty());
    let columns = grid.row(found.heading).into_iter().flat_map(|cells| cells.cells().map(|(at, _)| at));
    let choices = |at: u32| {
        let over = |list: &&List| !list.choices.is_empty() && tests().any(|(row, _)| list.covers(row, at));
        let mut choices: Vec<String> = Vec::new();
        for choice in lists.iter().filter(over).flat_map(|list| &list.choices) {
            if !choices.contains(choice) {
                choices.push(choice.clone());
            }
        }
        (!choices.is_empty()).then_some((at, choices))
    };
    columns.filter_map(choices).collect()
}

/// Tells which column is for the result where its heading does not, and which of the others were guessed.
pub(super) fn add_result(
    found: &mut Found,
    offered: &BTreeMap<u32, Vec<String>>,
    base: &PackProfile,
    grid: &Grid,
    unsure: &mut Vec<String>,
) {
    let heading = |at: u32| plain(grid.text(found.heading, at));
    let by_name = |at: u32| known(&heading(at), &base.columns);
    let is_settled = found.results().any(|at| by_name(at).is_some());
    let has_ticks = found.kinds.values().any(|column| matches!(column, Column::Tick(_)));
    let is_free = |at: u32| at != found.test && by_name(at).is_none();
    let best = offered.iter().filter(|(at, _)| is_free(**at)).max_by_key(|(_, choices)| tells_result(choices, base));
    if let Some((at, _)) = best.filter(|_| !is_settled && !has_ticks) {
        let at = *at;
        let others: Vec<u32> = found.results().filter(|other| *other != at).collect();
        found.kinds.retain(|at, _| !others.contains(at));
        found.kinds.insert(at, Column::Result);
        unsure.push(format!(
            "{}: “{}” is taken for the result, by its list.",
            place(grid),
            grid.text(found.heading, at)
        ));
    } else {
        let guessed = |(at, column): (&u32, &Column)| {
            let what = KINDS.iter().find(|(kind, ..)| kind == column).map(|(.., what)| *what)?;
            let is_guess = known(&plain(grid.text(found.heading, *at)), &base.columns).is_none();
            is_guess.then(|| format!("“{}” is {what}", grid.text(found.heading, *at)))
        };
        found.guessed.extend(found.kinds.iter().filter_map(guessed));
    }
}

/// How plainly the choices of a list are results: yes and no may answer anything.
fn tells_result(choices: &[String], base: &PackProfile) -> usize {
    let ends = |choice: &&String| {
        let outcome = exact(&plain(choice), &base.results);
        matches!(outcome, Some(TestOutcome::Passed | TestOutcome::Failed))
    };
    let plainly = |choice: &&String| !base.results.alone.are(&plain(choice));
    let told: Vec<&String> = choices.iter().filter(ends).collect();
    told.len() + 2 * told.iter().filter(|choice| plainly(choice)).count()
}

/// A table in words never seen before: rows that each begin a different short ID, beside texts. A drop-down list shows
/// that they ask for something; without one, other tables of the workbook must not be ones of tests already.
pub(super) fn unseen(sheet: &Sheet<'_>, base: &PackProfile, alone: bool, unsure: &mut Vec<String>) -> Option<Found> {
    let (grid, lists) = *sheet;
    let found = grid.rows().find_map(|(row, cells)| {
        let found = shaped(grid, row, cells, base)?;
        let asks = !offered(grid, lists, &found).is_empty();
        let tests: Vec<&str> = ids(grid, row, found.test);
        let named = tests.iter().all(|id| id.chars().any(char::is_alphabetic));
        (asks || (alone && named && tests.len() >= TESTS_MIN)).then_some(found)
    })?;
    unsure.push(format!("{}: taken for a table of tests by its shape, for its headings are new.", place(grid)));
    Some(found)
}

fn shaped(grid: &Grid, heading: u32, cells: &Row, base: &PackProfile) -> Option<Found> {
    let headings: Vec<(u32, &str)> = cells.plain_cells().filter(|(_, text)| !text.is_empty()).collect();
    let fits = |text: &str| text.len() <= HEADING_CHARS_MAX && !base.columns.totals.are(text);
    if headings.len() < HEADINGS_MIN || !headings.iter().all(|(_, text)| fits(text)) {
        return None;
    }
    let told = |text: &str| known(text, &base.columns).or_else(|| guessed(text, &base.columns));
    let mut kinds: BTreeMap<u32, Column> = headings.iter().filter_map(|(at, text)| Some((*at, told(text)?))).collect();
    let may_name = |at: u32| !matches!(kinds.get(&at), Some(Column::Requirement | Column::Date | Column::Tester));
    let named = |(at, _): &&(u32, &str)| may_name(*at) && are_ids(grid, heading, *at);
    let (test, _) = *headings.iter().find(named)?;
    kinds.retain(|_, column| !matches!(column, Column::Test | Column::Reference));
    kinds.insert(test, Column::Test);
    for column in [Column::Scenario, Column::Expected] {
        let has = kinds.values().any(|known| *known == column);
        let text = headings.iter().find(|(at, _)| !kinds.contains_key(at) && are_texts(grid, heading, *at, test));
        if let Some((at, _)) = text.filter(|_| !has) {
            kinds.insert(*at, column);
        }
    }
    let about = kinds.values().any(|column| matches!(column, Column::Scenario | Column::Expected));
    about.then_some(Found { heading, test, kinds, guessed: Vec::new() })
}

/// The rows under the headings that say something beside their first cell.
fn body(grid: &Grid, heading: u32) -> impl Iterator<Item = &Row> {
    grid.rows_after(heading).map(|(_, cells)| cells).filter(|cells| cells.len() > 1)
}

fn ids(grid: &Grid, heading: u32, at: u32) -> Vec<&str> {
    let is_id =
        |text: &&str| text.bytes().any(|byte| byte.is_ascii_digit()) && text.split_whitespace().count() <= ID_WORDS_MAX;
    body(grid, heading).map(|cells| cells.text(at)).filter(is_id).collect()
}

/// Each of most rows has one of its own.
fn are_ids(grid: &Grid, heading: u32, at: u32) -> bool {
    let ids = ids(grid, heading, at);
    let different: BTreeSet<String> = ids.iter().map(|id| id_key(id)).collect();
    let rows = body(grid, heading).count();
    different.len() == ids.len() && ids.len() > 1 && ids.len() * 3 >= rows * 2
}

fn are_texts(grid: &Grid, heading: u32, at: u32, test: u32) -> bool {
    let tests = body(grid, heading).filter(|cells| !cells.text(test).is_empty());
    let (mut texts, mut all) = (0, 0);
    for cells in tests {
        all += 1;
        texts += usize::from(cells.text(at).split_whitespace().count() >= TEXT_WORDS_MIN);
    }
    texts * 2 >= all && texts > 0
}
