//! Corrections by staff: moved messages, files with a case of their own, and two cases that become one.

use std::collections::BTreeSet;

use super::mail::person;
use super::world::{PARTNER, World, address, at};
use super::{Step, asks, check, mail, pack, replies, scal, tick};
use crate::domain::case::{Case, Status, SubmissionKind};
use crate::domain::command::Order;
use crate::domain::effect::{Effect, Letter};
use crate::domain::event::Event;
use crate::domain::ids::{CaseRef, MessageId};
use crate::domain::lane::{LaneName, Phase};
use crate::domain::reading::{ApprovalForm, Document, DocumentKind, Format, Matter, Need};

const STRANGER: &str = "jo@consultancy.example";

/// A command about the case with this number.
fn about(case: u32, at_text: &str, text: &str) -> Step {
    let at = at(at_text);
    let Order { command, manner } =
        Order::parse(text, jiff::civil::date(2026, 11, 23)).expect("a command that is understood");
    let case = Some(CaseRef::from_number(case));
    Step::Event(Box::new(Event::CommandGiven { at, by: "asha".to_owned(), case, command, manner }))
}

/// Two cases of one product: a SCAL, and a later one from somebody else.
fn two_cases() -> World {
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (
            mail("tue 10:00").from(STRANGER).scal("scal-2").arrives(),
            "ERS-00002: acknowledgement(scal-review by 1 Dec) to jo, staff-new | scal-review, due 1 Dec",
        ),
    ])
}

fn stands(world: &World, case: u32) -> (Phase, usize) {
    let case = world.case(case);
    (case.lane(&LaneName::Assurance).expect("a lane").phase, case.submissions.len())
}

fn is_merged_into(case: &Case, into: u32) -> bool {
    let reason = format!("merged into {}", CaseRef::from_number(into));
    matches!(&case.status, Status::Closed { reason: known, .. } if *known == reason)
        && case.merged.as_ref().is_some_and(|merged| merged.into == CaseRef::from_number(into))
}

#[test]
fn what_its_people_need_and_who_looks_after_it_go_along() {
    let mut world = two_cases();
    let need = Need { format: Format::Braille, words: "Could I have it in braille".to_owned() };
    let asks =
        mail("tue 10:30").from(STRANGER).answers("letter-2@ers.example").with(|facts| facts.says.needs = vec![need]);
    world.play(&asks.arrives());
    assert!(world.case(2).participants[&address(STRANGER)].needs.contains(&Format::Braille), "{}", world.why);
    world.play(&about(2, "tue 10:40", "!assign omar"));
    world.play(&about(2, "tue 11:00", "!merge ERS-00001"));
    assert!(world.case(1).participants[&address(STRANGER)].needs.contains(&Format::Braille));
    assert_eq!(world.case(1).assignee.as_ref().expect("somebody").name, "omar");
    world.play(&about(2, "tue 11:05", "!undo"));
    assert_eq!(world.case(1).assignee, None);
}

fn last_letter(world: &World) -> &Letter {
    let Some(Effect::Send(letter)) = world.last.effects.last() else { panic!("no letter") };
    letter
}

#[test]
fn a_merged_case_goes_on_as_the_other_one() {
    let mut world = two_cases();
    let line = world.play(&about(2, "tue 11:00", "!merge ERS-00001"));
    assert_eq!(line, "next-step(Merged { from: CaseRef(2) } by 30 Nov) to jo | closed");
    assert!(is_merged_into(world.case(2), 1));
    let case = world.case(1);
    assert_eq!(stands(&world, 1), (Phase::ScalReview, 2), "the later SCAL joined the clock of the first");
    let people: Vec<&str> = case.participants.keys().map(|address| address.as_str()).collect();
    assert_eq!(people, [STRANGER, PARTNER]);
    assert_eq!(case.took_over, [CaseRef::from_number(2)]);
    assert_eq!(case.latest(SubmissionKind::Scal).expect("a SCAL").name, "scal-2.xlsx");
    assert!(world.letters.last().expect("a letter").letter.of_command.expect("of a command").not_before.is_some());
}

