//! Goals 6 and 7: the published SCAL, where it lies beside this project; the size of the binary, and its start.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::dovecot::Dovecot;
use crate::mail::just_now;
use crate::program::{BINARY, Setup};
use crate::proxy::Proxy;
use crate::table::{Table, median, mib};
use crate::usage::{self, Used};
use crate::wait_for;

const ROUNDS: usize = 11;

pub(crate) fn published(table: &mut Table) {
    let scal = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/scal/SCAL_vsn2.0.xlsx");
    if !scal.exists() {
        table.note(&format!("{} is not there: goal 6 is not measured", scal.display()));
        return;
    }
    table.note("assured inspect --json SCAL_vsn2.0.xlsx: both processes, with their starts");
    let runs: Vec<Used> = (0..ROUNDS).map(|_| inspect(&scal)).collect();
    let wall = median(runs.iter().map(|used| used.wall.as_secs_f64()).collect());
    let peak = mib(runs.iter().map(|used| used.peak_kib).max());
    table.row("6", "published SCAL: seconds", wall, "0.15", "read in full");
    table.row("6", "published SCAL: peak MiB, both processes", peak, "64", "");
}

fn inspect(scal: &Path) -> Used {
    let command = |out| {
        let mut command = Command::new(BINARY);
        command.args(["inspect", "--json"]).arg(scal).stdout(out);
        command
    };
    let (used, _) = usage::run(&mut command(Stdio::null()));
    let said = command(Stdio::piped()).output().expect("the program runs");
    assert!(String::from_utf8_lossy(&said.stdout).contains("\"kind\":\"scal\""), "it was not recognised");
    used
}

pub(crate) fn start(table: &mut Table) {
    let bytes = std::fs::metadata(BINARY).expect("the binary").len();
    table.row("7", "binary: MiB", bytes as f64 / f64::from(1 << 20), "25", "");
    let dovecot = Dovecot::start(1);
    let first_polls = (0..ROUNDS).map(|_| {
        let proxy = Proxy::before(dovecot.ports().imap);
        let setup = Setup {
            imap_port: proxy.port(),
            smtp_port: 1,
            answer_from: just_now().to_string(),
            staff_alerts: "observe",
        };
        let mut program = setup.prepare();
        let begun = program.start();
        let polled = wait_for("the first poll", 30, || proxy.first_examine());
        program.stop();
        (polled - begun).as_secs_f64()
    });
    table.row("7", "start to first poll: seconds", median(first_polls.collect()), "0.3", "new records, login included");
}
