//! A zip package (Office files are zip packages), opened only after every part was inflated once and counted.
//! What the archive says about its own sizes is never believed. Must not know what a part means.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use regex::bytes::Regex;
use zip::ZipArchive;
use zip::result::ZipError;

use super::limits::{
    EAGER_PART_BYTES_MAX, SHARED_STRINGS_MAX, XML_TAG_BYTES_MAX, ZIP_BYTES_MAX, ZIP_ENTRIES_MAX, ZIP_PART_BYTES_MAX,
};
use super::problem::Problem;

/// Marks of directory entries, with room for those of workbooks embedded in the workbook.
const ENTRY_MARKS_MAX: usize = ZIP_ENTRIES_MAX * 4;

pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    names: Vec<String>,
}

impl<'a> Package<'a> {
    /// Opens the package and reads all of it once, so that nothing in it can surprise a later reader by its size.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        // Counted before the directory is read: reading it already costs memory for each entry.
        if ENTRY.find_iter(bytes).nth(ENTRY_MARKS_MAX).is_some() {
            return Err(Problem::Hostile);
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(refusal)?;
        if archive.len() > ZIP_ENTRIES_MAX {
            return Err(Problem::Hostile);
        }
        let mut names = Vec::with_capacity(archive.len());
        let mut left = ZIP_BYTES_MAX;
        let mut xml = Vec::new();
        for index in 0..archive.len() {
            let mut part = archive.by_index(index).map_err(refusal)?;
            // Some programs of Windows write backslashes.
            let name = part.name().map_err(refusal)?.replace('\\', "/");
            let allowed = left.min(part_bytes_max(&name));
            xml.clear();
            let used = if is_xml(&name) {
                part.by_ref().take(allowed + 1).read_to_end(&mut xml).map(|read| read as u64)
            } else {
                std::io::copy(&mut part.by_ref().take(allowed + 1), &mut std::io::sink())
            };
            let used = used.map_err(|_| Problem::Damaged)?;
            left = left.checked_sub(used).filter(|_| used <= allowed).ok_or(Problem::Hostile)?;
            check_xml(&xml)?;
            names.push(name);
        }
        Ok(Self { archive, names })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    pub(super) fn has_macros(&self) -> bool {
        self.names.iter().any(|name| name.to_ascii_lowercase().ends_with("vbaproject.bin"))
    }

    /// The text of an XML part; `None` when there is no such part.
    pub(super) fn xml(&mut self, name: &str) -> Result<Option<String>, Problem> {
        self.bytes(name)?.map(|bytes| String::from_utf8(bytes).map_err(|_| Problem::Damaged)).transpose()
    }

    /// The bytes of a part; `None` when there is no such part. Its size was checked when the package was opened.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        let Some(index) = self.names.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let part = self.archive.by_index(index).map_err(refusal)?;
        part.take(part_bytes_max(name)).read_to_end(&mut bytes).map_err(|_| Problem::Damaged)?;
        Ok(Some(bytes))
    }

    /// The parts that a part refers to, without those outside the package.
    pub(super) fn relationships(&mut self, part: &str) -> Result<Vec<Relationship>, Problem> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let Some(xml) = self.xml(format!("{folder}/_rels/{name}.rels").trim_start_matches('/'))? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        elements(&xml, |element| {
            let given = |name: &str| attribute(element, name);
            if let (Some(id), Some(kind), Some(target)) = (given("Id"), given("Type"), given("Target"))
                && given("TargetMode").is_none_or(|mode| mode != "External")
            {
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                found.push(Relationship { id, kind, part: resolve(folder, &target) });
            }
        })?;
        Ok(found)
    }

    /// The tabs of a workbook in their order: the name and the part of each.
    pub(super) fn sheets(&mut self) -> Result<Vec<(String, String)>, Problem> {
        let Some(main) = self.main_part()? else { return Ok(Vec::new()) };
        let related = self.relationships(&main)?;
        let xml = self.xml(&main)?.unwrap_or_default();
        let mut sheets = Vec::new();
        elements(&xml, |element| {
            if element.local_name().as_ref() == "sheet"
                && let Some((name, id)) = attribute(element, "name").zip(attribute(element, "id"))
            {
                let sheet = related.iter().find(|other| other.id == id);
                sheets.extend(sheet.map(|sheet| (name, sheet.part.clone())));
            }
        })?;
        Ok(sheets)
    }

    /// The part that holds the document itself, as the package's relationships name it.
    pub(super) fn main_part(&mut self) -> Result<Option<String>, Problem> {
        let Some(relationships) = self.xml("_rels/.rels")? else {
            return Ok(None);
        };
        let found = first_element(&relationships, |element| {
            let kind = attribute(element, "Type")?;
            kind.ends_with("/officeDocument").then(|| attribute(element, "Target")).flatten()
        })?;
        Ok(found.map(|target| target.trim_start_matches('/').to_owned()))
    }

    /// The content type that the package declares for a part.
    pub(super) fn content_type(&mut self, part: &str) -> Result<Option<String>, Problem> {
        let Some(types) = self.xml("[Content_Types].xml")? else {
            return Ok(None);
        };
        first_element(&types, |element| {
            let name = attribute(element, "PartName")?;
            name.trim_start_matches('/').eq_ignore_ascii_case(part).then(|| attribute(element, "ContentType")).flatten()
        })
    }
}

