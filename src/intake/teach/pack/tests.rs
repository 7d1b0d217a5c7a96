//! Packs of our own, with other words and another order, taught and then read back filled.

use rust_xlsxwriter::{DataValidation, Workbook as Book, Worksheet};

use super::super::super::{Receiver, document, profile};
use super::super::teach;
use super::*;
use crate::domain::reading::{DocumentKind, Finding, TestCounts, WitnessPack};

const HEADINGS: [&str; 6] = ["Held or broke", "Say why", "Trial", "Do this", "Look for this", "Seen by"];
const RESULTS: [&str; 4] = ["Held", "Broke", "Not relevant", "Partly held"];
const TRIALS: [&str; 6] = ["TR-1", "TR-2", "TR-3", "TR-4", "TR-5", "TR-6"];

/// The verdict, its reason and the trial of each row; none makes the blank pack.
fn pack(title: &str, trials: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut book = Book::new();
    let cover = book.add_worksheet().set_name("Start here").unwrap();
    cover.write(0, 0, title).unwrap();
    cover.write(2, 0, "Supplier").unwrap();
    cover.write(3, 0, "Product").unwrap();
    let history = book.add_worksheet().set_name("History").unwrap();
    table(history, 0, &["Issue", "Changed by", "Changed", "What was changed"]);
    table(history, 1, &["v0.1", "SA", "1 May", "The first one of them"]);
    table(history, 2, &["v0.2", "SA", "2 May", "The second one of them"]);
    table(history, 3, &["v0.3", "SA", "3 May", "The third one of them"]);
    let sheet = book.add_worksheet().set_name("Trials").unwrap();
    table(sheet, 2, &HEADINGS);
    let blank = TRIALS.map(|id| ("Choose…", "", id));
    let rows = if trials.is_empty() { &blank[..] } else { trials };
    for ((verdict, reason, id), row) in rows.iter().zip(3..) {
        table(
            sheet,
            row,
            &[verdict, reason, id, "Open the letter of a patient", "The letter of that patient opens", ""],
        );
    }
    let list = DataValidation::new().allow_list_strings(&RESULTS).unwrap();
    sheet.add_data_validation(3, 0, 8, 0, &list).unwrap();
    book.save_to_buffer().unwrap()
}

fn table(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, text) in (0..).zip(cells).filter(|(_, text)| !text.is_empty()) {
        sheet.write(row, column, *text).unwrap();
    }
}

fn taught(title: &str) -> Taught {
    let taught = teach("Trials 2027.xlsx", &pack(title, &[]), &[]).unwrap();
    assert_eq!(profile::check(&taught.profile), Ok(()), "{}", taught.profile);
    taught
}

fn read_with(profile: &str, bytes: &[u8]) -> (WitnessPack, Vec<(FindingCode, String)>) {
    let receiver = Receiver { profiles: vec![profile.to_owned()], ..Receiver::default() };
    let document = document::read("filled.xlsx", bytes, &receiver);
    let DocumentKind::WitnessPack(pack) = document.kind else { panic!("{document:?}\n{profile}") };
    let told = |finding: &Finding| (finding.code, finding.test.clone().unwrap_or_default());
    (pack, document.findings.iter().map(told).collect())
}

#[test]
fn a_pack_in_other_words_and_another_order_is_taught_and_its_copies_are_read() {
    let taught = taught("Trials of triage");
    let filled = pack(
        "Trials of triage",
        &[
            ("Held", "", "TR-1"),
            ("Broke", "", "TR-2"),
            ("Not relevant", "", "TR-3"),
            ("Not relevant", "No batch mode", "TR-4"),
            ("Choose…", "", "TR-5"),
        ],
    );
    let (pack, findings) = read_with(&taught.profile, &filled);
    let counts = TestCounts { total: 5, passed: 1, failed: 1, not_applicable: 2, not_run: 1, unclear: 0 };
    assert_eq!(pack.tests, Some(counts), "{}", taught.profile);
    let expected = [
        (FindingCode::TestFailed, "TR-2"),
        (FindingCode::NotApplicableWithoutJustification, "TR-3"),
        (FindingCode::TestNotRun, "TR-5"),
        (FindingCode::TestMissing, "TR-6"),
    ];
    assert_eq!(findings, expected.map(|(code, test)| (code, test.to_owned())));
}

