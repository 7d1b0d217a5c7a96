//! What the records survive, and what they refuse.

use std::fs::OpenOptions;
use std::io::Write;

use super::*;

fn flip(path: &Path, byte: usize, bit: u8) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[byte] ^= 1 << bit;
    std::fs::write(path, bytes).unwrap();
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// Where each line of the journal begins, and where the last ends.
fn bounds(journal: &Path) -> Vec<usize> {
    let bytes = std::fs::read(journal).unwrap();
    let ends = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(n, _)| n + 1);
    std::iter::once(0).chain(ends).collect()
}

fn refused(dir: &Path) -> StoreError {
    match Store::open(dir, moment(0)) {
        Ok((_, opening)) => panic!("opened: {opening:?}"),
        Err(refused) => refused,
    }
}

#[test]
fn an_interrupted_write_at_the_end_is_set_aside_and_cut() {
    let next = line::encode(3, "00", &opening_step(3)).unwrap();
    for torn in [&next[..1], &next[..next.len() / 2], b"\0\0\0\0", b"\xff\n\0\0"] {
        let dir = tempfile::tempdir().unwrap();
        let before = commit_openings(dir.path(), 2);
        let journal = journal::path_in(dir.path());
        let sound = std::fs::read(&journal).unwrap();
        append(&journal, torn);

        let (mut store, opening) = open(dir.path());
        let cut = opening.journal_cut.unwrap();
        assert_eq!(cut.bytes, torn.len() as u64);
        assert_eq!(std::fs::read(&cut.set_aside).unwrap(), torn);
        assert!(cut.set_aside.ends_with("journal.torn-20261123T090000Z"));
        assert_eq!((opening.rebuilt, opening.caught_up), (None, 0));
        assert_eq!(std::fs::read(&journal).unwrap(), sound);
        assert_eq!(dump(&store), before);
        store.stage(opening_step(3)).unwrap();
        store.commit().unwrap();
        drop(store);
        assert_eq!(open_sound(dir.path()).last_step(), 3);
    }
}

#[test]
fn a_whole_line_that_was_not_folded_is_caught_up_and_what_follows_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    commit_openings(dir.path(), 2);
    let last = open_sound(dir.path()).last.clone();
    let journal = journal::path_in(dir.path());
    append(&journal, &line::encode(3, &last.hash, &opening_step(3)).unwrap());
    append(&journal, b"\n{\"v\":1,\"n\":4,");

    let (store, opening) = open(dir.path());
    assert_eq!((opening.caught_up, opening.rebuilt), (1, None));
    assert_eq!(opening.journal_cut.unwrap().bytes, 13);
    assert_eq!(store.cases().unwrap().len(), 3);
}

#[test]
fn a_journal_that_lost_its_end_is_not_taken_for_an_interrupted_write() {
    let dir = tempfile::tempdir().unwrap();
    commit_openings(dir.path(), 3);
    let journal = journal::path_in(dir.path());
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 10]).unwrap();
    for _ in 0..2 {
        let why = refused(dir.path()).to_string();
        assert!(why.contains("line 3") && why.contains("the rows know step 3"), "{why}");
        assert_eq!(std::fs::read(&journal).unwrap().len(), bytes.len() - 10, "nothing is changed");
        assert_eq!(names_in(dir.path()), ["blobs", "journal", "lock", "store"]);
    }
}

#[test]
fn damage_before_the_last_line_stops_the_program_and_names_the_line() {
    let dir = tempfile::tempdir().unwrap();
    commit_openings(dir.path(), 4);
    let journal = journal::path_in(dir.path());
    let bounds = bounds(&journal);
    // The rows are gone, so that the whole journal is read; each place in line 2, a few bits.
    std::fs::remove_dir_all(dir.path().join("store")).unwrap();
    for byte in (bounds[1]..bounds[2]).step_by(37).chain([bounds[2] - 1]) {
        flip(&journal, byte, (byte % 8) as u8);
        let found = refused(dir.path());
        let (StoreError::JournalDamaged { line: named, .. }
        | StoreError::JournalUnknown { line: named, .. }
        | StoreError::JournalVersion { line: named, .. }) = &found
        else {
            panic!("byte {byte}: {found}")
        };
        assert!((2..=3).contains(named), "byte {byte}: {found}");
        assert!(verify(dir.path(), None).is_err(), "byte {byte}");
        flip(&journal, byte, (byte % 8) as u8);
    }
    assert_eq!(verify(dir.path(), None).unwrap().steps, 4);
}

