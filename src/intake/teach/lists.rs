//! The drop-down lists of an Excel workbook: which cells offer which answers. A blank template says by them where
//! answers go. Must not judge what a list is for.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::super::grid::{Grid, plain};
use super::super::limits::{COLUMNS_MAX, ROWS_MAX};
use super::super::package::{Package, attribute};
use super::super::problem::Problem;
use super::super::word::character;
use super::super::workbook::Workbook;

/// The cells of one sheet that offer these answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    areas: Vec<Area>,
    pub(super) choices: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    first: (u32, u32),
    last: (u32, u32),
}

impl List {
    pub(super) fn covers(&self, row: u32, column: u32) -> bool {
        let within =
            |area: &Area| (area.first.0..=area.last.0).contains(&row) && (area.first.1..=area.last.1).contains(&column);
        self.areas.iter().any(within)
    }

    /// Its cells in rows that hold anything.
    pub(super) fn cells<'a>(&'a self, sheet: &'a Grid) -> impl Iterator<Item = (u32, u32)> + 'a {
        self.areas.iter().flat_map(move |area| {
            let rows = sheet.rows().map(|(row, _)| row).filter(|row| (area.first.0..=area.last.0).contains(row));
            rows.flat_map(|row| (area.first.1..=area.last.1.min(COLUMNS_MAX)).map(move |column| (row, column)))
        })
    }
}

/// The lists of one sheet.
pub(super) fn of_sheet(package: &mut Package<'_>, workbook: &Workbook, name: &str) -> Result<Vec<List>, Problem> {
    let Some((_, part)) = package.sheets()?.into_iter().find(|(sheet, _)| sheet == name) else {
        return Ok(Vec::new());
    };
    let Some(xml) = package.xml(&part)? else {
        return Ok(Vec::new());
    };
    let sheet = workbook.sheets.iter().find(|sheet| sheet.name == name);
    let mut lists = Vec::new();
    for (areas, formula) in validations(&xml)? {
        let choices = choices(&formula, sheet, workbook);
        lists.push(List { areas: areas.split_whitespace().filter_map(area).collect(), choices });
    }
    Ok(lists)
}

/// Areas and formula of each list. Those of Excel 2010 and later have the areas in an element, not an attribute.
fn validations(xml: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    let mut current: Current = None;
    let mut inside = Inside::Nothing;
    loop {
        match reader.read_event().map_err(|_| Problem::Damaged)? {
            Event::Start(element) => match element.local_name().as_ref() {
                "dataValidation" if attribute(&element, "type").as_deref() == Some("list") => {
                    current = Some((attribute(&element, "sqref").unwrap_or_default(), String::new()));
                }
                "formula1" => inside = Inside::Formula,
                "sqref" => inside = Inside::Areas,
                _ => {}
            },
            Event::Text(text) => add(&mut current, inside, &text.xml10_content()),
            Event::GeneralRef(reference) => add(&mut current, inside, character(&reference).encode_utf8(&mut [0; 4])),
            Event::End(element) => match element.local_name().as_ref() {
                "dataValidation" => found.extend(current.take()),
                "formula1" | "sqref" => inside = Inside::Nothing,
                _ => {}
            },
            Event::Eof => return Ok(found),
            Event::Empty(_) | Event::CData(_) | Event::Comment(_) => {}
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// Areas and formula as far as they were read.
type Current = Option<(String, String)>;

fn add(current: &mut Current, inside: Inside, text: &str) {
    match (current, inside) {
        (Some((areas, _)), Inside::Areas) => areas.push_str(text),
        (Some((_, formula)), Inside::Formula) => formula.push_str(text),
        (Some(_), Inside::Nothing) | (None, _) => {}
    }
}

#[derive(Clone, Copy)]
enum Inside {
    Nothing,
    Formula,
    Areas,
}

/// The texts of a formula: `"Yes,No"`, or the cells of a range of this workbook.
fn choices(formula: &str, sheet: Option<&Grid>, workbook: &Workbook) -> Vec<String> {
    let formula = formula.trim();
    let texts: Vec<String> = match formula.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(list) => list.split(',').map(str::to_owned).collect(),
        None => {
            let (name, range) = formula.rsplit_once('!').map_or((None, formula), |(name, range)| (Some(name), range));
            let wanted = name.map(|name| name.trim_matches('\''));
            let from = match wanted {
                Some(wanted) => workbook.sheets.iter().find(|sheet| sheet.name == wanted),
                None => sheet,
            };
            let within = from.zip(area(&range.replace('$', "")));
            within.map(|(sheet, area)| texts_in(sheet, area)).unwrap_or_default()
        }
    };
    texts.iter().map(|text| text.trim().to_owned()).filter(|text| !plain(text).is_empty()).collect()
}

fn texts_in(sheet: &Grid, area: Area) -> Vec<String> {
    let list = List { areas: vec![area], choices: Vec::new() };
    let cells = sheet.cells().filter(|(row, column, _)| list.covers(*row, *column));
    cells.map(|(.., text)| text.to_owned()).collect()
}

/// `C8:C13`, or one cell. Cells beyond what is ever read are left out.
fn area(text: &str) -> Option<Area> {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let (first, last) = (cell(first)?, cell(last)?);
    (first.0 < ROWS_MAX && first.1 < COLUMNS_MAX).then_some(Area { first, last })
}

/// Row and column of `C7`, from 0.
fn cell(text: &str) -> Option<(u32, u32)> {
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, number) = text.split_at_checked(digits)?;
    let column = letters.bytes().try_fold(0_u32, |sum, letter| {
        let value = letter.is_ascii_uppercase().then(|| u32::from(letter - b'A') + 1)?;
        sum.checked_mul(26)?.checked_add(value)
    })?;
    Some((number.parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_read_as_excel_writes_them() {
        let at = |first, last| Some(Area { first, last });
        assert_eq!(area("C8:D13"), at((7, 2), (12, 3)));
        assert_eq!(area("B3"), at((2, 1), (2, 1)));
        for far in ["IR65534:IR65540", "B0", "", "7", "A99999999999", "ZZZZZZZZZ1"] {
            assert_eq!(area(far), None, "{far}");
        }
    }

    #[test]
    fn both_forms_of_a_list_are_read() {
        let xml = r#"<worksheet><dataValidations><dataValidation type="list" sqref="C8 C9"><formula1>"Yes, No"</formula1>
            </dataValidation><dataValidation type="whole" sqref="A1"><formula1>1</formula1></dataValidation></dataValidations>
            <x14:dataValidation type="list"><x14:formula1><xm:f>'Lists &amp; so'!$A$1:$A$3</xm:f></x14:formula1>
            <xm:sqref>D4</xm:sqref></x14:dataValidation></worksheet>"#;
        let found = validations(xml).unwrap();
        assert_eq!(
            found,
            [("C8 C9".to_owned(), "\"Yes, No\"".to_owned()), ("D4".to_owned(), "'Lists & so'!$A$1:$A$3".to_owned())]
        );
    }
}
