//! Commands by email: who is obeyed, and who learns what became of them.

use super::mail::{Mail, person};
use super::world::{PARTNER, World, at};
use super::{Step, asks, check, command, mail, scal, tick};
use crate::domain::effect::{Content, Effect, Letter};
use crate::domain::event::{Event, Trouble};
use crate::domain::fact::Fact;
use crate::domain::ids::{CaseRef, MessageId};
use crate::domain::policy::Level;
use crate::domain::reading::{Authenticated, Automatic, Matter};

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
const UNTOUCHED: &str = "staff-attention to lee | scal-review, due 30 Nov";
const ABOUT: &str = "Accept the SCAL [ERS-00001]";

fn writes(at: &str, lines: &[&str]) -> Mail {
    mail(at).commands(ABOUT, lines)
}

fn last_letter(world: &World) -> &Letter {
    let Some(Effect::Send(letter)) = world.last.effects.last() else { panic!("no letter") };
    letter
}

/// Why the last command was refused.
fn why_not(world: &World) -> &str {
    let Content::CommandReply(reply) = &last_letter(world).content else { panic!("no reply") };
    reply.refused.as_ref().map_or("", |refused| refused.why.as_str())
}

#[test]
fn each_command_does_what_it_does_on_the_command_line() {
    for (text, letter, stands) in [
        ("!accept", "next-step(ScalAccepted)", "witness-pack-to-send"),
        ("!changes", "next-step(ChangesAsked)", "scal-changes"),
        ("!hold away", "next-step(Held)", "scal-review, held, due 30 Nov"),
        ("!note rang them", "-", "scal-review, due 30 Nov"),
        ("!close duplicate", "-", "closed"),
    ] {
        let reply = [letter, &format!("command-reply({text})")].join(", ").replace("-, ", "");
        let by_email = check(&[
            (scal("mon 10:00"), SCAL),
            (writes("tue 10:00", &[text]).arrives(), &format!("{reply} | {stands}")),
            (writes("tue 10:00", &[text]).arrives(), &format!("- | {stands}")),
        ]);
        let by_hand =
            check(&[(scal("mon 10:00"), SCAL), (command("tue 10:01", text), &format!("{letter} | {stands}"))]);
        assert_eq!(by_email.case(1), by_hand.case(1), "{text}");
        for world in [&by_email, &by_hand] {
            assert_eq!(world.case(1).last_human_at, None, "{text} is no reply");
        }
    }
}

#[test]
fn the_reply_is_in_the_thread_and_tells_how_the_case_stands() {
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (
            writes("tue 10:00", &["!hold away"]).answers("notice@ers.example").arrives(),
            "next-step(Held), command-reply(!hold away) | scal-review, held, due 30 Nov",
        ),
    ]);
    let letter = last_letter(&world);
    let asked = MessageId::new("tue-10-00@carevista.example");
    assert_eq!((letter.case, &letter.thread.in_reply_to), (Some(CaseRef::FIRST), &asked));
    assert_eq!(letter.thread.references, [MessageId::new("notice@ers.example"), asked].map(|id| id.expect("an id")));
    let Content::CommandReply(reply) = &letter.content else { panic!("no reply") };
    let case = reply.case.as_ref().expect("a case");
    assert_eq!(case.supplier.product.as_deref(), Some("Care Vista Link"));
    assert!(case.held && case.due.is_some());
    assert_eq!(reply.partner_letter, Some(Level::Send));
}

#[test]
fn a_command_is_filed_and_the_partners_thread_does_not_name_it() {
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (
            writes("tue 10:00", &["!hold away"]).arrives(),
            "next-step(Held), command-reply(!hold away) | scal-review, held, due 30 Nov",
        ),
        (command("wed 10:00", "!resume"), "next-step(Resumed by 1 Dec) | scal-review, due 1 Dec"),
    ]);
    let asked = MessageId::new("tue-10-00@carevista.example").expect("an id");
    assert!(!last_letter(&world).thread.references.contains(&asked), "the partner never got it");

    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (writes("tue 10:00", &["!note x"]).arrives(), "command-reply(!note x) | scal-review, due 30 Nov"),
    ]);
    let filed = |(_, fact): &(CaseRef, Fact)| matches!(fact, Fact::MessageFiled { partner: None, .. });
    assert!(world.last.facts.iter().any(filed));
}

