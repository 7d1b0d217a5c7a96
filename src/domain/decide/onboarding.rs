//! What follows the certificate: the connection agreement, the approval forms, and whether Stage 3 is complete.
//! The Live Services Onboarding team (LSOB) does this work.

use jiff::Timestamp;

use super::lanes::Moved;
use super::{Deciding, Refusal};
use crate::domain::case::FormThread;
use crate::domain::command::AccessMode;
use crate::domain::effect::{Answers, Content, Effect, StaffAttention, StepTaken, WhatNext};
use crate::domain::fact::Fact;
use crate::domain::ids::Address;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::policy::Team;
use crate::domain::route;

impl Deciding<'_> {
    /// The certificate is out: LSOB take over the agreement, and the partner is told which forms are needed.
    pub(super) fn hand_over(&mut self) {
        let known = self.case.lane(&LaneName::Agreement).map(|lane| lane.phase);
        let what_to_do = match known {
            None => {
                self.in_lane(&LaneName::Agreement, |d| d.enter(Phase::AgreementDue, d.at));
                "Send the partner the connection agreement and the guidance on accepting it, then record it with \
                 !agreement."
            }
            Some(Phase::Accepted) => {
                self.in_lane(&LaneName::Agreement, |d| d.enter(Phase::AgreementDue, d.at));
                "This is a new round. Say whether the connection agreement changes: send the new one and record it \
                 with !agreement, or give !agreement unchanged."
            }
            Some(_) => "The connection agreement of the round before is still open.",
        };
        self.ask_for_forms();
        let question = match self.case.mode {
            Some(mode) => format!("Access is {}.", mode.name()),
            None => "Nobody recorded whether access is application-restricted or user-restricted: give !mode, or the \
                     case can never be approved."
                .to_owned(),
        };
        let what = format!("The Technical Conformance Certificate is issued. {question}");
        let answers = Answers::HandOver { mode_known: self.case.mode.is_some(), first_round: self.case.round == 1 };
        self.in_lane(&LaneName::Agreement, |d| {
            let headline = "A certificate is issued: the agreement is next";
            let content = StaffAttention { answers, ..d.needs_a_person(headline, what, what_to_do) };
            d.write_staff(d.team(), false, Content::StaffAttention(content));
        });
    }

    /// Application-restricted access needs at least one approval form, from the certificate on.
    pub(super) fn ask_for_forms(&mut self) {
        let due =
            self.case.mode == Some(AccessMode::ApplicationRestricted) && self.case.lane(&LaneName::Agreement).is_some();
        if due && !self.case.lanes.keys().any(LaneName::is_form) {
            self.in_lane(&LaneName::first_form(), |d| d.enter(Phase::FormDue, d.at));
        }
    }

    pub(super) fn set_mode(&mut self, by: &str, mode: AccessMode) -> Result<(), Refusal> {
        if self.case.mode == Some(mode) {
            return Err(Refusal(format!("{} is recorded as {} already.", self.case.reference, mode.name())));
        }
        self.say(format!("access is {}, by {by}", mode.name()));
        self.record(Fact::ModeSet { mode });
        if mode == AccessMode::UserRestricted && self.case.lane(&LaneName::first_form()).is_some() {
            self.record(Fact::LaneEnded { lane: LaneName::first_form() });
        }
        self.ask_for_forms();
        self.note_approval();
        Ok(())
    }

    /// An approval form arrived, for one organisation: a lane of its own, which its sender alone hears of.
    pub(super) fn form_arrived(
        &mut self,
        ods_code: &str,
        sender: &Address,
        thread: Option<FormThread>,
        received_at: Timestamp,
    ) -> Moved {
        if self.case.lane(&LaneName::first_form()).is_some() {
            self.record(Fact::LaneEnded { lane: LaneName::first_form() });
        }
        let lane = LaneName::Form(ods_code.to_owned());
        let phase = self.case.lane(&lane).map(|lane| lane.phase);
        self.record(Fact::FormFrom { lane: lane.clone(), sender: sender.clone(), thread });
        let joined_running_clock = self.in_lane(&lane, |d| {
            if phase == Some(Phase::FormReview) {
                return d.joins_or_starts(received_at, Phase::FormReview);
            }
            d.enter(Phase::FormReview, received_at);
            false
        });
        Moved { what_next: WhatNext::FormReview, joined_running_clock }
    }

    pub(super) fn agreement(&mut self, by: &str, unchanged: bool) -> Result<(), Refusal> {
        self.onboarding(&LaneName::Agreement, |d| {
            d.only_in(&[Phase::AgreementDue], "!agreement", "a case whose agreement is to be sent")?;
            if unchanged && d.case.round == 1 {
                let why = "In the first round there is no agreement yet that could stay as it is: send it, then give \
                           !agreement.";
                return Err(Refusal(why.to_owned()));
            }
            if unchanged {
                d.say(format!("the agreement of the round before stands, by {by}"));
                d.enter(Phase::Accepted, d.at);
                d.note_approval();
            } else {
                d.say(format!("the agreement is out, by {by}"));
                d.enter(Phase::AcceptanceDue, d.at);
                d.next_step(StepTaken::AgreementSent);
            }
            Ok(())
        })
    }

    pub(super) fn accepted(&mut self, by: &str) -> Result<(), Refusal> {
        self.onboarding(&LaneName::Agreement, |d| {
            let open = [Phase::AgreementDue, Phase::AcceptanceDue];
            d.only_in(&open, "!accepted", "an agreement that the partner is to accept")?;
            d.say(format!("the agreement is accepted, by {by}"));
            d.enter(Phase::Accepted, d.at);
            d.next_step(StepTaken::AgreementAccepted);
            d.note_approval();
            Ok(())
        })
    }

    pub(super) fn approve(&mut self, by: &str, form: Option<&str>) -> Result<(), Refusal> {
        let lane = self.form_in_review("!approve", form)?;
        self.in_lane(&lane, |d| {
            d.say(format!("{lane} approved by {by}"));
            d.answer_clock(d.at, by);
            d.enter(Phase::FormApproved, d.at);
            d.next_step(StepTaken::FormApproved);
            d.note_approval();
        });
        Ok(())
    }

    pub(super) fn form_changes(&mut self, by: &str, form: Option<&str>) -> Result<(), Refusal> {
        let lane = self.form_in_review("!changes", form)?;
        self.in_lane(&lane, |d| {
            d.say(format!("changes to {lane} asked by {by}"));
            d.answer_clock(d.at, by);
            d.enter(Phase::FormDue, d.at);
            d.next_step(StepTaken::ChangesAsked);
        });
        Ok(())
    }

    /// The form that is meant: by its code, or the only one under review.
    pub(super) fn form_in_review(&self, verb: &str, code: Option<&str>) -> Result<LaneName, Refusal> {
        let reference = self.case.reference;
        let in_review = || {
            let lanes = self.case.lanes.iter().filter(|(name, lane)| name.is_form() && lane.phase == Phase::FormReview);
            lanes.map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let codes = |lanes: &[LaneName]| {
            let codes = lanes.iter().map(|lane| lane.to_string().trim_start_matches("form ").to_owned());
            codes.collect::<Vec<_>>().join(", ")
        };
        let lanes = in_review();
        match (code, lanes.as_slice()) {
            (_, []) => {
                Err(Refusal(format!("{reference} has no approval form under review, so {verb} changes nothing.")))
            }
            (None, [only]) => Ok(only.clone()),
            (None, several) => Err(Refusal(format!(
                "{reference} has several forms under review: {}. Say which, such as {verb} RXQ.",
                codes(several)
            ))),
            (Some(code), several) => {
                let lane = LaneName::Form(code.to_uppercase());
                let why =
                    || Refusal(format!("{reference} has no form of {code} under review, but of {}.", codes(several)));
                several.contains(&lane).then_some(lane).ok_or_else(why)
            }
        }
    }

    /// The form that has waited for review for the shortest time: letters about a form that just came are about it.
    pub(super) fn latest_form(&self) -> Option<LaneName> {
        let reviewed = self.case.lanes.iter().filter(|(name, lane)| name.is_form() && lane.phase == Phase::FormReview);
        reviewed.max_by_key(|(_, lane)| lane.since).map(|(name, _)| name.clone())
    }

    /// The lane that an answer to what somebody sent is about: they may hear of one form alone.
    pub(super) fn lane_to_answer(&self, to: &Address, what_next: WhatNext) -> LaneName {
        let of_form = route::sent_only_a_form(self.policy, &self.case, to).then(|| self.form_of(to)).flatten();
        let latest = || self.latest_form().filter(|_| what_next == WhatNext::FormReview);
        of_form.or_else(latest).unwrap_or(LaneName::Assurance)
    }

    /// The form that came last from this sender.
    pub(super) fn form_of(&self, sender: &Address) -> Option<LaneName> {
        let theirs = self.case.form_senders.iter().filter(|(_, known)| *known == sender).map(|(name, _)| name);
        theirs.max_by_key(|name| self.case.lane(name).map(|lane| lane.since)).cloned()
    }

    fn onboarding<T>(
        &mut self,
        lane: &LaneName,
        work: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if self.case.lane(lane).is_none() {
            let reference = self.case.reference;
            return Err(Refusal(format!("The {lane} of {reference} begins once the certificate is issued (!tcc).")));
        }
        self.in_lane(lane, work)
    }

    /// Once all conditions hold, the partner is told; nothing is ever said to be live. Whoever sent a form hears of that
    /// form alone.
    pub(super) fn note_approval(&mut self) {
        if self.case.approved_at.is_some() || !self.case.meets_approval() {
            return;
        }
        self.say("Stage 3 is complete");
        self.record(Fact::Approved);
        // It says what the other letters of these commands would, and more.
        self.decision.effects.retain(|Effect::Send(letter)| !letter.is_last_but_one());
        self.in_lane(&LaneName::Agreement, |d| d.next_step(StepTaken::Approved));
    }

    /// A notice to the people of one team, whichever lane the step is about.
    pub(super) fn tell_team(&mut self, team: Team, headline: &str, what: String, what_to_do: &str) {
        let content = StaffAttention { answers: Answers::Note, ..self.needs_a_person(headline, what, what_to_do) };
        self.write_staff(team, false, Content::StaffAttention(content));
    }
}
