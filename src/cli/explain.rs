//! `assured explain`: why a case is due when it is, day by day.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use super::case::reference;
use super::{ask, print};
use crate::adapters::control::Request;
use crate::config::Settings;
use crate::domain::calendar::Skipped;
use crate::domain::calendar::in_words;
use crate::domain::ids::CaseRef;

pub(super) const ABOUT: &str = "\
Explains the due date of each lane of a case: the day of receipt, every day counted, every day skipped and why, the holds, \
and the version of the list of bank holidays.";

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Reference of the case, such as ERS-00042
    #[arg(value_name = "REF", value_parser = reference)]
    reference: CaseRef,
    /// Print one JSON object a lane
    #[arg(long)]
    json: bool,
}

/// The part of a row that counts days; absent where no date is promised.
#[derive(Deserialize)]
struct Count {
    received: Date,
    due: Date,
    days: u32,
    counted: Vec<Date>,
    skipped: Vec<Skipped>,
    holidays: String,
}

pub(super) fn execute(args: &ExplainArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let answer = ask::ask(settings, Request::Explain { reference: args.reference })?;
    if args.json {
        print::json_lines(out, &answer.rows)?;
    } else {
        let zone = settings.policy.calendar.zone();
        answer.rows.iter().try_for_each(|row| explain(out, row, zone))?;
    }
    ask::tell(&answer, out)
}

fn explain(out: &mut dyn Write, row: &Value, zone: &TimeZone) -> anyhow::Result<()> {
    let cell = |key| print::cell(row, key);
    writeln!(out, "{}, {}: {}, clock {}", cell("case"), cell("lane"), cell("phase"), cell("state"))?;
    writeln!(out, "{}", cell("why"))?;
    let Ok(count) = Count::deserialize(row) else {
        writeln!(out, "No date is promised here.\n")?;
        return Ok(());
    };
    let (due, received) = (in_words(count.due), in_words(count.received));
    writeln!(out, "Due by the end of {due}: {} working days after {received}.\n", count.days)?;
    print::days(out, count.received, &count.counted, &count.skipped)?;
    for hold in print::list(row, "holds") {
        let (from, until) = (print::time_cell(hold, "from", zone), print::time_cell(hold, "until", zone));
        let (days, reason) = (print::cell(hold, "days"), print::cell(hold, "reason"));
        writeln!(out, "\nHeld from {from} until {until}, which added {days} working days: {reason}")?;
    }
    writeln!(out, "\nBank holidays: {}\n", count.holidays)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn told(row: &Value) -> String {
        let mut out = Vec::new();
        explain(&mut out, row, &TimeZone::UTC).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_lane_with_a_date_shows_its_days_and_one_without_says_so() {
        let due = Settings::built_in().unwrap().policy.calendar.due(date(2026, 11, 28), 1);
        let mut row = json!(due);
        let more = json!({"case": "ERS-00001", "lane": "assurance", "state": "running", "why": "The case waits."});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told_with_date = told(&row);
        assert!(told_with_date.contains("Due by the end of Monday 30 November 2026"), "{told_with_date}");
        assert!(told_with_date.contains("not counted: Sunday"), "{told_with_date}");
        row["due"] = Value::Null;
        assert!(told(&row).contains("No date is promised here."));
    }
}
