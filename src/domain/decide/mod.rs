//! What should happen: `decide` answers every event with facts and effects. Pure; the only place where rules meet.

mod absence;
mod agreement_notice;
mod assign;
mod assurance;
mod calendar_reply;
mod canary;
mod command;
mod commanded;
mod contacts;
mod corrections;
mod delivery;
mod digests;
mod form_sender;
mod human;
mod junk;
mod lanes;
mod late;
mod message;
mod moment;
mod needs;
mod not_routine;
mod notices;
mod onboarding;
mod one_letter;
mod received;
mod reminders;
mod row;
mod sessions;
mod silence;
mod submission;
mod undo;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::case::Case;
use super::command::Manner;
use super::effect::{Effect, Letter};
use super::event::Event;
use super::fact::Fact;
use super::ids::CaseRef;
use super::lane::LaneName;
use super::outbox::OfCommand;
use super::policy::Policy;
use super::step::WorldFact;
use super::view::View;

/// What follows from an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// For the story of the case and for the terminal: what was decided, in words.
    pub why: String,
    pub facts: Vec<(CaseRef, Fact)>,
    pub world: Vec<WorldFact>,
    pub effects: Vec<Effect>,
}

/// A command that is not carried out, and why, word for word as the person reads it. Nothing is recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// Answers an event. The same policy, view and event always give the same decision.
pub fn decide(policy: &Policy, view: &View, event: &Event) -> Result<Decision, Refusal> {
    let mut decision = answer(policy, view, event)?;
    absence::complete(policy, view, event.at(), &mut decision);
    Ok(decision)
}

fn answer(policy: &Policy, view: &View, event: &Event) -> Result<Decision, Refusal> {
    match event {
        Event::MessageArrived(arrival) => Ok(canary::heard(policy, arrival, message::arrived(policy, view, arrival))),
        Event::SentMessageSeen(arrival) => Ok(human::sent_message_seen(policy, view, arrival)),
        Event::JunkSeen(arrival) => Ok(junk::seen(policy, view, arrival)),
        Event::BacklogPassedOver { messages, .. } => {
            Ok(Decision::saying(format!("{messages} older messages are left as they are")))
        }
        Event::MessageQuarantined { received_at, why, place, .. } => {
            Ok(delivery::quarantined(policy, place, *received_at, why))
        }
        Event::MailboxRenumbered { mailbox, .. } => {
            Ok(Decision::saying(format!("the server renumbered {mailbox}: it is read again from the start")))
        }
        Event::MailboxRead { mailbox, .. } => Ok(late::mailbox_read(policy, view, mailbox)),
        Event::DayBegan { day, .. } => Ok(digests::day_began(policy, view, *day)),
        Event::MomentCame { at, case } => Ok(moment::came(policy, view, *at, *case)),
        Event::CanaryDue { at, mailbox } => Ok(canary::due(policy, view, *at, mailbox)),
        Event::AlarmRaised { trouble, .. } => Ok(delivery::alarm_raised(view, trouble)),
        Event::CommandGiven { at, by, case, command, manner } => {
            command::given(policy, view, *at, by, *case, command, *manner)
        }
        Event::AttemptStarted { .. } => delivery::attempt_started(view),
        Event::AttemptEnded { at, outcome, .. } => Ok(delivery::attempt_ended(policy, view, *at, outcome)),
        Event::LetterReleased { by, .. } => delivery::released(view, by),
        Event::TroubleFound { trouble, detail, .. } => Ok(delivery::trouble_found(policy, view, trouble, detail)),
        Event::TroubleEnded { trouble, .. } => Ok(delivery::trouble_ended(view, trouble)),
    }
}

impl Decision {
    fn saying(why: impl Into<String>) -> Self {
        Self { why: why.into(), ..Self::default() }
    }

    fn send(&mut self, letter: Letter) {
        self.effects.push(Effect::Send(Box::new(letter)));
    }
}

/// A decision about one case in the making: each fact is applied to a working copy as it is recorded, so that later
/// rules see it.
#[derive(Clone)]
struct Deciding<'a> {
    policy: &'a Policy,
    at: Timestamp,
    case: Case,
    /// The lane that is spoken of.
    lane: LaneName,
    manner: Manner,
    /// The command that is carried out.
    of_command: Option<OfCommand>,
    /// What whoever gave it should know beyond that it was done.
    remark: Option<String>,
    decision: Decision,
    said: Vec<String>,
}

impl<'a> Deciding<'a> {
    fn about(policy: &'a Policy, at: Timestamp, case: Case) -> Self {
        let (lane, manner) = (LaneName::Assurance, Manner::default());
        let decision = Decision::default();
        Self { policy, at, case, lane, manner, of_command: None, remark: None, decision, said: Vec::new() }
    }

    fn record(&mut self, fact: Fact) {
        self.case.apply(self.at, &fact);
        self.decision.facts.push((self.case.reference, fact));
    }

    /// Speaks of another lane while `work` is done.
    fn in_lane<T>(&mut self, lane: &LaneName, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.lane, lane.clone());
        let done = work(self);
        self.lane = before;
        done
    }

    fn say(&mut self, words: impl Into<String>) {
        self.said.push(words.into());
    }

    fn finish(mut self) -> Decision {
        self.watch_silence();
        self.decision.why = self.said.join("; ");
        self.decision
    }
}
