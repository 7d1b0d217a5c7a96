//! A witness test pack, filled or blank: recognised by the headings of its test tables, in a workbook or a Word document.
//! Reads whose it is; the results are for a full reading.

use crate::domain::reading::WitnessPack;

use super::content::Content;
use super::grid::{Grid, Row, begins_with, plain};
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
    // The words of a cover may also head a column of tests, so tables of tests are not asked.
    let tables: Vec<Grid> = content
        .tables
        .iter()
        .filter(|table| !is_test_table(table, profile, true))
        .cloned()
        .collect();
    let value = |words: &Words| labels::value(&tables, &content.lines, words, is_label);
    Some(WitnessPack {
        supplier: value(&profile.supplier),
        product: value(&profile.product),
        tests: None,
    })
}

fn has_tests(content: &Content, profile: &PackProfile) -> bool {
    let titled = content.opening.iter().any(|text| profile.titles.are_in(text));
    content.tables.iter().any(|table| is_test_table(table, profile, titled))
}

/// Has a heading row and something under it.
fn is_test_table(table: &Grid, profile: &PackProfile, titled: bool) -> bool {
    let mut rows = table.rows();
    rows.any(|(_, cells)| heads_tests(cells, &profile.columns, titled)) && rows.any(|(_, cells)| cells.len() > 1)
}

fn heads_tests(cells: &Row, words: &ColumnWords, titled: bool) -> bool {
    if cells.len() < HEADINGS_MIN {
        return false;
    }
    let headings: Vec<String> = cells.cells().map(|(_, text)| plain(text)).collect();
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
    let enough = if named || titled {
        COLUMNS_MIN
    } else {
        COLUMNS_MIN_IN_DOUBT
    };
    (named || has(&words.plain_reference)) && has(&words.scenario) && known >= enough
}

/// A heading is these words, or begins with them where they are several.
fn is_heading(heading: &str, words: &Words) -> bool {
    words
        .iter()
        .any(|words| heading == words || (words.contains(' ') && begins_with(heading, words)))
}
