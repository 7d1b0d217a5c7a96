//! Goal 5: the clock's tick, the start and a rebuild, with up to a million open cases and a million records.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use assured::adapters::clock::Clock as Time;
use assured::adapters::store::Store;
use assured::config::{Secrets, Settings};
use assured::daemon::Daemon;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::history::{AT_ONCE as DUE, Ending, History};
use crate::table::{Table, median, millis, ratio};
use crate::usage::{own_bytes_read, own_cpu};

const CASES: [u32; 3] = [1_000, 100_000, 1_000_000];
const TICKS: u32 = 9;
const RECORDS: u32 = 1_000_000;

pub(crate) fn ticks(table: &mut Table) {
    table.note(&format!(
        "ticks with {DUE} broken promises each, a notice written for every one; {TICKS} ticks, medians"
    ));
    let mut first: Option<[Duration; 3]> = None;
    for cases in CASES {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let settings = settings(folder.path());
        let mut history = History::new(&settings, DUE * TICKS);
        write(folder.path(), cases, |to| (0..cases).for_each(|number| history.submission(to, number, Ending::Silent)));
        let now = history.first_tick();
        Store::rebuild(&settings.var, now).expect("a sound journal");
        let measured = tick(&settings, now);
        let least = *first.get_or_insert(measured);
        let [wall, cpu, idle] = measured;
        let beside = format!("CPU {:.1} ms; {:.1} ms with none due", millis(cpu), millis(idle));
        table.row("5", &format!("tick with {cases} open cases: wall ms"), millis(wall), "-", &beside);
        if cases > CASES[0] {
            table.row("5", &format!("  CPU, times that with {}", CASES[0]), ratio(cpu, least[1]), "2", "");
        }
    }
}

/// Wall and CPU of a tick with cases due, and CPU of one with none.
fn tick(settings: &Settings, now: Timestamp) -> [Duration; 3] {
    let time = Time::simulated(now);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut daemon = Daemon::start(settings, time.clone(), Arc::new(|_, _| {})).await.expect("a start");
        daemon.pass().await.expect("a first pass");
        let (mut walls, mut cpus, mut idles) = (Vec::new(), Vec::new(), Vec::new());
        for number in 1..=TICKS {
            let cpu = own_cpu();
            daemon.pass().await.expect("an idle pass");
            idles.push((own_cpu() - cpu).as_secs_f64());
            let before = daemon.desk().look(|desk| Ok(desk.store().last_step())).await.expect("a look");
            time.set(now + SignedDuration::from_mins(i64::from(number)));
            let (cpu, begun) = (own_cpu(), Instant::now());
            daemon.pass().await.expect("a pass");
            walls.push(begun.elapsed().as_secs_f64());
            cpus.push((own_cpu() - cpu).as_secs_f64());
            let after = daemon.desk().look(|desk| Ok(desk.store().last_step())).await.expect("a look");
            assert_eq!(after - before, u64::from(DUE), "each case that was due, and no other, was woken");
        }
        daemon.finish().expect("an end");
        [walls, cpus, idles].map(|values| Duration::from_secs_f64(median(values)))
    })
}

pub(crate) fn rebuild(table: &mut Table) {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let settings = settings(folder.path());
    let mut history = History::new(&settings, 0);
    let cases = RECORDS / 3;
    let bytes = write(folder.path(), cases, |to| {
        (0..cases).for_each(|number| history.submission(to, number, Ending::Acknowledged));
    });
    let now = history.first_tick();
    let records = history.records();
    table.note(&format!(
        "{records} records, {:.0} MB: submissions with an acknowledgement, the start and the end of its attempt",
        bytes as f64 / 1e6
    ));
    let (cpu, begun) = (own_cpu(), Instant::now());
    Store::rebuild(&settings.var, now).expect("a sound journal");
    let (wall, cpu) = (begun.elapsed(), own_cpu() - cpu);
    let beside = format!("{:.0} seconds in all, CPU {:.0}", wall.as_secs_f64(), cpu.as_secs_f64());
    table.row("5", "rebuild: records a second", records as f64 / wall.as_secs_f64(), "40000", &beside);
    start(table, &settings, now, bytes);
}

fn start(table: &mut Table, settings: &Settings, now: Timestamp, journal_bytes: u64) {
    let mut walls = Vec::new();
    let mut read = 0;
    for _ in 0..5 {
        let (bytes, begun) = (own_bytes_read(), Instant::now());
        let (store, opening) = Store::open(&settings.var, now).expect("sound records");
        walls.push(begun.elapsed().as_secs_f64());
        read = own_bytes_read() - bytes;
        assert_eq!((opening.caught_up, opening.rebuilt), (0, None), "the start reads only the tail");
        drop(store);
    }
    let part = 100.0 * read as f64 / journal_bytes as f64;
    let beside = format!("{:.1} MB read, {part:.1}% of the journal's size", read as f64 / 1e6);
    table.row("5", "start with these records: seconds", median(walls), "0.3", &beside);
}

/// Writes a journal and answers with its size.
fn write(folder: &Path, cases: u32, records: impl FnOnce(&mut dyn Write)) -> u64 {
    let path = folder.join("var/journal");
    fs::create_dir_all(&path).expect("a folder");
    let path = path.join("steps.jsonl");
    let mut file = BufWriter::new(File::create(&path).expect("a journal"));
    records(&mut file);
    file.flush().expect("room on the disk");
    drop(file);
    let bytes = fs::metadata(path).expect("a journal").len();
    assert!(bytes > u64::from(cases), "{bytes} bytes");
    bytes
}

/// Letters are decided, rendered and kept, and stay.
fn settings(folder: &Path) -> Settings {
    let text = "staff_alerts = \"observe\"\noutbox_folder = \"outbox\"\n[[mailbox]]\nname = \"sa\"\n\
                address = \"solution.assurance@ers.example\"\nteam = \"sa\"\nmaildir = \"mail\"\n[[staff]]\n\
                name = \"Jo Marsh\"\naddress = \"jo.marsh@ers.example\"\nroles = [\"sa\"]\n";
    for part in ["outbox", "mail/cur", "mail/new", "mail/tmp"] {
        fs::create_dir_all(folder.join(part)).expect("a folder");
    }
    Settings::from_text(&folder.join("assured.toml"), text, Secrets::Unseen).expect("a sound configuration")
}
