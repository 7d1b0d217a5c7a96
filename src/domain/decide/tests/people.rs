//! What people of ours write: which messages answer a promise, and from when.

use super::mail::person;
use super::world::{PARTNER, World, at};
use super::{Mail, asks, check, check_in, command, mail, replies, scal, tick};
use crate::domain::clocks::Clock;
use crate::domain::effect::Content;
use crate::domain::ids::MessageId;
use crate::domain::lane::Phase;
use crate::domain::reading::{Authenticated, Automatic};

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";

fn staff_reply(at: &str, authenticated: Authenticated) -> super::Step {
    let to = vec![person(PARTNER), person("sa@ers.example")];
    mail(at).from("asha@staff.example").authenticated(authenticated).with(|m| m.to = to).arrives()
}

#[test]
fn a_person_in_sent_answers_and_a_letter_of_ours_does_not() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (
            mail("tue 09:00").by_team().with(|m| m.message_id = MessageId::new("letter-0@ers.example")).sent(),
            "- | scal-review, due 30 Nov",
        ),
        (
            mail("tue 09:30").by_team().with(|m| m.automatic = Some(Automatic::OutOfOffice)).sent(),
            "- | scal-review, due 30 Nov",
        ),
        (
            mail("tue 09:40").by_team().with(|m| m.to = vec![person("colleague@staff.example")]).sent(),
            "- | scal-review, due 30 Nov",
        ),
        (
            mail("tue 09:50").by_team().with(|m| m.to = vec![person("asha@staff.example")]).sent(),
            "- | scal-review, due 30 Nov",
        ),
        (replies("tue 10:00"), "- | scal-review, answered 24 Nov"),
        (replies("wed 10:00"), "- | scal-review, answered 24 Nov"),
    ]);
}

#[test]
fn a_reply_of_listed_staff_needs_authentication() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (staff_reply("tue 10:00", Authenticated::Pass), "- | scal-review, answered 24 Nov"),
    ]);
    for authenticated in [Authenticated::None, Authenticated::Fail] {
        check(&[
            (scal("mon 10:00"), SCAL),
            (staff_reply("tue 10:00", authenticated), "staff-attention to lee | scal-review, due 30 Nov"),
        ]);
    }
    check(&[
        (scal("mon 10:00"), SCAL),
        (mail("tue 10:00").from("asha@staff.example").arrives(), "- | scal-review, due 30 Nov"),
        (
            mail("tue 11:00").from("asha@staff.example").scal("scal-2").arrives(),
            "staff-attention to lee | scal-review, due 30 Nov",
        ),
    ]);
}

#[test]
fn the_other_team_does_not_answer_for_the_team_that_promised() {
    let lsob = |at: &str, also: &str| {
        let to = vec![person(PARTNER), person("lsob@ers.example"), person(also)];
        mail(at).from("omar@staff.example").in_mailbox("lsob").with(|m| m.to = to).arrives()
    };
    check(&[
        (scal("mon 10:00"), SCAL),
        (lsob("tue 10:00", "asha@staff.example"), "- | scal-review, due 30 Nov"),
        (lsob("tue 11:00", "sa@ers.example"), "- | scal-review, answered 24 Nov"),
    ]);
}

#[test]
fn a_copy_to_our_own_inbox_counts_as_the_one_in_sent_if_it_authenticates_and_hides_it_never() {
    let reply = || mail("tue 10:00").by_team().with(|m| m.cc = vec![person("sa@ers.example")]);
    let (due, answered) = ("- | scal-review, due 30 Nov", "- | scal-review, answered 24 Nov");
    for authenticated in [Authenticated::None, Authenticated::Fail] {
        check(&[
            (scal("mon 10:00"), SCAL),
            (reply().authenticated(authenticated).arrives(), due),
            (reply().authenticated(authenticated).sent(), answered),
            (reply().arrives(), answered),
        ]);
    }
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (reply().arrives(), answered),
        (asks("tue 11:00"), "acknowledgement(person-reads), staff-new | scal-review, answered 24 Nov, question open"),
        (reply().sent(), "- | scal-review, answered 24 Nov, question open"),
    ]);
    assert!(world.why.contains("a copy of a known message"), "{}", world.why);
}

#[test]
fn neither_a_letter_of_ours_nor_the_other_team_answers_from_our_own_inbox() {
    let due = "- | scal-review, due 30 Nov";
    let to_partner = |mail: Mail| mail.with(|m| m.to = vec![person(PARTNER)]);
    check(&[
        (scal("mon 10:00"), SCAL),
        (mail("tue 09:00").by_team().with(|m| m.message_id = MessageId::new("letter-0@ers.example")).arrives(), due),
        (mail("tue 09:10").by_team().with(|m| m.automatic = Some(Automatic::Own)).arrives(), due),
        (mail("tue 09:20").by_team().with(|m| m.to = vec![person("asha@staff.example")]).arrives(), due),
        (mail("tue 09:30").by_team().with(|m| m.commands = vec!["!accept".to_owned()]).arrives(), due),
        (to_partner(mail("tue 09:40").from("lsob@ers.example")).arrives(), due),
        (to_partner(mail("tue 09:50").from("sa@ers.example")).arrives(), "- | scal-review, answered 24 Nov"),
    ]);
}

