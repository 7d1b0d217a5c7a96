use super::super::grid::{Allowance, plain};
use super::super::profile::Profiles;
use super::*;

type Rows<'a> = &'a [&'a [&'a str]];

fn grid(name: &str, rows: Rows<'_>) -> Grid {
    let mut grid = Grid::named(name, false);
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(*cells) {
            grid.put(row, column, text, &mut Allowance::full());
        }
    }
    grid
}

fn read_tables(opening: &str, tables: Vec<Grid>) -> Option<(WitnessPack, Vec<Finding>)> {
    let content = Content { opening: vec![plain(opening)], lines: Vec::new(), tables };
    read(&content, &Profiles::with(&[]).packs)
}

/// The results and the findings of a pack with these tabs, a line each.
fn told(tabs: &[(&str, Rows<'_>)]) -> (String, String) {
    let tables = tabs.iter().map(|(name, rows)| grid(name, rows)).collect();
    let (pack, findings) = read_tables("e-RS witness test pack", tables).unwrap();
    let result = |result: &TestResult| format!("{} {:?}", result.test, result.outcome);
    let finding = |finding: &Finding| {
        let code = serde_json::to_value(finding.code).unwrap();
        let place = format!("{} {}", finding.sheet.as_deref().unwrap_or("-"), finding.cell.as_deref().unwrap_or("-"));
        format!("{} {} {place}", code.as_str().unwrap(), finding.test.as_deref().unwrap_or("-"))
    };
    let lines = |lines: Vec<String>| lines.join(", ");
    (lines(pack.results.iter().map(result).collect()), lines(findings.iter().map(finding).collect()))
}

const HEAD: &[&str] = &["Test ID", "Scenario", "Expected result", "Result", "Comments"];

#[test]
fn test_tables_are_told_by_their_headings() {
    const NAMED: &[&str] = &["Test ID", "Scenario", "Expected result", "Status"];
    const PLAIN: &[&str] = &["Ref", "Scenario", "Acceptance criteria", "Status", "Justification if not applicable"];
    const REGISTER: &[&str] = &["Ref", "Description", "Status", "Owner"];
    let test: &[&str] = &["1", "a", "b", "c"];
    let is_pack = |opening: &str, rows: Rows<'_>| read_tables(opening, vec![grid("", rows)]).is_some();
    for (opening, heading, expected) in [
        ("", NAMED, true),
        ("", PLAIN, true),
        ("", &PLAIN[..4], false),
        ("e-RS witness test pack", &PLAIN[..4], true),
        ("e-RS witness test pack", &["ID", "What we did", "What should happen", "Verdict"], true),
        ("", &["ID", "What we did", "What should happen", "Verdict"], false),
        ("", REGISTER, false),
        ("e-RS witness test pack", REGISTER, false),
        ("", &NAMED[..3], false),
        ("", &["Test ID", "Name", "Date", "Status"], false),
        ("", &["Product", "Quantity", "Price", "Total"], false),
    ] {
        assert_eq!(is_pack(opening, &[heading, test]), expected, "{opening} {heading:?}");
    }
    assert!(!is_pack("", &[NAMED]), "nothing under the headings");
    assert!(!is_pack("", &[NAMED, &["1. A section"]]), "no test under the headings");
}

#[test]
fn a_cover_above_the_tests_names_the_supplier() {
    let rows: Rows<'_> = &[
        &["Supplier:", "", "Tide\n  Software"],
        &["Product", "Supplier"],
        &["Test ID", "Scenario", "Expected result", "Product"],
        &["T1", "a", "b", "not this"],
    ];
    let (pack, _) = read_tables("", vec![grid("", rows)]).unwrap();
    assert_eq!((pack.supplier.as_deref(), pack.product), (Some("Tide Software"), None));
}

#[test]
fn each_gap_is_told_with_the_cell_of_its_result() {
    let (results, findings) = told(&[(
        "Tests",
        &[
            HEAD,
            &["T1", "a", "b", "Pass", ""],
            &["T2", "a", "b", "", ""],
            &["T3", "a", "b", "N/A", "-"],
            &["T4", "a", "b", "N/A", "No batch mode"],
            &["T5", "a", "b", "Fail", "Defect 12"],
            &["T6", "a", "b", "Pass?", ""],
            &["T7", "a", "b", "N/A - no batch mode", ""],
        ],
    )]);
    assert_eq!(
        results,
        "T1 Passed, T2 NotRun, T3 NotApplicable, T4 NotApplicable, T5 Failed, T6 Unclear, T7 NotApplicable"
    );
    assert_eq!(
        findings,
        "test-not-run T2 Tests D3, not-applicable-without-justification T3 Tests D4, test-failed T5 Tests D6, \
         result-unclear T6 Tests D7"
    );
}

#[test]
fn the_result_is_found_wherever_it_stands() {
    let head = |columns: &'static [&'static str]| [&["Test ID", "Scenario", "Expected result"], columns].concat();
    for (columns, cells, expected) in [
        (&["Run 1", "Run 2"][..], &["Fail", "Pass"][..], "Passed"),
        (&["Run 1", "Run 2"], &["Fail", ""], "Failed"),
        (&["Result", "Retest"], &["Failed", "Passed"], "Passed"),
        (&["Status", "Result"], &["Complete", "Pass"], "Passed"),
        (&["Result", "Status"], &["", "Not started"], "NotRun"),
        (&["Result", "Status"], &["", "Complete"], "Unclear"),
        (&["Pass", "Fail", "N/A"], &["x", "", ""], "Passed"),
        (&["Pass", "Fail", "N/A"], &["", "✓", ""], "Failed"),
        (&["Pass", "Fail", "N/A"], &["", "", "Yes"], "NotApplicable"),
        (&["Pass", "Fail", "N/A"], &["", "", ""], "NotRun"),
        (&["Pass", "Fail", "N/A"], &["x", "x", ""], "Unclear"),
        (&["Pass", "Fail", "N/A"], &["TRUE", "FALSE", "FALSE"], "Passed"),
        (&["Yes", "No"], &["", "X"], "Failed"),
        (&["Pass?"], &["Yes"], "Passed"),
        (&["Pass"], &["No"], "Failed"),
        (&["Result", "N/A"], &["", "x"], "NotApplicable"),
        (&["Applicable?", "Result"], &["No", ""], "NotApplicable"),
        (&["Applicable?", "Result"], &["Yes", ""], "NotRun"),
        (&["Result", "SA result"], &["Pass", "Fail"], "Passed"),
        (&["Actual result"], &["As expected"], "Passed"),
        (&["Actual result", "Result"], &["A message", "Fail"], "Failed"),
        (&["Results and evidence"], &["Pass - log 4"], "Passed"),
        (&["Result"], &["2026-10-12"], "Unclear"),
    ] {
        let row: Vec<&str> = ["T1", "a", "b"].into_iter().chain(cells.iter().copied()).collect();
        let (results, _) = told(&[("Tests", &[&head(columns), &row])]);
        assert_eq!(results, format!("T1 {expected}"), "{columns:?} {cells:?}");
    }
}

