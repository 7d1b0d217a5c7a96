//! The values of letters to partners. Holds back what only staff may see: findings in a template that nobody knows.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::difference::{DifferenceView, difference};
use super::files::{FILES_MAX, FileView, files, new_kinds};
use super::findings::{FindingsView, Line, by_tab, for_partner, lines};
use super::staff::about;
use crate::domain::calendar::Due;
use crate::domain::calendar::in_words;
use crate::domain::case::SubmissionKind;
use crate::domain::effect::{
    Acknowledgement, AlsoAwaited, NextStep, PersonWillRead, Reminder, StepTaken, Unreadable, WhatNext,
};
use crate::domain::fact::Item;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::reading::FindingCode;
use crate::letters::words;

const EMAILS_MAX: usize = 20;
/// Files that could not be opened, and what is wrong with each.
const BROKEN_MAX: usize = 30;
/// Other cases that a reminder names.
const CASES_MAX: usize = 20;

#[derive(Serialize)]
pub(super) struct AcknowledgementView {
    kinds: Vec<SubmissionKind>,
    emails: Vec<EmailView>,
    has_files: bool,
    what_next: WhatNext,
    respond_by: Option<String>,
    provisional: bool,
    joined_running_clock: bool,
    checked: bool,
    /// Set where some files that arrived were not checked.
    checked_files: Vec<String>,
    findings: FindingsView,
    differences: Vec<DifferenceView>,
}

#[derive(Serialize)]
struct EmailView {
    received: String,
    files: Vec<FileView>,
    more_files: usize,
}

#[derive(Serialize)]
pub(super) struct PersonWillReadView {
    safety_contact: Option<String>,
}

#[derive(Serialize)]
pub(super) struct UnreadableView {
    files: Vec<UnreadableFile>,
    /// What is wrong with the message itself.
    lines: Vec<Line>,
    too_large: bool,
    secure_transfer: Option<String>,
    also_readable: bool,
    respond_by: Option<String>,
    provisional: bool,
}

#[derive(Serialize)]
struct UnreadableFile {
    name: String,
    lines: Vec<Line>,
}

#[derive(Serialize)]
pub(super) struct ReminderView {
    phase: Phase,
    since: String,
    again: bool,
    witness_pack_link: Option<String>,
    also: Vec<AlsoView>,
    more_also: usize,
}

/// Another case that waits for the same person.
#[derive(Serialize)]
struct AlsoView {
    case: String,
    about: Option<String>,
    phase: Phase,
    since: String,
}

#[derive(Serialize)]
pub(super) struct NextStepView {
    phase: Phase,
    form: Option<String>,
    what: &'static str,
    /// The reference that a merged case had.
    former: Option<String>,
    /// Times for a session.
    offered: Vec<String>,
    scal_accepted: bool,
    agreement_to_come: bool,
    respond_by: Option<String>,
    provisional: bool,
    witness_pack_link: Option<String>,
}

pub(super) fn acknowledgement(
    content: &Acknowledgement,
    spreadsheet: Option<String>,
    zone: &TimeZone,
) -> AcknowledgementView {
    let items = || content.received.iter().flat_map(|received| &received.items);
    let emails = content.received.iter().take(EMAILS_MAX).map(|received| {
        let (files, more_files) = files(&received.items);
        EmailView { received: words::moment(received.received_at, zone), files, more_files }
    });
    let checked = || items().filter(|item| is_checked(item));
    let all_checked = items().all(is_checked);
    let checked_files = checked().filter(|_| !all_checked).map(|item| words::name(&item.name));
    AcknowledgementView {
        kinds: new_kinds(items()),
        emails: emails.collect(),
        has_files: items().next().is_some(),
        what_next: content.what_next,
        respond_by: content.respond_by.as_ref().map(|due| in_words(due.due)),
        provisional: is_provisional(content.respond_by.as_ref()),
        joined_running_clock: content.joined_running_clock,
        checked: content.checked,
        checked_files: checked_files.take(FILES_MAX).collect(),
        findings: by_tab(&for_partner(content), spreadsheet),
        differences: checked().filter_map(|item| difference(item, zone)).take(FILES_MAX).collect(),
    }
}

pub(super) fn person_will_read(content: &PersonWillRead) -> PersonWillReadView {
    PersonWillReadView { safety_contact: content.safety_contact.as_deref().map(words::one_line) }
}

pub(super) fn unreadable(content: &Unreadable) -> UnreadableView {
    let received = &content.received;
    let broken = received.items.iter().filter(|item| !item.readable).take(BROKEN_MAX);
    let files =
        broken.map(|item| UnreadableFile { name: words::name(&item.name), lines: lines(&item.findings, BROKEN_MAX) });
    let of_items = received.items.iter().flat_map(|item| &item.findings);
    let mut findings = received.findings.iter().chain(of_items);
    UnreadableView {
        files: files.collect(),
        lines: lines(&received.findings, BROKEN_MAX),
        too_large: findings.any(|finding| finding.code == FindingCode::TooLarge),
        secure_transfer: content.secure_transfer.as_deref().map(words::one_line),
        also_readable: content.also_readable,
        respond_by: content.respond_by.as_ref().map(|due| in_words(due.due)),
        provisional: is_provisional(content.respond_by.as_ref()),
    }
}

pub(super) fn reminder(content: &Reminder) -> ReminderView {
    ReminderView {
        phase: content.phase,
        since: in_words(content.since),
        again: content.again,
        witness_pack_link: content.witness_pack_link.clone(),
        also: content.also.iter().take(CASES_MAX).map(also).collect(),
        more_also: content.also.len().saturating_sub(CASES_MAX),
    }
}

fn also(other: &AlsoAwaited) -> AlsoView {
    AlsoView {
        case: other.case.to_string(),
        about: about(&other.supplier),
        phase: other.phase,
        since: in_words(other.since),
    }
}

pub(super) fn next_step(content: &NextStep, zone: &TimeZone) -> NextStepView {
    NextStepView {
        phase: content.phase,
        form: match &content.lane {
            LaneName::Form(code) if !code.is_empty() => Some(words::one_line(code)),
            LaneName::Form(_) | LaneName::Assurance | LaneName::Agreement => None,
        },
        scal_accepted: content.scal_accepted,
        agreement_to_come: content.agreement_to_come,
        what: match content.what {
            StepTaken::ScalAccepted => "scal-accepted",
            StepTaken::ChangesAsked => "changes-asked",
            StepTaken::Held => "held",
            StepTaken::Resumed => "resumed",
            StepTaken::Restarted => "restarted",
            StepTaken::Withdrawn => "withdrawn",
            StepTaken::Reopened => "reopened",
            StepTaken::TimesOffered => "times-offered",
            StepTaken::CertificateIssued => "certificate-issued",
            StepTaken::Assured => "assured",
            StepTaken::AgreementSent => "agreement-sent",
            StepTaken::AgreementAccepted => "agreement-accepted",
            StepTaken::FormApproved => "form-approved",
            StepTaken::Merged { .. } => "merged",
            StepTaken::Approved => "approved",
        },
        offered: content.offered.iter().map(|at| words::moment(*at, zone)).collect(),
        former: if let StepTaken::Merged { from } = content.what { Some(from.to_string()) } else { None },
        respond_by: content.respond_by.as_ref().map(|due| in_words(due.due)),
        provisional: is_provisional(content.respond_by.as_ref()),
        witness_pack_link: content.witness_pack_link.clone(),
    }
}

fn is_checked(item: &Item) -> bool {
    item.checked && !item.repeated
}

fn is_provisional(due: Option<&Due>) -> bool {
    due.is_some_and(|due| due.provisional)
}
