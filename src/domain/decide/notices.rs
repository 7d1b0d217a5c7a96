//! The letters that decisions ask for, addressed and filled with what the case knows. Wording is in `letters`.

use jiff::Timestamp;

use super::{Deciding, Decision};
use crate::domain::calendar::{Due, in_words};
use crate::domain::case::{Case, Submission};
use crate::domain::clocks::{Clock, ResponseClock};
use crate::domain::effect::{
    Acknowledgement, Answers, Content, Context, Effect, Letter, NextStep, StaffAttention, StaffClock, StaffNew,
    StepTaken, Thread, Unreadable, WhatNext,
};
use crate::domain::event::Arrival;
use crate::domain::fact::Received;
use crate::domain::ids::{Address, MailboxName, MessageId};
use crate::domain::lane::{LaneName, Phase};
use crate::domain::policy::{Policy, StaffMember, Team};
use crate::domain::route;

/// Earlier submissions shown in a notice.
const HISTORY_LINES_MAX: usize = 10;
const TOLD_LATELY: &str = "A person wrote to the partner in the last working day, so no letter tells them of it. Where one \
     should, give !undo within 15 minutes, and the command again with send after it.";

/// What staff should know of a message beyond what it holds.
#[derive(Default)]
pub(super) struct Remarks {
    pub(super) flags: Vec<String>,
    pub(super) joined_running_clock: bool,
    pub(super) opened_case: bool,
}

