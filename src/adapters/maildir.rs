//! A Maildir on this machine, for local mail and the demo: the inbox at its root, the Sent folder at `.Sent`.
//! Reading changes nothing: no flags, no moves from `new` to `cur`. Calls block; run them off the async threads.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::durable::{self, Placed};
use crate::domain::ids::Folder;

/// A header is cut here; RFC 5322 knows no limit, and mail servers refuse far earlier.
const HEADER_BYTES_MAX: u64 = 256 << 10;
const ENTRIES_MAX: usize = 200_000;

#[derive(Clone, Debug)]
pub struct Maildir {
    root: PathBuf,
}

/// One message, as found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file name without the flags after `:2,`; it stays the same when a mail program moves or flags the file.
    pub name: String,
    pub path: PathBuf,
    /// From the seconds that begin a Maildir name; `None` for a file that a person dropped in.
    pub received_at: Option<Timestamp>,
    pub bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum MaildirError {
    #[error("{path}: not a Maildir, since it has no folders `new` and `cur`; check `path`", path = path.display())]
    NotAMaildir { path: PathBuf },
    #[error("{path}: {source}; check that this user may use it", path = path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: more than {ENTRIES_MAX} messages; move old ones elsewhere", path = path.display())]
    TooMany { path: PathBuf },
    #[error("{path}: {bytes} bytes are more than the {bytes_max} that are read", path = path.display())]
    TooLarge { path: PathBuf, bytes: u64, bytes_max: u64 },
    #[error("{path}: the message was there when listed and is gone now", path = path.display())]
    Gone { path: PathBuf },
    #[error("{name:?} cannot name a message in a Maildir: no `/`, no `:`, no dot in front")]
    BadName { name: String },
    #[error("{path}: a message of that name is there already; it was left as it is", path = path.display())]
    Taken { path: PathBuf },
}

impl Maildir {
    /// Opens a Maildir; with `create` its folders are made where missing.
    pub fn open(root: &Path, create: bool) -> Result<Self, MaildirError> {
        let maildir = Self { root: root.to_owned() };
        if create {
            for folder in Folder::IN_ORDER {
                for part in ["tmp", "new", "cur"] {
                    let path = maildir.folder(folder).join(part);
                    fs::create_dir_all(&path).map_err(|source| MaildirError::Io { path, source })?;
                }
            }
        }
        if ["new", "cur"].iter().all(|part| root.join(part).is_dir()) {
            Ok(maildir)
        } else {
            Err(MaildirError::NotAMaildir { path: root.to_owned() })
        }
    }

    /// All messages of a folder, by arrival, then by name; those without an arrival first. A folder beside the inbox that
    /// does not exist yet is empty.
    pub fn list(&self, folder: Folder) -> Result<Vec<Entry>, MaildirError> {
        let mut entries = BTreeMap::new();
        // `new` first: a message that is moved between the two looks is then seen twice, never missed.
        for part in ["new", "cur"] {
            let path = self.folder(folder).join(part);
            let files = match fs::read_dir(&path) {
                Ok(files) => files,
                Err(error) if folder != Folder::Inbox && error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => return Err(MaildirError::Io { path, source }),
            };
            for file in files {
                let file = file.map_err(|source| MaildirError::Io { path: path.clone(), source })?;
                if let Some(entry) = Entry::read(&file)? {
                    entries.insert(entry.name.clone(), entry);
                }
                if entries.len() > ENTRIES_MAX {
                    return Err(MaildirError::TooMany { path });
                }
            }
        }
        let mut entries: Vec<_> = entries.into_values().collect();
        entries.sort_by(|a, b| (a.received_at, &a.name).cmp(&(b.received_at, &b.name)));
        Ok(entries)
    }

    /// The bytes of a message, also where it was flagged or moved since it was listed.
    pub fn read(&self, entry: &Entry, bytes_max: u64) -> Result<Vec<u8>, MaildirError> {
        match read_file(&entry.path, bytes_max) {
            Err(MaildirError::Gone { path }) => {
                for folder in Folder::IN_ORDER {
                    let listed = self.list(folder)?;
                    if let Some(moved) =
                        listed.iter().find(|other| other.name == entry.name && same_folder(entry, other))
                    {
                        return read_file(&moved.path, bytes_max);
                    }
                }
                Err(MaildirError::Gone { path })
            }
            read => read,
        }
    }

