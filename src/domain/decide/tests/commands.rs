//! The verbs of staff in every phase: carried out, or refused word for word.

use super::messages::{ASSURANCE, to};
use super::world::World;
use super::{Step, check, check_in, command, mail, replies, scal, tick};
use crate::domain::command::Manner;
use crate::domain::event::{Event, Trouble};
use crate::domain::lane::Phase;

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";

fn given_in(phase: Phase, text: &str) -> String {
    let mut world = World::default();
    to(phase).iter().for_each(|step| drop(world.play(step)));
    world.play(&command("tue 10:00", text))
}

/// What each verb leads to in each phase of the assurance lane; where nothing is named it is refused.
fn check_in_every_phase(verb: &str, refusal: &str, allowed: &[(Phase, &str)]) {
    for phase in ASSURANCE {
        let name = verb.split(' ').next().unwrap_or_default();
        let refused = || format!("refused: {name} is for {refusal}. ERS-00001 waits for {}.", phase.awaits());
        let expected = allowed.iter().find(|(known, _)| *known == phase);
        let expected = expected.map_or_else(refused, |(_, line)| (*line).to_owned());
        assert_eq!(given_in(phase, verb), expected, "{verb} in {}", phase.name());
    }
}

const WITNESSED: &str = "a witness test pack under review, or after a witness testing session";

#[test]
fn accept_is_for_a_scal_under_review() {
    check_in_every_phase(
        "!accept send",
        "a SCAL that is under review",
        &[
            (Phase::ScalReview, "next-step(ScalAccepted) | witness-pack-to-send"),
            (Phase::ScalUpdateReview, "next-step(ScalAccepted) | tcc-due"),
            (Phase::TccReturnReview, "next-step(Assured) | assured + agreement-due"),
        ],
    );
}

#[test]
fn changes_is_for_what_is_under_review() {
    check_in_every_phase(
        "!changes send",
        "a SCAL or a witness test pack that is under review",
        &[
            (Phase::ScalReview, "next-step(ChangesAsked) | scal-changes"),
            (Phase::WitnessPackReview, "next-step(ChangesAsked) | witness-pack-changes"),
            (Phase::ScalUpdateReview, "next-step(ChangesAsked) | scal-update-due"),
            (Phase::TccReturnReview, "next-step(ChangesAsked) | tcc-return-due + agreement-due"),
        ],
    );
}

#[test]
fn a_letter_goes_out_unless_a_person_wrote_or_it_is_to_be_silent() {
    // A person wrote at noon of the day before, with the blank pack.
    assert_eq!(given_in(Phase::WitnessPackReview, "!changes"), "- | witness-pack-changes");
    assert_eq!(given_in(Phase::ScalReview, "!changes silent"), "- | scal-changes");
}

#[test]
fn sessions_are_for_a_pack_that_was_reviewed() {
    let booked = "invitation, staff-attention | session-booked";
    check_in_every_phase(
        "!session 3 December 2026 10.30am",
        "a witness test pack under review",
        &[
            (Phase::WitnessPackReview, booked),
            (Phase::SessionBooked, booked),
            (Phase::OutcomeDue, booked),
            (Phase::RemedialAction, booked),
        ],
    );
    assert_eq!(
        given_in(Phase::WitnessPackReview, "!session 20 November 2026 10.30am"),
        "refused: A session can only be booked for a time to come: Friday 20 November 2026 is past."
    );
    check_in_every_phase(
        "!cancel",
        "a witness testing session",
        &[
            (Phase::SessionBooked, "invitation, staff-attention | witness-pack-review"),
            (Phase::OutcomeDue, "- | witness-pack-review"),
        ],
    );
}

#[test]
fn outcomes_are_for_what_was_witnessed() {
    let phases = [Phase::WitnessPackReview, Phase::SessionBooked, Phase::OutcomeDue, Phase::RemedialAction];
    let all = |line| phases.map(|phase| (phase, line));
    check_in_every_phase("!passed send", WITNESSED, &all("outcome(tcc-due) | tcc-due"));
    check_in_every_phase("!remedial A001-01 send", WITNESSED, &all("outcome(remedial-action) | remedial-action"));
    let mut asked: Vec<_> = phases.map(|phase| (phase, format!("outcome({0}) | {0}", phase.name()))).into();
    asked.push((Phase::TccDue, "outcome(scal-update-due) | scal-update-due".to_owned()));
    let asked: Vec<_> = asked.iter().map(|(phase, line)| (*phase, line.as_str())).collect();
    check_in_every_phase("!scal-update send", WITNESSED, &asked);
}

#[test]
fn the_certificate_waits_for_its_gate() {
    check_in_every_phase(
        "!tcc send",
        "a case whose latest SCAL is accepted and that has no open test",
        &[(Phase::TccDue, "next-step(CertificateIssued), staff-attention to omar | tcc-return-due + agreement-due")],
    );
}

#[test]
fn clock_verbs_need_a_response_clock() {
    for verb in ["!hold away", "!resume", "!restart"] {
        for phase in ASSURANCE.into_iter().filter(|phase| !phase.reviews_scal()) {
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
    for phase in ASSURANCE {
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
        (command("wed 11:00", "!restart"), "next-step(Restarted by 2 Dec) | scal-review, due 2 Dec"),
        (tick("fri 08:30"), "- | scal-review, due 2 Dec"),
        (tick("tue+1 08:30"), "staff-warning(1) | scal-review, due 2 Dec"),
    ]);
    check(&[
        (scal("mon 10:00"), SCAL),
        (mail("tue 10:00").scal("scal-2").arrives(), joined),
        (command("wed 11:00", "!hold away"), "next-step(Held) | scal-review, held, due 30 Nov"),
        (command("fri 11:00", "!resume"), "next-step(Resumed by 2 Dec) | scal-review, due 2 Dec"),
        (command("fri 12:00", "!restart"), "next-step(Restarted by 3 Dec) | scal-review, due 3 Dec"),
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
        manner: Manner::default(),
    };
    let refusal = World::default().decide(&event).expect_err("no case is named").to_string();
    assert_eq!(refusal, "!accept is about one case: name it, such as ERS-00042.");
}
