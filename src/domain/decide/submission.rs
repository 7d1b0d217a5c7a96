//! What a partner's message submits: which files are new, whose they are, and how they move the lane.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Deciding;
use super::lanes::Moved;
use super::notices::Remarks;
use crate::domain::calendar::in_words;
use crate::domain::case::{Case, FormThread, Submission, SubmissionKind};
use crate::domain::certificate;
use crate::domain::clocks::{Clock, ResponseClock};
use crate::domain::difference::{Difference, Gist, Point};
use crate::domain::effect::WhatNext;
use crate::domain::event::Arrival;
use crate::domain::fact::{ClockChange, Fact, Item, Received};
use crate::domain::ids::BlobDigest;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::reading::{
    ApprovalForm, Authenticated, Document, DocumentKind, Finding, FindingCode, Scal, Severity, Supplier,
};
use crate::domain::route;

/// The documents of one message, sorted.
#[derive(Default)]
pub(super) struct Taken {
    /// Files that the case did not hold yet.
    new: Vec<Submission>,
    /// Those of them that follow an earlier one of their kind.
    differences: BTreeMap<BlobDigest, Difference>,
    /// A new SCAL asks for this service.
    scal: bool,
    /// The organisations whose forms are new, by code.
    forms: Vec<String>,
    /// Something was brought that a person must look at first: it is for another team, or of another product.
    for_a_person: bool,
    /// What the case knows of a SCAL's certificate, by file.
    of_case: BTreeMap<BlobDigest, Finding>,
}

impl Taken {
    /// The forms of other organisations are nobody else's to hear of.
    fn is_the_only_form(&self, case: &Case) -> bool {
        let codes = case.lanes.keys().filter_map(|lane| match lane {
            LaneName::Form(code) if !code.is_empty() => Some(code),
            LaneName::Form(_) | LaneName::Assurance | LaneName::Agreement => None,
        });
        self.forms.last().is_some_and(|this| codes.chain(&self.forms).all(|code| code == this))
    }

    /// The lane of the form that came last: one that names no organisation is awaited still.
    pub(super) fn form_lane(&self) -> Option<LaneName> {
        let is_form = |new: &Submission| new.kind == SubmissionKind::ApprovalForm;
        let of_code = self.forms.last().map(|code| LaneName::Form(code.clone()));
        of_code.or_else(|| self.new.iter().any(is_form).then(LaneName::first_form))
    }

    /// Forms came, and nothing for SA.
    pub(super) fn is_of_forms(&self) -> bool {
        !self.new.is_empty() && self.new.iter().all(|new| new.kind == SubmissionKind::ApprovalForm)
    }

    /// Files that moved the tests on without a pack among them.
    pub(super) fn is_evidence(&self, moved: &Moved) -> bool {
        moved.what_next == WhatNext::WitnessPackReview
            && !self.new.iter().any(|new| new.kind == SubmissionKind::WitnessPack)
    }

    /// Of all the parts of a pack in the message together, told with the last one.
    fn note_missing_tests(&mut self, case: &Case) {
        let mut packs = self.new.iter().filter(|new| new.kind == SubmissionKind::WitnessPack);
        let parts = packs.clone().filter_map(|pack| pack.gist.as_deref().cloned());
        let whole = parts.reduce(|mut whole, part| {
            whole.join(part);
            whole
        });
        let (Some(before), Some(whole)) = (case.gists.get(&SubmissionKind::WitnessPack), whole) else { return };
        let last = packs.next_back().and_then(|pack| self.differences.get_mut(&pack.sha256));
        if let Some(difference) = last {
            difference.missing = before.missing(&whole);
            difference.new.extend(difference.missing.iter().map(Point::of));
        }
    }
}

/// Who says on which case a document belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// The document itself, whatever else points elsewhere.
    ByItself,
    ByStaff,
}

pub(super) fn submission_kind(document: &Document) -> Option<SubmissionKind> {
    match (&document.kind, document.readable) {
        (DocumentKind::Scal(_), true) => Some(SubmissionKind::Scal),
        (DocumentKind::WitnessPack(_), true) => Some(SubmissionKind::WitnessPack),
        (DocumentKind::ApprovalForm(_), true) => Some(SubmissionKind::ApprovalForm),
        (DocumentKind::Certificate(_), true) => Some(SubmissionKind::Certificate),
        (DocumentKind::Other, _) | (_, false) => None,
    }
}

