//! The cells of a workbook of Excel 2007 or later, streamed. Takes a package that was checked.

use std::borrow::Cow;
use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::super::grid::Grid;
use super::super::problem::Problem;
use super::{Filling, Workbook, value};

pub(super) fn read(bytes: &[u8]) -> Result<Workbook, Problem> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(refusal)?;
    let mut tabs = book.sheets_metadata().to_vec();
    tabs.retain(|tab| matches!(tab.typ, SheetType::WorkSheet));
    let mut filling = Filling::new();
    for tab in &tabs {
        if !filling.has_room(&tab.name) {
            break;
        }
        let mut grid = Grid::named(&tab.name, !matches!(tab.visible, SheetVisible::Visible));
        let damaged = fill(&mut book, &mut grid, &mut filling).is_err();
        filling.end(grid, damaged);
    }
    filling.finish()
}

fn fill(book: &mut Xlsx<Cursor<&[u8]>>, grid: &mut Grid, filling: &mut Filling) -> Result<(), XlsxError> {
    let name = grid.name.clone();
    let mut cells = book.worksheet_cells_reader(&name)?;
    while let Some(cell) = cells.next_cell()? {
        let (row, column) = cell.get_position();
        if let Some(text) = text(cell.get_value()) {
            grid.put(row, column, &text, &mut filling.allowance);
        }
        if !filling.may_go_on() {
            break;
        }
    }
    Ok(())
}

/// What a person sees in the cell, near enough.
fn text<'a>(cell: &'a DataRef<'_>) -> Option<Cow<'a, str>> {
    match cell {
        DataRef::String(text) | DataRef::DurationIso(text) => Some(text.as_str().into()),
        DataRef::SharedString(text) => Some((*text).into()),
        DataRef::DateTimeIso(text) => Some(value::day(text).into()),
        DataRef::Int(number) => Some(number.to_string().into()),
        DataRef::Float(number) => Some(value::number(*number).into()),
        DataRef::Bool(truth) => Some(value::truth(*truth).into()),
        DataRef::DateTime(date) => Some(moment(date).into()),
        DataRef::Error(_) | DataRef::Empty => None,
    }
}

fn moment(date: &ExcelDateTime) -> String {
    if date.is_datetime() { value::moment(date) } else { value::number(date.as_f64()) }
}

fn refusal(error: XlsxError) -> Problem {
    if matches!(error, XlsxError::Password) { Problem::PasswordProtected } else { Problem::Damaged }
}
