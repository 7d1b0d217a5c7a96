//! The mail of a rehearsal: files in folders, in the order in which they arrived. Opens no message.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;

use crate::cli::UsageError;
use crate::domain::ids::{Folder, MailboxName, Place, Position};
use crate::domain::policy::SharedMailbox;
use crate::intake::message::arrival;

/// Header fields beyond are not looked at for a date.
const HEADER_BYTES_MAX: u64 = 512 << 10;
const EML: &str = "eml";

/// What lies in a folder of exported mail.
#[derive(Debug, Default)]
pub(super) struct Mailbag {
    /// By arrival, folder and file name.
    pub(super) mail: Vec<Mail>,
    /// Files that do not say when they arrived.
    pub(super) undated: Vec<String>,
    /// The folders that are looked into.
    pub(super) folders: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mail {
    pub(super) at: Timestamp,
    folder: String,
    file: String,
    pub(super) path: PathBuf,
    pub(super) place: Place,
}

impl Mail {
    /// `sa/hello.eml`
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.folder, self.file)
    }

    /// The bytes of the message up to a limit, and how many it has.
    pub(super) fn read(&self, bytes_max: u64) -> anyhow::Result<(Vec<u8>, u64)> {
        let read = || -> io::Result<(Vec<u8>, u64)> {
            let file = File::open(&self.path)?;
            let bytes = file.metadata()?.len();
            let mut raw = Vec::new();
            file.take(bytes_max).read_to_end(&mut raw)?;
            Ok((raw, bytes))
        };
        read().with_context(|| format!("cannot read {}", self.path.display()))
    }
}

/// Lists the mail under `dir`. `letters` is where letters of a rehearsal are written to: they are no mail of it.
pub(super) fn list(dir: &Path, mailboxes: &[SharedMailbox], letters: Option<&Path>) -> anyhow::Result<Mailbag> {
    let places: Vec<(String, MailboxName, Folder)> = mailboxes.iter().flat_map(folders_of).collect();
    let mut bag = Mailbag { folders: places.iter().map(|(name, ..)| name.clone()).collect(), ..Mailbag::default() };
    let letters = letters.and_then(|folder| folder.canonicalize().ok());
    let found = entries(dir).map_err(|error| UsageError(format!("{} is no folder of mail: {error}", dir.display())))?;
    for (folder, path) in found.into_iter().filter(|(_, path)| path.is_dir()) {
        if letters.is_some() && path.canonicalize().ok() == letters {
            continue;
        }
        let within = entries(&path).with_context(|| format!("cannot read the folder {}", path.display()))?;
        let files: Vec<_> = within.into_iter().filter(|(_, path)| is_message(path)).collect();
        let place = places.iter().find(|(name, ..)| *name == folder);
        match place {
            Some((_, mailbox, kind)) => bag.fill(&folder, mailbox, *kind, files)?,
            None if files.is_empty() => {}
            None => {
                let names = bag.folders.join(", ");
                let what = path.display();
                return Err(
                    UsageError(format!("{what} holds mail and is no mailbox of the configuration: {names}")).into()
                );
            }
        }
    }
    bag.mail.sort();
    Ok(bag)
}

impl Mailbag {
    fn fill(
        &mut self,
        folder: &str,
        mailbox: &MailboxName,
        kind: Folder,
        files: Vec<(String, PathBuf)>,
    ) -> anyhow::Result<()> {
        for (file, path) in files {
            let mut header = Vec::new();
            let read = File::open(&path).and_then(|file| file.take(HEADER_BYTES_MAX).read_to_end(&mut header));
            read.with_context(|| format!("cannot read {}", path.display()))?;
            let Some(at) = arrival(&header) else {
                self.undated.push(format!("{folder}/{file}"));
                continue;
            };
            let position = Position::Maildir { name: file.clone() };
            let place = Place { mailbox: mailbox.clone(), folder: kind, at: position };
            self.mail.push(Mail { at, folder: folder.to_owned(), file, path, place });
        }
        Ok(())
    }
}

fn folders_of(mailbox: &SharedMailbox) -> impl Iterator<Item = (String, MailboxName, Folder)> {
    let name = &mailbox.name;
    Folder::IN_ORDER.into_iter().map(move |folder| {
        let ending = match folder {
            Folder::Inbox => "",
            Folder::Sent => "-sent",
            Folder::Junk => "-junk",
        };
        (format!("{name}{ending}"), name.clone(), folder)
    })
}

/// By name, so that the same folder always reads the same.
fn entries(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut entries = fs::read_dir(dir)?
        .map(|entry| entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn is_message(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(EML))
}
