//! Where embedded files and pictures lie: the anchors in a sheet, in its drawing, and in the older drawing beside it.
//! Reads XML that may be broken, and then gives what came before.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::limits::OBJECTS_MAX;
use super::super::package::attribute;

/// Cells, from 0, the last ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Area {
    pub(in super::super) top: u32,
    pub(in super::super) left: u32,
    pub(in super::super) bottom: u32,
    pub(in super::super) right: u32,
}

impl Area {
    /// Of two corners as older programs write them: column, offset, row, offset of one, then of the other.
    pub(super) fn between(numbers: &[i64]) -> Option<Self> {
        let corner = |numbers: &[i64]| match numbers {
            [column, column_offset, row, row_offset] => Some(Corner {
                column: u32::try_from(*column).ok()?,
                column_offset: *column_offset,
                row: u32::try_from(*row).ok()?,
                row_offset: *row_offset,
            }),
            _ => None,
        };
        Some(area(corner(numbers.get(..4)?)?, corner(numbers.get(4..8)?)?))
    }

    /// How many cells lie between this area and a cell, in the direction in which there are more: 0 where it is
    /// covered, 1 beside it.
    pub(in super::super) fn distance(self, row: u32, column: u32) -> u32 {
        let outside = |from: u32, to: u32, at: u32| from.saturating_sub(at).max(at.saturating_sub(to));
        outside(self.top, self.bottom, row).max(outside(self.left, self.right, column))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) relationship: String,
    pub(super) id: String,
    pub(super) area: Option<Area>,
}

/// The embedded files that a sheet lists after its cells. Each stands there twice, once for older programs.
pub(super) fn of_sheet(xml: &str) -> Vec<Shape> {
    let after_cells = xml.rsplit_once("sheetData>").map_or(xml, |(_, after)| after);
    let mut shapes: Vec<Shape> = Vec::new();
    for shape in read(after_cells) {
        match shapes.iter_mut().find(|known| known.id == shape.id && known.relationship == shape.relationship) {
            Some(known) => known.area = known.area.or(shape.area),
            None => shapes.push(shape),
        }
    }
    shapes
}

/// The pictures of a drawing.
pub(super) fn of_drawing(xml: &str) -> Vec<Shape> {
    read(xml)
}

/// An anchor while it is read: the corners, each as column, its offset, row, its offset.
#[derive(Default)]
struct Anchor {
    shape: Shape,
    pictures: Vec<String>,
    corners: [Option<Corner>; 2],
}

#[derive(Clone, Copy, Default)]
struct Corner {
    column: u32,
    column_offset: i64,
    row: u32,
    row_offset: i64,
}

fn read(xml: &str) -> Vec<Shape> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut shapes = Vec::new();
    let mut anchor = Anchor::default();
    let mut corner = 0;
    let mut field = String::new();
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(element) | Event::Empty(element) if is_anchor(element.local_name().as_ref()) => {
                anchor = Anchor::of(&element);
                // One without an end of its own is known at least by its name.
                shapes.extend(anchor.listed());
            }
            Event::Start(element) => {
                let name = element.local_name();
                match name.as_ref() {
                    "from" => corner = 0,
                    "to" => corner = 1,
                    "blip" => anchor.pictures.extend(attribute(&element, "embed")),
                    name => field = name.to_owned(),
                }
            }
            Event::Empty(element) if element.local_name().as_ref() == "blip" => {
                anchor.pictures.extend(attribute(&element, "embed"));
            }
            Event::Text(text) => anchor.set(corner, &field, &text.xml10_content()),
            Event::End(element) => {
                field.clear();
                if is_anchor(element.local_name().as_ref()) {
                    shapes.extend(std::mem::take(&mut anchor).shapes());
                }
            }
            Event::Eof => break,
            Event::Empty(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
        if shapes.len() > 2 * OBJECTS_MAX {
            break;
        }
    }
    shapes
}

fn is_anchor(name: &str) -> bool {
    matches!(name, "oleObject" | "twoCellAnchor" | "oneCellAnchor" | "absoluteAnchor")
}

impl Anchor {
    fn of(element: &BytesStart<'_>) -> Self {
        let given = |name: &str| attribute(element, name).unwrap_or_default();
        let shape = Shape { relationship: given("id"), id: given("shapeId"), area: None };
        Self { shape, ..Self::default() }
    }

    /// An embedded file, as far as it is known without its anchor.
    fn listed(&self) -> Option<Shape> {
        (!self.shape.relationship.is_empty()).then(|| self.shape.clone())
    }

    fn set(&mut self, corner: usize, field: &str, text: &str) {
        let Some(corner) =
            self.corners.get_mut(corner).filter(|_| matches!(field, "col" | "colOff" | "row" | "rowOff"))
        else {
            return;
        };
        let corner = corner.get_or_insert_default();
        let number: i64 = text.trim().parse().unwrap_or_default();
        let index = u32::try_from(number).unwrap_or_default();
        match field {
            "col" => corner.column = index,
            "colOff" => corner.column_offset = number,
            "row" => corner.row = index,
            _ => corner.row_offset = number,
        }
    }

    fn shapes(self) -> Vec<Shape> {
        let [from, to] = self.corners;
        let area = from.map(|from| area(from, to.unwrap_or(from)));
        let pictures = self.pictures.into_iter().map(|relationship| Shape { relationship, ..Shape::default() });
        let file = Some(self.shape).filter(|shape| !shape.relationship.is_empty());
        file.into_iter().chain(pictures).map(|shape| Shape { area, ..shape }).collect()
    }
}

