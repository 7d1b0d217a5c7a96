//! The cells of an Excel workbook, streamed within the limits. A used range out to XFD1048576 costs nothing, because no
//! range is ever built. Takes a package that was checked; must not know what a sheet is for.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::grid::{Allowance, Grid};
use super::limits::SHEETS_MAX;
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
    let sheets = book.sheets_metadata().to_vec();
    let mut workbook = Workbook::default();
    let mut allowance = Allowance::full();
    let worksheets = sheets.iter().filter(|sheet| matches!(sheet.typ, SheetType::WorkSheet));
    for (at, sheet) in worksheets.enumerate() {
        let hidden = !matches!(sheet.visible, SheetVisible::Visible);
        let mut grid = Grid::named(&sheet.name, hidden);
        allowance.cut = at >= SHEETS_MAX;
        let outcome = if allowance.cut {
            Ok(())
        } else {
            fill(&mut book, &mut grid, &mut allowance)
        };
        if outcome.is_err() || allowance.cut {
            workbook.partly_read.push(PartlyRead {
                sheet: sheet.name.clone(),
                damaged: outcome.is_err(),
            });
        }
        workbook.sheets.push(grid);
    }
    let all_broken = workbook.partly_read.iter().filter(|part| part.damaged).count() == workbook.sheets.len();
    if all_broken {
        Err(Problem::Damaged)
    } else {
        Ok(workbook)
    }
}

fn fill(book: &mut Xlsx<Cursor<&[u8]>>, grid: &mut Grid, allowance: &mut Allowance) -> Result<(), XlsxError> {
    let name = grid.name.clone();
    let mut cells = book.worksheet_cells_reader(&name)?;
    while let Some(cell) = cells.next_cell()? {
        let (row, column) = cell.get_position();
        if let Some(text) = text(cell.get_value()) {
            grid.put(row, column, &text, allowance);
        }
        if allowance.is_spent() {
            break;
        }
    }
    Ok(())
}

/// What a person sees in the cell, near enough: whole numbers without a point, dates as `2026-11-30`.
fn text<'a>(value: &'a DataRef<'_>) -> Option<std::borrow::Cow<'a, str>> {
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
    if date.is_datetime() {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        date.as_f64().to_string()
    }
}

fn refusal(error: XlsxError) -> Problem {
    if matches!(error, XlsxError::Password) {
        Problem::PasswordProtected
    } else {
        Problem::Damaged
    }
}
