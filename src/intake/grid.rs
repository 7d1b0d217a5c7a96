//! Cells in rows and columns, from a sheet or from a Word table, and the plain form in which words are compared.
//! Holds text only, within the limits; must not know what any cell means.

use super::limits::{CELL_CHARS_MAX, CELLS_MAX, COLUMNS_MAX, ROWS_MAX, TEXT_BYTES_MAX};

/// One sheet or table. Rows and columns count from 0; blank cells are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grid {
    /// The name of the sheet; empty for a Word table.
    pub(super) name: String,
    pub(super) hidden: bool,
    rows: Line<Row>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row(Line<Cell>);

/// What stands along one direction, by its place. Files tell it in order, so that nearly everything goes to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line<T>(Vec<(u32, T)>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    /// The same in plain form, made once: a cell is compared with very many words.
    pub(super) plain: String,
}

/// What may still be kept of one document. Shared by all its grids and lines.
#[derive(Debug)]
pub(super) struct Allowance {
    cells: usize,
    text_bytes: usize,
    /// Something that people would look at was left out.
    pub(super) cut: bool,
}

impl Grid {
    pub(super) fn named(name: &str, hidden: bool) -> Self {
        Self { name: name.to_owned(), hidden, rows: Line::default() }
    }

    /// Keeps a cell. What lies beyond the last column is dropped silently, for nobody writes answers there: the used
    /// range of the published workbook runs to column XFD. Any other loss is noted in the allowance.
    pub(super) fn put(&mut self, row: u32, column: u32, text: &str, allowance: &mut Allowance) {
        if column >= COLUMNS_MAX || text.trim().is_empty() {
            return;
        }
        if row >= ROWS_MAX {
            allowance.cut = true;
            return;
        }
        if let Some(kept) = allowance.take(text) {
            let cell = Cell { plain: plain(&kept), text: kept };
            let cells = self.rows.at_or_insert(row, Row::default);
            *cells.0.at_or_insert(column, Cell::default) = cell;
        }
    }

    /// The text of a cell without spaces around it; empty when the cell is blank.
    pub(super) fn text(&self, row: u32, column: u32) -> &str {
        self.rows.get(row).map_or("", |cells| cells.text(column))
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = (u32, &Row)> {
        self.rows.iter()
    }

    pub(super) fn rows_after(&self, row: u32) -> impl Iterator<Item = (u32, &Row)> {
        self.rows.after(row)
    }

    /// A copy of the rows above this one.
    pub(super) fn above(&self, row: u32) -> Self {
        let rows = self.rows().take_while(|(above, _)| *above < row).map(|(row, cells)| (row, cells.clone()));
        Self { name: self.name.clone(), hidden: self.hidden, rows: Line(rows.collect()) }
    }

    pub(super) fn row(&self, row: u32) -> Option<&Row> {
        self.rows.get(row)
    }

    /// Every filled cell, row by row.
    pub(super) fn cells(&self) -> impl Iterator<Item = (u32, u32, &str)> {
        self.rows().flat_map(|(row, cells)| cells.cells().map(move |(column, text)| (row, column, text)))
    }

    /// The same, each with its plain form.
    pub(super) fn cells_with_plain(&self) -> impl Iterator<Item = (u32, u32, &Cell)> {
        self.rows().flat_map(|(row, cells)| cells.0.iter().map(move |(column, cell)| (row, column, cell)))
    }
}

impl Row {
    pub(super) fn text(&self, column: u32) -> &str {
        self.0.get(column).map_or("", |cell| cell.text.as_str())
    }

    pub(super) fn cells(&self) -> impl DoubleEndedIterator<Item = (u32, &str)> {
        self.0.iter().map(|(column, cell)| (column, cell.text.as_str()))
    }

    pub(super) fn cells_after(&self, column: u32) -> impl Iterator<Item = (u32, &str)> {
        self.0.after(column).map(|(column, cell)| (column, cell.text.as_str()))
    }

    /// The cells in plain form.
    pub(super) fn plain_cells(&self) -> impl Iterator<Item = (u32, &str)> {
        self.0.iter().map(|(column, cell)| (column, cell.plain.as_str()))
    }

