//! The heading row of a table of tests, and what each of its columns is for. Must not read a test.

use std::collections::BTreeMap;

use crate::domain::reading::TestOutcome;

use super::super::grid::{Row, begins_with};
use super::super::profile::{ColumnWords, PackProfile, Words};
use super::outcome::exact;

/// Filled headings of a test table, known or not: fewer make an issue list or a plain register.
pub(in crate::intake) const HEADINGS_MIN: usize = 4;
/// Characters of a heading: a longer text is a cell of prose.
pub(in crate::intake) const HEADING_CHARS_MAX: usize = 100;
/// Known columns of a table whose test column is named as such, or which stands in a document titled as a pack.
const COLUMNS_MIN: usize = 3;
/// Known columns of a table that has a plain "Ref" and stands in a document without a title.
const COLUMNS_MIN_IN_DOUBT: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::intake) enum Column {
    Test,
    /// "Ref": a test column where no other is.
    Reference,
    Scenario,
    Expected,
    Actual,
    Result,
    Run,
    Status,
    /// A column to tick, or leave blank, for one result.
    Tick(TestOutcome),
    Applies,
    Evidence,
    Comments,
    Tester,
    Date,
    Requirement,
    Reviewer,
}

#[derive(Clone, Debug)]
pub(in crate::intake) struct Columns {
    pub(in crate::intake) test: u32,
    columns: BTreeMap<u32, Column>,
}

impl Columns {
    /// `None` when this is not the heading row of a test table. In a pack that is known as one, headings may be in words
    /// never seen before.
    pub(in crate::intake) fn of(cells: &Row, profile: &PackProfile, in_pack: bool) -> Option<Self> {
        let words = &profile.columns;
        let headings: Vec<(u32, &str)> = cells.plain_cells().collect();
        if headings.len() < HEADINGS_MIN || headings.iter().any(|(_, heading)| words.totals.are(heading)) {
            return None;
        }
        let ticks = ticks(&headings, profile);
        let kind = |(at, heading): &(u32, &str)| {
            if heading.len() > HEADING_CHARS_MAX {
                return None;
            }
            let known = known(heading, words).or_else(|| in_pack.then(|| guessed(heading, words)).flatten());
            let column = ticks.get(at).copied().or(known)?;
            Some((*at, column))
        };
        let mut columns: BTreeMap<u32, Column> = headings.iter().filter_map(kind).collect();
        let named = headings
            .iter()
            .filter(|(at, _)| columns.get(at) == Some(&Column::Test))
            .min_by_key(|(_, heading)| words.test.iter().position(|word| word == *heading).unwrap_or(usize::MAX))
            .map(|(at, _)| *at);
        let plain = || columns.iter().find(|(_, column)| **column == Column::Reference).map(|(at, _)| *at);
        let test = named.or_else(plain)?;
        for (at, column) in &mut columns {
            if *column == Column::Test && *at != test {
                *column = Column::Scenario;
            }
        }
        columns.insert(test, Column::Test);
        let columns = Self { test, columns };
        columns.are_of_tests(named.is_some(), in_pack).then(|| columns.with_result(&headings, words))
    }

    fn are_of_tests(&self, named: bool, in_pack: bool) -> bool {
        let enough = if named || in_pack { COLUMNS_MIN } else { COLUMNS_MIN_IN_DOUBT };
        let about = self.has(Column::Scenario) || (in_pack && self.has(Column::Expected));
        let tried = [Column::Expected, Column::Actual, Column::Result, Column::Run];
        let tells = named || tried.into_iter().any(|column| self.has(column)) || self.ticks().next().is_some();
        about && tells && self.kinds() >= enough
    }

    /// Where no column is for the result alone, it may share one: "Result and evidence", "Actual result".
    fn with_result(mut self, headings: &[(u32, &str)], words: &ColumnWords) -> Self {
        let results = [Column::Result, Column::Run, Column::Status];
        if results.into_iter().any(|column| self.has(column)) || self.ticks().next().is_some() {
            return self;
        }
        let shares = |at: u32, heading: &str| {
            let apart = [Some(&Column::Evidence), Some(&Column::Comments)].contains(&self.columns.get(&at));
            apart && words.mentions.result.are_in(heading)
        };
        let shared = headings.iter().find(|(at, heading)| shares(*at, heading)).map(|(at, _)| *at);
        if let Some(at) = shared.or_else(|| self.first(Column::Actual)) {
            self.columns.insert(at, Column::Result);
        }
        self
    }

    /// The test column has its heading again, as where a table is printed over several pages.
    pub(super) fn are_repeated(cells: &Row, words: &ColumnWords) -> bool {
        let is_heading = |text: &str| words.test.are(text) || words.plain_reference.are(text);
        cells.plain_cells().any(|(_, text)| is_heading(text))
    }

    /// A second heading row says what parts a column has: "Result" above "Pass", "Fail" and "N/A".
    pub(super) fn divided(&self, cells: &Row, profile: &PackProfile) -> Option<Self> {
        let headings: Vec<(u32, &str)> = cells.plain_cells().collect();
        let ticks = ticks(&headings, profile);
        let part = |(at, heading): &(u32, &str)| {
            let run = is_run(heading, &profile.columns).then_some(Column::Run);
            Some((*at, ticks.get(at).copied().or(run)?))
        };
        let parts: Vec<(u32, Column)> = headings.iter().filter_map(part).collect();
        let whole = headings.len() > 1 && parts.len() == headings.len() && cells.text(self.test).is_empty();
        let mut divided = self.clone();
        divided.columns.extend(parts);
        whole.then_some(divided)
    }

