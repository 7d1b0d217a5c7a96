//! Working-day arithmetic in Europe/London. Holidays are given, never computed. Never reads a clock.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// A count of working days that does not end within this many days is given up.
const DAYS_SCANNED_MAX: u32 = 4_000;

/// The bank holidays of England and Wales, in the shape of GOV.UK's `bank-holidays.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holidays {
    days: BTreeMap<Date, String>,
    /// The years covered and a digest of the list, shown in every explanation.
    version: String,
}

#[derive(Debug, thiserror::Error)]
pub enum HolidaysError {
    #[error("the holiday list is not JSON in the shape of GOV.UK's bank-holidays.json: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("the holiday list has no events under \"england-and-wales\"")]
    Empty,
}

#[derive(Deserialize)]
struct HolidayFile {
    #[serde(rename = "england-and-wales")]
    division: Division,
}

#[derive(Deserialize)]
struct Division {
    events: Vec<HolidayEvent>,
}

#[derive(Deserialize)]
struct HolidayEvent {
    title: String,
    date: Date,
}

impl Holidays {
    pub fn from_json(text: &str) -> Result<Self, HolidaysError> {
        let file: HolidayFile = serde_json::from_str(text)?;
        let days: BTreeMap<Date, String> = file.division.events.into_iter().map(|e| (e.date, e.title)).collect();
        let (Some(first), Some(last)) = (days.keys().next(), days.keys().next_back()) else {
            return Err(HolidaysError::Empty);
        };
        let mut checksum = crc32fast::Hasher::new();
        days.iter().for_each(|(date, title)| checksum.update(format!("{date} {title}\n").as_bytes()));
        let version = format!("england-and-wales {}-{} {:08x}", first.year(), last.year(), checksum.finalize());
        Ok(Self { days, version })
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// The first and last year that the list covers.
    pub fn years(&self) -> (i16, i16) {
        let year = |day: Option<&Date>| day.map_or(0, |d| d.year());
        (year(self.days.keys().next()), year(self.days.keys().next_back()))
    }
}

/// Why a day is not counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    pub date: Date,
    pub why: String,
}

/// A due date with the days that led to it: every date can be explained (PROCESS.md, "Clocks").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Day 0, the local date of receipt.
    pub received: Date,
    pub days: u32,
    pub due: Date,
    /// The first instant after the due date in London: the promise is kept before it.
    pub due_at: Timestamp,
    /// Some day counted lies outside the years of the holiday list.
    pub provisional: bool,
    pub counted: Vec<Date>,
    pub skipped: Vec<Skipped>,
    pub holidays: String,
}

#[derive(Clone, Debug)]
pub struct Calendar {
    holidays: Holidays,
    zone: TimeZone,
    office_opens: Time,
    office_closes: Time,
    /// Mail that arrives at or after this time counts as the next day's.
    cut_off: Option<Time>,
}

impl Calendar {
    /// Office hours are 8.30am to 5.30pm unless set otherwise.
    pub fn new(holidays: Holidays) -> Self {
        // The bundled database, so that the answer does not depend on the machine.
        let zone = TimeZoneDatabase::bundled().get("Europe/London").unwrap_or(TimeZone::UTC);
        Self { holidays, zone, office_opens: hours(8, 30), office_closes: hours(17, 30), cut_off: None }
    }

    pub fn with_office_hours(mut self, opens: Time, closes: Time) -> Self {
        (self.office_opens, self.office_closes) = (opens, closes);
        self
    }

    pub fn with_cut_off(mut self, cut_off: Option<Time>) -> Self {
        self.cut_off = cut_off;
        self
    }

    pub fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub fn local_date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// Day 0 of what was received at this instant.
    pub fn day_received(&self, at: Timestamp) -> Date {
        let local = at.to_zoned(self.zone.clone());
        match self.cut_off {
            Some(cut_off) if local.time() >= cut_off => local.date().saturating_add(1.day()),
            Some(_) | None => local.date(),
        }
    }

