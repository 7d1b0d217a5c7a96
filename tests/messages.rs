//! What is read from messages as mail programs and servers write them: every message of the fixtures.

#[path = "../fixtures/generate/mail.rs"]
mod mail;

use std::collections::BTreeMap;

use assured::domain::ids::Address;
use assured::domain::reading::{Authenticated, Automatic, BounceAction, FindingCode, MessageFacts};
use assured::intake::message::{self, Documents};
use assured::intake::{Receiver, TrustRule};

const SCAL: &[u8] = b"PK\x03\x04 stands for a workbook; what it says is tested elsewhere";

fn receiver() -> Receiver {
    Receiver {
        own_addresses: Address::new("solution.assurance@ers.example").into_iter().collect(),
        trust: vec![TrustRule::AuthservId("mx.ers.example".to_owned())],
        ..Receiver::default()
    }
}

fn fixtures() -> BTreeMap<String, Vec<u8>> {
    let documents = BTreeMap::from([("scal-good.xlsx".to_owned(), SCAL.to_vec())]);
    let named = |path: String| path.trim_start_matches("messages/").trim_end_matches(".eml").to_owned();
    mail::messages(&documents).into_iter().map(|(path, bytes)| (named(path), bytes)).collect()
}

fn fixture(name: &str) -> Vec<u8> {
    fixtures().remove(name).unwrap_or_default()
}

fn facts(name: &str) -> MessageFacts {
    message::read(&fixture(name), &receiver(), Documents::Skip)
}

#[test]
fn fixtures_are_the_same_every_time_and_have_crlf() {
    let all = fixtures();
    assert_eq!(all, fixtures());
    for (name, bytes) in all {
        let bare = bytes.iter().enumerate().any(|(at, byte)| *byte == b'\n' && (at == 0 || bytes[at - 1] != b'\r'));
        assert!(!bare, "{name}");
        assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 999), "{name} has a line over 998 bytes");
    }
    assert!(mail::messages(&BTreeMap::new()).iter().all(|(path, _)| !path.contains("-scal")));
}

#[test]
fn a_scal_from_every_mail_program() {
    for (name, from, subject, file) in [
        ("outlook-scal", "priya.nair@care-vista.example", "Care Vista Link SCAL", "Care Vista Link SCAL.xlsx"),
        ("gmail-scal", "tom.ellis@clinic-bridge.example", "Re: Clinic Bridge SCAL", "Clinic Bridge - SCAL.xlsx"),
        ("apple-mail-scal", "mira@reseau-care.example", "Réseau Care SCAL", "Réseau Care SCAL.xlsx"),
        (
            "evolution-scal",
            "sam@north-street.example",
            "DRAFT SCAL",
            "North Street Practice Systems - SCAL for e-RS.xlsx",
        ),
        ("outlook-winmail", "priya.nair@care-vista.example", "SCAL as winmail.dat", "Care Vista Link SCAL.xlsx"),
        ("outlook-forwarded", "priya.nair@care-vista.example", "FW: final SCAL", "SCAL final.xlsx"),
        ("outlook-zip", "priya.nair@care-vista.example", "SCAL in a zip", "For NHS.zip/SCAL.xlsx"),
        ("broken-charset", "office@cafe-care.example", "Café Care SCAL", "Café SCAL.xlsx"),
    ] {
        let facts = facts(name);
        assert_eq!(facts.from.map(|from| from.address.to_string()).as_deref(), Some(from), "{name}");
        assert_eq!(facts.subject, subject, "{name}");
        assert_eq!((facts.automatic, facts.no_answer), (None, None), "{name}");
        assert_eq!(facts.authenticated, Authenticated::Pass, "{name}");
        assert!(facts.findings.is_empty() && facts.message_id.is_some(), "{name}: {:?}", facts.findings);
        let files = message::attachments(&fixture(name), &receiver());
        assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), [file], "{name}");
        assert_eq!(files[0].bytes, SCAL, "{name}");
    }
}

#[test]
fn what_the_senders_say() {
    let says = |name: &str| facts(name).says;
    assert!(says("outlook-scal").attachment && !says("outlook-scal").question && !says("outlook-scal").draft);
    assert!(says("gmail-scal").question && says("gmail-scal").attachment);
    assert!(says("evolution-scal").draft && says("evolution-scal").for_information);
    assert!(says("thanks").thanks_only && !says("thanks").attachment);
    assert!(says("apple-mail-scal").anything && !says("apple-mail-scal").thanks_only);
}

#[test]
fn everyday_mail_is_routine() {
    for name in fixtures().keys() {
        let facts = facts(name);
        assert!(facts.not_routine.is_empty() && facts.not_routine_reply_subject.is_empty(), "{name}");
    }
}

#[test]
fn files_that_did_not_come() {
    for (name, code) in [
        ("onedrive-link", Some(FindingCode::LinkOnly)),
        ("no-attachment", Some(FindingCode::NoAttachment)),
        ("scan-placeholder", Some(FindingCode::ScanPending)),
        ("removed-by-filter", Some(FindingCode::RemovedByFilter)),
        ("smime-opaque", Some(FindingCode::UnsupportedType)),
        ("thanks", None),
    ] {
        let facts = facts(name);
        let codes: Vec<_> = facts.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{name}");
        assert!(facts.documents.is_empty() && facts.automatic.is_none(), "{name}");
    }
}

#[test]
fn what_no_person_wrote() {
    for (name, automatic, action) in [
        ("out-of-office", Automatic::OutOfOffice, None),
        ("exchange-ndr", Automatic::Bounce, Some((BounceAction::Failed, Some("5.1.10")))),
        ("postfix-bounce", Automatic::Bounce, Some((BounceAction::Failed, Some("5.1.1")))),
        ("postfix-delayed", Automatic::DeliveryNotice, Some((BounceAction::Delayed, Some("4.4.1")))),
        ("read-receipt", Automatic::DeliveryNotice, Some((BounceAction::Other, None))),
        ("mailing-list", Automatic::List, None),
        ("calendar-reply", Automatic::Calendar, None),
    ] {
        let facts = facts(name);
        assert_eq!(facts.automatic, Some(automatic), "{name}");
        assert!(facts.no_answer.is_some() && facts.findings.is_empty() && facts.documents.is_empty(), "{name}");
        let bounce = facts.bounce.as_ref();
        assert_eq!(bounce.map(|b| (b.action, b.status.as_deref())), action, "{name}");
        if let Some(bounce) = bounce {
            assert_eq!(bounce.original.as_ref().map(|id| id.as_str()), Some("17.0.9f2c@ers.example"), "{name}");
            assert_eq!(bounce.recipient.as_ref().map(Address::as_str), Some("priya.nair@care-vista.example"), "{name}");
        }
    }
}
