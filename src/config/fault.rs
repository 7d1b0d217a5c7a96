//! What is wrong with a configuration: where, what, and what to do about it. One line of text each.

use std::fmt;
use std::path::PathBuf;

/// A fault of the configuration. All of them are reported at once, so that one round of mending is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: PathBuf,
    /// Counted from 1. `None` where the file as a whole is meant.
    pub line: Option<usize>,
    pub what: String,
    /// One sentence that says what to do.
    pub fix: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}. {}", self.what, self.fix)
    }
}

/// The candidate that a misspelt word most likely stands for.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = word.chars().count().div_ceil(3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The letters to insert, drop or replace until `a` reads `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        let mut next = vec![before];
        for (right, above) in b.chars().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(left != right);
            before = replaced.min(above + 1).min(before + 1);
            next.push(before);
            diagonal = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        for (a, b, letters) in [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("host", "hsot", 2)] {
            assert_eq!(distance(a, b), letters, "{a} {b}");
            assert_eq!(distance(b, a), letters, "{b} {a}");
        }
    }

    #[test]
    fn only_a_near_word_is_offered() {
        let keys = ["address", "aliases", "team", "level"];
        assert_eq!(nearest("adress", keys), Some("address"));
        assert_eq!(nearest("levle", keys), Some("level"));
        assert_eq!(nearest("colour", keys), None);
    }
}
