//! The table of services on the supplier tab: which parts of our service the supplier asks for.

use super::super::grid::{Grid, Row, plain};
use super::super::labels::tidy;
use super::super::profile::{ScalProfile, ServiceWords};
use super::super::workbook::Workbook;

#[derive(Debug, Default)]
pub(super) struct Services {
    /// The tab with the table; `None` when there is no such table.
    pub(super) sheet: Option<String>,
    /// Parts of our service that are answered with yes, in their order.
    pub(super) asked_for: Vec<String>,
}

pub(super) fn read(workbook: &Workbook, profile: &ScalProfile) -> Services {
    let visible = workbook.sheets.iter().filter(|sheet| !sheet.hidden);
    let mut tables = visible.filter_map(|sheet| Some((sheet, heading(sheet, &profile.services)?)));
    let Some((sheet, heading)) = tables.next() else {
        return Services::default();
    };
    let asked_for = chosen(sheet, &heading, profile);
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
fn chosen(sheet: &Grid, heading: &Heading, profile: &ScalProfile) -> Vec<String> {
    let mut ours = false;
    let mut parts = Vec::new();
    for (_, cells) in sheet.rows_after(heading.row) {
        let service = plain(cells.text(heading.service));
        if !service.is_empty() {
            ours = profile.services.ours.begin(&service);
        }
        let part = cells.text(heading.part);
        if ours && !part.is_empty() && is_yes(cells, heading.part, profile) {
            parts.push(tidy(part));
        }
    }
    parts
}

/// The answer stands right of the part.
fn is_yes(cells: &Row, part: u32, profile: &ScalProfile) -> bool {
    cells.plain_after(part).next().is_some_and(|(_, answer)| profile.answers.yes.are(answer))
}