/// Sorts out what is new, and learns from it who the partner is.
pub(super) fn take(d: &mut Deciding<'_>, arrival: &Arrival, remarks: &mut Remarks, by: Named) -> Taken {
    let mut taken = Taken::default();
    for document in &arrival.facts.documents {
        let Some(kind) = submission_kind(document) else {
            continue;
        };
        let named = route::named_in(document).unwrap_or_default();
        if by == Named::ByItself && route::names_another(&d.case.supplier, &named) {
            remarks.flags.push(format!(
                "{name} names another supplier or product than this case, and is not filed here: give it a case of its own \
                 with !split {name}.",
                name = document.name
            ));
            taken.for_a_person = true;
            continue;
        }
        if let DocumentKind::Scal(scal) = &document.kind {
            remarks.flags.extend(scal_flags(scal));
        }
        if d.case.submissions.iter().chain(&taken.new).any(|known| known.sha256 == document.sha256) {
            continue;
        }
        if let DocumentKind::Scal(scal) = &document.kind {
            taken.scal |= scal.for_this_service;
            taken.for_a_person |= !scal.for_this_service;
        }
        name_partner(d, document, named);
        if let DocumentKind::Scal(scal) = &document.kind {
            let found = certificate(d, scal, remarks);
            taken.of_case.extend(found.map(|finding| (document.sha256.clone(), finding)));
        }
        let findings = document.findings.iter().chain(taken.of_case.get(&document.sha256));
        let to_fix = findings.filter(|finding| finding.severity == Severity::Fix).count();
        if let DocumentKind::ApprovalForm(form) = &document.kind {
            match &form.ods_code {
                Some(code) => taken.forms.push(code.clone()),
                None => {
                    let name = &document.name;
                    remarks.flags.push(format!("{name} names no ODS code: ask whose form it is."));
                }
            }
        }
        let gist = Gist::of(document, arrival.received_at);
        let may_compare = kind != SubmissionKind::ApprovalForm || taken.is_the_only_form(&d.case);
        if let Some(difference) = difference(&d.case, kind, &gist).filter(|_| may_compare) {
            taken.differences.insert(document.sha256.clone(), difference);
        }
        taken.new.push(Submission {
            kind,
            name: document.name.clone(),
            sha256: document.sha256.clone(),
            received_at: arrival.received_at,
            to_fix: u32::try_from(to_fix).unwrap_or(u32::MAX),
            gist: Some(Box::new(gist)),
        });
    }
    taken.note_missing_tests(&d.case);
    taken
}

/// Whether a SCAL holds the certificate that was issued. Once that came back, a later SCAL need not hold it again.
fn certificate(d: &mut Deciding<'_>, scal: &Scal, remarks: &mut Remarks) -> Option<Finding> {
    let issued = d.case.issued.as_ref().filter(|_| scal.for_this_service)?;
    let found = certificate::compare(scal.certificate.as_ref(), issued);
    if found.is_none() {
        remarks.flags.push("It holds the certificate that was issued.".to_owned());
        d.record(Fact::CertificateReturned);
    }
    found.filter(|finding| !(finding.code == FindingCode::CertificateMissing && d.case.certificate_returned))
}

/// Beside the last one of its kind that came before it.
fn difference(case: &Case, kind: SubmissionKind, gist: &Gist) -> Option<Difference> {
    let before = case.gists.get(&kind).filter(|before| before.received_at < gist.received_at)?;
    let earlier = case.submissions.iter().filter(|submission| submission.kind == kind).count();
    Some(before.compare(gist, u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1)))
}

/// A SCAL says best who they are; a pack only where nothing is known yet.
fn name_partner(d: &mut Deciding<'_>, document: &Document, named: Supplier) {
    let tells = match &document.kind {
        DocumentKind::Scal(_) => true,
        DocumentKind::WitnessPack(_) => d.case.supplier.product.is_none(),
        DocumentKind::ApprovalForm(_) | DocumentKind::Certificate(_) | DocumentKind::Other => false,
    };
    if tells {
        d.record(Fact::PartnerNamed { supplier: named });
    }
}

/// Files what is new and moves the lane, the SCAL first: a pack in the same message then waits for its turn.
pub(super) fn file_and_move(d: &mut Deciding<'_>, arrival: &Arrival, taken: &Taken, opened: bool) -> Moved {
    let is_scal = |new: &&Submission| new.kind == SubmissionKind::Scal;
    let pack = taken.new.iter().any(|new| new.kind == SubmissionKind::WitnessPack);
    taken.new.iter().filter(is_scal).for_each(|new| d.record(Fact::SubmissionFiled(new.clone())));
    let moved_by_scal = taken.scal.then(|| d.scal_arrived(arrival.received_at));
    taken.new.iter().filter(|new| !is_scal(new)).for_each(|new| d.record(Fact::SubmissionFiled(new.clone())));
    let moved_by_pack = pack.then(|| d.pack_arrived(arrival.received_at));

    let mut moved_by_form = None;
    for (code, from) in taken.forms.iter().zip(arrival.facts.from.iter().cycle()) {
        let (subject, message_id) = (arrival.facts.subject.clone(), arrival.facts.message_id.clone());
        let thread = Some(FormThread { subject, message_id });
        moved_by_form = Some(d.form_arrived(code, &from.address, thread, arrival.received_at));
    }
    if opened && d.phase() == Phase::Enquiry && !taken.for_a_person && taken.forms.is_empty() {
        start_enquiry(d, arrival.received_at);
    }
    let moved = moved_by_scal.or(moved_by_pack).or(moved_by_form).or_else(|| evidence_arrived(d, arrival, taken));
    moved.unwrap_or_else(|| left_where_it_is(d, arrival, taken))
}

