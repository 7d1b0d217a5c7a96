//! The tests of a witness pack against those that were expected or sent before. Must not read a document.

use std::collections::BTreeSet;

use super::reading::{Finding, FindingCode};

/// The expected tests that are not in the pack. A pack with fewer than half of them is a part, or brings the tests that
/// were run again: what it leaves out is not missing.
pub fn missing<'a>(
    expected: impl Iterator<Item = &'a str>,
    now: impl Iterator<Item = &'a str>,
    expected_in: &str,
) -> Vec<Finding> {
    let here: BTreeSet<String> = now.map(id_key).collect();
    let mut seen = BTreeSet::new();
    let expected: Vec<&str> = expected.filter(|id| seen.insert(id_key(id))).collect();
    let missing: Vec<&str> = expected.iter().copied().filter(|id| !here.contains(&id_key(id))).collect();
    if missing.len() * 2 > expected.len() {
        return Vec::new();
    }
    missing.into_iter().map(|id| of(id, expected_in)).collect()
}

fn of(id: &str, expected_in: &str) -> Finding {
    let message = format!(
        "Test {id} is not in this pack, but is in {expected_in}. Add it with its result, or mark it as not applicable \
         and say why."
    );
    Finding { test: Some(id.to_owned()), ..Finding::new(FindingCode::TestMissing, message) }
}

/// The parts of an ID in lower case: `A004 - 01` and `a004_01` are one test, `A1-11` and `A11-1` are two.
pub fn id_key(id: &str) -> String {
    let parts = id.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_was_there_before_is_missed_unless_only_some_were_sent_again() {
        let before = ["A-1", "A-2", "A-3", "A-4"];
        for (now, expected) in [
            (vec!["A-1", "A-2", "A-3", "A-4"], vec![]),
            (vec!["a 1", "A-2", "A_3", "A-4", "A-5"], vec![]),
            (vec!["A-1", "A-2", "A-4"], vec!["A-3"]),
            (vec!["A-1", "A-2"], vec!["A-3", "A-4"]),
            (vec!["A-2"], vec![]),
            (vec![], vec![]),
        ] {
            let found = missing(before.into_iter(), now.iter().copied(), "your last pack");
            let tests: Vec<&str> = found.iter().filter_map(|finding| finding.test.as_deref()).collect();
            assert_eq!(tests, expected, "{now:?}");
            assert!(found.iter().all(|finding| finding.code == FindingCode::TestMissing));
        }
        assert!(missing([].into_iter(), ["A-1"].into_iter(), "your last pack").is_empty());
    }
}
