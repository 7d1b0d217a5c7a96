//! The account of what came in, and the digest of a working day: what is due, broken, waiting or needs a person.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::Due;
use super::case::Case;
use super::clocks::Clock;
use super::ids::CaseRef;
use super::lane::{Lane, LaneName, Party, Phase};
use super::policy::{Policy, Team};
use super::reading::Supplier;

/// Messages that are named of those that a person must place; the others are counted.
const TO_PLACE_MAX: usize = 50;

/// What became of every message since the last digest. Received is filed, ignored and quarantined together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub since: Timestamp,
    pub filed: u32,
    /// Automatic mail, copies, and what staff must place themselves.
    pub ignored: u32,
    /// Of those ignored, what staff must place.
    pub left_to_staff: u32,
    /// Of those ignored, our own messages to ourselves.
    #[serde(default)]
    pub canaries: u32,
    pub quarantined: u32,
    /// A line for each of those that a person must look at.
    pub to_place: Vec<String>,
}

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    Filed,
    Ignored,
    Canary,
    LeftToStaff { what: String },
    Quarantined { what: String },
}

impl Account {
    pub fn since(at: Timestamp) -> Self {
        Self { since: at, filed: 0, ignored: 0, left_to_staff: 0, canaries: 0, quarantined: 0, to_place: Vec::new() }
    }

    pub fn count(&mut self, became: Became) {
        let (count, line) = match became {
            Became::Filed => (&mut self.filed, None),
            Became::Ignored => (&mut self.ignored, None),
            Became::Canary => {
                self.canaries = self.canaries.saturating_add(1);
                (&mut self.ignored, None)
            }
            Became::LeftToStaff { what } => {
                self.left_to_staff = self.left_to_staff.saturating_add(1);
                (&mut self.ignored, Some(what))
            }
            Became::Quarantined { what } => (&mut self.quarantined, Some(what)),
        };
        *count = count.saturating_add(1);
        self.to_place.extend(line.filter(|_| self.to_place.len() < TO_PLACE_MAX));
    }

    pub fn received(&self) -> u32 {
        self.filed.saturating_add(self.ignored).saturating_add(self.quarantined)
    }
}

/// What one team finds in its mail at 8.30am of a working day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub day: Date,
    pub broken: Vec<Entry>,
    pub due_today: Vec<Entry>,
    /// Within the next working days.
    pub due_soon: Vec<Entry>,
    /// The partner was answered, and no outcome is recorded.
    pub without_outcome: Vec<Entry>,
    pub questions: Vec<Entry>,
    pub set_aside: Vec<Entry>,
    pub sessions: Vec<Entry>,
    pub waiting_on_partners: Vec<Entry>,
    pub held: Vec<Entry>,
    /// Messages and letters that a person must see to, a line each.
    pub to_place: Vec<String>,
    pub account: Account,
    /// What is wrong with the world around the program.
    pub troubles: Vec<String>,
    pub away: Vec<Away>,
}

/// Somebody of ours who is away today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    pub name: String,
    /// The last day of it.
    pub until: Date,
    /// Who stands in.
    pub deputy: Option<String>,
}

/// One lane of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub case: CaseRef,
    pub supplier: Supplier,
    pub subject: String,
    pub phase: Phase,
    /// Who of ours looks after the case.
    pub looked_after_by: Option<String>,
    /// The day that matters: when it is due, or since when it waits.
    pub day: Date,
    /// Working days to it, or since it.
    pub working_days: u32,
}

/// How far ahead a promise is named: PROCESS.md, "Clocks".
const SOON_WORKING_DAYS: u32 = 2;

pub fn digest<'a>(
    policy: &Policy,
    team: Team,
    day: Date,
    cases: impl Iterator<Item = &'a Case>,
    account: Account,
) -> Digest {
    let mut digest = Digest {
        day,
        broken: Vec::new(),
        due_today: Vec::new(),
        due_soon: Vec::new(),
        without_outcome: Vec::new(),
        questions: Vec::new(),
        set_aside: Vec::new(),
        sessions: Vec::new(),
        waiting_on_partners: Vec::new(),
        held: Vec::new(),
        to_place: account.to_place.clone(),
        account,
        troubles: Vec::new(),
        away: Vec::new(),
    };
    for case in cases.filter(|case| case.is_open()) {
        let mut theirs = false;
        for (name, lane) in &case.lanes {
            if team_of(policy, case, name) == team {
                theirs = true;
                digest.add_lane(policy, case, lane);
            }
        }
        if theirs {
            digest.add_case(policy, case);
        }
    }
    let by_day = |entries: &mut Vec<Entry>| entries.sort_by_key(|entry| (entry.day, entry.case));
    [
        &mut digest.broken,
        &mut digest.due_today,
        &mut digest.due_soon,
        &mut digest.without_outcome,
        &mut digest.questions,
        &mut digest.sessions,
        &mut digest.waiting_on_partners,
    ]
    .into_iter()
    .for_each(by_day);
    digest
}

