//! What becomes of our own letters, and troubles of the world.

use super::world::{World, at};
use super::{Mail, Step, check, mail, scal};
use crate::domain::event::{Event, Outcome, Trouble};
use crate::domain::ids::{Folder, LetterId, MailboxName, MessageId, Place, Position};
use crate::domain::outbox::LetterState;
use crate::domain::reading::{Automatic, Bounce, BounceAction};
use crate::domain::step::WorldFact;

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
/// The acknowledgement and the notice to staff of the first step.
const ACKNOWLEDGEMENT: &str = "letter-0@ers.example";
const STAFF_NEW: &str = "letter-1@ers.example";

fn report(at: &str, about: &str, action: BounceAction) -> Mail {
    let bounce = Bounce { original: MessageId::new(about), recipient: None, status: Some("5.1.1".to_owned()), action };
    mail(at).from("mailer-daemon@carevista.example").with(|m| {
        m.automatic = Some(Automatic::Bounce);
        m.bounce = Some(bounce);
    })
}

#[test]
fn a_bounced_letter_is_told_to_staff_once_and_a_bounced_notice_never() {
    let quiet = "- | scal-review, due 30 Nov";
    check(&[
        (scal("mon 10:00"), SCAL),
        (report("mon 10:02", ACKNOWLEDGEMENT, BounceAction::Delayed).arrives(), quiet),
        (
            report("mon 10:03", ACKNOWLEDGEMENT, BounceAction::Failed).arrives(),
            "staff-attention | scal-review, due 30 Nov",
        ),
        (report("mon 10:04", ACKNOWLEDGEMENT, BounceAction::Failed).arrives(), quiet),
        (report("mon 10:05", STAFF_NEW, BounceAction::Failed).arrives(), quiet),
        (report("mon 10:06", "letter-2@ers.example", BounceAction::Failed).arrives(), quiet),
        (report("mon 10:07", "unknown@elsewhere.example", BounceAction::Failed).arrives(), quiet),
    ]);
}

/// The server keeps a copy of what was submitted: a letter that lies in Sent has left, whatever became of its attempt.
#[test]
fn a_letter_that_lies_in_sent_is_not_sent_again() {
    let quiet = "- | scal-review, due 30 Nov";
    let ours = || mail("mon 10:02").by_team().with(|facts| facts.message_id = MessageId::new(ACKNOWLEDGEMENT)).sent();
    for (attempts, found) in [(0, false), (1, true), (2, true)] {
        let mut world = check(&[(scal("mon 10:00"), SCAL)]);
        world.letters[0].attempts = attempts;
        assert_eq!(world.play(&ours()), quiet);
        assert_eq!(matches!(world.letters[0].state, LetterState::Sent { .. }), found, "{attempts} attempts");
        assert_eq!(world.play(&ended("mon 10:03", 0, Outcome::Unknown { reason: reason() })), quiet);
        assert_eq!(next_attempt(&world).is_none(), found, "the lost answer to an attempt changes nothing any more");
    }
}

fn ended(at_text: &str, step: u64, outcome: Outcome) -> Step {
    Step::Event(Box::new(Event::AttemptEnded { at: at(at_text), letter: LetterId { step, index: 0 }, outcome }))
}

fn reason() -> String {
    "450 try later".to_owned()
}

fn next_attempt(world: &World) -> Option<Option<jiff::Timestamp>> {
    world
        .last
        .world
        .iter()
        .find_map(|fact| if let WorldFact::NextAttempt { not_before } = fact { Some(*not_before) } else { None })
}

