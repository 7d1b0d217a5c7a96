//! A moment came that a case asked for: a notice is due, or acknowledgements that were gathered. An extra moment
//! decides nothing.

use jiff::Timestamp;

use super::reminders::Reminding;
use super::{Deciding, Decision};
use crate::domain::clocks::{Clock, Notice, ReminderClock, Rule, Rung};
use crate::domain::effect::Content;
use crate::domain::fact::{ClockChange, Fact, Received};
use crate::domain::ids::{Address, CaseRef};
use crate::domain::lane::{LaneName, Phase};
use crate::domain::policy::Policy;
use crate::domain::view::View;

pub(super) fn came(policy: &Policy, view: &View, at: Timestamp, case: CaseRef) -> Decision {
    let Some(case) = view.cases.get(&case).filter(|case| case.is_open()) else {
        return Decision::default();
    };
    let mut d = Deciding::about(policy, at, case.clone());
    let reminding = Reminding::of(case, view);
    for (lane, clock) in case.lanes.iter().filter_map(|(name, lane)| Some((name, lane.clock.as_ref()?))) {
        if let Some(rung) = clock.ring(&policy.calendar, at) {
            ring(&mut d, &reminding, lane, clock, rung);
        }
    }
    let ended = |until: &Timestamp| *until <= at;
    let gathered =
        case.gathering.iter().filter(|(_, gathering)| ended(&gathering.until) && !gathering.waiting.is_empty());
    for (correspondent, gathering) in gathered {
        answer_together(&mut d, correspondent, gathering.waiting.clone());
    }
    d.finish()
}

fn ring(d: &mut Deciding<'_>, reminding: &Reminding<'_>, lane: &LaneName, clock: &Clock, rung: Rung) {
    if let Clock::Reminder(reminder) = clock
        && reminding.is_set_aside()
    {
        // They are not awaited meanwhile, so the reminders count anew, and staff are not told of silence.
        d.say("no reminder: what they wrote is not routine");
        let clock = Some(Clock::Reminder(ReminderClock::start(&d.policy.calendar, d.at, &reminder.plan)));
        d.record(Fact::ClockSet { lane: lane.clone(), change: ClockChange::Restarted, clock });
        return;
    }
    let earliest = if rung.give.rule.is_reminder() { reminding.not_before(d.at) } else { d.at };
    let when = d.policy.calendar.in_office_hours(earliest);
    if when > d.at {
        d.say("put off to office hours");
        // The first that is due is put off, so that those overtaken meanwhile are recorded when it rings again.
        let first = clock.next().cloned().unwrap_or(rung.give);
        d.record(Fact::NoticePutOff { lane: lane.clone(), next: Notice { at: when, ..first } });
        return;
    }
    if !rung.passed_over.is_empty() {
        d.say(format!("{} notices were overtaken while the program was down", rung.passed_over.len()));
    }
    let (rule, Rung { give, passed_over, next }) = (rung.give.rule, rung);
    give_notice(d, reminding, clock, rule);
    d.record(Fact::NoticeGiven { lane: lane.clone(), notice: give, passed_over, next });
}

fn give_notice(d: &mut Deciding<'_>, reminding: &Reminding<'_>, clock: &Clock, rule: Rule) {
    match (clock, rule) {
        (Clock::Response(response), Rule::Warn) => {
            let content = Content::StaffWarning(d.staff_clock(response));
            d.write_staff(d.team(), false, content);
        }
        (Clock::Response(response), Rule::Breach) => {
            let content = Content::StaffBreach(d.staff_clock(response));
            d.write_staff(d.team(), false, content);
        }
        (Clock::Response(response), Rule::Escalate) => {
            let content = Content::StaffEscalation(d.staff_clock(response));
            d.write_staff(d.team(), true, content);
        }
        (Clock::Reminder(clock), Rule::Nudge | Rule::NudgeAgain) => {
            reminding.remind(d, clock.since, rule == Rule::NudgeAgain);
        }
        (Clock::Reminder(_), _) => d.tell_of_silence(),
        (Clock::Outcome(_), _) => overdue(d),
        (Clock::Response(_), Rule::OutcomeOverdue | Rule::Nudge | Rule::NudgeAgain | Rule::TellStaff) => {}
    }
}

fn overdue(d: &mut Deciding<'_>) {
    match d.phase() {
        Phase::WitnessPackToSend => d.attention(
            "A blank witness test pack is to be sent",
            "The SCAL is accepted, and no blank witness test pack has been seen in Sent Items.",
            "Send the pack to the partner from the shared mailbox, as a reply to them.",
        ),
        Phase::Enquiry
        | Phase::ScalReview
        | Phase::ScalChanges
        | Phase::WitnessPackDue
        | Phase::WitnessPackReview
        | Phase::WitnessPackChanges => d.attention(
            "An outcome is overdue",
            format!("The partner was answered, and {} has no recorded outcome yet.", d.phase().awaits()),
            "Record the outcome with !accept or !changes.",
        ),
    }
}

/// One acknowledgement for several messages.
fn answer_together(d: &mut Deciding<'_>, correspondent: &Address, waiting: Vec<Received>) {
    let what_next = d.next_for(&waiting);
    d.record(Fact::GatheringEnded { correspondent: correspondent.clone() });
    d.acknowledge(correspondent, waiting, what_next, false);
}
