//! Invitations as calendars speak of them: answers to ours (STANDARDS G4), and those that staff send themselves.

use super::mail::person;
use super::world::{PARTNER, World, at};
use super::{Mail, check_in, command, mail, pack, scal, tick};
use crate::domain::effect::{Answers, Content};
use crate::domain::fact::Fact;
use crate::domain::ids::CaseRef;
use crate::domain::lane::Phase;
use crate::domain::reading::{Authenticated, Method, Participation};

type Change = fn(Mail) -> Mail;

const ASHA: &str = "asha@staff.example";
const BOOKED: &str = "- | session-booked";
const ASKED: &str = "staff-attention | session-booked";

fn reviewing() -> World {
    let mut world = World::default();
    for step in [scal("mon 10:00"), command("mon 11:00", "!accept"), pack("mon 12:00")] {
        world.play(&step);
    }
    assert_eq!(world.case(1).phase(), "witness-pack-review");
    world
}

fn booked() -> World {
    let story =
        [(command("mon 14:00", "!session 26 November 2026 10.30am"), "invitation, staff-attention | session-booked")];
    check_in(reviewing(), &story)
}

fn uid(world: &World) -> String {
    world.case(1).session.as_ref().expect("a session").uid.clone()
}

fn reply(world: &World, at: &str, who: &str, answer: Participation) -> Mail {
    mail(at).from(who).calendar(Method::Reply, &uid(world), &[(who, Some(answer))])
}

fn invitation(at: &str) -> Mail {
    mail(at).by_team().calendar(Method::Request, "040000008200@outlook.example", &[(PARTNER, None), (ASHA, None)])
}

#[test]
fn g4_who_accepts_is_recorded_and_who_declines_or_may_not_come_is_told_to_staff() {
    for who in [PARTNER, ASHA] {
        let world = booked();
        let says = |at: &str, answer| reply(&world, at, who, answer).arrives();
        let again = says("mon 15:40", Participation::Tentative);
        let story = [
            (says("mon 15:00", Participation::Accepted), BOOKED),
            (says("mon 15:10", Participation::Tentative), ASKED),
            (says("mon 15:20", Participation::Declined), ASKED),
            (says("mon 15:30", Participation::Declined), BOOKED),
        ];
        let mut world = check_in(world, &story);
        assert_eq!(world.case(1).attendance.values().collect::<Vec<_>>(), [&Participation::Declined]);
        let Some(Content::StaffAttention(told)) = world.contents.last() else { panic!("{:?}", world.contents.last()) };
        let whose = if who == PARTNER { "The partner" } else { "Staff" };
        assert_eq!(told.headline, format!("{whose} declined the session"));
        assert_eq!(told.answers, Answers::Decide(Phase::SessionBooked));
        world.play(&again);
        assert!(world.why.contains("accepted the witness testing session on Thursday 26 November 2026 tentatively"));
        world.play(&command("mon 16:00", "!session 27 November 2026 10.30am"));
        assert!(world.case(1).attendance.is_empty(), "of another time");
    }
}

#[test]
fn g4_an_accepted_session_has_a_line_in_the_story_and_no_letter() {
    let world = booked();
    let accepts = reply(&world, "mon 15:00", PARTNER, Participation::Accepted).arrives();
    let world = check_in(world, &[(accepts, BOOKED)]);
    assert_eq!(world.why, "priya@carevista.example accepted the session on Thursday 26 November 2026");
    let is_answer =
        |(case, fact): &(CaseRef, Fact)| *case == CaseRef::FIRST && matches!(fact, Fact::SessionAnswered { .. });
    assert!(world.last.facts.iter().any(is_answer));
}

