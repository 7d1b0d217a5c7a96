//! Files made to exhaust or mislead whoever opens them, read by the real reader process with 20 seconds and 512 MiB:
//! each ends in a finding that says what it is, or is read for what is in it. None costs the process.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

mod old_excel;
mod pdf;

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assured::adapters::reader::{Reader, ReaderLimits};
use assured::domain::reading::{Document, FindingCode};
use assured::intake::Receiver;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const MIB: usize = 1 << 20;

/// How a document begins to be told of when it cost the process its life.
const LOST: &str = "We could not open";
const SAFELY: &str = "safely";

/// Reads one file. Whatever is in it, the process lives on.
async fn read(name: &str, bytes: &[u8]) -> Document {
    let document = read_at_any_cost(name, bytes).await;
    let lost = |message: &str| message.starts_with(LOST) && message.contains(SAFELY);
    assert!(!document.findings.iter().any(|finding| lost(&finding.message)), "{name} ended the process");
    document
}

async fn read_at_any_cost(name: &str, bytes: &[u8]) -> Document {
    let limits =
        ReaderLimits { wall_secs: 20, cpu_secs: 20, address_space_bytes: 512 << 20, ..ReaderLimits::default() };
    let reader = Reader::start(PathBuf::from(env!("CARGO_BIN_EXE_assured")), &Receiver::default(), limits);
    reader.document(name, Arc::from(bytes)).await.unwrap()
}

async fn refused(name: &str, bytes: &[u8], code: FindingCode) {
    let document = read(name, bytes).await;
    assert_eq!(document.problem, Some(code), "{name}: {:?}", document.findings);
    assert!(document.findings.iter().any(|finding| finding.code == code && !finding.message.is_empty()));
}

type Parts = Vec<(String, Vec<u8>)>;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents").join(name)).unwrap()
}

fn parts(package: &[u8]) -> Parts {
    let mut archive = ZipArchive::new(Cursor::new(package)).unwrap();
    let part = |index| {
        let mut part = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        (part.name().unwrap().into_owned(), bytes)
    };
    (0..ZipArchive::new(Cursor::new(package)).unwrap().len()).map(part).collect()
}

