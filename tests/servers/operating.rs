//! What the people who run the program meet: wrong settings, a second daemon, the command line beside a daemon.

use crate::daemon::{Assured, Setup};
use crate::dovecot::Dovecot;
use crate::letters::Letter;
use crate::mail::{LSOB, SA, STAFF, just_now, question_from, scal_from, team_reply};
use crate::sink::Sink;
use crate::wait_for;

fn wrong_password(dovecot: &Dovecot) -> String {
    let port = dovecot.ports().imap;
    format!("host = \"127.0.0.1\", port = {port}, tls = \"none\", password_file = \"wrong\"")
}

pub(crate) fn a_wrong_password_is_told_once_and_not_tried_in_a_storm() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let setup = Setup { imap: [Some(wrong_password(&dovecot)), None], ..Setup::default() };
    let mut assured = setup.prepare(&dovecot, sink.port());
    std::fs::write(assured.path("wrong"), "some-other-word\n").unwrap();
    assured.start();
    let told = wait_for("staff to be told", 60, || letters_about_trouble(&sink).into_iter().next());
    assert!(told.says("refuses the login") && told.says("password"), "{}", String::from_utf8_lossy(&told.raw));

    // The other mailbox goes on: three polls of it at least.
    let mut imap = dovecot.log_in(LSOB);
    for (count, sender) in [(1, "a@one.example"), (2, "b@two.example"), (3, "c@three.example")] {
        imap.append("INBOX", just_now(), &question_from(sender, sender));
        assured.wait_for_cases(count);
    }
    let attempts = dovecot.log().lines().filter(|line| line.contains("Password mismatch")).count();
    assert_eq!(attempts, 1, "{}", dovecot.log());
    assert_eq!(letters_about_trouble(&sink).len(), 1);
    let log = assured.log();
    let line = log.lines().find(|line| line.contains("login refused")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("mailbox=sa") && line.contains("check `user` and the password"), "{line}");
    assert!(!log.contains("some-other-word") && !told.says("some-other-word"));

    // Once it is right again nothing else is needed than a restart, and it is not told of again.
    std::fs::copy(assured.path("password"), assured.path("wrong")).unwrap();
    assured.stop();
    dovecot.log_in(SA).append("INBOX", just_now(), &question_from("d@four.example", "four@four.example"));
    assured.start();
    assured.wait_for_cases(4);
    assert_eq!(letters_about_trouble(&sink).len(), 1);
}

pub(crate) fn a_wrong_password_for_sending_keeps_the_letters_until_it_is_renewed() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let smtp = |user: &str, password: &str| {
        let port = dovecot.ports().submission;
        Some(format!(
            "host = \"127.0.0.1\", port = {port}, tls = \"none\", user = \"{user}\", password_file = \"{password}\""
        ))
    };
    let setup = Setup { smtp: [smtp(SA, "wrong"), smtp(LSOB, "password")], ..Setup::default() };
    let mut assured = setup.prepare(&dovecot, sink.port());
    std::fs::write(assured.path("wrong"), "some-other-word\n").unwrap();
    assured.start();
    let mut imap = dovecot.log_in(SA);
    for (count, sender) in [(1, "a@one.example"), (2, "b@two.example"), (3, "c@three.example")] {
        imap.append("INBOX", just_now(), &question_from(sender, sender));
        assured.wait_for_cases(count);
    }
    // Mail goes on being filed, and staff are told by the way that is open. One attempt was enough to know.
    let told = wait_for("staff to be told", 60, || sink.letters().into_iter().find(|letter| letter.to == STAFF));
    assert!(told.says("login refused") && told.header("From").contains(LSOB), "{}", String::from_utf8_lossy(&told.raw));
    assert_eq!(sink.count(), 1);
    let attempts = dovecot.log().lines().filter(|line| line.contains("Password mismatch")).count();
    assert_eq!(attempts, 1, "{}", dovecot.log());
    let log = assured.log();
    assert!(log.contains("Letters cannot leave") && log.contains("login refused"), "{log}");

    // A person renews it and asks for one letter; the others follow.
    std::fs::copy(assured.path("password"), assured.path("wrong")).unwrap();
    let letters = assured.outbox("acknowledgement");
    let waiting = letters.iter().find(|letter| letter["state"] == "waiting" && letter["attempts"] == 1).unwrap();
    let retried = assured.run(&["outbox", "retry", waiting["letter"].as_str().unwrap()]);
    assert!(retried.status.success(), "{}", String::from_utf8_lossy(&retried.stderr));
    for sender in ["a@one.example", "b@two.example", "c@three.example"] {
        wait_for(sender, 60, || sink.letters().iter().any(|letter| letter.to == sender).then_some(()));
    }
}

fn letters_about_trouble(sink: &Sink) -> Vec<Letter> {
    let attention = |letter: &Letter| letter.to == STAFF && letter.says("refuses the login");
    sink.letters().into_iter().filter(attention).collect()
}

