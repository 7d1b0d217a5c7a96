//! Corrections by staff: a message or a file that belongs to another case, and two cases that are one. By new facts only:
//! what was filed stays on the record where it was (PROCESS.md, "What staff receive").

mod files;

use jiff::Timestamp;

use self::files::{form_code, named_file, only_what_is_here, without_given_up};

use super::message::{self, Opening, right_mailbox};
use super::notices::Remarks;
use super::submission::{self, Named};
use super::undo::letter_waits_until;
use super::{Deciding, Refusal};
use crate::domain::case::{Case, Submission, SubmissionKind};
use crate::domain::clocks::Clock;
use crate::domain::command::Command;
use crate::domain::effect::WhatNext;
use crate::domain::event::Arrival;
use crate::domain::fact::{Fact, FiledMessage, Item, Received};
use crate::domain::ids::{Address, BlobDigest, CaseRef, MessageId};
use crate::domain::lane::{LaneName, Phase};
use crate::domain::outbox::OfCommand;
use crate::domain::policy::Policy;
use crate::domain::reading::{Authenticated, Document, DocumentKind, MessageFacts, Supplier};
use crate::domain::route;
use crate::domain::step::WorldFact;
use crate::domain::view::{Filed, View};

const WHICH_MESSAGE: &str =
    "Nothing says which message is meant: reply to the notice about it, with !move as the first line.";

const FORM_OF_A_STRANGER: &str = "Whoever sent the form of an organisation hears of that form alone, so the message stays \
     where it is: record the form with !received form and its ODS code, about the case that it belongs to.";

