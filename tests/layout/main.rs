//! Where things live (DESIGN: `domain ← intake, letters ← desk ← daemon ← main, cli`), enforced on the text of the
//! source: who may use whom, what pure code may not name, and how long a file and a function may be.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

mod rules;
mod source;

use std::fs;
use std::path::Path;

use rules::Violation;

/// Every Rust file below a folder of the project, by its path in the project.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn check(folders: &[&str], rule: fn(&str, &str) -> Vec<Violation>) {
    let files: Vec<_> = folders.iter().flat_map(|folder| files(folder)).collect();
    assert!(files.len() > 5, "the source was not found");
    let violations: Vec<Violation> = files.iter().flat_map(|(path, text)| rule(path, text)).collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn folders_use_only_what_lies_below_them() {
    check(&["src"], rules::imports);
}

#[test]
fn documents_are_parsed_in_the_reader_process_only() {
    check(&["src"], rules::parsing);
}

#[test]
fn pure_folders_name_no_input_output_and_no_clock() {
    check(&["src"], rules::purity);
}

#[test]
fn only_the_clock_asks_the_time() {
    check(&["src"], rules::time);
}

#[test]
fn files_and_functions_stay_small() {
    check(&["src", "tests", "benches"], rules::sizes);
}

#[test]
fn nothing_is_left_over_and_names_say_what_is_inside() {
    check(&["src"], rules::leftovers);
    check(&["src"], rules::names);
    check(&["src"], rules::header);
}

#[test]
fn the_map_names_every_folder() {
    let root = files("src").into_iter().find(|(path, _)| path == "src/lib.rs").unwrap().1;
    let violations = rules::map(&root);
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
