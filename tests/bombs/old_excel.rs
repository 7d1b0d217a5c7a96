//! Workbooks of Excel 97 to 2003: records that lie, a password, and programs inside.

use super::*;

fn record(kind: u16, claimed: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes(), &claimed.to_le_bytes(), data].concat()
}

fn begin() -> Vec<u8> {
    record(0x0809, 16, &[0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

fn sheet_at(at: usize) -> Vec<u8> {
    record(0x0085, 10, &[&(at as u32).to_le_bytes()[..], &[0, 0, 2, 0, b'S', b'1']].concat())
}

fn end() -> Vec<u8> {
    record(0x000A, 0, &[])
}

/// A sound workbook with one blank sheet, and these records at its beginning.
fn workbook(first: &[u8]) -> Vec<u8> {
    let globals = |at: usize| [begin(), first.to_vec(), sheet_at(at), end()].concat();
    [globals(globals(0).len()), begin(), end()].concat()
}

/// Long enough to lie in sectors of its own.
fn long(mut stream: Vec<u8>) -> Vec<u8> {
    stream.resize(stream.len().max(5_000), 0);
    stream
}

#[tokio::test]
async fn records_that_lie() {
    for (what, stream) in [
        ("a sheet that is the list of sheets", [begin(), sheet_at(0).repeat(1_000), end()].concat()),
        ("a sheet outside the file", [begin(), sheet_at(u32::MAX as usize), end()].concat()),
        ("a record longer than the file", [begin(), record(0x00FC, u16::MAX, b"x")].concat()),
        ("four billion shared strings", [begin(), record(0x00FC, 8, &[0xFF; 8]), end()].concat()),
        ("records without end", [begin(), record(0x003C, 0, &[]).repeat(2 * MIB), end()].concat()),
    ] {
        let problem = read("lies.xls", &compound("Workbook", &long(stream))).await.problem;
        assert!(matches!(problem, None | Some(FindingCode::Damaged | FindingCode::Hostile)), "{what}: {problem:?}");
    }
}

/// Excel leaves the first records readable and encrypts what follows.
#[tokio::test]
async fn a_workbook_behind_a_password() {
    let pass = |kind: &[u8]| record(0x002F, kind.len() as u16, kind);
    let noise: Vec<u8> = (0..50_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (what, name, pass) in [
        ("by exclusive or", "Workbook", pass(&[0, 0, 1, 2, 3, 4])),
        ("by RC4", "Workbook", pass(&[&[1, 0, 1, 0, 1, 0][..], &[7; 48]].concat())),
        ("by the operating system", "Workbook", pass(&[&[1, 0, 2, 0, 2, 0][..], &[7; 200]].concat())),
        ("without a method", "Workbook", pass(&[])),
        ("of Excel 5", "Book", pass(&[1, 2, 3, 4])),
    ] {
        let file = compound(name, &[begin(), pass, noise.clone()].concat());
        let document = read("locked.xls", &file).await;
        assert_eq!(document.problem, Some(FindingCode::PasswordProtected), "{what}: {:?}", document.findings);
        assert!(document.findings[0].message.contains("Remove the password"), "{what}");
    }
    refused("locked.xls", &compound("Workbook", &long(workbook(&pass(&[1, 0])))), FindingCode::PasswordProtected).await;
}

#[tokio::test]
async fn a_workbook_with_programs_in_it_is_read_and_told_of() {
    let with_programs = |modules: usize| {
        let file = Cursor::new(compound("Workbook", &long(workbook(&[]))));
        let mut file = cfb::CompoundFile::open(file).unwrap();
        file.create_storage_all("_VBA_PROJECT_CUR/VBA").unwrap();
        let names = (0..modules).map(|n| format!("Module{n}"));
        for name in names.chain(["dir".to_owned()]) {
            let mut stream = file.create_stream(format!("_VBA_PROJECT_CUR/VBA/{name}")).unwrap();
            stream.write_all(b"Sub Auto_Open()").unwrap();
        }
        file.flush().unwrap();
        file.into_inner().into_inner()
    };
    for modules in [1, 2_000] {
        let document = read("macros.xls", &with_programs(modules)).await;
        let told: Vec<_> = document.findings.iter().map(|finding| finding.code).collect();
        assert_eq!((document.readable, told), (true, vec![FindingCode::MacroEnabled]), "{modules} modules");
    }
    let without = read("plain.xls", &compound("Workbook", &long(workbook(&[])))).await;
    assert_eq!((without.readable, without.findings.len()), (true, 0));
}
