//! Findings as a letter lists them: by file and tab, what matters most first. The body has a few lines, so that findings
//! of one kind share a line; the list of the HTML part has one for each. The spreadsheet lists them too.

use serde::Serialize;

use crate::domain::difference::Point;
use crate::domain::effect::{Acknowledgement, StaffNew};
use crate::domain::fact::Item;
use crate::domain::reading::{Finding, FindingCode, Severity};
use crate::letters::words;

/// Lines in the body: about what somebody reads at once.
const BODY_LINES_MAX: usize = 10;
/// Lines in the list of the HTML part: a longer message is cut off by mail programs. The rest is in the spreadsheet.
const LIST_LINES_MAX: usize = 150;
/// So many of one kind on a tab share a line.
const TOGETHER_MIN: usize = 3;
/// Of those that share a line, so many are named.
const NAMES_MAX: usize = 3;

/// The findings of one file, or of the message itself.
pub(in crate::letters) struct Source<'a> {
    pub(in crate::letters) file: Option<&'a str>,
    /// It was opened, and looked at.
    pub(in crate::letters) readable: bool,
    pub(in crate::letters) findings: Vec<&'a Finding>,
    /// Those that the file before did not have; `None` where nothing is compared.
    pub(in crate::letters) new: Option<&'a [Point]>,
}

#[derive(Serialize)]
pub(super) struct FindingsView {
    /// All of them, listed or not.
    count: usize,
    groups: Vec<Group>,
    /// Those that no line of the body speaks of.
    more: usize,
    /// One line for each finding, where the body has not.
    list: Vec<Group>,
    more_list: usize,
    /// The name of the spreadsheet that comes with the letter.
    spreadsheet: Option<String>,
}

/// Findings on one tab.
#[derive(Serialize)]
struct Group {
    /// `None` for the message itself, and on a tab where there is but one file.
    file: Option<String>,
    sheet: Option<String>,
    lines: Vec<Line>,
}

#[derive(Serialize)]
pub(super) struct Line {
    code: FindingCode,
    /// How many findings share the line.
    count: usize,
    place: Option<String>,
    message: String,
    advice: bool,
    /// The file before did not have it.
    new: bool,
    /// Of findings that share the line: the requirements or tests named first.
    names: Vec<String>,
    more_names: usize,
}

/// The findings that a partner is told: about the message, then those of its files that were checked or could not be
/// opened at all. A file that came again was told of the first time.
pub(in crate::letters) fn for_partner(content: &Acknowledgement) -> Vec<Source<'_>> {
    some(content.received.iter().flat_map(|received| {
        let told = received.items.iter().filter(|item| (item.checked && !item.repeated) || !item.readable);
        std::iter::once(of_message(&received.findings)).chain(told.map(of_item))
    }))
}

/// Staff see all there is.
pub(in crate::letters) fn for_staff(content: &StaffNew) -> Vec<Source<'_>> {
    let of_items = content.items.iter().map(of_item);
    some(std::iter::once(of_message(&content.findings)).chain(of_items))
}

fn of_item(item: &Item) -> Source<'_> {
    let difference = item.difference.as_ref();
    let missing = difference.iter().flat_map(|difference| &difference.missing);
    Source {
        file: Some(&item.name),
        readable: item.readable,
        findings: item.of_case.iter().chain(&item.findings).chain(missing).collect(),
        new: difference.map(|difference| difference.new.as_slice()),
    }
}

fn of_message(findings: &[Finding]) -> Source<'_> {
    Source { file: None, readable: false, findings: findings.iter().collect(), new: None }
}

fn some<'a>(sources: impl Iterator<Item = Source<'a>>) -> Vec<Source<'a>> {
    sources.filter(|source| !source.findings.is_empty()).collect()
}

impl Source<'_> {
    pub(in crate::letters) fn is_new(&self, finding: &Finding) -> bool {
        self.new.is_some_and(|new| new.contains(&Point::of(finding)))
    }

    /// Its findings by tab: the tab with what matters most first, else in the order of the file.
    pub(in crate::letters) fn tabs(&self) -> Vec<(Option<&String>, Vec<&Finding>)> {
        let mut tabs: Vec<(Option<&String>, Vec<&Finding>)> = Vec::new();
        for finding in &self.findings {
            match tabs.iter_mut().find(|(sheet, _)| *sheet == finding.sheet.as_ref()) {
                Some((_, findings)) => findings.push(finding),
                None => tabs.push((finding.sheet.as_ref(), vec![finding])),
            }
        }
        tabs.iter_mut().for_each(|(_, findings)| findings.sort_by_key(|finding| weight(finding)));
        tabs.sort_by_key(|(_, findings)| findings.first().map(|finding| weight(finding)));
        tabs
    }
}

