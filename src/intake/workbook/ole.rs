//! Compound files (OLE): the streams of one, and the file that Office wrapped in one when it was embedded.

use std::io::{Cursor, Read};

/// Bytes at which every compound file begins.
const MARK: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

pub(in super::super) struct Compound<'a> {
    file: cfb::CompoundFile<Cursor<&'a [u8]>>,
    bytes_max: u64,
}

impl<'a> Compound<'a> {
    /// `None` for a file that is damaged.
    pub(in super::super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let file = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
        Some(Self { file, bytes_max: bytes.len() as u64 })
    }

    pub(in super::super) fn has(&self, stream: &str) -> bool {
        self.file.is_stream(stream)
    }

    /// A stream, which is never longer than the whole file.
    pub(super) fn stream(&mut self, path: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let stream = self.file.open_stream(path).ok()?;
        stream.take(self.bytes_max).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Storages at the top whose name begins so.
    pub(super) fn storages(&self, start: &str) -> Vec<String> {
        let entries = self.file.read_root_storage();
        let named = entries.filter(|entry| entry.is_storage() && entry.name().starts_with(start));
        named.map(|entry| entry.name().to_owned()).collect()
    }

    /// The file that was embedded, with the name it had if that was stored. `storage` is where to look.
    pub(super) fn embedded(&mut self, storage: &str) -> Option<(Option<String>, Vec<u8>)> {
        if let Some(native) = self.stream(&format!("{storage}/\u{1}Ole10Native")) {
            return Some(packaged(&native).unwrap_or((None, native.get(4..).unwrap_or_default().to_vec())));
        }
        // An Adobe document, an Office document of 2007 or later, an OpenDocument one.
        let whole = ["CONTENTS", "Contents", "Package", "EmbeddedOdf"];
        // An Office document of before 2007 is the storage itself: its text stands for it.
        let parts = ["WordDocument", "Workbook", "Book"];
        let parts = parts.iter().filter(|_| !storage.is_empty());
        let found = whole.iter().chain(parts).find_map(|stream| self.stream(&format!("{storage}/{stream}")));
        found.map(|bytes| (None, bytes))
    }
}

/// What is within an embedded part: the file itself, unless Office wrapped it.
pub(super) fn unwrap(part: &[u8]) -> Option<(Option<String>, Vec<u8>)> {
    if part.starts_with(MARK) { Compound::open(part)?.embedded("") } else { None }
}

/// What the packager of Windows writes around a file: its label, where it was, and its bytes.
fn packaged(native: &[u8]) -> Option<(Option<String>, Vec<u8>)> {
    let mut rest = native.get(6..)?;
    let label = text(&mut rest)?;
    let path = text(&mut rest)?;
    take(&mut rest, 4)?;
    let length = number(&mut rest)?;
    take(&mut rest, length)?;
    let length = number(&mut rest)?;
    let bytes = take(&mut rest, length)?.to_vec();
    // Since Windows XP the same names follow in Unicode: where it was put for the time being, label, where it was.
    let wide_label = wide(&mut rest).and_then(|_| wide(&mut rest));
    let name = wide_label.into_iter().chain([label, path]).map(|name| base_name(&name)).find(|name| !name.is_empty());
    Some((name, bytes))
}

fn base_name(path: &str) -> String {
    path.rsplit(['\\', '/']).next().unwrap_or_default().trim().to_owned()
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let bytes = take(rest, 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|byte| *byte == 0)?;
    let text = take(rest, end + 1)?.get(..end)?;
    Some(text.iter().map(|byte| char::from(*byte)).collect())
}

fn wide(rest: &mut &[u8]) -> Option<String> {
    let length = number(rest)?;
    let bytes = take(rest, length.checked_mul(2)?)?;
    let (units, _) = bytes.as_chunks::<2>();
    Some(char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))).map(|c| c.unwrap_or('?')).collect())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn container(stream: &str, bytes: &[u8]) -> Vec<u8> {
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_stream(stream).unwrap().write_all(bytes).unwrap();
        file.flush().unwrap();
        file.into_inner().into_inner()
    }

    /// As the packager writes it, with the Unicode names of Windows XP or without.
    fn native(label: &str, path: &str, wide: Option<&str>) -> Vec<u8> {
        let long = |text: &str| {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            [&(units.len() as u32 / 2).to_le_bytes()[..], &units].concat()
        };
        let names = wide.map(|label| [long("C:\\tmp"), long(label), long("C:\\x")].concat()).unwrap_or_default();
        let head = format!("\u{2}\0{label}\0{path}\0\0\0\u{3}\0\u{4}\0\0\0tmp\0\u{3}\0\0\0PDF");
        [&[0; 4], head.as_bytes(), &names].concat()
    }

    #[test]
    fn a_file_is_unwrapped_with_the_name_it_had() {
        for (stream, bytes, name, file) in [
            ("\u{1}Ole10Native", native("TCC.pdf", "C:\\a\\other.pdf", None), Some("TCC.pdf"), "PDF"),
            ("\u{1}Ole10Native", native("", "C:\\a\\other.pdf", None), Some("other.pdf"), "PDF"),
            ("\u{1}Ole10Native", native("TCC ?.pdf", "x", Some("TCC é.pdf")), Some("TCC é.pdf"), "PDF"),
            ("\u{1}Ole10Native", b"\x04\0\0\0only".to_vec(), None, "only"),
            ("CONTENTS", b"%PDF".to_vec(), None, "%PDF"),
            ("Package", b"PK".to_vec(), None, "PK"),
        ] {
            let expected = Some((name.map(str::to_owned), file.as_bytes().to_vec()));
            assert_eq!(unwrap(&container(stream, &bytes)), expected, "{stream} {name:?}");
        }
        for part in [container("WordDocument", b"x"), b"PK no container".to_vec(), MARK.to_vec()] {
            assert_eq!(unwrap(&part), None, "the part is the file");
        }
    }
}
