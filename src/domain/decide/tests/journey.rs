//! A case from its first SCAL to Approved, in the ways that PROCESS.md names.

use jiff::civil::date;

use super::mail::Mail;
use super::world::{PARTNER, Step, World};
use super::{check, check_in, command, mail, pack, scal, tick};
use crate::domain::effect::{Content, StepTaken};
use crate::domain::fact::Fact;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::policy::Reminders;
use crate::domain::reading::{ApprovalForm, Certificate, DocumentKind};

pub(super) fn form(at: &str, ods_code: &str) -> Mail {
    let form = ApprovalForm { ods_code: Some(ods_code.to_owned()), ..ApprovalForm::default() };
    mail(at).document(DocumentKind::ApprovalForm(form), &format!("form-{ods_code}-{}", at.replace([' ', ':'], "-")))
}

fn certificate_sent(at: &str) -> Step {
    let tcc = DocumentKind::Certificate(Some(Box::new(Certificate::default())));
    mail(at).by_team().document(tcc, "tcc").sent()
}

/// To the end of witness testing, with a link to the blank pack.
fn to_tcc_due(world: &mut World) {
    world.policy.witness_pack_link = Some("https://pack.example/".to_owned());
    for step in [scal("mon 10:00"), command("mon 11:00", "!accept"), pack("mon 12:00"), command("mon 13:00", "!passed")]
    {
        world.play(&step);
    }
    assert_eq!(world.case(1).phase(), "tcc-due");
}

