//! `assured inspect`: what is read from a file, and what we would say of it. Never touches the records.

mod folder;
mod people;
mod view;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use self::folder::{Progress, Row};
use self::view::FileView;
use super::print;
use crate::adapters::reader::{Reader, own_program};
use crate::config::Settings;
use crate::domain::reading::{Document, MessageFacts};

pub(super) const ABOUT: &str = "\
Reads workbooks, documents and email messages as the daemon would, in a process of its own, and says what they are, what \
was read from them, and what the automatic check found, with tab and cell. Nothing is recorded or sent. The kind of a file \
is told from its content, never from its name.

Of a message it says which answer the partner would get at once, as far as the message alone can tell.

Of a folder it prints a table, with a row for each document and message in it and in the folders within; other files are \
left out and counted. Name a file to see its findings.

The exit code is 1 when there is something to put right, and 2 when a file could not be opened; the others are still read.";

pub(super) const EXAMPLES: &str = "\
Examples:
  assured inspect 'Care Vista SCAL.xlsx'
  assured inspect message.eml          a whole message with its attachments: would it be answered, and why not?
  assured inspect received/            a table of all that lies in a folder
  assured inspect --json *.xlsx | jq -r 'select(.findings != []) | .file'";

/// A mistake in the arguments, such as a file that is not there.
const CODE_MISTAKE: u8 = 2;

/// Header fields that a saved message begins with.
const FIRST_FIELDS: [&str; 14] = [
    "received",
    "return-path",
    "delivered-to",
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "reply-to",
    "authentication-results",
    "dkim-signature",
    "content-type",
    "thread-topic",
];

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// Workbooks, documents, .eml files, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object a file
    #[arg(long)]
    json: bool,
}

/// What a file turned out to be.
enum Reading {
    Message(Box<MessageFacts>),
    Document(Box<Document>),
}

pub(super) fn execute(args: &InspectArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bytes_max = u64::from(settings.reader.message_mib_max.max(settings.reader.attachment_mib_max)) << 20;
    runtime.block_on(async {
        let reader = Reader::start(own_program(), &settings.receiver(), settings.reader_limits());
        let mut inspection = Inspection { reader, bytes_max, json: args.json, out, to_fix: false, missing: false };
        for path in &args.files {
            if path.is_dir() {
                inspection.folder(path).await?;
            } else {
                inspection.file(path).await?;
            }
        }
        Ok(match (inspection.missing, inspection.to_fix) {
            (true, _) => ExitCode::from(CODE_MISTAKE),
            (false, true) => ExitCode::FAILURE,
            (false, false) => ExitCode::SUCCESS,
        })
    })
}

struct Inspection<'a> {
    reader: Reader,
    bytes_max: u64,
    json: bool,
    out: &'a mut dyn Write,
    to_fix: bool,
    missing: bool,
}

impl Inspection<'_> {
    /// A report of its own.
    async fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        let Some(reading) = self.read(path).await? else { return Ok(()) };
        let name = path.display().to_string();
        let view = reading.view(&name);
        self.to_fix |= view.has_something_to_fix();
        if self.json {
            return print::json_lines(self.out, &[&view]);
        }
        people::tell(self.out, &view)?;
        if let Reading::Message(facts) = &reading {
            people::tell_answer(self.out, facts)?;
        }
        Ok(())
    }

    /// A row for each document in it.
    async fn folder(&mut self, folder: &Path) -> anyhow::Result<()> {
        let listing = match folder::list(folder) {
            Ok(listing) => listing,
            Err(error) => return self.tell_missing(&format!("{} cannot be read: {error}", folder.display())),
        };
        let progress = Progress::over(listing.files.len(), self.json);
        let mut rows = Vec::new();
        for (number, path) in (1..).zip(&listing.files) {
            progress.at(number, path);
            let Some(reading) = self.read(path).await? else { continue };
            let name = if self.json { path } else { path.strip_prefix(folder).unwrap_or(path) }.display().to_string();
            let view = reading.view(&name);
            self.to_fix |= view.has_something_to_fix();
            if self.json {
                print::json_lines(self.out, &[&view])?;
            } else {
                rows.push(Row::of(&view));
            }
        }
        progress.end();
        if !self.json {
            folder::tell(self.out, folder, rows, listing.left_out)?;
        }
        Ok(())
    }

    async fn read(&mut self, path: &Path) -> anyhow::Result<Option<Reading>> {
        match load(path, self.bytes_max) {
            Ok(bytes) => read_file(&self.reader, path, bytes).await.map(Some),
            Err(why) => self.tell_missing(&why).map(|()| None),
        }
    }

    /// The other files are still told of.
    fn tell_missing(&mut self, why: &str) -> anyhow::Result<()> {
        self.out.flush()?;
        eprintln!("assured: {}", print::plain(why));
        self.missing = true;
        Ok(())
    }
}

impl Reading {
    fn view<'a>(&'a self, name: &'a str) -> FileView<'a> {
        match self {
            Self::Message(facts) => FileView::of_message(name, facts),
            Self::Document(document) => FileView::of_document(name, document),
        }
    }
}

async fn read_file(reader: &Reader, path: &Path, bytes: Vec<u8>) -> anyhow::Result<Reading> {
    let is_message = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("eml")) || begins_as_message(&bytes);
    let bytes: Arc<[u8]> = bytes.into();
    if is_message {
        return Ok(Reading::Message(Box::new(reader.read(bytes).await?)));
    }
    let name = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
    Ok(Reading::Document(Box::new(reader.document(&name, bytes).await?)))
}

/// One byte more than is opened is enough for the reader to say that it is too large.
fn load(path: &Path, bytes_max: u64) -> Result<Vec<u8>, String> {
    let file = path.display();
    let unread = |error: io::Error| format!("{file} cannot be read ({error}). Check its name and your rights to it");
    // Looked at before it is opened: to open a pipe is to wait for its other end.
    let about = fs::metadata(path).map_err(unread)?;
    if !about.is_file() {
        return Err(format!("{file} is a pipe or a device, not a file. Save what comes from it as a file first"));
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes));
    read.map_err(unread).map(|_| bytes)
}

fn begins_as_message(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let Ok(name) = std::str::from_utf8(name) else {
        return false;
    };
    name.len() < line.len() && FIRST_FIELDS.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_from_its_first_line() {
        for (text, is_message) in [
            ("Received: from a by b\r\n", true),
            ("from: a@b.example\nTo: c@d.example\n", true),
            ("Subject", false),
            ("Note: a text file\n", false),
            ("PK\u{3}\u{4}", false),
            ("", false),
        ] {
            assert_eq!(begins_as_message(text.as_bytes()), is_message, "{text:?}");
        }
    }
}
