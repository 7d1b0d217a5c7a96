//! Commands as staff write them, and what they are told when one is not understood.

use jiff::civil::date;

use super::*;

const TODAY: Date = date(2026, 11, 23);

fn priya() -> Address {
    Address::new("priya@carevista.example").expect("an address")
}

#[test]
fn every_command_is_explained() {
    for verb in LIST.split(", ").filter_map(|usage| usage.split_whitespace().next()) {
        assert!(HELP.iter().any(|line| line.starts_with(verb)), "!help says nothing of {verb}");
    }
}

fn read(text: &str) -> Result<Command, String> {
    Order::parse(text, TODAY).map(|order| order.command).map_err(|error| error.to_string())
}

fn away(who: Option<Address>, from: (i16, i8, i8), until: (i16, i8, i8)) -> Command {
    Command::Away { who, from: date(from.0, from.1, from.2), until: date(until.0, until.1, until.2) }
}

#[test]
fn verbs_are_read_as_people_write_them() {
    let starts = date(2026, 12, 3).at(10, 30, 0, 0);
    let session = |minutes, link: Option<&str>| Command::Session {
        starts,
        minutes,
        link: link.map(str::to_owned),
        with: Vec::new(),
    };
    let omar = Address::new("omar@ers.example").expect("an address");
    let together = Command::Session { starts, minutes: 90, link: None, with: vec![priya(), omar] };
    let on = |day: i8, hour: i8, minute: i8| date(2026, 12, day).at(hour, minute, 0, 0);
    let offer = Command::Offer { times: vec![on(3, 10, 30), on(3, 14, 0), on(4, 9, 0)], minutes: 90 };
    let tests = || vec!["A005-03".to_owned(), "A007-01".to_owned()];
    for (text, expected) in [
        (" !Accept ", Command::Accept),
        ("!changes", Command::Changes { form: None }),
        ("!changes rxq", Command::Changes { form: Some("RXQ".to_owned()) }),
        ("!hold  CSO on leave", Command::Hold { reason: "CSO on leave".to_owned() }),
        ("!session 3 December 2026 10.30am 60 minutes", session(60, None)),
        ("!session Thursday 3 Dec at 10:30", session(60, None)),
        ("!session 03/12/2026 10.30am https://meet.example/1 2 hours", session(120, Some("https://meet.example/1"))),
        ("!session 3 December 10.30am 90 minutes with priya@carevista.example and Omar@ers.example", together),
        ("!session 3 December 10.30am or 2pm or 4 December 9am 90 minutes", offer),
        ("!cancel no-show", Command::Cancel { reason: Some("no-show".to_owned()) }),
        ("!passed", Command::Passed { tests: Vec::new() }),
        ("!passed all", Command::Passed { tests: Vec::new() }),
        ("!remedial a005-03, A007-01 and A005-03.", Command::Remedial { tests: tests() }),
        ("!agreement unchanged", Command::Agreement { unchanged: true }),
        ("!approve RXQ", Command::Approve { form: Some("RXQ".to_owned()) }),
        ("!until 1 March", Command::Until { day: date(2027, 3, 1) }),
        ("!told by phone 20 November", Command::Told { how: "by phone".to_owned(), on: date(2026, 11, 20) }),
        ("!told on the telephone", Command::Told { how: "on the telephone".to_owned(), on: TODAY }),
        ("!mode User restricted", Command::Mode { mode: AccessMode::UserRestricted }),
        ("!received scal", Command::Received { what: SubmissionKind::Scal, form: None }),
        ("!received pack on 20 November", Command::Received { what: SubmissionKind::WitnessPack, form: None }),
        ("!received Form rxq", Command::Received { what: SubmissionKind::ApprovalForm, form: Some("RXQ".to_owned()) }),
        ("!withdraw", Command::Withdraw { reason: None }),
        ("!undo", Command::Undo),
        ("!merge ers-41", Command::Merge { into: CaseRef::from_number(41) }),
        ("!move [ERS-00041].", Command::Move { to: CaseRef::from_number(41) }),
        ("!split SCAL v2.xlsx", Command::Split { file: "SCAL v2.xlsx".to_owned() }),
        ("!assign Amina Osei", Command::Assign { who: "Amina Osei".to_owned() }),
        ("!away 3 December to 10 December 2026", away(None, (2026, 12, 3), (2026, 12, 10))),
        ("!away until 10 December", away(None, (2026, 11, 23), (2026, 12, 10))),
        ("!away tomorrow", away(None, (2026, 11, 24), (2026, 11, 24))),
        ("!away Priya@CareVista.example 28 Dec to 4 Jan", away(Some(priya()), (2026, 12, 28), (2027, 1, 4))),
        ("!away on 20 November to 24 November", away(None, (2026, 11, 20), (2026, 11, 24))),
        ("!back", Command::Back { who: None }),
        ("!back Priya@CareVista.example", Command::Back { who: Some(priya()) }),
        ("!contact remove Priya@CareVista.example", Command::Contact { joins: false, address: priya() }),
    ] {
        assert_eq!(read(text), Ok(expected), "{text}");
    }
}

