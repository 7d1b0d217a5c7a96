//! What became of a letter, for every place where a server can fail.

use futures_util::future::join_all;

use super::*;
use crate::adapters::credential::Credential;
use crate::adapters::scripted::{Scripted, Step, script};

const HELLO: &str = "S: 220 ready
    C: EHLO assured.example
    S: 250-here
    S: 250-8BITMIME
    S: 250 AUTH PLAIN LOGIN";
const ENVELOPE: &str = "C: MAIL FROM:<sa@nhs.example>
    S: 250 ok
    C: RCPT TO:<priya@supplier.example>
    S: 250 ok
    C: DATA
    S: 354 go on";
const RAW: &[u8] = b"Subject: x\r\n\r\n.dot\r\nend\r\n";

/// Patient, as the machine may be busy, unless the server is going to be silent.
fn account(server: &Scripted, tls: Tls) -> SmtpAccount {
    let secs = if server.hangs { 1 } else { 20 };
    SmtpAccount {
        host: "localhost".to_owned(),
        port: server.port,
        tls,
        login: None,
        extra_ca_file: Some(server.ca_file.clone()),
        deadline_secs: secs,
        verdict_deadline_secs: secs,
        hello_name: "assured.example".to_owned(),
    }
}

fn login() -> Option<SmtpLogin> {
    Some(SmtpLogin { user: "sa".to_owned(), credential: Credential::Password("secret-word".into()) })
}

async fn send(mailer: &Mailer, reverse_path: Option<&str>, raw: &[u8]) -> Delivery {
    let reverse_path = reverse_path.map(|text| Address::new(text).unwrap());
    let to = Address::new("priya@supplier.example").unwrap();
    mailer.send(&Outgoing { reverse_path: reverse_path.as_ref(), to: &to, name: "1-1.0-reminder.eml", raw }).await
}

/// What became of one letter on a server that plays the script, and what the server heard.
async fn sent(steps: Vec<Step>, change: impl FnOnce(SmtpAccount) -> SmtpAccount) -> (Delivery, Vec<String>) {
    let server = Scripted::play(vec![steps]).await;
    let mailer = Mailer::smtp(change(account(&server, Tls::None)));
    let delivery = send(&mailer, Some("sa@nhs.example"), RAW).await;
    drop(mailer);
    (delivery, server.heard().await)
}