    /// What the column at this place is for.
    pub(in crate::intake) fn at(&self, column: u32) -> Option<Column> {
        self.columns.get(&column).copied()
    }

    pub(in crate::intake) fn has(&self, column: Column) -> bool {
        self.first(column).is_some()
    }

    pub(super) fn first(&self, column: Column) -> Option<u32> {
        self.all(column).next()
    }

    pub(super) fn all(&self, column: Column) -> impl Iterator<Item = u32> {
        self.columns.iter().filter(move |(_, known)| **known == column).map(|(at, _)| *at)
    }

    /// The columns of one result each.
    pub(in crate::intake) fn ticks(&self) -> impl Iterator<Item = (u32, TestOutcome)> {
        self.columns.iter().filter_map(|(at, column)| {
            let Column::Tick(outcome) = column else { return None };
            Some((*at, *outcome))
        })
    }

    /// How much the table tells of each test.
    pub(super) fn kinds(&self) -> usize {
        let columns: Vec<&Column> = self.columns.values().collect();
        columns
            .iter()
            .enumerate()
            .filter(|(at, column)| !columns.iter().take(*at).any(|other| other == *column))
            .count()
    }
}

/// Headings that are the words of a result. One alone is a question: "Pass" asks for yes or no.
fn ticks(headings: &[(u32, &str)], profile: &PackProfile) -> BTreeMap<u32, Column> {
    let number = |heading: &str| profile.columns.plain_reference.are(heading);
    // "Pass / Fail" heads one column, and in a cell says that nobody chose.
    let choice = |heading: &str, outcome| outcome == TestOutcome::NotRun && profile.columns.result.are(heading);
    let asks_yes = headings.iter().any(|(_, heading)| *heading == "yes");
    let outcome = |(at, heading): &(u32, &str)| {
        let outcome = exact(heading, &profile.results)?;
        (!choice(heading, outcome) && (asks_yes || !number(heading))).then_some((*at, outcome))
    };
    let found: Vec<(u32, TestOutcome)> = headings.iter().filter_map(outcome).collect();
    let one = found.iter().all(|(_, outcome)| Some(outcome) == found.first().map(|(_, first)| first));
    let alone = |(_, outcome): &(u32, TestOutcome)| one && *outcome == TestOutcome::Failed;
    let column = |(at, outcome): (u32, TestOutcome)| {
        (at, if one && outcome == TestOutcome::Passed { Column::Result } else { Column::Tick(outcome) })
    };
    found.into_iter().filter(|tick| !alone(tick)).map(column).collect()
}

pub(in crate::intake) fn known(heading: &str, words: &ColumnWords) -> Option<Column> {
    let kinds: [(&Words, Column); 13] = [
        (&words.test, Column::Test),
        (&words.requirement, Column::Requirement),
        (&words.expected, Column::Expected),
        (&words.actual, Column::Actual),
        (&words.applies, Column::Applies),
        (&words.result, Column::Result),
        (&words.status, Column::Status),
        (&words.evidence, Column::Evidence),
        (&words.comments, Column::Comments),
        (&words.tester, Column::Tester),
        (&words.date, Column::Date),
        (&words.scenario, Column::Scenario),
        (&words.plain_reference, Column::Reference),
    ];
    if words.reviewer.begin(heading) {
        return Some(Column::Reviewer);
    }
    let whole = || kinds.iter().find(|(words, _)| words.are(heading));
    let longer = || kinds.iter().find(|(words, _)| words.iter().any(|word| is_longer(heading, word)));
    let run = || is_run(heading, words).then_some(Column::Run);
    let column = |kind: &(&Words, Column)| kind.1;
    whole().map(column).or_else(run).or_else(|| longer().map(column))
}

/// Begins with these words, where they are several: "test" alone would begin "tested by".
fn is_longer(heading: &str, words: &str) -> bool {
    words.contains(' ') && begins_with(heading, words)
}

/// "Run 1", "Retest"
fn is_run(heading: &str, words: &ColumnWords) -> bool {
    let unnumbered = heading.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
    words.run.are(unnumbered)
}

pub(in crate::intake) fn guessed(heading: &str, words: &ColumnWords) -> Option<Column> {
    let words = &words.mentions;
    let kinds: [(&Words, Column); 11] = [
        (&words.choice, Column::Result),
        (&words.expected, Column::Expected),
        (&words.actual, Column::Actual),
        (&words.date, Column::Date),
        (&words.tester, Column::Tester),
        (&words.evidence, Column::Evidence),
        (&words.comments, Column::Comments),
        (&words.requirement, Column::Requirement),
        (&words.test, Column::Test),
        (&words.result, Column::Result),
        (&words.scenario, Column::Scenario),
    ];
    kinds.into_iter().find(|(words, _)| words.are_in(heading)).map(|(_, column)| column)
}