fn package(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A fixture with another content in the place of one part.
fn with_part(fixture_name: &str, part: &str, content: impl FnOnce(String) -> Vec<u8>) -> Vec<u8> {
    let mut parts = parts(&fixture(fixture_name));
    let found = parts.iter_mut().find(|(name, _)| name == part).unwrap_or_else(|| panic!("no part {part}"));
    found.1 = content(String::from_utf8(std::mem::take(&mut found.1)).unwrap());
    package(&parts)
}

fn plus_part(fixture_name: &str, part: &str, content: Vec<u8>) -> Vec<u8> {
    let mut parts = parts(&fixture(fixture_name));
    parts.push((part.to_owned(), content));
    package(&parts)
}

/// The one with the tests.
const SHEET: &str = "xl/worksheets/sheet2.xml";
const PACK: &str = "pack-good.xlsx";
const WORD: &str = "pack-gaps.docx";
const ODS: &str = "scal-certificate-ods.ods";

/// Puts a text after the declaration of an XML part.
fn after_declaration(xml: &str, text: &str) -> Vec<u8> {
    let at = if xml.starts_with("<?xml") { xml.find("?>").unwrap() + 2 } else { 0 };
    format!("{}{text}{}", &xml[..at], &xml[at..]).into_bytes()
}

/// Puts a text at the start of an element.
fn inside(xml: &str, element: &str, text: &str) -> Vec<u8> {
    let start = xml.find(&format!("<{element}")).unwrap();
    let at = start + xml[start..].find('>').unwrap() + 1;
    format!("{}{text}{}", &xml[..at], &xml[at..]).into_bytes()
}

// Zip.

#[tokio::test]
async fn a_part_that_inflates_a_thousandfold() {
    refused("bomb.xlsx", &plus_part(PACK, "xl/media/image1.png", vec![0; 400 * MIB]), FindingCode::Hostile).await;
}

#[tokio::test]
async fn many_parts_that_are_too_much_together() {
    let mut parts = parts(&fixture(PACK));
    parts.extend((0..20).map(|n| (format!("xl/media/image{n}.bin"), vec![0; 20 * MIB])));
    refused("bomb.xlsx", &package(&parts), FindingCode::Hostile).await;
}

/// Each entry of the directory names the same stretch of the file.
#[tokio::test]
async fn entries_that_overlap() {
    let zip = package(&[("00000".to_owned(), vec![0; 30 * MIB])]);
    let directory = zip.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    let end = zip.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
    let entries = 3_000_u16;
    let mut bomb = zip[..directory].to_vec();
    for number in 0..entries {
        let mut entry = zip[directory..end].to_vec();
        entry[46..51].copy_from_slice(format!("{number:05}").as_bytes());
        bomb.extend(entry);
    }
    let bytes = (bomb.len() - directory) as u32;
    let mut tail = zip[end..].to_vec();
    tail[8..10].copy_from_slice(&entries.to_le_bytes());
    tail[10..12].copy_from_slice(&entries.to_le_bytes());
    tail[12..16].copy_from_slice(&bytes.to_le_bytes());
    bomb.extend(tail);
    let document = read("overlap.xlsx", &bomb).await;
    assert!(matches!(document.problem, Some(FindingCode::Hostile | FindingCode::Damaged)), "{:?}", document.problem);
}

/// The sizes that the archive tells, of every part, are not those that come out.
#[tokio::test]
async fn sizes_that_lie() {
    for (claimed, content) in [(10_u32, vec![0; 64 * MIB]), (u32::MAX - 1, b"short".to_vec()), (0, b"short".to_vec())] {
        let mut zip = plus_part(PACK, "xl/media/image1.bin", content);
        for (mark, size_at) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
            let starts: Vec<usize> = (0..zip.len() - 4).filter(|at| zip[*at..].starts_with(mark)).collect();
            for start in starts {
                zip[start + size_at..start + size_at + 4].copy_from_slice(&claimed.to_le_bytes());
            }
        }
        let problem = read("lies.xlsx", &zip).await.problem;
        assert!(
            matches!(problem, None | Some(FindingCode::Hostile | FindingCode::Damaged)),
            "{claimed} claimed: {problem:?}"
        );
    }
}

#[tokio::test]
async fn entries_without_number() {
    let many: Parts = (0..60_000).map(|n| (format!("{n}"), Vec::new())).collect();
    refused("many.xlsx", &package(&many), FindingCode::Hostile).await;
}

// XML.

const LAUGHS: &str = "<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
                      <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">]>";
const OUTSIDE: &str = "<!DOCTYPE x [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
const PARAMETER: &str = "<!DOCTYPE x [<!ENTITY % x SYSTEM \"http://127.0.0.1/x.dtd\"> %x;]>";

#[tokio::test]
async fn a_billion_laughs_and_entities_from_outside() {
    for (name, part) in [
        (PACK, SHEET),
        (PACK, "xl/workbook.xml"),
        (PACK, "xl/sharedStrings.xml"),
        (PACK, "_rels/.rels"),
        (PACK, "[Content_Types].xml"),
        (WORD, "word/document.xml"),
        (ODS, "content.xml"),
        (ODS, "META-INF/manifest.xml"),
    ] {
        for kind in [LAUGHS, OUTSIDE, PARAMETER, &LAUGHS.to_lowercase()] {
            let bomb = with_part(name, part, |xml| after_declaration(&xml, kind));
            refused(name, &bomb, FindingCode::Hostile).await;
        }
    }
}

/// Written in UTF-16, a document type does not look like one.
#[tokio::test]
async fn a_billion_laughs_in_another_encoding() {
    for (name, part) in [(PACK, SHEET), (WORD, "word/document.xml"), (ODS, "content.xml")] {
        let bomb = with_part(name, part, |xml| {
            let text = String::from_utf8(after_declaration(&xml.replace("UTF-8", "UTF-16"), LAUGHS)).unwrap();
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        });
        refused(name, &bomb, FindingCode::Hostile).await;
    }
}

