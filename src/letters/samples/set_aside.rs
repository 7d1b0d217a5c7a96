//! Sample letters about a message that is not routine.

use super::Sample;
use crate::domain::effect::{Content, PersonWillRead, StaffAttention};
use crate::domain::reading::Supplier;

pub(super) fn samples(supplier: Supplier) -> Vec<Sample> {
    let contact = "the national service desk on 0300 000 0000, at any hour".to_owned();
    let person = |safety_contact| Content::PersonWillRead(PersonWillRead { safety_contact });
    let notice = StaffAttention {
        headline: "Not routine: patient harm".to_owned(),
        what: "An email may speak of patient harm. Nothing was sent to its sender.".to_owned(),
        what_to_do: "Read it now, and answer it yourselves.".to_owned(),
        list: vec!["Subject: Referrals".to_owned(), "Mailbox: sa".to_owned()],
        may_close: false,
        supplier: Some(supplier),
    };
    vec![
        ("person-will-read", person(Some(contact))),
        ("person-will-read-bare", person(None)),
        ("staff-attention-not-routine", Content::StaffNotRoutine(notice)),
    ]
}
