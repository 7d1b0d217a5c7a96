//! Conversations that only one side leads: where they end, and what lets them go on.

use super::world::World;
use super::{Mail, Step, asks, check_in, command, mail, replies, scal};
use crate::domain::effect::Content;
use crate::domain::reading::Authenticated;

/// Three in a row are answered.
fn short() -> World {
    World::with(|policy| {
        policy.caps.in_a_row_max = 3;
        policy.together_minutes = 0;
    })
}

const ANSWERED: &str = "acknowledgement(person-reads), staff-new | enquiry, question open";
const FILED: &str = "- | enquiry, question open";
const TOLD: &str = "staff-attention | enquiry, question open";

fn row_of_five() -> Vec<(Step, &'static str)> {
    let asks_at = |time: &str| asks(&format!("mon {time}"));
    vec![
        (asks_at("10:00"), ANSWERED),
        (asks_at("10:10"), ANSWERED),
        (asks_at("10:20"), ANSWERED),
        (asks_at("10:30"), TOLD),
        (asks_at("10:40"), FILED),
    ]
}

#[test]
fn messages_too_many_in_a_row_are_filed_and_staff_are_told_once() {
    let world = check_in(short(), &row_of_five());
    assert_eq!(
        world.why,
        "joins ERS-00001; 5 messages in a row from priya@carevista.example: filed, not answered and not announced"
    );
    let Some(Content::StaffAttention(told)) = world.contents.last() else { panic!("staff were told") };
    for part in ["priya@carevista.example", "4 times in a row", "the Message-ID mon-10-30@", "(in_a_row_max = 3)"] {
        assert!(told.what.contains(part), "{part}: {}", told.what);
    }
}

#[test]
fn a_word_or_a_command_of_ours_or_a_new_document_lets_them_be_answered_again() {
    let starts_anew = |step: Step, stands: &'static str, after: &'static str| {
        let story = row_of_five().into_iter().chain([(step, stands), (asks("tue 12:00"), after)]).collect::<Vec<_>>();
        check_in(short(), &story);
    };
    starts_anew(replies("tue 10:00"), "- | enquiry", ANSWERED);
    starts_anew(command("tue 10:00", "!note it is a person"), FILED, ANSWERED);
    let after_scal = "acknowledgement(person-reads), staff-new | scal-review, due 1 Dec, question open";
    let with_scal = "acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec, question open";
    starts_anew(mail("tue 10:00").scal("scal-1").answers("letter-0@ers.example").arrives(), with_scal, after_scal);
}

#[test]
fn a_document_that_is_not_new_is_no_word_of_a_person() {
    let again = |time: &str| mail(&format!("mon {time}")).scal("scal-1").arrives();
    let repeated = "acknowledgement(nothing-new by 30 Nov) | scal-review, due 30 Nov";
    check_in(
        short(),
        &[
            (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
            (again("10:10"), repeated),
            (again("10:20"), repeated),
            (again("10:30"), repeated),
            (again("10:40"), "staff-attention | scal-review, due 30 Nov"),
            (again("10:50"), "- | scal-review, due 30 Nov"),
        ],
    );
}

/// Neither counts for the other, and what fails authentication counts for nobody.
#[test]
fn each_person_has_a_row_of_their_own() {
    let colleague = |mail: Mail| mail.from("colleague@carevista.example").asks().arrives();
    let mut story = row_of_five();
    let forged = mail("mon 10:15").asks().authenticated(Authenticated::Fail).arrives();
    story.insert(2, (forged, "staff-new | enquiry, question open"));
    let answered = "acknowledgement(person-reads) to colleague, staff-new | enquiry, question open";
    story.push((colleague(mail("mon 10:50")), answered));
    check_in(short(), &story);
}

/// Staff have all of it in one list.
#[test]
fn late_mail_is_listed_however_many_there_are() {
    let late = |minute: u32| (mail(&format!("mon 10:{minute:02}")).asks().seen("mon+1 10:00").arrives(), FILED);
    check_in(short(), &(10..16).map(late).collect::<Vec<_>>());
}
