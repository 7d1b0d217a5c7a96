//! What lies on the sheets of a workbook: embedded files and pictures, each with the cells that it covers. Tells
//! nothing of what they mean, and leaves out what it cannot make sense of.

use std::collections::BTreeMap;
use std::rc::Rc;

use quick_xml::events::BytesStart;
use sha2::{Digest, Sha256};

use crate::domain::ids::BlobDigest;

use super::super::grid::address;
use super::super::limits::{OBJECTS_MAX, SHEETS_MAX};
use super::super::package::{Package, Relationship, attribute};
use super::super::problem::Problem;
use super::shapes::{self, Area, Shape};
use super::{Compound, ole};

#[derive(Clone, Debug)]
pub(in super::super) struct Embedded {
    /// Empty where it is not known.
    pub(in super::super) sheet: String,
    /// The cells that it covers; `None` where that is not known.
    pub(in super::super) area: Option<Area>,
    pub(in super::super) is_picture: bool,
    pub(in super::super) file: Rc<File>,
}

/// The file itself, without what Office wrapped around it.
#[derive(Debug)]
pub(in super::super) struct File {
    /// The name stored with it, else that of its part.
    pub(in super::super) name: String,
    pub(in super::super) sha256: BlobDigest,
    pub(in super::super) bytes: Vec<u8>,
}

impl Embedded {
    /// The cell at its upper left corner.
    pub(in super::super) fn cell(&self) -> Option<String> {
        self.area.map(|area| address(area.top, area.left))
    }
}

impl File {
    fn of_part(part: &str, bytes: Vec<u8>) -> Self {
        let part_name = part.rsplit('/').next().unwrap_or(part);
        let (name, bytes) = ole::unwrap(&bytes).unwrap_or((None, bytes));
        Self::new(name.unwrap_or_else(|| part_name.to_owned()), bytes)
    }

    fn new(name: String, bytes: Vec<u8>) -> Self {
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { name, sha256: BlobDigest::from_hex(&digest), bytes }
    }
}

/// The objects of a workbook of Excel 2007 or later, in the order of its tabs.
pub(super) fn of_package(package: &mut Package<'_>) -> Result<Vec<Embedded>, Problem> {
    let sheets = package.sheets()?;
    let mut found = Found { package, files: BTreeMap::new(), objects: Vec::new() };
    for (name, part) in sheets.iter().take(SHEETS_MAX) {
        // A damaged drawing costs only what lies on it.
        found.on_sheet(name, part).ok();
    }
    Ok(found.objects)
}

struct Found<'p, 'a> {
    package: &'p mut Package<'a>,
    /// By part: a part may be named any number of times.
    files: BTreeMap<String, Rc<File>>,
    objects: Vec<Embedded>,
}

impl Found<'_, '_> {
    fn on_sheet(&mut self, sheet: &str, part: &str) -> Result<(), Problem> {
        let related = self.package.relationships(part)?;
        let drawing = |kind: &str| related.iter().find(|other| other.kind == kind);
        if related.iter().any(is_file) {
            let legacy = match drawing("vmlDrawing") {
                Some(legacy) => self.package.bytes(&legacy.part)?.unwrap_or_default(),
                None => Vec::new(),
            };
            let legacy = String::from_utf8_lossy(&legacy);
            let xml = self.package.xml(part)?.unwrap_or_default();
            for mut shape in shapes::of_sheet(&xml) {
                shape.area = shape.area.or_else(|| shapes::legacy_area(&legacy, &shape.id));
                self.add(sheet, &shape, &related, false);
            }
        }
        if let Some(drawing) = drawing("drawing") {
            let related = self.package.relationships(&drawing.part)?;
            let xml = self.package.xml(&drawing.part)?.unwrap_or_default();
            for shape in shapes::of_drawing(&xml) {
                self.add(sheet, &shape, &related, true);
            }
        }
        Ok(())
    }

    fn add(&mut self, sheet: &str, shape: &Shape, related: &[Relationship], is_picture: bool) {
        let target = related.iter().find(|other| other.id == shape.relationship);
        if let Some(target) = target.filter(|target| is_picture || is_file(target)) {
            self.add_part(sheet, shape.area, is_picture, &target.part);
        }
    }

