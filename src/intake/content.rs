//! A workbook or a Word document as its readers see it: an opening, lines and tables.

use super::grid::{Grid, plain};
use super::word::Word;
use super::workbook::Workbook;

#[derive(Debug, Default)]
pub(super) struct Content {
    /// The first texts of the document and the names of its tabs, plain: where its title is.
    pub(super) opening: Vec<String>,
    /// Paragraphs of a Word document; a workbook has none.
    pub(super) lines: Vec<String>,
    pub(super) tables: Vec<Grid>,
}

/// Filled cells at the top of the first visible sheets that count as the opening of a workbook.
const OPENING_CELLS: usize = 6;
const OPENING_SHEETS: usize = 2;

impl Content {
    pub(super) fn of_workbook(workbook: Workbook) -> Self {
        let tables: Vec<Grid> = workbook.sheets.into_iter().filter(|sheet| !sheet.hidden).collect();
        let names = tables.iter().map(|sheet| plain(&sheet.name));
        let top = tables.iter().take(OPENING_SHEETS).flat_map(|sheet| sheet.cells().take(OPENING_CELLS));
        let opening = top.map(|(.., text)| plain(text)).chain(names).collect();
        Self { opening, lines: Vec::new(), tables }
    }

    pub(super) fn of_word(word: Word) -> Self {
        Self { opening: word.opening.iter().map(|text| plain(text)).collect(), lines: word.lines, tables: word.tables }
    }
}
