//! The records from outside: rebuilt they are the same, damage is found, told and mended or refused, one process holds
//! them, and a full disk loses nothing (DESIGN.md, "What is kept, and why it cannot be lost").
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use assured::adapters::clock::Clock;
use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// The records that a month of the demo leaves.
struct Records {
    folder: TempDir,
}

impl Records {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("demo");
        let output = program().args(["demo", "--once"]).arg(&root).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        Self { folder }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("demo")
    }

    fn journal(&self) -> PathBuf {
        self.root().join("var/journal/steps.jsonl")
    }

    fn assured(&self, arguments: &[&str]) -> Output {
        assured(&self.root(), arguments)
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], code: i32) -> Output {
        let output = self.assured(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", told(&output));
        output
    }

    fn cases(&self) -> String {
        String::from_utf8(self.check(&["cases", "--json"], 0).stdout).unwrap()
    }

    /// Names in `var` that begin with `stem`.
    fn set_aside(&self, stem: &str) -> usize {
        let names = fs::read_dir(self.root().join("var")).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with(stem)).count()
    }
}

#[test]
fn the_store_is_a_fold_of_the_journal() {
    let records = Records::new();
    records.check(&["journal", "verify"], 0);
    let cases = records.cases();
    assert_eq!(cases.lines().count(), 3, "{cases}");
    let journal = fs::read(records.journal()).unwrap();
    let store = records.root().join("var/store");

    fs::remove_dir_all(&store).unwrap();
    let rebuilt = records.check(&["rebuild"], 0);
    let steps = journal.iter().filter(|byte| **byte == b'\n').count();
    assert!(told(&rebuilt).contains(&format!("from {steps} steps")), "{}", told(&rebuilt));
    assert_eq!(records.cases(), cases);

    assert_eq!(fs::read(records.journal()).unwrap(), journal, "reading writes no step");

    fs::remove_dir_all(&store).unwrap();
    let asked = records.check(&["cases", "--json"], 0);
    assert_eq!(String::from_utf8_lossy(&asked.stdout), cases, "it is rebuilt without being asked for");
    let says = String::from_utf8_lossy(&asked.stderr);
    assert!(says.contains("the records were mended. The reason: the rows are missing"), "{says}");
    let now = fs::read(records.journal()).unwrap();
    let more = String::from_utf8(now.strip_prefix(journal.as_slice()).unwrap().to_vec()).unwrap();
    assert!(more.contains("store-rebuilt") && more.contains("staff-attention"), "staff are told: {more}");
}

#[test]
fn a_damaged_store_is_set_aside_and_rebuilt() {
    let records = Records::new();
    let cases = records.cases();
    for (damage, part) in [("conf", 0.5), ("db", 0.1), ("db", 0.4), ("db", 0.7)] {
        let path = records.root().join("var/store").join(damage);
        let mut bytes = fs::read(&path).unwrap();
        let (from, length) = ((bytes.len() as f64 * part) as usize, bytes.len());
        bytes[from..length.min(from + 20_000)].iter_mut().for_each(|byte| *byte ^= 0x5a);
        fs::write(&path, bytes).unwrap();
        assert_eq!(records.cases(), cases, "{damage} at {part}");
        records.check(&["journal", "verify"], 0);
    }
    assert!(records.set_aside("store.bad") > 0);
}