#[test]
fn whoever_answers_about_the_merged_case_is_heard_on_the_other_one() {
    let mut world = two_cases();
    world.play(&about(2, "tue 11:00", "!merge ERS-00001"));
    for reply in [
        mail("wed 10:00").from(STRANGER).asks().answers("tue-10-00@carevista.example"),
        mail("wed 12:00").from(STRANGER).asks().subject("Re: Care Vista Link [ERS-00002]"),
        mail("thu 12:00").from(STRANGER).asks(),
    ] {
        world.play(&reply.arrives());
        let cases: BTreeSet<CaseRef> = world.last.facts.iter().map(|(case, _)| *case).collect();
        assert_eq!(cases, BTreeSet::from([CaseRef::FIRST]), "{}", world.why);
    }
    let answer = mail("fri 10:00").by_team().with(|facts| facts.to = vec![person(STRANGER)]);
    world.play(&answer.subject("Re: [ERS-00002]").sent());
    assert_eq!(world.case(1).last_human_at, Some(at("fri 10:00")));
}

#[test]
fn a_merge_keeps_the_earliest_promise_and_the_answers_that_were_given() {
    // The case that goes on is the younger one.
    let mut world = two_cases();
    let line = world.play(&about(1, "tue 11:00", "!merge ERS-00002"));
    assert_eq!(line, "next-step(Merged { from: CaseRef(1) } by 30 Nov) | closed");
    assert_eq!(world.case(2).lane(&LaneName::Assurance).expect("a lane").phase, Phase::ScalReview);
    let mut answered = check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (replies("mon 15:00"), "- | scal-review, answered 23 Nov"),
    ]);
    answered.play(&mail("tue 10:00").from(STRANGER).scal_of("Other", "scal-2").arrives());
    answered.play(&about(1, "tue 11:00", "!merge ERS-00002"));
    assert_eq!(answered.case(2).last_human_at, Some(at("mon 15:00")));
}

#[test]
fn what_staff_opened_goes_with_the_case() {
    let mut world = two_cases();
    world.play(&mail("wed 10:00").from("kim@third.example").asks().arrives());
    world.play(&about(3, "wed 11:00", "!received scal on 25 November 2026"));
    assert_eq!(stands(&world, 3), (Phase::ScalReview, 1));
    world.play(&about(3, "wed 12:00", "!merge ERS-00001"));
    assert_eq!(stands(&world, 1), (Phase::ScalReview, 2));
}

#[test]
fn the_form_of_a_stranger_is_moved_nowhere() {
    let form = ApprovalForm { ods_code: Some("RXQ".to_owned()), ..ApprovalForm::default() };
    let mut world = two_cases();
    let stray = mail("wed 10:00").from("eve@trust.example").subject("Our form [ERS-00001]");
    world.play(&stray.document(DocumentKind::ApprovalForm(form), "form").arrives());
    let place = mail("wed 11:00").commands("Re: A message needs a person", &["!move ERS-00001"]);
    world.play(&place.answers("wed-10-00@carevista.example").arrives());
    assert!(world.why.contains("hears of that form alone"), "{}", world.why);
    assert!(world.case(1).participants.keys().all(|address| address.as_str() != "eve@trust.example"));
}

#[test]
fn what_was_to_be_acknowledged_is_acknowledged_on_the_other_case() {
    let mut world = two_cases();
    world.play(&mail("tue 10:05").from(STRANGER).pack("pack-1").answers("tue-10-00@carevista.example").arrives());
    world.play(&about(2, "tue 10:10", "!merge ERS-00001 silent"));
    assert_eq!(world.play(&tick("tue 10:40")), "acknowledgement(filed-for-later) to jo | scal-review, due 30 Nov");
}

