//! Tells the demo on the terminal, as it happens: what arrived, what was decided, what was sent, when an answer is due.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use jiff::Timestamp;

use crate::config::Settings;
use crate::desk::{Desk, Handled};
use crate::domain::calendar::in_words;
use crate::domain::clocks::Clock;
use crate::domain::effect::LetterKind;
use crate::domain::event::{Arrival, Event, Outcome};
use crate::domain::ids::{CaseRef, Folder, LetterId};
use crate::domain::outbox::QueuedLetter;
use crate::domain::policy::Policy;
use crate::domain::reading::{Document, DocumentKind, Severity};

pub(super) struct Narrator {
    policy: Policy,
    told: Mutex<Told>,
}

/// What the last lines said, so that it is not said again.
#[derive(Default)]
struct Told {
    moment: String,
    letters: BTreeMap<LetterId, QueuedLetter>,
    /// Staff letters of one step and kind that are not told of yet: they go to several people.
    to_staff: BTreeMap<(u64, LetterKind), usize>,
}

pub(super) fn banner(dir: &Path, once: bool) -> String {
    let then = if once { "Then it ends." } else { "From there it runs on at real speed; Ctrl+C ends it." };
    format!(
        "assured demo: November 2026 in the mailboxes of two teams, with three partners.\n\
         The clock is simulated and jumps to the next event until the month ends. {then}\n\
         Nothing leaves this machine: mailboxes and letters are files in {}.",
        dir.display(),
    )
}

pub(super) fn ending(dir: &Path, once: bool, program: &Path) -> String {
    let (dir, program) = (dir.display(), program.display());
    let mut text = format!(
        "\nThe month is over. Look around:\n\n  \
           the letters, as .eml files  {dir}/sent\n  \
           what is open                {program} --config {dir}/assured.toml cases\n  \
           the story of one case       {program} --config {dir}/assured.toml case ERS-00003\n  \
           why that date               {program} --config {dir}/assured.toml explain ERS-00001\n  \
           is the record whole?        {program} --config {dir}/assured.toml journal verify"
    );
    if !once {
        text.push_str(&format!("\nDrop an .eml file into {dir}/sa/new and it arrives now. Ctrl+C ends the demo."));
    }
    text
}

const ARRIVED: &str = "\u{2190} arrived";
const DECIDED: &str = "\u{00b7} decided";
const DUE: &str = "\u{00b7} due";
const SENT: &str = "\u{2192} sent";
const LABEL_COLUMNS: usize = 14;
const COLUMNS_MAX: usize = 108;

impl Narrator {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { policy: settings.policy.clone(), told: Mutex::default() }
    }

    /// One step, in a few lines.
    pub(super) fn tell(&self, desk: &Desk, handled: &Handled) {
        // A panic while telling would poison the lock; the demo then goes on in silence.
        let Ok(mut told) = self.told.lock() else { return };
        let mut lines = Vec::new();
        match &handled.event {
            Event::MessageArrived(arrival) | Event::SentMessageSeen(arrival) | Event::JunkSeen(arrival) => {
                lines.push(labelled(ARRIVED, &self.arrived(arrival)));
                lines.extend(arrival.facts.documents.iter().map(|document| labelled("", &described(document))));
                lines.push(labelled(DECIDED, &handled.why));
            }
            Event::CommandGiven { by, command, case, .. } => {
                let case = case.map_or(String::new(), |case| format!("{case} "));
                lines.push(labelled(ARRIVED, &format!("on the command line, from {by}: {case}{}", command.verb())));
                lines.push(labelled(DECIDED, &handled.why));
            }
            Event::AttemptEnded { letter, outcome, .. } => {
                if let (Outcome::Sent { .. }, Some(letter)) = (outcome, told.letters.remove(letter)) {
                    lines.extend(told.sent(&letter).map(|sent| labelled(SENT, &sent)));
                }
            }
            Event::DayBegan { .. }
            | Event::MomentCame { .. }
            | Event::CanaryDue { .. }
            | Event::AlarmRaised { .. }
            | Event::BacklogPassedOver { .. }
            | Event::MessageQuarantined { .. }
            | Event::MailboxRenumbered { .. }
            | Event::MailboxRead { .. }
            | Event::AttemptStarted { .. }
            | Event::LetterReleased { .. }
            | Event::TroubleFound { .. }
            | Event::TroubleEnded { .. } => {
                if !handled.why.is_empty() {
                    let cases: Vec<String> = handled.cases.iter().map(ToString::to_string).collect();
                    let about = if cases.is_empty() { String::new() } else { format!("{}: ", cases.join(", ")) };
                    lines.push(labelled(DECIDED, &format!("{about}{}", handled.why)));
                }
            }
        }
        if !lines.is_empty() {
            let due = handled.cases.iter().filter_map(|case| due_line(desk, *case, handled.at));
            lines.extend(due.map(|due| labelled(DUE, &due)));
        }
        told.queued(&handled.letters);
        told.print(&self.moment(handled.at), &lines);
    }

    fn arrived(&self, arrival: &Arrival) -> String {
        let facts = &arrival.facts;
        let from = facts.from.as_ref().map_or("nobody".to_owned(), |from| from.address.to_string());
        let mailbox = &arrival.place.mailbox;
        let place = match arrival.place.folder {
            Folder::Inbox => format!("in mailbox {mailbox}"),
            Folder::Sent => format!("in the Sent Items of mailbox {mailbox}"),
            Folder::Junk => format!("in the junk of mailbox {mailbox}"),
        };
        format!("{place}, from {from}: \u{201c}{}\u{201d}", facts.subject)
    }

    fn moment(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.policy.calendar.zone().clone());
        local.strftime("%A %-d %B, %-I.%M%P").to_string()
    }
}

