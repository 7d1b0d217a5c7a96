//! What a file is told to be, by its bytes. Files that can be read are in `tests/fixtures.rs`.

use std::io::{Cursor, Write};

use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::limits::{
    EAGER_PART_BYTES_MAX, SHARED_STRINGS_MAX, XML_TAG_BYTES_MAX, ZIP_ENTRIES_MAX, ZIP_PART_BYTES_MAX,
};
use super::*;

fn told(name: &str, bytes: &[u8]) -> (&'static str, Option<FindingCode>) {
    let document = read(name, bytes, &Receiver::default());
    assert_eq!(document.problem, document.findings.iter().map(|finding| finding.code).next(), "{name}");
    (document.kind.name(), document.problem)
}

#[test]
fn what_cannot_be_read_is_told_by_its_bytes() {
    use FindingCode::{Damaged, UnsupportedType};
    let table: [(&str, &[u8], FindingCode); 14] = [
        ("scal.xlsx", b"", Damaged),
        ("scal.xlsx", b"no workbook", Damaged),
        ("scal.xlsx", b"PK\x03\x04 and then nothing", Damaged),
        ("scal.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and then nothing", Damaged),
        ("scal.xlsx", b"%PDF-1.7", UnsupportedType),
        ("report.pdf", b"\xef\xbb\xbf%PDF-1.7", UnsupportedType),
        ("ISO 27001 certificate.pdf", b"%PDF-1.7", UnsupportedType),
        ("logo.png", b"\x89PNG\r\n\x1a\n", UnsupportedType),
        ("photo.jpg", b"\xff\xd8\xff\xe0", UnsupportedType),
        ("scal.xlsx", b"MZ\x90\0", UnsupportedType),
        ("scal.rar", b"Rar!\x1a\x07\0", UnsupportedType),
        ("scal.7z", b"7z\xbc\xaf\x27\x1c", UnsupportedType),
        ("notes.txt", b"hello", UnsupportedType),
        ("notes", b"", UnsupportedType),
    ];
    for (name, bytes, code) in table {
        assert_eq!(told(name, bytes), ("other", Some(code)), "{name} {bytes:?}");
    }
}

#[test]
fn a_pdf_is_a_certificate_only_by_a_plain_name() {
    for name in ["TCC-ERS-2026-017.pdf", "Technical Conformance Certificate (Acorn).pdf", "our_tcc.PDF"] {
        assert_eq!(told(name, b"%PDF-1.7"), ("certificate", None), "{name}");
    }
}

/// STANDARDS 47: size is looked at first.
#[test]
fn a_file_that_is_too_large_is_not_opened() {
    let receiver = Receiver { attachment_bytes_max: 4, ..Receiver::default() };
    assert_eq!(read("a.xlsx", b"12345", &receiver).problem, Some(FindingCode::TooLarge));
    assert_eq!(read("a.xlsx", b"1234", &receiver).problem, Some(FindingCode::Damaged));
}

