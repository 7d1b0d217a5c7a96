//! Finding a label by its words, and the value that belongs to it. Layout is found, never assumed: the value is the
//! next filled cell to the right, or what follows the colon. Must not judge the value.

use super::grid::{Grid, begins_with, plain};
use super::limits::VALUE_CHARS_MAX;
use super::profile::Words;
use super::word::PICTURE;

/// How many columns right of its label a value may stand, past merged cells.
const VALUE_COLUMNS_MAX: u32 = 6;
/// Characters that a label may have beyond its words, such as "(as on your contract)".
const LABEL_EXTRA_CHARS_MAX: usize = 60;

/// Where a label is, in its grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) row: u32,
    pub(super) column: u32,
}

/// The first cell that is one of these labels; words are tried in their order, whole cells before longer ones.
pub(super) fn find(grid: &Grid, labels: &Words) -> Option<Place> {
    find_where(grid, labels, |_| true)
}

pub(super) fn find_where(grid: &Grid, labels: &Words, fits: impl Fn(Place) -> bool) -> Option<Place> {
    let cells = || grid.cells_with_plain().filter(|(.., cell)| is_short(&cell.text));
    let first = |is_label: fn(&str, &str) -> bool| {
        let labelled = cells().filter_map(|(row, column, cell)| {
            let rank = labels.iter().position(|label| is_label(&cell.plain, label))?;
            let place = Place { row, column };
            fits(place).then_some((rank, place))
        });
        // The first of the best, as `min_by_key` takes it.
        labelled.min_by_key(|(rank, _)| *rank).map(|(_, place)| place)
    };
    first(|text, label| text == label).or_else(|| first(is_longer_label))
}

/// Asked of every cell for every label, and few cells are.
fn is_short(text: &str) -> bool {
    let chars_max = 2 * LABEL_EXTRA_CHARS_MAX;
    text.len() <= chars_max || (!text.is_ascii() && text.chars().nth(chars_max).is_none())
}

/// A label with something added. Only for labels of several words: "product" alone would also find "product version".
fn is_longer_label(text: &str, label: &str) -> bool {
    begins_with(text, label) && text.len() <= label.len() + LABEL_EXTRA_CHARS_MAX && label.contains(' ')
}

/// The value right of a label: the next filled cell near by, unless that is itself a known label.
pub(super) fn value_right_of(grid: &Grid, label: Place, is_label: impl Fn(&str) -> bool) -> Option<&str> {
    let (column, text) = grid.row(label.row)?.cells_after(label.column).next()?;
    (column - label.column <= VALUE_COLUMNS_MAX && !is_label(&plain(text))).then_some(text)
}

/// What a document says of one thing: in its tables, else in a line `Label: value`.
pub(super) fn value(
    tables: &[Grid],
    lines: &[String],
    labels: &Words,
    is_label: impl Fn(&str) -> bool,
) -> Option<String> {
    let in_tables = tables.iter().find_map(|grid| value_right_of(grid, find(grid, labels)?, &is_label));
    let in_lines = || lines.iter().find_map(|line| value_in_line(line, labels));
    in_tables.or_else(in_lines).map(tidy)
}

/// A value on one line, as long as a name may be: it goes into letters and records.
pub(super) fn tidy(value: &str) -> String {
    let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control() && *c != PICTURE).take(VALUE_CHARS_MAX).collect()
}

/// Whether a document has one of these labels, filled or not.
pub(super) fn are_present(tables: &[Grid], lines: &[String], labels: &Words) -> bool {
    let starts_line = |line: &String| line.split_once(':').is_some_and(|(label, _)| labels.are(&plain(label)));
    tables.iter().any(|grid| find(grid, labels).is_some()) || lines.iter().any(starts_line)
}

fn value_in_line<'a>(line: &'a str, labels: &Words) -> Option<&'a str> {
    let (label, value) = line.split_once(':')?;
    let value = value.trim();
    (labels.are(&plain(label)) && !value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_one_line_and_no_longer_than_a_name() {
        assert_eq!(tidy(" Care\r\n Vista\u{7}\tLtd "), "Care Vista Ltd");
        assert_eq!(tidy(&"x".repeat(VALUE_CHARS_MAX + 1)).len(), VALUE_CHARS_MAX);
    }

    #[test]
    fn lines_hold_labels_and_values() {
        let words = Words::of("Supplier");
        let lines = ["The supplier: no", "Supplier:", "Supplier: Tide: Software"].map(str::to_owned);
        assert_eq!(value(&[], &lines, &words, |_| false).as_deref(), Some("Tide: Software"));
        assert_eq!(value(&[], &lines[..2], &words, |_| false), None);
        assert!(are_present(&[], &lines[1..2], &words) && !are_present(&[], &lines[..1], &words));
    }
}
