//! Messages that are not routine: who hears at once, what the partner does not get meanwhile, and how staff let it go on.

use super::mail::Mail;
use super::world::{PARTNER, World, address, at, calendar};
use super::{Step, asks, check, check_in, command, mail, replies, scal, tick};
use crate::domain::command::Order;
use crate::domain::effect::{Content, Effect, Letter};
use crate::domain::event::Event;
use crate::domain::ids::CaseRef;
use crate::domain::policy::Level;
use crate::domain::reading::{Authenticated, FindingCode, Matter};

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
const TOLD: &str = "staff-attention(not routine) to lee, acknowledgement(a person reads)";

fn speaks_of(at: &str, matter: Matter) -> Mail {
    mail(at).with(|facts| facts.not_routine = vec![matter])
}

fn on_duty() -> World {
    World::with(|policy| {
        policy.urgent_contacts = vec![address("duty@oncall.example")];
        policy.safety_contact = Some("the service desk".to_owned());
        policy.days.reminder = World::reminding().policy.days.reminder;
    })
}

fn letters(world: &World) -> impl Iterator<Item = &Letter> {
    world.last.effects.iter().map(|Effect::Send(letter)| &**letter)
}

fn attention(world: &World) -> String {
    for letter in letters(world) {
        if let Content::StaffAttention(told) | Content::StaffNotRoutine(told) = &letter.content {
            return format!("{}: {} {} {}", told.headline, told.what, told.what_to_do, told.list.join("; "));
        }
    }
    panic!("staff are not asked to look");
}

#[test]
fn staff_hear_at_once_and_of_safety_and_security_somebody_else_too() {
    for matter in Matter::ALL {
        let urgent = if matter.is_urgent() { "+duty" } else { "" };
        let told = format!(
            "staff-attention(not routine) to lee{urgent}, acknowledgement(a person reads) \
             | enquiry, question open, set aside"
        );
        let world = check_in(on_duty(), &[(speaks_of("sat 23:00", matter).arrives(), &told)]);
        let says = attention(&world);
        assert!(says.contains(matter.in_words()) && says.contains("From: priya@carevista.example"), "{says}");
        let elsewhere: Vec<_> = letters(&world).filter(|letter| letter.to.as_str() == "duty@oncall.example").collect();
        assert_eq!(elsewhere.len(), usize::from(matter.is_urgent()), "{matter:?}");
        assert!(elsewhere.iter().all(|letter| letter.case.is_none()), "nobody outside the team can act on a case");
    }
}

#[test]
fn the_sender_hears_that_a_person_reads_it_and_nothing_else() {
    let world = check_in(
        on_duty(),
        &[(
            speaks_of("mon 10:00", Matter::PatientHarm).scal("scal-1").arrives(),
            "staff-attention(not routine) to lee+duty, acknowledgement(a person reads), staff-new \
             | scal-review, due 30 Nov, set aside",
        )],
    );
    let to_partner: Vec<_> = letters(&world).filter(|letter| !letter.content.kind().is_for_staff()).collect();
    let [only] = to_partner.as_slice() else { panic!("{to_partner:?}") };
    let Content::PersonWillRead(told) = &only.content else { panic!("{only:?}") };
    assert_eq!(told.safety_contact.as_deref(), Some("the service desk"));
    assert_eq!(world.case(1).submissions.len(), 1, "filed all the same");
    assert!(world.flags().iter().any(|flag| flag.contains("until !resume")), "{:?}", world.flags());
}

#[test]
fn no_date_no_findings_and_no_next_step_until_staff_say_so() {
    let aside = "scal-review, due 30 Nov, set aside";
    let in_review = |letters: &str| format!("{letters} | {aside}");
    check(&[
        (speaks_of("mon 10:00", Matter::Complaint).scal("scal-1").arrives(), &in_review(&format!("{TOLD}, staff-new"))),
        (mail("mon 10:05").pack("pack-1").arrives(), &in_review("staff-new")),
        (tick("mon 12:00"), &in_review("-")),
        (mail("tue 10:00").scal("scal-2").arrives(), &in_review("acknowledgement(a person reads), staff-new")),
        (
            mail("tue 12:00").unreadable(FindingCode::PasswordProtected).arrives(),
            "acknowledgement(a person reads), staff-new | scal-review, due 30 Nov, question open, set aside",
        ),
        (
            command("tue 13:00", "!accept"),
            "refused: ERS-00001 waits for !resume. The case is set aside as not routine (a complaint): until !resume the \
             partner gets no date, no findings and no reminder. Give !resume first, then !accept.",
        ),
        (command("tue 13:00", "!hold away"), "- | scal-review, held, due 30 Nov, question open, set aside"),
        // The clock of the team goes on, and what was kept back is answered in one letter.
        (
            command("wed 10:00", "!resume"),
            "unreadable, acknowledgement(scal-review by 1 Dec, 3 together) | scal-review, due 1 Dec, question open",
        ),
        (command("wed 11:00", "!accept"), "next-step(ScalAccepted) | witness-pack-review, question open"),
    ]);
}

