//! A message arrived in an inbox: known, automatic, ours, or a partner's. Files it, moves the lane, answers.

use jiff::{SignedDuration, Timestamp};

use super::lanes::Moved;
use super::notices::{self, Remarks};
use super::submission::{self, Named, submission_kind};
use super::{
    Deciding, Decision, absence, agreement_notice, calendar_reply, canary, commanded, delivery, form_sender, human,
    late, not_routine, row,
};
use crate::domain::case::{Case, SetAside, SubmissionKind};
use crate::domain::effect::{Answers, StaffAttention, WhatNext};
use crate::domain::event::Arrival;
use crate::domain::fact::{Fact, Item, Received};
use crate::domain::ids::{Address, CaseRef, MailboxName};
use crate::domain::policy::{Policy, SharedMailbox, Team};
use crate::domain::reading::{Authenticated, Automatic, Matter, MessageFacts, in_words};
use crate::domain::route::{self, Beside, Placed};
use crate::domain::step::WorldFact;
use crate::domain::view::View;

pub(super) fn arrived(policy: &Policy, view: &View, arrival: &Arrival) -> Decision {
    let facts = &arrival.facts;
    // Before copies are looked for: the one in Sent may have been seen first.
    if let Some(back) = canary::back(view, arrival) {
        return back;
    }
    if let Some(known) = known(view, arrival) {
        return known;
    }
    if let Some(answered) = calendar_reply::answered(policy, view, arrival) {
        return answered;
    }
    if let Some(noticed) = agreement_notice::noticed(policy, view, arrival) {
        return noticed;
    }
    let author = facts.from.as_ref().map(|from| &from.address);
    let is_ours = author.is_some_and(|from| policy.is_own(from) || policy.staff_member(from).is_some());
    match facts.automatic.filter(|_| !(is_ours && calendar_reply::is_invitation(facts))) {
        Some(Automatic::Bounce | Automatic::DeliveryNotice) => return delivery::reported(policy, view, arrival),
        Some(
            kind @ (Automatic::AutoReply
            | Automatic::OutOfOffice
            | Automatic::List
            | Automatic::Bulk
            | Automatic::Own
            | Automatic::Calendar),
        ) => return automatic(policy, view, arrival, kind),
        None => {}
    }
    let Some(from) = author else {
        return for_staff(policy, view, arrival, "It has no readable sender.");
    };
    if policy.is_own(from) && commanded::only_among_us(policy, facts) && !facts.commands.is_empty() {
        return commanded::by_nobody_named(policy, arrival);
    }
    if let Some(mailbox) = policy.mailbox_at(from) {
        return human::mailbox_wrote(policy, view, arrival, mailbox);
    }
    if let Some(author) = policy.staff_member(from) {
        return human::staff_wrote(policy, view, arrival, author);
    }
    match route::place(policy, view, facts, from) {
        Placed::Joins(reference) => match view.cases.get(&reference) {
            Some(case) => partner_wrote(policy, view, arrival, from, case.clone(), Opening::Joined),
            None => for_staff(policy, view, arrival, "Its case could not be loaded."),
        },
        Placed::Opens { .. } if is_thanks(facts) && not_routine::matters(view, facts).is_empty() => {
            ignored(arrival, None, "a thank-you about no case: not answered")
        }
        Placed::Opens { beside } => {
            let reference = view.next_case.unwrap_or(CaseRef::FIRST);
            let (mailbox, _) = right_mailbox(policy, arrival);
            let case = Case::open(reference, arrival.at, mailbox, facts.subject.clone());
            partner_wrote(policy, view, arrival, from, case, Opening::Opened { beside })
        }
        Placed::FilesForm(reference) => form_sender::form_arrived(policy, view, arrival, from, reference),
        Placed::FormSenderWrites(reference) => form_sender::wrote(policy, view, arrival, from, reference),
        Placed::AsksStaff { why } => for_staff(policy, view, arrival, &why),
    }
}