/// Whose work a lane is.
pub fn team_of(policy: &Policy, case: &Case, lane: &LaneName) -> Team {
    match lane {
        LaneName::Agreement | LaneName::Form(_) => Team::Lsob,
        LaneName::Assurance => {
            let reached = policy.mailbox(&case.mailbox).map(|mailbox| mailbox.team);
            let enquiry = case.lane(lane).is_some_and(|lane| lane.phase == Phase::Enquiry);
            reached.filter(|_| enquiry).unwrap_or(Team::Sa)
        }
    }
}

fn assignee(case: &Case) -> Option<String> {
    case.assignee.as_ref().map(|assignee| assignee.name.clone())
}

impl Digest {
    /// Nobody wrote, nothing is open, and nothing is wrong.
    pub fn is_empty(&self) -> bool {
        let lists = [
            &self.broken,
            &self.due_today,
            &self.due_soon,
            &self.without_outcome,
            &self.questions,
            &self.set_aside,
            &self.sessions,
            &self.waiting_on_partners,
            &self.held,
        ];
        lists.into_iter().all(Vec::is_empty)
            && self.to_place.is_empty()
            && self.troubles.is_empty()
            && self.account.received() == self.account.canaries
    }

    fn add_lane(&mut self, policy: &Policy, case: &Case, lane: &Lane) {
        let calendar = &policy.calendar;
        let day = self.day;
        let until = |due: Date| calendar.working_days_left(day, due);
        let since = |start: Date| calendar.working_days_left(start, day);
        let entry = |of: Date, working_days| Entry {
            case: case.reference,
            supplier: case.supplier.clone(),
            subject: case.subject.clone(),
            phase: lane.phase,
            looked_after_by: assignee(case),
            day: of,
            working_days,
        };
        let started = calendar.local_date(lane.since);
        match &lane.clock {
            Some(Clock::Response(clock)) if clock.held.is_some() => {
                let from = clock.held.as_ref().map_or(day, |held| calendar.local_date(held.since));
                self.held.push(entry(from, since(from)));
            }
            Some(Clock::Response(clock)) => self.add_due(&clock.due, &until, &since, &entry),
            Some(Clock::Outcome(clock)) if lane.phase != Phase::Enquiry => {
                let answered = calendar.local_date(clock.answered_at);
                self.without_outcome.push(entry(answered, since(answered)));
            }
            Some(Clock::Session(clock)) => self.sessions.push(entry(clock.day, until(clock.day))),
            Some(Clock::Reminder(clock)) => self.waiting_on_partners.push(entry(clock.since, since(clock.since))),
            Some(Clock::Outcome(_)) => {}
            // A form opened the case: nobody asked SA anything.
            None if lane.phase == Phase::Enquiry && case.lanes.len() > 1 => {}
            // Config sets no days: its age is listed all the same.
            None => match lane.phase.waits_on() {
                Party::Sa | Party::Lsob => self.without_outcome.push(entry(started, since(started))),
                Party::Partner => self.waiting_on_partners.push(entry(started, since(started))),
                Party::Date | Party::Nobody => {}
            },
        }
    }

    fn add_due(
        &mut self,
        due: &Due,
        until: &impl Fn(Date) -> u32,
        since: &impl Fn(Date) -> u32,
        entry: &impl Fn(Date, u32) -> Entry,
    ) {
        if due.due < self.day {
            self.broken.push(entry(due.due, since(due.due)));
        } else if due.due == self.day {
            self.due_today.push(entry(due.due, 0));
        } else if until(due.due) <= SOON_WORKING_DAYS {
            self.due_soon.push(entry(due.due, until(due.due)));
        }
    }

    fn add_case(&mut self, policy: &Policy, case: &Case) {
        let calendar = &policy.calendar;
        let entry = |at: Timestamp| Entry {
            case: case.reference,
            supplier: case.supplier.clone(),
            subject: case.subject.clone(),
            phase: case.lane(&LaneName::Assurance).map_or(Phase::Enquiry, |lane| lane.phase),
            looked_after_by: assignee(case),
            day: calendar.local_date(at),
            working_days: calendar.working_days_left(calendar.local_date(at), self.day),
        };
        if let Some(at) = case.asked_at.filter(|_| case.question_open) {
            self.questions.push(entry(at));
        }
        if let Some(aside) = &case.set_aside {
            self.set_aside.push(entry(aside.since));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_adds_up_whatever_came() {
        let mut account = Account::since(Timestamp::UNIX_EPOCH);
        let what = || "a message".to_owned();
        for _ in 0..TO_PLACE_MAX {
            account.count(Became::Filed);
            account.count(Became::Ignored);
            account.count(Became::Canary);
            account.count(Became::LeftToStaff { what: what() });
            account.count(Became::Quarantined { what: what() });
        }
        assert_eq!(account.received(), 5 * TO_PLACE_MAX as u32);
        assert_eq!((account.filed, account.ignored, account.quarantined), (50, 150, 50));
        assert_eq!((account.left_to_staff, account.canaries), (50, 50));
        assert_eq!(account.to_place.len(), TO_PLACE_MAX, "the rest is counted");
    }
}
