//! What the reply to a command says.

use super::{flat, rendered, sample, text_of};
use crate::domain::effect::{Answers, Content};
use crate::domain::lane::Phase;

#[test]
fn a_notice_offers_what_moves_its_lane_on_and_says_what_each_link_does() {
    let mut letter = sample("staff-attention-outcome");
    let text = text_of(&rendered(&letter).raw);
    for link in ["Record that all tests passed", "Ask for remedial action (add the tests)", "Add a note to the case"] {
        assert!(text.contains(&format!("> {link}")), "{link}: {text}");
    }
    assert!(!text.contains("%21hold"), "no promise runs that could be held: {text}");
    for phase in Phase::ALL {
        if let Content::StaffAttention(told) = &mut letter.content {
            told.answers = Answers::Decide(phase);
        }
        let text = text_of(&rendered(&letter).raw);
        let labels: Vec<&str> = text.lines().filter(|line| line.starts_with("> ")).collect();
        assert!(labels.iter().all(|label| label.trim_end_matches(':').len() > 2), "{}: {labels:?}", phase.name());
    }
}

#[test]
fn letters_of_commands_say_what_is_next_where_a_session_or_a_test_is_open() {
    let mut accepted = sample("next-step");
    let mut remedial = sample("outcome-remedial");
    for (phase, next) in [
        (Phase::SessionBooked, "Next step: your witness testing session"),
        (Phase::OutcomeDue, "Next step: we tell you the outcome of your witness testing session"),
    ] {
        let Content::NextStep(content) = &mut accepted.content else { panic!("another letter") };
        content.phase = phase;
        let text = flat(&text_of(&rendered(&accepted).raw));
        assert!(text.contains(next), "{text}");
    }
    let Content::Outcome(content) = &mut remedial.content else { panic!("another letter") };
    content.passed = vec!["A001-01".to_owned()];
    let text = flat(&text_of(&rendered(&remedial).raw));
    assert!(text.contains("have passed: A001-01. Others still need remedial action."), "{text}");
}

#[test]
fn a_notice_of_a_form_names_the_organisation_in_each_command() {
    let mut letter = sample("staff-new");
    let Content::StaffNew(content) = &mut letter.content else { panic!("another letter") };
    (content.phase, content.form) = (Phase::FormReview, Some("RXQ".to_owned()));
    let text = text_of(&rendered(&letter).raw);
    for told in ["> Approve the form of RXQ", "> Ask for changes to the form of RXQ", "body=%21approve%20RXQ"] {
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn a_notice_says_how_many_days_a_hold_added() {
    let mut letter = sample("staff-warning");
    assert!(!flat(&text_of(&rendered(&letter).raw)).contains("time on hold"));
    if let Content::StaffWarning(told) = &mut letter.content {
        told.held_days = 2;
    }
    let text = flat(&text_of(&rendered(&letter).raw));
    assert!(text.contains("5 working days counted, 2 of them for the time on hold: Tuesday"), "{text}");
}

#[test]
fn whoever_commands_learns_what_was_done_or_why_not() {
    for (name, subject, sentences) in [
        (
            "command-reply",
            "Done: !accept, Care Vista Link [ERS-00042]",
            &[
                "!accept: the SCAL is accepted",
                "A letter tells the partner.",
                "Supplier: Care Vista Ltd (ODS code A1B2C)",
                "Product: Care Vista Link, version 4.2",
                "Waiting for: the blank witness test pack to be sent",
            ][..],
        ),
        (
            "command-reply-held",
            "Done: !hold, Care Vista Link [ERS-00042]",
            &[
                "!hold CSO on leave: the clock is held",
                "once one of you releases it",
                "Respond by: no date while the clock is held; it was Monday 30 November 2026",
            ],
        ),
        (
            "command-reply-several",
            "Done: !resume, !restart, !changes, !hold, Care Vista Link [ERS-00042]",
            &["The partner was not told", "Respond by: Monday 30 November 2026"],
        ),
        (
            "command-reply-in-part",
            "Done in part: !note, !close, !accept, Care Vista Link [ERS-00042]",
            &[
                "| Done in part: !accept was not carried out.",
                "ERS-00042 is closed; !accept changes nothing there.",
                "What came after it was not tried: !resume",
                "The commands are: !accept, !changes, !session DATE TIME LENGTH,",
                "No letter goes to the partner about this.",
                "Waiting for: nothing: it is closed",
            ],
        ),
        (
            "command-reply-passed",
            "Done: !passed, Care Vista Link [ERS-00042]",
            &["A letter tells the partner in 15 minutes. Until then !undo takes the command back"],
        ),
        (
            "command-reply-undone",
            "Done: !undo, Care Vista Link [ERS-00042]",
            &["the command before it is taken back. !passed is undone, and no letter about it leaves."],
        ),
        (
            "command-reply-help-bare",
            "Done: !help",
            &["!hold REASON: stops the clock", "!undo: takes the last command on the case back, within 15 minutes"],
        ),
        ("command-reply-waits", "Done: !accept, Care Vista Link [ERS-00042]", &["It waits, because all mail"]),
        (
            "command-reply-stop-bare",
            "Done: !stop",
            &["!stop: no letter leaves to any partner until somebody gives !start"],
        ),
        (
            "command-reply-refused-bare",
            "Not done: !accept",
            &[
                "Nothing was done: !accept was not carried out.",
                "!accept is about one case: name it, such as ERS-00042.",
                "and with the reference of the case in the subject.",
            ],
        ),
    ] {
        let letter = rendered(&sample(name));
        assert_eq!(letter.subject, subject, "{name}");
        let text = flat(&text_of(&letter.raw));
        for sentence in sentences {
            assert!(text.contains(sentence), "{name}: no {sentence:?} in: {text}");
        }
    }
}
