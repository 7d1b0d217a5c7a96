//! What stands in an answer cell, and whether a note says anything. People type beside the lists they are given.

use crate::domain::reading::Answer;

use super::super::grid::plain;
use super::super::profile::AnswerWords;

/// Where an answer ends and the words about it begin: `No - planned for release 4`.
const ENDS: [char; 9] = ['-', '–', '—', ',', '.', ':', ';', '(', '\n'];

pub(super) fn answer(cell: &str, words: &AnswerWords) -> Answer {
    let text = plain(cell);
    if is_blank(&text, words) {
        return Answer::Unanswered;
    }
    known(&text, words).or_else(|| known(&plain(with_reason(cell)?.0), words)).unwrap_or(Answer::Other)
}

/// The words after the answer in its own cell.
pub(super) fn reason(cell: &str) -> &str {
    with_reason(cell).map_or("", |(_, reason)| reason)
}

fn with_reason(cell: &str) -> Option<(&str, &str)> {
    cell.trim().split_once(ENDS)
}

/// Whether the profile knows this as an answer.
pub(in crate::intake) fn is_known_answer(cell: &str, words: &AnswerWords) -> bool {
    known(&plain(cell), words).is_some()
}

fn known(text: &str, words: &AnswerWords) -> Option<Answer> {
    [(&words.yes, Answer::Yes), (&words.no, Answer::No), (&words.out_of_scope, Answer::OutOfScope)]
        .into_iter()
        .find_map(|(words, answer)| words.are(text).then_some(answer))
}

/// Neither blank nor a placeholder.
pub(super) fn is_answered(cell: &str, words: &AnswerWords) -> bool {
    !is_blank(&plain(cell), words)
}

/// A placeholder of the template, which a blank cell is not.
pub(in crate::intake) fn is_placeholder(cell: &str, words: &AnswerWords) -> bool {
    words.unanswered.begin(&plain(cell))
}

fn is_blank(text: &str, words: &AnswerWords) -> bool {
    text.is_empty() || words.unanswered.begin(text) || words.later.are(text)
}

/// A mitigation or a justification: neither blank, nor a placeholder, nor "n/a", nor the bare answer again.
pub(super) fn says_something(note: &str, words: &AnswerWords) -> bool {
    let text = plain(note);
    !is_blank(&text, words) && !words.no_reason.are(&text) && known(&text, words).is_none()
}

#[cfg(test)]
mod tests {
    use super::super::super::profile::Profiles;
    use super::*;

    #[test]
    fn answers_are_read_as_people_write_them() {
        let profiles = Profiles::with(&[]);
        let words = &profiles.scals[0].answers;
        for (cell, expected) in [
            ("Yes", Answer::Yes),
            (" no", Answer::No),
            ("YES.", Answer::Yes),
            ("Out of  Scope", Answer::OutOfScope),
            ("N/A", Answer::OutOfScope),
            ("Not applicable", Answer::OutOfScope),
            ("No - planned for release 4", Answer::No),
            ("Yes (see the design document)", Answer::Yes),
            ("No\nWe use the e-RS application", Answer::No),
            ("TRUE", Answer::Yes),
            ("", Answer::Unanswered),
            (" - ", Answer::Unanswered),
            ("Please Select…..", Answer::Unanswered),
            ("please select …", Answer::Unanswered),
            ("TBC", Answer::Unanswered),
            ("Yes/No", Answer::Other),
            ("Partly", Answer::Other),
            ("None of these", Answer::Other),
            ("No more than once a day", Answer::Other),
        ] {
            assert_eq!(answer(cell, words), expected, "{cell:?}");
        }
    }

    #[test]
    fn a_reason_is_more_than_a_gesture() {
        let profiles = Profiles::with(&[]);
        let words = &profiles.scals[0].answers;
        for note in ["", "  ", "-", "n/a", "N/A.", "None", "no", "TBC", "Please select…", "not applicable"] {
            assert!(!says_something(note, words), "{note:?}");
        }
        for note in ["SOP-12", "See row 14", "Not applicable: we hold no letters", "x"] {
            assert!(says_something(note, words), "{note:?}");
        }
        assert!(says_something(reason("No - staff use the e-RS application"), words));
        assert!(!says_something(reason("No - n/a"), words) && !says_something(reason("No"), words));
    }
}