    /// The due date `days` working days after day 0.
    pub fn due(&self, received: Date, days: u32) -> Due {
        let mut counted = Vec::new();
        let mut skipped = Vec::new();
        let mut day = received;
        for _ in 0..DAYS_SCANNED_MAX {
            if counted.len() >= days as usize {
                break;
            }
            day = day.saturating_add(1.day());
            match self.not_worked(day) {
                None => counted.push(day),
                Some(why) => skipped.push(Skipped { date: day, why }),
            }
        }
        let (first, last) = self.holidays.years();
        let first_scanned = received.saturating_add(1.day()).min(day);
        Due {
            received,
            days,
            due: day,
            due_at: self.day_end(day),
            provisional: first_scanned.year() < first || day.year() > last,
            counted,
            skipped,
            holidays: self.holidays.version().to_owned(),
        }
    }

    pub fn is_working_day(&self, day: Date) -> bool {
        self.not_worked(day).is_none()
    }

    /// The first working day after `day`.
    pub fn next_working_day(&self, day: Date) -> Date {
        self.due(day, 1).due
    }

    /// The working day `days` before `day`; `day` itself for 0 where it is one.
    pub fn working_days_before(&self, day: Date, days: u32) -> Date {
        let mut at = day;
        let mut left = days;
        for _ in 0..DAYS_SCANNED_MAX {
            if left == 0 && self.is_working_day(at) {
                break;
            }
            at = at.saturating_sub(1.day());
            left = left.saturating_sub(u32::from(self.is_working_day(at)));
        }
        at
    }

    /// Working days after `from` up to and including `to`: what is left until a due date.
    pub fn working_days_left(&self, from: Date, to: Date) -> u32 {
        self.count(from.saturating_add(1.day()), to.saturating_add(1.day()))
    }

    /// Working days d with `start <= d < end`: what a hold adds back.
    pub fn working_days_held(&self, start: Date, end: Date) -> u32 {
        self.count(start, end)
    }

    /// The first instant after `day` in London.
    pub fn day_end(&self, day: Date) -> Timestamp {
        self.at(day.saturating_add(1.day()), Time::midnight())
    }

    /// When the office opens on `day`, which the caller knows to be a working day.
    pub fn opening(&self, day: Date) -> Timestamp {
        self.at(day, self.office_opens)
    }

    /// The last second of a day: when what is known by its day only has happened for certain.
    pub fn end_of(&self, day: Date) -> Timestamp {
        self.at(day, Time::constant(23, 59, 59, 0))
    }

    /// `at` itself when the office is open then, else the next opening.
    pub fn in_office_hours(&self, at: Timestamp) -> Timestamp {
        let local = at.to_zoned(self.zone.clone());
        let (day, time) = (local.date(), local.time());
        if !self.is_working_day(day) || time >= self.office_closes {
            return self.opening(self.next_working_day(day));
        }
        at.max(self.opening(day))
    }

    /// When the office will have been open for `hours` after `from`.
    pub fn after_office_hours(&self, from: Timestamp, hours: u32) -> Timestamp {
        let mut left = SignedDuration::from_hours(i64::from(hours));
        let mut from = self.in_office_hours(from);
        for _ in 0..DAYS_SCANNED_MAX {
            let closes = self.at(self.local_date(from), self.office_closes);
            let open = closes.duration_since(from);
            if left <= open {
                break;
            }
            left = left.saturating_sub(open);
            from = self.in_office_hours(closes);
        }
        from.saturating_add(left).unwrap_or(Timestamp::MAX)
    }

    fn at(&self, day: Date, time: Time) -> Timestamp {
        // A local time that a clock change skips is taken as the instant the clock jumps to.
        day.to_datetime(time).to_zoned(self.zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }

    fn count(&self, start: Date, end: Date) -> u32 {
        let mut day = start;
        let mut working = 0;
        for _ in 0..DAYS_SCANNED_MAX {
            if day >= end {
                break;
            }
            working += u32::from(self.is_working_day(day));
            day = day.saturating_add(1.day());
        }
        working
    }

    fn not_worked(&self, day: Date) -> Option<String> {
        if let Some(title) = self.holidays.days.get(&day) {
            return Some(title.clone());
        }
        match day.weekday() {
            Weekday::Saturday => Some("Saturday".to_owned()),
            Weekday::Sunday => Some("Sunday".to_owned()),
            Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => None,
        }
    }
}

/// A date as people read it: `Monday 30 November 2026`.
pub fn in_words(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

const fn hours(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}

#[cfg(test)]
mod tests;
