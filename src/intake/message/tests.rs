use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::domain::ids::Address;
use crate::domain::reading::{Authenticated, AwayNotice, FindingCode, ReturnPath};
use crate::intake::TrustRule;

fn receiver() -> Receiver {
    Receiver {
        own_addresses: Address::new("sa@ers.example").into_iter().collect(),
        trust: vec![TrustRule::AuthservId("mx.ers.example".to_owned())],
        ..Receiver::default()
    }
}

fn facts_of(raw: &str) -> MessageFacts {
    read(raw.as_bytes(), &receiver(), Documents::Skip)
}

fn codes(raw: &str) -> Vec<FindingCode> {
    facts_of(raw).findings.iter().map(|finding| finding.code).collect()
}

const OUTLOOK: &str = "Received: from a by mx.ers.example; Mon, 23 Nov 2026 10:15:00 +0000\n\
    Authentication-Results: mx.ers.example; dmarc=pass header.from=care-vista.example\n\
    Received: from client by a; Mon, 23 Nov 2026 10:14:58 +0000\n\
    Return-Path: p.nair@care-vista.example\n\
    From: Priya Nair <P.Nair@care-vista.example>\n\
    To: Solution Assurance <sa@ers.example>, \"Team, the\" <team@care-vista.example>\n\
    Cc: undisclosed:;\n\
    Subject: Care Vista Link\n SCAL\n\
    Date: Mon, 23 Nov 2026 10:14:50 +0000\n\
    Message-ID: <abc@care-vista.example>\n\
    In-Reply-To: <7.0@ers.example>\n\
    Content-Type: multipart/mixed; boundary=b\n\n\
    --b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
    [EXTERNAL] Please find our SCAL attached. Is row 17 right=3F\n\n-- =\n\nPriya\n\
    --b\nContent-Type: application/octet-stream; name=SCAL.bin\n\n0123\n--b--\n";

#[test]
fn a_need_counts_in_new_words_only() {
    let says = |text: &str| facts_of(&format!("From: p@x.example\n\n{text}\n")).says.needs.len();
    assert_eq!(says("Please send your letters in large print."), 1);
    assert_eq!(says("Thank you.\n\n> Please send your letters in large print."), 0);
    let quoted = "Thanks.\n\nOn Mon, 23 Nov 2026 at 10:15, Sam <sa@ers.example> wrote:\nCould I have it in Welsh?";
    assert_eq!(says(quoted), 0);
    let automatic = "From: p@x.example\nAuto-Submitted: auto-replied\n\nPlease send your letters in large print.\n";
    assert_eq!(facts_of(automatic).says.needs, [], "no person asks");
}

#[test]
fn only_our_own_people_are_heard_to_be_away() {
    let away = |from: &str, fields: &str| {
        let date = "Date: Fri, 27 Nov 2026 16:00:00 +0000";
        let raw =
            format!("From: {from}\nSubject: Automatic reply: Rota\n{date}\n{fields}\nI am away until 4 December.\n");
        let staff_addresses = Address::new("lee@ers.example").into_iter().collect();
        read(raw.as_bytes(), &Receiver { staff_addresses, ..receiver() }, Documents::Skip).says.away
    };
    let until = AwayNotice { from: None, until: Some(jiff::civil::date(2026, 12, 4)) };
    assert_eq!(away("lee@ers.example", "Auto-Submitted: auto-replied\n"), Some(until));
    assert_eq!(away("priya@carevista.example", "Auto-Submitted: auto-replied\n"), None);
    assert_eq!(away("lee@ers.example", ""), None, "a person may write such a subject");
}

