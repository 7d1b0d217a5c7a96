//! The values of the digest: lists of cases, each cut, and the account of the mail.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::staff::about;
use crate::domain::calendar::in_words;
use crate::domain::digest::{Away, Digest, Entry};
use crate::domain::lane::Phase;
use crate::letters::words;

/// Cases that a list names; the rest are counted.
const ENTRIES_MAX: usize = 25;
const LINES_MAX: usize = 50;

#[derive(Serialize)]
pub(super) struct DigestView {
    day: String,
    /// How many need somebody of the team: the first thing that a busy reader wants to know.
    urgent: usize,
    broken: ListView,
    due_today: ListView,
    due_soon: ListView,
    without_outcome: ListView,
    questions: ListView,
    set_aside: ListView,
    sessions: ListView,
    waiting_on_partners: ListView,
    held: ListView,
    to_place: Vec<String>,
    more_to_place: usize,
    troubles: Vec<String>,
    away: Vec<AwayView>,
    since: String,
    received: u32,
    filed: u32,
    ignored: u32,
    left_to_staff: u32,
    canaries: u32,
    quarantined: u32,
}

#[derive(Serialize)]
struct ListView {
    entries: Vec<EntryView>,
    more: usize,
}

#[derive(Serialize)]
struct EntryView {
    case: String,
    about: String,
    phase: Phase,
    looked_after_by: Option<String>,
    day: String,
    working_days: u32,
}

#[derive(Serialize)]
struct AwayView {
    name: String,
    until: String,
    deputy: Option<String>,
}

pub(super) fn digest(content: &Digest, zone: &TimeZone) -> DigestView {
    let account = &content.account;
    let seen_to = account.left_to_staff.saturating_add(account.quarantined) as usize;
    DigestView {
        day: in_words(content.day),
        urgent: [&content.broken, &content.due_today, &content.questions, &content.set_aside]
            .into_iter()
            .map(Vec::len)
            .sum(),
        broken: list(&content.broken),
        due_today: list(&content.due_today),
        due_soon: list(&content.due_soon),
        without_outcome: list(&content.without_outcome),
        questions: list(&content.questions),
        set_aside: list(&content.set_aside),
        sessions: list(&content.sessions),
        waiting_on_partners: list(&content.waiting_on_partners),
        held: list(&content.held),
        to_place: content.to_place.iter().take(LINES_MAX).map(|line| words::sentence(line)).collect(),
        more_to_place: seen_to.saturating_sub(content.to_place.len().min(LINES_MAX)),
        troubles: content.troubles.iter().map(|line| words::sentence(line)).collect(),
        away: content.away.iter().map(away).collect(),
        since: words::moment(account.since, zone),
        received: account.received(),
        filed: account.filed,
        ignored: account.ignored,
        left_to_staff: account.left_to_staff,
        canaries: account.canaries,
        quarantined: account.quarantined,
    }
}

fn away(away: &Away) -> AwayView {
    AwayView {
        name: words::name(&away.name),
        until: in_words(away.until),
        deputy: words::some_name(away.deputy.as_ref()),
    }
}

fn list(entries: &[Entry]) -> ListView {
    let entry = |entry: &Entry| EntryView {
        case: entry.case.to_string(),
        about: about(&entry.supplier).unwrap_or_else(|| words::name(&entry.subject)),
        phase: entry.phase,
        looked_after_by: words::some_name(entry.looked_after_by.as_ref()),
        day: in_words(entry.day),
        working_days: entry.working_days,
    };
    ListView {
        entries: entries.iter().take(ENTRIES_MAX).map(entry).collect(),
        more: entries.len().saturating_sub(ENTRIES_MAX),
    }
}
