//! The gate as a table: one thing is changed in a letter that may leave, and it may not.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::calendar::{Calendar, Holidays};
use crate::domain::ids::{BlobDigest, LetterId, MailboxName, MessageId};
use crate::domain::outbox::QueuedLetter;
use crate::domain::policy::{Caps, Days, SharedMailbox, Team};

const TO: &str = "priya@carevista.example";

fn at(text: &str) -> Timestamp {
    format!("2026-11-23T{text}Z").parse().expect("a time")
}

fn policy() -> Policy {
    let list = include_str!("../../../config/bank-holidays.json");
    Policy {
        calendar: Calendar::new(Holidays::from_json(list).expect("the list")),
        days: Days::default(),
        mailboxes: vec![SharedMailbox {
            name: MailboxName::new("sa"),
            address: Address::new("sa@ers.example").expect("an address"),
            aliases: Vec::new(),
            team_name: "SA".to_owned(),
            team: Team::Sa,
            level: Level::Send,
            levels: BTreeMap::new(),
            silence_office_hours: None,
        }],
        staff: Vec::new(),
        shared_domains: BTreeSet::new(),
        staff_alerts: Level::Send,
        caps: Caps {
            correspondent_hour_max: 2,
            correspondent_day_max: 3,
            minute_max: 4,
            breaker_hour_max: 6,
            ..Caps::default()
        },
        allow_list: BTreeSet::new(),
        together_minutes: 20,
        witness_pack_link: None,
        secure_transfer: None,
        safety_contact: None,
        urgent_contacts: Vec::new(),
        agreement_notices_from: Vec::new(),
        answer_within_days: 3,
        sent_lookup_secs: 120,
        digest: true,
        canary: None,
        alarm: false,
    }
}

fn letter(kind: LetterKind, level: Level) -> OutboxLetter {
    let queued = QueuedLetter {
        id: LetterId { step: 1, index: 0 },
        kind,
        mailbox: MailboxName::new("sa"),
        case: None,
        to: Address::new(TO).expect("an address"),
        subject: "Care Vista Link".to_owned(),
        message_id: MessageId::new("1@ers.example").expect("an id"),
        raw: BlobDigest::from_hex("00"),
        level,
        of_command: None,
    };
    OutboxLetter::queue(queued, at("09:00:00"))
}

fn acknowledgement() -> OutboxLetter {
    letter(LetterKind::Acknowledgement, Level::Send)
}

const HEADERS: [&str; 4] = [
    "From: SA <sa@ers.example>",
    "To: Priya Nair <priya@carevista.example>",
    "Auto-Submitted: auto-replied",
    "X-Auto-Response-Suppress: All",
];

fn raw(headers: &[&str]) -> Vec<u8> {
    format!("{}\r\n\r\nTo: nobody@else.example\r\nBcc: hidden@else.example\r\n", headers.join("\r\n")).into_bytes()
}

fn traffic(times: &[&str]) -> Traffic {
    let mut traffic = Traffic::default();
    times.iter().for_each(|time| traffic.note(at(time), Traffic::DAY));
    traffic
}

fn passes(policy: &Policy, letter: &OutboxLetter, around: &Surroundings, now: &str) -> Gate {
    gate(policy, letter, &raw(&HEADERS), around, at(now))
}

fn quiet() -> Surroundings {
    Surroundings::default()
}

fn is_closed(gate: &Gate, says: &str) -> bool {
    matches!(gate, Gate::Closed { why } if why.contains(says))
}

