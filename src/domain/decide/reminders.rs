//! Reminders to a partner: at most one a person a week, with all their cases in it (PROCESS.md, "What partners receive").

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::Deciding;
use crate::domain::case::Case;
use crate::domain::clocks::{Clock, Rule, Rung};
use crate::domain::effect::{AlsoAwaited, Content, Reminder};
use crate::domain::fact::Fact;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::view::View;

const GAP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A case whose partner is awaited, beside everything else that is between us and the same person.
pub(super) struct Reminding<'a> {
    case: &'a Case,
    others: Vec<&'a Case>,
}

/// What another case waits for, and the reminder that is given with this one.
struct Companion<'a> {
    case: &'a Case,
    lane: &'a LaneName,
    phase: Phase,
    since: Date,
    rung: Rung,
}

impl<'a> Reminding<'a> {
    pub(super) fn of(case: &'a Case, view: &'a View) -> Self {
        let same_person = |other: &&Case| {
            other.reference != case.reference
                && other.correspondent.is_some()
                && other.correspondent == case.correspondent
        };
        Self { case, others: view.cases.values().filter(same_person).collect() }
    }

    /// Whoever wrote of patient harm or made a complaint is reminded of nothing, whichever case it was about.
    pub(super) fn is_set_aside(&self) -> bool {
        self.others.iter().chain([&self.case]).any(|case| case.set_aside.is_some())
    }

    /// When the person may be reminded again, of whatever it may be.
    pub(super) fn not_before(&self, at: Timestamp) -> Timestamp {
        let cases = self.others.iter().copied().chain([self.case]);
        let last = cases.filter_map(|case| case.reminded_at).max();
        last.map_or(at, |last| later(last).max(at))
    }

    /// One letter for this case and for those whose reminder would fall due before another may be sent.
    pub(super) fn remind(&self, d: &mut Deciding<'_>, again: bool) {
        let (Some(to), Some(since)) = (d.correspondent(), d.waits_since()) else { return };
        // Whoever sent a form hears of that form alone.
        let is_correspondent = self.case.correspondent.as_ref() == Some(&to);
        let companions = if is_correspondent { self.companions(d) } else { Vec::new() };
        let also = companions.iter().map(|other| AlsoAwaited {
            case: other.case.reference,
            supplier: other.case.supplier.clone(),
            phase: other.phase,
            since: other.since,
        });
        let (phase, witness_pack_link) = (d.phase(), d.policy.witness_pack_link.clone());
        let content = Content::Reminder(Reminder { phase, since, again, witness_pack_link, also: also.collect() });
        let (answers, subject) = d.in_reply_to();
        d.write_partner(&to, answers.as_ref(), &subject, content);
        for Companion { case, lane, rung, .. } in companions {
            d.say(format!("{} in the same letter", case.reference));
            let Rung { give: notice, passed_over, next } = rung;
            let given = Fact::NoticeGiven { lane: lane.clone(), notice, passed_over, next };
            d.decision.facts.push((case.reference, given));
        }
    }

    fn companions(&self, d: &Deciding<'_>) -> Vec<Companion<'a>> {
        let mut companions = Vec::new();
        for case in self.others.iter().copied().filter(|case| case.is_open()) {
            for (name, lane) in &case.lanes {
                let Some(clock @ Clock::Reminder(_)) = &lane.clock else { continue };
                let Some(rung) = clock.ring(&d.policy.calendar, later(d.at)) else { continue };
                // Whether an agreement is accepted LSOB look up first.
                let is_looked_up = lane.phase == Phase::AcceptanceDue && rung.give.rule == Rule::Nudge;
                let is_theirs =
                    !case.form_senders.contains_key(name) || case.form_senders.get(name) == case.correspondent.as_ref();
                if rung.give.rule.is_reminder() && !is_looked_up && is_theirs {
                    let since = d.policy.calendar.local_date(lane.since);
                    companions.push(Companion { case, lane: name, phase: lane.phase, since, rung });
                }
            }
        }
        companions
    }
}

fn later(at: Timestamp) -> Timestamp {
    at.saturating_add(GAP).unwrap_or(Timestamp::MAX)
}