#[test]
fn g4_nobody_else_answers_and_nothing_else_is_an_answer() {
    let eve = "eve@evil.example";
    let changes: [(&str, Change); 10] = [
        ("not authenticated", |mail| mail.authenticated(Authenticated::None)),
        ("failed", |mail| mail.authenticated(Authenticated::Fail)),
        ("before mail was answered", Mail::older),
        ("for somebody else, by one who is invited", |mail| mail.from(ASHA)),
        ("from somebody else", |mail| mail.from("eve@evil.example")),
        ("of a colleague who was not invited", |mail| {
            let colleague = "tom@carevista.example";
            mail.from(colleague).calendar(Method::Reply, "", &[(colleague, Some(Participation::Declined))])
        }),
        ("of another event", |mail| mail.with(|m| m.scheduling.as_mut().unwrap().uid.push('1'))),
        ("of several people", |mail| {
            mail.with(|m| {
                let attendees = &mut m.scheduling.as_mut().unwrap().attendees;
                attendees.push(attendees[0].clone());
            })
        }),
        ("undecided", |mail| mail.with(|m| m.scheduling.as_mut().unwrap().attendees[0].answer = None)),
        ("no answer", |mail| mail.with(|m| m.scheduling.as_mut().unwrap().method = Method::Request)),
    ];
    for (name, change) in changes {
        let world = booked();
        let uid = uid(&world);
        let own_uid = |mail: Mail| {
            mail.with(|m| m.scheduling.iter_mut().filter(|s| s.uid.is_empty()).for_each(|s| s.uid.clone_from(&uid)))
        };
        let step = own_uid(change(reply(&world, "mon 15:00", PARTNER, Participation::Declined))).arrives();
        let world = check_in(world, &[(step, BOOKED)]);
        assert!(world.case(1).attendance.is_empty(), "{name}: {}", world.why);
        assert!(world.why.contains("calendar reply: filed, not answered"), "{name}: {}", world.why);
    }
    let world = booked();
    let step = reply(&world, "mon 15:00", eve, Participation::Declined).arrives();
    assert!(check_in(world, &[(step, BOOKED)]).case(1).attendance.is_empty(), "a stranger who knows the UID");
}

#[test]
fn g2_an_answer_to_an_earlier_time_says_nothing_of_the_one_that_is_booked() {
    let world = booked();
    let late = reply(&world, "mon 15:00", PARTNER, Participation::Declined).arrives();
    let moved = (command("mon 14:30", "!session 27 November 2026 2pm"), "invitation, staff-attention | session-booked");
    let world = check_in(world, &[moved, (late, BOOKED)]);
    assert!(world.why.contains("an answer to an earlier time"), "{}", world.why);
}

#[test]
fn an_invitation_that_staff_sent_books_the_session_and_none_of_ours_follows() {
    let world = check_in(reviewing(), &[(invitation("mon 14:00").sent(), BOOKED)]);
    let session = world.case(1).session.clone().unwrap();
    assert!(session.invited_by_staff);
    assert_eq!((session.starts, session.minutes), (at("thu 10:30"), 90));
    assert_eq!(session.link.as_deref(), Some("https://meet.example/1"));
    let declines = reply(&world, "mon 15:00", PARTNER, Participation::Declined).arrives();
    let later = invitation("mon 16:00").with(|m| {
        let theirs = m.scheduling.as_mut().unwrap();
        (theirs.sequence, theirs.starts, theirs.ends) = (1, Some(at("fri 10:30")), Some(at("fri 11:30")));
    });
    let world = check_in(
        world,
        &[
            (declines, ASKED),
            (later.sent(), BOOKED),
            (tick("thu 08:30"), "reminder, staff-attention | session-booked"),
            (command("thu 09:00", "!cancel"), "- | witness-pack-review"),
        ],
    );
    assert!(world.why.contains("no invitation of ours: staff sent their own"), "{}", world.why);
}

#[test]
fn a_member_of_staff_may_invite_from_their_own_mailbox_if_it_authenticates() {
    let to = || vec![person(PARTNER), person("sa@ers.example")];
    let own = || invitation("mon 14:00").from(ASHA).with(|m| m.to = to());
    check_in(reviewing(), &[(own().arrives(), BOOKED)]);
    let unproven = own().authenticated(Authenticated::None).arrives();
    check_in(reviewing(), &[(unproven, "staff-attention to lee | witness-pack-review")]);
}

#[test]
fn an_invitation_of_staff_to_something_else_books_nothing() {
    let changes: [Change; 4] = [
        |mail| mail.with(|m| m.scheduling.as_mut().unwrap().attendees.retain(|a| a.address.as_str() == ASHA)),
        |mail| mail.with(|m| m.scheduling.as_mut().unwrap().starts = None),
        |mail| mail.with(|m| m.scheduling.as_mut().unwrap().ends = Some(at("mon+1 10:00"))),
        |mail| mail.with(|m| m.scheduling.as_mut().unwrap().starts = Some(at("mon 09:00"))),
    ];
    for change in changes {
        let world = check_in(reviewing(), &[(change(invitation("mon 14:00")).sent(), "- | witness-pack-review")]);
        assert_eq!(world.case(1).session, None);
    }
    let ours = booked();
    let before = ours.case(1).session.clone();
    let after = check_in(ours, &[(invitation("mon 15:00").sent(), BOOKED)]);
    assert_eq!(after.case(1).session, before, "ours stays as it is");
}