#[test]
fn what_was_guessed_of_a_pack_is_said() {
    let taught = taught("Trials of triage");
    for said in [
        "“Trials of triage” is taken for the title of the pack, which tells its filled copies.",
        "Tab “Trials”: taken for a table of tests by its shape, for its headings are new.",
        "Tab “Trials”: “Held or broke” is taken for the result, by its list.",
        "The result “Held” is taken for passed.",
        "The result “Broke” is taken for failed.",
    ] {
        assert!(taught.unsure.iter().any(|unsure| unsure == said), "{said}: {:#?}", taught.unsure);
    }
    let partly = taught.unsure.iter().filter(|unsure| unsure.contains("Partly held"));
    assert_eq!(partly.count(), 1, "it stays unclear, and is no word for failed");
    let shown = r#"#   A  "Held or broke": the result; offers "Held", "Broke", "Not relevant", "Partly held""#;
    assert!(taught.profile.contains(shown), "{}", taught.profile);
}

#[test]
fn a_pack_without_a_title_is_told_by_half_of_its_tests() {
    let taught = taught("");
    assert!(taught.profile.contains("titles = []"), "{}", taught.profile);
    let rows = TRIALS.map(|id| ("Held", "", id));
    let (_, findings) = read_with(&taught.profile, &pack("", &rows[..3]));
    assert_eq!(findings.iter().filter(|(code, _)| *code == FindingCode::TestMissing).count(), 3);
    let receiver = Receiver { profiles: vec![taught.profile], ..Receiver::default() };
    let few = document::read("filled.xlsx", &pack("", &rows[..2]), &receiver);
    assert!(matches!(few.kind, DocumentKind::Other), "these words belong to that pack alone");
}

#[test]
fn a_pack_in_words_that_are_known_leaves_nothing_unsure() {
    let mut book = Book::new();
    let sheet = book.add_worksheet().set_name("Tests").unwrap();
    table(sheet, 0, &["Triage witness test pack 3.1"]);
    table(sheet, 1, &["Supplier"]);
    table(sheet, 2, &["Product"]);
    table(sheet, 4, &["Test ID", "Scenario", "Expected result", "Result", "Comments"]);
    table(sheet, 5, &["1", "Open a letter", "It opens"]);
    table(sheet, 6, &["2", "Close a letter", "It closes"]);
    let taught = teach("blank.xlsx", &book.save_to_buffer().unwrap(), &[]).unwrap();
    assert_eq!(taught.unsure, Vec::<String>::new());
    assert!(taught.profile.contains("titles = [\"triage witness test pack 3 1\"]\n"), "{}", taught.profile);
    assert!(taught.profile.contains("tests = [\"1\", \"2\"]\n"));
    assert!(taught.profile.ends_with("[words]\n"), "{}", taught.profile);
}

#[test]
fn a_pack_that_is_filled_already_is_asked_about() {
    let filled = pack("Trials of triage", &TRIALS.map(|id| ("Passed", "", id)));
    let taught = teach("filled.xlsx", &filled, &[]).unwrap();
    assert!(taught.unsure.iter().any(|unsure| unsure.contains("is this the blank pack?")), "{:#?}", taught.unsure);
}

#[test]
fn a_pack_in_word_is_taught_and_other_formats_are_told() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents");
    let teach = |name: &str| teach(name, &std::fs::read(folder.join(name)).unwrap(), &[]);
    let taught = teach("pack-gaps.docx").unwrap();
    assert!(taught.profile.contains("kind = \"witness-pack-template\""), "{}", taught.profile);
    assert!(taught.found.iter().any(|found| found.starts_with("A table of ")), "{:?}", taught.found);
    let refused = |name: &str| teach(name).unwrap_err();
    for name in ["letter.docx", "invoice.xlsx"] {
        assert!(refused(name).message.contains("neither a blank SCAL nor a blank test pack"), "{name}");
    }
    let ods = refused("scal-certificate-ods.ods");
    assert!(ods.message.contains("save the blank as an Excel workbook"), "{}", ods.message);
}