#[test]
fn a_torn_last_line_is_set_aside_and_the_program_goes_on() {
    let records = Records::new();
    let cases = records.cases();
    let sound = fs::read(records.journal()).unwrap();
    let torn = [sound.as_slice(), br#"{"v":1,"n":137,"prev":"ab"#].concat();
    fs::write(records.journal(), torn).unwrap();
    let verified = records.check(&["journal", "verify"], 0);
    assert!(told(&verified).contains("bytes follow the last step"), "{}", told(&verified));

    let daemon = Daemon::start(&records.root());
    daemon.wait_for("Running");
    daemon.wait_for("25 bytes at the end of the journal were no whole entry");
    daemon.stop();
    assert_eq!(records.set_aside("journal.torn"), 1);
    let journal = fs::read(records.journal()).unwrap();
    assert!(journal.starts_with(&sound), "what was recorded is untouched");
    let more = String::from_utf8(journal[sound.len()..].to_vec()).unwrap();
    assert!(more.contains(r#""trouble":"journal-cut""#) && more.contains("staff-attention"), "staff are told: {more}");
    assert_eq!(records.cases().lines().count(), cases.lines().count());
    records.check(&["journal", "verify"], 0);
}

#[test]
fn a_changed_journal_is_refused_with_its_line() {
    let records = Records::new();
    let sound = fs::read_to_string(records.journal()).unwrap();
    // One letter of a subject in line 8, so that it is still JSON.
    let eighth = sound.lines().take(7).map(|line| line.len() + 1).sum::<usize>();
    let at = eighth + sound[eighth..].find("Acorn").unwrap();
    let mut bytes = sound.into_bytes();
    bytes[at] = b'E';
    fs::write(records.journal(), &bytes).unwrap();
    let store = records.root().join("var/store");

    let refused = records.check(&["journal", "verify"], 1);
    assert!(told(&refused).contains("steps.jsonl, line 9 "), "the next line tells: {}", told(&refused));
    let refused = records.check(&["rebuild"], 1);
    assert!(told(&refused).contains("Nothing was changed"), "{}", told(&refused));
    for is_there in [true, false] {
        for arguments in [["cases", "--json"], ["run", "-v"]] {
            let refused = records.check(&arguments, 1);
            assert!(told(&refused).contains("line 9 "), "{arguments:?}, {is_there}: {}", told(&refused));
        }
        fs::remove_dir_all(&store).ok();
    }
    assert_eq!(fs::read(records.journal()).unwrap(), bytes, "nothing is cut");
}

#[test]
fn one_process_holds_the_records_and_others_go_through_it() {
    let records = Records::new();
    let alone = records.cases();
    let daemon = Daemon::start(&records.root());
    daemon.wait_for("Running");
    for arguments in [["run", "-v"], ["rebuild", "-v"]] {
        let refused = records.check(&arguments, 1);
        let says = told(&refused);
        assert!(says.contains("is held by process") && says.contains(&daemon.pid()), "{arguments:?}: {says}");
    }
    assert_eq!(records.cases().lines().count(), alone.lines().count(), "over the socket");
    let noted = records.check(&["do", "ERS-00001", "!hold the safety officer is away"], 0);
    assert!(!told(&noted).contains("when the daemon runs"), "{}", told(&noted));
    records.check(&["do", "ERS-00099", "!accept"], 1);
    records.check(&["journal", "verify"], 0);
    daemon.stop();
    let story = records.check(&["case", "ERS-00001", "--json"], 0);
    assert!(told(&story).contains("the safety officer is away"), "{}", told(&story));
}

#[test]
fn a_full_disk_takes_nothing_in_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    for part in ["var", "sa/tmp", "sa/new", "sa/cur"] {
        fs::create_dir_all(root.join(part)).unwrap();
    }
    let Some(_disk) = SmallDisk::mount(&root.join("var")) else {
        println!("skipped: only root can mount a small disk to fill up");
        return;
    };
    fs::write(root.join("assured.toml"), CONFIG).unwrap();
    let daemon = Daemon::start(root);
    daemon.wait_for("Running");
    deliver(root, "01-care-vista-scal");
    daemon.wait_for("message-arrived");
    let journal = || fs::read_to_string(root.join("var/journal/steps.jsonl")).unwrap();
    let taken_in = || journal().matches(r#""event":{"event":"message-arrived""#).count();

    // Little is left, so no mail is taken in, but staff can still be told; then hardly anything.
    let ballast = root.join("var/ballast");
    fill(&ballast, &root.join("var"), 12);
    deliver(root, "02-acorn-scal-with-gaps");
    daemon.wait_for("only 12 MiB are free on the disk of the records");
    daemon.wait_for("trouble-found");
    fill(&ballast, &root.join("var"), 3);
    deliver(root, "09-northgate-scal");
    daemon.wait_for("only 3 MiB are free");
    let refused = assured(root, &["do", "ERS-00001", "!hold until there is room"]);
    assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
    assert!(told(&refused).contains("is full"), "{}", told(&refused));
    assert_eq!(taken_in(), 1);

    fs::remove_file(&ballast).unwrap();
    let began = Instant::now();
    while taken_in() < 3 || !journal().contains("trouble-ended") {
        assert!(began.elapsed() < PATIENCE, "{}", daemon.log());
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(6));
    assert_eq!(taken_in(), 3, "each once, also after another look");
    assert!(!journal().contains("message-quarantined"), "a full disk is no fault of a message");
    daemon.stop();
    assert_eq!(assured(root, &["journal", "verify"]).status.code(), Some(0));
    let cases = assured(root, &["cases", "--json"]).stdout;
    assert_eq!(cases.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count(), 3);
    let rows = assured(root, &["outbox", "--json"]).stdout;
    for row in String::from_utf8(rows).unwrap().lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        assert_eq!(row["state"], "sent", "{row}");
    }
}

/// A daemon whose log is kept; killed if a test ends without stopping it.
struct Daemon {
    child: std::cell::RefCell<Child>,
    log: PathBuf,
}

impl Daemon {
    fn start(root: &Path) -> Self {
        let log = root.join("log");
        let kept = fs::File::create(&log).unwrap();
        let mut command = program();
        command.arg("run").arg("--config").arg(root.join("assured.toml"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(kept).spawn().unwrap();
        Self { child: child.into(), log }
    }

    fn pid(&self) -> String {
        self.child.borrow().id().to_string()
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    #[track_caller]
    fn wait_for(&self, words: &str) {
        let began = Instant::now();
        while !self.log().contains(words) {
            let ended = self.child.borrow_mut().try_wait().unwrap();
            let patient = ended.is_none() && began.elapsed() < PATIENCE;
            assert!(patient, "the log does not say {words:?} ({ended:?}):\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn stop(&self) {
        Command::new("kill").args(["-TERM", &self.pid()]).status().unwrap();
        let status = self.child.borrow_mut().wait().unwrap();
        assert!(status.success(), "{status}:\n{}", self.log());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        child.kill().ok();
        child.wait().ok();
    }
}

/// A file system of 48 MiB in memory, unmounted in the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"]).arg(at).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

/// Lets a file grow until only so much, and a half, is free.
fn fill(ballast: &Path, disk: &Path, left_mib: u64) {
    let free = Command::new("df").args(["--output=avail", "-B1"]).arg(disk).output().unwrap();
    let free: u64 = String::from_utf8(free.stdout).unwrap().lines().last().unwrap().trim().parse().unwrap();
    let mut bytes = fs::read(ballast).unwrap_or_default();
    bytes.resize(bytes.len() + (free - (left_mib << 20) - (1 << 19)) as usize, 0);
    fs::write(ballast, bytes).unwrap();
}

fn deliver(root: &Path, name: &str) {
    let raw = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo").join(format!("{name}.eml"));
    let now = Clock::real().now().as_second();
    fs::copy(raw, root.join("sa/tmp/message")).unwrap();
    fs::rename(root.join("sa/tmp/message"), root.join("sa/new").join(format!("{now}.{name}.host"))).unwrap();
}

fn assured(root: &Path, arguments: &[&str]) -> Output {
    program().args(arguments).arg("--config").arg(root.join("assured.toml")).output().unwrap()
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assured"));
    command.env_remove("RUST_LOG").env_remove("ASSURED_CONFIG");
    command
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const CONFIG: &str = r#"
answer_from = "2020-01-01"
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