#[test]
fn a_message_of_a_partner() {
    let facts = facts_of(OUTLOOK);
    assert_eq!(
        facts.from.as_ref().map(|from| (from.name.as_deref(), from.address.as_str())),
        Some((Some("Priya Nair"), "p.nair@care-vista.example"))
    );
    assert_eq!(facts.to.len(), 2);
    assert_eq!(facts.to[1].name.as_deref(), Some("Team, the"));
    assert!(facts.cc.is_empty());
    assert_eq!(facts.return_path, ReturnPath::Address(Address::new("p.nair@care-vista.example").unwrap()));
    assert_eq!(facts.subject, "Care Vista Link SCAL");
    assert_eq!(facts.references[0].as_str(), "7.0@ers.example");
    assert_eq!((facts.automatic, facts.no_answer.as_deref()), (None, None));
    assert_eq!(facts.authenticated, Authenticated::Pass);
    assert_eq!(facts.says, Says { attachment: true, question: true, anything: true, ..Says::default() });
    assert_eq!(facts.documents[0].name, "SCAL.bin");
    assert!(facts.findings.is_empty());
    assert_eq!(arrival(OUTLOOK.as_bytes()).map(|at| at.to_string()).as_deref(), Some("2026-11-23T10:15:00Z"));
}

#[test]
fn a_file_that_should_be_there_is_missed() {
    let plain = |text: &str| format!("From: p@x.example\nSubject: SCAL\n\n{text}\n");
    for (text, expected) in [
        ("Please find our SCAL attached.", vec![FindingCode::NoAttachment]),
        ("Our SCAL is at https://carevista.sharepoint.com/:x:/s/a", vec![FindingCode::LinkOnly]),
        ("Attached: https://we.tl/t-abc", vec![FindingCode::LinkOnly]),
        ("Hello\n\n> attached https://we.tl/t-abc", vec![]),
        ("WARNING: This attachment was removed. Please see the attached.", vec![FindingCode::RemovedByFilter]),
        ("Attached. ATP Scan In Progress", vec![FindingCode::ScanPending]),
        ("See https://digital.nhs.uk/", vec![]),
    ] {
        assert_eq!(codes(&plain(text)), expected, "{text}");
    }
    let absent = plain("Please find attached.").replace("Subject", "Auto-Submitted: auto-replied\nSubject");
    assert_eq!(codes(&absent), []);
    let with_file = OUTLOOK.replace("[EXTERNAL]", "https://we.tl/t-abc");
    assert_eq!(codes(&with_file), []);
}

#[test]
fn forwarded_messages_placeholders_and_sealed_mail() {
    let with = |part: &str| {
        let head = "From: p@x.example\nContent-Type: multipart/mixed; boundary=b\n\n";
        codes(&format!("{head}--b\n\nPlease see attached.\n--b\n{part}\n--b--\n"))
    };
    assert_eq!(with("Content-Type: message/rfc822\n\nSubject: old\n\nwords"), []);
    assert_eq!(
        with("Content-Type: message/rfc822; name=\"ATP Scan In Progress.eml\"\n\nSubject: x\n\nx"),
        [FindingCode::ScanPending]
    );
    assert_eq!(with("Content-Type: message/rfc822\n\nSubject: ATP Scan In Progress\n\nx"), [FindingCode::ScanPending]);
    assert_eq!(with("Content-Type: text/plain; name=\"Malware Alert Text.txt\"\n\nx"), [FindingCode::RemovedByFilter]);
    assert_eq!(
        with("Content-Type: text/plain; name=\"SCAL.xlsx.txt\"\n\nThis attachment was removed."),
        [FindingCode::RemovedByFilter]
    );
    assert_eq!(
        with("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx"),
        [FindingCode::UnsupportedType]
    );
    assert_eq!(codes("From: p@x.example\nContent-Type: application/x-pkcs7-mime\n\nx"), [FindingCode::UnsupportedType]);
}

#[test]
fn a_return_path_that_differs_from_from_is_no_reason_to_stay_silent_and_a_null_one_is() {
    for (path, expected) in [
        ("", None),
        ("Return-Path: <p@x.example>\n", None),
        ("Return-Path: <bounces+p=x.example@mailer.example>\n", None),
        ("Return-Path: <>\n", Some("A2: null reverse-path")),
    ] {
        let facts = facts_of(&format!("{path}From: p@x.example\nReply-To: other@y.example\nSubject: SCAL\n\nHello"));
        assert_eq!(facts.no_answer.as_deref(), expected, "{path}");
        assert_eq!(facts.from.map(|from| from.address.to_string()).as_deref(), Some("p@x.example"), "{path}");
    }
}