/// How the message came to its case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    Joined,
    /// A person said that it belongs there.
    Placed,
    Opened {
        beside: Option<(CaseRef, Beside)>,
    },
}

/// A copy of a message that was handled before, in this mailbox or another one.
pub(super) fn known(view: &View, arrival: &Arrival) -> Option<Decision> {
    let case = view.seen.as_ref()?;
    let of = case.map_or(String::new(), |case| format!(" of {case}"));
    let mut decision = Decision::saying(format!("a copy of a known message{of}: noted, nothing else"));
    let identity = arrival.facts.identity.clone();
    decision.world.push(WorldFact::CopyNoted { identity, place: arrival.place.clone() });
    Some(decision)
}

pub(super) fn seen(arrival: &Arrival, case: Option<CaseRef>) -> WorldFact {
    let facts = &arrival.facts;
    WorldFact::IdentitySeen { identity: facts.identity.clone(), message_id: facts.message_id.clone(), case }
}

/// Not marked as seen: a copy of it in another place may count.
pub(super) fn unseen(why: &str) -> Decision {
    let mut decision = Decision::saying(why);
    decision.world.push(WorldFact::Ignored { why: why.to_owned() });
    decision
}

pub(super) fn ignored(arrival: &Arrival, case: Option<CaseRef>, why: &str) -> Decision {
    let mut decision = Decision::saying(why);
    decision.world.push(seen(arrival, case));
    decision.world.push(WorldFact::Ignored { why: why.to_owned() });
    decision
}

/// An automatic message may be filed; it never changes a state, an owner or a clock.
fn automatic(policy: &Policy, view: &View, arrival: &Arrival, kind: Automatic) -> Decision {
    let why = match kind {
        Automatic::OutOfOffice => "out of office: filed, not answered",
        Automatic::AutoReply => "automatic reply: filed, not answered",
        Automatic::List => "mailing list: not answered",
        Automatic::Bulk => "bulk mail: not answered",
        Automatic::Own => "our own letter: ignored",
        Automatic::Calendar => "calendar reply: filed, not answered",
        Automatic::Bounce | Automatic::DeliveryNotice => "delivery report: filed, not answered",
    };
    let case = route::place_automatic(policy, view, &arrival.facts);
    let mut decision = ignored(arrival, case, why);
    if let Some((words, fact)) = absence::out_of_office(policy, view, arrival) {
        decision.why = format!("{why}; {words}");
        decision.world.push(fact);
    }
    if let Some(case) = case {
        decision.facts.push((case, filed(arrival, None)));
    }
    decision
}

pub(super) fn filed(arrival: &Arrival, partner: Option<&Address>) -> Fact {
    Fact::MessageFiled {
        message_id: arrival.facts.message_id.clone(),
        identity: arrival.facts.identity.clone(),
        raw: arrival.raw.clone(),
        received_at: arrival.received_at,
        partner: partner.cloned(),
        unread: partner.is_some() && is_unread(&arrival.facts),
        aside: false,
    }
}

/// Staff may have to open what it brought: a link, a picture of a form, a file with a password.
fn is_unread(facts: &MessageFacts) -> bool {
    let brought = !facts.documents.is_empty() || !facts.findings.is_empty();
    brought && facts.documents.iter().all(|document| submission_kind(document).is_none())
}

/// A message that a person must place: at once, where it is not routine.
pub(super) fn for_staff(policy: &Policy, view: &View, arrival: &Arrival, why: &str) -> Decision {
    let matters = not_routine::matters(view, &arrival.facts);
    if matters.is_empty() || arrival.older {
        return unplaced(policy, arrival, why);
    }
    not_routine::unplaced(policy, arrival, why, &matters)
}

/// How a notice about such a message is acted on.
pub(super) const PLACE_IT: &str = "If it belongs to a case, answer this email with !move and the reference of that case, \
     such as !move ERS-00042.";

