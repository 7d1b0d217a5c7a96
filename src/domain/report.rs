//! The account of a period, such as a month: what came, which promises were kept and broken, what was held, where cases
//! wait. A fold of what was recorded, so that it says the same whenever it is asked. Days are half-open in London time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::calendar::{Calendar, Due};
use super::case::{Case, SubmissionKind};
use super::clocks::{Clock, Hold, ResponseClock};
use super::fact::{ClockChange, Fact};
use super::ids::CaseRef;
use super::lane::{Lane, LaneName, Party, Phase};

/// What a period looked like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub from: Date,
    /// The last day, included.
    pub to: Date,
    pub received: Received,
    pub answered: Answered,
    pub breaches: Vec<Breach>,
    pub holds: Vec<HeldClock>,
    pub waiting: Vec<Waiting>,
    pub partners: Vec<Partner>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Messages of partners that joined a case.
    pub messages: usize,
    pub submissions: BTreeMap<SubmissionKind, usize>,
}

/// Promises that were answered in the period.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Answered {
    pub count: usize,
    pub in_time: usize,
    pub in_time_percent: Option<f64>,
    /// Half of the answers took so many working days or fewer, nine of ten the other number.
    pub median_days: Option<u32>,
    pub percentile_90_days: Option<u32>,
    /// How many answers took how many working days.
    pub by_days: BTreeMap<u32, usize>,
}

/// A promise that was due in the period and not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    pub case: CaseRef,
    pub partner: String,
    pub phase: Phase,
    pub due: Date,
    /// When it was answered after all.
    pub answered: Option<Date>,
}

/// A hold that began in the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldClock {
    pub case: CaseRef,
    pub partner: String,
    pub from: Date,
    /// None while it lasts.
    pub until: Option<Date>,
    /// Working days that were added back.
    pub days: u32,
    pub reason: String,
}

/// Open cases in one phase at the end of the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    pub phase: Phase,
    pub waits_on: Party,
    pub cases: usize,
    pub overdue: usize,
    /// Working days since the first of them entered it.
    pub oldest_days: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Partner {
    pub partner: String,
    pub submissions: usize,
    pub answered: usize,
    pub in_time: usize,
    pub breaches: usize,
    /// Cases that are open at the end of the period.
    pub open: usize,
}

/// Collects what was recorded, in its order.
pub struct Ledger<'a> {
    calendar: &'a Calendar,
    from: Date,
    to: Date,
    now: Timestamp,
    cases: BTreeMap<CaseRef, Case>,
    promises: BTreeMap<(CaseRef, LaneName, Timestamp), Promise>,
    received: Received,
    by_case: BTreeMap<CaseRef, usize>,
    /// How the cases stood when the period ended, where it is over.
    at_end: Option<Stand>,
}

#[derive(Clone)]
struct Promise {
    phase: Phase,
    due: Due,
    holds: Vec<Hold>,
    held: Option<(Timestamp, String)>,
    answered: Option<Timestamp>,
    /// It was let go without an answer: the case was closed, or went on by itself.
    ended: Option<Timestamp>,
}

#[derive(Clone)]
struct Stand {
    waiting: Vec<Waiting>,
    open: Vec<CaseRef>,
}

impl<'a> Ledger<'a> {
    /// For the days from `from` to `to`, both included, as far as they have passed by `now`.
    pub fn new(calendar: &'a Calendar, from: Date, to: Date, now: Timestamp) -> Self {
        let (cases, promises, by_case) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { calendar, from, to, now, cases, promises, received: Received::default(), by_case, at_end: None }
    }

    /// Takes the facts of one step into account.
    pub fn add(&mut self, at: Timestamp, facts: &[(CaseRef, Fact)]) {
        let ends = self.calendar.day_end(self.to);
        if at >= ends && self.at_end.is_none() {
            self.at_end = Some(self.stand(ends));
        }
        // What staff move to another case did not come again.
        let corrects =
            facts.iter().any(|(_, fact)| matches!(fact, Fact::MessageMoved { .. } | Fact::CaseMerged { .. }));
        for (reference, fact) in facts {
            if let Fact::CaseOpened { mailbox, subject } = fact {
                let case = Case::open(*reference, at, mailbox.clone(), subject.clone());
                self.cases.entry(*reference).or_insert(case);
            }
            if !corrects {
                self.count_received(*reference, fact);
            }
            let Some(case) = self.cases.get_mut(reference) else { continue };
            let before = case.lanes.clone();
            case.apply(at, fact);
            let (after, is_open) = (case.lanes.clone(), case.is_open());
            let restarted = matches!(fact, Fact::ClockSet { change: ClockChange::Restarted, .. });
            for (name, lane) in &after {
                let before = before.get(name).filter(|before| *before != lane || !is_open);
                self.follow(*reference, name, before, lane, restarted);
            }
            if !is_open {
                self.end_all(*reference, at);
            }
            self.end_replaced(*reference, &after, at);
        }
    }