#[test]
fn how_to_carry_it_out_stands_at_the_end() {
    for (text, manner) in [
        ("!accept", Manner::default()),
        ("!accept silent", Manner { silent: true, ..Manner::default() }),
        ("!assign Amina Osei silent", Manner { silent: true, ..Manner::default() }),
        ("!passed A005-03 send", Manner { send: true, ..Manner::default() }),
        ("!accepted on 20 Nov silent", Manner { silent: true, on: Some(date(2026, 11, 20)), ..Manner::default() }),
        ("!hold they asked to be silent", Manner::default()),
    ] {
        assert_eq!(Order::parse(text, TODAY).unwrap().manner, manner, "{text}");
    }
    assert_eq!(read("!passed A005-03 silent"), Ok(Command::Passed { tests: vec!["A005-03".to_owned()] }));
}

#[test]
fn faults_are_named_with_an_example() {
    for (text, says) in [
        ("accept", "starts with an exclamation mark"),
        ("!acept", "there is no command !acept"),
        ("!hold", "!hold needs a reason"),
        ("!resume tomorrow", "\"tomorrow\" was not understood"),
        ("!session next week", "!session needs a date and a time"),
        ("!session 3 December 2026", "such as: !session 3 December 2026 10.30am"),
        ("!session 3 December 2026 10am 60 bananas", "!session needs"),
        ("!session 3 December 2026 10am 20 hours", "!session needs"),
        ("!remedial", "!remedial needs the tests"),
        ("!until 1 November 2026", "still to come"),
        ("!told by phone 24 November", "how they were told"),
        ("!told", "how they were told"),
        ("!received", "!received needs scal, pack or form"),
        ("!received form", "!received needs scal, pack or form"),
        ("!received scal RXQ", "such as: !received scal on 24 November"),
        ("!contact add", "!contact needs add or remove, and an address"),
        ("!contact drop priya@carevista.example", "!contact needs add or remove"),
        ("!assign", "!assign needs a name or an address of the staff, or nobody, such as: !assign Amina Osei"),
        ("!away", "!away 3 December to 10 December, or !away until 10 December"),
        ("!away next week", "!away needs the days"),
        ("!away 3 November to 10 November 2026", "the last is still to come"),
        ("!away 3 December to 10 December with Tom", "!away needs the days"),
        ("!back tomorrow", "\"tomorrow\" was not understood"),
        ("!mode both", "application-restricted or user-restricted"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn commands_recorded_before_they_took_more_still_read() {
    let changes: Command = serde_json::from_str(r#"{"verb":"changes"}"#).unwrap();
    assert_eq!(changes, Command::Changes { form: None });
    assert_eq!(serde_json::to_string(&changes).unwrap(), r#"{"verb":"changes"}"#);
}
