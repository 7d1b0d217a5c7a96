//! The values of letters to staff: the case, why its date is what it is, and links that carry a decision.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::difference::{DifferenceView, difference};
use super::files::{FILES_MAX, FileView, files, new_kinds};
use super::findings::{FindingsView, by_tab, for_staff};
use crate::domain::calendar::in_words;
use crate::domain::calendar::{Due, Skipped};
use crate::domain::case::SubmissionKind;
use crate::domain::effect::{StaffAttention, StaffClock, StaffNew};
use crate::domain::fact::Item;
use crate::domain::ids::{Address, CaseRef};
use crate::domain::lane::Phase;
use crate::domain::reading::Supplier;
use crate::letters::words;

/// Flags and lines of history that a letter shows.
const LINES_MAX: usize = 10;
/// Entries of a list that is all the letter is about.
const LIST_MAX: usize = 200;
/// Days that an explanation names; only long holds need more.
const DAYS_MAX: usize = 20;

#[derive(Default, Serialize)]
pub(super) struct SupplierView {
    organisation: Option<String>,
    ods_code: Option<String>,
    product: Option<String>,
    version: Option<String>,
}

#[derive(Serialize)]
struct DueView {
    date: String,
    received: String,
    days: u32,
    /// So many of them for the time on hold.
    held_days: u32,
    counted: Vec<String>,
    more_counted: usize,
    skipped: Vec<String>,
    more_skipped: usize,
    provisional: bool,
    holidays: String,
}

/// A command as a link that opens a ready-made email.
#[derive(Serialize)]
pub(super) struct Decision {
    command: &'static str,
    /// The organisation, by its code, whose form is decided on.
    form: Option<String>,
    address: String,
}

#[derive(Serialize)]
pub(super) struct StaffNewView {
    kinds: Vec<SubmissionKind>,
    has_repeats: bool,
    /// The product, else the supplier, else the subject.
    about: Option<String>,
    supplier: SupplierView,
    from: Option<String>,
    subject: String,
    received: String,
    files: Vec<FileView>,
    more_files: usize,
    checked: bool,
    /// Files with findings that were kept from the partner, because no profile knows the template.
    held_back: Vec<String>,
    findings: FindingsView,
    differences: Vec<DifferenceView>,
    phase: Phase,
    awaits: &'static str,
    due: Option<DueView>,
    joined_running_clock: bool,
    flags: Vec<String>,
    history: Vec<String>,
    opened_case: bool,
    decisions: Vec<Decision>,
}

#[derive(Serialize)]
pub(super) struct StaffClockView {
    about: Option<String>,
    supplier: SupplierView,
    phase: Phase,
    awaits: &'static str,
    due: DueView,
    when: &'static str,
    working_days: u32,
    latest_submission: Option<String>,
    decisions: Vec<Decision>,
}

#[derive(Serialize)]
pub(super) struct StaffAttentionView {
    phase: Option<Phase>,
    headline: String,
    what: String,
    what_to_do: String,
    list: Vec<String>,
    more_list: usize,
    supplier: SupplierView,
    decisions: Vec<Decision>,
}

pub(super) fn staff_new(
    content: &StaffNew,
    spreadsheet: Option<String>,
    case: Option<CaseRef>,
    mailbox: &Address,
    zone: &TimeZone,
) -> StaffNewView {
    let (listed, more_files) = files(&content.items);
    let is_held_back = |item: &&Item| item.readable && !item.checked && !item.findings.is_empty();
    let subject = words::some_name(Some(&content.subject));
    let unread = !content.findings.is_empty() || content.items.iter().any(|item| !item.readable);
    let unread = unread && content.items.iter().all(|item| item.recognised.is_none());
    let after_opening = if unread { as_links(UNREAD, case, mailbox) } else { Vec::new() };
    StaffNewView {
        kinds: new_kinds(content.items.iter()),
        has_repeats: content.items.iter().any(|item| item.repeated),
        about: about(&content.supplier).or_else(|| subject.clone()),
        supplier: supplier(&content.supplier),
        from: content.from.as_ref().map(|address| words::one_line(address.as_str())),
        subject: subject.unwrap_or_default(),
        received: words::moment(content.received_at, zone),
        files: listed,
        more_files,
        checked: content.items.iter().any(|item| item.checked),
        held_back: content
            .items
            .iter()
            .filter(is_held_back)
            .take(LINES_MAX)
            .map(|item| words::name(&item.name))
            .collect(),
        findings: by_tab(&for_staff(content), spreadsheet),
        differences: content.items.iter().filter_map(|item| difference(item, zone)).take(FILES_MAX).collect(),
        phase: content.phase,
        awaits: content.phase.awaits(),
        due: content.due.as_ref().map(|of| due(of, content.held_days)),
        joined_running_clock: content.joined_running_clock,
        flags: sentences(&content.flags),
        history: sentences(&content.history),
        opened_case: content.opened_case,
        decisions: after_opening
            .into_iter()
            .chain(decisions_about(content.phase, content.form.as_deref(), case, mailbox))
            .collect(),
    }
}

