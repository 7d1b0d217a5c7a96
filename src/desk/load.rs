//! Loads what a decision may look at, and no more.

use std::collections::BTreeSet;

use crate::adapters::store::{Store, StoreError};
use crate::domain::ids::CaseRef;
use crate::domain::policy::Policy;
use crate::domain::view::{Keys, View};

/// Cases of one sender or one product that are looked at; the newest count.
const CASES_MAX: usize = 200;

pub(super) fn view(store: &Store, policy: &Policy, keys: &Keys) -> Result<View, StoreError> {
    let mut view = View { next_case: Some(store.next_case_ref()?), ..View::default() };
    for id in &keys.threads {
        if let Some(case) = store.case_of_message(id)? {
            view.threads.push(case);
        }
    }
    for person in &keys.people {
        view.by_person.extend(newest(store.cases_of_participant(person)?));
    }
    for domain in &keys.domains {
        view.by_domain.extend(newest(store.cases_of_domain(domain)?));
    }
    for product in &keys.products {
        view.by_product.extend(newest(store.cases_of_product(product)?));
    }
    let mut beside = BTreeSet::new();
    for case in &keys.correspondents_of {
        let written_to = store.case(*case)?.and_then(|case| case.correspondent);
        if let Some(person) = written_to {
            beside.extend(newest(store.cases_of_participant(&person)?));
        }
    }
    if let Some(identity) = &keys.identity {
        view.seen = store.identity(identity)?.map(|seen| seen.case);
        if let Some(id) = &keys.message_id {
            view.id_used_before = store.identities_of_message_id(id)?.iter().any(|known| known != identity);
        }
    }
    for id in &keys.letters {
        if view.letter.is_none() {
            view.letter = store.letter_by_message_id(id)?;
        }
    }
    if let Some(id) = keys.letter {
        view.letter = store.letter(id)?;
    }
    if let Some(mailbox) = &keys.late_mail_in {
        view.late_mail = store.late_mail(mailbox)?;
    }
    if keys.whole {
        view.cases.extend(store.open_cases()?.into_iter().map(|case| (case.reference, case)));
        for mailbox in &policy.mailboxes {
            view.accounts.extend(store.account(&mailbox.name)?.map(|account| (mailbox.name.clone(), account)));
        }
    }
    view.troubles = store.troubles()?;
    view.partner_mail_stopped = store.partner_mail_stopped()?.is_some();

    let of_letter = view.letter.iter().filter_map(|letter| letter.letter.case);
    let named: BTreeSet<CaseRef> = (keys.cases.iter().chain(&view.threads).copied())
        .chain(view.by_person.iter().chain(&view.by_domain).chain(&view.by_product).copied())
        .chain(beside)
        .chain(of_letter)
        .collect();
    for reference in named {
        if let Some(case) = store.case(reference)? {
            view.cases.insert(reference, case);
        }
    }
    if keys.with_letters {
        for case in keys.cases.iter().chain(&view.threads).filter_map(|case| view.cases.get(case)) {
            for id in &case.thread {
                view.letters.extend(store.letter_by_message_id(id)?);
            }
        }
    }
    Ok(view)
}

fn newest(mut cases: Vec<CaseRef>) -> impl Iterator<Item = CaseRef> {
    cases.sort_unstable();
    cases.into_iter().rev().take(CASES_MAX)
}
