//! The verbs of staff: what each does, and word for word why it is refused.

use jiff::Timestamp;

use super::{Deciding, Decision, Refusal};
use crate::domain::calendar::in_words;
use crate::domain::case::Case;
use crate::domain::clocks::{Clock, ResponseClock};
use crate::domain::command::Command;
use crate::domain::effect::StepTaken;
use crate::domain::event::Trouble;
use crate::domain::fact::{ClockChange, Fact};
use crate::domain::ids::CaseRef;
use crate::domain::lane::Phase;
use crate::domain::policy::Policy;
use crate::domain::step::WorldFact;
use crate::domain::view::View;

pub(super) fn given(
    policy: &Policy,
    view: &View,
    at: Timestamp,
    by: &str,
    case: Option<CaseRef>,
    command: &Command,
) -> Result<Decision, Refusal> {
    if command.is_global() {
        let (why, fact) = PartnerMail::of(view).change(by, command)?;
        let mut decision = Decision::saying(why);
        decision.world.push(fact);
        return Ok(decision);
    }
    let mut d = Deciding::about(policy, at, case_of(view, case, command)?.clone());
    carry_out(&mut d, by, command)?;
    Ok(d.finish())
}

pub(super) fn case_of<'v>(view: &'v View, case: Option<CaseRef>, command: &Command) -> Result<&'v Case, Refusal> {
    let Some(reference) = case else {
        return Err(Refusal(format!("{} is about one case: name it, such as ERS-00042.", command.verb())));
    };
    let none = || Refusal(format!("There is no case {reference}. `assured cases` lists those that are open."));
    view.cases.get(&reference).ok_or_else(none)
}

/// Does to the case what the command says. After a refusal `d` holds traces of it: go on with an earlier copy.
pub(super) fn carry_out(d: &mut Deciding<'_>, by: &str, command: &Command) -> Result<(), Refusal> {
    let may = d.case.is_open() || matches!(command, Command::Note { .. });
    if !may {
        let reference = d.case.reference;
        return Err(Refusal(format!("{reference} is closed; {} changes nothing there.", command.verb())));
    }
    if let (Command::Accept | Command::Changes, Some(aside)) = (command, &d.case.set_aside) {
        // Whoever reviews may not know of it, and their letter would go to somebody who waits for another answer.
        let (case, verb) = (d.case.reference, command.verb());
        return Err(Refusal(format!(
            "{case} waits for !resume. {} Give !resume first, then {verb}.",
            aside.sentence()
        )));
    }
    d.record(Fact::CommandGiven { by: by.to_owned(), command: command.verb().to_owned() });
    about_case(d, by, command)
}

fn about_case(d: &mut Deciding<'_>, by: &str, command: &Command) -> Result<(), Refusal> {
    match command {
        Command::Accept => accept(d, by),
        Command::Changes => changes(d, by),
        Command::Hold { reason } => hold(d, reason),
        Command::Resume => resume(d, by),
        Command::Restart => restart(d),
        Command::Note { text } => {
            d.say(format!("note by {by}"));
            d.record(Fact::NoteAdded { by: by.to_owned(), text: text.clone() });
            Ok(())
        }
        Command::Close { reason } => {
            d.say(format!("closed by {by}: {reason}"));
            if d.clock().is_some() {
                d.set_clock(ClockChange::Stopped, None);
            }
            d.record(Fact::CaseClosed { by: by.to_owned(), reason: reason.clone() });
            Ok(())
        }
        // Handled before a case is looked for.
        Command::Stop | Command::Start => Ok(()),
    }
}

/// Whether mail to partners flows, as far as this step has decided.
#[derive(Clone, Copy)]
pub(super) struct PartnerMail {
    pub(super) stopped: bool,
    tripped: bool,
}

impl PartnerMail {
    pub(super) fn of(view: &View) -> Self {
        Self { stopped: view.partner_mail_stopped, tripped: view.troubles.contains(&Trouble::BreakerTripped) }
    }

    /// `!stop` or `!start`: what is decided, in words, and what is recorded.
    pub(super) fn change(&mut self, by: &str, command: &Command) -> Result<(String, WorldFact), Refusal> {
        let (why, fact) = match (command, self.stopped) {
            (Command::Stop, true) => return Err(Refusal("Mail to partners is stopped already.".to_owned())),
            (Command::Stop, false) => {
                ("all mail to partners is stopped", WorldFact::PartnerMailStopped { by: by.to_owned() })
            }
            (_, false) if !self.tripped => return Err(Refusal("Mail to partners is not stopped.".to_owned())),
            (_, _) => ("mail to partners goes on", WorldFact::PartnerMailStarted { by: by.to_owned() }),
        };
        self.stopped = *command == Command::Stop;
        self.tripped &= self.stopped;
        Ok((format!("{why}, by {by}"), fact))
    }
}

