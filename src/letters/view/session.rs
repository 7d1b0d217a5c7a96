//! The values of letters about a witness testing session and what came of it.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::staff::{Decision, SupplierView, about, decisions, supplier};
use crate::domain::calendar::in_words;
use crate::domain::effect::{Invitation, InvitationKind, Outcome};
use crate::domain::ids::{Address, CaseRef};
use crate::domain::lane::Phase;
use crate::letters::words;

/// Tests that a letter names; the rest are counted.
const TESTS_MAX: usize = 40;

#[derive(Serialize)]
pub(super) struct InvitationView {
    phase: Phase,
    kind: InvitationKind,
    about: Option<String>,
    supplier: SupplierView,
    day: String,
    time: String,
    minutes: u32,
    link: Option<String>,
    decisions: Vec<Decision>,
}

#[derive(Serialize)]
pub(super) struct OutcomeView {
    phase: Phase,
    all_passed: bool,
    passed: Vec<String>,
    open: Vec<String>,
    more_open: usize,
    scal_update: bool,
    scal_accepted: bool,
}

pub(super) fn invitation(
    content: &Invitation,
    case: Option<CaseRef>,
    mailbox: &Address,
    zone: &TimeZone,
) -> InvitationView {
    let session = &content.session;
    let local = session.starts.to_zoned(zone.clone());
    let stands = content.kind != InvitationKind::Cancelled;
    let phase = if stands { Phase::SessionBooked } else { Phase::WitnessPackReview };
    InvitationView {
        kind: content.kind,
        about: about(&content.supplier),
        supplier: supplier(&content.supplier),
        day: in_words(local.date()),
        time: words::time(session.starts, zone),
        minutes: session.minutes,
        link: session.link.as_deref().map(words::one_line),
        phase,
        decisions: decisions(phase, case, mailbox),
    }
}

pub(super) fn outcome(content: &Outcome) -> OutcomeView {
    let names = |tests: &[String]| tests.iter().take(TESTS_MAX).map(|test| words::name(test)).collect();
    OutcomeView {
        phase: content.phase,
        all_passed: content.all_passed,
        passed: names(&content.passed),
        open: names(&content.open),
        more_open: content.open.len().saturating_sub(TESTS_MAX),
        scal_update: content.scal_update,
        scal_accepted: content.scal_accepted,
    }
}
