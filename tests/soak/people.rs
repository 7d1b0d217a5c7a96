//! What partners and staff do on a day. Decided by chance, at the moment when it happens or at the start of the day.

use jiff::{SignedDuration, Timestamp};

use crate::mail::{self, Draft, LSOB, SA};
use crate::random::Random;
use crate::sink::Recent;

/// Partners who may write again.
const LIVELY: usize = 150;
const RECENT_MAX: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mailbox {
    Sa,
    Lsob,
}

/// A message on its way to one or both mailboxes.
pub(crate) struct Letter {
    pub(crate) to: Vec<Mailbox>,
    pub(crate) raw: Vec<u8>,
}

/// What staff will do about a new partner, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plan {
    Reply,
    Decide,
    Hold,
    Resume,
    Close,
}

pub(crate) struct People {
    partners: usize,
    messages: usize,
    recent: Vec<Vec<u8>>,
}

/// A partner is a number; everything about them follows from it.
pub(crate) fn address(partner: usize) -> String {
    format!("priya@{}", mail::domain(partner))
}

pub(crate) fn mailbox_of(partner: usize) -> Mailbox {
    if partner.is_multiple_of(4) { Mailbox::Lsob } else { Mailbox::Sa }
}

fn first_id(partner: usize) -> String {
    format!("first.{partner}@{}", mail::domain(partner))
}

impl People {
    pub(crate) fn new() -> Self {
        Self { partners: 0, messages: 0, recent: Vec::new() }
    }

    /// The next message of the day, and the partner who wrote for the first time.
    pub(crate) fn write(
        &mut self,
        random: &mut Random,
        at: Timestamp,
        last_letter: impl Fn(&mut Random) -> Option<Recent>,
    ) -> (Letter, Option<usize>) {
        self.messages += 1;
        let number = self.messages;
        let lively = self.partners.saturating_sub(random.below(LIVELY as u64) as usize).max(1);
        let chance = if self.partners == 0 { 0 } else { random.below(100) };
        let (raw, new) = match chance {
            0..24 => (self.first_message(random, at, "scal-good"), true),
            24..31 => (self.first_message(random, at, "question"), true),
            31..36 => (self.first_message(random, at, "broken"), true),
            36..42 => (mail::sample(pick(random, &mail::ODD), 1_000_000 + number), false),
            42..58 => (mail::sample(pick(random, &mail::AUTOMATIC), 1_000_000 + number), false),
            58..62 => match last_letter(random) {
                Some(letter) => (mail::bounce(number, &letter.to, &letter.message_id, &letter.subject, at), false),
                None => (mail::sample("thanks", 1_000_000 + number), false),
            },
            62..67 => (self.again(random), false),
            67..74 => (follow_up(lively, number, at, "It is attached.", Some(pack(lively))), false),
            74..81 => (follow_up(lively, number, at, "Our SCAL once more.", Some(scal(lively, chance > 77))), false),
            81..90 => (follow_up(lively, number, at, "Which version of the template do you want?", None), false),
            90..96 => (follow_up(lively, number, at, "Many thanks, that's great.", None), false),
            96..98 => (nameless(lively, number, at), false),
            _ => (same_name(lively, number, at), false),
        };
        let partner = if new { self.partners } else { lively };
        let mut to = vec![mailbox_of(partner)];
        if random.below(12) == 0 {
            to = vec![Mailbox::Sa, Mailbox::Lsob];
        }
        let place = number % RECENT_MAX;
        if place < self.recent.len() {
            self.recent[place].clone_from(&raw);
        } else {
            self.recent.push(raw.clone());
        }
        (Letter { to, raw }, new.then_some(self.partners))
    }

