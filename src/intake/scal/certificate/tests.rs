//! Which of the objects on the sheets is taken for the certificate.

use std::rc::Rc;

use crate::domain::ids::BlobDigest;

use super::super::super::grid::Allowance;
use super::super::super::workbook::objects::File;
use super::super::super::workbook::shapes::Area;
use super::*;

const CERTIFICATE: &[u8] = include_bytes!("../../../../fixtures/documents/certificate.docx");
const LETTER: &[u8] = include_bytes!("../../../../fixtures/documents/letter.docx");

fn sheet(name: &str, label: Option<(u32, u32)>) -> Grid {
    let mut grid = Grid::named(name, false);
    if let Some((row, column)) = label {
        grid.put(row, column, "Technical Conformance  Certificate:", &mut Allowance::full());
    }
    grid
}

/// A file of this name that covers these rows and columns of a sheet.
fn object(sheet: &str, name: &str, bytes: &[u8], area: Option<(u32, u32, u32, u32)>) -> Embedded {
    let area = area.map(|(top, left, bottom, right)| Area { top, left, bottom, right });
    let file = File { name: name.to_owned(), sha256: BlobDigest::from_hex(name), bytes: bytes.to_vec() };
    Embedded { sheet: sheet.to_owned(), area, is_picture: name.ends_with("png"), file: Rc::new(file) }
}

/// The name, the place and the reference of what is taken for the certificate. The slots are `e-RS!D5` and `Two!B1`.
fn found(objects: Vec<Embedded>) -> Option<(String, String, Option<String>)> {
    let sheets = vec![sheet("e-RS", Some((4, 2))), sheet("Two", Some((0, 0))), sheet("Other", Some((0, 0)))];
    let workbook = Workbook { sheets, objects, ..Workbook::default() };
    let scope = ["e-RS", "Two"].map(str::to_owned);
    let embedded = read(&workbook, &scope, &Profiles::with(&[]))?;
    let place = format!("{}!{}", embedded.sheet, embedded.cell);
    Some((embedded.name?, place, embedded.certificate.and_then(|certificate| certificate.reference)))
}

const D5: Option<(u32, u32, u32, u32)> = Some((4, 3, 4, 3));

#[test]
fn what_lies_at_the_slot_is_the_certificate() {
    let says = Some("TCC-2026-104".to_owned());
    for (name, bytes, area, reference) in [
        ("a.docx", CERTIFICATE, D5, says.clone()),
        ("a.docx", CERTIFICATE, Some((3, 1, 6, 4)), says.clone()),
        ("one cell off.docx", CERTIFICATE, Some((4, 4, 5, 5)), says.clone()),
        ("on its label.docx", CERTIFICATE, Some((4, 2, 4, 2)), says),
        ("scan.pdf", b"%PDF-1.7", D5, None),
        ("scan.png", b"\x89PNG", D5, None),
        ("one cell off.pdf", b"%PDF-1.7", Some((5, 3, 5, 3)), None),
    ] {
        let expected = Some((name.to_owned(), "e-RS!D5".to_owned(), reference));
        assert_eq!(found(vec![object("e-RS", name, bytes, area)]), expected, "{name}");
    }
    let second = found(vec![object("Two", "a.pdf", b"%PDF-1.7", Some((0, 1, 0, 1)))]);
    assert_eq!(second.map(|(_, place, _)| place).as_deref(), Some("Two!B1"));
}

#[test]
fn elsewhere_only_what_says_so_is_one() {
    let far = Some((51, 3, 51, 3));
    for (sheet, name, bytes, area, place) in [
        ("e-RS", "a.docx", CERTIFICATE, far, Some("e-RS!D52")),
        ("Other", "a.docx", CERTIFICATE, D5, Some("Other!D5")),
        ("", "a.docx", CERTIFICATE, None, Some("!")),
        ("e-RS", "TCC-2026-104.pdf", b"%PDF-1.7", far, Some("e-RS!D52")),
        ("", "letter.docx", LETTER, None, None),
        ("e-RS", "data set.xlsx", b"PK", far, None),
        ("e-RS", "TCC.png", b"\x89PNG", far, None),
        ("e-RS", "logo.png", b"\x89PNG", Some((5, 3, 5, 3)), None),
        ("Other", "a.pdf", b"%PDF-1.7", Some((0, 1, 0, 1)), None),
    ] {
        let told = found(vec![object(sheet, name, bytes, area)]);
        assert_eq!(told.map(|(_, place, _)| place).as_deref(), place, "{sheet} {name}");
    }
}

#[test]
fn of_several_the_surest_is_taken() {
    let picture = || object("e-RS", "icon.png", b"\x89PNG", D5);
    let letter = || object("e-RS", "letter.docx", LETTER, D5);
    let beside = || object("e-RS", "beside.docx", CERTIFICATE, Some((4, 4, 4, 4)));
    let far = || object("Other", "far.docx", CERTIFICATE, None);
    for (objects, name) in [
        (vec![picture(), letter(), far(), beside()], "beside.docx"),
        (vec![picture(), far(), letter()], "letter.docx"),
        (vec![picture(), far()], "far.docx"),
        (vec![], ""),
    ] {
        assert_eq!(found(objects).map(|(name, ..)| name).unwrap_or_default(), name);
    }
}

#[test]
fn what_belongs_to_the_template_is_no_certificate() {
    let mut profiles = Profiles::clone(&Profiles::with(&[]));
    let of_template = || vec![object("e-RS", "same.pdf", b"%PDF-1.7", D5)];
    let workbook = |objects| Workbook { sheets: vec![sheet("e-RS", Some((4, 2)))], objects, ..Workbook::default() };
    assert!(read(&workbook(of_template()), &["e-RS".to_owned()], &profiles).is_some());
    let known = "version = '2.0'\ntabs = []\n[[objects]]\nsheet = 'e-RS'\nsha256 = 'same.pdf'";
    profiles.scals[0].template = Some(toml::from_str(known).unwrap());
    assert_eq!(read(&workbook(of_template()), &["e-RS".to_owned()], &profiles), None);
}

#[test]
fn no_more_files_are_opened_than_the_limit() {
    let mut objects: Vec<Embedded> = (0..OBJECTS_READ_MAX)
        .map(|index| object("e-RS", &format!("{index}.docx"), LETTER, Some((60, 0, 60, 0))))
        .collect();
    objects.push(object("e-RS", "last.docx", CERTIFICATE, Some((61, 0, 61, 0))));
    assert_eq!(found(objects.clone()), None);
    assert!(found(objects.split_off(1)).is_some());
}
