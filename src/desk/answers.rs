//! What the command line asks: cases, one story, why that date, the outbox, and the verbs of staff. Answers are rows of
//! JSON, the same whether a daemon gives them or the command opened the store itself.

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::standing::{self, promise, response, state};
use super::{Desk, DeskError};
use crate::adapters::control::{Answer, Request};
use crate::adapters::store::StoreError;
use crate::config::Settings;
use crate::domain::case::{Case, Participant, SetAside, Status};
use crate::domain::clocks::Clock;
use crate::domain::effect::LetterKind;
use crate::domain::event::{Event, Trouble};
use crate::domain::gate::Gate;
use crate::domain::ids::{CaseRef, LetterId};
use crate::domain::lane::Lane;
use crate::domain::outbox::{LetterState, OutboxLetter};
use crate::domain::reading::Format;
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
    let (mut answer, letters) = desk.answer_and_write(request, at)?;
    for line in desk.what_becomes_of(&letters)? {
        answer.message = answer.message.map(|message| format!("{message}\n{line}"));
    }
    Ok(answer)
}

impl Desk {
    /// Answers a request; commands are decided and committed first.
    pub fn answer(&mut self, request: Request, at: Timestamp) -> Result<Answer, DeskError> {
        Ok(self.answer_and_write(request, at)?.0)
    }

    /// As [`Desk::answer`], with the letters that the command wrote or let go.
    fn answer_and_write(&mut self, request: Request, at: Timestamp) -> Result<(Answer, Vec<LetterId>), DeskError> {
        match request {
            Request::Do { case, command, manner, by } => {
                self.carry_out(Event::CommandGiven { at, by, case, command, manner })
            }
            Request::Retry { letter, by } | Request::Release { letter, by } => {
                self.carry_out(Event::LetterReleased { at, by, letter })
            }
            Request::Cases | Request::Case { .. } | Request::Explain { .. } | Request::Outbox => {
                Ok((self.tell(&request, at)?, Vec::new()))
            }
        }
    }

    /// Whether these letters leave once a daemon runs.
    fn what_becomes_of(&self, letters: &[LetterId]) -> Result<Vec<String>, StoreError> {
        let (stopped, mut leave, mut stay) = (self.stop()?, 0, 0);
        for id in letters {
            let Some(letter) = self.store.letter(*id)? else { continue };
            match letter.state {
                LetterState::Waiting { .. } if stopped.as_ref().is_some_and(|stop| stop.holds(&letter)) => stay += 1,
                LetterState::Waiting { .. } => leave += 1,
                LetterState::Observed
                | LetterState::Held
                | LetterState::Trying { .. }
                | LetterState::Sent { .. }
                | LetterState::Refused { .. }
                | LetterState::Withdrawn { .. } => {}
            }
        }
        let leaving = match leave {
            0 => None,
            1 => Some("1 letter leaves when the daemon runs.".to_owned()),
            more => Some(format!("{more} letters leave when the daemon runs.")),
        };
        let staying = stopped.filter(|_| stay > 0).map(|stop| {
            let letters = if stay == 1 { "1 letter waits".to_owned() } else { format!("{stay} letters wait") };
            format!("{letters}: {}", stop.reason)
        });
        Ok(leaving.into_iter().chain(staying).collect())
    }

    /// What keeps letters in, if anything: a stop by staff, or the breaker.
    fn stop(&self) -> Result<Option<Stop>, StoreError> {
        if self.store.troubles()?.contains(&Trouble::BreakerTripped) {
            let reason = "mail is stopped, because very many letters left within an hour".to_owned();
            return Ok(Some(Stop { by_breaker: true, reason }));
        }
        let stop = |by| Stop { by_breaker: false, reason: format!("mail to partners is stopped, by {by}") };
        Ok(self.store.partner_mail_stopped()?.map(stop))
    }

