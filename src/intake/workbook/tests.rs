//! What programs write into a cell, and how a package may be put together. Each case is a workbook of one sheet.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::limits::{CELLS_MAX, COLUMNS_MAX, ROWS_MAX};
use super::*;

const STRICT: &str = "http://purl.oclc.org/ooxml";
const TRANSITIONAL: &str = "http://schemas.openxmlformats.org";

fn zip(parts: &[(&str, &str)], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// How the parts of a workbook are named and refer to one another.
struct Shape {
    main: &'static str,
    /// As the main part names the sheet.
    target: &'static str,
    sheet: &'static str,
    dialect: &'static str,
    strings: Option<&'static str>,
}

const USUAL: Shape = Shape {
    main: "xl/workbook.xml",
    target: "worksheets/sheet1.xml",
    sheet: "xl/worksheets/sheet1.xml",
    dialect: TRANSITIONAL,
    strings: Some("xl/sharedStrings.xml"),
};

const STRINGS: &str = r#"<si><t>shared</t></si>
    <si><r><t xml:space="preserve">rich </t></r><r><rPr><b/></rPr><t xml:space="preserve">text </t></r></si>
    <si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si>
    <si><t xml:space="preserve">a_x000D_
b</t></si>"#;

fn xlsx(shape: &Shape, cells: &str) -> Vec<u8> {
    let Shape { main, target, sheet, dialect, strings } = shape;
    let (folder, name) = main.rsplit_once(['/', '\\']).unwrap();
    let main_space = format!("xmlns=\"{dialect}/spreadsheetml/2006/main\"");
    let office = format!("{dialect}/officeDocument/2006/relationships");
    let relations = |inner: String| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{inner}</Relationships>"
        )
    };
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
    };
    let separator = if main.contains('\\') { "\\" } else { "/" };
    let main_relations = format!("{folder}{separator}_rels{separator}{name}.rels");
    let main_relations_text = relations(
        relation("rId1", "worksheet", target)
            + &relation("rId2", "sharedStrings", "sharedStrings.xml")
            + &relation("rId3", "styles", "styles.xml"),
    );
    let styles = format!("{folder}{separator}styles.xml");
    let types = "<Types><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>".to_owned();
    let package_relations = relations(relation("rId1", "officeDocument", &main.replace('\\', "/")));
    let workbook = format!(
        "<workbook {main_space} xmlns:r=\"{office}\"><sheets><sheet name=\"One\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let styles_text = format!(
        "<styleSheet {main_space}><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"[$-809]d mmmm yyyy;@\"/>
         </numFmts><cellXfs count=\"4\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"20\"/>
         </cellXfs></styleSheet>"
    );
    let sheet_text = format!("<worksheet {main_space}><sheetData><row r=\"1\">{cells}</row></sheetData></worksheet>");
    let strings_text = format!("<sst {main_space} count=\"4\" uniqueCount=\"4\">{STRINGS}</sst>");
    let mut parts = vec![
        ("[Content_Types].xml", types.as_str()),
        ("_rels/.rels", &package_relations),
        (main, &workbook),
        (&main_relations, &main_relations_text),
        (&styles, &styles_text),
        (sheet, &sheet_text),
    ];
    parts.extend(strings.map(|name| (name, strings_text.as_str())));
    zip(&parts, CompressionMethod::Deflated)
}

fn read(bytes: &[u8]) -> Result<Workbook, Problem> {
    let mut package = Package::open(bytes)?;
    read_xlsx(&mut package, bytes)
}

/// The text of cell A1.
fn first(workbook: Result<Workbook, Problem>) -> String {
    workbook.unwrap().sheets.first().unwrap().text(0, 0).to_owned()
}

