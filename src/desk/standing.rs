//! How a case stands, as rows of JSON: every lane with its clock, and what is open beside it. Decides nothing.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::calendar::{Calendar, Due};
use crate::domain::case::Case;
use crate::domain::clocks::{Clock, ResponseClock};
use crate::domain::lane::{Lane, LaneName};

/// Each lane: where it stands, on whom it waits, and until when.
pub(super) fn lanes(case: &Case, calendar: &Calendar, at: Timestamp) -> Vec<Value> {
    case.lanes.iter().map(|(name, lane)| row(case, name, lane, calendar, at)).collect()
}

fn row(case: &Case, name: &LaneName, lane: &Lane, calendar: &Calendar, at: Timestamp) -> Value {
    let clock = lane.clock.as_ref();
    let due = clock.and_then(due);
    let held = clock.and_then(promise).and_then(|clock| clock.held.as_ref());
    let organisation = if let LaneName::Form(code) = name { Some(code).filter(|code| !code.is_empty()) } else { None };
    json!({
        "lane": name,
        "organisation": organisation,
        "phase": lane.phase,
        "waits_on": case.is_open().then(|| lane.phase.waits_on()),
        "since": lane.since,
        "clock": match clock {
            // Work of the team's own, of which nobody was promised an answer.
            Some(Clock::Outcome(outcome)) if outcome.response.is_none() => "work",
            clock => state(clock),
        },
        "due": due.map(|due| due.due),
        "left": due.map(|due| calendar.working_days_left(calendar.local_date(at), due.due)),
        "overdue": due.is_some_and(|due| held.is_none() && at >= due.due_at),
        "held": held,
        "answered": clock.and_then(|clock| if let Clock::Outcome(told) = clock { Some(told.answered_at) } else { None }),
        "next_notice": clock.and_then(Clock::next),
        "session_day": clock.and_then(|clock| if let Clock::Session(told) = clock { Some(told.day) } else { None }),
        "returns_to": lane.returns_to.as_ref().map(|stood| stood.phase),
    })
}

/// What is open on a case beside the dates of its lanes.
pub(super) fn open(case: &Case, at: Timestamp) -> Value {
    let undo = case
        .undo
        .as_ref()
        .filter(|undo| at <= undo.until() && !undo.leaves_at_once() && !undo.is_corrected_otherwise());
    json!({
        "round": case.round,
        "mode": case.mode,
        "session": case.session,
        "attendance": case.attendance,
        "open_tests": case.open_tests,
        "scal_update_asked": case.scal_update_asked,
        "approved": case.approved_at,
        "undo": undo.map(|undo| json!({"command": undo.verb, "by": undo.by, "until": undo.until()})),
    })
}

/// The date that a clock runs to: that of the promise or, once it is answered, of the outcome.
fn due(clock: &Clock) -> Option<&Due> {
    match clock {
        Clock::Response(clock) => Some(&clock.due),
        Clock::Outcome(outcome) => outcome.due.as_ref(),
        Clock::Reminder(_) | Clock::Session(_) => None,
    }
}

pub(super) fn response(clock: &Clock) -> Option<&ResponseClock> {
    match clock {
        Clock::Response(clock) => Some(clock),
        Clock::Outcome(_) | Clock::Reminder(_) | Clock::Session(_) => None,
    }
}

/// The promise that runs, or that was answered.
pub(super) fn promise(clock: &Clock) -> Option<&ResponseClock> {
    match clock {
        Clock::Response(clock) => Some(clock),
        Clock::Outcome(outcome) => outcome.response.as_deref(),
        Clock::Reminder(_) | Clock::Session(_) => None,
    }
}

pub(super) fn state(clock: Option<&Clock>) -> &'static str {
    match clock {
        Some(Clock::Response(clock)) if clock.held.is_some() => "held",
        Some(Clock::Response(_)) => "running",
        Some(Clock::Outcome(_)) => "answered",
        Some(Clock::Reminder(_)) => "reminder",
        Some(Clock::Session(_)) => "session",
        None => "none",
    }
}
