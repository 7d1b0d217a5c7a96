//! `inspect` of a folder: which files in it are read, one row for each, and what was left out.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use super::begins_as_message;
use super::view::FileView;
use crate::cli::print::{Paint, plain, table};
use crate::domain::reading::Severity;

/// Folders within folders; a deeper one is somebody's mistake, or a loop.
const DEPTH_MAX: usize = 16;
const FILES_MAX: usize = 100_000;

/// What partners send, and what is sent in its place by mistake.
const ENDINGS: [&str; 16] = [
    "xlsx", "xlsm", "xlsb", "xltx", "xls", "ods", "docx", "docm", "dotx", "doc", "odt", "pdf", "eml", "msg", "zip",
    "csv",
];
/// Office documents and zip files, older Office documents, PDF.
const BEGINNINGS: [&[u8]; 3] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"];
const BEGINNING_BYTES: u64 = 256;

/// The files of a folder and of those in it, by name.
pub(super) struct Listing {
    pub(super) files: Vec<PathBuf>,
    /// Files that are neither documents nor messages.
    pub(super) left_out: usize,
}

pub(super) fn list(folder: &Path) -> io::Result<Listing> {
    let mut listing = Listing { files: Vec::new(), left_out: 0 };
    add(&mut listing, folder, 0)?;
    Ok(listing)
}

/// Hidden files and those that Office keeps beside an open document are no files of the user's.
fn add(listing: &mut Listing, folder: &Path, depth: usize) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = entry.path();
        if name.starts_with('.') || name.starts_with("~$") {
            continue;
        }
        // Of the entry itself: a link to a folder may lead back here.
        if entry.file_type()?.is_dir() {
            if depth == DEPTH_MAX {
                return Err(io::Error::other(format!("folders lie more than {DEPTH_MAX} deep in it")));
            }
            add(listing, &path, depth + 1)?;
        } else if !path.is_file() || !is_worth_reading(&path) {
            listing.left_out += 1;
        } else if listing.files.len() == FILES_MAX {
            return Err(io::Error::other(format!(
                "it has more than {FILES_MAX} documents: name folders in it instead"
            )));
        } else {
            listing.files.push(path);
        }
    }
    Ok(())
}

/// By its name a file is only ever read, never left out: what it is is told from its content.
fn is_worth_reading(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
        return true;
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING_BYTES).read_to_end(&mut start));
    // One that cannot be opened is for the user to know of.
    read.is_err() || BEGINNINGS.iter().any(|beginning| start.starts_with(beginning)) || begins_as_message(&start)
}

/// A file in one line.
pub(super) struct Row {
    cells: [String; 7],
    to_fix: usize,
}

impl Row {
    pub(super) fn of(view: &FileView<'_>) -> Self {
        let (supplier, product) = view.partner();
        let (to_fix, advice) = (view.count(Severity::Fix), view.count(Severity::Advice));
        let dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let cells = [
            view.file.to_owned(),
            view.kind.to_owned(),
            dash(supplier.map(str::to_owned)),
            dash(product.map(str::to_owned)),
            to_fix.to_string(),
            advice.to_string(),
            dash(view.first_problem()),
        ];
        Self { cells, to_fix }
    }
}

pub(super) fn tell(out: &mut dyn Write, folder: &Path, rows: Vec<Row>, left_out: usize) -> io::Result<()> {
    let (paint, folder) = (Paint::of_stdout(), plain(&folder.display().to_string()));
    if rows.is_empty() {
        writeln!(out, "{folder}: no documents or messages")?;
    } else {
        let (files, with_something) = (rows.len(), rows.iter().filter(|row| row.to_fix > 0).count());
        let cells = rows.into_iter().map(|row| row.cells);
        table(out, ["File", "Kind", "Supplier", "Product", "To put right", "Advice", "Problem"], cells)?;
        let said = format!("{files} {}, {with_something} with something to put right", plural(files, "file"));
        writeln!(out, "\n{}", if with_something == 0 { paint.green(&said) } else { paint.red(&said) })?;
    }
    if left_out > 0 {
        writeln!(out, "{left_out} {} left out: neither documents nor messages", plural(left_out, "other file"))?;
    }
    writeln!(out)
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// How far a long folder is read, for somebody who watches.
pub(super) struct Progress {
    files: usize,
    is_shown: bool,
}

impl Progress {
    /// Where output goes to the same terminal line by line, it shows how far it is itself.
    pub(super) fn over(files: usize, json: bool) -> Self {
        let is_shown = io::stderr().is_terminal() && !(json && io::stdout().is_terminal());
        Self { files, is_shown }
    }

    pub(super) fn at(&self, number: usize, path: &Path) {
        let name = path.file_name().map(|name| plain(&name.to_string_lossy())).unwrap_or_default();
        let name: String = name.chars().take(50).collect();
        self.say(&format!("Reading {number} of {}: {name}", self.files));
    }

    pub(super) fn end(&self) {
        self.say("");
    }

    fn say(&self, text: &str) {
        if self.is_shown {
            // Nothing depends on it: a terminal that is gone shows nothing.
            let _ = write!(io::stderr(), "\r\x1b[2K{text}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_partners_send_is_read_and_the_rest_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        write("b.xlsx", b"damaged");
        write("a.json", b"{}");
        write("notes.txt", b"Dear all");
        write("saved message", b"Received: from a\r\n");
        write("renamed.dat", b"PK\x03\x04");
        write("sub/c.PDF", b"");
        write(".hidden.xlsx", b"");
        write("~$b.xlsx", b"");
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let listing = list(folder.path()).unwrap();
        let names: Vec<_> =
            listing.files.iter().map(|p| p.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["b.xlsx", "renamed.dat", "saved message", "sub/c.PDF"]);
        assert_eq!(listing.left_out, 3, "two files, and the link that leads back");
    }
}