#[test]
fn only_automatic_mail_to_the_one_recorded_recipient_leaves() {
    let with = |index: usize, header: &'static str| {
        let mut headers = HEADERS.to_vec();
        headers[index] = header;
        headers
    };
    let and = |header: &'static str| [HEADERS.as_slice(), &[header]].concat();
    for headers in [
        HEADERS.to_vec(),
        with(1, "To: priya@carevista.example"),
        with(1, "to: <Priya@CareVista.example>"),
        with(1, "To: =?utf-8?Q?Pr=C3=AFya?=\r\n <priya@carevista.example>"),
        with(1, "To: \"Nair, Priya (a@b)\" <priya@carevista.example>"),
        with(2, "auto-submitted:\r\n\tauto-generated"),
        and("Subject: =?utf-8?Q?a?=\r\n =?utf-8?Q?To:_b?="),
    ] {
        let gate = gate(&policy(), &acknowledgement(), &raw(&headers), &quiet(), at("10:00:00"));
        assert_eq!(gate, Gate::Pass, "{headers:?}");
    }
    let (automatic, suppress, recipient) = ("Auto-Submitted", "X-Auto-Response-Suppress", "recipient");
    for (headers, says) in [
        (with(2, "Auto-Submitted: no"), automatic),
        (with(2, "Subject: Auto-Submitted: auto-replied"), automatic),
        (and("Auto-Submitted: auto-replied"), automatic),
        (with(3, "X-Auto-Response-Suppress: OOF"), suppress),
        (with(3, "X-Nothing: All"), suppress),
        (with(1, "To: other@carevista.example"), recipient),
        (with(1, "To: not-priya@carevista.example"), recipient),
        (with(1, "To: priya@carevista.example.evil.example"), recipient),
        (with(1, "To: priya@carevista.example, other@else.example"), recipient),
        (with(1, "To: other@else.example, <priya@carevista.example>"), recipient),
        (with(1, "To: <other@else.example>, <priya@carevista.example>"), recipient),
        (with(1, "To: <priya@carevista.example>,\r\n <other@else.example>"), recipient),
        (with(1, "To: \"priya@carevista.example\" <other@else.example>"), recipient),
        (with(1, "X-To: priya@carevista.example"), recipient),
        (and("To: priya@carevista.example"), recipient),
        (and("Cc: other@else.example"), recipient),
        (and("bcc: other@else.example"), recipient),
        (and("Bcc:\r\n other@else.example"), recipient),
    ] {
        let gate = gate(&policy(), &acknowledgement(), &raw(&headers), &quiet(), at("10:00:00"));
        assert!(is_closed(&gate, says), "{headers:?}: {gate:?}");
    }
    let bare_newlines = HEADERS.join("\n").into_bytes();
    let gate = gate(&policy(), &acknowledgement(), &bare_newlines, &quiet(), at("10:00:00"));
    assert!(is_closed(&gate, automatic), "what is no header is not read as one: {gate:?}");
}

#[test]
fn level_and_state_say_whether_a_letter_leaves_at_all() {
    let now = at("09:00:00");
    let states = || {
        [
            LetterState::Observed,
            LetterState::Held,
            LetterState::Waiting { not_before: now, reason: None },
            LetterState::Trying { since: now },
            LetterState::Sent { at: now },
            LetterState::Refused { at: now, reason: "no".to_owned() },
            LetterState::Withdrawn { at: now },
        ]
    };
    for level in [Level::Observe, Level::Hold, Level::Send] {
        for state in states() {
            let leaves = matches!(state, LetterState::Waiting { .. } | LetterState::Trying { .. });
            let letter = OutboxLetter { state, ..letter(LetterKind::Acknowledgement, level) };
            let gate = passes(&policy(), &letter, &quiet(), "10:00:00");
            assert_eq!(gate == Gate::Pass, leaves && level != Level::Observe, "{level:?} {:?}", letter.state);
        }
    }
    for (level, state) in [(Level::Observe, "observed"), (Level::Hold, "held"), (Level::Send, "waiting")] {
        assert_eq!(letter(LetterKind::Acknowledgement, level).state.name(), state);
    }
}

#[test]
fn stop_is_for_partner_mail_and_the_breaker_for_all_but_its_own_alarm() {
    let stopped = Surroundings { partner_mail_stopped: true, ..quiet() };
    let tripped = Surroundings { breaker_tripped: true, ..quiet() };
    let busy = Surroundings { everyone: traffic(&["09:10:00"; 6]), ..quiet() };
    for kind in LetterKind::ALL {
        let letter = letter(kind, Level::Send);
        let gate = |around: &Surroundings| passes(&policy(), &letter, around, "10:00:00");
        assert_eq!(is_closed(&gate(&stopped), "!start"), !kind.is_for_staff(), "{}", kind.name());
        let alarm = kind == LetterKind::StaffAttention;
        assert_eq!(is_closed(&gate(&tripped), "breaker"), !alarm, "{}", kind.name());
        assert_eq!(matches!(gate(&busy), Gate::Trip { .. }), !alarm, "{}", kind.name());
    }
    let five = Surroundings { everyone: traffic(&["09:10:00"; 5]), ..quiet() };
    assert_eq!(passes(&policy(), &acknowledgement(), &five, "10:00:00"), Gate::Pass, "one below the breaker");
    let past = Surroundings { everyone: traffic(&["09:00:00"; 6]), ..quiet() };
    assert_eq!(passes(&policy(), &acknowledgement(), &past, "10:00:00"), Gate::Pass, "an hour later");
}

