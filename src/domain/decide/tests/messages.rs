//! What partners send, in every phase: what they are told, what staff are told, and which clock then runs.

use super::world::{Step, World, address};
use super::{asks, check, check_in, command, mail, pack, replies, scal, tick};
use crate::domain::lane::{LaneName, Phase};
use crate::domain::reading::{Authenticated, Automatic, FindingCode, ReturnPath};

/// The phases of the assurance lane.
pub(super) const ASSURANCE: [Phase; 16] = [
    Phase::Enquiry,
    Phase::ScalReview,
    Phase::ScalChanges,
    Phase::WitnessPackToSend,
    Phase::WitnessPackDue,
    Phase::WitnessPackReview,
    Phase::WitnessPackChanges,
    Phase::SessionBooked,
    Phase::OutcomeDue,
    Phase::RemedialAction,
    Phase::ScalUpdateDue,
    Phase::ScalUpdateReview,
    Phase::TccDue,
    Phase::TccReturnDue,
    Phase::TccReturnReview,
    Phase::Assured,
];

/// The steps that bring a new case to a phase of the assurance lane, without a witness test pack link. All of them are on
/// Monday, but that a session must be over before its outcome is due.
pub(super) fn to(phase: Phase) -> Vec<Step> {
    let then = |before: Phase, step: Step| [to(before), vec![step]].concat();
    match phase {
        Phase::Enquiry => vec![asks("mon 10:00")],
        Phase::ScalReview => vec![scal("mon 10:00")],
        Phase::ScalChanges => then(Phase::ScalReview, command("mon 11:00", "!changes")),
        Phase::WitnessPackToSend => then(Phase::ScalReview, command("mon 11:00", "!accept")),
        Phase::WitnessPackDue => then(Phase::WitnessPackToSend, mail("mon 12:00").by_team().pack("blank").sent()),
        Phase::WitnessPackReview => then(Phase::WitnessPackDue, pack("mon 13:00")),
        Phase::WitnessPackChanges => then(Phase::WitnessPackReview, command("mon 14:00", "!changes")),
        Phase::SessionBooked => then(Phase::WitnessPackReview, command("mon 14:00", "!session 24 November 2026 9am")),
        Phase::OutcomeDue => {
            let session = command("mon 14:00", "!session 23 November 2026 3pm");
            [then(Phase::WitnessPackReview, session), vec![tick("tue 08:30")]].concat()
        }
        Phase::RemedialAction => then(Phase::WitnessPackReview, command("mon 14:00", "!remedial A005-03 A007-01")),
        Phase::ScalUpdateDue => then(Phase::TccDue, command("mon 15:00", "!scal-update")),
        Phase::ScalUpdateReview => then(Phase::ScalUpdateDue, mail("mon 16:00").scal("updated").arrives()),
        Phase::TccDue => then(Phase::WitnessPackReview, command("mon 14:00", "!passed")),
        Phase::TccReturnDue => then(Phase::TccDue, command("mon 15:00", "!tcc")),
        Phase::TccReturnReview => then(Phase::TccReturnDue, mail("mon 16:00").scal("returned").arrives()),
        Phase::Assured => then(Phase::TccReturnReview, command("mon 17:00", "!accept")),
        Phase::AgreementDue
        | Phase::AcceptanceDue
        | Phase::Accepted
        | Phase::FormDue
        | Phase::FormReview
        | Phase::FormApproved => panic!("{} is of another lane", phase.name()),
    }
}

/// The case as it stands in a phase: from the certificate on, the agreement is due too.
fn standing(phase: Phase) -> String {
    let issued = matches!(phase, Phase::TccReturnDue | Phase::TccReturnReview | Phase::Assured);
    format!("{}{}", phase.name(), if issued { " + agreement-due" } else { "" })
}

fn arrives_in(phase: Phase, mut world: World, step: &Step) -> String {
    for before in &to(phase) {
        world.play(before);
    }
    let stands = world.case(1).lane(&LaneName::Assurance).map(|lane| lane.phase);
    assert_eq!(stands, Some(phase));
    world.play(step)
}

