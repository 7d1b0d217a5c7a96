//! The command line from outside: what it prints and how it exits (DESIGN.md, "The command line").
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use assured::adapters::control::Request;
use assured::config::{Secrets, Settings};
use assured::desk::answer_alone;
use assured::domain::command::Order;
use assured::domain::ids::CaseRef;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Runs the program in a folder of its own, so that no configuration of this machine is found.
fn assured(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_assured"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("ASSURED_CONFIG")
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

#[track_caller]
fn check(arguments: &[&str], code: i32, out: &[&str], err: &[&str]) {
    let folder = TempDir::new().unwrap();
    let output = assured(folder.path(), arguments);
    let (printed, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{printed}\n{told}");
    for part in out {
        assert!(printed.contains(part), "{arguments:?} does not print {part:?}:\n{printed}");
    }
    for part in err {
        assert!(told.contains(part), "{arguments:?} does not say {part:?}:\n{told}");
    }
}

fn due(received: &str, more: &[&str]) -> Value {
    let folder = TempDir::new().unwrap();
    let output = assured(folder.path(), &[&["due", received, "--json"], more].concat());
    assert_eq!(output.status.code(), Some(0), "{received}");
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "due leaves nothing behind");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn due_dates_are_those_of_the_process() {
    for (received, days, date, at) in [
        ("2026-11-23", "5", "2026-11-30", "2026-12-01T00:00:00Z"),
        ("2026-11-23T00:00:00Z", "5", "2026-11-30", "2026-12-01T00:00:00Z"),
        ("2026-11-23T23:59:59Z", "5", "2026-11-30", "2026-12-01T00:00:00Z"),
        ("2026-11-28", "5", "2026-12-04", "2026-12-05T00:00:00Z"),
        ("2026-12-23T16:00:00Z", "5", "2027-01-04", "2027-01-05T00:00:00Z"),
        // Summer time: late on the 30th by UTC is the 1st in London, and the day ends at 23:00 by UTC.
        ("2026-06-30T23:30:00Z", "5", "2026-07-08", "2026-07-08T23:00:00Z"),
        ("2026-11-27", "1", "2026-11-30", "2026-12-01T00:00:00Z"),
    ] {
        let due = due(received, &["--days", days]);
        assert_eq!((due["due"].as_str(), due["due_at"].as_str()), (Some(date), Some(at)), "{received}");
        assert_eq!(due["provisional"], false);
        assert_eq!(due["counted"].as_array().unwrap().len().to_string(), days);
    }
}

#[test]
fn a_due_date_says_what_was_counted_and_skipped() {
    let due = due("2026-12-23T16:00:00Z", &[]);
    let keys: Vec<_> = due.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["counted", "days", "due", "due_at", "holidays", "provisional", "received", "skipped"]);
    assert_eq!(due["counted"], json!(["2026-12-24", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-04"]));
    let skipped: Vec<_> = due["skipped"].as_array().unwrap().iter().map(|day| day["date"].as_str().unwrap()).collect();
    let expected = ["2026-12-25", "2026-12-26", "2026-12-27", "2026-12-28", "2027-01-01", "2027-01-02", "2027-01-03"];
    assert_eq!(skipped, expected);
    assert_eq!(due["skipped"][0]["why"], "Christmas Day");
    assert!(due["holidays"].as_str().unwrap().contains("2012-2028"));
}

#[test]
fn a_date_outside_the_holiday_list_is_provisional() {
    assert_eq!(due("2028-12-27", &[])["provisional"], true);
    assert_eq!(due("2011-12-27", &[])["provisional"], true);
    check(&["due", "2028-12-27"], 0, &["provisional", "2012 to 2028"], &[]);
}

#[test]
fn due_explains_itself_to_people() {
    let out = ["Due by the end of Monday 30 November 2026: 5 working days after Monday 23 November 2026.", "Saturday"];
    check(&["due", "2026-11-23"], 0, &out, &[]);
    check(&["due", "2026-11-23", "16:00", "--days", "1"], 0, &["Tuesday 24 November 2026: 1 working day after"], &[]);
}

#[test]
fn due_uses_the_days_and_the_cut_off_of_the_configuration() {
    let folder = TempDir::new().unwrap();
    let text = format!("hours = {{ cut_off = \"16:00\" }}\ndays = {{ scal_response = 1 }}\n{}", sound());
    fs::write(folder.path().join("assured.toml"), text).unwrap();
    let output = assured(folder.path(), &["due", "2026-11-23T16:00:00Z", "--json"]);
    let due: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((due["received"].as_str(), due["due"].as_str()), (Some("2026-11-24"), Some("2026-11-25")));
}

#[test]
fn mistakes_in_the_arguments_exit_with_2() {
    check(&[], 2, &[], &["Usage: assured"]);
    check(&["inspekt", "a.xlsx"], 2, &[], &["a similar subcommand exists: 'inspect'"]);
    check(&["due", "23/11/2026"], 2, &[], &["\"23/11/2026\" is no date or time. Write 2026-11-23"]);
    for far in ["9999-12-31", "1899-12-31", "9991-01-01T00:00:00Z"] {
        check(&["due", far], 2, &[], &["is out of reach: give a date from 1900 to 9990"]);
    }
    check(&["due", "2026-11-23", "--days", "0"], 2, &[], &["--days"]);
    check(&["inspect", "nowhere.xlsx"], 2, &[], &["nowhere.xlsx cannot be read", "No such file"]);
    check(&["case", "42"], 2, &[], &["a case reference looks like ERS-00042"]);
    check(&["outbox", "release", "17"], 2, &[], &["looks like 17.0"]);
    check(&["cases"], 2, &[], &["there is no configuration", "--config FILE"]);
    check(&["cases", "--config", "nowhere.toml"], 2, &[], &["nowhere.toml: the configuration cannot be read"]);
    check(&["--log-format", "xml", "cases"], 2, &[], &["text, json"]);
}

#[test]
fn staff_see_what_waits_what_is_closed_and_what_was_answered() {
    let folder = TempDir::new().unwrap();
    assert_eq!(assured(folder.path(), &["demo", "--once"]).status.code(), Some(0));
    let demo = folder.path().join("demo");
    let settings = Settings::load(&demo.join("assured.toml"), Secrets::Unseen).unwrap();
    let give = |command: &str, case: Option<&str>| {
        let today = jiff::civil::date(2026, 11, 30);
        let Order { command, manner } = Order::parse(command, today).unwrap();
        let request = Request::Do { case: case.and_then(CaseRef::parse), command, manner, by: "jo".to_owned() };
        answer_alone(&settings, request, "2026-11-30T20:00:00Z".parse().unwrap()).unwrap().message.unwrap()
    };
    let printed = |arguments: &[&str]| {
        let output = assured(&demo, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let stopped = "Mail to partners is stopped, by jo. `assured do '!start'` lets it go on.\n";
    let pack = Some("ERS-00001");

    assert!(give("!hold on leave", pack).ends_with("\n1 letter leaves when the daemon runs."));
    assert!(!give("!hold on leave", pack).contains("when the daemon runs"), "refused: nothing leaves");
    assert!(!give("!stop", None).contains("when the daemon runs"), "no letter of this command");
    assert!(give("!resume", pack).ends_with("\n1 letter waits: mail to partners is stopped, by jo"));
    assert!(printed(&["cases"]).ends_with(stopped) && printed(&["outbox"]).ends_with(stopped));
    let rows = printed(&["outbox", "--json"]);
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let waiting: Vec<Value> = rows.filter(|row| row["state"] == "waiting").collect();
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|row| row["reason"] == "mail to partners is stopped, by jo"), "{waiting:?}");

    give("!start", None);
    give("!close dormant", Some("ERS-00002"));
    let (open, all) = (printed(&["cases"]), printed(&["cases", "--all"]));
    assert!(!open.contains("stopped") && !open.contains("ERS-00002") && open.contains("Waits on"), "{open}");
    assert!(all.contains("ERS-00002  closed"), "{all}");
    let closed = printed(&["explain", "ERS-00002"]);
    assert!(closed.contains("The case is closed, by jo: dormant. It had waited for a changed SCAL"), "{closed}");
    let late = printed(&["explain", "ERS-00003"]);
    assert!(late.contains("Answered Tue 24 Nov 2026 10:00 by a person in the shared mailbox, late."), "{late}");
    assert!(printed(&["explain", "ERS-00001"]).contains(": on leave"), "the hold is told");
}

fn sound() -> &'static str {
    r#"outbox_folder = "out"
[[mailbox]]
name = "sa"
address = "sa@nhs.example"
team = "sa"
maildir = "mail"
[[staff]]
name = "Amina"
address = "amina@nhs.example"
roles = ["sa"]
"#
}

#[test]
fn a_staff_command_that_cannot_be_read_is_refused_before_anything_else() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("assured.toml"), sound()).unwrap();
    for (words, says) in [
        (&["ERS-00042", "!acept"][..], "there is no command !acept. The commands are: !accept"),
        (&["!accept"], "!accept needs a case"),
        (&["ERS-00042", "!hold"], "!hold needs a reason"),
        (&["ERS-00042"], "the command is missing"),
        (&["ERS-00042", "!stop"], "Give it without a case: assured do '!stop'"),
    ] {
        let output = assured(folder.path(), &[&["do"], words].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?} {told}");
        assert!(told.contains(says), "{words:?}: {told}");
        assert!(!folder.path().join("var").exists());
    }
}

#[test]
fn all_faults_of_a_configuration_are_told_at_once_with_their_lines() {
    let folder = TempDir::new().unwrap();
    let text = sound().replace("outbox_folder", "outbox_foldr").replace("team = \"sa\"", "team = \"SA\"\npol = 5");
    fs::write(folder.path().join("assured.toml"), text).unwrap();
    for (arguments, code) in [(&["cases"][..], 2), (&["run"], 2), (&["check"], 1)] {
        let output = assured(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let told = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        for part in [
            "assured.toml:1: unknown key \"outbox_foldr\". Did you mean \"outbox_folder\"?",
            "assured.toml:2: nothing says how letters leave in [[mailbox]] \"sa\".",
            "assured.toml:5: \"team\" is \"SA\" in [[mailbox]] \"sa\". Did you mean \"sa\"?",
            "assured.toml:6: unknown key \"pol\" in [[mailbox]] \"sa\".",
        ] {
            assert!(told.contains(part), "{arguments:?} does not say {part:?}:\n{told}");
        }
    }
}

#[test]
fn check_says_what_is_well_and_what_is_not() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("assured.toml"), sound()).unwrap();
    let output = assured(folder.path(), &["check"]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("✓ configuration ") && told.contains("✗ mailbox sa, Maildir "), "{told}");
    assert!(told.contains("written and recorded, never sent (level observe)"), "{told}");

    for part in ["mail/new", "mail/cur", "mail/tmp", "out"] {
        fs::create_dir_all(folder.path().join(part)).unwrap();
    }
    let output = assured(folder.path(), &["check"]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let doubts: Vec<&str> = told.lines().filter(|line| !line.starts_with("✓ ")).collect();
    let expected = [
        "! who hears at once of safety and security: nobody beside staff.",
        "! where partners are told to turn if patients may be at risk: their own process and 999.",
        "! silence in mailbox sa: nobody would be told.",
        "! who hears when mail itself is broken: nobody, until somebody looks.",
        "! clock of this machine: nothing told the time",
    ];
    assert_eq!(doubts.len(), expected.len(), "{told}");
    assert!(doubts.iter().zip(expected).all(|(doubt, expected)| doubt.starts_with(expected)), "{told}");
    assert!(!folder.path().join("var").exists(), "check changes nothing");

    let output = assured(folder.path(), &["check", "--json"]);
    let rows: Vec<Value> =
        output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!((output.status.code(), rows.len()), (Some(0), told.lines().count()));
    assert!(
        rows.iter().all(|row| row["check"].is_string() && row["says"].is_string() && row["ok"] != false),
        "{rows:?}"
    );
}

#[test]
fn a_password_that_only_the_daemon_sees_does_not_stop_other_commands() {
    let folder = TempDir::new().unwrap();
    let imap = "imap = { host = \"localhost\", user = \"sa\", password_env = \"ASSURED_TEST_UNSET\" }";
    fs::write(folder.path().join("assured.toml"), sound().replace("maildir = \"mail\"", imap)).unwrap();
    assert_eq!(assured(folder.path(), &["due", "2026-11-23"]).status.code(), Some(0));
    let output = assured(folder.path(), &["run"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("ASSURED_TEST_UNSET, which should hold a password"));
}

#[test]
fn the_configuration_is_found_by_its_variable_too() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("other.toml");
    fs::write(&file, format!("days = {{ scal_response = 1 }}\n{}", sound())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_assured"));
    let output = command.args(["due", "2026-11-23", "--json"]).env("ASSURED_CONFIG", &file).output().unwrap();
    let due: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(due["due"], "2026-11-24");
}

#[test]
fn inspect_tells_messages_and_documents_apart_by_their_content() {
    let folder = TempDir::new().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fs::copy(fixtures.join("messages/mailing-list.eml"), folder.path().join("saved message")).unwrap();
    fs::copy(fixtures.join("documents/approval-form.xlsx"), folder.path().join("form.eml.xlsx")).unwrap();
    fs::write(folder.path().join("broken.xlsx"), b"PK\x03\x04 and nothing more").unwrap();

    let output = assured(folder.path(), &["inspect", "saved message", "form.eml.xlsx", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let [message, form] = lines.lines().collect::<Vec<_>>()[..] else { panic!("two lines expected:\n{lines}") };
    let (message, form): (Value, Value) = (serde_json::from_str(message).unwrap(), serde_json::from_str(form).unwrap());
    assert_eq!((&message["kind"], &message["automatic"]), (&json!("message"), &json!("list")));
    assert_eq!((&message["answer"], &message["submission"]), (&json!(false), &Value::Null));
    assert_eq!((&form["file"], &form["kind"]), (&json!("form.eml.xlsx"), &json!("approval-form")));

    let output = assured(folder.path(), &["inspect", "broken.xlsx", "--json"]);
    let broken: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &broken["problem"]), (Some(1), &json!("damaged")));
    assert_eq!(broken["readable"], false);
    assert!(!folder.path().join("var").exists());
}

#[test]
fn inspect_says_what_a_partner_would_be_told_and_goes_on_past_what_is_no_file() {
    let folder = TempDir::new().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    for (name, answer) in [
        ("01-care-vista-scal", "acknowledgement"),
        ("06-care-vista-thanks", "nothing (a thank-you)"),
        ("08-northgate-broken-workbook", "unreadable"),
        ("05-care-vista-out-of-office", "nothing ("),
    ] {
        let output = assured(folder.path(), &["inspect", demo.join(format!("{name}.eml")).to_str().unwrap()]);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains(&format!("Would be answered with: {answer}")), "{name}: {told}");
    }
    let scal = demo.join("01-care-vista-scal.eml");
    let output = assured(folder.path(), &["inspect", "nowhere.xlsx", "/dev/null", ".", scal.to_str().unwrap()]);
    let (printed, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(printed.starts_with(".: no documents or messages"), "{printed}");
    for part in ["nowhere.xlsx cannot be read (No such file", "/dev/null is a pipe or a device"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(printed.contains("The automatic check found no gaps."), "{printed}");
}

#[test]
fn inspect_of_a_folder_is_a_table_of_what_partners_sent() {
    let folder = TempDir::new().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let received = folder.path().join("received");
    fs::create_dir_all(received.join("mail")).unwrap();
    for name in ["scal-good.xlsx", "scal-password.xlsx", "scal-gaps.json"] {
        fs::copy(fixtures.join("documents").join(name), received.join(name)).unwrap();
    }
    fs::copy(fixtures.join("demo/02-acorn-scal-with-gaps.eml"), received.join("mail/02.eml")).unwrap();
    let output = assured(folder.path(), &["inspect", "received"]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let rows: Vec<Vec<&str>> =
        told.lines().map(|line| line.split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect()).collect();
    assert_eq!(rows[0], ["File", "Kind", "Supplier", "Product", "To put right", "Advice", "Problem"], "{told}");
    assert_eq!(rows[1][..2], ["mail/02.eml", "message"], "{told}");
    assert_eq!(rows[2][..2], ["scal-good.xlsx", "scal"], "{told}");
    assert_eq!(rows[3][6], "password-protected", "{told}");
    assert!(told.contains("3 files, 2 with something to put right"), "{told}");
    assert!(told.contains("1 other file left out"), "{told}");
    assert!(!told.contains('\x1b') && output.stderr.is_empty(), "no colour and no progress but on a terminal: {told}");

    let lines = String::from_utf8(assured(folder.path(), &["inspect", "--json", "received"]).stdout).unwrap();
    let files: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&Value> = files.iter().map(|file| &file["file"]).collect();
    assert_eq!(names, ["received/mail/02.eml", "received/scal-good.xlsx", "received/scal-password.xlsx"]);
}

#[test]
fn inspect_ends_quietly_when_nobody_reads_on() {
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents");
    for arguments in [&["inspect"][..], &["inspect", "--json"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assured"));
        command.args(arguments).args([documents.join("scal-gaps.xlsx"), documents.join("scal-good.xlsx")]);
        let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(running.stdout.take());
        let output = running.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    }
}

#[test]
fn a_running_demo_keeps_its_folder_and_an_ended_one_is_replaced() {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_assured"));
    let mut running = command.arg("demo").current_dir(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    let ended: Vec<String> = lines.take_while(|line| !line.contains("Ctrl+C ends the demo")).collect();
    let started_as = format!("{} --config ", env!("CARGO_BIN_EXE_assured"));
    assert!(ended.iter().any(|line| line.contains(&started_as)), "{ended:?}");
    let refused = assured(folder.path(), &["demo", "--once"]);
    let journal = folder.path().join("demo/var/journal/steps.jsonl");
    let is_left_alone = journal.exists();
    running.kill().unwrap();
    running.wait().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr);
    assert_ne!(refused.status.code(), Some(0));
    assert!(told.contains(&format!("is still running, as process {}, since 2026-11-02", running.id())), "{told}");
    assert!(is_left_alone);
    assert_eq!(assured(folder.path(), &["demo", "--once"]).status.code(), Some(0), "its lock ended with it");
}

#[test]
fn help_teaches() {
    let words = ["assured demo", "Exit codes:", "journal", "outbox", "completions", "--log-format", "ASSURED_CONFIG"];
    check(&["--help"], 0, &words, &[]);
    check(&["due", "--help"], 0, &["assured due 2026-11-23", "day 0"], &[]);
    check(&["do", "--help"], 0, &["assured do ERS-00042 '!accept'", "!hold REASON", "REF '!COMMAND'"], &[]);
    check(&["outbox", "--help"], 0, &["assured outbox release 17.0", "observed"], &[]);
    check(&["--version"], 0, &["assured 0."], &[]);
    let folder = TempDir::new().unwrap();
    let help = String::from_utf8(assured(folder.path(), &["--help"]).stdout).unwrap();
    assert!(!help.lines().any(|line| line.trim_start().starts_with("read ")), "the reader is hidden:\n{help}");
}

#[test]
fn shells_get_completions() {
    for (shell, part) in
        [("bash", "complete -F _assured"), ("zsh", "#compdef assured"), ("fish", "complete -c assured")]
    {
        check(&["completions", shell], 0, &[part, "inspect"], &[]);
    }
    check(&["completions", "tcsh"], 2, &[], &["bash, zsh, fish"]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_assured"));
    let child = command.args(["due", "2026-11-23", "--json"]).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}
