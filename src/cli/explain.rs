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
Explains the clock of each lane of a case: the day of receipt, every day counted, every day skipped and why, the holds, the \
version of the list of bank holidays, and what the clock says next.";

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
    let text = |key| print::text(row, key);
    writeln!(out, "{}, {}: {}, clock {}", text("case"), text("lane"), text("phase"), text("state"))?;
    writeln!(out, "{}", text("why"))?;
    if let Some(answered) = row.get("answered").filter(|answered| answered.is_object()) {
        let kept = match answered.get("in_time").and_then(Value::as_bool) {
            Some(true) => ", in time",
            Some(false) => ", late",
            None => "",
        };
        let (at, by) = (print::time_cell(answered, "at", zone), print::text(answered, "by"));
        writeln!(out, "Answered {at} by {by}{kept}.")?;
    }
    let Ok(count) = Count::deserialize(row) else {
        writeln!(out, "No date is promised here.{}\n", next(row, zone))?;
        return Ok(());
    };
    let (due, received) = (in_words(count.due), in_words(count.received));
    writeln!(out, "Due by the end of {due}: {} working days after {received}.\n", count.days)?;
    print::days(out, count.received, &count.counted, &count.skipped)?;
    for hold in print::list(row, "holds") {
        let (from, until) = (print::time_cell(hold, "from", zone), print::time_cell(hold, "until", zone));
        let (days, reason) = (print::text(hold, "days"), print::text(hold, "reason"));
        let days = if days == "1" { "1 working day".to_owned() } else { format!("{days} working days") };
        writeln!(out, "\nHeld from {from} until {until}, which added {days}: {reason}")?;
    }
    if let Some(held) = row.get("held").filter(|held| held.is_object()) {
        let (since, reason) = (print::time_cell(held, "since", zone), print::text(held, "reason"));
        writeln!(out, "\nHeld since {since}, until !resume adds back the working days: {reason}")?;
    }
    writeln!(out, "\nBank holidays: {}.{}\n", count.holidays.trim_end_matches('.'), next(row, zone))?;
    Ok(())
}

/// What the clock of the lane says next, and when.
fn next(row: &Value, zone: &TimeZone) -> String {
    let Some(notice) = row.get("next_notice").filter(|notice| notice.is_object()) else { return String::new() };
    let what = match print::text(notice, "rule").as_str() {
        "warn" => "staff are warned",
        "breach" | "escalate" => "staff are told that the promise is broken",
        "outcome-overdue" => "staff are told that it is overdue",
        "nudge" => "the partner is reminded",
        "nudge-again" => "the partner is reminded again",
        "tell-staff" => "staff are told that the partner stays silent",
        "session-eve" => "both sides are reminded of the session",
        _ => "staff are asked what came of the session",
    };
    format!(" Next, {what}: {}.", print::time_cell(notice, "at", zone))
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
        let reason = "waiting ".repeat(20);
        row["why"] = json!(reason);
        row["held"] = json!({"since": "2026-11-24T10:00:00Z", "reason": "on leave"});
        row["holds"] = json!([{"from": "2026-11-24", "until": "2026-11-25", "days": 1, "reason": reason}]);
        let held = told(&row);
        assert_eq!(held.matches(&reason).count(), 2, "sentences are whole: {held}");
        for part in ["which added 1 working day:", "Held since Tue 24 Nov 2026 10:00", "adds back", ": on leave"] {
            assert!(held.contains(part), "{part}: {held}");
        }
        for (in_time, says) in
            [(json!(true), "by Jo, in time."), (json!(false), "by Jo, late."), (Value::Null, "by Jo.")]
        {
            row["answered"] = json!({"at": "2026-11-24T10:00:00Z", "by": "Jo", "in_time": in_time});
            assert!(told(&row).contains(&format!("Answered Tue 24 Nov 2026 10:00 {says}")), "{}", told(&row));
        }
        row["due"] = Value::Null;
        assert!(told(&row).contains("No date is promised here."));
    }
}
