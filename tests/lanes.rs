//! What `cases`, `case` and `explain` tell of a case with several lanes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn assured(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assured"));
    let configured = ["--config", "assured.toml"].into_iter().filter(|_| folder.join("assured.toml").exists());
    command
        .current_dir(folder)
        .env_remove("ASSURED_CONFIG")
        .env("COLUMNS", "80")
        .args(configured)
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn every_lane_and_what_is_open_beside_it_is_told() {
    let folder = TempDir::new().unwrap();
    assert_eq!(assured(folder.path(), &["demo", "--once"]).status.code(), Some(0));
    let demo = folder.path().join("demo");
    let run = |arguments: &[&str]| {
        let output = assured(&demo, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let case = || serde_json::from_str::<Value>(run(&["case", "ERS-00001", "--json"]).trim()).unwrap();

    run(&["do", "ERS-00001", "!mode application-restricted"]);
    run(&["do", "ERS-00001", "!remedial A005-03 A007-01"]);
    let row = case();
    assert_eq!((&row["mode"], &row["round"]), (&Value::from("application-restricted"), &Value::from(1)));
    assert_eq!(row["open_tests"], serde_json::json!(["A005-03", "A007-01"]));
    assert_eq!(row["undo"]["command"], "!remedial", "what !undo would take back");
    run(&["do", "ERS-00001", "!session 30 June 2031 10.30am"]);
    let row = case();
    assert_eq!((&row["undo"], &row["session"]["minutes"]), (&Value::Null, &Value::from(60)));
    assert_eq!(row["lanes"][0]["session_day"], "2031-06-30");
    assert!(run(&["explain", "ERS-00001"]).contains("Next, both sides are reminded of the session: Fri 27 Jun 2031"));
    for command in ["!cancel", "!passed", "!tcc", "!agreement"] {
        run(&["do", "ERS-00001", command]);
    }

    let lanes = case()["lanes"].as_array().unwrap().clone();
    let stands = |lane: &Value| ["lane", "phase", "waits_on"].map(|key| lane[key].as_str().unwrap().to_owned());
    assert_eq!(
        lanes.iter().map(stands).collect::<Vec<_>>(),
        [
            ["assurance", "tcc-return-due", "partner"],
            ["agreement", "acceptance-due", "partner"],
            ["form", "form-due", "partner"],
        ]
    );
    let keys = ["due", "left", "overdue", "held", "clock", "next_notice", "since", "organisation", "answered"];
    assert!(lanes.iter().all(|lane| keys.iter().all(|key| lane.get(key).is_some())), "{lanes:?}");
    let (listed, told) = (run(&["cases"]), run(&["case", "ERS-00001"]));
    assert!(listed.lines().chain(told.lines()).all(|line| line.chars().count() <= 80), "{listed}{told}");
    for phase in ["tcc-return-due", "acceptance-due", "form-due"] {
        assert!(listed.contains(phase) && told.contains(phase), "{phase}: {listed}{told}");
        assert!(run(&["explain", "ERS-00001"]).contains(phase), "{phase}");
    }
}
