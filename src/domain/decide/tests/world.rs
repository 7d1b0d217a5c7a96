//! The world around `decide` for its tests: keeps cases and letters as the desk would, and tells each step in one line.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::told::letters;
use crate::domain::absence::Absences;
use crate::domain::calendar::{Calendar, Holidays};
use crate::domain::case::Case;
use crate::domain::clocks::Clock;
use crate::domain::command::Order;
use crate::domain::decide::{Decision, decide};
use crate::domain::effect::{Acknowledgement, Content, Effect, Letter, LetterKind};
use crate::domain::event::{Arrival, Event, Trouble};
use crate::domain::fact::Fact;
use crate::domain::ids::{Address, BlobDigest, CaseRef, IdentityDigest, LetterId, MailboxName, MessageId};
use crate::domain::outbox::{OutboxLetter, QueuedLetter};
use crate::domain::policy::{Caps, Days, Level, Policy, Reminders, Role, SharedMailbox, StaffMember, Team};
use crate::domain::route;
use crate::domain::step::{LateMail, WorldFact};
use crate::domain::view::{Filed, Keys, View};
use crate::domain::vigil::{Canary, Vigil};

pub(super) const PARTNER: &str = "priya@carevista.example";

#[derive(Clone, Debug)]
pub(super) enum Step {
    Mail(Box<Arrival>),
    Sent(Box<Arrival>),
    Tick(Timestamp),
    Command(Timestamp, String),
    Event(Box<Event>),
}

pub(super) struct World {
    pub(super) policy: Policy,
    pub(super) cases: BTreeMap<CaseRef, Case>,
    /// Every partner letter and staff letter, in order.
    pub(super) letters: Vec<OutboxLetter>,
    pub(super) contents: Vec<Content>,
    /// Why the last step was decided as it was.
    pub(super) why: String,
    pub(super) last: Decision,
    seen: BTreeMap<IdentityDigest, Option<CaseRef>>,
    ids: BTreeMap<MessageId, IdentityDigest>,
    threads: BTreeMap<MessageId, CaseRef>,
    messages: BTreeMap<IdentityDigest, Arrival>,
    of_case: BTreeMap<CaseRef, Vec<IdentityDigest>>,
    stopped: bool,
    pub(super) absences: Absences,
    troubles: BTreeSet<Trouble>,
    late: Vec<LateMail>,
    pub(super) vigil: Vigil,
}

/// `mon 10:00`, `tue+1 08:30`, or `2027-03-26 10:00`; times of London.
pub(super) fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').expect("a day and a time");
    let (name, weeks) = day.split_once('+').unwrap_or((day, "0"));
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let of_week = days.iter().position(|known| *known == name).map(|days| i64::try_from(days).expect("small"));
    let weeks: i64 = weeks.parse().expect("weeks");
    let local: Date = match of_week {
        Some(days) => date(2026, 11, 23) + (days + weeks * 7).days(),
        None => day.parse().expect("a date"),
    };
    let time = time.parse().expect("a time");
    local.to_datetime(time).to_zoned(calendar().zone().clone()).expect("in London").timestamp()
}

pub(super) fn calendar() -> Calendar {
    Calendar::new(Holidays::from_json(include_str!("../../../../config/bank-holidays.json")).expect("the list"))
}

pub(super) fn address(text: &str) -> Address {
    Address::new(text).expect("an address")
}