pub(super) struct Relationship {
    pub(super) id: String,
    /// The last word of its type, which is the same in both dialects of the standard: `image`, `package`.
    pub(super) kind: String,
    pub(super) part: String,
}

/// The name of the part that is meant from within a folder.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let path = if target.starts_with('/') { target } else { format!("{folder}/{target}") };
    let mut steps = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            _ => steps.push(step),
        }
    }
    steps.join("/")
}

/// The value of an attribute, by its local name.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(|value| value.into_owned())
}

/// Shows every element that begins, in order.
pub(super) fn elements(xml: &str, mut see: impl FnMut(&BytesStart<'_>)) -> Result<(), Problem> {
    let seen = first_element(xml, |element| -> Option<()> {
        see(element);
        None
    });
    seen.map(drop)
}

fn first_element<T>(xml: &str, mut pick: impl FnMut(&BytesStart<'_>) -> Option<T>) -> Result<Option<T>, Problem> {
    let mut reader = Reader::from_str(xml);
    loop {
        let event = reader.read_event().map_err(|_| Problem::Damaged)?;
        if let Event::Start(element) | Event::Empty(element) = event {
            if let Some(value) = pick(&element) {
                return Ok(Some(value));
            }
        } else if matches!(event, Event::Eof) {
            return Ok(None);
        }
    }
}

fn refusal(error: ZipError) -> Problem {
    let locked = matches!(error, ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword);
    if locked { Problem::PasswordProtected } else { Problem::Damaged }
}

fn is_xml(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".xml") || name.ends_with(".rels")
}

fn part_bytes_max(name: &str) -> u64 {
    let name = name.to_ascii_lowercase();
    let eager = ["sharedstrings.xml", "styles.xml", "workbook.xml", ".rels", "[content_types].xml"];
    if eager.iter().any(|end| name.ends_with(end)) { EAGER_PART_BYTES_MAX } else { ZIP_PART_BYTES_MAX }
}

/// Refuses what no Office program writes: document type definitions, huge tags, absurd counts, and encodings in which
/// none of these could be seen.
fn check_xml(xml: &[u8]) -> Result<(), Problem> {
    let tags = xml.split(|byte| *byte == b'<').map(|piece| piece.iter().take_while(|byte| **byte != b'>').count());
    let start = xml.get(..4).unwrap_or(xml);
    let not_utf_8 = start.contains(&0) || start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
    let hostile = not_utf_8
        || DOCUMENT_TYPE.is_match(xml)
        || tags.max().unwrap_or_default() > XML_TAG_BYTES_MAX
        || ANNOUNCED_STRINGS
            .captures_iter(xml)
            .any(|found| announces_too_many(found.get(1).map(|digits| digits.as_bytes())));
    if hostile { Err(Problem::Hostile) } else { Ok(()) }
}

/// The spreadsheet library reserves room for this many strings before it reads one.
fn announces_too_many(digits: Option<&[u8]>) -> bool {
    let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    digits.is_some_and(|digits| digits.parse::<u64>().map_or(true, |announced| announced > SHARED_STRINGS_MAX))
}

fn pattern(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constants, and a test reads with each")]
    Regex::new(text).expect("a constant pattern")
}

static ENTRY: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u)PK\x01\x02"));
static DOCUMENT_TYPE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u)<!(?i:DOCTYPE|ENTITY)"));
static ANNOUNCED_STRINGS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?-u)uniqueCount\s*=\s*["']\s*([0-9]+)"#));
