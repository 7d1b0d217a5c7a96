//! `assured check`: could the daemon do its work? Looks and tells; changes nothing, sends nothing.

mod connections;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use jiff::Span;
use jiff::civil::Date;

use crate::adapters::clock::Clock;
use crate::adapters::control::{self, Request};
use crate::cli::print;
use crate::config::{Fault, Secrets, Settings};
use crate::domain::ids::Address;
use crate::domain::policy::{Level, SharedMailbox};

pub(super) const ABOUT: &str = "\
Checks everything that the daemon needs, and says what to do about what is missing: the configuration with its passwords, \
the records folder, the bank holidays for the year to come, staff for each team; then for each mailbox the login, the \
folders and the way out. Folders are opened for reading only and nothing is sent. One line for each check; the exit code is \
0 when all is well and 1 when not.";

/// One thing looked at: how it is where it is well, or what is wrong and what to do.
struct Check {
    what: String,
    outcome: Result<String, String>,
}

pub(super) fn execute(file: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let settings = match Settings::load(file, Secrets::Checked) {
        Ok(settings) => settings,
        Err(faults) => {
            let check = |fault: &Fault| Check { what: "configuration".to_owned(), outcome: Err(fault.to_string()) };
            tell(out, &faults.iter().map(check).collect::<Vec<_>>())?;
            writeln!(out, "Nothing else was tried: the configuration comes first.")?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let today = settings.policy.calendar.local_date(Clock::real().now());
    let understood = Ok("every setting is understood".to_owned());
    let mut checks = vec![Check { what: format!("configuration {}", file.display()), outcome: understood }];
    checks.extend(local(&settings, today));
    checks.extend(partner_mail(&settings));
    let mut sound = tell(out, &checks)?;
    for mailbox in &settings.mailboxes {
        sound &= tell(out, &connections::checks(mailbox)?)?;
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What can be seen without a network.
fn local(settings: &Settings, today: Date) -> Vec<Check> {
    let mut checks = vec![records(&settings.var), holidays(settings, today), urgent(settings), safety(settings)];
    for mailbox in &settings.policy.mailboxes {
        checks.push(staff(settings, mailbox));
        checks.push(level(settings, mailbox));
    }
    checks
}

/// Prints each check; answers whether all is well.
fn tell(out: &mut dyn Write, checks: &[Check]) -> std::io::Result<bool> {
    for Check { what, outcome } in checks {
        match outcome {
            Ok(how) => writeln!(out, "✓ {what}: {how}")?,
            Err(why) => writeln!(out, "✗ {what}: {why}")?,
        }
    }
    out.flush()?;
    Ok(checks.iter().all(|check| check.outcome.is_ok()))
}

/// A file is made and removed in the folder, or in the one where it will be made.
fn records(var: &Path) -> Check {
    let what = format!("records folder {}", var.display());
    let Some(folder) = var.ancestors().find(|folder| folder.is_dir() || folder.as_os_str().is_empty()) else {
        return Check { what, outcome: Err("no folder above it exists. Set var to another place.".to_owned()) };
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let probe = folder.join(format!(".assured-check-{}", std::process::id()));
    let tried = File::create_new(&probe).and_then(|_| fs::remove_file(&probe));
    let outcome = match tried {
        Ok(()) if folder == var => Ok("can be written".to_owned()),
        Ok(()) => Ok("will be made at the first start".to_owned()),
        Err(error) => Err(format!(
            "{} cannot be written: {error}. Give it to the user that runs assured, or set var.",
            folder.display()
        )),
    };
    Check { what, outcome }
}

fn holidays(settings: &Settings, today: Date) -> Check {
    let (first, last) = settings.policy.calendar.holidays().years();
    let in_a_year = today.saturating_add(Span::new().years(1)).year();
    let outcome = match last >= in_a_year {
        true => Ok(format!("known for {first} to {last}")),
        false => Err(format!(
            "known to the end of {last} only, and dates a year from now fall into {in_a_year}. Save \
             https://www.gov.uk/bank-holidays.json and name it: holidays = \"bank-holidays.json\""
        )),
    };
    Check { what: "bank holidays".to_owned(), outcome }
}

fn staff(settings: &Settings, mailbox: &SharedMailbox) -> Check {
    let count = settings.policy.staff_of(mailbox.team, false).count();
    let outcome = match count {
        0 => Err("nobody would be told of new mail or broken promises. Give somebody its team as a role.".to_owned()),
        1 => Ok("1 person gets its notices".to_owned()),
        count => Ok(format!("{count} people get its notices")),
    };
    Check { what: format!("staff of mailbox {}", mailbox.name), outcome }
}

/// Never wrong, but whoever reads this should know it.
fn urgent(settings: &Settings) -> Check {
    let policy = &settings.policy;
    let kept_in = |address: &&Address| !policy.allows(address);
    let outcome = match (policy.urgent_contacts.len(), policy.urgent_contacts.iter().find(kept_in)) {
        (_, Some(address)) => {
            Err(format!("the allow_list keeps letters to {address} in. Add the address to the allow_list."))
        }
        (0, None) => Ok("nobody beside staff. Set urgent_contacts to an address that is read at any hour.".to_owned()),
        (1, None) => Ok("1 address beside staff".to_owned()),
        (count, None) => Ok(format!("{count} addresses beside staff")),
    };
    Check { what: "who hears at once of safety and security".to_owned(), outcome }
}

fn safety(settings: &Settings) -> Check {
    let told = match &settings.policy.safety_contact {
        Some(contact) => print::plain(contact),
        None => "their own process and 999. Set safety_contact to name somebody of yours too.".to_owned(),
    };
    Check { what: "where partners are told to turn if patients may be at risk".to_owned(), outcome: Ok(told) }
}

/// Only a running daemon is asked: to open the records would write to them.
fn partner_mail(settings: &Settings) -> Option<Check> {
    let answer = control::ask(&settings.socket(), &Request::Outbox).ok()??;
    let outcome = Ok(answer.message.map_or_else(|| "may leave".to_owned(), |message| print::plain(&message)));
    Some(Check { what: "mail to partners, asked of the running daemon".to_owned(), outcome })
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
    Check { what: format!("letters of mailbox {} to partners", mailbox.name), outcome: Ok(how) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TEXT: &str = r#"
outbox_folder = "out"
[[mailbox]]
name = "lsob"
address = "lsob@nhs.example"
team = "lsob"
maildir = "mail"
[[staff]]
name = "Amina"
address = "amina@nhs.example"
roles = ["sa"]
"#;

    #[test]
    fn what_is_missing_is_said_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::from_text(&folder.path().join("assured.toml"), TEXT, Secrets::Unseen).unwrap();
        let faults = |today| -> Vec<String> {
            local(&settings, today).into_iter().filter_map(|check| check.outcome.err()).collect()
        };
        assert!(matches!(faults(date(2026, 11, 23)).as_slice(), [only] if only.contains("nobody would be told")));
        assert!(faults(date(2028, 1, 1)).iter().any(|fault| fault.contains("gov.uk/bank-holidays.json")));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn whoever_hears_of_safety_is_told_and_that_nobody_is_set() {
        let says = |keys: &str| {
            let text = format!("{keys}\n{TEXT}");
            let settings = Settings::from_text(Path::new("assured.toml"), &text, Secrets::Unseen).unwrap();
            [urgent(&settings), safety(&settings)].map(|check| check.outcome)
        };
        let [urgent, safety] = says("");
        assert!(urgent.is_ok_and(|how| how.contains("Set urgent_contacts")));
        assert!(safety.is_ok_and(|how| how.contains("Set safety_contact")));
        let duty = "urgent_contacts = [\"duty@oncall.example\"]\nsafety_contact = \"the service desk\"";
        let [urgent, safety] = says(duty);
        assert_eq!((urgent.as_deref(), safety.as_deref()), (Ok("1 address beside staff"), Ok("the service desk")));
        let [urgent, _] = says(&format!("{duty}\nallow_list = [\"nhs.example\"]"));
        assert!(urgent.is_err_and(|why| why.contains("duty@oncall.example")));
    }
}
