//! Forms from people of end user organisations, who take no part in the case: they hear of their form alone.

use super::mail::Mail;
use super::world::{PARTNER, World, address};
use super::{check_in, command, mail, pack, scal, tick};
use crate::domain::effect::{Acknowledgement, Content, Effect};
use crate::domain::ids::MessageId;
use crate::domain::lane::LaneName;
use crate::domain::reading::{ApprovalForm, Authenticated, DocumentKind, Finding, FindingCode, Matter};

const TRUST: &str = "it@trust.example";

/// Application-restricted, and the certificate is issued on Thursday 26 November.
fn issued() -> World {
    let mut world = World::reminding();
    world.policy.days.form_response = Some(5);
    for step in [
        scal("mon 10:00"),
        command("mon 11:00", "!mode application-restricted"),
        command("mon 11:10", "!accept"),
        pack("tue 10:00"),
        command("wed 10:00", "!passed"),
        command("thu 10:00", "!tcc"),
    ] {
        world.play(&step);
    }
    world
}

fn form_of(when: &str, product: Option<&str>, code: &str) -> Mail {
    let form = ApprovalForm {
        ods_code: (!code.is_empty()).then(|| code.to_owned()),
        product: product.map(str::to_owned),
        ..ApprovalForm::default()
    };
    mail(when)
        .from(TRUST)
        .in_mailbox("lsob")
        .subject("Approval form")
        .document(DocumentKind::ApprovalForm(form), &format!("form-{code}-{}", when.replace([' ', ':'], "-")))
}

fn form(when: &str) -> Mail {
    form_of(when, Some("Care-Vista LINK"), "RXQ")
}

const PHASES: &str = "tcc-return-due + agreement-due";

#[test]
fn a_form_that_names_the_product_of_one_case_has_a_lane_there_and_its_sender_takes_no_part() {
    let world = check_in(
        issued(),
        &[(
            form("fri 10:00").arrives(),
            &format!(
                "acknowledgement(form-review by 4 Dec) to it, staff-new to omar | {PHASES} + form-review, waiting since 26 Nov"
            ),
        )],
    );
    let case = world.case(1);
    assert_eq!(case.form_senders[&LaneName::Form("RXQ".to_owned())], address(TRUST));
    assert!(!case.participants.contains_key(&address(TRUST)));
    assert_eq!(case.correspondent, Some(address(PARTNER)), "letters about the case go where they went");
    assert!(case.thread.iter().all(|id| !id.as_str().starts_with("fri-10")), "beside the partner's thread");
    assert!(world.flags().iter().any(|flag| flag.contains("takes no part in the case")));
}

#[test]
fn what_its_sender_writes_later_is_answered_as_theirs_and_never_makes_them_take_part() {
    let mut world = issued();
    world.play(&form("fri 10:00").arrives());
    let before = world.case(1).clone();
    let person = Acknowledgement { ..world.acknowledged().clone() };
    assert_eq!(person.received.len(), 1);
    let asks = |when: &str, subject: &str| mail(when).from(TRUST).in_mailbox("lsob").subject(subject).asks();
    let line = world.play(&asks("mon+1 10:00", "RE: Approval form [ERS-00001]").arrives());
    assert!(line.starts_with("acknowledgement(person-reads) to it, staff-new to omar | "), "{line}");
    let line = world.play(&asks("mon+1 12:00", "x").answers("case-ers-00001@ers.example").arrives());
    assert!(line.starts_with("acknowledgement(person-reads) to it, staff-new to omar | "), "{line}");
    let line = world.play(&asks("mon+1 12:01", "x").answers("case-ers-00001@ers.example").thanks().arrives());
    assert!(line.starts_with("- | "), "{line}");
    let after = world.case(1);
    assert_eq!(after.participants, before.participants);
    assert_eq!((after.question_open, after.last_partner_at), (before.question_open, before.last_partner_at));
    assert_eq!(
        after.lane(&LaneName::Assurance),
        before.lane(&LaneName::Assurance),
        "no clock of the partner starts anew"
    );
    assert_eq!(world.cases.len(), 1);
}

