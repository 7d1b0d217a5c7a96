//! What the cell of a result says, in whatever words and signs. Generous to wordings, strict about doubt: a text that
//! says two things, or one of them with a "but", is unclear.

use crate::domain::reading::TestOutcome;

use super::super::grid::plain;
use super::super::profile::{ResultWords, Words};

const YES_SIGNS: [char; 6] = ['✓', '✔', '✅', '🗸', '👍', '🟢'];
const NO_SIGNS: [char; 7] = ['✗', '✘', '❌', '✖', '✕', '👎', '🔴'];
/// A box with a tick, the box that Word draws for one that is ticked, and an empty one.
const TICKED_BOX: char = '☑';
const CROSSED_BOX: char = '☒';
const EMPTY_BOXES: [char; 2] = ['☐', '□'];
/// Signs that people put where there is nothing to say.
const BLANKS: [char; 8] = ['-', '–', '—', '_', '.', '…', '/', '\u{fe0f}'];

/// Words that one phrase of the profile may have.
const PHRASE_WORDS_MAX: usize = 5;
/// Words of a text that names its result somewhere in it: a longer one tells a story.
const TEXT_WORDS_MAX: usize = 8;

pub(in crate::intake) fn outcome(cell: &str, words: &ResultWords) -> TestOutcome {
    let cell = cell.trim();
    if is_blank(cell) {
        return TestOutcome::NotRun;
    }
    if cell.contains('?') || (cell.contains('%') && !cell.contains("100%") && !cell.contains("100 %")) {
        return TestOutcome::Unclear;
    }
    if let Some(outcome) = boxes(cell, words) {
        return outcome;
    }
    if cell.contains(YES_SIGNS) && cell.contains(NO_SIGNS) {
        return TestOutcome::Unclear;
    }
    // Signs are words from here on.
    let cell = cell.replace(YES_SIGNS, " pass ").replace(NO_SIGNS, " fail ");
    let text = plain(&cell);
    if text == "100" {
        return TestOutcome::Passed;
    }
    let on_its_own = exact(&text, words);
    on_its_own.or_else(|| headed(&cell, words)).unwrap_or_else(|| told(&text, words))
}

/// The words after the result in its own cell, such as the reason why a test does not apply.
pub(super) fn reason(cell: &str) -> &str {
    split(cell).map_or("", |(_, reason)| reason)
}

pub(super) fn is_blank(cell: &str) -> bool {
    cell.chars().all(|c| c.is_whitespace() || BLANKS.contains(&c))
}

/// A reason or a name of evidence: neither a gesture nor the bare result again.
pub(super) fn says_something(note: &str, words: &ResultWords) -> bool {
    let text = plain(note);
    let ditto = !text.is_empty() || note.contains(['"', '“', '”', '″', '〃']);
    ditto && !words.no_reason.are(&text) && exact(&text, words).is_none()
}

/// What is meant by a mark in the column of one result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tick {
    Yes,
    No,
    Unclear,
}

pub(super) fn tick(cell: &str, column: TestOutcome, words: &ResultWords) -> Tick {
    let text = plain(cell);
    let has = |signs: &[char]| cell.contains(signs);
    if is_blank(cell) || words.not_ticked.are(&text) || (has(&EMPTY_BOXES) && text.is_empty()) {
        Tick::No
    } else if words.ticked.are(&text)
        || (text.is_empty() && (has(&YES_SIGNS) || has(&[TICKED_BOX, CROSSED_BOX])))
        || outcome(cell, words) == column
    {
        Tick::Yes
    } else {
        Tick::Unclear
    }
}

/// `☒ Pass ☐ Fail ☐ N/A`, or the labels before their boxes.
fn boxes(cell: &str, words: &ResultWords) -> Option<TestOutcome> {
    let is_box = |c: char| c == TICKED_BOX || c == CROSSED_BOX || EMPTY_BOXES.contains(&c);
    let mut labels: Vec<&str> = cell.split(is_box).map(str::trim).collect();
    let boxes: Vec<char> = cell.chars().filter(|c| is_box(*c)).collect();
    if boxes.is_empty() {
        return None;
    }
    let before = labels.first().is_some_and(|label| !label.is_empty());
    labels.remove(if before { labels.len() - 1 } else { 0 });
    let mut ticked = boxes.iter().zip(&labels).filter(|(mark, _)| !EMPTY_BOXES.contains(mark));
    Some(match (ticked.next(), ticked.next()) {
        (None, _) => TestOutcome::NotRun,
        (Some((&TICKED_BOX, &"")), None) => TestOutcome::Passed,
        // Alone it may be a tick or a cross.
        (Some((_, &"")), None) | (Some(_), Some(_)) => TestOutcome::Unclear,
        (Some((_, label)), None) => outcome(label, words),
    })
}

