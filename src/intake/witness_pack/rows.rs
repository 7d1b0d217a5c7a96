//! The tests of one table, row by row: banners, sections, repeated headings, notes and totals between them are passed
//! over, and rows without an ID are steps of the test above. Must not judge a test.

use crate::domain::reading::TestOutcome;

use super::super::grid::{Grid, Row, address, plain};
use super::super::labels::tidy;
use super::super::profile::{PackProfile, ResultWords};
use super::columns::{Column, Columns};
use super::outcome::{Tick, exact, is_blank, outcome, reason, says_something, tick};

/// Words of a test's ID: more are a sentence.
const ID_WORDS_MAX: usize = 6;
/// Words that make free text beside a result a reason: one or two name a file.
const REASON_WORDS_MIN: usize = 3;

/// A table of tests.
pub(in crate::intake) struct Table<'a> {
    pub(in crate::intake) grid: &'a Grid,
    /// The row of its first headings, and what they are for.
    pub(in crate::intake) heading: u32,
    pub(in crate::intake) columns: Columns,
    pub(in crate::intake) tests: Vec<Test>,
}

impl Table<'_> {
    pub(super) fn asks_evidence(&self) -> bool {
        self.columns.has(Column::Evidence)
    }
}

#[derive(Clone, Debug)]
pub(in crate::intake) struct Test {
    /// As it is written.
    pub(in crate::intake) id: String,
    pub(in crate::intake) outcome: TestOutcome,
    /// The words of the result.
    pub(in crate::intake) given: String,
    pub(in crate::intake) row: u32,
    /// Where the result is; where there is no column for it, the ID.
    pub(super) result_at: u32,
    pub(super) reason_at: Option<u32>,
    pub(super) evidence_at: Option<u32>,
    /// Something is said about it that can be a reason.
    pub(super) justified: bool,
    pub(super) evidenced: bool,
    /// How many banners stand above it.
    pub(super) section: usize,
}

/// `None` when the table is none of tests.
pub(in crate::intake) fn read<'a>(grid: &'a Grid, profile: &PackProfile, in_pack: bool) -> Option<Table<'a>> {
    let rows: Vec<(u32, &Row)> = grid.rows().collect();
    let headings = |(_, cells): &(u32, &Row)| Columns::of(cells, profile, in_pack);
    let (start, heading, columns) = rows.iter().enumerate().find_map(|(at, row)| Some((at, row.0, headings(row)?)))?;
    let body = rows.get(start + 1..).unwrap_or_default();
    let numbered = body.iter().any(|(_, cells)| has_digit(cells.text(columns.test)));
    let mut table = Table { grid, heading, columns: columns.clone(), tests: Vec::new() };
    let mut reader = Reader { profile, in_pack, numbered, columns, section: 0, open_until: None };
    for (at, (row, cells)) in body.iter().enumerate() {
        reader.read(*row, cells, body.get(at + 1).map(|(_, next)| *next), &mut table.tests);
    }
    // One cell under the headings is a banner; a template without any test is no pack.
    body.iter().any(|(_, cells)| cells.len() > 1).then_some(table)
}

struct Reader<'a> {
    profile: &'a PackProfile,
    in_pack: bool,
    /// The tests have IDs with digits, so that a row without is none.
    numbered: bool,
    columns: Columns,
    section: usize,
    /// The row that may go on with the last test.
    open_until: Option<u32>,
}

impl Reader<'_> {
    fn read(&mut self, row: u32, cells: &Row, next: Option<&Row>, tests: &mut Vec<Test>) {
        let may_go_on = self.open_until.take() == Some(row);
        if let Some(columns) = self.new_columns(cells) {
            self.columns = columns;
            return;
        }
        let id = cells.text(self.columns.test);
        if is_banner(cells) || self.is_section(cells, next) {
            self.section += 1;
        } else if id.is_empty() && may_go_on && self.is_step(cells) {
            let step = self.test(row, cells);
            if let Some(last) = tests.last_mut() {
                last.join(step);
            }
            self.open_until = row.checked_add(1);
        } else if self.is_id(id) {
            tests.push(self.test(row, cells));
            self.open_until = row.checked_add(1);
        }
    }

    /// The headings again in mid-sheet, or a second row of them.
    fn new_columns(&self, cells: &Row) -> Option<Columns> {
        let repeated = Columns::are_repeated(cells, &self.profile.columns);
        let again = repeated.then(|| Columns::of(cells, self.profile, self.in_pack)).flatten();
        again.or_else(|| self.columns.divided(cells, self.profile))
    }

    /// `A004 | Retrieve reference data` above `A004-01`.
    fn is_section(&self, cells: &Row, next: Option<&Row>) -> bool {
        let id = cells.text(self.columns.test);
        let below = next.map_or("", |next| next.text(self.columns.test));
        let is_prefix = below.strip_prefix(id).is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric()));
        let filled = |column| self.columns.all(column).any(|at| !cells.text(at).is_empty());
        let is_test = [Column::Expected, Column::Actual, Column::Result, Column::Run, Column::Status, Column::Evidence];
        !id.is_empty() && is_prefix && !is_test.into_iter().any(filled)
    }

    fn is_id(&self, id: &str) -> bool {
        let words = id.split_whitespace().count();
        let text = plain(id);
        (1..=ID_WORDS_MAX).contains(&words)
            && (!self.numbered || has_digit(id))
            && !self.profile.results.no_test.begin(&text)
    }

    /// A row of totals under the tests has no words of a test.
    fn is_step(&self, cells: &Row) -> bool {
        let words = &self.profile.results;
        let tells = |at: u32| {
            let text = plain(cells.text(at));
            !text.is_empty() && !words.no_test.begin(&text) && exact(&text, words).is_none()
        };
        [Column::Scenario, Column::Expected].into_iter().any(|column| self.columns.all(column).any(tells))
    }

    fn test(&self, row: u32, cells: &Row) -> Test {
        let (columns, words) = (&self.columns, &self.profile.results);
        let given = given(cells, columns, words);
        let texts = |column| columns.all(column).map(|at| cells.text(at)).filter(|text| says_something(text, words));
        let is_long = |text: &&str| text.split_whitespace().count() >= REASON_WORDS_MIN;
        let commented = texts(Column::Comments).next().is_some() || says_something(reason(given.text), words);
        let beside =
            [Column::Actual, Column::Evidence].into_iter().any(|column| texts(column).any(|text| is_long(&text)));
        let evidence = columns.all(Column::Evidence).any(|at| !is_blank(cells.text(at)));
        Test {
            id: tidy(cells.text(columns.test)),
            outcome: given.outcome,
            given: tidy(given.text),
            row,
            result_at: given.at.unwrap_or(columns.test),
            reason_at: columns.first(Column::Comments),
            evidence_at: columns.first(Column::Evidence),
            justified: commented || beside,
            evidenced: evidence || commented,
            section: self.section,
        }
    }
}

