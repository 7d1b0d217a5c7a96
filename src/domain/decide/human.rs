//! Messages that people of ours wrote: from the Sent folder, or from listed staff with the mailbox in copy.
//! The first one to the partner meets the promise; an automatic message never does.

use super::commanded;
use super::message::{filed, ignored, known, seen, unplaced, unseen};
use super::submission::submission_kind;
use super::{Deciding, Decision};
use crate::domain::case::SubmissionKind;
use crate::domain::certificate::Issued;
use crate::domain::event::Arrival;
use crate::domain::fact::Fact;
use crate::domain::ids::{BlobDigest, MailboxName};
use crate::domain::lane::Phase;
use crate::domain::outbox::LetterState;
use crate::domain::policy::{Policy, SharedMailbox, StaffMember};
use crate::domain::reading::{Authenticated, Certificate, DocumentKind, MessageFacts};
use crate::domain::route;
use crate::domain::step::WorldFact;
use crate::domain::view::View;

/// The author of a message that names only the mailbox.
const BY_A_PERSON: &str = "a person in the shared mailbox";

/// A message in our own Sent folder: a reply by a person, unless it is one of our letters.
pub(super) fn sent_message_seen(policy: &Policy, view: &View, arrival: &Arrival) -> Decision {
    if let Some(known) = known(view, arrival) {
        return known;
    }
    let facts = &arrival.facts;
    if !facts.commands.is_empty() && facts.automatic.is_none() && view.letter.is_none() {
        return command_in_sent(policy, view, arrival);
    }
    sent_by_a_person(policy, view, arrival)
}

/// A command is never obeyed from here, where nothing proves who wrote it.
fn command_in_sent(policy: &Policy, view: &View, arrival: &Arrival) -> Decision {
    let facts = &arrival.facts;
    let is_own = facts.from.as_ref().is_some_and(|from| policy.is_own(&from.address));
    match (commanded::only_among_us(policy, facts), is_own) {
        (true, true) => commanded::by_nobody_named(policy, arrival),
        (true, false) => unseen("a command in Sent: the copy in the inbox counts"),
        (false, _) => {
            let mut decision = sent_by_a_person(policy, view, arrival);
            decision.effects.extend(commanded::by_nobody_named(policy, arrival).effects);
            decision
        }
    }
}

/// Mail from one of our own mailboxes, found in an inbox: somebody may write in its name and keep the sent copy elsewhere.
pub(super) fn mailbox_wrote(policy: &Policy, view: &View, arrival: &Arrival, author: &SharedMailbox) -> Decision {
    let facts = &arrival.facts;
    let by_person = facts.authenticated == Authenticated::Pass && facts.commands.is_empty() && view.letter.is_none();
    let case = route::place_reply(policy, view, facts).and_then(|reference| view.cases.get(&reference));
    let Some(case) = case.filter(|_| by_person) else {
        // A copy in Sent may still answer a promise.
        return unseen("ignored: from one of our own mailboxes (STANDARDS A7)");
    };
    let mut d = Deciding::about(policy, arrival.at, case.clone());
    let meets_promise = answers_for(&d, &author.name);
    replied(&mut d, arrival, BY_A_PERSON, meets_promise);
    d.finish()
}

fn sent_by_a_person(policy: &Policy, view: &View, arrival: &Arrival) -> Decision {
    let case = route::place_reply(policy, view, &arrival.facts);
    if let Some(ours) = &view.letter {
        let mut decision = ignored(arrival, case, "one of our own letters in Sent: answers no clock");
        // Its attempt may have ended without an answer, or the program with it.
        if ours.attempts > 0 && !matches!(ours.state, LetterState::Sent { .. }) {
            decision.world.push(WorldFact::LetterFound { letter: ours.letter.id });
        }
        return decision;
    }
    if arrival.facts.automatic.is_some() {
        return ignored(arrival, case, "an automatic letter in Sent: answers no clock");
    }
    let Some(case) = case.and_then(|reference| view.cases.get(&reference)) else {
        return ignored(arrival, None, "sent by a person, about no case");
    };
    let mut d = Deciding::about(policy, arrival.at, case.clone());
    let meets_promise = answers_for(&d, &arrival.place.mailbox);
    replied(&mut d, arrival, BY_A_PERSON, meets_promise);
    d.finish()
}