pub(super) fn staff_clock(content: &StaffClock, case: Option<CaseRef>, mailbox: &Address) -> StaffClockView {
    StaffClockView {
        about: about(&content.supplier),
        supplier: supplier(&content.supplier),
        phase: content.phase,
        awaits: content.phase.awaits(),
        due: due(&content.due, content.held_days),
        when: when(content.today, content.due.due),
        working_days: content.working_days,
        latest_submission: content.latest_submission.as_deref().map(words::sentence),
        decisions: decisions_about(content.phase, content.form.as_deref(), case, mailbox),
    }
}

pub(super) fn staff_attention(
    content: &StaffAttention,
    phase: Option<Phase>,
    links: Links,
    case: Option<CaseRef>,
    mailbox: &Address,
) -> StaffAttentionView {
    let of_phase = phase.into_iter().flat_map(|phase| decisions(phase, case, mailbox));
    // No promise runs that could be put on hold, and a note is among the other links.
    let may_be_meant = |decision: &Decision| !["hold", "note"].contains(&decision.command);
    StaffAttentionView {
        headline: words::sentence(&content.headline),
        what: words::sentence(&content.what),
        what_to_do: words::sentence(&content.what_to_do),
        list: content.list.iter().take(LIST_MAX).map(|line| words::sentence(line)).collect(),
        more_list: content.list.len().saturating_sub(LIST_MAX),
        supplier: content.supplier.as_ref().map(supplier).unwrap_or_default(),
        phase,
        decisions: of_phase.filter(may_be_meant).chain(as_links(links, case, mailbox)).collect(),
    }
}

pub(super) fn about(supplier: &Supplier) -> Option<String> {
    words::some_name(supplier.product.as_ref()).or_else(|| words::some_name(supplier.organisation.as_ref()))
}

pub(super) fn supplier(supplier: &Supplier) -> SupplierView {
    SupplierView {
        organisation: words::some_name(supplier.organisation.as_ref()),
        ods_code: words::some_name(supplier.ods_code.as_ref()),
        product: words::some_name(supplier.product.as_ref()),
        version: words::some_name(supplier.version.as_ref()),
    }
}

fn sentences(texts: &[String]) -> Vec<String> {
    texts.iter().take(LINES_MAX).map(|text| words::sentence(text)).collect()
}

fn due(due: &Due, held_days: u32) -> DueView {
    DueView {
        date: in_words(due.due),
        received: in_words(due.received),
        days: due.days,
        held_days,
        counted: due.counted.iter().take(DAYS_MAX).map(|day| short_date(*day)).collect(),
        more_counted: due.counted.len().saturating_sub(DAYS_MAX),
        skipped: due.skipped.iter().take(DAYS_MAX).map(skipped).collect(),
        more_skipped: due.skipped.len().saturating_sub(DAYS_MAX),
        provisional: due.provisional,
        holidays: words::one_line(&due.holidays),
    }
}

fn skipped(day: &Skipped) -> String {
    let date = short_date(day.date);
    // The name of a weekend day is in the date already.
    if date.starts_with(&day.why) {
        return date;
    }
    format!("{date} ({})", words::name(&day.why))
}

