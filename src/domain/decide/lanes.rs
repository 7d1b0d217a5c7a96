//! How submissions move the assurance lane, and which clock then runs (PROCESS.md, "The one idea" and "Clocks").

use jiff::Timestamp;

use super::Deciding;
use crate::domain::case::SubmissionKind;
use crate::domain::clocks::{Clock, OutcomeClock, ReminderClock, ResponseClock};
use crate::domain::effect::WhatNext;
use crate::domain::fact::{ClockChange, Fact};
use crate::domain::lane::{Lane, LaneName, Party, Phase};

/// What a submission did to the lane.
pub(super) struct Moved {
    pub(super) what_next: WhatNext,
    pub(super) joined_running_clock: bool,
}

impl Deciding<'_> {
    pub(super) fn assurance(&self) -> Option<&Lane> {
        self.case.lane(&LaneName::Assurance)
    }

    pub(super) fn phase(&self) -> Phase {
        self.assurance().map_or(Phase::Enquiry, |lane| lane.phase)
    }

    pub(super) fn clock(&self) -> Option<&Clock> {
        self.assurance()?.clock.as_ref()
    }

    /// A new SCAL is up for review, whatever the lane was waiting for.
    pub(super) fn scal_arrived(&mut self, received_at: Timestamp) -> Moved {
        let joined_running_clock = match self.phase() {
            Phase::ScalReview => self.joins_or_starts(received_at, Phase::ScalReview),
            Phase::Enquiry => {
                self.enter(Phase::ScalReview, received_at);
                false
            }
            Phase::ScalChanges => {
                let returns_to = self.assurance().and_then(|lane| lane.returns_to.clone());
                self.enter_returning(Phase::ScalReview, received_at, returns_to);
                false
            }
            Phase::WitnessPackToSend | Phase::WitnessPackDue | Phase::WitnessPackReview | Phase::WitnessPackChanges => {
                let stood = self.assurance().cloned().map(Box::new);
                self.say("an updated SCAL out of turn");
                self.enter_returning(Phase::ScalReview, received_at, stood);
                false
            }
        };
        Moved { what_next: WhatNext::ScalReview, joined_running_clock }
    }

    /// A witness test pack arrived: reviewed when it is its turn, filed when it is early.
    pub(super) fn pack_arrived(&mut self, received_at: Timestamp) -> Moved {
        let joined_running_clock = match self.phase() {
            Phase::WitnessPackReview => self.joins_or_starts(received_at, Phase::WitnessPackReview),
            Phase::WitnessPackToSend | Phase::WitnessPackDue | Phase::WitnessPackChanges => {
                self.enter(Phase::WitnessPackReview, received_at);
                false
            }
            Phase::Enquiry | Phase::ScalReview | Phase::ScalChanges => {
                self.say("the pack is filed until the SCAL is accepted");
                return Moved { what_next: WhatNext::FiledForLater, joined_running_clock: false };
            }
        };
        Moved { what_next: WhatNext::WitnessPackReview, joined_running_clock }
    }

    /// Enters a phase; `since` is day 0 of its clock.
    pub(super) fn enter(&mut self, phase: Phase, since: Timestamp) {
        self.enter_returning(phase, since, None);
    }

    pub(super) fn enter_returning(&mut self, phase: Phase, since: Timestamp, returns_to: Option<Box<Lane>>) {
        let clock = self.clock_for(phase, since);
        self.say_phase(phase, clock.as_ref());
        self.record(Fact::PhaseEntered { lane: LaneName::Assurance, phase, clock, returns_to });
    }

    /// The SCAL is accepted: what the lane waits for next. What was filed early is passed through at once.
    pub(super) fn after_scal_accepted(&mut self) {
        let at = self.at;
        if let Some(stood) = self.assurance().and_then(|lane| lane.returns_to.clone()) {
            let Lane { phase, clock, returns_to, .. } = *stood;
            self.say_phase(phase, clock.as_ref());
            self.record(Fact::PhaseEntered { lane: LaneName::Assurance, phase, clock, returns_to });
        } else if self.case.latest(SubmissionKind::WitnessPack).is_some() {
            self.enter(Phase::WitnessPackReview, at);
        } else if self.policy.witness_pack_link.is_some() {
            self.enter(Phase::WitnessPackDue, at);
        } else {
            self.enter(Phase::WitnessPackToSend, at);
        }
    }

    /// A person of ours answered: the promise is met, and the clock to the outcome runs.
    pub(super) fn answer_clock(&mut self, by: &str) {
        let Some(Clock::Response(response)) = self.clock() else {
            return;
        };
        let (calendar, outcome_days) = (&self.policy.calendar, self.policy.days.outcome);
        let on_time = self.at < response.due.due_at;
        let outcome = response.answer(calendar, self.at, by, outcome_days);
        self.say(if on_time { "the promise is met in time" } else { "the promise is answered, late" });
        self.set_clock(ClockChange::Answered, Some(Clock::Outcome(outcome)));
    }

    pub(super) fn set_clock(&mut self, change: ClockChange, clock: Option<Clock>) {
        self.record(Fact::ClockSet { lane: LaneName::Assurance, change, clock });
    }

    /// A submission that arrives while its clock runs joins it; one that arrives after the answer starts a new one.
    fn joins_or_starts(&mut self, received_at: Timestamp, phase: Phase) -> bool {
        match self.clock() {
            Some(Clock::Response(running)) => {
                let joined = ResponseClock { latest_at: received_at, ..running.clone() };
                self.say(format!("joins the running clock: due {} as before", joined.due.due));
                self.set_clock(ClockChange::Joined, Some(Clock::Response(joined)));
                true
            }
            Some(Clock::Outcome(_) | Clock::Reminder(_)) | None => {
                let clock = self.clock_for(phase, received_at);
                self.say_phase(phase, clock.as_ref());
                self.set_clock(ClockChange::Started, clock);
                false
            }
        }
    }

    fn clock_for(&self, phase: Phase, since: Timestamp) -> Option<Clock> {
        let (calendar, days) = (&self.policy.calendar, &self.policy.days);
        if phase.waits_on() == Party::Partner {
            return days.reminder.as_ref().map(|plan| Clock::Reminder(ReminderClock::start(calendar, since, plan)));
        }
        let respond_in =
            |days: u32| Clock::Response(ResponseClock::start(calendar, since, days, self.policy.days.warn_before));
        match phase {
            Phase::ScalReview => Some(respond_in(days.scal_response)),
            Phase::Enquiry => days.enquiry_response.map(respond_in),
            Phase::WitnessPackReview => days.witness_pack_response.map(respond_in),
            // Nothing was asked of the team by letter: this is its own work, so the outcome clock runs.
            Phase::WitnessPackToSend => days
                .witness_pack_to_send
                .map(|days| Clock::Outcome(OutcomeClock::start(calendar, since, "accepted SCAL", None, Some(days)))),
            Phase::ScalChanges | Phase::WitnessPackDue | Phase::WitnessPackChanges => None,
        }
    }

    fn say_phase(&mut self, phase: Phase, clock: Option<&Clock>) {
        let words = match clock {
            Some(Clock::Response(clock)) => format!("{}: due {}", phase.name(), clock.due.due),
            Some(Clock::Outcome(_) | Clock::Reminder(_)) | None => {
                format!("{}: waits on {}", phase.name(), phase.waits_on())
            }
        };
        self.say(words);
    }
}
