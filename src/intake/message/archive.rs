//! One level of zip: the files inside, inflated under a cap that counts real bytes, whatever the zip claims.
//! Office documents are zips too; those are not opened here.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::domain::reading::{Finding, FindingCode};
use crate::intake::limits;

pub(super) struct Member {
    /// With its folders, as the zip has it.
    pub(super) name: String,
    pub(super) content: Result<Vec<u8>, Shut>,
}

/// Why a zip, or a file inside it, cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shut {
    Locked,
    UnknownMethod,
    Broken,
    Empty,
    TooManyFiles,
    TooMuchInside,
    ZipInside,
    FileTooLarge,
}

impl Shut {
    pub(super) fn finding(self, file_bytes_max: u64) -> Finding {
        let (code, message) = match self {
            Self::Locked => {
                (FindingCode::PasswordProtected, "This zip file has a password. Send the files inside it without one.")
            }
            Self::UnknownMethod => (
                FindingCode::UnsupportedType,
                "We cannot open this kind of zip file. Send the files inside it as ordinary attachments.",
            ),
            Self::Broken => {
                (FindingCode::Damaged, "This zip file is damaged. Send the files inside it as ordinary attachments.")
            }
            Self::Empty => {
                (FindingCode::Damaged, "This zip file holds no files. Send the files themselves as attachments.")
            }
            Self::TooManyFiles => (
                FindingCode::Hostile,
                "We did not open this zip file because it holds too many files. Send only the files we need, as \
                 ordinary attachments.",
            ),
            Self::TooMuchInside => (
                FindingCode::Hostile,
                "We did not open this zip file because it unpacks to far more than it should. Send the files inside \
                 it as ordinary attachments.",
            ),
            Self::ZipInside => (
                FindingCode::UnsupportedType,
                "This is a zip file inside a zip file, which we do not open. Send the files inside it as ordinary \
                 attachments.",
            ),
            Self::FileTooLarge => return super::attachments::too_large(file_bytes_max),
        };
        Finding::new(code, message)
    }
}

/// A zip that is no Office document. A broken one is left to the reader of documents, who says so.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    if !bytes.starts_with(b"PK\x03\x04") || first_name_is_office(bytes) {
        return false;
    }
    match entries_claimed(bytes) {
        Some(count) if count > limits::ARCHIVE_ENTRIES_MAX => true,
        Some(_) => ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| {
            !["[Content_Types].xml", "mimetype"].iter().any(|name| archive.index_for_name(name).is_some())
        }),
        None => false,
    }
}

/// The files, or why the whole zip cannot be used.
pub(super) fn open(bytes: &[u8], file_bytes_max: u64) -> Result<Vec<Member>, Shut> {
    if entries_claimed(bytes).is_none_or(|count| count > limits::ARCHIVE_ENTRIES_MAX) {
        return Err(Shut::TooManyFiles);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Shut::Broken)?;
    if archive.len() > limits::ARCHIVE_ENTRIES_MAX {
        return Err(Shut::TooManyFiles);
    }
    let mut members = Vec::new();
    let mut left = limits::ARCHIVE_BYTES_MAX;
    for index in 0..archive.len() {
        if archive.by_index_raw(index).is_ok_and(|entry| entry.encrypted()) {
            return Err(Shut::Locked);
        }
        let mut entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(ZipError::UnsupportedArchive(_)) => return Err(Shut::UnknownMethod),
            Err(ZipError::InvalidPassword) => return Err(Shut::Locked),
            Err(_) => return Err(Shut::Broken),
        };
        let name = super::headers::lossy(entry.name_raw()).into_owned();
        if entry.is_dir() || is_clutter(&name) {
            continue;
        }
        let allowed = left.min(file_bytes_max);
        let mut content = Vec::new();
        if (&mut entry).take(allowed + 1).read_to_end(&mut content).is_err() {
            return Err(Shut::Broken);
        }
        let size = content.len() as u64;
        if size > left {
            return Err(Shut::TooMuchInside);
        }
        left -= size;
        members.push(Member { name, content: checked(content, file_bytes_max) });
    }
    if members.is_empty() { Err(Shut::Empty) } else { Ok(members) }
}

fn checked(content: Vec<u8>, file_bytes_max: u64) -> Result<Vec<u8>, Shut> {
    if content.len() as u64 > file_bytes_max {
        return Err(Shut::FileTooLarge);
    }
    if is_archive(&content) {
        return Err(Shut::ZipInside);
    }
    Ok(content)
}

