//! Messages that are not routine: patient harm, a complaint and the like (PROCESS.md, "Trust, safety and the wrong case").
//! Staff hear at once. The partner hears only that a person will read it, and nothing else until staff say `!resume`.
//!
//! Everything is filed and the clocks of the team run as ever: that a word was found by a program must not cost a partner
//! days, and a message that nobody takes up is told as overdue. What the partner does not get meanwhile is kept, and sent
//! once staff say so.

use super::message::{PLACE_IT, is_unreadable, may_answer, right_mailbox, seen};
use super::{Deciding, Decision, notices};
use crate::domain::effect::{Answers, Content, Context, Letter, LetterKind, PersonWillRead, StaffAttention, Thread};
use crate::domain::event::Arrival;
use crate::domain::fact::{Fact, Received};
use crate::domain::ids::{Address, MailboxName};
use crate::domain::policy::{Level, Policy};
use crate::domain::reading::{Matter, MessageFacts, in_words};
use crate::domain::view::View;

/// What makes a message not routine. A subject that a reply carries is new where what it answers is not known here.
pub(super) fn matters(view: &View, facts: &MessageFacts) -> Vec<Matter> {
    let of_reply = facts.not_routine_reply_subject.iter().filter(|_| view.threads.is_empty());
    let mut matters: Vec<Matter> = facts.not_routine.iter().chain(of_reply).copied().collect();
    matters.sort_unstable();
    matters.dedup();
    matters
}

/// A message that a person must place and that cannot wait for it. Its sender learns nothing of any case.
pub(super) fn unplaced(policy: &Policy, arrival: &Arrival, why: &str, matters: &[Matter]) -> Decision {
    let (mailbox, team) = right_mailbox(policy, arrival);
    let told = may_answer(policy, arrival).is_ok();
    let notice = notice(policy, arrival, &mailbox, matters, told);
    let what = format!("{} {why}", notice.what);
    let notice = StaffAttention { what, what_to_do: format!("{READ_IT} {PLACE_IT}"), ..notice };
    let mut decision = notices::about_message(policy, team, &mailbox, &notice, arrival);
    decision.why = format!("for staff to place: {why}; not routine: {}", in_words(matters));
    second_way(policy, &mailbox, matters, &notice).for_each(|letter| decision.send(letter));
    if let Some(from) = arrival.facts.from.as_ref().filter(|_| told) {
        let id = arrival.facts.message_id.clone();
        let subject = Some(arrival.facts.subject.clone());
        decision.send(Letter {
            mailbox,
            to: from.address.clone(),
            to_name: from.name.clone(),
            case: None,
            thread: Thread { subject, references: id.iter().cloned().collect(), in_reply_to: id, aside: false },
            of_command: None,
            context: Context::default(),
            content: person_will_read(policy),
        });
    }
    decision.world.push(seen(arrival, None));
    decision
}

