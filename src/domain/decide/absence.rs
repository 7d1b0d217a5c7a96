//! Who of ours is away, and who stands in: `!away`, `!back`, out-of-office messages, and the letters of a step once all
//! else of it is decided. Whoever is away gets every letter all the same: mail is cheap, and losing it is not.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Decision, Refusal};
use crate::domain::absence::{Absence, Absences};
use crate::domain::calendar::in_words;
use crate::domain::case::Case;
use crate::domain::command::Command;
use crate::domain::digest::Away;
use crate::domain::effect::{Context, Effect, Letter, LetterKind, LookedAfter};
use crate::domain::event::Arrival;
use crate::domain::fact::Fact;
use crate::domain::ids::{Address, CaseRef};
use crate::domain::policy::{Policy, StaffMember, Team};
use crate::domain::reading::{Authenticated, Format};
use crate::domain::step::WorldFact;
use crate::domain::view::View;

/// Who gives a command: a name, and the member of staff where that is known.
#[derive(Clone, Copy)]
pub(super) struct Giver<'a> {
    pub(super) name: &'a str,
    pub(super) listed: Option<&'a StaffMember>,
}

/// As the story tells it.
pub(super) fn said_by(sentence: &str, giver: Giver<'_>) -> String {
    format!("{}, says {}", sentence.trim_end_matches('.'), giver.name)
}

/// `!away` and `!back`: what is so from now on, as a sentence, and what is recorded. `None` for every other command.
pub(super) fn change(
    policy: &Policy,
    absences: &mut Absences,
    giver: Giver<'_>,
    command: &Command,
    today: Date,
) -> Option<Result<(String, WorldFact), Refusal>> {
    let by = giver.name.to_owned();
    if let Command::Away { who, from, until } = command {
        return Some(whose(policy, giver, who.as_ref(), command).map(|member| {
            let absence = Absence { from: *from, until: *until };
            absences.add(&member.address, absence);
            let fact = WorldFact::StaffAway { who: member.address.clone(), absence, by };
            (away_sentence(policy, member, absence), fact)
        }));
    }
    let Command::Back { who } = command else { return None };
    Some(whose(policy, giver, who.as_ref(), command).and_then(|member| {
        if !absences.is_known(&member.address, today) {
            return Err(Refusal(format!("{} is not away, and no absence is planned.", member.name)));
        }
        absences.end(&member.address);
        let fact = WorldFact::StaffBack { who: member.address.clone(), by };
        Ok((format!("{} is here again, and no absence is planned.", member.name), fact))
    }))
}

/// The member of staff that is named, else whoever gives the command.
fn whose<'p>(
    policy: &'p Policy,
    giver: Giver<'p>,
    who: Option<&Address>,
    command: &Command,
) -> Result<&'p StaffMember, Refusal> {
    let verb = command.verb();
    let listed = || policy.staff.iter().map(|m| m.address.to_string()).collect::<Vec<_>>().join(", ");
    match who {
        Some(who) => policy.staff_member(who).ok_or_else(|| {
            Refusal(format!("{who} is not listed as staff, so {verb} changes nothing. Listed are {}.", listed()))
        }),
        None => match (giver.listed, policy.staff_called(giver.name).as_slice()) {
            (Some(member), _) => Ok(member),
            (None, [member]) => Ok(*member),
            (None, [] | [_, _, ..]) => Err(Refusal(format!(
                "{} is no name of the staff: put the address of whoever it is about after {verb}. Listed are {}.",
                giver.name,
                listed()
            ))),
        },
    }
}

fn away_sentence(policy: &Policy, member: &StaffMember, absence: Absence) -> String {
    let name = &member.name;
    let days = if absence.from == absence.until {
        format!("on {}", in_words(absence.from))
    } else {
        format!("from {} to {}", in_words(absence.from), in_words(absence.until))
    };
    match policy.deputy_of(member) {
        Some(deputy) => format!("{name} is away {days}, and {} stands in.", deputy.name),
        None => format!("{name} is away {days}, and nobody stands in: the configuration names no deputy."),
    }
}

/// An automatic reply of one of ours says that they are away: what is recorded, in words and as a fact. A message that
/// names no day counts for the day on which it came and for the next working day.
pub(super) fn out_of_office(policy: &Policy, view: &View, arrival: &Arrival) -> Option<(String, WorldFact)> {
    let facts = &arrival.facts;
    let notice = facts.says.away.as_ref().filter(|_| facts.authenticated == Authenticated::Pass)?;
    let member = policy.staff_member(&facts.from.as_ref()?.address)?;
    let calendar = &policy.calendar;
    let arrived = calendar.local_date(arrival.received_at);
    let from = notice.from.map_or(arrived, |from| from.max(arrived));
    let until = notice.until.unwrap_or_else(|| calendar.next_working_day(from));
    let is_news = view.absences.on(&member.address, from).is_none_or(|known| known.until < until);
    if until < from || until < calendar.local_date(arrival.at) || !is_news {
        return None;
    }
    let absence = Absence { from, until };
    let by = "an out-of-office message".to_owned();
    let words = format!("{} is away until {}, says {by}", member.name, in_words(until));
    Some((words, WorldFact::StaffAway { who: member.address.clone(), absence, by }))
}