#[test]
fn application_restricted_with_remedial_work_a_scal_update_and_two_forms() {
    let world = World::with(|policy| {
        policy.witness_pack_link = Some("https://pack.example/".to_owned());
        policy.days.certificate = Some(5);
        policy.days.form_response = Some(5);
    });
    let world = check_in(
        world,
        &[
            (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
            (command("mon 11:00", "!mode application-restricted"), "- | scal-review, due 30 Nov"),
            (command("mon 12:00", "!accept"), "next-step(ScalAccepted) | witness-pack-due"),
            (pack("tue 10:00"), "acknowledgement(witness-pack-review), staff-new | witness-pack-review"),
            (
                command("tue 11:00", "!session 26 November 2026 10.30am 90 minutes"),
                "invitation, staff-attention | session-booked",
            ),
            (tick("wed 08:29"), "- | session-booked"),
            (tick("wed 08:30"), "reminder, staff-attention | session-booked"),
            (command("wed 10:00", "!session 27 November 2pm"), "invitation, staff-attention | session-booked"),
            (tick("thu 08:30"), "reminder, staff-attention | session-booked"),
            (tick("mon+1 08:30"), "staff-attention | outcome-due"),
            (command("mon+1 10:00", "!remedial A005-03 A007-01"), "outcome(remedial-action) | remedial-action"),
            (command("mon+1 10:01", "!scal-update"), "outcome(remedial-action) | remedial-action"),
            (
                mail("tue+1 10:00").scal("scal-2").arrives(),
                "acknowledgement(scal-review by 8 Dec), staff-new | scal-update-review, due 8 Dec",
            ),
            (command("tue+1 11:00", "!accept"), "next-step(ScalAccepted) | remedial-action"),
            (
                mail("wed+1 10:00").pack("pack-2").arrives(),
                "acknowledgement(witness-pack-review), staff-new | witness-pack-review",
            ),
            (command("wed+1 11:00", "!passed A005-03"), "outcome(remedial-action) | remedial-action"),
            (command("wed+1 12:00", "!passed a007_01"), "outcome(tcc-due) | tcc-due, outcome by 9 Dec"),
            (certificate_sent("thu+1 10:00"), "staff-attention to omar | tcc-return-due + agreement-due + form-due"),
            (
                mail("thu+1 11:00").scal("scal-3").arrives(),
                "acknowledgement(scal-review by 10 Dec), staff-new | tcc-return-review + agreement-due + form-due, due 10 Dec",
            ),
            (command("thu+1 12:00", "!accept send"), "next-step(Assured) | assured + agreement-due + form-due"),
            (
                command("thu+1 13:00", "!agreement send"),
                "next-step(AgreementSent) | assured + acceptance-due + form-due",
            ),
            (
                form("fri+1 10:00", "RXQ").arrives(),
                "acknowledgement(form-review by 11 Dec), staff-new to omar | assured + acceptance-due + form-review, due 11 Dec",
            ),
            (
                form("fri+1 10:30", "RYR").arrives(),
                "acknowledgement(form-review by 11 Dec), staff-new to omar | assured + acceptance-due + form-review + form-review, due 11 Dec",
            ),
            (
                command("fri+1 11:00", "!approve"),
                "refused: ERS-00001 has several forms under review: RXQ, RYR. Say which, such as !approve RXQ.",
            ),
            (
                command("fri+1 11:01", "!approve rxq send"),
                "next-step(FormApproved) | assured + acceptance-due + form-approved + form-review, due 11 Dec",
            ),
            (
                command("fri+1 11:02", "!changes RYR send"),
                "next-step(ChangesAsked) | assured + acceptance-due + form-approved + form-due",
            ),
            (
                command("mon+2 10:00", "!accepted send"),
                "next-step(Approved) | assured + accepted + form-approved + form-due",
            ),
        ],
    );
    assert!(world.case(1).approved_at.is_some());
}

#[test]
fn user_restricted_needs_the_agreement_only_and_the_mode_may_come_last() {
    let mut world = World::default();
    to_tcc_due(&mut world);
    check_in(
        world,
        &[
            (
                command("tue 10:00", "!tcc"),
                "next-step(CertificateIssued), staff-attention to omar | tcc-return-due + agreement-due",
            ),
            (command("tue 10:01", "!accepted"), "next-step(AgreementAccepted) | tcc-return-due + accepted"),
            (
                mail("tue 11:00").scal("scal-2").arrives(),
                "acknowledgement(scal-review by 1 Dec), staff-new | tcc-return-review + accepted, due 1 Dec",
            ),
            (command("tue 12:00", "!accept"), "next-step(Assured) | assured + accepted"),
            (command("tue 13:00", "!mode user-restricted"), "next-step(Approved) | assured + accepted"),
            (
                command("tue 13:01", "!mode user-restricted"),
                "refused: ERS-00001 is recorded as user-restricted already.",
            ),
        ],
    );
}

#[test]
fn the_reply_to_a_command_tells_what_each_lane_waits_for() {
    let mut world = World::default();
    to_tcc_due(&mut world);
    for (at, command, awaited) in [
        ("mon 14:00", "!tcc", &[Phase::TccReturnDue, Phase::AgreementDue][..]),
        ("mon 14:10", "!agreement send", &[Phase::TccReturnDue, Phase::AcceptanceDue]),
        ("mon 14:20", "!accepted", &[Phase::TccReturnDue]),
    ] {
        world.play(&mail(at).commands("RE: Certificate [ERS-00001]", &[command]).arrives());
        let Some(Content::CommandReply(reply)) = world.contents.last() else { panic!("{:?}", world.contents.last()) };
        let phases = reply.case.as_ref().and_then(|case| case.phases.as_deref());
        assert_eq!(phases, Some(awaited), "{command}");
    }
}

#[test]
fn nothing_is_approved_before_all_its_conditions_hold() {
    for (mode, form, approved) in [
        (None, true, false),
        (Some("application-restricted"), false, false),
        (Some("application-restricted"), true, true),
        (Some("user-restricted"), false, true),
    ] {
        for missing in [None, Some("certificate"), Some("agreement")] {
            let mut world = World::default();
            to_tcc_due(&mut world);
            world.play(&command("tue 10:00", "!tcc"));
            mode.iter().for_each(|mode| drop(world.play(&command("tue 10:01", &format!("!mode {mode}")))));
            if form {
                world.play(&self::form("tue 11:00", "RXQ").arrives());
                world.play(&command("tue 12:00", "!approve RXQ"));
            }
            if missing != Some("certificate") {
                world.play(&mail("tue 13:00").scal("returned").arrives());
                world.play(&command("tue 14:00", "!accept"));
            }
            if missing != Some("agreement") {
                world.play(&command("tue 15:00", "!accepted"));
            }
            let told = world
                .contents
                .iter()
                .any(|content| matches!(content, Content::NextStep(next) if next.what == StepTaken::Approved));
            let expected = approved && missing.is_none();
            let stands = (world.case(1).approved_at.is_some(), told);
            assert_eq!(stands, (expected, expected), "{mode:?}, form {form}, without {missing:?}");
        }
    }
}

#[test]
fn a_new_scal_opens_a_new_round_and_the_agreement_may_stand() {
    let mut world = World::default();
    to_tcc_due(&mut world);
    for text in ["!tcc", "!agreement", "!accepted", "!mode user-restricted"] {
        world.play(&command("tue 10:00", text));
    }
    world.play(&mail("tue 11:00").scal("scal-2").arrives());
    world.play(&command("tue 12:00", "!accept"));
    assert!(world.case(1).approved_at.is_some());
    let world = check_in(
        world,
        &[
            (
                mail("wed 10:00").scal("scal-3").arrives(),
                "acknowledgement(scal-review by 2 Dec), staff-new | scal-review + accepted, due 2 Dec",
            ),
            (command("wed 11:00", "!accept"), "next-step(ScalAccepted) | witness-pack-due + accepted"),
            (
                mail("wed 12:00").pack("pack-2").arrives(),
                "acknowledgement(witness-pack-review), staff-new | witness-pack-review + accepted",
            ),
            (command("wed 13:00", "!passed"), "outcome(tcc-due) | tcc-due + accepted"),
            (
                command("wed 14:00", "!tcc"),
                "next-step(CertificateIssued), staff-attention to omar | tcc-return-due + agreement-due",
            ),
            (command("wed 15:00", "!agreement unchanged"), "- | tcc-return-due + accepted"),
        ],
    );
    assert_eq!((world.case(1).round, world.case(1).approved_at), (2, None));
}

#[test]
fn a_certificate_that_is_sent_too_early_is_told_and_moves_nothing() {
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (certificate_sent("tue 10:00"), "staff-attention | scal-review, answered 24 Nov"),
    ]);
}