#[test]
fn several_commands_are_done_in_order_up_to_the_first_refusal() {
    for (lines, led_to) in [
        (
            &["!note rang them", "!accept"][..],
            "next-step(ScalAccepted), command-reply(!note rang them, !accept) | witness-pack-to-send",
        ),
        (
            &["!accept", "!accept", "!close again"],
            "next-step(ScalAccepted), command-reply(!accept, not !accept, untried !close again) | witness-pack-to-send",
        ),
        (&["!acept", "!accept"], "command-reply(not !acept, untried !accept) | scal-review, due 30 Nov"),
        (&["!close dormant", "!note later"], "command-reply(!close dormant, !note later) | closed"),
        (&["!stop", "!start", "!start"], "command-reply(!stop, !start, not !start) | scal-review, due 30 Nov"),
    ] {
        check(&[(scal("mon 10:00"), SCAL), (writes("tue 10:00", lines).arrives(), led_to)]);
    }
}

#[test]
fn a_refusal_is_told_word_for_word_and_records_no_command() {
    for (subject, text, why) in [
        (ABOUT, "!resume", "The clock of ERS-00001 is not held."),
        (ABOUT, "!hold", "!hold needs a reason, such as: !hold waiting for the clinical safety team"),
        (ABOUT, "!failed", "there is no command !failed. The commands are: !accept, !changes, !session DATE TIME"),
        (ABOUT, "!start", "Mail to partners is not stopped."),
        ("Accept", "!accept", "!accept is about one case: name it, such as ERS-00042."),
        ("ERS-9", "!accept", "There is no case ERS-00009. `assured cases` lists those that are open."),
        ("ERS-1 and ERS-9", "!accept", "The subject names more than one case, ERS-00001 and ERS-00009"),
    ] {
        let led_to = format!("command-reply(not {text}) | scal-review, due 30 Nov");
        let sent = mail("tue 10:00").commands(subject, &[text]).arrives();
        let world = check(&[(scal("mon 10:00"), SCAL), (sent, &led_to)]);
        assert!(why_not(&world).starts_with(why), "{text}: {}", why_not(&world));
        let given = |(_, fact): &(CaseRef, Fact)| matches!(fact, Fact::CommandGiven { .. });
        assert!(!world.last.facts.iter().any(given), "{text}");
    }
    let world = check(&[
        (asks("mon 10:00"), "acknowledgement(person-reads), staff-new | enquiry, question open"),
        (writes("tue 10:00", &["!accept"]).arrives(), "command-reply(not !accept) | enquiry, question open"),
    ]);
    assert_eq!(
        why_not(&world),
        "!accept is for a SCAL that is under review. ERS-00001 waits for a reply to the enquiry."
    );
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (command("tue 09:00", "!close duplicate"), "- | closed"),
        (writes("tue 10:00", &["!accept"]).arrives(), "command-reply(not !accept) | closed"),
    ]);
    assert_eq!(why_not(&world), "ERS-00001 is closed; !accept changes nothing there.");
    let complaint = mail("tue 09:00").with(|facts| facts.not_routine = vec![Matter::Complaint]);
    let aside = "scal-review, due 30 Nov, question open, set aside";
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (
            complaint.arrives(),
            &format!("staff-attention(not routine) to lee, acknowledgement(a person reads) | {aside}"),
        ),
        (writes("tue 10:00", &["!changes"]).arrives(), &format!("command-reply(not !changes) | {aside}")),
    ]);
    assert!(why_not(&world).ends_with("Give !resume first, then !changes."), "{}", why_not(&world));
}

#[test]
fn a_reply_to_a_letter_of_the_case_names_it_too() {
    check(&[
        (scal("mon 10:00"), SCAL),
        (
            mail("tue 10:00").commands("Re: SCAL", &["!accept"]).answers("letter-0@ers.example").arrives(),
            "next-step(ScalAccepted), command-reply(!accept) | witness-pack-to-send",
        ),
    ]);
}

#[test]
fn what_does_not_authenticate_is_not_obeyed_and_its_sender_gets_no_reply() {
    for authenticated in [Authenticated::Fail, Authenticated::None] {
        for lines in [&["!accept"], &["!stop"]] {
            let world = check(&[
                (scal("mon 10:00"), SCAL),
                (writes("tue 10:00", lines).authenticated(authenticated).arrives(), UNTOUCHED),
                (tick("tue 10:10"), "- | scal-review, due 30 Nov"),
            ]);
            assert!(world.why.contains("does not authenticate"), "{}", world.why);
            assert!(world.last.facts.is_empty() && world.last.world.len() == 1, "{:?}", world.last.world);
        }
    }
    let suppressed = Some("A5: X-Auto-Response-Suppress".to_owned());
    check(&[
        (scal("mon 10:00"), SCAL),
        (writes("tue 10:00", &["!accept"]).with(|facts| facts.no_answer = suppressed).arrives(), UNTOUCHED),
        (
            writes("tue 11:00", &["!accept"]).with(|facts| facts.automatic = Some(Automatic::OutOfOffice)).arrives(),
            "- | scal-review, due 30 Nov",
        ),
    ]);
}

