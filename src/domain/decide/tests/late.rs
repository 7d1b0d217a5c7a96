//! Mail that is seen too late, or that came before mail was answered here.

use super::mail::Mail;
use super::world::{Step, World, at};
use super::{check, check_in, mail, tick};
use crate::domain::decide::Decision;
use crate::domain::effect::Content;
use crate::domain::event::Event;
use crate::domain::ids::{MailboxName, MessageId};
use crate::domain::reading::MessageFacts;

#[test]
fn late_mail_keeps_its_date_and_is_left_to_people() {
    check(&[(mail("mon 10:00").scal("scal-1").seen("thu 10:01").arrives(), "- | scal-review, due 30 Nov")]);
    check(&[(mail("mon 10:00").scal("scal-1").older().arrives(), "- | scal-review, due 30 Nov")]);
    check(&[(
        mail("mon 10:00").scal("scal-1").seen("thu 10:00").arrives(),
        "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
    )]);
}

/// The promise about the SCAL is for the day for which staff were warned already.
#[test]
fn a_scal_seen_late_repeats_no_notice_of_the_same_due_date() {
    let world = World::with(|policy| policy.days.enquiry_response = Some(5));
    let answer = |m: &mut MessageFacts| m.references.extend(MessageId::new("letter-0@ers.example"));
    let asked = "acknowledgement(person-reads by 30 Nov), staff-new | enquiry, due 30 Nov, question open";
    check_in(
        world,
        &[
            (mail("mon 10:00").asks().arrives(), asked),
            (tick("fri 08:30"), "staff-warning(1) | enquiry, due 30 Nov, question open"),
            (
                mail("mon 10:05").scal("scal-1").with(answer).seen("fri 09:00").arrives(),
                "- | scal-review, due 30 Nov, question open",
            ),
            (tick("fri 17:00"), "- | scal-review, due 30 Nov, question open"),
            (tick("tue+1 08:30"), "staff-breach(1) | scal-review, due 30 Nov, question open"),
        ],
    );
}

#[test]
fn staff_get_one_list_of_late_mail() {
    let read = |mailbox: &str| {
        let event = Event::MailboxRead { at: at("fri 10:00"), mailbox: MailboxName::new(mailbox) };
        Step::Event(Box::new(event))
    };
    let mut world = World::default();
    assert_eq!(world.decide(&Event::MailboxRead { at: at("mon 10:00"), mailbox: MailboxName::new("sa") }), {
        Ok(Decision::default())
    });
    let late = |mail: Mail| mail.seen("fri 09:00").arrives();
    world.play(&late(mail("mon 10:00").scal("scal-1").with(|m| m.says.draft = true)));
    world.play(&late(mail("mon 10:05").from("tom@other.example").asks()));
    world.play(&late(mail("mon 10:06").from("tom@other.example").thanks()));
    world.play(&late(mail("mon 10:10").with(|m| m.from = None)));
    assert!(world.letters.is_empty(), "nothing for any of them alone");
    assert_eq!(world.play(&read("sa")), "staff-attention to lee | scal-review, due 30 Nov");
    let Some(Content::StaffAttention(told)) = world.contents.last() else { panic!("{:?}", world.contents) };
    let expected = [
        "ERS-00001: “Care Vista Link” from priya@carevista.example, arrived Monday 23 November 2026. The answer is due \
         Monday 30 November 2026. They call it a draft. Decide whether to review it; the date counts from its arrival.",
        "ERS-00002: “Care Vista Link” from tom@other.example, arrived Monday 23 November 2026.",
        "No case: “Care Vista Link”, arrived Monday 23 November 2026. It has no readable sender.",
    ];
    assert_eq!(told.list, expected);
    assert_eq!(world.play(&read("sa")), "- | scal-review, due 30 Nov", "told once");
}