#[test]
fn a_line_changed_before_those_that_the_rows_know_stops_the_program_too() {
    let dir = tempfile::tempdir().unwrap();
    commit_openings(dir.path(), 4);
    let journal = journal::path_in(dir.path());
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.replacen("Referral Hub", "Referral Pub", 2)).unwrap();
    let found = refused(dir.path());
    assert!(matches!(found, StoreError::JournalDamaged { line: 2, .. }), "{found}");
    assert_eq!(names_in(dir.path()), ["blobs", "journal", "lock", "store"]);
    std::fs::write(&journal, text).unwrap();
    assert_eq!(open_sound(dir.path()).last_step(), 4);
}

#[test]
fn a_record_of_a_newer_program_is_refused_and_never_cut() {
    let newer = |line: Vec<u8>, from: &str, to: &str| String::from_utf8(line).unwrap().replacen(from, to, 1);
    for (from, to, says) in [
        ("\"v\":1", "\"v\":2", "record version 2"),
        ("message-arrived", "carrier-pigeon-landed", "does not understand"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        commit_openings(dir.path(), 1);
        let last = open_sound(dir.path()).last.clone();
        let line = line::encode(2, &last.hash, &opening_step(2)).unwrap();
        append(&journal::path_in(dir.path()), format!("{}\n", newer(line, from, to)).as_bytes());
        let why = refused(dir.path()).to_string();
        assert!(why.contains(says) && why.contains("line 2"), "{why}");
    }
}

#[test]
fn fields_that_are_not_known_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    store.stage(opening_step(1)).unwrap();
    let line = String::from_utf8(store.lines.clone()).unwrap();
    drop(store);
    let line = line.replacen("\"at\"", "\"weather\":{\"rain\":true},\"at\"", 1);
    append(&journal::path_in(dir.path()), line.as_bytes());
    let (store, opening) = open(dir.path());
    assert_eq!((store.last_step(), opening.caught_up), (1, 1));
}

#[test]
fn rows_that_are_gone_or_asked_away_are_rebuilt_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let before = commit_openings(dir.path(), 5);
    std::fs::remove_dir_all(dir.path().join("store")).unwrap();
    let (store, opening) = open(dir.path());
    assert_eq!((opening.caught_up, opening.rebuilt.as_deref()), (5, Some("the rows are missing")));
    assert_eq!(dump(&store), before);
    drop(store);

    let opening = Store::rebuild(dir.path(), moment(0)).unwrap();
    assert!(opening.rows_set_aside.unwrap().ends_with("store.bad-20261123T090000Z"));
    assert_eq!(dump(&open_sound(dir.path())), before);
    let opening = Store::rebuild(dir.path(), moment(0)).unwrap();
    assert!(opening.rows_set_aside.unwrap().ends_with("store.bad-20261123T090000Z-2"));
}

#[test]
fn rows_behind_the_journal_catch_up_and_a_journal_behind_the_rows_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    commit_openings(dir.path(), 2);
    let (store, journal) = (dir.path().join("store"), journal::path_in(dir.path()));
    let (kept, short) = (dir.path().join("kept"), std::fs::read(&journal).unwrap());
    copy_dir(&store, &kept);
    let mut now = open_sound(dir.path());
    now.stage(opening_step(3)).unwrap();
    now.stage(opening_step(4)).unwrap();
    now.commit().unwrap();
    let (whole, ahead) = (dump(&now), dir.path().join("ahead"));
    drop(now);

    std::fs::rename(&store, &ahead).unwrap();
    std::fs::rename(&kept, &store).unwrap();
    let (behind, opening) = open(dir.path());
    assert_eq!((opening.caught_up, opening.rebuilt), (2, None));
    assert_eq!(dump(&behind), whole);
    drop(behind);

    // The journal came back from a backup.
    for (left, steps) in [(short.as_slice(), 2), (b"".as_slice(), 0)] {
        std::fs::write(&journal, left).unwrap();
        for _ in 0..2 {
            let why = refused(dir.path()).to_string();
            assert!(why.contains(&format!("has {steps} steps, but the store knows step 4")), "{why}");
            assert!(why.contains("assured rebuild"), "{why}");
        }
        assert!(matches!(verify(dir.path(), None), Err(StoreError::JournalShort { known: 4, .. })));
        assert_eq!(verify(dir.path(), Some(steps)).unwrap().steps, steps);
        assert_eq!(std::fs::read(&journal).unwrap(), left);
    }
    std::fs::remove_file(&journal).unwrap();
    assert!(matches!(refused(dir.path()), StoreError::JournalShort { steps: 0, known: 4, .. }));

    // A person accepts the loss.
    std::fs::write(&journal, &short).unwrap();
    let opening = Store::rebuild(dir.path(), moment(0)).unwrap();
    assert!(opening.rows_set_aside.is_some());
    assert_eq!((opening.caught_up, open_sound(dir.path()).last_step()), (2, 2));
    assert_eq!(verify(dir.path(), None).unwrap().steps, 2);
}