pub(super) fn policy() -> Policy {
    let mailbox = |name: &str, team| SharedMailbox {
        name: MailboxName::new(name),
        address: address(&format!("{name}@ers.example")),
        aliases: Vec::new(),
        team_name: name.to_uppercase(),
        team,
        level: Level::Send,
        levels: BTreeMap::new(),
        silence_office_hours: None,
    };
    let person = |name: &str, role| StaffMember {
        name: name.to_owned(),
        address: address(&format!("{name}@staff.example")),
        roles: BTreeSet::from([role]),
        deputy: None,
    };
    Policy {
        calendar: calendar(),
        days: Days::default(),
        mailboxes: vec![mailbox("sa", Team::Sa), mailbox("lsob", Team::Lsob)],
        staff: vec![person("asha", Role::Sa), person("omar", Role::Lsob), person("lee", Role::Lead)],
        shared_domains: BTreeSet::from(["nhs.net".to_owned()]),
        staff_alerts: Level::Send,
        caps: Caps::default(),
        allow_list: BTreeSet::new(),
        together_minutes: 20,
        witness_pack_link: None,
        secure_transfer: None,
        safety_contact: None,
        urgent_contacts: Vec::new(),
        agreement_notices_from: Vec::new(),
        answer_within_days: 3,
        sent_lookup_secs: 120,
        digest: true,
        canary: None,
        alarm: false,
    }
}

impl Default for World {
    fn default() -> Self {
        Self::with(|_| {})
    }
}

impl World {
    pub(super) fn with(change: impl Fn(&mut Policy)) -> Self {
        let mut policy = policy();
        change(&mut policy);
        Self {
            policy,
            cases: BTreeMap::new(),
            letters: Vec::new(),
            contents: Vec::new(),
            why: String::new(),
            last: Decision::default(),
            seen: BTreeMap::new(),
            ids: BTreeMap::new(),
            threads: BTreeMap::new(),
            messages: BTreeMap::new(),
            of_case: BTreeMap::new(),
            stopped: false,
            absences: Absences::default(),
            troubles: BTreeSet::new(),
            late: Vec::new(),
            vigil: Vigil::default(),
        }
    }

    /// Every party has a clock in every phase.
    pub(super) fn promising() -> Self {
        Self::with(|policy| {
            policy.days.reminder = Some(Reminders { first: 5, second: 10, tell_staff: 15 });
            policy.days.witness_pack_response = Some(10);
            policy.days.enquiry_response = Some(3);
            policy.days.witness_pack_to_send = Some(2);
            policy.days.session_outcome = Some(2);
            policy.days.certificate = Some(5);
            policy.days.agreement = Some(5);
            policy.days.form_response = Some(5);
        })
    }

    /// A partner is reminded after 5 working days, again after 10, and staff are told after 15.
    pub(super) fn reminding() -> Self {
        Self::with(|policy| policy.days.reminder = Some(Reminders { first: 5, second: 10, tell_staff: 15 }))
    }

    pub(super) fn case(&self, number: u32) -> &Case {
        &self.cases[&CaseRef::from_number(number)]
    }

    /// What the partner was told last.
    pub(super) fn acknowledged(&self) -> &Acknowledgement {
        let mut latest = self.contents.iter().rev();
        latest
            .find_map(|content| if let Content::Acknowledgement(told) = content { Some(told) } else { None })
            .expect("an acknowledgement")
    }

    /// What staff were told last to be out of the ordinary.
    pub(super) fn flags(&self) -> &[String] {
        let mut latest = self.contents.iter().rev();
        latest
            .find_map(|content| if let Content::StaffNew(told) = content { Some(told.flags.as_slice()) } else { None })
            .unwrap_or_default()
    }

    /// Plays a step and tells it in one line.
    pub(super) fn play(&mut self, step: &Step) -> String {
        match step {
            Step::Mail(arrival) => self.happens(&Event::MessageArrived((**arrival).clone())),
            Step::Sent(arrival) => self.happens(&Event::SentMessageSeen((**arrival).clone())),
            Step::Command(at, text) => {
                let Order { command, manner } = Order::parse(text, calendar().local_date(*at)).expect("a command");
                let case = (!command.is_global()).then_some(CaseRef::FIRST);
                self.happens(&Event::CommandGiven { at: *at, by: "asha".to_owned(), case, command, manner })
            }
            Step::Event(event) => self.happens(event),
            Step::Tick(at) => self.moment(*at),
        }
    }

