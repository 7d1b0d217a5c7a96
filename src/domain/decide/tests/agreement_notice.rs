//! The connection agreement seen without a command: what is sure moves its lane, and people decide the rest.

use super::mail::Mail;
use super::world::{PARTNER, World, address};
use super::{Step, check_in, command, mail, pack, scal, tick};
use crate::domain::command::AccessMode;
use crate::domain::effect::Content;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::reading::{AgreementStep, AgreementTold, Authenticated, Automatic, DocumentKind};

const PORTAL: &str = "portal@service.example";
const ISSUED: Option<AgreementStep> = Some(AgreementStep::Issued);
const ACCEPTED: Option<AgreementStep> = Some(AgreementStep::Accepted);

/// The certificate is issued on Thursday 26 November, and the agreement is due.
fn issued() -> World {
    let mut world = World::with(|policy| policy.agreement_notices_from = vec![address(PORTAL)]);
    for step in [
        scal("mon 10:00"),
        command("mon 11:00", "!accept"),
        pack("tue 10:00"),
        command("wed 10:00", "!passed"),
        command("wed 10:30", "!mode user-restricted"),
        command("thu 10:00", "!tcc"),
    ] {
        world.play(&step);
    }
    assert_eq!(world.case(1).mode, Some(AccessMode::UserRestricted));
    world
}

fn notice(when: &str, step: Option<AgreementStep>, names: &[&str]) -> Mail {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    mail(when).from(PORTAL).in_mailbox("lsob").subject("Connection agreement").with(|facts| {
        facts.automatic = Some(Automatic::AutoReply);
        facts.no_answer = Some("A1".to_owned());
        facts.agreement = Some(AgreementTold { step, cases: Vec::new(), names });
    })
}

fn stands(world: &World) -> Phase {
    world.case(1).lane(&LaneName::Agreement).expect("an agreement").phase
}

fn told(world: &World) -> String {
    let Some(Content::StaffAttention(told)) = world.contents.last() else { panic!("staff are told") };
    told.what.clone()
}

const LINK: &[&str] = &["Care Vista Link"];

#[test]
fn a_notice_that_is_surely_of_one_case_counts_as_the_command() {
    let world = check_in(
        issued(),
        &[
            (
                notice("mon+1 10:00", ISSUED, LINK).arrives(),
                "next-step(AgreementSent), staff-attention to omar | tcc-return-due + acceptance-due",
            ),
            (notice("mon+1 11:00", ISSUED, LINK).arrives(), "- | tcc-return-due + acceptance-due"),
            (
                notice("mon+1 12:00", ACCEPTED, LINK).arrives(),
                "next-step(AgreementAccepted), staff-attention to omar | tcc-return-due + accepted",
            ),
        ],
    );
    assert!(world.letters.iter().all(|letter| letter.letter.to.as_str() != PORTAL), "never answered");
    assert!(!world.case(1).participants.contains_key(&address(PORTAL)));
    assert!(!world.case(1).thread.iter().any(|id| id.as_str().contains("mon+1")), "the partner never got it");
}

#[test]
fn its_letter_waits_and_goes_with_undo() {
    let mut world = issued();
    world.play(&notice("mon+1 10:00", ISSUED, LINK).arrives());
    let letter = world.letters.iter().rev().find(|l| l.letter.to.as_str() == PARTNER).expect("a letter");
    assert!(letter.letter.of_command.and_then(|of| of.not_before).is_some());
    world.play(&command("mon+1 10:10", "!undo"));
    assert_eq!(stands(&world), Phase::AgreementDue);
    world.play(&tick("mon+1 10:30"));
    assert!(world.letters.iter().all(|l| l.letter.of_command.is_none_or(|of| of.number < 6) || !l.is_withdrawable()));
}

#[test]
fn what_is_not_sure_goes_to_people_and_records_nothing() {
    let named = |step, names: &[&str]| notice("mon+1 10:00", step, names);
    for (mail, says) in [
        (named(None, LINK), "cannot be told surely"),
        (named(ACCEPTED, LINK), "no agreement is recorded as sent in this round"),
        (named(ISSUED, &["Quite Another"]), "names no open case"),
        (named(ISSUED, &[]), "names no open case"),
        (named(ISSUED, &["Care Vista Link", "Somebody Else Ltd"]).authenticated(Authenticated::None), "authenticate"),
        (named(ISSUED, LINK).subject("[ERS-00001] [ERS-00002]"), "may be of several cases"),
        (named(ISSUED, LINK).with(|facts| facts.agreement = None), "tells of no agreement"),
    ] {
        let mut world = issued();
        let partner = |world: &World| world.letters.iter().filter(|l| !l.letter.kind.is_for_staff()).count();
        let before = partner(&world);
        world.play(&mail.arrives());
        assert!(told(&world).contains(says), "{says}: {}", told(&world));
        assert_eq!((stands(&world), partner(&world)), (Phase::AgreementDue, before), "{says}");
        assert_eq!(world.cases.len(), 1, "{says}: no case is opened");
    }
}

#[test]
fn two_cases_of_one_product_are_told_apart_by_the_reference_alone() {
    let mut world = issued();
    let other = mail("fri 10:00").from("sam@other.example").scal_of("Care Vista Link", "scal-9");
    world.play(&other.arrives());
    assert_eq!(world.cases.len(), 2);
    world.play(&notice("mon+1 10:00", ISSUED, LINK).arrives());
    assert!(told(&world).contains("may be of several cases"));
    assert_eq!(stands(&world), Phase::AgreementDue);
    world.play(&notice("mon+1 11:00", ISSUED, LINK).subject("Agreement sent [ERS-00001]").arrives());
    assert_eq!(stands(&world), Phase::AcceptanceDue);
}

#[test]
fn the_agreement_itself_in_sent_items_of_lsob_is_out() {
    let sent = |mailbox: &str, name: &str| -> Step {
        let from = format!("{mailbox}@ers.example");
        mail("mon+1 10:00").by_team().from(&from).document(DocumentKind::Other, name).in_sent_of(mailbox)
    };
    for (mailbox, name, phase) in [
        ("lsob", "Connection_Agreement Care Vista", Phase::AcceptanceDue),
        ("sa", "Connection Agreement", Phase::AgreementDue),
        ("lsob", "Guidance on accepting the connection agreement", Phase::AgreementDue),
        ("lsob", "Price list", Phase::AgreementDue),
    ] {
        let mut world = issued();
        world.play(&sent(mailbox, name));
        assert_eq!(stands(&world), phase, "{mailbox}: {name}");
    }
}