fn short_date(day: Date) -> String {
    day.strftime("%A %-d %B").to_string()
}

fn when(today: Date, due: Date) -> &'static str {
    if due == today {
        "today"
    } else if due == today.saturating_add(1.day()) {
        "tomorrow"
    } else {
        "later"
    }
}

/// Commands that a notice offers: their name in templates, the subject and the text of the email.
pub(super) type Links = &'static [(&'static str, &'static str, &'static str)];

/// What staff may record of a case that needed them, whatever its phase.
pub(super) const AFTER_ATTENTION: Links = &[("note", "Note", "!note ")];
pub(super) const AFTER_SILENCE: Links =
    &[("note", "Note", "!note "), ("until", "Keep the case", "!until "), ("close-dormant", "Close", "!close dormant")];
/// They may open what the automatic check could not.
const UNREAD: Links = &[
    ("received-scal", "A SCAL is opened", "!received scal"),
    ("received-pack", "A witness test pack is opened", "!received pack"),
    ("received-form", "An approval form is opened", "!received form "),
];
pub(super) const SET_ASIDE: Links =
    &[("resume", "Let letters to the partner go on", "!resume"), ("note", "Note", "!note ")];
pub(super) const AFTER_COMMAND: Links = &[("undo", "Undo", "!undo")];

/// In a later round the agreement may stay as it is.
pub(super) fn after_certificate(mode_known: bool, first_round: bool) -> Links {
    const SENT: (&str, &str, &str) = ("agreement", "The agreement is sent", "!agreement");
    const STAYS: (&str, &str, &str) = ("agreement-unchanged", "The agreement stays", "!agreement unchanged");
    const APPLICATION: (&str, &str, &str) =
        ("mode-application", "Access is application-restricted", "!mode application-restricted");
    const USER: (&str, &str, &str) = ("mode-user", "Access is user-restricted", "!mode user-restricted");
    match (mode_known, first_round) {
        (true, true) => &[SENT],
        (true, false) => &[SENT, STAYS],
        (false, true) => &[APPLICATION, USER, SENT],
        (false, false) => &[APPLICATION, USER, SENT, STAYS],
    }
}

/// The usual decisions in this phase. A command that needs a reason is left open for staff to add it.
pub(super) fn decisions(phase: Phase, case: Option<CaseRef>, mailbox: &Address) -> Vec<Decision> {
    let commands: Links = match phase {
        Phase::ScalReview | Phase::ScalUpdateReview => &[
            ("accept", "Accept the SCAL", "!accept"),
            ("changes", "Ask for changes to the SCAL", "!changes"),
            ("hold", "Put on hold", "!hold "),
        ],
        Phase::WitnessPackReview => &[
            ("session", "Book a witness testing session", "!session "),
            ("passed", "All tests passed", "!passed"),
            ("remedial", "Ask for remedial action", "!remedial "),
            ("changes", "Ask for changes to the witness test pack", "!changes"),
            ("hold", "Put on hold", "!hold "),
        ],
        Phase::SessionBooked => {
            &[("session", "Move the session", "!session "), ("cancel", "Cancel the session", "!cancel")]
        }
        Phase::OutcomeDue => &[
            ("passed", "All tests passed", "!passed"),
            ("remedial", "Ask for remedial action", "!remedial "),
            ("scal-update", "Ask for an updated SCAL", "!scal-update"),
            ("cancel", "The session did not take place", "!cancel no-show"),
        ],
        Phase::RemedialAction => &[
            ("passed", "All tests passed", "!passed"),
            ("remedial", "Ask for remedial action", "!remedial "),
            ("scal-update", "Ask for an updated SCAL", "!scal-update"),
        ],
        Phase::TccDue => {
            &[("tcc", "The certificate is issued", "!tcc"), ("scal-update", "Ask for an updated SCAL", "!scal-update")]
        }
        Phase::TccReturnReview => &[
            ("accept", "Confirm the returned certificate", "!accept"),
            ("changes", "Ask for changes to the SCAL", "!changes"),
        ],
        Phase::AgreementDue => &[("agreement", "The agreement is sent", "!agreement")],
        Phase::AcceptanceDue => &[("accepted", "The agreement is accepted", "!accepted")],
        Phase::FormReview => {
            &[("approve", "Approve the form", "!approve"), ("changes", "Ask for changes to the form", "!changes")]
        }
        Phase::Enquiry => {
            &[("close-not-for-us", "Close", "!close not-for-us"), ("close-duplicate", "Close", "!close duplicate")]
        }
        Phase::ScalChanges
        | Phase::WitnessPackDue
        | Phase::WitnessPackChanges
        | Phase::ScalUpdateDue
        | Phase::TccReturnDue
        | Phase::FormDue => &[("until", "No reminder before a day", "!until "), ("note", "Note", "!note ")],
        Phase::WitnessPackToSend | Phase::Assured | Phase::Accepted | Phase::FormApproved => AFTER_ATTENTION,
    };
    as_links(commands, case, mailbox)
}