#[tokio::test]
async fn elements_nested_without_end() {
    let nested = |tag: &str| format!("<{tag}>").repeat(500_000);
    let word = with_part(WORD, "word/document.xml", |xml| inside(&xml, "w:body", &nested("w:tc")));
    refused("nested.docx", &word, FindingCode::Hostile).await;
    let ods = with_part(ODS, "content.xml", |xml| inside(&xml, "table:table", &nested("x")));
    refused("nested.ods", &ods, FindingCode::Hostile).await;
    for part in [SHEET, "xl/styles.xml", "_rels/.rels", "[Content_Types].xml"] {
        let xlsx = with_part(PACK, part, |xml| {
            let root = xml.rsplit_once("</").map(|(_, end)| end.trim_end_matches(['>', '\n']).to_owned()).unwrap();
            inside(&xml, &root, &nested("x"))
        });
        let problem = read("nested.xlsx", &xlsx).await.problem;
        assert!(matches!(problem, None | Some(FindingCode::Hostile | FindingCode::Damaged)), "{part}: {problem:?}");
    }
}

#[tokio::test]
async fn a_tag_and_an_attribute_without_end() {
    for junk in [format!("<x a=\"{}\"/>", "a".repeat(8 * MIB)), format!("<x {}/>", "a=\"\" ".repeat(MIB))] {
        for (name, part) in [(PACK, SHEET), (WORD, "word/document.xml"), (ODS, "content.xml")] {
            let bomb = with_part(name, part, |xml| after_declaration(&xml, &junk));
            refused(name, &bomb, FindingCode::Hostile).await;
        }
    }
}

// Workbooks.

#[tokio::test]
async fn cells_at_the_far_end_of_the_sheet() {
    let far = "<row r=\"1048576\"><c r=\"XFD1048576\" t=\"str\"><v>far</v></c></row>";
    let merged = "<mergeCell ref=\"A1:XFD1048576\"/>".repeat(50_000);
    let xlsx = with_part(PACK, SHEET, |xml| {
        let xml = xml.replace("</sheetData>", &format!("{far}</sheetData><mergeCells>{merged}</mergeCells>"));
        let start = xml.find("<dimension").unwrap();
        let end = start + xml[start..].find("/>").unwrap() + 2;
        format!("{}<dimension ref=\"A1:XFD1048576\"/>{}", &xml[..start], &xml[end..]).into_bytes()
    });
    let here = read(PACK, &fixture(PACK)).await;
    assert_eq!(read("far.xlsx", &xlsx).await.kind, here.kind, "what is there is read all the same");
    let ods = with_part(ODS, "content.xml", |xml| {
        let far = "<table:table-row table:number-rows-repeated=\"4294967295\">\
                   <table:table-cell table:number-columns-repeated=\"4294967295\" office:value-type=\"string\">\
                   <text:p>far</text:p></table:table-cell></table:table-row>";
        xml.replace("</table:table>", &format!("{far}</table:table>")).into_bytes()
    });
    assert_eq!(read("far.ods", &ods).await.kind.name(), read(ODS, &fixture(ODS)).await.kind.name());
}

#[tokio::test]
async fn cells_at_places_that_no_sheet_has() {
    for place in ["A0", "A4294967295", "A99999999999999999999", "ZZZZZZZZ1", "1A", "", "A-1", "XFE1"] {
        let cell = format!("<row r=\"99999\"><c r=\"{place}\" t=\"str\"><v>x</v></c></row></sheetData>");
        let xlsx = with_part(PACK, SHEET, |xml| xml.replace("</sheetData>", &cell).into_bytes());
        let problem = read("places.xlsx", &xlsx).await.problem;
        assert!(matches!(problem, None | Some(FindingCode::Damaged)), "{place}: {problem:?}");
    }
}