    pub fn report(self) -> Report {
        let stand = self.at_end.clone().unwrap_or_else(|| self.stand(self.now.min(self.calendar.day_end(self.to))));
        let mut partners: BTreeMap<String, Partner> = BTreeMap::new();
        let mut of = |case: CaseRef, count: &dyn Fn(&mut Partner)| {
            let name = self.partner(case);
            let row = partners.entry(name.clone()).or_insert_with(|| Partner { partner: name, ..Partner::default() });
            count(row);
        };
        let (mut days, mut in_time) = (Vec::new(), 0);
        let (mut breaches, mut holds) = (Vec::new(), Vec::new());
        for ((case, ..), promise) in &self.promises {
            if let Some(answered) = promise.answered.filter(|at| self.is_within(self.calendar.local_date(*at))) {
                let kept = usize::from(answered < promise.due.due_at);
                in_time += kept;
                days.push(promise.days_taken(self.calendar, answered));
                of(*case, &|row| (row.answered, row.in_time) = (row.answered + 1, row.in_time + kept));
            }
            if self.is_within(promise.due.due) && promise.is_broken(self.now) {
                of(*case, &|row| row.breaches += 1);
                let answered = promise.answered.map(|at| self.calendar.local_date(at));
                let (partner, phase) = (self.partner(*case), promise.phase);
                breaches.push(Breach { case: *case, partner, phase, due: promise.due.due, answered });
            }
            holds.extend(self.holds(*case, promise));
        }
        self.by_case.iter().for_each(|(case, count)| of(*case, &|row| row.submissions += count));
        stand.open.iter().for_each(|case| of(*case, &|row| row.open += 1));
        breaches.sort_by_key(|breach| (breach.due, breach.case));
        holds.sort_by_key(|hold| (hold.from, hold.case));
        let partners = partners.into_values().collect();
        let Self { from, to, received, .. } = self;
        let answered = answered(days, in_time);
        Report { from, to, received, answered, breaches, holds, waiting: stand.waiting, partners }
    }

