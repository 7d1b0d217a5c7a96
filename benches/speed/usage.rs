//! What a process has used: processor time and peak memory, as Linux counts them.

use std::fs;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// USER_HZ, on every architecture that Linux runs on.
const TICKS_PER_SEC: u64 = 100;
const LOOK_EVERY: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak_kib: u64,
}

/// Processor time of a process with the children that it reaped and, below it, of those that still run.
pub(crate) fn cpu_of_tree(pid: u32) -> Duration {
    let own = stat(pid).map_or(0, |fields| (11..=14).filter_map(|at| number(&fields, at)).sum::<u64>());
    let below = children(pid).into_iter().map(cpu_of_tree).sum::<Duration>();
    Duration::from_millis(own * 1_000 / TICKS_PER_SEC) + below
}

/// Of this process and all its threads, to the nanosecond.
pub(crate) fn own_cpu() -> Duration {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

/// Bytes that this process has asked the system to read.
pub(crate) fn own_bytes_read() -> u64 {
    let text = fs::read_to_string("/proc/self/io").unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix("rchar: ")?.parse().ok()).unwrap_or(0)
}

pub(crate) fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

pub(crate) fn peak_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// What a process holds for itself: memory that no other process shares.
pub(crate) fn own_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Runs a command to its end. Its peak is that of the whole tree, each process at its own worst moment.
pub(crate) fn run(command: &mut Command) -> (Used, ExitStatus) {
    let reaped = || stat(std::process::id()).map_or(0, |f| (13..=14).filter_map(|at| number(&f, at)).sum::<u64>());
    let (before, begun) = (reaped(), Instant::now());
    let mut child = command.spawn().expect("a program that is installed");
    let (peak_kib, status) = watch(&mut child);
    let wall = begun.elapsed();
    (Used { wall, cpu: Duration::from_millis((reaped() - before) * 1_000 / TICKS_PER_SEC), peak_kib }, status)
}

fn watch(child: &mut Child) -> (u64, ExitStatus) {
    let mut peaks = std::collections::BTreeMap::new();
    loop {
        for pid in std::iter::once(child.id()).chain(children(child.id())) {
            let peak = peaks.entry(pid).or_insert(0);
            *peak = peak_kib(pid).max(*peak);
        }
        if let Some(status) = child.try_wait().expect("a child of our own") {
            return (peaks.into_values().sum(), status);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The fields of `/proc/PID/stat` behind the command, which may itself hold spaces and brackets.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_ascii_whitespace().map(str::to_owned).collect())
}

fn number(fields: &[String], at: usize) -> Option<u64> {
    fields.get(at)?.parse().ok()
}