pub(crate) fn check_tries_everything_and_names_what_is_wrong() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut imap = dovecot.log_in(SA);
    imap.append("INBOX", just_now(), &question_from("a@one.example", "one@one.example"));
    imap.append("Sent Items", just_now(), &team_reply("a@one.example", "one@one.example"));
    let automatic = question_from(LSOB, "assured.1.0.5f3a@ers.example");
    dovecot.log_in(LSOB).append("Sent Items", just_now(), &automatic);
    let before = dovecot.files(SA);
    let port = dovecot.ports().submission;
    let submission =
        format!("host = \"127.0.0.1\", port = {port}, tls = \"none\", user = \"{SA}\", password_file = \"password\"");
    let good = Setup { smtp: [Some(submission), None], ..Setup::default() }.prepare(&dovecot, sink.port());
    let told = check(&good, 0);
    let imap_port = dovecot.ports().imap;
    for line in [
        &format!("✓ mailbox sa, server 127.0.0.1: port {imap_port} over IPv4 answers (addresses: 1)"),
        "✓ mailbox sa, login at 127.0.0.1: accepted",
        "✓ mailbox sa, news of new mail: the server offers to tell it (IDLE)",
        "✓ mailbox sa, folder \"INBOX\": 1 messages",
        "✓ mailbox sa, answers of people in \"Sent Items\": 1 of the latest 1 messages are of people",
        &format!("✓ mailbox sa, right to send as {SA}: sender and recipient are taken; nothing was sent"),
        "✓ mailbox lsob, way out at 127.0.0.1: ready",
    ] {
        assert!(told.lines().any(|said| said == line), "{line}\n{told}");
    }
    let doubt = "! mailbox lsob, answers of people in \"Sent Items\": all mail there is automatic. ";
    assert!(told.lines().any(|said| said.starts_with(doubt)), "{told}");
    let rows = good.rows(&["check"]);
    assert!(rows.len() == told.lines().count() && rows.iter().all(|row| row["ok"] != false), "{rows:?}");

    let imap = |more: &str| {
        format!("host = \"127.0.0.1\", port = {imap_port}, tls = \"none\", password_file = \"password\", {more}")
    };
    let setup = Setup {
        imap: [Some(wrong_password(&dovecot)), Some(imap("sent = \"Posted\""))],
        smtp: [None, Some("host = \"no-such-host.invalid\"".to_owned())],
        ..Setup::default()
    };
    let bad = setup.prepare(&dovecot, sink.port());
    std::fs::write(bad.path("wrong"), "some-other-word\n").unwrap();
    let told = check(&bad, 1);
    for (start, part) in [
        ("✗ mailbox sa, login at 127.0.0.1: ", "check `user` and the password"),
        ("✓ mailbox sa, way out at 127.0.0.1: ", "ready"),
        ("✓ mailbox lsob, folder \"INBOX\": ", "0 messages"),
        ("✗ mailbox lsob, folder \"Posted\": ", "there is no such folder; name one of these: "),
        ("✗ mailbox lsob, folder \"Posted\": ", "\"Sent Items\""),
        ("✗ mailbox lsob, server for sending no-such-host.invalid: ", "leads to no address"),
    ] {
        assert!(told.lines().any(|said| said.starts_with(start) && said.contains(part)), "{start}{part}\n{told}");
    }
    assert!(!told.contains("some-other-word"), "{told}");
    assert_eq!((sink.count(), dovecot.files(SA)), (0, before));
    assert!(!good.path("var").exists() && !bad.path("var").exists());
}

fn check(assured: &Assured, code: i32) -> String {
    let output = assured.run(&["check"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(code), "{told}");
    told
}

pub(crate) fn a_second_daemon_is_refused() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut assured = Setup::default().start(&dovecot, sink.port());
    let second = assured.run(&["run"]);
    let told = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{told}");
    assert!(told.contains(&assured.pid().to_string()), "it names the process in its way: {told}");
    // The first one still serves, and its socket is still there.
    dovecot.log_in(SA).append("INBOX", just_now(), &question_from("a@one.example", "one@one.example"));
    assured.wait_for_cases(1);
    assured.stop();
    assert!(!assured.path("var/assured.sock").exists());
}

pub(crate) fn commands_go_through_the_running_daemon() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut assured = Setup::default().start(&dovecot, sink.port());
    dovecot.log_in(SA).append("INBOX", just_now(), &scal_from("a@one.example", "one@one.example"));
    assured.wait_for_cases(1);
    let held = assured.run(&["do", "ERS-00001", "!hold waiting for the clinical safety team"]);
    assert!(held.status.success(), "{}", String::from_utf8_lossy(&held.stderr));
    assert_eq!(assured.rows(&["explain", "ERS-00001"])[0]["state"], "held");
    let again = assured.run(&["do", "ERS-00001", "!hold once more"]);
    assert_eq!(again.status.code(), Some(1), "a refused command is told so");
    assert!(!again.stderr.is_empty());
    let unknown = assured.run(&["case", "ERS-00099"]);
    assert_eq!(unknown.status.code(), Some(1));
    assured.stop();
    // What was recorded through the daemon is there without it.
    assert_eq!(assured.rows(&["explain", "ERS-00001"])[0]["state"], "held");
    let story = assured.rows(&["case", "ERS-00001"]);
    assert!(story[0]["story"].to_string().contains("command-given"), "{story:?}");
}
