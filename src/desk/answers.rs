//! What the command line asks: cases, one story, why that date, the outbox, and the verbs of staff. Answers are rows of
//! JSON, the same whether a daemon gives them or the command opened the store itself.

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Desk, DeskError};
use crate::adapters::control::{Answer, Request};
use crate::adapters::store::StoreError;
use crate::config::Settings;
use crate::domain::case::Case;
use crate::domain::clocks::{Clock, ResponseClock};
use crate::domain::event::Event;
use crate::domain::ids::CaseRef;
use crate::domain::lane::Lane;
use crate::domain::outbox::{LetterState, OutboxLetter};
use crate::letters::Wording;

/// Answers without a daemon: takes the lock, opens the store, commits. What was mended meanwhile goes on the record and
/// to standard error.
pub fn answer_alone(settings: &Settings, request: Request, at: Timestamp) -> anyhow::Result<Answer> {
    let wording = Wording::with_replacements(settings.wording.clone()).context("the wording of letters")?;
    let (mut desk, opening) = Desk::open(&settings.var, settings.policy.clone(), wording, at)?;
    for handled in desk.tell_of_opening(&opening, at)? {
        if let Event::TroubleFound { detail, .. } = handled.event {
            eprintln!("assured: the records were mended. {detail}");
        }
    }
    let mut answer = desk.answer(request, at)?;
    let waiting = desk.store.letters_before(Timestamp::MAX, usize::MAX)?.len();
    if answer.message.is_some() && waiting > 0 {
        let letters = if waiting == 1 { "letter leaves" } else { "letters leave" };
        answer.message = answer.message.map(|m| format!("{m}\n{waiting} {letters} when the daemon runs."));
    }
    Ok(answer)
}

impl Desk {
    /// Answers a request; commands are decided and committed first.
    pub fn answer(&mut self, request: Request, at: Timestamp) -> Result<Answer, DeskError> {
        match request {
            Request::Do { case, command, by } => self.carry_out(Event::CommandGiven { at, by, case, command }),
            Request::Retry { letter, by } | Request::Release { letter, by } => {
                self.carry_out(Event::LetterReleased { at, by, letter })
            }
            Request::Cases | Request::Case { .. } | Request::Explain { .. } | Request::Outbox => {
                Ok(self.tell(&request, at)?)
            }
        }
    }

    /// Answers a request that changes nothing.
    pub fn tell(&self, request: &Request, at: Timestamp) -> Result<Answer, StoreError> {
        match request {
            Request::Cases => {
                let cases = self.store.cases()?;
                Ok(rows(cases.iter().map(|case| self.summary(case, at)).collect()))
            }
            Request::Case { reference } => self.with_case(*reference, |case| self.story(case, at)),
            Request::Explain { reference } => {
                self.with_case(*reference, |case| Ok(case.lanes.iter().map(|l| explain(case, l)).collect()))
            }
            Request::Outbox => Ok(rows(self.store.outbox()?.iter().map(letter_row).collect())),
            Request::Do { .. } | Request::Retry { .. } | Request::Release { .. } => {
                Ok(Answer { done: false, rows: Vec::new(), message: None })
            }
        }
    }

    fn carry_out(&mut self, event: Event) -> Result<Answer, DeskError> {
        let (done, message) = match self.take(event, None)? {
            Ok(handled) => {
                self.commit()?;
                (true, handled.why)
            }
            Err(refusal) => (false, refusal.to_string()),
        };
        Ok(Answer { done, rows: Vec::new(), message: Some(message) })
    }

    fn with_case(
        &self,
        reference: CaseRef,
        answer: impl FnOnce(&Case) -> Result<Vec<Value>, StoreError>,
    ) -> Result<Answer, StoreError> {
        match self.store.case(reference)? {
            Some(case) => Ok(rows(answer(&case)?)),
            None => {
                let message = Some(format!("There is no case {reference}. `assured cases` lists those that are open."));
                Ok(Answer { done: false, rows: Vec::new(), message })
            }
        }
    }

