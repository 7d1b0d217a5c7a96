//! The verbs of staff: what each does, and word for word why it is refused.

use jiff::Timestamp;
use jiff::civil::Date;

use super::absence::{self, Giver};
use super::{Deciding, Decision, Refusal, undo};
use crate::domain::calendar::in_words;
use crate::domain::case::Case;
use crate::domain::clocks::{Clock, ReminderClock, ResponseClock};
use crate::domain::command::{Command, HELP, Manner};
use crate::domain::effect::StepTaken;
use crate::domain::event::Trouble;
use crate::domain::fact::{ClockChange, Fact};
use crate::domain::ids::CaseRef;
use crate::domain::lane::LaneName;
use crate::domain::outbox::OfCommand;
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
    manner: Manner,
) -> Result<Decision, Refusal> {
    if *command == Command::Help {
        return Ok(Decision::saying(HELP.join("\n")));
    }
    let giver = Giver { name: by, listed: None };
    if command.is_global() {
        let mut absences = view.absences.clone();
        let today = policy.calendar.local_date(at);
        let away = absence::change(policy, &mut absences, giver, command, today);
        let away = away.map(|change| change.map(|(sentence, fact)| (absence::said_by(&sentence, giver), fact)));
        let (why, fact) = away.unwrap_or_else(|| PartnerMail::of(view).change(by, command))?;
        let mut decision = Decision::saying(why);
        decision.world.push(fact);
        return Ok(decision);
    }
    let mut d = Deciding::about(policy, at, case_of(view, case, command)?.clone());
    carry_out(&mut d, view, giver, command, manner)?;
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
pub(super) fn carry_out(
    d: &mut Deciding<'_>,
    view: &View,
    giver: Giver<'_>,
    command: &Command,
    manner: Manner,
) -> Result<(), Refusal> {
    let by = giver.name;
    if *command == Command::Undo {
        return d.undo(by, view);
    }
    let may = d.case.is_open() || matches!(command, Command::Note { .. } | Command::Reopen);
    if !may {
        let (reference, verb) = (d.case.reference, command.verb());
        return Err(Refusal(match &d.case.merged {
            Some(merged) => format!("{reference} is merged into {}: give {verb} about that case.", merged.into),
            None => format!("{reference} is closed; {verb} changes nothing there."),
        }));
    }
    if let (true, Some(aside)) = (writes_to_partner(command), &d.case.set_aside) {
        // Whoever reviews may not know of it, and their letter would go to somebody who waits for another answer.
        let (case, verb) = (d.case.reference, command.verb());
        return Err(Refusal(format!(
            "{case} waits for !resume. {} Give !resume first, then {verb}.",
            aside.sentence()
        )));
    }
    // A day that is past starts a clock; the letter about it is of today.
    let at = if matches!(command, Command::Received { .. }) { d.at } else { happened_at(d, manner)? };
    d.manner = manner;
    d.record(Fact::CommandGiven { by: by.to_owned(), command: command.verb().to_owned() });
    let not_before = undo::letter_waits_until(command, d.at);
    d.of_command = Some(OfCommand { number: d.case.commands, not_before });
    let now = std::mem::replace(&mut d.at, at);
    about_case(d, view, giver, command)?;
    d.at = now;
    d.tell_where_it_ends();
    Ok(())
}

/// `on DATE`: by the end of that day at the latest, so that it comes after whatever arrived on it.
fn happened_at(d: &Deciding<'_>, manner: Manner) -> Result<Timestamp, Refusal> {
    manner.on.map_or(Ok(d.at), |on| by_the_end_of(d, on))
}

pub(super) fn by_the_end_of(d: &Deciding<'_>, day: Date) -> Result<Timestamp, Refusal> {
    let calendar = &d.policy.calendar;
    if day > calendar.local_date(d.at) {
        return Err(Refusal(format!("{} is still to come: record what has happened.", in_words(day))));
    }
    if day < calendar.local_date(d.case.opened_at) {
        let (case, opened) = (d.case.reference, in_words(calendar.local_date(d.case.opened_at)));
        return Err(Refusal(format!("{} is before {case} was opened, on {opened}.", in_words(day))));
    }
    Ok(calendar.end_of(day).min(d.at))
}

fn writes_to_partner(command: &Command) -> bool {
    match command {
        Command::Accept
        | Command::Changes { .. }
        | Command::Session { .. }
        | Command::Offer { .. }
        | Command::Cancel { .. }
        | Command::Passed { .. }
        | Command::Remedial { .. }
        | Command::ScalUpdate
        | Command::Tcc
        | Command::Agreement { .. }
        | Command::Accepted
        | Command::Received { .. }
        | Command::Approve { .. }
        | Command::Merge { .. }
        | Command::Split { .. }
        | Command::Move { .. } => true,
        Command::Hold { .. }
        | Command::Resume
        | Command::Restart
        | Command::Until { .. }
        | Command::Told { .. }
        | Command::Mode { .. }
        | Command::Note { .. }
        | Command::Withdraw { .. }
        | Command::Close { .. }
        | Command::Reopen
        | Command::Contact { .. }
        | Command::Assign { .. }
        | Command::Away { .. }
        | Command::Back { .. }
        | Command::Help
        | Command::Undo
        | Command::Stop
        | Command::Start => false,
    }
}

fn about_case(d: &mut Deciding<'_>, view: &View, giver: Giver<'_>, command: &Command) -> Result<(), Refusal> {
    let by = giver.name;
    match command {
        Command::Accept => d.accept(by),
        Command::Changes { form: Some(form) } => d.form_changes(by, Some(form)),
        Command::Changes { form: None } => d.changes(by).or_else(|refusal| {
            // Where only a form is under review, that is what is meant.
            if d.form_in_review("!changes", None).is_ok() { d.form_changes(by, None) } else { Err(refusal) }
        }),
        Command::Session { starts, minutes, link, with } => d.book(by, *starts, *minutes, link.as_deref(), with),
        Command::Offer { times, minutes } => d.offer(by, times, *minutes),
        Command::Cancel { reason } => d.cancel_session(by, reason.as_deref()),
        Command::Passed { tests } => d.passed(by, tests),
        Command::Remedial { tests } => d.remedial(by, tests),
        Command::ScalUpdate => d.scal_update(by),
        Command::Tcc => d.issue(by),
        Command::Agreement { unchanged } => d.agreement(by, *unchanged),
        Command::Accepted => d.accepted(by),
        Command::Approve { form } => d.approve(by, form.as_deref()),
        Command::Until { day } => until(d, by, *day),
        Command::Told { how, on } => told(d, by, how, *on),
        Command::Received { what, form } => d.received(by, *what, form.as_deref()),
        Command::Mode { mode } => d.set_mode(by, *mode),
        Command::Hold { reason } => in_clocked_lane(d, |d| hold(d, reason)),
        Command::Resume => in_clocked_lane(d, |d| resume(d, by)),
        Command::Restart => in_clocked_lane(d, restart),
        Command::Note { text } => {
            d.say(format!("note by {by}"));
            d.record(Fact::NoteAdded { by: by.to_owned(), text: text.clone() });
            Ok(())
        }
        Command::Withdraw { reason } => {
            let reason = reason.as_ref().map_or("withdrawn".to_owned(), |reason| format!("withdrawn: {reason}"));
            d.next_step(StepTaken::Withdrawn);
            close(d, by, &reason)
        }
        Command::Close { reason } => close(d, by, reason),
        Command::Reopen => reopen(d, by),
        Command::Merge { into } => d.merge(view, by, *into),
        Command::Split { file } => d.split(view, by, file),
        Command::Move { to } => d.move_message(view, by, *to),
        Command::Contact { joins: true, address } => d.add_contact(by, address),
        Command::Contact { joins: false, address } => d.remove_contact(by, address),
        Command::Assign { who } => d.assign(giver, who),
        // Handled before.
        Command::Help
        | Command::Undo
        | Command::Stop
        | Command::Start
        | Command::Away { .. }
        | Command::Back { .. } => Ok(()),
    }
}

fn close(d: &mut Deciding<'_>, by: &str, reason: &str) -> Result<(), Refusal> {
    d.say(format!("closed by {by}: {reason}"));
    d.stop_clocks();
    d.record(Fact::CaseClosed { by: by.to_owned(), reason: reason.to_owned() });
    Ok(())
}

/// The phases stand as they were; what was awaited is awaited from now on.
fn reopen(d: &mut Deciding<'_>, by: &str) -> Result<(), Refusal> {
    if d.case.is_open() {
        return Err(Refusal(format!("{} is open already.", d.case.reference)));
    }
    d.say(format!("reopened by {by}"));
    d.record(Fact::CaseReopened { by: by.to_owned() });
    let lanes: Vec<LaneName> = d.case.lanes.keys().cloned().collect();
    for lane in lanes {
        d.in_lane(&lane, |d| {
            let clock = d.clock_for(d.phase(), d.at);
            if clock.is_some() {
                d.set_clock(ClockChange::Started, clock);
            }
        });
    }
    d.next_step(StepTaken::Reopened);
    Ok(())
}

/// The partner named a day: the reminders of every lane that waits on them wait for it.
fn until(d: &mut Deciding<'_>, by: &str, day: Date) -> Result<(), Refusal> {
    let waiting: Vec<(LaneName, ReminderClock)> = d
        .case
        .lanes
        .iter()
        .filter_map(|(name, lane)| match &lane.clock {
            Some(Clock::Reminder(clock)) => Some((name.clone(), clock.clone())),
            Some(Clock::Response(_) | Clock::Outcome(_) | Clock::Session(_)) | None => None,
        })
        .collect();
    if waiting.is_empty() && !d.case.waits_on_partner() {
        let (case, awaits) = (d.case.reference, d.phase().awaits());
        return Err(Refusal(format!(
            "No reminder is due on {case}, so !until changes nothing: it waits for {awaits}."
        )));
    }
    d.say(format!("no reminder before {}, by {by}", in_words(day)));
    d.silent_until(day);
    for (lane, clock) in waiting {
        let clock = ReminderClock::until(&d.policy.calendar, day, &clock.plan);
        d.in_lane(&lane, |d| d.set_clock(ClockChange::Restarted, Some(Clock::Reminder(clock))));
    }
    Ok(())
}

/// The partner was answered where nobody can see it: as much an answer as a reply in Sent Items.
fn told(d: &mut Deciding<'_>, by: &str, how: &str, on: Date) -> Result<(), Refusal> {
    let sent_at = by_the_end_of(d, on)?;
    d.say(format!("told {how} on {}, says {by}", in_words(on)));
    d.record(Fact::NoteAdded { by: by.to_owned(), text: format!("The partner was told {how}.") });
    let team = d.team();
    d.record(Fact::HumanReplied { by: by.to_owned(), sent_at, blank_pack: false, teams: vec![team] });
    d.answer_as(team, sent_at, by);
    Ok(())
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

/// The promise of the team is meant; where it made none, that about the only form under review.
fn in_clocked_lane<T>(d: &mut Deciding<'_>, work: impl FnOnce(&mut Deciding<'_>) -> T) -> T {
    let forms: Vec<LaneName> = d
        .case
        .lanes
        .iter()
        .filter(|(name, lane)| name.is_form() && matches!(lane.clock, Some(Clock::Response(_))))
        .map(|(name, _)| name.clone())
        .collect();
    match forms.as_slice() {
        [only] if d.response_clock().is_none() && d.case.set_aside.is_none() => d.in_lane(only, work),
        _ => work(d),
    }
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
    let held = restarted.held.is_some();
    d.set_clock(ClockChange::Restarted, Some(Clock::Response(restarted)));
    // While it is held there is no date to tell: !resume tells it.
    if !held {
        d.next_step(StepTaken::Restarted);
    }
    Ok(())
}

fn running(d: &Deciding<'_>, verb: &str) -> Result<ResponseClock, Refusal> {
    let none = || {
        let (case, awaits) = (d.case.reference, d.phase().awaits());
        Refusal(format!("No response clock runs on {case}, so {verb} has nothing to act on: it waits for {awaits}."))
    };
    d.response_clock().cloned().ok_or_else(none)
}
