//! Several commands in one message: the partner gets one letter about each lane, which tells where they end.

use super::mail::Mail;
use super::messages::to;
use super::world::{Step, World};
use super::{command, mail};
use crate::domain::effect::{Content, Effect, NextStep};
use crate::domain::lane::Phase;

fn with_early_pack() -> Vec<Step> {
    vec![mail("mon 10:00").scal("scal-1").pack("pack-1").arrives()]
}

fn writes(lines: &[&str]) -> Mail {
    mail("thu 10:00").commands("Several [ERS-00001]", lines)
}

fn after(steps: Vec<Step>, lines: &[&str]) -> (World, String) {
    let mut world = World::default();
    steps.iter().for_each(|step| drop(world.play(step)));
    let line = world.play(&writes(lines).arrives());
    let letters = line.split(", command-reply").next().unwrap_or_default().to_owned();
    (world, letters)
}

fn next_step(world: &World) -> &NextStep {
    let contents = world.last.effects.iter().map(|Effect::Send(letter)| &letter.content);
    let mut told = contents.filter_map(|content| if let Content::NextStep(told) = content { Some(told) } else { None });
    told.next().expect("a letter about the next step")
}

#[test]
fn several_commands_are_one_letter_about_where_they_end() {
    let returned = || {
        let mode = command("tue 09:00", "!mode user-restricted");
        [to(Phase::TccReturnReview), vec![mode]].concat()
    };
    for (steps, lines, letters) in [
        (with_early_pack(), &["!accept send", "!changes send"][..], "next-step(ChangesAsked)"),
        (with_early_pack(), &["!accept send", "!passed send"], "outcome(tcc-due)"),
        (
            with_early_pack(),
            &["!accept send", "!passed send", "!tcc send"],
            "next-step(CertificateIssued), staff-attention to omar",
        ),
        (with_early_pack(), &["!hold away", "!resume"], "next-step(Resumed by 30 Nov)"),
        (with_early_pack(), &["!accept", "!close dormant"], "command-reply(!accept, !close dormant) | closed"),
        (to(Phase::OutcomeDue), &["!passed A1 send", "!remedial A2 send", "!scal-update"], "outcome(remedial-action)"),
        (
            to(Phase::OutcomeDue),
            &["!passed send", "!tcc send"],
            "next-step(CertificateIssued), staff-attention to omar",
        ),
        (returned(), &["!accept send", "!accepted send"], "next-step(Approved)"),
        // Of the other team, from its own mailbox.
        (
            to(Phase::TccReturnReview),
            &["!accept send", "!agreement send"],
            "next-step(Assured), next-step(AgreementSent)",
        ),
    ] {
        assert_eq!(after(steps, lines).1, letters, "{lines:?}");
    }
}

#[test]
fn the_letter_says_what_came_before_its_step_and_what_is_next_at_the_end() {
    let (world, _) = after(with_early_pack(), &["!accept send", "!changes send"]);
    let told = next_step(&world);
    assert!(told.scal_accepted && told.phase == Phase::WitnessPackChanges);
    let (world, letters) = after(with_early_pack(), &["!accept", "!session 30 June 2027 10am"]);
    assert_eq!(
        letters, "next-step(ScalAccepted), invitation, staff-attention",
        "the invitation is a letter of its own"
    );
    assert_eq!(next_step(&world).phase, Phase::SessionBooked);
    for (lines, to_come) in [(&["!tcc send"][..], true), (&["!tcc send", "!agreement send"], false)] {
        let (world, _) = after(to(Phase::TccDue), lines);
        assert_eq!(next_step(&world).agreement_to_come, to_come, "{lines:?}");
    }
}

/// The partner gets a letter all the same: it may not say what is over.
#[test]
fn a_silent_command_changes_the_letter_of_the_one_before() {
    let (world, letters) = after(to(Phase::OutcomeDue), &["!passed A1 send", "!scal-update silent"]);
    assert_eq!(letters, "outcome(outcome-due)");
    let Some(Content::Outcome(told)) = world.contents.iter().find(|content| matches!(content, Content::Outcome(_)))
    else {
        panic!("no outcome");
    };
    assert!(told.scal_update && told.passed == ["A1"]);
}