#[test]
fn an_undone_merge_leaves_both_cases_as_they_were() {
    let mut world = two_cases();
    let before = [world.case(1).clone(), world.case(2).clone()];
    world.play(&about(2, "tue 11:00", "!merge ERS-00001"));
    assert_eq!(world.play(&about(2, "tue 11:10", "!undo")), "- | scal-review, due 30 Nov");
    for (number, before) in [(1, &before[0]), (2, &before[1])] {
        let after = Case { commands: before.commands, in_a_row: before.in_a_row.clone(), ..world.case(number).clone() };
        assert_eq!(after, Case { thread: after.thread.clone(), ..before.clone() }, "case {number}");
        assert_eq!(before.thread, after.thread, "case {number}");
    }
    world.play(&mail("wed 10:00").from(STRANGER).asks().answers("tue-10-00@carevista.example").arrives());
    assert!(!world.last.facts.is_empty());
    assert!(world.last.facts.iter().all(|(case, _)| case.number() == 2), "{}", world.why);
}

#[test]
fn an_undone_merge_is_refused_once_something_came() {
    let mut world = two_cases();
    world.play(&about(2, "tue 11:00", "!merge ERS-00001"));
    assert_eq!(
        world.play(&about(1, "tue 11:05", "!undo")),
        "refused: !merge was given about ERS-00002: give !undo about that case."
    );
    world.play(&asks("tue 11:08"));
    let line = world.play(&about(2, "tue 11:10", "!undo"));
    assert!(line.starts_with("refused: Something came to ERS-00001 since ERS-00002 was merged into it."), "{line}");
}

#[test]
fn a_moved_message_takes_its_files_and_its_day_along() {
    let mut world = check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (
            mail("tue 10:00").scal_of("Other Product", "scal-2").arrives(),
            "ERS-00002: acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec",
        ),
        (
            mail("wed 10:00").pack("pack-1").answers("mon-10-00@carevista.example").arrives(),
            "acknowledgement(filed-for-later), staff-new | scal-review, due 30 Nov",
        ),
    ]);
    let move_it = mail("wed 11:00").commands("Re: [ERS-00001]", &["!move ERS-00002"]);
    let line = world.play(&move_it.answers("wed-10-00@carevista.example").arrives());
    assert_eq!(line, "command-reply(!move ERS-00002) | scal-review, due 30 Nov");
    assert_eq!((stands(&world, 1).1, stands(&world, 2).1), (1, 2));
    assert!(!world.case(1).early_pack && world.case(2).early_pack);
    let moved = world.case(2).latest(SubmissionKind::WitnessPack).expect("a pack");
    assert_eq!(moved.received_at, at("wed 10:00"));
    // Whoever answers that message is on the other case now.
    world.play(&mail("thu 10:00").asks().answers("wed-10-00@carevista.example").arrives());
    assert!(!world.last.facts.is_empty());
    assert!(world.last.facts.iter().all(|(case, _)| case.number() == 2), "{}", world.why);
}

#[test]
fn whoever_wrote_only_what_was_moved_is_written_to_no_more() {
    let mut world = World::default();
    world.play(&scal("mon 10:00"));
    world.play(&mail("mon 11:00").from("sam@carevista.example").scal_of("Care Vista Link", "scal-2").arrives());
    world.play(&mail("mon 12:00").scal_of("Other Product", "scal-3").arrives());
    assert_eq!(world.case(1).correspondent.as_ref().map(|to| to.as_str()), Some("sam@carevista.example"));
    world.play(&about(1, "tue 10:00", "!move ERS-00002"));
    assert_eq!(world.case(1).correspondent.as_ref().map(|to| to.as_str()), Some(PARTNER));
    assert!(world.case(1).participants.len() == 1 && world.case(2).participants.len() == 2);
}

#[test]
fn nobody_whom_staff_took_off_comes_back_by_a_merge() {
    let mut world = two_cases();
    world.play(&about(2, "tue 10:30", "!contact add kim@consultancy.example"));
    world.play(&about(2, "tue 10:40", &format!("!contact remove {STRANGER}")));
    world.play(&about(2, "tue 11:00", "!merge ERS-00001"));
    let people: Vec<&str> = world.case(1).participants.keys().map(|address| address.as_str()).collect();
    assert_eq!(people, ["kim@consultancy.example", PARTNER]);
    assert_eq!(world.case(1).correspondent.as_ref().map(|to| to.as_str()), Some(PARTNER));
    assert_eq!(stands(&world, 1).1, 2, "what they sent is there");
}