#[tokio::test]
async fn every_failure_is_what_it_is_and_no_more() {
    let auth = "C: AUTH PLAIN";
    let after_hello = [
        ("C: MAIL FROM\nS: 451 4.7.1 greylisted", "retry: the sender was refused: 451 4.7.1 greylisted"),
        ("C: MAIL FROM\nS: 550 not you", "refused: the sender was refused"),
        ("C: MAIL FROM\nS: 530 5.7.57 authenticate first", "retry: the sender was refused"),
        ("C: MAIL FROM\nS: 250 ok\nC: RCPT\nS: 451 later", "retry: the recipient was refused"),
        ("C: MAIL FROM\nS: 250 ok\nC: RCPT\nS: 550 5.1.1 unknown", "refused: the recipient was refused"),
        ("C: MAIL FROM\nS: 250 ok\nC: RCPT\nS: 421 closing", "retry: the recipient was refused"),
        ("C: MAIL FROM\nS: 250 ok\nC: RCPT", "retry: the connection was cut off"),
        ("C: MAIL FROM\nS: 250 ok\nC: RCPT\nHANG", "retry: no answer within 1 seconds"),
        ("C: MAIL FROM\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA\nS: 554 no", "refused: DATA was refused"),
        ("C: MAIL FROM\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA\nS: 250 what", "retry: not an invitation"),
        ("C: MAIL FROM\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: DATA\nHANG", "retry: no answer within 1 seconds"),
        ("ENVELOPE\nLETTER\nS: 452 4.3.1 full", "retry: the letter was refused"),
        ("ENVELOPE\nLETTER\nS: 550 5.7.1 spam", "refused: the letter was refused"),
        ("ENVELOPE\nLETTER", "unknown: the connection was cut off"),
        ("ENVELOPE\nLETTER\nS: gibberish", "unknown: the connection was cut off"),
        ("ENVELOPE\nLETTER\nHANG", "unknown: no verdict on the letter within 1 seconds"),
        ("ENVELOPE", "unknown: "),
        ("ENVELOPE\nHANG", "unknown: no verdict"),
        ("ENVELOPE\nLETTER\nS: 250 2.0.0 queued as 42", "sent: 250 2.0.0 queued as 42"),
    ];
    join_all(after_hello.into_iter().map(async |(rest, wanted)| {
        let steps = script(&format!("{HELLO}\n{}", rest.replace("ENVELOPE", ENVELOPE)));
        check(rest, sent(steps, |account| account).await.0, wanted);
    }))
    .await;
    let at_the_door = [
        ("S: 421 too busy".to_owned(), "no way: the server does not take mail from us now"),
        ("S: 554 go away".to_owned(), "no way: the server does not take mail from us now"),
        ("HANG".to_owned(), "no way: no answer within 1 seconds while connecting and logging in"),
        (String::new(), "no way: cannot connect"),
        (format!("{HELLO}\n{auth}\nS: 535 5.7.3 unsuccessful"), "locked out: login refused"),
        (format!("{HELLO}\n{auth}\nS: 454 4.7.0 later"), "no way: the server does not take mail from us now"),
        (format!("{HELLO}\n{auth}\nHANG"), "no way: no answer within 1 seconds"),
        ("S: 220 ready\nC: EHLO\nS: 250 no logins".to_owned(), "locked out: login refused"),
    ];
    join_all(at_the_door.into_iter().map(async |(text, wanted)| {
        check(&text, sent(script(&text), |account| SmtpAccount { login: login(), ..account }).await.0, wanted);
    }))
    .await;
}

