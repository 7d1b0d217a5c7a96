//! A partner who has been silent for months: staff are asked whether to keep the case or close it, and nothing closes
//! itself (PROCESS.md, "What partners receive"). It is asked of a case, not of a lane, and without reminders too.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use super::Deciding;
use crate::domain::calendar::in_words;
use crate::domain::effect::{Answers, Content, StaffAttention};
use crate::domain::fact::Fact;
use crate::domain::lane::{LaneName, Party, Phase};

impl Deciding<'_> {
    /// Whatever was said on a case that waits on the partner lets the months count from then; what they asked for with
    /// `!until` is longer.
    pub(super) fn watch_silence(&mut self) {
        let Some(said_at) = self.last_word().filter(|_| self.case.waits_on_partner()) else { return };
        let Some(ask_at) = self.months_after(self.policy.calendar.local_date(said_at)) else { return };
        if self.case.ask_at.is_none_or(|known| known < ask_at) {
            self.record(Fact::SilenceWatched { ask_at: Some(ask_at) });
        }
    }

    /// The last word that this step brings: of the partner, of ours, a command, or that the partner is awaited now.
    fn last_word(&self) -> Option<Timestamp> {
        let own = self.decision.facts.iter().filter(|(case, _)| *case == self.case.reference);
        let said = own.filter_map(|(_, fact)| {
            if let Fact::MessageFiled { partner: Some(_), received_at, aside: false, .. } = fact {
                Some(*received_at)
            } else if let Fact::HumanReplied { sent_at, .. } = fact {
                Some(*sent_at)
            } else {
                let is_asked = |phase: &Phase| phase.waits_on() == Party::Partner;
                let counts = matches!(fact, Fact::PhaseEntered { phase, .. } if is_asked(phase));
                (counts || matches!(fact, Fact::CommandGiven { .. })).then_some(self.at)
            }
        });
        said.max()
    }

    /// The partner named a day: their silence counts from there.
    pub(super) fn silent_until(&mut self, day: Date) {
        if let Some(ask_at) = self.months_after(day).filter(|_| self.case.waits_on_partner()) {
            self.record(Fact::SilenceWatched { ask_at: Some(ask_at) });
        }
    }

    /// When the office opens on the first working day after that time.
    fn months_after(&self, day: Date) -> Option<Timestamp> {
        let months = self.policy.days.silent_months;
        let calendar = &self.policy.calendar;
        let over = day.checked_add(i64::from(months).months()).ok().filter(|_| months > 0)?;
        Some(calendar.opening(if calendar.is_working_day(over) { over } else { calendar.next_working_day(over) }))
    }

    /// Asks, where the time has come. Once the program is up again, in office hours.
    pub(super) fn after_silence(&mut self) {
        if self.case.asks_at().is_none_or(|ask_at| ask_at > self.at) {
            return;
        }
        let opens = self.policy.calendar.in_office_hours(self.at);
        if opens > self.at {
            self.say("put off to office hours");
            self.record(Fact::SilenceWatched { ask_at: Some(opens) });
            return;
        }
        let ask_at = self.months_after(self.policy.calendar.local_date(self.at));
        self.record(Fact::SilenceWatched { ask_at });
        if ask_at.is_none() {
            // Nobody wants to be asked any more.
            return;
        }
        let awaited = self.case.lanes.iter().find(|(_, lane)| lane.phase.waits_on() == Party::Partner);
        let lane = awaited.map_or(LaneName::Assurance, |(name, _)| name.clone());
        self.in_lane(&lane, Self::ask_whether_to_keep);
    }

    fn ask_whether_to_keep(&mut self) {
        let months = self.policy.days.silent_months;
        let time = if months == 1 { "month".to_owned() } else { format!("{months} months") };
        let last = self.case.last_partner_at.map_or(String::new(), |at| {
            format!(" The partner wrote last on {}.", in_words(self.policy.calendar.local_date(at)))
        });
        let what = format!(
            "Nobody has written on this case or given a command for the last {time}.{last} It waits for {}.",
            self.phase().awaits()
        );
        let what_to_do = "Close it with !close dormant, or keep it with !until and the day until which it may rest. It \
                          does not close by itself, and you are asked again.";
        let content = self.needs_a_person("A silent case: keep it or close it?", what, what_to_do);
        let content = StaffAttention { answers: Answers::Silence, ..content };
        self.write_staff(self.team(), false, Content::StaffAttention(content));
    }
}
