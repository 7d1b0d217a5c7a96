//! A disk that is full: mail waits, nothing is lost.

use std::process::Command;

use super::*;

/// A small disk of its own, where mounting is permitted.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(dir));
        }
        eprintln!("skipped: mounting a small disk is not permitted here");
        None
    }

    fn fill(&self, leave_bytes: u64) {
        let free = files::free_bytes(self.0.path()).unwrap();
        let ballast = vec![1; usize::try_from(free.saturating_sub(leave_bytes)).unwrap()];
        std::fs::write(self.0.path().join("ballast"), ballast).unwrap();
    }

    fn free(&self) {
        std::fs::remove_file(self.0.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

#[test]
fn nothing_is_committed_while_space_is_short_and_all_goes_on_afterwards() {
    let Some(disk) = SmallDisk::mount(32) else { return };
    let var = disk.0.path().join("var");
    let before = commit_openings(&var, 2);
    let mut store = open_sound(&var);
    disk.fill(FREE_BYTES_MIN / 2);
    for _ in 0..2 {
        store.put_blob(b"text").unwrap();
        store.stage(opening_step(3)).unwrap();
        let full = store.commit().unwrap_err();
        assert!(matches!(full, StoreError::DiskFull { .. }), "{full}");
        assert_eq!((store.last_step(), dump(&store)), (2, before.clone()));
    }
    disk.free();
    store.stage(opening_step(3)).unwrap();
    store.commit().unwrap();
    drop(store);
    assert_eq!(open_sound(&var).cases().unwrap().len(), 3);
}

#[test]
fn an_append_that_finds_the_disk_full_is_taken_back() {
    let Some(disk) = SmallDisk::mount(32) else { return };
    let var = disk.0.path().join("var");
    files::private_dir(&var).unwrap();
    let mut journal = journal::Journal::open(&var).unwrap();
    journal.append(b"one\n").unwrap();
    disk.fill(64 << 10);
    let long = vec![b'x'; 1 << 20];
    let full = journal.append(&long).unwrap_err();
    assert!(matches!(full, StoreError::DiskFull { .. }), "{full}");
    journal.append(b"two\n").unwrap();
    assert_eq!(std::fs::read(journal::path_in(&var)).unwrap(), b"one\ntwo\n");

    let mut blobs = Blobs::open(var.join("blobs")).unwrap();
    let full = blobs.put(&long).unwrap_err();
    assert!(matches!(full, StoreError::DiskFull { .. }), "{full}");
    blobs.put(b"short").unwrap();
}

#[test]
fn opening_on_a_full_disk_sets_nothing_aside() {
    let Some(disk) = SmallDisk::mount(32) else { return };
    let var = disk.0.path().join("var");
    let before = commit_openings(&var, 20);
    disk.fill(0);
    if let Ok((store, opening)) = Store::open(&var, moment(0)) {
        assert_eq!((opening, dump(&store)), (Opening::default(), before.clone()));
    }
    assert!(!names_in(&var).iter().any(|name| name.starts_with("store.bad")), "{:?}", names_in(&var));
    disk.free();
    assert_eq!(dump(&open_sound(&var)), before);
}