#[test]
fn a_scal_starts_five_working_days_in_every_phase() {
    for phase in ASSURANCE {
        let step = mail("tue 10:00").scal("scal-2").answers("letter-0@ers.example").arrives();
        let expected = match phase {
            Phase::ScalReview => "acknowledgement(scal-review by 30 Nov, joined), staff-new | scal-review, due 30 Nov",
            Phase::Enquiry => {
                "acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec, question open"
            }
            Phase::ScalUpdateDue => "acknowledgement(scal-review by 1 Dec), staff-new | scal-update-review, due 1 Dec",
            Phase::ScalUpdateReview => {
                "acknowledgement(scal-review by 30 Nov, joined), staff-new | scal-update-review, due 30 Nov"
            }
            Phase::TccReturnDue => {
                "acknowledgement(scal-review by 1 Dec), staff-new | tcc-return-review + agreement-due, due 1 Dec"
            }
            Phase::TccReturnReview => {
                "acknowledgement(scal-review by 30 Nov, joined), staff-new | tcc-return-review + agreement-due, due 30 Nov"
            }
            Phase::Assured => {
                "acknowledgement(scal-review by 1 Dec), staff-new | scal-review + agreement-due, due 1 Dec"
            }
            Phase::ScalChanges
            | Phase::WitnessPackToSend
            | Phase::WitnessPackDue
            | Phase::WitnessPackReview
            | Phase::WitnessPackChanges
            | Phase::SessionBooked
            | Phase::OutcomeDue
            | Phase::RemedialAction
            | Phase::TccDue => "acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec",
            Phase::AgreementDue
            | Phase::AcceptanceDue
            | Phase::Accepted
            | Phase::FormDue
            | Phase::FormReview
            | Phase::FormApproved => panic!("of another lane"),
        };
        assert_eq!(arrives_in(phase, World::default(), &step), expected, "{}", phase.name());
    }
}

#[test]
fn a_pack_is_reviewed_in_its_turn_and_filed_before_it() {
    for phase in ASSURANCE {
        let world = World::with(|policy| policy.days.witness_pack_response = Some(10));
        let step = mail("tue 10:00").pack("pack-2").arrives();
        let expected = match phase {
            Phase::Enquiry => "acknowledgement(filed-for-later), staff-new | enquiry, question open",
            Phase::ScalReview => "acknowledgement(filed-for-later), staff-new | scal-review, due 30 Nov",
            Phase::ScalChanges => "acknowledgement(filed-for-later), staff-new | scal-changes",
            Phase::WitnessPackReview => {
                "acknowledgement(witness-pack-review by 7 Dec, joined), staff-new | witness-pack-review, due 7 Dec"
            }
            Phase::WitnessPackToSend | Phase::WitnessPackDue | Phase::WitnessPackChanges => {
                "acknowledgement(witness-pack-review by 8 Dec), staff-new | witness-pack-review, due 8 Dec"
            }
            Phase::RemedialAction => {
                "acknowledgement(witness-pack-review by 8 Dec), staff-new | witness-pack-review, due 8 Dec"
            }
            Phase::ScalUpdateReview => "acknowledgement(filed-for-later), staff-new | scal-update-review, due 30 Nov",
            Phase::TccReturnReview => {
                "acknowledgement(filed-for-later), staff-new | tcc-return-review + agreement-due, due 30 Nov"
            }
            Phase::SessionBooked
            | Phase::OutcomeDue
            | Phase::ScalUpdateDue
            | Phase::TccDue
            | Phase::TccReturnDue
            | Phase::Assured => &format!("acknowledgement(filed-for-later), staff-new | {}", standing(phase)),
            Phase::AgreementDue
            | Phase::AcceptanceDue
            | Phase::Accepted
            | Phase::FormDue
            | Phase::FormReview
            | Phase::FormApproved => panic!("of another lane"),
        };
        assert_eq!(arrives_in(phase, world, &step), expected, "{}", phase.name());
    }
}

#[test]
fn a_question_changes_no_phase_and_stays_open_until_answered() {
    for phase in ASSURANCE {
        let line = arrives_in(phase, World::default(), &asks("tue 10:00"));
        let told = if phase.reviews_scal() { ", due 30 Nov" } else { "" };
        let expected = format!("acknowledgement(person-reads), staff-new | {}{told}, question open", standing(phase));
        assert_eq!(line, expected);
    }
}