#[test]
fn a_notice_is_looked_for_where_filters_put_it() {
    let with = |before: usize| {
        let part =
            format!("Content-Type: text/plain; name=a.txt\n\n{}This attachment was removed.", "x\n".repeat(before));
        codes(&format!("From: p@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{part}\n--b--\n"))
    };
    assert_eq!(with(limits::NOTICE_BYTES_MAX / 2 - 20), [FindingCode::RemovedByFilter]);
    assert_eq!(with(limits::NOTICE_BYTES_MAX / 2), []);
}

#[test]
fn identity_is_of_what_was_said_not_of_how_it_travelled() {
    let same = facts_of(OUTLOOK).identity;
    let base64 = "W0VYVEVSTkFMXSBQbGVhc2UgZmluZCBvdXIgU0NBTCBhdHRhY2hlZC4gSXMgcm93IDE3IHJpZ2h0PwoKLS0gClByaXlhCg==";
    let start = OUTLOOK.find("[EXTERNAL]").unwrap();
    let end = OUTLOOK.find("\n--b\nContent-Type: application").unwrap();
    for copy in [
        OUTLOOK.replace('\n', "\r\n"),
        OUTLOOK.replace("boundary=b", "boundary=\"==x\"").replace("--b", "--==x"),
        format!("Received: from b by c; Mon, 23 Nov 2026 10:16:00 +0000\nX-Spam: no\nList-Id: <x>\n{OUTLOOK}"),
        OUTLOOK.replace("Subject: Care Vista Link\n SCAL", "Subject: =?utf-8?B?Q2FyZSBWaXN0YSBMaW5rIFNDQUw=?="),
        OUTLOOK.replace("10:14:50 +0000", "11:14:50 +0100 (CET)"),
        OUTLOOK.replace(
            "application/octet-stream; name=SCAL.bin\n\n0123",
            "application/octet-stream\nContent-Transfer-Encoding: base64\n\nMDEyMw==",
        ),
    ] {
        assert_eq!(facts_of(&copy).identity, same, "{copy}");
    }
    let as_base64 = format!("{}{base64}{}", &OUTLOOK[..start], &OUTLOOK[end..]).replace("quoted-printable", "base64");
    assert_eq!(facts_of(&as_base64).identity, same);
    for other in [
        OUTLOOK.replace("abc@care", "abd@care"),
        OUTLOOK.replace("0123", "0124"),
        OUTLOOK.replace("row 17", "row 18"),
        OUTLOOK.replace("10:14:50", "10:14:51"),
        OUTLOOK.replace(" SCAL\n", " SCAL 2\n"),
        OUTLOOK.replace("P.Nair@care-vista.example>", "q@care-vista.example>"),
        OUTLOOK.replace("0123\n--b--", "01\n--b\nContent-Type: application/octet-stream\n\n23\n--b--"),
    ] {
        assert_ne!(facts_of(&other).identity, same, "{other}");
    }
}

#[test]
fn lessons_9_and_15_without_an_id_a_message_is_known_by_what_it_says() {
    let facts = |id: &str, words: &str| {
        let raw = format!(
            "From: p@x.example\nDate: Mon, 23 Nov 2026 10:14:50 +0000\nSubject: SCAL\n{id}Received: x\n\n{words}\n"
        );
        facts_of(&raw)
    };
    let none = facts("", "Which template?");
    for id in ["Message-ID:\n", "Message-ID: <>\n"] {
        let blank = facts(id, "Which template?");
        assert_eq!((&blank.message_id, &blank.identity), (&None, &none.identity), "{id:?}");
    }
    assert_ne!(facts("", "Which version?").identity, none.identity, "the same author, subject and second");
}