/// A message that a person must place. Its sender learns nothing.
pub(super) fn unplaced(policy: &Policy, arrival: &Arrival, why: &str) -> Decision {
    if late::is_late(policy, arrival) {
        let mut decision = Decision::saying(format!("for staff to place, and late: {why}"));
        decision.world.extend([seen(arrival, None), late::entry(arrival, None, vec![why.to_owned()])]);
        return decision;
    }
    let (mailbox, team) = right_mailbox(policy, arrival);
    let content = StaffAttention {
        headline: "A message needs a person".to_owned(),
        what: format!(
            "A message with the subject “{}” arrived in the mailbox {}. {why} Nothing was sent to its sender.",
            arrival.facts.subject, arrival.place.mailbox
        ),
        what_to_do: format!(
            "Read it in the mailbox and answer it there, or forward it to the right person. {PLACE_IT}"
        ),
        list: Vec::new(),
        answers: Answers::Note,
        supplier: None,
    };
    let mut decision = notices::about_message(policy, team, &mailbox, &content, arrival);
    decision.why = format!("for staff to place: {why}");
    decision.world.push(seen(arrival, None));
    decision
}

/// Where letters about this message leave from: the team that a submission is for, whichever mailbox it came to.
pub(super) fn right_mailbox(policy: &Policy, arrival: &Arrival) -> (MailboxName, Team) {
    let submitted = arrival.facts.documents.iter().filter_map(submission_kind).next();
    let by_document = submitted.and_then(|kind| match kind {
        SubmissionKind::Scal | SubmissionKind::WitnessPack | SubmissionKind::Certificate => policy.mailbox_of(Team::Sa),
        SubmissionKind::ApprovalForm => policy.mailbox_of(Team::Lsob),
    });
    let right: Option<&SharedMailbox> = by_document.or_else(|| policy.mailbox(&arrival.place.mailbox));
    right.map_or((arrival.place.mailbox.clone(), Team::Sa), |mailbox| (mailbox.name.clone(), mailbox.team))
}

fn partner_wrote(
    policy: &Policy,
    view: &View,
    arrival: &Arrival,
    from: &Address,
    case: Case,
    opening: Opening,
) -> Decision {
    let mut d = Deciding::about(policy, arrival.at, case);
    d.decision.world.push(seen(arrival, Some(d.case.reference)));
    take_in(&mut d, view, arrival, from, opening);
    d.finish()
}