impl Deciding<'_> {
    /// Tells staff, and keeps everything but one letter from the partner. `told`: that letter goes to the sender.
    pub(super) fn set_aside(&mut self, arrival: &Arrival, matters: &[Matter], told: bool) {
        self.say(format!("not routine: {}", in_words(matters)));
        self.record(Fact::SetAside { matters: matters.to_vec() });
        self.keep_what_was_gathered();
        let (policy, mailbox, case) = (self.policy, self.mailbox(), self.case.reference);
        let notice = notice(policy, arrival, &mailbox, matters, told);
        let what_to_do = format!(
            "{READ_IT} Until one of you gives !resume, the partner gets no date, no findings and no reminder about {case}. \
             Your own clocks run on."
        );
        let notice = StaffAttention { what_to_do, supplier: Some(self.case.supplier.clone()), ..notice };
        self.write_staff(self.team(), true, Content::StaffNotRoutine(notice.clone()));
        for letter in second_way(policy, &mailbox, matters, &notice) {
            self.say(format!("alert to {} too", letter.to));
            self.decision.send(letter);
        }
    }

    /// What was to be acknowledged within the next minutes waits with the rest.
    fn keep_what_was_gathered(&mut self) {
        for (correspondent, gathering) in self.case.gathering.clone() {
            if gathering.waiting.is_empty() {
                continue;
            }
            self.record(Fact::GatheringEnded { correspondent: correspondent.clone() });
            for received in gathering.waiting {
                self.record(Fact::AcknowledgementWithheld { correspondent: correspondent.clone(), received });
            }
        }
    }

    /// The answer to a message on a case that is set aside; `now` for one that is not routine itself.
    pub(super) fn answer_set_aside(&mut self, from: &Address, received: &Received, now: bool) {
        if !received.items.is_empty() || !received.findings.is_empty() {
            let (correspondent, received) = (from.clone(), received.clone());
            self.record(Fact::AcknowledgementWithheld { correspondent, received });
        }
        if !now && self.is_gathering(from) {
            self.say("its sender was told just now that a person reads it");
            return;
        }
        let content = person_will_read(self.policy);
        self.write_partner(from, received.message_id.as_ref(), &received.subject, content);
        self.gather(from);
    }

    /// Staff say so: what was kept from the partner goes out. Whether there was anything.
    pub(super) fn routine_again(&mut self, by: &str) -> bool {
        let Some(aside) = self.case.set_aside.clone() else { return false };
        self.say(format!("routine again, says {by}"));
        self.record(Fact::RoutineAgain { by: by.to_owned() });
        // The partner was not awaited meanwhile.
        self.heard_from_partner(None, self.at);
        let any = !aside.unanswered.is_empty();
        for (correspondent, messages) in aside.unanswered {
            let (unreadable, rest): (Vec<_>, Vec<_>) = messages.into_iter().partition(is_unreadable);
            for message in unreadable {
                self.say_unreadable(&correspondent, message, false);
            }
            if !rest.is_empty() {
                let what_next = self.next_for(&rest);
                let lane = self.lane_to_answer(&correspondent, what_next);
                self.in_lane(&lane, |d| d.acknowledge(&correspondent, rest, what_next, false));
            }
        }
        any
    }
}

const READ_IT: &str = "Read it now, and answer it yourselves.";

fn notice(policy: &Policy, arrival: &Arrival, mailbox: &MailboxName, matters: &[Matter], told: bool) -> StaffAttention {
    let facts = &arrival.facts;
    let sender = match (told, policy.level(LetterKind::Acknowledgement, mailbox)) {
        (true, Level::Send) => {
            "Its sender hears only that a person will read it, and where to turn if patients may be at risk."
        }
        (true, Level::Hold) => {
            "Its sender hears that a person will read it once one of you releases that letter: see assured outbox."
        }
        (true, Level::Observe) | (false, _) => "Nothing was sent to its sender.",
    };
    let words = in_words(matters);
    let list = [
        Some(format!("Subject: {}", facts.subject)),
        facts.from.as_ref().map(|from| format!("From: {}", from.address)),
        Some(format!("Mailbox: {}", arrival.place.mailbox)),
    ];
    StaffAttention {
        headline: format!("Not routine: {words}"),
        what: format!("An email may speak of {words}. {sender}"),
        what_to_do: String::new(),
        list: list.into_iter().flatten().collect(),
        answers: Answers::Note,
        supplier: None,
    }
}

/// Safety and security reach somebody outside the shared mailbox too. They are told of no case, since only listed staff
/// can act on one.
fn second_way(
    policy: &Policy,
    mailbox: &MailboxName,
    matters: &[Matter],
    notice: &StaffAttention,
) -> impl Iterator<Item = Letter> {
    let urgent = matters.iter().any(|matter| matter.is_urgent());
    let what_to_do =
        "You get this because the team may not be at work. See that somebody reads the email now.".to_owned();
    let content = Content::StaffAttention(StaffAttention { what_to_do, ..notice.clone() });
    let letter = move |to: &Address| Letter {
        mailbox: mailbox.clone(),
        to: to.clone(),
        to_name: None,
        case: None,
        thread: Thread::default(),
        of_command: None,
        context: Context::default(),
        content: content.clone(),
    };
    policy.urgent_contacts.iter().filter(move |_| urgent).map(letter)
}

fn person_will_read(policy: &Policy) -> Content {
    Content::PersonWillRead(PersonWillRead { safety_contact: policy.safety_contact.clone() })
}
