//! Drawings of Excel 97 to 2003 (MS-ODRAW): where a shape lies, which picture it shows, and the pictures themselves.
//! Records lie within records; a length that lies ends the reading.

use super::biff::{u16_at, u32_at};
use super::shapes::Area;

mod kind {
    pub(super) const PICTURE_ENTRY: u16 = 0xF007;
    pub(super) const PROPERTIES: u16 = 0xF00B;
    pub(super) const CLIENT_ANCHOR: u16 = 0xF010;
    /// The first of the pictures that are kept as they were: JPEG, PNG, bitmap, TIFF.
    pub(super) const PICTURE_FIRST: u16 = 0xF01D;
    pub(super) const PICTURE_LAST: u16 = 0xF02A;
}

/// The property of a shape that numbers its picture, from 1.
const PICTURE_NUMBER: u16 = 0x0104;
/// What precedes the picture of an entry: its digest, sizes and use.
const PICTURE_ENTRY_BYTES: usize = 36;

/// What one drawing record of a sheet says of its last shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) area: Option<Area>,
    pub(super) picture: Option<usize>,
}

pub(super) fn drawn(drawing: &[u8]) -> Drawn {
    let mut drawn = Drawn::default();
    for record in Records(drawing) {
        match record.kind {
            kind::CLIENT_ANCHOR => {
                let numbers: Vec<i64> = (1..9).filter_map(|at| u16_at(record.data, 2 * at)).map(i64::from).collect();
                drawn.area = Area::between(&numbers);
            }
            kind::PROPERTIES => {
                let (properties, _) = record.data.as_chunks::<6>();
                let number = properties.iter().take(record.instance.into()).find_map(|property| {
                    let id = u16_at(property, 0)? & 0x3FFF;
                    (id == PICTURE_NUMBER).then(|| u32_at(property, 2)).flatten()
                });
                drawn.picture = number.and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
            }
            _ => {}
        }
    }
    drawn
}

/// The pictures of the workbook by their number; one that is kept in another form is empty.
pub(super) fn pictures(group: &[u8]) -> Vec<&[u8]> {
    let entries = Records(group).filter(|record| record.kind == kind::PICTURE_ENTRY);
    entries.map(|entry| picture(entry.data).unwrap_or_default()).collect()
}

fn picture(entry: &[u8]) -> Option<&[u8]> {
    let record = Records(entry.get(PICTURE_ENTRY_BYTES..)?).next()?;
    let kept = (kind::PICTURE_FIRST..=kind::PICTURE_LAST).contains(&record.kind);
    // One digest or two, then a byte of no use.
    let before = if record.instance & 1 == 0 { 17 } else { 33 };
    record.data.get(before..).filter(|_| kept)
}

struct Record<'a> {
    kind: u16,
    instance: u16,
    data: &'a [u8],
}

/// Records in order; those within a container follow it.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let head = u16_at(self.0, 0)?;
        let (version, instance) = (head & 0xF, head >> 4);
        let kind = u16_at(self.0, 2)?;
        let length = usize::try_from(u32_at(self.0, 4)?).ok()?;
        let body = self.0.get(8..)?;
        let data = body.get(..length).unwrap_or(body);
        let is_container = version == 0xF;
        self.0 = if is_container { body } else { body.get(length..).unwrap_or_default() };
        Some(Record { kind, instance, data })
    }
}