#[test]
fn an_allow_list_lets_through_addresses_and_domains() {
    for (allowed, leaves) in [
        ("priya@carevista.example", true),
        ("carevista.example", true),
        ("vista.example", false),
        ("example", false),
        ("other@carevista.example", false),
    ] {
        let policy = Policy { allow_list: BTreeSet::from([allowed.to_owned()]), ..policy() };
        let gate = passes(&policy, &acknowledgement(), &quiet(), "10:00:00");
        assert_eq!(gate == Gate::Pass, leaves, "{allowed}");
        assert!(leaves || is_closed(&gate, "allow-list"), "{gate:?}");
    }
}

#[test]
fn caps_name_the_moment_at_which_they_free_up() {
    let correspondent = |times: &[&str]| Surroundings { correspondent: traffic(times), ..quiet() };
    let everyone = |times: &[&str]| Surroundings { everyone: traffic(times), ..quiet() };
    for (around, now, free) in [
        (correspondent(&["09:10:00"]), "10:00:00", None),
        (correspondent(&["09:10:00", "09:40:00"]), "10:00:00", Some("10:10:00")),
        (correspondent(&["09:40:00", "09:10:00"]), "10:09:59", Some("10:10:00")),
        (correspondent(&["09:10:00", "09:40:00"]), "10:10:00", None),
        (correspondent(&["09:10:00", "09:40:00", "09:50:00"]), "10:00:00", Some("24 hours after 09:10:00")),
        (everyone(&["09:59:10", "09:59:20", "09:59:30", "09:59:40"]), "10:00:00", Some("10:00:10")),
        (everyone(&["09:59:10", "09:59:20", "09:59:30", "09:59:40"]), "10:00:10", None),
        (everyone(&["09:59:10", "09:59:20", "09:59:30", "09:59:40", "09:59:50"]), "10:00:00", Some("10:00:20")),
    ] {
        let expected = free.map(|free| match free.strip_prefix("24 hours after ") {
            Some(time) => at(time) + SignedDuration::from_hours(24),
            None => at(free),
        });
        let gate = passes(&policy(), &acknowledgement(), &around, now);
        let found = match &gate {
            Gate::NotBefore { at, .. } => Some(*at),
            Gate::Pass => None,
            Gate::Closed { .. } | Gate::Trip { .. } => panic!("{gate:?}"),
        };
        assert_eq!(found, expected, "{around:?} at {now}");
        if let Some(free) = found {
            let then = super::gate(&policy(), &acknowledgement(), &raw(&HEADERS), &around, free);
            assert_eq!(then, Gate::Pass, "it may leave at the moment that was named");
        }
    }
    let none = Policy { caps: Caps { minute_max: 0, ..policy().caps }, ..policy() };
    let gate = passes(&none, &acknowledgement(), &quiet(), "10:00:00");
    assert!(matches!(gate, Gate::NotBefore { at: free, .. } if free == at("10:01:00")), "{gate:?}");
}

#[test]
fn staff_are_exempt_from_the_caps_of_a_correspondent_only() {
    let much = Surroundings { correspondent: traffic(&["09:50:00"; 5]), ..quiet() };
    let minute = Surroundings { everyone: traffic(&["09:59:30"; 4]), ..quiet() };
    for kind in LetterKind::ALL {
        let letter = letter(kind, Level::Send);
        let gate = passes(&policy(), &letter, &much, "10:00:00");
        assert_eq!(gate == Gate::Pass, kind.is_for_staff(), "{}", kind.name());
        let gate = passes(&policy(), &letter, &minute, "10:00:00");
        assert!(matches!(gate, Gate::NotBefore { .. }), "{}: {gate:?}", kind.name());
    }
}

#[test]
fn the_default_caps_are_those_of_the_design() {
    let caps = Caps::default();
    let all = (caps.correspondent_hour_max, caps.correspondent_day_max, caps.minute_max, caps.breaker_hour_max);
    assert_eq!(all, (5, 20, 30, 200));
}

#[test]
fn traffic_forgets_what_is_too_old_to_count() {
    let mut traffic = traffic(&["08:00:00", "09:00:00"]);
    traffic.note(at("09:30:00"), Traffic::HOUR);
    assert_eq!(traffic.times, [at("09:00:00"), at("09:30:00")]);
}