fn accept(d: &mut Deciding<'_>, by: &str) -> Result<(), Refusal> {
    match d.phase() {
        Phase::ScalReview => {
            d.say(format!("SCAL accepted by {by}"));
            d.answer_clock(d.at, by);
            d.after_scal_accepted();
            d.next_step(StepTaken::ScalAccepted);
            Ok(())
        }
        phase @ (Phase::Enquiry
        | Phase::ScalChanges
        | Phase::WitnessPackToSend
        | Phase::WitnessPackDue
        | Phase::WitnessPackReview
        | Phase::WitnessPackChanges) => Err(not_now(d, "!accept", "a SCAL that is under review", phase)),
    }
}

fn changes(d: &mut Deciding<'_>, by: &str) -> Result<(), Refusal> {
    let (next, returns_to) = match d.phase() {
        Phase::ScalReview => (Phase::ScalChanges, d.assurance().and_then(|lane| lane.returns_to.clone())),
        Phase::WitnessPackReview => (Phase::WitnessPackChanges, None),
        phase @ (Phase::Enquiry
        | Phase::ScalChanges
        | Phase::WitnessPackToSend
        | Phase::WitnessPackDue
        | Phase::WitnessPackChanges) => {
            return Err(not_now(d, "!changes", "a SCAL or a witness test pack that is under review", phase));
        }
    };
    d.say(format!("changes asked by {by}"));
    d.answer_clock(d.at, by);
    d.enter_returning(next, d.at, returns_to);
    d.next_step(StepTaken::ChangesAsked);
    Ok(())
}

fn hold(d: &mut Deciding<'_>, reason: &str) -> Result<(), Refusal> {
    let clock = running(d, "!hold")?;
    if clock.held.is_some() {
        return Err(Refusal(format!("The clock of {} is held already. !resume lets it run on.", d.case.reference)));
    }
    d.say(format!("held: {reason}"));
    d.set_clock(ClockChange::Held, Some(Clock::Response(clock.hold(d.at, reason))));
    d.next_step(StepTaken::Held);
    Ok(())
}

/// Lets go on what was stopped: a held clock, and the letters of a case that was set aside.
fn resume(d: &mut Deciding<'_>, by: &str) -> Result<(), Refusal> {
    let held = d.response_clock().filter(|clock| clock.held.is_some()).cloned();
    if held.is_none() && d.case.set_aside.is_none() {
        running(d, "!resume")?;
        return Err(Refusal(format!("The clock of {} is not held.", d.case.reference)));
    }
    if let Some(clock) = &held {
        let resumed = clock.resume(&d.policy.calendar, d.at);
        d.say(format!("resumed: due {}", in_words(resumed.due.due)));
        d.set_clock(ClockChange::Resumed, Some(Clock::Response(resumed)));
    }
    let answered = d.routine_again(by);
    if held.is_some() && !answered {
        d.next_step(StepTaken::Resumed);
    }
    Ok(())
}

/// Counts anew from the latest submission, which had joined a running clock.
fn restart(d: &mut Deciding<'_>) -> Result<(), Refusal> {
    let clock = running(d, "!restart")?;
    let Some(restarted) = clock.restart(&d.policy.calendar) else {
        let case = d.case.reference;
        return Err(Refusal(format!("The clock of {case} counts from the latest submission already.")));
    };
    d.say(format!("restarted: due {}", in_words(restarted.due.due)));
    d.set_clock(ClockChange::Restarted, Some(Clock::Response(restarted)));
    Ok(())
}

fn running(d: &Deciding<'_>, verb: &str) -> Result<ResponseClock, Refusal> {
    let none = || {
        let (case, awaits) = (d.case.reference, d.phase().awaits());
        Refusal(format!("No response clock runs on {case}, so {verb} has nothing to act on: it waits for {awaits}."))
    };
    d.response_clock().cloned().ok_or_else(none)
}

fn not_now(d: &Deciding<'_>, verb: &str, needs: &str, phase: Phase) -> Refusal {
    Refusal(format!("{verb} is for {needs}. {} waits for {}.", d.case.reference, phase.awaits()))
}
