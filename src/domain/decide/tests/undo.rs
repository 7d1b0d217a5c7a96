//! `!undo`: what it takes back, what becomes of the letter, and when it comes too late.

use super::world::World;
use super::{Step, asks, check, check_in, command, mail, pack, replies, scal, tick};
use crate::domain::effect::{Content, LetterKind};
use crate::domain::event::Event;
use crate::domain::fact::Fact;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::outbox::LetterState;

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
const BOOKED: &str = "invitation, staff-attention | session-booked";

/// Up to the day after the witness testing session.
fn witnessed() -> World {
    let mut world = World::default();
    for step in [
        scal("mon 10:00"),
        command("mon 11:00", "!accept"),
        pack("tue 10:00"),
        command("tue 11:00", "!session 25 November 2026 10am"),
        tick("thu 09:00"),
    ] {
        world.play(&step);
    }
    world
}

#[test]
fn a_letter_about_two_commands_is_withdrawn_with_the_second() {
    let mut world = witnessed();
    world.play(&command("thu 09:30", "!remedial A1 A2 A3 silent"));
    let sent = mail("thu 10:00").commands("Passed [ERS-00001]", &["!passed A1 send", "!passed A2 send"]);
    world.play(&sent.arrives());
    world.play(&command("thu 10:05", "!undo"));
    let outcomes = world.letters.iter().filter(|letter| letter.letter.kind == LetterKind::Outcome);
    let withdrawn = outcomes.filter(|letter| matches!(letter.state, LetterState::Withdrawn { .. }));
    assert_eq!(withdrawn.count(), 1);
    let open: Vec<&String> = world.case(1).open_tests.iter().collect();
    assert_eq!(open, ["A2", "A3"]);
}

#[test]
fn the_case_is_as_if_the_command_had_not_been_given() {
    for text in [
        "!accept",
        "!changes",
        "!hold away",
        "!told by phone",
        "!close duplicate",
        "!withdraw",
        "!mode user-restricted",
        "!note rang them",
    ] {
        let mut world = check(&[(scal("mon 10:00"), SCAL)]);
        let before = world.case(1).clone();
        world.play(&command("mon 11:00", text));
        let line = world.play(&command("mon 11:15", "!undo"));
        assert_eq!(line, "- | scal-review, due 30 Nov", "{text}");
        let after = crate::domain::case::Case { commands: before.commands, ..world.case(1).clone() };
        assert_eq!(after, before, "{text}");
        assert_eq!(world.play(&command("mon 11:16", "!undo")).split(':').next(), Some("refused"), "{text}");
    }
}

#[test]
fn the_letters_on_which_a_partner_would_act_wait_and_go_with_the_command() {
    for (text, phase) in [("!passed", Phase::TccDue), ("!passed A001-01", Phase::OutcomeDue)] {
        let mut world = witnessed();
        world.play(&command("thu 10:00", text));
        assert_eq!(world.case(1).lane(&LaneName::Assurance).expect("the lane").phase, phase);
        let letter = world.letters.last().expect("a letter").clone();
        assert_eq!(letter.due_at(), Some(super::world::at("thu 10:15")), "{text}");
        world.play(&command("thu 10:10", "!undo"));
        let withdrawn = world.letters.iter().find(|known| known.letter.id == letter.letter.id).expect("the letter");
        assert_eq!(withdrawn.state, LetterState::Withdrawn { at: super::world::at("thu 10:10") }, "{text}");
        assert!(!world.case(1).thread.contains(&letter.letter.message_id), "nothing answers what nobody got");
        let tried =
            world.decide(&Event::AttemptStarted { at: super::world::at("thu 10:11"), letter: letter.letter.id });
        assert!(tried.is_err(), "the post room had it in hand");
    }
    let mut world = witnessed();
    world.play(&command("thu 10:00", "!remedial A001-01"));
    assert_eq!(world.letters.last().expect("a letter").due_at(), Some(super::world::at("thu 10:00")));
}

