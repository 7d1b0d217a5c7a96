//! Does mail still come? Messages to ourselves by way of real servers, and the alarm when they do not come back.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use assured::adapters::clock::Clock;
use assured::config::{Secrets, Settings};
use assured::daemon::Daemon;
use assured::domain::calendar::Calendar;
use assured::domain::ids::MailboxName;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use crate::daemon::{Assured, Setup};
use crate::dovecot::Dovecot;
use crate::mail::{LSOB, SA};
use crate::postfix::Postfix;
use crate::sink::Sink;
use crate::{is_root, wait_for};

/// A program that adds what it is told to the file `rung`.
fn with_alarm(folder: &Path) {
    let rung = folder.join("rung");
    let lines =
        format!("#!/bin/sh\n{{ echo \"rung for $ASSURED_TROUBLE $ASSURED_MAILBOX\"; cat; }} >> {}\n", rung.display());
    fs::write(folder.join("alarm"), lines).unwrap();
    fs::set_permissions(folder.join("alarm"), Permissions::from_mode(0o755)).unwrap();
}

fn rung(assured: &Assured) -> String {
    fs::read_to_string(assured.path("rung")).unwrap_or_default()
}

/// What carries letters from the daemon to the inboxes.
enum Carrier {
    Postfix(Postfix),
    /// Where the tests may not start Postfix: a server that takes letters, and the test that puts them in place.
    Hand {
        sink: Sink,
        carried: usize,
    },
}

impl Carrier {
    fn port(&self) -> u16 {
        match self {
            Self::Postfix(postfix) => postfix.port(),
            Self::Hand { sink, .. } => sink.port(),
        }
    }

    fn carry(&mut self, dovecot: &Dovecot) {
        if let Self::Hand { sink, carried } = self {
            for letter in sink.letters().into_iter().skip(*carried) {
                *carried += 1;
                dovecot.log_in(&letter.to).append("INBOX", Clock::real().now(), &letter.raw);
            }
        }
    }
}

/// The program on the real servers, with a clock that shows a working day whatever the day is.
struct Watched {
    runtime: Runtime,
    settings: Settings,
    daemon: Option<Daemon>,
    now: Timestamp,
}

impl Watched {
    fn start(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.finish().unwrap();
        }
        let (program, clock) = (env!("CARGO_BIN_EXE_assured").into(), Clock::simulated(self.now));
        let started = Daemon::start_reading_with(program, &self.settings, clock, Arc::new(|_, _| {}));
        self.daemon = Some(self.runtime.block_on(started).unwrap());
    }

    fn pass(&mut self) {
        let daemon = self.daemon.as_mut().unwrap();
        daemon.clock().set(self.now);
        self.runtime.block_on(daemon.pass()).unwrap();
    }

    /// Looks once a minute for so long.
    fn minutes(&mut self, minutes: usize) {
        for _ in 0..minutes {
            self.now += SignedDuration::from_mins(1);
            self.pass();
        }
    }

    fn are_all_back(&self) -> bool {
        let look = |desk: &assured::desk::Desk| {
            let vigils = ["sa", "lsob"].map(|name| desk.store().vigil(&MailboxName::new(name)));
            vigils.into_iter().collect::<Result<Vec<_>, _>>()
        };
        let vigils = self.runtime.block_on(self.daemon.as_ref().unwrap().desk().look(look)).unwrap();
        vigils.iter().all(|vigil| vigil.canary.as_ref().is_some_and(|canary| canary.back_at.is_some()))
    }
}

/// The office opens next: what arrives now arrived before.
fn next_opening(calendar: &Calendar) -> Timestamp {
    calendar.opening(calendar.next_working_day(calendar.local_date(Clock::real().now())))
}

pub(crate) fn a_message_to_ourselves_comes_back_and_its_loss_is_told_once_by_another_way() {
    let dovecot = Dovecot::start(1);
    let mut carrier = match is_root() {
        true => Carrier::Postfix(Postfix::start(dovecot.ports().lmtp, "gone@supplier.example")),
        false => Carrier::Hand { sink: Sink::start(), carried: 0 },
    };
    let tables = "[canary]\nevery_minutes = 60\n[alarm]\ncommand = [\"alarm\"]\n".to_owned();
    let assured = Setup { tables, ..Setup::default() }.prepare(&dovecot, carrier.port());
    with_alarm(&assured.path(""));
    let settings = Settings::load(&assured.path("assured.toml"), Secrets::Checked);
    let settings = settings.map_err(|faults| format!("{faults:?}")).unwrap();
    let now = next_opening(&settings.policy.calendar);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut watched = Watched { runtime, settings, daemon: None, now };
    watched.start();
    wait_for("both to come back", 60, || {
        watched.pass();
        carrier.carry(&dovecot);
        watched.are_all_back().then_some(())
    });
    watched.minutes(40);
    assert_eq!((dovecot.messages(SA).len(), dovecot.messages(LSOB).len(), rung(&assured)), (1, 1, String::new()));

    // From here on no letter leaves.
    drop(carrier);
    watched.minutes(120);
    let told = rung(&assured);
    for about in
        ["canary-missing sa", "canary-missing lsob", "mail-server-unreachable sa", "mail-server-unreachable lsob"]
    {
        assert_eq!(told.matches(&format!("rung for {about}\n")).count(), 1, "{about}: {told}");
    }
    assert!(told.contains("has not come back within 30 minutes"), "{told}");
    watched.start();
    watched.minutes(60);
    assert_eq!(rung(&assured), told, "a new start rings for nothing that was told");
    watched.daemon.take().unwrap().finish().unwrap();
    assert_eq!(assured.outbox("canary").len(), 4, "none is written while one has still to leave");
}

pub(crate) fn an_alarm_for_a_refused_login_is_raised_once_and_the_heartbeat_waits_for_all_mailboxes() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let imap =
        format!("host = \"127.0.0.1\", port = {}, tls = \"none\", password_file = \"wrong\"", dovecot.ports().imap);
    let tables = "[alarm]\ncommand = [\"alarm\"]\nheartbeat_file = \"heartbeat\"\n".to_owned();
    let mut assured = Setup { tables, imap: [Some(imap), None], ..Setup::default() }.prepare(&dovecot, sink.port());
    with_alarm(&assured.path(""));
    fs::write(assured.path("wrong"), "some-other-word\n").unwrap();
    assured.start();
    wait_for("the alarm", 60, || rung(&assured).contains("check").then_some(()));
    let told = rung(&assured);
    assert!(told.starts_with("rung for login-refused sa\nA mailbox refuses the login\n"), "{told}");
    assert!(!told.contains("some-other-word"));
    assured.stop();
    assured.start();
    wait_for("a further refusal", 60, || (assured.log().matches("login refused").count() >= 2).then_some(()));
    assured.stop();
    assert_eq!((rung(&assured), assured.path("heartbeat").exists()), (told, false));

    fs::copy(assured.path("password"), assured.path("wrong")).unwrap();
    assured.start();
    wait_for("a heartbeat", 60, || assured.path("heartbeat").exists().then_some(()));
    let check = assured.run(&["check"]);
    let says = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(check.status.success() && says.contains("alarm is executable; it was not started"), "{says}");
}