#[test]
fn moving_a_session_that_staff_invited_to_begins_one_of_ours() {
    let moved = (command("mon 15:00", "!session 27 November 2026 2pm"), "invitation, staff-attention | session-booked");
    let world = check_in(reviewing(), &[(invitation("mon 14:00").sent(), BOOKED), moved]);
    let session = world.case(1).session.clone().unwrap();
    assert!(!session.invited_by_staff && session.uid.starts_with("ERS-00001-"), "{session:?}");
}

#[test]
fn g4_another_time_that_is_proposed_is_told_with_the_command_for_it() {
    let world = booked();
    let counter = |moment: &str, who: &str| {
        mail(moment).from(who).calendar(Method::Counter, &uid(&world), &[(who, None)]).with(|facts| {
            facts.scheduling.as_mut().expect("of a calendar").starts = Some(at("fri 14:00"));
        })
    };
    let (theirs, strangers) = (counter("mon 15:00", PARTNER), counter("mon 15:30", "eve@carevista.example"));
    let mut world = check_in(world, &[(theirs.arrives(), "staff-attention | session-booked")]);
    let Some(Content::StaffAttention(told)) = world.contents.last() else { panic!("nobody is told") };
    let command = "Move it with !session Friday 27 November 2026 14:00 60 minutes, or agree another time.";
    assert_eq!(told.what_to_do, command);
    assert_eq!(world.case(1).session.as_ref().expect("still booked").starts, at("thu 10:30"));
    world.play(&strangers.arrives());
    assert!(world.why.contains("filed, not answered"), "{}", world.why);
}

#[test]
fn an_invitation_that_staff_take_back_ends_their_session() {
    let cancel = |at: &str, uid: &str| mail(at).by_team().calendar(Method::Cancel, uid, &[(PARTNER, None)]).sent();
    let mut world = reviewing();
    world.play(&invitation("mon 15:00").sent());
    assert!(world.case(1).session.is_some());
    world.play(&cancel("mon 15:30", "another@outlook.example"));
    assert!(world.case(1).session.is_some(), "of something else");
    assert_eq!(
        world.play(&cancel("mon 16:00", "040000008200@outlook.example")),
        "staff-attention | witness-pack-review"
    );
    assert!(world.case(1).session.is_none());
    // A session of ours is cancelled by !cancel alone, which tells everybody.
    let mut ours = booked();
    let uid = uid(&ours);
    ours.play(&cancel("mon 16:00", &uid));
    assert!(ours.case(1).session.is_some());
}

#[test]
fn who_is_invited_too_gets_the_same_invitation_and_nobody_learns_of_a_case_by_one() {
    let mut world = reviewing();
    let with = |people: &str| command("mon 15:00", &format!("!session 26 November 2026 10.30am with {people}"));
    assert_eq!(
        world.play(&with("eve@elsewhere.example")),
        "refused: eve@elsewhere.example takes no part in ERS-00001, so no invitation goes there: give !contact add \
         eve@elsewhere.example first."
    );
    world.play(&command("mon 15:05", "!contact add omolara@carevista.example"));
    let line = world.play(&with("omolara@carevista.example, omar@staff.example, asha@staff.example"));
    assert_eq!(line, "invitation, invitation to omolara, staff-attention to omar | session-booked");
    let moved = world.play(&command("mon 16:00", "!session 26 November 2026 2pm"));
    assert_eq!(moved, "invitation, invitation to omolara, staff-attention to omar | session-booked");
    assert_eq!(
        world.play(&command("mon 17:00", "!session 26 November 2026 3pm with omolara@carevista.example")),
        "invitation, invitation to omolara, staff-attention to omar | session-booked"
    );
    world.play(&command("mon 18:00", "!contact remove omolara@carevista.example"));
    let gone = world.play(&command("mon 19:00", "!session 26 November 2026 4pm"));
    assert_eq!(gone, "invitation, staff-attention to omar | session-booked");
}
