//! The fold of the account: what became of each message of an inbox, until the digest of a day tells it.

use super::error::StoreError;
use super::keys::{Key, Table};
use super::rows::Order;
use super::sheet::Sheet;
use crate::domain::digest::{Account, Became};
use crate::domain::event::Event;
use crate::domain::fact::Fact;
use crate::domain::ids::MailboxName;
use crate::domain::step::{Step, WorldFact};

pub(super) fn fold(sheet: &mut Sheet, step: &Step) -> Result<(), StoreError> {
    match &step.event {
        Event::MessageArrived(arrival) if !arrival.older => {
            let mailbox = &arrival.place.mailbox;
            count(sheet, step, mailbox, became(step, &arrival.facts.subject))
        }
        Event::MessageQuarantined { place, why, .. } => {
            let what = format!("A message that could not be taken in ({why}).");
            count(sheet, step, &place.mailbox, Became::Quarantined { what })
        }
        Event::DayBegan { at, day } => {
            for (key, _) in sheet.under(&Key::of(Table::Account), Order::Up, usize::MAX)? {
                sheet.put(Key::from_bytes(key), &Account::since(*at))?;
            }
            sheet.put(Key::of(Table::DigestDay), day)
        }
        Event::MessageArrived(_)
        | Event::SentMessageSeen(_)
        | Event::JunkSeen(_)
        | Event::BacklogPassedOver { .. }
        | Event::MailboxRenumbered { .. }
        | Event::MailboxRead { .. }
        | Event::MomentCame { .. }
        | Event::CanaryDue { .. }
        | Event::AlarmRaised { .. }
        | Event::CommandGiven { .. }
        | Event::AttemptStarted { .. }
        | Event::AttemptEnded { .. }
        | Event::LetterReleased { .. }
        | Event::TroubleFound { .. }
        | Event::TroubleEnded { .. } => Ok(()),
    }
}

fn became(step: &Step, subject: &str) -> Became {
    let filed = step.facts.iter().any(|(_, fact)| matches!(fact, Fact::MessageFiled { .. }));
    if step.world.iter().any(|fact| matches!(fact, WorldFact::CanaryBack { .. })) {
        return Became::Canary;
    }
    let is_known = |fact: &WorldFact| matches!(fact, WorldFact::Ignored { .. } | WorldFact::CopyNoted { .. });
    match (filed, step.world.iter().any(is_known)) {
        (true, _) => Became::Filed,
        (false, true) => Became::Ignored,
        (false, false) => Became::LeftToStaff { what: format!("“{subject}”: {}", step.why) },
    }
}

fn count(sheet: &mut Sheet, step: &Step, mailbox: &MailboxName, became: Became) -> Result<(), StoreError> {
    let key = key(mailbox);
    let mut account = sheet.get::<Account>(&key)?.unwrap_or_else(|| Account::since(step.at));
    account.count(became);
    sheet.put(key, &account)
}

pub(super) fn key(mailbox: &MailboxName) -> Key {
    Key::of(Table::Account).text(mailbox.as_str())
}