/// All that follows from a partner's message on its case.
pub(super) fn take_in(d: &mut Deciding<'_>, view: &View, arrival: &Arrival, from: &Address, opening: Opening) {
    let (policy, facts) = (d.policy, &arrival.facts);
    let mut remarks = Remarks::default();
    match opening {
        Opening::Opened { beside } => {
            remarks.opened_case = true;
            remarks.flags.extend(beside.map(|(case, why)| beside_flag(case, why)));
            d.say(format!("opens {}", d.case.reference));
            let (mailbox, subject) = (d.case.mailbox.clone(), d.case.subject.clone());
            d.record(Fact::CaseOpened { mailbox, subject });
        }
        Opening::Joined => {
            d.say(format!("joins {}", d.case.reference));
            let others = route::also_meant(policy, view, facts, from, d.case.reference);
            remarks.flags.extend((!others.is_empty()).then(|| also_meant_flag(d.case.reference, &others)));
        }
        Opening::Placed => {}
    }
    if view.id_used_before {
        remarks.flags.push("Its Message-ID was used before by another message with other content.".to_owned());
    }
    let trusted = facts.authenticated != Authenticated::Fail;
    // A first contact, or a sender who is not authenticated, hears of this message only.
    let compares = facts.authenticated == Authenticated::Pass && d.case.participants.contains_key(from);
    let name = facts.from.as_ref().and_then(|from| from.name.clone());
    d.record(Fact::ParticipantSeen { address: from.clone(), name });
    if !trusted {
        remarks.flags.push("It failed authentication: no automatic letter went to its sender.".to_owned());
    }
    d.record(filed(arrival, trusted.then_some(from)));
    remarks.flags.extend(wording_flags(facts));

    let named = if opening == Opening::Placed { Named::ByStaff } else { Named::ByItself };
    let taken = submission::take(d, arrival, &mut remarks, named);
    let opened = matches!(opening, Opening::Opened { .. });
    let moved = submission::file_and_move(d, arrival, &taken, opened);
    // What follows about a form is the work of LSOB, and tells its sender of nothing else.
    if let Some(lane) = taken.form_lane().filter(|_| taken.is_of_forms()) {
        d.lane = lane;
    }
    if trusted {
        d.note_needs(arrival, from);
    }
    let worth_telling = worth_telling(facts, &moved);
    remarks.joined_running_clock = moved.joined_running_clock;
    if taken.is_evidence(&moved) {
        remarks.flags.push("It is taken as the evidence of the remedial action that was asked for.".to_owned());
    }
    let received = submission::received(&d.case, arrival, &taken);
    let matters = not_routine::matters(view, facts);
    if matters.is_empty() && row::goes_on(d, arrival, from) {
        return;
    }
    let may = may_answer(policy, arrival);
    if matters.is_empty() || arrival.older {
        remarks.flags.extend(older_flag(&matters));
    } else {
        d.set_aside(arrival, &matters, may.is_ok());
    }
    remarks.flags.extend(d.case.set_aside.as_ref().map(SetAside::sentence));
    let (told, next) = if compares { (received.clone(), moved) } else { alone(d, &received, &moved) };
    match (may, d.case.set_aside.is_some()) {
        (Err(rule), _) => d.said.extend(rule),
        (Ok(()), true) => d.answer_set_aside(from, &told, !matters.is_empty()),
        (Ok(()), false) => answer(d, facts, from, &told, &next),
    }
    // The notice of a message that is not routine says all there is to say of one without files.
    let worth_telling = worth_telling && (matters.is_empty() || arrival.older || !received.items.is_empty());
    match (worth_telling, late::is_late(policy, arrival)) {
        (true, false) => {
            d.announce(Some(from), &received, remarks);
            // Beside a SCAL or a pack, a form is news for LSOB too.
            if let Some(lane) = taken.form_lane().filter(|lane| *lane != d.lane) {
                d.in_lane(&lane, |d| d.announce(Some(from), &received, Remarks::default()));
            }
        }
        (true, true) => d.list_late(arrival, remarks),
        (false, _) => {}
    }
}

/// A message told of without anything that came before it.
pub(super) fn alone(d: &Deciding<'_>, received: &Received, moved: &Moved) -> (Received, Moved) {
    let alone = |item| Item { repeated: false, of_case: Vec::new(), difference: None, ..item };
    let items = received.items.iter().cloned().map(alone).collect();
    let received = Received { items, ..received.clone() };
    let what_next = match moved.what_next {
        WhatNext::NothingNew => d.next_for(std::slice::from_ref(&received)),
        told @ (WhatNext::ScalReview
        | WhatNext::WitnessPackReview
        | WhatNext::FormReview
        | WhatNext::FiledForLater
        | WhatNext::PersonReads) => told,
    };
    (received, Moved { what_next, joined_running_clock: false })
}

/// Whether its sender may get a letter; if not, the rule that forbids it, where the story is to name one.
pub(super) fn may_answer(policy: &Policy, arrival: &Arrival) -> Result<(), Option<String>> {
    let facts = &arrival.facts;
    if let Some(rule) = &facts.no_answer {
        return Err(Some(format!("not answered ({rule})")));
    }
    if facts.authenticated == Authenticated::Fail || late::is_late(policy, arrival) {
        return Err(None);
    }
    Ok(())
}