/// `wanted` is the kind of outcome and a part of its reason.
fn check(case: &str, delivery: Delivery, wanted: &str) {
    let (kind, text) = match &delivery {
        Delivery::Sent { response } => ("sent", response),
        Delivery::Retry { reason } => ("retry", reason),
        Delivery::NoWay { reason, login_refused: false } => ("no way", reason),
        Delivery::NoWay { reason, login_refused: true } => ("locked out", reason),
        Delivery::Refused { reason } => ("refused", reason),
        Delivery::Unknown { reason } => ("unknown", reason),
    };
    let (wanted_kind, part) = wanted.split_once(": ").unwrap();
    assert!(kind == wanted_kind && text.contains(part), "{case}: {delivery:?}, wanted {wanted}");
    assert!(kind == "sent" || text.contains("smtp localhost:"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn nobody_listening_is_a_retry() {
    let server = Scripted::play(Vec::new()).await;
    let mailer = Mailer::smtp(account(&server, Tls::None));
    server.heard().await;
    check("refused port", send(&mailer, None, RAW).await, "no way: cannot connect");
}

#[tokio::test]
async fn the_text_arrives_byte_for_byte_with_its_dots() {
    let (delivery, heard) = sent(script(&format!("{HELLO}\n{ENVELOPE}\nLETTER\nS: 250 ok")), |account| account).await;
    assert_eq!(delivery, Delivery::Sent { response: "250 ok".to_owned() });
    assert_eq!(heard[4..], ["Subject: x", "", "..dot", "end", "."]);
}

#[tokio::test]
async fn the_null_reverse_path_arrives_as_such() {
    let steps = script(&format!("{HELLO}\n{}\nLETTER\nS: 250 ok", ENVELOPE.replace("sa@nhs.example", "")));
    let server = Scripted::play(vec![steps]).await;
    let mailer = Mailer::smtp(account(&server, Tls::None));
    check("null path", send(&mailer, None, RAW).await, "sent: 250");
    assert!(server.heard().await.contains(&"MAIL FROM:<>".to_owned()));
}

#[tokio::test]
async fn one_connection_carries_letter_after_letter_also_past_a_refusal() {
    let steps = script(&format!(
        "{HELLO}\n{ENVELOPE}\nLETTER\nS: 250 one
         C: RSET\nS: 250 ok\nC: MAIL\nS: 250 ok\nC: RCPT\nS: 550 unknown
         C: RSET\nS: 250 ok\n{ENVELOPE}\nLETTER\nS: 250 three
         C: QUIT\nS: 221 bye"
    ));
    let server = Scripted::play(vec![steps]).await;
    let mailer = Mailer::smtp(account(&server, Tls::None));
    for wanted in ["sent: 250 one", "refused: the recipient was refused", "sent: 250 three"] {
        check("one of three", send(&mailer, Some("sa@nhs.example"), RAW).await, wanted);
    }
    mailer.close().await;
    server.heard().await;
}

#[tokio::test]
async fn a_connection_that_went_away_meanwhile_is_opened_again() {
    let once = script(&format!("{HELLO}\n{ENVELOPE}\nLETTER\nS: 250 ok"));
    let server = Scripted::play(vec![once.clone(), once]).await;
    let mailer = Mailer::smtp(account(&server, Tls::None));
    for _ in 0..2 {
        check("again", send(&mailer, Some("sa@nhs.example"), RAW).await, "sent: 250 ok");
    }
    server.heard().await;
}

#[tokio::test]
async fn a_late_verdict_is_never_taken_for_the_next_letters() {
    // The first connection answers only when the client hangs up; the next letter must go by another.
    let late = script(&format!("{HELLO}\n{ENVELOPE}\nLETTER\nHANG"));
    let good = script(&format!("{HELLO}\n{ENVELOPE}\nLETTER\nS: 250 second"));
    let server = Scripted::play(vec![late, good]).await;
    let mailer = Mailer::smtp(account(&server, Tls::None));
    check("late", send(&mailer, Some("sa@nhs.example"), RAW).await, "unknown: no verdict");
    check("next", send(&mailer, Some("sa@nhs.example"), RAW).await, "sent: 250 second");
    server.heard().await;
}

#[tokio::test]
async fn what_the_server_cannot_carry_is_refused_before_anything_is_sent() {
    let hello = HELLO.replace("S: 250-8BITMIME", "");
    let server = Scripted::play(vec![script(&hello)]).await;
    let mailer = Mailer::smtp(account(&server, Tls::None));
    let delivery = send(&mailer, Some("sa@nhs.example"), "Subject: x\r\n\r\n\u{e4}\r\n".as_bytes()).await;
    check("8-bit text", delivery, "refused: no 8BITMIME");
}

#[tokio::test]
async fn check_logs_in_by_tls_from_the_first_byte_and_by_starttls() {
    let secured = "C: EHLO\nS: 250-here\nS: 250 AUTH PLAIN\nC: AUTH PLAIN AHNhAHNlY3JldC13b3Jk\nS: 235 in";
    for (tls, text) in [
        (Tls::Implicit, format!("TLS\nS: 220 ready\n{secured}")),
        (
            Tls::StartTls,
            format!("S: 220 ready\nC: EHLO\nS: 250-here\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\n{secured}"),
        ),
    ] {
        let server = Scripted::play(vec![script(&text)]).await;
        let mailer = Mailer::smtp(SmtpAccount { login: login(), ..account(&server, tls) });
        mailer.check().await.unwrap();
        server.heard().await;
    }
}

#[tokio::test]
async fn the_right_to_send_is_tried_without_a_letter() {
    for (rest, wanted) in [
        (
            "C: MAIL FROM:<sa@nhs.example>\nS: 250 ok\nC: RCPT TO:<sa@nhs.example>\nS: 250 ok\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye",
            "",
        ),
        (
            "C: MAIL FROM\nS: 550 5.7.60 no right to send as this sender\nC: QUIT\nS: 221 bye",
            "the sender was refused: 550 5.7.60",
        ),
        (
            "C: MAIL FROM\nS: 250 ok\nC: RCPT\nS: 451 4.7.1 later\nC: QUIT\nS: 221 bye",
            "the recipient was refused: 451 4.7.1",
        ),
        ("C: MAIL FROM\nS: 421 closing", "the sender was refused: 421"),
        ("C: MAIL FROM", "cut off"),
        ("C: MAIL FROM\nHANG", "no answer within 1 seconds about the sender"),
    ] {
        let server = Scripted::play(vec![script(&format!("{HELLO}\n{rest}"))]).await;
        let mailer = Mailer::smtp(account(&server, Tls::None));
        let own = Address::new("sa@nhs.example").unwrap();
        let told = mailer.may_send(Some(&own), &own).await.map_or_else(|error| error.to_string(), |()| String::new());
        assert!(told.contains(wanted) && told.is_empty() == wanted.is_empty(), "{rest}: {told}");
        mailer.close().await;
        assert!(!server.heard().await.contains(&"DATA".to_owned()));
    }
}

#[tokio::test]
async fn a_password_leaves_under_verified_tls_only() {
    let server = Scripted::play(vec![script(HELLO)]).await;
    let mailer = Mailer::smtp(SmtpAccount { login: login(), ..account(&server, Tls::StartTls) });
    let error = mailer.check().await.unwrap_err();
    assert!(matches!(error, MailerError::Tls { .. }) && error.to_string().contains("no STARTTLS"), "{error}");
    assert_eq!(server.heard().await, ["EHLO assured.example"]);

    let server = Scripted::play(vec![script("TLS")]).await;
    let stranger = SmtpAccount { extra_ca_file: None, login: login(), ..account(&server, Tls::Implicit) };
    let error = Mailer::smtp(stranger).check().await.unwrap_err();
    assert!(matches!(error, MailerError::Tls { .. }) && error.to_string().contains("`extra_ca_file`"), "{error}");

    let elsewhere = SmtpAccount { host: "mail.example".to_owned(), login: login(), ..account(&server, Tls::None) };
    let error = Mailer::smtp(elsewhere).check().await.unwrap_err();
    assert!(error.to_string().contains("the password was not sent"), "{error}");
}

#[tokio::test]
async fn a_folder_keeps_each_letter_once() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = Mailer::folder(dir.path().join("sent"));
    mailer.check().await.unwrap();
    for (raw, wanted) in [
        (&b"one"[..], "sent: written to 1-1.0-reminder.eml"),
        (b"two", "sent: written to 1-1.0-reminder-2.eml"),
        (b"one", "sent: was written to 1-1.0-reminder.eml before"),
    ] {
        check("folder", send(&mailer, None, raw).await, wanted);
    }
    let mut names: Vec<_> =
        std::fs::read_dir(dir.path().join("sent")).unwrap().map(|f| f.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["1-1.0-reminder-2.eml", "1-1.0-reminder.eml"]);
}

#[tokio::test]
async fn a_name_cannot_lead_out_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let to = Address::new("a@b").unwrap();
    let mailer = Mailer::folder(dir.path().join("sent"));
    let letter = Outgoing { reverse_path: None, to: &to, name: "../../etc/x.eml", raw: b"one" };
    assert!(matches!(mailer.send(&letter).await, Delivery::Sent { .. }));
    assert!(dir.path().join("sent/_.._etc_x.eml").exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_a_retry_that_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mailer = Mailer::folder(file.clone());
    let error = mailer.check().await.unwrap_err().to_string();
    assert!(error.contains(&*file.to_string_lossy()), "{error}");
    assert!(matches!(send(&mailer, None, RAW).await, Delivery::Retry { .. }));
}