#[test]
fn attempts_are_repeated_and_given_up_after_five_days() {
    let mut world = check(&[(scal("mon 10:00"), SCAL)]);
    world.letters[0].attempts = 1;
    let quiet = "- | scal-review, due 30 Nov";
    assert_eq!(world.play(&ended("mon 10:02", 0, Outcome::Sent { response: "250".to_owned() })), quiet);
    assert_eq!(next_attempt(&world), None);
    assert_eq!(world.play(&ended("mon 10:02", 0, Outcome::Retry { reason: reason() })), quiet);
    assert_eq!(next_attempt(&world), Some(Some(at("mon 10:03"))));
    assert_eq!(world.play(&ended("mon 10:02", 0, Outcome::Unknown { reason: reason() })), quiet);
    assert_eq!(next_attempt(&world), Some(Some(at("mon 10:04"))), "time to look in Sent");
    let given_up = "staff-attention | scal-review, due 30 Nov";
    for outcome in [Outcome::Retry { reason: reason() }, Outcome::Unknown { reason: reason() }] {
        assert_eq!(world.play(&ended("sat 10:02", 0, outcome)), given_up);
        assert_eq!(next_attempt(&world), Some(None));
    }
    assert_eq!(world.play(&ended("mon 10:02", 0, Outcome::Refused { reason: reason() })), given_up);
    assert_eq!(world.play(&ended("mon 10:02", 1, Outcome::Refused { reason: reason() })), quiet, "a notice to staff");
    assert_eq!(next_attempt(&world), Some(None));
}

#[test]
fn a_letter_is_released_unless_it_is_past_or_was_never_to_leave() {
    let at = at("mon 12:00");
    let release = |state: LetterState| {
        let mut world = World::default();
        world.play(&scal("mon 10:00"));
        world.letters[0].state = state;
        let letter = LetterId { step: 0, index: 0 };
        let event = Event::LetterReleased { at, by: "asha".to_owned(), letter };
        world.decide(&event).map(|decision| decision.why).map_err(|refusal| refusal.to_string())
    };
    for state in [
        LetterState::Held,
        LetterState::Refused { at, reason: reason() },
        LetterState::Waiting { not_before: at, reason: None },
    ] {
        assert_eq!(release(state), Ok("letter 0.0 released by asha".to_owned()));
    }
    for (state, says) in [
        (LetterState::Sent { at }, "sent already"),
        (LetterState::Trying { since: at }, "is being sent right now"),
        (LetterState::Observed, "level observe"),
    ] {
        assert!(release(state).expect_err("refused").contains(says), "{says}");
    }
    let event = Event::LetterReleased { at, by: "asha".to_owned(), letter: LetterId { step: 7, index: 0 } };
    assert!(World::default().decide(&event).is_err());
}

#[test]
fn troubles_are_told_once_until_they_end() {
    let found = |at_text: &str| {
        let trouble = Trouble::MailboxUnreachable { mailbox: MailboxName::new("sa") };
        Step::Event(Box::new(Event::TroubleFound { at: at(at_text), trouble, detail: "No route.".to_owned() }))
    };
    let ended = |at_text: &str| {
        let trouble = Trouble::MailboxUnreachable { mailbox: MailboxName::new("sa") };
        Step::Event(Box::new(Event::TroubleEnded { at: at(at_text), trouble }))
    };
    check(&[
        (found("mon 10:00"), "staff-attention to lee"),
        (found("mon 10:01"), "-"),
        (ended("mon 10:02"), "-"),
        (ended("mon 10:03"), "-"),
        (found("mon 10:04"), "staff-attention to lee"),
    ]);
}

#[test]
fn a_quarantined_message_is_told_to_the_team_of_its_mailbox() {
    let place = |mailbox: &str| Place {
        mailbox: MailboxName::new(mailbox),
        folder: Folder::Inbox,
        at: Position::Imap { uid_validity: 1, uid: 7 },
    };
    let quarantined = |mailbox: &str| {
        let (at, received_at) = (at("mon 10:05"), at("mon 10:00"));
        let why = "the reader stopped three times".to_owned();
        Step::Event(Box::new(Event::MessageQuarantined { at, place: place(mailbox), received_at, why }))
    };
    check(&[(quarantined("sa"), "staff-attention to lee"), (quarantined("lsob"), "staff-attention to omar+lee")]);
}

#[test]
fn nothing_follows_from_a_backlog_or_a_renumbered_mailbox() {
    let mailbox = MailboxName::new("sa");
    let (at, folder) = (at("mon 10:00"), Folder::Inbox);
    let backlog = Event::BacklogPassedOver { at, mailbox: mailbox.clone(), folder, places: Vec::new(), messages: 12 };
    let renumbered = Event::MailboxRenumbered { at, mailbox, folder, uid_validity: 2 };
    for event in [backlog, renumbered] {
        let decision = World::default().decide(&event).expect("never refused");
        assert!(decision.facts.is_empty() && decision.effects.is_empty() && decision.world.is_empty());
    }
}