#[test]
fn scal_and_pack_in_one_message_are_passed_through_one_after_the_other() {
    check(&[
        (
            mail("mon 10:00").pack("pack-1").scal("scal-1").arrives(),
            "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
        ),
        (command("wed 10:00", "!accept"), "next-step(ScalAccepted) | witness-pack-review"),
    ]);
}

#[test]
fn a_pack_filed_early_counts_from_the_day_the_scal_is_accepted() {
    let world = World::with(|policy| policy.days.witness_pack_response = Some(5));
    check_in(
        world,
        &[
            (pack("mon 10:00"), "acknowledgement(filed-for-later), staff-new | enquiry"),
            (
                mail("mon 11:00").scal("scal-1").answers("letter-0@ers.example").arrives(),
                "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
            ),
            (command("wed 10:00", "!accept"), "next-step(ScalAccepted by 2 Dec) | witness-pack-review, due 2 Dec"),
        ],
    );
}

#[test]
fn an_identical_file_restarts_nothing() {
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (
            mail("tue 10:00").scal("scal-1").arrives(),
            "acknowledgement(nothing-new by 30 Nov) | scal-review, due 30 Nov",
        ),
        (replies("wed 10:00"), "- | scal-review, answered 25 Nov"),
        (mail("thu 10:00").scal("scal-1").arrives(), "acknowledgement(nothing-new) | scal-review, answered 25 Nov"),
        (
            mail("fri 10:00").scal("scal-1").asks().arrives(),
            "acknowledgement(nothing-new), staff-new | scal-review, answered 25 Nov, question open",
        ),
    ]);
}

#[test]
fn a_scal_joins_a_running_clock_and_starts_one_after_the_answer() {
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (
            mail("wed 10:00").scal("scal-2").arrives(),
            "acknowledgement(scal-review by 30 Nov, joined), staff-new | scal-review, due 30 Nov",
        ),
        (replies("thu 10:00"), "- | scal-review, answered 26 Nov"),
        (
            mail("fri 10:00").scal("scal-3").arrives(),
            "acknowledgement(scal-review by 4 Dec), staff-new | scal-review, due 4 Dec",
        ),
    ]);
}

#[test]
fn no_date_is_promised_while_the_clock_is_held_or_once_the_date_has_passed() {
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (command("tue 10:00", "!hold the reviewer is ill"), "next-step(Held) | scal-review, held, due 30 Nov"),
        (
            mail("wed 10:00").scal("scal-2").arrives(),
            "acknowledgement(scal-review, joined), staff-new | scal-review, held, due 30 Nov",
        ),
        (command("thu 10:00", "!resume"), "next-step(Resumed by 2 Dec) | scal-review, due 2 Dec"),
        (
            mail("thu+1 10:00").scal("scal-3").arrives(),
            "acknowledgement(scal-review, joined), staff-new | scal-review, due 2 Dec",
        ),
    ]);
}

#[test]
fn a_scal_out_of_turn_returns_the_lane_to_where_it_was() {
    let world = World::with(|policy| {
        policy.days.witness_pack_response = Some(10);
        policy.days.reminder = World::reminding().policy.days.reminder;
    });
    let mut world = world;
    to(Phase::WitnessPackReview).iter().for_each(|step| drop(world.play(step)));
    let mut world = check_in(
        world,
        &[
            (
                mail("tue 10:00").scal("scal-2").arrives(),
                "acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec",
            ),
            // A person wrote on the day before, with the blank pack.
            (command("tue 11:00", "!changes"), "- | scal-changes, waiting since 24 Nov"),
            (
                mail("wed 10:00").scal("scal-3").arrives(),
                "acknowledgement(scal-review by 2 Dec), staff-new | scal-review, due 2 Dec",
            ),
            (command("wed 11:00", "!accept"), "next-step(ScalAccepted by 7 Dec) | witness-pack-review, due 7 Dec"),
            (command("fri 11:00", "!changes"), "next-step(ChangesAsked) | witness-pack-changes, waiting since 27 Nov"),
        ],
    );
    assert!(world.case(1).lanes.values().all(|lane| lane.returns_to.is_none()));
    // Waiting for a changed pack, then again: the partner was not awaited while the SCAL was with the team.
    world.play(&mail("mon+1 10:00").scal("scal-4").arrives());
    assert_eq!(
        world.play(&command("wed+1 10:00", "!accept")),
        "next-step(ScalAccepted) | witness-pack-changes, waiting since 2 Dec"
    );
}

