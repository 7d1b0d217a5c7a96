//! The cells of a workbook of Excel 5 to 2003, record by record. Believes no count and no offset of the file.

use std::collections::BTreeMap;

use calamine::{ExcelDateTime, ExcelDateTimeType};

use super::super::grid::Grid;
use super::super::limits::{OBJECTS_MAX, RECORDS_MAX, SHARED_STRINGS_MAX};
use super::super::problem::Problem;
use super::biff::{Age, Record, Records, Texts, f64_at, short_number, u16_at, u32_at};
use super::escher::{self, Drawn};
use super::objects::Shown;
use super::{Compound, Filling, Workbook, objects, value};

/// The kinds of record that are read, by their names in MS-XLS.
mod kind {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const EOF: u16 = 0x000A;
    pub(super) const DATE_1904: u16 = 0x0022;
    pub(super) const FILE_PASS: u16 = 0x002F;
    pub(super) const BOUND_SHEET: u16 = 0x0085;
    pub(super) const MUL_RK: u16 = 0x00BD;
    pub(super) const RICH_LABEL: u16 = 0x00D6;
    pub(super) const XF: u16 = 0x00E0;
    pub(super) const OBJECT: u16 = 0x005D;
    pub(super) const DRAWING_GROUP: u16 = 0x00EB;
    pub(super) const DRAWING: u16 = 0x00EC;
    pub(super) const SST: u16 = 0x00FC;
    pub(super) const LABEL_SST: u16 = 0x00FD;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const LABEL: u16 = 0x0204;
    pub(super) const BOOL_ERR: u16 = 0x0205;
    pub(super) const STRING: u16 = 0x0207;
    pub(super) const RK: u16 = 0x027E;
    pub(super) const FORMAT: u16 = 0x041E;
    pub(super) const BOF: u16 = 0x0809;
}

pub(super) fn read(file: &mut Compound<'_>) -> Result<Workbook, Problem> {
    let stream = file.stream("Workbook").or_else(|| file.stream("Book")).ok_or(Problem::Damaged)?;
    let globals = Globals::read(&stream)?;
    let mut filling = Filling::new();
    let mut records_left = RECORDS_MAX;
    let mut shown = Vec::new();
    for tab in globals.tabs.iter().filter(|tab| tab.is_worksheet) {
        if !filling.has_room(&tab.name) {
            break;
        }
        let mut sheet = Sheet::new(&globals, tab);
        let records = Records::of(stream.get(tab.offset..).unwrap_or_default());
        let whole = sheet.fill(records, &mut filling, &mut records_left);
        shown.append(&mut sheet.shown);
        filling.end(sheet.grid, !whole);
    }
    let mut workbook = filling.finish()?;
    workbook.objects = objects::of_compound(file, &shown, &escher::pictures(&globals.drawings));
    Ok(workbook)
}

/// What is said once for the whole workbook.
struct Globals {
    age: Age,
    tabs: Vec<Tab>,
    strings: Vec<String>,
    /// Whether each style of a cell shows its number as a moment.
    moments: Vec<bool>,
    since_1904: bool,
    /// What the drawings of all sheets share: the pictures.
    drawings: Vec<u8>,
}

struct Tab {
    name: String,
    hidden: bool,
    is_worksheet: bool,
    offset: usize,
}

impl Globals {
    fn read(stream: &[u8]) -> Result<Self, Problem> {
        let mut records = Records::of(stream).peekable();
        let first = records.peek().filter(|record| record.kind == kind::BOF).ok_or(Problem::Damaged)?;
        let age = if u16_at(first.data, 0) == Some(0x0600) { Age::Excel97 } else { Age::Excel5 };
        let mut globals = Self {
            age,
            tabs: Vec::new(),
            strings: Vec::new(),
            moments: Vec::new(),
            since_1904: false,
            drawings: Vec::new(),
        };
        let mut formats = BTreeMap::new();
        let mut styles = Vec::new();
        for record in records {
            match record.kind {
                kind::EOF => break,
                kind::FILE_PASS => return Err(Problem::PasswordProtected),
                kind::DATE_1904 => globals.since_1904 = u16_at(record.data, 0) == Some(1),
                kind::BOUND_SHEET => globals.tabs.extend(tab(&record, age)),
                kind::SST => {
                    let mut texts = Texts::at(&record, 8, age);
                    let all = std::iter::from_fn(|| texts.shared());
                    globals.strings = all.take(SHARED_STRINGS_MAX as usize).collect();
                }
                kind::DRAWING_GROUP => {
                    globals.drawings.extend_from_slice(record.data);
                    globals.drawings.extend(record.more.iter().copied().flatten());
                }
                kind::XF => styles.push(u16_at(record.data, 2).unwrap_or_default()),
                kind::FORMAT => formats.extend(format(&record, age)),
                _ => {}
            }
        }
        let shows_moment = |format: &u16| {
            let built_in = matches!(format, 14..=22 | 27..=36 | 45 | 47 | 50..=58);
            formats.get(format).map_or(built_in, |text: &String| value::shows_moment(text))
        };
        globals.moments = styles.iter().map(shows_moment).collect();
        Ok(globals)
    }

    fn number(&self, number: f64, style: u16) -> String {
        if self.moments.get(usize::from(style)) == Some(&true) {
            value::moment(&ExcelDateTime::new(number, ExcelDateTimeType::DateTime, self.since_1904))
        } else {
            value::number(number)
        }
    }
}

