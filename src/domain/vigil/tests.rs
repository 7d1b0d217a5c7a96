//! Silence and lateness by table, each beside the looks that were taken.

use super::*;
use crate::domain::calendar::Holidays;
use crate::domain::effect::LetterKind;
use crate::domain::event::Outcome;
use crate::domain::ids::{Address, BlobDigest, MailboxName, MessageId};
use crate::domain::outbox::QueuedLetter;
use crate::domain::policy::{Level, Team};

const PLAN: CanaryPlan = CanaryPlan { every_minutes: 60, late_minutes: 30 };

fn calendar() -> Calendar {
    Calendar::new(Holidays::from_json(include_str!("../../../config/bank-holidays.json")).expect("the list"))
}

/// A day and a time of November or December 2026, when London keeps UTC.
fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').expect("a day and a time");
    format!("2026-{day}T{time}:00Z").parse().expect("a time")
}

fn looks((first, last): (&str, &str)) -> Option<Looks> {
    Some(Looks { first: at(first), last: at(last) })
}

fn mailbox(silence_office_hours: Option<u32>) -> SharedMailbox {
    SharedMailbox {
        name: MailboxName::new("sa"),
        address: Address::new("sa@ers.example").expect("an address"),
        aliases: Vec::new(),
        team_name: "SA".to_owned(),
        team: Team::Sa,
        level: Level::Observe,
        levels: Default::default(),
        silence_office_hours,
    }
}

fn named(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Well { .. } => "well",
        Verdict::Wrong(_) => "wrong",
        Verdict::NotBefore(_) => "not yet",
        Verdict::Open => "open",
    }
}

/// Eighteen office hours are two working days.
#[test]
fn silence_is_counted_in_office_hours_up_to_the_last_look_that_went_well() {
    for (heard, taken, expected) in [
        (Some("11-23 10:00"), ("11-23 09:00", "11-25 09:59"), "well"),
        (Some("11-23 10:00"), ("11-23 09:00", "11-25 10:00"), "wrong"),
        // From Friday afternoon over a weekend, and over Christmas: the 25th and the 28th are bank holidays.
        (Some("11-27 17:00"), ("11-23 09:00", "12-01 16:59"), "well"),
        (Some("11-27 17:00"), ("11-23 09:00", "12-01 17:00"), "wrong"),
        (Some("12-24 16:30"), ("11-23 09:00", "12-30 16:29"), "well"),
        (Some("12-24 16:30"), ("11-23 09:00", "12-30 16:30"), "wrong"),
        // By night nobody is expected to write.
        (Some("11-23 20:00"), ("11-23 09:00", "11-25 17:29"), "well"),
        // Nobody wrote yet: counted from the start, which is no news of mail.
        (None, ("11-23 10:00", "11-25 09:59"), "not yet"),
        (None, ("11-23 10:00", "11-25 10:00"), "wrong"),
    ] {
        let vigil = Vigil { heard_at: heard.map(at), canary: None };
        let verdict = silence(&calendar(), &mailbox(Some(18)), &vigil, looks(taken));
        assert_eq!(named(&verdict), expected, "{heard:?} {taken:?}");
    }
}

#[test]
fn silence_says_since_when_and_is_not_judged_without_a_look_or_a_limit() {
    let vigil = Vigil { heard_at: Some(at("11-23 10:00")), canary: None };
    let judge = |hours, taken| silence(&calendar(), &mailbox(hours), &vigil, taken);
    assert_eq!(judge(None, looks(("11-23 09:00", "12-23 09:00"))), Verdict::Well { until: None });
    assert_eq!(judge(Some(18), None), Verdict::NotBefore(Timestamp::MIN));
    assert_eq!(
        judge(Some(18), looks(("11-23 09:00", "11-23 11:00"))),
        Verdict::Well { until: Some(at("11-25 10:00")) }
    );
    let wrong =
        "No message from outside has come into the mailbox sa since Monday 23 November 2026, for 18 office hours.";
    assert_eq!(judge(Some(18), looks(("11-23 09:00", "11-26 09:00"))), Verdict::Wrong(wrong.to_owned()));
}

/// A mailbox that hears from somebody every other Tuesday, for a year.
#[test]
fn a_quiet_mailbox_is_not_taken_for_a_silent_one() {
    let calendar = calendar();
    let mut heard = at("01-06 11:00");
    while heard < at("12-31 00:00") {
        let next = heard + SignedDuration::from_hours(14 * 24);
        let vigil = Vigil { heard_at: Some(heard), canary: None };
        let taken = Some(Looks { first: at("01-01 00:00"), last: next });
        assert!(matches!(silence(&calendar, &mailbox(Some(99)), &vigil, taken), Verdict::Well { .. }), "{heard}");
        heard = next;
    }
}