/// Something of it could not be read, and nothing else of it is a submission.
pub(super) fn is_unreadable(received: &Received) -> bool {
    let readable = received.items.iter().any(|item| item.readable && item.recognised.is_some());
    let troubled = !received.findings.is_empty() || received.items.iter().any(|item| !item.readable);
    troubled && !readable
}

fn is_thanks(facts: &MessageFacts) -> bool {
    facts.says.thanks_only && facts.documents.is_empty()
}

/// The answer to the partner.
pub(super) fn answer(d: &mut Deciding<'_>, facts: &MessageFacts, from: &Address, received: &Received, moved: &Moved) {
    if is_unreadable(received) {
        d.say_unreadable(from, received.clone(), false);
        return;
    }
    if facts.says.thanks_only && received.items.is_empty() {
        d.say("a thank-you: not answered");
        return;
    }
    if d.is_gathering(from) {
        d.say("answered together with the last one");
        d.record(Fact::AcknowledgementGathered { correspondent: from.clone(), received: received.clone() });
        return;
    }
    d.acknowledge(from, vec![received.clone()], moved.what_next, moved.joined_running_clock);
    d.gather(from);
}

impl Deciding<'_> {
    /// This sender got a letter within the last minutes; or one is due that answers what came meanwhile, and was not
    /// written yet, as after an outage: then it answers this too.
    pub(super) fn is_gathering(&self, from: &Address) -> bool {
        let gathering = self.case.gathering.get(from);
        gathering.is_some_and(|gathering| gathering.until > self.at || !gathering.waiting.is_empty())
    }

    pub(super) fn gather(&mut self, from: &Address) {
        let window = SignedDuration::from_mins(i64::from(self.policy.together_minutes));
        let until = self.at.saturating_add(window).unwrap_or(Timestamp::MAX);
        self.record(Fact::GatheringStarted { correspondent: from.clone(), until });
    }
}

/// Staff hear of everything but a thank-you and a file they have already, unless it comes with a question.
pub(super) fn worth_telling(facts: &MessageFacts, moved: &Moved) -> bool {
    (moved.what_next != WhatNext::NothingNew || facts.says.question) && !is_thanks(facts)
}

/// What is long past is for the list of staff.
fn older_flag(matters: &[Matter]) -> Option<String> {
    (!matters.is_empty()).then(|| format!("It may speak of {}.", in_words(matters)))
}

fn also_meant_flag(joined: CaseRef, others: &[CaseRef]) -> String {
    let others = others.iter().map(CaseRef::to_string).collect::<Vec<_>>().join(", ");
    format!(
        "The product has more than one case: it is on {joined}, and may belong to {others}. Put it right with !move."
    )
}

fn beside_flag(case: CaseRef, why: Beside) -> String {
    match why {
        Beside::OtherProduct => {
            format!(
                "It came as a reply on {case}, but its SCAL names another supplier or product, so it has its own case."
            )
        }
        Beside::NewSender => {
            format!("The same product as {case}, from a new sender: it has its own case until you say otherwise.")
        }
        Beside::Quoted => {
            format!("It quotes {case}, in which its sender takes no part, so it has its own case.")
        }
        Beside::SeveralCases => {
            format!("Its sender takes part in {case} and in other cases, and it names none of them.")
        }
        Beside::Unnamed => {
            format!("Its sender also takes part in {case}, which names no product yet: compare the two.")
        }
        Beside::Closed => format!("It came as a reply on {case}, which is closed, so it has its own case."),
    }
}

pub(super) fn wording_flags(facts: &MessageFacts) -> Vec<String> {
    if facts.documents.iter().all(|document| submission_kind(document).is_none()) {
        return Vec::new();
    }
    let flags = [
        (facts.says.draft, "They call it a draft. Decide whether to review it; the date counts from its arrival."),
        (facts.says.for_information, "They sent it for information. Decide whether to review it."),
        (facts.says.question, "They ask a question in the message."),
    ];
    flags.into_iter().filter(|(said, _)| *said).map(|(_, flag)| flag.to_owned()).collect()
}
