//! `assured cases`: what is open and whom it waits on.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::{ask, print};
use crate::adapters::control::Request;
use crate::config::Settings;

pub(super) const ABOUT: &str = "\
Lists the cases: the phase of each, whom it waits on, the due date, and the working days left until then. A question mark \
after the reference means that a partner's message waits for a reply. `assured case REF` tells the whole story of one.";

#[derive(Debug, Args)]
pub(super) struct CasesArgs {
    /// Print one JSON object a case
    #[arg(long)]
    json: bool,
}

pub(super) fn execute(args: &CasesArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let answer = ask::ask(settings, Request::Cases)?;
    if args.json {
        print::json_lines(out, &answer.rows)?;
    } else if answer.done && answer.rows.is_empty() {
        writeln!(out, "There are no cases.")?;
    } else if answer.done {
        let zone = settings.policy.calendar.zone();
        let header = ["Case", "Phase", "Waits on", "Clock", "Due", "Left", "Organisation", "Product", "Subject"];
        let row = |row: &Value| {
            [
                reference(row),
                print::cell(row, "phase"),
                print::cell(row, "waits_on"),
                print::cell(row, "clock"),
                print::time_cell(row, "due", zone),
                left(row),
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

fn reference(row: &Value) -> String {
    let open = row.get("question_open").and_then(Value::as_bool).unwrap_or(false);
    format!("{}{}", print::cell(row, "case"), if open { " ?" } else { "" })
}
