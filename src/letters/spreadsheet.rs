//! The full list of findings as a spreadsheet that comes with a letter. The same findings always give the same bytes: the
//! file bears no date of its own. Nothing in it is a formula or a link, whatever a cell begins with.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::view::findings::{Source, for_partner, for_staff};
use super::words;
use crate::domain::effect::{Content, Letter};
use crate::domain::reading::{Finding, Severity};

/// More than any of the known templates has; whoever leaves more open than this has not begun.
const ROWS_MAX: usize = 5_000;
const NOTE: &str = "What an automatic check noticed. It is not the team's review.";
const COLUMNS: [(&str, f64); 7] = [
    ("File", 30.0),
    ("Tab", 26.0),
    ("Cell", 8.0),
    ("Requirement or test", 20.0),
    ("What we noticed", 80.0),
    ("To do", 12.0),
    ("Since your last file", 14.0),
];
const HEADER_ROW: u32 = 2;

pub(super) struct Spreadsheet {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Its name, where a letter has findings of files that could be read.
pub(super) fn name(letter: &Letter) -> Option<String> {
    let case = letter.case.map_or(String::new(), |case| format!("-{case}"));
    (!rows(&letter.content).is_empty()).then(|| format!("automatic-check{case}.xlsx"))
}

pub(super) fn write(letter: &Letter) -> Result<Option<Spreadsheet>, XlsxError> {
    let Some(name) = name(letter) else { return Ok(None) };
    let sources = rows(&letter.content);
    let mut workbook = Workbook::new();
    // Without this the file would say when it was made.
    let about = DocProperties::new().set_title(NOTE).set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
    workbook.set_properties(&about);
    let sheet = workbook.add_worksheet();
    sheet.set_name("Automatic check")?;
    fill(sheet, &sources)?;
    Ok(Some(Spreadsheet { name, bytes: workbook.save_to_buffer()? }))
}

/// What is told of files that could be opened: of the others the letter says all there is to say.
fn rows(content: &Content) -> Vec<Source<'_>> {
    let mut sources = match content {
        Content::Acknowledgement(content) => for_partner(content),
        Content::StaffNew(content) => for_staff(content),
        Content::PersonWillRead(_)
        | Content::Unreadable(_)
        | Content::Reminder(_)
        | Content::NextStep(_)
        | Content::Outcome(_)
        | Content::Invitation(_)
        | Content::StaffInvitation(_)
        | Content::StaffWarning(_)
        | Content::StaffBreach(_)
        | Content::StaffEscalation(_)
        | Content::StaffAttention(_)
        | Content::StaffNotRoutine(_)
        | Content::CommandReply(_)
        | Content::Canary
        | Content::Digest(_) => Vec::new(),
    };
    sources.retain(|source| source.readable);
    sources
}

fn fill(sheet: &mut Worksheet, sources: &[Source<'_>]) -> Result<(), XlsxError> {
    let (text, bold) = (Format::new().set_text_wrap().set_align(FormatAlign::Top), Format::new().set_bold());
    // Else a cell that begins with "=" would become a formula once somebody edits it.
    let text = text.set_quote_prefix();
    let is_compared = sources.iter().any(|source| source.new.is_some());
    let columns = COLUMNS.iter().take(if is_compared { COLUMNS.len() } else { COLUMNS.len() - 1 });
    sheet.write_string_with_format(0, 0, NOTE, &bold)?;
    for ((title, width), column) in columns.zip(0..) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(HEADER_ROW, column, *title, &bold)?;
    }
    sheet.set_freeze_panes(HEADER_ROW + 1, 0)?;
    let all = sources.iter().flat_map(|source| {
        source.tabs().into_iter().flat_map(|(_, findings)| findings).map(move |finding| (source, finding))
    });
    let mut row = HEADER_ROW;
    for (source, finding) in all.take(ROWS_MAX) {
        row += 1;
        for (value, column) in cells(source, finding).iter().zip(0..).filter(|(value, _)| !value.is_empty()) {
            sheet.write_string_with_format(row, column, value, &text)?;
        }
    }
    let count: usize = sources.iter().map(|source| source.findings.len()).sum();
    if count > ROWS_MAX {
        sheet.write_string_with_format(row + 1, 4, format!("And {} more.", count - ROWS_MAX), &text)?;
    }
    Ok(())
}

fn cells(source: &Source<'_>, finding: &Finding) -> [String; 7] {
    let name = |text: Option<&String>| words::some_name(text).unwrap_or_default();
    let row = finding.requirement.as_ref().or(finding.test.as_ref()).or(finding.field.as_ref());
    let to_do = if finding.severity == Severity::Advice { "Suggestion" } else { "Put right" };
    let since = source.new.map_or("", |_| if source.is_new(finding) { "New" } else { "Still open" });
    [
        source.file.map(words::name).unwrap_or_default(),
        name(finding.sheet.as_ref()),
        name(finding.cell.as_ref()),
        name(row),
        words::sentence(&finding.message),
        to_do.to_owned(),
        since.to_owned(),
    ]
}
