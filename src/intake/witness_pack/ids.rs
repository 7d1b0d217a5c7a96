//! The IDs of tests: ranges and lists of them in one cell, and names for those that are mere numbers. Must not read a
//! result.

use std::collections::BTreeSet;

/// Tests that one row may stand for.
const RANGE_MAX: u32 = 100;

/// The IDs that a cell names: `A004-01 to 03` are three, `A028-01/02` two.
pub(super) fn all(cell: &str) -> Vec<String> {
    range(cell).or_else(|| list(cell)).unwrap_or_else(|| vec![cell.to_owned()])
}

fn range(cell: &str) -> Option<Vec<String>> {
    let (from, to) = [" to ", " – ", " - ", "–", " through "].into_iter().find_map(|to| cell.split_once(to))?;
    let (stem, first) = numbered(from.trim())?;
    let (last_stem, last) = numbered(to.trim())?;
    let same = last_stem.is_empty() || last_stem == stem;
    let (from, to) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
    let fits = same && !stem.is_empty() && from < to && to - from < RANGE_MAX;
    fits.then(|| (from..=to).map(|number| format!("{stem}{number:0width$}", width = first.len())).collect())
}

fn list(cell: &str) -> Option<Vec<String>> {
    let mut parts = cell.split(['/', ',', '&', ';']).flat_map(|part| part.split(" and ")).map(str::trim);
    let (stem, first) = numbered(parts.next()?)?;
    let mut ids = vec![format!("{stem}{first}")];
    let mut before = first.parse::<u32>().ok()?;
    for part in parts {
        let (own_stem, digits) = numbered(part)?;
        let number = digits.parse::<u32>().ok()?;
        // `A004/01` is one ID: a list goes up, in numbers that are written alike.
        if stem.is_empty()
            || !(own_stem.is_empty() || own_stem == stem)
            || digits.len() != first.len()
            || number <= before
        {
            return None;
        }
        ids.push(format!("{stem}{digits}"));
        before = number;
    }
    (ids.len() > 1).then_some(ids)
}

/// `A004-01` is `A004-` and `01`.
fn numbered(id: &str) -> Option<(&str, &str)> {
    let stem = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = id.get(stem.len()..)?;
    (!digits.is_empty() && digits.len() <= 6 && !id.contains(char::is_whitespace)).then_some((stem, digits))
}

/// A name for a test whose ID others have too: numbers begin again on each tab.
pub(super) fn distinct(id: &str, sheet: &str, taken: &BTreeSet<String>) -> String {
    let on_sheet = Some(format!("{sheet} {id}")).filter(|_| !sheet.is_empty());
    let counted = (2..).map(|count: u32| format!("{id} ({count})"));
    let names = std::iter::once(id.to_owned()).chain(on_sheet).chain(counted);
    names.into_iter().find(|name| !taken.contains(name)).unwrap_or_else(|| id.to_owned())
}

/// A mere number, which may begin again in each section and of which a workbook drops the last zero (`1.10`).
pub(super) fn is_number(id: &str) -> bool {
    !id.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_lists_name_each_test() {
        for (cell, expected) in [
            ("A004-01", vec!["A004-01"]),
            ("A004-01 to 03", vec!["A004-01", "A004-02", "A004-03"]),
            ("A004-01 to A004-03", vec!["A004-01", "A004-02", "A004-03"]),
            ("A004-09 – 10", vec!["A004-09", "A004-10"]),
            ("T1 - T3", vec!["T1", "T2", "T3"]),
            ("A028-01/02/03", vec!["A028-01", "A028-02", "A028-03"]),
            ("T1, T2 and T4", vec!["T1", "T2", "T4"]),
            ("A004/01", vec!["A004/01"]),
            ("A004-T01", vec!["A004-T01"]),
            ("A004-03 to 01", vec!["A004-03 to 01"]),
            ("A004-01 to 999", vec!["A004-01 to 999"]),
            ("1 - 3", vec!["1 - 3"]),
            ("Login to 2", vec!["Login to 2"]),
        ] {
            assert_eq!(all(cell), expected, "{cell}");
        }
    }
}
