//! What is missing on a tab in scope, row by row, and the answers that are there.

use crate::domain::reading::{Answer, Finding, FindingCode, RequirementAnswer, Severity, TabAnswers};

use super::super::labels::tidy;
use super::super::profile::AnswerWords;
use super::answers::{answer, reason, says_something};
use super::slots::{Asks, Slot};

/// One tab in scope, read in full.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    pub(super) answers: TabAnswers,
}

/// `choices` are the answers that the template offers in a row, where it is known.
pub(super) fn check<'a>(
    sheet: &str,
    slots: impl Iterator<Item = &'a Slot<'a>>,
    words: &AnswerWords,
    choices: impl Fn(&Slot<'_>) -> &'a [String],
) -> Checked {
    let mut checked =
        Checked { findings: Vec::new(), answers: TabAnswers { sheet: sheet.to_owned(), answers: Vec::new() } };
    for slot in slots {
        let answer = answer(slot.answer, words);
        checked.findings.extend(gap(sheet, slot, answer, words, &choices).filter(|_| !slot.optional));
        if slot.asks == Asks::Requirement {
            let requirement = checked.name_of(slot);
            checked.answers.answers.push(RequirementAnswer { requirement, answer });
        }
    }
    checked
}

impl Checked {
    /// Its ID, once; its cell where the ID is missing or was there before.
    fn name_of(&self, slot: &Slot<'_>) -> String {
        let item = tidy(slot.item);
        let taken = self.answers.answers.iter().any(|known| known.requirement == item);
        if item.is_empty() || taken { slot.cell() } else { item }
    }
}

fn gap<'a>(
    sheet: &str,
    slot: &Slot<'_>,
    answer: Answer,
    words: &AnswerWords,
    choices: impl Fn(&Slot<'_>) -> &'a [String],
) -> Option<Finding> {
    let (code, message) = match answer {
        Answer::Yes | Answer::OutOfScope => return None,
        Answer::No if explains(slot, words) => return None,
        Answer::No => (no_without_mitigation(slot), why_no(slot)),
        Answer::Unanswered => {
            (unanswered(slot), format!("{} is not answered. {}", subject(slot), choose(choices(slot))))
        }
        Answer::Other => {
            let given: String = tidy(slot.answer).chars().take(GIVEN_CHARS_MAX).collect();
            (
                unanswered(slot),
                format!(
                    "{} has an answer that is not in the list: “{given}”. {}",
                    subject(slot),
                    choose(choices(slot))
                ),
            )
        }
    };
    let requirement = (slot.asks == Asks::Requirement && !slot.item.is_empty()).then(|| slot.item.to_owned());
    let severity = if answer == Answer::Other { Severity::Advice } else { code.severity() };
    let cell = Some(slot.cell());
    Some(Finding { severity, sheet: Some(sheet.to_owned()), cell, requirement, ..Finding::new(code, message) })
}

fn choose(choices: &[String]) -> String {
    match choices {
        [others @ .., last] if !others.is_empty() => format!("Choose {} or {last}.", others.join(", ")),
        _ => "Choose an answer from the list in this cell.".to_owned(),
    }
}

/// So much of an unknown answer is repeated to whoever gave it.
const GIVEN_CHARS_MAX: usize = 40;

fn explains(slot: &Slot<'_>, words: &AnswerWords) -> bool {
    slot.notes.iter().any(|note| says_something(note, words)) || says_something(reason(slot.answer), words)
}

fn unanswered(slot: &Slot<'_>) -> FindingCode {
    match slot.asks {
        Asks::Declaration => FindingCode::DeclarationUnanswered,
        Asks::Requirement => FindingCode::RequirementUnanswered,
    }
}

fn no_without_mitigation(slot: &Slot<'_>) -> FindingCode {
    match slot.asks {
        Asks::Declaration => FindingCode::DeclarationNoWithoutMitigation,
        Asks::Requirement => FindingCode::RequirementNoWithoutMitigation,
    }
}

fn subject(slot: &Slot<'_>) -> String {
    match slot.asks {
        Asks::Declaration => format!("The declaration “{}”", slot.title()),
        Asks::Requirement => format!("Requirement {}", slot.title()),
    }
}

fn why_no(slot: &Slot<'_>) -> String {
    let place = slot.note_cell.as_ref().map_or_else(|| "beside it".to_owned(), |cell| format!("in cell {cell}"));
    format!("{} is answered No, with no mitigation. Say {place} what you do about it.", subject(slot))
}
