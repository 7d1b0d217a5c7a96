//! `inspect` for people: what the file is, what was read, and what to put right, with its place.

use std::io::{self, Write};

use serde_json::Value;

use super::view::{Fields, FileView, MessageView};
use crate::cli::print::{Paint, plain, table};
use crate::domain::reading::{
    Authenticated, Document, DocumentKind, Finding, MessageFacts, RequirementCounts, Severity, TestCounts, in_words,
};

pub(super) fn tell(out: &mut dyn Write, view: &FileView<'_>) -> io::Result<()> {
    let paint = Paint::of_stdout();
    writeln!(out, "{}: {}", paint.bold(&plain(view.file)), what(view))?;
    let rows = fields(&view.fields).into_iter().map(|(name, value)| [format!("  {name}"), value]);
    table(out, ["", ""], rows)?;
    findings(out, view, Severity::Fix)?;
    findings(out, view, Severity::Advice)?;
    if view.findings.is_empty() && was_checked(&view.fields) {
        writeln!(out, "\n  {}", paint.green(no_gaps(&view.fields)))?;
    }
    if is_unknown(&view.fields) {
        writeln!(out, "\n  {}", paint.yellow(UNKNOWN))?;
    }
    writeln!(out)?;
    match &view.fields {
        Fields::Message(message) => message.documents.iter().try_for_each(|document| tell(out, document)),
        Fields::Scal { .. } | Fields::WitnessPack { .. } | Fields::ApprovalForm { .. } | Fields::Nothing {} => Ok(()),
    }
}

/// Which answer its sender would get at once. What the records know, such as an earlier copy, is not looked at.
pub(super) fn tell_answer(out: &mut dyn Write, facts: &MessageFacts) -> io::Result<()> {
    let recognised = |document: &Document| match document.kind {
        DocumentKind::Scal(_) | DocumentKind::WitnessPack(_) | DocumentKind::ApprovalForm(_) => true,
        DocumentKind::Certificate(_) => true,
        DocumentKind::Other => false,
    };
    let readable = facts.documents.iter().any(|document| document.readable && recognised(document));
    let troubled = !facts.findings.is_empty() || facts.documents.iter().any(|document| !document.readable);
    let answer = if let Some(why) = &facts.no_answer {
        format!("nothing ({why})")
    } else if facts.authenticated == Authenticated::Fail {
        "nothing (its sender is not proved: staff are told)".to_owned()
    } else if !facts.not_routine.is_empty() {
        format!("only that a person will read it (not routine: {})", in_words(&facts.not_routine))
    } else if troubled && !readable {
        "unreadable".to_owned()
    } else if facts.says.thanks_only && facts.documents.is_empty() {
        "nothing (a thank-you)".to_owned()
    } else {
        "acknowledgement".to_owned()
    };
    writeln!(out, "Would be answered with: {}\n", plain(&answer))
}