#[test]
fn a_pack_that_came_beside_a_scal_out_of_turn_is_passed_through() {
    for phase in [Phase::WitnessPackToSend, Phase::WitnessPackDue, Phase::WitnessPackChanges] {
        let mut world = World::with(|policy| policy.days.witness_pack_response = Some(10));
        to(phase).iter().for_each(|step| drop(world.play(step)));
        world.play(&mail("tue 10:00").scal("scal-2").pack("pack-2").arrives());
        let line = world.play(&command("wed 10:00", "!accept"));
        assert_eq!(line, "next-step(ScalAccepted by 9 Dec) | witness-pack-review, due 9 Dec", "{}", phase.name());
    }
}

#[test]
fn an_early_pack_is_passed_through_once() {
    check(&[
        (
            mail("mon 10:00").scal("scal-1").pack("pack-1").arrives(),
            "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
        ),
        (command("mon 11:00", "!accept"), "next-step(ScalAccepted) | witness-pack-review"),
        (command("mon 12:00", "!changes"), "next-step(ChangesAsked) | witness-pack-changes"),
        (
            mail("tue 10:00").scal("scal-2").arrives(),
            "acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec",
        ),
        (command("wed 10:00", "!accept"), "next-step(ScalAccepted) | witness-pack-changes"),
    ]);
}

#[test]
fn a_person_who_wrote_while_a_scal_out_of_turn_was_reviewed_answered_the_pack_too() {
    let mut world = World::with(|policy| policy.days.witness_pack_response = Some(10));
    to(Phase::WitnessPackReview).iter().for_each(|step| drop(world.play(step)));
    check_in(
        world,
        &[
            (
                mail("tue 10:00").scal("scal-2").arrives(),
                "acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec",
            ),
            (replies("tue 12:00"), "- | scal-review, answered 24 Nov"),
            (command("fri 10:00", "!accept"), "next-step(ScalAccepted) | witness-pack-review, answered 24 Nov"),
        ],
    );
}

#[test]
fn messages_within_twenty_minutes_are_answered_together() {
    let world = check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (mail("mon 10:05").pack("pack-1").arrives(), "staff-new | scal-review, due 30 Nov"),
        (mail("mon 10:10").thanks().arrives(), "- | scal-review, due 30 Nov"),
        (
            mail("mon 10:15").unreadable(FindingCode::PasswordProtected).arrives(),
            "unreadable, staff-new | scal-review, due 30 Nov, question open",
        ),
        (
            mail("mon 10:16").from("colleague@carevista.example").asks().arrives(),
            "acknowledgement(person-reads) to colleague, staff-new | scal-review, due 30 Nov, question open",
        ),
        (asks("mon 10:18"), "staff-new | scal-review, due 30 Nov, question open"),
        (tick("mon 10:20"), "- | scal-review, due 30 Nov, question open"),
        (tick("mon 10:21"), "acknowledgement(filed-for-later, 2 together) | scal-review, due 30 Nov, question open"),
        (tick("mon 10:22"), "- | scal-review, due 30 Nov, question open"),
        (asks("mon 10:30"), "acknowledgement(person-reads), staff-new | scal-review, due 30 Nov, question open"),
    ]);
    assert_eq!(world.case(1).participants.len(), 2);
}

/// The program was down when the twenty minutes ended: what waits for its answer is not forgotten over a further message.
#[test]
fn a_message_after_an_outage_is_answered_with_those_that_wait() {
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (mail("mon 10:05").pack("pack-1").arrives(), "staff-new | scal-review, due 30 Nov"),
        (asks("mon 11:00"), "staff-new | scal-review, due 30 Nov, question open"),
        (tick("mon 11:02"), "acknowledgement(filed-for-later, 2 together) | scal-review, due 30 Nov, question open"),
        (tick("mon 11:03"), "- | scal-review, due 30 Nov, question open"),
    ]);
}

