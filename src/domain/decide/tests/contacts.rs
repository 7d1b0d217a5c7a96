//! `!contact`: who takes part on the partner's side, and `!help`.

use super::world::{World, address};
use super::{check, command, mail, scal};
use crate::domain::command::HELP;
use crate::domain::route;

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
const STANDS: &str = "- | scal-review, due 30 Nov";

#[test]
fn whoever_is_removed_takes_part_no_more_and_letters_go_to_another() {
    let mut world = check(&[
        (scal("mon 10:00"), SCAL),
        (command("mon 11:00", "!contact add omolara@carevista.example"), STANDS),
        (command("mon 11:01", "!contact remove priya@carevista.example"), STANDS),
    ]);
    let takes_part = |world: &World, who: &str| route::takes_part(&world.policy, world.case(1), &address(who));
    let priya = "priya@carevista.example";
    assert!(takes_part(&world, "omolara@carevista.example"));
    assert!(takes_part(&world, "somebody@carevista.example"), "their organisation still does");
    assert!(!takes_part(&world, priya));
    world.play(&command("mon 11:02", "!accept"));
    assert_eq!(world.letters.last().expect("a letter").letter.to, address("omolara@carevista.example"));
    let line = world.play(&mail("mon 12:00").asks().answers("letter-0@ers.example").arrives());
    assert!(!line.starts_with("acknowledgement") || line.contains("ERS-00002"), "{line}");

    world.play(&command("mon 13:00", "!contact add priya@carevista.example"));
    assert!(takes_part(&world, priya), "and may be taken back");
}

#[test]
fn an_undone_removal_leaves_the_contact_as_it_was() {
    let mut world =
        check(&[(scal("mon 10:00"), SCAL), (command("mon 11:00", "!contact add omolara@carevista.example"), STANDS)]);
    let before = world.case(1).clone();
    world.play(&command("mon 11:01", "!contact remove priya@carevista.example"));
    world.play(&command("mon 11:02", "!undo"));
    let after = world.case(1);
    assert_eq!((&after.participants, &after.correspondent), (&before.participants, &before.correspondent));
    assert!(after.former.is_empty());
}

#[test]
fn a_change_of_contacts_that_makes_no_sense_is_refused_in_words() {
    for (text, why) in [
        ("!contact remove priya@carevista.example", "is the only contact of ERS-00001. Give !contact add"),
        ("!contact remove x@carevista.example", "takes no part in ERS-00001, but priya@carevista.example do."),
        ("!contact add priya@carevista.example", "takes part in ERS-00001 already."),
        ("!contact add sa@ers.example", "is one of us"),
        ("!contact add omar@staff.example", "is one of us"),
    ] {
        let mut world = check(&[(scal("mon 10:00"), SCAL)]);
        let line = world.play(&command("mon 11:00", text));
        assert!(line.starts_with("refused: ") && line.contains(why), "{text}: {line}");
    }
}

#[test]
fn the_commands_are_listed_with_or_without_a_case() {
    let mut world = check(&[(mail("mon 10:00").commands("", &["!help"]).arrives(), "command-reply(!help)")]);
    world.play(&command("mon 11:00", "!help"));
    assert_eq!(world.why, HELP.join("\n"));
}
