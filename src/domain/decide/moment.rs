//! A moment came that a case asked for: a notice is due, or acknowledgements that were gathered. An extra moment
//! decides nothing.

use jiff::{SignedDuration, Timestamp};

use super::{Deciding, Decision};
use crate::domain::clocks::{Clock, Notice, Rule, Rung};
use crate::domain::effect::{Content, Reminder};
use crate::domain::fact::{Fact, Received};
use crate::domain::ids::{Address, CaseRef};
use crate::domain::lane::{LaneName, Phase};
use crate::domain::policy::Policy;
use crate::domain::view::View;

/// At most one reminder to a partner within this time.
const REMINDER_GAP: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) fn came(policy: &Policy, view: &View, at: Timestamp, case: CaseRef) -> Decision {
    let Some(case) = view.cases.get(&case).filter(|case| case.is_open()) else {
        return Decision::default();
    };
    let mut d = Deciding::about(policy, at, case.clone());
    for (lane, clock) in case.lanes.iter().filter_map(|(name, lane)| Some((name, lane.clock.as_ref()?))) {
        if let Some(rung) = clock.ring(&policy.calendar, at) {
            ring(&mut d, lane, clock, rung);
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

fn ring(d: &mut Deciding<'_>, lane: &LaneName, clock: &Clock, rung: Rung) {
    let when = notice_time(d, &rung.give);
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
    give_notice(d, clock, rule);
    d.record(Fact::NoticeGiven { lane: lane.clone(), notice: give, passed_over, next });
}

/// Notices are given in office hours; reminders not more than one a week.
fn notice_time(d: &Deciding<'_>, notice: &Notice) -> Timestamp {
    let earliest = match (notice.rule, d.case.reminded_at) {
        (Rule::Nudge | Rule::NudgeAgain, Some(last)) => last.saturating_add(REMINDER_GAP).unwrap_or(d.at).max(d.at),
        (Rule::Nudge | Rule::NudgeAgain, None)
        | (Rule::Warn | Rule::Breach | Rule::Escalate | Rule::OutcomeOverdue | Rule::TellStaff, _) => d.at,
    };
    d.policy.calendar.in_office_hours(earliest)
}

fn give_notice(d: &mut Deciding<'_>, clock: &Clock, rule: Rule) {
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
        (Clock::Reminder(reminder), Rule::Nudge | Rule::NudgeAgain) => {
            let since = reminder.since;
            remind(d, since, rule == Rule::NudgeAgain);
        }
        (Clock::Reminder(_), _) => d.attention(
            "A partner stays silent",
            format!("Two reminders brought no answer. The case waits for {}.", d.phase().awaits()),
            "Ask them by telephone, or close the case with !close dormant.",
        ),
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

fn remind(d: &mut Deciding<'_>, since: jiff::civil::Date, again: bool) {
    let Some(to) = d.case.correspondent.clone() else { return };
    let (phase, link) = (d.phase(), d.policy.witness_pack_link.clone());
    let content = Content::Reminder(Reminder { phase, since, again, witness_pack_link: link });
    let (answers, subject) = (d.case.thread.last().cloned(), d.case.subject.clone());
    d.write_partner(&to, answers.as_ref(), &subject, content);
}

/// One acknowledgement for several messages.
fn answer_together(d: &mut Deciding<'_>, correspondent: &Address, waiting: Vec<Received>) {
    let what_next = d.next_for(&waiting);
    d.record(Fact::GatheringEnded { correspondent: correspondent.clone() });
    d.acknowledge(correspondent, waiting, what_next, false);
}
