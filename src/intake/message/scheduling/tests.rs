use super::*;

const REPLY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:ERS-00001-1-17@ers.exa\r\n mple\r\n\
    SEQUENCE:2\r\nDTSTART;TZID=GMT Standard Time:20260703T103000\r\nDTEND:20260703T103000Z\r\n\
    ATTENDEE;CN=\"Nair; Priya: PARTSTAT=DECLINED\";partstat=accepted:MAILTO:Priya@carevista.example\r\n\
    BEGIN:VALARM\r\nUID:alarm\r\nATTENDEE;PARTSTAT=DECLINED:mailto:eve@evil.example\r\nEND:VALARM\r\n\
    END:VEVENT\r\nEND:VCALENDAR\r\n";

fn read(text: &str) -> Option<Scheduling> {
    event(text, Method::Reply)
}

#[test]
fn g1_a_reply_is_read_with_folds_quotes_and_time_zones() {
    let found = read(REPLY).unwrap();
    assert_eq!((found.uid.as_str(), found.sequence), ("ERS-00001-1-17@ers.example", 2));
    assert_eq!(found.starts, Some("2026-07-03T09:30:00Z".parse().unwrap()), "summer time in London");
    assert_eq!(found.ends, Some("2026-07-03T10:30:00Z".parse().unwrap()));
    let priya = Address::new("priya@carevista.example").unwrap();
    assert_eq!(found.attendees, [Attendee { address: priya, answer: Some(Participation::Accepted) }]);
    assert_eq!(read(&REPLY.replace("\r\n", "\n")), Some(found), "line ends do not count");
}

#[test]
fn g1_each_method_is_told_apart() {
    for (name, of_type) in [
        ("REQUEST", Method::Request),
        ("REPLY", Method::Reply),
        ("cancel", Method::Cancel),
        ("COUNTER", Method::Counter),
    ] {
        let text = REPLY.replace("METHOD:REPLY", &format!("METHOD:{name}"));
        assert_eq!(method(name), Some(of_type));
        assert_eq!(event(&text, of_type).map(|found| found.method), Some(of_type), "{name}");
    }
    assert_eq!(method("DECLINECOUNTER"), None);
}

#[test]
fn g1_what_contradicts_itself_or_is_not_one_event_is_none() {
    let second = "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:other\r\nEND:VEVENT\r\n";
    for (change, to) in [
        ("METHOD:REPLY", "METHOD:REQUEST"),
        ("METHOD:REPLY\r\n", ""),
        ("END:VEVENT\r\n", second),
        ("BEGIN:VEVENT\r\n", ""),
        ("SEQUENCE:2", "SEQUENCE:-1"),
        ("SEQUENCE:2", "SEQUENCE:99999999999"),
        ("UID:ERS", "X-UID:ERS"),
    ] {
        let changed = REPLY.replacen(change, to, 1);
        assert_ne!(changed, REPLY);
        assert_eq!(read(&changed), None, "{to:?} for {change:?}");
    }
}

#[test]
fn a_link_is_a_plain_one_and_a_zone_unknown_here_gives_no_time() {
    let with = |line: &str| read(&REPLY.replace("SEQUENCE:2", &format!("SEQUENCE:2\r\n{line}"))).unwrap().link;
    assert_eq!(with("LOCATION:https://meet.example/1").as_deref(), Some("https://meet.example/1"));
    assert_eq!(with("LOCATION:Room 4\\, https://meet.example/1"), None);
    assert_eq!(with("URL:javascript:alert(1)"), None);
    assert_eq!(read(&REPLY.replace("GMT Standard Time", "Mars/Base")).unwrap().starts, None);
    assert_eq!(read(&REPLY.replace("20260703T103000\r", "20261399T993000\r")).unwrap().starts, None);
}

#[test]
fn limits_of_lines_values_and_attendees_hold() {
    let with = |lines: &str| read(&REPLY.replace("SEQUENCE:2\r\n", &format!("SEQUENCE:2\r\n{lines}")));
    let known = REPLY.lines().count() - 1;
    let attendee = "ATTENDEE:mailto:a@b.example\r\n";
    assert_eq!(with(&attendee.repeat(limits::ADDRESSES_MAX)).unwrap().attendees.len(), limits::ADDRESSES_MAX);
    assert!(with(&"X-A:1\r\n".repeat(limits::CALENDAR_LINES_MAX - known)).is_some());
    assert_eq!(with(&"X-A:1\r\n".repeat(limits::CALENDAR_LINES_MAX - known + 1)), None);
    assert_eq!(read(&REPLY.replace("UID:ERS", &format!("UID:{}", "x".repeat(limits::CALENDAR_VALUE_CHARS_MAX)))), None);
}

#[test]
fn a_calendar_larger_than_allowed_is_not_read() {
    use crate::intake::message::headers::Headers;
    use crate::intake::message::mime::walk;
    let of_size = |bytes: usize| {
        let head = "Content-Type: text/calendar; method=REPLY\r\n\r\n";
        let padding = "x".repeat(bytes - REPLY.len() - "X-A:\r\n".len());
        let raw = format!("{head}{}", REPLY.replace("SEQUENCE:2", &format!("X-A:{padding}\r\nSEQUENCE:2")));
        let (headers, body) = Headers::split(raw.as_bytes());
        scheduling(&walk(&headers, body))
    };
    assert!(of_size(limits::CALENDAR_BYTES_MAX).is_some());
    assert_eq!(of_size(limits::CALENDAR_BYTES_MAX + 1), None);
}
