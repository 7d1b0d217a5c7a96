//! Which files of a message a correction takes along.

use crate::domain::case::Case;
use crate::domain::decide::Refusal;
use crate::domain::decide::submission::submission_kind;
use crate::domain::event::Arrival;
use crate::domain::reading::{Document, DocumentKind};

/// Without the files that went to a case of their own.
pub(super) fn only_what_is_here(case: &Case, arrival: &Arrival) -> Arrival {
    let mut arrival = without_given_up(case, arrival);
    let is_here = |document: &Document| {
        submission_kind(document).is_none() || case.submissions.iter().any(|known| known.sha256 == document.sha256)
    };
    arrival.facts.documents.retain(is_here);
    arrival
}

pub(super) fn without_given_up(case: &Case, arrival: &Arrival) -> Arrival {
    let mut arrival = arrival.clone();
    arrival.facts.documents.retain(|document| !case.given_up.contains(&document.sha256));
    arrival
}

/// The file that staff name, with the message that brought it: the latest of that name.
pub(super) fn named_file<'a>(
    case: &Case,
    arrivals: &[&'a Arrival],
    name: &str,
) -> Result<(&'a Arrival, &'a Document), Refusal> {
    let wanted = name.trim_matches(['"', '“', '”', '\'']).to_lowercase();
    let is_here =
        |document: &Document| submission_kind(document).is_some() && !case.given_up.contains(&document.sha256);
    let files: Vec<(&Arrival, &Document)> = arrivals
        .iter()
        .rev()
        .flat_map(|arrival| arrival.facts.documents.iter().map(move |document| (*arrival, document)))
        .filter(|(_, document)| is_here(document))
        .collect();
    let is_it = |file: &&(&Arrival, &Document)| file.1.name.to_lowercase() == wanted;
    if let Some(found) = files.iter().find(is_it) {
        return Ok(*found);
    }
    let mut names: Vec<&str> = files.iter().map(|(_, document)| document.name.as_str()).collect();
    names.dedup();
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(Refusal(format!("{} has no file {name:?}. Its files are: {known}.", case.reference)))
}

pub(super) fn form_code(document: &Document) -> Option<&str> {
    match &document.kind {
        DocumentKind::ApprovalForm(form) => form.ods_code.as_deref(),
        DocumentKind::Scal(_) | DocumentKind::WitnessPack(_) | DocumentKind::Certificate(_) | DocumentKind::Other => {
            None
        }
    }
}
