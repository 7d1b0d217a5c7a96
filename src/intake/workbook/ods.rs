//! The cells of an OpenDocument spreadsheet, in one pass over its content. A cell or a row that stands for thousands
//! costs as much as is kept of it. Notes, drawings and tracked changes are no cells.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::grid::Grid;
use super::super::limits::{COLUMNS_MAX, ROWS_MAX, XML_DEPTH_MAX};
use super::super::package::{Package, attribute};
use super::super::problem::Problem;
use super::super::word::character;
use super::objects::Frame;
use super::{Filling, Workbook, objects, value};

pub(super) fn read(package: &mut Package<'_>) -> Result<Workbook, Problem> {
    let manifest = package.xml("META-INF/manifest.xml")?.unwrap_or_default();
    if manifest.contains("encryption-data") {
        return Err(Problem::PasswordProtected);
    }
    let xml = package.xml("content.xml")?.ok_or(Problem::Damaged)?;
    let mut content = Content::new();
    let mut reader = Reader::from_str(&xml);
    let mut whole = true;
    while !content.full {
        match reader.read_event() {
            Ok(Event::Start(element)) => content.open(&element)?,
            Ok(Event::Empty(element)) => {
                content.open(&element)?;
                content.close(element.local_name().as_ref());
            }
            Ok(Event::End(element)) => content.close(element.local_name().as_ref()),
            Ok(Event::Text(text)) => content.text(&text.xml10_content()),
            Ok(Event::CData(text)) => content.text(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => content.text(character(&reference).encode_utf8(&mut [0; 4])),
            Ok(Event::DocType(_)) => return Err(Problem::Hostile),
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {}
            Ok(Event::Eof) => break,
            Err(_) => {
                whole = false;
                break;
            }
        }
    }
    content.finish(whole, package)
}

/// Where the reader stands in the content.
struct Content {
    filling: Filling,
    /// Names of the styles of hidden tables, and the style that is being read.
    hidden: BTreeSet<String>,
    style: String,
    table: Option<Table>,
    frames: Vec<Frame>,
    frame: Option<Frame>,
    depth: usize,
    /// Depth of an element within a cell whose text is not that of the cell.
    skipping: Option<usize>,
    /// There are more sheets than are read.
    full: bool,
}

struct Table {
    grid: Grid,
    row: u32,
    row_times: u32,
    column: u32,
    /// The filled cells of the row: first column, how many, text.
    cells: Vec<(u32, u32, String)>,
    cell: Option<Cell>,
}

#[derive(Default)]
struct Cell {
    times: u32,
    /// The value where it is no text; an error has none.
    value: Option<String>,
    text: String,
    paragraphs: usize,
    in_paragraph: bool,
}

impl Content {
    fn new() -> Self {
        Self {
            filling: Filling::new(),
            hidden: BTreeSet::new(),
            style: String::new(),
            table: None,
            frames: Vec::new(),
            frame: None,
            depth: 0,
            skipping: None,
            full: false,
        }
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > XML_DEPTH_MAX {
            return Err(Problem::Hostile);
        }
        let name = element.local_name();
        let name = name.as_ref();
        if self.skipping.is_some() {
            match (&mut self.frame, name) {
                (Some(frame), _) => frame.hold(name, element),
                (None, "frame") => self.frame = self.table.as_ref().map(|table| table.frame(element)),
                (None, _) => {}
            }
            return Ok(());
        }
        match (&mut self.table, name) {
            (None, "style") => self.style = attribute(element, "name").unwrap_or_default(),
            (None, "table-properties") if attribute(element, "display").is_some_and(|shown| shown == "false") => {
                self.hidden.insert(std::mem::take(&mut self.style));
            }
            (None, "table") => self.open_table(element),
            (None, _) => {}
            (Some(table), "table-row") => {
                table.row_times = times(element, "number-rows-repeated");
                table.column = 0;
            }
            (Some(table), "table-cell" | "covered-table-cell") => table.cell = Some(Cell::of(element)),
            (Some(table), _) if is_no_text(element) => {
                self.skipping = Some(self.depth);
                self.frame = (name == "frame").then(|| table.frame(element));
            }
            (Some(table), _) => {
                if let Some(cell) = &mut table.cell {
                    cell.open(name, element);
                }
            }
        }
        Ok(())
    }

    fn open_table(&mut self, element: &BytesStart<'_>) {
        let name = attribute(element, "name").unwrap_or_default();
        self.full = !self.filling.has_room(&name);
        let style = attribute(element, "style-name").unwrap_or_default();
        let grid = Grid::named(&name, self.hidden.contains(&style));
        self.table = Some(Table { grid, row: 0, row_times: 1, column: 0, cells: Vec::new(), cell: None });
    }

    fn text(&mut self, text: &str) {
        let cell = self.table.as_mut().and_then(|table| table.cell.as_mut());
        if let (Some(cell), None) = (cell, self.skipping) {
            cell.text(text);
        }
    }

    fn close(&mut self, name: &str) {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        if let Some(skipped) = self.skipping {
            if skipped == depth {
                self.skipping = None;
                self.frames.extend(self.frame.take());
            }
            return;
        }
        let Some(table) = &mut self.table else { return };
        match name {
            "p" | "h" => {
                if let Some(cell) = &mut table.cell {
                    cell.in_paragraph = false;
                }
            }
            "table-cell" | "covered-table-cell" => table.end_cell(),
            "table-row" => table.end_row(&mut self.filling),
            "table" => self.end_table(false),
            _ => {}
        }
    }

    fn end_table(&mut self, damaged: bool) {
        if let Some(table) = self.table.take() {
            self.filling.end(table.grid, damaged);
        }
    }

    fn finish(mut self, whole: bool, package: &mut Package<'_>) -> Result<Workbook, Problem> {
        if !self.full {
            self.end_table(true);
        }
        let whole = whole && (self.depth == 0 || self.full);
        if !whole && self.filling.workbook.partly_read.is_empty() {
            return Err(Problem::Damaged);
        }
        let mut workbook = self.filling.finish()?;
        workbook.objects = objects::of_frames(&self.frames, package);
        Ok(workbook)
    }
}

impl Table {
    /// A frame lies at the cell that it is written in; one written outside the rows at a distance from the corner.
    fn frame(&self, element: &BytesStart<'_>) -> Frame {
        let place = self.cell.as_ref().map(|_| (self.row, self.column));
        Frame::new(&self.grid.name, place, element)
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        let text = cell.value.unwrap_or(cell.text);
        if self.column < COLUMNS_MAX && !text.trim().is_empty() {
            self.cells.push((self.column, cell.times, text));
        }
        self.column = self.column.saturating_add(cell.times);
    }

    fn end_row(&mut self, filling: &mut Filling) {
        let after = self.row.saturating_add(self.row_times);
        for row in self.row..after.min(ROWS_MAX + 1).max(self.row) {
            for (column, times, text) in &self.cells {
                for column in *column..column.saturating_add(*times).min(COLUMNS_MAX) {
                    if !filling.may_go_on() {
                        break;
                    }
                    self.grid.put(row, column, text, &mut filling.allowance);
                }
            }
            if self.cells.is_empty() || filling.allowance.is_spent() {
                break;
            }
        }
        self.cells.clear();
        self.row = after;
    }
}

impl Cell {
    fn of(element: &BytesStart<'_>) -> Self {
        // The other attribute of this name, in an older namespace, says the same, but that an error is an error.
        let is_error = element.attributes().flatten().any(|attribute| {
            attribute.key.local_name().as_ref() == "value-type" && attribute.value.as_ref() == "error"
        });
        let given = |name: &str| attribute(element, name);
        let value = match given("value-type").as_deref() {
            _ if is_error => Some(String::new()),
            Some("float" | "percentage" | "currency") => {
                given("value").and_then(|text| text.parse().ok()).map(value::number)
            }
            Some("date") => given("date-value").map(|text| value::day(&text).to_owned()),
            Some("time") => given("time-value").map(|text| value::clock(&text)),
            Some("boolean") => given("boolean-value").map(|text| value::truth(text == "true").to_owned()),
            Some("string") => given("string-value"),
            _ => None,
        };
        Self { times: times(element, "number-columns-repeated"), value, ..Self::default() }
    }

    fn open(&mut self, name: &str, element: &BytesStart<'_>) {
        match name {
            "p" | "h" => {
                if self.paragraphs > 0 {
                    self.text.push('\n');
                }
                self.paragraphs += 1;
                self.in_paragraph = true;
            }
            "s" => self
                .text(&" ".repeat(attribute(element, "c").and_then(|count| count.parse().ok()).unwrap_or(1).min(100))),
            "tab" => self.text.push(' '),
            "line-break" => self.text.push('\n'),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_paragraph {
            self.text.push_str(text);
        }
    }
}

/// Notes, readings in small type and drawings: they have text of their own.
fn is_no_text(element: &BytesStart<'_>) -> bool {
    let name = element.name();
    matches!(element.local_name().as_ref(), "annotation" | "note" | "ruby-text")
        || name.as_ref().starts_with("draw:") && name.as_ref() != "draw:a"
}

fn times(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name).and_then(|text| text.trim().parse().ok()).unwrap_or(1).max(1)
}
