//! Reports about letters of ours that could not be delivered, or not yet.

use assured::adapters::control::Request;
use assured::domain::ids::CaseRef;

use crate::stage::{Letter, Stage, minutes};
use crate::{arrives, plain, silence};

const PARTNER: &str = "priya@carevista.example";

/// A report of RFC 3464 about a letter, as Postfix writes it.
fn report(about: &Letter, number: usize, action: &str, status: &str) -> String {
    let (fields, _) = about.raw.split_once("\r\n\r\n").unwrap();
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: sa@ers.example\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <{number}@mx.example>\r\n\
         Date: Mon, 23 Nov 2026 09:30:00 +0000\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\n{fields}\r\n--b--\r\n",
        to = about.to
    )
}

fn as_letter(raw: String) -> Letter {
    let message_id = "<7@mx.example>".to_owned();
    Letter { to: "MAILER-DAEMON@mx.example".to_owned(), message_id, raw, ..Letter::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returned_letter_is_told_once_and_a_returned_notice_or_report_never() {
    let mut stage = Stage::with(&["ers.example"]).await;
    let asks = plain(PARTNER, "sa@ers.example", "Our SCAL", "1@carevista.example", "When may we send our SCAL?");
    stage.post(arrives(0, asks));
    stage.play(minutes(30), silence).await;
    let ours = |stage: &Stage, kind: &str| stage.site().of(kind).last().unwrap().clone();
    let (acknowledgement, notice) = (ours(&stage, "acknowledgement"), ours(&stage, "staff-new"));
    assert_eq!(stage.site().left.len(), 2);

    let first_report = report(&acknowledgement, 3, "failed", "5.1.1");
    let report_about_a_report = report(&as_letter(report(&notice, 7, "failed", "5.1.1")), 8, "failed", "5.1.1");
    for (what, raw, letters) in [
        ("a notice to staff came back", report(&notice, 1, "failed", "5.1.1"), 2),
        ("a letter is delayed", report(&acknowledgement, 2, "delayed", "4.4.1"), 2),
        ("a letter came back", first_report.clone(), 3),
        ("the same report again", first_report, 3),
        ("another report about the same letter", report(&acknowledgement, 4, "failed", "5.2.2"), 3),
        ("a report about a report", report_about_a_report, 3),
    ] {
        stage.post(arrives(0, raw));
        stage.play(minutes(60), silence).await;
        println!("{what}: {} letters in all", stage.site().left.len());
        assert_eq!(stage.site().left.len(), letters, "{what}");
    }
    let alarm = ours(&stage, "staff-attention");
    assert!(alarm.text().contains(PARTNER) && alarm.text().contains("5.1.1"), "{}", alarm.text());
    stage.post(arrives(0, report(&alarm, 9, "failed", "5.1.1")));
    stage.play(minutes(60), silence).await;

    let site = stage.site();
    assert_eq!((site.left.len(), site.cases().await), (3, 1), "the notice about it came back too: nothing more");
    let reference = CaseRef::FIRST;
    let story = site.ask(Request::Case { reference }).await.rows[0]["story"].to_string();
    assert_eq!(story.matches("the acknowledgement did not arrive").count(), 1, "{story}");
}