#[test]
fn whoever_undoes_learns_that_the_letter_had_left() {
    for (left, says) in [(false, "no letter about it leaves"), (true, "had left already: tell the partner yourselves")]
    {
        let mut world = check(&[
            (scal("mon 10:00"), SCAL),
            (command("mon 11:00", "!accept"), "next-step(ScalAccepted) | witness-pack-to-send"),
        ]);
        if left {
            world.letters.last_mut().expect("a letter").found_in_sent(super::world::at("mon 11:01"));
        }
        let asked = mail("mon 11:05").commands("ERS-00001", &["!undo"]).arrives();
        assert_eq!(world.play(&asked), "command-reply(!undo) | scal-review, due 30 Nov");
        let Some(Content::CommandReply(reply)) = world.contents.last() else { panic!("no reply") };
        let remark = reply.done[0].remark.as_deref().expect("a remark");
        assert!(remark.contains(says), "{remark}");
    }
}

#[test]
fn commands_of_one_message_are_undone_one_by_one() {
    let asked = |at: &str, lines: &[&str]| mail(at).commands("ERS-00001", lines).arrives();
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (
            asked("mon 11:00", &["!accept", "!undo", "!changes"]),
            "next-step(ChangesAsked), command-reply(!accept, !undo, !changes) | scal-changes",
        ),
    ]);
    assert!(world.why.contains("!accept of asha undone by asha"), "{}", world.why);
    check(&[
        (scal("mon 10:00"), SCAL),
        (
            asked("mon 11:00", &["!note rang them", "!accept"]),
            "next-step(ScalAccepted), command-reply(!note rang them, !accept) | witness-pack-to-send",
        ),
        (asked("mon 11:10", &["!undo"]), "command-reply(!undo) | scal-review, due 30 Nov"),
    ]);
}

#[test]
fn the_onboarding_team_hears_that_no_certificate_is_issued() {
    let mut world = witnessed();
    world.play(&command("thu 10:00", "!passed"));
    world.play(&command("thu 11:00", "!tcc"));
    assert!(world.case(1).lane(&LaneName::Agreement).is_some());
    assert_eq!(world.play(&command("thu 11:10", "!undo")), "staff-attention to omar | tcc-due");
    assert!(world.case(1).lane(&LaneName::Agreement).is_none());
}

#[test]
fn what_cannot_be_undone_is_said_in_words() {
    let nothing = "refused: There is nothing to undo on ERS-00001: no command was given there lately, or something came \
                   since.";
    for (between, why) in [
        (vec![], nothing),
        (vec![command("mon 11:00", "!accept"), command("mon 11:01", "!undo")], nothing),
        (vec![command("mon 11:00", "!accept"), mail("mon 11:05").asks().arrives()], nothing),
        (vec![command("mon 11:00", "!accept"), replies("mon 11:05")], nothing),
        (
            vec![command("mon 10:44", "!accept")],
            "refused: !accept on ERS-00001, by asha, is older than 15 minutes, and !undo takes back no more than that.",
        ),
    ] {
        let mut world = check(&[(scal("mon 10:00"), SCAL)]);
        between.iter().for_each(|step: &Step| drop(world.play(step)));
        assert_eq!(world.play(&command("mon 11:10", "!undo")), why);
    }
    check_in(
        World::default(),
        &[
            (scal("mon 10:00"), SCAL),
            (command("mon 11:00", "!accept"), "next-step(ScalAccepted) | witness-pack-to-send"),
            (pack("mon 12:00"), "acknowledgement(witness-pack-review), staff-new | witness-pack-review"),
            (command("mon 12:01", "!session 25 November 2026 10am"), BOOKED),
            (
                command("mon 12:02", "!undo"),
                "refused: !session on ERS-00001 cannot be undone, because its invitation leaves at once: give !session \
                 with the right time, or !cancel.",
            ),
        ],
    );
    let world = check(&[(asks("mon 10:00"), "acknowledgement(person-reads), staff-new | enquiry, question open")]);
    assert!(!world.last.facts.iter().any(|(_, fact)| matches!(fact, Fact::CommandUndone { .. })));
}
