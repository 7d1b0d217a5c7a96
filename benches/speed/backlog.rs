//! Goals 1, 2 and 4: a backlog is fetched, read cell by cell, filed and acknowledged, beside `mbsync`, which only
//! downloads it; and one very large message.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::corpus::{Mail, backlog};
use crate::dovecot::{Dovecot, PASSWORD};
use crate::mail::{SA, days_ago, just_now, large_scal_from};
use crate::program::{Program, Setup, Total};
use crate::sink::Sink;
use crate::table::{Table, mib, millis, ratio};
use crate::usage::{self, Used};

const PATIENCE: Duration = Duration::from_secs(120);
/// So much noise makes a message of just under 60 MiB, the largest that the configuration allows.
const LARGEST_NOISE_BYTES: usize = 45_500_000;

/// One run over a backlog.
#[derive(Clone, Copy, Debug)]
struct Run {
    wall: Duration,
    total: Total,
}

pub(crate) fn measure(table: &mut Table, count: usize, rounds: usize) {
    let mails = backlog(count);
    let bytes = mails.iter().map(|mail| mail.raw.len()).sum::<usize>();
    let dovecot = Dovecot::start(1);
    fill(&dovecot, &mails);
    table.note(&format!("{count} messages, {:.1} MB in all, rounds: {rounds}", bytes as f64 / 1e6));
    // Kept to the end: a file system is slow for a while where many files were just removed.
    let mut kept = Vec::new();
    let (mut ours, mut theirs, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        theirs.extend(mbsync(&dovecot, count));
        let (run, program) = pipeline(&dovecot, &mails, "observe");
        ours.push(run);
        kept.push(program);
        let (run, program) = pipeline(&dovecot, &mails, "send");
        told.push(run);
        kept.push(program);
    }
    report(table, count, &ours, &theirs, &told);
}

fn report(table: &mut Table, count: usize, ours: &[Run], theirs: &[Used], told: &[Run]) {
    let n = count as f64;
    let rate = |run: &Run| n / run.wall.as_secs_f64();
    let cpu = |run: &Run| millis(run.total.cpu) / n;
    let best = ours.iter().map(rate).fold(0.0, f64::max);
    let rate_median = median(ours.iter().map(rate));
    table.row(
        "1",
        &format!("backlog of {count}: messages a second (best round)"),
        rate_median,
        "200",
        &format!("{best:.0}"),
    );
    table.row("1", &format!("backlog of {count}: CPU ms a message"), median(ours.iter().map(cpu)), "8", "");
    let notices = format!("{:.0} a second", median(told.iter().map(rate)));
    table.row("1", "  the same with notices to staff sent too: CPU ms", median(told.iter().map(cpu)), "-", &notices);
    if theirs.is_empty() {
        table.note("mbsync is not installed (Debian: isync): no wall ratio");
    } else {
        let ratios = ours.iter().zip(theirs).map(|(run, peer)| ratio(run.wall, peer.wall));
        let least = ratios.clone().fold(f64::MAX, f64::min);
        let peer_rate = n / median(theirs.iter().map(|peer| peer.wall.as_secs_f64()));
        let beside = format!("best {least:.1}; mbsync {peer_rate:.0} a second");
        table.row("2", &format!("backlog of {count}: wall, times mbsync's (FSync yes)"), median(ratios), "3", &beside);
        let cpu_ratios = ours.iter().zip(theirs).map(|(run, peer)| ratio(run.total.cpu, peer.cpu));
        let peer_cpu = median(theirs.iter().map(|peer| millis(peer.cpu) / n));
        let beside =
            format!("mbsync {peer_cpu:.2} ms a message, {:.0} MiB", mib(theirs.iter().map(|t| t.peak_kib).max()));
        table.row("2", &format!("backlog of {count}: CPU, times mbsync's"), median(cpu_ratios), "-", &beside);
    }
    memory(table, &format!("backlog of {count}"), ours, "64");
}

fn memory(table: &mut Table, what: &str, runs: &[Run], goal: &str) {
    let daemon = mib(runs.iter().map(|run| run.total.daemon_peak_kib).max());
    let readers = mib(runs.iter().map(|run| run.total.readers_peak_kib).max());
    let parts = format!("daemon {daemon:.0}, its readers together {readers:.0}");
    table.row("4", &format!("{what}: peak MiB, all processes"), daemon + readers, goal, &parts);
    let own = mib(runs.iter().map(|run| run.total.own_kib).max());
    table.row("4", "  of it their own at the end, the program's code not counted with each", own, "-", "");
}

