//! The rows of a tab that ask for an answer. A heading row says which columns hold the item, the answer and the notes;
//! it may change in the middle of a tab. Must not judge an answer.

use super::super::grid::{Grid, Row, address, begins_with, plain};
use super::super::labels::tidy;
use super::super::profile::{RequirementWords, ScalProfile, Words};
use super::answers::is_answered;

/// Headings that a row must have to head requirements.
const HEADINGS_MIN: usize = 3;
/// A name marked "(Optional)" is short; a long text only mentions the word.
const OPTIONAL_BYTES_MAX: usize = 160;
/// So much of a name tells rows apart that have no ID.
const KEY_CHARS: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::intake) enum Asks {
    Declaration,
    Requirement,
}

#[derive(Debug)]
pub(in crate::intake) struct Slot<'a> {
    pub(in crate::intake) asks: Asks,
    /// The cell of the answer.
    pub(in crate::intake) row: u32,
    pub(in crate::intake) column: u32,
    pub(in crate::intake) answer: &'a str,
    /// The ID or the name in the first column, as it stands there; empty where a row continues the one above.
    pub(in crate::intake) item: &'a str,
    /// The first words that follow the item.
    pub(in crate::intake) name: &'a str,
    pub(in crate::intake) notes: Vec<&'a str>,
    /// The cell where the template asks for a reason.
    pub(in crate::intake) note_cell: Option<String>,
    pub(in crate::intake) optional: bool,
}

impl Slot<'_> {
    pub(in crate::intake) fn cell(&self) -> String {
        address(self.row, self.column)
    }

    /// What tells this row from others of its tab, wherever it stands: its ID, else its words.
    pub(in crate::intake) fn row_name(&self) -> String {
        let name = if is_id(&plain(self.item)) { self.item.to_owned() } else { format!("{} {}", self.item, self.name) };
        tidy(&name).chars().take(KEY_CHARS).collect::<String>().trim_end().to_owned()
    }

    pub(in crate::intake) fn key(&self) -> String {
        key(&self.row_name())
    }

    /// How people speak of the row.
    pub(super) fn title(&self) -> String {
        let text = if self.item.is_empty() { self.name } else { self.item };
        tidy(text).chars().take(KEY_CHARS).collect()
    }
}

/// The form in which names of rows are compared.
pub(in crate::intake) fn key(row_name: &str) -> String {
    plain(row_name)
}

fn is_id(item: &str) -> bool {
    item.bytes().any(|byte| byte.is_ascii_digit()) && item.split(' ').count() <= 6
}

/// The columns under one heading row.
struct Columns<'a> {
    asks: Asks,
    item: u32,
    answer: u32,
    notes: Vec<u32>,
    /// Columns that the template itself fills: none holds a reason.
    template: Vec<u32>,
    /// Columns that say what is asked.
    details: Vec<u32>,
    sheet: &'a Grid,
}

/// The rows that ask for an answer; `None` when no row heads any.
pub(in crate::intake) fn slots<'a>(sheet: &'a Grid, profile: &ScalProfile) -> Option<Vec<Slot<'a>>> {
    let mut columns = None;
    let mut slots = Vec::new();
    for (row, cells) in sheet.rows() {
        if let Some(found) = heading(sheet, cells, &profile.requirements) {
            columns = Some(found);
        } else if let Some(columns) = &columns {
            slots.extend(slot(row, cells, columns, profile));
        }
    }
    columns.map(|_| slots)
}

/// The columns, when this row is a heading row.
fn heading<'a>(sheet: &'a Grid, cells: &Row, words: &RequirementWords) -> Option<Columns<'a>> {
    if cells.len() < HEADINGS_MIN {
        return None;
    }
    let is_declared = |item: &str, answer: &str| words.declared_item.are(item) && words.declared.begin(answer);
    let (item, item_text) = cells.plain_cells().find(|(_, text)| words.item.are(text))?;
    let (answer, answer_text) =
        cells.plain_cells().find(|(column, text)| *column != item && words.answer.begin(text))?;
    let asks = if is_declared(item_text, answer_text) { Asks::Declaration } else { Asks::Requirement };
    let others = || cells.plain_cells().filter(|(column, _)| ![item, answer].contains(column));
    let headed = |words: &Words| others().filter(|(_, text)| words.begin(text)).map(|(column, _)| column).collect();
    let (mut notes, template): (Vec<u32>, Vec<u32>) = (headed(&words.note), headed(&words.template));
    // The words stand in the order of preference: partners are sent to the first column for their reasons.
    let preference = |column: u32| words.note.iter().position(|word| begins_with(&plain(cells.text(column)), word));
    notes.sort_by_key(|column| preference(*column));
    let details = others().map(|(column, _)| column);
    let details = details.filter(|column| !notes.contains(column) && !template.contains(column)).collect();
    Some(Columns { asks, item, answer, notes, template, details, sheet })
}

/// A row asks for an answer when words say what is asked, or when both its item and its answer are there. Section rows,
/// banners and guidance have a first cell only.
fn slot<'a>(row: u32, cells: &'a Row, columns: &Columns<'a>, profile: &ScalProfile) -> Option<Slot<'a>> {
    let details = || columns.details.iter().map(|column| cells.text(*column)).filter(|text| !text.is_empty());
    let (item, answer) = (cells.text(columns.item), columns.sheet.text(row, columns.answer));
    if details().next().is_none() && (item.is_empty() || answer.is_empty()) {
        return None;
    }
    let notes = cells.cells().filter(|(column, _)| columns.takes_notes(*column)).map(|(_, text)| text).collect();
    let marked = |text: &str| text.len() <= OPTIONAL_BYTES_MAX && profile.requirements.is_optional(text);
    Some(Slot {
        asks: columns.asks,
        row,
        column: columns.answer,
        answer,
        item,
        name: details().next().unwrap_or_default(),
        notes,
        note_cell: columns.notes.first().map(|column| address(row, *column)),
        optional: marked(item) || details().any(marked),
    })
}

impl Columns<'_> {
    /// Generous: people explain themselves in any column that the template leaves to them.
    fn takes_notes(&self, column: u32) -> bool {
        let is_asked = column == self.item || self.details.contains(&column);
        let right = column > self.answer && !is_asked && !self.template.contains(&column);
        right || self.notes.contains(&column)
    }
}

/// Whether any of the rows is answered.
pub(super) fn any_answered(slots: &[Slot<'_>], profile: &ScalProfile) -> bool {
    slots.iter().any(|slot| is_answered(slot.answer, &profile.answers))
}