#[test]
fn the_clock_of_the_team_runs_so_that_nothing_is_forgotten() {
    check(&[
        (
            speaks_of("mon 10:00", Matter::Complaint).scal("scal-1").arrives(),
            "staff-attention(not routine) to lee, acknowledgement(a person reads), staff-new | scal-review, due 30 Nov, set aside",
        ),
        (tick("fri 08:30"), "staff-warning(1) | scal-review, due 30 Nov, set aside"),
        (tick("tue+1 08:30"), "staff-breach(1) | scal-review, due 30 Nov, set aside"),
        (replies("tue+1 10:00"), "- | scal-review, answered 1 Dec, set aside"),
        (command("wed+1 10:00", "!resume"), "acknowledgement(scal-review) | scal-review, answered 1 Dec"),
    ]);
}

#[test]
fn what_was_being_gathered_waits_too() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (mail("mon 10:05").pack("pack-1").arrives(), "staff-new | scal-review, due 30 Nov"),
        (
            speaks_of("mon 10:10", Matter::DataBreach).arrives(),
            &format!("{TOLD} | scal-review, due 30 Nov, question open, set aside"),
        ),
        (tick("mon 10:40"), "- | scal-review, due 30 Nov, question open, set aside"),
        (command("mon 11:00", "!resume"), "acknowledgement(filed-for-later) | scal-review, due 30 Nov, question open"),
    ]);
}

#[test]
fn words_alone_leave_nothing_to_send_afterwards() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (
            speaks_of("tue 10:00", Matter::LegalAction).arrives(),
            &format!("{TOLD} | scal-review, due 30 Nov, question open, set aside"),
        ),
        (
            mail("tue 12:00").thanks().arrives(),
            "acknowledgement(a person reads) | scal-review, due 30 Nov, question open, set aside",
        ),
        (command("wed 10:00", "!resume"), "- | scal-review, due 30 Nov, question open"),
        (command("wed 10:00", "!resume"), "refused: The clock of ERS-00001 is not held."),
    ]);
}

#[test]
fn nobody_is_reminded_of_any_case_meanwhile() {
    let give = |case, at_: &str, text: &str| {
        let (at, by) = (at(at_), "asha".to_owned());
        let Order { command, manner } = Order::parse(text, calendar().local_date(at)).expect("a command");
        Step::Event(Box::new(Event::CommandGiven { at, by, case: Some(CaseRef::from_number(case)), command, manner }))
    };
    let mut world = World::reminding();
    world.play(&scal("mon 10:00"));
    world.play(&command("mon 11:00", "!changes"));
    world.play(&mail("mon 12:00").scal_of("Beta Board", "beta-1").arrives());
    world.play(&give(2, "mon 13:00", "!changes"));
    world.play(&speaks_of("tue 10:00", Matter::Complaint).subject("[ERS-00002]").arrives());
    assert!(world.case(2).set_aside.is_some() && world.case(1).set_aside.is_none());
    check_in(
        world,
        &[
            // Four weeks of neither a reminder nor a word to staff that the partner stays silent.
            (tick("mon+1 08:30"), "- | scal-changes, waiting since 30 Nov"),
            (tick("tue+1 08:30"), "- | scal-changes, waiting since 1 Dec, question open, set aside"),
            (tick("wed+3 08:30"), "- | scal-changes, waiting since 16 Dec, question open, set aside"),
            (give(2, "thu+3 10:00", "!resume"), "- | scal-changes, waiting since 17 Dec, question open"),
            (tick("wed+4 08:30"), "reminder(and ERS-00002) | scal-changes, waiting since 16 Dec"),
        ],
    );
}