    fn summary(&self, case: &Case, at: Timestamp) -> Value {
        let lane = case.lanes.values().next();
        let clock = lane.and_then(|lane| lane.clock.as_ref());
        let response = clock.and_then(response);
        let calendar = &self.policy.calendar;
        json!({
            "case": case.reference,
            "phase": case.phase(),
            "waits_on": lane.filter(|_| case.is_open()).map(|lane| lane.phase.waits_on()),
            "organisation": case.supplier.organisation,
            "product": case.supplier.product,
            "ods_code": case.supplier.ods_code,
            "subject": case.subject,
            "opened": case.opened_at,
            "due": response.map(|clock| clock.due.due),
            "clock": clock_state(clock),
            "left": response.map(|clock| calendar.working_days_left(calendar.local_date(at), clock.due.due)),
            "overdue": response.is_some_and(|clock| clock.held.is_none() && at >= clock.due.due_at),
            "question_open": case.question_open,
        })
    }

    fn story(&self, case: &Case, at: Timestamp) -> Result<Vec<Value>, StoreError> {
        let mut row = self.summary(case, at);
        let letters = self.store.outbox()?;
        // A letter that left without trouble is told by its state.
        let story: Vec<_> = self.store.story(case.reference)?.into_iter().filter(|line| !line.why.is_empty()).collect();
        let letters = letters.iter().filter(|letter| letter.letter.case == Some(case.reference)).map(letter_row);
        let more = json!({
            "status": case.status,
            "submissions": case.submissions,
            "participants": case.participants,
            "letters": letters.collect::<Vec<_>>(),
            "story": story,
        });
        if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
            row.extend(more);
        }
        Ok(vec![row])
    }
}

fn rows(rows: Vec<Value>) -> Answer {
    Answer { done: true, rows, message: None }
}

fn explain(case: &Case, (name, lane): (&crate::domain::lane::LaneName, &Lane)) -> Value {
    let clock = lane.clock.as_ref();
    let answered = match clock {
        Some(Clock::Outcome(outcome)) => Some(json!({"at": outcome.answered_at, "by": outcome.answered_by})),
        Some(Clock::Response(_) | Clock::Reminder(_)) | None => None,
    };
    let due = clock.and_then(|clock| match clock {
        Clock::Response(clock) => Some(&clock.due),
        Clock::Outcome(outcome) => outcome.due.as_ref().or_else(|| outcome.response.as_deref().map(|r| &r.due)),
        Clock::Reminder(_) => None,
    });
    let response = clock.and_then(response);
    json!({
        "case": case.reference,
        "lane": name,
        "phase": lane.phase,
        "waits_on": lane.phase.waits_on(),
        "state": clock_state(clock),
        "why": format!("The case waits for {}.", lane.phase.awaits()),
        "received": due.map(|due| due.received),
        "days": due.map(|due| due.days),
        "due": due.map(|due| due.due),
        "due_at": due.map(|due| due.due_at),
        "provisional": due.map(|due| due.provisional),
        "counted": due.map(|due| &due.counted),
        "skipped": due.map(|due| &due.skipped),
        "holidays": due.map(|due| &due.holidays),
        "holds": response.map(|clock| &clock.holds),
        "held": response.and_then(|clock| clock.held.as_ref()),
        "answered": answered,
        "next_notice": clock.and_then(Clock::next),
    })
}

fn response(clock: &Clock) -> Option<&ResponseClock> {
    match clock {
        Clock::Response(clock) => Some(clock),
        Clock::Outcome(_) | Clock::Reminder(_) => None,
    }
}

fn clock_state(clock: Option<&Clock>) -> &'static str {
    match clock {
        Some(Clock::Response(clock)) if clock.held.is_some() => "held",
        Some(Clock::Response(_)) => "running",
        Some(Clock::Outcome(_)) => "answered",
        Some(Clock::Reminder(_)) => "reminder",
        None => "none",
    }
}

fn letter_row(letter: &OutboxLetter) -> Value {
    let OutboxLetter { letter: meta, queued_at, attempts, state } = letter;
    let (not_before, reason) = match state {
        LetterState::Waiting { not_before, reason } => (Some(not_before), reason.as_ref()),
        LetterState::Trying { since } => (Some(since), None),
        LetterState::Refused { reason, .. } => (None, Some(reason)),
        LetterState::Observed | LetterState::Held | LetterState::Sent { .. } => (None, None),
    };
    json!({
        "letter": meta.id,
        "kind": meta.kind,
        "case": meta.case,
        "to": meta.to,
        "subject": meta.subject,
        "state": state.name(),
        "attempts": attempts,
        "not_before": not_before,
        "reason": reason,
        "queued_at": queued_at,
        "message_id": meta.message_id,
    })
}
