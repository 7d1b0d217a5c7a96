//! `!received`: what only people could open counts from the day it came, and nothing says that it was checked.

use super::world::{World, at};
use super::{Mail, Step, check, command, mail, replies, scal};
use crate::domain::effect::Content;
use crate::domain::lane::LaneName;
use crate::domain::reading::{Finding, FindingCode};

/// Only a link, in place of a file.
fn link(when: &str) -> Step {
    linked(when).arrives()
}

fn linked(when: &str) -> Mail {
    mail(when).with(|facts| facts.findings.push(Finding::new(FindingCode::LinkOnly, "Only a link.")))
}

fn linked_scal() -> Step {
    mail("mon 11:00").scal("scal-1").answers("letter-0@ers.example").arrives()
}

const UNREAD: &str = "unreadable, staff-new | enquiry, question open";

#[test]
fn the_clock_counts_from_the_day_the_message_came_and_the_sender_hears_what_arrived() {
    let world = check(&[
        (link("mon 10:00"), UNREAD),
        (
            command("wed 10:00", "!received scal"),
            "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
        ),
    ]);
    let told = world.acknowledged();
    assert!(!told.checked, "no check was made");
    let [received] = told.received.as_slice() else { panic!("one message") };
    assert_eq!(received.received_at, at("mon 10:00"));
    assert_eq!(received.message_id, world.case(1).thread.first().cloned(), "it answers the message that brought it");
    assert_eq!(world.flags(), ["asha opened it: the automatic check did not see it."]);
    assert!(
        world
            .contents
            .iter()
            .all(|content| !matches!(content, Content::Unreadable(told) if told.received.items.len() > 1))
    );
}

#[test]
fn what_came_in_its_turn_is_reviewed_and_early_packs_wait() {
    let accepted = ("next-step(ScalAccepted)", "witness-pack-to-send");
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (link("mon 12:00"), "unreadable, staff-new | scal-review, due 30 Nov, question open"),
        (
            command("mon 13:00", "!received pack"),
            "acknowledgement(filed-for-later), staff-new | scal-review, due 30 Nov",
        ),
        (command("tue 10:00", "!accept"), &format!("{} | witness-pack-review", accepted.0)),
    ]);
}

#[test]
fn a_form_is_of_its_organisation_and_its_sender() {
    let world = check(&[
        (link("mon 10:00"), UNREAD),
        (
            command("tue 10:00", "!received form rxq"),
            "acknowledgement(form-review), staff-new to omar | enquiry + form-review",
        ),
        (
            command("tue 11:00", "!received form RXQ"),
            "refused: The latest initial connection approval form of ERS-00001 came Tuesday 24 November 2026, so \
             !received changes nothing.",
        ),
    ]);
    let lane = LaneName::Form("RXQ".to_owned());
    assert_eq!(world.case(1).form_senders.get(&lane).map(ToString::to_string).as_deref(), Some(super::world::PARTNER));
}

#[test]
fn it_is_refused_where_nothing_unread_came_or_the_file_followed() {
    let filed = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
    check(&[
        (scal("mon 10:00"), filed),
        (
            command("mon 11:00", "!received scal"),
            "refused: No message on ERS-00001 is known that brought something unread. Say when it came, such as \
             !received scal on 24 November.",
        ),
    ]);
    check(&[
        (link("mon 10:00"), UNREAD),
        (linked_scal(), &format!("{filed}, question open")),
        (
            command("mon 12:00", "!received scal"),
            "refused: The latest SCAL of ERS-00001 came Monday 23 November 2026, so !received changes nothing.",
        ),
    ]);
}

#[test]
fn a_day_that_staff_name_is_day_0_whatever_the_cut_off() {
    let cut_off = Some(jiff::civil::time(16, 0, 0, 0));
    let mut world = World::with(|policy| policy.calendar = super::world::calendar().with_cut_off(cut_off));
    let asked = "acknowledgement(person-reads), staff-new | enquiry, question open";
    assert_eq!(world.play(&super::asks("mon 10:00")), asked);
    let line = world.play(&command("thu 10:00", "!received scal on 24 November"));
    assert_eq!(line, "acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec, question open");
    assert!(world.play(&command("thu 11:00", "!received scal on 24 November")).starts_with("refused: "));
    assert!(world.play(&command("thu 11:00", "!received pack on 20 November")).contains("before ERS-00001 was opened"));
}

#[test]
fn a_promise_that_is_past_is_not_made_and_silence_is_kept() {
    for (text, line) in [
        ("!received scal", "acknowledgement(scal-review), staff-new | scal-review, due 30 Nov"),
        ("!received scal silent", "staff-new | scal-review, due 30 Nov"),
    ] {
        check(&[(link("mon 10:00"), UNREAD), (command("wed+1 10:00", text), line)]);
    }
    let kept = "staff-new | scal-review, answered 25 Nov";
    check(&[
        (link("mon 10:00"), UNREAD),
        (replies("wed 10:00"), "- | enquiry"),
        (command("wed 11:00", "!received scal"), kept),
    ]);
}

#[test]
fn undo_takes_the_submission_back() {
    let mut world = check(&[(link("mon 10:00"), UNREAD)]);
    let before = world.case(1).clone();
    world.play(&command("mon 11:00", "!received scal"));
    assert_eq!(world.play(&command("mon 11:05", "!undo")), "- | enquiry, question open");
    let after = world.case(1);
    assert_eq!((&after.submissions, after.round), (&before.submissions, 1));
}

#[test]
fn nobody_is_told_of_what_they_sent_once_staff_took_them_off() {
    let mut world = check(&[(link("mon 10:00"), UNREAD)]);
    world.play(&command("mon 11:00", "!contact add omolara@carevista.example"));
    world.play(&command("mon 11:10", "!contact remove priya@carevista.example"));
    let refused = world.play(&command("tue 10:00", "!received scal"));
    assert!(refused.starts_with("refused: No message on ERS-00001 is known"), "{refused}");
    world.play(&command("tue 10:05", "!received scal on 23 November 2026"));
    let told = world.letters.iter().rfind(|letter| !letter.letter.kind.is_for_staff()).expect("a letter");
    assert_eq!(told.letter.to.as_str(), "omolara@carevista.example");
}
