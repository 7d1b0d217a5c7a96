//! Two documents in, what changed between them out.

use super::*;
use crate::domain::ids::BlobDigest;
use crate::domain::reading::{RequirementAnswer, Scal, TabAnswers, TestResult, WitnessPack};

const TAB: &str = "e-RS Referrer";

fn at(day: u32) -> Timestamp {
    format!("2026-11-{day:02}T10:00:00Z").parse().unwrap()
}

fn gist(day: u32, kind: DocumentKind, findings: Vec<Finding>) -> Gist {
    let (name, sha256) = ("a.xlsx".to_owned(), BlobDigest::from_hex("a"));
    let document = Document { name, bytes: 1, sha256, readable: true, problem: None, kind, findings };
    Gist::of(&document, at(day))
}

/// `GR-001=yes GR-002=-`: answers on one tab, with a finding for each that is missing.
fn scal(day: u32, answers: &str) -> Gist {
    let answer = |word: &str| match word {
        "yes" => Answer::Yes,
        "no" => Answer::No,
        _ => Answer::Unanswered,
    };
    let row = |pair: &str| {
        let (requirement, word) = pair.split_once('=').unwrap();
        RequirementAnswer { requirement: requirement.to_owned(), answer: answer(word) }
    };
    let answers: Vec<_> = answers.split_whitespace().map(row).collect();
    let missing = answers.iter().zip(10..).filter(|(row, _)| row.answer == Answer::Unanswered);
    let finding = |(row, line): (&RequirementAnswer, u32)| Finding {
        sheet: Some(TAB.to_owned()),
        // A row was put in above since: the same finding has another cell.
        cell: Some(format!("E{}", line + day)),
        requirement: Some(row.requirement.clone()),
        ..Finding::new(FindingCode::RequirementUnanswered, "No answer.")
    };
    let findings = missing.map(finding).collect();
    let tabs = if answers.is_empty() { vec![] } else { vec![TabAnswers { sheet: TAB.to_owned(), answers }] };
    gist(day, DocumentKind::Scal(Box::new(Scal { answers: tabs, ..Scal::default() })), findings)
}

fn pack(day: u32, results: &[(&str, TestOutcome)]) -> Gist {
    let result = |(test, outcome): &(&str, TestOutcome)| TestResult { test: (*test).to_owned(), outcome: *outcome };
    let not_run = results.iter().filter(|(_, outcome)| *outcome == TestOutcome::NotRun);
    let finding = |(test, _): &(&str, TestOutcome)| Finding {
        test: Some((*test).to_owned()),
        ..Finding::new(FindingCode::TestNotRun, "No result.")
    };
    let pack = WitnessPack { results: results.iter().map(result).collect(), ..WitnessPack::default() };
    gist(day, DocumentKind::WitnessPack(pack), not_run.map(finding).collect())
}

/// `fixed; new; still open; changed`
fn told(difference: &Difference) -> String {
    let rows = |points: &[Point]| points.iter().filter_map(|p| p.row.clone()).collect::<Vec<_>>().join(" ");
    let answers = difference.answers.iter().map(|c| format!("{} {:?}>{:?}", c.row, c.before, c.now));
    let results = difference.results.iter().map(|c| format!("{} {:?}>{:?}", c.row, c.before, c.now));
    let changed: Vec<_> = answers.chain(results).collect();
    let (fixed, new) = (rows(&difference.fixed), rows(&difference.new));
    format!("{fixed}; {new}; {}; {}", difference.still_open, changed.join(", "))
}

#[test]
fn a_finding_is_fixed_new_or_still_open() {
    for (before, now, expected) in [
        ("A=- B=- C=yes", "A=yes B=- C=-", "A; C; 1; A Unanswered>Yes, C Yes>Unanswered"),
        ("A=no B=yes", "A=yes B=yes", "; ; 0; A No>Yes"),
        ("A=yes", "A=yes", "; ; 0; "),
        ("A=-", "A=- B=-", "; B; 1; "),
        // The row is no longer there: nothing was put right.
        ("A=- B=-", "A=-", "; ; 1; "),
        ("A=- B=-", "", "; ; 0; "),
    ] {
        let difference = scal(2, before).compare(&scal(3, now), 2);
        assert_eq!(told(&difference), expected, "{before} then {now}");
        assert_eq!((difference.since, difference.versions), (at(2), 2));
    }
}

