//! Messages that people of ours wrote: from the Sent folder, or from listed staff with the mailbox in copy.
//! The first one to the partner meets the promise; an automatic message never does.

use super::message::{filed, ignored, known, seen, submission_kind, unplaced};
use super::{Deciding, Decision};
use crate::domain::case::SubmissionKind;
use crate::domain::event::Arrival;
use crate::domain::fact::Fact;
use crate::domain::lane::Phase;
use crate::domain::policy::Policy;
use crate::domain::reading::Authenticated;
use crate::domain::route;
use crate::domain::view::View;

/// A message in our own Sent folder: a reply by a person, unless it is one of our letters.
pub(super) fn sent_message_seen(policy: &Policy, view: &View, arrival: &Arrival) -> Decision {
    if let Some(known) = known(view, arrival) {
        return known;
    }
    let case = route::place_reply(policy, view, &arrival.facts);
    if view.letter.is_some() || arrival.facts.automatic.is_some() {
        return ignored(arrival, case, "one of our own letters in Sent: answers no clock");
    }
    let Some(case) = case.and_then(|reference| view.cases.get(&reference)) else {
        return ignored(arrival, None, "sent by a person, about no case");
    };
    let mut d = Deciding::about(policy, arrival.at, case.clone());
    replied(&mut d, arrival, "a person in the shared mailbox");
    d.finish()
}

/// Mail from a listed member of staff. With a participant among its recipients it is a reply to the partner.
pub(super) fn staff_wrote(policy: &Policy, view: &View, arrival: &Arrival) -> Decision {
    let facts = &arrival.facts;
    let author = facts.from.as_ref().and_then(|from| policy.staff_member(&from.address));
    let by = author.map_or("staff", |member| member.name.as_str());
    let case = route::place_reply(policy, view, facts).and_then(|reference| view.cases.get(&reference));
    match (case, facts.authenticated) {
        (Some(case), Authenticated::Pass) => {
            let mut d = Deciding::about(policy, arrival.at, case.clone());
            replied(&mut d, arrival, by);
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

fn replied(d: &mut Deciding<'_>, arrival: &Arrival, by: &str) {
    d.say(format!("{} answered by {by}", d.case.reference));
    d.record(filed(arrival, None));
    d.decision.world.push(seen(arrival, Some(d.case.reference)));
    d.record(Fact::HumanReplied { by: by.to_owned() });
    d.answer_clock(by);
    let sends_pack = |document| submission_kind(document) == Some(SubmissionKind::WitnessPack);
    if d.phase() == Phase::WitnessPackToSend && arrival.facts.documents.iter().any(sends_pack) {
        d.say("the blank witness test pack is out");
        d.enter(Phase::WitnessPackDue, d.at);
    }
}
