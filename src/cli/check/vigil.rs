//! The checks of how anybody would notice that mail does not come, or that the program does not run. Starts nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Check, Outcome};
use crate::config::{Sending, Settings};
use crate::domain::policy::SharedMailbox;

pub(super) fn checks(settings: &Settings) -> Vec<Check> {
    let mut checks: Vec<Check> = settings.policy.mailboxes.iter().map(silence).collect();
    checks.push(Check::new("messages to ourselves", canary(settings)));
    let program = settings.alarm.program.as_ref().map(|alarm| alarm.program.as_path());
    checks.push(Check::new("who hears when mail itself is broken", alarm(program)));
    let heartbeat = settings.alarm.heartbeat_file.as_deref();
    checks.extend(heartbeat.map(|file| Check::new(format!("heartbeat file {}", file.display()), beats(file))));
    checks
}

fn silence(mailbox: &SharedMailbox) -> Check {
    let outcome = match mailbox.silence_office_hours {
        Some(hours) => Outcome::Right(format!("staff are told after {hours} office hours")),
        None => Outcome::Doubt("nobody would be told. Set silence_office_hours.".to_owned()),
    };
    Check::new(format!("silence in mailbox {}", mailbox.name), outcome)
}

fn canary(settings: &Settings) -> Outcome {
    match settings.policy.canary {
        Some(plan) => Outcome::Right(format!(
            "one every {} minutes in office hours, late after {} minutes",
            plan.every_minutes, plan.late_minutes
        )),
        None if settings.mailboxes.iter().any(|mailbox| matches!(mailbox.sending, Sending::Folder(_))) => {
            Outcome::Right("none, since letters are written into a folder".to_owned())
        }
        None => Outcome::Doubt(
            "none, so that mail which gets lost on its way is noticed by whoever waits for it. Set every_minutes in [canary]."
                .to_owned(),
        ),
    }
}

fn alarm(program: Option<&Path>) -> Outcome {
    let Some(program) = program else {
        return Outcome::Doubt(
            "nobody, until somebody looks. Set command in [alarm] to a program that reaches people by another way."
                .to_owned(),
        );
    };
    let name = program.display();
    match fs::metadata(program) {
        Err(error) => Outcome::Wrong(format!("{name} cannot be found: {error}. Correct command in [alarm].")),
        Ok(found) if !found.is_file() => Outcome::Wrong(format!("{name} is no file. Correct command in [alarm].")),
        Ok(found) if found.permissions().mode() & 0o111 == 0 => {
            Outcome::Wrong(format!("{name} is not executable. Give it the right to be: chmod +x {name}"))
        }
        Ok(_) => Outcome::Right(format!("{name} is executable; it was not started")),
    }
}

fn beats(file: &Path) -> Outcome {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match folder.is_dir() {
        true => Outcome::Right("is touched after every round of the mailboxes".to_owned()),
        false => Outcome::Wrong(format!("{} is no folder. Make it, or correct heartbeat_file.", folder.display())),
    }
}
