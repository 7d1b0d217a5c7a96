use super::super::grid::{Allowance, Grid, plain};
use super::super::profile::Profiles;
use super::*;

fn told(lines: &[&str], rows: &[&[&str]]) -> Option<(ApprovalForm, Vec<String>)> {
    let mut grid = Grid::named("Form", false);
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(*cells) {
            grid.put(row, column, text, &mut Allowance::full());
        }
    }
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    let opening = vec![plain("e-RS initial connection approval form v2")];
    let content = Content { opening, lines, tables: vec![grid] };
    let (form, findings) = read(&content, &Profiles::with(&[]).forms)?;
    let line = |finding: &Finding| {
        let code = serde_json::to_value(finding.code).unwrap();
        let advice = if finding.severity == Severity::Advice { " advice" } else { "" };
        let parts = [code.as_str(), finding.field.as_deref(), finding.cell.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ") + advice
    };
    Some((form, findings.iter().map(line).collect()))
}

fn answers(form: &ApprovalForm) -> [Option<&str>; 6] {
    [
        &form.organisation,
        &form.ods_code,
        &form.product,
        &form.senior_responsible_person,
        &form.signed_by,
        &form.signed_on,
    ]
    .map(Option::as_deref)
}

const FULL: [Option<&str>; 6] = [
    Some("St Aldhelm's"),
    Some("RXA"),
    Some("Harbour Referrals"),
    Some("Maryam Castle"),
    Some("M Castle"),
    Some("16 November 2026"),
];

#[test]
fn answers_are_found_however_the_form_is_laid_out() {
    let beside: &[&[&str]] = &[
        &["End user organisation", "St Aldhelm's"],
        &["ODS code", "rxa"],
        &["Product", "Harbour Referrals"],
        &["Senior responsible person"],
        &["Name", "Maryam Castle"],
        &["Job title", "Medical director"],
        &["Signed", "M Castle", "Date", "16 November 2026"],
    ];
    let below: &[&[&str]] = &[
        &["End user organisation", "ODS code", "Product"],
        &["St Aldhelm's", "RXA", "Harbour Referrals"],
        &["Senior responsible person", "Signature", "Date"],
        &["Maryam Castle", "M Castle", "16 November 2026"],
    ];
    let within: &[&[&str]] = &[
        &["Date: 1 October 2026"],
        &["Organisation name: St Aldhelm's"],
        &["ODS code: RXA"],
        &["Product: Harbour Referrals"],
        &["Senior responsible person\nMaryam Castle"],
        &["Signed by: M Castle"],
        &["Date signed: 16 November 2026"],
    ];
    let lines = [
        "End user organisation: St Aldhelm's",
        "ODS code: RXA   Product: Harbour Referrals",
        "Senior responsible person",
        "Maryam Castle",
        "Signed: M Castle    Date: 16 November 2026",
    ];
    for (lines, rows) in [(&[][..], beside), (&[][..], below), (&[][..], within), (&lines[..], &[][..])] {
        let (form, findings) = told(lines, rows).unwrap();
        assert_eq!((answers(&form), findings), (FULL, Vec::new()), "{lines:?} {rows:?}");
    }
}

#[test]
fn what_the_blank_form_has_in_its_place_is_no_answer() {
    for blank in [
        "",
        "-",
        "____________",
        "[insert]",
        "[Name of organisation]",
        "Click or tap here to enter text.",
        "dd/mm/yyyy",
        "<organisation>",
        "Choose an item.",
        "TBC",
        "Insert organisation name here",
        "Please state",
        "n/a",
    ] {
        let rows: &[&[&str]] = &[
            &["End user organisation", blank],
            &["ODS code", blank],
            &["Product", blank],
            &["Senior responsible person", blank],
            &["Contact telephone", "0113 496 0000"],
            &["Signature", blank],
            &["Date signed", blank],
        ];
        let (form, findings) = told(&[], rows).unwrap();
        assert_eq!(answers(&form), [None; 6], "{blank}");
        assert_eq!(
            findings,
            [
                "field-missing organisation B1",
                "field-missing ods code B2",
                "field-missing product name B3",
                "field-missing senior responsible person B4",
                "not-signed B6"
            ],
            "{blank}"
        );
    }
}

#[test]
fn half_a_signature_and_a_wrong_code_are_told_and_doubt_is_advice() {
    let form = |code: &str, signed: &str, date: &str| {
        let rows: &[&[&str]] = &[
            &["Organisation", "St Aldhelm's"],
            &["ODS code", code],
            &["Senior responsible person", "Maryam Castle"],
            &["Signature", signed],
            &["Date", date],
        ];
        told(&[], rows).unwrap()
    };
    for (code, signed, date, expected) in [
        ("RXA", "M Castle", "1 May 2026", vec![]),
        ("R-X", "M Castle", "1 May 2026", vec!["ods-code-invalid B2"]),
        ("St Aldhelm's", "M Castle", "1 May 2026", vec!["ods-code-invalid B2"]),
        ("RXA", "M Castle", "", vec!["field-missing date signed B5"]),
        ("RXA", "", "1 May 2026", vec!["not-signed B4 advice"]),
        ("RXA", "\u{fffc}", "1 May 2026", vec![]),
        ("RXA", "", "", vec!["not-signed B4"]),
    ] {
        let (read, findings) = form(code, signed, date);
        assert_eq!(findings, expected, "{code} {signed} {date}");
        assert_eq!(read.ods_code.is_some(), code == "RXA");
    }
    let (_, findings) = told(&["Organisation: A", "ODS code: RXA", "Product: B", "Signed: C"], &[]).unwrap();
    assert_eq!(
        findings,
        ["field-missing senior responsible person advice", "field-missing date signed advice"],
        "what has no label may be there in other words"
    );
}

#[test]
fn a_letter_about_the_form_is_no_form() {
    assert!(told(&["Product: Harbour Referrals", "We will send our ODS code: later."], &[]).is_none());
}