    fn add_part(&mut self, sheet: &str, area: Option<Area>, is_picture: bool, part: &str) {
        if self.objects.len() >= OBJECTS_MAX {
            return;
        }
        let file = match self.files.get(part) {
            Some(file) => Rc::clone(file),
            None => match self.bytes(part) {
                Some(bytes) => Rc::new(File::of_part(part, bytes)),
                None => return,
            },
        };
        self.files.insert(part.to_owned(), Rc::clone(&file));
        self.objects.push(Embedded { sheet: sheet.to_owned(), area, is_picture, file });
    }

    /// An OpenDocument within one is a folder: its content stands for it.
    fn bytes(&mut self, part: &str) -> Option<Vec<u8>> {
        let whole = self.package.bytes(part).ok()?;
        whole.or_else(|| self.package.bytes(&format!("{part}/content.xml")).ok()?)
    }
}

fn is_file(related: &Relationship) -> bool {
    matches!(related.kind.as_str(), "package" | "oleObject")
}

/// A frame of an OpenDocument sheet.
pub(super) struct Frame {
    sheet: String,
    area: Option<Area>,
    part: Option<String>,
    is_picture: bool,
}

impl Frame {
    /// `place` is the cell that the frame is written in; its other corner is named by the frame itself.
    pub(super) fn new(sheet: &str, place: Option<(u32, u32)>, element: &BytesStart<'_>) -> Self {
        let end = attribute(element, "end-cell-address").and_then(|address| shapes::cell_of(&address));
        let area = place.map(|(top, left)| {
            let (bottom, right) = end.unwrap_or((top, left));
            Area { top, left, bottom: bottom.max(top), right: right.max(left) }
        });
        Self { sheet: sheet.to_owned(), area, part: None, is_picture: true }
    }

    /// Notes what the frame holds: a file counts before the picture that stands for it.
    pub(super) fn hold(&mut self, name: &str, element: &BytesStart<'_>) {
        let is_file = matches!(name, "object" | "object-ole");
        if is_file || (name == "image" && self.part.is_none()) {
            self.part = attribute(element, "href").map(|link| link.trim_start_matches("./").to_owned());
            self.is_picture = !is_file;
        }
    }
}

pub(super) fn of_frames(frames: &[Frame], package: &mut Package<'_>) -> Vec<Embedded> {
    let mut found = Found { package, files: BTreeMap::new(), objects: Vec::new() };
    for frame in frames {
        if let Some(part) = &frame.part {
            found.add_part(&frame.sheet, frame.area, frame.is_picture, part);
        }
    }
    found.objects
}

/// What a sheet of before 2007 shows: a file in a storage of its own, or a picture of the workbook by its number.
pub(super) struct Shown {
    pub(super) sheet: String,
    pub(super) area: Option<Area>,
    pub(super) storage: Option<String>,
    pub(super) picture: Option<usize>,
}

pub(super) fn of_compound(file: &mut Compound<'_>, shown: &[Shown], pictures: &[&[u8]]) -> Vec<Embedded> {
    let mut objects = Vec::new();
    let storages = file.storages("MBD");
    for storage in storages.iter().take(OBJECTS_MAX) {
        if let Some((name, bytes)) = file.embedded(storage) {
            let embedded = Rc::new(File::new(name.unwrap_or_else(|| storage.clone()), bytes));
            let place = shown.iter().find(|shown| shown.storage.as_ref() == Some(storage));
            let sheet = place.map(|place| place.sheet.clone()).unwrap_or_default();
            let area = place.and_then(|place| place.area);
            objects.push(Embedded { sheet, area, is_picture: false, file: embedded });
        }
    }
    let mut files = BTreeMap::new();
    for shown in shown.iter().filter(|shown| shown.storage.is_none()) {
        let picture = shown.picture.and_then(|number| Some((number, pictures.get(number)?)));
        let Some((number, bytes)) = picture.filter(|_| objects.len() < OBJECTS_MAX) else { continue };
        let new = || Rc::new(File::new(format!("picture {}", number + 1), bytes.to_vec()));
        let file = Rc::clone(files.entry(number).or_insert_with(new));
        objects.push(Embedded { sheet: shown.sheet.clone(), area: shown.area, is_picture: true, file });
    }
    objects
}
