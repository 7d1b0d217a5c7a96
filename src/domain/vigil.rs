//! Does mail still come? A mailbox may fall silent, and a message to ourselves, the canary, must come back to it.
//! Judged by looks into the mailbox that went well: one that cannot be read is another trouble, and so is told.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, in_words};
use super::ids::LetterId;
use super::outbox::OutboxLetter;
use super::policy::{CanaryPlan, SharedMailbox};

/// What is known of the mail of one mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vigil {
    /// When the server took in the last message from outside; noted only where silence is watched.
    pub heard_at: Option<Timestamp>,
    /// The last one that was written.
    pub canary: Option<Canary>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    pub letter: LetterId,
    pub written_at: Timestamp,
    pub back_at: Option<Timestamp>,
}

impl Vigil {
    pub fn hear(&mut self, at: Timestamp) {
        self.heard_at = self.heard_at.max(Some(at));
    }

    /// One that came after the next was written brings no news.
    pub fn back(&mut self, letter: LetterId, at: Timestamp) {
        if let Some(canary) = self.canary.as_mut().filter(|canary| canary.letter == letter) {
            canary.back_at = Some(at);
        }
    }
}

/// When the first and the last look began that went well, since the program started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    pub first: Timestamp,
    pub last: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// And stays so until then, if nothing else happens.
    Well { until: Option<Timestamp> },
    /// What is wrong, in a sentence.
    Wrong(String),
    /// Nothing can be said before a look that begins then or later.
    NotBefore(Timestamp),
    /// Nothing can be said before something else happens.
    Open,
}

/// Whether nobody outside has written for too long. Where nobody ever did, the program's start counts.
pub fn silence(calendar: &Calendar, mailbox: &SharedMailbox, vigil: &Vigil, looks: Option<Looks>) -> Verdict {
    let Some(hours) = mailbox.silence_office_hours else { return Verdict::Well { until: None } };
    let Some(looks) = looks else { return Verdict::NotBefore(Timestamp::MIN) };
    let since = vigil.heard_at.unwrap_or(looks.first);
    let until = calendar.after_office_hours(since, hours);
    if looks.last >= until {
        let day = in_words(calendar.local_date(since));
        let name = &mailbox.name;
        return Verdict::Wrong(format!(
            "No message from outside has come into the mailbox {name} since {day}, for {hours} office hours."
        ));
    }
    match vigil.heard_at {
        Some(_) => Verdict::Well { until: Some(until) },
        // A new start is no news of mail.
        None => Verdict::NotBefore(until),
    }
}

/// Whether the last canary came back in time. While the program was down it could not be seen.
pub fn lateness(calendar: &Calendar, plan: Option<&CanaryPlan>, vigil: &Vigil, looks: Option<Looks>) -> Verdict {
    let Some(plan) = plan else { return Verdict::Well { until: None } };
    let Some(canary) = &vigil.canary else { return Verdict::Open };
    if canary.back_at.is_some() {
        return Verdict::Well { until: None };
    }
    let Some(looks) = looks else { return Verdict::NotBefore(Timestamp::MIN) };
    let until = after(canary.written_at.max(looks.first), plan.late_minutes);
    if looks.last < until {
        return Verdict::NotBefore(until);
    }
    let written = canary.written_at.to_zoned(calendar.zone().clone());
    let written = format!("{} on {}", written.strftime("%H:%M"), in_words(written.date()));
    Verdict::Wrong(format!(
        "A message to ourselves that was written at {written} has not come back within {} minutes.",
        plan.late_minutes
    ))
}

/// When the next canary is to be written, `now` if at once; `None` while the last one has still to leave. In office hours
/// only: outside them nobody waits for an answer, servers are looked after, and one leaves as soon as the office opens.
pub fn next_canary(
    plan: &CanaryPlan,
    calendar: &Calendar,
    vigil: &Vigil,
    letter: Option<&OutboxLetter>,
    now: Timestamp,
) -> Option<Timestamp> {
    let due = match &vigil.canary {
        None => now,
        Some(canary) if canary.back_at.is_some() => after(canary.written_at, plan.every_minutes),
        Some(_) if letter.is_some_and(|letter| letter.due_at().is_some()) => return None,
        // The next one would hide that this one is late.
        Some(canary) => after(canary.written_at, plan.every_minutes.max(plan.late_minutes)),
    };
    Some(calendar.in_office_hours(due.max(now)))
}

fn after(at: Timestamp, minutes: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