/// Those of the team, and the leads, who are away.
pub(super) fn away_on(policy: &Policy, absences: &Absences, team: Team, day: Date) -> Vec<Away> {
    let away = |member: &StaffMember| {
        let until = absences.on(&member.address, day)?.until;
        let deputy = policy.deputy_of(member).map(|deputy| deputy.name.clone());
        Some(Away { name: member.name.clone(), until, deputy })
    };
    policy.staff_of(team, true).filter_map(away).collect()
}

/// Puts into each letter what stands beside its content, and lets deputies hear what those hear who are away.
pub(super) fn complete(policy: &Policy, view: &View, at: Timestamp, decision: &mut Decision) {
    let today = policy.calendar.local_date(at);
    let cases: Vec<Option<CaseRef>> = decision.effects.iter().map(|Effect::Send(letter)| letter.case).collect();
    let mut last: Option<Case> = None;
    for (index, reference) in cases.into_iter().enumerate() {
        if last.as_ref().map(|case| case.reference) != reference {
            last = reference.and_then(|reference| as_decided(view, decision, at, reference));
        }
        if let (Some(Effect::Send(letter)), Some(case)) = (decision.effects.get_mut(index), &last) {
            letter.context = context(policy, &view.absences, today, case, letter);
        }
    }
    let mut index = 0;
    while let Some(Effect::Send(letter)) = decision.effects.get(index) {
        index += 1;
        let hears = |to: &Address| {
            let mut letters = decision.effects.iter().map(|Effect::Send(other)| other);
            letters.any(|other| other.to == *to && other.content == letter.content)
        };
        let copies: Vec<(Letter, String)> = others(policy, &view.absences, today, letter)
            .filter(|(member, _)| !hears(&member.address))
            .map(|(member, why)| {
                let (to, to_name) = (member.address.clone(), Some(member.name.clone()));
                (Letter { to, to_name, ..(**letter).clone() }, format!("; to {} too, {why}", member.name))
            })
            .collect();
        for (copy, why) in copies {
            decision.why.push_str(&why);
            decision.send(copy);
        }
    }
}

/// Who must hear what this letter tells one of the staff, and why: the deputy of somebody who is away, and whoever looks
/// after the case and is not of the team. The reply to a command is for whoever gave it.
fn others<'p>(
    policy: &'p Policy,
    absences: &Absences,
    today: Date,
    letter: &Letter,
) -> impl Iterator<Item = (&'p StaffMember, String)> {
    let kind = letter.content.kind();
    let member = policy.staff_member(&letter.to).filter(|_| kind.is_for_staff() && kind != LetterKind::CommandReply);
    let away = member.filter(|member| absences.on(&member.address, today).is_some());
    let deputy = away.and_then(|member| Some((policy.deputy_of(member)?, format!("as {} is away", member.name))));
    let assignee = letter.context.looked_after.as_ref().filter(|_| member.is_some());
    let assignee = assignee.and_then(|by| policy.staff_member(&by.address));
    let is_deputy = |member: &StaffMember| deputy.as_ref().is_some_and(|(deputy, _)| *deputy == member);
    let assignee = assignee.filter(|member| !is_deputy(member)).map(|member| (member, "who looks after it".to_owned()));
    deputy.into_iter().chain(assignee)
}

/// The case as it stands after the decision.
fn as_decided(view: &View, decision: &Decision, at: Timestamp, reference: CaseRef) -> Option<Case> {
    let mut facts = decision.facts.iter().filter(|(case, _)| *case == reference).map(|(_, fact)| fact).peekable();
    let opened = facts.peek().and_then(|fact| {
        let Fact::CaseOpened { mailbox, subject } = fact else { return None };
        Some(Case::open(reference, at, mailbox.clone(), subject.clone()))
    });
    let mut case = view.cases.get(&reference).cloned().or(opened)?;
    facts.for_each(|fact| case.apply(at, fact));
    Some(case)
}

fn context(policy: &Policy, absences: &Absences, today: Date, case: &Case, letter: &Letter) -> Context {
    if !letter.content.kind().is_for_staff() {
        let reader = case.participants.get(&letter.to);
        let plain_text = reader.is_some_and(|reader| reader.needs.contains(&Format::PlainText));
        return Context { plain_text, ..Context::default() };
    }
    let looked_after = case.assignee.as_ref().map(|assignee| {
        let away_until = absences.on(&assignee.address, today).map(|absence| absence.until);
        let listed = policy.staff_member(&assignee.address).filter(|_| away_until.is_some());
        let deputy = listed.and_then(|member| policy.deputy_of(member)).map(|deputy| deputy.name.clone());
        LookedAfter { address: assignee.address.clone(), name: assignee.name.clone(), away_until, deputy }
    });
    let needing = case.participants.iter().filter(|(_, participant)| !participant.needs.is_empty());
    let needs = needing.map(|(address, participant)| {
        let formats: Vec<&str> = participant.needs.iter().map(Format::in_words).collect();
        format!("{}: {}", participant.name.as_deref().unwrap_or(address.as_str()), formats.join(", "))
    });
    Context { looked_after, needs: needs.collect(), plain_text: false }
}
