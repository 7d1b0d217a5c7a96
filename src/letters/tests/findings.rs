//! Findings in letters: the few lines of the body, the full list, the spreadsheet, and what changed since.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use mail_parser::MimeHeaders;

use super::*;
use crate::domain::effect::Acknowledgement;
use crate::domain::reading::{Finding, FindingCode};

const MANY: &str = "acknowledgement-many";

/// The rows of the spreadsheet that comes with a letter, and how many of its cells are formulas.
fn spreadsheet(raw: &[u8]) -> Option<(String, Vec<Vec<String>>, usize)> {
    let message = MessageParser::default().parse(raw).unwrap();
    let part = message.attachment(0)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(part.contents().to_vec())).unwrap();
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    let rows = range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect();
    let formulas = workbook.worksheet_formula("Automatic check").unwrap();
    Some((part.attachment_name().unwrap().to_owned(), rows, formulas.used_cells().count()))
}

fn with(name: &str, change: impl FnOnce(&mut Acknowledgement)) -> Letter {
    let mut letter = sample(name);
    let Content::Acknowledgement(content) = &mut letter.content else { panic!("{name}") };
    change(content);
    letter
}

#[test]
fn the_body_has_ten_lines_at_most_and_counts_the_rest() {
    let text = text_of(&rendered(&sample(MANY)).raw);
    let said = flat(&text);
    for sentence in [
        "Our automatic check noticed 87 things",
        "* 38 requirements have no answer: A005-02, A005-03, A005-04 … and 35 more.",
        "* 45 tests have no result: A004-T01, A004-T02, A004-T03 … and 42 more.",
        "SCAL-Care-Vista-Link.xlsx, tab “e-RS Referrer”",
        "The attached spreadsheet automatic-check-ERS-00042.xlsx has the full list of all 87",
    ] {
        assert!(said.contains(sentence), "no {sentence:?} in {text}");
    }
    let noticed = text.split("What we noticed\n=").nth(1).unwrap().split("What changed").next().unwrap();
    assert!(noticed.lines().filter(|line| line.starts_with("* ")).count() <= 10, "{noticed}");
    assert!(!said.contains("A005-30"), "one line for each is for the HTML part and the spreadsheet");

    // Each on a tab of its own, so that none shares a line.
    let many = with("acknowledgement-findings", |content| {
        let finding = |tab: usize| Finding {
            sheet: Some(format!("Tab {tab}")),
            ..Finding::new(FindingCode::TabNotComplete, "It is not marked as filled in.")
        };
        content.received[0].items[0].findings = (0..30).map(finding).collect();
    });
    let said = flat(&text_of(&rendered(&many).raw));
    assert!(said.contains("Tab 9") && !said.contains("Tab 10") && said.contains("And 20 more."), "{said}");
}

#[test]
fn what_the_team_cannot_do_without_comes_first() {
    let said = flat(&text_of(&rendered(&sample("acknowledgement-findings")).raw));
    let at = |text: &str| said.find(text).unwrap_or_else(|| panic!("no {text} in {said}"));
    assert!(at("safety officer's name") < at("without a mitigation"));
    assert!(at("without a mitigation") < at("GR-002") && at("GR-002") < at("Suggestion:"));
}

#[test]
fn the_html_part_has_every_finding() {
    let html = html_of(&rendered(&sample(MANY)).raw);
    for finding in ["GR-002", "A005-01", "A005-39", "A004-T45", "Cell E51:"] {
        assert!(html.contains(finding), "{finding}");
    }
    let html = html_of(&rendered(&sample("acknowledgement-findings")).raw);
    assert!(!html.contains("Full list"), "where the body names each, it is not said twice");
}

#[test]
fn the_spreadsheet_has_every_finding_with_its_place() {
    let (name, rows, formulas) = spreadsheet(&rendered(&sample(MANY)).raw).unwrap();
    assert_eq!((name.as_str(), formulas), ("automatic-check-ERS-00042.xlsx", 0));
    assert_eq!(rows.len(), 3 + 87);
    assert_eq!(rows[2][..4], ["File", "Tab", "Cell", "Requirement or test"]);
    let row = |text: &str| rows.iter().find(|row| row.contains(&text.to_owned())).unwrap();
    assert_eq!(row("A005-02")[1..4], ["e-RS Referrer", "E14", "A005-02"]);
    assert_eq!(row("A004-T01")[5..], ["Put right", "New"]);
    assert_eq!(row("A004-T09")[5..], ["Put right", "Still open"]);
    assert_eq!(spreadsheet(&rendered(&sample("staff-new-many")).raw).unwrap().1, rows, "staff get the same list");
}

