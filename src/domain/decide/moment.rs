//! A moment came that a case asked for: a notice is due, or acknowledgements that were gathered. An extra moment
//! decides nothing.

use jiff::Timestamp;

use super::reminders::Reminding;
use super::{Deciding, Decision};
use crate::domain::clocks::{Clock, Notice, ReminderClock, Rule, Rung};
use crate::domain::effect::Content;
use crate::domain::fact::{ClockChange, Fact, Received};
use crate::domain::ids::{Address, CaseRef};
use crate::domain::lane::Phase;
use crate::domain::policy::Policy;
use crate::domain::view::View;

pub(super) fn came(policy: &Policy, view: &View, at: Timestamp, case: CaseRef) -> Decision {
    let Some(case) = view.cases.get(&case).filter(|case| case.is_open()) else {
        return Decision::default();
    };
    let mut d = Deciding::about(policy, at, case.clone());
    let reminding = Reminding::of(case, view);
    for (lane, clock) in case.lanes.iter().flat_map(|(name, lane)| lane.clocks().map(move |clock| (name, clock))) {
        if let Some(rung) = clock.ring(&policy.calendar, at) {
            d.in_lane(lane, |d| ring(d, &reminding, clock, rung));
        }
    }
    d.after_silence();
    let ended = |until: &Timestamp| *until <= at;
    let gathered =
        case.gathering.iter().filter(|(_, gathering)| ended(&gathering.until) && !gathering.waiting.is_empty());
    for (correspondent, gathering) in gathered {
        answer_together(&mut d, correspondent, gathering.waiting.clone());
    }
    d.finish()
}

fn ring(d: &mut Deciding<'_>, reminding: &Reminding<'_>, clock: &Clock, rung: Rung) {
    let lane = d.lane.clone();
    if let Clock::Reminder(reminder) = clock
        && reminding.is_set_aside()
    {
        // They are not awaited meanwhile, so the reminders count anew, and staff are not told of silence.
        d.say("no reminder: what they wrote is not routine");
        let clock = Some(Clock::Reminder(ReminderClock::start(&d.policy.calendar, d.at, &reminder.plan)));
        d.set_clock(ClockChange::Restarted, clock);
        return;
    }
    let earliest = if rung.give.rule.is_reminder() { reminding.not_before(d.at) } else { d.at };
    let when = d.policy.calendar.in_office_hours(earliest);
    if when > d.at {
        d.say("put off to office hours");
        // The first that is due is put off, so that those overtaken meanwhile are recorded when it rings again.
        let first = clock.next().cloned().unwrap_or(rung.give);
        d.record(Fact::NoticePutOff { lane, next: Notice { at: when, ..first } });
        return;
    }
    if !rung.passed_over.is_empty() {
        d.say(format!("{} notices were overtaken while the program was down", rung.passed_over.len()));
    }
    let (rule, Rung { give, passed_over, next }) = (rung.give.rule, rung);
    // Recorded first: the end of a session leaves its clock behind.
    d.record(Fact::NoticeGiven { lane, notice: give, passed_over, next });
    give_notice(d, reminding, clock, rule);
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
        // LSOB look in the portal before the partner is asked for what may be done already.
        (Clock::Reminder(_), Rule::Nudge) if d.phase() == Phase::AcceptanceDue => d.attention(
            "Has the partner accepted the agreement?",
            "The partner was sent the connection agreement, and no acceptance is recorded.",
            "Look in the portal. If it is accepted, record it with !accepted. If not, the partner is reminded.",
        ),
        (Clock::Reminder(_), Rule::Nudge | Rule::NudgeAgain) => {
            reminding.remind(d, rule == Rule::NudgeAgain);
        }
        (Clock::Reminder(_), _) => d.tell_of_silence(),
        (Clock::Outcome(_), _) => overdue(d),
        (Clock::Session(_), Rule::SessionEve) => d.announce_session(),
        (Clock::Session(_), Rule::SessionOver) => d.session_over(),
        (Clock::Session(_) | Clock::Response(_), _) => {}
    }
}

fn overdue(d: &mut Deciding<'_>) {
    let phase = d.phase();
    let known = OVERDUE.iter().find(|(of, ..)| *of == phase);
    match known {
        Some((_, headline, what, what_to_do)) => d.attention(headline, *what, what_to_do),
        None => d.attention(
            "An outcome is overdue",
            format!("The partner was answered, and {} has no recorded outcome yet.", phase.awaits()),
            "Record the outcome with the command that fits, such as !accept or !changes.",
        ),
    }
}

/// Work of the team's own that is late: what it is, and what to do.
const OVERDUE: [(Phase, &str, &str, &str); 4] = [
    (
        Phase::WitnessPackToSend,
        "A blank witness test pack is to be sent",
        "The SCAL is accepted, and no blank witness test pack has been seen in Sent Items.",
        "Send the pack to the partner from the shared mailbox, as a reply to them.",
    ),
    (
        Phase::OutcomeDue,
        "The outcome of a session is overdue",
        "The witness testing session is past, and no outcome is recorded.",
        "Record it with !passed, !remedial or !cancel no-show.",
    ),
    (
        Phase::TccDue,
        "A certificate is to be issued",
        "All tests passed and the SCAL is accepted, and no certificate has been seen in Sent Items.",
        "Send the Technical Conformance Certificate from the shared mailbox, or record it with !tcc.",
    ),
    (
        Phase::AgreementDue,
        "A connection agreement is to be sent",
        "The certificate is issued, and no connection agreement is recorded.",
        "Send the agreement and the guidance, then record it with !agreement.",
    ),
];

/// One acknowledgement for several messages.
fn answer_together(d: &mut Deciding<'_>, correspondent: &Address, waiting: Vec<Received>) {
    let what_next = d.next_for(&waiting);
    d.record(Fact::GatheringEnded { correspondent: correspondent.clone() });
    let lane = d.lane_to_answer(correspondent, what_next);
    d.in_lane(&lane, |d| d.acknowledge(correspondent, waiting, what_next, false));
}
