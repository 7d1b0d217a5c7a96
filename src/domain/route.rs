//! Which case is meant? The joining rules of PROCESS.md, "Trust, safety and the wrong case", in their order.
//! A sender joins a case only by taking part in it; a document that names another product wins over the thread.

mod form;
mod notice;

use super::case::Case;
use super::command::{Command, Order};
use super::event::{Arrival, Event};
use super::ids::{Address, CaseRef, MessageId};
use super::policy::Policy;
use super::reading::{Automatic, Document, DocumentKind, MessageFacts, Scheduling, Supplier};
use super::view::{Keys, View};

pub(in crate::domain) use form::sent_only_a_form;
pub(in crate::domain) use notice::of_notice;

use form::place_form;

/// References examined in one message; more are noise.
const REFS_MAX: usize = 5;

/// Where a partner's message belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    Joins(CaseRef),
    /// A new case. `beside` is an existing case that staff should compare it with, and why.
    Opens {
        beside: Option<(CaseRef, Beside)>,
    },
    /// The form of an end user organisation, from somebody who takes no part in the case.
    FilesForm(CaseRef),
    /// Whoever sent such a form writes about it again.
    FormSenderWrites(CaseRef),
    /// A person must say where it belongs; the sender learns nothing.
    AsksStaff {
        why: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// The thread pointed to that case, but the document names another supplier or product.
    OtherProduct,
    /// The same product, from somebody who takes no part in that case.
    NewSender,
    /// The thread pointed to that case, which staff closed.
    Closed,
    /// It quotes that case, in which its sender takes no part.
    Quoted,
    /// Its sender takes part in that case and in others, and it names none of them.
    SeveralCases,
    /// Its sender takes part in that case, which names no product yet.
    Unnamed,
}

/// What must be loaded to decide on an event.
pub fn keys(policy: &Policy, event: &Event) -> Keys {
    match event {
        Event::MessageArrived(arrival) | Event::SentMessageSeen(arrival) | Event::JunkSeen(arrival) => {
            message_keys(policy, arrival)
        }
        Event::MomentCame { case, .. } => {
            Keys { cases: vec![*case], correspondents_of: vec![*case], ..Keys::default() }
        }
        Event::CommandGiven { case, command, .. } => Keys {
            cases: case.iter().copied().collect(),
            with_letters: true,
            corrects: command.corrects(),
            beside: command.beside().into_iter().collect(),
            ..Keys::default()
        },
        Event::AttemptStarted { letter, .. }
        | Event::AttemptEnded { letter, .. }
        | Event::LetterReleased { letter, .. } => Keys { letter: Some(*letter), ..Keys::default() },
        Event::MailboxRead { mailbox, .. } => Keys { late_mail_in: Some(mailbox.clone()), ..Keys::default() },
        Event::DayBegan { .. } => Keys { whole: true, ..Keys::default() },
        Event::CanaryDue { mailbox, .. } => Keys { vigil_of: Some(mailbox.clone()), ..Keys::default() },
        Event::BacklogPassedOver { .. }
        | Event::MessageQuarantined { .. }
        | Event::MailboxRenumbered { .. }
        | Event::AlarmRaised { .. }
        | Event::TroubleFound { .. }
        | Event::TroubleEnded { .. } => Keys::default(),
    }
}

fn message_keys(policy: &Policy, arrival: &Arrival) -> Keys {
    let facts = &arrival.facts;
    let people: Vec<Address> = correspondents(policy, facts);
    let domains = people.iter().map(|a| a.domain().to_owned()).filter(|d| !shared(policy, d)).collect();
    let bounced = facts.bounce.iter().filter_map(|bounce| bounce.original.clone());
    Keys {
        cases: references(policy, facts).chain(session_ref(facts)).chain(told_of(facts)).collect(),
        correspondents_of: Vec::new(),
        threads: facts.references.clone(),
        people,
        domains,
        products: suppliers(facts).filter_map(|supplier| product_key(&supplier)).collect(),
        identity: Some(facts.identity.clone()),
        message_id: facts.message_id.clone(),
        letter: None,
        late_mail_in: None,
        vigil_of: None,
        letters: bounced.chain(facts.message_id.clone()).collect(),
        // A notice names a supplier or a product in its own words.
        whole: facts.agreement.is_some(),
        with_letters: !facts.commands.is_empty(),
        corrects: corrections(policy, arrival).next().is_some(),
        beside: corrections(policy, arrival).filter_map(|command| command.beside()).collect(),
    }
}

