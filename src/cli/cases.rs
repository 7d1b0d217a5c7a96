//! `assured cases`: what is open and whom it waits on.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::{ask, print};
use crate::adapters::control::Request;
use crate::config::Settings;

pub(super) const ABOUT: &str = "\
Lists the open cases: the phase of each, whom it waits on, the due date, and the working days left until then. \"open\" \
under Question means that a partner's message waits for a reply, \"not routine\" that they also get no letters until !resume. --all lists closed cases too. `assured case REF` tells \
the whole story of one.";

#[derive(Debug, Args)]
pub(super) struct CasesArgs {
    /// List closed cases too
    #[arg(long)]
    all: bool,
    /// Print one JSON object a case
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
        let header = [
            "Case",
            "Phase",
            "Waits on",
            "Clock",
            "Due",
            "Left",
            "Question",
            "Looked after by",
            "Organisation",
            "Product",
            "Subject",
        ];
        let row = |row: &Value| {
            [
                print::cell(row, "case"),
                print::cell(row, "phase"),
                print::cell(row, "waits_on"),
                print::cell(row, "clock"),
                print::time_cell(row, "due", zone),
                left(row),
                question(row),
                print::cell(row, "looked_after_by"),
                print::cell(row, "organisation"),
                print::cell(row, "product"),
                print::cell(row, "subject"),
            ]
        };
        print::table(out, header, answer.rows.iter().map(row))?;
    }
    ask::tell(&answer, out)
}

/// The working days left, or that the promise is broken.
pub(super) fn left(row: &Value) -> String {
    match row.get("overdue").and_then(Value::as_bool) {
        Some(true) => "overdue".to_owned(),
        Some(false) | None => print::cell(row, "left"),
    }
}

fn is_open(row: &Value) -> bool {
    row.get("phase").and_then(Value::as_str) != Some("closed")
}

fn question(row: &Value) -> String {
    if row.get("not_routine").is_some_and(Value::is_object) {
        return "not routine".to_owned();
    }
    let open = row.get("question_open").and_then(Value::as_bool).unwrap_or(false);
    if open { "open".to_owned() } else { "-".to_owned() }
}