    /// Every case that wants to be woken by `at` is, until none does.
    fn moment(&mut self, at: Timestamp) -> String {
        let mut told = Vec::new();
        let mut about = CaseRef::FIRST;
        for _ in 0..10 {
            let Some(case) = self.cases.values().find(|case| case.wakes_at().is_some_and(|wakes| wakes <= at)) else {
                break;
            };
            about = case.reference;
            let decision = self.decide(&Event::MomentCame { at, case: about });
            told.extend(letters(&decision.expect("a moment is never refused")));
        }
        self.line(&told, about)
    }

    fn happens(&mut self, event: &Event) -> String {
        let opened = self.cases.len();
        match self.decide(event) {
            Ok(decision) => {
                let about = decision.facts.first().map_or(CaseRef::FIRST, |(case, _)| *case);
                let line = self.line(&letters(&decision), about);
                if opened > 0 && self.cases.len() > opened { format!("{about}: {line}") } else { line }
            }
            Err(refusal) => format!("refused: {refusal}"),
        }
    }

    pub(super) fn decide(&mut self, event: &Event) -> Result<Decision, super::super::Refusal> {
        let view = self.view(&route::keys(&self.policy, event));
        let decision = decide(&self.policy, &view, event)?;
        assert_eq!(decide(&self.policy, &view, event).as_ref(), Ok(&decision), "the same decision again");
        self.why.clone_from(&decision.why);
        self.keep(event, &decision);
        self.last = decision.clone();
        Ok(decision)
    }

    fn view(&self, keys: &Keys) -> View {
        let cases = |belongs: &dyn Fn(&Case) -> bool| {
            self.cases.values().filter(|case| belongs(case)).map(|case| case.reference).collect::<BTreeSet<_>>()
        };
        let holds = |id: &MessageId| self.threads.get(id).copied();
        let participant = |case: &Case, f: &dyn Fn(&Address) -> bool| case.participants.keys().any(f);
        let used_by = keys.message_id.as_ref().and_then(|id| self.ids.get(id));
        let mut view = View {
            cases: BTreeMap::new(),
            next_case: Some(self.cases.keys().next_back().map_or(CaseRef::FIRST, |last| last.next())),
            threads: keys.threads.iter().filter_map(holds).collect(),
            by_person: cases(&|case| participant(case, &|a| keys.people.contains(a))),
            by_domain: cases(&|case| participant(case, &|a| keys.domains.contains(&a.domain().to_owned()))),
            by_product: cases(&|case| route::product_key(&case.supplier).is_some_and(|k| keys.products.contains(&k))),
            seen: keys.identity.as_ref().and_then(|identity| self.seen.get(identity).copied()),
            id_used_before: used_by.is_some_and(|used| Some(used) != keys.identity.as_ref()),
            letter: self.letter(keys),
            partner_mail_stopped: self.stopped,
            letters: Vec::new(),
            late_mail: if keys.late_mail_in.is_some() { self.late.clone() } else { Vec::new() },
            troubles: self.troubles.clone(),
            absences: self.absences.clone(),
            accounts: BTreeMap::new(),
            replied_to: keys.threads.iter().filter_map(|id| self.ids.get(id)).filter_map(|i| self.filed(i)).collect(),
            messages: Vec::new(),
            vigil: self.vigil.clone(),
        };
        if keys.with_letters {
            view.letters = self.letters.iter().filter(|letter| self.may_be_undone(letter)).cloned().collect();
        }
        for case in keys.cases.iter().chain(&view.threads) {
            let here = self.of_case.get(case).into_iter().flatten().filter_map(|identity| self.filed(identity));
            view.messages.extend(here.map(|filed| Filed { case: Some(*case), ..filed }));
        }

        let named = keys.cases.iter().chain(&view.threads).chain(&view.by_person);
        let written_to = keys.correspondents_of.iter().filter_map(|case| self.cases.get(case)?.correspondent.clone());
        let written_to: Vec<Address> = written_to.collect();
        let beside = cases(&|case| participant(case, &|a| written_to.contains(a)));
        let named = named.chain(&view.by_domain).chain(&view.by_product).chain(&beside).copied();
        let named: BTreeSet<_> = named.chain(view.letter.iter().filter_map(|letter| letter.letter.case)).collect();
        let named = self.cases.iter().filter(|(r, case)| {
            let is_named = named.contains(r) || keys.beside.contains(r) || keys.whole;
            is_named || case.took_over.iter().any(|from| named.contains(from))
        });
        view.cases.extend(named.map(|(r, case)| (*r, case.clone())));
        view
    }

