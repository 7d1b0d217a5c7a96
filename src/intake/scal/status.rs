//! The status that a supplier gives a tab: in progress, or complete.

use crate::domain::reading::{Finding, FindingCode, Severity};

use super::super::grid::{Grid, address, plain};
use super::super::labels::{find, tidy, value_right_of};
use super::super::profile::ScalProfile;
use super::answers::is_answered;

/// What a tab says of itself when that is not that it is complete. A tab without a status says nothing.
pub(super) fn check(sheet: &Grid, profile: &ScalProfile) -> Option<Finding> {
    let words = &profile.status;
    let label = find(sheet, &words.labels)?;
    let cells = sheet.row(label.row)?;
    // The cell of the answer where it is blank: the one right of the label.
    let column = cells.cells_after(label.column).next().map_or(label.column + 1, |(column, _)| column);
    let value = value_right_of(sheet, label, |text| words.labels.are(text)).unwrap_or_default();
    let text = plain(value);
    if words.complete.begin(&text) {
        return None;
    }
    let (severity, message) = if !is_answered(value, &profile.answers) {
        (Severity::Fix, "The status of this tab is not chosen. Choose Complete when every answer is given.".to_owned())
    } else if words.in_progress.begin(&text) {
        (
            Severity::Fix,
            format!("The status of this tab is “{}”. Choose Complete when every answer is given.", tidy(value)),
        )
    } else {
        (Severity::Advice, format!("The status of this tab is “{}”, which is not in the list.", tidy(value)))
    };
    let finding = Finding::new(FindingCode::TabNotComplete, message);
    Some(Finding { severity, sheet: Some(sheet.name.clone()), cell: Some(address(label.row, column)), ..finding })
}