#[test]
fn a_spreadsheet_comes_only_with_findings_of_files_that_were_checked() {
    for (name, comes) in [
        ("acknowledgement", false),
        ("acknowledgement-findings", true),
        ("acknowledgement-question-bare", false),
        ("unreadable", false),
        ("staff-new", true),
        ("staff-new-question", false),
        ("reminder", false),
    ] {
        assert_eq!(spreadsheet(&rendered(&sample(name)).raw).is_some(), comes, "{name}");
    }
    let unknown = with(MANY, |content| content.received[0].items.iter_mut().for_each(|item| item.checked = false));
    assert!(spreadsheet(&rendered(&unknown).raw).is_none(), "no profile knows the template: for staff only");
    let bare = Letter { case: None, ..sample(MANY) };
    assert_eq!(spreadsheet(&rendered(&bare).raw).unwrap().0, "automatic-check.xlsx");
}

#[test]
fn no_text_of_others_becomes_a_formula_or_hides_in_the_spreadsheet() {
    let texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0", "https://evil.example/"];
    let letter = with("acknowledgement-findings", |content| {
        let finding = |text: &&str| Finding {
            sheet: Some((*text).to_owned()),
            cell: Some((*text).to_owned()),
            requirement: Some((*text).to_owned()),
            ..Finding::new(FindingCode::RequirementUnanswered, *text)
        };
        let item = &mut content.received[0].items[0];
        item.name = "=HYPERLINK(\"https://evil.example\")\u{202e}\u{200b}xslx.exe".to_owned();
        item.findings = texts.iter().map(finding).collect();
    });
    let raw = rendered(&letter).raw;
    let (_, rows, formulas) = spreadsheet(&raw).unwrap();
    assert_eq!((formulas, rows.len()), (0, 3 + texts.len()));
    assert_eq!(rows[3][0], "=HYPERLINK(\"https://evil.example\")xslx.exe");
    let message = MessageParser::default().parse(&raw).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(message.attachment(0).unwrap().contents().to_vec())).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert!(names.iter().all(|name| !name.contains("worksheets/_rels")), "a link would lie there: {names:?}");
    let sheet = std::io::read_to_string(archive.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    assert!(!sheet.contains("<f>") && !sheet.contains("hyperlink"), "{sheet}");
}

#[test]
fn the_same_findings_give_the_same_bytes_whenever_they_are_written() {
    let letter = sample(MANY);
    let first = spreadsheet::write(&letter).unwrap().unwrap().bytes;
    // The date in a file that took the time of day would be another one in the next second.
    assert_eq!(first, spreadsheet::write(&letter).unwrap().unwrap().bytes);
    let mut archive = zip::ZipArchive::new(Cursor::new(first)).unwrap();
    let about = std::io::read_to_string(archive.by_name("docProps/core.xml").unwrap()).unwrap();
    assert!(about.contains("2000-01-01T00:00:00Z") && !about.contains("2026"), "{about}");
    for index in 0..archive.len() {
        let modified = archive.by_index(index).unwrap().last_modified();
        assert!(modified.is_none_or(|at| at.year() == 1980), "{modified:?}");
    }
}

#[test]
fn what_changed_since_the_last_file_is_told() {
    let said = flat(&text_of(&rendered(&sample(MANY)).raw));
    for sentence in [
        "What changed since your last file",
        "Compared with the file of Monday 2 November 2026: * Put right: 2 (A001-T01, A001-T02) * New: 3 * Still open: 42 \
         * Filled in since: 1",
        "* A005-01 (tab “e-RS Referrer”): changed from No to Yes * A002-T04: changed from Fail to Pass",
    ] {
        assert!(said.contains(sentence), "no {sentence:?} in {said}");
    }
    let said = flat(&text_of(&rendered(&sample("staff-new-many")).raw));
    assert!(said.contains("Witness test pack.xlsx is number 3 of its kind on this case."), "{said}");
    let same = with(MANY, |content| {
        let difference = content.received[0].items[1].difference.as_mut().unwrap();
        difference.fixed.clear();
        difference.new.clear();
        difference.answers.clear();
        difference.results.clear();
    });
    let said = flat(&text_of(&rendered(&same).raw));
    assert!(said.contains("Every test has the result that it had in the file of Monday"), "{said}");
}

#[test]
fn a_comparison_of_a_template_that_no_profile_knows_stays_with_staff() {
    let unknown = with(MANY, |content| content.received[0].items.iter_mut().for_each(|item| item.checked = false));
    let said = text_of(&rendered(&unknown).raw);
    assert!(!said.contains("What changed") && !said.contains("A004-T"), "{said}");
    check(&[("staff-new-held-back", &["run `assured profile BLANK.xlsx --out NAME.toml` on an empty copy"])]);
}