    /// As the desk finds it: in the thread of its case, or beside it as a letter of the last command.
    fn may_be_undone(&self, letter: &OutboxLetter) -> bool {
        let Some(case) = letter.letter.case.and_then(|case| self.cases.get(&case)) else { return false };
        let mut aside = case.undo.iter().flat_map(|undo| &undo.aside);
        case.thread.contains(&letter.letter.message_id) || aside.any(|id| *id == letter.letter.message_id)
    }

    fn filed(&self, identity: &IdentityDigest) -> Option<Filed> {
        let (arrival, case) = (self.messages.get(identity)?.clone(), *self.seen.get(identity)?);
        Some(Filed { arrival, case })
    }

    fn letter(&self, keys: &Keys) -> Option<OutboxLetter> {
        let canary = keys.vigil_of.as_ref().and(self.vigil.canary.as_ref()).map(|canary| canary.letter);
        let wanted = keys.letter.or(canary);
        let named = |letter: &&OutboxLetter| {
            wanted == Some(letter.letter.id) || keys.letters.contains(&letter.letter.message_id)
        };
        self.letters.iter().find(named).cloned()
    }

    /// What the store's fold and the desk do with a decision. Every fact goes through its recorded form.
    fn keep(&mut self, event: &Event, decision: &Decision) {
        for (reference, fact) in &decision.facts {
            let json = serde_json::to_string(fact).expect("a fact is written");
            let fact: Fact = serde_json::from_str(&json).expect("a fact is read back");
            if let Fact::CaseOpened { mailbox, subject } = &fact {
                let case = Case::open(*reference, event.at(), mailbox.clone(), subject.clone());
                self.cases.insert(*reference, case);
            }
            self.cases.get_mut(reference).expect("an opened case").apply(event.at(), &fact);
            if let Fact::MessageFiled { message_id: Some(id), .. } = &fact {
                self.threads.insert(id.clone(), *reference);
            }
            let of_case = self.of_case.entry(*reference).or_default();
            if let Fact::MessageFiled { identity, .. } = &fact {
                of_case.push(identity.clone());
            }
            if let Fact::MessageMoved { message: Some(message), .. } = &fact {
                of_case.retain(|identity| *identity != message.identity);
                self.threads.retain(|id, of| message.message_id.as_ref() != Some(id) || of != reference);
            }
            if let Fact::CommandUndone { withdrawn, .. } = &fact {
                let of_it = |letter: &&mut OutboxLetter| withdrawn.contains(&letter.letter.message_id);
                self.letters.iter_mut().filter(of_it).for_each(|letter| letter.withdraw(event.at()));
            }
        }
        for fact in &decision.world {
            match fact {
                WorldFact::IdentitySeen { identity, message_id, case } => {
                    self.seen.insert(identity.clone(), *case);
                    self.messages.extend(event.arrival().map(|arrival| (identity.clone(), arrival.clone())));
                    self.ids.extend(message_id.clone().map(|id| (id, identity.clone())));
                }
                WorldFact::MessageMoved { identity, case, .. } => drop(self.seen.insert(identity.clone(), Some(*case))),
                WorldFact::PartnerMailStopped { .. } => self.stopped = true,
                WorldFact::PartnerMailStarted { .. } => {
                    self.stopped = false;
                    self.troubles.remove(&Trouble::BreakerTripped);
                }
                WorldFact::StaffAway { who, absence, .. } => self.absences.add(who, *absence),
                WorldFact::StaffBack { who, .. } => self.absences.end(who),
                WorldFact::TroubleNoted { trouble } => drop(self.troubles.insert(trouble.clone())),
                WorldFact::TroubleOver { trouble } => drop(self.troubles.remove(trouble)),
                WorldFact::SeenLate(late) => self.late.push(late.clone()),
                WorldFact::LateMailTold { .. } => self.late.clear(),
                WorldFact::LetterFound { letter } => {
                    let found = self.letters.iter_mut().find(|known| known.letter.id == *letter);
                    found.expect("a letter").found_in_sent(event.at());
                }
                WorldFact::HeardFromOutside { heard_at, .. } => self.vigil.hear(*heard_at),
                WorldFact::CanaryBack { letter, .. } => self.vigil.back(*letter, event.at()),
                WorldFact::CopyNoted { .. } | WorldFact::Ignored { .. } | WorldFact::NextAttempt { .. } => {}
                WorldFact::AlarmAsked { .. } => {}
            }
        }
        for Effect::Send(letter) in &decision.effects {
            self.send(event.at(), letter);
        }
    }