#[test]
fn the_envelope_alone_gives_the_same_facts_of_the_header() {
    let facts = facts_of(OUTLOOK);
    let envelope = envelope_only(OUTLOOK.as_bytes(), &receiver());
    assert_eq!(envelope.findings[0].code, FindingCode::Hostile);
    assert!(envelope.documents.is_empty());
    let same = MessageFacts {
        identity: envelope.identity.clone(),
        says: Says::default(),
        documents: Vec::new(),
        findings: envelope.findings.clone(),
        ..facts
    };
    assert_eq!(envelope, same);
    let relayed = format!("Received: x\n{OUTLOOK}");
    assert_eq!(envelope_only(relayed.as_bytes(), &receiver()).identity, envelope.identity);
    assert_eq!(codes("Subject: x"), []);
}

#[test]
fn over_a_limit_a_message_is_not_opened() {
    let nested = "Content-Type: message/rfc822\n\n".repeat(30_000);
    let started = Instant::now();
    assert_eq!(codes(&format!("From: p@x.example\n{nested}")), [FindingCode::Hostile]);
    assert!(started.elapsed() < Duration::from_secs(2));
    let fields = format!("From: p@x.example\nX: {}\n\nattached", "x".repeat(limits::HEADER_BYTES_MAX));
    assert_eq!(codes(&fields), [FindingCode::Hostile]);
    let size = |size: usize| codes(&format!("From: p@x.example\n\n{}", "x".repeat(size - 19)));
    assert_eq!(size(limits::MESSAGE_BYTES_MAX), []);
    assert_eq!(size(limits::MESSAGE_BYTES_MAX + 1), [FindingCode::TooLarge]);
    assert_eq!(
        facts_of(&format!("Subject: {}\n\n", "é".repeat(9_999))).subject.chars().count(),
        limits::SUBJECT_CHARS_MAX
    );
}

/// What a sender controls in number or length stays within its limit.
fn assert_within_limits(raw: &[u8]) -> Result<(), TestCaseError> {
    let facts = read(raw, &receiver(), Documents::Read);
    let files = attachments(raw, &receiver());
    prop_assert_eq!(files.len(), facts.documents.len());
    prop_assert!(facts.documents.len() <= limits::ATTACHMENTS_MAX);
    prop_assert!(facts.subject.chars().count() <= limits::SUBJECT_CHARS_MAX);
    prop_assert!(!facts.subject.chars().any(char::is_control));
    prop_assert!(facts.references.len() <= limits::REFERENCES_MAX);
    prop_assert!(facts.to.len().max(facts.cc.len()) <= limits::ADDRESSES_MAX);
    for file in &files {
        prop_assert!(file.name.chars().count() <= 2 * limits::FILE_NAME_CHARS_MAX + 1);
        prop_assert!(!file.name.chars().any(char::is_control));
    }
    prop_assert_eq!(&read(raw, &receiver(), Documents::Read), &facts);
    envelope_only(raw, &receiver());
    arrival(raw);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_facts(raw in proptest::collection::vec(any::<u8>(), 0..600)) {
        assert_within_limits(&raw)?;
    }

    #[test]
    fn any_lines_of_mail_give_facts(lines in proptest::collection::vec(mail_line(), 0..60)) {
        assert_within_limits(lines.concat().as_bytes())?;
    }

    #[test]
    fn a_message_with_broken_places_gives_facts(edits in proptest::collection::vec((any::<usize>(), any::<u8>(), 0..40_usize), 1..12)) {
        let mut raw = OUTLOOK.as_bytes().to_vec();
        for (at, byte, cut) in edits {
            let at = at % raw.len().max(1);
            let end = (at + cut).min(raw.len());
            raw.splice(at..end, [byte]);
        }
        assert_within_limits(&raw)?;
    }
}

