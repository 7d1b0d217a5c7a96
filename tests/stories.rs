//! Every folder of `fixtures/stories` is rehearsed, and tells what its `expected.txt` says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const COMMAND: &str = "    assured rehearse fixtures/stories/";

#[test]
fn every_story_is_told_as_it_is_written_down() {
    let mut wrong = Vec::new();
    let stories = stories();
    assert!(stories.len() >= 40, "only {} stories", stories.len());
    for story in stories {
        let expected = fs::read_to_string(story.join("expected.txt")).unwrap_or_default();
        let told = told(&story);
        if told != expected {
            wrong.push(format!("{}\n{}", story.display(), differences(&expected, &told)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nIf that is right: cargo test --test stories -- --ignored, and read what it changed",
        wrong.join("\n")
    );
}

#[test]
#[ignore = "writes the expected.txt of every story anew"]
fn write_what_every_story_tells() {
    for story in stories() {
        fs::write(story.join("expected.txt"), told(&story)).unwrap();
    }
}

/// The process itself is no part of the project, so nothing here says whether a line is quoted word for word.
#[test]
fn every_line_of_the_process_is_listed_once_and_links_each_story_that_quotes_it() {
    let table = read("fixtures/stories/README.md");
    let is_row =
        |line: &&str| line.starts_with("| ") && !line.starts_with("| ---") && !line.starts_with("| The process");
    let rows: Vec<&str> = table.lines().filter(is_row).collect();
    let lines: Vec<&str> = rows.iter().map(|row| row.rsplit_once(" | ").unwrap().0).collect();
    assert!(lines.len() > 100, "only {} lines", lines.len());
    let twice: Vec<_> = lines.iter().filter(|line| lines.iter().filter(|other| other == line).count() > 1).collect();
    assert!(twice.is_empty(), "{twice:#?}");
    for story in stories() {
        let name = story.file_name().unwrap().to_string_lossy().into_owned();
        let about = fs::read_to_string(story.join("story.md")).unwrap();
        for line in about.lines().filter_map(|line| line.strip_prefix("Process: \u{201c}")) {
            let quoted = bare(line);
            let linked = rows.iter().any(|row| bare(row).contains(&quoted) && row.contains(&format!("]({name}/")));
            assert!(linked, "{name} quotes a line that the table does not show: {line}");
        }
    }
}

#[test]
fn every_test_that_the_table_names_exists() {
    let table = read("fixtures/stories/README.md");
    let sources = sources(Path::new(env!("CARGO_MANIFEST_DIR"))).join("\n");
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.rsplit_once(" | ").map(|(_, cell)| cell));
    let named: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(named.len() > 80, "only {} tests", named.len());
    for name in named {
        assert!(sources.contains(&format!("fn {name}(")), "there is no test {name}");
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Without what only the eye sees.
fn bare(text: &str) -> String {
    text.replace(['`', '*', '|', '/', '\u{201c}', '\u{201d}'], "").to_lowercase()
}

/// The text of every file of Rust under `src` and `tests`.
fn sources(root: &Path) -> Vec<String> {
    let mut folders = vec![root.join("src"), root.join("tests")];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

fn stories() -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stories")).unwrap();
    let mut stories: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    stories.sort();
    stories
}

/// Runs the command that `story.md` ends with.
fn told(story: &Path) -> String {
    let about = fs::read_to_string(story.join("story.md")).unwrap();
    let command = about.lines().find_map(|line| line.strip_prefix(COMMAND)).unwrap();
    let (_, until) = command.split_once(" --until ").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_assured"))
        .args(["rehearse", story.to_str().unwrap(), "--until", until.trim_matches('\'')])
        .env_remove("ASSURED_CONFIG")
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {}", story.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn differences(expected: &str, told: &str) -> String {
    let missing = expected.lines().filter(|line| !told.lines().any(|other| other == *line));
    let surplus = told.lines().filter(|line| !expected.lines().any(|other| other == *line));
    missing
        .map(|line| format!("- {line}"))
        .chain(surplus.map(|line| format!("+ {line}")))
        .collect::<Vec<_>>()
        .join("\n")
}
