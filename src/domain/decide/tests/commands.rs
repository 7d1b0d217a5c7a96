//! The verbs of staff in every phase: carried out, or refused word for word.

use super::messages::to;
use super::world::World;
use super::{Step, check, check_in, command, mail, replies, scal, tick};
use crate::domain::event::{Event, Trouble};
use crate::domain::lane::Phase;

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";

fn given_in(phase: Phase, text: &str) -> String {
    let mut world = World::default();
    to(phase).iter().for_each(|step| drop(world.play(step)));
    world.play(&command("tue 10:00", text))
}

#[test]
fn accept_is_for_a_scal_under_review() {
    for phase in Phase::ALL {
        let expected = match phase {
            Phase::ScalReview => "next-step(ScalAccepted) | witness-pack-to-send".to_owned(),
            Phase::Enquiry
            | Phase::ScalChanges
            | Phase::WitnessPackToSend
            | Phase::WitnessPackDue
            | Phase::WitnessPackReview
            | Phase::WitnessPackChanges => {
                format!("refused: !accept is for a SCAL that is under review. ERS-00001 waits for {}.", phase.awaits())
            }
        };
        assert_eq!(given_in(phase, "!accept"), expected);
    }
}

#[test]
fn changes_is_for_what_is_under_review() {
    for phase in Phase::ALL {
        let expected = match phase {
            Phase::ScalReview => "next-step(ChangesAsked) | scal-changes".to_owned(),
            // A person wrote at noon of the day before, with the blank pack.
            Phase::WitnessPackReview => "- | witness-pack-changes".to_owned(),
            Phase::Enquiry
            | Phase::ScalChanges
            | Phase::WitnessPackToSend
            | Phase::WitnessPackDue
            | Phase::WitnessPackChanges => format!(
                "refused: !changes is for a SCAL or a witness test pack that is under review. ERS-00001 waits for {}.",
                phase.awaits()
            ),
        };
        assert_eq!(given_in(phase, "!changes"), expected);
    }
}

#[test]
fn clock_verbs_need_a_response_clock() {
    for verb in ["!hold away", "!resume", "!restart"] {
        for phase in Phase::ALL.into_iter().filter(|phase| *phase != Phase::ScalReview) {
            let name = verb.split(' ').next().unwrap_or_default();
            let expected = format!(
                "refused: No response clock runs on ERS-00001, so {name} has nothing to act on: it waits for {}.",
                phase.awaits()
            );
            assert_eq!(given_in(phase, verb), expected);
        }
    }
    check(&[
        (scal("mon 10:00"), SCAL),
        (command("tue 10:00", "!resume"), "refused: The clock of ERS-00001 is not held."),
        (
            command("tue 10:01", "!restart"),
            "refused: The clock of ERS-00001 counts from the latest submission already.",
        ),
        (command("tue 10:02", "!hold away"), "next-step(Held) | scal-review, held, due 30 Nov"),
        (
            command("tue 10:03", "!hold away"),
            "refused: The clock of ERS-00001 is held already. !resume lets it run on.",
        ),
        (replies("tue 11:00"), "- | scal-review, answered 24 Nov"),
        (
            command("tue 12:00", "!resume"),
            "refused: No response clock runs on ERS-00001, so !resume has nothing to act on: \
             it waits for the review of the SCAL.",
        ),
    ]);
}

#[test]
fn notes_and_closing_are_possible_in_every_phase() {
    for phase in Phase::ALL {
        let noted = given_in(phase, "!note rang them");
        assert!(noted.starts_with(&format!("- | {}", phase.name())), "{noted}");
        assert_eq!(given_in(phase, "!close dormant"), "- | closed");
    }
}