#[test]
fn what_stands_between_the_tests_is_no_test() {
    let (results, findings) = told(&[
        (
            "Tests",
            &[
                HEAD,
                &["A004: Retrieve reference data"],
                &["A004", "Retrieve reference data"],
                &["A004-1", "a", "b", "Pass", ""],
                &["e.g. A004-9", "An example", "b", "", ""],
                &["A005", "A005", "A005", "A005", "A005"],
                HEAD,
                &["A005-1", "a", "b", "Pass", ""],
                &["", "second step", "c", "Pass", ""],
                &["", "third step", "d", "", ""],
                &["A005-2", "a", "b", "Pass", ""],
                &["", "second step", "c", "Fail", ""],
                &[],
                &["", "", "Passed", "41"],
                &["Total 45", "", "", "41"],
                &["Signed", "M Castle", "on", "12 October 2026"],
            ],
        ),
        ("Summary", &[&["Ref", "Description", "Result", "Passed", "Total"], &["A004", "Reference data", "", "5", "5"]]),
        (
            "Overview",
            &[&["Test ID", "Description", "Status", "Owner"], &["A004-1", "a", "Done", ""], &["A005-1", "a", "", ""]],
        ),
        ("Defects", &[&["Defect", "Test ID", "Description", "Status"], &["D1", "A005-2", "Message cut off", "Open"]]),
        ("Links", &[&["Ref", "Title", "Date", "Owner"], &["1", "SCAL", "2026", "SA"]]),
    ]);
    assert_eq!(results, "A004-1 Passed, A005-1 Passed, A005-2 Failed");
    assert_eq!(findings, "test-failed A005-2 Tests D12");
}

#[test]
fn a_heading_of_two_rows_has_its_parts_below() {
    let (results, _) = told(&[(
        "Tests",
        &[
            &["Test ID", "Scenario", "Expected result", "Result", "", "", "Comments"],
            &["", "", "", "Pass", "Fail", "N/A"],
            &["T1", "a", "b", "", "x", ""],
            &["T2", "a", "b", "x", "", ""],
        ],
    )]);
    assert_eq!(results, "T1 Failed, T2 Passed");
}