impl Told {
    fn queued(&mut self, letters: &[QueuedLetter]) {
        for letter in letters {
            self.letters.insert(letter.id, letter.clone());
            if letter.kind.is_for_staff() {
                *self.to_staff.entry((letter.id.step, letter.kind)).or_default() += 1;
            }
        }
    }

    /// A letter that was sent; of the copies to several members of staff, the first one speaks for all.
    fn sent(&mut self, letter: &QueuedLetter) -> Option<String> {
        if !letter.kind.is_for_staff() {
            return Some(format!("{} to {}: {}", letter.kind.in_words(), letter.to, letter.subject));
        }
        let people = self.to_staff.remove(&(letter.id.step, letter.kind))?;
        Some(format!("{} to {people} staff: {}", letter.kind.in_words(), letter.subject))
    }

    fn print(&mut self, moment: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        if self.moment != moment {
            println!("\n{moment}");
            moment.clone_into(&mut self.moment);
        }
        lines.iter().for_each(|line| println!("{line}"));
    }
}

/// When an answer is due, where a promise runs.
fn due_line(desk: &Desk, case: CaseRef, at: Timestamp) -> Option<String> {
    let case = desk.store().case(case).ok()??;
    let clock = case.lanes.values().find_map(|lane| lane.clock.as_ref())?;
    let Clock::Response(clock) = clock else { return None };
    let who = [&case.supplier.organisation, &case.supplier.product].into_iter().flatten().cloned().collect::<Vec<_>>();
    let due = in_words(clock.due.due);
    let by = if at < clock.due.due_at { "by" } else { "overdue since" };
    Some(format!("{by} the end of {due}: an answer to {}", who.join(", ")))
}

/// A line of the account under its label; what does not fit goes on below.
fn labelled(label: &str, text: &str) -> String {
    let mut out = format!("  {label:<LABEL_COLUMNS$}");
    let mut column = out.chars().count();
    let indent = column;
    for word in text.split_whitespace() {
        let columns = word.chars().count();
        if column > indent && column + 1 + columns > COLUMNS_MAX {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += columns;
    }
    out
}

/// A file, what it was recognised as, and how much is to be put right in it.
fn described(document: &Document) -> String {
    let name = &document.name;
    let to_fix = document.findings.iter().filter(|finding| finding.severity == Severity::Fix).count();
    let kind = match &document.kind {
        DocumentKind::Scal(_) => "a SCAL",
        DocumentKind::WitnessPack(_) => "a witness test pack",
        DocumentKind::ApprovalForm(_) => "an initial connection approval form",
        DocumentKind::Certificate(_) => "a Technical Conformance Certificate",
        DocumentKind::Other => "none of the documents of the process",
    };
    match (document.readable, to_fix) {
        (false, _) => format!("{name}: cannot be read"),
        (true, 0) => format!("{name}: {kind}"),
        (true, 1) => format!("{name}: {kind}, 1 thing to put right"),
        (true, more) => format!("{name}: {kind}, {more} things to put right"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_under_its_text() {
        let text = "word ".repeat(50);
        let told = labelled(DECIDED, &text);
        assert!(told.lines().count() > 1 && told.lines().all(|line| line.chars().count() <= COLUMNS_MAX), "{told}");
        assert!(told.starts_with("  \u{00b7} decided     word"), "{told}");
        assert!(told.lines().skip(1).all(|line| line.starts_with("                word")), "{told}");
        assert_eq!(told.split_whitespace().filter(|word| *word == "word").count(), 50);
    }
}