#[test]
fn whatever_is_not_sure_is_for_people_and_its_sender_learns_nothing() {
    let cases: Vec<(&str, Mail)> = vec![
        ("no product", form_of("fri 10:00", None, "RXQ")),
        ("no organisation", form_of("fri 10:00", Some("Care Vista Link"), "")),
        ("another product", form_of("fri 10:00", Some("Quite Another"), "RXQ")),
        ("nothing proves who wrote it", form("fri 10:00").authenticated(Authenticated::None)),
        ("somebody else's name", form("fri 10:00").authenticated(Authenticated::Fail)),
        ("the form of an organisation that has another sender", form_of("fri 10:00", Some("Care Vista Link"), "RYR")),
        ("not routine", form("fri 10:00").with(|facts| facts.not_routine = vec![Matter::Complaint])),
        ("a pack beside it", form("fri 10:00").pack("pack-2")),
        ("another case is quoted", form("fri 10:00").subject("[ERS-00002]")),
    ];
    for (what, mail) in cases {
        let mut world = issued();
        world.play(&form_of("thu 12:00", Some("Care Vista Link"), "RYR").from(PARTNER).arrives());
        world.play(&super::mail("thu 13:00").from("lou@rival.example").scal_of("Rival", "scal-3").arrives());
        let before = (world.cases.clone(), world.letters.len());
        world.play(&mail.arrives());
        let mut after = world.cases.clone();
        after.retain(|reference, _| before.0.contains_key(reference));
        assert_eq!(after, before.0, "{what}");
        let to_them = world.contents[before.1..].iter().filter(|content| !content.kind().is_for_staff());
        let told: Vec<_> = to_them.filter(|content| !matches!(content, Content::PersonWillRead(_))).collect();
        let opened = world.cases.len() > before.0.len();
        assert!(told.is_empty() || opened, "{what}: {told:?}");
    }
    let mut world = World::default();
    world.play(&scal("mon 10:00"));
    let line = world.play(&form("fri 10:00").arrives());
    assert!(line.starts_with("staff-attention"), "before the certificate: {line}");
}

#[test]
fn a_corrected_form_joins_its_lane_and_reminders_tell_of_that_form_alone() {
    let mut world = issued();
    world.play(&form("fri 10:00").arrives());
    world.play(&command("fri 11:00", "!changes RXQ"));
    let letter = world.last.effects.len();
    assert_eq!(letter, 1);
    let reminded = world.play(&tick("fri+1 09:00"));
    assert!(reminded.contains("reminder to it"), "{reminded}");
    let again = form_of("mon+2 10:00", None, "RXQ").subject("RE: Approval form [ERS-00001]");
    let line = world.play(&again.arrives());
    assert!(line.starts_with("acknowledgement(form-review by 14 Dec) to it, staff-new to omar"), "{line}");
    assert_eq!(world.acknowledged().received[0].items[0].difference, None, "without what came before it");
}

#[test]
fn a_reply_of_the_team_to_them_answers_their_form_and_no_other_promise() {
    let mut world = issued();
    world.play(&form("fri 10:00").arrives());
    let to_them = mail("fri 14:00").by_team().from("lsob@ers.example").answers("fri-10-00@carevista.example");
    let to_them = to_them.with(|facts| facts.to = vec![super::mail::person(TRUST)]);
    world.play(&to_them.in_sent_of("lsob"));
    let case = world.case(1);
    let lane = case.lane(&LaneName::Form("RXQ".to_owned())).expect("its lane");
    assert!(matches!(lane.clock, Some(crate::domain::clocks::Clock::Outcome(_))), "answered");
    assert_eq!(case.last_human_at, None, "the partner was told nothing");
}