#[tokio::test]
async fn sheets_and_shared_strings_without_number() {
    let sheet = |n: usize| format!("<sheet name=\"S{n}\" sheetId=\"{}\" r:id=\"rId1\"/>", n + 1);
    let sheets: String = (0..40_000).map(sheet).collect();
    let xlsx =
        with_part(PACK, "xl/workbook.xml", |xml| xml.replace("</sheets>", &format!("{sheets}</sheets>")).into_bytes());
    let document = read("sheets.xlsx", &xlsx).await;
    assert!(document.findings.iter().any(|finding| finding.code == FindingCode::TooLarge), "{:?}", document.findings);
    for count in ["99999999", "4294967295", "18446744073709551615", "99999999999999999999999"] {
        let sst = format!("<sst xmlns=\"x\" count=\"1\" uniqueCount=\"{count}\"><si><t>a</t></si></sst>");
        let xlsx = with_part(PACK, "xl/sharedStrings.xml", |_| sst.into_bytes());
        refused("strings.xlsx", &xlsx, FindingCode::Hostile).await;
    }
    let many = format!("<sst>{}</sst>", "<si><t/></si>".repeat(2_000_000));
    let xlsx = with_part(PACK, "xl/sharedStrings.xml", |_| many.into_bytes());
    refused("strings.xlsx", &xlsx, FindingCode::Hostile).await;
}

#[tokio::test]
async fn a_sheet_of_blanks_and_a_sheet_of_text_are_read_as_far_as_any_is() {
    let blank = format!("<row>{}</row>", "<c/>".repeat(5_000_000));
    let text = "<row><c t=\"inlineStr\"><is><t>long words</t></is></c></row>".repeat(400_000);
    for junk in [blank, text] {
        let xlsx =
            with_part(PACK, SHEET, |xml| xml.replace("</sheetData>", &format!("{junk}</sheetData>")).into_bytes());
        let document = read("long.xlsx", &xlsx).await;
        assert!(document.findings.iter().any(|f| f.code == FindingCode::TooLarge), "{:?}", document.findings);
    }
}

#[tokio::test]
async fn tables_and_spans_without_end_in_a_document() {
    let cell = "<w:tc><w:tcPr><w:gridSpan w:val=\"4294967295\"/></w:tcPr><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>";
    for junk in [
        format!("<w:tbl>{}</w:tbl>", format!("<w:tr>{cell}</w:tr>").repeat(100_000)),
        format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", cell.repeat(100_000)),
        format!("<w:tbl><w:tr>{cell}</w:tr></w:tbl>").repeat(100_000),
        "<w:p><w:r><w:t>x</w:t></w:r></w:p>".repeat(500_000),
    ] {
        let docx = with_part(WORD, "word/document.xml", |xml| inside(&xml, "w:body", &junk));
        let document = read("tables.docx", &docx).await;
        assert!(document.problem.is_none() || document.problem == Some(FindingCode::Hostile), "{:?}", document.problem);
    }
}

// Compound files.

const SECTOR: usize = 512;

/// A compound file with one stream, long enough to lie in sectors of its own.
fn compound(stream: &str, bytes: &[u8]) -> Vec<u8> {
    let file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()));
    let mut file = file.unwrap();
    file.create_stream(stream).unwrap().write_all(bytes).unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// Where the entry of a stream lies in the directory, which is one chain of sectors.
fn entry_of(file: &[u8], name: &str) -> usize {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    (0..file.len()).step_by(128).find(|at| file[*at..].starts_with(&name) && *at >= SECTOR).unwrap()
}

/// Each way in which the sectors or the directory of a compound file can lead in a circle or out of it.
fn loops(stream: &str, bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let file = compound(stream, bytes);
    let table = (u32_at(&file, 76) + 1) * SECTOR;
    let entry = entry_of(&file, stream);
    let first = u32_at(&file, entry + 116);
    let put = |at: usize, value: &[u8]| {
        let mut file = file.clone();
        file[at..at + value.len()].copy_from_slice(value);
        file
    };
    let here = |number: usize| (number as u32).to_le_bytes();
    vec![
        ("a stream whose first sector leads to itself", put(table + 4 * first, &here(first))),
        ("a stream whose third sector leads to its first", put(table + 4 * (first + 2), &here(first))),
        ("a stream that leads out of the file", put(table + 4 * first, &here(0x00FF_FFFF))),
        ("a stream that begins outside", put(entry + 116, &here(0x00FF_FFFF))),
        ("a stream of more bytes than any disk", put(entry + 120, &u64::MAX.to_le_bytes())),
        ("a stream of 4 GB", put(entry + 120, &u64::from(u32::MAX).to_le_bytes())),
        ("an entry beside itself", put(entry + 68, &here(1))),
        ("an entry below itself", put(entry + 76, &here(1))),
        ("a directory that leads to itself", put(table + 4 * u32_at(&file, 48), &here(u32_at(&file, 48)))),
        ("a table that lists itself without end", put(68, &here(u32_at(&file, 76)))),
        ("a table of more sectors than there are", put(44, &here(u32::MAX as usize))),
        ("sectors of 2 to the power of 65535 bytes", put(30, b"\xff\xff")),
    ]
}

