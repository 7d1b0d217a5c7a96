//! Moments that cases ask for: warnings, breaches, escalations, outcomes and reminders, each once and in office hours.

use super::world::{Step, World, at};
use super::{asks, check, check_in, command, mail, replies, scal, tick};
use crate::domain::command::{Command, Manner};
use crate::domain::decide::Decision;
use crate::domain::effect::Content;
use crate::domain::event::Event;
use crate::domain::fact::Fact;
use crate::domain::ids::CaseRef;
use crate::domain::policy::Reminders;
use crate::domain::reading::FindingCode;

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";

#[test]
fn a_promise_is_warned_of_and_its_breach_told_every_working_day() {
    let quiet = "- | scal-review, due 30 Nov";
    check(&[
        (scal("mon 10:00"), SCAL),
        (tick("thu 12:00"), quiet),
        (tick("fri 08:29"), quiet),
        (tick("fri 08:30"), "staff-warning(1) | scal-review, due 30 Nov"),
        (tick("fri 08:30"), quiet),
        (tick("mon+1 17:00"), quiet),
        (tick("tue+1 08:29"), quiet),
        (tick("tue+1 08:30"), "staff-breach(1) | scal-review, due 30 Nov"),
        (tick("wed+1 08:30"), "staff-escalation(2) to lee | scal-review, due 30 Nov"),
        (tick("thu+1 08:30"), "staff-escalation(3) to lee | scal-review, due 30 Nov"),
        (tick("fri+1 08:30"), "staff-escalation(4) to lee | scal-review, due 30 Nov"),
        (tick("sun+1 12:00"), quiet),
        (tick("mon+2 08:30"), "staff-escalation(5) to lee | scal-review, due 30 Nov"),
        (replies("mon+2 10:00"), "- | scal-review, answered 7 Dec"),
        (tick("fri+2 10:00"), "- | scal-review, answered 7 Dec"),
    ]);
}

#[test]
fn of_overtaken_notices_only_the_latest_is_given_and_the_others_are_recorded() {
    let passed_over = |world: &World| {
        let given = |(_, fact): &(CaseRef, Fact)| {
            if let Fact::NoticeGiven { passed_over, .. } = fact { Some(passed_over.len()) } else { None }
        };
        world.last.facts.iter().find_map(given)
    };
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (tick("thu+1 11:00"), "staff-escalation(3) to lee | scal-review, due 30 Nov"),
    ]);
    assert_eq!(passed_over(&world), Some(3), "warning, breach and the first escalation");
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (tick("wed+1 19:00"), "- | scal-review, due 30 Nov"),
        (tick("thu+1 08:29"), "- | scal-review, due 30 Nov"),
        (tick("thu+1 08:30"), "staff-escalation(3) to lee | scal-review, due 30 Nov"),
        (tick("thu+1 08:31"), "- | scal-review, due 30 Nov"),
    ]);
    assert_eq!(world.letters.len(), 2 + 2);
    let mut world = World::default();
    world.play(&scal("mon 10:00"));
    world.play(&tick("wed+1 19:00"));
    world.decide(&Event::MomentCame { at: at("thu+1 08:30"), case: CaseRef::FIRST }).expect("a moment");
    assert_eq!(passed_over(&world), Some(3), "recorded although the evening put them off");
}

#[test]
fn notices_wait_for_office_hours() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (tick("fri 17:30"), "- | scal-review, due 30 Nov"),
        (tick("sat 12:00"), "- | scal-review, due 30 Nov"),
        (tick("mon+1 08:30"), "staff-warning(0) | scal-review, due 30 Nov"),
        (tick("tue+1 17:29"), "staff-breach(1) | scal-review, due 30 Nov"),
    ]);
}

#[test]
fn a_hold_stops_the_notices_and_adds_its_working_days() {
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (tick("fri 08:30"), "staff-warning(1) | scal-review, due 30 Nov"),
        (command("fri 09:00", "!hold for a moment"), "next-step(Held) | scal-review, held, due 30 Nov"),
        (command("fri 10:00", "!resume"), "next-step(Resumed by 30 Nov) | scal-review, due 30 Nov"),
        (tick("fri 10:01"), "- | scal-review, due 30 Nov"),
        (command("mon+1 09:00", "!hold the reviewer is ill"), "next-step(Held) | scal-review, held, due 30 Nov"),
        (tick("wed+1 10:00"), "- | scal-review, held, due 30 Nov"),
        (command("wed+1 10:00", "!resume"), "next-step(Resumed by 2 Dec) | scal-review, due 2 Dec"),
        (tick("wed+1 10:01"), "staff-warning(0) | scal-review, due 2 Dec"),
        (tick("thu+1 08:30"), "staff-breach(1) | scal-review, due 2 Dec"),
        (command("thu+1 09:00", "!hold waiting for the CSO"), "next-step(Held) | scal-review, held, due 2 Dec"),
        (tick("fri+1 09:00"), "- | scal-review, held, due 2 Dec"),
        (command("mon+2 09:00", "!resume"), "next-step(Resumed) | scal-review, due 2 Dec"),
        (tick("mon+2 09:01"), "- | scal-review, due 2 Dec"),
        (tick("tue+2 08:30"), "staff-escalation(4) to lee | scal-review, due 2 Dec"),
    ]);
    let Some(Content::StaffEscalation(told)) = world.contents.last() else { panic!("{:?}", world.contents.last()) };
    assert_eq!(
        (told.due.days, told.held_days),
        (7, 2),
        "the notice can say why there are more days than were promised"
    );
}

