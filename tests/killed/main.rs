//! A run that is killed again and again ends like one that is not (DESIGN.md, "What is kept, and why it cannot be lost"
//! and "Letters out"): each message is handled by one step, each letter is committed once and reaches the wire at least
//! once, recognisably the same. Nor does damage to the records between a kill and the next start change the end.
//! `ASSURED_KILLS` sets how many kills (30), `ASSURED_SEED` where they fall.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod damage;
mod mail;
mod random;
mod record;
mod sink;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use damage::Damage;
use mail::Wave;
use random::Random;
use record::{Tail, timeless, told};
use serde_json::Value;
use sink::Sink;
use tempfile::TempDir;

const LOOK_PAUSE: Duration = Duration::from_millis(2);
/// Without progress for so long something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// Every so many kills one falls into a start rather than after some progress.
const KILL_AT_START_EVERY: u64 = 5;
/// After every so many kills the records are damaged before the next start.
const DAMAGE_EVERY: u64 = 3;

#[test]
fn a_run_killed_again_and_again_ends_like_an_undisturbed_one() {
    let kills = number_from("ASSURED_KILLS", 30);
    let seed = number_from("ASSURED_SEED", 20_261_122);
    println!("kills {kills}, seed {seed}");

    let began = Instant::now();
    let mut calm = Run::new();
    calm.go_on_until(|run| run.is_done());
    calm.stop();
    println!("undisturbed: {:.1} s, {} bytes of journal", began.elapsed().as_secs_f32(), calm.tail.bytes);

    let began = Instant::now();
    let mut rough = Run::new();
    let mut random = Random(seed.max(1));
    let mut damages = BTreeMap::new();
    for kill in 1..=kills {
        let (reached, before) = (calm.tail.bytes * kill / (kills + 1), rough.tail.finished);
        let at_start = kill % KILL_AT_START_EVERY == 0;
        rough.go_on_until(|run| at_start || run.is_done() || (run.tail.bytes >= reached && run.tail.finished > before));
        thread::sleep(Duration::from_millis(random.below(if at_start { 400 } else { 40 })));
        rough.kill();
        if kill % DAMAGE_EVERY == 0 {
            let damage = Damage::ALL[(kill / DAMAGE_EVERY) as usize % Damage::ALL.len()];
            damage.inflict(&rough.folder.path().join("var"), rough.tail.steps.len(), &mut random);
            *damages.entry(damage).or_insert(0) += 1;
        }
        rough.start();
    }
    rough.go_on_until(|run| run.is_done());
    rough.stop();
    println!("killed: {:.1} s, {} bytes of journal", began.elapsed().as_secs_f32(), rough.tail.bytes);

    compare(&calm, &rough);
    let (_, besides) = told(&rough.tail.steps);
    let on_the_wire = rough.sink.taken().len();
    println!(
        "{kills} kills, damage {damages:?}, {} letters, {} of unknown outcome, {} resent, troubles told: {:?}",
        besides.letters.len(),
        besides.unknown_outcomes,
        on_the_wire - besides.letters.len(),
        besides.troubles,
    );
}

fn compare(calm: &Run, rough: &Run) {
    let ((expected, _), (facts, besides)) = (told(&calm.tail.steps), told(&rough.tail.steps));
    let (messages, letters) = (expected.messages.len(), expected.letters.values().sum::<usize>());
    assert!(messages >= 40 && letters >= 60, "too little happened: {messages} messages, {letters} letters");
    for (what, counts) in [("taken in", &facts.messages), ("known", &facts.known)] {
        let again: Vec<_> = counts.iter().filter(|(_, count)| **count != 1).collect();
        assert!(again.is_empty(), "{what} more than once: {again:?}");
    }
    assert_eq!(besides.quarantined, 0, "a kill is not the fault of the message in hand");
    assert_same("messages", &expected.messages, &facts.messages);
    assert_same("identities", &expected.known, &facts.known);
    assert_same("letters", &expected.letters, &facts.letters);
    for run in [calm, rough] {
        run.check_wire();
        let verified = run.assured(&["journal", "verify"]);
        assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stderr));
    }
    let cases = rough.cases();
    assert_eq!(calm.cases(), cases);
    let rebuilt = rough.assured(&["rebuild"]);
    assert_eq!(rebuilt.status.code(), Some(0), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    assert_eq!(rough.cases(), cases, "the store is a fold of the journal");
}

#[track_caller]
fn assert_same(what: &str, expected: &BTreeMap<String, usize>, found: &BTreeMap<String, usize>) {
    let missing: Vec<_> = expected.iter().filter(|(key, count)| found.get(*key) != Some(count)).collect();
    let extra: Vec<_> = found.iter().filter(|(key, count)| expected.get(*key) != Some(count)).collect();
    assert!(missing.is_empty() && extra.is_empty(), "{what}: missing {missing:#?}, extra {extra:#?}");
}

struct Run {
    folder: TempDir,
    sink: Sink,
    tail: Tail,
    daemon: Option<Child>,
    waves: std::vec::IntoIter<Wave>,
    /// The Maildir names of the wave that is under way.
    under_way: Vec<String>,
    /// How long the log was at the last start.
    log_at_start: usize,
}