#[tokio::test]
async fn compound_files_that_lead_in_a_circle() {
    for stream in ["Workbook", "EncryptedPackage", "WordDocument", "Contents"] {
        for (what, bytes) in loops(stream, &[0; 20 * SECTOR]) {
            let problem = read("loop.xls", &bytes).await.problem;
            let told = [FindingCode::Damaged, FindingCode::UnsupportedType, FindingCode::PasswordProtected];
            assert!(problem.is_some_and(|code| told.contains(&code)), "{stream}, {what}: {problem:?}");
        }
    }
}

/// As an object in a workbook, where it could be the certificate.
#[tokio::test]
async fn embedded_compound_files_that_lead_in_a_circle() {
    let name = "scal-certificate-package.xlsx";
    let whole = parts(&fixture(name));
    let is_object = |part: &str| part.starts_with("xl/embeddings/");
    assert!(whole.iter().any(|(part, _)| is_object(part)));
    for (what, bytes) in loops("\u{1}Ole10Native", &[0xFF; 20 * SECTOR]) {
        let mut changed = whole.clone();
        changed.iter_mut().filter(|(part, _)| is_object(part)).for_each(|(_, content)| content.clone_from(&bytes));
        let document = read(name, &package(&changed)).await;
        assert_eq!((document.kind.name(), document.problem), ("scal", None), "{what}");
    }
}

// Locked files, and files with programs in them.

#[tokio::test]
async fn files_behind_a_password() {
    use FindingCode::PasswordProtected;
    refused("scal-password.xlsx", &fixture("scal-password.xlsx"), PasswordProtected).await;
    let ods = with_part(ODS, "META-INF/manifest.xml", |xml| {
        xml.replace("</manifest:manifest>", "<manifest:encryption-data/></manifest:manifest>").into_bytes()
    });
    refused("locked.ods", &ods, PasswordProtected).await;
    // The flag of encryption on every entry of a zip.
    let mut zip = fixture(PACK);
    for (mark, flags_at) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let starts: Vec<usize> = (0..zip.len() - 4).filter(|at| zip[*at..].starts_with(mark)).collect();
        starts.into_iter().for_each(|start| zip[start + flags_at] |= 1);
    }
    refused("locked.xlsx", &zip, PasswordProtected).await;
}

#[tokio::test]
async fn files_with_macros_are_read_and_told_of() {
    for (name, bytes) in [
        ("scal-macro.xlsm", fixture("scal-macro.xlsm")),
        ("pack.docm", plus_part(WORD, "word/vbaProject.bin", vec![0; 100])),
    ] {
        let document = read(name, &bytes).await;
        let told = document.findings.iter().any(|finding| finding.code == FindingCode::MacroEnabled);
        assert!(document.readable && told, "{name}: {:?}", document.findings);
    }
}

#[tokio::test]
async fn files_that_are_no_documents_at_all() {
    for (name, start, code) in [
        ("scal.xlsx", b"MZ\x90\0".as_slice(), FindingCode::UnsupportedType),
        ("scal.xlsx", b"\x7fELF", FindingCode::Damaged),
        ("scal.xlsx", b"<?xml version=\"1.0\"?><!DOCTYPE x []>", FindingCode::Damaged),
        ("scal.xls", b"<html><table>", FindingCode::Damaged),
    ] {
        refused(name, &[start, &vec![b'a'; 8 * MIB]].concat(), code).await;
    }
}