/// The commands of a message that correct where something lies.
pub(super) fn corrections(policy: &Policy, arrival: &Arrival) -> impl Iterator<Item = Command> {
    let today = policy.calendar.local_date(arrival.received_at);
    let orders = arrival.facts.commands.iter().filter_map(move |text| Order::parse(text, today).ok());
    orders.map(|order| order.command).filter(Command::corrects)
}

/// The people of the partner that a message is from or to: the author, or the recipients where one of us wrote it.
pub fn correspondents(policy: &Policy, facts: &MessageFacts) -> Vec<Address> {
    let is_ours = |address: &Address| policy.is_own(address) || policy.staff_member(address).is_some();
    match &facts.from {
        Some(from) if !is_ours(&from.address) => vec![from.address.clone()],
        Some(_) | None => {
            let recipients = facts.to.iter().chain(&facts.cc).map(|mailbox| mailbox.address.clone());
            recipients.filter(|address| !is_ours(address)).collect()
        }
    }
}

/// Takes part: has written on the case, or belongs to the organisation of somebody who has.
pub fn takes_part(policy: &Policy, case: &Case, address: &Address) -> bool {
    let colleague = |participant: &Address| participant.domain() == address.domain();
    let of_organisation = !shared(policy, address.domain()) && case.participants.keys().any(colleague);
    (case.participants.contains_key(address) || of_organisation) && !case.former.contains(address)
}

/// Where the message of a partner belongs.
pub fn place(policy: &Policy, view: &View, facts: &MessageFacts, from: &Address) -> Placed {
    let of = |reference: &CaseRef| view.cases.get(reference);
    let takes_part = |reference: &CaseRef| of(reference).is_some_and(|case| takes_part(policy, case, from));
    let quoted: Vec<CaseRef> = quoted(policy, view, facts).collect();
    let joined = quoted.iter().copied().find(takes_part);
    if let Some((reference, case)) = joined.and_then(|reference| Some((reference, of(&reference)?))) {
        return place_answer(view, facts, reference, case, takes_part);
    }
    if let Some(own) = same_product(view, facts).find(takes_part) {
        return Placed::Joins(own);
    }
    if let Some(placed) = place_form(policy, view, facts, from, &quoted) {
        return placed;
    }
    let known = quoted.into_iter().find(|reference| view.cases.contains_key(reference));
    match (same_product(view, facts).next(), known) {
        (Some(same), _) if brings_scal(facts) => Placed::Opens { beside: Some((same, Beside::NewSender)) },
        (None, Some(quoted)) if brings_scal(facts) => Placed::Opens { beside: Some((quoted, Beside::Quoted)) },
        (_, Some(quoted)) => {
            Placed::AsksStaff { why: format!("It refers to {quoted}, and its sender takes no part in that case.") }
        }
        (Some(same), None) => Placed::AsksStaff {
            why: format!("Its document names the product of {same}, and its sender takes no part in that case."),
        },
        (None, None) => place_by_sender(view, facts, takes_part),
    }
}

/// Further open cases of the product that a message names, where it says nothing of which track is meant: a person may
/// have to move it.
pub(super) fn also_meant(
    policy: &Policy,
    view: &View,
    facts: &MessageFacts,
    from: &Address,
    joined: CaseRef,
) -> Vec<CaseRef> {
    if quoted(policy, view, facts).any(|reference| reference == joined) {
        return Vec::new();
    }
    let takes_part = |reference: &CaseRef| view.cases.get(reference).is_some_and(|case| takes_part(policy, case, from));
    same_product(view, facts).filter(|reference| *reference != joined).filter(takes_part).collect()
}

