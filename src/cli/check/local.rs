//! The checks that need no network: the records and their disk, holidays, staff, what partners would get.

use std::fs::{self, File};
use std::path::Path;

use jiff::Span;
use jiff::civil::Date;

use super::{Check, Outcome};
use crate::adapters::control::{self, Request};
use crate::adapters::store::free_bytes;
use crate::cli::print;
use crate::config::Settings;
use crate::daemon::FREE_BYTES_LOW;
use crate::domain::ids::Address;
use crate::domain::policy::{Level, SharedMailbox};

/// Enough for the mail of some months.
const FREE_BYTES_EASY: u64 = 1 << 30;

pub(super) fn checks(settings: &Settings, today: Date) -> Vec<Check> {
    let mut checks = records(&settings.var);
    checks.extend([holidays(settings, today), urgent(settings), safety(settings)]);
    for mailbox in &settings.policy.mailboxes {
        checks.push(staff(settings, mailbox));
        checks.push(level(settings, mailbox));
    }
    checks.extend(partner_mail(settings));
    checks
}

/// A file is made and removed in the folder, or in the one where it will be made.
fn records(var: &Path) -> Vec<Check> {
    let what = format!("records folder {}", var.display());
    let Some(folder) = var.ancestors().find(|folder| folder.is_dir() || folder.as_os_str().is_empty()) else {
        return vec![Check::wrong(what, "no folder above it exists. Set var to another place.")];
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let probe = folder.join(format!(".assured-check-{}", std::process::id()));
    let tried = File::create_new(&probe).and_then(|_| fs::remove_file(&probe));
    let outcome = match tried {
        Ok(()) if folder == var => Outcome::Right("can be written".to_owned()),
        Ok(()) => Outcome::Right("will be made at the first start".to_owned()),
        Err(error) => Outcome::Wrong(format!(
            "{} cannot be written: {error}. Give it to the user that runs assured, or set var.",
            folder.display()
        )),
    };
    let disk = free_bytes(folder).map_or_else(|error| Outcome::Wrong(error.to_string()), space);
    vec![Check::new(what, outcome), Check::new("disk of the records folder", disk)]
}

pub(super) fn space(free_bytes: u64) -> Outcome {
    let (free, low) = (free_bytes >> 20, FREE_BYTES_LOW >> 20);
    if free_bytes < FREE_BYTES_LOW {
        Outcome::Wrong(format!("only {free} MiB are free, and below {low} MiB no mail is taken in. Free some space."))
    } else if free_bytes < FREE_BYTES_EASY {
        Outcome::Doubt(format!(
            "{free} MiB are free. All mail is kept there: find more room before less than {low} MiB are left, when no mail \
             is taken in any more."
        ))
    } else {
        Outcome::Right(format!("{free} MiB are free"))
    }
}

fn holidays(settings: &Settings, today: Date) -> Check {
    let (first, last) = settings.policy.calendar.holidays().years();
    let in_a_year = today.saturating_add(Span::new().years(1)).year();
    let outcome = match last >= in_a_year {
        true => Outcome::Right(format!("known for {first} to {last}")),
        false => Outcome::Wrong(format!(
            "known to the end of {last} only, and dates a year from now fall into {in_a_year}. Save \
             https://www.gov.uk/bank-holidays.json and name it: holidays = \"bank-holidays.json\""
        )),
    };
    Check::new("bank holidays", outcome)
}

fn staff(settings: &Settings, mailbox: &SharedMailbox) -> Check {
    let count = settings.policy.staff_of(mailbox.team, false).count();
    let outcome = match count {
        0 => Outcome::Wrong(
            "nobody would be told of new mail or broken promises. Give somebody its team as a role.".to_owned(),
        ),
        1 => Outcome::Right("1 person gets its notices".to_owned()),
        count => Outcome::Right(format!("{count} people get its notices")),
    };
    Check::new(format!("staff of mailbox {}", mailbox.name), outcome)
}

fn urgent(settings: &Settings) -> Check {
    let policy = &settings.policy;
    let kept_in = |address: &&Address| !policy.allows(address);
    let outcome = match (policy.urgent_contacts.len(), policy.urgent_contacts.iter().find(kept_in)) {
        (_, Some(address)) => {
            Outcome::Wrong(format!("the allow_list keeps letters to {address} in. Add the address to the allow_list."))
        }
        (0, None) => Outcome::Doubt(
            "nobody beside staff. Set urgent_contacts to an address that is read at any hour.".to_owned(),
        ),
        (1, None) => Outcome::Right("1 address beside staff".to_owned()),
        (count, None) => Outcome::Right(format!("{count} addresses beside staff")),
    };
    Check::new("who hears at once of safety and security", outcome)
}

fn safety(settings: &Settings) -> Check {
    let outcome = match &settings.policy.safety_contact {
        Some(contact) => Outcome::Right(print::plain(contact)),
        None => {
            Outcome::Doubt("their own process and 999. Set safety_contact to name somebody of yours too.".to_owned())
        }
    };
    Check::new("where partners are told to turn if patients may be at risk", outcome)
}

/// Never wrong, but whoever reads this should know it.
fn level(settings: &Settings, mailbox: &SharedMailbox) -> Check {
    let says = match mailbox.level {
        Level::Observe => "written and recorded, never sent (level observe)",
        Level::Hold => "held until somebody releases each (level hold)",
        Level::Send => "sent (level send)",
    };
    let mut how = says.to_owned();
    if !mailbox.levels.is_empty() {
        how.push_str("; some kinds have a level of their own");
    }
    if !settings.policy.allow_list.is_empty() {
        how.push_str("; only addresses on the allow-list get any");
    }
    Check::right(format!("letters of mailbox {} to partners", mailbox.name), how)
}

/// Only a running daemon is asked: to open the records would write to them.
fn partner_mail(settings: &Settings) -> Option<Check> {
    let answer = control::ask(&settings.socket(), &Request::Outbox).ok()??;
    let how = answer.message.map_or_else(|| "may leave".to_owned(), |message| print::plain(&message));
    Some(Check::right("mail to partners, asked of the running daemon", how))
}
