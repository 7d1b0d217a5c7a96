//! `assured rehearse` from outside: the same folder tells the same story, and nothing but the story is left behind.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A partner, a member of staff and what each wrote: by folder and file name.
fn mail(dir: &Path) {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    for (file, to) in [
        ("02-acorn-scal-with-gaps", "sa/b.eml"),
        ("03-acorn-scal-again", "sa/a.eml"),
        ("07-staff-reply-to-acorn", "sa-sent/1.EML"),
        ("09-northgate-scal", "sa/northgate.eml"),
        ("09-northgate-scal", "lsob/northgate.eml"),
    ] {
        let to = dir.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(demo.join(format!("{file}.eml")), to).unwrap();
    }
}

/// In a folder of its own, with a folder of its own for what is temporary.
fn rehearse(at: &TempDir, arguments: &[&str]) -> Output {
    let temporary = at.path().join("tmp");
    fs::create_dir_all(&temporary).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_assured"))
        .arg("rehearse")
        .args(arguments)
        .current_dir(at.path())
        .env("TMPDIR", &temporary)
        .env_remove("ASSURED_CONFIG")
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "the records are removed: {arguments:?}");
    assert!(!at.path().join("var").exists(), "{arguments:?}");
    output
}

fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn the_story_has_a_line_for_each_event_in_time_order() {
    let at = TempDir::new().unwrap();
    mail(&at.path().join("mail"));
    let story = lines(&rehearse(&at, &["mail", "--until", "2026-11-20 08:30", "--json", "--out", "letters"]));
    // The digest of each working day, at 8.30am.
    let days = story.iter().filter(|line| line["event"] == "day-began");
    assert_eq!(days.count(), 14, "from Tuesday 3 to Friday 20 November");
    let told: Vec<_> = story
        .iter()
        .filter(|line| line["event"] != "day-began")
        .map(|line| {
            let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, ["at", "case", "event", "letters", "phase"]);
            let kinds: Vec<_> = line["letters"].as_array().unwrap().iter().map(|letter| &letter["kind"]).collect();
            json!([line["at"], line["case"], line["phase"], line["event"], kinds])
        })
        .collect();
    let new = ["acknowledgement", "staff-new", "staff-new"];
    let warning = ["staff-warning", "staff-warning"];
    let review = "scal-review";
    assert_eq!(
        told,
        [
            json!(["2026-11-02T11:40:00Z", "ERS-00001", review, "message-arrived", new]),
            json!(["2026-11-02T15:05:00Z", "ERS-00001", review, "message-arrived", new]),
            json!(["2026-11-06T08:30:00Z", "ERS-00001", review, "moment-came", warning]),
            json!(["2026-11-06T14:00:00Z", "ERS-00001", review, "sent-message-seen", []]),
            json!(["2026-11-12T16:48:00Z", "ERS-00002", review, "message-arrived", new]),
            json!(["2026-11-12T16:48:00Z", null, null, "message-arrived", []]),
            json!(["2026-11-18T08:30:00Z", "ERS-00002", review, "moment-came", warning]),
            json!(["2026-11-20T08:30:00Z", "ERS-00002", review, "moment-came", ["staff-breach", "staff-breach"]]),
        ]
    );
    let letters: Vec<_> = story.iter().flat_map(|line| line["letters"].as_array().unwrap()).collect();
    let written = files(&at.path().join("letters"));
    assert_eq!(written.len(), letters.len());
    for letter in letters {
        let raw = String::from_utf8_lossy(&written[letter["file"].as_str().unwrap()]);
        assert!(raw.contains(letter["to"][0].as_str().unwrap()), "{raw}");
        assert!(raw.contains(&format!("<{}>", letter["message_id"].as_str().unwrap())), "{raw}");
        assert_eq!(letter["subject"].as_str().unwrap().contains("[ERS-0000"), letter["kind"] != "digest", "{letter}");
    }
}

#[test]
fn the_same_mail_gives_the_same_bytes() {
    let told = [TempDir::new().unwrap(), TempDir::new().unwrap()].map(|at| {
        mail(&at.path().join("mail"));
        let outputs = [&["--json"][..], &[]].map(|more| {
            let arguments = [&["mail", "--until", "2026-11-30", "--out", "letters"], more].concat();
            rehearse(&at, &arguments).stdout
        });
        (outputs, files(&at.path().join("letters")))
    });
    assert_eq!(told[0], told[1]);
}

