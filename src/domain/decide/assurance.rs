//! The verbs of the assurance lane, from the first SCAL to the certificate's return (PROCESS.md, "The one idea").

use super::{Deciding, Refusal};
use crate::domain::effect::{Content, Outcome, StepTaken};
use crate::domain::fact::Fact;
use crate::domain::lane::Phase;

/// The phases in which tests may be judged.
const WITNESSING: [Phase; 4] =
    [Phase::WitnessPackReview, Phase::SessionBooked, Phase::OutcomeDue, Phase::RemedialAction];
const WITNESSED: &str = "a witness test pack under review, or after a witness testing session";

impl Deciding<'_> {
    pub(super) fn accept(&mut self, by: &str) -> Result<(), Refusal> {
        let under_review = [Phase::ScalReview, Phase::ScalUpdateReview, Phase::TccReturnReview];
        let phase = self.only_in(&under_review, "!accept", "a SCAL that is under review")?;
        self.answer_clock(self.at, by);
        if phase == Phase::TccReturnReview {
            self.confirm_return(by);
        } else {
            self.say(format!("SCAL accepted by {by}"));
            self.after_scal_accepted();
            self.next_step(StepTaken::ScalAccepted);
        }
        Ok(())
    }

    /// The SCAL came back with the certificate in it: that ends assurance.
    fn confirm_return(&mut self, by: &str) {
        self.say(format!("the returned certificate is confirmed by {by}"));
        self.record(Fact::ScalAccepted);
        if !self.case.certificate_returned {
            // Whoever confirms it has looked, whatever the automatic check made of it.
            self.record(Fact::CertificateReturned);
        }
        self.enter(Phase::Assured, self.at);
        self.next_step(StepTaken::Assured);
        self.note_approval();
    }

    pub(super) fn changes(&mut self, by: &str) -> Result<(), Refusal> {
        const BACK_TO: [(Phase, Phase); 4] = [
            (Phase::ScalReview, Phase::ScalChanges),
            (Phase::WitnessPackReview, Phase::WitnessPackChanges),
            (Phase::ScalUpdateReview, Phase::ScalUpdateDue),
            (Phase::TccReturnReview, Phase::TccReturnDue),
        ];
        let needs = "a SCAL or a witness test pack that is under review";
        let phase = self.only_in(&BACK_TO.map(|(review, _)| review), "!changes", needs)?;
        let next = BACK_TO.into_iter().find(|(review, _)| *review == phase).map_or(phase, |(_, next)| next);
        self.say(format!("changes asked by {by}"));
        self.answer_clock(self.at, by);
        self.enter_returning(next, self.at, self.returns_to());
        self.next_step(StepTaken::ChangesAsked);
        Ok(())
    }

    /// Tests passed: those named, or all of them.
    pub(super) fn passed(&mut self, by: &str, tests: &[String]) -> Result<(), Refusal> {
        self.only_in(&WITNESSING, "!passed", WITNESSED)?;
        self.session_held("!passed")?;
        let all = tests.is_empty();
        self.say(if all {
            format!("all tests passed, by {by}")
        } else {
            format!("{} passed, by {by}", tests.join(", "))
        });
        // Some are named only where the team keeps count of those that are open: the last of them ends the tests.
        let counted = !self.case.open_tests.is_empty();
        self.record(Fact::TestsJudged { passed: tests.to_vec(), remedial: Vec::new(), all });
        self.answer_clock(self.at, by);
        let open = self.case.open_tests.len();
        match (open, all || counted) {
            (0, true) => self.after_tests(),
            (0, false) => self.say("in part: !passed without tests records that all passed"),
            (_, _) if self.phase() == Phase::RemedialAction => self.say(format!("{open} tests are still open")),
            (_, _) => self.enter(Phase::RemedialAction, self.at),
        }
        self.tell_outcome(tests, &[]);
        Ok(())
    }

    pub(super) fn remedial(&mut self, by: &str, tests: &[String]) -> Result<(), Refusal> {
        self.only_in(&WITNESSING, "!remedial", WITNESSED)?;
        self.session_held("!remedial")?;
        self.say(format!("remedial action on {}, by {by}", tests.join(", ")));
        self.record(Fact::TestsJudged { passed: Vec::new(), remedial: tests.to_vec(), all: false });
        self.answer_clock(self.at, by);
        if self.phase() != Phase::RemedialAction {
            self.enter(Phase::RemedialAction, self.at);
        }
        self.tell_outcome(&[], tests);
        Ok(())
    }

    /// The SCAL must be updated: at once where all else is done, else beside what is awaited.
    pub(super) fn scal_update(&mut self, by: &str) -> Result<(), Refusal> {
        let phase = self.only_in(&[WITNESSING.as_slice(), &[Phase::TccDue]].concat(), "!scal-update", WITNESSED)?;
        self.record(Fact::ScalUpdateAsked);
        if phase == Phase::TccDue {
            self.enter(Phase::ScalUpdateDue, self.at);
        }
        self.say(format!("an updated SCAL is asked for by {by}"));
        self.tell_outcome(&[], &[]);
        Ok(())
    }

    /// The certificate was issued: by hand, or seen in Sent.
    pub(super) fn issue(&mut self, by: &str) -> Result<(), Refusal> {
        self.only_in(&[Phase::TccDue], "!tcc", "a case whose latest SCAL is accepted and that has no open test")?;
        self.say(format!("the certificate is issued by {by}"));
        self.enter(Phase::TccReturnDue, self.at);
        self.next_step(StepTaken::CertificateIssued);
        self.hand_over();
        Ok(())
    }

    /// No test is open: the certificate, after an updated SCAL where one was asked for.
    fn after_tests(&mut self) {
        let next = if self.case.scal_update_asked { Phase::ScalUpdateDue } else { Phase::TccDue };
        if self.phase() != next {
            self.enter(next, self.at);
        }
    }

    fn tell_outcome(&mut self, passed: &[String], remedial: &[String]) {
        let outcome = Outcome {
            phase: self.phase(),
            all_passed: self.case.open_tests.is_empty() && passed.is_empty() && remedial.is_empty(),
            passed: passed.to_vec(),
            open: self.case.open_tests.iter().cloned().collect(),
            scal_update: self.case.scal_update_asked,
            scal_accepted: false,
        };
        self.write_of_command(Content::Outcome(outcome));
    }

    /// The phase of the lane, where a verb has a meaning in it; else why not. A phase that nobody listed refuses.
    pub(super) fn only_in(&self, phases: &[Phase], verb: &str, needs: &str) -> Result<Phase, Refusal> {
        let (phase, case) = (self.phase(), self.case.reference);
        let why = || Refusal(format!("{verb} is for {needs}. {case} waits for {}.", phase.awaits()));
        phases.contains(&phase).then_some(phase).ok_or_else(why)
    }
}
