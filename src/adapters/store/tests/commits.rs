//! Staging, committing, opening again.

use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_group_of_steps_is_one_commit_and_all_of_it_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    assert_eq!((store.last_step(), store.next_step()), (0, 1));
    for n in 1..=3 {
        assert_eq!(store.next_case_ref().unwrap(), case(n), "a staged case counts");
        assert_eq!(store.stage(opening_step(n)).unwrap(), u64::from(n));
    }
    assert_eq!(std::fs::read(journal::path_in(dir.path())).unwrap(), b"", "nothing is written before the commit");
    let staged = dump(&store);
    store.commit().unwrap();
    assert_eq!(dump(&store), staged);
    let head = store.sheet.head().clone();
    drop(store);

    let store = open_sound(dir.path());
    assert_eq!(dump(&store), staged);
    assert_eq!(store.sheet.head(), &head);
    assert_eq!(verify(dir.path(), None).unwrap().last_hash, store.last.hash);
    assert_eq!(verify(dir.path(), Some(2)).unwrap().steps, 2);
}

#[test]
fn the_records_may_move_to_a_thread_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_sound(dir.path());
    let last = std::thread::spawn(move || store.last_step()).join().unwrap();
    assert_eq!(last, 0);
}

#[test]
fn steps_that_were_not_committed_leave_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let before = commit_openings(dir.path(), 1);
    let mut store = open_sound(dir.path());
    store.stage(opening_step(2)).unwrap();
    drop(store);
    let mut store = open_sound(dir.path());
    assert_eq!((store.last_step(), dump(&store)), (1, before));
    let bytes = store.journal.bytes();
    store.commit().unwrap();
    assert_eq!(store.journal.bytes(), bytes, "an empty commit writes nothing");
}

#[test]
fn a_line_carries_version_number_and_the_hash_of_the_line_before() {
    let dir = tempfile::tempdir().unwrap();
    commit_openings(dir.path(), 3);
    let text = std::fs::read_to_string(journal::path_in(dir.path())).unwrap();
    let mut prev = line::GENESIS.to_owned();
    for (n, line) in (1..).zip(text.lines()) {
        assert!(line.starts_with(&format!("{{\"v\":1,\"n\":{n},\"prev\":\"{prev}\"")), "{line}");
        prev = digest::sha256_hex(line.as_bytes());
    }
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn time_never_runs_backwards() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    store.stage(opening_step(60)).unwrap();
    store.stage(opening_step(5)).unwrap();
    store.commit().unwrap();
    store.stage(opening_step(7)).unwrap();
    store.commit().unwrap();
    let opened = |n| store.case(case(n)).unwrap().unwrap().opened_at;
    assert_eq!((opened(60), opened(5), opened(7)), (moment(60), moment(60), moment(60)));
}

#[test]
fn letters_go_by_the_clock_that_was_put_right() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    store.stage(opening_step(90_000)).unwrap();
    let mut behind = opening_step(5);
    behind.letters = vec![letter(2, 0, None, Level::Send)];
    store.stage(behind).unwrap();
    store.commit().unwrap();
    assert_eq!(store.last_at(), Some(moment(90_000)));
    assert_eq!(store.next_letter_due().unwrap(), Some(moment(5)));
    assert_eq!(store.letters_before(moment(5), 9).unwrap().len(), 1);
}

#[test]
fn a_step_about_what_does_not_exist_is_refused_and_harms_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let mut wrong = opening_step(1);
    wrong.facts.push((case(9), Fact::QuestionOpened));
    let refused = store.stage(wrong).unwrap_err();
    assert!(matches!(refused, StoreError::NoSuchCase { step: 1, .. }), "{refused}");

    let mut wrong = opening_step(1);
    wrong.letters = vec![letter(1, 0, None, Level::Send), letter(1, 2, None, Level::Send)];
    let refused = store.stage(wrong).unwrap_err();
    assert!(matches!(refused, StoreError::LetterMisnumbered { .. }), "{refused}");

    let started = Event::AttemptStarted { at: moment(1), letter: LetterId { step: 1, index: 0 } };
    assert!(matches!(store.stage(step(started)), Err(StoreError::NoSuchLetter { .. })));

    store.stage(opening_step(1)).unwrap();
    let again = store.stage(opening_step(1)).unwrap_err();
    assert!(matches!(again, StoreError::CaseExists { step: 2, .. }), "{again}");
    store.commit().unwrap();
}