/// STANDARDS E3: a file name cannot carry a header.
#[test]
fn names_digests_and_sizes_are_kept() {
    let document = read(" a\r\nBcc: b.xlsx", b"abc", &Receiver::default());
    assert_eq!((document.name.as_str(), document.bytes), ("a  Bcc: b.xlsx", 3));
    assert_eq!(document.sha256.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let long = read(&"x".repeat(NAME_CHARS_MAX + 1), b"", &Receiver::default());
    assert_eq!(long.name.chars().count(), NAME_CHARS_MAX);
}

#[test]
fn containers_of_old_are_told_apart() {
    for (stream, code) in [
        ("EncryptedPackage", FindingCode::PasswordProtected),
        ("Workbook", FindingCode::Damaged),
        ("Book", FindingCode::Damaged),
        ("WordDocument", FindingCode::UnsupportedType),
        ("Contents", FindingCode::UnsupportedType),
    ] {
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_stream(stream).unwrap().write_all(b"x").unwrap();
        file.flush().unwrap();
        assert_eq!(told("scal.xls", file.into_inner().get_ref()), ("other", Some(code)), "{stream}");
    }
}

fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn packages_that_are_no_workbook_or_document_are_told() {
    let relation = |target: &str| {
        format!(r#"<Relationships><Relationship Id="a" Type="x/officeDocument" Target="/{target}"/></Relationships>"#)
    };
    let types =
        |part: &str, kind: &str| format!(r#"<Types><Override PartName="/{part}" ContentType="{kind}"/></Types>"#);
    let office = |part: &str, kind: &str| {
        let (types, relation) = (types(part, kind), relation(part));
        package(&[("[Content_Types].xml", types.as_bytes()), ("_rels/.rels", relation.as_bytes()), (part, b"<a/>")])
    };
    use FindingCode::{Damaged, UnsupportedType};
    for (bytes, code) in [
        (package(&[("scal.xlsx", b"x")]), UnsupportedType),
        (package(&[("mimetype", b"x"), ("content.xml", b"<a/>")]), UnsupportedType),
        (package(&[("[Content_Types].xml", b"<Types/>")]), Damaged),
        (office("ppt/presentation.xml", "application/x.presentationml.main+xml"), UnsupportedType),
        (office("xl/workbook.bin", "application/x.ms-excel.sheet.binary.main"), UnsupportedType),
        (office("xl/workbook.xml", "application/x.spreadsheetml.sheet.main+xml"), Damaged),
        (office("word/document.xml", "application/x.wordprocessingml.document.main+xml"), Damaged),
    ] {
        assert_eq!(told("a.zip", &bytes), ("other", Some(code)));
    }
}

/// STANDARDS 2: limits on size, number and depth, counted in what really comes out.
#[test]
fn packages_past_a_limit_are_hostile() {
    let part = vec![b' '; ZIP_PART_BYTES_MAX as usize + 1];
    let eager = vec![b' '; EAGER_PART_BYTES_MAX as usize + 1];
    let strings = |announced: u64| format!(r#"<sst count="1" uniqueCount = "{announced}"></sst>"#);
    let tag = |length: usize| format!("<{}/>", "a".repeat(length - 1));
    let third = &part[..ZIP_PART_BYTES_MAX as usize];
    let name = "xl/sharedStrings.xml";
    let hostile = |parts: &[(&str, &[u8])]| told("a.xlsx", &package(parts)).1 == Some(FindingCode::Hostile);

    assert!(hostile(&[("a.bin", &part)]), "one part");
    assert!(!hostile(&[("a.bin", third)]));
    assert!(!hostile(&[("a", third), ("b", third), ("c", third)]));
    assert!(hostile(&[("a", third), ("b", third), ("c", third), ("d", b"x")]), "all parts together");
    assert!(hostile(&[(name, &eager)]), "a part that is kept whole");
    assert!(hostile(&[(name, strings(SHARED_STRINGS_MAX + 1).as_bytes())]), "announced strings");
    assert!(hostile(&[(name, strings(u64::MAX).replace("18", "99918").as_bytes())]), "a number past all numbers");
    assert!(!hostile(&[(name, strings(SHARED_STRINGS_MAX).as_bytes())]));
    assert!(hostile(&[("a.xml", tag(XML_TAG_BYTES_MAX + 2).as_bytes())]), "one tag");
    assert!(!hostile(&[("a.xml", tag(XML_TAG_BYTES_MAX - 2).as_bytes())]));
    assert!(hostile(&[("a.rels", b"<!doctype a><a/>")]), "a document type");
    let names: Vec<String> = (0..=ZIP_ENTRIES_MAX).map(|number| number.to_string()).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    assert!(hostile(&many), "entries");
    assert!(!hostile(&many[1..]));
}

#[test]
fn far_cells_cost_nothing_and_hide_nothing() {
    for (row, column) in [(1_048_575, 16_383), (99_999, 999)] {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, heading) in (0..).zip(["Test ID", "Scenario", "Expected result", "Status"]) {
            sheet.write(0, column, heading).unwrap().write(1, column, "x").unwrap();
        }
        sheet.write(row, column, "far").unwrap();
        let document = read("pack.xlsx", &book.save_to_buffer().unwrap(), &Receiver::default());
        assert_eq!((document.kind.name(), document.findings.len()), ("witness-pack", 0), "{row} {column}");
    }
}

/// The fixture-sized pack with other XML in the place of its first sheet, and more sheets that show the same.
fn pack_with(sheet: &str, sheets: usize) -> Vec<u8> {
    let tabs: String = (0..sheets).map(|tab| format!(r#"<sheet name="T{tab}" r:id="a"/>"#)).collect();
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |target: &str, kind: &str| {
        format!(r#"<Relationships><Relationship Id="a" Type="{kind}" Target="{target}"/></Relationships>"#)
    };
    package(&[
        ("_rels/.rels", relation("xl/workbook.xml", &format!("{kind}/officeDocument")).as_bytes()),
        ("xl/_rels/workbook.xml.rels", relation("worksheets/sheet1.xml", &format!("{kind}/worksheet")).as_bytes()),
        ("xl/workbook.xml", format!(r#"<workbook xmlns:r="{kind}"><sheets>{tabs}</sheets></workbook>"#).as_bytes()),
        ("xl/worksheets/sheet1.xml", format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>").as_bytes()),
    ])
}

fn test_rows() -> String {
    let cell = |text: &str| format!(r#"<c t="str"><v>{text}</v></c>"#);
    let head: String = ["Test ID", "Scenario", "Expected result", "Status"].map(cell).concat();
    format!("<row>{head}</row><row>{head}</row>")
}

#[test]
fn what_is_left_out_is_told_once_for_each_tab() {
    use FindingCode::{Damaged, TooLarge};
    let rows = test_rows();
    let blank = "<c/>".repeat(super::super::limits::CELLS_SEEN_MAX);
    let broken = r#"<row><c t="s"><v>7</v></c></row>"#;
    let sheets_max = super::super::limits::SHEETS_MAX;
    for (what, bytes, expected) in [
        ("as it is", pack_with(&rows, sheets_max), vec![]),
        ("one tab more", pack_with(&rows, sheets_max + 1), vec![(TooLarge, format!("T{sheets_max}"))]),
        ("blank cells", pack_with(&format!("{rows}<row>{blank}</row>"), 1), vec![(TooLarge, "T0".to_owned())]),
        ("a broken cell in the only tab", pack_with(&format!("{rows}{broken}"), 1), vec![(Damaged, String::new())]),
    ] {
        let document = read("pack.xlsx", &bytes, &Receiver::default());
        let place = |finding: &Finding| (finding.code, finding.sheet.clone().unwrap_or_default());
        assert_eq!(document.findings.iter().map(place).collect::<Vec<_>>(), expected, "{what}");
    }
}

/// A workbook whose first tabs are long, or that has more tabs than are looked at, with a pack as its last one.
#[test]
fn a_pack_behind_vast_tabs_is_found_and_one_behind_too_many_is_told_of() {
    let pack = |before: usize, rows: u32| {
        let mut book = Workbook::new();
        for _ in 0..before {
            let sheet = book.add_worksheet();
            for (row, column) in (0..rows).flat_map(|row| (0..30).map(move |column| (row, column))) {
                sheet.write(row, column, "x").unwrap();
            }
        }
        let sheet = book.add_worksheet();
        for (column, heading) in (0..).zip(["Test ID", "Scenario", "Expected result", "Status"]) {
            sheet.write(0, column, heading).unwrap().write(1, column, "x1").unwrap();
        }
        read("pack.xlsx", &book.save_to_buffer().unwrap(), &Receiver::default())
    };
    let vast = pack(3, 4_000);
    assert_eq!(vast.kind.name(), "witness-pack", "{:?}", vast.findings);
    let many = pack(super::super::limits::SHEETS_MAX, 1);
    let [finding] = many.findings.as_slice() else { panic!("{:?}", many.findings) };
    assert_eq!((many.kind.name(), finding.code), ("other", FindingCode::TooLarge));
    assert!(finding.message.contains("was not looked at in full"), "{}", finding.message);
}

/// In a debug build the library overflows on this address; in a release build it reads some other cell.
#[test]
fn a_panic_of_a_library_makes_the_file_damaged() {
    let sheet = format!(r#"{}<row><c r="ZZZZZZZZ99999999999"><v>1</v></c></row>"#, test_rows());
    let document = read("pack.xlsx", &pack_with(&sheet, 1), &Receiver::default());
    assert_eq!(document.problem, cfg!(debug_assertions).then_some(FindingCode::Damaged));
}

#[test]
fn rows_past_the_limit_are_told_as_advice() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..=super::super::limits::ROWS_MAX {
        for (column, heading) in (0..).zip(["Test ID", "Scenario", "Expected result", "Status"]) {
            sheet.write(row, column, heading).unwrap();
        }
    }
    let document = read("pack.xlsx", &book.save_to_buffer().unwrap(), &Receiver::default());
    let [finding] = document.findings.as_slice() else { panic!("{:?}", document.findings) };
    assert_eq!((finding.code, finding.severity), (FindingCode::TooLarge, crate::domain::reading::Severity::Advice));
    assert_eq!((document.readable, finding.sheet.as_deref()), (true, Some("Sheet1")));
}
