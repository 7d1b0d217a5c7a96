//! What a blank witness test pack shows: its tests, what each column is for, and which results it offers. Words that the
//! base profile lacks are learnt from headings and drop-down lists; where both are new, from the shape of the table.

mod columns;
mod results;
mod write;

use std::collections::BTreeMap;

use crate::domain::reading::{FindingCode, Taught, TestOutcome};

use super::super::content::Content;
use super::super::grid::{Grid, address, plain};
use super::super::labels::are_present;
use super::super::profile::{PackProfile, PackTemplate, PackWords, Words};
use super::super::witness_pack::columns::{Column, known};
use super::super::witness_pack::rows::{self, Table};
use super::super::witness_pack::{self, covers};
use super::lists::List;

/// A longer text is no title.
const TITLE_BYTES_MAX: usize = 120;

/// What was learnt, and what there is to say of it.
struct Learnt {
    template: PackTemplate,
    tabs: Vec<LearntTab>,
    unsure: Vec<String>,
}

struct LearntTab {
    /// Empty for a table of a Word document.
    name: String,
    heading: u32,
    columns: Vec<LearntColumn>,
    /// The first and the last cell of its tests, and how many they are.
    cells: (String, String),
    tests: usize,
}

struct LearntColumn {
    at: u32,
    heading: String,
    column: Option<Column>,
    choices: Vec<String>,
}

/// A table of the blank with the drop-down lists of its sheet.
pub(super) type Sheet<'a> = (&'a Grid, &'a [List]);

/// Whether its tables or its title show, in words that are known, that this is a pack.
pub(super) fn is_known(content: &Content, base: &PackProfile) -> bool {
    witness_pack::read(content, std::slice::from_ref(base)).is_some() || witness_pack::is_titled(content, base)
}

/// `None` where nothing looks like a table of tests. `lists` are those of each table.
pub(super) fn teach(file: &str, content: &Content, lists: &[Vec<List>], base: &PackProfile) -> Option<Taught> {
    let sheets: Vec<Sheet<'_>> = content.tables.iter().zip(lists.iter().map(Vec::as_slice)).collect();
    Some(write::pack(file, learn(file, content, &sheets, base)?))
}

