//! Layouts that the samples do not have, each as a small workbook of plain rows.

use super::super::grid::{Allowance, Grid};
use super::super::profile::Profiles;
use super::*;

type Rows<'a> = &'a [&'a [&'a str]];

fn sheet(name: &str, rows: Rows<'_>) -> Grid {
    let mut grid = Grid::named(name, name.starts_with("Hidden"));
    let mut allowance = Allowance::full();
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(*cells) {
            grid.put(row, column, text, &mut allowance);
        }
    }
    grid
}

fn read_sheets(sheets: &[(&str, Rows<'_>)]) -> Option<(Scal, Vec<Finding>)> {
    let sheets = sheets.iter().map(|(name, rows)| sheet(name, rows)).collect();
    read(&Workbook { sheets, ..Workbook::default() }, &Profiles::with(&[]).scals)
}

const SUPPLIER: Rows<'_> = &[
    &["Supplier name", "Tide Software"],
    &["ODS code", "8ab"],
    &["Product", "", "Tidal"],
    &["Version", "7"],
    &["Clinical safety officer name", "Dr A"],
    &["Clinical safety officer email (work)", "a@tide.example"],
    &["Service name", "Capability"],
    &["e-Referral Service", "Search", "yes"],
];
const RULES: Rows<'_> = &[&["Ref", "Requirement", "Compliance (Yes/No)"], &["R1", "Do it", "Yes"]];
const OPEN_RULES: Rows<'_> = &[RULES[0], &["R1", "Do it", "Please select"]];

fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn another_layout_is_found_by_its_words() {
    let (scal, findings) = read_sheets(&[("Start", &[&["Read me"]]), ("You", SUPPLIER), ("eRS rules", RULES)]).unwrap();
    assert_eq!(findings, []);
    let supplier = &scal.supplier;
    assert_eq!(supplier.organisation.as_deref(), Some("Tide Software"));
    assert_eq!(supplier.ods_code.as_deref(), Some("8AB"));
    assert_eq!((supplier.product.as_deref(), supplier.version.as_deref()), (Some("Tidal"), Some("7")));
    assert_eq!(supplier.safety_officer.as_deref(), Some("Dr A"));
    assert_eq!(supplier.safety_officer_email.as_deref(), Some("a@tide.example"));
    assert_eq!((scal.services, scal.in_scope_tabs), (vec!["Search".to_owned()], vec!["eRS rules".to_owned()]));
    assert!(scal.for_this_service && !scal.template_known && scal.template_version.is_none());
}

#[test]
fn of_two_supplier_tabs_that_are_as_full_the_first_counts() {
    let mut copy: Vec<&[&str]> = SUPPLIER.to_vec();
    copy[0] = &["Supplier name", "Last year's name"];
    let (fewer, rules): (Rows<'_>, _) = (&copy[..5], ("eRS rules", RULES));
    for tabs in [[("You", SUPPLIER), ("You (2)", &copy), rules], [("Short", fewer), ("You", SUPPLIER), rules]] {
        let (scal, _) = read_sheets(&tabs).unwrap();
        assert_eq!(scal.supplier.organisation.as_deref(), Some("Tide Software"));
    }
    // None has all of the labels: the first of those with most.
    let (first, second): (Rows<'_>, Rows<'_>) = (&SUPPLIER[..5], &copy[..5]);
    let (scal, _) = read_sheets(&[("You", first), ("You (2)", second), rules]).unwrap();
    assert_eq!(scal.supplier.organisation.as_deref(), Some("Tide Software"));
}

#[test]
fn without_both_a_supplier_tab_and_rules_it_is_no_scal() {
    assert_eq!(read_sheets(&[("You", SUPPLIER)]), None);
    assert_eq!(read_sheets(&[("eRS rules", RULES)]), None);
    assert_eq!(read_sheets(&[("Hidden", SUPPLIER), ("eRS rules", RULES)]), None);
    assert_eq!(read_sheets(&[("You", SUPPLIER), ("Hidden eRS rules", RULES)]), None);
    assert_eq!(
        read_sheets(&[("You", SUPPLIER), ("Invoice", &[&["Item", "Quantity", "Price"], &["a", "1", "2"]])]),
        None
    );
}

#[test]
fn a_titled_scal_without_its_supplier_tab_lacks_everything() {
    let answered: Rows<'_> = &[&["Ref", "Requirement", "Compliance"], &["R1", "Do it", "No: in May"]];
    let cover: Rows<'_> = &[&["NHS Digital Supplier Conformance Assessment List"]];
    let (scal, findings) = read_sheets(&[("Cover", cover), ("e-RS rules", answered)]).unwrap();
    assert_eq!(scal.supplier, Default::default());
    assert_eq!(codes(&findings), [FindingCode::SupplierFieldMissing; 6]);
    assert!(findings.iter().all(|finding| finding.sheet.is_none() && finding.cell.is_none()));
}

#[test]
fn ods_codes_have_3_to_8_letters_and_digits() {
    for (text, code, finding) in [
        ("RXQ", Some("RXQ"), None),
        (" ygm4a ", Some("YGM4A"), None),
        ("12345678", Some("12345678"), None),
        ("123456789", None, Some(FindingCode::OdsCodeInvalid)),
        ("RX", None, Some(FindingCode::OdsCodeInvalid)),
        ("RX Q", None, Some(FindingCode::OdsCodeInvalid)),
        ("ÄÖÜ", None, Some(FindingCode::OdsCodeInvalid)),
        ("TBC - applied for", None, Some(FindingCode::OdsCodeInvalid)),
        ("Please select…", None, Some(FindingCode::SupplierFieldMissing)),
        ("  -  ", None, Some(FindingCode::SupplierFieldMissing)),
    ] {
        let mut rows = SUPPLIER.to_vec();
        let row = ["ODS code", text];
        rows[1] = &row;
        let (scal, findings) = read_sheets(&[("You", &rows), ("eRS rules", RULES)]).unwrap();
        assert_eq!(scal.supplier.ods_code.as_deref(), code, "{text}");
        assert_eq!(findings.first().map(|finding| finding.code), finding, "{text}");
        assert!(findings.iter().all(|finding| finding.cell.as_deref() == Some("B2")), "{text}: {findings:?}");
    }
}

#[test]
fn only_our_services_count_and_only_while_they_are_named() {
    let mut rows = SUPPLIER.to_vec();
    rows.extend(
        [["", "Refer", " YES "], ["Events", "Publish", "Yes"], ["", "Subscribe", "Yes"]]
            .iter()
            .map(|row| row.as_slice()),
    );
    let (scal, _) = read_sheets(&[("You", &rows), ("eRS rules", RULES), ("Events rules", RULES)]).unwrap();
    assert_eq!(
        (scal.services, scal.in_scope_tabs),
        (vec!["Search".to_owned(), "Refer".to_owned()], vec!["eRS rules".to_owned()])
    );
}

#[test]
fn for_another_service_nothing_is_found_wanting() {
    let mut rows = SUPPLIER[1..].to_vec();
    rows[6] = &["e-Referral Service", "Search", "No"];
    let other =
        [("You", rows.as_slice()), ("eRS rules", OPEN_RULES), ("Events rules", &[RULES[0], &["E1", "Do", "Yes"]])];
    let (scal, findings) = read_sheets(&other).unwrap();
    assert_eq!((scal.for_this_service, scal.in_scope_tabs.len(), findings.len()), (false, 0, 0));

    let ours = [("You", rows.as_slice()), ("eRS rules", &[RULES[0], &["R1", "Do", "Out of scope"]])];
    let (scal, findings) = read_sheets(&ours).unwrap();
    assert_eq!((scal.for_this_service, scal.in_scope_tabs), (true, vec!["eRS rules".to_owned()]));
    assert_eq!(codes(&findings), [FindingCode::SupplierFieldMissing, FindingCode::NoServiceSelected]);
}

#[test]
fn answers_are_looked_for_under_the_heading_that_holds() {
    let headings: Rows<'_> = &[
        &["Item", "Detail", "Declaration: Yes / No"],
        &["Use", "As described", "Please select…."],
        &["Requirement", "Detail", "How", "Compliant Yes/No"],
        &["R1", "Do it", "Declared", "Please Select…"],
    ];
    let (scal, _) = read_sheets(&[("You", &SUPPLIER[..7]), ("eRS rules", headings)]).unwrap();
    assert!(!scal.for_this_service, "column C holds no answer below the second heading");
}