#[test]
fn a_breach_that_a_hold_hid_is_told_on_its_end() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (command("tue+1 07:00", "!hold nobody is in"), "next-step(Held) | scal-review, held, due 30 Nov"),
        (tick("wed+1 09:00"), "- | scal-review, held, due 30 Nov"),
        (command("thu+1 10:00", "!resume"), "next-step(Resumed) | scal-review, due 30 Nov"),
        (tick("thu+1 10:00"), "staff-breach(3) | scal-review, due 30 Nov"),
        (tick("fri+1 08:30"), "staff-escalation(4) to lee | scal-review, due 30 Nov"),
    ]);
}

#[test]
fn an_outcome_is_asked_for_once_and_says_what_is_awaited() {
    let world = World::with(|policy| {
        policy.days.outcome = Some(2);
        policy.days.witness_pack_to_send = Some(1);
    });
    let world = check_in(
        world,
        &[
            (scal("mon 10:00"), SCAL),
            (replies("tue 10:00"), "- | scal-review, answered 24 Nov, outcome by 26 Nov"),
            (tick("thu 17:00"), "- | scal-review, answered 24 Nov, outcome by 26 Nov"),
            (tick("fri 08:30"), "staff-attention | scal-review, answered 24 Nov, outcome by 26 Nov"),
            (tick("mon+1 09:00"), "- | scal-review, answered 24 Nov, outcome by 26 Nov"),
            (command("mon+1 10:00", "!accept"), "next-step(ScalAccepted) | witness-pack-to-send, outcome by 1 Dec"),
            (tick("wed+1 08:30"), "staff-attention | witness-pack-to-send, outcome by 1 Dec"),
        ],
    );
    let Some(Content::StaffAttention(last)) = world.contents.last() else {
        panic!("{:?}", world.contents.last());
    };
    assert_eq!(last.headline, "A blank witness test pack is to be sent");
}

#[test]
fn a_silent_partner_is_reminded_twice_and_then_staff_are_told() {
    let waiting = "scal-changes, waiting since 23 Nov";
    let quiet = format!("- | {waiting}");
    check_in(
        World::reminding(),
        &[
            (scal("mon 10:00"), SCAL),
            (command("mon 11:00", "!changes"), &format!("next-step(ChangesAsked) | {waiting}")),
            (tick("fri 17:00"), &quiet),
            (tick("mon+1 08:30"), &format!("reminder | {waiting}")),
            (tick("fri+1 17:00"), &quiet),
            (tick("mon+2 08:29"), &quiet),
            (tick("mon+2 08:30"), &format!("reminder(again) | {waiting}")),
            (tick("mon+3 08:30"), &format!("staff-attention | {waiting}")),
            (tick("mon+9 08:30"), &quiet),
        ],
    );
}

#[test]
fn reminders_are_a_week_apart_however_late_the_first_one_was() {
    let waiting = "scal-changes, waiting since 23 Nov";
    check_in(
        World::reminding(),
        &[
            (scal("mon 10:00"), SCAL),
            (command("mon 11:00", "!changes"), &format!("next-step(ChangesAsked) | {waiting}")),
            (tick("fri+1 16:00"), &format!("reminder | {waiting}")),
            (tick("mon+2 08:30"), &format!("- | {waiting}")),
            (tick("fri+2 15:59"), &format!("- | {waiting}")),
            (tick("fri+2 16:00"), &format!("reminder(again) | {waiting}")),
        ],
    );
}

#[test]
fn a_person_gets_one_reminder_a_week_for_all_their_cases() {
    let changes = |case| Event::CommandGiven {
        at: at("wed 11:00"),
        by: "asha".to_owned(),
        case: Some(CaseRef::from_number(case)),
        command: Command::Changes { form: None },
        manner: Manner::default(),
    };
    let mut world = World::reminding();
    world.play(&scal("mon 10:00"));
    world.play(&command("mon 11:00", "!changes"));
    world.play(&mail("wed 10:00").scal_of("Beta Board", "scal-2").arrives());
    world.play(&Step::Event(Box::new(changes(2))));
    world.play(&mail("wed 10:30").from("tom@other.example").scal_of("Gamma Gate", "scal-3").arrives());
    world.play(&Step::Event(Box::new(changes(3))));
    let second = "scal-changes, waiting since 25 Nov";
    check_in(
        world,
        &[
            (tick("mon+1 08:30"), "reminder(and ERS-00002) | scal-changes, waiting since 23 Nov"),
            (tick("wed+1 08:30"), &format!("reminder to tom | {second}")),
            (tick("mon+2 08:30"), "reminder(again, and ERS-00002) | scal-changes, waiting since 23 Nov"),
            (tick("wed+2 08:30"), &format!("reminder(again) to tom | {second}")),
            (tick("wed+3 08:30"), &format!("staff-attention, staff-attention, staff-attention | {second}")),
        ],
    );
}