/// Whatever files come while remedial action is awaited are the evidence of it, whether or not they can be read; but for
/// forms, which are the work of LSOB.
fn evidence_arrived(d: &mut Deciding<'_>, arrival: &Arrival, taken: &Taken) -> Option<Moved> {
    let is_new = |document: &Document| !d.case.submissions.iter().any(|known| known.sha256 == document.sha256);
    let is_evidence = |new: &Submission| new.kind != SubmissionKind::ApprovalForm;
    let evidence = arrival.facts.documents.iter().any(is_new) || taken.new.iter().any(is_evidence);
    if d.phase() != Phase::RemedialAction || taken.for_a_person || !evidence {
        return None;
    }
    d.say("evidence of remedial action");
    Some(d.pack_arrived(arrival.received_at))
}

fn left_where_it_is(d: &mut Deciding<'_>, arrival: &Arrival, taken: &Taken) -> Moved {
    let facts = &arrival.facts;
    let had_files = facts.documents.iter().any(|document| submission_kind(document).is_some());
    if !facts.says.thanks_only && facts.authenticated != Authenticated::Fail {
        let from = facts.from.as_ref().map(|from| &from.address);
        d.heard_from_partner(from, arrival.received_at);
    }
    // A file that was sent before submits nothing: what is asked beside it is a question.
    let asks = if had_files { taken.new.is_empty() && facts.says.question } else { !facts.says.thanks_only };
    if asks && d.case.last_human_at.is_none_or(|last| last < arrival.received_at) {
        d.record(Fact::QuestionOpened);
    }
    let what_next = match (had_files && !taken.for_a_person, taken.new.is_empty()) {
        (true, true) => WhatNext::NothingNew,
        (true, false) => WhatNext::FiledForLater,
        (false, _) => WhatNext::PersonReads,
    };
    Moved { what_next, joined_running_clock: false }
}

fn start_enquiry(d: &mut Deciding<'_>, received_at: Timestamp) {
    let days = d.policy.days.enquiry_response;
    let calendar = &d.policy.calendar;
    let start = |days| ResponseClock::start(calendar, received_at, days, d.policy.days.warn_before);
    let Some(clock) = days.map(start) else { return };
    d.say(format!("a reply to the enquiry is due {}", in_words(clock.due.due)));
    d.set_clock(ClockChange::Started, Some(Clock::Response(clock)));
}

/// The message as letters tell of it.
pub(super) fn received(case: &Case, arrival: &Arrival, taken: &Taken) -> Received {
    let item = |document: &Document| {
        let recognised = submission_kind(document);
        let is_new = taken.new.iter().any(|new| new.sha256 == document.sha256);
        Item {
            name: document.name.clone(),
            recognised,
            repeated: recognised.is_some() && !is_new && case.submissions.iter().any(|s| s.sha256 == document.sha256),
            readable: document.readable,
            checked: is_checked(document),
            findings: document.findings.clone(),
            of_case: taken.of_case.get(&document.sha256).cloned().into_iter().collect(),
            difference: taken.differences.get(&document.sha256).cloned().map(Box::new),
        }
    };
    Received {
        message_id: arrival.facts.message_id.clone(),
        subject: arrival.facts.subject.clone(),
        received_at: arrival.received_at,
        items: arrival.facts.documents.iter().map(item).collect(),
        findings: arrival.facts.findings.clone(),
    }
}

/// Its findings may go to the partner: a profile knows the template, and it is for this service.
fn is_checked(document: &Document) -> bool {
    match &document.kind {
        DocumentKind::Scal(scal) => scal.template_known && scal.for_this_service,
        DocumentKind::WitnessPack(pack) => document.readable && pack.tests.is_some(),
        DocumentKind::ApprovalForm(form) => document.readable && *form != ApprovalForm::default(),
        DocumentKind::Certificate(_) | DocumentKind::Other => false,
    }
}

fn scal_flags(scal: &Scal) -> Option<String> {
    if !scal.for_this_service {
        let flag = "It asks for no e-RS service and answers no e-RS tab: it may be for another team. \
                    No date is promised.";
        return Some(flag.to_owned());
    }
    (!scal.template_known).then(|| {
        "No profile knows its template, so its findings are for you only: `assured profile` makes one from a blank."
            .to_owned()
    })
}