/// As letters say it, and no more than was looked at.
fn no_gaps(fields: &Fields<'_>) -> &'static str {
    match fields {
        Fields::Scal { requirements: None, .. } => {
            "The automatic check found no gaps in the supplier details and the services."
        }
        Fields::Scal { requirements: Some(_), .. }
        | Fields::WitnessPack { .. }
        | Fields::ApprovalForm { .. }
        | Fields::Message(_)
        | Fields::Nothing {} => "The automatic check found no gaps.",
    }
}

/// Whether it was looked at: only then may gaps be said to be absent.
fn was_checked(fields: &Fields<'_>) -> bool {
    match fields {
        Fields::Scal { checked, .. } => *checked,
        Fields::WitnessPack { tests, .. } => tests.is_some(),
        Fields::ApprovalForm { organisation, .. } => organisation.is_some(),
        Fields::Message(_) | Fields::Nothing {} => false,
    }
}

const UNKNOWN: &str = "No profile knows this template, so the check may be wrong: a partner is told nothing of it. \
                       `assured profile` makes a profile from an empty copy.";

fn is_unknown(fields: &Fields<'_>) -> bool {
    match fields {
        Fields::Scal { checked, services, in_scope_tabs, .. } => !checked && !nothing_for_us(services, in_scope_tabs),
        Fields::WitnessPack { .. } | Fields::ApprovalForm { .. } | Fields::Message(_) | Fields::Nothing {} => false,
    }
}

fn what(view: &FileView<'_>) -> &'static str {
    match &view.fields {
        _ if !view.readable => "could not be read",
        Fields::Scal { .. } => "a Supplier Conformance Assessment List (SCAL)",
        Fields::WitnessPack { .. } => "a witness test pack",
        Fields::ApprovalForm { .. } => "an initial connection approval form",
        Fields::Message(_) => "an email message",
        Fields::Nothing {} if view.kind == "certificate" => "a Technical Conformance Certificate",
        Fields::Nothing {} => "none of the documents of the process",
    }
}

const NOTHING_FOR_US: &str = "none of e-RS, and no answers on its tabs: a blank SCAL, or one for another team";

fn nothing_for_us(services: &[String], in_scope_tabs: &[String]) -> bool {
    services.is_empty() && in_scope_tabs.is_empty()
}

fn fields(fields: &Fields<'_>) -> Vec<(&'static str, String)> {
    let text = |value: &Option<&str>| value.unwrap_or("-").to_owned();
    let owned = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    match fields {
        Fields::Scal { template_version, supplier, services, in_scope_tabs, requirements, certificate, checked: _ } => {
            vec![
                ("Template version", text(template_version)),
                ("Supplier", owned(&supplier.organisation)),
                ("ODS code", owned(&supplier.ods_code)),
                ("Product", owned(&supplier.product)),
                ("Product version", owned(&supplier.version)),
                ("Clinical safety officer", owned(&supplier.safety_officer)),
                ("Their email", owned(&supplier.safety_officer_email)),
                (
                    "Services",
                    if nothing_for_us(services, in_scope_tabs) { NOTHING_FOR_US.to_owned() } else { joined(services) },
                ),
                ("Tabs in scope", joined(in_scope_tabs)),
                ("Requirements", requirements.map_or_else(|| "-".to_owned(), requirement_counts)),
                (
                    "Certificate",
                    certificate.as_ref().map_or_else(|| "-".to_owned(), |c| format!("{} {}", c.sheet, c.cell)),
                ),
            ]
        }
        Fields::WitnessPack { supplier, product, tests } => vec![
            ("Supplier", text(supplier)),
            ("Product", text(product)),
            ("Tests", tests.map_or_else(|| "-".to_owned(), test_counts)),
        ],
        Fields::ApprovalForm { organisation, ods_code, product, senior_responsible_person, signed_by, signed_on } => {
            vec![
                ("Organisation", text(organisation)),
                ("ODS code", text(ods_code)),
                ("Product", text(product)),
                ("Senior responsible person", text(senior_responsible_person)),
                ("Signed by", text(signed_by)),
                ("Signed on", text(signed_on)),
            ]
        }
        Fields::Message(message) => message_fields(message),
        Fields::Nothing {} => Vec::new(),
    }
}

fn message_fields(message: &MessageView<'_>) -> Vec<(&'static str, String)> {
    let answer = match message.why_not {
        None => "yes".to_owned(),
        Some(why) => format!("no ({why})"),
    };
    vec![
        ("From", message.from.map_or_else(|| "-".to_owned(), ToString::to_string)),
        ("Subject", message.subject.to_owned()),
        ("Message-ID", message.message_id.map_or_else(|| "-".to_owned(), ToString::to_string)),
        ("Automatic", word(&message.automatic)),
        ("May be answered", answer),
        ("Authenticated", word(&message.authenticated)),
        ("Submission", message.submission.unwrap_or("none").to_owned()),
        ("Attachments", message.documents.len().to_string()),
    ]
}

fn findings(out: &mut dyn Write, view: &FileView<'_>, severity: Severity) -> io::Result<()> {
    let paint = Paint::of_stdout();
    let chosen: Vec<&Finding> = view.findings.iter().filter(|finding| finding.severity == severity).collect();
    let title = match severity {
        _ if chosen.is_empty() => return Ok(()),
        Severity::Fix => paint.red(&format!("To put right: {}", chosen.len())),
        Severity::Advice => paint.yellow(&format!("Advice: {}", chosen.len())),
    };
    writeln!(out, "\n  {title}")?;
    let mut tabs: Vec<(Option<&str>, Vec<&Finding>)> = Vec::new();
    for finding in chosen {
        let sheet = finding.sheet.as_deref();
        match tabs.iter_mut().find(|(tab, _)| *tab == sheet) {
            Some((_, findings)) => findings.push(finding),
            None => tabs.push((sheet, vec![finding])),
        }
    }
    for (tab, findings) in tabs {
        if let Some(tab) = tab {
            writeln!(out, "\n    {}", paint.bold(&format!("Tab “{}”", plain(tab))))?;
        }
        table(out, ["", "", ""], findings.into_iter().map(row))?;
    }
    Ok(())
}

/// The cell, what the row is called, and what to do.
fn row(finding: &Finding) -> [String; 3] {
    let cell = finding.cell.as_deref().unwrap_or("-");
    let names = [&finding.requirement, &finding.test, &finding.field];
    let name = names.into_iter().flatten().next().map_or("-", String::as_str);
    [format!("      {cell}"), name.to_owned(), finding.message.clone()]
}

fn requirement_counts(counts: RequirementCounts) -> String {
    let RequirementCounts { yes, no, out_of_scope, unanswered } = counts;
    format!("{yes} yes, {no} no, {out_of_scope} out of scope, {unanswered} unanswered")
}

fn test_counts(counts: TestCounts) -> String {
    let TestCounts { total, passed, failed, not_applicable, not_run, unclear } = counts;
    format!(
        "{total}: {passed} passed, {failed} failed, {not_applicable} not applicable, {not_run} not run, {unclear} unclear"
    )
}

fn joined(items: &[String]) -> String {
    if items.is_empty() { "-".to_owned() } else { items.join(", ") }
}

/// The name that JSON has for a value.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(Value::Null) | Err(_) => "no".to_owned(),
        Ok(other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reading::FindingCode;

    #[test]
    fn findings_are_told_with_their_place() {
        let finding = Finding {
            sheet: Some("e-RS Overarching Reqs".to_owned()),
            cell: Some("D14".to_owned()),
            requirement: Some("GR-002".to_owned()),
            ..Finding::new(FindingCode::RequirementUnanswered, "Answer the requirement.")
        };
        let findings = [finding, Finding::new(FindingCode::EvidenceMissing, "Add evidence.")];
        let (file, kind) = ("a\u{1b}.xlsx", "other");
        let view =
            FileView { file, kind, readable: true, problem: None, findings: &findings, fields: Fields::Nothing {} };
        let mut out = Vec::new();
        tell(&mut out, &view).unwrap();
        let told = String::from_utf8(out).unwrap();
        assert!(told.starts_with("a .xlsx: none of the documents of the process\n"), "{told}");
        let expected = "\n  To put right: 1\n\n    Tab “e-RS Overarching Reqs”\n       D14  GR-002  Answer the requirement.\n\n  \
                        Advice: 1\n       -  -  Add evidence.\n";
        assert!(told.contains(expected), "{told}");
    }
}
