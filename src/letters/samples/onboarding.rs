//! Samples of what follows the witness test pack: sessions, outcomes, the certificate, the agreement and the forms.

use super::Sample;
use crate::domain::effect::{Content, Invitation, InvitationKind, NextStep, Outcome, Reminder, StepTaken};
use crate::domain::ids::Address;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::reading::Supplier;
use crate::domain::session::Session;

pub(super) fn invitations(partner: &Address, supplier: &Supplier) -> Vec<Sample> {
    let session = |sequence, link: Option<&str>| Session {
        uid: "ERS-00042-1-1795425240@ers.example".to_owned(),
        sequence,
        // Thursday 3 December 2026, 10.30am.
        starts: super::RECEIVED_AT
            .saturating_add(jiff::SignedDuration::from_mins(14_476))
            .unwrap_or(super::RECEIVED_AT),
        minutes: 60,
        link: link.map(str::to_owned),
        with: Vec::new(),
        invited_by_staff: false,
    };
    let invitation =
        |kind, session| Invitation { kind, session, supplier: supplier.clone(), partners: vec![partner.clone()] };
    let booked = invitation(InvitationKind::Booked, session(0, Some("https://meet.nhs.example/1")));
    let moved = invitation(InvitationKind::Changed, session(1, None));
    let cancelled = invitation(InvitationKind::Cancelled, session(2, None));
    let tomorrow = invitation(InvitationKind::Tomorrow, session(1, Some("https://meet.nhs.example/1")));
    let bare = Invitation { supplier: Supplier::default(), partners: Vec::new(), ..booked.clone() };
    vec![
        ("invitation", Content::Invitation(booked.clone())),
        ("invitation-moved", Content::Invitation(moved.clone())),
        ("invitation-cancelled", Content::Invitation(cancelled.clone())),
        ("invitation-tomorrow", Content::Invitation(tomorrow.clone())),
        ("invitation-bare", Content::Invitation(bare.clone())),
        ("staff-invitation", Content::StaffInvitation(booked)),
        ("staff-invitation-moved", Content::StaffInvitation(moved)),
        ("staff-invitation-cancelled", Content::StaffInvitation(cancelled)),
        ("staff-invitation-tomorrow", Content::StaffInvitation(tomorrow)),
        ("staff-invitation-bare", Content::StaffInvitation(bare)),
    ]
}

pub(super) fn outcomes() -> Vec<Sample> {
    let none = || Outcome {
        phase: Phase::TccDue,
        all_passed: true,
        passed: Vec::new(),
        open: Vec::new(),
        scal_update: false,
        scal_accepted: false,
    };
    let tests = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let remedial = Outcome {
        phase: Phase::RemedialAction,
        all_passed: false,
        open: tests(&["A005-03", "A007-01"]),
        scal_update: true,
        ..none()
    };
    let in_part =
        Outcome { passed: tests(&["A005-03"]), open: tests(&["A007-01"]), scal_update: false, ..remedial.clone() };
    let update = Outcome { phase: Phase::ScalUpdateDue, scal_update: true, ..none() };
    let asked = Outcome { phase: Phase::OutcomeDue, all_passed: false, ..update.clone() };
    let many = Outcome { open: (1..60).map(|number| format!("A001-{number:02}")).collect(), ..remedial.clone() };
    [
        ("outcome", none()),
        ("outcome-remedial", remedial),
        ("outcome-in-part", in_part),
        ("outcome-scal-update", update),
        ("outcome-scal-update-asked", asked),
        ("outcome-scal-accepted", Outcome { scal_accepted: true, ..none() }),
        ("outcome-many-bare", many),
    ]
    .map(|(name, outcome)| (name, Content::Outcome(outcome)))
    .to_vec()
}

pub(super) fn next_steps() -> Vec<Sample> {
    let step = |what, phase, form: Option<&str>| {
        let lane = form.map_or(LaneName::Assurance, |code| LaneName::Form(code.to_owned()));
        NextStep {
            lane,
            phase,
            what,
            scal_accepted: false,
            agreement_to_come: false,
            respond_by: None,
            witness_pack_link: None,
            offered: Vec::new(),
        }
    };
    let certificate = step(StepTaken::CertificateIssued, Phase::TccReturnDue, None);
    let both = NextStep { scal_accepted: true, ..step(StepTaken::ChangesAsked, Phase::WitnessPackChanges, None) };
    let times = NextStep {
        offered: vec![super::RECEIVED_AT; 2],
        ..step(StepTaken::TimesOffered, Phase::WitnessPackReview, None)
    };
    let reminder = |phase, again| {
        let since = super::RECEIVED_ON;
        Content::Reminder(Reminder { phase, since, again, witness_pack_link: None, also: Vec::new() })
    };
    vec![
        ("next-step-update-accepted", Content::NextStep(step(StepTaken::ScalAccepted, Phase::TccDue, None))),
        ("next-step-back-to-remedial", Content::NextStep(step(StepTaken::ScalAccepted, Phase::RemedialAction, None))),
        ("next-step-form-changes", Content::NextStep(step(StepTaken::ChangesAsked, Phase::FormDue, Some("RXQ")))),
        ("next-step-times", Content::NextStep(times)),
        ("next-step-certificate", Content::NextStep(NextStep { agreement_to_come: true, ..certificate.clone() })),
        ("next-step-certificate-and-agreement", Content::NextStep(certificate)),
        ("next-step-session", Content::NextStep(step(StepTaken::ScalAccepted, Phase::SessionBooked, None))),
        ("next-step-accepted-and-changes", Content::NextStep(both)),
        ("next-step-assured", Content::NextStep(step(StepTaken::Assured, Phase::Assured, None))),
        ("next-step-agreement", Content::NextStep(step(StepTaken::AgreementSent, Phase::AcceptanceDue, None))),
        ("next-step-agreement-accepted", Content::NextStep(step(StepTaken::AgreementAccepted, Phase::Accepted, None))),
        ("next-step-form", Content::NextStep(step(StepTaken::FormApproved, Phase::FormApproved, Some("RXQ")))),
        ("next-step-approved-bare", Content::NextStep(step(StepTaken::Approved, Phase::Accepted, None))),
        ("reminder-remedial", reminder(Phase::RemedialAction, false)),
        ("reminder-scal-update", reminder(Phase::ScalUpdateDue, false)),
        ("reminder-certificate", reminder(Phase::TccReturnDue, true)),
        ("reminder-agreement", reminder(Phase::AcceptanceDue, true)),
        ("reminder-form", reminder(Phase::FormDue, false)),
    ]
}