/// Mail from a listed member of staff: commands, or with a participant among its recipients a reply to the partner.
pub(super) fn staff_wrote(policy: &Policy, view: &View, arrival: &Arrival, author: &StaffMember) -> Decision {
    let facts = &arrival.facts;
    if !facts.commands.is_empty() {
        return commanded::by_staff(policy, view, arrival, author);
    }
    let by = author.name.as_str();
    let case = route::place_reply(policy, view, facts).and_then(|reference| view.cases.get(&reference));
    match (case, facts.authenticated) {
        (Some(case), Authenticated::Pass) => {
            let mut d = Deciding::about(policy, arrival.at, case.clone());
            let copied = facts.to.iter().chain(&facts.cc).filter_map(|to| policy.mailbox_at(&to.address));
            let mailboxes = copied.map(|mailbox| &mailbox.name).chain([&arrival.place.mailbox]);
            let meets_promise = mailboxes.into_iter().any(|mailbox| answers_for(&d, mailbox));
            replied(&mut d, arrival, by, meets_promise);
            d.finish()
        }
        (Some(_), Authenticated::Fail | Authenticated::None) => {
            unplaced(policy, arrival, "It is written as staff to a partner, and does not authenticate as staff.")
        }
        (None, _) if facts.documents.iter().any(|document| submission_kind(document).is_some()) => {
            unplaced(policy, arrival, "A member of staff sent a partner's document. It is filed under no case.")
        }
        (None, _) => ignored(arrival, None, "from staff, to no partner of a case: left to people"),
    }
}

/// The promise is that of one team: a word from the other one does not keep it. Anybody may answer an enquiry.
fn answers_for(d: &Deciding<'_>, mailbox: &MailboxName) -> bool {
    let team = d.policy.mailbox(mailbox).map(|mailbox| mailbox.team);
    d.phase() == Phase::Enquiry || team == Some(d.team())
}

fn replied(d: &mut Deciding<'_>, arrival: &Arrival, by: &str, meets_promise: bool) {
    let sent_at = arrival.received_at;
    d.record(filed(arrival, None));
    d.decision.world.push(seen(arrival, Some(d.case.reference)));
    if !meets_promise {
        d.say(format!("{}: the other team wrote to the partner, which answers no clock of ours", d.case.reference));
        return;
    }
    d.say(format!("{} answered by {by}", d.case.reference));
    issue_certificate(d, &arrival.facts);
    let sends_pack = |document| submission_kind(document) == Some(SubmissionKind::WitnessPack);
    let blank_pack = arrival.facts.documents.iter().any(sends_pack);
    d.record(Fact::HumanReplied { by: by.to_owned(), sent_at, blank_pack });
    d.answer_clock(sent_at, by);
    if blank_pack && d.case.is_open() && d.phase() == Phase::WitnessPackToSend {
        d.say("the blank witness test pack is out");
        d.enter(Phase::WitnessPackDue, sent_at);
    }
}

/// A certificate that went out is remembered, to be compared with the one that comes back. The blank slot of a SCAL
/// that staff sent is none.
fn issue_certificate(d: &mut Deciding<'_>, facts: &MessageFacts) {
    let certificates = facts.documents.iter().filter_map(|document| match &document.kind {
        DocumentKind::Certificate(says) if document.readable => {
            Some((document.sha256.clone(), says.as_deref().cloned()))
        }
        DocumentKind::Certificate(_)
        | DocumentKind::Scal(_)
        | DocumentKind::WitnessPack(_)
        | DocumentKind::ApprovalForm(_)
        | DocumentKind::Other => None,
    });
    let (files, says): (Vec<BlobDigest>, Vec<Option<Certificate>>) = certificates.unzip();
    if files.is_empty() {
        return;
    }
    let issued = Issued { files, certificate: says.into_iter().flatten().next() };
    d.say("the certificate is out");
    d.record(Fact::CertificateIssued { issued });
}
