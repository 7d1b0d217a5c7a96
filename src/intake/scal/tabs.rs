//! The tabs of requirements: which they are, whether they belong to our service, and whether they carry any answer.

use super::super::grid::{Grid, plain};
use super::super::profile::ScalProfile;
use super::super::workbook::Workbook;
use super::slots::{self, Slot};
use super::template::TemplateTab;

/// Where the title of a tab is.
const TITLE_ROWS: u32 = 3;
const TITLE_BYTES_MAX: usize = 120;

#[derive(Debug)]
pub(super) struct Tab<'a> {
    pub(super) sheet: &'a Grid,
    /// By its name or its title; in a template that is known, by its rows, whatever somebody called the tab.
    pub(super) ours: bool,
    /// What it is in the template, where that is known row by row.
    pub(super) known: Option<&'a TemplateTab>,
    pub(super) slots: Vec<Slot<'a>>,
    /// At least one requirement or declaration is answered.
    pub(super) answered: bool,
}

/// Every visible tab that has a heading row for requirements or declarations.
pub(super) fn tabs<'a>(workbook: &'a Workbook, profile: &'a ScalProfile) -> Vec<Tab<'a>> {
    let visible = workbook.sheets.iter().filter(|sheet| !sheet.hidden);
    visible.filter_map(|sheet| tab(sheet, profile)).collect()
}

fn tab<'a>(sheet: &'a Grid, profile: &'a ScalProfile) -> Option<Tab<'a>> {
    let slots = slots::slots(sheet, profile)?;
    let answered = slots::any_answered(&slots, profile);
    let known = profile.template.as_ref().and_then(|template| template.tab(sheet, &slots));
    Some(Tab { sheet, ours: known.is_some() || is_ours(sheet, profile), known, slots, answered })
}

/// By its name, or by its title where it was renamed.
pub(in crate::intake) fn is_ours(sheet: &Grid, profile: &ScalProfile) -> bool {
    let ours = &profile.requirements.ours;
    let title = || sheet.cells_with_plain().next().filter(|(row, _, cell)| *row < TITLE_ROWS && is_short(&cell.text));
    ours.are_in(&plain(&sheet.name)) || title().is_some_and(|(.., cell)| ours.are_in(&cell.plain))
}

fn is_short(text: &str) -> bool {
    text.len() <= TITLE_BYTES_MAX
}