fn learn(file: &str, content: &Content, sheets: &[Sheet<'_>], base: &PackProfile) -> Option<Learnt> {
    let mut unsure = Vec::new();
    let (titles, title) = titles(content, base, &mut unsure);
    let words = words(content, sheets, base, &mut unsure);
    let name = slug(title.as_deref().unwrap_or_else(|| file.rsplit_once('.').map_or(file, |(stem, _)| stem)));
    let mut template = PackTemplate { name, base: base.name.clone(), titles, tests: Vec::new(), words };
    let profile = template.profile(std::slice::from_ref(base))?;
    let (pack, findings) = witness_pack::read(content, std::slice::from_ref(&profile))?;
    template.tests = pack.results.iter().map(|result| result.test.clone()).collect();
    let tables = witness_pack::tables(content, &profile);
    let tabs: Vec<LearntTab> = tables.iter().filter_map(|table| tab(table, sheets)).collect();
    unsure.extend(tables.iter().flat_map(|table| doubts(table)));
    let twice = findings.into_iter().filter(|finding| finding.code == FindingCode::TestDuplicated);
    unsure.extend(twice.map(|finding| finding.message));
    unsure.extend(told_apart(&template));
    unsure.extend(unnamed(content, &profile));
    (!tabs.is_empty()).then_some(Learnt { template, tabs, unsure })
}

/// What the pack calls itself, as words and as it is written.
fn titles(content: &Content, base: &PackProfile, unsure: &mut Vec<String>) -> (Words, Option<String>) {
    let mut titles = Words::default();
    let known: Vec<&String> = content.opening.iter().filter(|text| base.titles.are_in(text)).collect();
    known.iter().filter(|text| text.len() <= TITLE_BYTES_MAX).for_each(|text| titles.put(text));
    if !titles.is_empty() {
        return (titles, known.first().map(|text| (*text).clone()));
    }
    // Alone in the first row, in more than one word.
    let first = covers(content, base).into_iter().next().and_then(|cover| {
        let (_, cells) = cover.rows().next()?;
        let (_, text) = cells.cells().next().filter(|_| cells.len() == 1)?;
        (text.len() <= TITLE_BYTES_MAX && plain(text).contains(' ')).then(|| text.to_owned())
    });
    match &first {
        Some(title) => {
            titles.put(title);
            unsure.push(format!("“{title}” is taken for the title of the pack, which tells its filled copies."));
        }
        None => unsure.push(
            "No title was found: a filled copy is told by its tests, when it holds half of them or more.".to_owned(),
        ),
    }
    (titles, first)
}

/// The words of every heading and result that the base profile does not know.
fn words(content: &Content, sheets: &[Sheet<'_>], base: &PackProfile, unsure: &mut Vec<String>) -> PackWords {
    let mut words = PackWords::default();
    let kept = witness_pack::tables(content, base);
    let mut choices: Vec<String> = Vec::new();
    for sheet in sheets {
        let (grid, lists) = *sheet;
        let table = rows::read(grid, base, true);
        let again = table.is_some() && !kept.iter().any(|table| std::ptr::eq(table.grid, grid));
        let read = table.as_ref().filter(|_| !again).map(columns::read_by_base);
        let found = match read {
            None if !again => columns::unseen(sheet, base, kept.is_empty(), unsure),
            read => read,
        };
        let Some(mut found) = found else { continue };
        let offered = columns::offered(grid, lists, &found);
        columns::add_result(&mut found, &offered, base, grid, unsure);
        for (at, column) in &found.kinds {
            let heading = grid.text(found.heading, *at);
            let is_known = match known(&plain(heading), &base.columns) {
                Some(Column::Test | Column::Reference) => true,
                Some(_) => *column != Column::Test,
                None => false,
            };
            if let Some(kind) = columns::words_of(&mut words, *column).filter(|_| !is_known) {
                kind.put(heading);
            }
        }
        if !found.guessed.is_empty() {
            unsure.push(format!("{}: guessed from its words: {}.", place(grid), found.guessed.join("; ")));
        }
        choices.extend(found.results().filter_map(|at| offered.get(&at)).flatten().cloned());
        results::learn_blanks(grid, &found, base, &mut words);
    }
    results::learn(&choices, base, &mut words, unsure);
    words
}

fn place(grid: &Grid) -> String {
    if grid.name.is_empty() { "A table".to_owned() } else { format!("Tab “{}”", grid.name) }
}

/// A table as the finished profile reads it.
fn tab(table: &Table<'_>, sheets: &[Sheet<'_>]) -> Option<LearntTab> {
    let (first, last) = (table.tests.first()?, table.tests.last()?);
    let lists = sheets.iter().find(|(grid, _)| std::ptr::eq(*grid, table.grid)).map_or(&[][..], |(_, lists)| lists);
    let found = columns::read_by_base(table);
    let mut offered: BTreeMap<u32, Vec<String>> = columns::offered(table.grid, lists, &found);
    let headings = table.grid.row(table.heading)?.cells();
    let column = |(at, heading): (u32, &str)| LearntColumn {
        at,
        heading: heading.split_whitespace().collect::<Vec<_>>().join(" "),
        column: table.columns.at(at),
        choices: offered.remove(&at).unwrap_or_default(),
    };
    let test = table.columns.test;
    Some(LearntTab {
        name: table.grid.name.clone(),
        heading: table.heading,
        columns: headings.map(column).collect(),
        cells: (address(first.row, test), address(last.row, test)),
        tests: table.tests.len(),
    })
}

/// What a person should look at in a table that is read.
fn doubts(table: &Table<'_>) -> Vec<String> {
    let mut doubts = Vec::new();
    let columns = &table.columns;
    let asks = [Column::Result, Column::Run, Column::Status].into_iter().any(|column| columns.has(column));
    if !asks && columns.ticks().next().is_none() {
        doubts.push(format!(
            "{}: no column asks for the result. It is read where a partner adds one that is headed “Result”.",
            place(table.grid)
        ));
    }
    let has_result = table.tests.iter().find(|test| test.outcome != TestOutcome::NotRun);
    doubts.extend(has_result.map(|test| {
        format!(
            "{}: test {} has the result “{}” already: is this the blank pack?",
            place(table.grid),
            test.id,
            test.given
        )
    }));
    doubts
}

/// Whether a filled copy can be told from other packs.
fn told_apart(template: &PackTemplate) -> Option<String> {
    let numbers = template.tests.iter().filter(|id| !id.chars().any(char::is_alphabetic)).count();
    let said =
        "Its tests are mere numbers and it has no title: no copy is told by them. Write its title under `titles`.";
    (template.titles.is_empty() && numbers * 2 > template.tests.len()).then(|| said.to_owned())
}

fn unnamed(content: &Content, profile: &PackProfile) -> Option<String> {
    let covers = covers(content, profile);
    let absent = |(_, words): &(&str, &Words)| !are_present(&covers, &content.lines, words);
    let labels = [("supplier", &profile.supplier), ("product", &profile.product)];
    let absent: Vec<&str> = labels.into_iter().filter(absent).map(|(what, _)| what).collect();
    let what = absent.join(" or the ");
    (!absent.is_empty()).then(|| format!("No label was found for the {what}: a filled copy does not say whose it is."))
}

/// `e-RS API witness test pack` is `e-rs-api-witness-test-pack`.
fn slug(text: &str) -> String {
    plain(text).replace(' ', "-")
}

#[cfg(test)]
mod tests;