    pub(super) fn plain_after(&self, column: u32) -> impl Iterator<Item = (u32, &str)> {
        self.0.after(column).map(|(column, cell)| (column, cell.plain.as_str()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.0.len()
    }
}

impl<T> Line<T> {
    fn iter(&self) -> impl DoubleEndedIterator<Item = (u32, &T)> {
        self.0.iter().map(|(at, what)| (*at, what))
    }

    fn get(&self, at: u32) -> Option<&T> {
        let found = self.0.binary_search_by_key(&at, |(at, _)| *at).ok()?;
        self.0.get(found).map(|(_, what)| what)
    }

    fn after(&self, at: u32) -> impl Iterator<Item = (u32, &T)> {
        let from = self.0.partition_point(|(other, _)| *other <= at);
        self.0.iter().skip(from).map(|(at, what)| (*at, what))
    }

    /// A file that goes backwards in long rows costs more; the limits bound how much.
    fn at_or_insert(&mut self, at: u32, new: impl Fn() -> T) -> &mut T {
        let place = match self.0.last() {
            Some((last, _)) if *last >= at => self.0.partition_point(|(other, _)| *other < at),
            Some(_) | None => self.0.len(),
        };
        if self.0.get(place).is_none_or(|(other, _)| *other != at) {
            self.0.insert(place, (at, new()));
        }
        #[expect(clippy::indexing_slicing, reason = "it is there, or was put there")]
        &mut self.0[place].1
    }
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Allowance {
    pub(super) fn full() -> Self {
        Self { cells: CELLS_MAX, text_bytes: TEXT_BYTES_MAX, cut: false }
    }

    pub(super) fn none() -> Self {
        Self { cells: 0, text_bytes: 0, cut: false }
    }

    /// Takes half of it away, to be joined again.
    pub(super) fn split(&mut self) -> Self {
        let half = Self { cells: self.cells / 2, text_bytes: self.text_bytes / 2, cut: false };
        self.cells -= half.cells;
        self.text_bytes -= half.text_bytes;
        half
    }

    pub(super) fn join(&mut self, other: Self) {
        self.cells += other.cells;
        self.text_bytes += other.text_bytes;
    }

    /// The text as it is kept, or `None` when nothing more may be.
    pub(super) fn take(&mut self, text: &str) -> Option<String> {
        let text = text.trim();
        let kept: String =
            if text.len() <= CELL_CHARS_MAX { text.to_owned() } else { text.chars().take(CELL_CHARS_MAX).collect() };
        let left = self.cells.checked_sub(1).zip(self.text_bytes.checked_sub(kept.len()));
        let (cells, text_bytes) = left.unwrap_or_default();
        (self.cells, self.text_bytes) = (cells, text_bytes);
        self.cut |= left.is_none();
        left.map(|_| kept)
    }

    /// Nothing more will be kept, so nothing more need be read.
    pub(super) fn is_spent(&self) -> bool {
        self.cells == 0
    }
}

/// The address that people know a cell by: `C7`.
pub(super) fn address(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column.saturating_add(1);
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{}", u64::from(row) + 1)
}

/// Words only, in lower case, one space between them: `Please  Select…..` and `please select …` become the same.
pub(super) fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        // Nearly every character is one of these, and this takes most of the time that a workbook takes to read.
        let letter = if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() };
        if !letter {
            gap = true;
            continue;
        }
        if gap && !words.is_empty() {
            words.push(' ');
        }
        gap = false;
        if c.is_ascii() { words.push(c.to_ascii_lowercase()) } else { words.extend(c.to_lowercase()) }
    }
    words
}

/// Begins with these words. Both sides are plain.
pub(super) fn begins_with(text: &str, words: &str) -> bool {
    text.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Holds these words in this order, side by side. Both sides are plain.
pub(super) fn mentions(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + words.len()..).unwrap_or_default();
        (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || after.starts_with(' '))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_excel() {
        for (row, column, expected) in [(0, 0, "A1"), (6, 2, "C7"), (0, 25, "Z1"), (0, 26, "AA1"), (0, 701, "ZZ1")] {
            assert_eq!(address(row, column), expected);
        }
        assert_eq!(address(1_048_575, 16_383), "XFD1048576");
        assert!(address(u32::MAX, u32::MAX).ends_with("4294967296"));
    }

    #[test]
    fn plain_words_compare_alike() {
        for text in ["Please Select…..", " please select …", "PLEASE\u{a0}SELECT…", "please\nselect...."] {
            assert_eq!(plain(text), "please select", "{text:?}");
        }
        assert_eq!(plain("e-RS APIs"), "e rs apis");
        assert_eq!(plain("Überweisung – n/a"), "überweisung n a");
        assert_eq!(plain("–"), "");
    }

    #[test]
    fn words_are_matched_whole() {
        assert!(begins_with("product version", "product"));
        assert!(!begins_with("products", "product"));
        assert!(mentions("the e rs service", "e rs"));
        assert!(!mentions("the ers service", "e rs"));
        assert!(mentions("non e rsx then e rs", "e rs"), "a later match counts");
    }

    #[test]
    fn cells_past_a_limit_are_dropped_and_noted_where_it_matters() {
        let mut allowance = Allowance::full();
        let mut grid = Grid::default();
        grid.put(0, COLUMNS_MAX, "far to the right", &mut allowance);
        grid.put(ROWS_MAX, 0, "  ", &mut allowance);
        assert!(!allowance.cut);
        grid.put(ROWS_MAX - 1, COLUMNS_MAX - 1, "last", &mut allowance);
        assert!(!allowance.cut && grid.text(ROWS_MAX - 1, COLUMNS_MAX - 1) == "last");
        grid.put(ROWS_MAX, 0, "far down", &mut allowance);
        assert!(allowance.cut && grid.cells().count() == 1);
    }

    #[test]
    fn text_and_cells_run_out() {
        let mut allowance = Allowance::full();
        let long = "x".repeat(CELL_CHARS_MAX + 1);
        assert_eq!(allowance.take(&long).map(|kept| kept.len()), Some(CELL_CHARS_MAX));
        let whole = TEXT_BYTES_MAX / CELL_CHARS_MAX;
        assert_eq!((0..whole + 1).filter(|_| allowance.take(&long).is_some()).count(), whole - 1);
        assert!(allowance.cut);

        let mut allowance = Allowance::full();
        assert_eq!((0..=CELLS_MAX).filter(|_| allowance.take("x").is_some()).count(), CELLS_MAX);
        assert!(allowance.cut && allowance.is_spent());
    }
}