#[test]
fn a_reminder_about_one_case_puts_off_that_of_another() {
    let mut world = World::reminding();
    world.play(&scal("mon 10:00"));
    world.play(&command("mon 11:00", "!changes"));
    world.play(&tick("mon+1 08:30"));
    world.play(&mail("mon+1 10:00").scal_of("Beta Board", "scal-2").arrives());
    world.policy.days.reminder = Some(Reminders { first: 1, second: 10, tell_staff: 15 });
    let (at, by, command) = (at("mon+1 11:00"), "asha".to_owned(), Command::Changes { form: None });
    let manner = Manner::default();
    world.play(&Step::Event(Box::new(Event::CommandGiven {
        at,
        by,
        case: Some(CaseRef::from_number(2)),
        command,
        manner,
    })));
    check_in(
        world,
        &[
            (tick("tue+1 08:30"), "- | scal-changes, waiting since 30 Nov"),
            (tick("mon+2 08:30"), "reminder(again, and ERS-00002) | scal-changes, waiting since 23 Nov"),
        ],
    );
}

#[test]
fn a_partner_who_writes_is_not_silent() {
    check_in(
        World::reminding(),
        &[
            (scal("mon 10:00"), SCAL),
            (command("mon 11:00", "!changes"), "next-step(ChangesAsked) | scal-changes, waiting since 23 Nov"),
            (
                asks("fri 10:00"),
                "acknowledgement(person-reads), staff-new | scal-changes, waiting since 27 Nov, question open",
            ),
            (tick("mon+1 08:30"), "- | scal-changes, waiting since 27 Nov, question open"),
            (mail("tue+1 10:00").thanks().arrives(), "- | scal-changes, waiting since 27 Nov, question open"),
            (tick("fri+1 08:30"), "reminder | scal-changes, waiting since 27 Nov, question open"),
        ],
    );
}

#[test]
fn reminders_keep_office_hours_too() {
    let waiting = "scal-changes, waiting since 23 Nov";
    check_in(
        World::reminding(),
        &[
            (scal("mon 10:00"), SCAL),
            (command("mon 11:00", "!changes"), &format!("next-step(ChangesAsked) | {waiting}")),
            (tick("mon+1 08:30"), &format!("reminder | {waiting}")),
            (tick("wed+2 19:00"), &format!("- | {waiting}")),
            (tick("thu+2 08:30"), &format!("reminder(again) | {waiting}")),
        ],
    );
}

#[test]
fn what_a_partner_wrote_before_being_asked_does_not_put_reminders_off() {
    check_in(
        World::reminding(),
        &[
            (scal("mon 10:00"), SCAL),
            (command("wed 11:00", "!changes"), "next-step(ChangesAsked) | scal-changes, waiting since 25 Nov"),
            (
                mail("mon 12:00").seen("wed 12:00").arrives(),
                "acknowledgement(person-reads), staff-new | scal-changes, waiting since 25 Nov, question open",
            ),
        ],
    );
}

#[test]
fn a_moment_about_no_case_or_nothing_due_decides_nothing() {
    let mut world = World::default();
    world.play(&scal("mon 10:00"));
    for number in [1, 9] {
        let case = CaseRef::from_number(number);
        let event = Event::MomentCame { at: at("tue 10:00"), case };
        assert_eq!(world.decide(&event), Ok(Decision::default()));
    }
}

/// What cannot be read is told at once and gathers nothing: whoever then sends the right file hears at once that it came.
#[test]
fn the_right_file_after_one_that_cannot_be_read_is_acknowledged_at_once() {
    let locked = |at: &str| mail(at).unreadable(FindingCode::PasswordProtected).answers("letter-0@ers.example");
    let right = |at: &str| mail(at).scal("scal-1").answers("letter-0@ers.example").arrives();
    let due = "scal-review, due 30 Nov, question open";
    let filed = format!("acknowledgement(scal-review by 30 Nov), staff-new | {due}");
    check(&[
        (locked("mon 10:00").arrives(), "unreadable, staff-new | enquiry, question open"),
        (locked("mon 10:02").subject("Again").arrives(), "unreadable, staff-new | enquiry, question open"),
        (right("mon 10:05"), &filed),
        (mail("mon 10:10").pack("pack-1").arrives(), &format!("staff-new | {due}")),
        (locked("mon 10:12").arrives(), &format!("unreadable, staff-new | {due}")),
        (tick("mon 10:25"), &format!("- | {due}")),
        (tick("mon 10:26"), &format!("acknowledgement(filed-for-later) | {due}")),
        (tick("mon 11:30"), &format!("- | {due}")),
    ]);
}

/// A file beside one that cannot be read: one letter tells of both.
#[test]
fn a_message_of_which_a_part_can_be_read_gets_one_letter() {
    let both = |at: &str| mail(at).scal("scal-1").unreadable(FindingCode::PasswordProtected);
    check(&[(
        both("mon 10:00").arrives(),
        "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
    )]);
}
