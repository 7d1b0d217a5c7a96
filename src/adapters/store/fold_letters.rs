//! The fold of letters: queued, tried, released; and the attempts that the caps count. Sends nothing.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::error::StoreError;
use super::keys::{Key, Table};
use super::rows::Order;
use super::sheet::Sheet;
use crate::domain::event::Event;
use crate::domain::fact::Fact;
use crate::domain::gate::Traffic;
use crate::domain::ids::{CaseRef, LetterId, MessageId};
use crate::domain::outbox::{LetterState, OutboxLetter};
use crate::domain::step::{Step, WorldFact};

/// Old attempts forgotten in one step; what is left goes with the next.
const FORGOTTEN_MAX: usize = 1_000;

pub(super) fn check(sheet: &Sheet, number: u64, step: &Step) -> Result<(), StoreError> {
    for (index, queued) in (0..).zip(&step.letters) {
        let letter = queued.id;
        if letter != (LetterId { step: number, index }) {
            return Err(StoreError::LetterMisnumbered { step: number, letter });
        }
    }
    match step.event.letter() {
        Some(letter) if !sheet.has(&Key::of(Table::Letter).letter(letter))? => {
            Err(StoreError::NoSuchLetter { step: number, letter })
        }
        Some(_) | None => Ok(()),
    }
}

/// Returns the cases whose story this adds to.
pub(super) fn fold(sheet: &mut Sheet, step: &Step) -> Result<BTreeSet<CaseRef>, StoreError> {
    // Not the time of the step, which never runs back: a clock that was put right would hold letters for as long.
    let at = step.event.at();
    let mut touched = BTreeSet::new();
    for queued in &step.letters {
        touched.extend(queued.case);
        sheet.put(Key::of(Table::LetterOfMessage).text(queued.message_id.as_str()), &queued.id)?;
        replace(sheet, None, OutboxLetter::queue(queued.clone(), at))?;
    }
    for found in step.world.iter().filter_map(found) {
        if let Some(before) = sheet.letter(found)? {
            let mut letter = before.clone();
            letter.found_in_sent(at);
            touched.extend(letter.letter.case);
            replace(sheet, Some(&before), letter)?;
        }
    }
    for id in step.facts.iter().flat_map(|(_, fact)| withdrawn(fact)) {
        let letter = sheet.get::<LetterId>(&Key::of(Table::LetterOfMessage).text(id.as_str()))?;
        if let Some(before) = letter.map(|id| sheet.letter(id)).transpose()?.flatten() {
            let mut letter = before.clone();
            letter.withdraw(at);
            replace(sheet, Some(&before), letter)?;
        }
    }
    let Some(before) = step.event.letter().map(|id| sheet.letter(id)).transpose()?.flatten() else {
        return Ok(touched);
    };
    let mut letter = before.clone();
    match &step.event {
        Event::AttemptStarted { .. } => {
            letter.attempt_started(at);
            count_attempt(sheet, &letter, at)?;
        }
        Event::AttemptEnded { outcome, .. } => {
            letter.attempt_ended(at, outcome, next_attempt(step));
            touched.extend(letter.letter.case);
        }
        Event::LetterReleased { .. } => {
            letter.release(at);
            touched.extend(letter.letter.case);
        }
        Event::MessageArrived(_)
        | Event::SentMessageSeen(_)
        | Event::JunkSeen(_)
        | Event::BacklogPassedOver { .. }
        | Event::MessageQuarantined { .. }
        | Event::MailboxRenumbered { .. }
        | Event::MailboxRead { .. }
        | Event::DayBegan { .. }
        | Event::MomentCame { .. }
        | Event::CanaryDue { .. }
        | Event::AlarmRaised { .. }
        | Event::CommandGiven { .. }
        | Event::TroubleFound { .. }
        | Event::TroubleEnded { .. } => {}
    }
    replace(sheet, Some(&before), letter)?;
    Ok(touched)
}

fn found(fact: &WorldFact) -> Option<LetterId> {
    if let WorldFact::LetterFound { letter } = fact { Some(*letter) } else { None }
}

/// Letters that a command took back with it.
fn withdrawn(fact: &Fact) -> &[MessageId] {
    if let Fact::CommandUndone { withdrawn, .. } = fact { withdrawn } else { &[] }
}

fn next_attempt(step: &Step) -> Option<Timestamp> {
    let next = |fact| if let &WorldFact::NextAttempt { not_before } = fact { not_before } else { None };
    step.world.iter().find_map(next)
}

/// Writes a letter and the index rows that follow from its state.
fn replace(sheet: &mut Sheet, before: Option<&OutboxLetter>, after: OutboxLetter) -> Result<(), StoreError> {
    let id = after.letter.id;
    let due = |letter: &OutboxLetter| letter.due_at().map(|at| Key::of(Table::LetterDue).time(at).letter(id));
    let (was_due, is_due) = (before.and_then(due), due(&after));
    if let Some(gone) = was_due.filter(|key| Some(key) != is_due.as_ref()) {
        sheet.remove(gone)?;
    }
    if let Some(key) = is_due {
        sheet.put(key, &id)?;
    }
    let open = Key::of(Table::LetterOpen).letter(id);
    if is_open(&after) {
        sheet.put(open, &id)?;
    } else if before.is_some_and(is_open) {
        sheet.remove(open)?;
    }
    sheet.put_letter(after);
    Ok(())
}

/// Still to leave, now or when a person lets it go.
fn is_open(letter: &OutboxLetter) -> bool {
    match &letter.state {
        LetterState::Held | LetterState::Waiting { .. } | LetterState::Trying { .. } => true,
        LetterState::Observed
        | LetterState::Sent { .. }
        | LetterState::Refused { .. }
        | LetterState::Withdrawn { .. } => false,
    }
}

/// A row an attempt, so that a busy hour costs no more a letter than a quiet one.
fn count_attempt(sheet: &mut Sheet, letter: &OutboxLetter, at: Timestamp) -> Result<(), StoreError> {
    let to_one = Key::of(Table::AttemptToOne).text(letter.letter.to.as_str());
    let to_all = Key::of(Table::Attempt);
    for (table, keep) in [(to_one, Traffic::DAY), (to_all, Traffic::HOUR)] {
        sheet.note(table.clone().time(at).letter(letter.letter.id));
        forget(sheet, &table, at, keep)?;
    }
    Ok(())
}

/// A person looked and said `!start`: the breaker counts from here, or it would trip again at once.
pub(super) fn count_anew(sheet: &mut Sheet) -> Result<(), StoreError> {
    let table = Key::of(Table::Attempt);
    let until = table.clone().time(Timestamp::MAX).above();
    for (key, _) in sheet.range(&table, &until, Order::Up, usize::MAX)? {
        sheet.remove(Key::from_bytes(key))?;
    }
    Ok(())
}

fn forget(sheet: &mut Sheet, table: &Key, at: Timestamp, keep: SignedDuration) -> Result<(), StoreError> {
    let Ok(oldest) = at.checked_sub(keep) else {
        return Ok(());
    };
    // Half-open, as the caps count: an attempt exactly `keep` ago counts no more.
    let until = table.clone().time(oldest).above();
    for (key, _) in sheet.range(table, &until, Order::Up, FORGOTTEN_MAX)? {
        sheet.remove(Key::from_bytes(key))?;
    }
    Ok(())
}
