//! The fold of what is known of the mail of each mailbox, and of the alarms that are still to be raised. Judges nothing.

use super::error::StoreError;
use super::keys::{Key, Table};
use super::sheet::Sheet;
use crate::domain::event::{Event, Trouble};
use crate::domain::ids::MailboxName;
use crate::domain::step::{Step, WorldFact};
use crate::domain::vigil::{Canary, Vigil};

pub(super) fn fold(sheet: &mut Sheet, step: &Step) -> Result<(), StoreError> {
    let at = step.event.at();
    if let Event::AlarmRaised { trouble, .. } = &step.event {
        no_alarm(sheet, trouble)?;
    }
    if let (Event::CanaryDue { mailbox, .. }, Some(letter)) = (&step.event, step.letters.first()) {
        let canary = Canary { letter: letter.id, written_at: at, back_at: None };
        change(sheet, mailbox, |vigil| vigil.canary = Some(canary))?;
    }
    for fact in &step.world {
        match fact {
            WorldFact::AlarmAsked { trouble, text } => sheet.put(alarm_key(trouble)?, &(trouble, text))?,
            WorldFact::HeardFromOutside { mailbox, heard_at } => {
                change(sheet, mailbox, |vigil| vigil.hear(*heard_at))?;
            }
            WorldFact::CanaryBack { mailbox, letter } => change(sheet, mailbox, |vigil| vigil.back(*letter, at))?,
            WorldFact::IdentitySeen { .. }
            | WorldFact::CopyNoted { .. }
            | WorldFact::SeenLate(_)
            | WorldFact::LateMailTold { .. }
            | WorldFact::Ignored { .. }
            | WorldFact::LetterFound { .. }
            | WorldFact::MessageMoved { .. }
            | WorldFact::StaffAway { .. }
            | WorldFact::StaffBack { .. }
            | WorldFact::NextAttempt { .. }
            | WorldFact::PartnerMailStopped { .. }
            | WorldFact::PartnerMailStarted { .. }
            | WorldFact::TroubleNoted { .. }
            | WorldFact::TroubleOver { .. } => {}
        }
    }
    Ok(())
}

/// It was raised, or what it was to tell of is over.
pub(super) fn no_alarm(sheet: &mut Sheet, trouble: &Trouble) -> Result<(), StoreError> {
    let key = alarm_key(trouble)?;
    if sheet.has(&key)? { sheet.remove(key) } else { Ok(()) }
}

fn alarm_key(trouble: &Trouble) -> Result<Key, StoreError> {
    Ok(Key::of(Table::Alarm).text(&serde_json::to_string(trouble)?))
}

fn change(sheet: &mut Sheet, mailbox: &MailboxName, how: impl FnOnce(&mut Vigil)) -> Result<(), StoreError> {
    let key = Key::of(Table::Vigil).text(mailbox.as_str());
    let mut vigil = sheet.get(&key)?.unwrap_or_default();
    how(&mut vigil);
    sheet.put(key, &vigil)
}