#[test]
fn a_note_that_is_undone_does_not_part_merged_cases() {
    let mut world = two_cases();
    world.play(&about(2, "tue 11:00", "!merge ERS-00001"));
    world.play(&about(2, "tue 12:00", "!note the same product"));
    world.play(&about(2, "tue 12:05", "!undo"));
    assert!(is_merged_into(world.case(2), 1));
}

#[test]
fn a_case_whose_only_message_is_moved_goes_on_as_the_other() {
    let mut world = two_cases();
    assert_eq!(world.play(&about(2, "tue 11:00", "!move ERS-00001")), "- | closed");
    assert!(is_merged_into(world.case(2), 1));
    assert_eq!(stands(&world, 1), (Phase::ScalReview, 2));
    let undo = world.play(&about(2, "tue 11:05", "!undo"));
    assert!(undo.starts_with("refused: !move on ERS-00002 is put right by another command"), "{undo}");
}

#[test]
fn a_message_that_waited_for_a_person_is_answered_where_they_place_it() {
    let mut world = two_cases();
    let stray = mail("wed 10:00").from("eve@elsewhere.example").pack("pack-1").subject("Results [ERS-00001]");
    assert_eq!(world.play(&stray.arrives()), "staff-attention to lee | scal-review, due 30 Nov");
    let notice = last_letter(&world).clone();
    let stray_id = MessageId::new("wed-10-00@carevista.example").expect("an id");
    assert_eq!((notice.case, notice.thread.references), (None, vec![stray_id]), "an answer to it says which is meant");
    let place = |at: &str, references: &str| {
        mail(at).commands("Re: A message needs a person", &["!move ERS-00001"]).answers(references)
    };
    let line = world.play(&place("wed 10:30", "nothing@staff.example").arrives());
    assert_eq!(line, "command-reply(not !move ERS-00001) | scal-review, due 30 Nov", "{}", world.why);
    let line = world.play(&place("wed 11:00", "wed-10-00@carevista.example").arrives());
    assert_eq!(
        line,
        "acknowledgement(filed-for-later) to eve, staff-new, command-reply(!move ERS-00001) | scal-review, due 30 Nov"
    );
    assert_eq!(stands(&world, 1), (Phase::ScalReview, 2));
    // Once placed it is no message that waits.
    let again = world.play(&place("wed 12:00", "wed-10-00@carevista.example").arrives());
    assert_eq!(again, "command-reply(not !move ERS-00001) | scal-review, due 30 Nov");
}

#[test]
fn a_file_that_is_split_off_has_its_own_case_from_the_day_it_came() {
    let mut world = check(&[(
        mail("mon 10:00").scal("scal-1").scal_of("Care Vista Link Mobile", "scal-2").arrives(),
        "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
    )]);
    assert_eq!(world.case(1).submissions.len(), 2);
    let line = world.play(&about(1, "tue 11:00", "!split SCAL-2.xlsx"));
    assert_eq!(line, "ERS-00001: acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov");
    assert_eq!((stands(&world, 1), stands(&world, 2)), ((Phase::ScalReview, 1), (Phase::ScalReview, 1)));
    assert_eq!(world.case(2).supplier.product.as_deref(), Some("Care Vista Link Mobile"));
    // The other way round: the new case goes on as the first again.
    assert_eq!(world.play(&about(2, "tue 11:30", "!merge ERS-00001 silent")), "- | closed");
    assert_eq!(stands(&world, 1), (Phase::ScalReview, 2));
}