#[test]
fn a_configuration_in_the_folder_goes_before_the_one_that_is_named() {
    let at = TempDir::new().unwrap();
    mail(&at.path().join("mail"));
    let example = include_str!("../src/cli/example.toml");
    let named = example.replace("scal_response = 5", "scal_response = 3");
    fs::write(at.path().join("named.toml"), &named).unwrap();
    let story = |given: &[&str]| {
        let output = rehearse(&at, &[&["mail", "--until", "2026-11-02"], given].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(story(&[]).contains("due Monday 9 November 2026"));
    assert!(story(&["--config", "named.toml"]).contains("due Thursday 5 November 2026"));
    let own = named.replace("scal_response = 3", "scal_response = 2").replace("\"send\"", "\"observe\"");
    fs::write(at.path().join("mail/assured.toml"), own).unwrap();
    let told = story(&["--config", "named.toml"]);
    assert!(told.contains("due Wednesday 4 November 2026"), "{told}");
    assert!(told.contains("acknowledgement (only recorded) to mara@acornhealth.example"), "{told}");
    assert!(told.contains("messages 2, cases 1, letters 6; 3 arrive later."), "{told}");
}

#[test]
fn no_message_to_ourselves_is_rehearsed() {
    let at = TempDir::new().unwrap();
    mail(&at.path().join("mail"));
    let (top, tables) = include_str!("../src/cli/example.toml").split_once("[[").unwrap();
    let canary = "[smtp]\nhost = \"smtp.nhs.example\"\n[canary]\nevery_minutes = 60\n";
    let config = format!("{}{canary}[[{tables}", top.replace("outbox_folder", "#outbox_folder"));
    fs::write(at.path().join("mail/assured.toml"), config).unwrap();
    let story = lines(&rehearse(&at, &["mail", "--until", "2026-11-06", "--json"]));
    let letters: Vec<_> = story.iter().flat_map(|line| line["letters"].as_array().unwrap()).collect();
    assert!(letters.len() > 5 && letters.iter().all(|letter| letter["kind"] != "canary"), "{letters:?}");
}

#[test]
fn a_message_can_answer_a_letter_that_was_not_written_when_it_was() {
    let at = TempDir::new().unwrap();
    mail(&at.path().join("mail"));
    let reply = "Received: from x by y; Tue, 3 Nov 2026 10:00:00 +0000\r\nFrom: mara@acornhealth.example\r\n\
                 To: solution.assurance@ers.example\r\nSubject: One more thing\r\nMessage-ID: <more@acornhealth.example>\r\n\
                 In-Reply-To: <assured-letter-to:mara@acornhealth.example>\r\n\r\nWhich of our tabs do you mean?\r\n";
    fs::write(at.path().join("mail/sa/reply.eml"), reply).unwrap();
    let story = lines(&rehearse(&at, &["mail", "--until", "2026-11-03", "--json"]));
    assert_eq!(story.last().unwrap()["case"], "ERS-00001");
    let nobody = reply.replace("letter-to:mara", "letter-to:nobody");
    fs::write(at.path().join("mail/sa/reply.eml"), nobody).unwrap();
    let output = rehearse(&at, &["mail", "--until", "2026-11-03"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("sa/reply.eml: no letter went to nobody@acornhealth.example"), "{told}");
}

#[test]
fn mail_that_cannot_be_rehearsed_is_told() {
    let at = TempDir::new().unwrap();
    mail(&at.path().join("mail"));
    fs::create_dir_all(at.path().join("empty/sa")).unwrap();
    fs::create_dir_all(at.path().join("typo/SA")).unwrap();
    fs::copy(at.path().join("mail/sa/a.eml"), at.path().join("typo/SA/a.eml")).unwrap();
    fs::create_dir_all(at.path().join("undated/sa")).unwrap();
    fs::write(at.path().join("undated/sa/x.eml"), [0, 159, 146, 150]).unwrap();
    for (arguments, says) in [
        (["absent", "2026-11-30"], "absent is no folder of mail"),
        (["mail/sa/a.eml", "2026-11-30"], "mail/sa/a.eml is no folder of mail"),
        (["empty", "2026-11-30"], "put .eml files into its folders sa, sa-sent, sa-junk, lsob, lsob-sent, lsob-junk"),
        (["typo", "2026-11-30"], "typo/SA holds mail and is no mailbox of the configuration: sa,"),
        (["undated", "2026-11-30"], "no message in undated says when it arrived; sa/x.eml is one"),
        (["mail", "2026-11-01"], "before the first message: sa/b.eml arrives Mon 2 Nov 2026 11:40"),
        (["mail", "soon"], "\"soon\" is no date or time"),
    ] {
        let output = rehearse(&at, &[arguments[0], "--until", arguments[1]]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.stdout.is_empty() && told.contains(says), "{arguments:?}: {told}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    // One message without a date does not keep the others from being rehearsed.
    fs::copy(at.path().join("undated/sa/x.eml"), at.path().join("mail/sa/x.eml")).unwrap();
    let output = rehearse(&at, &["mail", "--until", "2026-11-30"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("sa/x.eml is left out: neither a Received nor a Date field"), "{told}");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("messages 5, cases 2"));
}
