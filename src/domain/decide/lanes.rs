//! How submissions move the assurance lane, and which clock then runs (PROCESS.md, "The one idea" and "Clocks").

use jiff::Timestamp;
use jiff::civil::Date;

use super::Deciding;
use crate::domain::calendar::in_words;
use crate::domain::case::SubmissionKind;
use crate::domain::clocks::{Clock, OutcomeClock, ReminderClock, ResponseClock, SessionClock};
use crate::domain::effect::WhatNext;
use crate::domain::fact::{ClockChange, Fact, Received};
use crate::domain::ids::Address;
use crate::domain::lane::{Lane, LaneName, Party, Phase};

/// What a submission did to the lane.
pub(super) struct Moved {
    pub(super) what_next: WhatNext,
    pub(super) joined_running_clock: bool,
}

impl Deciding<'_> {
    fn stands(&self) -> Option<&Lane> {
        self.case.lane(&self.lane)
    }

    pub(super) fn phase(&self) -> Phase {
        // A form that names no organisation has no lane of its own.
        let before_any = if self.lane.is_form() { Phase::FormDue } else { Phase::Enquiry };
        self.stands().map_or(before_any, |lane| lane.phase)
    }

    /// The day on which the lane came to wait for what it waits for, whenever its clock began to count.
    pub(super) fn waits_since(&self) -> Option<Date> {
        Some(self.policy.calendar.local_date(self.stands()?.since))
    }

    pub(super) fn clock(&self) -> Option<&Clock> {
        self.stands()?.clock.as_ref()
    }

    pub(super) fn returns_to(&self) -> Option<Box<Lane>> {
        self.stands()?.returns_to.clone()
    }

    /// A new SCAL is up for review, whatever the lane was waiting for.
    pub(super) fn scal_arrived(&mut self, received_at: Timestamp) -> Moved {
        let joined_running_clock = match self.phase() {
            phase @ (Phase::ScalReview | Phase::ScalUpdateReview | Phase::TccReturnReview) => {
                self.joins_or_starts(received_at, phase)
            }
            Phase::Enquiry => {
                self.enter(Phase::ScalReview, received_at);
                false
            }
            Phase::ScalChanges => {
                self.enter_returning(Phase::ScalReview, received_at, self.returns_to());
                false
            }
            Phase::ScalUpdateDue => {
                self.enter_returning(Phase::ScalUpdateReview, received_at, self.returns_to());
                false
            }
            Phase::TccReturnDue => {
                self.enter(Phase::TccReturnReview, received_at);
                false
            }
            Phase::Assured => {
                self.say("a new round begins");
                self.record(Fact::RoundOpened);
                self.enter(Phase::ScalReview, received_at);
                false
            }
            Phase::WitnessPackToSend
            | Phase::WitnessPackDue
            | Phase::WitnessPackReview
            | Phase::WitnessPackChanges
            | Phase::SessionBooked
            | Phase::OutcomeDue
            | Phase::RemedialAction
            | Phase::TccDue
            // Never of this lane.
            | Phase::AgreementDue
            | Phase::AcceptanceDue
            | Phase::Accepted
            | Phase::FormDue
            | Phase::FormReview
            | Phase::FormApproved => {
                let stood = self.stands().cloned().map(Box::new);
                let asked = self.case.scal_update_asked;
                self.say(if asked { "the updated SCAL" } else { "an updated SCAL out of turn" });
                let review = if asked { Phase::ScalUpdateReview } else { Phase::ScalReview };
                self.enter_returning(review, received_at, stood);
                false
            }
        };
        Moved { what_next: WhatNext::ScalReview, joined_running_clock }
    }

    /// A witness test pack arrived: reviewed when it is its turn, filed when it is early or late.
    pub(super) fn pack_arrived(&mut self, received_at: Timestamp) -> Moved {
        let joined_running_clock = match self.phase() {
            Phase::WitnessPackReview => self.joins_or_starts(received_at, Phase::WitnessPackReview),
            Phase::WitnessPackToSend | Phase::WitnessPackDue | Phase::WitnessPackChanges | Phase::RemedialAction => {
                self.enter(Phase::WitnessPackReview, received_at);
                false
            }
            Phase::Enquiry | Phase::ScalReview | Phase::ScalChanges => {
                self.say("the pack is filed until the SCAL is accepted");
                return Moved { what_next: WhatNext::FiledForLater, joined_running_clock: false };
            }
            Phase::SessionBooked
            | Phase::OutcomeDue
            | Phase::ScalUpdateDue
            | Phase::ScalUpdateReview
            | Phase::TccDue
            | Phase::TccReturnDue
            | Phase::TccReturnReview
            | Phase::Assured
            | Phase::AgreementDue
            | Phase::AcceptanceDue
            | Phase::Accepted
            | Phase::FormDue
            | Phase::FormReview
            | Phase::FormApproved => {
                self.say("the pack is filed beside the case");
                return Moved { what_next: WhatNext::FiledForLater, joined_running_clock: false };
            }
        };
        Moved { what_next: WhatNext::WitnessPackReview, joined_running_clock }
    }

    /// What the senders of these messages may expect, as the lane stands.
    pub(super) fn next_for(&self, messages: &[Received]) -> WhatNext {
        let files = || messages.iter().flat_map(|message| &message.items).filter(|item| item.recognised.is_some());
        let brings = |kind| files().any(|item| item.recognised == Some(kind) && !item.repeated);
        let phase = self.phase();
        if phase.reviews_scal() && brings(SubmissionKind::Scal) {
            return WhatNext::ScalReview;
        }
        if phase == Phase::WitnessPackReview && brings(SubmissionKind::WitnessPack) {
            return WhatNext::WitnessPackReview;
        }
        if brings(SubmissionKind::ApprovalForm) {
            return WhatNext::FormReview;
        }
        match files().next() {
            None => WhatNext::PersonReads,
            Some(_) if files().all(|item| item.repeated) => WhatNext::NothingNew,
            Some(_) => WhatNext::FiledForLater,
        }
    }

    /// Enters a phase; `since` is day 0 of its clock.
    pub(super) fn enter(&mut self, phase: Phase, since: Timestamp) {
        self.enter_returning(phase, since, None);
    }

    pub(super) fn enter_returning(&mut self, phase: Phase, since: Timestamp, returns_to: Option<Box<Lane>>) {
        let clock = self.clock_for(phase, since);
        self.enter_with(phase, clock, returns_to);
    }

    fn enter_with(&mut self, phase: Phase, clock: Option<Clock>, returns_to: Option<Box<Lane>>) {
        let clock = clock.map(|clock| self.without_repeats(clock));
        self.say_phase(phase, clock.as_ref());
        self.record(Fact::PhaseEntered { lane: self.lane.clone(), phase, clock, returns_to });
        self.answered_before();
    }

    /// Each notice comes once for a case, rule and due date: a promise for the same day as the one that it takes the
    /// place of, as when a question and a SCAL of one day are seen late, goes on where that one had come to.
    fn without_repeats(&self, clock: Clock) -> Clock {
        match (clock, self.clock()) {
            (Clock::Response(new), Some(Clock::Response(old))) if new.due.due == old.due.due && old.held.is_none() => {
                Clock::Response(ResponseClock { next: old.next.clone(), ..new })
            }
            (clock, _) => clock,
        }
    }

    /// The SCAL is accepted: what the lane waits for next. What was filed early is passed through at once.
    pub(super) fn after_scal_accepted(&mut self) {
        let at = self.at;
        self.record(Fact::ScalAccepted);
        if let Some(stood) = self.returns_to() {
            self.go_back(*stood);
        } else if self.phase() == Phase::ScalUpdateReview {
            self.enter(Phase::TccDue, at);
        } else if self.case.early_pack {
            self.enter(Phase::WitnessPackReview, at);
        } else if self.policy.witness_pack_link.is_some() || self.case.blank_pack_sent {
            self.enter(Phase::WitnessPackDue, at);
        } else {
            self.enter(Phase::WitnessPackToSend, at);
        }
    }

    /// Back to where the lane stood before a SCAL came out of turn.
    pub(super) fn go_back(&mut self, stood: Lane) {
        let (at, phase, early_pack) = (self.at, stood.phase, self.case.early_pack);
        if phase == Phase::WitnessPackToSend && self.case.blank_pack_sent && !early_pack {
            return self.enter(Phase::WitnessPackDue, at);
        }
        let clock = match stood.clock {
            Some(Clock::Response(running)) => {
                let latest = self.case.latest(SubmissionKind::WitnessPack).filter(|_| early_pack);
                let latest_at = latest.map_or(running.latest_at, |pack| pack.received_at);
                Clock::Response(ResponseClock { latest_at, ..running })
            }
            Some(Clock::Outcome(_) | Clock::Reminder(_)) | None if early_pack => {
                return self.enter(Phase::WitnessPackReview, at);
            }
            Some(Clock::Outcome(outcome)) => Clock::Outcome(outcome),
            // The partner was not awaited while the SCAL was with us: the reminders count from now.
            Some(Clock::Reminder(_)) | None => return self.enter_returning(phase, at, stood.returns_to),
            Some(session @ Clock::Session(_)) => session,
        };
        self.enter_with(phase, Some(clock), stood.returns_to);
    }

    /// A person of ours wrote to the partner at `at`: the promise is met, and the clock to the outcome runs. What
    /// arrived after that has a promise of its own.
    pub(super) fn answer_clock(&mut self, at: Timestamp, by: &str) {
        let Some(Clock::Response(response)) = self.clock().filter(|clock| clock.started_by(at)) else {
            return;
        };
        // An enquiry is answered by the reply itself: no outcome is to be recorded.
        let outcome_days = self.policy.days.outcome.filter(|_| self.phase() != Phase::Enquiry);
        let on_time = at < response.due.due_at;
        let outcome = response.answer(&self.policy.calendar, at, by, outcome_days);
        self.say(if on_time { "this answer is in time" } else { "this answer is late" });
        self.set_clock(ClockChange::Answered, Some(Clock::Outcome(outcome)));
        if let Some(later) = self.submitted_after(at) {
            let clock = self.clock_for(self.phase(), later);
            self.say_phase(self.phase(), clock.as_ref());
            self.set_clock(ClockChange::Started, clock);
        }
    }

    /// Our people may have written after something arrived and before it was seen here.
    fn answered_before(&mut self) {
        let any = self.phase() == Phase::Enquiry;
        let last = if any { self.case.last_human_at } else { self.case.human_at.get(&self.team()).copied() };
        if let Some(at) = last {
            self.answer_clock(at, "a person");
        }
    }

    /// When the first submission after `at` came for the review that is going on.
    fn submitted_after(&self, at: Timestamp) -> Option<Timestamp> {
        let phase = self.phase();
        let kind = if phase.reviews_scal() { SubmissionKind::Scal } else { SubmissionKind::WitnessPack };
        if !phase.reviews_scal() && phase != Phase::WitnessPackReview {
            return None;
        }
        let of_kind = self.case.submissions.iter().filter(|submission| submission.kind == kind);
        of_kind.map(|submission| submission.received_at).filter(|received| *received > at).min()
    }

    /// A partner who writes is not silent: the reminders count from then. Whoever sent a form is asked about that form
    /// alone, so that another person's word counts for nothing there.
    pub(super) fn heard_from_partner(&mut self, from: Option<&Address>, received_at: Timestamp) {
        let is_theirs =
            |lane: &LaneName| from.is_none() || self.case.form_senders.get(lane).is_none_or(|s| Some(s) == from);
        let lanes: Vec<LaneName> = self.case.lanes.keys().filter(|lane| is_theirs(lane)).cloned().collect();
        for lane in lanes {
            self.in_lane(&lane, |d| d.count_anew(received_at));
        }
    }

    pub(super) fn count_anew(&mut self, received_at: Timestamp) {
        if let Some(Clock::Reminder(clock)) = self.clock()
            && clock.since < self.policy.calendar.local_date(received_at)
        {
            let clock = ReminderClock::start(&self.policy.calendar, received_at, &clock.plan);
            self.set_clock(ClockChange::Restarted, Some(Clock::Reminder(clock)));
        }
    }

    /// Nothing is awaited any more.
    pub(super) fn stop_clocks(&mut self) {
        let lanes: Vec<LaneName> = self.case.lanes.keys().cloned().collect();
        for lane in lanes {
            self.in_lane(&lane, |d| {
                if d.clock().is_some() {
                    d.set_clock(ClockChange::Stopped, None);
                }
            });
        }
    }

    pub(super) fn set_clock(&mut self, change: ClockChange, clock: Option<Clock>) {
        self.record(Fact::ClockSet { lane: self.lane.clone(), change, clock });
    }

    /// A submission that arrives while its clock runs joins it; one that arrives after the answer starts a new one.
    pub(super) fn joins_or_starts(&mut self, received_at: Timestamp, phase: Phase) -> bool {
        match self.clock() {
            // Seen late, or moved here by staff: what came first is what was promised.
            Some(Clock::Response(running)) if received_at < running.since && running.is_untouched() => {
                let latest_at = running.latest_at;
                let clock = self.clock_for(phase, received_at).map(|clock| match clock {
                    Clock::Response(earlier) => Clock::Response(ResponseClock { latest_at, ..earlier }),
                    other @ (Clock::Outcome(_) | Clock::Reminder(_) | Clock::Session(_)) => other,
                });
                self.say_phase(phase, clock.as_ref());
                self.set_clock(ClockChange::Restarted, clock);
                true
            }
            Some(Clock::Response(running)) => {
                let latest_at = running.latest_at.max(received_at);
                let joined = ResponseClock { latest_at, ..running.clone() };
                self.say(format!("the date stays as it was: due {}", in_words(joined.due.due)));
                self.set_clock(ClockChange::Joined, Some(Clock::Response(joined)));
                true
            }
            Some(Clock::Outcome(answered)) if answered.response.is_some() && received_at <= answered.answered_at => {
                self.say("arrived before the answer: answered with it");
                false
            }
            Some(Clock::Outcome(_) | Clock::Reminder(_) | Clock::Session(_)) | None => {
                let clock = self.clock_for(phase, received_at);
                self.say_phase(phase, clock.as_ref());
                self.set_clock(ClockChange::Started, clock);
                self.answered_before();
                false
            }
        }
    }

    pub(super) fn clock_for(&self, phase: Phase, since: Timestamp) -> Option<Clock> {
        let (calendar, days) = (&self.policy.calendar, &self.policy.days);
        if phase.waits_on() == Party::Partner {
            return days.reminder.as_ref().map(|plan| Clock::Reminder(ReminderClock::start(calendar, since, plan)));
        }
        let respond_in =
            |days: u32| Clock::Response(ResponseClock::start(calendar, since, days, self.policy.days.warn_before));
        // Nothing was asked of the team by letter: this is its own work, so the outcome clock runs.
        let work = |what, within: Option<u32>| {
            within.map(|days| Clock::Outcome(OutcomeClock::start(calendar, since, what, None, Some(days))))
        };
        match phase {
            Phase::ScalReview | Phase::ScalUpdateReview | Phase::TccReturnReview => {
                Some(respond_in(days.scal_response))
            }
            Phase::Enquiry => days.enquiry_response.map(respond_in),
            Phase::WitnessPackReview => days.witness_pack_response.map(respond_in),
            Phase::FormReview => days.form_response.map(respond_in),
            Phase::WitnessPackToSend => work("accepted SCAL", days.witness_pack_to_send),
            Phase::OutcomeDue => work("witness testing session", days.session_outcome),
            Phase::TccDue => work("passed tests", days.certificate),
            Phase::AgreementDue => work("issued certificate", days.agreement),
            Phase::SessionBooked => self.case.session.as_ref().map(|session| {
                let day = calendar.local_date(session.starts);
                Clock::Session(SessionClock::start(calendar, self.at, day))
            }),
            Phase::ScalChanges
            | Phase::WitnessPackDue
            | Phase::WitnessPackChanges
            | Phase::RemedialAction
            | Phase::ScalUpdateDue
            | Phase::TccReturnDue
            | Phase::Assured
            | Phase::AcceptanceDue
            | Phase::Accepted
            | Phase::FormDue
            | Phase::FormApproved => None,
        }
    }

    fn say_phase(&mut self, phase: Phase, clock: Option<&Clock>) {
        let words = match clock {
            Some(Clock::Response(clock)) => format!("{} is due {}", phase.awaits(), in_words(clock.due.due)),
            Some(Clock::Outcome(_) | Clock::Reminder(_) | Clock::Session(_)) | None => {
                format!("the case waits for {}", phase.awaits())
            }
        };
        self.say(words);
    }
}
