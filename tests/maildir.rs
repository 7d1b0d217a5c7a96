//! Local mail: the daemon on a Maildir of its own.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

struct Daemon {
    folder: TempDir,
    child: Child,
}

impl Daemon {
    /// `mail` lies in the mailbox when it starts: folder, Unix time of arrival, Message-ID and what it answers.
    fn start(answer_from: &str, mail: &[(&str, u64, &str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path();
        for part in ["sa/new", "sa/cur", "sa/tmp", "sa/.Sent/new", "sa/.Sent/cur", "sa/.Sent/tmp", "out"] {
            fs::create_dir_all(root.join(part)).unwrap();
        }
        for (part, arrived, id, answers) in mail {
            fs::write(root.join(part).join(format!("{arrived}.M1P1.host")), message(part, id, answers)).unwrap();
        }
        fs::write(root.join("assured.toml"), format!("answer_from = \"{answer_from}\"\n{CONFIG}")).unwrap();
        let mut command = program(root, &["run"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { folder, child }
    }

    /// Waits for a word of the journal, and answers with all of it.
    fn journal_with(&self, words: &str) -> String {
        let began = Instant::now();
        loop {
            let path = self.folder.path().join("var/journal/steps.jsonl");
            let journal = fs::read_to_string(path).unwrap_or_default();
            if journal.contains(words) {
                return journal;
            }
            assert!(began.elapsed() < PATIENCE, "{words} is not in the journal:\n{journal}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn program(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assured"));
    command.env_remove("RUST_LOG").env_remove("ASSURED_CONFIG");
    command.args(arguments).arg("--config").arg(root.join("assured.toml"));
    command
}

fn message(folder: &str, id: &str, answers: &str) -> String {
    let (from, to) = match folder {
        "sa/.Sent/cur" => ("solution.assurance@ers.example", "priya@carevista.example"),
        _ => ("priya@carevista.example", "solution.assurance@ers.example"),
    };
    let answers = if answers.is_empty() { String::new() } else { format!("In-Reply-To: <{answers}>\n") };
    format!(
        "From: {from}\nTo: {to}\nSubject: Care Vista Link\nMessage-ID: <{id}>\n{answers}\n\
         Which template should we use for our SCAL?\n"
    )
}

/// The second reply names only the first, and that only the question: threads are followed to their beginning.
#[test]
fn older_mail_is_fetched_when_a_later_message_answers_it() {
    let daemon = Daemon::start(
        "2026-11-20",
        &[
            ("sa/cur", 1_790_000_000, "question@carevista.example", ""),
            ("sa/cur", 1_790_000_100, "other@carevista.example", ""),
            ("sa/.Sent/cur", 1_790_086_400, "reply@ers.example", "question@carevista.example"),
            ("sa/new", 1_795_500_000, "again@carevista.example", "reply@ers.example"),
        ],
    );
    let journal = daemon.journal_with("late-mail-told");
    let events: Vec<&str> = journal.lines().filter(|line| line.contains("\"older\":true")).collect();
    let found = |id: &str| events.iter().any(|line| line.contains(&format!("\"message_id\":\"{id}\"")));
    assert!(events.len() == 2 && found("question@carevista.example") && found("reply@ers.example"), "{events:#?}");
    assert!(journal.contains("joins ERS-00001") && !journal.contains("ERS-00002"), "{journal}");
}

const CONFIG: &str = r#"
poll_secs = 5
outbox_folder = "out"
[[mailbox]]
name = "sa"
address = "solution.assurance@ers.example"
team = "sa"
level = "send"
maildir = "sa"
[[staff]]
name = "Jo Marsh"
address = "jo.marsh@ers.example"
roles = ["sa"]
"#;