#[test]
fn blobs_are_durable_before_the_step_that_names_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let digest = store.put_blob(b"From: priya@supplier.example\r\n\r\nHello").unwrap();
    let mut step = opening_step(1);
    if let Event::MessageArrived(arrival) = &mut step.event {
        arrival.raw = digest.clone();
    }
    store.stage(step).unwrap();
    store.commit().unwrap();
    drop(store);
    let store = open_sound(dir.path());
    assert!(store.blob(&digest).unwrap().ends_with(b"Hello"));
}

#[test]
fn a_fault_while_blobs_are_synced_stops_the_records_before_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let digest = store.put_blob(b"text").unwrap();
    store.stage(opening_step(1)).unwrap();
    std::fs::remove_dir_all(dir.path().join("blobs").join(digest.as_str().get(..2).unwrap())).unwrap();
    assert!(matches!(store.commit(), Err(StoreError::Stopped { .. })));
    assert!(matches!(store.cases(), Err(StoreError::Stopped { .. })));
    assert!(matches!(store.stage(opening_step(2)), Err(StoreError::Stopped { .. })));
    drop(store);
    assert_eq!(open_sound(dir.path()).last_step(), 0);
}

#[test]
fn a_second_process_is_refused_and_readers_are_not() {
    let dir = tempfile::tempdir().unwrap();
    commit_openings(dir.path(), 2);
    let store = open_sound(dir.path());
    let Err(refused) = Store::open(dir.path(), moment(0)) else { panic!() };
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    assert!(matches!(Store::rebuild(dir.path(), moment(0)), Err(StoreError::Locked { .. })));
    assert_eq!(verify(dir.path(), None).unwrap().steps, 2);
    drop(store);
}

#[test]
fn an_export_is_the_journal_and_a_note() {
    let dir = tempfile::tempdir().unwrap();
    commit_openings(dir.path(), 3);
    let mut exported = Vec::new();
    let done = export(dir.path(), Some(2), &mut exported).unwrap();
    let exported = String::from_utf8(exported).unwrap();
    let journal = std::fs::read_to_string(journal::path_in(dir.path())).unwrap();
    assert_eq!(exported.lines().take(2).collect::<Vec<_>>(), journal.lines().take(2).collect::<Vec<_>>());
    let note: serde_json::Value = serde_json::from_str(exported.lines().nth(2).unwrap()).unwrap();
    assert_eq!(note["steps"], 2);
    assert_eq!(note["last_hash"], done.last_hash.as_str());
    assert_eq!(exported.lines().count(), 3);
}

#[test]
fn only_the_owner_may_read_the_records() {
    let dir = tempfile::tempdir().unwrap();
    let var = dir.path().join("var");
    let mut store = open_sound(&var);
    store.install_secret().unwrap();
    store.put_blob(b"text").unwrap();
    store.stage(opening_step(1)).unwrap();
    store.commit().unwrap();
    let mut left = vec![var.clone()];
    let mut seen = 0;
    while let Some(path) = left.pop() {
        let metadata = std::fs::metadata(&path).unwrap();
        let mode = metadata.permissions().mode() & 0o777;
        if metadata.is_dir() {
            assert_eq!(mode, 0o700, "{}", path.display());
            // sled makes its own files; the folder around them is closed.
            let inside = std::fs::read_dir(&path).unwrap().filter(|_| !path.ends_with("store"));
            left.extend(inside.map(|e| e.unwrap().path()));
        } else {
            assert_eq!(mode, 0o600, "{}", path.display());
            seen += 1;
        }
    }
    assert_eq!(seen, 4, "journal, blob, lock, secret");
}
