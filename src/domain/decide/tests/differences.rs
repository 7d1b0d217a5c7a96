//! What a partner and staff hear of the submission before: what was put right, what is new, what is answered otherwise.

use super::mail::Mail;
use super::world::World;
use super::{check, mail};
use crate::domain::difference::Difference;
use crate::domain::effect::{Content, WhatNext};
use crate::domain::reading::{
    Answer, Authenticated, DocumentKind, Finding, FindingCode, RequirementAnswer, Scal, Supplier, TabAnswers,
    TestCounts, TestOutcome, TestResult, WitnessPack,
};

/// A SCAL with these answers: `y` for yes, `-` for none.
fn scal(mail: Mail, content: &str, answers: &str) -> Mail {
    let row = |(letter, number): (char, u32)| RequirementAnswer {
        requirement: format!("GR-{number:03}"),
        answer: if letter == 'y' { Answer::Yes } else { Answer::Unanswered },
    };
    let answers: Vec<_> = answers.chars().zip(1..).map(row).collect();
    let missing = answers.iter().filter(|row| row.answer == Answer::Unanswered).map(|row| Finding {
        sheet: Some("GR".to_owned()),
        requirement: Some(row.requirement.clone()),
        ..Finding::new(FindingCode::RequirementUnanswered, "No answer.")
    });
    let findings: Vec<_> = missing.collect();
    let kind = DocumentKind::Scal(Box::new(Scal {
        supplier: Supplier { product: Some("Care Vista Link".to_owned()), ..Supplier::default() },
        template_known: true,
        for_this_service: true,
        answers: vec![TabAnswers { sheet: "GR".to_owned(), answers }],
        ..Scal::default()
    }));
    mail.document(kind, content).with(|facts| facts.documents.last_mut().expect("just added").findings = findings)
}

fn pack(mail: Mail, content: &str, results: &[(&str, TestOutcome)]) -> Mail {
    let result = |(test, outcome): &(&str, TestOutcome)| TestResult { test: (*test).to_owned(), outcome: *outcome };
    let (tests, results) = (Some(TestCounts::default()), results.iter().map(result).collect());
    mail.document(DocumentKind::WitnessPack(WitnessPack { tests, results, ..WitnessPack::default() }), content)
}

fn counts(difference: &Difference) -> (usize, usize, u32, u32) {
    (difference.fixed.len(), difference.new.len(), difference.still_open, difference.versions)
}

/// What the last letter to the partner says of the first file of each message.
fn told(world: &World) -> Vec<Option<(usize, usize, u32, u32)>> {
    let items = world.acknowledged().received.iter().filter_map(|received| received.items.first());
    items.map(|item| item.difference.as_deref().map(counts)).collect()
}

fn told_staff(world: &World) -> Option<(usize, usize, u32, u32)> {
    let mut latest = world.contents.iter().rev();
    let items = latest.find_map(|content| if let Content::StaffNew(told) = content { Some(&told.items) } else { None });
    items.and_then(|items| items.first()?.difference.as_deref()).map(counts)
}

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";

#[test]
fn the_next_submission_is_compared_with_the_last_one() {
    let first = scal(mail("mon 10:00"), "scal-1", "y---");
    let mut world = check(&[(first.arrives(), SCAL)]);
    assert_eq!((told(&world), told_staff(&world)), (vec![None], None), "nothing came before the first");
    world.play(&scal(mail("mon 14:00"), "scal-2", "yy--").arrives());
    assert_eq!((told(&world), told_staff(&world)), (vec![Some((1, 0, 2, 2))], Some((1, 0, 2, 2))));
    world.play(&scal(mail("tue 10:00"), "scal-3", "-yyy").arrives());
    assert_eq!(told(&world), [Some((2, 1, 0, 3))]);
    let case = world.case(1);
    assert!(case.submissions.iter().all(|submission| submission.gist.is_none()), "the case keeps one of each kind");
    assert_eq!(case.gists.len(), 1);
}