    /// Answers a request that changes nothing.
    pub fn tell(&self, request: &Request, at: Timestamp) -> Result<Answer, StoreError> {
        match request {
            Request::Cases => {
                let cases = self.store.cases()?;
                let rows = cases.iter().map(|case| self.summary(case, at)).collect();
                Ok(Answer { done: true, rows, message: self.stop()?.map(|stop| stop.sentence()) })
            }
            Request::Case { reference } => self.with_case(*reference, |case| self.story(case, at)),
            Request::Explain { reference } => {
                self.with_case(*reference, |case| Ok(case.lanes.iter().map(|l| explain(case, l)).collect()))
            }
            Request::Outbox => {
                let stop = self.stop()?;
                let letters = self.store.outbox()?;
                let rows = letters.iter().map(|letter| self.letter_row(letter, stop.as_ref(), at));
                let rows = rows.collect::<Result<_, _>>()?;
                Ok(Answer { done: true, rows, message: stop.map(|stop| stop.sentence()) })
            }
            Request::Do { .. } | Request::Retry { .. } | Request::Release { .. } => {
                Ok(Answer { done: false, rows: Vec::new(), message: None })
            }
        }
    }

    fn carry_out(&mut self, event: Event) -> Result<(Answer, Vec<LetterId>), DeskError> {
        let released = if let Event::LetterReleased { letter, .. } = &event { Some(*letter) } else { None };
        let (done, message, letters) = match self.take(event, None)? {
            Ok(handled) => {
                self.commit()?;
                let written = handled.letters.iter().map(|letter| letter.id);
                (true, handled.why, written.chain(released).collect())
            }
            Err(refusal) => (false, refusal.to_string(), Vec::new()),
        };
        Ok((Answer { done, rows: Vec::new(), message: Some(message) }, letters))
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
        let mut row = json!({
            "case": case.reference,
            "phase": case.phase(),
            "waits_on": lane.filter(|_| case.is_open()).map(|lane| lane.phase.waits_on()),
            "organisation": case.supplier.organisation,
            "product": case.supplier.product,
            "ods_code": case.supplier.ods_code,
            "subject": case.subject,
            "opened": case.opened_at,
            "due": response.map(|clock| clock.due.due),
            "clock": state(clock),
            "left": response.map(|clock| calendar.working_days_left(calendar.local_date(at), clock.due.due)),
            "overdue": response.is_some_and(|clock| clock.held.is_none() && at >= clock.due.due_at),
            "question_open": case.question_open,
            "looked_after_by": case.assignee.as_ref().map(|assignee| &assignee.name),
            "not_routine": case.set_aside.as_ref().map(not_routine),
            "lanes": standing::lanes(case, calendar, at),
        });
        extend(&mut row, standing::open(case, at));
        row
    }

    fn story(&self, case: &Case, at: Timestamp) -> Result<Vec<Value>, StoreError> {
        let mut row = self.summary(case, at);
        let letters = self.store.outbox()?;
        // A letter that left without trouble is told by its state.
        let story: Vec<_> = self.store.story(case.reference)?.into_iter().filter(|line| !line.why.is_empty()).collect();
        let stop = self.stop()?;
        let letters = letters.iter().filter(|letter| letter.letter.case == Some(case.reference));
        let letters =
            letters.map(|letter| self.letter_row(letter, stop.as_ref(), at)).collect::<Result<Vec<_>, _>>()?;
        let more = json!({
            "status": case.status,
            "submissions": case.submissions,
            "participants": people(case),
            "letters": letters,
            "story": story,
        });
        extend(&mut row, more);
        Ok(vec![row])
    }

    fn letter_row(&self, letter: &OutboxLetter, stop: Option<&Stop>, at: Timestamp) -> Result<Value, StoreError> {
        let OutboxLetter { letter: meta, queued_at, attempts, state, may_have_left: _ } = letter;
        let (not_before, reason) = match state {
            LetterState::Waiting { not_before, reason } => match stop.filter(|stop| stop.holds(letter)) {
                Some(stop) => (Some(*not_before), Some(stop.reason.clone())),
                None => self.kept_in(letter, at)?.unwrap_or((Some(*not_before), reason.clone())),
            },
            LetterState::Trying { since } => (Some(*since), None),
            LetterState::Refused { reason, .. } => (None, Some(reason.clone())),
            LetterState::Observed | LetterState::Held | LetterState::Sent { .. } | LetterState::Withdrawn { .. } => {
                (None, None)
            }
        };
        Ok(json!({
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
        }))
    }

