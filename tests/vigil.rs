//! Mail that silently stops: the daemon on a Maildir and a simulated clock. What it writes to itself comes back only where
//! a test carries it. tests/servers has the same with real servers.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use assured::adapters::clock::Clock;
use assured::adapters::maildir::Maildir;
use assured::config::{Secrets, Settings};
use assured::daemon::Daemon;
use assured::domain::ids::{Folder, MailboxName};
use assured::domain::policy::CanaryPlan;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// A working Monday, 9am in London.
const STARTS: &str = "2026-11-23T09:00:00Z";
const PASSES_A_MOMENT_MAX: usize = 50;
const CONFIG: &str = r#"
answer_from = "2026-11-01"
outbox_folder = "out"
[alarm]
command = ["alarm", "rung"]
heartbeat_file = "heartbeat"
[reader]
processes = 1
[[mailbox]]
name = "sa"
address = "sa@ers.example"
team = "sa"
silence_office_hours = 18
maildir = "sa"
[[staff]]
name = "Jo Marsh"
address = "jo@ers.example"
roles = ["sa"]
"#;

struct Stage {
    folder: TempDir,
    settings: Settings,
    daemon: Option<Daemon>,
    now: Timestamp,
    /// Letters that were looked at.
    taken: BTreeSet<PathBuf>,
    delivered: usize,
}

impl Stage {
    async fn start(canary: Option<CanaryPlan>) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path();
        Maildir::open(&root.join("sa"), true).unwrap();
        fs::create_dir(root.join("out")).unwrap();
        let rung = root.join("rung");
        let alarm =
            format!("#!/bin/sh\n{{ echo \"$1 $ASSURED_TROUBLE $ASSURED_MAILBOX\"; cat; }} >> {}\n", rung.display());
        fs::write(root.join("alarm"), alarm).unwrap();
        fs::set_permissions(root.join("alarm"), Permissions::from_mode(0o755)).unwrap();
        let config = root.join("assured.toml");
        fs::write(&config, CONFIG).unwrap();
        let mut settings = Settings::load(&config, Secrets::Checked).map_err(|faults| format!("{faults:?}")).unwrap();
        // Asked for in the file it would be refused: nothing brings a letter back from a folder, but these tests.
        settings.policy.canary = canary;
        let (now, taken) = (STARTS.parse().unwrap(), BTreeSet::new());
        let mut stage = Self { folder, settings, daemon: None, now, taken, delivered: 0 };
        stage.restart().await;
        stage
    }

    async fn restart(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.finish().unwrap();
        }
        let program = PathBuf::from(env!("CARGO_BIN_EXE_assured"));
        let clock = Clock::simulated(self.now);
        let daemon = Daemon::start_reading_with(program, &self.settings, clock, Arc::new(|_, _| {})).await.unwrap();
        self.daemon = Some(daemon);
        self.settle().await;
    }

    /// Lets time pass, minute by minute where something is due, and everything happen that happens then.
    async fn at(&mut self, text: &str) {
        let until: Timestamp = format!("2026-{text}:00Z").parse().unwrap();
        while self.now < until {
            let next = self.settle().await.unwrap_or(until);
            self.now = next.clamp(self.now + SignedDuration::from_secs(1), until);
        }
        self.settle().await;
    }

    async fn settle(&mut self) -> Option<Timestamp> {
        let daemon = self.daemon.as_mut().unwrap();
        daemon.clock().set(self.now);
        for _ in 0..PASSES_A_MOMENT_MAX {
            match daemon.pass().await.unwrap() {
                Some(next) if next <= self.now => {}
                next => return next,
            }
        }
        panic!("it does not come to rest at {}", self.now);
    }

    /// Letters of this kind that left since the last time.
    fn left(&mut self, kind: &str) -> Vec<String> {
        let files = fs::read_dir(self.folder.path().join("out")).unwrap().map(|file| file.unwrap().path());
        let mut new: Vec<PathBuf> = files.filter(|path| !self.taken.contains(path)).collect();
        new.sort();
        new.retain(|path| path.to_string_lossy().ends_with(&format!("-{kind}.eml")));
        let texts = new.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        self.taken.extend(new);
        texts
    }

    async fn arrives(&mut self, raw: &str) {
        self.delivered += 1;
        let name = format!("{}.M{}P1.host", self.now.as_second(), self.delivered);
        let maildir = Maildir::open(&self.folder.path().join("sa"), false).unwrap();
        maildir.deliver(Folder::Inbox, &name, raw.as_bytes()).unwrap();
        self.settle().await;
    }

    fn rung(&self) -> String {
        fs::read_to_string(self.folder.path().join("rung")).unwrap_or_default()
    }

    fn steps(&self) -> usize {
        self.journal().lines().count()
    }

    fn journal(&self) -> String {
        fs::read_to_string(self.folder.path().join("var/journal/steps.jsonl")).unwrap_or_default()
    }

    fn heartbeat(&self) -> Timestamp {
        fs::read_to_string(self.folder.path().join("heartbeat")).unwrap().trim().parse().unwrap()
    }
}

