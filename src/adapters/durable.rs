//! Files that are whole or absent, also after a power cut. Must not know what is in them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
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
    rename(staging, target)?;
    Ok(Placed::New)
}

/// Puts new bytes in the place of a file that only its owner may read: the old ones or the new ones, never a part.
pub(crate) fn replace(bytes: &[u8], staging: &Path, target: &Path) -> io::Result<()> {
    // Made anew, so that its mode is ours, whoever left one behind.
    match fs::remove_file(staging) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(staging)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    rename(staging, target)
}

fn rename(staging: &Path, target: &Path) -> io::Result<()> {
    fs::rename(staging, target)?;
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // Without this the bytes are safe, but their name may not be.
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

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
    fn a_secret_is_replaced_whole_and_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let (staging, target) = (dir.path().join("token.new"), dir.path().join("token"));
        fs::write(&target, "old").unwrap();
        fs::write(&staging, "left behind by a crash, readable by all").unwrap();
        replace(b"new", &staging, &target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!staging.exists());
        assert!(replace(b"newer", &dir.path().join("none/token.new"), &target).is_err());
        assert_eq!(fs::read(&target).unwrap(), b"new");
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
