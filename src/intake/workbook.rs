//! The cells of an Excel workbook, streamed within the limits. A used range out to XFD1048576 costs nothing, because no
//! range is ever built. Takes a package that was checked; must not know what a sheet is for.

use std::borrow::Cow;
use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::grid::{Allowance, Grid};
use super::limits::{CELLS_SEEN_MAX, SHEETS_MAX};
use super::package::Package;
use super::problem::Problem;

#[derive(Debug, Default)]
pub(super) struct Workbook {
    /// In the order of the tabs, hidden ones too.
    pub(super) sheets: Vec<Grid>,
    /// Sheets of which only a part was read, and whether because they are damaged.
    pub(super) partly_read: Vec<PartlyRead>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartlyRead {
    pub(super) sheet: String,
    pub(super) damaged: bool,
}

/// Reads every worksheet. The package only proves that its parts were inflated and counted.
pub(super) fn read(_checked: &Package<'_>, bytes: &[u8]) -> Result<Workbook, Problem> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(refusal)?;
    let mut tabs = book.sheets_metadata().to_vec();
    tabs.retain(|tab| matches!(tab.typ, SheetType::WorkSheet));
    let mut workbook = Workbook::default();
    let mut allowance = Allowance::full();
    let mut cells_left = CELLS_SEEN_MAX;
    for tab in tabs.iter().take(SHEETS_MAX) {
        let mut grid = Grid::named(&tab.name, !matches!(tab.visible, SheetVisible::Visible));
        allowance.cut = false;
        let damaged = fill(&mut book, &mut grid, &mut allowance, &mut cells_left).is_err();
        if damaged || allowance.cut {
            workbook.partly_read.push(PartlyRead { sheet: tab.name.clone(), damaged });
        }
        workbook.sheets.push(grid);
    }
    workbook.partly_read.extend(tabs.get(SHEETS_MAX).map(|tab| PartlyRead { sheet: tab.name.clone(), damaged: false }));
    let broken = workbook.partly_read.iter().filter(|part| part.damaged).count();
    if broken == workbook.sheets.len() { Err(Problem::Damaged) } else { Ok(workbook) }
}

fn fill(
    book: &mut Xlsx<Cursor<&[u8]>>,
    grid: &mut Grid,
    allowance: &mut Allowance,
    cells_left: &mut usize,
) -> Result<(), XlsxError> {
    let name = grid.name.clone();
    let mut cells = book.worksheet_cells_reader(&name)?;
    while let Some(cell) = cells.next_cell()? {
        let (row, column) = cell.get_position();
        if let Some(text) = text(cell.get_value()) {
            grid.put(row, column, &text, allowance);
        }
        *cells_left = cells_left.saturating_sub(1);
        if *cells_left == 0 || allowance.is_spent() {
            allowance.cut = true;
            break;
        }
    }
    Ok(())
}

/// What a person sees in the cell, near enough: whole numbers without a point, dates as `2026-11-30`.
fn text<'a>(value: &'a DataRef<'_>) -> Option<Cow<'a, str>> {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Some(text.as_str().into()),
        DataRef::SharedString(text) => Some((*text).into()),
        DataRef::Int(number) => Some(number.to_string().into()),
        DataRef::Float(number) => Some(number.to_string().into()),
        DataRef::Bool(true) => Some("TRUE".into()),
        DataRef::Bool(false) => Some("FALSE".into()),
        DataRef::DateTime(date) => Some(day(date).into()),
        DataRef::Error(_) | DataRef::Empty => None,
    }
}

fn day(date: &ExcelDateTime) -> String {
    let (year, month, day, ..) = date.to_ymd_hms_milli();
    if date.is_datetime() { format!("{year:04}-{month:02}-{day:02}") } else { date.as_f64().to_string() }
}

fn refusal(error: XlsxError) -> Problem {
    if matches!(error, XlsxError::Password) { Problem::PasswordProtected } else { Problem::Damaged }
}
