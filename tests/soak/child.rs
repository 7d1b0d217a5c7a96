//! The program under a clock that its tester sets: each line of standard input asks for something, and a line of
//! standard output answers. A process of its own, so that it can be killed and its memory measured.

use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::sync::Arc;

use assured::adapters::clock::Clock;
use assured::config::{Secrets, Settings};
use assured::daemon::Daemon;
use assured::domain::command::Order;
use assured::domain::event::Event;
use assured::domain::ids::CaseRef;
use jiff::{SignedDuration, Timestamp};

/// Passes at one moment: each may send letters that lead to another.
const PASSES_A_MOMENT_MAX: usize = 200;

pub(crate) fn run(config: &Path, start: Timestamp) {
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).with_ansi(false).init();
    let settings = Settings::load(config, Secrets::Checked).map_err(|faults| format!("{faults:?}")).unwrap();
    let clock = Clock::simulated(start);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut daemon = match Daemon::start(&settings, clock.clone(), Arc::new(|_, _| {})).await {
            Ok(daemon) => daemon,
            // What a service manager would see, and try again.
            Err(error) => return answer(&format!("failed {error:#}")),
        };
        answer("ready");
        for line in stdin().lock().lines().map_while(Result::ok) {
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb {
                "go" => {
                    clock.set(rest.parse().unwrap());
                    let next = settle(&mut daemon).await;
                    answer(&next.map_or_else(|| "none".to_owned(), |next| next.to_string()));
                }
                "put" => {
                    clock.put(SignedDuration::from_secs(rest.parse().unwrap()));
                    answer("put");
                }
                "tidy" => {
                    let (from, before) = rest.split_once(' ').unwrap();
                    let next = close_old(&daemon, CaseRef::parse(from).unwrap(), before.parse().unwrap()).await;
                    answer(&next.to_string());
                }
                "do" => answer(&command(&daemon, rest).await),
                "stop" => break,
                other => panic!("no such request: {other}"),
            }
        }
        daemon.finish().unwrap();
        answer("stopped");
    });
}

async fn settle(daemon: &mut Daemon) -> Option<Timestamp> {
    for _ in 0..PASSES_A_MOMENT_MAX {
        let now = daemon.clock().now();
        match daemon.pass().await.unwrap() {
            Some(next) if next <= now => {}
            next => return next,
        }
    }
    panic!("the program does not come to rest at {}", daemon.clock().now());
}

/// Closes what was opened before then, as staff do who go through their list; says where to go on.
async fn close_old(daemon: &Daemon, mut next: CaseRef, before: Timestamp) -> CaseRef {
    while let Some(case) = daemon.desk().look(move |desk| desk.store().case(next)).await.unwrap() {
        if case.opened_at >= before {
            break;
        }
        if case.is_open() {
            command(daemon, &format!("{next} !close dormant")).await;
        }
        next = next.next();
    }
    next
}

async fn command(daemon: &Daemon, words: &str) -> String {
    let (case, command) = words.split_once(' ').unwrap();
    let at = daemon.clock().now();
    let today = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (case, order) = (CaseRef::parse(case), Order::parse(command, today).unwrap());
    let Order { command, manner } = order;
    let event = Event::CommandGiven { at, by: "jo.marsh".to_owned(), case, command, manner };
    match daemon.desk().take(event, None).await {
        Ok(Ok(_)) => "done".to_owned(),
        Ok(Err(refusal)) => format!("refused {refusal}"),
        Err(error) if error.is_disk_full() => format!("refused {error}"),
        Err(error) => panic!("{error}"),
    }
}

fn answer(line: &str) {
    let mut output = stdout().lock();
    // Whoever asked may have gone away.
    writeln!(output, "{line}").and_then(|()| output.flush()).ok();
}