    /// The beginning of a message that is too large to be read, with its header.
    pub fn header(&self, entry: &Entry) -> Result<Vec<u8>, MaildirError> {
        let fault = |source| MaildirError::Io { path: entry.path.clone(), source };
        let mut raw = Vec::new();
        File::open(&entry.path).map_err(fault)?.take(HEADER_BYTES_MAX).read_to_end(&mut raw).map_err(fault)?;
        let end = raw.windows(2).position(|two| two == b"\n\n" || two == b"\n\r").map_or(raw.len(), |at| at + 1);
        raw.truncate(end);
        Ok(raw)
    }

    /// Puts a message into `new`, whole or not at all.
    pub fn deliver(&self, folder: Folder, name: &str, bytes: &[u8]) -> Result<PathBuf, MaildirError> {
        if name.is_empty() || name.starts_with('.') || name.contains(['/', ':', '\0']) {
            return Err(MaildirError::BadName { name: name.to_owned() });
        }
        let folder = self.folder(folder);
        let path = folder.join("new").join(name);
        match durable::place(bytes, &folder.join("tmp").join(name), &path) {
            Ok(Placed::New) => Ok(path),
            Ok(Placed::Taken) => Err(MaildirError::Taken { path }),
            Err(source) => Err(MaildirError::Io { path, source }),
        }
    }

    fn folder(&self, folder: Folder) -> PathBuf {
        match folder {
            Folder::Inbox => self.root.clone(),
            Folder::Sent => self.root.join(".Sent"),
            Folder::Junk => self.root.join(".Junk"),
        }
    }
}

impl Entry {
    /// `None` for what is no message: folders, links, hidden files, and files that vanish while we look.
    fn read(file: &fs::DirEntry) -> Result<Option<Self>, MaildirError> {
        let path = file.path();
        let full_name = file.file_name().to_string_lossy().into_owned();
        let metadata = match file.metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(MaildirError::Io { path, source }),
        };
        if !metadata.is_file() || full_name.starts_with('.') {
            return Ok(None);
        }
        let name = full_name.split_once(":2,").map_or(full_name.as_str(), |(unique, _)| unique).to_owned();
        let received_at = arrival(&name);
        Ok(Some(Self { name, path, received_at, bytes: metadata.len() }))
    }
}

/// The leading seconds of `1767225600.M1P1.host`.
fn arrival(name: &str) -> Option<Timestamp> {
    let mut parts = name.splitn(3, '.');
    let seconds = parts.next().filter(|digits| (9..=11).contains(&digits.len()))?;
    let has_maildir_form = parts.count() == 2 && seconds.bytes().all(|b| b.is_ascii_digit());
    has_maildir_form.then(|| Timestamp::from_second(seconds.parse().ok()?).ok()).flatten()
}

/// `x/new/a` and `x/cur/a:2,S` lie in the same folder.
fn same_folder(one: &Entry, other: &Entry) -> bool {
    let folder = |entry: &Entry| entry.path.parent().and_then(Path::parent).map(Path::to_owned);
    folder(one) == folder(other)
}

