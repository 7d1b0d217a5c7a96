//! What partners need to read our letters: kept, told once, and met where it is plain text.

use super::world::{PARTNER, World, address};
use super::{Mail, check, command, mail, scal};
use crate::domain::effect::{Content, Effect};
use crate::domain::reading::{Authenticated, Format, Need};

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";

fn asks_for(at: &str, format: Format) -> Mail {
    let need = Need { format, words: "Please send letters in that format".to_owned() };
    mail(at).answers("letter-0@ers.example").with(|facts| facts.says.needs = vec![need])
}

/// Whether the last letter to the partner leaves without HTML.
fn in_plain_text(world: &World) -> Option<bool> {
    let letters = world.last.effects.iter().map(|Effect::Send(letter)| letter);
    letters.filter(|letter| letter.to == address(PARTNER)).map(|letter| letter.context.plain_text).next_back()
}

#[test]
fn a_need_is_told_once_and_shown_in_every_notice_of_the_case() {
    let mut world = check(&[
        (scal("mon 10:00"), SCAL),
        (
            asks_for("mon 11:00", Format::LargePrint).arrives(),
            "staff-attention, acknowledgement(person-reads), staff-new | scal-review, due 30 Nov, question open",
        ),
        (
            asks_for("mon 12:00", Format::LargePrint).arrives(),
            "acknowledgement(person-reads), staff-new | scal-review, due 30 Nov, question open",
        ),
    ]);
    let mut contents = world.contents.iter();
    let told = contents.find_map(|content| if let Content::StaffAttention(told) = content { Some(told) } else { None });
    let told = told.expect("an alert");
    assert_eq!(told.headline, "A partner needs letters in another format");
    let what =
        "priya@carevista.example asks for letters in large print. They wrote: “Please send letters in that format”.";
    assert_eq!(told.what, what);
    world.play(&command("mon 13:00", "!accept"));
    assert_eq!(in_plain_text(&world), Some(false));
    world.play(&asks_for("mon 14:00", Format::Language("Welsh".to_owned())).asks().arrives());
    let Effect::Send(last) = world.last.effects.last().expect("a notice");
    assert_eq!(last.context.needs, ["priya@carevista.example: large print, Welsh"]);
}

#[test]
fn who_asked_for_plain_text_gets_it_from_the_next_letter_on() {
    let mut world = World::default();
    world.play(&scal("mon 10:00"));
    assert_eq!(in_plain_text(&world), Some(false));
    world.play(&asks_for("mon 11:00", Format::PlainText).arrives());
    assert_eq!(in_plain_text(&world), Some(true), "{}", world.why);
    world.play(&command("tue 11:00", "!accept"));
    assert_eq!(in_plain_text(&world), Some(true));
    let staff =
        world.last.effects.iter().map(|Effect::Send(letter)| letter).filter(|letter| letter.to != address(PARTNER));
    assert!(staff.into_iter().all(|letter| !letter.context.plain_text));
}

#[test]
fn a_first_message_may_state_a_need_and_one_that_fails_authentication_may_not() {
    let need = |authenticated| {
        let mut world = World::default();
        world.play(&asks_for("mon 10:00", Format::PlainText).scal("scal-1").authenticated(authenticated).arrives());
        world
    };
    let world = need(Authenticated::None);
    assert_eq!(in_plain_text(&world), Some(true));
    let notices =
        world.last.effects.iter().map(|Effect::Send(letter)| letter).filter(|l| l.content.kind().is_for_staff());
    assert!(notices.into_iter().all(|letter| letter.context.needs == ["priya@carevista.example: plain text"]));
    assert!(need(Authenticated::Fail).case(1).participants.values().all(|participant| participant.needs.is_empty()));
}
