//! One attached file: what it is and what it says. The type is told from the bytes, never from the name.
//! Never fails: what cannot be read is a `Document` that says why.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sha2::{Digest, Sha256};

use crate::domain::ids::BlobDigest;
use crate::domain::reading::{Document, DocumentKind, Finding, FindingCode};

use super::limits::{ATTACHMENT_BYTES_MAX, NAME_CHARS_MAX};
use super::package::Package;
use super::problem::Problem;
use super::profile::Profiles;
use super::{Receiver, certificate, classify, pdf, word, workbook};

/// Reads one file.
pub fn read(name: &str, bytes: &[u8], receiver: &Receiver) -> Document {
    let name = one_line(name);
    // The libraries below are not ours: should one panic on a broken file, that file is damaged and the next is read.
    let attempt = catch_unwind(AssertUnwindSafe(|| open(&name, bytes, receiver)));
    let (kind, findings, problem) = match attempt.unwrap_or(Err(Problem::Damaged)) {
        Ok((kind, findings)) => (kind, findings, None),
        Err(problem) => (DocumentKind::Other, vec![problem.finding()], Some(problem.code())),
    };
    let sha256 = BlobDigest::from_hex(&sha256_hex(bytes));
    Document { name, bytes: bytes.len() as u64, sha256, readable: problem.is_none(), problem, kind, findings }
}

type Outcome = Result<(DocumentKind, Vec<Finding>), Problem>;

fn open(name: &str, bytes: &[u8], receiver: &Receiver) -> Outcome {
    let bytes_max = match receiver.attachment_bytes_max {
        0 => ATTACHMENT_BYTES_MAX,
        given => given,
    };
    if bytes.len() as u64 > bytes_max {
        return Err(Problem::TooLarge { bytes_max });
    }
    let profiles = Profiles::with(&receiver.profiles);
    match form(bytes) {
        Form::Zip => zip(bytes, &profiles),
        Form::Compound => compound(bytes, &profiles),
        Form::Pdf if certificate::is_named_certificate(name, &profiles.certificates) => {
            Ok((DocumentKind::Certificate(None), Vec::new()))
        }
        Form::Pdf => {
            let form = pdf::read(bytes).and_then(|content| classify::pdf(&content, &profiles));
            form.ok_or(Problem::Unsupported("a PDF"))
        }
        Form::Other(what) => Err(Problem::Unsupported(what)),
        Form::Unknown if is_named_office(name) => Err(Problem::Damaged),
        Form::Unknown => Err(Problem::Unsupported("of a type that we cannot open")),
    }
}

/// What the first bytes say.
enum Form {
    Zip,
    /// The container of Office files before 2007, and of encrypted ones since.
    Compound,
    Pdf,
    /// Known, and not read.
    Other(&'static str),
    Unknown,
}

fn form(bytes: &[u8]) -> Form {
    const KNOWN: [(&[u8], Form); 13] = [
        (b"PK\x03\x04", Form::Zip),
        (b"PK\x05\x06", Form::Zip),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Form::Compound),
        (b"\x89PNG", Form::Other("a picture")),
        (b"\xff\xd8\xff", Form::Other("a picture")),
        (b"GIF8", Form::Other("a picture")),
        (b"II*\0", Form::Other("a picture")),
        (b"MM\0*", Form::Other("a picture")),
        (b"MZ", Form::Other("a program")),
        (b"Rar!", Form::Other("a RAR archive")),
        (b"7z\xbc\xaf\x27\x1c", Form::Other("a 7-Zip archive")),
        (b"\x1f\x8b", Form::Other("a compressed archive")),
        (b"{\\rtf", Form::Other("a rich text file")),
    ];
    // PDF readers look for the mark within the first 1,024 bytes.
    let start = bytes.get(..1024).unwrap_or(bytes);
    if start.windows(5).any(|window| window == b"%PDF-") {
        return Form::Pdf;
    }
    KNOWN.into_iter().find(|(mark, _)| bytes.starts_with(mark)).map_or(Form::Unknown, |(_, form)| form)
}

fn zip(bytes: &[u8], profiles: &Profiles) -> Outcome {
    let mut package = Package::open(bytes)?;
    let Some(main_part) = package.main_part()? else {
        return open_document(&mut package, profiles);
    };
    let content_type = package.content_type(&main_part)?.unwrap_or_default();
    let macros = package.has_macros().then(macro_enabled);
    let (kind, mut findings) = if content_type.contains("spreadsheetml") || main_part.ends_with("workbook.xml") {
        classify::workbook(workbook::read_xlsx(&mut package, bytes)?, profiles)
    } else if content_type.contains("wordprocessingml") || main_part.starts_with("word/") {
        let xml = package.xml(&main_part)?.ok_or(Problem::Damaged)?;
        classify::word(word::read(&xml)?, profiles)
    } else if content_type.contains("binary") || main_part.ends_with(".bin") {
        return Err(Problem::Unsupported("a binary Excel workbook (.xlsb); save it as an Excel workbook (.xlsx)"));
    } else if content_type.contains("presentationml") {
        return Err(Problem::Unsupported("a PowerPoint presentation"));
    } else {
        return Err(Problem::Unsupported("of a type that we cannot open"));
    };
    findings.extend(macros);
    Ok((kind, findings))
}

/// A package that is none of Microsoft Office.
fn open_document(package: &mut Package<'_>, profiles: &Profiles) -> Outcome {
    let kind = package.xml("mimetype")?.unwrap_or_default();
    if kind.contains("opendocument.spreadsheet") {
        Ok(classify::workbook(workbook::read_ods(package)?, profiles))
    } else if package.has("[Content_Types].xml") {
        Err(Problem::Damaged)
    } else if kind.contains("opendocument") {
        Err(Problem::Unsupported("an OpenDocument text; save it as a Word document (.docx)"))
    } else {
        Err(Problem::Unsupported("a zip archive; attach the files in it one by one"))
    }
}

/// A file of before 2007, or an encrypted one of today.
fn compound(bytes: &[u8], profiles: &Profiles) -> Outcome {
    let mut file = workbook::Compound::open(bytes).ok_or(Problem::Damaged)?;
    if file.has("EncryptedPackage") || file.has("EncryptionInfo") {
        Err(Problem::PasswordProtected)
    } else if file.has("Workbook") || file.has("Book") {
        let (kind, mut findings) = classify::workbook(workbook::read_xls(&mut file)?, profiles);
        findings.extend(file.has("_VBA_PROJECT_CUR/VBA/dir").then(macro_enabled));
        Ok((kind, findings))
    } else if file.has("WordDocument") {
        Err(Problem::Unsupported("a document of Word 97 to 2003 (.doc); save it as a Word document (.docx)"))
    } else {
        Err(Problem::Unsupported("of a type that we cannot open"))
    }
}

fn macro_enabled() -> Finding {
    let message = "This file holds macros, which we do not accept. Save it without them, as an Excel workbook \
        (.xlsx) or a Word document (.docx), and send that.";
    Finding::new(FindingCode::MacroEnabled, message)
}

fn is_named_office(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".xlsx", ".xlsm", ".xls", ".ods", ".docx", ".docm", ".doc"].iter().any(|end| name.ends_with(end))
}

fn one_line(name: &str) -> String {
    let visible = name.chars().map(|c| if c.is_control() { ' ' } else { c });
    visible.take(NAME_CHARS_MAX).collect::<String>().trim().to_owned()
}

fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