#[test]
fn whoever_is_not_authenticated_hears_of_no_comparison() {
    let mut world = check(&[(scal(mail("mon 10:00"), "scal-1", "y---").arrives(), SCAL)]);
    let second = scal(mail("mon 14:00"), "scal-2", "yy--").authenticated(Authenticated::None);
    world.play(&second.arrives());
    assert_eq!((told(&world), told_staff(&world)), (vec![None], Some((1, 0, 2, 2))), "staff hear of it");
}

#[test]
fn a_colleague_who_writes_for_the_first_time_hears_of_no_comparison() {
    let mut world = check(&[(scal(mail("mon 10:00"), "scal-1", "y---").arrives(), SCAL)]);
    let colleague = scal(mail("mon 14:00"), "scal-2", "yy--").from("tom@carevista.example");
    world.play(&colleague.answers("letter-0@ers.example").arrives());
    assert_eq!(world.cases.len(), 1);
    assert_eq!((told(&world), told_staff(&world)), (vec![None], Some((1, 0, 2, 2))));
}

#[test]
fn the_same_file_again_is_recognised_and_compared_with_nothing() {
    let mut world = check(&[(scal(mail("mon 10:00"), "scal-1", "y---").arrives(), SCAL)]);
    world.play(&scal(mail("tue 10:00"), "scal-1", "y---").arrives());
    let said = world.acknowledged();
    assert_eq!(said.what_next, WhatNext::NothingNew);
    assert!(said.received[0].items[0].repeated && !said.checked);
    assert_eq!(told(&world), [None]);
}

#[test]
fn what_is_seen_late_is_compared_with_nothing_that_came_after_it() {
    let mut world = check(&[(
        scal(mail("tue 10:00"), "scal-2", "yy--").arrives(),
        "acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec",
    )]);
    world.play(&scal(mail("mon 10:00").seen("tue 12:00"), "scal-1", "y---").arrives());
    assert_eq!(told_staff(&world), None);
    world.play(&scal(mail("wed 10:00"), "scal-3", "yyy-").arrives());
    assert_eq!(told(&world), [Some((1, 0, 1, 3))], "with the one of Tuesday");
}

#[test]
fn the_parts_of_a_pack_in_one_message_are_one() {
    use TestOutcome::{NotRun, Passed};
    let mut world = World::default();
    let parts = pack(scal(mail("mon 10:00"), "scal-1", "y"), "pack-a", &[("T1", NotRun)]);
    world.play(&pack(parts, "pack-b", &[("T2", NotRun)]).arrives());
    world.play(&pack(mail("tue 10:00"), "pack-2", &[("T1", Passed), ("T2", Passed)]).arrives());
    let difference = world.acknowledged().received[0].items[0].difference.as_deref().expect("a comparison");
    assert_eq!(difference.results.len(), 2, "each test is compared, whichever part it was in");
    assert!(world.acknowledged().checked, "a pack that was read in full is checked");
}

#[test]
fn a_test_that_the_last_pack_had_is_missed_across_all_parts_of_the_message() {
    use TestOutcome::Passed;
    let first = [("T1", Passed), ("T2", Passed), ("T3", Passed), ("T4", Passed)];
    let missing = |authenticated| {
        let mut world = World::default();
        world.play(&pack(scal(mail("mon 10:00"), "scal-1", "y"), "pack-1", &first).arrives());
        let parts =
            pack(pack(mail("tue 10:00"), "pack-a", &[("T1", Passed)]), "pack-b", &[("T2", Passed), ("T3", Passed)]);
        world.play(&parts.authenticated(authenticated).arrives());
        let items = &world.acknowledged().received[0].items;
        let missing = items.iter().flat_map(|item| &item.difference).flat_map(|difference| &difference.missing);
        missing.filter_map(|finding| finding.test.clone()).collect::<Vec<_>>()
    };
    assert_eq!(missing(Authenticated::Pass), ["T4"]);
    assert!(missing(Authenticated::None).is_empty(), "it would tell of the pack before");
}
