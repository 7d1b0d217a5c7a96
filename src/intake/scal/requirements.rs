//! The tabs of requirements: which they are, whether they belong to our service, and whether they carry any answer.

use super::super::grid::{Grid, Row, plain};
use super::super::profile::{RequirementWords, ScalProfile};
use super::super::workbook::Workbook;
use super::supplier::is_answered;

/// Headings that a row must have to head requirements.
const HEADINGS_MIN: usize = 3;

#[derive(Debug)]
pub(super) struct Tab {
    pub(super) name: String,
    pub(super) ours: bool,
    /// At least one requirement or declaration is answered.
    pub(super) answered: bool,
}

/// Every visible tab that has a heading row for requirements or declarations.
pub(super) fn tabs(workbook: &Workbook, profile: &ScalProfile) -> Vec<Tab> {
    let visible = workbook.sheets.iter().filter(|sheet| !sheet.hidden);
    visible.filter_map(|sheet| tab(sheet, profile)).collect()
}

fn tab(sheet: &Grid, profile: &ScalProfile) -> Option<Tab> {
    let mut answer_column = None;
    let mut answered = false;
    for (_, cells) in sheet.rows() {
        // The heading may change in the middle of a tab, and with it the column of the answers.
        match heading(cells, &profile.requirements) {
            Some(column) => answer_column = Some(column),
            None => answered |= answer_column.is_some_and(|column| is_answered(cells.text(column), &profile.answers)),
        }
    }
    answer_column?;
    Some(Tab { name: sheet.name.clone(), ours: profile.requirements.ours.are_in(&plain(&sheet.name)), answered })
}

/// The column of the answers, when this row is a heading row.
fn heading(cells: &Row, words: &RequirementWords) -> Option<u32> {
    if cells.len() < HEADINGS_MIN {
        return None;
    }
    let (item, _) = cells.plain_cells().find(|(_, text)| words.item.are(text))?;
    cells.plain_after(item).find(|(_, text)| words.answer.begin(text)).map(|(column, _)| column)
}