impl Test {
    pub(super) fn cell(&self, column: u32) -> String {
        address(self.row, column)
    }

    /// Steps that failed, are unclear or were named as not run stand for the test; a blank one may be a merged cell.
    fn join(&mut self, step: Self) {
        use TestOutcome::{Failed, NotApplicable, NotRun, Passed, Unclear};
        let weight = |test: &Self| match test.outcome {
            NotRun if test.given.is_empty() => 0,
            NotApplicable => 1,
            Passed => 2,
            NotRun => 3,
            Unclear => 4,
            Failed => 5,
        };
        let (justified, evidenced) = (self.justified || step.justified, self.evidenced || step.evidenced);
        if weight(&step) > weight(self) {
            let (id, section) = (std::mem::take(&mut self.id), self.section);
            *self = Self { id, section, ..step };
        }
        (self.justified, self.evidenced) = (justified, evidenced);
    }
}

/// The result of a row.
struct Given<'a> {
    outcome: TestOutcome,
    text: &'a str,
    at: Option<u32>,
}

fn given<'a>(cells: &'a Row, columns: &Columns, words: &ResultWords) -> Given<'a> {
    let results = |column| columns.all(column).filter(|at| !is_blank(cells.text(*at)));
    let ticked = ticked(cells, columns, words);
    let last = results(Column::Result).chain(results(Column::Run)).max().or_else(|| results(Column::Status).max());
    let first = [Column::Result, Column::Run, Column::Status].into_iter().find_map(|column| columns.first(column));
    let read = |at: u32| Given { outcome: outcome(cells.text(at), words), text: cells.text(at), at: Some(at) };
    let given = match (ticked, last) {
        (Some(ticked), None) => ticked,
        (Some(ticked), Some(at)) if ticked.outcome == TestOutcome::NotRun || ticked.outcome == read(at).outcome => {
            read(at)
        }
        // A tick and a word that differ.
        (Some(ticked), Some(_)) => Given { outcome: TestOutcome::Unclear, ..ticked },
        (None, Some(at)) => read(at),
        (None, None) => Given { outcome: TestOutcome::NotRun, text: "", at: first },
    };
    let mut answers = columns.all(Column::Applies).map(|at| outcome(cells.text(at), words));
    let applies_not = answers.any(|said| matches!(said, TestOutcome::Failed | TestOutcome::NotApplicable));
    if given.outcome == TestOutcome::NotRun && applies_not {
        return Given { outcome: TestOutcome::NotApplicable, ..given };
    }
    given
}

/// What the columns to tick say together.
fn ticked<'a>(cells: &'a Row, columns: &Columns, words: &ResultWords) -> Option<Given<'a>> {
    let marks: Vec<(u32, TestOutcome, Tick)> =
        columns.ticks().map(|(at, outcome)| (at, outcome, tick(cells.text(at), outcome, words))).collect();
    let (first, ..) = marks.first()?;
    let marked = |sought: Tick| marks.iter().filter(move |(.., mark)| *mark == sought).collect::<Vec<_>>();
    let told = |at: u32, outcome| Given { outcome, text: cells.text(at), at: Some(at) };
    Some(match (marked(Tick::Yes).as_slice(), marked(Tick::Unclear).as_slice()) {
        ([(at, outcome, _)], _) => told(*at, *outcome),
        ([(at, ..), ..], _) | ([], [(at, ..), ..]) => told(*at, TestOutcome::Unclear),
        ([], []) => told(*first, TestOutcome::NotRun),
    })
}

/// One cell, or one text across merged ones.
fn is_banner(cells: &Row) -> bool {
    let mut texts = cells.cells().map(|(_, text)| text);
    let first = texts.next();
    texts.all(|text| Some(text) == first)
}

fn has_digit(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}
