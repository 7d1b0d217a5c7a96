//! The commands of one message are one letter to the partner about each lane, which tells where they end: the letter of a
//! later command takes the place of that of an earlier one. It waits as the later one does, and is withdrawn with it:
//! what was undone must not be told. Invitations stay letters of their own.

use super::Deciding;
use crate::domain::effect::{Content, Effect, Letter, StepTaken};
use crate::domain::ids::Address;
use crate::domain::lane::{LaneName, Phase};

impl Deciding<'_> {
    /// Takes the place of what an earlier command of the same message was to tell the same person about this lane.
    /// `None`: there is nothing of that kind.
    pub(super) fn in_place_of_earlier(&mut self, to: &Address, content: &Content) -> Option<Content> {
        let lane = self.lane.clone();
        let (earlier, others): (Vec<Effect>, Vec<Effect>) = std::mem::take(&mut self.decision.effects)
            .into_iter()
            .partition(|Effect::Send(letter)| letter.to == *to && lane_told(letter) == Some(&lane));
        self.decision.effects = others;
        let (mut accepted, mut passed) = (false, Vec::new());
        for Effect::Send(letter) in &earlier {
            if let Content::NextStep(told) = &letter.content {
                accepted |= told.scal_accepted || told.what == StepTaken::ScalAccepted;
            } else if let Content::Outcome(told) = &letter.content {
                accepted |= told.scal_accepted;
                passed.extend(told.passed.iter().cloned());
            }
        }
        let mut content = content.clone();
        if let Content::NextStep(told) = &mut content {
            told.scal_accepted = accepted && !matches!(told.what, StepTaken::ScalAccepted | StepTaken::Assured);
        } else if let Content::Outcome(told) = &mut content {
            told.scal_accepted = accepted;
            told.passed.splice(0..0, passed);
        }
        (!earlier.is_empty()).then_some(content)
    }

    /// What came after a letter was asked for changes what it says is next.
    pub(super) fn tell_where_it_ends(&mut self) {
        if !self.case.is_open() {
            // Nothing is next, but for a partner who withdrew.
            let is_over = |letter: &Letter| {
                let Content::NextStep(told) = &letter.content else { return false };
                told.what != StepTaken::Withdrawn && lane_told(letter).is_some()
            };
            self.decision.effects.retain(|Effect::Send(letter)| !is_over(letter));
        }
        let mut effects = std::mem::take(&mut self.decision.effects);
        for Effect::Send(letter) in &mut effects {
            if lane_told(letter).is_none() {
                continue;
            }
            let Content::NextStep(told) = &mut letter.content else { continue };
            if self.case.lane(&told.lane).is_none() {
                continue;
            }
            let lane = told.lane.clone();
            (told.phase, told.respond_by) = self.in_lane(&lane, |d| (d.phase(), d.promise()));
            told.agreement_to_come = self.agreement_to_come();
        }
        self.decision.effects = effects;
    }

    pub(super) fn agreement_to_come(&self) -> bool {
        self.case.lane(&LaneName::Agreement).is_some_and(|lane| lane.phase == Phase::AgreementDue)
    }
}

/// The lane of which a letter tells the partner how it goes on.
fn lane_told(letter: &Letter) -> Option<&LaneName> {
    letter.of_command?;
    if let Content::NextStep(told) = &letter.content {
        // Who is told of a merger knew another case.
        return Some(&told.lane).filter(|_| !matches!(told.what, StepTaken::Merged { .. }));
    }
    matches!(letter.content, Content::Outcome(_)).then_some(&LaneName::Assurance)
}
