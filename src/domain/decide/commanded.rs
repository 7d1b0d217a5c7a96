//! Commands in a message: from whom they are obeyed, and the reply that says what was done or why not.
//! What each command does is in `command`; an email gives it no other meaning than the command line.

use super::absence::{self, Giver};
use super::command::{self, PartnerMail};
use super::message::{filed, seen};
use super::notices;
use super::{Deciding, Decision, Refusal};
use crate::domain::absence::Absences;
use crate::domain::command::{Command, Order};
use crate::domain::effect::{
    Answers, CaseStands, CommandDone, CommandRefused, CommandReply, Content, Context, Effect, Letter, StaffAttention,
    Thread,
};
use crate::domain::event::Arrival;
use crate::domain::fact::Fact;
use crate::domain::ids::{Address, CaseRef};
use crate::domain::policy::{Policy, StaffMember, Team};
use crate::domain::reading::{Authenticated, MessageFacts};
use crate::domain::route;
use crate::domain::step::WorldFact;
use crate::domain::view::View;

const ALSO_TO_OTHERS: &str = "The message also went to somebody who is not listed as staff, so no command in it was \
     carried out, and it does not count as a reply to the partner. Send the command to the shared mailbox alone.";
const TO_NOBODY_OF_OURS: &str = "The message names no shared mailbox in To or Cc, so nobody can see who else got it, and no \
     command in it was carried out. Send the command to the shared mailbox alone.";
const SEND_AGAIN: &str = "If one of you meant it, send it from your own address to the shared mailbox, or give it with \
     `assured do`. If nobody did, somebody may be writing in your name: tell your security team.";

/// Commands from a listed member of staff. Such a message answers nothing by itself, whatever became of its commands.
pub(super) fn by_staff(policy: &Policy, view: &View, arrival: &Arrival, author: &StaffMember) -> Decision {
    let facts = &arrival.facts;
    let unproven = match (facts.authenticated, &facts.no_answer) {
        (Authenticated::Fail | Authenticated::None, _) => {
            Some("It does not authenticate as written by them.".to_owned())
        }
        // Whoever commands must learn what became of it.
        (Authenticated::Pass, Some(rule)) => Some(format!("No answer may go to its sender ({rule}).")),
        (Authenticated::Pass, None) => None,
    };
    if let Some(why) = unproven {
        let what = format!("It is written in the name of {}. {why}", author.name);
        return not_carried_out(policy, arrival, &what, SEND_AGAIN);
    }
    let mut commanded = Commanded::new(policy, view, arrival, author);
    if !only_among_us(policy, facts) {
        commanded.refuse(0, ALSO_TO_OTHERS.to_owned());
    } else if !recipients(facts).any(|to| policy.is_own(to)) {
        commanded.refuse(0, TO_NOBODY_OF_OURS.to_owned());
    } else {
        commanded.carry_out(view);
    }
    commanded.finish()
}

/// Commands from an address that several people share.
pub(super) fn by_nobody_named(policy: &Policy, arrival: &Arrival) -> Decision {
    let what = "It is from the shared mailbox, which does not say who decided.";
    not_carried_out(
        policy,
        arrival,
        what,
        "Send the command again from your own address, or give it with `assured do`.",
    )
}

/// Nobody but our own mailboxes and listed staff can have read it, as far as it says.
pub(super) fn only_among_us(policy: &Policy, facts: &MessageFacts) -> bool {
    let ours = |address: &Address| policy.is_own(address) || policy.staff_member(address).is_some();
    recipients(facts).all(ours)
}

fn recipients(facts: &MessageFacts) -> impl Iterator<Item = &Address> {
    facts.to.iter().chain(&facts.cc).map(|recipient| &recipient.address)
}

