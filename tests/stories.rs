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
    assert!(stories.len() > 20, "only {} stories", stories.len());
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
