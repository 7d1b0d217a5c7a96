//! Findings by file, with the place of each, what must be put right before mere suggestions. Cut to what can be read.

use serde::Serialize;

use crate::domain::reading::{Finding, Severity};
use crate::letters::words;

/// More findings than this help nobody: the rest are counted.
pub(super) const FINDINGS_MAX: usize = 50;

#[derive(Serialize)]
pub(super) struct FindingsView {
    /// All of them, listed or not.
    count: usize,
    files: Vec<FileFindings>,
    more: usize,
}

#[derive(Serialize)]
struct FileFindings {
    /// `None`: about the message itself.
    name: Option<String>,
    lines: Vec<Line>,
}

#[derive(Serialize)]
pub(super) struct Line {
    place: Option<String>,
    message: String,
    advice: bool,
}

/// Findings of several files, each with its name.
pub(super) fn by_file<'a>(files: impl Iterator<Item = (Option<&'a str>, &'a [Finding])>) -> FindingsView {
    let (mut count, mut listed) = (0, 0);
    let mut grouped = Vec::new();
    for (name, findings) in files {
        count += findings.len();
        let lines = lines(findings, FINDINGS_MAX - listed);
        listed += lines.len();
        if !lines.is_empty() {
            let name = name.map(words::name);
            grouped.push(FileFindings { name, lines });
        }
    }
    FindingsView { count, files: grouped, more: count - listed }
}

pub(super) fn lines(findings: &[Finding], lines_max: usize) -> Vec<Line> {
    let with = |severity| findings.iter().filter(move |finding| finding.severity == severity);
    with(Severity::Fix)
        .chain(with(Severity::Advice))
        .take(lines_max)
        .map(|finding| Line {
            place: place(finding),
            message: words::sentence(&finding.message),
            advice: finding.severity == Severity::Advice,
        })
        .collect()
}

/// `Tab “GR”, cell E14, requirement GR-002`. What the message names itself is left out.
fn place(finding: &Finding) -> Option<String> {
    let named = |label: &str, value: &Option<String>| {
        let name = words::some_name(value.as_ref())?;
        (!finding.message.contains(&name)).then(|| format!("{label} {name}"))
    };
    let sheet = words::some_name(finding.sheet.as_ref()).map(|sheet| format!("tab “{sheet}”"));
    let cell = words::some_name(finding.cell.as_ref()).map(|cell| format!("cell {cell}"));
    let row = [named("requirement", &finding.requirement), named("test", &finding.test)];
    let mut parts: Vec<String> = [sheet, cell].into_iter().chain(row).flatten().collect();
    if parts.is_empty() {
        parts.extend(words::some_name(finding.field.as_ref()));
    }
    let place = parts.join(", ");
    let mut chars = place.chars();
    let first = chars.next()?;
    Some(first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reading::FindingCode;

    #[test]
    fn a_place_leads_to_the_cell_and_repeats_nothing() {
        let finding = |message: &str| Finding::new(FindingCode::RequirementUnanswered, message);
        let some = |text: &str| Some(text.to_owned());
        let at = |sheet, cell, requirement| Finding { sheet, cell, requirement, ..finding("GR-002 has no answer.") };
        for (finding, expected) in [
            (at(some("GR"), some("E14"), some("GR-003")), Some("Tab “GR”, cell E14, requirement GR-003")),
            (at(some("GR"), some("E14"), some("GR-002")), Some("Tab “GR”, cell E14")),
            (at(some("GR"), None, None), Some("Tab “GR”")),
            (Finding { test: some("A005-03"), ..finding("No result.") }, Some("Test A005-03")),
            (Finding { field: some("product name"), ..finding("Missing.") }, Some("Product name")),
            (finding("Damaged."), None),
        ] {
            assert_eq!(place(&finding).as_deref(), expected);
        }
    }

    #[test]
    fn findings_to_fix_come_first_and_the_rest_are_counted() {
        let fix = Finding::new(FindingCode::TestNotRun, "fix");
        let advice = Finding::new(FindingCode::EvidenceMissing, "advice");
        let many = [vec![advice; 2], vec![fix; 40]].concat();
        let view = by_file([(Some("a.xlsx"), many.as_slice()), (None, many.as_slice())].into_iter());
        let listed: Vec<usize> = view.files.iter().map(|file| file.lines.len()).collect();
        assert_eq!((view.count, listed, view.more), (84, vec![42, 8], 34));
        assert_eq!(view.files[0].lines[0].message, "fix");
        assert_eq!(view.files[0].lines[41].message, "advice");
    }
}