fn canary(written: &str, back: Option<&str>) -> Vigil {
    let letter = LetterId { step: 7, index: 0 };
    Vigil { heard_at: None, canary: Some(Canary { letter, written_at: at(written), back_at: back.map(at) }) }
}

#[test]
fn a_canary_is_late_when_a_look_after_its_time_has_not_found_it() {
    for (vigil, taken, expected) in [
        (Vigil::default(), ("11-23 09:00", "11-23 18:00"), "open"),
        (canary("11-23 10:00", Some("11-23 10:01")), ("11-23 09:00", "11-23 18:00"), "well"),
        (canary("11-23 10:00", None), ("11-23 09:00", "11-23 10:29"), "not yet"),
        (canary("11-23 10:00", None), ("11-23 09:00", "11-23 10:30"), "wrong"),
        // The program was down meanwhile, and has to look first.
        (canary("11-23 10:00", None), ("11-23 12:00", "11-23 12:29"), "not yet"),
        (canary("11-23 10:00", None), ("11-23 12:00", "11-23 12:30"), "wrong"),
    ] {
        let verdict = lateness(&calendar(), Some(&PLAN), &vigil, looks(taken));
        assert_eq!(named(&verdict), expected, "{vigil:?} {taken:?}");
    }
    let missing = canary("11-23 10:00", None);
    assert_eq!(
        lateness(&calendar(), None, &missing, None),
        Verdict::Well { until: None },
        "none is asked for any more"
    );
    assert_eq!(lateness(&calendar(), Some(&PLAN), &missing, None), Verdict::NotBefore(Timestamp::MIN));
    let wrong = "A message to ourselves that was written at 10:00 on Monday 23 November 2026 has not come back within 30 minutes.";
    let verdict = lateness(&calendar(), Some(&PLAN), &missing, looks(("11-23 09:00", "11-23 11:00")));
    assert_eq!(verdict, Verdict::Wrong(wrong.to_owned()));
}

/// As the last one left, or waits in the outbox.
fn letter(sent: bool) -> OutboxLetter {
    let queued = QueuedLetter {
        id: LetterId { step: 7, index: 0 },
        kind: LetterKind::Canary,
        mailbox: MailboxName::new("sa"),
        case: None,
        to: Address::new("sa@ers.example").expect("an address"),
        subject: String::new(),
        message_id: MessageId::new("7@ers.example").expect("an id"),
        raw: BlobDigest::from_hex("00"),
        level: Level::Send,
        of_command: None,
    };
    let mut letter = OutboxLetter::queue(queued, at("11-23 10:00"));
    if sent {
        letter.attempt_ended(at("11-23 10:00"), &Outcome::Sent { response: String::new() }, None);
    }
    letter
}

#[test]
fn the_next_canary_is_written_in_office_hours_and_never_hides_that_the_last_is_late() {
    let back = |written| canary(written, Some("11-23 10:01"));
    let often = CanaryPlan { every_minutes: 5, late_minutes: 30 };
    for (plan, vigil, sent, now, expected) in [
        (PLAN, Vigil::default(), true, "11-23 09:00", Some("11-23 09:00")),
        (PLAN, Vigil::default(), true, "11-22 09:00", Some("11-23 08:30")),
        (PLAN, back("11-23 10:00"), true, "11-23 10:05", Some("11-23 11:00")),
        (PLAN, back("11-23 16:45"), true, "11-23 17:00", Some("11-24 08:30")),
        // Its time passed while the program was down.
        (PLAN, back("11-23 10:00"), true, "11-23 12:00", Some("11-23 12:00")),
        (PLAN, back("11-23 10:00"), true, "11-23 22:00", Some("11-24 08:30")),
        (often, back("11-23 10:00"), true, "11-23 10:01", Some("11-23 10:05")),
        (often, canary("11-23 10:00", None), true, "11-23 10:01", Some("11-23 10:30")),
        // It has still to leave, and will, however late.
        (PLAN, canary("11-23 10:00", None), false, "11-23 14:00", None),
    ] {
        let next = next_canary(&plan, &calendar(), &vigil, Some(&letter(sent)), at(now));
        assert_eq!(next, expected.map(at), "{vigil:?} at {now}");
    }
}
