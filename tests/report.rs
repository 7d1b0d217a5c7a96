//! `assured report` from outside, on the record that the demo leaves.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

fn assured(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_assured"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("ASSURED_CONFIG")
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

#[test]
fn the_month_of_the_demo_is_summed_up_in_every_form() {
    let folder = TempDir::new().unwrap();
    assert!(assured(folder.path(), &["demo", "--once"]).status.success());
    let report = |more: &[&str]| {
        let period = ["--config", "demo/assured.toml", "report", "--from", "2026-11-01", "--to", "2026-11-30"];
        let output = assured(folder.path(), &[&period[..], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let told: Value = serde_json::from_str(&report(&["--json"])).unwrap();
    let keys: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["answered", "breaches", "from", "holds", "partners", "received", "to", "waiting"]);
    assert_eq!(told["received"]["submissions"], json!({"scal": 4, "witness-pack": 1}));
    assert_eq!(told["answered"]["count"], 3);
    assert_eq!(told["answered"]["in_time_percent"], 66.7);
    assert_eq!(told["breaches"][0]["due"], "2026-11-19");
    assert_eq!(told["breaches"][0]["answered"], "2026-11-24");

    let table = report(&[]);
    for part in ["Answers in time", "2 (66.7 %)", "Broken promises", "ERS-00003", "Where cases wait at the end"] {
        assert!(table.contains(part), "no {part:?} in\n{table}");
    }
    let csv = report(&["--csv"]);
    assert!(csv.starts_with("section,name,measure,value\r\n"), "{csv}");
    assert!(csv.contains("answered,,\"in time, per cent\",66.7\r\n"), "{csv}");

    report(&["--html", "november.html"]);
    let page = fs::read_to_string(folder.path().join("november.html")).unwrap();
    assert!(page.contains("role=\"img\" aria-label=\"Answers by the working days that they took."), "{page}");
    for foreign in ["<script", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn a_period_that_is_none_is_a_mistake() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("assured.toml"), include_str!("../src/cli/example.toml")).unwrap();
    for (period, says) in [
        (["2026-11-30", "2026-11-01"], "--to 2026-11-01 is before --from 2026-11-30"),
        (["2026-11-01", "2026-11-30T09:00:00Z"], "is no date"),
        (["November", "2026-11-30"], "\"November\" is no date"),
    ] {
        let output = assured(folder.path(), &["report", "--from", period[0], "--to", period[1]]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(says) && output.status.code() == Some(2), "{period:?}: {told}");
    }
}
