//! Files and folders that only their owner can read, made durable. Knows nothing of what is in them.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::statvfs;

use super::error::StoreError;

/// Names tried for what is set aside within one second.
const NAMES_MAX: u32 = 1_000;

pub(super) fn private_dir(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| StoreError::io("create the folder", path, e))
}

/// For a file that is made readable to its owner only, should it not exist yet.
pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    options
}

/// Makes new and renamed entries of a folder durable.
pub(super) fn sync_dir(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(|e| StoreError::io("sync the folder", path, e))
}

/// Writes a whole file so that it exists either completely or not at all.
pub(super) fn write_whole(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let (path, unfinished) = (dir.join(name), dir.join(format!("{name}.new")));
    private_file()
        .write(true)
        .truncate(true)
        .open(&unfinished)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&unfinished, &path))
        .map_err(|e| StoreError::io("write", &path, e))?;
    sync_dir(dir)
}

/// A name such as `store.bad-20261123T090000Z` that nothing has yet.
pub(super) fn aside_name(dir: &Path, stem: &str, at: Timestamp) -> PathBuf {
    let time = at.strftime("%Y%m%dT%H%M%SZ");
    let first = dir.join(format!("{stem}-{time}"));
    let others = (2..NAMES_MAX).map(|n| dir.join(format!("{stem}-{time}-{n}")));
    std::iter::once(first.clone()).chain(others).find(|name| !name.exists()).unwrap_or(first)
}

/// Bytes that this user may still write to the disk that holds `path`.
pub fn free_bytes(path: &Path) -> Result<u64, StoreError> {
    let disk = statvfs(path).map_err(|e| StoreError::io("ask for the free space of", path, e.into()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