#[test]
fn where_a_product_has_two_cases_staff_hear_that_either_may_be_meant() {
    let mut world = World::default();
    world.play(&mail("mon 10:00").scal("scal-1").scal("scal-2").arrives());
    world.play(&about(1, "tue 11:00", "!split scal-2.xlsx"));
    for (which, told) in [(mail("wed 10:00").scal("scal-3"), true), (mail("wed 11:00").scal("scal-4"), false)] {
        let which = if told { which } else { which.subject("Re: [ERS-00001]") };
        world.play(&which.arrives());
        let flag = "The product has more than one case: it is on ERS-00001, and may belong to ERS-00002.";
        assert_eq!(world.flags().iter().any(|line| line.starts_with(flag)), told, "{:?}", world.flags());
    }
}

#[test]
fn a_review_ends_with_the_only_file_it_was_of() {
    let mut world = two_cases();
    world.play(&about(1, "tue 10:30", "!accept"));
    world.play(&pack("wed 10:00"));
    assert_eq!(stands(&world, 1), (Phase::WitnessPackReview, 2));
    world.play(&about(1, "wed 11:00", "!split pack-1.xlsx silent"));
    assert_eq!(stands(&world, 1), (Phase::WitnessPackDue, 1));
}

#[test]
fn a_scal_out_of_turn_that_is_moved_away_leaves_the_one_before_it_accepted() {
    let mut world = check(&[
        (
            mail("mon 10:00").scal_of("Quayside", "other-1").arrives(),
            "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
        ),
        (scal("mon 11:00"), "ERS-00002: acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
    ]);
    world.play(&about(2, "mon 12:00", "!accept"));
    world.play(&mail("tue 10:00").pack("pack-1").answers("mon-11-00@carevista.example").arrives());
    world.play(&mail("wed 10:00").scal("scal-2").answers("mon-11-00@carevista.example").arrives());
    assert_eq!(stands(&world, 2), (Phase::ScalReview, 3));
    world.play(&about(2, "wed 11:00", "!move ERS-00001"));
    assert_eq!(stands(&world, 2), (Phase::WitnessPackReview, 2));
    assert!(world.case(2).scal_accepted);
}

#[test]
fn what_cannot_be_corrected_is_refused_word_for_word() {
    let mut world = two_cases();
    world.play(&about(1, "tue 12:00", "!accept"));
    for (case, text, why) in [
        (2, "!merge ERS-00002", "ERS-00002 cannot be merged into itself."),
        (2, "!merge ERS-00009", "There is no case ERS-00009. `assured cases` lists those that are open."),
        (2, "!move ERS-00009", "There is no case ERS-00009. `assured cases` lists those that are open."),
        (2, "!split other.xlsx", "ERS-00002 has no file \"other.xlsx\". Its files are: scal-2.xlsx."),
        (
            1,
            "!merge ERS-00002",
            "ERS-00001 is too far on to go on as another case: it waits for the blank witness test pack to be sent. Merge \
             the other one into it, with !merge ERS-00001 about ERS-00002, or close one of them with !close duplicate.",
        ),
    ] {
        assert_eq!(world.play(&about(case, "tue 13:00", text)), format!("refused: {why}"), "{text}");
    }
    world.play(&about(2, "tue 14:00", "!merge ERS-00001"));
    assert_eq!(
        world.play(&about(2, "tue 15:00", "!accept")),
        "refused: ERS-00002 is merged into ERS-00001: give !accept about that case."
    );
}

#[test]
fn what_one_supplier_sent_does_not_reach_another() {
    let of = |at: &str, who: &str, product: &str, organisation: &str| {
        mail(at).from(who).scal_of(product, product).with(|facts| {
            let Some(Document { kind: DocumentKind::Scal(scal), .. }) = facts.documents.last_mut() else { return };
            scal.supplier.organisation = Some(organisation.to_owned());
        })
    };
    let mut world = World::default();
    world.play(&of("mon 10:00", PARTNER, "Care Vista Link", "Care Vista Ltd").arrives());
    world.play(&of("mon 11:00", STRANGER, "Acorn Pathway", "Acorn Health").arrives());
    world.play(&of("mon 12:00", PARTNER, "Care Vista Mobile", "Care Vista Limited").arrives());
    for text in ["!merge ERS-00001", "!move ERS-00001"] {
        let line = world.play(&about(2, "tue 11:00", text));
        assert!(
            line.starts_with("refused: It is of Acorn Health, and ERS-00001 is of Care Vista Ltd"),
            "{text}: {line}"
        );
    }
    world.play(&mail("tue 11:30").from(STRANGER).asks().answers("mon-11-00@carevista.example").arrives());
    let plain = world.play(&about(2, "tue 11:40", "!move ERS-00001"));
    assert!(plain.starts_with("refused: It is of Acorn Health"), "a message without a file: {plain}");
    assert!(
        !world.play(&about(3, "tue 12:00", "!merge ERS-00001")).starts_with("refused"),
        "one supplier, two products"
    );
}

#[test]
fn a_case_that_is_not_routine_is_put_right_after_resume() {
    let mut world = two_cases();
    let harm = |facts: &mut crate::domain::reading::MessageFacts| facts.not_routine = vec![Matter::PatientHarm];
    world.play(&mail("tue 12:00").with(harm).answers("mon-10-00@carevista.example").arrives());
    for (case, text) in [(1, "!merge ERS-00002"), (2, "!merge ERS-00001"), (1, "!split scal-1.xlsx")] {
        let line = world.play(&about(case, "tue 13:00", text));
        assert!(line.starts_with("refused: ERS-00001 waits for !resume."), "{text}: {line}");
    }
}

#[test]
fn a_correction_wants_a_message_of_its_own() {
    let mut world = two_cases();
    let both = mail("tue 11:00").commands("[ERS-00002]", &["!note the same product", "!merge ERS-00001"]);
    world.play(&both.arrives());
    assert!(world.why.contains("!merge wants a message of its own"), "{}", world.why);
    assert!(world.case(2).is_open());
}

#[test]
fn a_moved_question_is_open_where_it_went_and_no_more_where_it_was() {
    let mut world = two_cases();
    world.play(&asks("wed 10:00"));
    assert!(world.case(1).question_open);
    world.play(&about(1, "wed 11:00", "!move ERS-00002"));
    assert_eq!((world.case(1).question_open, world.case(2).question_open), (false, true));
}

#[test]
fn a_file_that_is_split_off_is_acknowledged_once() {
    let mut world = World::default();
    world.play(&mail("mon 10:00").scal("scal-1").arrives());
    world.play(&mail("mon 10:05").scal("scal-2").answers("mon-10-00@carevista.example").arrives());
    let line = world.play(&about(1, "mon 10:10", "!split scal-2.xlsx"));
    assert!(line.starts_with("ERS-00001: acknowledgement(scal-review by 30 Nov), staff-new"), "{line}");
    assert_eq!(world.play(&tick("mon 10:40")), "- | scal-review, due 30 Nov", "not once more under the old reference");
}

#[test]
fn a_message_that_was_not_acknowledged_yet_is_where_it_went() {
    let mut world = two_cases();
    world.play(&mail("tue 10:05").from(STRANGER).asks().answers("tue-10-00@carevista.example").arrives());
    let line = world.play(&about(2, "tue 10:10", "!move ERS-00001"));
    assert!(line.starts_with("acknowledgement(person-reads) to jo"), "{line}");
    assert_eq!(world.play(&tick("tue 10:40")), "- | scal-review, due 30 Nov, question open", "and only there");
}

#[test]
fn a_notice_names_the_message_that_it_is_about_last() {
    let mut world = two_cases();
    world.play(&mail("wed 10:00").asks().answers("letter-0@ers.example").arrives());
    let about = MessageId::new("wed-10-00@carevista.example");
    assert_eq!(last_letter(&world).thread.references.last(), about.as_ref());
    world.play(&mail("wed 10:05").asks().answers("letter-0@ers.example").arrives());
    let about = MessageId::new("wed-10-05@carevista.example");
    assert_eq!(last_letter(&world).thread.references.last(), about.as_ref());
}