/// What macOS and Windows add by themselves.
fn is_clutter(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.starts_with("__MACOSX/") || matches!(file, ".DS_Store" | "Thumbs.db" | "desktop.ini")
}

/// Office programs write one of these first, so that most documents need no further look.
fn first_name_is_office(bytes: &[u8]) -> bool {
    const NAME_OFFSET: usize = 30;
    let name = bytes.get(NAME_OFFSET..).unwrap_or_default();
    name.starts_with(b"[Content_Types].xml") || name.starts_with(b"mimetypeapplication/vnd.oasis")
}

/// The number of files by the end record, read before the zip library makes room for them all.
fn entries_claimed(bytes: &[u8]) -> Option<usize> {
    const RECORD: usize = 22;
    const COMMENT_MAX: usize = 65_535;
    let tail = bytes.get(bytes.len().saturating_sub(RECORD + COMMENT_MAX)..)?;
    let at = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let count = tail.get(at + 10..at + 12)?.first_chunk::<2>()?;
    Some(usize::from(u16::from_le_bytes(*count)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn shut(result: Result<Vec<Member>, Shut>) -> Option<Shut> {
        result.err()
    }

    #[test]
    fn office_documents_are_no_archives() {
        assert!(is_archive(&zip(&[("a.txt", b"a")])));
        for office in [
            zip(&[("[Content_Types].xml", b"<x/>")]),
            zip(&[("xl/a.xml", b"a"), ("[Content_Types].xml", b"<x/>")]),
            zip(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")]),
        ] {
            assert!(!is_archive(&office));
        }
        assert!(!is_archive(b"PK\x03\x04 broken"));
    }

    #[test]
    fn files_are_inflated_and_clutter_is_passed_over() {
        let bytes = zip(&[("a/b.txt", b"one"), ("__MACOSX/a/._b.txt", b"x"), ("a/.DS_Store", b"x"), ("c.txt", b"two")]);
        let members = open(&bytes, 100).unwrap();
        let found: Vec<_> = members.into_iter().map(|m| (m.name, m.content.unwrap())).collect();
        assert_eq!(found, [("a/b.txt".to_owned(), b"one".to_vec()), ("c.txt".to_owned(), b"two".to_vec())]);
    }

    #[test]
    fn a_zip_inside_a_zip_and_a_large_file_are_findings_of_their_own() {
        let inner = zip(&[("a.txt", b"a")]);
        let members = open(&zip(&[("in.zip", &inner), ("big", &[0; 501]), ("fits", &[0; 500])]), 500).unwrap();
        let codes: Vec<_> = members.into_iter().map(|m| m.content.err()).collect();
        assert_eq!(codes, [Some(Shut::ZipInside), Some(Shut::FileTooLarge), None]);
    }

    #[test]
    fn what_cannot_be_opened_says_why() {
        let mut locked = zip(&[("a.txt", b"a")]);
        // The encryption bit, in the local header and in the central directory.
        let central = locked.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
        locked[6] |= 1;
        locked[central + 8] |= 1;
        assert_eq!(shut(open(&locked, 100)), Some(Shut::Locked));
        let mut damaged = zip(&[("a.txt", &[7; 5000])]);
        damaged[40] ^= 0xff;
        assert_eq!(shut(open(&damaged, 100_000)), Some(Shut::Broken));
        assert_eq!(shut(open(&zip(&[(".DS_Store", b"a")]), 100)), Some(Shut::Empty));
    }

    #[test]
    fn bombs_are_not_opened() {
        let many: Vec<String> = (0..=limits::ARCHIVE_ENTRIES_MAX).map(|n| n.to_string()).collect();
        let files: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
        assert!(open(&zip(&files[1..]), 100).is_ok());
        let over = zip(&files);
        assert!(is_archive(&over));
        assert_eq!(shut(open(&over, 100)), Some(Shut::TooManyFiles));

        let half = vec![0; usize::try_from(limits::ARCHIVE_BYTES_MAX / 2).unwrap()];
        assert!(open(&zip(&[("a", &half), ("b", &half)]), u64::MAX - 1).is_ok());
        let bomb = zip(&[("a", &half), ("b", &half), ("c", b"x")]);
        assert_eq!(shut(open(&bomb, u64::MAX - 1)), Some(Shut::TooMuchInside));
    }
}
