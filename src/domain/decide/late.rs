//! Mail that is seen too late to be acknowledged: it is filed with its true date, and staff get one list of it.

use jiff::SignedDuration;

use super::notices::{self, Remarks};
use super::{Deciding, Decision};
use crate::domain::calendar::in_words;
use crate::domain::effect::{Answers, StaffAttention};
use crate::domain::event::Arrival;
use crate::domain::ids::{CaseRef, MailboxName};
use crate::domain::policy::{Policy, Team};
use crate::domain::step::{LateMail, WorldFact};
use crate::domain::view::View;

pub(super) fn is_late(policy: &Policy, arrival: &Arrival) -> bool {
    let within = SignedDuration::from_hours(i64::from(policy.answer_within_days) * 24);
    arrival.older || arrival.at.duration_since(arrival.received_at) > within
}

/// An entry of the list.
pub(super) fn entry(arrival: &Arrival, case: Option<CaseRef>, remarks: Vec<String>) -> WorldFact {
    WorldFact::SeenLate(LateMail {
        mailbox: arrival.place.mailbox.clone(),
        case,
        from: arrival.facts.from.as_ref().map(|from| from.address.clone()),
        subject: arrival.facts.subject.clone(),
        received_at: arrival.received_at,
        remarks,
    })
}

impl Deciding<'_> {
    pub(super) fn list_late(&mut self, arrival: &Arrival, remarks: Remarks) {
        self.say("seen too late to be acknowledged: for the list of staff");
        let due = self.response_clock().map(|clock| format!("The answer is due {}.", in_words(clock.due.due)));
        let remarks = due.into_iter().chain(remarks.flags).collect();
        self.decision.world.push(entry(arrival, Some(self.case.reference), remarks));
    }
}

pub(super) fn mailbox_read(policy: &Policy, view: &View, mailbox: &MailboxName) -> Decision {
    let Ok(messages @ 1..) = u32::try_from(view.late_mail.len()) else {
        return Decision::default();
    };
    let (are, they) = if messages == 1 { ("message was", "It is") } else { ("messages were", "They are") };
    let content = StaffAttention {
        headline: "Mail was seen late and has not been acknowledged".to_owned(),
        what: format!(
            "In the mailbox {mailbox}, {messages} {are} seen too late to be acknowledged, or came before assured was \
             to answer. {they} filed by the date of arrival, and nothing was sent to the senders."
        ),
        what_to_do: "Look at each one and answer it yourselves.".to_owned(),
        list: view.late_mail.iter().map(|late| line(policy, late)).collect(),
        answers: Answers::Note,
        supplier: None,
    };
    let team = policy.mailbox(mailbox).map_or(Team::Sa, |mailbox| mailbox.team);
    let mut decision = notices::attention(policy, team, mailbox, &content);
    decision.why = format!("staff are told of {messages} late {}", if messages == 1 { "message" } else { "messages" });
    decision.world.push(WorldFact::LateMailTold { mailbox: mailbox.clone(), messages });
    decision
}

fn line(policy: &Policy, late: &LateMail) -> String {
    let day = in_words(policy.calendar.local_date(late.received_at));
    let case = late.case.map_or("No case".to_owned(), |case| case.to_string());
    let from = late.from.as_ref().map_or(String::new(), |from| format!(" from {from}"));
    let remarks: String = late.remarks.iter().map(|remark| format!(" {remark}")).collect();
    format!("{case}: “{}”{from}, arrived {day}.{remarks}", late.subject)
}
