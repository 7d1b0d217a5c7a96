//! What staff say they received: `scal`, `pack`, or `form` and the code of its organisation.

use super::read::code;
use super::{Command, CommandError};
use crate::domain::case::SubmissionKind;

pub(super) fn received(rest: &str) -> Result<Command, CommandError> {
    let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let what = match (word.to_lowercase().as_str(), code(rest.trim())) {
        ("scal", None) => Some((SubmissionKind::Scal, None)),
        ("pack", None) => Some((SubmissionKind::WitnessPack, None)),
        ("form", form @ Some(_)) => Some((SubmissionKind::ApprovalForm, form)),
        _ => None,
    };
    what.map(|(what, form)| Command::Received { what, form }).ok_or(CommandError::Incomplete {
        verb: "received",
        needs: "scal, pack or form and the ODS code of its organisation, and may have the day it came",
        example: "!received scal on 24 November",
    })
}
