//! `!undo`: the last command on a case is taken back by new facts, within 15 minutes and while nothing came since.

use jiff::Timestamp;

use super::{Deciding, Refusal};
use crate::domain::case::UNDO_WITHIN;
use crate::domain::command::Command;
use crate::domain::effect::Effect;
use crate::domain::fact::Fact;
use crate::domain::ids::MessageId;
use crate::domain::outbox::{OfCommand, OutboxLetter};
use crate::domain::policy::Team;
use crate::domain::view::View;

/// Until when the letter of a command waits for `!undo`, where the partner would act on it.
pub(super) fn letter_waits_until(command: &Command, given_at: Timestamp) -> Option<Timestamp> {
    let waits = matches!(
        command,
        Command::Passed { .. }
            | Command::Tcc
            | Command::Approve { .. }
            | Command::Withdraw { .. }
            | Command::Merge { .. }
    );
    ends(given_at).filter(|_| waits)
}

/// After that `!undo` takes it back no more.
pub(super) fn ends(given_at: Timestamp) -> Option<Timestamp> {
    given_at.checked_add(UNDO_WITHIN).ok()
}

impl Deciding<'_> {
    pub(super) fn undo(&mut self, by: &str, view: &View) -> Result<(), Refusal> {
        let case = self.case.reference;
        let Some(undo) = self.case.undo.clone() else {
            let why = "no command was given there lately, or something came since";
            return Err(Refusal(format!("There is nothing to undo on {case}: {why}.")));
        };
        let verb = &undo.verb;
        if self.at > undo.until() {
            return Err(Refusal(format!(
                "{verb} on {case}, by {}, is older than 15 minutes, and !undo takes back no more than that.",
                undo.by
            )));
        }
        if undo.leaves_at_once() {
            return Err(Refusal(format!(
                "{verb} on {case} cannot be undone, because its invitation leaves at once: give !session with the right \
                 time, or !cancel."
            )));
        }
        if undo.is_corrected_otherwise() {
            return Err(Refusal(format!(
                "{verb} on {case} is put right by another command: !move {case} as an answer to the message that was moved, \
                 or !merge {case} about the new case."
            )));
        }
        let left_there = if verb == "!merge" { self.unmerge(view, by, undo.at)? } else { false };
        let left = self.take_back(by, verb, undo.at, &view.letters) || left_there;
        self.say(format!("{verb} of {} undone by {by}", undo.by));
        self.remark = Some(if left {
            format!("{verb} is undone, but its letter had left already: tell the partner yourselves.")
        } else {
            format!("{verb} is undone, and no letter about it leaves.")
        });
        self.say(if left {
            "its letter had left already: tell the partner yourselves"
        } else {
            "no letter about it leaves"
        });
        if verb == "!tcc" {
            let what = "The Technical Conformance Certificate was recorded as issued, and that was undone.".to_owned();
            self.tell_team(Team::Lsob, "A certificate is not issued after all", what, "Send no agreement yet.");
        }
        Ok(())
    }

    /// Whether a letter of the last command may have reached somebody. `letters` are those of the case as the outbox has
    /// them.
    pub(super) fn take_back(&mut self, by: &str, verb: &str, given_at: Timestamp, letters: &[OutboxLetter]) -> bool {
        let (case, number) = (self.case.reference, self.case.commands);
        let of_it = |of: Option<OfCommand>| of.is_some_and(|of| of.number == number);
        let of_it: Vec<&OutboxLetter> = letters
            .iter()
            .filter(|letter| letter.letter.case == Some(case) && of_it(letter.letter.of_command))
            .collect();
        let withdrawn: Vec<MessageId> =
            of_it.iter().filter(|letter| letter.is_withdrawable()).map(|l| l.letter.message_id.clone()).collect();
        // A command of the same message, whose letter is not even written.
        self.decision.effects.retain(|Effect::Send(letter)| letter.of_command.is_none_or(|of| of.number != number));
        self.record(Fact::CommandUndone { by: by.to_owned(), command: verb.to_owned(), given_at, withdrawn });
        of_it.iter().any(|letter| letter.may_have_reached_anyone())
    }
}