    /// What the gate would say of a letter that might leave now: until when it stays, if that is known, and why.
    fn kept_in(&self, letter: &OutboxLetter, at: Timestamp) -> Result<Option<KeptIn>, StoreError> {
        if letter.due_at().is_none_or(|due| due > at) {
            return Ok(None);
        }
        // Without its text it is refused when its turn comes, and says so then.
        let Ok(raw) = self.store.blob(&letter.letter.raw) else { return Ok(None) };
        Ok(match self.gate(letter, &raw, at)? {
            Gate::Pass => None,
            Gate::NotBefore { at, why } => Some((Some(at), Some(why))),
            Gate::Closed { why } | Gate::Trip { why } => Some((None, Some(why))),
        })
    }
}

type KeptIn = (Option<Timestamp>, Option<String>);

/// Why letters stay although they may be sent.
struct Stop {
    /// Keeps notices to staff in too, but for those that tell of trouble.
    by_breaker: bool,
    reason: String,
}

impl Stop {
    fn holds(&self, letter: &OutboxLetter) -> bool {
        let kind = letter.letter.kind;
        let waits = matches!(letter.state, LetterState::Waiting { .. });
        waits && if self.by_breaker { kind != LetterKind::StaffAttention } else { !kind.is_for_staff() }
    }

    fn sentence(&self) -> String {
        let mut letters = self.reason.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}. `assured do '!start'` lets it go on.", letters.as_str())
    }
}

fn extend(row: &mut Value, more: Value) {
    if let (Value::Object(row), Value::Object(more)) = (row, more) {
        row.extend(more);
    }
}

fn rows(rows: Vec<Value>) -> Answer {
    Answer { done: true, rows, message: None }
}

fn explain(case: &Case, (name, lane): (&crate::domain::lane::LaneName, &Lane)) -> Value {
    let clock = lane.clock.as_ref();
    let answered = match clock {
        Some(Clock::Outcome(outcome)) => {
            let in_time = outcome.response.as_ref().map(|response| outcome.answered_at < response.due.due_at);
            Some(json!({"at": outcome.answered_at, "by": outcome.answered_by, "in_time": in_time}))
        }
        Some(Clock::Response(_) | Clock::Reminder(_) | Clock::Session(_)) | None => None,
    };
    let due = clock.and_then(|clock| match clock {
        Clock::Response(clock) => Some(&clock.due),
        Clock::Outcome(outcome) => outcome.due.as_ref().or_else(|| outcome.response.as_deref().map(|r| &r.due)),
        Clock::Reminder(_) | Clock::Session(_) => None,
    });
    let response = clock.and_then(promise);
    json!({
        "case": case.reference,
        "lane": name,
        "status": case.status,
        "phase": lane.phase,
        "waits_on": case.is_open().then(|| lane.phase.waits_on()),
        "state": state(clock),
        "why": why_here(case, lane),
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

/// The participants by address.
fn people(case: &Case) -> Value {
    let person = |participant: &Participant| {
        let needs: Vec<&str> = participant.needs.iter().map(Format::in_words).collect();
        json!({"name": participant.name, "since": participant.since, "needs": needs})
    };
    case.participants.iter().map(|(address, participant)| (address.to_string(), person(participant))).collect()
}

fn not_routine(aside: &SetAside) -> Value {
    json!({"since": aside.since, "speaks_of": aside.matters, "why": aside.sentence()})
}

fn why_here(case: &Case, lane: &Lane) -> String {
    match &case.status {
        Status::Open => {
            let aside = case.set_aside.as_ref().map(|aside| format!(" {}", aside.sentence()));
            format!("The case waits for {}.{}", lane.phase.awaits(), aside.unwrap_or_default())
        }
        Status::Closed { by, reason, .. } => {
            format!("The case is closed, by {by}: {reason}. It had waited for {}.", lane.phase.awaits())
        }
    }
}