/// Of a form with its organisation: others may be under review, and so may a SCAL.
fn decisions_about(phase: Phase, form: Option<&str>, case: Option<CaseRef>, mailbox: &Address) -> Vec<Decision> {
    let Some((form, case)) = form.filter(|_| phase == Phase::FormReview).zip(case) else {
        return decisions(phase, case, mailbox);
    };
    let link = |command: &'static str, subject: &str| Decision {
        command,
        form: Some(words::one_line(form)),
        address: mailto(mailbox, &format!("{subject} of {form} [{case}]"), &format!("!{command} {form}")),
    };
    vec![link("approve", "Approve the form"), link("changes", "Ask for changes to the form")]
}

pub(super) fn as_links(commands: Links, case: Option<CaseRef>, mailbox: &Address) -> Vec<Decision> {
    let Some(case) = case else { return Vec::new() };
    commands
        .iter()
        .map(|(command, subject, body)| Decision {
            command,
            form: None,
            address: mailto(mailbox, &format!("{subject} [{case}]"), body),
        })
        .collect()
}

/// RFC 6068 §2.
fn mailto(to: &Address, subject: &str, body: &str) -> String {
    let (to, domain) = (percent_encoded(to.local_part()), percent_encoded(to.domain()));
    format!("mailto:{to}@{domain}?subject={}&body={}", percent_encoded(subject), percent_encoded(body))
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::Order;

    #[test]
    fn a_decision_opens_an_email_that_is_a_command() {
        let mailbox = Address::new("sa+e&rs@nhs.example").unwrap();
        for phase in Phase::ALL {
            let case = CaseRef::parse("ERS-42");
            let links = [AFTER_SILENCE, UNREAD, SET_ASIDE].map(|links| as_links(links, case, &mailbox));
            let links = links.into_iter().chain([decisions(phase, case, &mailbox)]);
            for decision in links.flatten() {
                let address = decision.address;
                assert!(address.starts_with("mailto:sa%2Be%26rs@nhs.example?subject="), "{address}");
                assert!(address.contains("%5BERS-00042%5D&body=%21"), "{address}");
                let body = address.rsplit_once("body=").unwrap().1.replace("%21", "!").replace("%20", " ");
                // Only a reason may be missing, which staff add.
                let body = match body.strip_suffix(' ') {
                    Some("!until") => format!("{body}1 March 2027"),
                    Some("!session") => format!("{body}3 December 2026 10.30am"),
                    Some(_) => format!("{body}waiting"),
                    None => body,
                };
                assert!(Order::parse(&body, jiff::civil::date(2026, 11, 23)).is_ok(), "{body}");
            }
        }
        assert!(decisions(Phase::ScalReview, None, &mailbox).is_empty());
        let of_form = decisions_about(Phase::FormReview, Some("RXQ"), CaseRef::parse("ERS-42"), &mailbox);
        let bodies = of_form.iter().map(|decision| decision.address.rsplit_once("body=").unwrap().1);
        assert_eq!(bodies.collect::<Vec<_>>(), ["%21approve%20RXQ", "%21changes%20RXQ"]);
        assert!(as_links(AFTER_SILENCE, None, &mailbox).is_empty());
    }
}
