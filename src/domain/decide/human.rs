//! Messages that people of ours wrote: from the Sent folder, or from listed staff with the mailbox in copy.
//! The first one to the partner meets the promise; an automatic message never does.

use jiff::Timestamp;

use super::calendar_reply::is_invitation;
use super::commanded;
use super::form_sender;
use super::message::{filed, ignored, known, seen, unplaced, unseen};
use super::submission::submission_kind;
use super::{Deciding, Decision};
use crate::domain::case::SubmissionKind;
use crate::domain::certificate::Issued;
use crate::domain::event::Arrival;
use crate::domain::fact::Fact;
use crate::domain::ids::{BlobDigest, MailboxName};
use crate::domain::lane::{LaneName, Phase};
use crate::domain::outbox::LetterState;
use crate::domain::policy::{Policy, SharedMailbox, StaffMember, Team};
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
    replied(&mut d, arrival, BY_A_PERSON, &[&author.name]);
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
    if arrival.facts.automatic.is_some() && !is_invitation(&arrival.facts) {
        return ignored(arrival, case, "an automatic letter in Sent: answers no clock");
    }
    let Some(case) = case.and_then(|reference| view.cases.get(&reference)) else {
        return ignored(arrival, None, "sent by a person, about no case");
    };
    let mut d = Deciding::about(policy, arrival.at, case.clone());
    replied(&mut d, arrival, BY_A_PERSON, &[&arrival.place.mailbox]);
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
            let mailboxes: Vec<&MailboxName> =
                copied.map(|mailbox| &mailbox.name).chain([&arrival.place.mailbox]).collect();
            replied(&mut d, arrival, by, &mailboxes);
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

/// A person wrote from, or in copy to, these mailboxes of ours. A promise is that of one team: a word from the other one
/// does not keep it. Anybody may answer an enquiry.
fn replied(d: &mut Deciding<'_>, arrival: &Arrival, by: &str, mailboxes: &[&MailboxName]) {
    let sent_at = arrival.received_at;
    if form_sender::answered(d, arrival, by) {
        return;
    }
    d.record(filed(arrival, None));
    d.decision.world.push(seen(arrival, Some(d.case.reference)));
    let team_of = |name: &&MailboxName| d.policy.mailbox(name).map(|mailbox| mailbox.team);
    let teams: Vec<Team> = mailboxes.iter().filter_map(team_of).collect();
    let answers = |team| teams.contains(&team) || d.phase() == Phase::Enquiry;
    let answered: Vec<Team> = [Team::Sa, Team::Lsob].into_iter().filter(|team| answers(*team)).collect();
    let of_case = d.team();
    let onboarding = d.case.lanes.keys().any(|lane| *lane != LaneName::Assurance);
    let counts = answered.contains(&of_case) || (onboarding && answered.contains(&Team::Lsob));
    if !counts {
        d.say(format!("{}: the other team wrote to the partner, which answers no clock of ours", d.case.reference));
        return;
    }
    d.say(format!("{} answered by {by}", d.case.reference));
    let issues = issue_certificate(d, &arrival.facts);
    let sends_pack = |document| submission_kind(document) == Some(SubmissionKind::WitnessPack);
    let blank_pack = arrival.facts.documents.iter().any(sends_pack);
    d.record(Fact::HumanReplied { by: by.to_owned(), sent_at, blank_pack, teams: answered.clone() });
    answered.iter().for_each(|team| d.answer_as(*team, sent_at, by));
    if !d.case.is_open() {
        return;
    }
    if blank_pack && d.phase() == Phase::WitnessPackToSend {
        d.say("the blank witness test pack is out");
        d.enter(Phase::WitnessPackDue, sent_at);
    }
    d.invited_by_staff(&arrival.facts, by);
    if issues {
        certificate_is_out(d, by, sent_at);
    }
    d.agreement_sent(arrival, &teams);
}

impl Deciding<'_> {
    /// A person of this team wrote: the promises of its lanes are met.
    pub(super) fn answer_as(&mut self, team: Team, at: Timestamp, by: &str) {
        let lanes: Vec<LaneName> = self.case.lanes.keys().cloned().collect();
        for lane in lanes {
            self.in_lane(&lane, |d| {
                if d.team() == team || d.phase() == Phase::Enquiry {
                    d.answer_clock(at, by);
                }
            });
        }
    }
}

/// The gates hold for a certificate that was simply sent, too: it is out, and staff hear what it went before.
fn certificate_is_out(d: &mut Deciding<'_>, by: &str, sent_at: Timestamp) {
    if d.phase() == Phase::TccDue {
        let now = d.at;
        d.at = sent_at.min(now);
        d.enter(Phase::TccReturnDue, d.at);
        d.at = now;
        d.hand_over();
        return;
    }
    if matches!(d.phase(), Phase::TccReturnDue | Phase::TccReturnReview | Phase::Assured) {
        d.say("the certificate was sent again");
        return;
    }
    let what = format!(
        "{by} sent the partner a Technical Conformance Certificate, but the case waits for {}.",
        d.phase().awaits()
    );
    d.attention(
        "A certificate went out before its time",
        what,
        "If it was right to send it, record what came before it (!accept, !passed) and then !tcc.",
    );
}

/// A certificate that went out is remembered, to be compared with the one that comes back. The blank slot of a SCAL
/// that staff sent is none.
fn issue_certificate(d: &mut Deciding<'_>, facts: &MessageFacts) -> bool {
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
        return false;
    }
    let issued = Issued { files, certificate: says.into_iter().flatten().next() };
    d.say("the certificate is out");
    d.record(Fact::CertificateIssued { issued });
    true
}
