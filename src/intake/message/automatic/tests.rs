use super::*;
use crate::domain::reading::BounceAction;
use crate::intake::message::{Documents, read};

fn receiver() -> Receiver {
    Receiver { own_addresses: Address::new("sa@ers.example").into_iter().collect(), ..Receiver::default() }
}

/// The kind of a message with these fields, and the number of the rule that forbids an answer.
fn judged(fields: &str) -> (Option<Automatic>, Option<String>) {
    let from = if fields.contains("From:") { "" } else { "From: p@x.example\n" };
    let raw = format!("{from}Return-Path: <p@x.example>\n{fields}\n\nPlease see our SCAL.\n");
    let raw = if fields.contains("Return-Path:") { raw.replacen("Return-Path: <p@x.example>\n", "", 1) } else { raw };
    let facts = read(raw.as_bytes(), &receiver(), Documents::Skip);
    (facts.automatic, facts.no_answer.map(|why| why.split(':').next().unwrap_or_default().to_owned()))
}

fn check(rows: &[(&str, Option<Automatic>, Option<&str>)]) {
    for (fields, automatic, rule) in rows {
        assert_eq!(judged(fields), (*automatic, rule.map(str::to_owned)), "{fields}");
    }
}

#[test]
fn every_table_compiles() {
    assert!(ABSENCE.compiles());
}

#[test]
fn a1_auto_submitted_counts_unless_it_says_no() {
    check(&[
        ("Subject: hello", None, None),
        ("Auto-Submitted: no", None, None),
        ("Auto-Submitted: (a person) NO ; x=y", None, None),
        ("Auto-Submitted: auto-replied", Some(Automatic::AutoReply), Some("A1")),
        ("Auto-Submitted:\n Auto-Generated (\"no\")", Some(Automatic::AutoReply), Some("A1")),
        ("auto-submitted: auto-notified; owner-email=\"a@b\"", Some(Automatic::AutoReply), Some("A1")),
        ("Auto-Submitted: no\nAuto-Submitted: auto-replied", Some(Automatic::AutoReply), Some("A1")),
    ]);
}

#[test]
fn a2_a_null_return_path_is_not_answered() {
    check(&[
        ("Return-Path: <>", None, Some("A2")),
        ("Return-Path: (x) < >", None, Some("A2")),
        ("Return-Path: <bounces@x.example>", None, None),
    ]);
}

#[test]
fn a3_robots_are_not_answered() {
    let from = |local: &str| judged(&format!("From: <{local}@x.example>"));
    let a3 = |automatic: Option<Automatic>| (automatic, Some("A3".to_owned()));
    for local in [
        "no-reply",
        "noreply",
        "NoReply",
        "no_reply",
        "no.reply",
        "noreply+4711",
        "noreply-ers",
        "ers-noreply",
        "do-not-reply",
        "do_not_reply",
        "donotreply",
        "DoNotReply.ers",
        "dont-reply",
        "do-not-respond",
        "auto-reply",
        "postmaster",
        "owner-users",
        "users-request",
        "bounces",
        "bounce",
        "bounces+4711-ab=x.example",
        "bounce-17",
    ] {
        assert_eq!(from(local), a3(None), "{local}");
    }
    for local in ["MAILER-DAEMON", "mailer-daemon", "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e"] {
        assert_eq!(from(local), a3(Some(Automatic::DeliveryNotice)), "{local}");
    }
    for local in
        ["requests", "request", "owner", "noel.reply", "replies", "postmasters", "bouncer", "debounce", "trebounces"]
    {
        assert_eq!(from(local), (None, None), "{local}");
    }
    check(&[
        ("Return-Path: <owner-list@x.example>", None, Some("A3")),
        ("Return-Path: <no-reply@x.example>", None, Some("A3")),
        ("Return-Path: <bounces+4711-ab=ers.example@desk.example>", None, None),
    ]);
}

#[test]
fn a4_lists_and_bulk_mail() {
    check(&[
        ("List-Id: <ers.lists.example>", Some(Automatic::List), Some("A4")),
        ("list-unsubscribe: <mailto:x@y.example>", Some(Automatic::List), Some("A4")),
        ("List-Anything: x", Some(Automatic::List), Some("A4")),
        ("Precedence: LIST", Some(Automatic::List), Some("A4")),
        ("Precedence: bulk (really)", Some(Automatic::Bulk), Some("A4")),
        ("Precedence: junk", Some(Automatic::Bulk), Some("A4")),
        ("Precedence: first-class", None, None),
        ("X-List-Id: x", None, None),
    ]);
}