    fn first_message(&mut self, random: &mut Random, at: Timestamp, what: &str) -> Vec<u8> {
        self.partners += 1;
        let partner = self.partners;
        let (from, id) = (address(partner), first_id(partner));
        let subject = format!("Our SCAL, {partner}");
        let draft = Draft { from: &from, to: SA, subject: &subject, id: &id, ..Draft::default() };
        let text = "Please find our SCAL attached.";
        match what {
            "question" => {
                let text = "Which template should we use for our SCAL, and who can help us with it?";
                Draft { text, ..draft }.written(at)
            }
            "broken" => {
                let name = pick(random, &mail::BROKEN);
                Draft { text, file: Some((name, mail::document(name))), ..draft }.written(at)
            }
            _ => {
                let sheet = scal(partner, random.below(3) == 0);
                Draft { text, file: Some(sheet), ..draft }.written(at)
            }
        }
    }

    /// The same message once more, as servers and impatient people do.
    fn again(&self, random: &mut Random) -> Vec<u8> {
        self.recent[random.below(self.recent.len() as u64) as usize].clone()
    }

    /// What staff will do about a new partner. Some are answered too late, a few never.
    pub(crate) fn plans(random: &mut Random, at: Timestamp) -> Vec<(Timestamp, Plan)> {
        let after = |days: u64, minutes: u64| {
            at + SignedDuration::from_hours(24 * days as i64) + SignedDuration::from_mins(minutes as i64)
        };
        let mut plans = vec![(after(30 + random.below(15), 0), Plan::Close)];
        if random.below(20) == 0 {
            plans.push((after(0, 40), Plan::Hold));
            plans.push((after(2 + random.below(4), 0), Plan::Resume));
        }
        let chance = random.below(100);
        let days = match chance {
            0..75 => random.below(6),
            75..98 => 7 + random.below(6),
            _ => return plans,
        };
        let reply = 30 + random.below(400);
        plans.push((after(days, reply), Plan::Reply));
        if chance.is_multiple_of(2) {
            plans.push((after(days, reply + 60), Plan::Decide));
        }
        plans
    }
}

/// A reply by a person from the shared mailbox.
pub(crate) fn reply(partner: usize, at: Timestamp) -> Letter {
    let (own, to, answers) =
        (if mailbox_of(partner) == Mailbox::Sa { SA } else { LSOB }, address(partner), first_id(partner));
    let id = format!("reply.{partner}@ers.example");
    let subject = format!("RE: Our SCAL, {partner}");
    let text = "Thank you. We have read it.";
    let draft =
        Draft { from: own, to: &to, subject: &subject, id: &id, answers: Some(&answers), text, ..Draft::default() };
    Letter { to: vec![mailbox_of(partner)], raw: draft.written(at) }
}

fn follow_up(partner: usize, number: usize, at: Timestamp, text: &str, file: Option<(&str, Vec<u8>)>) -> Vec<u8> {
    let (from, id, answers) = (address(partner), format!("{number}@{}", mail::domain(partner)), first_id(partner));
    let subject = format!("Re: Our SCAL, {partner}");
    let draft =
        Draft { from: &from, to: SA, subject: &subject, id: &id, answers: Some(&answers), text, ..Draft::default() };
    Draft { file, ..draft }.written(at)
}

fn nameless(partner: usize, number: usize, at: Timestamp) -> Vec<u8> {
    let (from, text) = (address(partner), format!("Did message {number} reach you?"));
    Draft { from: &from, to: SA, subject: "A question", text: &text, ..Draft::default() }.written(at)
}

/// Another message under a Message-ID that was used before.
fn same_name(partner: usize, number: usize, at: Timestamp) -> Vec<u8> {
    let (from, id, text) = (address(partner), first_id(partner), format!("This is another message, number {number}."));
    Draft { from: &from, to: SA, subject: "Our SCAL", id: &id, text: &text, ..Draft::default() }.written(at)
}

fn scal(partner: usize, with_gap: bool) -> (&'static str, Vec<u8>) {
    ("SCAL.xlsx", mail::workbook("scal-good", partner, with_gap))
}

fn pack(partner: usize) -> (&'static str, Vec<u8>) {
    ("Witness test pack.xlsx", mail::workbook("pack-good", partner, false))
}

pub(crate) fn pick<T: Copy>(random: &mut Random, from: &[T]) -> T {
    from[random.below(from.len() as u64) as usize]
}