#[test]
fn a_machine_that_answers_ends_as_any_other_row_does() {
    let mut world = issued();
    world.policy.caps.in_a_row_max = 2;
    world.policy.together_minutes = 0;
    world.play(&form("fri 10:00").arrives());
    let writes = |when: &str| mail(when).from(TRUST).subject("Re: Approval form [ERS-00001]").arrives();
    let lines: Vec<String> = ["fri 11:00", "fri 11:10", "fri 11:20"].map(|when| world.play(&writes(when))).into();
    let told: Vec<&str> = lines.iter().map(|line| line.split('(').next().unwrap_or_default()).collect();
    assert_eq!(told[..2], ["acknowledgement", "acknowledgement"]);
    assert!(told[2].starts_with("staff-attention"), "{told:?}");
    let unread = mail("fri 11:30").from(TRUST).subject("[ERS-00001]");
    let unread = unread.with(|facts| facts.findings.push(Finding::new(FindingCode::LinkOnly, "Only a link.")));
    world.play(&unread.arrives());
    assert_eq!(world.case(1).unread, None, "what they send is no submission of the partner");
}

#[test]
fn the_letter_of_a_decision_on_their_form_is_withdrawn_with_it() {
    let mut world = issued();
    world.play(&form("fri 10:00").arrives());
    world.play(&command("mon+1 10:00", "!approve RXQ"));
    let approved = world.letters.last().expect("a letter").clone();
    assert_eq!(approved.letter.to, address(TRUST));
    world.play(&command("mon+1 10:05", "!undo"));
    let id = &approved.letter.message_id;
    let state = world.letters.iter().find(|letter| letter.letter.message_id == *id).map(|letter| &letter.state);
    assert!(matches!(state, Some(crate::domain::outbox::LetterState::Withdrawn { .. })), "{state:?}: {}", world.why);
}

#[test]
fn what_staff_opened_of_their_form_stays_theirs() {
    let mut world = issued();
    world.play(&form("fri 10:00").arrives());
    world.play(&command("mon+1 10:00", "!changes RXQ"));
    world.play(&command("wed+1 10:00", "!received form RXQ on 2 December 2026"));
    assert_eq!(world.case(1).form_senders[&LaneName::Form("RXQ".to_owned())], address(TRUST));
    assert!(world.letters.iter().rev().take(3).all(|letter| letter.letter.to != address(PARTNER)));
}

#[test]
fn the_review_of_a_form_is_held_where_it_is_the_only_promise() {
    let mut world = issued();
    world.play(&form("fri 10:00").arrives());
    let held = world.play(&command("mon+1 10:00", "!hold the trust merges"));
    assert!(held.starts_with("next-step(Held) to it"), "{held}");
    let resumed = world.play(&command("wed+1 10:00", "!resume"));
    assert!(resumed.starts_with("next-step(Resumed by 8 Dec) to it"), "{resumed}");
}

#[test]
fn their_message_is_moved_nowhere_and_a_notice_of_it_means_no_other() {
    let mut world = issued();
    world.play(&form("fri 10:00").arrives());
    let Some(Effect::Send(notice)) = world.last.effects.last() else { panic!("no notice") };
    let about = notice.thread.references.last().cloned();
    assert_eq!(about, MessageId::new("fri-10-00@carevista.example"));
    world.play(&mail("fri 11:00").scal_of("Other", "scal-9").arrives());
    let moves = mail("fri 12:00").commands("Re: [ERS-00001]", &["!move ERS-00002"]);
    world.play(&moves.answers("fri-10-00@carevista.example").arrives());
    assert!(world.why.contains("hears of that form alone"), "{}", world.why);
    assert!(!world.case(2).participants.contains_key(&address(TRUST)));
}

#[test]
fn a_reply_of_ours_to_them_ends_the_row() {
    let mut world = issued();
    world.play(&form("fri 10:00").arrives());
    world.play(&mail("fri 11:00").from(TRUST).in_mailbox("lsob").subject("RE: [ERS-00001]").asks().arrives());
    assert!(!world.case(1).in_a_row.is_empty());
    let reply = mail("fri 12:00").from("lsob@ers.example").subject("RE: [ERS-00001]");
    world.play(&reply.with(|facts| facts.to = vec![super::mail::person(TRUST)]).in_sent_of("lsob"));
    assert!(world.case(1).in_a_row.is_empty(), "{}", world.why);
}
