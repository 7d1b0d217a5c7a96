//! The paragraphs and tables of a Word document, from its main part alone. Headers, footers, comments, deleted text
//! and fields are not read. Must not know what the document is for.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::grid::{Allowance, Grid};
use super::limits::{TABLES_MAX, XML_DEPTH_MAX};
use super::package::attribute;
use super::problem::Problem;

#[derive(Debug, Default)]
pub(super) struct Word {
    /// Paragraphs outside tables that are not blank, in order.
    pub(super) lines: Vec<String>,
    /// Tables in the order in which they end, so a table within a cell comes before the one around it.
    pub(super) tables: Vec<Grid>,
    /// The first texts of the document, whether in a paragraph or in a table.
    pub(super) opening: Vec<String>,
    /// Something was left out.
    pub(super) cut: bool,
}

/// Stands in a cell for a picture or an embedded file: a signature, or evidence.
pub(super) const PICTURE: char = '\u{fffc}';

/// How many texts count as the opening of a document: a letterhead, then its title.
const OPENING_TEXTS: usize = 8;

pub(super) fn read(xml: &str) -> Result<Word, Problem> {
    let mut reader = Reader::from_str(xml);
    let mut body = Body::new();
    loop {
        match reader.read_event().map_err(|_| Problem::Damaged)? {
            Event::Start(element) => body.open(&element)?,
            Event::Empty(element) => {
                body.open(&element)?;
                body.close(element.local_name().as_ref());
            }
            Event::End(element) => body.close(element.local_name().as_ref()),
            Event::Text(text) => body.text(&text.xml10_content()),
            Event::CData(text) => body.text(&text.xml10_content()),
            Event::GeneralRef(reference) => body.text(character(&reference).encode_utf8(&mut [0; 4])),
            Event::DocType(_) => return Err(Problem::Hostile),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if body.depth != 0 || !body.seen { Err(Problem::Damaged) } else { Ok(body.finish()) }
}

/// Where the reader stands in the document.
struct Body {
    word: Word,
    allowance: Allowance,
    depth: usize,
    /// The main part has a `body` element: it is a Word document.
    seen: bool,
    /// Depth of an element whose content is an older copy of what was just read.
    skipping: Option<usize>,
    in_text: bool,
    paragraph: String,
    tables: Vec<Table>,
}

#[derive(Default)]
struct Table {
    grid: Grid,
    row: u32,
    column: u32,
    span: u32,
    cell: String,
}

impl Body {
    fn new() -> Self {
        Self {
            word: Word::default(),
            allowance: Allowance::full(),
            depth: 0,
            seen: false,
            skipping: None,
            in_text: false,
            paragraph: String::new(),
            tables: Vec::new(),
        }
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > XML_DEPTH_MAX {
            return Err(Problem::Hostile);
        }
        if self.skipping.is_some() {
            return Ok(());
        }
        match element.local_name().as_ref() {
            "Fallback" => self.skipping = Some(self.depth),
            "body" => self.seen = true,
            "t" => self.in_text = true,
            "tab" | "br" | "cr" => self.paragraph.push(' '),
            "drawing" | "pict" | "object" => self.paragraph.push(PICTURE),
            "tbl" => self.tables.push(Table::default()),
            "gridSpan" => {
                if let Some(table) = self.tables.last_mut() {
                    let columns = attribute(element, "val").and_then(|value| value.parse().ok());
                    table.span = columns.unwrap_or(1);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.in_text && self.skipping.is_none() {
            self.paragraph.push_str(text);
        }
    }

    fn close(&mut self, name: &str) {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        if let Some(skipped) = self.skipping {
            if skipped == depth {
                self.skipping = None;
            }
            return;
        }
        match name {
            "t" => self.in_text = false,
            "p" => self.end_paragraph(),
            "tc" => self.end_cell(),
            "tr" => {
                if let Some(table) = self.tables.last_mut() {
                    table.row = table.row.saturating_add(1);
                    table.column = 0;
                }
            }
            "tbl" => {
                if let Some(table) = self.tables.pop().filter(|table| table.grid.rows().next().is_some()) {
                    self.allowance.cut |= self.word.tables.len() >= TABLES_MAX;
                    self.word.tables.push(table.grid);
                    self.word.tables.truncate(TABLES_MAX);
                }
            }
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        if paragraph.trim().is_empty() {
            return;
        }
        // Outside tables a picture is a logo.
        let is_picture = paragraph.chars().all(|c| c == PICTURE || c.is_whitespace());
        if is_picture && self.tables.is_empty() {
            return;
        }
        if self.word.opening.len() < OPENING_TEXTS && !is_picture {
            self.word.opening.extend(self.allowance.take(&paragraph));
        }
        match self.tables.last_mut() {
            Some(table) => {
                if !table.cell.is_empty() {
                    table.cell.push('\n');
                }
                table.cell.push_str(paragraph.trim());
            }
            None => self.word.lines.extend(self.allowance.take(&paragraph)),
        }
    }

    fn end_cell(&mut self) {
        if let Some(table) = self.tables.last_mut() {
            let cell = std::mem::take(&mut table.cell);
            table.grid.put(table.row, table.column, &cell, &mut self.allowance);
            table.column = table.column.saturating_add(table.span.max(1));
            table.span = 1;
        }
    }

    fn finish(self) -> Word {
        Word { cut: self.allowance.cut, ..self.word }
    }
}

/// The character that an entity stands for; an unknown one is a space, since no document type may define any.
pub(super) fn character(reference: &BytesRef<'_>) -> char {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character;
    }
    match &**reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(body: &str) -> String {
        format!(r#"<w:document xmlns:w="x" xmlns:mc="y"><w:body>{body}</w:body></w:document>"#)
    }

    fn p(text: &str) -> String {
        format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
    }

    #[test]
    fn paragraphs_runs_and_entities_read_as_one_text() {
        let xml = document(
            r#"<w:p><w:r><w:t>Care </w:t></w:r><w:r><w:t xml:space="preserve">&amp; Cure&#8217;s</w:t></w:r>
               <w:r><w:tab/><w:t>Ltd</w:t></w:r></w:p><w:p/>
               <w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"#,
        );
        assert_eq!(read(&xml).unwrap().lines, ["Care & Cure’s Ltd"]);
    }

    #[test]
    fn tables_keep_their_columns_under_merged_cells_and_nested_tables() {
        let nested = format!("<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>", p("inner"));
        let xml = document(&format!(
            r#"<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{}</w:tc><w:tc>{}{}</w:tc></w:tr>
               <w:tr><w:tc>{nested}{}</w:tc></w:tr></w:tbl>{}"#,
            p("wide"),
            p("one"),
            p("two"),
            p("outer"),
            p("after")
        ));
        let word = read(&xml).unwrap();
        let [inner, outer] = word.tables.as_slice() else { panic!("{:?}", word.tables) };
        assert_eq!(inner.text(0, 0), "inner");
        assert_eq!((outer.text(0, 0), outer.text(0, 2), outer.text(1, 0)), ("wide", "one\ntwo", "outer"));
        assert_eq!((word.lines, word.opening.len()), (vec!["after".to_owned()], 6));
    }

    #[test]
    fn the_older_copy_of_a_text_box_is_not_read_twice() {
        let xml =
            document(&format!("<mc:Choice>{}</mc:Choice><mc:Fallback>{}</mc:Fallback>{}", p("a"), p("b"), p("c")));
        assert_eq!(read(&xml).unwrap().lines, ["a", "c"]);
    }

    #[test]
    fn tables_past_the_limit_are_left_out() {
        let table = format!("<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl><w:tbl/>", p("x"));
        let whole = read(&document(&table.repeat(TABLES_MAX))).unwrap();
        assert_eq!((whole.tables.len(), whole.cut), (TABLES_MAX, false));
        let more = read(&document(&table.repeat(TABLES_MAX + 1))).unwrap();
        assert_eq!((more.tables.len(), more.cut), (TABLES_MAX, true));
    }

    #[test]
    fn what_is_no_document_is_damaged_and_what_is_absurd_hostile() {
        for xml in ["", "plain", "<a/>", "<w:document><w:body>", "<w:document><w:body></w:document>"] {
            assert_eq!(read(xml).unwrap_err(), Problem::Damaged, "{xml}");
        }
        let deep = |levels: usize| format!("{}{}", "<w:sdt>".repeat(levels), "</w:sdt>".repeat(levels));
        assert!(read(&document(&deep(XML_DEPTH_MAX - 2))).is_ok());
        assert_eq!(read(&document(&deep(XML_DEPTH_MAX - 1))).unwrap_err(), Problem::Hostile);
        let definition = format!(r#"<!DOCTYPE a [<!ENTITY b "c">]>{}"#, document(""));
        assert_eq!(read(&definition).unwrap_err(), Problem::Hostile);
    }
}
