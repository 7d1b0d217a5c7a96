//! Three silent months: staff are asked what becomes of the case, in office hours, and nothing closes itself.

use super::world::{World, at};
use super::{asks, check_in, command, mail, replies, scal, tick};
use crate::domain::effect::{Answers, Content};

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
const CHANGES: &str = "next-step(ChangesAsked) | scal-changes";
const WAITS: &str = "- | scal-changes";
const ASKED: &str = "staff-attention | scal-changes";

/// Waits for the partner from Monday 23 November on.
fn waiting(change: impl Fn(&mut crate::domain::policy::Policy)) -> World {
    check_in(World::with(change), &[(scal("mon 10:00"), SCAL), (command("mon 11:00", "!changes"), CHANGES)])
}

#[test]
fn staff_are_asked_once_and_again_after_each_such_time() {
    let world = check_in(
        waiting(|_| {}),
        &[
            (tick("2027-02-23 08:29"), WAITS),
            (tick("2027-02-23 08:30"), ASKED),
            (tick("2027-02-23 08:31"), WAITS),
            // A Sunday.
            (tick("2027-05-23 12:00"), WAITS),
            (tick("2027-05-24 08:30"), ASKED),
        ],
    );
    let Some(Content::StaffAttention(told)) = world.contents.last() else { panic!("staff are asked") };
    assert_eq!(told.answers, Answers::Silence);
    assert_eq!(
        told.what,
        "Nobody has written on this case or given a command for the last 3 months. The partner wrote last on Monday 23 \
         November 2026. It waits for a changed SCAL from the partner."
    );
    assert!(world.case(1).is_open());
}

#[test]
fn any_word_on_the_case_counts_and_so_does_a_day_that_the_partner_gave() {
    for (step, asked) in [
        (asks("2027-01-15 10:00"), "2027-04-15 08:30"),
        (replies("2027-01-15 10:00"), "2027-04-15 08:30"),
        (command("2027-01-15 10:00", "!note they are busy"), "2027-04-15 08:30"),
        (command("2027-01-15 10:00", "!until 1 March 2027"), "2027-06-01 08:30"),
    ] {
        let mut world = waiting(|policy| policy.days.silent_months = 3);
        world.play(&step);
        world.play(&tick("2027-02-23 08:30"));
        assert_eq!(world.case(1).asks_at(), Some(at(asked)), "{asked}");
        assert_eq!(world.letters.iter().filter(|letter| letter.letter.kind.is_for_staff()).count(), {
            let asks = matches!(step, super::Step::Mail(_));
            1 + usize::from(asks)
        });
    }
    // What was put off stays put off, whatever is said before.
    let mut world = waiting(|_| {});
    world.play(&command("tue 10:00", "!until 1 March 2027"));
    world.play(&mail("thu 10:00").thanks().arrives());
    assert_eq!(world.case(1).asks_at(), Some(at("2027-06-01 08:30")));
}

#[test]
fn nobody_is_asked_while_the_case_waits_for_us_is_closed_or_set_aside() {
    let mut world = waiting(|_| {});
    world.play(&mail("tue 10:00").scal("scal-2").arrives());
    assert_eq!(world.case(1).asks_at(), None, "with SA");
    world.play(&command("tue 11:00", "!changes"));
    assert_eq!(world.case(1).asks_at(), Some(at("2027-02-24 08:30")));
    world.play(&command("tue 12:00", "!close dormant"));
    assert_eq!(world.case(1).asks_at(), None, "closed");
    world.play(&command("wed 12:00", "!reopen"));
    assert_eq!(world.case(1).asks_at(), Some(at("2027-02-25 08:30")));
}

#[test]
fn after_a_night_of_downtime_it_waits_for_the_office_and_a_team_that_asks_never_is_left_alone() {
    check_in(
        waiting(|_| {}),
        &[(tick("2027-02-27 22:00"), WAITS), (tick("2027-03-01 08:29"), WAITS), (tick("2027-03-01 08:30"), ASKED)],
    );
    assert_eq!(waiting(|policy| policy.days.silent_months = 0).case(1).asks_at(), None);
    let mut world = waiting(|_| {});
    world.policy.days.silent_months = 0;
    assert_eq!(world.play(&tick("2027-02-23 08:30")), WAITS);
    assert_eq!(world.case(1).asks_at(), None, "nor woken again");
}

#[test]
fn reminders_are_as_they_were() {
    let mut world = World::reminding();
    for step in [scal("mon 10:00"), command("mon 11:00", "!changes")] {
        world.play(&step);
    }
    for (when, line) in [
        ("2026-11-30 09:00", "reminder | scal-changes, waiting since 23 Nov"),
        ("2026-12-07 09:00", "reminder(again) | scal-changes, waiting since 23 Nov"),
        ("2026-12-14 09:00", "staff-attention | scal-changes, waiting since 23 Nov"),
        ("2027-02-22 09:00", "- | scal-changes, waiting since 23 Nov"),
        ("2027-02-23 09:00", "staff-attention | scal-changes, waiting since 23 Nov"),
    ] {
        assert_eq!(world.play(&tick(when)), line, "{when}");
    }
}
