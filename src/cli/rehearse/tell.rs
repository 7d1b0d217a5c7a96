//! Tells a rehearsal, event by event: for people, or as JSON. Writes the letters where somebody wants them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::mail::Mail;
use crate::cli::print;
use crate::desk::{Desk, Handled};
use crate::domain::effect::LetterKind;
use crate::domain::event::Event;
use crate::domain::ids::{Address, CaseRef, MessageId};
use crate::domain::outbox::QueuedLetter;
use crate::domain::policy::Level;

pub(super) struct Teller<'o> {
    out: &'o mut dyn Write,
    json: bool,
    /// Where letters are written to.
    letters: Option<&'o Path>,
    zone: TimeZone,
    seen: Seen,
}

/// What the last line sums up.
#[derive(Default)]
struct Seen {
    messages: usize,
    cases: BTreeSet<CaseRef>,
    letters: usize,
    later: usize,
}

/// The line of an event: DESIGN.md, "The command line".
#[derive(Serialize)]
struct Line<'a> {
    at: Timestamp,
    case: Option<CaseRef>,
    phase: Option<String>,
    event: &'a str,
    letters: Vec<LetterLine<'a>>,
}

#[derive(Serialize)]
struct LetterLine<'a> {
    kind: LetterKind,
    to: [&'a Address; 1],
    subject: &'a str,
    message_id: &'a MessageId,
    file: String,
}

/// `Mon 2 Nov 2026 09:12`
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %Y %H:%M").to_string()
}

impl<'o> Teller<'o> {
    pub(super) fn new(out: &'o mut dyn Write, json: bool, letters: Option<&'o Path>, zone: TimeZone) -> Self {
        Self { out, json, letters, zone, seen: Seen::default() }
    }

    pub(super) fn tell(&mut self, desk: &Desk, handled: &Handled, mail: Option<&Mail>) -> anyhow::Result<()> {
        let case = case_of(handled);
        let phase = case.map(|case| desk.store().case(case)).transpose()?.flatten().map(|case| case.phase());
        self.seen.messages += usize::from(mail.is_some());
        self.seen.cases.extend(&handled.cases);
        self.seen.letters += handled.letters.len();
        self.write_letters(desk, handled)?;
        if self.json {
            let letters = handled.letters.iter().map(|letter| LetterLine::of(handled.at, letter)).collect();
            let line = Line { at: handled.at, case, phase, event: handled.event.name(), letters };
            return print::json_lines(self.out, &[line]);
        }
        let about = [case.map(|case| case.to_string()), phase].into_iter().flatten().collect::<Vec<_>>().join("  ");
        let first = format!("{}  {:<17}  {about}", moment(handled.at, &self.zone), handled.event.name());
        writeln!(self.out, "{}", first.trim_end())?;
        if let (Some(arrival), Some(mail)) = (handled.event.arrival(), mail) {
            let from = arrival.facts.from.as_ref().map_or("nobody".to_owned(), |from| from.address.to_string());
            self.detail("mail", &format!("{} from {from}: {}", mail.name(), arrival.facts.subject))?;
        }
        if !handled.why.is_empty() {
            self.detail("decided", &handled.why)?;
        }
        let stopped = desk.store().partner_mail_stopped()?.is_some();
        told_letters(&handled.letters, stopped).iter().try_for_each(|letter| self.detail("letter", letter))
    }

    /// So many messages arrive after the end.
    pub(super) fn later(&mut self, messages: usize) {
        self.seen.later = messages;
    }

    pub(super) fn end(&mut self, until: Timestamp) -> anyhow::Result<()> {
        if self.json {
            return Ok(());
        }
        let Seen { messages, cases, letters, later } = &self.seen;
        let until = moment(until, &self.zone);
        let later = if *later == 0 { String::new() } else { format!("; {later} arrive later") };
        writeln!(self.out, "\nUntil {until}: messages {messages}, cases {}, letters {letters}{later}.", cases.len())?;
        Ok(())
    }

    fn detail(&mut self, label: &str, text: &str) -> anyhow::Result<()> {
        writeln!(self.out, "    {label:<7} {}", print::plain(text))?;
        Ok(())
    }

    fn write_letters(&self, desk: &Desk, handled: &Handled) -> anyhow::Result<()> {
        let Some(folder) = self.letters else { return Ok(()) };
        for letter in &handled.letters {
            let path = folder.join(file_name(handled.at, letter));
            let raw = desk.store().blob(&letter.raw)?;
            fs::write(&path, raw).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

impl<'a> LetterLine<'a> {
    fn of(at: Timestamp, letter: &'a QueuedLetter) -> Self {
        let QueuedLetter { kind, to, subject, message_id, .. } = letter;
        Self { kind: *kind, to: [to], subject, message_id, file: file_name(at, letter) }
    }
}

fn file_name(at: Timestamp, letter: &QueuedLetter) -> String {
    format!("{}-{}-{}.eml", at.strftime("%Y%m%dT%H%M%SZ"), letter.id, letter.kind.name())
}

/// The case that the event is about: that of its first letter where it names none itself.
fn case_of(handled: &Handled) -> Option<CaseRef> {
    let named = if let Event::MomentCame { case, .. } = handled.event {
        Some(case)
    } else if let Event::CommandGiven { case, .. } = handled.event {
        case
    } else {
        None
    };
    named.or_else(|| handled.cases.first().copied())
}

/// Each letter in words; the same letter to several people is one line.
fn told_letters(letters: &[QueuedLetter], partner_mail_stopped: bool) -> Vec<String> {
    let mut told: Vec<(&QueuedLetter, Vec<&str>)> = Vec::new();
    for letter in letters {
        let same = |(other, _): &&mut (&QueuedLetter, Vec<&str>)| {
            (other.kind, &other.subject, other.level) == (letter.kind, &letter.subject, letter.level)
        };
        match told.iter_mut().find(same) {
            Some((_, people)) => people.push(letter.to.as_str()),
            None => told.push((letter, vec![letter.to.as_str()])),
        }
    }
    let in_words = |(letter, people): &(&QueuedLetter, Vec<&str>)| {
        let level = match letter.level {
            Level::Observe => " (only recorded)",
            Level::Hold => " (held until staff release it)",
            Level::Send if partner_mail_stopped && !letter.kind.is_for_staff() => " (waits for !start)",
            Level::Send => "",
        };
        format!("{}{level} to {}: {}", letter.kind.name(), people.join(", "), letter.subject)
    };
    told.iter().map(in_words).collect()
}
