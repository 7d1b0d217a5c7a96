//! How letters leave, and what becomes of those that are refused.

use crate::daemon::{Assured, Setup};
use crate::dovecot::Dovecot;
use crate::letters::Letter;
use crate::mail::{LSOB, SA, STAFF, just_now, question_from, sample, scal_from};
use crate::postfix::Postfix;
use crate::sink::Sink;
use crate::{is_root, wait_for};

const REFUSED: &str = "gone@supplier.example";

pub(crate) fn a_letter_refused_for_now_leaves_later_unchanged() {
    let sink = Sink::refusing(&[("supplier.example", "451 4.7.1 try later", 1)]);
    let dovecot = Dovecot::start(sink.port());
    let assured = Setup::default().start(&dovecot, sink.port());
    dovecot.log_in(SA).append("INBOX", just_now(), &scal_from("a@supplier.example", "one@supplier.example"));
    let waiting = wait_for("the first attempt", 60, || {
        let letters = assured.outbox("acknowledgement");
        letters.into_iter().find(|letter| letter["attempts"] == 1 && letter["state"] == "waiting")
    });
    assert!(waiting["reason"].as_str().unwrap().contains("451 4.7.1 try later"), "{waiting}");
    let sent = wait_for("the second attempt", 120, || {
        let letters = assured.outbox("acknowledgement");
        letters.into_iter().find(|letter| letter["state"] == "sent")
    });
    assert_eq!((&sent["attempts"], &sent["message_id"]), (&2.into(), &waiting["message_id"]));
    let letters = to(sink.letters(), "a@supplier.example");
    assert_eq!((letters.len(), sink.refused()), (1, 1));
    let id = format!("<{}>", waiting["message_id"].as_str().unwrap());
    assert_eq!(letters[0].header("Message-ID"), id);
    assert!(is_kept(&assured, &letters[0].raw), "the bytes are those that were recorded before the first attempt");
}

/// The bytes of a letter as they were recorded, before anything was sent.
fn is_kept(assured: &Assured, raw: &[u8]) -> bool {
    let mut folders = vec![assured.path("var/blobs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(path).unwrap() == raw {
                return true;
            }
        }
    }
    false
}

pub(crate) fn a_letter_refused_for_good_is_told_to_staff() {
    if is_root() {
        let dovecot = Dovecot::start(1);
        let postfix = Postfix::start(dovecot.ports().lmtp, REFUSED);
        let delivered =
            |address: &str| dovecot.messages(address).into_iter().map(|raw| Letter::new(address, raw)).collect();
        refused_for_good(&dovecot, postfix.port(), delivered);
        assert!(postfix.log().contains("550 5.1.1"), "{}", postfix.log());
    } else {
        let sink = Sink::refusing(&[(REFUSED, "550 5.1.1 no such user", 9)]);
        let dovecot = Dovecot::start(sink.port());
        refused_for_good(&dovecot, sink.port(), |address| to(sink.letters(), address));
        assert_eq!(sink.refused(), 1);
    }
}

fn refused_for_good(dovecot: &Dovecot, smtp: u16, delivered: impl Fn(&str) -> Vec<Letter>) {
    let assured = Setup::default().start(dovecot, smtp);
    let mut imap = dovecot.log_in(SA);
    imap.append("INBOX", just_now(), &scal_from(REFUSED, "one@supplier.example"));
    imap.append("INBOX", just_now(), &sample("gmail-scal"));
    let told =
        wait_for("staff to be told", 60, || delivered(STAFF).into_iter().find(|letter| letter.says("550 5.1.1")));
    assert!(told.says(REFUSED), "{}", String::from_utf8_lossy(&told.raw));
    wait_for("the other acknowledgement", 60, || {
        (delivered("tom.ellis@clinic-bridge.example").len() == 1).then_some(())
    });
    let letters = assured.outbox("acknowledgement");
    let refused = letters.iter().find(|letter| letter["to"] == REFUSED).unwrap();
    assert_eq!((&refused["state"], &refused["attempts"]), (&"refused".into(), &1.into()), "{refused}");
    assert_eq!(delivered(REFUSED).len(), 0);
}

pub(crate) fn starttls_and_implicit_tls_carry_mail_both_ways() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let ports = dovecot.ports();
    let secure = |tls: &str, port: u16| {
        let ca_file = dovecot.ca_file().display().to_string();
        format!(
            "host = \"localhost\", tls = \"{tls}\", port = {port}, password_file = \"password\", extra_ca_file = \"{ca_file}\""
        )
    };
    let smtp = |user: &str, settings: String| Some(format!("user = \"{user}\", {settings}"));
    let setup = Setup {
        imap: [Some(secure("implicit", ports.imaps)), Some(secure("starttls", ports.imap))],
        smtp: [smtp(SA, secure("starttls", ports.submission)), smtp(LSOB, secure("implicit", ports.submissions))],
        ..Setup::default()
    };
    let assured = setup.start(&dovecot, 1);
    for (mailbox, sender) in [(SA, "a@one.example"), (LSOB, "b@two.example")] {
        dovecot.log_in(mailbox).append("INBOX", just_now(), &question_from(sender, sender));
    }
    assured.wait_for_cases(2);
    for (sender, from) in [("a@one.example", SA), ("b@two.example", LSOB)] {
        let letter = wait_for(sender, 60, || to(sink.letters(), sender).into_iter().next());
        assert!(letter.header("From").contains(from), "{}", letter.header("From"));
    }
    let check = assured.run(&["check"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

fn to(letters: Vec<Letter>, address: &str) -> Vec<Letter> {
    letters.into_iter().filter(|letter| letter.to == address).collect()
}
