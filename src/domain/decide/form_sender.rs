//! Whoever sent the form of an end user organisation and takes no part in the case otherwise. They hear of that form
//! alone (PROCESS.md, "The one idea"), and by nothing that they write do they come to take part.

use super::message::{alone, answer, for_staff, may_answer, seen, wording_flags, worth_telling};
use super::notices::Remarks;
use super::submission::{self, Named};
use super::{Deciding, Decision, late, not_routine, row};
use crate::domain::effect::WhatNext;
use crate::domain::event::Arrival;
use crate::domain::fact::Fact;
use crate::domain::ids::{Address, CaseRef};
use crate::domain::lane::LaneName;
use crate::domain::policy::Policy;
use crate::domain::route;
use crate::domain::view::View;

use super::lanes::Moved;

const BY_PRODUCT: &str = "Its sender takes no part in the case: the form names its product. They hear of this form alone. If \
     it does not belong here, write to them yourselves.";
const AGAIN: &str = "Its sender takes no part in the case, and sent a form only: they hear nothing of the case.";

/// The form itself, or a corrected one.
pub(super) fn form_arrived(
    policy: &Policy,
    view: &View,
    arrival: &Arrival,
    from: &Address,
    reference: CaseRef,
) -> Decision {
    file(policy, view, arrival, from, reference, |d, remarks| {
        let taken = submission::take(d, arrival, remarks, Named::ByItself);
        remarks.flags.push(BY_PRODUCT.to_owned());
        let moved = if taken.is_of_forms() {
            submission::file_and_move(d, arrival, &taken, false)
        } else {
            Moved { what_next: WhatNext::NothingNew, joined_running_clock: false }
        };
        if let Some(lane) = taken.form_lane().or_else(|| d.form_of(from)) {
            d.lane = lane;
        }
        (taken, moved)
    })
}

/// They write again, and bring no document.
pub(super) fn wrote(policy: &Policy, view: &View, arrival: &Arrival, from: &Address, reference: CaseRef) -> Decision {
    file(policy, view, arrival, from, reference, |d, remarks| {
        remarks.flags.push(AGAIN.to_owned());
        d.lane = d.form_of(from).unwrap_or(LaneName::first_form());
        if !arrival.facts.says.thanks_only {
            d.count_anew(arrival.received_at);
        }
        let moved = Moved { what_next: WhatNext::PersonReads, joined_running_clock: false };
        (submission::Taken::default(), moved)
    })
}

fn file(
    policy: &Policy,
    view: &View,
    arrival: &Arrival,
    from: &Address,
    reference: CaseRef,
    take: impl FnOnce(&mut Deciding<'_>, &mut Remarks) -> (submission::Taken, Moved),
) -> Decision {
    let facts = &arrival.facts;
    let unsure = |why: &str| for_staff(policy, view, arrival, why);
    if !not_routine::matters(view, facts).is_empty() {
        return unsure(&format!("It is from the sender of a form, who takes no part in {reference}."));
    }
    let Some(case) = view.cases.get(&reference) else { return unsure("Its case could not be loaded.") };
    let mut d = Deciding::about(policy, arrival.at, case.clone());
    d.say(format!("beside {reference}"));
    let mut remarks = Remarks::default();
    if view.id_used_before {
        remarks.flags.push("Its Message-ID was used before by another message with other content.".to_owned());
    }
    d.record(filed_aside(arrival, Some(from)));
    d.decision.world.push(seen(arrival, Some(reference)));
    remarks.flags.extend(wording_flags(facts));
    let (taken, moved) = take(&mut d, &mut remarks);
    remarks.joined_running_clock = moved.joined_running_clock;
    let received = submission::received(&d.case, arrival, &taken);
    if row::goes_on(&mut d, arrival, from) {
        return d.finish();
    }
    let (told, next) = alone(&d, &received, &moved);
    match (may_answer(policy, arrival), d.case.set_aside.is_some()) {
        (Err(rule), _) => d.said.extend(rule),
        (Ok(()), true) => d.answer_set_aside(from, &told, false),
        (Ok(()), false) => answer(&mut d, facts, from, &told, &next),
    }
    match (worth_telling(facts, &moved), late::is_late(policy, arrival)) {
        (true, false) => d.announce(Some(from), &received, remarks),
        (true, true) => d.list_late(arrival, remarks),
        (false, _) => {}
    }
    d.finish()
}

/// A person of ours wrote to nobody of the case but to senders of forms: that answers their forms, and nothing else.
pub(super) fn answered(d: &mut Deciding<'_>, arrival: &Arrival, by: &str) -> bool {
    let addressed = route::correspondents(d.policy, &arrival.facts);
    let takes_part = |address: &Address| route::takes_part(d.policy, &d.case, address);
    if addressed.iter().any(takes_part) {
        return false;
    }
    let theirs = d.case.form_senders.iter().filter(|(_, sender)| addressed.contains(sender));
    let lanes: Vec<LaneName> = theirs.map(|(lane, _)| lane.clone()).collect();
    if lanes.is_empty() {
        return false;
    }
    d.say(format!("{}: the sender of a form answered by {by}", d.case.reference));
    d.record(filed_aside(arrival, None));
    d.decision.world.push(seen(arrival, Some(d.case.reference)));
    for lane in lanes {
        d.in_lane(&lane, |d| d.answer_clock(arrival.received_at, by));
    }
    true
}

fn filed_aside(arrival: &Arrival, sender: Option<&Address>) -> Fact {
    Fact::MessageFiled {
        message_id: arrival.facts.message_id.clone(),
        identity: arrival.facts.identity.clone(),
        raw: arrival.raw.clone(),
        received_at: arrival.received_at,
        partner: sender.cloned(),
        unread: false,
        aside: true,
    }
}