/// It answers a case in which its sender takes part. A document that names another product wins.
fn place_answer(
    view: &View,
    facts: &MessageFacts,
    reference: CaseRef,
    case: &Case,
    takes_part: impl Fn(&CaseRef) -> bool,
) -> Placed {
    if !case.is_open() {
        return closed(facts, reference);
    }
    let named = named(facts);
    if named.is_empty() || named.iter().any(|supplier| !names_another(&case.supplier, supplier)) {
        return Placed::Joins(reference);
    }
    if let Some(other) = same_product(view, facts).find(takes_part) {
        return Placed::Joins(other);
    }
    if brings_scal(facts) {
        return Placed::Opens { beside: Some((reference, Beside::OtherProduct)) };
    }
    Placed::AsksStaff { why: format!("It answers {reference}, but its document names another product.") }
}

/// Nothing but its sender says where it belongs: the one open case of that person, else of their organisation.
fn place_by_sender(view: &View, facts: &MessageFacts, takes_part: impl Fn(&CaseRef) -> bool) -> Placed {
    let open = open_cases(view, takes_part);
    if !named(facts).is_empty() {
        let unnamed = |reference: &&CaseRef| view.cases.get(reference).is_some_and(|c| c.supplier.product.is_none());
        return Placed::Opens { beside: open.iter().find(unnamed).map(|case| (*case, Beside::Unnamed)) };
    }
    match open.as_slice() {
        [] => Placed::Opens { beside: None },
        [only] => Placed::Joins(*only),
        [first, ..] => match latest_enquiry(view, facts, &open) {
            Some(enquiry) => Placed::Joins(enquiry),
            None => Placed::Opens { beside: Some((*first, Beside::SeveralCases)) },
        },
    }
}

/// Where a message that names none of several cases belongs if it brings no document: beside the last one like it. A
/// case for each would be a flood where a machine writes.
fn latest_enquiry(view: &View, facts: &MessageFacts, open: &[CaseRef]) -> Option<CaseRef> {
    let brings_document = |document: &Document| !matches!(document.kind, DocumentKind::Other) && document.readable;
    let is_enquiry = |case: &Case| case.supplier.product.is_none() && case.submissions.is_empty();
    let latest = open.iter().rev().find(|reference| view.cases.get(reference).is_some_and(is_enquiry));
    latest.copied().filter(|_| !facts.documents.iter().any(brings_document))
}

/// The open cases of the people concerned; where they have none, those of their organisation.
fn open_cases(view: &View, belongs: impl Fn(&CaseRef) -> bool) -> Vec<CaseRef> {
    let open = |reference: &&CaseRef| view.cases.get(reference).is_some_and(Case::is_open) && belongs(reference);
    let own: Vec<CaseRef> = view.by_person.iter().filter(open).copied().collect();
    if own.is_empty() { view.by_domain.iter().filter(open).copied().collect() } else { own }
}

/// The open cases of a product that the message's documents name.
fn same_product(view: &View, facts: &MessageFacts) -> impl Iterator<Item = CaseRef> {
    let named = named(facts);
    let same =
        move |case: &Case| case.is_open() && named.iter().any(|supplier| !names_another(&case.supplier, supplier));
    view.by_product.iter().copied().filter(move |reference| view.cases.get(reference).is_some_and(&same))
}

/// What the documents name, as far as it tells products apart.
fn named(facts: &MessageFacts) -> Vec<Supplier> {
    suppliers(facts).filter(|supplier| product_key(supplier).is_some()).collect()
}

fn closed(facts: &MessageFacts, reference: CaseRef) -> Placed {
    if brings_scal(facts) {
        return Placed::Opens { beside: Some((reference, Beside::Closed)) };
    }
    Placed::AsksStaff { why: format!("It answers {reference}, which is closed.") }
}

/// The case that a message of our own people is about: one in which somebody addressed takes part.
pub fn place_reply(policy: &Policy, view: &View, facts: &MessageFacts) -> Option<CaseRef> {
    let addressed = correspondents(policy, facts);
    let reaches = |reference: &CaseRef| {
        let case = view.cases.get(reference);
        let concerns = |case: &Case, address: &Address| {
            takes_part(policy, case, address) || sent_only_a_form(policy, case, address)
        };
        case.is_some_and(|case| addressed.iter().any(|address| concerns(case, address)))
    };
    if let Some(reference) = quoted(policy, view, facts).find(reaches) {
        return Some(reference);
    }
    match open_cases(view, reaches).as_slice() {
        [only] => Some(*only),
        [] | [_, ..] => None,
    }
}

