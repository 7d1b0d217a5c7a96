//! `assured cases`: what is open and whom it waits on.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{ask, print};
use crate::adapters::control::Request;
use crate::config::Settings;

pub(super) const ABOUT: &str = "\
Lists the open cases, a line for each lane: its phase, whom it waits on, the date, and the working days left until then. \
Beside the date of a promise, Due tells when the team's own work or an outcome is due (\"work\", \"outcome\"), when the \
partner is reminded next, or when the session is. \"question open\" means that a partner's message waits for a reply, \
\"not routine\" that they also get no letters until !resume. --all lists closed cases too. `assured case REF` tells the \
whole story of one.";

#[derive(Debug, Args)]
pub(super) struct CasesArgs {
    /// List closed cases too
    #[arg(long)]
    all: bool,
    /// Print one JSON object a case. Its `lanes` are objects with `lane`, `organisation`, `phase`, `waits_on`, `since`,
    /// `clock`, `due`, `left`, `overdue`, `held`, `answered`, `next_notice`, `session_day` and `returns_to`; beside them are
    /// `round`, `mode`, `session`, `attendance`, `open_tests`, `scal_update_asked`, `approved` and `undo`
    #[arg(long)]
    json: bool,
}

pub(super) fn execute(args: &CasesArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut answer = ask::ask(settings, Request::Cases)?;
    let known = answer.rows.len();
    if !args.all {
        answer.rows.retain(is_open);
    }
    if args.json {
        print::json_lines(out, &answer.rows)?;
        return ask::tell_programs(&answer);
    }
    if answer.done && answer.rows.is_empty() {
        let none = if known == 0 { "There are no cases." } else { "No case is open. --all lists the closed ones." };
        writeln!(out, "{none}")?;
    } else if answer.done {
        let zone = settings.policy.calendar.zone();
        let header = ["Case", "Phase", "Waits on", "Due", "Left", "About"];
        print::table(out, header, answer.rows.iter().flat_map(|row| lines(row, zone)))?;
    }
    ask::tell(&answer, out)
}

/// A case, a line for each lane; a closed one is a line.
fn lines(row: &Value, zone: &TimeZone) -> Vec<[String; 6]> {
    let first = |cells: [String; 4]| {
        let [phase, waits_on, due, left] = cells;
        [print::cell(row, "case"), phase, waits_on, due, left, about(row)]
    };
    let lanes = print::list(row, "lanes");
    if lanes.is_empty() || !is_open(row) {
        return vec![first([print::cell(row, "phase"), "-".to_owned(), "-".to_owned(), "-".to_owned()])];
    }
    let cells = lanes.iter().map(|lane| [phase(lane), print::cell(lane, "waits_on"), due(lane, zone), left(lane)]);
    let line = |(number, cells): (usize, [String; 4])| {
        if number == 0 {
            return first(cells);
        }
        let [phase, waits_on, due, left] = cells;
        [String::new(), phase, waits_on, due, left, String::new()]
    };
    cells.enumerate().map(line).collect()
}

/// With the organisation, of a form.
pub(super) fn phase(lane: &Value) -> String {
    let phase = print::cell(lane, "phase");
    let organisation = lane.get("organisation").and_then(Value::as_str);
    organisation.map_or(phase.clone(), |code| format!("{phase} {}", print::plain(code)))
}

/// The date that a lane waits for: a promise stands alone, anything else says what it is.
pub(super) fn due(lane: &Value, zone: &TimeZone) -> String {
    let date = |key: &str| print::time_cell(lane, key, zone);
    let next = lane.get("next_notice").map_or("-".to_owned(), |notice| print::time_cell(notice, "day", zone));
    match print::text(lane, "clock").as_str() {
        "held" => "held".to_owned(),
        "work" if date("due") != "-" => format!("work {}", date("due")),
        "answered" if date("due") != "-" => format!("outcome {}", date("due")),
        "answered" => "answered".to_owned(),
        "reminder" if next == "-" => "staff were told".to_owned(),
        "reminder" => format!("remind {next}"),
        "session" => format!("session {}", lane.get("session_day").map_or(next, |_| date("session_day"))),
        _ => date("due"),
    }
}

/// The working days left, or that the date is past.
pub(super) fn left(row: &Value) -> String {
    match row.get("overdue").and_then(Value::as_bool) {
        Some(true) => "overdue".to_owned(),
        Some(false) | None => print::cell(row, "left"),
    }
}

/// The product, else the supplier, else the subject; and what a person must know of it.
fn about(row: &Value) -> String {
    let known = |key: &&str| row.get(*key).is_some_and(Value::is_string);
    let key = ["product", "organisation", "subject"].into_iter().find(known).unwrap_or("subject");
    let not_routine = row.get("not_routine").is_some_and(Value::is_object);
    let question = row.get("question_open").and_then(Value::as_bool).unwrap_or(false);
    let note = match (not_routine, question) {
        (true, _) => "; not routine",
        (false, true) => "; question open",
        (false, false) => "",
    };
    let looked_after_by = row.get("looked_after_by").and_then(Value::as_str).map(print::plain);
    let looked_after_by = looked_after_by.map_or(String::new(), |name| format!("; {name} looks after it"));
    format!("{}{note}{looked_after_by}", print::cell(row, key))
}

fn is_open(row: &Value) -> bool {
    row.get("phase").and_then(Value::as_str) != Some("closed")
}
