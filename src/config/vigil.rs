//! What shows that mail still comes, and how people hear when it does not: the canary, the alarm program, the heartbeat.

use std::path::{Path, PathBuf};

use super::accounts::{MailboxSettings, Sending};
use super::section::{Found, Section};
use crate::adapters::alarm::AlarmProgram;
use crate::domain::policy::{CanaryPlan, Policy};

/// How people hear of trouble beside mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmSettings {
    pub program: Option<AlarmProgram>,
    /// Touched when all mailboxes were looked into again.
    pub heartbeat_file: Option<PathBuf>,
}

pub(super) fn alarm(root: &Section<'_>, base: &Path) -> AlarmSettings {
    let section = root.section("alarm");
    let command = section.texts("command");
    if command.as_ref().is_some_and(Vec::is_empty) {
        let fix = "Give the path of a program and its arguments, each in quotes, or remove the line.";
        section.fault(section.at(), "\"command\" is empty", fix);
    }
    let mut words = command.into_iter().flatten().map(|found| found.value);
    let program = words.next().map(|program| AlarmProgram { program: base.join(program), arguments: words.collect() });
    let heartbeat_file = section.text("heartbeat_file").map(|found| base.join(found.value));
    section.finish();
    AlarmSettings { program, heartbeat_file }
}

pub(super) fn canary(root: &Section<'_>) -> Option<Found<CanaryPlan>> {
    let section = root.section("canary");
    let every_minutes = section.number("every_minutes", 5..=1_440);
    let late_minutes = section.number("late_minutes", 1..=1_440).unwrap_or(30);
    section.finish();
    Some(Found { value: CanaryPlan { every_minutes: every_minutes?, late_minutes }, at: section.at() })
}

/// One that cannot leave would only seem lost.
pub(super) fn canary_can_leave(root: &Section<'_>, at: usize, policy: &Policy, accounts: &[MailboxSettings]) {
    for mailbox in policy.mailboxes.iter().filter(|mailbox| !policy.allows(&mailbox.address)) {
        let what = format!("the allow_list keeps the canary of the mailbox \"{}\" in", mailbox.name);
        root.fault(at, what, format!("Add {} to the allow_list, or remove the table [canary].", mailbox.address));
    }
    for account in accounts.iter().filter(|account| matches!(account.sending, Sending::Folder(_))) {
        let what = format!("the canary of the mailbox \"{}\" would be written into its outbox_folder", account.name);
        root.fault(at, what, "Remove the table [canary], or let letters leave by [smtp].");
    }
}