fn read_file(path: &Path, bytes_max: u64) -> Result<Vec<u8>, MaildirError> {
    let fault = |source: io::Error| {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::NotFound {
            MaildirError::Gone { path }
        } else {
            MaildirError::Io { path, source }
        }
    };
    let file = File::open(path).map_err(fault)?;
    let bytes = file.metadata().map_err(fault)?.len();
    let mut raw = Vec::new();
    // Counted while reading: the file may still be growing.
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut raw).map_err(fault)?;
    if raw.len() as u64 > bytes_max {
        return Err(MaildirError::TooLarge { path: path.to_owned(), bytes: bytes.max(raw.len() as u64), bytes_max });
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(maildir: &Maildir, folder: Folder) -> Vec<String> {
        maildir.list(folder).unwrap().into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn messages_come_in_order_of_arrival_whatever_their_flags() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(dir.path(), true).unwrap();
        for file in ["new/1767225602.M1P1.host", "cur/1767225601.M1P1.host:2,RS", "new/hello.eml", "new/.hidden"] {
            fs::write(dir.path().join(file), "Subject: x\r\n\r\n").unwrap();
        }
        fs::create_dir(dir.path().join("new/folder")).unwrap();
        assert_eq!(names(&maildir, Folder::Inbox), ["hello.eml", "1767225601.M1P1.host", "1767225602.M1P1.host"]);
        let listed = maildir.list(Folder::Inbox).unwrap();
        assert_eq!(listed[0].received_at, None);
        assert_eq!(listed[1].received_at, Some("2026-01-01T00:00:01Z".parse().unwrap()));
        assert_eq!(listed[1].bytes, 14);
        assert!(names(&maildir, Folder::Sent).is_empty());
    }

    #[test]
    fn only_a_maildir_name_tells_an_arrival() {
        for name in
            ["hello.eml", "2026.11.22.eml", "1767225600.eml", "1767225600", "17672256x0.M1.host", "99999999999999.a.b"]
        {
            assert_eq!(arrival(name), None, "{name}");
        }
        assert!(arrival("1767225600.V1I2.host.example").is_some());
    }

    #[test]
    fn a_message_is_found_again_after_a_mail_program_moved_it() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(dir.path(), true).unwrap();
        // The same name in Sent is another message.
        maildir.deliver(Folder::Sent, "1767225600.M1P1.host", b"sent").unwrap();
        let path = maildir.deliver(Folder::Inbox, "1767225600.M1P1.host", b"inbox").unwrap();
        let entry = maildir.list(Folder::Inbox).unwrap().remove(0);
        let moved = dir.path().join("cur/1767225600.M1P1.host:2,S");
        fs::rename(&path, &moved).unwrap();
        assert_eq!(maildir.read(&entry, 10).unwrap(), b"inbox");
        fs::remove_file(&moved).unwrap();
        assert!(matches!(maildir.read(&entry, 10), Err(MaildirError::Gone { .. })));
    }

    #[test]
    fn reading_leaves_every_file_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(dir.path(), true).unwrap();
        let path = maildir.deliver(Folder::Inbox, "hello.eml", b"12345").unwrap();
        let entry = maildir.list(Folder::Inbox).unwrap().remove(0);
        assert_eq!(maildir.read(&entry, 5).unwrap(), b"12345");
        let too_large = maildir.read(&entry, 4);
        assert!(matches!(too_large, Err(MaildirError::TooLarge { bytes: 5, bytes_max: 4, .. })), "{too_large:?}");
        assert!(path.exists());
        assert_eq!(fs::read_dir(dir.path().join("cur")).unwrap().count(), 0);
    }

    #[test]
    fn a_delivery_is_whole_and_never_replaces_another() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(dir.path(), true).unwrap();
        maildir.deliver(Folder::Sent, "1.a.b", b"one").unwrap();
        assert!(matches!(maildir.deliver(Folder::Sent, "1.a.b", b"two"), Err(MaildirError::Taken { .. })));
        assert_eq!(fs::read(dir.path().join(".Sent/new/1.a.b")).unwrap(), b"one");
        for name in ["", ".x", "../x", "a:2,S"] {
            assert!(matches!(maildir.deliver(Folder::Inbox, name, b""), Err(MaildirError::BadName { .. })), "{name}");
        }
    }

    #[test]
    fn a_folder_that_is_no_maildir_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Maildir::open(dir.path(), false), Err(MaildirError::NotAMaildir { .. })));
    }

    #[test]
    fn a_maildir_without_a_sent_folder_has_sent_nothing() {
        let dir = tempfile::tempdir().unwrap();
        for part in ["new", "cur"] {
            fs::create_dir(dir.path().join(part)).unwrap();
        }
        assert!(names(&Maildir::open(dir.path(), false).unwrap(), Folder::Sent).is_empty());
    }
}
