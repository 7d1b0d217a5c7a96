//! What is read from a mailbox, when, and how often.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::daemon::{Assured, Setup};
use crate::dovecot::Dovecot;
use crate::letters::Letter;
use crate::mail::{LSOB, SA, STAFF, answer_from, days_ago, just_now, question_from, sample, scal_from, team_reply};
use crate::sink::Sink;
use crate::wait_for;

/// The samples, who sent each, and its Message-ID.
const SAMPLES: [(&str, &str, &str); 3] = [
    ("outlook-scal", "priya.nair@care-vista.example", "LO0P123MB0012A1B2C3@LO0P123MB0001.care-vista.example"),
    ("gmail-scal", "tom.ellis@clinic-bridge.example", "CAKx1y2z3@mail.clinic-bridge.example"),
    ("evolution-scal", "sam@north-street.example", "6f1e2d3c4b5a.camel@north-street.example"),
];

pub(crate) fn the_first_poll_files_and_answers_and_changes_nothing() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut imap = dovecot.log_in(SA);
    for (name, ..) in SAMPLES {
        imap.append("INBOX", just_now(), &sample(name));
    }
    let before = (imap.look(), dovecot.files(SA));
    let mut assured = Setup::default().start(&dovecot, sink.port());
    assured.wait_for_cases(3);
    wait_for("six letters", 60, || (sink.count() >= 6).then_some(()));
    for (_, sender, message_id) in SAMPLES {
        let letters = to(&sink, sender);
        let [letter] = &letters[..] else { panic!("{sender}: {letters:?}") };
        assert!(letter.header("To").to_lowercase().contains(sender), "{}", letter.header("To"));
        assert_eq!(letter.header("In-Reply-To"), format!("<{message_id}>"));
        assert!(letter.header("Subject").contains("[ERS-0000"), "{}", letter.header("Subject"));
        assert_eq!(letter.header("Auto-Submitted"), "auto-replied");
    }
    assert_eq!(to(&sink, STAFF).len(), 3);
    assert_eq!(assured.outbox("acknowledgement").len(), 3);
    assert_eq!(assured.outbox("staff-new").len(), 3);
    assured.stop();
    assert_eq!((imap.look(), dovecot.files(SA)), before, "the mailbox is as it was, flags and files");
}

pub(crate) fn later_polls_bring_only_what_is_new() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut assured = Setup::default().start(&dovecot, sink.port());
    let mut imap = dovecot.log_in(SA);
    imap.append("INBOX", just_now(), &scal_from("a@one.example", "one@one.example"));
    assured.wait_for_cases(1);
    imap.append("INBOX", just_now(), &question_from("b@two.example", "two@two.example"));
    imap.append("INBOX", just_now(), &question_from("c@three.example", "three@three.example"));
    assured.wait_for_cases(3);
    // What came while it was stopped is found when it runs again.
    assured.stop();
    imap.append("INBOX", just_now(), &question_from("d@four.example", "four@four.example"));
    assured.start();
    assured.wait_for_cases(4);
    wait_for("eight letters", 60, || (sink.count() >= 8).then_some(()));
    for sender in ["a@one.example", "b@two.example", "c@three.example", "d@four.example"] {
        assert_eq!(to(&sink, sender).len(), 1, "{sender}");
    }
}

pub(crate) fn mail_older_than_answer_from_is_only_remembered() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut imap = dovecot.log_in(SA);
    imap.append("INBOX", days_ago(40), &scal_from("a@old.example", "one@old.example"));
    imap.append("INBOX", days_ago(2), &scal_from("b@old.example", "two@old.example"));
    imap.append("INBOX", just_now(), &question_from("c@new.example", "three@new.example"));
    imap.append("INBOX", days_ago(30), &scal_from("d@old.example", "four@old.example"));
    let mut assured = Setup::default().start(&dovecot, sink.port());
    assured.wait_for_cases(1);
    imap.append("INBOX", just_now(), &question_from("e@newer.example", "five@newer.example"));
    assured.wait_for_cases(2);
    wait_for("four letters", 60, || (sink.count() >= 4).then_some(()));
    assured.stop();
    let old: Vec<_> = sink.letters().into_iter().filter(|letter| letter.to.ends_with("@old.example")).collect();
    assert!(old.is_empty(), "{old:?}");
}