impl Deciding<'_> {
    /// `!move`: the message that is answered, else the last one of the case, belongs to another one. One that belonged
    /// to none is taken in as if it had come to this one.
    pub(super) fn move_message(&mut self, view: &View, by: &str, to: CaseRef) -> Result<(), Refusal> {
        if to == self.case.reference {
            return self.place(view, by);
        }
        let of_case = |filed: &&Filed| filed.case == Some(self.case.reference) && is_partners(self.policy, filed);
        let answers_one = view.replied_to.iter().any(|filed| is_partners(self.policy, filed));
        let latest = || view.messages.iter().rfind(|filed| of_case(filed) && !answers_one);
        let meant = view.replied_to.iter().find(of_case).or_else(latest);
        let arrival = meant.map(|filed| filed.arrival.clone()).ok_or_else(|| Refusal(WHICH_MESSAGE.to_owned()))?;
        self.sender_takes_part(&arrival)?;
        let mut there = self.other(view, to, "!move")?;
        let arrival = without_given_up(&self.case, &arrival);
        self.same_supplier(&self.case.supplier, &there.case)?;
        for named in arrival.facts.documents.iter().filter_map(route::named_in) {
            self.same_supplier(&named, &there.case)?;
        }
        let is_it = |received: &Received| received.message_id == arrival.facts.message_id;
        let unanswered = self.case.gathering.values().any(|gathering| gathering.waiting.iter().any(is_it));
        there.record(Fact::CommandGiven { by: by.to_owned(), command: "!move".to_owned() });
        there.refile(&arrival, &self.case);
        if self.manner.send || unanswered {
            there.acknowledge_again(&arrival);
        }
        self.say(format!("“{}” belongs to {to}, says {by}", arrival.facts.subject));
        let message = filed_message(&arrival);
        let here = of_case_of(self.case.reference, self.policy);
        let others: Vec<&Arrival> = view
            .messages
            .iter()
            .filter(here)
            .map(|filed| &filed.arrival)
            .filter(|other| other.facts.identity != arrival.facts.identity)
            .collect();
        let sender = arrival.facts.from.as_ref().map(|from| from.address.clone());
        let wrote = |other: &&Arrival| other.facts.from.as_ref().map(|from| &from.address) == sender.as_ref();
        let leaves = sender.clone().filter(|_| !others.is_empty() && !others.iter().any(wrote));
        self.give_up(&arrival, Some(message.clone()), to, leaves);
        self.decision.world.push(moved(&message, to));
        if others.is_empty() {
            self.goes_on_as(by, to, vec![message]);
        }
        self.remark = Some(there.as_remark());
        self.join(there);
        Ok(())
    }

    /// Whoever sent the form of an end user organisation, and nothing else, must not come to take part elsewhere.
    fn sender_takes_part(&self, arrival: &Arrival) -> Result<(), Refusal> {
        let known = arrival.facts.from.as_ref().is_some_and(|from| self.case.participants.contains_key(&from.address));
        if known { Ok(()) } else { Err(Refusal(FORM_OF_A_STRANGER.to_owned())) }
    }

    /// A message that waited for a person to place it.
    fn place(&mut self, view: &View, by: &str) -> Result<(), Refusal> {
        let waits = |filed: &&Filed| filed.case.is_none() && is_partners(self.policy, filed);
        let arrival = view.replied_to.iter().find(waits).map(|filed| filed.arrival.clone());
        let arrival = arrival.ok_or_else(|| Refusal(WHICH_MESSAGE.to_owned()))?;
        let is_form = |document: &Document| matches!(document.kind, DocumentKind::ApprovalForm(_));
        if arrival.facts.documents.iter().any(is_form) {
            return Err(Refusal(FORM_OF_A_STRANGER.to_owned()));
        }
        self.say(format!("“{}” belongs here, says {by}", arrival.facts.subject));
        self.decision.world.push(moved(&filed_message(&arrival), self.case.reference));
        if let Some(from) = arrival.facts.from.clone() {
            message::take_in(self, view, &arrival, &from.address, Opening::Placed);
        }
        Ok(())
    }

    /// `!split`: a file of the case is another product's, and gets a case of its own from the day on which it came.
    pub(super) fn split(&mut self, view: &View, by: &str, file: &str) -> Result<(), Refusal> {
        let reference = self.case.reference;
        let of_case = of_case_of(reference, self.policy);
        let arrivals: Vec<&Arrival> = view.messages.iter().filter(of_case).map(|filed| &filed.arrival).collect();
        let (arrival, document) = named_file(&self.case, &arrivals, file)?;
        let alone = Arrival {
            facts: MessageFacts { documents: vec![document.clone()], ..arrival.facts.clone() },
            ..arrival.clone()
        };
        let new = view.next_case.unwrap_or(CaseRef::FIRST);
        let (mailbox, _) = right_mailbox(self.policy, &alone);
        let subject = alone.facts.subject.clone();
        let mut there =
            Deciding::about(self.policy, self.at, Case::open(new, self.at, mailbox.clone(), subject.clone()));
        there.manner = self.manner;
        there.record(Fact::CaseOpened { mailbox, subject });
        there.refile(&alone, &self.case);
        there.acknowledge_again(&alone);
        let received = submission::received(&there.case, &alone, &submission::Taken::default());
        there.announce(alone.facts.from.as_ref().map(|from| &from.address), &as_new(received), Remarks::default());
        self.say(format!("{} has a case of its own, {new}, says {by}", document.name));
        self.acknowledge_no_more(arrival, &document.name);
        self.give_up(&alone, None, new, None);
        self.remark = Some(there.as_remark());
        self.join(there);
        Ok(())
    }

    /// `!merge`: the case goes on as another one, with all that was sent to it.
    pub(super) fn merge(&mut self, view: &View, by: &str, into: CaseRef) -> Result<(), Refusal> {
        let from = self.case.reference;
        if into == from {
            return Err(Refusal(format!("{from} cannot be merged into itself.")));
        }
        let mut there = self.other(view, into, "!merge")?;
        self.same_supplier(&self.case.supplier, &there.case)?;
        if !is_early(&self.case) {
            let awaits = self.phase().awaits();
            return Err(Refusal(format!(
                "{from} is too far on to go on as another case: it waits for {awaits}. Merge the other one into it, with \
                 !merge {from} about {into}, or close one of them with !close duplicate."
            )));
        }
        there.record(Fact::CommandGiven { by: by.to_owned(), command: "!merge".to_owned() });
        let not_before = letter_waits_until(&Command::Merge { into }, self.at);
        there.of_command = Some(OfCommand { number: there.case.commands, not_before });
        let mut messages = Vec::new();
        for filed in view.messages.iter().filter(of_case_of(from, self.policy)) {
            there.refile(&only_what_is_here(&self.case, &filed.arrival), &self.case);
            messages.push(filed_message(&filed.arrival));
        }
        there.take_over(&self.case, by);
        self.say(format!("{from} goes on as {into}, says {by}"));
        messages.iter().for_each(|message| self.decision.world.push(moved(message, into)));
        self.goes_on_as(by, into, messages);
        there.tell_of_merge(&self.case);
        self.remark = Some(there.as_remark());
        self.join(there);
        Ok(())
    }

    /// Takes `!merge` back, on both cases: nothing may have come to the other one since.
    pub(super) fn unmerge(&mut self, view: &View, by: &str, given_at: Timestamp) -> Result<bool, Refusal> {
        let case = self.case.reference;
        let Some(merged) = self.case.merged.clone() else {
            let from = self.case.took_over.last().copied().unwrap_or(case);
            return Err(Refusal(format!("!merge was given about {from}: give !undo about that case.")));
        };
        let other = view.cases.get(&merged.into);
        let untouched = |other: &&Case| other.undo.as_ref().is_some_and(|undo| undo.at == given_at);
        let Some(other) = other.filter(untouched) else {
            return Err(Refusal(format!(
                "Something came to {} since {case} was merged into it. Give !reopen about {case}, and !move {case} as an \
                 answer to each message that belongs there.",
                merged.into
            )));
        };
        let mut there = Deciding::about(self.policy, self.at, other.clone());
        let left = there.take_back(by, "!merge", given_at, &view.letters);
        for message in &merged.messages {
            self.decision.world.push(moved(message, case));
            let message = Some(message.clone());
            there.record(Fact::MessageMoved { message, files: Vec::new(), to: case, leaves: None, asked: false });
        }
        self.join(there);
        Ok(left)
    }

    /// The case that a command names beside its own.
    fn other(&self, view: &View, reference: CaseRef, verb: &str) -> Result<Self, Refusal> {
        let none = || Refusal(format!("There is no case {reference}. `assured cases` lists those that are open."));
        let case = view.cases.get(&reference).ok_or_else(none)?;
        if !case.is_open() {
            return Err(Refusal(format!("{reference} is closed: give !reopen about it first, then {verb}.")));
        }
        if let Some(aside) = &case.set_aside {
            return Err(Refusal(format!("{reference} waits for !resume. {}", aside.sentence())));
        }
        let mut there = Deciding::about(self.policy, self.at, case.clone());
        there.manner = self.manner;
        Ok(there)
    }

    /// A slip in a reference must not show one supplier what another sent.
    fn same_supplier(&self, named: &Supplier, other: &Case) -> Result<(), Refusal> {
        if !route::is_another_supplier(named, &other.supplier) {
            return Ok(());
        }
        let (of, known) = (named.organisation.as_deref(), other.supplier.organisation.as_deref());
        Err(Refusal(format!(
            "It is of {}, and {} is of {}: what one supplier sent must not reach another. Check the reference; a case that \
             is not needed is closed with !close duplicate.",
            of.unwrap_or("another supplier"),
            other.reference,
            known.unwrap_or("another supplier"),
        )))
    }

    /// Files a message that was answered before, as if it had come here; nobody is written to. Whom staff took off either
    /// case does not come back by it.
    fn refile(&mut self, arrival: &Arrival, before: &Case) {
        let Some(from) = &arrival.facts.from else { return };
        let is_former = [&self.case, before].iter().any(|case| case.former.contains(&from.address));
        let trusted = arrival.facts.authenticated != Authenticated::Fail && !is_former;
        if !is_former {
            self.record(Fact::ParticipantSeen { address: from.address.clone(), name: from.name.clone() });
        }
        self.record(message::filed(arrival, trusted.then_some(&from.address)));
        if trusted {
            self.keep_needs(arrival, &from.address);
        }
        let taken = submission::take(self, arrival, &mut Remarks::default(), Named::ByStaff);
        submission::file_and_move(self, arrival, &taken, false);
    }

    /// The partner learns the reference under which it goes on.
    fn acknowledge_again(&mut self, arrival: &Arrival) {
        let Some(from) = &arrival.facts.from else { return };
        let takes_part = self.case.participants.contains_key(&from.address);
        if self.manner.silent || !takes_part || message::may_answer(self.policy, arrival).is_err() {
            self.say("no letter to the partner");
            return;
        }
        let received = as_new(submission::received(&self.case, arrival, &submission::Taken::default()));
        let next = self.next_for(std::slice::from_ref(&received));
        let address: Address = from.address.clone();
        if let (WhatNext::FormReview, Some(lane)) = (next, self.latest_form()) {
            self.in_lane(&lane, |d| d.acknowledge(&address, vec![received], next, false));
        } else {
            self.acknowledge(&address, vec![received], next, false);
        }
    }

    /// A file that is acknowledged elsewhere is left out of what is told together at the end of some minutes.
    fn acknowledge_no_more(&mut self, arrival: &Arrival, file: &str) {
        let brought_it = |received: &Received| received.message_id == arrival.facts.message_id;
        for (correspondent, gathering) in self.case.gathering.clone() {
            if !gathering.waiting.iter().any(brought_it) {
                continue;
            }
            self.record(Fact::GatheringEnded { correspondent: correspondent.clone() });
            self.record(Fact::GatheringStarted { correspondent: correspondent.clone(), until: gathering.until });
            for mut received in gathering.waiting {
                let files = received.items.len();
                received.items.retain(|item| !(received.message_id == arrival.facts.message_id && item.name == file));
                if files == 0 || !received.items.is_empty() {
                    let correspondent = correspondent.clone();
                    self.record(Fact::AcknowledgementGathered { correspondent, received });
                }
            }
        }
    }

    /// What belongs to `from` beside its messages: people that staff added, answers that were given, and letters that
    /// were about to leave.
    fn take_over(&mut self, from: &Case, by: &str) {
        for (address, participant) in &from.participants {
            if !self.case.participants.contains_key(address) && !self.case.former.contains(address) {
                self.record(Fact::ParticipantSeen { address: address.clone(), name: participant.name.clone() });
            }
        }
        if let (None, Some(assignee)) = (&self.case.assignee, &from.assignee) {
            self.record(Fact::CaseAssigned { by: by.to_owned(), to: Some(assignee.clone()) });
        }
        // What staff opened themselves came with no message.
        for opened in from.submissions.iter().filter(|submission| submission.is_opened_by_staff()) {
            self.record(Fact::SubmissionFiled(opened.clone()));
            match opened.kind {
                SubmissionKind::Scal => drop(self.scal_arrived(opened.received_at)),
                SubmissionKind::WitnessPack => drop(self.pack_arrived(opened.received_at)),
                SubmissionKind::ApprovalForm | SubmissionKind::Certificate => {}
            }
        }
        for (team, sent_at) in &from.human_at {
            if self.case.human_at.get(team).is_none_or(|known| known < sent_at) {
                let by = by.to_owned();
                self.record(Fact::HumanReplied { by, sent_at: *sent_at, blank_pack: false, teams: vec![*team] });
                self.answer_as(*team, *sent_at, "a person");
            }
        }
        for (correspondent, gathering) in from.gathering.iter().filter(|(_, g)| !g.waiting.is_empty()) {
            if !self.is_gathering(correspondent) {
                let (correspondent, until) = (correspondent.clone(), gathering.until);
                self.record(Fact::GatheringStarted { correspondent, until });
            }
            for received in &gathering.waiting {
                let (correspondent, received) = (correspondent.clone(), received.clone());
                self.record(Fact::AcknowledgementGathered { correspondent, received });
            }
        }
        self.record(Fact::TookOver { from: from.reference });
    }

    /// Nothing is left to do here: whoever answers about this case is heard on the other one.
    fn goes_on_as(&mut self, by: &str, into: CaseRef, messages: Vec<FiledMessage>) {
        self.stop_clocks();
        self.record(Fact::CaseMerged { into, messages });
        self.record(Fact::CaseClosed { by: by.to_owned(), reason: format!("merged into {into}") });
    }

    /// The files of a message leave the case, and the message too where all of it was misplaced.
    fn give_up(&mut self, arrival: &Arrival, message: Option<FiledMessage>, to: CaseRef, leaves: Option<Address>) {
        let files: Vec<BlobDigest> = arrival.facts.documents.iter().map(|document| document.sha256.clone()).collect();
        let is_gone = |submission: &&Submission| files.contains(&submission.sha256);
        let gone: Vec<Submission> = self.case.submissions.iter().filter(is_gone).cloned().collect();
        let asked = message.is_some() && self.case.asked_at == Some(arrival.received_at);
        self.record(Fact::MessageMoved { message, files, to, leaves, asked });
        self.step_back(&gone);
        for code in arrival.facts.documents.iter().filter_map(form_code) {
            let lane = LaneName::Form(code.to_owned());
            let theirs = self.case.form_senders.get(&lane) == arrival.facts.from.as_ref().map(|from| &from.address);
            if theirs && self.case.lane(&lane).is_some_and(|lane| lane.phase == Phase::FormReview) {
                self.record(Fact::LaneEnded { lane });
                self.ask_for_forms();
            }
        }
    }

    /// Where the review began with what is gone, it is over.
    fn step_back(&mut self, gone: &[Submission]) {
        let phase = self.phase();
        let kind = if phase.reviews_scal() { SubmissionKind::Scal } else { SubmissionKind::WitnessPack };
        let newest = gone.iter().filter(|gone| gone.kind == kind).map(|gone| gone.received_at).max();
        let Some(newest) = newest.filter(|_| phase.reviews_scal() || phase == Phase::WitnessPackReview) else { return };
        let began = match self.clock() {
            Some(Clock::Response(clock)) => clock.since,
            // Somebody answered, and knows what was reviewed.
            Some(Clock::Outcome(_)) => return,
            Some(Clock::Reminder(_) | Clock::Session(_)) | None => newest,
        };
        let others = || self.case.submissions.iter().filter(|other| other.kind == kind);
        if began < newest || others().any(|other| other.received_at >= began) {
            return;
        }
        let (at, any_left, returns_to) = (self.at, others().next().is_some(), self.returns_to());
        match (phase, returns_to) {
            (Phase::ScalReview, Some(stood)) => {
                // The one before it was accepted, and is the latest again.
                self.record(Fact::ScalAccepted);
                self.go_back(*stood);
            }
            (Phase::ScalReview, None) if any_left => self.enter(Phase::ScalChanges, at),
            (Phase::ScalReview, None) => self.enter(Phase::Enquiry, at),
            (Phase::TccReturnReview, _) => self.enter(Phase::TccReturnDue, at),
            (Phase::WitnessPackReview, _) if any_left => self.enter(Phase::WitnessPackChanges, at),
            (Phase::WitnessPackReview, _) => self.enter(Phase::WitnessPackDue, at),
            (_, returns_to) => self.enter_returning(Phase::ScalUpdateDue, at, returns_to),
        }
    }

    /// What was decided about another case by the same command.
    fn join(&mut self, there: Self) {
        let about = there.case.reference;
        let done = there.finish();
        if !done.why.is_empty() {
            self.say(format!("{about}: {}", done.why));
        }
        self.decision.facts.extend(done.facts);
        self.decision.world.extend(done.world);
        self.decision.effects.extend(done.effects);
    }

    fn as_remark(&self) -> String {
        let product = self.case.supplier.product.as_ref().map_or(String::new(), |product| format!(" ({product})"));
        format!("{}{product} now waits for {}.", self.case.reference, self.phase().awaits())
    }
}

