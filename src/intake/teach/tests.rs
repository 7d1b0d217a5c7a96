//! A template of our own, with other words and another order, taught and then read back filled.

use rust_xlsxwriter::{DataValidation, Workbook as Book, Worksheet};

use super::super::{Receiver, document};
use super::*;
use crate::domain::reading::{DocumentKind, FindingCode, RequirementCounts, Scal};

const CHOICES: [&str; 3] = ["Met", "Not met", "Not relevant"];
const RULES: [(&str, &str); 4] = [
    ("Q1.1", "People sign in with a name of their own."),
    ("Q1.2", "A session ends by itself."),
    ("Q2.1", "Letters open only for the patient who was chosen."),
    ("Q2.2 (Optional)", "Letters can be printed."),
];

fn rows(sheet: &mut Worksheet, from: u32, rows: &[&[&str]]) {
    for (row, cells) in (from..).zip(rows) {
        for (column, text) in (0..).zip(*cells) {
            if !text.is_empty() {
                sheet.write(row, column, *text).unwrap();
            }
        }
    }
}

fn offer(sheet: &mut Worksheet, (first, last): (u32, u32), column: u16, choices: &[&str]) {
    let list = DataValidation::new().allow_list_strings(choices).unwrap();
    sheet.add_data_validation(first, column, last, column, &list).unwrap();
}

/// Answers in the order of `RULES`; none makes the blank template.
fn template(version: &str, answers: &[&str], reason: &str) -> Vec<u8> {
    changed(version, "e-RS clauses", &RULES, answers, reason)
}

/// The template after somebody renamed its tab, or put rows in or took some out.
fn changed(version: &str, tab: &str, rules: &[(&str, &str)], answers: &[&str], reason: &str) -> Vec<u8> {
    let mut book = Book::new();
    let control = book.add_worksheet().set_name("Version control").unwrap();
    rows(control, 0, &[&["Template version", version]]);
    let you = book.add_worksheet().set_name("You").unwrap();
    let filled = |text: &'static str| if answers.is_empty() { "" } else { text };
    rows(
        you,
        0,
        &[
            &["Supplier name", filled("Tide Software")],
            &["ODS code", filled("8AB")],
            &["Product name", filled("Tidal")],
            &["Product version", filled("7")],
            &["Clinical safety officer name", filled("Dr A")],
            &["Clinical safety officer email", filled("a@tide.example")],
            &["Service name", "Capability", "Wanted"],
            &["e-Referral Service", "Search", filled("Yes")],
        ],
    );
    offer(you, (7, 7), 2, &["Yes", "No"]);
    let sheet = book.add_worksheet().set_name(tab).unwrap();
    rows(
        sheet,
        0,
        &[&["What the product does"], &["State of this sheet", if answers.is_empty() { "" } else { "Finished" }]],
    );
    offer(sheet, (1, 1), 1, &["Still working", "Finished"]);
    rows(sheet, 3, &[&["Your answer here", "Clause", "What we ask", "Why not"], &["", "1. Access"]]);
    for ((row, (clause, asks)), answer) in (5..).zip(rules).zip(answers.iter().chain(std::iter::repeat(&""))) {
        rows(sheet, row, &[&[*answer, clause, asks, if *answer == "Not met" { reason } else { "" }]]);
    }
    offer(sheet, (5, 8), 0, &CHOICES);
    book.save_to_buffer().unwrap()
}

fn taught(version: &str) -> Taught {
    teach("blank.xlsx", &template(version, &[], ""), &[]).unwrap()
}

fn read_with(profile: &str, bytes: &[u8]) -> (Scal, Vec<(FindingCode, String)>) {
    let receiver = Receiver { profiles: vec![profile.to_owned()], ..Receiver::default() };
    let document = document::read("filled.xlsx", bytes, &receiver);
    let DocumentKind::Scal(scal) = document.kind else { panic!("{document:?}") };
    let place = |finding: &Finding| (finding.code, finding.cell.clone().unwrap_or_default());
    (*scal, document.findings.iter().map(place).collect())
}

#[test]
fn a_template_with_other_words_is_taught_and_its_copies_are_read() {
    let taught = taught("7.1");
    assert_eq!(taught.unsure, ["The answers “Met” and “Not met” are taken for yes and no."], "{}", taught.profile);
    let (scal, findings) =
        read_with(&taught.profile, &template("7.1", &["Met", "Not met", "Not relevant", ""], "In May."));
    assert!(scal.template_known && findings.is_empty(), "{findings:?}\n{}", taught.profile);
    assert_eq!(scal.requirements, Some(RequirementCounts { yes: 1, no: 1, out_of_scope: 1, unanswered: 1 }));

    let (_, findings) = read_with(&taught.profile, &template("7.1", &["Met", "Not met", "", ""], "n/a"));
    let expected = [
        (FindingCode::RequirementNoWithoutMitigation, "A7".to_owned()),
        (FindingCode::RequirementUnanswered, "A8".to_owned()),
    ];
    assert_eq!(findings, expected);
}

#[test]
fn rows_that_were_taken_out_are_told_and_rows_that_were_put_in_ask_for_nothing() {
    let profile = taught("7.1").profile;
    let without = changed("7.1", "e-RS clauses", &RULES[1..], &["Met", "Met", "Met"], "");
    let (scal, findings) = read_with(&profile, &without);
    assert!(scal.template_known);
    assert_eq!(findings, [(FindingCode::TemplateAltered, String::new())]);

    let mut rules = RULES.to_vec();
    rules.push(("Ours-1", "A note of our own on how this was tested."));
    let (scal, findings) = read_with(&profile, &changed("7.1", "e-RS clauses", &rules, &["Met"; 4], ""));
    assert_eq!((findings, scal.requirements.map(|counts| counts.unanswered)), (Vec::new(), Some(0)));
}

#[test]
fn a_tab_that_was_renamed_is_told_by_its_rows() {
    let copy = changed("7.1", "Our answers", &RULES, &["Met", "Met", "", ""], "");
    let (scal, findings) = read_with(&taught("7.1").profile, &copy);
    assert_eq!(scal.in_scope_tabs, ["Our answers"]);
    assert_eq!(findings, [(FindingCode::RequirementUnanswered, "A8".to_owned())]);
}

#[test]
fn another_version_is_another_template() {
    let (scal, _) = read_with(&taught("7.1").profile, &template("7.2", &["Met", "Met", "Met", ""], ""));
    assert!(!scal.template_known);
}

#[test]
fn the_blank_itself_asks_for_nothing_and_is_known() {
    let (scal, findings) = read_with(&taught("7.1").profile, &template("7.1", &[], ""));
    assert!(scal.template_known && !scal.for_this_service && findings.is_empty(), "{findings:?}");
}

#[test]
fn a_newer_template_is_named_where_staff_name_it() {
    let profile = taught("7.1").profile.replace("# superseded_by = \"\"", "superseded_by = \"8.0\"");
    let (_, findings) = read_with(&profile, &template("7.1", &["Met", "Met", "Met", "Met"], ""));
    assert_eq!(findings, [(FindingCode::TemplateOutdated, String::new())]);
}

#[test]
fn what_is_no_workbook_teaches_nothing() {
    assert_eq!(teach("a.txt", b"Dear team", &[]).unwrap_err().code, FindingCode::Damaged);
}
