//! Connections that break, servers that restart, answers that get lost: nothing is lost, and nothing is done twice.

use crate::daemon::{Assured, Setup};
use crate::dovecot::Dovecot;
use crate::letters::Letter;
use crate::mail::{SA, STAFF, just_now, large_scal_from, question_from, scal_from};
use crate::proxy::{Proxy, Spoil};
use crate::sink::Sink;
use crate::wait_for;

/// The first mailbox is read by way of the proxy.
fn by_way_of(proxy: &Proxy, top: &str) -> Setup {
    let imap = format!("host = \"127.0.0.1\", port = {}, tls = \"none\", password_file = \"password\"", proxy.port());
    Setup { top: top.to_owned(), imap: [Some(imap), None], ..Setup::default() }
}

fn answers(sink: &Sink, sender: &str) -> Vec<Letter> {
    sink.letters().into_iter().filter(|letter| letter.to == sender).collect()
}

fn wait_for_answer(sink: &Sink, sender: &str, secs: u64) {
    wait_for(sender, secs, || (!answers(sink, sender).is_empty()).then_some(()));
}

/// Whichever byte of logins, listings and messages is the last: the next connection gets a little further.
pub(crate) fn connections_cut_anywhere_lose_and_repeat_nothing() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let senders: Vec<String> = (1..=12).map(|number| format!("p{number}@s{number}.example")).collect();
    let mut imap = dovecot.log_in(SA);
    for sender in &senders {
        imap.append("INBOX", just_now(), &question_from(sender, sender));
    }
    let proxy = Proxy::to(dovecot.ports().imap, Spoil::CutAfter { bytes: 40, more: 97 });
    let mut assured = by_way_of(&proxy, "sent_lookup_secs = 1").prepare(&dovecot, sink.port());
    // A start looks at once, so that no pause between attempts is waited out.
    loop {
        let before = proxy.connections();
        assured.start();
        let whole = wait_for("a look", 60, || {
            let whole = assured.cases() >= senders.len();
            (whole || (proxy.connections() > before && proxy.open() == 0)).then_some(whole)
        });
        if whole {
            break;
        }
        assured.kill();
    }
    let cut = proxy.connections();
    assert!(cut >= 20, "{cut} connections were cut");
    proxy.spoil(Spoil::Nothing);
    for sender in &senders {
        wait_for_answer(&sink, sender, 60);
    }
    assured.stop();
    assert_eq!(assured.cases(), senders.len());
    for sender in &senders {
        let ids: std::collections::BTreeSet<String> =
            answers(&sink, sender).iter().map(|letter| letter.header("Message-ID")).collect();
        assert_eq!(ids.len(), 1, "{sender}: {ids:?}");
    }
    assert!(
        !assured
            .outbox("staff-attention")
            .iter()
            .any(|letter| letter["subject"].to_string().contains("could not be taken in"))
    );
}

pub(crate) fn a_server_that_restarts_in_the_middle_of_a_message_is_read_again() {
    let sink = Sink::start();
    let mut dovecot = Dovecot::start(sink.port());
    let proxy = Proxy::to(dovecot.ports().imap, Spoil::Swallow);
    let mut imap = dovecot.log_in(SA);
    imap.append("INBOX", just_now(), &large_scal_from("a@one.example", "one@one.example", 8_000_000));
    drop(imap);
    // Into the middle of the message, and there the server goes down.
    proxy.spoil(Spoil::CutAfter { bytes: 3_000_000, more: 0 });
    let mut assured = by_way_of(&proxy, "").start(&dovecot, sink.port());
    wait_for("the cut", 60, || assured.log().contains("fetched one by one").then_some(()));
    dovecot.stop();
    wait_for("a failed look", 60, || assured.log().contains("cannot connect").then_some(()));
    proxy.spoil(Spoil::Nothing);
    assert!(dovecot.go_on());
    wait_for_answer(&sink, "a@one.example", 180);
    assured.stop();
    assert_eq!((answers(&sink, "a@one.example").len(), assured.cases()), (1, 1));
}

