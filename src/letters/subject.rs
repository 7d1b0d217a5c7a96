//! Subjects: the partner's own, once, with the reference of the case; else the letter's.

use super::words;
use crate::domain::ids::CaseRef;

/// What is kept of a subject, so that the reference after it is always seen.
const SUBJECT_CHARS_MAX: usize = 120;
/// A longer word could not be folded (RFC 5322 §2.1.1); cut, it holds an ellipsis and is encoded, which folds.
const WORD_CHARS_MAX: usize = 50;
/// Answers to answers carry a handful of prefixes; more is somebody's loop.
const PREFIXES_MAX: usize = 40;

/// `Re: Care Vista Link SCAL [ERS-00042]`
pub(super) fn answering(theirs: &str, case: Option<CaseRef>) -> String {
    let bare = bare(theirs);
    let bare = if bare.is_empty() { "your message" } else { &bare };
    tagged(&format!("Re: {bare}"), case)
}

/// A subject of our own with the reference at its end.
pub(super) fn tagged(subject: &str, case: Option<CaseRef>) -> String {
    let words: Vec<String> = words::one_line(subject)
        // A literal "=?" could be read as the beginning of an encoded word (RFC 2047 §2).
        .replace("=?", "= ?")
        .split(' ')
        .map(|word| words::cut_in_the_middle(word, WORD_CHARS_MAX))
        .collect();
    let subject = words::cut_at_the_end(&words.join(" "), SUBJECT_CHARS_MAX);
    match case {
        Some(case) => format!("{subject} [{case}]"),
        None => subject,
    }
}

/// Their subject without the prefixes and the references that mail programs and we have put around it.
fn bare(theirs: &str) -> String {
    let line = without_references(&words::one_line(theirs));
    let mut rest = line.trim();
    for _ in 0..PREFIXES_MAX {
        match without_prefix(rest) {
            Some(shorter) => rest = shorter.trim_start(),
            None => break,
        }
    }
    words::one_line(rest)
}

/// `Re:`, `RE[2]:`, `Fwd:`, `Auto:` and their sisters in other languages.
fn without_prefix(subject: &str) -> Option<&str> {
    const PREFIXES: [&str; 9] = ["re", "fw", "fwd", "aw", "wg", "sv", "vs", "auto", "automatic reply"];
    let (prefix, rest) = subject.split_once(':')?;
    let prefix = prefix.trim_end_matches(|c: char| c.is_ascii_digit() || "[]() ".contains(c));
    PREFIXES.iter().any(|known| prefix.eq_ignore_ascii_case(known)).then_some(rest)
}

fn without_references(subject: &str) -> String {
    let mut out = String::new();
    let mut rest = subject;
    while let Some((before, from)) = rest.split_once('[') {
        out.push_str(before);
        match from.split_once(']').filter(|(inside, _)| CaseRef::parse(inside).is_some()) {
            Some((_, after)) => rest = after,
            None => {
                out.push('[');
                rest = from;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_keeps_theirs_and_carries_the_reference_once() {
        let case = CaseRef::parse("ERS-42");
        for (theirs, ours) in [
            ("Care Vista Link SCAL", "Re: Care Vista Link SCAL [ERS-00042]"),
            ("RE: re: Fwd: FW: x", "Re: x [ERS-00042]"),
            ("Re[3]: AW: x [ERS-00042]", "Re: x [ERS-00042]"),
            ("Auto: Re: [ERS-00007] x [draft]", "Re: x [draft] [ERS-00042]"),
            ("Automatic reply: x", "Re: x [ERS-00042]"),
            ("Report: x", "Re: Report: x [ERS-00042]"),
            ("", "Re: your message [ERS-00042]"),
            (" Re: ", "Re: your message [ERS-00042]"),
            ("a\r\nBcc: b@c.d", "Re: a Bcc: b@c.d [ERS-00042]"),
            ("=?utf-8?q?x?=", "Re: = ?utf-8?q?x?= [ERS-00042]"),
            ("[[[ERS-1]", "Re: [[ [ERS-00042]"),
        ] {
            assert_eq!(answering(theirs, case), ours, "{theirs:?}");
        }
        assert_eq!(answering("x", None), "Re: x");
    }

    #[test]
    fn a_long_subject_is_cut_before_the_reference() {
        let long = answering(&"Größe ".repeat(500), CaseRef::parse("ERS-42"));
        assert!(long.ends_with("… [ERS-00042]"), "{long}");
        assert!(long.chars().count() <= SUBJECT_CHARS_MAX + 12);
        let word = answering(&"x".repeat(500), None);
        assert!(word.split(' ').all(|word| word.chars().count() <= WORD_CHARS_MAX), "{word}");
    }
}