#[test]
fn the_last_open_test_ends_the_tests_and_one_message_is_one_letter() {
    let mut world = World::default();
    for step in super::messages::to(Phase::RemedialAction) {
        world.play(&step);
    }
    world.play(&mail("tue 10:00").document(DocumentKind::Other, "screenshots").arrives());
    let sent = mail("tue 11:00").commands("Passed [ERS-00001]", &["!passed a005_03 send", "!passed A007-01 send"]);
    let line = world.play(&sent.arrives());
    assert_eq!(line, "outcome(tcc-due), command-reply(!passed a005_03 send, !passed A007-01 send) | tcc-due");
}

#[test]
fn any_file_is_evidence_while_remedial_action_is_awaited() {
    let mut world = World::default();
    for step in super::messages::to(Phase::RemedialAction) {
        world.play(&step);
    }
    let line = world.play(&mail("tue 10:00").document(DocumentKind::Other, "screenshots").arrives());
    assert_eq!(line, "acknowledgement(witness-pack-review), staff-new | witness-pack-review");
    let Some(Content::StaffNew(told)) = world.contents.last() else { panic!("{:?}", world.contents.last()) };
    assert_eq!(told.flags, ["It is taken as the evidence of the remedial action that was asked for."]);
}

#[test]
fn lsob_look_in_the_portal_before_the_partner_is_reminded() {
    let mut world = World::with(|policy| {
        policy.days.reminder = Some(Reminders { first: 5, second: 10, tell_staff: 15 });
    });
    to_tcc_due(&mut world);
    for text in ["!tcc", "!agreement"] {
        world.play(&command("mon 14:00", text));
    }
    world.play(&mail("mon 15:00").scal("scal-2").arrives());
    world.play(&command("mon 16:00", "!accept"));
    assert_eq!(
        world.play(&tick("mon+1 08:30")),
        "staff-attention to omar | assured + acceptance-due, waiting since 23 Nov"
    );
    assert_eq!(world.play(&tick("mon+2 08:30")), "reminder(again) | assured + acceptance-due, waiting since 23 Nov");
}

#[test]
fn a_day_that_the_partner_gave_puts_reminders_off() {
    let world = World::reminding();
    let world = check_in(
        world,
        &[
            (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
            (
                command("mon 10:30", "!until 1 March 2027"),
                "refused: No reminder is due on ERS-00001, so !until changes nothing: it waits for the review of the SCAL.",
            ),
            (command("mon 11:00", "!changes"), "next-step(ChangesAsked) | scal-changes, waiting since 23 Nov"),
            (command("mon 12:00", "!until 1 March 2027"), "- | scal-changes, waiting since 1 Mar"),
            (tick("2027-03-01 10:00"), "- | scal-changes, waiting since 1 Mar"),
            (tick("2027-03-02 08:30"), "reminder | scal-changes, waiting since 1 Mar"),
        ],
    );
    let Some(Content::Reminder(reminder)) = world.contents.last() else { panic!("{:?}", world.contents.last()) };
    assert_eq!(reminder.since, date(2026, 11, 23), "changes were asked for on that day");
}

#[test]
fn a_word_on_the_telephone_meets_the_promise() {
    // What is known by its day only comes after all that arrived on it.
    for (received, given, told) in [
        ("mon 10:00", "mon 11:00", "!told by phone"),
        ("mon 15:00", "mon 16:00", "!told by phone"),
        ("mon 15:00", "tue 10:00", "!told by phone 23 November"),
        ("mon 15:00", "tue 10:00", "!told by phone on 23 November"),
    ] {
        let answered = "- | scal-review, answered 23 Nov";
        let filed = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
        check(&[(scal(received), filed), (command(given, told), answered)]);
    }
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (command("wed 10:00", "!told by phone 24 November"), "- | scal-review, answered 24 Nov"),
    ]);
}