#[test]
fn an_answer_counts_from_when_it_was_written_not_from_when_it_was_seen() {
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (mail("mon+1 16:00").by_team().seen("wed+1 09:00").sent(), "- | scal-review, answered 30 Nov"),
    ]);
    assert!(world.why.contains("in time"), "{}", world.why);
    let Some(Clock::Outcome(outcome)) = &world.case(1).lanes.values().next().expect("a lane").clock else {
        panic!("no outcome clock");
    };
    assert_eq!(outcome.answered_at, at("mon+1 16:00"));
}

#[test]
fn what_arrived_after_an_answer_is_not_answered_by_it_however_late_the_answer_is_seen() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (mail("mon 09:00").by_team().seen("mon 10:30").sent(), "- | scal-review, due 30 Nov"),
    ]);
    check(&[
        (scal("mon 10:00"), SCAL),
        (
            mail("wed 10:00").scal("scal-2").arrives(),
            "acknowledgement(scal-review by 30 Nov, joined), staff-new | scal-review, due 30 Nov",
        ),
        (mail("tue 10:00").by_team().seen("wed 11:00").sent(), "- | scal-review, due 2 Dec"),
    ]);
}

#[test]
fn what_arrived_before_an_answer_is_answered_by_it_however_late_it_is_seen() {
    check(&[
        (asks("mon 09:00"), "acknowledgement(person-reads), staff-new | enquiry, question open"),
        (replies("tue 10:00"), "- | enquiry"),
        (
            mail("mon 10:00").scal("scal-1").answers("letter-0@ers.example").seen("tue 11:00").arrives(),
            "acknowledgement(scal-review), staff-new | scal-review, answered 24 Nov",
        ),
        (
            mail("mon 11:00").scal("scal-2").seen("tue 12:00").arrives(),
            "acknowledgement(scal-review), staff-new | scal-review, answered 24 Nov",
        ),
    ]);
}

#[test]
fn a_question_is_closed_only_by_what_was_written_after_it() {
    let due = "scal-review, due 30 Nov";
    let answered = "scal-review, answered 24 Nov";
    let told = "acknowledgement(person-reads), staff-new";
    check(&[
        (scal("mon 10:00"), SCAL),
        (asks("tue 12:00"), &format!("{told} | {due}, question open")),
        (mail("tue 13:00").thanks().arrives(), &format!("- | {due}, question open")),
        (mail("tue 11:00").by_team().seen("tue 14:00").sent(), &format!("- | {answered}, question open")),
        (mail("tue 12:30").by_team().seen("tue 14:10").sent(), &format!("- | {answered}")),
        (mail("tue 12:10").asks().seen("tue 15:00").arrives(), &format!("{told} | {answered}")),
        (asks("tue 16:00"), &format!("{told} | {answered}, question open")),
    ]);
}

#[test]
fn a_reply_answers_an_enquiry_and_asks_for_no_outcome() {
    let world = World::with(|policy| {
        policy.days.enquiry_response = Some(3);
        policy.days.outcome = Some(2);
    });
    check_in(
        world,
        &[
            (
                asks("mon 10:00"),
                "acknowledgement(person-reads by 26 Nov), staff-new | enquiry, due 26 Nov, question open",
            ),
            (replies("tue 10:00"), "- | enquiry, answered 24 Nov"),
            (tick("fri+1 10:00"), "- | enquiry, answered 24 Nov"),
        ],
    );
}

#[test]
fn the_blank_pack_in_sent_moves_the_lane_even_before_the_scal_is_recorded_as_accepted() {
    let blank = |at: &str| mail(at).by_team().pack("blank").sent();
    check(&[
        (scal("mon 10:00"), SCAL),
        (command("tue 10:00", "!accept"), "next-step(ScalAccepted) | witness-pack-to-send"),
        (replies("tue 11:00"), "- | witness-pack-to-send"),
        (blank("tue 12:00"), "- | witness-pack-due"),
    ]);
    check(&[
        (scal("mon 10:00"), SCAL),
        (blank("tue 10:00"), "- | scal-review, answered 24 Nov"),
        (command("fri 12:00", "!accept"), "next-step(ScalAccepted) | witness-pack-due"),
    ]);
}

#[test]
fn a_closed_case_stays_as_it_is_whatever_is_sent() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (command("tue 10:00", "!accept"), "next-step(ScalAccepted) | witness-pack-to-send"),
        (command("tue 11:00", "!close duplicate"), "- | closed"),
        (mail("tue 12:00").by_team().pack("blank").answers("letter-0@ers.example").sent(), "- | closed"),
    ])
    .case(1)
    .lanes
    .values()
    .for_each(|lane| assert_eq!((lane.phase, &lane.clock), (Phase::WitnessPackToSend, &None)));
}

#[test]
fn no_letter_of_a_command_follows_a_persons_own_within_a_working_day() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (replies("fri 16:00"), "- | scal-review, answered 27 Nov"),
        (command("mon+1 17:00", "!changes"), "- | scal-changes"),
    ]);
    check(&[
        (scal("mon 10:00"), SCAL),
        (replies("fri 16:00"), "- | scal-review, answered 27 Nov"),
        (command("tue+1 09:00", "!changes"), "next-step(ChangesAsked) | scal-changes"),
    ]);
    let told = mail("mon+1 17:00").commands("RE: New SCAL [ERS-00001]", &["!changes"]).arrives();
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (replies("fri 16:00"), "- | scal-review, answered 27 Nov"),
        (told, "command-reply(!changes) | scal-changes"),
    ]);
    let Some(Content::CommandReply(reply)) = world.contents.last() else { panic!("{:?}", world.contents.last()) };
    assert!(reply.done[0].remark.as_deref().is_some_and(|remark| remark.contains("again with send after it")));
}