/// Nothing is filed, because nothing says that it belongs to the case it names; nothing goes to its sender.
fn not_carried_out(policy: &Policy, arrival: &Arrival, why: &str, what_to_do: &str) -> Decision {
    let mailbox = &arrival.place.mailbox;
    let team = policy.mailbox(mailbox).map_or(Team::Sa, |mailbox| mailbox.team);
    let content = StaffAttention {
        headline: "A command was not carried out".to_owned(),
        what: format!(
            "A message with the subject “{}” arrived in the mailbox {mailbox}. {why} Nothing was done. It says: {}",
            arrival.facts.subject,
            arrival.facts.commands.join(", ")
        ),
        what_to_do: what_to_do.to_owned(),
        list: Vec::new(),
        answers: Answers::Note,
        supplier: None,
    };
    let mut decision = notices::attention(policy, team, mailbox, &content);
    decision.why = format!("a command is not carried out: {why}");
    decision.world.push(seen(arrival, None));
    decision
}

/// The commands of one message on their way: one working copy for all of them.
struct Commanded<'a> {
    policy: &'a Policy,
    arrival: &'a Arrival,
    author: &'a StaffMember,
    /// The case that the message names, or why none can be told.
    named: Result<Option<CaseRef>, Refusal>,
    case: Option<Deciding<'a>>,
    partner_mail: PartnerMail,
    absences: Absences,
    world: Vec<(String, WorldFact)>,
    done: Vec<CommandDone>,
    refused: Option<CommandRefused>,
    untried: Vec<String>,
}

impl<'a> Commanded<'a> {
    fn new(policy: &'a Policy, view: &View, arrival: &'a Arrival, author: &'a StaffMember) -> Self {
        let named = named(view, &arrival.facts).map(|named| named.or_else(|| placed_on(policy, arrival)));
        let case = named.as_ref().ok().copied().flatten().and_then(|reference| view.cases.get(&reference));
        let case = case.map(|case| {
            let mut d = Deciding::about(policy, arrival.at, case.clone());
            d.say(format!("{}: commands by {}", d.case.reference, author.name));
            d.record(filed_unthreaded(arrival));
            d
        });
        Self {
            policy,
            arrival,
            author,
            named,
            case,
            partner_mail: PartnerMail::of(view),
            absences: view.absences.clone(),
            world: Vec::new(),
            done: Vec::new(),
            refused: None,
            untried: Vec::new(),
        }
    }

    /// In order; the first that is refused ends it.
    fn carry_out(&mut self, view: &View) {
        for (index, text) in self.arrival.facts.commands.iter().enumerate() {
            let today = self.policy.calendar.local_date(self.arrival.received_at);
            let parsed = Order::parse(text, today).map_err(|error| Refusal(error.to_string()));
            match parsed.and_then(|order| Ok((self.carry_out_one(view, &order)?, order.command))) {
                Ok((remark, command)) => self.done.push(CommandDone { text: text.clone(), command, remark }),
                Err(Refusal(why)) => return self.refuse(index, why),
            }
        }
    }

    /// Returns what is to be remarked on it.
    fn carry_out_one(&mut self, view: &View, order: &Order) -> Result<Option<String>, Refusal> {
        let command = &order.command;
        let by = &self.author.name;
        let giver = Giver { name: by, listed: Some(self.author) };
        if *command == Command::Help {
            return Ok(None);
        }
        let today = self.policy.calendar.local_date(self.arrival.at);
        if let Some(change) = absence::change(self.policy, &mut self.absences, giver, command, today) {
            let (sentence, fact) = change?;
            self.world.push((absence::said_by(&sentence, giver), fact));
            return Ok(Some(sentence));
        }
        if command.is_global() {
            self.world.push(self.partner_mail.change(by, command)?);
            return Ok(None);
        }
        if command.corrects() && self.arrival.facts.commands.len() > 1 {
            return Err(Refusal(format!("{} wants a message of its own: send it alone.", command.verb())));
        }
        let named = self.named.clone()?;
        let Some(case) = &mut self.case else {
            return command::case_of(view, named, command).map(|_| None);
        };
        let mut tried = case.clone();
        command::carry_out(&mut tried, view, giver, command, order.manner)?;
        *case = tried;
        Ok(case.remark.take())
    }

