//! Messages to ourselves, and mail from outside, which show that mail still comes.

use super::world::{Step, World, at};
use super::{check_in, mail};
use crate::domain::event::{Event, Trouble};
use crate::domain::ids::{MailboxName, MessageId};
use crate::domain::outbox::LetterState;
use crate::domain::policy::{CanaryPlan, Level};
use crate::domain::reading::Automatic;
use crate::domain::step::WorldFact;

fn due(at_text: &str) -> Step {
    Step::Event(Box::new(Event::CanaryDue { at: at(at_text), mailbox: MailboxName::new("sa") }))
}

/// What claims to be our own letter number so-and-so, as it is found in the inbox or in Sent.
fn ours(at_text: &str, id: &str) -> super::Mail {
    let id = MessageId::new(&format!("{id}@ers.example"));
    mail(at_text).from("sa@ers.example").with(move |facts| {
        facts.message_id.clone_from(&id);
        facts.automatic = Some(Automatic::Own);
    })
}

fn world() -> World {
    World::with(|policy| policy.canary = Some(CanaryPlan { every_minutes: 60, late_minutes: 30 }))
}

fn left(world: &mut World) {
    let canary = world.letters.last_mut().expect("a canary");
    canary.state = LetterState::Sent { at: at("mon 09:00") };
}

#[test]
fn one_is_written_when_it_is_due_and_noted_when_it_is_back() {
    let mut world = check_in(world(), &[(due("mon 08:29"), "-"), (due("mon 09:00"), "canary to sa")]);
    let world = {
        left(&mut world);
        check_in(world, &[(due("mon 09:01"), "-"), (ours("mon 09:02", "letter-0").arrives(), "-")])
    };
    assert!(world.why.contains("came back"), "{}", world.why);
    assert!(world.cases.is_empty() && world.vigil.canary.as_ref().is_some_and(|canary| canary.back_at.is_some()));
    let world = check_in(world, &[(due("mon 09:59"), "-"), (due("mon 10:00"), "canary to sa")]);
    assert_eq!(world.letters.len(), 2);
    assert!(World::default().play(&due("mon 09:00")) == "-", "not asked for");
}

#[test]
fn it_leaves_whatever_partners_and_staff_get() {
    let mut world = world();
    world.policy.staff_alerts = Level::Observe;
    world.policy.mailboxes.iter_mut().for_each(|mailbox| mailbox.level = Level::Observe);
    world.play(&due("mon 09:00"));
    assert_eq!(world.letters[0].due_at(), Some(at("mon 09:00")));
}

/// Each with whether it counts as the canary that is awaited.
#[test]
fn only_the_one_that_we_wrote_in_the_inbox_that_it_is_for_is_taken_for_it() {
    for (step, is_it) in [
        (ours("mon 09:02", "letter-0").arrives(), true),
        (ours("mon 09:02", "letter-00").arrives(), false),
        (ours("mon 09:02", "letter-0").sent(), false),
        (ours("mon 09:02", "letter-0").junk(), false),
        (ours("mon 09:02", "letter-0").in_mailbox("lsob").arrives(), false),
    ] {
        let mut world = world();
        world.play(&due("mon 09:00"));
        assert_eq!(world.play(&step), "-", "{step:?}");
        assert_eq!(world.vigil.canary.as_ref().is_some_and(|canary| canary.back_at.is_some()), is_it, "{step:?}");
        // A copy in Sent, of the same identity, must not hide the one that arrives.
        if !is_it {
            world.play(&ours("mon 09:02", "letter-0").arrives());
            assert!(world.vigil.canary.as_ref().is_some_and(|canary| canary.back_at.is_some()), "{step:?}");
        }
    }
}

#[test]
fn a_copy_of_it_and_one_that_comes_after_the_next_are_noted_and_change_nothing() {
    let mut world = world();
    world.play(&due("mon 09:00"));
    left(&mut world);
    world.play(&due("mon 10:00"));
    assert_eq!(world.letters.len(), 2, "the first one left and is late");
    world.play(&ours("mon 10:01", "letter-0").arrives());
    assert!(world.why.contains("after the next"), "{}", world.why);
    assert_eq!(world.vigil.canary.as_ref().and_then(|canary| canary.back_at), None);
    world.play(&ours("mon 10:02", "letter-1").arrives());
    let back = world.vigil.clone();
    world.play(&ours("mon 10:02", "letter-1").seen("mon 10:09").arrives());
    assert!(world.why.contains("a copy"), "{}", world.why);
    assert_eq!(world.vigil, back);
}

#[test]
fn mail_from_outside_is_noted_where_silence_is_watched() {
    let heard = |step: &Step, hours| {
        let mut world = World::with(|policy| policy.mailboxes[0].silence_office_hours = hours);
        world.play(step);
        world.vigil.heard_at
    };
    let automatic = |kind| mail("mon 09:00").with(move |facts| facts.automatic = Some(kind)).arrives();
    for (step, counts) in [
        (mail("mon 09:00").asks().arrives(), true),
        (mail("mon 09:00").with(|facts| facts.from = None).arrives(), true),
        (automatic(Automatic::OutOfOffice), true),
        (automatic(Automatic::List), true),
        (automatic(Automatic::Bounce), false),
        (ours("mon 09:00", "letter-0").arrives(), false),
        (mail("mon 09:00").from("asha@staff.example").arrives(), false),
        (mail("mon 09:00").older().arrives(), false),
        (mail("mon 09:00").junk(), false),
        (mail("mon 09:00").sent(), false),
    ] {
        assert_eq!(heard(&step, Some(18)), counts.then(|| at("mon 09:00")), "{step:?}");
        assert_eq!(heard(&step, None), None);
    }
}

#[test]
fn a_trouble_that_mail_may_not_tell_of_asks_for_the_alarm_where_there_is_one() {
    let sa = || MailboxName::new("sa");
    for (trouble, alarms) in [
        (Trouble::MailSilent { mailbox: sa() }, true),
        (Trouble::CanaryMissing { mailbox: sa() }, true),
        (Trouble::MailServerUnreachable { mailbox: sa() }, true),
        (Trouble::MailboxUnreachable { mailbox: sa() }, true),
        (Trouble::LoginRefused { mailbox: sa() }, true),
        (Trouble::DiskFull, true),
        (Trouble::HolidayListEnds, false),
        (Trouble::BreakerTripped, false),
    ] {
        for alarm in [true, false] {
            let mut world = World::with(|policy| policy.alarm = alarm);
            let found =
                || Event::TroubleFound { at: at("mon 09:00"), trouble: trouble.clone(), detail: "So.".to_owned() };
            let raised = || Event::AlarmRaised { at: at("mon 09:01"), trouble: trouble.clone() };
            assert!(world.decide(&raised()).expect("an answer").why.is_empty(), "nothing is wrong");
            world.decide(&found()).expect("an answer");
            let asked =
                world.last.world.iter().find_map(|fact| {
                    if let WorldFact::AlarmAsked { text, .. } = fact { Some(text.clone()) } else { None }
                });
            assert_eq!(asked.is_some_and(|text| text.contains("\n\nSo.\n\n")), alarms && alarm, "{trouble:?}");
            assert!(!world.decide(&raised()).expect("an answer").why.is_empty());
            assert!(world.decide(&found()).expect("an answer").world.is_empty(), "once");
        }
    }
}