pub(crate) fn older_mail_is_fetched_when_a_later_message_answers_it() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut imap = dovecot.log_in(SA);
    imap.append("INBOX", days_ago(40), &scal_from("a@one.example", "scal@one.example"));
    imap.append("INBOX", days_ago(30), &scal_from("b@two.example", "scal@two.example"));
    imap.append("INBOX", days_ago(20), &scal_from("c@three.example", "scal@three.example"));
    imap.append("INBOX", just_now(), &question_from("d@four.example", "question@four.example"));
    let mut assured = Setup::default().start(&dovecot, sink.port());
    assured.wait_for_cases(1);
    imap.append("INBOX", just_now(), &answer_from("a@one.example", "answer@one.example", "scal@one.example"));
    imap.append("INBOX", just_now(), &answer_from("x@none.example", "answer@none.example", "nowhere@none.example"));
    assured.wait_for_cases(3);
    imap.append("Sent Items", just_now(), &team_reply("b@two.example", "scal@two.example"));
    assured.wait_for_cases(4);
    let phases = || assured.rows(&["cases"]).into_iter().map(|case| case["phase"].to_string());
    wait_for("three letters to partners", 60, || (assured.outbox("acknowledgement").len() >= 3).then_some(()));
    assert_eq!(phases().filter(|phase| phase.contains("scal-review")).count(), 2, "{:?}", phases().collect::<Vec<_>>());
    wait_for("a list for each poll", 60, || (listed(&sink).len() >= 2).then_some(()));
    assured.stop();
    assert!(to(&sink, "b@two.example").is_empty() && to(&sink, "c@three.example").is_empty());
    let answered = to(&sink, "a@one.example");
    let [answer] = &answered[..] else { panic!("{answered:?}") };
    assert_eq!(answer.header("In-Reply-To"), "<answer@one.example>", "only what came since is answered");
    let lists = listed(&sink);
    assert!(lists.len() == 2 && lists[0].says("a@one.example") && lists[1].says("b@two.example"), "{lists:?}");
}

fn listed(sink: &Sink) -> Vec<Letter> {
    let late = |letter: &Letter| letter.header("Subject").contains("Mail was seen late");
    to(sink, STAFF).into_iter().filter(late).collect()
}

pub(crate) fn a_changed_uidvalidity_repeats_nothing() {
    let sink = Sink::start();
    let mut dovecot = Dovecot::start(sink.port());
    let assured = Setup::default().start(&dovecot, sink.port());
    let mut imap = dovecot.log_in(SA);
    for (name, ..) in SAMPLES {
        imap.append("INBOX", just_now(), &sample(name));
    }
    imap.append("INBOX", days_ago(9), &question_from("a@old.example", "one@old.example"));
    // Without a Message-ID a message is known by its content alone.
    let nameless =
        String::from_utf8(question_from("b@nameless.example", "x")).unwrap().replace("Message-ID: <x>\r\n", "");
    imap.append("INBOX", just_now(), nameless.as_bytes());
    imap.append("INBOX", just_now(), &question_from("d@reused.example", "twice@reused.example"));
    assured.wait_for_cases(5);
    wait_for("ten letters", 60, || (sink.count() >= 10).then_some(()));
    let before = imap.look();

    // A server that was restored from a backup, while the daemon runs.
    drop(imap);
    dovecot.stop();
    dovecot.forget_uids(SA);
    // It came meanwhile, under an id that another message has: it is not that message.
    dovecot.slip_in(SA, "1.e.host", &question_from("e@other.example", "twice@reused.example"));
    assert!(dovecot.go_on());
    let mut imap = dovecot.log_in(SA);
    assert_ne!(imap.look()[0], before[0], "another UIDVALIDITY");
    imap.append("INBOX", just_now(), &question_from("c@new.example", "two@new.example"));

    assured.wait_for_cases(7);
    wait_for("four more letters", 60, || (sink.count() >= 14).then_some(()));
    assert_eq!(assured.outbox("acknowledgement").len(), 7, "no second acknowledgement");
    assert_eq!(sink.count(), 14);
    assert!(assured.log().contains("new UIDVALIDITY"));
}