fn mail_line() -> impl Strategy<Value = String> {
    let known = [
        "\n",
        "\r\n",
        "--b\n",
        "--b--\n",
        "From: a@x.example, (b) <c@d>\n",
        "From: =?utf-8?Q?=\n",
        "\tfolded=?\n",
        "Content-Type: multipart/mixed; boundary=b\n",
        "Content-Type: multipart/report; boundary=b; report-type=delivery-status\n",
        "Content-Type: message/rfc822\n",
        "Content-Type: message/delivery-status\n",
        "Content-Type: text/html; charset=utf-16\n",
        "Content-Type: application/ms-tnef; name*0*=utf-8''%; name*1=\"\\\n",
        "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: quoted-printable\n",
        "eJ8+IgAA\n",
        "UEsDBAoAAAAA\n",
        "=3D=\n=4\n",
        "Final-Recipient: rfc822;a@b\n",
        "Action: failed\n",
        "Auto-Submitted: (((auto\n",
        "Return-Path: <>\n",
        "Received: x; Mon, 99 Nov 0000 99:99:99 -9999\n",
        "Authentication-Results: mx.ers.example; dmarc=pass;;=;\n",
        "Message-ID: <<>>\n",
        "References: <a@b> <c\n",
        "<a href=https://we.tl/x><img src='cid:a'>\n",
        "On a wrote:\n",
        "Date: Mon, 23 Nov 2026 10:15:00 +0000\n",
    ];
    prop_oneof![4 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,40}\n"]
}

#[test]
fn lesson_46_blank_runs_and_many_links_take_no_time() {
    let links = "<p><a href=\"https://x.example/abc\">link</a></p>\n".repeat(20_000);
    for body in ["\n \n".repeat(100_000), "On x\n".repeat(50_000), links, "<div class=x id=y ".repeat(50_000)] {
        let started = Instant::now();
        let facts = facts_of(&format!("From: p@x.example\nContent-Type: text/html\n\n{body}"));
        assert!(facts.findings.is_empty());
        assert!(started.elapsed() < Duration::from_secs(5), "{} bytes", body.len());
    }
}

#[test]
fn commands_are_read_of_staff_and_of_nobody_else() {
    let staff = Receiver { staff_addresses: Address::new("jo@ers.example").into_iter().collect(), ..receiver() };
    for (from, expected) in [("jo@ers.example", 1), ("sa@ers.example", 1), ("p.nair@care-vista.example", 0)] {
        let raw = format!("From: {from}\nTo: sa@ers.example\nSubject: x [ERS-00001]\n\n!accept\n");
        assert_eq!(read(raw.as_bytes(), &staff, Documents::Skip).commands.len(), expected, "{from}");
    }
}

#[test]
fn an_approval_form_comes_with_a_second_mailbox_in_copy() {
    let form = include_bytes!("../../../fixtures/documents/approval-form.docx");
    let mail = |cc: &str, file: &[u8]| {
        let mut raw = format!(
            "From: p.nair@care-vista.example\nTo: lsob@ers.example\n{cc}Message-ID: <f1@care-vista.example>\n\
             Content-Type: application/octet-stream; name=form.docx\nContent-Transfer-Encoding: binary\n\n"
        )
        .into_bytes();
        raw.extend_from_slice(file);
        raw
    };
    let second: Vec<Address> = Address::new("forms@ers.example").into_iter().collect();
    for (second, cc, file, expected) in [
        (second.clone(), "", form.as_slice(), true),
        (second.clone(), "Cc: x@care-vista.example\n", form, true),
        (second.clone(), "Cc: x@care-vista.example, Forms <FORMS@ers.example>\n", form, false),
        (second, "", b"no form", false),
        (Vec::new(), "", form, false),
    ] {
        let receiver = Receiver { second_mailboxes: second, ..receiver() };
        let facts = read(&mail(cc, file), &receiver, Documents::Read);
        let told = facts.findings.iter().any(|finding| finding.code == FindingCode::SecondMailboxNotCopied);
        assert_eq!(told, expected, "{cc} {:?}", facts.findings);
    }
}