impl Run {
    /// The first wave lies in the mailbox before the program starts.
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for maildir in ["sa", "sa/.Sent", "lsob", "lsob/.Sent"] {
            for part in ["tmp", "new", "cur"] {
                fs::create_dir_all(folder.path().join(maildir).join(part)).unwrap();
            }
        }
        let sink = Sink::start();
        fs::write(folder.path().join("assured.toml"), config(sink.port)).unwrap();
        let tail = Tail::of(&folder.path().join("var"));
        let mut waves = mail::waves().into_iter();
        let under_way = waves.next().unwrap().deliver(folder.path());
        let mut run = Self { folder, sink, tail, daemon: None, waves, under_way, log_at_start: 0 };
        run.start();
        run
    }

    fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        self.log_at_start = log.metadata().unwrap().len() as usize;
        let daemon = self.command(&["run"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        self.daemon = Some(daemon);
    }

    /// Lets the run go on, with new mail whenever the last is taken in, until `reached`.
    fn go_on_until(&mut self, reached: impl Fn(&Self) -> bool) {
        let mut progress = (self.tail.bytes, Instant::now());
        loop {
            self.tail.update();
            if self.tail.has_taken_in(&self.under_way)
                && let Some(wave) = self.waves.next()
            {
                self.under_way = wave.deliver(self.folder.path());
            }
            if reached(self) {
                return;
            }
            if let Some(status) = self.daemon.as_mut().unwrap().try_wait().unwrap() {
                panic!("the daemon ended by itself with {status}:\n{}", self.last_of_log());
            }
            if self.tail.bytes > progress.0 {
                progress = (self.tail.bytes, Instant::now());
            }
            assert!(progress.1.elapsed() < PATIENCE, "nothing happens any more:\n{}", self.last_of_log());
            thread::sleep(LOOK_PAUSE);
        }
    }

    fn is_done(&self) -> bool {
        self.waves.len() == 0 && self.tail.has_taken_in(&self.under_way) && self.tail.is_outbox_empty()
    }

    fn kill(&mut self) {
        let mut daemon = self.daemon.take().unwrap();
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        self.tail.update();
    }

    fn stop(&mut self) {
        // Only a daemon that runs listens for the signal.
        let began = Instant::now();
        while !fs::read_to_string(self.log()).unwrap()[self.log_at_start..].contains("Running") {
            assert!(began.elapsed() < PATIENCE, "{}", self.last_of_log());
            thread::sleep(LOOK_PAUSE);
        }
        let mut daemon = self.daemon.take().unwrap();
        Command::new("kill").args(["-TERM", &daemon.id().to_string()]).status().unwrap();
        let status = daemon.wait().unwrap();
        assert!(status.success(), "{status}:\n{}", self.last_of_log());
        self.tail.update();
    }

    /// Each letter reached the wire at least once, always the bytes that were committed, to the one recorded; and
    /// nothing else did.
    fn check_wire(&self) {
        let (_, besides) = told(&self.tail.steps);
        let taken = self.sink.taken();
        for transaction in &taken {
            let letter = besides.letters.get(&transaction.message_id);
            let (to, raw) = letter.unwrap_or_else(|| panic!("no such letter was committed: {transaction:?}"));
            assert_eq!((&transaction.to, &transaction.sha256), (to, raw), "{}", transaction.message_id);
        }
        for (id, letter) in &besides.letters {
            assert!(taken.iter().any(|transaction| transaction.message_id == *id), "never sent: {id} {letter:?}");
        }
        // No byte leaves before its attempt is on the record: a kill in between adds an attempt, never a copy.
        for (letter, id) in &besides.ids {
            let copies = taken.iter().filter(|transaction| transaction.message_id == *id).count();
            let attempts = besides.attempts.get(letter).copied().unwrap_or_default();
            assert!(copies <= attempts, "letter {letter}: {copies} copies on the wire, {attempts} attempts recorded");
        }
    }

    /// Every case with its submissions and participants, as the command line tells them, without times.
    fn cases(&self) -> Vec<Value> {
        let listed = self.rows(&["cases", "--json"]);
        let story = |case: &Value| self.rows(&["case", case["case"].as_str().unwrap(), "--json"]);
        listed.iter().flat_map(story).map(timeless).collect()
    }

    fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.assured(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn assured(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assured"));
        command.args(arguments).arg("--config").arg(self.folder.path().join("assured.toml")).env_remove("RUST_LOG");
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn last_of_log(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            daemon.kill().ok();
            daemon.wait().ok();
        }
    }
}

/// Nothing waits for the clock but a letter of unknown outcome, and no brake holds letters back.
fn config(port: u16) -> String {
    format!(
        r#"
answer_from = "2020-01-01"
poll_secs = 5
sent_lookup_secs = 1
[caps]
correspondent_hour_max = 100_000
correspondent_day_max = 100_000
minute_max = 100_000
breaker_hour_max = 100_000
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
[[mailbox]]
name = "sa"
address = "solution.assurance@ers.example"
team = "sa"
level = "send"
maildir = "sa"
[[mailbox]]
name = "lsob"
address = "live.services@ers.example"
team = "lsob"
level = "send"
maildir = "lsob"
[[staff]]
name = "Jo Marsh"
address = "jo.marsh@ers.example"
roles = ["sa"]
[[staff]]
name = "Sam Okafor"
address = "sam.okafor@ers.example"
roles = ["sa", "lsob"]
"#
    )
}

fn number_from(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
