//! Sample letters about what needs a person, and to whoever wrote it.

use super::{Sample, supplier};
use crate::domain::effect::{Answers, Content, PersonWillRead, StaffAttention};
use crate::domain::lane::Phase;

pub(super) fn person_will_read() -> Vec<Sample> {
    let contact = "the national service desk on 0300 000 0000, at any hour".to_owned();
    [("person-will-read", Some(contact)), ("person-will-read-bare", None)]
        .map(|(name, safety_contact)| (name, Content::PersonWillRead(PersonWillRead { safety_contact })))
        .to_vec()
}

pub(super) fn staff_attentions() -> Vec<Sample> {
    let attention = |supplier, list, answers| {
        Content::StaffAttention(StaffAttention {
            headline: "A letter to the partner came back".to_owned(),
            what: "The acknowledgement could not be delivered: the address is not known there (5.1.1).".to_owned(),
            what_to_do: "Find out the right address and write to the partner yourself.".to_owned(),
            list,
            answers,
            supplier,
        })
    };
    let list = vec!["ERS-00042: “Our SCAL”, arrived Monday 23 November 2026.".to_owned(); 201];
    vec![
        ("staff-attention", attention(Some(supplier()), Vec::new(), Answers::Note)),
        ("staff-attention-list", attention(None, list, Answers::Note)),
        ("staff-attention-silence", attention(Some(supplier()), Vec::new(), Answers::Silence)),
        ("staff-attention-outcome", attention(Some(supplier()), Vec::new(), Answers::Decide(Phase::OutcomeDue))),
        (
            "staff-attention-hand-over",
            attention(Some(supplier()), Vec::new(), Answers::HandOver { mode_known: false, first_round: false }),
        ),
        ("staff-attention-bare", attention(None, Vec::new(), Answers::Note)),
        ("staff-attention-not-routine", not_routine()),
    ]
}

fn not_routine() -> Content {
    Content::StaffNotRoutine(StaffAttention {
        headline: "Not routine: patient harm".to_owned(),
        what: "An email may speak of patient harm. Nothing was sent to its sender.".to_owned(),
        what_to_do: "Read it now, and answer it yourselves.".to_owned(),
        list: vec!["Subject: Referrals".to_owned(), "Mailbox: sa".to_owned()],
        answers: Answers::Note,
        supplier: Some(supplier()),
    })
}
