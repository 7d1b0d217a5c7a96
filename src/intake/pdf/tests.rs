use super::*;

/// A PDF of one page that draws these texts, each at its place.
fn pdf(texts: &[(u32, u32, &str)]) -> Vec<u8> {
    let draw = |(x, y, text): &(u32, u32, &str)| format!("BT /F1 11 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n");
    pdf_with(&texts.iter().map(draw).collect::<String>(), "")
}

fn pdf_with(drawing: &str, catalog: &str) -> Vec<u8> {
    let objects = [
        format!("<< /Type /Catalog /Pages 2 0 R {catalog} >>"),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{drawing}endstream", drawing.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut file = "%PDF-1.7\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let table: String = places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
    let start = file.len();
    let size = objects.len() + 1;
    file.push_str(&format!("xref\n0 {size}\n0000000000 65535 f \n{table}"));
    file.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}

#[test]
fn text_reads_in_lines_and_columns() {
    let content = read(&pdf(&[
        (300, 700, "St Aldhelm's NHS Foundation"),
        (72, 760, "Initial connection approval form"),
        (72, 700, "End user organisation"),
        (300, 687, "Trust"),
        (72, 660, "ODS code:"),
        (300, 660, "RXA"),
    ]))
    .unwrap();
    assert_eq!(content.opening.first().map(String::as_str), Some("initial connection approval form"));
    let [grid] = content.tables.as_slice() else { panic!("{:?}", content.tables) };
    let rows: Vec<Vec<&str>> = grid.rows().map(|(_, cells)| cells.cells().map(|(_, text)| text).collect()).collect();
    assert_eq!(
        rows,
        [
            vec!["Initial connection approval form"],
            vec!["End user organisation", "St Aldhelm's NHS Foundation Trust"],
            vec!["ODS code:", "RXA"],
        ]
    );
}

#[test]
fn a_form_saved_as_a_pdf_is_a_form_and_any_other_pdf_is_none() {
    use crate::domain::reading::{DocumentKind, FindingCode};
    use crate::intake::{Receiver, document};
    let form = [
        (72, 760, "Initial connection approval form"),
        (72, 700, "End user organisation"),
        (300, 700, "St Aldhelm's NHS Foundation Trust"),
        (72, 680, "ODS code"),
        (300, 680, "RXA"),
        (72, 660, "Senior responsible person"),
        (300, 660, "Maryam Castle"),
        (72, 640, "Signature"),
        (300, 640, "M Castle"),
        (72, 620, "Date signed"),
    ];
    let document = document::read("form.pdf", &pdf(&form), &Receiver::default());
    let DocumentKind::ApprovalForm(read) = &document.kind else { panic!("{document:?}") };
    assert_eq!((read.organisation.as_deref(), read.ods_code.as_deref()), (Some(form[2].2), Some("RXA")));
    assert_eq!((read.signed_by.as_deref(), read.signed_on.as_deref()), (Some("M Castle"), None));
    let findings: Vec<_> = document
        .findings
        .iter()
        .map(|finding| (finding.code, finding.field.as_deref(), finding.cell.is_some()))
        .collect();
    assert_eq!(findings, [(FindingCode::FieldMissing, Some("date signed"), false)]);

    for other in [pdf(&form[1..]), pdf(&form[..1]), pdf(&[]), pdf_with("BT (no font) Tj", "")] {
        let document = document::read("form.pdf", &other, &Receiver::default());
        assert_eq!((document.kind, document.problem), (DocumentKind::Other, Some(FindingCode::UnsupportedType)));
    }
}

/// The library would follow them until the stack ends.
#[test]
fn arrays_within_arrays_are_not_followed() {
    let nested =
        |depth: usize| pdf_with("BT /F1 11 Tf (x) Tj ET\n", &format!("/A {}{}", "[".repeat(depth), "]".repeat(depth)));
    assert!(read(&nested(PDF_DEPTH_MAX - 10)).is_some());
    assert!(read(&nested(PDF_DEPTH_MAX + 1)).is_none());
    assert!(read(&nested(200_000)).is_none());
}

#[test]
fn drawings_past_a_limit_of_steps_give_nothing() {
    let drawing = |steps: usize| pdf_with(&"BT /F1 9 Tf (x) Tj ET\n".repeat(steps), "");
    assert!(read(&drawing(PDF_STEPS_MAX - 10)).is_some());
    assert!(read(&drawing(PDF_STEPS_MAX + 10)).is_none());
}

#[test]
fn characters_and_pages_past_a_limit_are_left_out() {
    let drawing = format!("BT /F1 1 Tf ({}) Tj ET\n", "x".repeat(PDF_GLYPHS_MAX + 5));
    let content = read(&pdf_with(&drawing, "")).unwrap();
    let kept: usize = content.lines.iter().map(String::len).sum();
    assert_eq!(kept.min(super::super::limits::CELL_CHARS_MAX), super::super::limits::CELL_CHARS_MAX);
    assert!(kept <= PDF_GLYPHS_MAX);
}

#[test]
fn broken_files_have_no_text() {
    let whole = pdf(&[(72, 700, "text")]);
    for cut in (9..whole.len()).step_by(7) {
        drop(read(&whole[..cut]));
        let mut changed = whole.clone();
        changed[cut] = changed[cut].wrapping_add(1);
        drop(read(&changed));
    }
    assert!(read(b"%PDF-1.7").is_none());
}