fn families(words: &ResultWords) -> [(&Words, TestOutcome); 4] {
    [
        (&words.passed, TestOutcome::Passed),
        (&words.failed, TestOutcome::Failed),
        (&words.not_applicable, TestOutcome::NotApplicable),
        (&words.not_run, TestOutcome::NotRun),
    ]
}

/// The text is one of the phrases of a result, and nothing else.
pub(in crate::intake) fn exact(text: &str, words: &ResultWords) -> Option<TestOutcome> {
    families(words).into_iter().find(|(words, _)| words.are(text)).map(|(_, outcome)| outcome)
}

/// A result, then a sign that ends it, then words about it: `Pass - see log 4`.
fn headed(cell: &str, words: &ResultWords) -> Option<TestOutcome> {
    let (head, rest) = split(cell)?;
    let outcome = exact(&plain(head), words)?;
    let text = plain(rest);
    let told = Phrases::of(&text, words);
    let tells = |other: TestOutcome| told.found.contains(&other);
    let in_doubt = match outcome {
        TestOutcome::Passed => {
            told.found.iter().any(|other| *other != TestOutcome::Passed)
                || words.doubt.are_in(&text)
                || told.counts_less
        }
        TestOutcome::Failed => tells(TestOutcome::Passed),
        TestOutcome::NotRun => tells(TestOutcome::Passed) || tells(TestOutcome::Failed),
        // What follows is the reason, in free words.
        TestOutcome::NotApplicable => false,
        TestOutcome::Unclear => true,
    };
    Some(if in_doubt { TestOutcome::Unclear } else { outcome })
}

/// Where an answer ends. A hyphen or a stop within a word ends nothing: `N.A.`, `non-compliant`.
fn split(cell: &str) -> Option<(&str, &str)> {
    let cell = cell.trim();
    let ends = |at: usize, c: char| match c {
        '(' | '\n' | ':' | ';' | '–' | '—' => true,
        '-' | ',' | '.' => {
            let after = cell.get(at + 1..).and_then(|rest| rest.chars().next());
            let before = cell.get(..at).and_then(|head| head.chars().next_back());
            after.is_none_or(char::is_whitespace) || before.is_some_and(char::is_whitespace)
        }
        _ => false,
    };
    let (at, end) = cell.char_indices().find(|(at, c)| ends(*at, *c))?;
    Some((cell.get(..at)?, cell.get(at + end.len_utf8()..)?))
}

/// One kind of result told in a short text, without a word of doubt.
fn told(text: &str, words: &ResultWords) -> TestOutcome {
    let told = Phrases::of(text, words);
    let Some(first) = told.found.first().copied() else {
        return TestOutcome::Unclear;
    };
    if told.leads && first == TestOutcome::NotApplicable {
        return first;
    }
    let one = told.found.iter().all(|other| *other == first);
    let short = told.leads || text.split(' ').count() <= TEXT_WORDS_MAX;
    let in_doubt = words.doubt.are_in(&told.rest) || told.counts_less;
    if one && short && !in_doubt { first } else { TestOutcome::Unclear }
}

/// The phrases of results within a text.
struct Phrases {
    found: Vec<TestOutcome>,
    /// The text begins with one.
    leads: bool,
    /// The other words.
    rest: String,
    /// `4 of 5`
    counts_less: bool,
}

impl Phrases {
    fn of(text: &str, words: &ResultWords) -> Self {
        let all: Vec<&str> = text.split(' ').collect();
        let mut phrases = Self { found: Vec::new(), leads: false, rest: String::new(), counts_less: counts_less(&all) };
        let mut at = 0;
        while let Some(word) = all.get(at) {
            let phrase = (1..=PHRASE_WORDS_MAX).rev().find_map(|length| {
                let phrase = all.get(at..at + length)?.join(" ");
                let outcome = exact(&phrase, words).filter(|_| !words.alone.are(&phrase))?;
                Some((length, outcome))
            });
            match phrase {
                Some((length, outcome)) => {
                    phrases.leads |= at == 0;
                    phrases.found.push(outcome);
                    at += length;
                }
                None => {
                    phrases.rest.push_str(word);
                    phrases.rest.push(' ');
                    at += 1;
                }
            }
        }
        phrases.rest.truncate(phrases.rest.trim_end().len());
        phrases
    }
}