    fn refuse(&mut self, index: usize, why: String) {
        let mut rest = self.arrival.facts.commands.iter().skip(index).cloned();
        self.refused = rest.next().map(|text| CommandRefused { text, why });
        self.untried = rest.collect();
    }

    fn finish(self) -> Decision {
        let reference = self.case.as_ref().map(|d| d.case.reference);
        let reply = self.reply();
        let mut why = Vec::new();
        let mut decision = self.case.map(Deciding::finish).unwrap_or_default();
        why.extend((!decision.why.is_empty()).then(|| decision.why.clone()));
        for (words, fact) in self.world {
            why.push(words);
            decision.world.push(fact);
        }
        why.extend(self.refused.iter().map(|refused| format!("{} refused: {}", refused.text, refused.why)));
        decision.why = why.join("; ");
        decision.world.push(seen(self.arrival, reference));
        decision.send(reply);
        decision
    }

    fn reply(&self) -> Letter {
        let facts = &self.arrival.facts;
        let letter = self.case.as_ref().and_then(|d| partner_letter(&d.decision));
        let content = CommandReply {
            done: self.done.clone(),
            refused: self.refused.clone(),
            untried: self.untried.clone(),
            case: self.case.as_ref().map(stands),
            partner_letter: letter.map(|letter| self.policy.level(letter.content.kind(), &letter.mailbox)),
            waits_for_undo: letter.and_then(|letter| letter.of_command?.not_before).is_some(),
            partner_mail_stopped: self.partner_mail.stopped,
        };
        Letter {
            mailbox: self.arrival.place.mailbox.clone(),
            to: self.author.address.clone(),
            to_name: Some(self.author.name.clone()),
            case: self.case.as_ref().map(|d| d.case.reference),
            thread: Thread {
                subject: None,
                in_reply_to: facts.message_id.clone(),
                references: facts.references.iter().rev().chain(&facts.message_id).cloned().collect(),
                aside: false,
            },
            of_command: None,
            context: Context::default(),
            content: Content::CommandReply(content),
        }
    }
}

/// The one reference in the subject; without any, the case of the letter that it answers.
fn named(view: &View, facts: &MessageFacts) -> Result<Option<CaseRef>, Refusal> {
    let mut references = route::subject_refs(&facts.subject);
    references.dedup();
    match references.as_slice() {
        [] => Ok(view.threads.first().copied()),
        [only] => Ok(Some(*only)),
        [first, second, ..] => Err(Refusal(format!(
            "The subject names more than one case, {first} and {second}: a command is about one. Nothing was done to either."
        ))),
    }
}

/// A message that waits to be placed belongs to no case: the command says to which.
fn placed_on(policy: &Policy, arrival: &Arrival) -> Option<CaseRef> {
    route::corrections(policy, arrival)
        .find_map(|command| if let Command::Move { to } = command { Some(to) } else { None })
}

/// Letters to the partner answer the latest message of the thread: never one that the partner did not get.
pub(super) fn filed_unthreaded(arrival: &Arrival) -> Fact {
    let mut unnamed = arrival.clone();
    unnamed.facts.message_id = None;
    filed(&unnamed, None)
}

fn stands(d: &Deciding<'_>) -> CaseStands {
    let open = d.case.is_open();
    let clock = d.response_clock().filter(|_| open);
    CaseStands {
        supplier: d.case.supplier.clone(),
        phases: open.then(|| d.case.awaited()),
        due: clock.map(|clock| clock.due.clone()),
        held: clock.is_some_and(|clock| clock.held.is_some()),
    }
}

fn partner_letter(decision: &Decision) -> Option<&Letter> {
    let mut letters = decision.effects.iter().map(|Effect::Send(letter)| letter);
    letters.rfind(|letter| !letter.content.kind().is_for_staff()).map(|letter| &**letter)
}
