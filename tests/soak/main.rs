//! A year of two mailboxes in minutes: the program under a clock that jumps from event to event, 200 messages a day,
//! and everything that goes wrong, by chance. Nothing is lost, nothing doubled, every notice comes once, memory stays
//! flat and files in bounds. `tests/killed` is about kills in real time, this one about a long life.
//!
//! It runs where `ASSURED_SOAK_DAYS` says how long: 7 take a minute, and a year wants a release build. `ASSURED_SOAK_MESSAGES`
//! a day (200) and `ASSURED_SOAK_SEED` set what happens. The same seed gives the same messages and faults; a kill falls
//! where it falls.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod child;
#[allow(dead_code, reason = "shared with tests/killed, which goes through all of it")]
#[path = "../killed/damage.rs"]
mod damage;
mod disk;
#[allow(dead_code, reason = "shared with tests/servers, which asks more of it")]
#[path = "../servers/dovecot.rs"]
mod dovecot;
#[allow(dead_code, reason = "shared with the generator of fixtures")]
#[path = "../../fixtures/generate/mail/encode.rs"]
mod encode;
mod faults;
#[allow(dead_code, reason = "shared with tests/servers, which asks more of it")]
#[path = "../servers/imap.rs"]
mod imap;
mod ledger;
#[path = "../servers/machine.rs"]
mod machine;
mod mail;
mod people;
mod program;
mod proxy;
#[path = "../killed/random.rs"]
mod random;
mod settings;
mod sink;
#[allow(dead_code, reason = "shared with tests/servers, which asks more of it")]
#[path = "../servers/tokens.rs"]
mod tokens;
mod world;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use assured::adapters::store;
use clap::Parser;
use machine::{free_ports, is_root, wait_for};
use world::{World, size};

const NAME: &str = "soak";
const DAYS: &str = "ASSURED_SOAK_DAYS";
/// Over so many days the same faults come more seldom, and every other month the program is left alive.
const SHORT_DAYS_MAX: usize = 30;
const WEEK: usize = 7;
const MONTH: usize = 30;
const OPEN_FILES_MAX: usize = 64;
const STEP_BYTES_MAX: u64 = 2_048;
const PAGE_TABLE_BYTES_A_STEP: u64 = 100;
const STORE_BYTES_LEAST: u64 = 64 << 20;
const STORE_BYTES_A_STEP_MAX: u64 = 4_096;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        // The program starts its readers from its own file.
        Some("read") => assured::cli::Cli::parse().execute().unwrap(),
        Some("daemon") => {
            child::run(Path::new(&arguments[1]), arguments[2].parse().unwrap());
            ExitCode::SUCCESS
        }
        _ if is_asked_for(&arguments) && std::env::var_os(DAYS).is_none() => {
            println!("soak: not run; {DAYS}=7 runs a week of it");
            ExitCode::SUCCESS
        }
        _ if is_asked_for(&arguments) && servers_are_installed() => {
            soak();
            ExitCode::SUCCESS
        }
        _ => ExitCode::SUCCESS,
    }
}

/// As the usual harness takes its arguments: names, or parts of them, choose.
fn is_asked_for(arguments: &[String]) -> bool {
    let mut names = arguments.iter().filter(|argument| !argument.starts_with('-')).peekable();
    let chosen = names.peek().is_none() || names.any(|name| NAME.contains(name.as_str()));
    chosen && !["--list", "--ignored"].iter().any(|option| arguments.iter().any(|argument| argument == option))
}

fn servers_are_installed() -> bool {
    let installed = dovecot::NEEDS.iter().all(|part| Path::new(part).exists());
    assert!(installed || std::env::var_os("ASSURED_REQUIRE_SERVERS").is_none(), "Dovecot is missing");
    if !installed {
        eprintln!("skipped: the soak needs a mail server: apt-get install dovecot-imapd dovecot-lmtpd");
    }
    installed
}