fn tab(record: &Record<'_>, age: Age) -> Option<Tab> {
    let offset = usize::try_from(u32_at(record.data, 0)?).ok()?;
    let (visibility, kind) = (record.data.get(4)?, record.data.get(5)?);
    let name = Texts::at(record, 6, age).short()?;
    Some(Tab { name, hidden: visibility & 3 != 0, is_worksheet: *kind == 0, offset })
}

fn format(record: &Record<'_>, age: Age) -> Option<(u16, String)> {
    let mut texts = Texts::at(record, 2, age);
    let text = if age == Age::Excel97 { texts.long() } else { texts.short() };
    Some((u16_at(record.data, 0)?, text?))
}

struct Sheet<'a> {
    globals: &'a Globals,
    grid: Grid,
    /// The cell of a formula whose text comes in a later record.
    awaits_text: Option<(u32, u32)>,
    /// The shape that was drawn last: what it is for comes in the record after it.
    drawn: Drawn,
    shown: Vec<Shown>,
}

impl<'a> Sheet<'a> {
    fn new(globals: &'a Globals, tab: &Tab) -> Self {
        let grid = Grid::named(&tab.name, tab.hidden);
        Self { globals, grid, awaits_text: None, drawn: Drawn::default(), shown: Vec::new() }
    }

    /// Whether the sheet was there to its end. Charts within it are passed over.
    fn fill(&mut self, records: Records<'_>, filling: &mut Filling, records_left: &mut usize) -> bool {
        let mut depth = 0_usize;
        for record in records {
            *records_left = records_left.saturating_sub(1);
            if *records_left == 0 {
                filling.allowance.cut = true;
                return true;
            }
            match record.kind {
                kind::BOF => depth += 1,
                kind::EOF if depth <= 1 => return depth == 1,
                kind::EOF => depth -= 1,
                _ if depth == 1 => {
                    if self.cell(&record, filling).is_none() {
                        return false;
                    }
                    if filling.allowance.is_spent() {
                        filling.allowance.cut = true;
                        return true;
                    }
                }
                _ if depth == 0 => return false,
                _ => {}
            }
        }
        false
    }

    /// Keeps what a record says of a cell. `None` for one that is too short.
    fn cell(&mut self, record: &Record<'_>, filling: &mut Filling) -> Option<()> {
        let data = record.data;
        let globals = self.globals;
        let text = match record.kind {
            kind::LABEL_SST => globals.strings.get(usize::try_from(u32_at(data, 6)?).ok()?).cloned(),
            kind::LABEL | kind::RICH_LABEL => Texts::at(record, 6, globals.age).long(),
            kind::NUMBER => Some(globals.number(f64_at(data, 6)?, u16_at(data, 4)?)),
            kind::RK => Some(globals.number(short_number(data, 6)?, u16_at(data, 4)?)),
            kind::BOOL_ERR => (*data.get(7)? == 0).then(|| value::truth(data.get(6) != Some(&0)).to_owned()),
            kind::FORMULA => self.result(data)?,
            kind::MUL_RK => {
                let (row, first) = (u16_at(data, 0)?, u16_at(data, 2)?);
                let (numbers, _) = data.get(4..data.len().checked_sub(2)?)?.as_chunks::<6>();
                for (column, number) in (u32::from(first)..).zip(numbers) {
                    let text = globals.number(short_number(number, 2)?, u16_at(number, 0)?);
                    self.grid.put(row.into(), column, &text, &mut filling.allowance);
                }
                return Some(());
            }
            kind::STRING => {
                if let (Some((row, column)), Some(text)) =
                    (self.awaits_text.take(), Texts::at(record, 0, globals.age).long())
                {
                    self.grid.put(row, column, &text, &mut filling.allowance);
                }
                return Some(());
            }
            kind::DRAWING => {
                self.drawn = escher::drawn(data);
                return Some(());
            }
            kind::OBJECT => {
                self.show(data);
                return Some(());
            }
            _ => return Some(()),
        };
        if let Some(text) = text {
            self.grid.put(u16_at(data, 0)?.into(), u16_at(data, 2)?.into(), &text, &mut filling.allowance);
        }
        Some(())
    }

    fn show(&mut self, object: &[u8]) {
        let Drawn { area, picture } = std::mem::take(&mut self.drawn);
        let storage = storage(object);
        if (storage.is_some() || picture.is_some()) && self.shown.len() < OBJECTS_MAX {
            self.shown.push(Shown { sheet: self.grid.name.clone(), area, storage, picture });
        }
    }

    /// What a formula came to when the workbook was saved.
    fn result(&mut self, data: &[u8]) -> Option<Option<String>> {
        self.awaits_text = None;
        if u16_at(data, 12)? != 0xFFFF {
            return Some(Some(self.globals.number(f64_at(data, 6)?, u16_at(data, 4)?)));
        }
        let (kind, byte) = (*data.get(6)?, *data.get(8)?);
        if kind == 0 {
            self.awaits_text = Some((u16_at(data, 0)?.into(), u16_at(data, 2)?.into()));
        }
        Some((kind == 1).then(|| value::truth(byte != 0).to_owned()))
    }
}

/// The storage that an object is kept in, from the part of its record that tells its formula (MS-XLS, FtPictFmla).
fn storage(object: &[u8]) -> Option<String> {
    const PICTURE_FORMULA: u16 = 0x0009;
    let mut rest = object;
    loop {
        let (kind, length) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
        let data = rest.get(4..)?;
        if kind == PICTURE_FORMULA {
            let formula = usize::from(u16_at(data, 0)?);
            return Some(format!("MBD{:08X}", u32_at(data, 2 + formula)?));
        }
        rest = data.get(length..)?;
    }
}

#[cfg(test)]
mod tests;
