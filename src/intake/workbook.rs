//! The cells and the embedded files of a workbook, whichever program wrote it: one `Grid` a sheet, within the limits.
//! A used range out to XFD1048576 costs nothing, because no range is ever built. Must not know what a sheet is for.

mod biff;
mod escher;
pub(super) mod objects;
mod ods;
mod ole;
pub(super) mod shapes;
mod value;
mod xls;
mod xlsx;

use super::grid::{Allowance, Grid};
use super::limits::{CELLS_SEEN_MAX, SHEETS_MAX};
use super::package::Package;
use super::problem::Problem;
use objects::Embedded;
pub(super) use ole::Compound;

#[derive(Clone, Debug, Default)]
pub(super) struct Workbook {
    /// In the order of the tabs, hidden ones too.
    pub(super) sheets: Vec<Grid>,
    /// Sheets of which only a part was read, and whether because they are damaged.
    pub(super) partly_read: Vec<PartlyRead>,
    /// Files and pictures that lie on the sheets, those of the template too.
    pub(super) objects: Vec<Embedded>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartlyRead {
    pub(super) sheet: String,
    pub(super) damaged: bool,
}

/// A workbook of Excel 2007 or later. The package proves that its parts were inflated and counted.
pub(super) fn read_xlsx(package: &mut Package<'_>, bytes: &[u8]) -> Result<Workbook, Problem> {
    let mut workbook = xlsx::read(bytes)?;
    workbook.objects = objects::of_package(package).unwrap_or_default();
    Ok(workbook)
}

/// An OpenDocument spreadsheet.
pub(super) fn read_ods(package: &mut Package<'_>) -> Result<Workbook, Problem> {
    ods::read(package)
}

/// A workbook of Excel 5 to 2003.
pub(super) fn read_xls(file: &mut Compound<'_>) -> Result<Workbook, Problem> {
    xls::read(file)
}

/// What may still be read of one workbook, and what became of its sheets.
struct Filling {
    workbook: Workbook,
    allowance: Allowance,
    cells_left: usize,
    /// What the sheet that is being read may not use, so that others come after it.
    kept_back: (Allowance, usize),
}

impl Filling {
    fn new() -> Self {
        Self {
            workbook: Workbook::default(),
            allowance: Allowance::full(),
            cells_left: CELLS_SEEN_MAX,
            kept_back: (Allowance::none(), 0),
        }
    }

    /// Whether one more sheet may be read; the first that may not is named. Each has half of what is left.
    fn has_room(&mut self, sheet: &str) -> bool {
        let room = self.workbook.sheets.len() < SHEETS_MAX;
        if !room {
            self.workbook.partly_read.push(PartlyRead { sheet: sheet.to_owned(), damaged: false });
        }
        let cells = self.cells_left / 2;
        self.cells_left -= cells;
        self.kept_back = (self.allowance.split(), cells);
        room
    }

    /// Counts a cell that was looked at. Without an allowance nothing more will be kept, so nothing more need be read.
    fn may_go_on(&mut self) -> bool {
        self.cells_left = self.cells_left.saturating_sub(1);
        let spent = self.cells_left == 0 || self.allowance.is_spent();
        self.allowance.cut |= spent;
        !spent
    }

    fn end(&mut self, grid: Grid, damaged: bool) {
        if damaged || self.allowance.cut {
            self.workbook.partly_read.push(PartlyRead { sheet: grid.name.clone(), damaged });
        }
        let (allowance, cells) = std::mem::replace(&mut self.kept_back, (Allowance::none(), 0));
        self.allowance.join(allowance);
        self.cells_left += cells;
        self.allowance.cut = false;
        self.workbook.sheets.push(grid);
    }

    fn finish(self) -> Result<Workbook, Problem> {
        let broken = self.workbook.partly_read.iter().filter(|part| part.damaged).count();
        if broken == self.workbook.sheets.len() { Err(Problem::Damaged) } else { Ok(self.workbook) }
    }
}

#[cfg(test)]
mod tests;
