//! Mailboxes that take no passwords: both grants, against a Dovecot that demands tokens for reading and for sending.

use std::fs;

use crate::daemon::{Assured, Setup};
use crate::dovecot::Dovecot;
use crate::mail::{SA, just_now, question_from};
use crate::sink::Sink;
use crate::tokens::TokenServer;
use crate::{show, wait_for};

/// The first mailbox with tokens both ways; the second one as usual.
fn setup(dovecot: &Dovecot, tokens: &TokenServer, grant: &str) -> Setup {
    let ca_file = dovecot.ca_file().display().to_string();
    let server =
        |port: u16| format!("host = \"localhost\", tls = \"starttls\", port = {port}, extra_ca_file = \"{ca_file}\"");
    let ports = dovecot.ports();
    Setup {
        imap: [Some(server(ports.imap)), None],
        smtp: [Some(server(ports.submission)), None],
        oauth: [Some(format!("token_url = \"{}\", client_id = \"app\", {grant}", tokens.url())), None],
        ..Setup::default()
    }
}

fn is_answered(assured: &Assured, dovecot: &Dovecot, sink: &Sink, sender: &str) {
    dovecot.log_in(SA).append("INBOX", just_now(), &question_from(sender, sender));
    wait_for(sender, 60, || sink.letters().iter().any(|letter| letter.to == sender).then_some(()));
    wait_for("the record of it", 60, || {
        let letters = assured.outbox("acknowledgement");
        letters.iter().any(|letter| letter["to"] == sender && letter["state"] == "sent").then_some(())
    });
}

fn nothing_secret(assured: &Assured) {
    let told = [assured.log(), String::from_utf8_lossy(&assured.run(&["check"]).stdout).into_owned()].concat();
    for secret in ["app-secret", "refresh-", "eyJ"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

pub(crate) fn an_application_reads_and_sends_with_tokens_of_its_own() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    // The first token is refused by the mail server, as one is that was revoked: a new one is asked for at once.
    let tokens = TokenServer::start(SA, 1);
    let grant = "grant = \"client-credentials\", client_secret_file = \"app-secret\"";
    let mut assured = setup(&dovecot, &tokens, grant).prepare(&dovecot, sink.port());
    fs::write(assured.path("app-secret"), "app-secret\n").unwrap();
    assured.start();
    is_answered(&assured, &dovecot, &sink, "a@one.example");
    let check = assured.run(&["check"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    nothing_secret(&assured);
    let transcript = tokens.transcript();
    assert!(transcript.iter().all(|line| line.contains("200 OK")), "{transcript:#?}");
    show(&format!("client credentials:\n  {}", transcript.join("\n  ")));
    assured.stop();
    assert!(dovecot.log().contains("XOAUTH2") || dovecot.log().contains("xoauth2"), "{}", dovecot.log());
}

/// STANDARDS 48: whoever loses the new token is locked out when the old one ends.
pub(crate) fn a_rotated_refresh_token_outlives_the_program_that_got_it() {
    let sink = Sink::start();
    let dovecot = Dovecot::start(sink.port());
    let tokens = TokenServer::start(SA, 0);
    let grant = "grant = \"refresh-token\", refresh_token_file = \"refresh\"";
    let mut assured = setup(&dovecot, &tokens, grant).prepare(&dovecot, sink.port());
    fs::write(assured.path("refresh"), "refresh-0\n").unwrap();
    for sender in ["a@one.example", "b@two.example", "c@three.example"] {
        assured.start();
        is_answered(&assured, &dovecot, &sink, sender);
        assert_eq!(fs::read_to_string(assured.path("refresh")).unwrap().trim(), tokens.refresh_token());
        assured.kill();
    }
    let transcript = tokens.transcript();
    assert!(transcript.len() >= 3 && transcript.iter().all(|line| line.contains("200 OK")), "{transcript:#?}");
    show(&format!("refresh token, killed after each answer:\n  {}", transcript.join("\n  ")));

    // Somebody else used it: staff are told at once, by way of the other mailbox, that a person has to sign in again.
    fs::write(assured.path("refresh"), "refresh-0\n").unwrap();
    assured.start();
    let told =
        wait_for("staff to be told", 60, || sink.letters().into_iter().find(|letter| letter.says("sign in again")));
    assert!(told.header("Subject").contains("refuses the login"), "{}", told.header("Subject"));
    nothing_secret(&assured);
}
