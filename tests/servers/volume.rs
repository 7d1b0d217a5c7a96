//! Much mail at once, and large mail.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use crate::daemon::Setup;
use crate::dovecot::Dovecot;
use crate::mail::{SA, just_now, large_scal_from, question_from, scal_from};
use crate::sink::Sink;
use crate::{show, wait_for};

const BACKLOG: usize = 2_000;
/// Each twentieth message brings a workbook.
const WORKBOOK_EVERY: usize = 20;
const CAPS_RAISED: &str = "[caps]\nminute_max = 100000\nbreaker_hour_max = 100000\n\
                           correspondent_hour_max = 100000\ncorrespondent_day_max = 100000\n";
/// What the daemon itself may ever hold in memory while it takes in a message of 40 MB; its readers are limited apart.
const MEMORY_KIB_MAX: u64 = 400 * 1024;

pub(crate) fn a_backlog_of_2000_messages_is_filed_once_each() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut imap = dovecot.log_in(SA);
    for number in 0..BACKLOG {
        let (sender, id) = (sender(number), format!("{number}@backlog.example"));
        let with_workbook = number % WORKBOOK_EVERY == 0;
        let raw = if with_workbook { scal_from(&sender, &id) } else { question_from(&sender, &id) };
        imap.append("INBOX", just_now(), &raw);
    }
    let setup = Setup { tables: CAPS_RAISED.to_owned(), ..Setup::default() };
    let begun = Instant::now();
    let mut assured = setup.start(&dovecot, sink.port());
    wait_for("2,000 cases", 150, || (assured.cases() >= BACKLOG).then_some(()));
    let filed = begun.elapsed();
    // An acknowledgement and a notice to staff for each.
    wait_for("4,000 letters", 150, || (sink.count() >= 2 * BACKLOG).then_some(()));
    let answered = begun.elapsed();
    assured.stop();
    let rate = BACKLOG as f64 / filed.as_secs_f64();
    show(&format!("{BACKLOG} messages: filed in {filed:.1?} ({rate:.0} a second), all letters out in {answered:.1?}"));

    assert_eq!(assured.cases(), BACKLOG);
    let mut letters: BTreeMap<String, usize> = BTreeMap::new();
    for letter in sink.letters() {
        *letters.entry(letter.to).or_default() += 1;
    }
    for number in 0..BACKLOG {
        assert_eq!(letters.get(&sender(number)), Some(&1), "letters to {}", sender(number));
    }
    let verified = assured.run(&["journal", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

fn sender(number: usize) -> String {
    format!("someone@supplier-{number}.example")
}

pub(crate) fn a_message_of_40_mb_is_filed_and_answered_in_little_memory() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let raw = large_scal_from("a@large.example", "one@large.example", 29_000_000);
    assert!(raw.len() > 39_000_000, "{} bytes", raw.len());
    dovecot.log_in(SA).append("INBOX", just_now(), &raw);
    drop(raw);
    let begun = Instant::now();
    let assured = Setup::default().start(&dovecot, sink.port());
    assured.wait_for_cases(1);
    let letter = wait_for("the acknowledgement", 60, || {
        sink.letters().into_iter().find(|letter| letter.to == "a@large.example")
    });
    assert!(letter.says("SCAL.xlsx"), "{}", String::from_utf8_lossy(&letter.raw));
    assert_eq!(assured.rows(&["case", "ERS-00001"])[0]["submissions"].as_array().unwrap().len(), 1);
    let memory_kib = memory_high_water_kib(assured.pid());
    show(&format!("40 MB: filed and answered in {:.1?} with at most {} MiB", begun.elapsed(), memory_kib / 1024));
    assert!(memory_kib < MEMORY_KIB_MAX, "{memory_kib} KiB");
}

fn memory_high_water_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
