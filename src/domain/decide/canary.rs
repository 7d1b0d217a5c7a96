//! Does mail still come? A message to ourselves is written, and comes back; who writes from outside is noted. Nothing of it
//! opens a case or is answered.

use jiff::Timestamp;

use super::Decision;
use super::message::ignored;
use crate::domain::effect::{Content, Context, Letter, LetterKind, Thread};
use crate::domain::event::Arrival;
use crate::domain::ids::MailboxName;
use crate::domain::policy::Policy;
use crate::domain::reading::Automatic;
use crate::domain::step::WorldFact;
use crate::domain::view::View;
use crate::domain::vigil;

pub(super) fn due(policy: &Policy, view: &View, at: Timestamp, mailbox: &MailboxName) -> Decision {
    let mut decision = Decision::default();
    let (Some(plan), Some(shared)) = (&policy.canary, policy.mailbox(mailbox)) else { return decision };
    if vigil::next_canary(plan, &policy.calendar, &view.vigil, view.letter.as_ref(), at) != Some(at) {
        return decision;
    }
    decision.why = format!("a message to ourselves, for the mailbox {mailbox}");
    decision.send(Letter {
        mailbox: mailbox.clone(),
        to: shared.address.clone(),
        to_name: None,
        case: None,
        thread: Thread::default(),
        of_command: None,
        context: Context::default(),
        content: Content::Canary,
    });
    decision
}

/// A message to ourselves that came back to its inbox. Its Message-ID is one that we wrote, and cannot be guessed; a
/// message that only looks like one is taken for what it is. `None` for a further copy too.
pub(super) fn back(view: &View, arrival: &Arrival) -> Option<Decision> {
    let letter = &view.letter.as_ref()?.letter;
    if letter.kind != LetterKind::Canary || letter.mailbox != arrival.place.mailbox {
        return None;
    }
    let last = view.vigil.canary.as_ref().filter(|canary| canary.letter == letter.id);
    let why = match last {
        Some(canary) if canary.back_at.is_none() => "a message to ourselves came back: noted, nothing else",
        None if view.seen.is_none() => "a message to ourselves came back after the next one was written",
        Some(_) | None => return None,
    };
    let mut decision = ignored(arrival, None, why);
    decision.world.push(WorldFact::CanaryBack { mailbox: letter.mailbox.clone(), letter: letter.id });
    Some(decision)
}

/// Notes that mail from outside still comes. What our own people and our own mail server write does not show that.
pub(super) fn heard(policy: &Policy, arrival: &Arrival, mut decision: Decision) -> Decision {
    let (facts, name) = (&arrival.facts, &arrival.place.mailbox);
    let is_watched = policy.mailbox(name).is_some_and(|mailbox| mailbox.silence_office_hours.is_some());
    let is_ours = facts
        .from
        .as_ref()
        .is_some_and(|from| policy.is_own(&from.address) || policy.staff_member(&from.address).is_some());
    let by_server = matches!(facts.automatic, Some(Automatic::Bounce | Automatic::DeliveryNotice));
    if is_watched && !is_ours && !by_server && !arrival.older {
        let heard_at = arrival.received_at.min(arrival.at);
        decision.world.push(WorldFact::HeardFromOutside { mailbox: name.clone(), heard_at });
    }
    decision
}
