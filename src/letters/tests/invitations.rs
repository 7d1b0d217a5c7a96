//! The calendar part of invitations, by the rules of STANDARDS G1 to G3.

use std::collections::BTreeMap;

use mail_parser::{MessageParser, MimeHeaders};

use super::{rendered, sample};
use crate::domain::effect::{Content, Letter};

/// RFC 5545 §3.1, without the line break.
const LINE_OCTETS_MAX: usize = 75;

/// The method of the content type, and the text as it is read.
fn calendar(letter: &Letter) -> Option<(String, String)> {
    let raw = rendered(letter).raw;
    let message = MessageParser::default().parse(&raw)?;
    let part = message
        .parts
        .iter()
        .find(|part| part.content_type().is_some_and(|of| of.ctype() == "text" && of.subtype() == Some("calendar")))?;
    let method = part.content_type()?.attribute("method")?.to_owned();
    Some((method, String::from_utf8(part.contents().to_vec()).ok()?))
}

/// Unfolded lines, by the name of their property; those that come again are joined.
fn properties(text: &str) -> BTreeMap<String, String> {
    let mut properties = BTreeMap::new();
    for line in text.replace("\r\n ", "").split("\r\n").filter(|line| !line.is_empty()) {
        let end = line.find([':', ';']).unwrap_or(line.len());
        let (name, value) = line.split_at(end);
        let known: &mut String = properties.entry(name.to_owned()).or_default();
        known.push_str(value);
    }
    properties
}

fn session(name: &str) -> BTreeMap<String, String> {
    properties(&calendar(&sample(name)).unwrap_or_else(|| panic!("{name} has no calendar part")).1)
}

#[test]
fn g1_the_method_stands_in_the_part_and_in_its_type() {
    for (name, method) in [
        ("invitation", "REQUEST"),
        ("invitation-moved", "REQUEST"),
        ("invitation-cancelled", "CANCEL"),
        ("staff-invitation", "REQUEST"),
        ("staff-invitation-cancelled", "CANCEL"),
    ] {
        let (of_type, text) = calendar(&sample(name)).unwrap();
        assert_eq!(of_type, method, "{name}");
        assert_eq!(properties(&text)["METHOD"], format!(":{method}"), "{name}");
    }
    for name in ["invitation-tomorrow", "staff-invitation-tomorrow", "outcome"] {
        assert_eq!(calendar(&sample(name)), None, "{name} invites nobody");
    }
}

#[test]
fn g2_a_session_keeps_its_uid_and_each_change_raises_its_sequence() {
    let [booked, moved, cancelled] = ["invitation", "invitation-moved", "invitation-cancelled"].map(session);
    for later in [&moved, &cancelled] {
        assert_eq!(later["UID"], booked["UID"]);
    }
    let sequence = |of: &BTreeMap<String, String>| of["SEQUENCE"].trim_start_matches(':').parse::<u32>().unwrap();
    assert!(sequence(&booked) < sequence(&moved) && sequence(&moved) < sequence(&cancelled));
    assert_eq!((booked["STATUS"].as_str(), cancelled["STATUS"].as_str()), (":CONFIRMED", ":CANCELLED"));
    assert_eq!(booked["DTSTAMP"], ":20261123T091420Z", "the time of the letter");
    assert_eq!((booked["DTSTART"].as_str(), booked["DTEND"].as_str()), (":20261203T103000Z", ":20261203T113000Z"));
    assert!(booked["ORGANIZER"].ends_with(":mailto:assurance@ers.example"), "{}", booked["ORGANIZER"]);
    assert!(booked["ATTENDEE"].contains("RSVP=TRUE:mailto:priya.nair@carevista.example"), "{}", booked["ATTENDEE"]);
}

#[test]
fn g3_lines_are_short_and_text_cannot_become_a_line_of_its_own() {
    let hostile = "Link; v2, \\ \u{202e}\u{1f512}\r\nATTENDEE:mailto:eve@evil.example\nEND:VEVENT";
    let mut letter = sample("invitation");
    if let Content::Invitation(invitation) = &mut letter.content {
        invitation.supplier.product = Some(format!("{hostile} {}", "ü".repeat(200)));
        invitation.session.link = Some(format!("https://meet.example/{}\r\nURL:https://evil.example", "x".repeat(200)));
    }
    let (_, text) = calendar(&letter).unwrap();
    for line in text.split("\r\n") {
        assert!(line.len() <= LINE_OCTETS_MAX && !line.contains(['\r', '\n']), "{} octets: {line:?}", line.len());
    }
    let (plain, told) = (session("invitation"), properties(&text));
    assert_eq!(told.keys().collect::<Vec<_>>(), plain.keys().collect::<Vec<_>>());
    assert_eq!(told["ATTENDEE"], plain["ATTENDEE"]);
    assert_eq!(text.matches("END:VEVENT\r\n").count(), 1);
    let escaped = told["SUMMARY"].replace("\\;", "").replace("\\,", "").replace("\\\\", "");
    assert!(!escaped.contains([';', ',', '\\']), "{}", told["SUMMARY"]);
}

#[test]
fn staff_see_the_partner_among_the_attendees_and_the_partner_sees_nobody_of_ours() {
    let mut letter = sample("staff-invitation");
    letter.to = crate::domain::ids::Address::new("asha@staff.example").unwrap();
    let told = properties(&calendar(&letter).unwrap().1);
    let attendee = ";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:";
    assert_eq!(told["ATTENDEE"], format!("{attendee}asha@staff.example{attendee}priya.nair@carevista.example"));
    assert_eq!(session("invitation")["ATTENDEE"], format!("{attendee}priya.nair@carevista.example"));
}