/// A router forgot the connection: nothing arrives, and nobody says so.
pub(crate) fn a_connection_that_went_dead_is_given_up_and_made_anew() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let proxy = Proxy::to(dovecot.ports().imap, Spoil::Nothing);
    let mut assured = by_way_of(&proxy, "").prepare(&dovecot, sink.port());
    assured.start();
    dovecot.log_in(SA).append("INBOX", just_now(), &question_from("a@one.example", "one@one.example"));
    wait_for_answer(&sink, "a@one.example", 60);
    proxy.spoil(Spoil::Swallow);
    dovecot.log_in(SA).append("INBOX", just_now(), &question_from("b@two.example", "two@two.example"));
    wait_for("the deadline", 120, || assured.log().contains("within").then_some(()));
    proxy.spoil(Spoil::Nothing);
    wait_for_answer(&sink, "b@two.example", 120);
    assured.stop();
    assert_eq!(assured.cases(), 2);
}

/// One connection for each of the three folders, and mail is answered long before the next look is due.
pub(crate) fn the_server_announces_mail_on_one_connection_a_folder() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let proxy = Proxy::to(dovecot.ports().imap, Spoil::Nothing);
    let mut assured = by_way_of(&proxy, "poll_secs = 3600").start(&dovecot, sink.port());
    for sender in ["a@one.example", "b@two.example", "c@three.example"] {
        dovecot.log_in(SA).append("INBOX", just_now(), &scal_from(sender, sender));
        wait_for_answer(&sink, sender, 60);
    }
    assured.stop();
    assert_eq!((proxy.open_max(), proxy.connections()), (3, 3));
}

/// The answer to the final dot is lost. A copy in Sent says that the letter left; without one it is sent again, and is
/// recognisably the same.
pub(crate) fn a_letter_of_unknown_outcome_is_looked_for_in_sent_before_it_is_sent_again() {
    // Sent is looked at long after the letter could be sent again.
    let top = "sent_lookup_secs = 2\npoll_secs = 30";
    for in_sent in [true, false] {
        let sink = Sink::losing_answers_to(&["supplier.example"]);
        let dovecot = Dovecot::start(sink.port());
        let mut assured = Setup { top: top.to_owned(), ..Setup::default() }.start(&dovecot, sink.port());
        let partner = "a@supplier.example";
        dovecot.log_in(SA).append("INBOX", just_now(), &scal_from(partner, "one@supplier.example"));
        wait_for_answer(&sink, partner, 60);
        if in_sent {
            dovecot.log_in(SA).append("Sent Items", just_now(), &answers(&sink, partner)[0].raw);
        }
        wait_for("the end of it", 120, || is_sent(&assured, partner).then_some(()));
        assured.stop();
        let copies = answers(&sink, partner);
        assert_eq!(copies.len(), if in_sent { 1 } else { 2 }, "in Sent: {in_sent}");
        assert!(copies.iter().all(|copy| copy.raw == copies[0].raw));
        let story = String::from_utf8(assured.run(&["case", "ERS-00001"]).stdout).unwrap();
        assert!(!story.contains("answered by"), "a letter of ours is no answer: {story}");
    }
}

fn is_sent(assured: &Assured, partner: &str) -> bool {
    assured.outbox("acknowledgement").iter().any(|letter| letter["to"] == partner && letter["state"] == "sent")
}

pub(crate) fn a_partner_in_the_junk_folder_is_shown_to_staff_and_answered_once_it_is_moved() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let mut assured = Setup::default().start(&dovecot, sink.port());
    let scal = scal_from("a@one.example", "one@one.example");
    dovecot.log_in(SA).append("Junk Email", just_now(), &scal);
    dovecot.log_in(SA).append("Junk Email", just_now(), &question_from("win@casino.example", "big@casino.example"));
    let told = wait_for("staff to be told", 60, || {
        answers(&sink, STAFF).into_iter().find(|letter| letter.header("Subject").contains("junk folder"))
    });
    assert!(told.says("Our SCAL") && !told.says("casino"), "{}", String::from_utf8_lossy(&told.raw));
    assert_eq!(assured.cases(), 0);
    dovecot.log_in(SA).append("INBOX", just_now(), &scal);
    wait_for_answer(&sink, "a@one.example", 60);
    assured.stop();
    assert_eq!((assured.cases(), answers(&sink, "win@casino.example").len()), (1, 0));
}
