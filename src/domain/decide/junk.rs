//! Mail that a filter took for junk. It is not filed and not answered, but a partner's message or a SCAL among it is shown
//! to staff the same day: a wrong guess of a filter must not cost a partner days.

use super::Decision;
use super::message::unseen;
use super::notices;
use super::submission::submission_kind;
use crate::domain::calendar::in_words;
use crate::domain::effect::{Answers, StaffAttention};
use crate::domain::event::Arrival;
use crate::domain::policy::{Policy, Team};
use crate::domain::route;
use crate::domain::view::View;

pub(super) fn seen(policy: &Policy, view: &View, arrival: &Arrival) -> Decision {
    let facts = &arrival.facts;
    if view.seen.is_some() {
        return unseen("junk, and a copy of a message that is filed already");
    }
    if facts.automatic.is_some() {
        return unseen("junk, and automatic");
    }
    let brings = facts.documents.iter().filter_map(submission_kind).next();
    let from = facts.from.as_ref().map(|from| &from.address);
    let known = from.is_some_and(|from| view.cases.values().any(|case| route::takes_part(policy, case, from)));
    let why = match (brings, known) {
        (Some(kind), _) => format!("It brings what may be a {}.", kind.label()),
        (None, true) => "Its sender takes part in a case.".to_owned(),
        (None, false) => return unseen("junk: left where it is"),
    };
    let mailbox = &arrival.place.mailbox;
    let day = in_words(policy.calendar.local_date(arrival.received_at));
    let content = StaffAttention {
        headline: "A partner's message may be in the junk folder".to_owned(),
        what: format!(
            "In the junk folder of the mailbox {mailbox} lies a message of {day} with the subject “{}”. {why} It is \
             not filed, and nothing was sent to its sender.",
            facts.subject
        ),
        what_to_do:
            "Look at it with care. If it is genuine, move it to the inbox: it is then filed and answered, by the \
                     date on which it first arrived."
                .to_owned(),
        list: Vec::new(),
        answers: Answers::Note,
        supplier: None,
    };
    let team = policy.mailbox(mailbox).map_or(Team::Sa, |mailbox| mailbox.team);
    let mut decision = notices::attention(policy, team, mailbox, &content);
    decision.why = format!("in the junk folder, and shown to staff: {why}");
    decision
}
