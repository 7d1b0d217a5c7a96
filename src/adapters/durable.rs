//! Files that are whole or absent, also after a power cut. Must not know what is in them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    New,
    /// A file of that name was there already; it was left as it is.
    Taken,
}

/// Writes `bytes` to `staging`, then gives the file its name. Both paths lie on one file system, and no one else
/// writes to them: one process holds the lock.
pub(crate) fn place(bytes: &[u8], staging: &Path, target: &Path) -> io::Result<Placed> {
    if target.try_exists()? {
        return Ok(Placed::Taken);
    }
    let mut file = File::create(staging)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(staging, target)?;
    if let Some(folder) = target.parent() {
        // Without this the bytes are safe, but their name may not be.
        File::open(folder)?.sync_all()?;
    }
    Ok(Placed::New)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_placed_once_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let (staging, target) = (dir.path().join(".part"), dir.path().join("letter.eml"));
        assert_eq!(place(b"one", &staging, &target).unwrap(), Placed::New);
        assert_eq!(place(b"two", &staging, &target).unwrap(), Placed::Taken);
        assert_eq!(fs::read(&target).unwrap(), b"one");
        assert!(!staging.exists());
    }

    #[test]
    fn what_a_crash_left_behind_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let (staging, target) = (dir.path().join(".part"), dir.path().join("letter.eml"));
        fs::write(&staging, b"half of an older and longer letter").unwrap();
        assert_eq!(place(b"whole", &staging, &target).unwrap(), Placed::New);
        assert_eq!(fs::read(&target).unwrap(), b"whole");
    }
}