#[test]
fn cells_of_excel_read_as_people_see_them() {
    for (cell, expected) in [
        (r#"<c r="A1" t="s"><v>0</v></c>"#, "shared"),
        (r#"<c r="A1" t="s"><v>1</v></c>"#, "rich text"),
        (r#"<c r="A1" t="s"><v>2</v></c>"#, "東京"),
        (r#"<c r="A1" t="s"><v>3</v></c>"#, "a\r\nb"),
        (r#"<c r="A1" t="inlineStr"><is><t xml:space="preserve"> in </t></is></c>"#, "in"),
        (r#"<c r="A1" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>"#, "inline"),
        (r#"<c r="A1" t="inlineStr"><is><t>a &amp; b &#8217; &lt;c&gt;</t></is></c>"#, "a & b ’ <c>"),
        (r#"<c r="A1" t="str"><f>B1&amp;"s"</f><v>Yes</v></c>"#, "Yes"),
        (r#"<c r="A1"><f>1+1</f><v>2</v></c>"#, "2"),
        (r#"<c r="A1"><f>1+1</f></c>"#, ""),
        (r#"<c r="A1"><v>2.1000000000000001</v></c>"#, "2.1"),
        (r#"<c r="A1"><v>08100</v></c>"#, "8100"),
        (r#"<c r="A1"><v>1E5</v></c>"#, "100000"),
        (r#"<c r="A1" t="b"><v>1</v></c>"#, "TRUE"),
        (r#"<c r="A1" t="b"><v>0</v></c>"#, "FALSE"),
        (r#"<c r="A1" t="e"><f>X1</f><v>#REF!</v></c>"#, ""),
        (r#"<c r="A1" s="1"><v>46356</v></c>"#, "2026-11-30"),
        (r#"<c r="A1" s="2"><v>46356.75</v></c>"#, "2026-11-30"),
        (r#"<c r="A1" s="3"><v>0.39583333333333331</v></c>"#, "09:30"),
        (r#"<c r="A1" t="d"><v>2026-11-30T00:00:00</v></c>"#, "2026-11-30"),
        (r#"<c t="str"><v>no place</v></c>"#, "no place"),
    ] {
        assert_eq!(first(read(&xlsx(&USUAL, cell))), expected, "{cell}");
    }
    let beyond = r#"<c r="A1" t="s"><v>99</v></c>"#;
    assert_eq!(read(&xlsx(&USUAL, beyond)).unwrap_err(), Problem::Damaged, "a shared text that does not exist");
}

#[test]
fn packages_may_be_put_together_in_many_ways() {
    let shared = r#"<c r="A1" t="s"><v>0</v></c>"#;
    let inline = r#"<c r="A1" t="inlineStr"><is><t>shared</t></is></c>"#;
    for (what, shape, cell) in [
        ("usual", USUAL, shared),
        ("strict", Shape { dialect: STRICT, ..USUAL }, shared),
        ("absolute", Shape { target: "/xl/worksheets/sheet1.xml", ..USUAL }, shared),
        ("no shared strings", Shape { strings: None, ..USUAL }, inline),
        ("another name", Shape { main: "xl/book2.xml", ..USUAL }, shared),
        (
            "another folder",
            Shape {
                main: "data/workbook.xml",
                sheet: "data/worksheets/sheet1.xml",
                strings: Some("data/sharedStrings.xml"),
                ..USUAL
            },
            shared,
        ),
        (
            "other case",
            Shape { sheet: "xl/worksheets/Sheet1.xml", strings: Some("xl/SharedStrings.xml"), ..USUAL },
            shared,
        ),
        (
            "backslashes",
            Shape {
                main: "xl\\workbook.xml",
                sheet: "xl\\worksheets\\sheet1.xml",
                strings: Some("xl\\sharedStrings.xml"),
                ..USUAL
            },
            shared,
        ),
    ] {
        assert_eq!(first(read(&xlsx(&shape, cell))), "shared", "{what}");
    }
}

fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:automatic-styles><style:style style:name=\"ta2\"><style:table-properties \
         table:display=\"false\"/></style:style></office:automatic-styles><office:body><office:spreadsheet>{rows}\
         </office:spreadsheet></office:body></office:document-content>"
    );
    zip(
        &[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)],
        CompressionMethod::Deflated,
    )
}

fn sheet_of(rows: &str) -> Result<Workbook, Problem> {
    let bytes = ods(&format!("<table:table table:name=\"One\">{rows}</table:table>"));
    read_ods(&mut Package::open(&bytes)?)
}

#[test]
fn cells_of_opendocument_read_as_people_see_them() {
    for (attributes, inner, expected) in [
        ("", "<text:p>plain</text:p>", "plain"),
        (
            r#"office:value-type="string""#,
            "<text:p>two</text:p><text:p>lines &amp; <text:span>more</text:span></text:p>",
            "two\nlines & more",
        ),
        ("", "<text:p>a<text:s text:c=\"2\"/>b<text:tab/>c<text:line-break/>d</text:p>", "a  b c\nd"),
        ("", "<text:p><text:a xlink:href=\"x\">link</text:a></text:p>", "link"),
        ("", "<office:annotation><text:p>a note</text:p></office:annotation><text:p>cell</text:p>", "cell"),
        ("", "<draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame>", ""),
        (
            "",
            "<text:p><text:ruby><text:ruby-base>東京</text:ruby-base><text:ruby-text>x</text:ruby-text></text:ruby></text:p>",
            "東京",
        ),
        (r#"office:value-type="string" office:string-value="whole""#, "", "whole"),
        (r#"office:value-type="float" office:value="2.1""#, "<text:p>2,10</text:p>", "2.1"),
        (r#"office:value-type="float" office:value="8100""#, "<text:p>08100</text:p>", "8100"),
        (r#"office:value-type="percentage" office:value="0.5""#, "<text:p>50%</text:p>", "0.5"),
        (
            r#"office:value-type="date" office:date-value="2026-11-30T18:00:00""#,
            "<text:p>30 Nov</text:p>",
            "2026-11-30",
        ),
        (r#"office:value-type="time" office:time-value="PT09H30M00S""#, "<text:p>09:30 AM</text:p>", "09:30"),
        (r#"office:value-type="boolean" office:boolean-value="true""#, "<text:p>WAHR</text:p>", "TRUE"),
        (
            r#"table:formula="of:=1" office:value-type="string" calcext:value-type="error""#,
            "<text:p>#REF!</text:p>",
            "",
        ),
    ] {
        let rows =
            format!("<table:table-row><table:table-cell {attributes}>{inner}</table:table-cell></table:table-row>");
        assert_eq!(first(sheet_of(&rows)), expected, "{attributes} {inner}");
    }
}

#[test]
fn cells_that_stand_for_many_keep_the_rest_in_place() {
    let rows = r#"<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="3"/>
        <table:table-cell table:number-columns-repeated="2"><text:p>x</text:p></table:table-cell></table:table-row>
        <table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>wide</text:p></table:table-cell>
        <table:covered-table-cell/><table:table-cell><text:p>after</text:p></table:table-cell></table:table-row>"#;
    let workbook = sheet_of(rows).unwrap();
    let cells: Vec<_> = workbook.sheets[0].cells().collect();
    assert_eq!(cells, [(0, 3, "x"), (0, 4, "x"), (1, 3, "x"), (1, 4, "x"), (2, 0, "wide"), (2, 2, "after")]);
    assert_eq!(workbook.partly_read, []);
}

#[test]
fn a_bomb_of_repeated_cells_is_cut() {
    let row = |text: &str| {
        format!(
            "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell \
             table:number-columns-repeated=\"16384\">{text}</table:table-cell></table:table-row>"
        )
    };
    let blank = sheet_of(&row("").repeat(3)).unwrap();
    assert_eq!((blank.sheets[0].cells().count(), blank.partly_read), (0, vec![]));
    let filled = sheet_of(&row("<text:p>x</text:p>").repeat(3)).unwrap();
    assert_eq!(filled.sheets[0].cells().count(), (CELLS_MAX / 2).min((ROWS_MAX * COLUMNS_MAX) as usize));
    assert_eq!(filled.partly_read, [PartlyRead { sheet: "One".to_owned(), damaged: false }]);
    let tall = r#"<table:table-row table:number-rows-repeated="4294967295"><table:table-cell><text:p>x</text:p>
        </table:table-cell></table:table-row>"#;
    assert!(!sheet_of(tall).unwrap().partly_read.is_empty());
}

#[test]
fn hidden_tables_sheets_too_many_and_broken_ends() {
    let table = |name: &str, style: &str| {
        format!("<table:table table:name=\"{name}\" table:style-name=\"{style}\"><table:table-row/></table:table>")
    };
    let read = |bytes: &[u8]| read_ods(&mut Package::open(bytes).unwrap());
    let two = read(&ods(&(table("a", "ta1") + &table("b", "ta2")))).unwrap();
    assert_eq!(two.sheets.iter().map(|sheet| sheet.hidden).collect::<Vec<_>>(), [false, true]);
    let many: String = (0..SHEETS_MAX + 2).map(|index| table(&index.to_string(), "ta1")).collect();
    let many = read(&ods(&many)).unwrap();
    assert_eq!((many.sheets.len(), many.partly_read.len()), (SHEETS_MAX, 1));
    let broken =
        read(&ods(&format!("{}<table:table table:name=\"b\"><table:table-row></wrong>", table("a", "ta1")))).unwrap();
    assert_eq!(broken.partly_read, [PartlyRead { sheet: "b".to_owned(), damaged: true }]);
    assert_eq!(read(&ods("</office:spreadsheet>")).unwrap_err(), Problem::Damaged);
}

#[test]
fn an_encrypted_opendocument_is_told() {
    let manifest =
        "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let parts = [("META-INF/manifest.xml", manifest), ("content.xml", "\u{1}\u{2}")];
    let bytes = zip(&parts, CompressionMethod::Stored);
    assert_eq!(read_ods(&mut Package::open(&bytes).unwrap()).unwrap_err(), Problem::PasswordProtected);
}