#[test]
fn what_happened_on_a_day_cannot_have_happened_before_the_case_or_after_today() {
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (
            command("tue 10:00", "!accept on 20 November"),
            "refused: Friday 20 November 2026 is before ERS-00001 was opened, on Monday 23 November 2026.",
        ),
        (
            command("tue 10:01", "!accept on 26 November"),
            "refused: Thursday 26 November 2026 is still to come: record what has happened.",
        ),
        (command("wed 10:00", "!accept on 23 November"), "next-step(ScalAccepted) | witness-pack-to-send"),
    ]);
}

#[test]
fn a_word_of_the_other_team_keeps_no_promise_of_this_one() {
    let mut world = World::default();
    to_tcc_due(&mut world);
    world.play(&command("mon 14:00", "!tcc"));
    let lsob = |at| mail(at).from("lsob@ers.example").with(|facts| facts.to = vec![super::mail::person(PARTNER)]);
    world.play(&lsob("tue 10:00").in_sent_of("lsob"));
    // It came before LSOB wrote, and was seen after.
    let late = mail("tue 09:30").scal("scal-2").seen("tue 10:30").arrives();
    let line = world.play(&late);
    assert!(line.ends_with("| tcc-return-review + agreement-due, due 1 Dec"), "{line}");
}

#[test]
fn a_form_is_the_work_of_lsob_and_compared_with_no_other_organisation() {
    let mut world = World::with(|policy| policy.days.form_response = Some(10));
    world.play(&form("mon 10:00", "RXQ").arrives());
    let line = world.play(&form("mon 11:00", "RXQ").scal("scal-1").answers("letter-0@ers.example").arrives());
    assert_eq!(
        line, "acknowledgement(scal-review by 30 Nov), staff-new to omar | scal-review + form-review, due 30 Nov",
        "told to SA and, for the form, to LSOB"
    );
    let compared = |world: &World| {
        let items = world.acknowledged().received.iter().flat_map(|received| &received.items);
        items.filter(|item| item.difference.is_some()).count()
    };
    let Some(Content::StaffNew(told)) = world.contents.last() else { panic!("{:?}", world.contents.last()) };
    assert_eq!((told.phase, told.form.as_deref()), (Phase::FormReview, Some("RXQ")));
    world.play(&form("tue 10:00", "RXQ").arrives());
    assert_eq!(compared(&world), 1, "with the form of the same organisation");
    world.play(&form("wed 10:00", "RYR").arrives());
    assert_eq!(compared(&world), 0, "with nobody else's");
}

#[test]
fn what_came_of_a_session_is_recorded_once_it_has_begun() {
    let mut world = World::default();
    for step in super::messages::to(Phase::WitnessPackReview) {
        world.play(&step);
    }
    let world = check_in(
        world,
        &[
            (command("tue 10:00", "!session 25 November 2026 9am"), "invitation, staff-attention | session-booked"),
            (
                command("tue 11:00", "!passed"),
                "refused: ERS-00001 has a session on Wednesday 25 November 2026: give !passed once it has begun, or \
                 !cancel the session first.",
            ),
            (command("wed 10:00", "!passed send"), "outcome(tcc-due) | tcc-due"),
        ],
    );
    assert_eq!(world.case(1).session, None);
}

#[test]
fn a_closed_case_opens_again_where_it_stood() {
    let world = check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (command("tue 10:00", "!reopen"), "refused: ERS-00001 is open already."),
        (command("tue 11:00", "!withdraw"), "next-step(Withdrawn) | closed"),
        (command("wed 10:00", "!reopen"), "next-step(Reopened by 2 Dec) | scal-review, due 2 Dec"),
    ]);
    let reopened = |fact: &Fact| matches!(fact, Fact::CaseReopened { .. });
    assert!(world.last.facts.iter().any(|(_, fact)| reopened(fact)));
    assert!(world.case(1).lane(&LaneName::Assurance).is_some());
}
