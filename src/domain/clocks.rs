//! The three clocks of a lane (PROCESS.md, "Clocks"): response and outcome for a team, reminder for a partner.
//! A clock carries its own next moment, so that whoever wakes it needs no calendar. Never reads the time.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Due};
use super::policy::Reminders;

/// Notices overtaken while the program was down; a longer absence is summed up by the latest.
const OVERTAKEN_MAX: usize = 400;

/// The one clock that runs in a lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "clock", rename_all = "kebab-case")]
pub enum Clock {
    Response(ResponseClock),
    Outcome(OutcomeClock),
    Reminder(ReminderClock),
    Session(SessionClock),
}

/// Runs from a submission to the first answer by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseClock {
    /// When the submission arrived that started it.
    pub since: Timestamp,
    /// When the latest submission arrived that this clock answers for.
    pub latest_at: Timestamp,
    pub due: Due,
    pub warn_before: u32,
    #[serde(default)]
    pub holds: Vec<Hold>,
    #[serde(default)]
    pub held: Option<Held>,
    #[serde(default)]
    pub next: Option<Notice>,
}

/// A hold that is over. Its working days were added to the due date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub from: Date,
    pub until: Date,
    pub days: u32,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub since: Timestamp,
    pub reason: String,
    /// The notice that would have come next: none is given while the clock is held, and none twice afterwards.
    #[serde(default)]
    pub next: Option<Notice>,
}

/// Runs from the answer to the recorded outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeClock {
    pub answered_at: Timestamp,
    pub answered_by: String,
    /// The promise that was answered, kept for reports.
    pub response: Option<Box<ResponseClock>>,
    #[serde(default)]
    pub due: Option<Due>,
    #[serde(default)]
    pub next: Option<Notice>,
}

/// Runs while a partner is awaited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderClock {
    pub since: Date,
    pub plan: Reminders,
    #[serde(default)]
    pub next: Option<Notice>,
}

/// Runs up to the day of a witness testing session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClock {
    /// The local date of the session.
    pub day: Date,
    #[serde(default)]
    pub next: Option<Notice>,
}

/// A moment at which somebody is told something, once for a case, a rule and a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub rule: Rule,
    /// The working day that the notice belongs to.
    pub day: Date,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A promise is nearly due.
    Warn,
    /// The promise was broken yesterday.
    Breach,
    /// It is still broken; every working day, and the lead is told too.
    Escalate,
    OutcomeOverdue,
    Nudge,
    NudgeAgain,
    /// The partner stays silent.
    TellStaff,
    /// The session is on the next working day.
    SessionEve,
    /// The session was on the working day before: what came of it?
    SessionOver,
}

/// What a clock says when it is woken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The latest notice that is due: the one to give.
    pub give: Notice,
    /// Earlier ones that nobody was told of because the program was down.
    pub passed_over: Vec<Notice>,
    pub next: Option<Notice>,
}

impl Rule {
    /// A letter to the partner; every other notice goes to staff.
    pub fn is_reminder(self) -> bool {
        matches!(self, Self::Nudge | Self::NudgeAgain)
    }

    pub fn is_of_session(self) -> bool {
        matches!(self, Self::SessionEve | Self::SessionOver)
    }
}

impl Clock {
    pub fn next(&self) -> Option<&Notice> {
        match self {
            Self::Response(clock) => clock.next.as_ref(),
            Self::Outcome(clock) => clock.next.as_ref(),
            Self::Reminder(clock) => clock.next.as_ref(),
            Self::Session(clock) => clock.next.as_ref(),
        }
    }

    pub fn is_of_session(&self) -> bool {
        matches!(self, Self::Session(_))
    }

    /// A response clock runs for something that had arrived by then.
    pub fn started_by(&self, at: Timestamp) -> bool {
        match self {
            Self::Response(clock) => clock.since <= at,
            Self::Outcome(_) | Self::Reminder(_) | Self::Session(_) => false,
        }
    }

    pub fn set_next(&mut self, next: Option<Notice>) {
        match self {
            Self::Response(clock) => clock.next = next,
            Self::Outcome(clock) => clock.next = next,
            Self::Reminder(clock) => clock.next = next,
            Self::Session(clock) => clock.next = next,
        }
    }