#[test]
fn what_is_about_no_row_is_fixed_once_it_is_no_longer_noticed() {
    let field = |name: &str| Finding {
        field: Some(name.to_owned()),
        ..Finding::new(FindingCode::SupplierFieldMissing, "Missing.")
    };
    let scal = || DocumentKind::Scal(Box::default());
    let before = gist(2, scal(), vec![field("ods code"), field("product name")]);
    let now = gist(3, scal(), vec![field("ods code"), Finding::new(FindingCode::TemplateOutdated, "Old.")]);
    let difference = before.compare(&now, 2);
    assert_eq!(told(&difference), "product name; ; 1; ");
    assert_eq!(difference.new.len(), 1, "a finding without a place is one too");
}

#[test]
fn a_part_of_a_pack_puts_nothing_right_by_leaving_tests_out() {
    use TestOutcome::{Failed, NotRun, Passed};
    let whole = pack(2, &[("T1", NotRun), ("T2", NotRun), ("T3", Failed)]);
    let part = pack(3, &[("T1", Passed), ("T3", Passed)]);
    assert_eq!(told(&whole.compare(&part, 2)), "T1; ; 0; T1 NotRun>Passed, T3 Failed>Passed");
}

#[test]
fn tests_of_the_last_pack_that_this_one_lacks_are_missing() {
    use TestOutcome::Passed;
    let tests = |day, names: &str| pack(day, &names.split(' ').map(|name| (name, Passed)).collect::<Vec<_>>());
    for (before, now, missing) in [
        // As another program wrote them.
        ("A004-01 A004-02 A004-03", "a004_01 A004.02 A004-03", ""),
        ("T1 T2 T3 T4", "T1 T2 T3 T5", "T4"),
        ("T1 T2 T3 T4", "T1 T2 T3 T4", ""),
        // At most half: another part of the pack, or one part again.
        ("T1 T2 T3 T4", "T1 T2", ""),
        ("T1 T2", "T3 T4", ""),
    ] {
        let found = tests(2, before).missing(&tests(3, now));
        let names: Vec<_> = found.iter().filter_map(|finding| finding.test.as_deref()).collect();
        assert_eq!(names.join(" "), missing, "{before} then {now}");
    }
}

#[test]
fn what_the_earlier_file_did_not_have_is_counted() {
    use TestOutcome::Passed;
    assert_eq!(scal(2, "A=yes").compare(&scal(3, "A=yes B=yes C=no"), 2).added, 2);
    assert_eq!(scal(2, "A=yes B=yes").compare(&scal(3, "A=no"), 2).added, 0);
    let first = pack(2, &[("A001-01", Passed)]);
    assert_eq!(first.compare(&pack(3, &[("a001_01", Passed), ("A002-01", Passed)]), 2).added, 1);
}

#[test]
fn parts_that_come_one_after_another_are_compared_as_one_pack() {
    use TestOutcome::{NotRun, Passed};
    let mut kept = pack(2, &[("T1", NotRun), ("T2", NotRun)]);
    kept.follow(pack(3, &[("T3", NotRun), ("T4", NotRun)]));
    kept.follow(pack(4, &[("T1", Passed)]));
    let all = pack(5, &[("T1", Passed), ("T2", Passed), ("T3", NotRun), ("T4", Passed)]);
    assert_eq!(told(&kept.compare(&all, 4)), "T2 T4; ; 1; T2 NotRun>Passed, T4 NotRun>Passed");
    kept.follow(all);
    assert_eq!((kept.received_at, kept.results.len()), (at(5), 4), "a new version takes its place");
}

#[test]
fn a_gist_is_read_back_as_it_was_written_and_stays_small() {
    let many: Vec<String> = (0..400).map(|n| format!("A{:03}-01=-", n)).collect();
    let gist = scal(2, &many.join(" "));
    let json = serde_json::to_string(&gist).unwrap();
    assert_eq!(serde_json::from_str::<Gist>(&json).unwrap(), gist);
    assert!(json.len() < 16_000, "{} bytes for 400 answers and as many findings", json.len());
}