#[test]
fn a_closed_case_has_no_clock_and_takes_notes_only() {
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (mail("mon 10:05").asks().arrives(), "staff-new | scal-review, due 30 Nov, question open"),
        (command("mon 10:06", "!close duplicate"), "- | closed"),
        (tick("thu+1 10:00"), "- | closed"),
        (command("fri+1 10:00", "!note rang them"), "- | closed"),
    ]);
    let case = world.case(1);
    assert!(case.lanes.values().all(|lane| lane.clock.is_none()) && case.gathering.is_empty());
    for verb in ["!accept", "!changes", "!hold away", "!resume", "!restart", "!close again"] {
        let name = verb.split(' ').next().unwrap_or_default();
        let mut world = World::default();
        world.play(&scal("mon 10:00"));
        world.play(&command("tue 10:00", "!close duplicate"));
        let expected = format!("refused: ERS-00001 is closed; {name} changes nothing there.");
        assert_eq!(world.play(&command("tue 11:00", verb)), expected);
    }
}

#[test]
fn a_restart_counts_from_the_latest_submission_and_keeps_holds() {
    let joined = "acknowledgement(scal-review by 30 Nov, joined), staff-new | scal-review, due 30 Nov";
    check(&[
        (scal("mon 10:00"), SCAL),
        (mail("wed 10:00").scal("scal-2").arrives(), joined),
        (command("wed 11:00", "!restart"), "- | scal-review, due 2 Dec"),
        (tick("fri 08:30"), "- | scal-review, due 2 Dec"),
        (tick("tue+1 08:30"), "staff-warning(1) | scal-review, due 2 Dec"),
    ]);
    check(&[
        (scal("mon 10:00"), SCAL),
        (mail("tue 10:00").scal("scal-2").arrives(), joined),
        (command("wed 11:00", "!hold away"), "next-step(Held) | scal-review, held, due 30 Nov"),
        (command("fri 11:00", "!resume"), "next-step(Resumed by 2 Dec) | scal-review, due 2 Dec"),
        (command("fri 12:00", "!restart"), "- | scal-review, due 3 Dec"),
    ]);
    check(&[
        (scal("mon 10:00"), SCAL),
        (mail("tue 10:00").scal("scal-2").arrives(), joined),
        (command("wed 11:00", "!hold away"), "next-step(Held) | scal-review, held, due 30 Nov"),
        (command("thu 12:00", "!restart"), "- | scal-review, held, due 1 Dec"),
        (command("fri 11:00", "!resume"), "next-step(Resumed by 3 Dec) | scal-review, due 3 Dec"),
    ]);
}

#[test]
fn accepting_where_the_pack_has_a_link_asks_the_partner_at_once() {
    let world = World::with(|policy| policy.witness_pack_link = Some("https://packs.example/blank".to_owned()));
    check_in(
        world,
        &[(scal("mon 10:00"), SCAL), (command("tue 10:00", "!accept"), "next-step(ScalAccepted) | witness-pack-due")],
    );
}

#[test]
fn all_mail_to_partners_stops_and_starts() {
    let tripped = Event::TroubleFound {
        at: super::world::at("tue 11:00"),
        trouble: Trouble::BreakerTripped,
        detail: "200 letters left within an hour.".to_owned(),
    };
    check(&[
        (command("mon 09:00", "!start"), "refused: Mail to partners is not stopped."),
        (command("mon 09:01", "!stop"), "-"),
        (command("mon 09:02", "!stop"), "refused: Mail to partners is stopped already."),
        (command("mon 09:03", "!start"), "-"),
        (command("mon 09:04", "!start"), "refused: Mail to partners is not stopped."),
        (Step::Event(Box::new(tripped)), "staff-attention to lee"),
        (command("tue 12:00", "!start"), "-"),
        (command("tue 12:01", "!start"), "refused: Mail to partners is not stopped."),
    ]);
}

#[test]
fn a_command_needs_a_case_that_exists() {
    check(&[(
        command("mon 10:00", "!accept"),
        "refused: There is no case ERS-00001. `assured cases` lists those that are open.",
    )]);
    let event = Event::CommandGiven {
        at: super::world::at("mon 10:00"),
        by: "asha".to_owned(),
        case: None,
        command: crate::domain::command::Command::Accept,
    };
    let refusal = World::default().decide(&event).expect_err("no case is named").to_string();
    assert_eq!(refusal, "!accept is about one case: name it, such as ERS-00042.");
}
