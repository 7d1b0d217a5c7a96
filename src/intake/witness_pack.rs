//! A witness test pack, filled or blank: recognised by the headings of its test tables, in a workbook or a Word
//! document. Reads whose it is; the results are for a full reading.

use crate::domain::reading::WitnessPack;

use super::content::Content;
use super::grid::{Grid, Row, begins_with};
use super::labels;
use super::profile::{ColumnWords, PackProfile, Words};

/// Filled headings of a test table, known or not: fewer make an issue list or a plain register.
const HEADINGS_MIN: usize = 4;
/// Known columns of a table whose test column is named as such, or which stands in a document titled as a pack.
const COLUMNS_MIN: usize = 3;
/// Known columns of a table that has a plain "Ref" and stands in a document without a title.
const COLUMNS_MIN_IN_DOUBT: usize = 5;

/// Reads the document as a witness pack; `None` when it is something else.
pub(super) fn read(content: &Content, profiles: &[PackProfile]) -> Option<WitnessPack> {
    let profile = profiles.iter().find(|profile| has_tests(content, profile))?;
    let is_label = |text: &str| profile.supplier.are(text) || profile.product.are(text);
    // The words of a cover may also head a column of tests, so only what is above the tests is asked.
    let above = |table: &Grid| match heading_row(table, profile, true) {
        Some(row) => table.above(row),
        None => table.clone(),
    };
    let covers: Vec<Grid> = content.tables.iter().map(above).collect();
    let value = |words: &Words| labels::value(&covers, &content.lines, words, is_label);
    Some(WitnessPack { supplier: value(&profile.supplier), product: value(&profile.product), ..WitnessPack::default() })
}

fn has_tests(content: &Content, profile: &PackProfile) -> bool {
    let titled = content.opening.iter().any(|text| profile.titles.are_in(text));
    content.tables.iter().any(|table| heading_row(table, profile, titled).is_some())
}

/// The heading row of a table of tests, which has something under it.
fn heading_row(table: &Grid, profile: &PackProfile, titled: bool) -> Option<u32> {
    let (row, _) = table.rows().find(|(_, cells)| heads_tests(cells, &profile.columns, titled))?;
    table.rows_after(row).any(|(_, cells)| cells.len() > 1).then_some(row)
}

fn heads_tests(cells: &Row, words: &ColumnWords, titled: bool) -> bool {
    if cells.len() < HEADINGS_MIN {
        return false;
    }
    let headings: Vec<&str> = cells.plain_cells().map(|(_, text)| text).collect();
    let has = |words: &Words| headings.iter().any(|heading| is_heading(heading, words));
    let named = has(&words.test);
    let others = [
        &words.expected,
        &words.actual,
        &words.result,
        &words.evidence,
        &words.comments,
        &words.tester,
        &words.date,
        &words.requirement,
    ];
    let known = 2 + others.iter().filter(|words| has(words)).count();
    let enough = if named || titled { COLUMNS_MIN } else { COLUMNS_MIN_IN_DOUBT };
    (named || has(&words.plain_reference)) && has(&words.scenario) && known >= enough
}

/// A heading is these words, or begins with them where they are several.
fn is_heading(heading: &str, words: &Words) -> bool {
    words.iter().any(|words| heading == words || (words.contains(' ') && begins_with(heading, words)))
}

#[cfg(test)]
mod tests {
    use super::super::grid::{Allowance, plain};
    use super::super::profile::Profiles;
    use super::*;

    fn read_rows(opening: &str, rows: &[&[&str]]) -> Option<WitnessPack> {
        let mut grid = Grid::default();
        for (row, cells) in (0..).zip(rows) {
            for (column, text) in (0..).zip(*cells) {
                grid.put(row, column, text, &mut Allowance::full());
            }
        }
        let content = Content { opening: vec![plain(opening)], lines: Vec::new(), tables: vec![grid] };
        read(&content, &Profiles::with(&[]).packs)
    }

    #[test]
    fn test_tables_are_told_by_their_headings() {
        const NAMED: &[&str] = &["Test ID", "Scenario", "Expected result", "Status"];
        const PLAIN: &[&str] = &["Ref", "Scenario", "Acceptance criteria", "Status", "Justification if not applicable"];
        const REGISTER: &[&str] = &["Ref", "Description", "Status", "Owner"];
        let test: &[&str] = &["1", "a", "b", "c"];
        for (opening, heading, expected) in [
            ("", NAMED, true),
            ("", PLAIN, true),
            ("", &PLAIN[..4], false),
            ("e-RS witness test pack", &PLAIN[..4], true),
            ("", REGISTER, false),
            ("", &NAMED[..3], false),
            ("", &["Test ID", "Name", "Date", "Status"], false),
            ("", &["Product", "Quantity", "Price", "Total"], false),
        ] {
            assert_eq!(read_rows(opening, &[heading, test]).is_some(), expected, "{opening} {heading:?}");
        }
        assert_eq!(read_rows("", &[NAMED]), None, "nothing under the headings");
        assert_eq!(read_rows("", &[NAMED, &["1. A section"]]), None, "no test under the headings");
    }

    #[test]
    fn a_cover_above_the_tests_names_the_supplier() {
        let rows: &[&[&str]] = &[
            &["Supplier:", "", "Tide\n  Software"],
            &["Product", "Supplier"],
            &["Test ID", "Scenario", "Expected result", "Product"],
            &["T1", "a", "b", "not this"],
        ];
        let pack = read_rows("", rows).unwrap();
        assert_eq!((pack.supplier.as_deref(), pack.product), (Some("Tide Software"), None));
    }
}