/// A message whose files the case has only now.
fn as_new(received: Received) -> Received {
    let as_new = |item| Item { repeated: false, ..item };
    Received { items: received.items.into_iter().map(as_new).collect(), ..received }
}

fn of_case_of(case: CaseRef, policy: &Policy) -> impl Fn(&&Filed) -> bool {
    move |filed: &&Filed| filed.case == Some(case) && is_partners(policy, filed)
}

/// Written by a person of a partner, as far as anybody can tell.
fn is_partners(policy: &Policy, filed: &Filed) -> bool {
    let facts = &filed.arrival.facts;
    let is_ours = |address: &Address| policy.is_own(address) || policy.staff_member(address).is_some();
    facts.automatic.is_none() && facts.from.as_ref().is_some_and(|from| !is_ours(&from.address))
}

/// Nothing was decided on it yet, beyond asking for changes.
fn is_early(case: &Case) -> bool {
    case.lanes.iter().all(|(name, lane)| match name {
        LaneName::Assurance => {
            let early = matches!(lane.phase, Phase::Enquiry | Phase::ScalReview | Phase::ScalChanges);
            early && lane.returns_to.is_none() && case.round == 1
        }
        LaneName::Agreement => false,
        LaneName::Form(_) => matches!(lane.phase, Phase::FormDue | Phase::FormReview),
    })
}

fn filed_message(arrival: &Arrival) -> FiledMessage {
    let message_id: Option<MessageId> = arrival.facts.message_id.clone();
    FiledMessage { identity: arrival.facts.identity.clone(), message_id }
}

fn moved(message: &FiledMessage, case: CaseRef) -> WorldFact {
    let FiledMessage { identity, message_id } = message.clone();
    WorldFact::MessageMoved { identity, message_id, case }
}