#[test]
fn rows_of_another_journal_are_rebuilt() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    commit_openings(dir.path(), 2);
    let mut store = open_sound(other.path());
    store.stage(opening_step(2)).unwrap();
    store.stage(opening_step(1)).unwrap();
    store.commit().unwrap();
    let expected = dump(&store);
    drop(store);
    std::fs::copy(journal::path_in(other.path()), journal::path_in(dir.path())).unwrap();
    let (store, opening) = open(dir.path());
    assert!(opening.rebuilt.unwrap().contains("another step 2"));
    assert_eq!(dump(&store), expected);
}

#[test]
fn whatever_bits_flip_in_the_files_of_sled_the_rows_come_back_the_same() {
    let dir = tempfile::tempdir().unwrap();
    // Several commits and starts, and more than sled keeps in one segment of its log.
    let mut before = Vec::new();
    for part in 0..5 {
        let mut store = open_sound(dir.path());
        for n in part * 50 + 1..=part * 50 + 50 {
            store.stage(opening_step(n)).unwrap();
            if n % 5 == 0 {
                store.commit().unwrap();
            }
        }
        before = dump(&store);
    }
    let (store, kept) = (dir.path().join("store"), dir.path().join("kept"));
    copy_dir(&store, &kept);
    let (mut rebuilt, mut caught_up, seeds) = (0, 0, 40_u64);
    for seed in 0..seeds {
        std::fs::remove_dir_all(&store).unwrap();
        copy_dir(&kept, &store);
        let file = store.join(if seed % 8 == 7 { "conf" } else { "db" });
        let bytes = std::fs::metadata(&file).unwrap().len();
        let mut random = seed;
        for _ in 0..1 << (seed % 7) {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            flip(&file, ((random >> 20) % bytes) as usize, (random >> 13 & 7) as u8);
        }
        let (store, opening) = open(dir.path());
        assert_eq!(dump(&store), before, "seed {seed}: {opening:?}");
        rebuilt += u64::from(opening.rows_set_aside.is_some());
        caught_up += u64::from(opening.caught_up > 0);
        drop(store);
        for name in names_in(dir.path()).iter().filter(|name| name.starts_with("store.bad")) {
            std::fs::remove_dir_all(dir.path().join(name)).unwrap();
        }
    }
    assert!(rebuilt > 0 && caught_up > seeds / 2, "of {seeds}: {rebuilt} set aside, {caught_up} mended");
}

#[test]
fn a_store_that_is_empty_beside_a_journal_is_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let before = commit_openings(dir.path(), 3);
    std::fs::remove_file(dir.path().join("store").join("db")).unwrap();
    let (store, opening) = open(dir.path());
    assert_eq!((opening.caught_up, opening.rebuilt.as_deref()), (3, Some("the rows are missing")));
    assert_eq!(dump(&store), before);
}

#[test]
fn a_kill_before_sled_wrote_anything_is_no_damage() {
    let (dir, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(open_sound(dir.path()));
    let store = dir.path().join("store");
    copy_dir(&store, &killed.path().join("store"));
    let before = commit_openings(dir.path(), 3);
    copy_dir(&dir.path().join("journal"), &killed.path().join("journal"));
    let (store, opening) = open(killed.path());
    assert_eq!(opening, Opening { caught_up: 3, ..Opening::default() });
    assert_eq!(dump(&store), before);
}

/// Its threads hold the lock of a store that was closed a moment longer.
fn open_by_itself(dir: &Path) -> sled::Db {
    for _ in 0..200 {
        match sled::open(dir) {
            Ok(db) => return db,
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    }
    sled::open(dir).unwrap()
}

#[test]
fn a_row_that_is_lost_or_changed_without_sled_noticing_is_found_at_the_start() {
    for lost in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let before = commit_openings(dir.path(), 5);
        let key = Key::of(keys::Table::Case).case(case(3));
        let db = open_by_itself(&dir.path().join("store"));
        if lost {
            db.remove(key.as_bytes()).unwrap();
        } else {
            let neighbour = db.get(Key::of(keys::Table::Case).case(case(4)).as_bytes()).unwrap().unwrap();
            db.insert(key.as_bytes(), neighbour).unwrap();
        }
        drop(db);
        let (store, opening) = open(dir.path());
        assert!(opening.rebuilt.is_some() && opening.rows_set_aside.is_some());
        assert_eq!(dump(&store), before);
    }
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