fn soak() {
    let days = number_from(DAYS, 7);
    let messages = number_from("ASSURED_SOAK_MESSAGES", 200);
    let seed = number_from("ASSURED_SOAK_SEED", 20_261_122).max(1);
    println!("soak: {days} days, {messages} messages a day, ASSURED_SOAK_SEED={seed}");
    let short = days <= SHORT_DAYS_MAX;
    let mut world = World::new(seed as u64);
    if !world.has_disk() {
        println!("soak: without a full disk, since only root can mount a small one");
    }
    let mut memory_kib = Vec::new();
    let mut began = Instant::now();
    for day in 1..=days {
        let long_lives = !short && (day / MONTH) % 2 == 1;
        if long_lives && day % MONTH == 0 {
            world.restart();
        }
        world.day(messages, if short { 3 } else { 1 }, long_lives);
        if day % WEEK == 0 {
            world.tidy_cases();
        }
        memory_kib.extend(world.memory_kib().map(|kib| (day, kib)));
        assert!(world.program.open_files().is_none_or(|files| files <= OPEN_FILES_MAX));
        if day % MONTH == 0 || day == days {
            report(&world, day, &memory_kib, began);
            began = Instant::now();
        }
    }
    world.come_to_rest();
    if world.program.is_running() {
        world.program.stop();
    }
    check(&mut world, &memory_kib);
}

fn report(world: &World, day: usize, memory_kib: &[(usize, u64)], began: Instant) {
    let ledger = &world.ledger;
    let recent = memory_kib.iter().filter(|(then, _)| then + MONTH > day).map(|(_, kib)| *kib);
    println!(
        "soak: day {day}: {} steps, {} letters, {} notices, at most {} MiB in memory this month, {:?} files open, \
         journal {} MiB, store {} MiB, {:.0} s",
        ledger.steps,
        ledger.letters(),
        ledger.notices_given,
        recent.max().unwrap_or_default() >> 10,
        world.program.open_files(),
        ledger.journal_bytes() >> 20,
        size(&world.var().join("store")).0 >> 20,
        began.elapsed().as_secs_f32(),
    );
}

/// What must hold in the end.
fn check(world: &mut World, memory_kib: &[(usize, u64)]) {
    let ledger = &world.ledger;
    ledger.check();
    ledger.check_received(&world.delivered);
    ledger.check_wire(&world.sink.heard());
    let account = &ledger.account;
    assert_eq!(account.received, account.filed + account.ignored + account.left_to_staff + account.copies);

    let var = world.var();
    let verified = store::verify(&var, None).unwrap();
    assert_eq!(verified.steps, ledger.steps);
    check_files(world);
    check_memory(memory_kib, ledger.steps);

    let (promises, heard) = (&ledger.kept, world.sink.heard());
    println!("soak: {account:?}");
    println!("soak: {} letters, attempts ended {:?}", ledger.letters(), ledger.outcomes);
    println!("soak: {} copies on the wire", heard.taken.values().map(|taken| taken.copies - 1).sum::<u64>());
    println!("soak: {} notices, {promises:?}", ledger.notices_given);
    println!("soak: {} starts, faults {:?}", world.starts, world.faults);
    println!("soak: troubles told {:?}", ledger.troubles);
}

/// Files grow with what is recorded, and with nothing else.
fn check_files(world: &World) {
    let (ledger, var) = (&world.ledger, world.var());
    let (store_bytes, _) = size(&var.join("store"));
    let (_, blobs) = size(&var.join("blobs"));
    println!("soak: journal {} bytes a step, store {store_bytes} bytes", ledger.journal_bytes() / ledger.steps);
    println!("soak: {blobs} blobs for {} texts", ledger.blobs());
    assert!(ledger.journal_bytes() / ledger.steps < STEP_BYTES_MAX);
    assert!(store_bytes < STORE_BYTES_LEAST + ledger.steps * STORE_BYTES_A_STEP_MAX, "{store_bytes}");
    // A kill may leave a text behind that no step names.
    assert!(blobs >= ledger.blobs() && blobs - ledger.blobs() <= 100 + ledger.blobs() / 20, "{blobs}");
}

/// After the first month, or half of a short run, the program needs no more than it did by then, but for what sled
/// keeps in memory of every page: some 70 bytes for each step on record.
fn check_memory(memory_kib: &[(usize, u64)], steps: u64) {
    let early = memory_kib.len().div_ceil(2).min(MONTH);
    let most = |part: &[(usize, u64)]| part.iter().map(|(_, kib)| *kib).max().unwrap_or_default();
    let (first, later) = memory_kib.split_at(early);
    let (first, later) = (most(first), most(later));
    let pages = (steps * PAGE_TABLE_BYTES_A_STEP) >> 10;
    println!("soak: at most {} MiB in memory at first, and {} MiB later", first >> 10, later >> 10);
    assert!(later <= first + first / 2 + (16 << 10) + pages, "{memory_kib:?}");
}

fn number_from(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
