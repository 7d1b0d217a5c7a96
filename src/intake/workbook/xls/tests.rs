//! Workbooks of before 2007, made record by record.

use std::io::{Cursor, Write};

use super::super::super::limits::{CELL_CHARS_MAX, ROWS_MAX, SHEETS_MAX};
use super::super::PartlyRead;
use super::super::shapes::Area;
use super::*;

type Part = (u16, Vec<u8>);

fn record((kind, data): &Part) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

fn records(parts: &[Part]) -> Vec<u8> {
    parts.iter().flat_map(record).collect()
}

fn beginning(age: Age) -> Part {
    let version: u16 = if age == Age::Excel97 { 0x0600 } else { 0x0500 };
    (kind::BOF, [&version.to_le_bytes()[..], &[0; 14]].concat())
}

/// A text with its length in one byte or two.
fn text(text: &str, length: usize, age: Age) -> Vec<u8> {
    let count = text.encode_utf16().count() as u16;
    let mut bytes = count.to_le_bytes()[..length].to_vec();
    match age {
        Age::Excel97 => {
            bytes.push(1);
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        Age::Excel5 => bytes.extend(text.bytes()),
    }
    bytes
}

/// Row 0, column 0, style `style`, and what follows.
fn at(style: u16, rest: &[u8]) -> Vec<u8> {
    [&[0, 0, 0, 0], &style.to_le_bytes()[..], rest].concat()
}

/// A workbook with these sheets: name, visibility, records.
fn stream(age: Age, more: &[Part], sheets: &[(&str, u8, Vec<Part>)]) -> Vec<u8> {
    let sheet = |parts: &[Part]| records(&[&[beginning(age)], parts, &[(kind::EOF, Vec::new())]].concat());
    let listed = |offsets: &[u32]| {
        let tabs = sheets.iter().zip(offsets).map(|((name, visibility, _), offset)| {
            let head = [&offset.to_le_bytes()[..], &[*visibility, 0]].concat();
            (kind::BOUND_SHEET, [head, text(name, 1, age)].concat())
        });
        let tabs: Vec<Part> = tabs.collect();
        records(&[&[beginning(age)], more, &tabs, &[(kind::EOF, Vec::new())]].concat())
    };
    let mut offset = listed(&vec![0; sheets.len()]).len() as u32;
    let mut offsets = Vec::new();
    let mut bodies = Vec::new();
    for (.., parts) in sheets {
        offsets.push(offset);
        bodies.extend(sheet(parts));
        offset = offsets.first().map_or(0, |first| first + bodies.len() as u32);
    }
    [listed(&offsets), bodies].concat()
}

fn container(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((storage, _)) = path.split_once('/') {
            file.create_storage(storage).unwrap();
        }
        file.create_stream(path).unwrap().write_all(bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn read_stream(stream: &[u8]) -> Result<Workbook, Problem> {
    let bytes = container(&[("Workbook", stream)]);
    read(&mut Compound::open(&bytes).unwrap())
}

fn shared() -> Vec<Part> {
    let strings = [vec![0; 8], text("shared – text", 2, Age::Excel97)].concat();
    let style = |format: u16| (kind::XF, [&[0, 0], &format.to_le_bytes()[..]].concat());
    let own = (kind::FORMAT, [&164_u16.to_le_bytes()[..], &text("d mmmm yyyy", 2, Age::Excel97)].concat());
    vec![style(0), style(14), style(164), own, (kind::SST, strings)]
}

#[test]
fn cells_read_as_people_see_them() {
    let f64 = |number: f64| number.to_le_bytes();
    let result = |bytes: [u8; 8]| (kind::FORMULA, at(0, &[&bytes[..], &[0; 8]].concat()));
    for (parts, expected) in [
        (vec![(kind::LABEL_SST, at(0, &[0; 4]))], "shared – text"),
        (vec![(kind::LABEL, at(0, &text("label", 2, Age::Excel97)))], "label"),
        (vec![(kind::RICH_LABEL, at(0, &text("rich", 2, Age::Excel97)))], "rich"),
        (vec![(kind::NUMBER, at(0, &f64(2.1)))], "2.1"),
        (vec![(kind::NUMBER, at(1, &f64(46_356.75)))], "2026-11-30"),
        (vec![(kind::RK, at(2, &(46_356_u32 << 2 | 2).to_le_bytes()))], "2026-11-30"),
        (vec![(kind::RK, at(0, &(8_100_u32 << 2 | 2).to_le_bytes()))], "8100"),
        (vec![(kind::MUL_RK, [&[0; 4], &[0, 0, 14, 0, 0, 0][..], &[0, 0]].concat())], "3"),
        (vec![(kind::BOOL_ERR, at(0, &[1, 0]))], "TRUE"),
        (vec![(kind::BOOL_ERR, at(0, &[0x17, 1]))], ""),
        (vec![result(f64(5.0))], "5"),
        (vec![result([1, 0, 1, 0, 0, 0, 0xFF, 0xFF])], "TRUE"),
        (vec![result([2, 0, 0x17, 0, 0, 0, 0xFF, 0xFF])], ""),
        (
            vec![result([0, 0, 0, 0, 0, 0, 0xFF, 0xFF]), (kind::STRING, text("worked out", 2, Age::Excel97))],
            "worked out",
        ),
        (vec![beginning(Age::Excel97), (kind::NUMBER, at(0, &f64(9.0))), (kind::EOF, vec![])], ""),
    ] {
        let workbook = read_stream(&stream(Age::Excel97, &shared(), &[("One", 0, parts.clone())])).unwrap();
        assert_eq!(workbook.sheets[0].text(0, 0), expected, "{parts:?}");
        assert_eq!(workbook.partly_read, []);
    }
}

#[test]
fn a_workbook_of_excel_5_reads_too() {
    let label = (kind::LABEL, at(0, b"\x04\0\x93Hi\x94"));
    let bytes = container(&[("Book", &stream(Age::Excel5, &[], &[("One", 0, vec![label])]))]);
    let workbook = read(&mut Compound::open(&bytes).unwrap()).unwrap();
    assert_eq!((workbook.sheets[0].name.as_str(), workbook.sheets[0].text(0, 0)), ("One", "“Hi”"));
}

#[test]
fn a_password_and_hidden_sheets_are_told() {
    let locked = stream(Age::Excel97, &[(kind::FILE_PASS, vec![1, 0])], &[("One", 0, vec![])]);
    assert_eq!(read_stream(&locked).unwrap_err(), Problem::PasswordProtected);
    let sheets: Vec<_> = [("a", 0, vec![]), ("b", 1, vec![]), ("c", 2, vec![])].to_vec();
    let workbook = read_stream(&stream(Age::Excel97, &[], &sheets)).unwrap();
    assert_eq!(workbook.sheets.iter().map(|sheet| sheet.hidden).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn limits_hold_and_what_lies_is_damaged() {
    let far = (kind::LABEL, [&(ROWS_MAX as u16).to_le_bytes()[..], &[0; 4], &text("x", 2, Age::Excel97)].concat());
    let long = (kind::LABEL, at(0, &text(&"x".repeat(CELL_CHARS_MAX + 1), 2, Age::Excel97)));
    let workbook = read_stream(&stream(Age::Excel97, &[], &[("One", 0, vec![long, far])])).unwrap();
    assert_eq!(workbook.sheets[0].text(0, 0).len(), CELL_CHARS_MAX);
    assert_eq!(workbook.partly_read, [PartlyRead { sheet: "One".to_owned(), damaged: false }]);

    let names: Vec<String> = (0..SHEETS_MAX + 2).map(|index| index.to_string()).collect();
    let sheets: Vec<_> = names.iter().map(|name| (name.as_str(), 0, vec![])).collect();
    let workbook = read_stream(&stream(Age::Excel97, &[], &sheets)).unwrap();
    assert_eq!((workbook.sheets.len(), workbook.partly_read.len()), (SHEETS_MAX, 1));

    let whole = stream(Age::Excel97, &[], &[("One", 0, vec![]), ("Two", 0, vec![])]);
    let cut = read_stream(&whole[..whole.len() - 4]).unwrap();
    assert_eq!(cut.partly_read, [PartlyRead { sheet: "Two".to_owned(), damaged: true }]);
    for broken in [&b""[..], b"no records", &whole[..whole.len() - 50], &records(&[beginning(Age::Excel97)])] {
        assert_eq!(read_stream(broken).unwrap_err(), Problem::Damaged);
    }
}

/// A record of a drawing.
fn drawn(head: u16, kind: u16, data: &[u8]) -> Vec<u8> {
    [&head.to_le_bytes()[..], &kind.to_le_bytes(), &(data.len() as u32).to_le_bytes(), data].concat()
}

fn anchor(numbers: [u16; 8]) -> Vec<u8> {
    drawn(0, 0xF010, &[&[2, 0][..], &numbers.map(u16::to_le_bytes).concat()].concat())
}

#[test]
fn files_and_pictures_lie_where_they_are_drawn() {
    let package = drawn(0xF, 0xF004, &anchor([3, 5, 4, 5, 4, 0, 4, 200]));
    // The common part of an object, then the formula of its picture with the number of its storage, then the end.
    let object = [&[0x15, 0, 4, 0, 8, 0, 1, 0][..], &[9, 0, 10, 0, 4, 0, 1, 1, 1, 1, 0x2A, 0, 0, 0], &[0; 4]].concat();
    let number = [&0x4104_u16.to_le_bytes()[..], &1_u32.to_le_bytes()].concat();
    let picture = drawn(0xF, 0xF004, &[drawn(0x13, 0xF00B, &number), anchor([0, 0, 9, 0, 2, 1, 9, 1])].concat());
    let only_picture = vec![0x15, 0, 4, 0, 8, 0, 2, 0, 0, 0, 0, 0];
    let png = drawn(0x6E00, 0xF01E, &[&[7; 17][..], b"\x89PNG"].concat());
    let group = drawn(0xF, 0xF000, &drawn(0xF, 0xF001, &drawn(2, 0xF007, &[&[0; 36][..], &png].concat())));
    let sheet =
        vec![(kind::DRAWING, package), (kind::OBJECT, object), (kind::DRAWING, picture), (kind::OBJECT, only_picture)];
    let stream = stream(Age::Excel97, &[(kind::DRAWING_GROUP, group)], &[("One", 0, sheet)]);
    let bytes =
        container(&[("Workbook", &stream), ("MBD0000002A/Package", b"PK"), ("MBD0000002B/CONTENTS", b"%PDF-1.7")]);
    let workbook = read(&mut Compound::open(&bytes).unwrap()).unwrap();
    let told = workbook.objects.iter().map(|object| {
        (object.sheet.as_str(), object.area, object.is_picture, object.file.name.as_str(), object.file.bytes.as_slice())
    });
    let area = |left, right, row| Some(Area { top: row, left, bottom: row, right });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("One", area(3, 3, 4), false, "MBD0000002A", &b"PK"[..]),
            ("", None, false, "MBD0000002B", b"%PDF-1.7"),
            ("One", area(0, 2, 9), true, "picture 1", b"\x89PNG"),
        ]
    );
}
