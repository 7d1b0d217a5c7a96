//! `assured due`: a due date and its explanation, from the calendar alone. Never touches the records.

use std::io::Write;
use std::ops::RangeInclusive;
use std::process::ExitCode;

use clap::Args;
use jiff::civil::Date;

use super::when::{self, When};
use super::{UsageError, print};
use crate::config::Settings;
use crate::domain::calendar::Calendar;
use crate::domain::calendar::in_words;

pub(super) const ABOUT: &str = "\
Works out when something received at RECEIVED is due, and shows the days counted and the days skipped with the reason. \
The day of receipt is day 0; day 1 is the first working day after it. Working days are Monday to Friday without the bank \
holidays of England and Wales. The promise is kept until the end of the due date, London time.

RECEIVED is a date (2026-11-23), a London time (2026-11-23 16:00) or an instant with its offset (2026-11-23T16:00:00Z). \
A cut-off time in the configuration applies to times, not to dates.";

pub(super) const EXAMPLES: &str = "\
Examples:
  assured due 2026-11-23                 a SCAL received on Monday 23 November 2026 is due on Monday 30 November
  assured due 2026-12-23 16:00           over Christmas
  assured due 2026-11-28 --days 10       ten working days from a Saturday
  assured due 2026-11-23T10:15:00Z --json | jq .due";

/// Beyond these the calendar has no days left to count.
const YEARS: RangeInclusive<i16> = 1900..=9990;

#[derive(Debug, Args)]
pub(super) struct DueArgs {
    /// When it was received: a date, a London time or an RFC 3339 instant
    #[arg(required = true, num_args = 1..=3)]
    received: Vec<String>,
    /// Working days; without it the days for a SCAL response, 5 unless configured
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    days: Option<u32>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn execute(args: &DueArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let calendar = &settings.policy.calendar;
    let received = in_reach(day_received(calendar, &args.received.join(" "))?)?;
    let due = calendar.due(received, args.days.unwrap_or(settings.policy.days.scal_response));
    if args.json {
        print::json_lines(out, &[&due])?;
        return Ok(ExitCode::SUCCESS);
    }
    let days = if due.days == 1 { "1 working day".to_owned() } else { format!("{} working days", due.days) };
    writeln!(out, "Due by the end of {}: {days} after {}.\n", in_words(due.due), in_words(received))?;
    print::days(out, received, &due.counted, &due.skipped)?;
    let (first, last) = calendar.holidays().years();
    if due.provisional {
        writeln!(out, "\nThis date is provisional: bank holidays are known for {first} to {last} only.")?;
    }
    writeln!(out, "\nBank holidays: {}", due.holidays)?;
    Ok(ExitCode::SUCCESS)
}

fn day_received(calendar: &Calendar, text: &str) -> Result<Date, UsageError> {
    Ok(match when::read(text, calendar.zone())? {
        When::Day(day) => day,
        When::Moment(at) => calendar.day_received(at),
    })
}

fn in_reach(received: Date) -> Result<Date, UsageError> {
    if YEARS.contains(&received.year()) {
        return Ok(received);
    }
    Err(UsageError(format!("{received} is out of reach: give a date from {} to {}", YEARS.start(), YEARS.end())))
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn dates_times_and_instants_are_understood() {
        let calendar = Settings::built_in().unwrap().policy.calendar.with_cut_off(Some(time(16, 0, 0, 0)));
        for (text, day) in [
            ("2026-11-23", Some("2026-11-23")),
            ("23 November 2026", Some("2026-11-23")),
            ("2026-11-23 15:59", Some("2026-11-23")),
            ("2026-11-23 16:00", Some("2026-11-24")),
            ("2026-11-23T16:00", Some("2026-11-24")),
            ("2026-07-01T15:30:00Z", Some("2026-07-02")),
            ("2026-07-01T15:30:00+01:00", Some("2026-07-01")),
            ("2026-02-30", None),
            ("23/11/2026", None),
            ("tomorrow", None),
        ] {
            let read = day_received(&calendar, text).ok().map(|day| day.to_string());
            assert_eq!(read.as_deref(), day, "{text}");
        }
    }
}