/// A message as large as may be.
pub(crate) fn largest(table: &mut Table, rounds: usize) {
    let sender = "a@large.example";
    let raw = large_scal_from(sender, "one@large.example", LARGEST_NOISE_BYTES);
    assert!(raw.len() < 60 << 20, "{} bytes", raw.len());
    let goal = format!("{}", 64 + 4 * (raw.len() >> 20));
    let mails = [Mail { sender: sender.to_owned(), raw, documents: 1, pictures: 1, answered: true }];
    let dovecot = Dovecot::start(1);
    fill(&dovecot, &mails);
    let (mut runs, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        runs.push(pipeline(&dovecot, &mails, "observe").0);
        theirs.extend(mbsync(&dovecot, 1));
    }
    let what = format!("one message of {} MiB", mails[0].raw.len() >> 20);
    memory(table, &what, &runs, &goal);
    let peer = format!("mbsync: {:.0} MiB", mib(theirs.iter().map(|used| used.peak_kib).max()));
    table.row("4", &format!("{what}: wall seconds"), median(runs.iter().map(|run| run.wall.as_secs_f64())), "-", &peer);
}

fn fill(dovecot: &Dovecot, mails: &[Mail]) {
    let mut imap = dovecot.log_in(SA);
    for mail in mails {
        imap.append("INBOX", just_now(), &mail.raw);
    }
}

/// From the start of the program until the last acknowledgement is taken; then all counts are checked.
fn pipeline(dovecot: &Dovecot, mails: &[Mail], staff_alerts: &'static str) -> (Run, Program) {
    let sink = Sink::start();
    let answered = mails.iter().filter(|mail| mail.answered).count();
    let expected = if staff_alerts == "send" { 2 * answered } else { answered };
    let setup = Setup {
        imap_port: dovecot.ports().imap,
        smtp_port: sink.port(),
        answer_from: days_ago(1).to_string(),
        staff_alerts,
    };
    let mut program = setup.prepare();
    let begun = program.start();
    while sink.count() < expected {
        program.assert_running();
        if begun.elapsed() > PATIENCE {
            let kept = program.keep();
            panic!("{} of {expected} letters; the records are kept in {}", sink.count(), kept.display());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let wall = begun.elapsed();
    settled(&program, expected);
    let total = program.stop();
    check(&program, &sink, mails, expected);
    (Run { wall, total }, program)
}

/// The end of the last attempt is recorded a moment after its letter was taken.
fn settled(program: &Program, letters: usize) {
    let end = Instant::now() + PATIENCE;
    while program.journal().matches("\"event\":\"attempt-ended\"").count() < letters {
        assert!(Instant::now() < end, "the last attempt has no end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// All filed, all acknowledged once, none set aside, every document read and recognised.
fn check(program: &Program, sink: &Sink, mails: &[Mail], expected: usize) {
    let journal = program.journal();
    let count = |text: &str| journal.matches(text).count();
    assert_eq!(count("\"event\":{\"event\":\"message-arrived\""), mails.len(), "messages on the record");
    assert_eq!(count("message-quarantined"), 0, "quarantined");
    let pictures = mails.iter().map(|mail| mail.pictures).sum::<usize>();
    assert_eq!(count("\"readable\":false"), pictures, "documents that could not be read");
    let read = count("\"kind\":{\"kind\":\"scal\"") + count("\"kind\":{\"kind\":\"witness-pack\"");
    assert_eq!(read, mails.iter().map(|mail| mail.documents).sum::<usize>(), "documents that were recognised");
    assert_eq!(sink.count(), expected, "letters");
    for mail in mails.iter().filter(|mail| mail.answered) {
        assert!(sink.letters().iter().any(|letter| letter.to == mail.sender), "no letter to {}", mail.sender);
    }
    let cases = program.rows(&["cases"]).len();
    assert!(cases > 0 && cases <= mails.len(), "{cases} cases");
}

/// `None` where it is not installed.
fn mbsync(dovecot: &Dovecot, messages: usize) -> Option<Used> {
    Command::new("mbsync").arg("--version").output().ok()?;
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = folder.path().display();
    let port = dovecot.ports().imap;
    let config = format!(
        "FSync yes\n\nIMAPAccount a\nHost 127.0.0.1\nPort {port}\nUser {SA}\nPass {PASSWORD}\nSSLType None\n\
         AuthMechs LOGIN\nPipelineDepth 50\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath {path}/\n\
         Inbox {path}/INBOX\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\n\
         Sync Pull\nSyncState *\n"
    );
    fs::write(folder.path().join("rc"), config).expect("a configuration");
    let (used, status) = usage::run(Command::new("mbsync").arg("-q").arg("-c").arg(folder.path().join("rc")).arg("c"));
    assert!(status.success(), "mbsync: {status}");
    let fetched = fs::read_dir(folder.path().join("INBOX/new")).map_or(0, Iterator::count)
        + fs::read_dir(folder.path().join("INBOX/cur")).map_or(0, Iterator::count);
    assert_eq!(fetched, messages, "messages that mbsync fetched");
    Some(used)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    crate::table::median(values.collect())
}
