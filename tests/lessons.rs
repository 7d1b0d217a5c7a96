//! `tests/lessons.md` holds what it says: every lesson is there once, and every test that it names is a test.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::fs;
use std::path::{Path, PathBuf};

const LESSONS: usize = 54;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The number of each row, and what stands in its last cell.
fn rows() -> Vec<(usize, String)> {
    let table = read("tests/lessons.md");
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        Some((cells[0].parse().ok()?, (*cells.get(3)?).to_owned()))
    };
    table.lines().filter(|line| line.starts_with('|')).filter_map(row).collect()
}

/// `path::name`, in backticks.
fn tests_named(cell: &str) -> Vec<(&str, &str)> {
    cell.split('`').skip(1).step_by(2).map(|named| named.rsplit_once("::").unwrap()).collect()
}

/// The function stands there, with the attribute of a test; or it is one of those that the server tests run by name.
fn is_test(path: &str, name: &str) -> bool {
    let text = read(path);
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else { return false };
    let above = before.rsplit_once('\n').map_or("", |(above, _)| above);
    let mut attributes = above.lines().rev().take_while(|line| line.trim_start().starts_with("#["));
    let marked = attributes.any(|line| line.contains("test]") || line.contains("tokio::test("));
    let file = Path::new(path).file_stem().unwrap().to_string_lossy();
    marked || read("tests/servers/main.rs").contains(&format!("{file}::{name},"))
}

#[test]
fn every_lesson_is_listed_once_in_order() {
    let numbers: Vec<usize> = rows().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, (1..=LESSONS).collect::<Vec<_>>());
}

#[test]
fn every_test_that_is_named_exists() {
    for (number, cell) in rows() {
        let named = tests_named(&cell);
        assert!(!named.is_empty(), "lesson {number} names no test");
        for (path, name) in named {
            assert!(is_test(path, name), "lesson {number}: {path} has no test {name}");
        }
    }
    assert!(
        !is_test("tests/lessons.rs", "rows") && !is_test("tests/lessons.rs", "no_such_test"),
        "others are told apart"
    );
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn lesson_24_only_the_post_room_sends_and_only_behind_the_gate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let hands_over = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let unit_tests = path.ends_with("tests.rs");
        !unit_tests && ["way_out.send(", "Outgoing {", ".mailer.send("].iter().any(|words| code.contains(words))
    };
    let found: Vec<PathBuf> = sources(&root.join("src")).into_iter().filter(hands_over).collect();
    let mut found: Vec<&str> = found.iter().map(|path| path.strip_prefix(root).unwrap().to_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, ["src/daemon/post_room.rs", "src/daemon/way_out.rs"], "a second way out");
    let post_room = read("src/daemon/post_room.rs");
    let (before, after) = post_room.split_once("way_out.send(").unwrap();
    assert!(before.contains("desk.gate(") && before.contains("Gate::Pass => {}"), "the gate comes first");
    assert!(!after.contains("way_out.send("), "and there is one place that hands over");
}
