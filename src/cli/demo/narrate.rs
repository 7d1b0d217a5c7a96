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
use crate::domain::reading::{Document, Severity};

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
         Nothing leaves this machine: mailboxes and letters are files in {}.\n\n\
         {:>4} arrived   {:>4} decided   {:>4} sent\n",
        dir.display(),
        ARRIVED,
        DECIDED,
        SENT
    )
}

pub(super) fn ending(dir: &Path, once: bool, program: &Path) -> String {
    let (dir, program) = (dir.display(), program.display());
    let mut text = format!(
        "\nThe month is over. Look around:\n\n  \
           {dir}/sent   the letters, as .eml files\n  \
           {program} --config {dir}/assured.toml cases               what is open\n  \
           {program} --config {dir}/assured.toml case ERS-00003      the story of one case\n  \
           {program} --config {dir}/assured.toml explain ERS-00001   why that date\n  \
           {program} --config {dir}/assured.toml journal verify      is the record whole?\n"
    );
    if !once {
        text.push_str(&format!("\nDrop an .eml file into {dir}/sa/new and it arrives now. Ctrl+C ends the demo."));
    }
    text
}

const ARRIVED: &str = "\u{2190}";
const DECIDED: &str = "\u{00b7}";
const SENT: &str = "\u{2192}";

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
            Event::MessageArrived(arrival) | Event::SentMessageSeen(arrival) => {
                lines.push(format!("  {ARRIVED} {}", self.arrived(arrival)));
                lines.push(format!("  {DECIDED} {}", handled.why));
            }
            Event::CommandGiven { by, command, case, .. } => {
                let case = case.map_or(String::new(), |case| format!("{case} "));
                lines.push(format!("  {ARRIVED} on the command line, {by}: {case}{}", command.verb()));
                lines.push(format!("  {DECIDED} {}", handled.why));
            }
            Event::AttemptEnded { letter, outcome, .. } => {
                if let (Outcome::Sent { .. }, Some(letter)) = (outcome, told.letters.remove(letter)) {
                    lines.extend(told.sent(&letter).map(|sent| format!("  {SENT} {sent}")));
                }
            }
            Event::MomentCame { .. }
            | Event::BacklogPassedOver { .. }
            | Event::MessageQuarantined { .. }
            | Event::MailboxRenumbered { .. }
            | Event::AttemptStarted { .. }
            | Event::LetterReleased { .. }
            | Event::TroubleFound { .. }
            | Event::TroubleEnded { .. } => {
                if !handled.why.is_empty() {
                    let cases: Vec<String> = handled.cases.iter().map(ToString::to_string).collect();
                    lines.push(format!("  {DECIDED} {} {}", cases.join(" "), handled.why));
                }
            }
        }
        if !lines.is_empty() {
            let due = handled.cases.iter().filter_map(|case| due_line(desk, *case));
            lines.extend(due.map(|due| format!("    {due}")));
        }
        told.queued(&handled.letters);
        told.print(&self.moment(handled.at), &lines);
    }

    fn arrived(&self, arrival: &Arrival) -> String {
        let facts = &arrival.facts;
        let from = facts.from.as_ref().map_or("nobody".to_owned(), |from| from.address.to_string());
        let files: String = facts.documents.iter().map(|document| format!("\n      {}", told(document))).collect();
        let place = match arrival.place.folder {
            Folder::Inbox => arrival.place.mailbox.to_string(),
            Folder::Sent => format!("{} Sent", arrival.place.mailbox),
        };
        format!("{place}: {from} \u{201c}{}\u{201d}{files}", facts.subject)
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
            return Some(format!("{} to {}: {}", letter.kind.name(), letter.to, letter.subject));
        }
        let people = self.to_staff.remove(&(letter.id.step, letter.kind))?;
        Some(format!("{} to {people} staff: {}", letter.kind.name(), letter.subject))
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
fn due_line(desk: &Desk, case: CaseRef) -> Option<String> {
    let case = desk.store().case(case).ok()??;
    let clock = case.lanes.values().find_map(|lane| lane.clock.as_ref())?;
    let Clock::Response(clock) = clock else { return None };
    let who = [&case.supplier.organisation, &case.supplier.product].into_iter().flatten().cloned().collect::<Vec<_>>();
    let due = in_words(clock.due.due);
    Some(format!("{}: an answer is due by the end of {due}", who.join(", ")))
}

/// A file, what it was recognised as, and how much is to be put right in it.
fn told(document: &Document) -> String {
    let name = &document.name;
    let to_fix = document.findings.iter().filter(|finding| finding.severity == Severity::Fix).count();
    match (document.readable, to_fix) {
        (false, _) => format!("{name}: cannot be read"),
        (true, 0) => format!("{name}: {}", document.kind.name()),
        (true, 1) => format!("{name}: {}, 1 thing to put right", document.kind.name()),
        (true, more) => format!("{name}: {}, {more} things to put right", document.kind.name()),
    }
}