pub(super) fn by_tab(sources: &[Source<'_>], spreadsheet: Option<String>) -> FindingsView {
    let count = sources.iter().map(|source| source.findings.len()).sum();
    let (groups, told) = cut(sources, body_lines, BODY_LINES_MAX);
    let says_each = groups.iter().flat_map(|group| &group.lines).filter(|line| line.count == 1).count() == count;
    let (list, listed) = if says_each { (Vec::new(), count) } else { cut(sources, list_lines, LIST_LINES_MAX) };
    FindingsView { count, groups, more: count - told, list, more_list: count - listed, spreadsheet }
}

/// The lines of findings that stand in no group of their own.
pub(super) fn lines(findings: &[Finding], lines_max: usize) -> Vec<Line> {
    let source = of_message(findings);
    let mut all: Vec<&Finding> = findings.iter().collect();
    all.sort_by_key(|finding| weight(finding));
    all.into_iter()
        .take(lines_max)
        .map(|finding| Line { place: place(finding, true), ..line(&source, finding) })
        .collect()
}

type Lines = fn(&Source<'_>, &[&Finding]) -> Vec<Line>;

/// So many lines, and how many findings they speak of.
fn cut(sources: &[Source<'_>], lines: Lines, lines_max: usize) -> (Vec<Group>, usize) {
    let (mut left, mut told, mut groups) = (lines_max, 0, Vec::new());
    let of = |source| Source::tabs(source).into_iter().map(move |(sheet, findings)| (source, sheet, findings));
    let mut tabs: Vec<(&Source<'_>, _, _)> = sources.iter().flat_map(of).collect();
    // A suggestion for one file is no reason to count only what must be put right in the next.
    tabs.sort_by_key(|(.., findings)| findings.first().map(|finding| finding.severity == Severity::Advice));
    for (source, sheet, findings) in tabs {
        let mut lines = lines(source, &findings);
        lines.truncate(left);
        left -= lines.len();
        told += lines.iter().map(|line| line.count).sum::<usize>();
        let sheet = words::some_name(sheet);
        let file = source.file.filter(|_| sources.len() > 1 || sheet.is_none()).map(words::name);
        if !lines.is_empty() {
            groups.push(Group { file, sheet, lines });
        }
    }
    (groups, told)
}

fn list_lines(source: &Source<'_>, findings: &[&Finding]) -> Vec<Line> {
    findings.iter().map(|finding| line(source, finding)).collect()
}

/// Many findings of one kind share a line.
fn body_lines(source: &Source<'_>, findings: &[&Finding]) -> Vec<Line> {
    let mut lines = Vec::new();
    for alike in findings.chunk_by(|one, next| one.code == next.code && one.severity == next.severity) {
        let names: Vec<String> = alike.iter().filter_map(|finding| row(finding)).collect();
        match alike {
            [first, ..] if alike.len() >= TOGETHER_MIN && names.len() == alike.len() => lines.push(Line {
                count: alike.len(),
                place: None,
                new: alike.iter().all(|finding| source.is_new(finding)),
                more_names: names.len().saturating_sub(NAMES_MAX),
                names: names.into_iter().take(NAMES_MAX).collect(),
                ..line(source, first)
            }),
            _ => lines.extend(list_lines(source, alike)),
        }
    }
    lines
}

fn line(source: &Source<'_>, finding: &Finding) -> Line {
    Line {
        code: finding.code,
        count: 1,
        place: place(finding, false),
        message: words::sentence(&finding.message),
        advice: finding.severity == Severity::Advice,
        new: source.is_new(finding),
        names: Vec::new(),
        more_names: 0,
    }
}

/// The name of a row, as a line that tells of several names it.
fn row(finding: &Finding) -> Option<String> {
    let named = [&finding.requirement, &finding.test, &finding.field, &finding.cell];
    named.into_iter().find_map(|name| words::some_name(name.as_ref()))
}

/// `Tab “GR”, cell E14, requirement GR-002`. What the message names itself is left out, as is the tab under its heading.
fn place(finding: &Finding, with_tab: bool) -> Option<String> {
    let named = |label: &str, value: &Option<String>| {
        let name = words::some_name(value.as_ref())?;
        (!finding.message.contains(&name)).then(|| format!("{label} {name}"))
    };
    let sheet = words::some_name(finding.sheet.as_ref()).filter(|_| with_tab).map(|sheet| format!("tab “{sheet}”"));
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

/// What is to be fixed before mere suggestions; then by what the team can do least without; then one kind after another.
fn weight(finding: &Finding) -> (bool, u8, FindingCode) {
    (finding.severity == Severity::Advice, rank(finding.code), finding.code)
}

fn rank(code: FindingCode) -> u8 {
    match code {
        // Nothing of the file or the message could be looked at.
        FindingCode::PasswordProtected
        | FindingCode::MacroEnabled
        | FindingCode::UnsupportedType
        | FindingCode::TooLarge
        | FindingCode::Damaged
        | FindingCode::Hostile
        | FindingCode::Infected
        | FindingCode::LinkOnly
        | FindingCode::NoAttachment
        | FindingCode::RemovedByFilter
        | FindingCode::ScanPending => 0,
        // Whose it is and what it is for.
        FindingCode::NoServiceSelected
        | FindingCode::SupplierFieldMissing
        | FindingCode::OdsCodeInvalid
        | FindingCode::FieldMissing
        | FindingCode::NotSigned
        | FindingCode::CertificateMissing
        | FindingCode::CertificateDiffers
        | FindingCode::SecondMailboxNotCopied => 1,
        // An answer that the team would have to ask about.
        FindingCode::TestFailed
        | FindingCode::RequirementNoWithoutMitigation
        | FindingCode::DeclarationNoWithoutMitigation
        | FindingCode::NotApplicableWithoutJustification
        | FindingCode::ResultUnclear => 2,
        // No answer yet.
        FindingCode::DeclarationUnanswered
        | FindingCode::RequirementUnanswered
        | FindingCode::TestNotRun
        | FindingCode::TestMissing
        | FindingCode::TestDuplicated => 3,
        FindingCode::TabNotComplete
        | FindingCode::EvidenceMissing
        | FindingCode::TemplateOutdated
        | FindingCode::TemplateAltered => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unanswered(sheet: &str, number: usize) -> Finding {
        Finding {
            sheet: Some(sheet.to_owned()),
            cell: Some(format!("E{number}")),
            requirement: Some(format!("GR-{number:03}")),
            ..Finding::new(FindingCode::RequirementUnanswered, format!("GR-{number:03} has no answer."))
        }
    }

    fn view(findings: &[Finding]) -> FindingsView {
        by_tab(&[Source { file: Some("a.xlsx"), ..of_message(findings) }], None)
    }

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
            assert_eq!(place(&finding, true).as_deref(), expected);
        }
        assert_eq!(place(&at(some("GR"), some("E14"), None), false).as_deref(), Some("Cell E14"));
    }

    #[test]
    fn what_matters_most_comes_first_and_many_of_a_kind_share_a_line() {
        let of = |code, sheet: Option<&str>| Finding { sheet: sheet.map(str::to_owned), ..Finding::new(code, "Text.") };
        let mut findings = vec![of(FindingCode::TemplateOutdated, None)];
        findings.extend((1..=17).map(|number| unanswered("GR", number)));
        findings.push(of(FindingCode::DeclarationNoWithoutMitigation, Some("GR")));
        findings.extend((18..=19).map(|number| unanswered("Referrer", number)));
        findings.push(of(FindingCode::SupplierFieldMissing, Some("Supplier")));
        let view = view(&findings);
        let told: Vec<_> = view
            .groups
            .iter()
            .flat_map(|group| group.lines.iter().map(|line| (group.sheet.as_deref(), line.code, line.count)))
            .collect();
        assert_eq!(
            told,
            [
                (Some("Supplier"), FindingCode::SupplierFieldMissing, 1),
                (Some("GR"), FindingCode::DeclarationNoWithoutMitigation, 1),
                (Some("GR"), FindingCode::RequirementUnanswered, 17),
                (Some("Referrer"), FindingCode::RequirementUnanswered, 1),
                (Some("Referrer"), FindingCode::RequirementUnanswered, 1),
                (None, FindingCode::TemplateOutdated, 1),
            ]
        );
        let together = &view.groups[1].lines[1];
        assert_eq!((together.names.join(" "), together.more_names), ("GR-001 GR-002 GR-003".to_owned(), 14));
        let listed: usize = view.list.iter().map(|group| group.lines.len()).sum();
        assert_eq!((view.count, view.more, listed, view.more_list), (22, 0, 22, 0));
    }

    #[test]
    fn the_body_is_short_and_the_rest_is_counted() {
        let findings: Vec<Finding> =
            (0..200).map(|number| unanswered(&format!("Tab {}", number / 2), number)).collect();
        let view = view(&findings);
        let lines = |groups: &[Group]| groups.iter().map(|group| group.lines.len()).sum::<usize>();
        assert_eq!((view.count, lines(&view.groups), view.more), (200, BODY_LINES_MAX, 190));
        assert_eq!((lines(&view.list), view.more_list), (LIST_LINES_MAX, 50));
        let few = super::by_tab(&[of_message(&findings[..3])], None);
        assert!(few.list.is_empty() && few.more == 0, "the body says it all");
    }

    #[test]
    fn a_file_is_named_where_there_are_several_or_no_tab() {
        let (tab, plain) = (unanswered("GR", 1), Finding::new(FindingCode::NotSigned, "Sign it."));
        let of = |file, finding: &'static Finding| Source { file, readable: true, findings: vec![finding], new: None };
        let (tab, plain): (&'static Finding, &'static Finding) = (Box::leak(Box::new(tab)), Box::leak(Box::new(plain)));
        let headings = |sources: &[Source<'_>]| {
            let groups = by_tab(sources, None).groups;
            groups.into_iter().map(|group| (group.file, group.sheet)).collect::<Vec<_>>()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(headings(&[of(Some("a.xlsx"), tab)]), [(None, some("GR"))]);
        assert_eq!(headings(&[of(Some("a.xlsx"), plain)]), [(some("a.xlsx"), None)]);
        let both = headings(&[of(None, plain), of(Some("a.xlsx"), tab)]);
        assert_eq!(both, [(None, None), (some("a.xlsx"), some("GR"))]);
    }
}