/// The case that an automatic message concerns, for filing only.
pub fn place_automatic(policy: &Policy, view: &View, facts: &MessageFacts) -> Option<CaseRef> {
    let from = facts.from.as_ref().map(|from| &from.address);
    let bounce = matches!(facts.automatic, Some(Automatic::Bounce | Automatic::DeliveryNotice));
    let belongs = |reference: &CaseRef| {
        let case = view.cases.get(reference);
        case.is_some_and(|case| bounce || from.is_some_and(|from| takes_part(policy, case, from)))
    };
    view.threads.iter().copied().chain(anchors(policy, facts)).map(|case| view.goes_on_as(case)).find(belongs)
}

/// The cases that a message answers or names, each as what it goes on as.
fn quoted(policy: &Policy, view: &View, facts: &MessageFacts) -> impl Iterator<Item = CaseRef> {
    view.threads.iter().copied().chain(references(policy, facts)).map(|case| view.goes_on_as(case))
}

/// The cases that a message names by itself: in its thread, then in its subject.
fn references(policy: &Policy, facts: &MessageFacts) -> impl Iterator<Item = CaseRef> {
    anchors(policy, facts).chain(subject_refs(&facts.subject))
}

/// The UID of a session of ours begins with its case.
fn session_ref(facts: &MessageFacts) -> Option<CaseRef> {
    let mut words = facts.scheduling.as_ref()?.uid.splitn(3, '-');
    CaseRef::parse(&format!("{}-{}", words.next()?, words.next()?))
}

fn told_of(facts: &MessageFacts) -> impl Iterator<Item = CaseRef> {
    facts.agreement.iter().flat_map(|told| told.cases.iter().copied().take(REFS_MAX))
}

/// The case whose session an invitation, or an answer to one, is about.
pub fn of_session<'v>(view: &'v View, scheduling: &Scheduling) -> Option<&'v Case> {
    let is_it = |case: &&Case| case.session.as_ref().is_some_and(|session| session.uid == scheduling.uid);
    view.cases.values().filter(|case| case.is_open()).find(is_it)
}

/// Every letter about a case names `case-ers-00042` of our domain among its references, which outlives a relay that
/// gives the letter itself another Message-ID (STANDARDS, lesson 41).
fn anchors(policy: &Policy, facts: &MessageFacts) -> impl Iterator<Item = CaseRef> {
    let is_ours = |domain: &str| policy.mailboxes.iter().any(|mailbox| mailbox.address.domain() == domain);
    let anchor = move |id: &MessageId| {
        let (case, domain) = id.as_str().strip_prefix("case-")?.split_once('@')?;
        CaseRef::parse(case).filter(|_| is_ours(domain))
    };
    facts.references.iter().filter_map(anchor).take(REFS_MAX)
}

/// Case references in a subject line, such as `[ERS-00042]`.
pub fn subject_refs(subject: &str) -> Vec<CaseRef> {
    let words = subject.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter_map(CaseRef::parse).take(REFS_MAX).collect()
}

/// The key under which a product is indexed: letters and digits of its name, in lower case.
pub fn product_key(supplier: &Supplier) -> Option<String> {
    let key = normal(supplier.product.as_deref()?);
    (!key.is_empty()).then_some(key)
}

fn suppliers(facts: &MessageFacts) -> impl Iterator<Item = Supplier> {
    facts.documents.iter().filter_map(named_in)
}

/// What a document names. A form names an end user organisation, which is not the supplier.
pub(super) fn named_in(document: &Document) -> Option<Supplier> {
    match &document.kind {
        DocumentKind::Scal(scal) => Some(scal.supplier.clone()),
        DocumentKind::WitnessPack(pack) => {
            Some(Supplier { organisation: pack.supplier.clone(), product: pack.product.clone(), ..Supplier::default() })
        }
        DocumentKind::ApprovalForm(form) => Some(Supplier { product: form.product.clone(), ..Supplier::default() }),
        DocumentKind::Certificate(_) | DocumentKind::Other => None,
    }
}

