//! One process at a time: flock on `lock`, which tells a second one who holds it. Never waits.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::files;

const COMMAND_CHARS_MAX: usize = 200;
const HOLDER_BYTES_MAX: u64 = 4_096;

/// Held until dropped, also when the process is killed.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

#[derive(Serialize, Deserialize)]
struct Holder {
    pid: u32,
    command: String,
    since: String,
}

pub(super) fn lock(dir: &Path, at: Timestamp) -> Result<Lock, StoreError> {
    let path = dir.join("lock");
    let mut file = files::private_file()
        .read(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .map_err(|e| StoreError::io("open", &path, e))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(held_by_another(&path, &mut file)),
        Err(TryLockError::Error(e)) => return Err(StoreError::io("lock", &path, e)),
    }
    let command: String = std::env::args().collect::<Vec<_>>().join(" ");
    let holder = Holder {
        pid: std::process::id(),
        command: command.chars().take(COMMAND_CHARS_MAX).collect(),
        since: at.to_string(),
    };
    let text = serde_json::to_vec(&holder)?;
    file.set_len(0).and_then(|()| file.write_all(&text)).map_err(|e| StoreError::io("write", &path, e))?;
    Ok(Lock { _file: file })
}

/// Keeps others out for a moment without a claim to the records; none when they are held, or were never opened.
pub(super) fn glance(dir: &Path) -> Option<Lock> {
    let file = File::open(dir.join("lock")).ok()?;
    file.try_lock().ok().map(|()| Lock { _file: file })
}

fn held_by_another(path: &Path, file: &mut File) -> StoreError {
    let mut text = Vec::new();
    let holder = file
        .take(HOLDER_BYTES_MAX)
        .read_to_end(&mut text)
        .ok()
        .and_then(|_| serde_json::from_slice::<Holder>(&text).ok());
    // The other process may have locked the file and not yet written its name.
    let unknown = || Holder { pid: 0, command: "unknown".to_owned(), since: "a moment ago".to_owned() };
    let Holder { pid, command, since } = holder.unwrap_or_else(unknown);
    StoreError::Locked { path: path.to_owned(), pid, command, since }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_of_the_first_until_it_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let at: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let first = lock(dir.path(), at).unwrap();
        let refused = lock(dir.path(), at).unwrap_err();
        let StoreError::Locked { pid, command, since, .. } = refused else { panic!("{refused}") };
        assert_eq!((pid, since.as_str()), (std::process::id(), "2026-11-23T09:00:00Z"));
        assert!(!command.is_empty());
        drop(first);
        lock(dir.path(), at).unwrap();
    }
}