    /// The notice to give at `at`, if one is due. Waking a clock early or twice says nothing.
    pub fn ring(&self, calendar: &Calendar, at: Timestamp) -> Option<Rung> {
        let mut give = self.next().filter(|notice| notice.at <= at)?.clone();
        let mut passed_over = Vec::new();
        let mut next = self.after(calendar, &give);
        while let Some(later) = next.clone().filter(|notice| notice.at <= at && passed_over.len() < OVERTAKEN_MAX) {
            next = self.after(calendar, &later);
            passed_over.push(std::mem::replace(&mut give, later));
        }
        Some(Rung { give, passed_over, next })
    }

    fn after(&self, calendar: &Calendar, given: &Notice) -> Option<Notice> {
        let on = |rule, day| Some(notice(calendar, rule, day));
        match (self, given.rule) {
            (Self::Response(clock), Rule::Warn) => on(Rule::Breach, calendar.next_working_day(clock.due.due)),
            (Self::Response(_), Rule::Breach | Rule::Escalate) => {
                on(Rule::Escalate, calendar.next_working_day(given.day))
            }
            (Self::Reminder(clock), Rule::Nudge) => {
                on(Rule::NudgeAgain, calendar.due(clock.since, clock.plan.second).due)
            }
            (Self::Reminder(clock), Rule::NudgeAgain) => {
                on(Rule::TellStaff, calendar.due(clock.since, clock.plan.tell_staff).due)
            }
            (Self::Session(clock), Rule::SessionEve) => on(Rule::SessionOver, calendar.next_working_day(clock.day)),
            (
                Self::Response(_) | Self::Outcome(_) | Self::Reminder(_) | Self::Session(_),
                Rule::Warn
                | Rule::Breach
                | Rule::Escalate
                | Rule::OutcomeOverdue
                | Rule::Nudge
                | Rule::NudgeAgain
                | Rule::TellStaff
                | Rule::SessionEve
                | Rule::SessionOver,
            ) => None,
        }
    }
}

impl ResponseClock {
    /// It was never held.
    pub fn is_untouched(&self) -> bool {
        self.held.is_none() && self.holds.is_empty()
    }

    /// A clock for what arrived at `received_at`, due `days` working days after that day.
    pub fn start(calendar: &Calendar, received_at: Timestamp, days: u32, warn_before: u32) -> Self {
        let due = calendar.due(calendar.day_received(received_at), days);
        let next = Some(first_notice(calendar, &due, warn_before));
        Self { since: received_at, latest_at: received_at, due, warn_before, holds: Vec::new(), held: None, next }
    }

    /// The working days that were added for holds.
    pub fn held_days(&self) -> u32 {
        self.holds.iter().fold(0, |days, hold| days.saturating_add(hold.days))
    }

    /// Stops the notices. A promise that is already broken stays broken.
    pub fn hold(&self, at: Timestamp, reason: &str) -> Self {
        let held = Some(Held { since: at, reason: reason.to_owned(), next: self.next.clone() });
        Self { held, next: None, ..self.clone() }
    }

    /// Adds back the working days d with `start <= d < resume` and starts the notices again. A promise that was
    /// broken before the hold keeps its date.
    pub fn resume(&self, calendar: &Calendar, at: Timestamp) -> Self {
        let Some(held) = &self.held else { return self.clone() };
        let (from, until) = (calendar.local_date(held.since), calendar.local_date(at));
        let broken = held.since >= self.due.due_at;
        let days = if broken { 0 } else { calendar.working_days_held(from, until) };
        let due = calendar.due(self.due.received, self.due.days.saturating_add(days));
        let next = match &held.next {
            // Nothing was given yet of what a broken promise asks for: the breach itself still is.
            Some(Notice { rule: Rule::Warn | Rule::Breach, .. }) | None if broken => {
                Some(notice(calendar, Rule::Breach, calendar.local_date(calendar.in_office_hours(at))))
            }
            Some(_) if broken => Some(notice(calendar, Rule::Escalate, calendar.next_working_day(until))),
            // The same due date: what was given for it is not given again.
            Some(waiting) if days == 0 => Some(waiting.clone()),
            Some(_) | None => Some(first_notice(calendar, &due, self.warn_before)),
        };
        let mut holds = self.holds.clone();
        holds.push(Hold { from, until, days, reason: held.reason.clone() });
        Self { due, holds, held: None, next, ..self.clone() }
    }