fn brings_scal(facts: &MessageFacts) -> bool {
    facts.documents.iter().any(|document| matches!(document.kind, DocumentKind::Scal(_)))
}

/// Clearly another supplier or product: both are named, and neither name contains the other.
pub(super) fn names_another(known: &Supplier, named: &Supplier) -> bool {
    differs(&known.product, &named.product)
        || (differs(&known.organisation, &named.organisation) && differs(&known.ods_code, &named.ods_code))
}

/// Clearly another organisation, whatever its product is called.
pub(super) fn is_another_supplier(one: &Supplier, other: &Supplier) -> bool {
    let same_code = one.ods_code.is_some() && one.ods_code == other.ods_code;
    differs(&one.organisation, &other.organisation) && !same_code
}

/// Both are named, and neither contains the other.
fn differs(known: &Option<String>, named: &Option<String>) -> bool {
    let (Some(known), Some(named)) = (known, named) else { return false };
    let (known, named) = (normal(known), normal(named));
    let (known, named) = (without_legal_form(&known), without_legal_form(&named));
    !known.contains(named) && !named.contains(known)
}

fn without_legal_form(name: &str) -> &str {
    let form = ["limited", "ltd", "plc", "llp"].into_iter().find_map(|form| name.strip_suffix(form));
    form.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

fn normal(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn shared(policy: &Policy, domain: &str) -> bool {
    policy
        .shared_domains
        .iter()
        .any(|shared| domain == shared || domain.strip_suffix(shared.as_str()).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_in_a_subject_as_people_write_it() {
        let many = "ERS-1 ERS-2 ERS-3 ERS-4 ERS-5 ERS-6";
        for (subject, expected) in [
            ("Re: Care Vista Link SCAL [ERS-00042]", vec![42]),
            ("RE: [External] ers-42: re: question (ERS-7)", vec![42, 7]),
            ("ERS-00042.", vec![42]),
            ("our OERS-00042, ERS-42x, ERS-, ERS_42, ERS 42", vec![]),
            ("", vec![]),
            (many, vec![1, 2, 3, 4, 5]),
        ] {
            let found: Vec<u32> = subject_refs(subject).into_iter().map(CaseRef::number).collect();
            assert_eq!(found, expected, "{subject}");
        }
    }

    #[test]
    fn a_product_is_one_however_it_is_punctuated() {
        let key = |product: Option<&str>| {
            product_key(&Supplier { product: product.map(str::to_owned), ..Supplier::default() })
        };
        assert_eq!(key(Some("Care-Vista  LINK")).as_deref(), Some("carevistalink"));
        assert_eq!(key(Some("Çare Ünit")).as_deref(), Some("çareünit"));
        assert_eq!((key(Some(" - ")), key(None)), (None, None));
    }

    #[test]
    fn another_product_is_named_only_where_it_is_clear() {
        let supplier = |product: &str, organisation: &str, ods_code: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let (product, organisation, ods_code) = (some(product), some(organisation), some(ods_code));
            Supplier { product, organisation, ods_code, ..Supplier::default() }
        };
        let known = supplier("Care Vista Link", "Care Vista Ltd", "ABC1");
        for (named, another) in [
            (supplier("", "", ""), false),
            (supplier("care vista link", "", ""), false),
            (supplier("Care Vista Link v2", "", ""), false),
            (supplier("Quite Another", "", ""), true),
            (supplier("Care Vista Link", "Care Vista Limited", "ABC1"), false),
            (supplier("Care Vista Link", "Care Vista LIMITED", "XYZ9"), false),
            (supplier("Care Vista Link", "Other Org", "ABC1"), false),
            (supplier("Care Vista Link", "Other Org", "XYZ9"), true),
        ] {
            assert_eq!(names_another(&known, &named), another, "{named:?}");
        }
        assert!(!names_another(&Supplier::default(), &known));
    }
}