    fn send(&mut self, at: Timestamp, letter: &Letter) {
        let number = self.letters.len();
        let kind = letter.content.kind();
        let queued = QueuedLetter {
            id: LetterId { step: number as u64, index: 0 },
            kind,
            mailbox: letter.mailbox.clone(),
            case: letter.case,
            to: letter.to.clone(),
            subject: letter.thread.subject.clone().unwrap_or_default(),
            message_id: MessageId::new(&format!("letter-{number}@ers.example")).expect("an id"),
            raw: BlobDigest::from_hex("00"),
            level: self.policy.level(kind, &letter.mailbox),
            of_command: letter.of_command,
        };
        if let Some(case) = letter.case.filter(|_| !kind.is_for_staff()) {
            self.threads.insert(queued.message_id.clone(), case);
            let threaded = Fact::LetterThreaded { message_id: queued.message_id.clone(), aside: letter.thread.aside };
            self.cases.get_mut(&case).expect("a case").apply(at, &threaded);
        }
        if kind == LetterKind::Canary {
            self.vigil.canary = Some(Canary { letter: queued.id, written_at: at, back_at: None });
        }
        self.letters.push(OutboxLetter::queue(queued, at));
        self.contents.push(letter.content.clone());
    }

    /// `letters | phase, clock`
    fn line(&self, letters: &[String], about: CaseRef) -> String {
        let letters = if letters.is_empty() { "-".to_owned() } else { letters.join(", ") };
        self.cases.get(&about).map_or(letters.clone(), |case| format!("{letters} | {}", stands(case)))
    }
}

fn stands(case: &Case) -> String {
    let clock = case.lanes.values().find_map(|lane| lane.clock.as_ref());
    let clock = match clock {
        None => String::new(),
        Some(Clock::Response(clock)) if clock.held.is_some() => format!(", held, due {}", short(clock.due.due)),
        Some(Clock::Response(clock)) => format!(", due {}", short(clock.due.due)),
        Some(Clock::Outcome(clock)) => {
            let outcome = clock.due.as_ref().map_or(String::new(), |due| format!(", outcome by {}", short(due.due)));
            let answered = short(calendar().local_date(clock.answered_at));
            if clock.response.is_some() { format!(", answered {answered}{outcome}") } else { outcome }
        }
        Some(Clock::Reminder(clock)) => format!(", waiting since {}", short(clock.since)),
        Some(Clock::Session(_)) => String::new(),
    };
    let question = if case.question_open { ", question open" } else { "" };
    let aside = if case.set_aside.is_some() { ", set aside" } else { "" };
    format!("{}{clock}{question}{aside}", case.phase())
}

pub(super) fn short(date: Date) -> String {
    date.strftime("%-d %b").to_string()
}
