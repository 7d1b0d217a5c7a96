//! Loads what a decision may look at, and no more.

use std::collections::BTreeSet;

use crate::adapters::store::{Store, StoreError};
use crate::domain::effect::LetterKind;
use crate::domain::ids::{CaseRef, IdentityDigest};
use crate::domain::policy::Policy;
use crate::domain::view::{Filed, Keys, MERGES_MAX, View};

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
    let written_to_ourselves = view.letter.iter().filter(|letter| letter.letter.kind == LetterKind::Canary);
    if let Some(mailbox) = written_to_ourselves.map(|letter| &letter.letter.mailbox).chain(&keys.vigil_of).next() {
        view.vigil = store.vigil(mailbox)?;
    }
    if let Some(canary) = view.vigil.canary.as_ref().filter(|_| keys.vigil_of.is_some()) {
        view.letter = store.letter(canary.letter)?;
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
    view.absences = store.absences()?;
    view.partner_mail_stopped = store.partner_mail_stopped()?.is_some();
    cases(store, keys, beside, &mut view)?;
    of_commands(store, keys, &mut view)?;
    Ok(view)
}

/// The cases that were found, and what they go on as where they were merged into another one.
fn cases(store: &Store, keys: &Keys, beside: BTreeSet<CaseRef>, view: &mut View) -> Result<(), StoreError> {
    let of_letter = view.letter.iter().filter_map(|letter| letter.letter.case);
    let mut named: BTreeSet<CaseRef> = (keys.cases.iter().chain(&view.threads).copied())
        .chain(view.by_person.iter().chain(&view.by_domain).chain(&view.by_product).copied())
        .chain(beside)
        .chain(keys.beside.iter().copied())
        .chain(of_letter)
        .collect();
    for _ in 0..MERGES_MAX {
        let mut merged = BTreeSet::new();
        for reference in named {
            if let Some(case) = store.case(reference)? {
                merged.extend(case.merged.iter().map(|merged| merged.into));
                view.cases.insert(reference, case);
            }
        }
        named = merged.into_iter().filter(|case| !view.cases.contains_key(case)).collect();
    }
    Ok(())
}

/// The letters that a command may take back, and the messages that one may move.
fn of_commands(store: &Store, keys: &Keys, view: &mut View) -> Result<(), StoreError> {
    let about: Vec<CaseRef> = keys.cases.iter().chain(&view.threads).copied().collect();
    if keys.with_letters {
        let also = about.iter().map(|case| view.goes_on_as(*case)).filter(|case| !about.contains(case));
        let also: Vec<CaseRef> = also.collect();
        for case in about.iter().chain(&also).filter_map(|case| view.cases.get(case)) {
            let aside = case.undo.iter().flat_map(|undo| &undo.aside);
            for id in case.thread.iter().chain(aside) {
                view.letters.extend(store.letter_by_message_id(id)?);
            }
        }
    }
    if keys.corrects {
        for id in &keys.threads {
            view.replied_to.extend(filed(store, store.identities_of_message_id(id)?)?);
        }
        for case in about {
            let here = filed(store, store.messages_of_case(case)?)?;
            view.messages.extend(here.into_iter().map(|filed| Filed { case: Some(case), ..filed }));
        }
    }
    Ok(())
}

fn filed(store: &Store, identities: Vec<IdentityDigest>) -> Result<Vec<Filed>, StoreError> {
    let mut filed = Vec::with_capacity(identities.len());
    for identity in identities {
        filed.extend(store.message(&identity)?.map(|(arrival, case)| Filed { arrival, case }));
    }
    Ok(filed)
}

fn newest(mut cases: Vec<CaseRef>) -> impl Iterator<Item = CaseRef> {
    cases.sort_unstable();
    cases.into_iter().rev().take(CASES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::{Command, Manner};
    use crate::domain::effect::LetterKind;
    use crate::domain::event::Event;
    use crate::domain::fact::Fact;
    use crate::domain::ids::{Address, BlobDigest, LetterId, MailboxName, MessageId};
    use crate::domain::outbox::{OfCommand, QueuedLetter};
    use crate::domain::policy::Level;
    use crate::domain::step::Step;

    #[test]
    fn a_letter_beside_the_thread_is_found_while_its_command_can_be_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let at = "2026-11-23T10:00:00Z".parse().unwrap();
        let (mut store, _) = Store::open(dir.path(), at).unwrap();
        let (case, mailbox) = (CaseRef::FIRST, MailboxName::new("lsob"));
        let id = MessageId::new("letter@ers.example").unwrap();
        let letter = QueuedLetter {
            id: LetterId { step: 1, index: 0 },
            kind: LetterKind::NextStep,
            mailbox: mailbox.clone(),
            case: Some(case),
            to: Address::new("it@trust.example").unwrap(),
            subject: "Approval form".to_owned(),
            message_id: id.clone(),
            raw: BlobDigest::from_hex("00"),
            level: Level::Send,
            of_command: Some(OfCommand { number: 1, not_before: None }),
        };
        let (by, command) = ("asha".to_owned(), Command::Approve { form: None });
        let given = Fact::CommandGiven { by: by.clone(), command: command.verb().to_owned() };
        let opened = Fact::CaseOpened { mailbox, subject: "SCAL".to_owned() };
        let threaded = Fact::LetterThreaded { message_id: id.clone(), aside: true };
        let step = Step {
            at,
            event: Event::CommandGiven { at, by, case: Some(case), command, manner: Manner::default() },
            why: String::new(),
            facts: [opened, given, threaded].map(|fact| (case, fact)).to_vec(),
            world: Vec::new(),
            letters: vec![letter],
        };
        store.stage(step).unwrap();
        let keys = Keys { cases: vec![case], with_letters: true, ..Keys::default() };
        let mut found = View::default();
        cases(&store, &keys, BTreeSet::new(), &mut found).unwrap();
        of_commands(&store, &keys, &mut found).unwrap();
        assert!(!found.cases[&case].thread.contains(&id));
        assert_eq!(found.letters.iter().map(|letter| &letter.letter.message_id).collect::<Vec<_>>(), [&id]);
    }
}
