//! Blobs: raw mail and rendered letters under `blobs/ab/cdef…`, named by the SHA-256 of their bytes.
//! Written at once, made durable by `sync`, which the commit calls before its journal lines. Never deletes what a
//! record may name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::digest::{is_sha256_hex, sha256_hex};
use super::error::StoreError;
use super::files;
use crate::domain::ids::BlobDigest;

/// Open files that may wait for their sync.
const UNSYNCED_MAX: usize = 256;

#[derive(Debug)]
pub(super) struct Blobs {
    dir: PathBuf,
    unsynced: BTreeMap<PathBuf, Unsynced>,
    /// Folders with new entries.
    folders: BTreeSet<PathBuf>,
    /// False where all of it is thrown away anyway: then nothing is synced.
    lasts: bool,
}

#[derive(Debug)]
struct Unsynced {
    file: File,
    /// Written by us just now, so that no record names it yet.
    is_new: bool,
}

impl Blobs {
    pub(super) fn open(dir: PathBuf) -> Result<Self, StoreError> {
        files::private_dir(&dir)?;
        Ok(Self { dir, unsynced: BTreeMap::new(), folders: BTreeSet::new(), lasts: true })
    }

    /// As [`Blobs::open`], for records that are thrown away.
    pub(super) fn passing(self) -> Self {
        Self { lasts: false, ..self }
    }

    /// So many files wait that they ought to be synced before the next is put.
    pub(super) fn is_crowded(&self) -> bool {
        self.unsynced.len() >= UNSYNCED_MAX
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<BlobDigest, StoreError> {
        let digest = BlobDigest::from_hex(&sha256_hex(bytes));
        let (folder, path) = self.path(&digest)?;
        if self.unsynced.contains_key(&path) {
            return Ok(digest);
        }
        // A file from before a crash may be empty or never have been synced, so its bytes are read, and it is synced too.
        let whole = std::fs::read(&path).is_ok_and(|kept| kept == bytes);
        let file = if whole {
            File::open(&path).map_err(|e| StoreError::io("open", &path, e))?
        } else {
            self.write(&folder, &path, bytes)?
        };
        self.folders.insert(folder);
        self.unsynced.insert(path, Unsynced { file, is_new: !whole });
        Ok(digest)
    }

    pub(super) fn read(&self, digest: &BlobDigest) -> Result<Vec<u8>, StoreError> {
        let (_, path) = self.path(digest)?;
        let bytes = std::fs::read(&path).map_err(|e| {
            if e.kind() == ErrorKind::NotFound {
                return StoreError::BlobMissing { digest: digest.clone() };
            }
            StoreError::io("read", &path, e)
        })?;
        if sha256_hex(&bytes) != digest.as_str() {
            return Err(StoreError::BlobDamaged { digest: digest.clone() });
        }
        Ok(bytes)
    }

    /// Files first, then the folders that name them. After an error nothing that was waiting may be relied on.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        let done = if self.lasts { self.sync_all() } else { Ok(()) };
        if done.is_err() {
            self.forget_new();
        }
        self.unsynced.clear();
        self.folders.clear();
        done
    }

    fn sync_all(&self) -> Result<(), StoreError> {
        for (path, waiting) in &self.unsynced {
            waiting.file.sync_all().map_err(|e| StoreError::io("sync", path, e))?;
        }
        self.folders.iter().try_for_each(|folder| files::sync_dir(folder))
    }

    /// After a failed sync the page cache may show bytes that the disk never got. Without the file, the next `put`
    /// writes them anew instead of trusting what it reads.
    fn forget_new(&self) {
        for (path, _) in self.unsynced.iter().filter(|(_, waiting)| waiting.is_new) {
            if let Err(e) = std::fs::remove_file(path) {
                tracing::warn!("cannot remove {} after a failed sync: {e}", path.display());
            }
        }
    }

    fn write(&mut self, folder: &Path, path: &Path, bytes: &[u8]) -> Result<File, StoreError> {
        if !folder.is_dir() {
            files::private_dir(folder)?;
            self.folders.insert(self.dir.clone());
        }
        // One name is enough, as one thread writes; what a crash leaves behind is overwritten by the next.
        let unfinished = self.dir.join("unfinished");
        let written = files::private_file()
            .write(true)
            .truncate(true)
            .open(&unfinished)
            .and_then(|mut file| file.write_all(bytes).map(|()| file))
            .and_then(|file| std::fs::rename(&unfinished, path).map(|()| file));
        written.map_err(|e| {
            // A part of a large file would keep the disk full.
            let _ = std::fs::remove_file(&unfinished);
            StoreError::io("write", path, e)
        })
    }

    fn path(&self, digest: &BlobDigest) -> Result<(PathBuf, PathBuf), StoreError> {
        let missing = || StoreError::BlobMissing { digest: digest.clone() };
        let hex = digest.as_str();
        let (folder, name) = hex.split_at_checked(2).filter(|_| is_sha256_hex(hex)).ok_or_else(missing)?;
        let folder = self.dir.join(folder);
        let path = folder.join(name);
        Ok((folder, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs(dir: &tempfile::TempDir) -> Blobs {
        Blobs::open(dir.path().join("blobs")).unwrap()
    }

    #[test]
    fn a_blob_is_kept_once_under_its_digest_and_checked_when_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut blobs = blobs(&dir);
        let digest = blobs.put(b"abc").unwrap();
        assert_eq!(blobs.put(b"abc").unwrap(), digest);
        assert_eq!(blobs.unsynced.len(), 1);
        assert_eq!(blobs.read(&digest).unwrap(), b"abc", "readable before it is synced");
        blobs.sync().unwrap();
        let (_, path) = blobs.path(&digest).unwrap();
        assert!(path.ends_with("blobs/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));

        std::fs::write(&path, b"").unwrap();
        assert!(matches!(blobs.read(&digest), Err(StoreError::BlobDamaged { .. })));
        blobs.put(b"abc").unwrap();
        assert_eq!(blobs.read(&digest).unwrap(), b"abc", "what a crash left is written anew");

        std::fs::remove_file(&path).unwrap();
        assert!(matches!(blobs.read(&digest), Err(StoreError::BlobMissing { .. })));
    }

    #[test]
    fn a_digest_that_is_none_never_becomes_a_path() {
        let dir = tempfile::tempdir().unwrap();
        for wrong in ["", "a", "../../../etc/passwd", "é7"] {
            let refused = blobs(&dir).read(&BlobDigest::from_hex(wrong));
            assert!(matches!(refused, Err(StoreError::BlobMissing { .. })), "{wrong:?}");
        }
    }
}