fn plan() -> Option<CanaryPlan> {
    Some(CanaryPlan { every_minutes: 60, late_minutes: 30 })
}

fn question(from: &str, id: &str) -> String {
    format!(
        "From: {from}\r\nTo: sa@ers.example\r\nSubject: A question\r\nMessage-ID: <{id}>\r\n\r\nWhich template?\r\n"
    )
}

#[tokio::test]
async fn a_message_to_ourselves_that_comes_back_is_counted_and_nothing_else() {
    let mut stage = Stage::start(plan()).await;
    let [canary] = stage.left("canary").try_into().unwrap();
    assert!(
        canary.contains("Auto-Submitted: auto-generated\r\n") && canary.contains("X-Auto-Response-Suppress: All\r\n")
    );
    for field in ["From:", "To:"] {
        let line = canary.lines().find(|line| line.starts_with(field)).unwrap();
        assert!(line.contains("sa@ers.example"), "{line}");
    }

    // One that only looks like it counts for nothing.
    let forged = canary.replacen("Message-ID: <assured.", "Message-ID: <assured.0", 1);
    stage.arrives(&forged).await;
    stage.at("11-23T09:29").await;
    stage.arrives(&canary).await;
    assert!(stage.journal().lines().last().unwrap().contains("canary-back"));
    let before = stage.steps();
    stage.at("11-23T09:59").await;
    assert_eq!(
        (stage.steps(), stage.left("canary").len()),
        (before, 0),
        "nothing is written by a look that finds nothing"
    );

    let sa = MailboxName::new("sa");
    let look = move |desk: &assured::desk::Desk| Ok((desk.store().account(&sa)?.unwrap(), desk.store().cases()?.len()));
    let (account, cases) = stage.daemon.as_ref().unwrap().desk().look(look).await.unwrap();
    assert_eq!((account.received(), account.filed, account.ignored, account.canaries, cases), (2, 0, 2, 1, 0));
    stage.at("11-23T10:00").await;
    assert_eq!((stage.left("canary").len(), stage.rung()), (1, String::new()));
}

#[tokio::test]
async fn one_that_is_lost_is_told_once_by_letter_and_by_the_alarm_until_one_comes_back() {
    let mut stage = Stage::start(plan()).await;
    assert_eq!(stage.left("canary").len(), 1);
    // Before the first message there is no digest.
    stage.arrives(&question("a@one.example", "1@one.example")).await;
    stage.at("11-23T09:29").await;
    assert_eq!((stage.rung(), stage.left("staff-attention").len()), (String::new(), 0));
    stage.at("11-23T09:31").await;
    let rung = stage.rung();
    assert!(rung.starts_with("rung canary-missing sa\nA test message to ourselves did not come back\n"), "{rung}");
    assert!(
        rung.contains("written at 09:00 on Monday 23 November 2026 has not come back within 30 minutes."),
        "{rung}"
    );
    let [told] = stage.left("staff-attention").try_into().unwrap();
    assert!(told.contains("did not come back"), "{told}");

    // Neither the next one that is lost, nor a new start.
    stage.restart().await;
    stage.at("11-23T12:00").await;
    stage.restart().await;
    stage.at("11-23T12:45").await;
    assert_eq!((stage.rung(), stage.left("staff-attention").len()), (rung.clone(), 0));
    let lost = stage.left("canary");
    assert!((2..=4).contains(&lost.len()), "one an hour goes on trying: {}", lost.len());

    stage.at("11-24T08:30").await;
    let digest = stage.left("digest").concat().replace("=\r\n", "");
    assert!(digest.contains("did not come back in time"), "{digest}");
    let newest = stage.left("canary").pop().unwrap();
    stage.arrives(&newest).await;
    assert!(stage.journal().contains("\"fact\":\"trouble-over\""));
    stage.at("11-24T10:02").await;
    assert_eq!(stage.rung().matches("rung canary-missing").count(), 2, "lost again, and told again");
}

#[tokio::test]
async fn a_mailbox_that_falls_silent_is_told_once_until_somebody_outside_writes() {
    let mut stage = Stage::start(None).await;
    stage.arrives(&question("a@one.example", "1@one.example")).await;
    stage.at("11-24T12:00").await;
    stage.arrives(&question("jo@ers.example", "2@ers.example")).await;
    stage.at("11-25T08:59").await;
    assert_eq!((stage.rung(), stage.heartbeat()), (String::new(), stage.now));
    stage.at("11-25T09:01").await;
    let rung = stage.rung();
    assert!(rung.starts_with("rung mail-silent sa\n") && rung.contains("since Monday 23 November 2026"), "{rung}");
    stage.restart().await;
    stage.at("11-27T12:00").await;
    assert_eq!(stage.rung(), rung);

    stage.arrives(&question("b@two.example", "3@two.example")).await;
    assert!(stage.journal().contains("\"fact\":\"trouble-over\""));
    stage.at("12-01T12:01").await;
    assert_eq!(stage.rung().matches("rung mail-silent").count(), 2, "silent again, and told again");
    assert_eq!(
        stage.left("staff-attention").iter().filter(|letter| letter.contains("longer than is usual")).count(),
        2
    );
}
