//! The supplier tab: who supplies which product, found by the labels. Nothing else of that tab is read.

use crate::domain::reading::{Finding, FindingCode, Supplier};

use super::super::grid::{Grid, Row, address, mentions, plain};
use super::super::labels::{Place, find, find_where, tidy, value_right_of};
use super::super::profile::{FieldWords, ScalProfile, SupplierField, SupplierWords};
use super::super::workbook::Workbook;
use super::answers::is_answered;

/// Labels that a tab must have to be the supplier tab.
const LABELS_MIN: usize = 3;
/// Rows above a nested label in which its section may be named.
const SECTION_ROWS_MAX: u32 = 6;

/// The tab with the most labels of the supplier's details, if it has enough of them.
pub(in crate::intake) fn tab<'a>(workbook: &'a Workbook, words: &SupplierWords) -> Option<&'a Grid> {
    let mut best = None;
    for sheet in workbook.sheets.iter().filter(|sheet| !sheet.hidden) {
        let count = words.fields.iter().filter(|field| place(sheet, field).is_some()).count();
        if count >= LABELS_MIN && best.is_none_or(|(most, _)| count > most) {
            best = Some((count, sheet));
        }
        // No other can have more, and looking for labels is what takes long.
        if count == words.fields.len() {
            break;
        }
    }
    best.map(|(_, sheet)| sheet)
}

/// The details that have no label on this tab.
pub(in crate::intake) fn missing_labels(tab: &Grid, words: &SupplierWords) -> Vec<SupplierField> {
    words.fields.iter().filter(|field| place(tab, field).is_none()).map(|field| field.field).collect()
}

pub(super) fn read(tab: Option<&Grid>, profile: &ScalProfile) -> (Supplier, Vec<Finding>) {
    let mut supplier = Supplier::default();
    let mut findings = Vec::new();
    for words in &profile.supplier.fields {
        let cell = tab.and_then(|tab| cell(tab, words, profile));
        let value = cell.as_ref().and_then(|cell| cell.value.clone());
        if value.is_none() {
            findings.push(missing(tab, cell.as_ref(), words.field));
        }
        match words.field {
            SupplierField::Organisation => supplier.organisation = value,
            SupplierField::Product => supplier.product = value,
            SupplierField::Version => supplier.version = value,
            SupplierField::SafetyOfficer => supplier.safety_officer = value,
            SupplierField::SafetyOfficerEmail => supplier.safety_officer_email = value,
            SupplierField::OdsCode => {
                supplier.ods_code = value.as_deref().and_then(ods_code);
                if value.is_some() && supplier.ods_code.is_none() {
                    findings.push(invalid_ods_code(tab, cell.as_ref()));
                }
            }
        }
    }
    (supplier, findings)
}

/// The cell for the supplier's words, and what it holds.
struct ValueCell {
    address: String,
    value: Option<String>,
}

fn cell(tab: &Grid, words: &FieldWords, profile: &ScalProfile) -> Option<ValueCell> {
    let label = place(tab, words)?;
    let is_label = |text: &str| profile.supplier.fields.iter().any(|field| field.labels.are(text));
    let (column, text) = match response_column(tab, label, &profile.supplier) {
        Some(column) => (column, tab.text(label.row, column)),
        None => (label.column + 1, value_right_of(tab, label, is_label).unwrap_or_default()),
    };
    let value = is_answered(text, &profile.answers).then(|| tidy(text));
    Some(ValueCell { address: address(label.row, column), value })
}

/// Where the label of a field is: under its own name, or under a short one beside the name of its section.
fn place(tab: &Grid, words: &FieldWords) -> Option<Place> {
    let section = words.section.as_deref().map(plain);
    let in_section = |place: Place| section.as_deref().is_some_and(|section| section_of(tab, place, section));
    find(tab, &words.labels).or_else(|| find_where(tab, &words.nested, in_section))
}

/// The nearest filled cells left of this one, in its row or above, name the section.
fn section_of(tab: &Grid, place: Place, section: &str) -> bool {
    let rows = (place.row.saturating_sub(SECTION_ROWS_MAX)..=place.row).rev();
    let left =
        |row: u32| tab.row(row).and_then(|cells| cells.cells().take_while(|(column, _)| *column < place.column).last());
    rows.filter_map(left).next().is_some_and(|(_, text)| mentions(&plain(text), section))
}

/// The column under the nearest heading such as "Response", above the label and right of it.
fn response_column(tab: &Grid, label: Place, words: &SupplierWords) -> Option<u32> {
    let above = tab.rows().rev().filter(|(row, _)| *row < label.row);
    let heading = |(_, cells): (u32, &Row)| {
        cells.plain_after(label.column).find(|(_, text)| words.response.are(text)).map(|(column, _)| column)
    };
    above.filter_map(heading).next()
}

/// An organisation code of the NHS: 3 to 8 letters and digits.
pub(in crate::intake) fn ods_code(text: &str) -> Option<String> {
    let code = text.trim();
    let plausible = (3..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plausible.then(|| code.to_ascii_uppercase())
}

fn missing(tab: Option<&Grid>, cell: Option<&ValueCell>, field: SupplierField) -> Finding {
    let name = field.name();
    let message = format!("The {name} is not filled in. Fill it in on the supplier tab.");
    Finding { field: Some(name.to_owned()), ..placed(tab, cell, FindingCode::SupplierFieldMissing, message) }
}

fn invalid_ods_code(tab: Option<&Grid>, cell: Option<&ValueCell>) -> Finding {
    let message = "The ODS code is not a code of 3 to 8 letters and digits. Give the code of your organisation; \
        the ODS portal lists them all.";
    placed(tab, cell, FindingCode::OdsCodeInvalid, message.to_owned())
}

fn placed(tab: Option<&Grid>, cell: Option<&ValueCell>, code: FindingCode, message: String) -> Finding {
    let sheet = tab.map(|tab| tab.name.clone());
    Finding { sheet, cell: cell.map(|cell| cell.address.clone()), ..Finding::new(code, message) }
}