#[test]
fn only_what_the_message_held_is_told_to_a_first_contact_or_without_authentication() {
    let from_colleague = || mail("mon 12:00").from("colleague@carevista.example").scal("scal-1");
    for (step, expected) in [
        (
            mail("mon 12:00").scal("scal-1").authenticated(Authenticated::None).arrives(),
            "acknowledgement(scal-review by 30 Nov) | scal-review, due 30 Nov",
        ),
        (from_colleague().arrives(), "acknowledgement(scal-review by 30 Nov) to colleague | scal-review, due 30 Nov"),
        (
            mail("mon 12:00").scal("scal-2").authenticated(Authenticated::None).arrives(),
            "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
        ),
    ] {
        let mut world = World::default();
        world.play(&scal("mon 10:00"));
        assert_eq!(world.play(&step), expected);
        let told = world.acknowledged().received.iter().flat_map(|received| &received.items);
        assert!(told.into_iter().all(|item| !item.repeated), "no comparison");
    }
}

#[test]
fn letters_go_to_from_whatever_the_return_path_is() {
    let paths = [
        ReturnPath::Absent,
        ReturnPath::Address(address("priya@carevista.example")),
        ReturnPath::Address(address("bounces+priya@mailer.example")),
    ];
    for path in paths {
        let world = check(&[(
            mail("mon 10:00").scal("scal-1").with(|m| m.return_path = path.clone()).arrives(),
            "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
        )]);
        assert_eq!(world.letters[0].letter.to.as_str(), "priya@carevista.example", "{path:?}");
    }
}

#[test]
fn failed_authentication_is_filed_and_runs_the_clock_but_gets_no_letter() {
    let world = check(&[
        (
            mail("mon 10:00").scal("scal-1").authenticated(Authenticated::Fail).arrives(),
            "staff-new | scal-review, due 30 Nov",
        ),
        (command("tue 10:00", "!hold away"), "- | scal-review, held, due 30 Nov"),
        (replies("wed 10:00"), "- | scal-review, answered 25 Nov"),
    ]);
    assert_eq!(world.case(1).correspondent, None, "no letter of a later step goes there either");
}

#[test]
fn thanks_get_no_answer_and_automatic_mail_changes_nothing() {
    let kinds = [
        Automatic::AutoReply,
        Automatic::OutOfOffice,
        Automatic::List,
        Automatic::Bulk,
        Automatic::Own,
        Automatic::Calendar,
        Automatic::DeliveryNotice,
        Automatic::Bounce,
    ];
    for kind in kinds {
        let mut world = World::default();
        world.play(&scal("mon 10:00"));
        let before = (world.case(1).lanes.clone(), world.case(1).question_open, world.case(1).last_partner_at);
        let step = mail("tue 10:00").scal("scal-2").answers("letter-0@ers.example").with(|m| m.automatic = Some(kind));
        assert_eq!(world.play(&step.arrives()), "- | scal-review, due 30 Nov", "{kind:?} (STANDARDS 28)");
        let case = world.case(1);
        assert_eq!((case.lanes.clone(), case.question_open, case.last_partner_at), before, "{kind:?}");
    }
    check(&[
        (mail("mon 10:00").with(|m| m.automatic = Some(Automatic::OutOfOffice)).arrives(), "-"),
        (mail("mon 11:00").from("sa@ers.example").arrives(), "-"),
        (mail("mon 11:30").thanks().arrives(), "-"),
        (scal("mon 12:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (mail("mon 13:00").thanks().arrives(), "- | scal-review, due 30 Nov"),
        (asks("mon 14:00"), "acknowledgement(person-reads), staff-new | scal-review, due 30 Nov, question open"),
        (
            mail("tue 10:00").with(|m| m.no_answer = Some("A2".to_owned())).arrives(),
            "staff-new | scal-review, due 30 Nov, question open",
        ),
    ]);
}