    /// Counts anew from the latest submission; `None` where it counts from that day already. Holds count for the days
    /// on which they still were in force, and a clock that is held stays so.
    pub fn restart(&self, calendar: &Calendar) -> Option<Self> {
        let received = calendar.day_received(self.latest_at);
        if received <= self.due.received {
            return None;
        }
        let days = self.holds.iter().fold(self.due.days, |days, hold| days.saturating_sub(hold.days));
        let started = Self::start(calendar, self.latest_at, days, self.warn_before);
        let holds: Vec<Hold> = self
            .holds
            .iter()
            .filter(|hold| hold.until > received)
            .map(|hold| {
                let from = hold.from.max(received);
                Hold { from, days: calendar.working_days_held(from, hold.until), ..hold.clone() }
            })
            .collect();
        let held_days = holds.iter().map(|hold| hold.days).sum();
        let due = calendar.due(received, days.saturating_add(held_days));
        let first = Some(first_notice(calendar, &due, self.warn_before));
        let held = self.held.clone().map(|held| Held { next: first.clone(), ..held });
        let next = first.filter(|_| held.is_none());
        Some(Self { due, holds, held, next, ..started })
    }

    /// The promise is answered; from here the clock to the outcome runs.
    pub fn answer(&self, calendar: &Calendar, at: Timestamp, by: &str, outcome_days: Option<u32>) -> OutcomeClock {
        OutcomeClock::start(calendar, at, by, Some(self.clone()), outcome_days)
    }
}

impl OutcomeClock {
    pub fn start(
        calendar: &Calendar,
        at: Timestamp,
        by: &str,
        response: Option<ResponseClock>,
        outcome_days: Option<u32>,
    ) -> Self {
        let due = outcome_days.map(|days| calendar.due(calendar.local_date(at), days));
        let overdue = |due: &Due| notice(calendar, Rule::OutcomeOverdue, calendar.next_working_day(due.due));
        let next = due.as_ref().map(overdue);
        Self { answered_at: at, answered_by: by.to_owned(), response: response.map(Box::new), due, next }
    }
}

impl ReminderClock {
    /// The partner named a day: the first reminder comes on the working day after it, the others from then on.
    pub fn until(calendar: &Calendar, day: Date, plan: &Reminders) -> Self {
        let next = Some(notice(calendar, Rule::Nudge, calendar.next_working_day(day)));
        Self { since: day, plan: plan.clone(), next }
    }

    pub fn start(calendar: &Calendar, at: Timestamp, plan: &Reminders) -> Self {
        let since = calendar.local_date(at);
        let next = Some(notice(calendar, Rule::Nudge, calendar.due(since, plan.first).due));
        Self { since, plan: plan.clone(), next }
    }
}

impl SessionClock {
    /// A session that is booked for today, or whose eve is past, is not announced again.
    pub fn start(calendar: &Calendar, at: Timestamp, day: Date) -> Self {
        let eve = notice(calendar, Rule::SessionEve, calendar.working_days_before(day, 1));
        let over = || notice(calendar, Rule::SessionOver, calendar.next_working_day(day));
        let next = if calendar.local_date(at) < eve.day { eve } else { over() };
        Self { day, next: Some(next) }
    }
}

fn first_notice(calendar: &Calendar, due: &Due, warn_before: u32) -> Notice {
    let day = calendar.working_days_before(due.due, warn_before);
    if warn_before > 0 && day > due.received {
        return notice(calendar, Rule::Warn, day);
    }
    notice(calendar, Rule::Breach, calendar.next_working_day(due.due))
}

fn notice(calendar: &Calendar, rule: Rule, day: Date) -> Notice {
    Notice { rule, day, at: calendar.opening(day) }
}

#[cfg(test)]
mod tests;
