//! A working day begins: each team gets its digest (PROCESS.md, "What staff receive").

use jiff::civil::Date;

use super::Decision;
use super::absence::away_on;
use crate::domain::digest::{Account, digest};
use crate::domain::effect::{Content, Context, Letter, Thread};
use crate::domain::event::Trouble;
use crate::domain::policy::{Policy, Team};
use crate::domain::view::View;

pub(super) fn day_began(policy: &Policy, view: &View, day: Date) -> Decision {
    let mut decision = Decision::saying("the digest of the day to staff");
    for team in [Team::Sa, Team::Lsob] {
        // A team without a mailbox of its own has no mail to be told of.
        let Some(mailbox) = policy.mailboxes.iter().find(|mailbox| mailbox.team == team) else { continue };
        let account = view.accounts.get(&mailbox.name).cloned();
        let account = account.unwrap_or_else(|| Account::since(policy.calendar.opening(day)));
        let mut digest = digest(policy, team, day, view.cases.values(), account);
        digest.away = away_on(policy, &view.absences, team, day);
        digest.troubles = view.troubles.iter().map(in_words).collect();
        if digest.is_empty() {
            continue;
        }
        for member in policy.staff_of(team, true) {
            decision.send(Letter {
                mailbox: mailbox.name.clone(),
                to: member.address.clone(),
                to_name: Some(member.name.clone()),
                case: None,
                thread: Thread::default(),
                of_command: None,
                context: Context::default(),
                content: Content::Digest(Box::new(digest.clone())),
            });
        }
    }
    if decision.effects.is_empty() {
        decision.why = "no digest: there is nothing to tell".to_owned();
    }
    decision
}

fn in_words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::StoreRebuilt => "The store was rebuilt from the journal.".to_owned(),
        Trouble::JournalCut => "The end of the journal was cut after an interrupted write.".to_owned(),
        Trouble::DiskFull => "The disk is full: nothing can be recorded.".to_owned(),
        Trouble::MailboxUnreachable { mailbox } => format!("The mailbox {mailbox} cannot be reached."),
        Trouble::LoginRefused { mailbox } => format!("The login to the mailbox {mailbox} is refused."),
        Trouble::MailServerUnreachable { mailbox } => format!("Letters of the mailbox {mailbox} cannot be sent."),
        Trouble::BreakerTripped => "Mail to partners is stopped: very many letters left within an hour.".to_owned(),
        Trouble::HolidayListEnds => "The list of bank holidays ends soon: give the program a newer one.".to_owned(),
        Trouble::AccessEnds { mailbox } => format!("The access to the mailbox {mailbox} ends soon: renew it."),
        Trouble::ClockBehind => "The machine's clock is behind the last entry on the record.".to_owned(),
        Trouble::ClockJumped => "The machine's clock was put forward.".to_owned(),
        Trouble::ScannerDown => "The virus scanner gives no answer.".to_owned(),
        Trouble::MailSilent { mailbox } => format!("Nobody outside has written to the mailbox {mailbox} for long."),
        Trouble::CanaryMissing { mailbox } => {
            format!("A test message to the mailbox {mailbox} did not come back in time.")
        }
    }
}