#[test]
fn whoever_may_get_no_letter_gets_none_and_staff_hear_all_the_same() {
    for (what, sent) in [
        ("failed authentication", speaks_of("mon 10:00", Matter::PatientHarm).authenticated(Authenticated::Fail)),
        (
            "a null reverse-path",
            speaks_of("mon 10:00", Matter::PatientHarm).with(|m| m.no_answer = Some("A2".to_owned())),
        ),
        ("seen a week late", speaks_of("mon 10:00", Matter::PatientHarm).seen("mon+1 10:00")),
    ] {
        let mut world = on_duty();
        let line = world.play(&sent.arrives());
        assert_eq!(line, "staff-attention(not routine) to lee+duty | enquiry, question open, set aside", "{what}");
        assert!(attention(&world).contains("Nothing was sent to its sender."), "{what}: {}", attention(&world));
    }
    for (level, says) in
        [(Level::Observe, "Nothing was sent"), (Level::Hold, "once one of you releases"), (Level::Send, "hears only")]
    {
        let mut world = World::with(|policy| policy.mailboxes[0].level = level);
        world.play(&speaks_of("mon 10:00", Matter::Complaint).arrives());
        assert!(attention(&world).contains(says), "{}", attention(&world));
    }
}

#[test]
fn what_nobody_can_place_does_not_wait_and_its_sender_learns_nothing_of_a_case() {
    let stranger = |sent: Mail| sent.from("someone@stranger.example").subject("Care Vista Link [ERS-00001]");
    let told = "staff-attention to lee+duty, acknowledgement(a person reads) to someone | scal-review, due 30 Nov";
    let mut world = on_duty();
    world.play(&scal("mon 10:00"));
    let world = check_in(world, &[(stranger(speaks_of("tue 10:00", Matter::PatientHarm)).arrives(), told)]);
    assert_eq!(letters(&world).last().map(|letter| letter.case), Some(None));
    assert!(attention(&world).contains("its sender takes no part in that case"), "{}", attention(&world));
    assert!(world.case(1).set_aside.is_none(), "a stranger sets no case aside");
    let nobody = speaks_of("mon 10:00", Matter::Complaint).with(|m| m.from = None);
    check(&[(nobody.arrives(), "staff-attention to lee")]);
}

#[test]
fn a_subject_counts_where_it_is_new() {
    let reply = |at: &str| {
        mail(at).subject("Re: Complaint").with(|facts| facts.not_routine_reply_subject = vec![Matter::Complaint])
    };
    let quiet = "acknowledgement(person-reads), staff-new | scal-review, due 30 Nov, question open";
    check(&[
        (scal("mon 10:00"), SCAL),
        (reply("mon 11:00").answers("letter-0@ers.example").arrives(), quiet),
        (
            reply("mon 12:00").answers("unknown@elsewhere.example").arrives(),
            &format!("{TOLD} | scal-review, due 30 Nov, question open, set aside"),
        ),
    ]);
}

#[test]
fn what_our_own_people_write_sets_nothing_aside() {
    let staff = speaks_of("tue 10:00", Matter::Complaint).from("asha@staff.example");
    check(&[
        (scal("mon 10:00"), SCAL),
        (staff.arrives(), "- | scal-review, due 30 Nov"),
        (speaks_of("tue 11:00", Matter::Complaint).by_team().sent(), "- | scal-review, answered 24 Nov"),
    ]);
}

#[test]
fn a_thank_you_under_a_grave_subject_is_read_by_a_person() {
    let thanks = speaks_of("mon 10:00", Matter::Complaint).thanks();
    check(&[(thanks.arrives(), &format!("{TOLD} | enquiry, set aside"))]);
}

#[test]
fn a_closed_case_is_set_aside_no_longer() {
    let world = check(&[
        (asks("mon 10:00"), "acknowledgement(person-reads), staff-new | enquiry, question open"),
        (speaks_of("mon 11:00", Matter::Complaint).arrives(), &format!("{TOLD} | enquiry, question open, set aside")),
        (command("mon 12:00", "!close not-for-us"), "- | closed"),
    ]);
    assert!(world.case(1).participants.contains_key(&address(PARTNER)));
}

#[test]
fn old_mail_that_is_fetched_later_is_left_to_the_list_of_staff() {
    let world = check(&[(speaks_of("mon 10:00", Matter::Complaint).older().arrives(), "- | enquiry, question open")]);
    let listed = world.last.world.iter().any(|fact| format!("{fact:?}").contains("It may speak of a complaint."));
    assert!(listed, "{:?}", world.last.world);
}