/// What ends at the very beginning of a cell does not cover it.
fn area(from: Corner, to: Corner) -> Area {
    let last =
        |first: u32, last: u32, offset: i64| if offset <= 0 && last > first { last - 1 } else { last.max(first) };
    Area {
        top: from.row,
        left: from.column,
        bottom: last(from.row, to.row, to.row_offset),
        right: last(from.column, to.column, to.column_offset),
    }
}

/// The anchor of a shape in the older drawing.
pub(super) fn legacy_area(drawing: &str, id: &str) -> Option<Area> {
    let (_, after) = drawing.split_once(&format!("_x0000_s{id}\""))?;
    let (shape, _) = after.split_once("</v:shape>")?;
    let (_, anchor) = shape.split_once("Anchor>")?;
    let (anchor, _) = anchor.split_once('<')?;
    let numbers: Vec<i64> = anchor.split(',').map_while(|number| number.trim().parse().ok()).collect();
    Area::between(&numbers)
}

/// Row and column of an address such as `'e-RS rules'.D5`.
pub(super) fn cell_of(address: &str) -> Option<(u32, u32)> {
    let cell = address.rsplit('.').next()?.replace('$', "");
    let digits = cell.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = cell.split_at_checked(digits)?;
    let column = letters.bytes().try_fold(0_u32, |column, letter| {
        let letter = letter.to_ascii_uppercase().checked_sub(b'A')?;
        column.checked_mul(26)?.checked_add(u32::from(letter) + 1)
    })?;
    Some((row.parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORNERS: &str = "<from><xdr:col>3</xdr:col><xdr:colOff>9</xdr:colOff><xdr:row>4</xdr:row></from>\
        <to><xdr:col>5</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>4</xdr:row><xdr:rowOff>7</xdr:rowOff></to>";
    const D5_TO_E5: Area = Area { top: 4, left: 3, bottom: 4, right: 4 };

    fn shape(relationship: &str, id: &str, area: Option<Area>) -> Shape {
        Shape { relationship: relationship.to_owned(), id: id.to_owned(), area }
    }

    #[test]
    fn files_are_listed_with_their_anchor_or_without() {
        let listed =
            |inner: &str| of_sheet(&format!("<worksheet><sheetData/></sheetData><oleObjects>{inner}</oleObjects>"));
        let new = format!(
            r#"<mc:AlternateContent><mc:Choice><oleObject shapeId="7" r:id="rId4"><objectPr r:id="rId5"><anchor>{CORNERS}
            </anchor></objectPr></oleObject></mc:Choice><mc:Fallback><oleObject shapeId="7" r:id="rId4"/></mc:Fallback>
            </mc:AlternateContent>"#
        );
        assert_eq!(listed(&new), [shape("rId4", "7", Some(D5_TO_E5))]);
        let old = r#"<oleObject shapeId="8" r:id="rId4"/><oleObject shapeId="9" r:id="rId4"></oleObject>"#;
        assert_eq!(listed(old), [shape("rId4", "8", None), shape("rId4", "9", None)]);
        assert_eq!(of_sheet("<worksheet><oleObject shapeId='1' r:id='rId1'>"), [shape("rId1", "1", None)]);
    }

    #[test]
    fn pictures_lie_at_one_cell_or_two_and_may_be_grouped() {
        let blip = |id: &str| format!(r#"<xdr:pic><a:blip r:embed="{id}"/></xdr:pic>"#);
        let xml = format!(
            "<xdr:wsDr><xdr:twoCellAnchor>{CORNERS}<xdr:grpSp>{}{}</xdr:grpSp></xdr:twoCellAnchor>
             <xdr:oneCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:row>2</xdr:row></xdr:from>{}</xdr:oneCellAnchor>
             <xdr:absoluteAnchor>{}</xdr:absoluteAnchor><xdr:twoCellAnchor>{CORNERS}<xdr:sp/></xdr:twoCellAnchor></xdr:wsDr>",
            blip("rId1"),
            blip("rId2"),
            blip("rId3"),
            blip("rId4"),
        );
        let b3 = Area { top: 2, left: 1, bottom: 2, right: 1 };
        let expected = [("rId1", Some(D5_TO_E5)), ("rId2", Some(D5_TO_E5)), ("rId3", Some(b3)), ("rId4", None)];
        assert_eq!(of_drawing(&xml), expected.map(|(id, area)| shape(id, "", area)));
    }

    #[test]
    fn the_older_drawing_tells_the_anchor_by_the_shape() {
        let drawing = r#"<v:shape id="_x0000_s77"></v:shape><v:shape id="_x0000_s7" type="x">
            <x:ClientData><x:Anchor>
            3, 304, 4, 150, 5, 0, 4, 350</x:Anchor></x:ClientData></v:shape>"#;
        assert_eq!(legacy_area(drawing, "7"), Some(D5_TO_E5));
        assert_eq!((legacy_area(drawing, "77"), legacy_area(drawing, "1")), (None, None));
    }

    #[test]
    fn addresses_of_opendocument_read() {
        for (text, cell) in [("'e-RS v1.2'.D5", Some((4, 3))), ("$A.$AA$10", Some((9, 26))), ("D", None), ("A.5", None)]
        {
            assert_eq!(cell_of(text), cell, "{text}");
        }
    }

    #[test]
    fn distance_is_counted_in_cells() {
        for ((row, column), distance) in [((4, 3), 0), ((4, 4), 0), ((4, 5), 1), ((3, 2), 1), ((7, 4), 3), ((4, 0), 3)]
        {
            assert_eq!(D5_TO_E5.distance(row, column), distance);
        }
    }
}
