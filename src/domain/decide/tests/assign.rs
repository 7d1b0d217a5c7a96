//! `!assign`: who looks after a case, and what letters say of it.

use super::world::{World, address};
use super::{check, command, mail, scal, tick};
use crate::domain::effect::{Effect, Letter, LookedAfter};

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
const STANDS: &str = "- | scal-review, due 30 Nov";

fn letters(world: &World) -> Vec<&Letter> {
    world.last.effects.iter().map(|Effect::Send(letter)| &**letter).collect()
}

fn assignee(world: &World) -> Option<&str> {
    world.case(1).assignee.as_ref().map(|assignee| assignee.address.as_str())
}

#[test]
fn a_case_is_looked_after_by_whoever_is_named_and_letters_say_so() {
    let mut world = check(&[
        (scal("mon 10:00"), SCAL),
        (command("mon 11:00", "!assign me"), STANDS),
        (command("mon 11:01", "!assign OMAR"), STANDS),
        // Omar is not of the team.
        (tick("fri 09:00"), "staff-warning(1) to omar | scal-review, due 30 Nov"),
    ]);
    assert_eq!(assignee(&world), Some("omar@staff.example"));
    let by = |name: &str| {
        let address = address(&format!("{name}@staff.example"));
        Some(LookedAfter { address, name: name.to_owned(), away_until: None, deputy: None })
    };
    world.play(&mail("fri 10:00").asks().answers("letter-0@ers.example").arrives());
    for letter in letters(&world) {
        let is_for_staff = letter.content.kind().is_for_staff();
        assert_eq!(letter.context.looked_after, if is_for_staff { by("omar") } else { None }, "{}", letter.to);
    }
    world.play(&mail("fri 11:00").commands("[ERS-00001]", &["!assign nobody", "!assign asha@staff.example"]).arrives());
    let [reply] = letters(&world)[..] else { panic!("more than the reply") };
    assert_eq!(reply.context.looked_after, by("asha"), "as it stands after the command");
    world.play(&command("fri 11:10", "!undo"));
    assert_eq!(assignee(&world), None);
}

#[test]
fn the_deputy_of_whoever_looks_after_a_case_is_named_while_they_are_away() {
    let mut world = World::with(|policy| policy.staff[1].deputy = Some(address("lee@staff.example")));
    world.play(&scal("mon 10:00"));
    world.play(&command("mon 11:00", "!assign omar"));
    world.play(&command("mon 11:01", "!away omar@staff.example 26 November to 27 November"));
    for (moment, deputy) in
        [("wed 10:00", None), ("thu 10:00", Some("lee")), ("fri 10:00", Some("lee")), ("sat 10:00", None)]
    {
        world.play(&mail(moment).asks().answers("letter-0@ers.example").arrives());
        let notice = letters(&world).into_iter().find(|letter| letter.content.kind().is_for_staff()).expect("a notice");
        let by = notice.context.looked_after.as_ref().expect("somebody");
        assert_eq!((by.away_until.is_some(), by.deputy.as_deref()), (deputy.is_some(), deputy), "{moment}");
    }
}

#[test]
fn a_name_that_is_nobodys_or_several_peoples_is_refused_with_the_names_that_are_possible() {
    let people = || {
        World::with(|policy| {
            policy.staff[0].name = "Amina Osei".to_owned();
            policy.staff[1].name = "Amina Reid".to_owned();
            policy.staff[2].name = "Osei".to_owned();
        })
    };
    for (text, why) in [
        (
            "!assign Tom",
            "Nobody of the staff is called “Tom”. Listed are Amina Osei (asha@staff.example), Amina Reid \
            (omar@staff.example), Osei (lee@staff.example).",
        ),
        (
            "!assign amina",
            "“amina” may be Amina Osei (asha@staff.example) or Amina Reid (omar@staff.example): give the address.",
        ),
        ("!assign me", "Nobody of the staff is called “asha”."),
        ("!assign priya@carevista.example", "Nobody of the staff is called “priya@carevista.example”."),
        ("!assign nobody", "It is so already: nobody in particular looks after ERS-00001."),
    ] {
        let mut world = people();
        world.play(&scal("mon 10:00"));
        let line = world.play(&command("mon 11:00", text));
        assert!(line.starts_with("refused: ") && line.contains(why), "{text}: {line}");
    }
    for (text, who) in [
        ("!assign Reid", "omar@staff.example"),
        ("!assign osei  amina", "asha@staff.example"),
        ("!assign Osei", "lee@staff.example"),
        ("!assign Omar@Staff.Example", "omar@staff.example"),
    ] {
        let mut world = people();
        world.play(&scal("mon 10:00"));
        world.play(&command("mon 11:00", text));
        assert_eq!(assignee(&world), Some(who), "{text}: {}", world.why);
        let again = world.play(&command("mon 11:01", text));
        assert!(again.contains("It is so already"), "{text}: {again}");
    }
}
