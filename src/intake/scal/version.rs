//! The version of the template, from the tab (often hidden) that tells the history of the document.

use super::super::grid::{Grid, plain};
use super::super::profile::VersionWords;
use super::super::workbook::Workbook;

/// The version as `N.N`: Excel keeps a typed `2.0` as the number 2.
pub(super) fn read(workbook: &Workbook, words: &VersionWords) -> Option<String> {
    let tabs = workbook.sheets.iter().filter(|sheet| words.tabs.are_in(&plain(&sheet.name)));
    tabs.flat_map(|sheet| labelled(sheet, words)).find_map(normal)
}

/// The texts beside each version label; the first label heads the document, later ones its history.
fn labelled<'a>(sheet: &'a Grid, words: &'a VersionWords) -> impl Iterator<Item = &'a str> {
    let labels = sheet.cells_with_plain().filter(|(.., cell)| words.labels.are(&cell.plain));
    labels.filter_map(|(row, column, _)| sheet.row(row)?.cells_after(column).next().map(|(_, text)| text))
}

fn normal(text: &str) -> Option<String> {
    let number = text.trim().trim_start_matches(['v', 'V', '.', ' ']);
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(part)).then(|| format!("{whole}.{part}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_read_as_people_write_them() {
        for (text, expected) in [("2", "2.0"), ("v12.0", "12.0"), (" 2.1 ", "2.1"), (".2.0", "2.0"), ("V 12", "12.0")] {
            assert_eq!(normal(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "draft", "2.0.1", "43649", "1,5", "2.x"] {
            assert_eq!(normal(text), None, "{text}");
        }
    }
}