#[test]
fn what_also_goes_to_somebody_else_is_not_obeyed_and_answers_nothing() {
    for to in [PARTNER, "colleague@nhs.net"] {
        for copied in [true, false] {
            let outsider =
                |mail: Mail| mail.with(|facts| if copied { &mut facts.cc } else { &mut facts.to }.push(person(to)));
            let world = check(&[
                (scal("mon 10:00"), SCAL),
                (
                    outsider(writes("tue 10:00", &["!accept", "!stop"])).arrives(),
                    "command-reply(not !accept, untried !stop) | scal-review, due 30 Nov",
                ),
            ]);
            assert!(why_not(&world).contains("not listed as staff"), "{}", why_not(&world));
        }
    }
    for to in [vec![], vec![person("omar@staff.example")]] {
        let blind = writes("tue 10:00", &["!accept"]).with(|facts| facts.to = to);
        let refused = "command-reply(not !accept) | scal-review, due 30 Nov";
        let world = check(&[(scal("mon 10:00"), SCAL), (blind.arrives(), refused)]);
        assert!(why_not(&world).contains("no shared mailbox in To or Cc"), "{}", why_not(&world));
    }
    let colleagues = vec![person("sa@ers.example"), person("omar@staff.example")];
    check(&[
        (scal("mon 10:00"), SCAL),
        (
            writes("tue 10:00", &["!accept"]).with(|facts| facts.to = colleagues).arrives(),
            "next-step(ScalAccepted), command-reply(!accept) | witness-pack-to-send",
        ),
    ]);
}

#[test]
fn the_shared_mailbox_is_asked_for_a_name_once_wherever_the_copy_is_seen_first() {
    let shared = || writes("tue 10:00", &["!accept"]).from("sa@ers.example");
    let again = "- | scal-review, due 30 Nov";
    check(&[(scal("mon 10:00"), SCAL), (shared().arrives(), UNTOUCHED), (shared().sent(), again)]);
    check(&[(scal("mon 10:00"), SCAL), (shared().sent(), UNTOUCHED), (shared().arrives(), again)]);
    // A person wrote to the partner, and that stands; the command in it does nothing.
    let to_partner = || shared().with(|facts| facts.to = vec![person(PARTNER)]);
    let answered = "staff-attention to lee | scal-review, answered 24 Nov";
    check(&[(scal("mon 10:00"), SCAL), (to_partner().arrives(), again), (to_partner().sent(), answered)]);
}

#[test]
fn a_copy_in_sent_does_not_hide_the_command_in_the_inbox() {
    let led_to = "next-step(ScalAccepted), command-reply(!accept) | witness-pack-to-send";
    check(&[
        (scal("mon 10:00"), SCAL),
        (writes("tue 10:00", &["!accept"]).sent(), "- | scal-review, due 30 Nov"),
        (writes("tue 10:00", &["!accept"]).arrives(), led_to),
        (writes("tue 10:00", &["!accept"]).sent(), "- | witness-pack-to-send"),
    ]);
}

#[test]
fn a_partner_who_writes_a_command_is_a_partner() {
    // Staff are people on the list, never a domain.
    check(&[
        (scal("mon 10:00"), SCAL),
        (
            writes("tue 10:00", &["!accept", "!stop"]).from("somebody@staff.example").arrives(),
            "staff-attention to lee | scal-review, due 30 Nov",
        ),
        (command("tue 11:00", "!start"), "refused: Mail to partners is not stopped."),
    ]);
    check(&[
        (scal("mon 10:00"), SCAL),
        (
            writes("tue 10:00", &["!accept", "!stop"]).from(PARTNER).arrives(),
            "acknowledgement(person-reads), staff-new | scal-review, due 30 Nov, question open",
        ),
        (command("tue 11:00", "!start"), "refused: Mail to partners is not stopped."),
    ]);
}

#[test]
fn all_mail_stops_and_starts_without_a_case() {
    let tripped = Event::TroubleFound {
        at: at("mon 12:00"),
        trouble: Trouble::BreakerTripped,
        detail: "200 letters left within an hour.".to_owned(),
    };
    let world = check(&[
        (mail("mon 10:00").commands("", &["!stop"]).arrives(), "command-reply(!stop)"),
        (mail("mon 11:00").commands("", &["!start"]).arrives(), "command-reply(!start)"),
        (Step::Event(Box::new(tripped)), "staff-attention to lee"),
        (mail("mon 13:00").commands("", &["!start"]).arrives(), "command-reply(!start)"),
    ]);
    assert_eq!(last_letter(&world).case, None);
    assert!(world.why.contains("mail to partners goes on, by asha"), "{}", world.why);
}
