//! The table of services on the supplier tab: which parts of our service the supplier asks for.

use crate::domain::reading::Answer;

use super::super::grid::{Grid, plain};
use super::super::labels::tidy;
use super::super::profile::{ScalProfile, ServiceWords};
use super::super::workbook::Workbook;
use super::answers::answer;

#[derive(Debug, Default)]
pub(super) struct Services {
    /// The tab with the table; `None` when there is no such table.
    pub(super) sheet: Option<String>,
    /// Parts of our service that are answered with yes, in their order.
    pub(super) asked_for: Vec<String>,
}

/// The parts of our service that a supplier may ask for.
pub(in crate::intake) fn offered(workbook: &Workbook, profile: &ScalProfile) -> Vec<String> {
    let visible = workbook.sheets.iter().filter(|sheet| !sheet.hidden);
    let mut tables = visible.filter_map(|sheet| Some((sheet, heading(sheet, &profile.services)?)));
    tables.next().map_or_else(Vec::new, |(sheet, heading)| parts(sheet, &heading, profile, |_| true))
}

pub(super) fn read(workbook: &Workbook, profile: &ScalProfile) -> Services {
    let visible = workbook.sheets.iter().filter(|sheet| !sheet.hidden);
    let mut tables = visible.filter_map(|sheet| Some((sheet, heading(sheet, &profile.services)?)));
    let Some((sheet, heading)) = tables.next() else {
        return Services::default();
    };
    let asked_for = parts(sheet, &heading, profile, |reply| answer(reply, &profile.answers) == Answer::Yes);
    Services { sheet: Some(sheet.name.clone()), asked_for }
}

/// The heading row of the table and its columns.
struct Heading {
    row: u32,
    service: u32,
    part: u32,
}

fn heading(sheet: &Grid, words: &ServiceWords) -> Option<Heading> {
    sheet.rows().find_map(|(row, cells)| {
        let (service, _) = cells.plain_cells().find(|(_, text)| words.heading.begin(text))?;
        let (part, _) = cells.plain_after(service).find(|(_, text)| words.part.begin(text))?;
        Some(Heading { row, service, part })
    })
}

/// The service is named once, beside its first part; the rows below it belong to it until another is named.
fn parts(sheet: &Grid, heading: &Heading, profile: &ScalProfile, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut ours = false;
    let mut parts = Vec::new();
    for (_, cells) in sheet.rows_after(heading.row) {
        let service = plain(cells.text(heading.service));
        if !service.is_empty() {
            ours = profile.services.ours.begin(&service);
        }
        let part = cells.text(heading.part);
        let answer = cells.cells_after(heading.part).next().map_or("", |(_, answer)| answer);
        if ours && !part.is_empty() && wanted(answer) {
            parts.push(tidy(part));
        }
    }
    parts
}