pub(crate) fn a_message_that_is_not_delivered_holds_up_no_other_for_long() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut imap = dovecot.log_in(SA);
    imap.append("INBOX", just_now(), &question_from("a@one.example", "one@one.example"));
    let before = dovecot.files(SA);
    imap.append("INBOX", just_now(), &question_from("b@two.example", "two@two.example"));
    let added: Vec<_> = dovecot.files(SA).into_iter().filter(|file| !before.contains(file)).collect();
    let [(path, _)] = &added[..] else { panic!("{added:?}") };
    imap.append("INBOX", just_now(), &question_from("c@three.example", "three@three.example"));
    // The server still lists it and can no longer read it.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut assured = Setup::default().start(&dovecot, sink.port());
    assured.wait_for_cases(1);
    wait_for("the message behind it", 90, || (assured.cases() == 2).then_some(()));
    assert_eq!(assured.outbox("staff-attention").len(), 1, "staff are told of it, once");
    imap.append("INBOX", just_now(), &question_from("d@four.example", "four@four.example"));
    assured.wait_for_cases(3);
    assured.stop();
    let answered = ["a@one.example", "b@two.example", "c@three.example"].map(|sender| to(&sink, sender).len());
    assert_eq!(answered, [1, 0, 1]);
}

pub(crate) fn one_message_in_two_mailboxes_is_one_case() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let assured = Setup::default().start(&dovecot, sink.port());
    for mailbox in [SA, LSOB] {
        dovecot.log_in(mailbox).append("INBOX", just_now(), &sample("outlook-scal"));
    }
    // Each mailbox is read in order: these come after.
    for (mailbox, sender) in [(SA, "a@after.example"), (LSOB, "b@later.example")] {
        dovecot.log_in(mailbox).append("INBOX", just_now(), &question_from(sender, sender));
    }
    assured.wait_for_cases(3);
    wait_for("six letters", 60, || (sink.count() >= 6).then_some(()));
    assert_eq!(to(&sink, "priya.nair@care-vista.example").len(), 1);
    let known = assured.rows(&["outbox"]).iter().filter(|row| row["kind"] == "acknowledgement").count();
    assert_eq!(known, 3);
}

pub(crate) fn a_reply_in_the_sent_folder_answers_the_clock() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let assured = Setup::default().start(&dovecot, sink.port());
    let mut imap = dovecot.log_in(SA);
    imap.append("INBOX", just_now(), &scal_from("a@one.example", "one@one.example"));
    assured.wait_for_cases(1);
    assert_eq!(state(&assured), "running");
    imap.append("Sent Items", just_now(), &team_reply("a@one.example", "one@one.example"));
    wait_for("the answer to be seen", 60, || (state(&assured) == "answered").then_some(()));
    let explained = assured.rows(&["explain", "ERS-00001"]);
    assert_eq!(explained[0]["answered"]["by"], json!("a person in the shared mailbox"), "{explained:?}");
    assert_eq!(assured.cases(), 1);
}

fn state(assured: &Assured) -> String {
    assured.rows(&["explain", "ERS-00001"])[0]["state"].as_str().unwrap().to_owned()
}

fn to(sink: &Sink, address: &str) -> Vec<Letter> {
    sink.letters().into_iter().filter(|letter| letter.to == address).collect()
}