#[test]
fn a5_suppression_blocks_the_answer_only() {
    check(&[
        ("X-Auto-Response-Suppress: All", None, Some("A5")),
        ("X-Auto-Response-Suppress: DR, OOF,\n autoreply", None, Some("A5")),
        ("X-Auto-Response-Suppress: OOF", None, None),
        ("X-Auto-Response-Suppress: DR, RN, NRN", None, None),
        ("X-Auto-Response-Suppress: None", None, None),
    ]);
}

#[test]
fn a6_hints_of_vendors() {
    for hint in ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Mail-Autoreply", "X-FC-Machinegenerated"] {
        check(&[(&format!("{hint}: yes"), Some(Automatic::AutoReply), Some("A6"))]);
    }
    check(&[("X-Autoreply: no", None, None), ("X-Loop: sa@x.example", None, Some("A6"))]);
}

#[test]
fn a7_own_addresses_and_letters() {
    check(&[
        ("From: SA@ers.example", None, Some("A7")),
        ("From: sa@ers.example\nAuto-Submitted: auto-replied", Some(Automatic::Own), Some("A1")),
        ("From: sa@ers.example\nX-Assured-Letter: reminder", Some(Automatic::Own), Some("A7")),
        ("X-Assured-Letter: reminder", None, Some("A7")),
        ("Content-Type: multipart/report; report-type=x; boundary=b", Some(Automatic::DeliveryNotice), Some("A7")),
    ]);
}

#[test]
fn a9_without_a_sender_there_is_nobody_to_answer() {
    check(&[("From: undisclosed", None, Some("A9"))]);
}

#[test]
fn out_of_office_needs_more_than_a_subject() {
    check(&[
        ("Subject: Automatic reply: SCAL\nAuto-Submitted: auto-replied", Some(Automatic::OutOfOffice), Some("A1")),
        ("Subject: Out of the office: SCAL\nX-Autoreply: yes", Some(Automatic::OutOfOffice), Some("A6")),
        (
            "Subject: =?utf-8?Q?R=C3=A9ponse_automatique_: SCAL?=\nAuto-Submitted: auto-replied",
            Some(Automatic::OutOfOffice),
            Some("A1"),
        ),
        ("Subject: Abwesenheitsnotiz: SCAL\nPrecedence: auto_reply", Some(Automatic::OutOfOffice), Some("A4")),
        ("Subject: Automatic reply: SCAL", None, None),
        ("Subject: Re: SCAL\nX-Auto-Response-Suppress: OOF", None, None),
    ]);
}

#[test]
fn c8_a_wish_for_a_receipt_changes_nothing() {
    check(&[("Disposition-Notification-To: p@x.example", None, None)]);
}

#[test]
fn invitations_and_their_answers_are_calendar_mail() {
    let with = |kind: &str| format!("MIME-Version: 1.0\nContent-Type: text/calendar; charset=utf-8; {kind}");
    check(&[
        (&with("method=REPLY"), Some(Automatic::Calendar), Some("A9")),
        (&with("method=\"Request\""), Some(Automatic::Calendar), Some("A9")),
        (&with("name=holiday.ics"), None, None),
    ]);
}

#[test]
fn c6_a_daemon_that_speaks_of_failure_sent_a_bounce() {
    let raw = "Return-Path: <>\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>\n\
        Subject: Undelivered Mail Returned to Sender\nX-Failed-Recipients: p@x.example\n\n\
        Your message could not be delivered: 550 5.1.1 no such user.\n\n\
        ------ This is a copy of the headers ------\nFrom: sa@ers.example\nMessage-ID: <17.0.abc@ers.example>\n";
    let facts = read(raw.as_bytes(), &receiver(), Documents::Skip);
    assert_eq!(facts.automatic, Some(Automatic::Bounce));
    assert_eq!(facts.no_answer.as_deref(), Some("A2: null reverse-path"));
    let bounce = facts.bounce.unwrap();
    assert_eq!(bounce.original.unwrap().as_str(), "17.0.abc@ers.example");
    assert_eq!(bounce.recipient.unwrap().as_str(), "p@x.example");
    assert_eq!((bounce.status.as_deref(), bounce.action), (Some("5.1.1"), BounceAction::Failed));

    let delayed = raw
        .replace("Undelivered Mail Returned to Sender", "Warning: message delayed 4 hours")
        .replace("550 5.1.1", "4.4.1");
    let facts = read(delayed.as_bytes(), &receiver(), Documents::Skip);
    assert_eq!(facts.automatic, Some(Automatic::DeliveryNotice));
    assert_eq!(facts.bounce.map(|bounce| bounce.action), Some(BounceAction::Delayed));
    // The same words from a person are a person's.
    let person = raw.replace("Return-Path: <>", "Return-Path: <p@x.example>").replace("MAILER-DAEMON@mx", "p@x");
    assert_eq!(read(person.as_bytes(), &receiver(), Documents::Skip).automatic, None);
}