impl Deciding<'_> {
    /// A letter in the thread of the case to one of the partner's people.
    pub(super) fn write_partner(&mut self, to: &Address, answers: Option<&MessageId>, subject: &str, content: Content) {
        let waits = self.of_command.is_some_and(|command| command.not_before.is_some());
        let when = if waits { ", in 15 minutes unless !undo is given" } else { "" };
        self.say(format!("{} to the partner{when}", content.kind().in_words()));
        let letter = self.partner_letter(to, answers, subject, content);
        self.decision.send(letter);
    }

    fn partner_letter(&self, to: &Address, answers: Option<&MessageId>, subject: &str, content: Content) -> Letter {
        let thread = match self.case.form_threads.contains_key(&self.lane) {
            true => Thread {
                in_reply_to: answers.cloned(),
                references: answers.cloned().into_iter().collect(),
                ..Thread::default()
            },
            false => self.thread(answers),
        };
        let aside = route::sent_only_a_form(self.policy, &self.case, to);
        Letter {
            mailbox: self.mailbox(),
            to: to.clone(),
            to_name: self.case.participants.get(to).and_then(|participant| participant.name.clone()),
            case: Some(self.case.reference),
            thread: Thread { subject: Some(subject.to_owned()), aside, ..thread },
            of_command: self.of_command,
            context: Context::default(),
            content,
        }
    }

    /// One notice to each of the team's people; to the leads too where `leads` is set.
    pub(super) fn write_staff(&mut self, team: Team, leads: bool, content: Content) {
        let people = if leads { "staff and their lead" } else { "staff" };
        self.say(format!("{} to {people}", content.kind().in_words()));
        for member in self.policy.staff_of(team, leads) {
            self.write_member(member, content.clone(), None);
        }
    }

    /// The same to these people of ours, as far as they are not of the team that gets it anyway.
    pub(super) fn write_staff_beside(&mut self, people: &[Address], content: &Content) {
        let team = self.team();
        for member in self.policy.staff.iter().filter(|member| people.contains(&member.address)) {
            if self.policy.staff_of(team, false).all(|known| known.address != member.address) {
                self.write_member(member, content.clone(), None);
            }
        }
    }

    /// `about`: an answer to it is about this message.
    fn write_member(&mut self, member: &StaffMember, content: Content, about: Option<&MessageId>) {
        let mut thread = self.thread(None);
        thread.references.retain(|known| Some(known) != about);
        thread.references.extend(about.cloned());
        let letter = Letter {
            mailbox: self.mailbox(),
            to: member.address.clone(),
            to_name: Some(member.name.clone()),
            case: Some(self.case.reference),
            thread,
            of_command: None,
            context: Context::default(),
            content,
        };
        self.decision.send(letter);
    }

    pub(super) fn attention(&mut self, headline: &str, what: impl Into<String>, what_to_do: &str) {
        let content = self.needs_a_person(headline, what.into(), what_to_do);
        self.write_staff(self.team(), false, Content::StaffAttention(content));
    }

    pub(super) fn tell_of_silence(&mut self) {
        let what = format!("Two reminders brought no answer. The case waits for {}.", self.phase().awaits());
        let what_to_do = "Ask them by telephone, or close the case with !close dormant.";
        let content = self.needs_a_person("A partner stays silent", what, what_to_do);
        let content = StaffAttention { answers: Answers::Silence, ..content };
        self.write_staff(self.team(), false, Content::StaffAttention(content));
    }

    pub(super) fn needs_a_person(&self, headline: &str, what: String, what_to_do: &str) -> StaffAttention {
        StaffAttention {
            headline: headline.to_owned(),
            what,
            what_to_do: what_to_do.to_owned(),
            list: Vec::new(),
            answers: Answers::Decide(self.phase()),
            supplier: Some(self.case.supplier.clone()),
        }
    }

    pub(super) fn acknowledge(&mut self, to: &Address, received: Vec<Received>, next: WhatNext, joined: bool) {
        let Some(last) = received.last() else { return };
        let (answers, subject) = (last.message_id.clone(), last.subject.clone());
        let promised = match next {
            WhatNext::ScalReview | WhatNext::WitnessPackReview | WhatNext::FormReview | WhatNext::NothingNew => true,
            WhatNext::PersonReads => self.phase() == Phase::Enquiry,
            WhatNext::FiledForLater => false,
        };
        let checked = received.iter().flat_map(|r| &r.items).any(|item| item.checked && !item.repeated);
        let respond_by = self.promise().filter(|_| promised);
        let content = Content::Acknowledgement(Acknowledgement {
            received,
            what_next: next,
            respond_by,
            joined_running_clock: joined,
            checked,
        });
        self.write_partner(to, answers.as_ref(), &subject, content);
    }

    pub(super) fn say_unreadable(&mut self, to: &Address, received: Received, also_readable: bool) {
        let (answers, subject) = (received.message_id.clone(), received.subject.clone());
        let content = Content::Unreadable(Unreadable {
            received,
            secure_transfer: self.policy.secure_transfer.clone(),
            also_readable,
            respond_by: None,
        });
        self.write_partner(to, answers.as_ref(), &subject, content);
    }

    pub(super) fn announce(&mut self, from: Option<&Address>, received: &Received, remarks: Remarks) {
        let team = self.team();
        let content = Content::StaffNew(StaffNew {
            supplier: self.case.supplier.clone(),
            from: from.cloned(),
            subject: received.subject.clone(),
            received_at: received.received_at,
            items: received.items.clone(),
            findings: received.findings.clone(),
            phase: self.phase(),
            form: self.form(),
            due: self.response_clock().map(|clock| clock.due.clone()),
            held_days: self.response_clock().map_or(0, ResponseClock::held_days),
            joined_running_clock: remarks.joined_running_clock,
            flags: remarks.flags,
            history: self.history(received.received_at),
            opened_case: remarks.opened_case,
        });
        self.say(format!("{} to staff", content.kind().in_words()));
        for member in self.policy.staff_of(team, false) {
            self.write_member(member, content.clone(), received.message_id.as_ref());
        }
    }

    /// The letter of a command, unless a person wrote to the partner in the last working day.
    pub(super) fn next_step(&mut self, what: StepTaken) {
        self.write_of_command(self.step_taken(what));
    }

    /// Whoever knew the other case by its reference learns of the new one.
    pub(super) fn tell_of_merge(&mut self, from: &Case) {
        if let Some(to) = &from.correspondent {
            let content = self.step_taken(StepTaken::Merged { from: from.reference });
            self.write_of_command_to(to, from.thread.last(), &from.subject, content);
        }
    }

    /// Times for a session: the answer comes by email, and staff book one of them.
    pub(super) fn offer_times(&mut self, times: Vec<Timestamp>) {
        if let Content::NextStep(step) = self.step_taken(StepTaken::TimesOffered) {
            self.write_of_command(Content::NextStep(NextStep { offered: times, ..step }));
        }
    }

    fn step_taken(&self, what: StepTaken) -> Content {
        Content::NextStep(NextStep {
            lane: self.lane.clone(),
            phase: self.phase(),
            what,
            scal_accepted: false,
            agreement_to_come: self.agreement_to_come(),
            respond_by: self.promise(),
            witness_pack_link: self.policy.witness_pack_link.clone(),
            offered: Vec::new(),
        })
    }

    pub(super) fn write_of_command(&mut self, content: Content) {
        let Some(to) = self.correspondent() else { return };
        let (answers, subject) = self.in_reply_to();
        if let Some(content) = self.in_place_of_earlier(&to, &content) {
            self.say(format!("in one letter, the {}", content.kind().in_words()));
            let letter = self.partner_letter(&to, answers.as_ref(), &subject, content);
            self.decision.send(letter);
            return;
        }
        self.write_of_command_to(&to, answers.as_ref(), &subject, content);
    }

    fn write_of_command_to(&mut self, to: &Address, answers: Option<&MessageId>, subject: &str, content: Content) {
        match self.why_no_letter() {
            Some(why) => self.say(format!("no letter: {why}")),
            None => self.write_partner(to, answers, subject, content),
        }
    }

    /// What a letter of our own accord answers: the last message of the partner's thread, or the form it is about.
    pub(super) fn in_reply_to(&self) -> (Option<MessageId>, String) {
        match self.case.form_threads.get(&self.lane) {
            Some(form) => (form.message_id.clone(), form.subject.clone()),
            None => (self.case.thread.last().cloned(), self.case.subject.clone()),
        }
    }

    /// Why no letter tells the partner of a command.
    pub(super) fn why_no_letter(&mut self) -> Option<&'static str> {
        if self.manner.silent {
            Some("silent")
        } else if self.case.set_aside.is_some() {
            Some("the case is set aside as not routine")
        } else if self.told_lately() && !self.manner.send {
            self.remark = Some(TOLD_LATELY.to_owned());
            Some("a person wrote to the partner in the last working day")
        } else {
            None
        }
    }

    /// Whom letters about this lane go to.
    pub(super) fn correspondent(&self) -> Option<Address> {
        self.case.form_senders.get(&self.lane).or(self.case.correspondent.as_ref()).cloned()
    }

    pub(super) fn staff_clock(&self, clock: &ResponseClock) -> StaffClock {
        let calendar = &self.policy.calendar;
        let (today, due) = (calendar.local_date(self.at), clock.due.due);
        let working_days =
            if today <= due { calendar.working_days_left(today, due) } else { calendar.working_days_left(due, today) };
        StaffClock {
            supplier: self.case.supplier.clone(),
            phase: self.phase(),
            form: self.form(),
            due: clock.due.clone(),
            held_days: clock.held_days(),
            today,
            working_days,
            latest_submission: self.case.submissions.last().map(|submission| submission.name.clone()),
        }
    }

    pub(super) fn response_clock(&self) -> Option<&ResponseClock> {
        match self.clock()? {
            Clock::Response(clock) => Some(clock),
            Clock::Outcome(_) | Clock::Reminder(_) | Clock::Session(_) => None,
        }
    }

    /// The organisation whose form is spoken of.
    fn form(&self) -> Option<String> {
        match &self.lane {
            LaneName::Form(code) if !code.is_empty() => Some(code.clone()),
            LaneName::Form(_) | LaneName::Assurance | LaneName::Agreement => None,
        }
    }

    /// The team that the lane waits on.
    pub(super) fn team(&self) -> Team {
        if self.lane != LaneName::Assurance {
            return Team::Lsob;
        }
        self.policy.mailbox(&self.mailbox()).map_or(Team::Sa, |mailbox| mailbox.team)
    }

    /// Where letters about the case leave from: an enquiry is answered by whom it reached, a submission by the team
    /// that reviews it.
    pub(super) fn mailbox(&self) -> MailboxName {
        if self.lane != LaneName::Assurance
            && let Some(mailbox) = self.policy.mailbox_of(Team::Lsob)
        {
            return mailbox.name.clone();
        }
        let reached = self
            .policy
            .mailbox(&self.case.mailbox)
            .filter(|reached| self.phase() == Phase::Enquiry || reached.team == Team::Sa);
        let right = reached.or_else(|| self.policy.mailbox_of(Team::Sa));
        right.map_or_else(|| self.case.mailbox.clone(), |mailbox| mailbox.name.clone())
    }

    /// The date to promise to the partner: none while the clock is held, the case set aside or once the date has passed.
    pub(super) fn promise(&self) -> Option<Due> {
        let clock = self.response_clock().filter(|_| self.case.set_aside.is_none())?;
        (clock.held.is_none() && self.at < clock.due.due_at).then(|| clock.due.clone())
    }

    fn told_lately(&self) -> bool {
        let calendar = &self.policy.calendar;
        let since = calendar.working_days_before(calendar.local_date(self.at), 1);
        self.case.last_human_at.is_some_and(|at| calendar.local_date(at) >= since)
    }

    fn thread(&self, answers: Option<&MessageId>) -> Thread {
        let mut references: Vec<MessageId> =
            self.case.thread.iter().filter(|id| Some(*id) != answers).cloned().collect();
        references.extend(answers.cloned());
        Thread { subject: None, in_reply_to: answers.cloned(), references, aside: false }
    }

    fn history(&self, before: Timestamp) -> Vec<String> {
        let calendar = &self.policy.calendar;
        let earlier = self.case.submissions.iter().rev().filter(|s| s.received_at < before);
        let line = |s: &Submission| {
            format!(
                "{}: {} ({}), {} to fix",
                in_words(calendar.local_date(s.received_at)),
                s.name,
                s.kind.label(),
                s.to_fix
            )
        };
        earlier.take(HISTORY_LINES_MAX).map(line).collect()
    }
}

/// A notice about a message that belongs to no case. It names that message, so that an answer tells which is meant.
pub(super) fn about_message(
    policy: &Policy,
    team: Team,
    mailbox: &MailboxName,
    content: &StaffAttention,
    arrival: &Arrival,
) -> Decision {
    let mut decision = attention(policy, team, mailbox, content);
    for Effect::Send(letter) in &mut decision.effects {
        letter.thread.references.extend(arrival.facts.message_id.clone());
    }
    decision
}

/// A notice about no case, to everybody of a team and its leads.
pub(super) fn attention(policy: &Policy, team: Team, mailbox: &MailboxName, content: &StaffAttention) -> Decision {
    let mut decision = Decision::saying(format!("staff are asked to look: {}", content.headline));
    for member in policy.staff_of(team, true) {
        decision.send(Letter {
            mailbox: mailbox.clone(),
            to: member.address.clone(),
            to_name: Some(member.name.clone()),
            case: None,
            thread: Thread::default(),
            of_command: None,
            context: Context::default(),
            content: Content::StaffAttention(content.clone()),
        });
    }
    decision
}