#[test]
fn a_test_is_counted_once_and_told_where_it_is_again() {
    let (results, findings) = told(&[
        (
            "One",
            &[HEAD, &["T-1", "a", "b", "Pass", ""], &["t 1", "a", "b", "Pass", ""], &["T-2", "a", "b", "Pass", ""]],
        ),
        ("Two", &[HEAD, &["T-2", "a", "b", "N/A", "No batch mode"], &["T-3 to 5", "a", "b", "Pass", ""]]),
    ]);
    assert_eq!(results, "T-1 Passed, T-2 Unclear, T-3 Passed, T-4 Passed, T-5 Passed");
    assert_eq!(findings, "test-duplicated t 1 One D3, test-duplicated T-2 Two D2");
}

#[test]
fn numbers_may_begin_again_on_each_tab_and_in_each_section() {
    let tab: Rows<'_> =
        &[HEAD, &["1", "a", "b", "Pass", ""], &["2", "a", "b", "Pass", ""], &["Next"], &["1", "c", "d", "Pass", ""]];
    let (results, findings) = told(&[("A004", tab), ("A005", tab)]);
    assert_eq!(results.split(", ").count(), 6, "{results}");
    assert_eq!(findings, "");
    let (_, findings) = told(&[("A004", &[HEAD, &["1", "a", "b", "Pass", ""], &["1", "a", "b", "Pass", ""]])]);
    assert_eq!(findings, "test-duplicated 1 A004 D3");
    let (_, findings) = told(&[("A004", &[HEAD, &["1.1", "a", "b", "Pass", ""], &["1.1", "a", "b", "Pass", ""]])]);
    assert_eq!(findings, "", "the second was 1.10");
}

/// A column for evidence that most leave blank is not used, and a word beside the result is evidence too.
#[test]
fn evidence_is_missed_only_where_others_have_it() {
    let head: &[&str] = &["Test ID", "Scenario", "Expected result", "Result", "Evidence", "Comments"];
    let with = |evidence: &[&str]| {
        let ids = ["T1", "T2", "T3", "T4", "T5"];
        let rows: Vec<Vec<&str>> =
            ids.into_iter().zip(evidence).map(|(id, evidence)| vec![id, "a", "b", "Pass", *evidence, ""]).collect();
        let rows: Vec<&[&str]> = std::iter::once(head).chain(rows.iter().map(Vec::as_slice)).collect();
        told(&[("Tests", &rows)]).1
    };
    assert_eq!(with(&["1.png", "2.png", "", "4.png", "5.png"]), "evidence-missing T3 Tests D4");
    assert_eq!(with(&["1.png", "", "", "4.png", ""]), "");
    assert_eq!(with(&["1.png", "2.png", ""]), "", "two are too few to go by");
    let rows: Rows<'_> = &[
        head,
        &["T1", "a", "b", "Pass", "1.png", ""],
        &["T2", "a", "b", "Pass", "\u{fffc}", ""],
        &["T3", "a", "b", "Pass", "3.png", ""],
        &["T4", "a", "b", "Pass", "", "See log 4"],
        &["T5", "a", "b", "Pass - log 5", "", ""],
        &["T6", "a", "b", "Fail", "", ""],
        &["T7", "a", "b", "N/A", "", "Not used by the product at all"],
    ];
    assert_eq!(told(&[("Tests", rows)]).1, "test-failed T6 Tests D7");
}

#[test]
fn a_blank_script_has_its_tests_and_no_results() {
    let (results, findings) = told(&[(
        "Sheet1",
        &[
            &["Test ID", "SCAL Requirement ID", "SCAL Item", "Owner", "Test Scenario"],
            &["Script_1", "P1", "a", "", "b"],
            &["Script_2", "P2", "a", "", "b"],
        ],
    )]);
    assert_eq!(results, "Script_1 NotRun, Script_2 NotRun");
    assert_eq!(findings, "test-not-run Script_1 Sheet1 A2, test-not-run Script_2 Sheet1 A3");
}

#[test]
fn a_profile_that_lists_tests_misses_them_in_packs_of_its_title() {
    let own = include_str!("../../../config/profiles/witness-pack.toml")
        .replace("name = \"witness-pack\"", "name = \"triage-pack\"")
        .replace("titles = [", "tests = [\"T1\", \"T2\", \"T3\"]\ntitles = [\"triage test pack\"]\nformer = [")
        .replace("\nformer", "\n# former");
    assert_eq!(super::super::profile::check(&own), Ok(()));
    let profiles = Profiles::with(&[own]).packs.clone();
    let missing = |opening: &str| {
        let rows: Rows<'_> = &[HEAD, &["T1", "a", "b", "Pass", ""], &["t3", "a", "b", "Pass", ""]];
        let content = Content { opening: vec![plain(opening)], lines: Vec::new(), tables: vec![grid("Tests", rows)] };
        let (_, findings) = read(&content, &profiles).unwrap();
        findings.into_iter().filter_map(|finding| finding.test).collect::<Vec<_>>()
    };
    assert_eq!(missing("Triage test pack, version 2"), ["T2"]);
    assert!(missing("e-RS witness test pack").is_empty());
}
