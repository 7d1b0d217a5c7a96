//! PDFs that inflate, lead in a circle or nest without end. A form is sought in a PDF, so that each is opened; where there
//! is none to be had, the sender is asked for the original.

use super::*;

/// A PDF of these objects, numbered from 1; the first is the catalog.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    pdf_with(objects, "")
}

fn pdf_with(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = String::new();
    for (number, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend(format!("{number} 0 obj\n").bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let (start, size) = (file.len(), objects.len() + 1);
    let trailer = format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n");
    file.extend(format!("xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}").bytes());
    file
}

fn stream(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<< /Length {} {dictionary} >>\nstream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

fn object(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

const CATALOG: &str = "<< /Type /Catalog /Pages 2 0 R >>";
const PAGES: &str = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
const FONT: &str = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";

/// One page with these contents as object 4, and more objects from 6 on, which `resources` names.
fn page(contents: Vec<u8>, resources: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> {resources} >> >>"
    );
    let mut objects = vec![object(CATALOG), object(PAGES), object(&page), contents, object(FONT)];
    objects.extend(more.iter().cloned());
    pdf(&objects)
}

/// What a zip holds of one file, with the head and the sum that a PDF wants around it.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let zip = package(&[("x".to_owned(), bytes.to_vec())]);
    let mut archive = ZipArchive::new(Cursor::new(&zip)).unwrap();
    let part = archive.by_index_raw(0).unwrap();
    let (start, length) = (part.data_start().unwrap() as usize, part.compressed_size() as usize);
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    [b"\x78\x9c", &zip[start..start + length], &((high << 16) | low).to_be_bytes()].concat()
}

fn flate(bytes: &[u8]) -> Vec<u8> {
    stream("/Filter /FlateDecode", &deflated(bytes))
}

/// Told of as a PDF that we do not read, in plain words; that the process lives on, `read` sees to.
async fn no_form(what: &str, bytes: &[u8]) {
    let document = read(&format!("{what}.pdf"), bytes).await;
    assert_eq!(document.problem, Some(FindingCode::UnsupportedType), "{what}: {:?}", document.findings);
    let message = &document.findings[0].message;
    assert!(message.contains("a PDF"), "{what}: {message}");
}

#[tokio::test]
async fn streams_that_inflate_a_thousandfold() {
    let many = |text: &str, bytes: usize| text.repeat(bytes / text.len());
    no_form("blanks", &page(flate(&vec![b' '; 400 * MIB]), "", &[])).await;
    no_form(
        "twice",
        &page(stream("/Filter [/FlateDecode /FlateDecode]", &deflated(&deflated(&vec![0; 400 * MIB]))), "", &[]),
    )
    .await;
    no_form("operators", &page(flate(many("q 1 0 0 1 0 0 cm Q ", 40 * MIB).as_bytes()), "", &[])).await;
    let text = many("BT /F1 9 Tf (x) Tj ET ", 40 * MIB);
    no_form("text", &page(flate(text.as_bytes()), "", &[])).await;
}

#[tokio::test]
async fn tables_of_objects_that_inflate_or_lie() {
    let xref = |dictionary: &str, bytes: &[u8]| {
        let mut file = b"%PDF-1.7\n1 0 obj\n".to_vec();
        file.extend(stream(&format!("/Type /XRef /Root 1 0 R {dictionary}"), bytes));
        file.extend(b"\nendobj\nstartxref\n9\n%%EOF\n");
        file
    };
    let zeros = deflated(&vec![0; 400 * MIB]);
    no_form("a table", &xref("/Size 60000000 /W [1 4 2] /Filter /FlateDecode", &zeros)).await;
    no_form("widths", &xref("/Size 10 /W [2147483647 2147483647 2147483647]", b"abc")).await;
    no_form("size", &xref("/Size 4294967295 /W [0 0 0] /Index [0 4294967295]", b"abc")).await;
    let row = "/DecodeParms << /Predictor 15 /Columns 2147483647 /Colors 32 /BitsPerComponent 16 >>";
    no_form("predictor", &xref(&format!("/Size 10 /W [1 2 1] /Filter /FlateDecode {row}"), &zeros)).await;
    let objects = stream("/Type /ObjStm /N 4294967295 /First 5 /Filter /FlateDecode", &zeros);
    no_form("objects in a stream", &page(flate(b"BT (x) Tj ET"), "/XObject << /X 6 0 R >>", &[objects])).await;
    let previous = pdf_with(&[object(CATALOG), object(PAGES)], "/Prev 9");
    no_form("no table before this one", &previous).await;
    let start = previous.windows(4).rposition(|four| four == b"xref").unwrap();
    let itself = pdf_with(&[object(CATALOG), object(PAGES)], &format!("/Prev {:06}", start - 4));
    no_form("a table before itself", &itself).await;
}

#[tokio::test]
async fn trees_of_pages_that_lead_in_a_circle_or_without_end() {
    let pages = |kids: &str| object(&format!("<< /Type /Pages /Kids [{kids}] /Count 1 >>"));
    no_form("itself", &pdf(&[object(CATALOG), pages("2 0 R")])).await;
    no_form("itself often", &pdf(&[object(CATALOG), pages(&"2 0 R ".repeat(1_000))])).await;
    no_form("two in a circle", &pdf(&[object(CATALOG), pages("3 0 R 3 0 R"), pages("2 0 R 2 0 R")])).await;
    no_form("the catalog", &pdf(&[object("<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] >>")])).await;
    let page = object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>");
    no_form("one page a million times", &pdf(&[object(CATALOG), pages(&"3 0 R ".repeat(1_000_000)), page])).await;
    let mut deep = vec![object(CATALOG)];
    deep.extend((3..50_000).map(|next| pages(&format!("{next} 0 R"))));
    no_form("a tree as deep as it is long", &pdf(&deep)).await;
    let mut wide = vec![object(CATALOG)];
    wide.extend((3..40).map(|next| pages(&format!("{next} 0 R {next} 0 R"))));
    no_form("a tree that doubles at each step", &pdf(&wide)).await;
    let parents = "<< /Type /Page /Parent 3 0 R >>";
    no_form("a page that is its own parent", &pdf(&[object(CATALOG), pages("3 0 R"), object(parents)])).await;
    let references = (1..9).map(|number| object(&format!("{number} 0 R")));
    no_form("references to themselves", &pdf(&references.collect::<Vec<_>>())).await;
    let length = object("<< /Length 4 0 R >>\nstream\nBT (x) Tj ET\nendstream");
    no_form("a length that is its own stream", &self::page(length, "", &[])).await;
}

#[tokio::test]
async fn arrays_and_dictionaries_nested_without_end() {
    for (open, close) in [("[", "]"), ("<< /A ", ">>"), ("(", ")"), ("q ", "Q "), ("/A BMC ", "EMC ")] {
        let nested = format!("{}{}", open.repeat(200_000), close.repeat(200_000));
        no_form(open, &pdf(&[object(&format!("<< /Type /Catalog /Pages 2 0 R /A {nested} >>"))])).await;
        no_form(open, &page(stream("", nested.as_bytes()), "", &[])).await;
        no_form(open, &page(flate(nested.as_bytes()), "", &[])).await;
        let inner = format!("6 0 {nested}");
        let objects = stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &deflated(inner.as_bytes()));
        no_form(open, &page(flate(b"/X Do"), "/XObject << /X 7 0 R >>", &[objects])).await;
    }
}

#[tokio::test]
async fn drawings_that_draw_themselves() {
    let form = |resources: &str, drawing: &[u8]| {
        stream(&format!("/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << {resources} >>"), drawing)
    };
    let named = |number: usize| format!("/XObject << /X {number} 0 R >>");
    no_form("itself", &page(stream("", b"/X Do"), &named(6), &[form(&named(6), b"/X Do /X Do")])).await;
    let two = [form(&named(7), b"/X Do /X Do"), form(&named(6), b"/X Do /X Do")];
    no_form("each other", &page(stream("", b"/X Do"), &named(6), &two)).await;
    let deep: Vec<_> = (7..60).map(|next| form(&named(next), b"/X Do /X Do")).collect();
    no_form("two of the next", &page(stream("", b"/X Do"), &named(6), &deep)).await;
    let pattern = stream(
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 0.0001 /YStep 0.0001 \
         /Resources << /Pattern << /P 6 0 R >> >>",
        b"/Pattern cs /P scn 0 0 9 9 re f",
    );
    no_form("a pattern", &page(stream("", b"/Pattern cs /P scn 0 0 9 9 re f"), "/Pattern << /P 6 0 R >>", &[pattern]))
        .await;
    let font = object(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97 \
         /Widths [9] /Encoding << /Differences [97 /a] >> /CharProcs << /a 7 0 R >> \
         /Resources << /Font << /T 6 0 R >> >> >>",
    );
    let glyph = stream("", b"9 0 d0 BT /T 9 Tf (aa) Tj ET");
    no_form("a font", &page(stream("", b"BT /T 9 Tf (a) Tj ET"), "/Font << /T 6 0 R >>", &[font, glyph])).await;
}

#[tokio::test]
async fn pictures_of_more_than_there_is() {
    let picture = stream(
        "/Type /XObject /Subtype /Image /Width 2000000000 /Height 2000000000 /BitsPerComponent 16 \
         /ColorSpace /DeviceCMYK /Filter /FlateDecode",
        &deflated(&vec![0; 200 * MIB]),
    );
    no_form("a picture", &page(stream("", b"/X Do"), "/XObject << /X 6 0 R >>", &[picture])).await;
    let inline = b"BI /W 2000000000 /H 2000000000 /BPC 8 /CS /RGB ID abc EI";
    no_form("a picture in a page", &page(stream("", inline), "", &[])).await;
}

/// What the library unpacks or counts out for itself nobody can measure before: the limits of the process end it, and
/// the sender is told.
#[tokio::test]
async fn what_only_the_limits_of_the_process_stop() {
    let runs = stream("/Filter /RunLengthDecode", &[129, b' '].repeat(4 * MIB));
    let contents = format!("[{}]", "6 0 R ".repeat(5_000));
    let font = object(
        "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 7 0 R /DescendantFonts [<< \
         /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo << >> /W [0 4294967295 9] >>] >>",
    );
    let ranges = "1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange \
                  1 begincidrange <00000000> <FFFFFFFF> 0 endcidrange 1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange ";
    let map = flate(ranges.repeat(20_000).as_bytes());
    for (what, bytes) in [
        ("runs", page(runs, "", &[])),
        ("one stream often", page(object(&contents), "", &[flate(&vec![b' '; 8 * MIB])])),
        ("a font", page(stream("", b"BT /T 9 Tf <00010002> Tj ET"), "/Font << /T 6 0 R >>", &[font, map])),
    ] {
        let document = read_at_any_cost(&format!("{what}.pdf"), &bytes).await;
        let told = [FindingCode::UnsupportedType, FindingCode::Hostile];
        assert!(document.problem.is_some_and(|code| told.contains(&code)), "{what}: {:?}", document.problem);
        assert!(document.findings[0].message.contains(".xlsx"), "{what}");
    }
}