    fn is_within(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    fn count_received(&mut self, case: CaseRef, fact: &Fact) {
        let (calendar, period) = (self.calendar, self.from..=self.to);
        let is_within = |at: Timestamp| period.contains(&calendar.local_date(at));
        if let Fact::MessageFiled { partner: Some(_), received_at, .. } = fact {
            self.received.messages += usize::from(is_within(*received_at));
        }
        if let Fact::SubmissionFiled(submission) = fact
            && is_within(submission.received_at)
        {
            *self.received.submissions.entry(submission.kind).or_default() += 1;
            *self.by_case.entry(case).or_default() += 1;
        }
    }

    /// Notes what became of the clock of a lane.
    fn follow(&mut self, case: CaseRef, name: &LaneName, before: Option<&Lane>, lane: &Lane, restarted: bool) {
        let key = |since| (case, name.clone(), since);
        match &lane.clock {
            Some(Clock::Response(clock)) => {
                let replaced = before.and_then(response).filter(|before| restarted && before.since != clock.since);
                if let Some(replaced) = replaced {
                    self.promises.remove(&key(replaced.since));
                }
                let promise = Promise::of(clock, lane.phase);
                let kept = self.promises.entry(key(clock.since)).or_insert_with(|| promise.clone());
                *kept = Promise { phase: kept.phase, ..promise };
            }
            Some(Clock::Outcome(outcome)) => {
                let Some(clock) = outcome.response.as_deref() else { return };
                let phase = self.promises.get(&key(clock.since)).map_or(lane.phase, |promise| promise.phase);
                let answered = Some(outcome.answered_at);
                self.promises.insert(key(clock.since), Promise { answered, ..Promise::of(clock, phase) });
            }
            Some(Clock::Reminder(_) | Clock::Session(_)) | None => {}
        }
    }

    /// Promises that neither run nor were answered are over; one that is put back runs again.
    fn end_replaced(&mut self, case: CaseRef, lanes: &BTreeMap<LaneName, Lane>, at: Timestamp) {
        let first = (case, LaneName::Assurance, Timestamp::MIN);
        let of_case = self.promises.range_mut(first..).take_while(|((of, ..), _)| *of == case);
        for ((_, name, since), promise) in of_case {
            let runs = lanes.get(name).and_then(response).is_some_and(|clock| clock.since == *since);
            if !runs && promise.answered.is_none() {
                promise.ended.get_or_insert(at);
            }
        }
    }

    fn end_all(&mut self, case: CaseRef, at: Timestamp) {
        self.end_replaced(case, &BTreeMap::new(), at);
    }

    fn holds(&self, case: CaseRef, promise: &Promise) -> Vec<HeldClock> {
        let partner = self.partner(case);
        let row = |from, until, days, reason: &str| HeldClock {
            case,
            partner: partner.clone(),
            from,
            until,
            days,
            reason: reason.to_owned(),
        };
        let over = promise.holds.iter().map(|hold| row(hold.from, Some(hold.until), hold.days, &hold.reason));
        let lasting = promise.held.iter().map(|(since, reason)| row(self.calendar.local_date(*since), None, 0, reason));
        over.chain(lasting).filter(|hold| self.is_within(hold.from)).collect()
    }

    /// How the open cases stand now, which is at `at`.
    fn stand(&self, at: Timestamp) -> Stand {
        // The first instant after the last day belongs to that day here.
        let today = self.calendar.local_date(at).min(self.to);
        let open: Vec<&Case> = self.cases.values().filter(|case| case.is_open()).collect();
        let mut waiting: BTreeMap<Phase, Waiting> = BTreeMap::new();
        for lane in open.iter().flat_map(|case| case.lanes.values()) {
            let phase = lane.phase;
            let none = Waiting { phase, waits_on: phase.waits_on(), cases: 0, overdue: 0, oldest_days: 0 };
            let row = waiting.entry(phase).or_insert(none);
            let age = self.calendar.working_days_left(self.calendar.local_date(lane.since), today);
            let overdue = response(lane).is_some_and(|clock| clock.held.is_none() && clock.due.due_at <= at);
            row.cases += 1;
            row.overdue += usize::from(overdue);
            row.oldest_days = row.oldest_days.max(age);
        }
        Stand { waiting: waiting.into_values().collect(), open: open.iter().map(|case| case.reference).collect() }
    }

    /// The organisation that a document names, else the domain that writes.
    fn partner(&self, case: CaseRef) -> String {
        let Some(case) = self.cases.get(&case) else { return case.to_string() };
        let domain = || case.correspondent.as_ref().map(|address| address.domain().to_owned());
        case.supplier.organisation.clone().or_else(domain).unwrap_or_else(|| "not named".to_owned())
    }
}

impl Promise {
    fn of(clock: &ResponseClock, phase: Phase) -> Self {
        let held = clock.held.as_ref().map(|held| (held.since, held.reason.clone()));
        Self { phase, due: clock.due.clone(), holds: clock.holds.clone(), held, answered: None, ended: None }
    }

    /// Working days from the day of receipt to that of the answer, without those on which the clock was held.
    fn days_taken(&self, calendar: &Calendar, answered: Timestamp) -> u32 {
        let days = calendar.working_days_left(self.due.received, calendar.local_date(answered));
        days.saturating_sub(self.holds.iter().map(|hold| hold.days).sum())
    }

    /// Its date has passed without an answer, an end or a hold before.
    fn is_broken(&self, now: Timestamp) -> bool {
        let held = self.held.as_ref().map(|(since, _)| *since);
        let stopped = [self.answered, self.ended, held].into_iter().flatten().min();
        self.due.due_at <= now && stopped.is_none_or(|at| at >= self.due.due_at)
    }
}

fn response(lane: &Lane) -> Option<&ResponseClock> {
    match &lane.clock {
        Some(Clock::Response(clock)) => Some(clock),
        Some(Clock::Outcome(_) | Clock::Reminder(_) | Clock::Session(_)) | None => None,
    }
}

fn answered(mut days: Vec<u32>, in_time: usize) -> Answered {
    days.sort_unstable();
    let mut by_days = BTreeMap::new();
    days.iter().for_each(|days| *by_days.entry(*days).or_default() += 1);
    let count = days.len();
    let percent = (in_time * 1_000 + count / 2).checked_div(count);
    Answered {
        count,
        in_time,
        in_time_percent: percent.map(|tenths| tenths as f64 / 10.0),
        median_days: percentile(&days, 50),
        percentile_90_days: percentile(&days, 90),
        by_days,
    }
}

/// The least value that so many per cent of all do not exceed; `sorted` goes up.
fn percentile(sorted: &[u32], percent: usize) -> Option<u32> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests;