fn counts_less(words: &[&str]) -> bool {
    let number = |word: &str| word.parse::<u32>().ok();
    words.windows(3).any(|three| match three {
        [some, "of", all] => number(some).zip(number(all)).is_some_and(|(some, all)| some != all),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::profile::Profiles;
    use super::*;

    const RESULTS: &[(TestOutcome, &[&str])] = &[
        (
            TestOutcome::Passed,
            &[
                "Pass",
                "PASSED",
                "P",
                " pass. ",
                "✓",
                "✔️",
                "☑",
                "OK",
                "Met",
                "Yes",
                "y",
                "Successful",
                "100%",
                "Pass - see log",
                "Passed (log 4)",
                "Pass: 200 returned",
                "Pass, 12/10/2026",
                "Passed on retest",
                "Pass 12 Oct 2026",
                "Pass ✓",
                "✓ see log 3",
                "Passed by AB",
                "Test passed",
                "All steps passed",
                "Result: Pass",
                "TRUE",
                "As expected",
                "☒ Pass ☐ Fail ☐ N/A",
                "Pass ☑ Fail ☐",
                "Passed 5 of 5",
                "Compliant",
                "OK - log 4",
                "Pass\nlog 12",
                "Pass-see log",
            ],
        ),
        (
            TestOutcome::Failed,
            &[
                "Fail",
                "FAILED",
                "F",
                "✗",
                "✘",
                "❌",
                "No",
                "Not met",
                "Failed - defect 12",
                "Fail (see notes)",
                "Failed due to a timeout",
                "Unsuccessful",
                "☐ Pass ☒ Fail",
                "Test failed",
                "Non-compliant",
                "No - the message is cut off",
                "Did not pass",
            ],
        ),
        (
            TestOutcome::NotApplicable,
            &[
                "N/A",
                "n/a",
                "NA",
                "N.A.",
                "Not applicable",
                "Out of scope",
                "Not in scope",
                "Scoped out",
                "N/A - no batch mode",
                "n.a. - not used",
                "Not applicable: the product does not run this",
                "N/A as not tested in this release",
                "Not applicable to our product",
                "☐ Pass ☐ Fail ☒ N/A",
            ],
        ),
        (
            TestOutcome::NotRun,
            &[
                "",
                " ",
                "-",
                "–",
                "...",
                "Not run",
                "NOT EXECUTED",
                "TBC",
                "tbd",
                "Blocked",
                "Deferred",
                "To be confirmed",
                "Not tested yet",
                "Deferred to phase 2",
                "Blocked - no test data",
                "Pending",
                "☐",
                "☐ Pass ☐ Fail ☐ N/A",
                "Pass / Fail / N/A",
                "Pass / Fail (delete)",
                "In progress",
                "Has not been tested",
                "Skipped",
            ],
        ),
        (
            TestOutcome::Unclear,
            &[
                "Pass?",
                "See note",
                "?",
                "Partially met",
                "Partial pass",
                "Pass with issues",
                "Fail then pass",
                "Pass - minor defect raised",
                "Passed but slow",
                "Would pass",
                "Passed 4 of 5",
                "80%",
                "☒",
                "x",
                "2026-10-12",
                "12/10/2026",
                "1",
                "Done",
                "Complete",
                "Executed",
                "☑ Pass ☑ Fail",
                "✓ ✗",
                "Y/N",
                "Not sure it passed",
                "No longer fails",
                "Passed except the audit log",
                "Conditional pass",
                "Pass - not all fields shown",
                "Not run in integration; passed in deployment",
                "Nearly",
                "See evidence",
                "\"",
                "Should pass once the data are there",
                "Fail - passed on retest",
            ],
        ),
    ];

    #[test]
    fn results_are_read_as_people_write_them() {
        let profiles = Profiles::with(&[]);
        let words = &profiles.packs[0].results;
        for (expected, cells) in RESULTS {
            for cell in *cells {
                assert_eq!(outcome(cell, words), *expected, "{cell:?}");
            }
        }
    }

    #[test]
    fn a_reason_is_more_than_a_gesture() {
        let profiles = Profiles::with(&[]);
        let words = &profiles.packs[0].results;
        for note in ["", "-", "n/a", "N/A.", "None", "TBC", "Not applicable", "not used", "…", "out of scope"] {
            assert!(!says_something(note, words), "{note:?}");
        }
        for note in ["No batch mode", "Agreed with SA", "See row 4", "\"", "as above", "Not in scope for this product"]
        {
            assert!(says_something(note, words), "{note:?}");
        }
        assert_eq!((reason("N/A - no batch mode").trim(), reason("N/A")), ("no batch mode", ""));
    }

    #[test]
    fn marks_in_columns_of_results_are_ticks() {
        let profiles = Profiles::with(&[]);
        let words = &profiles.packs[0].results;
        for mark in ["x", "X", "✓", "☒", "☑", "Yes", "TRUE", "1", "Pass"] {
            assert_eq!(tick(mark, TestOutcome::Passed, words), Tick::Yes, "{mark}");
        }
        for mark in ["", "-", "No", "FALSE", "☐", "0"] {
            assert_eq!(tick(mark, TestOutcome::Passed, words), Tick::No, "{mark}");
        }
        for mark in ["?", "Fail", "✗", "see log", "n/a"] {
            assert_eq!(tick(mark, TestOutcome::Passed, words), Tick::Unclear, "{mark}");
        }
    }
}
