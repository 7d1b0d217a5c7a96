//! A session takes place on its day, whatever comes meanwhile.

use super::messages::to;
use super::world::{World, at};
use super::{Step, check_in, command, mail, pack, scal, tick};
use crate::domain::effect::Content;
use crate::domain::lane::Phase;

const REVIEW: &str = "scal-review, due 1 Dec";

/// A session on Friday, and a SCAL that came out of turn on Tuesday.
fn booked_with_a_scal(also: &[Step]) -> World {
    let mut world = World::default();
    to(Phase::WitnessPackReview).iter().for_each(|step| drop(world.play(step)));
    let booked = "invitation, staff-attention | session-booked";
    let came = format!("acknowledgement(scal-review by 1 Dec), staff-new | {REVIEW}");
    let mut world = check_in(
        world,
        &[
            (command("mon 14:00", "!session 27 November 2026 10am"), booked),
            (mail("tue 10:00").scal("scal-2").arrives(), &came),
        ],
    );
    also.iter().for_each(|step| drop(world.play(step)));
    world
}

#[test]
fn a_session_is_announced_and_ends_while_a_scal_out_of_turn_is_reviewed() {
    let quiet = format!("- | {REVIEW}");
    let world = check_in(
        booked_with_a_scal(&[]),
        &[
            (tick("thu 08:29"), &quiet),
            (tick("thu 08:30"), &format!("reminder, staff-attention | {REVIEW}")),
            (tick("thu 08:31"), &quiet),
            (tick("mon+1 08:30"), &format!("staff-warning(1), staff-attention | {REVIEW}")),
            (tick("mon+1 08:31"), &quiet),
            (command("mon+1 10:00", "!accept send"), "next-step(ScalAccepted) | outcome-due"),
            (command("mon+1 11:00", "!passed send"), "outcome(tcc-due) | tcc-due"),
        ],
    );
    assert_eq!(world.case(1).session, None);
}

#[test]
fn a_session_that_was_announced_meanwhile_is_announced_once() {
    let packs = [vec![], vec![mail("tue 11:00").pack("pack-2").arrives()]];
    for also in packs {
        let mut world = booked_with_a_scal(&also);
        world.play(&tick("thu 08:30"));
        assert!(world.case(1).session.is_some());
        check_in(
            world,
            &[
                (command("thu 10:00", "!accept send"), "next-step(ScalAccepted) | session-booked"),
                (tick("thu 12:00"), "- | session-booked"),
                (tick("mon+1 08:30"), "staff-attention | outcome-due"),
            ],
        );
    }
}

#[test]
fn times_that_are_offered_are_told_and_nothing_is_booked() {
    let mut world = World::default();
    for step in [scal("mon 10:00"), command("mon 11:00", "!accept"), pack("mon 12:00")] {
        world.play(&step);
    }
    let past = world.play(&command("tue 10:00", "!session 23 November 2026 9am or 26 November 2026 2pm"));
    assert!(past.starts_with("refused: A session can only be offered for times to come"), "{past}");
    let line = world.play(&command("tue 10:00", "!session 26 November 2026 2pm or 27 November 2026 9am"));
    assert_eq!(line, "next-step(TimesOffered) | witness-pack-review");
    assert!(world.case(1).session.is_none());
    let Some(Content::NextStep(told)) = world.contents.last() else { panic!("no letter") };
    assert_eq!(told.offered, [at("thu 14:00"), at("fri 09:00")]);
}
