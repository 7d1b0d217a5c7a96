//! Goal 3: a look into a mailbox where nothing is new, and whether it costs more where much old mail lies.

use std::sync::Arc;
use std::time::{Duration, Instant};

use assured::adapters::clock::Clock;
use assured::config::{Secrets, Settings};
use assured::daemon::Daemon;

use crate::dovecot::Dovecot;
use crate::imap::Imap;
use crate::mail::{SA, days_ago, just_now, question_from};
use crate::program::Setup;
use crate::proxy::Proxy;
use crate::table::{Table, millis, ratio};
use crate::usage::own_cpu;

const FEW: u32 = 10;
const MANY: u32 = 100_000;
/// Of one mailbox: inbox, Sent and Junk.
const FOLDERS: f64 = 3.0;
const WARM_UP: u32 = 50;
const POLLS: u32 = 1_000;

/// One empty poll, on average.
#[derive(Clone, Copy, Debug)]
struct Poll {
    wall: Duration,
    cpu: Duration,
}

pub(crate) fn measure(table: &mut Table) {
    let dovecot = Dovecot::start(1);
    let mut imap = dovecot.log_in(SA);
    imap.append("INBOX", days_ago(10), &question_from("a@old.example", "one@old.example"));
    imap.ask("SELECT INBOX");
    copies(&mut imap, 1, FEW);
    let (few, commands) = (poll(dovecot.ports().imap), round_trips(&dovecot));
    table.note(&format!(
        "{POLLS} polls of an inbox, a Sent and a Junk folder; the ticker and the post room look too each time"
    ));
    table.row(
        "3",
        "empty poll: commands on each connection",
        commands / FOLDERS,
        "1",
        "one connection a folder: inbox, Sent, Junk",
    );
    table.row("3", &format!("empty poll, {FEW} old messages: CPU ms"), millis(few.cpu), "1", &wall(few));
    copies(&mut imap, FEW, MANY);
    let many = poll(dovecot.ports().imap);
    table.row("3", &format!("empty poll, {MANY} old messages: CPU ms"), millis(many.cpu), "1", &wall(many));
    table.row(
        "3",
        &format!("CPU with {MANY} old messages, times that with {FEW}"),
        ratio(many.cpu, few.cpu),
        "1.2",
        "",
    );
}

fn wall(poll: Poll) -> String {
    format!("{:.2} ms by the clock", millis(poll.wall))
}

/// Copies what is there until there are `wanted` messages: far quicker than bringing each.
fn copies(imap: &mut Imap, mut there: u32, wanted: u32) {
    while there < wanted {
        let more = there.min(wanted - there);
        imap.ask(&format!("COPY 1:{more} INBOX"));
        imap.ask("NOOP");
        there += more;
    }
}

fn poll(imap_port: u16) -> Poll {
    polls(imap_port, POLLS, || 0).0
}

fn round_trips(dovecot: &Dovecot) -> f64 {
    let proxy = Proxy::before(dovecot.ports().imap);
    let (_, commands) = polls(proxy.port(), POLLS / 10, || proxy.lines());
    commands as f64 / f64::from(POLLS / 10)
}

/// Empty polls, and by how much `count` grew meanwhile.
fn polls(imap_port: u16, polls: u32, count: impl Fn() -> usize) -> (Poll, usize) {
    let setup = Setup { imap_port, smtp_port: 1, answer_from: just_now().to_string(), staff_alerts: "observe" };
    let program = setup.prepare();
    let settings = Settings::load(&program.path("assured.toml"), Secrets::Checked).expect("a sound configuration");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut daemon = Daemon::start(&settings, Clock::real(), Arc::new(|_, _| {})).await.expect("a start");
        for _ in 0..WARM_UP {
            daemon.pass().await.expect("a poll");
        }
        let cases = daemon.desk().look(|desk| desk.store().cases()).await.expect("the cases");
        assert_eq!(cases.len(), 0, "old mail is only remembered");
        let (commands, cpu, begun) = (count(), own_cpu(), Instant::now());
        for _ in 0..polls {
            daemon.pass().await.expect("a poll");
        }
        let poll = Poll { wall: begun.elapsed() / polls, cpu: (own_cpu() - cpu) / polls };
        let commands = count() - commands;
        daemon.finish().expect("an end");
        (poll, commands)
    })
}
