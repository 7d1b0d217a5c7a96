//! `assured outbox`: letters on their way, those that wait for a person, and how to let one go.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{ask, print};
use crate::adapters::control::Request;
use crate::config::Settings;
use crate::domain::ids::LetterId;

pub(super) const ABOUT: &str = "\
Lists the letters and what became of each:
  waiting    leaves at the time shown, or was tried and will be tried again
  trying     is being sent just now
  held       waits until somebody releases it (level \"hold\")
  observed   was only written, never leaves (level \"observe\")
  sent       has left
  refused    was refused for good; staff were told";

pub(super) const EXAMPLES: &str = "\
Examples:
  assured outbox
  assured outbox release 17.0      let a held letter go
  assured outbox retry 17.0        try a waiting or refused letter again now
  assured outbox --json | jq 'select(.state == \"refused\")'";

#[derive(Debug, Args)]
pub(super) struct OutboxArgs {
    #[command(subcommand)]
    action: Option<Action>,
    /// Print one JSON object a letter
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Try a waiting or refused letter again now
    Retry(LetterArgs),
    /// Let a held letter go
    Release(LetterArgs),
}

#[derive(Debug, Args)]
struct LetterArgs {
    /// Number of the letter as `assured outbox` lists it, such as 17.0
    #[arg(value_name = "ID", value_parser = letter)]
    letter: LetterId,
}

pub(super) fn execute(args: &OutboxArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let request = match &args.action {
        None => Request::Outbox,
        Some(Action::Retry(LetterArgs { letter })) => Request::Retry { letter: *letter, by: ask::user() },
        Some(Action::Release(LetterArgs { letter })) => Request::Release { letter: *letter, by: ask::user() },
    };
    let answer = ask::ask(settings, request)?;
    if args.json {
        print::json_lines(out, &answer.rows)?;
        if args.action.is_none() {
            return ask::tell_programs(&answer);
        }
    } else if answer.done && args.action.is_none() && answer.rows.is_empty() {
        writeln!(out, "There are no letters.")?;
    } else if args.action.is_none() {
        let zone = settings.policy.calendar.zone();
        let header = ["Letter", "Kind", "Case", "To", "State", "Tries", "Not before", "Written", "Reason"];
        let row = |row: &Value| {
            let cell = |key| print::cell(row, key);
            let (not_before, written) =
                (print::time_cell(row, "not_before", zone), print::time_cell(row, "queued_at", zone));
            let [letter, kind, case, to] = ["letter", "kind", "case", "to"].map(cell);
            [letter, kind, case, to, cell("state"), cell("attempts"), not_before, written, cell("reason")]
        };
        print::table(out, header, answer.rows.iter().map(row))?;
    }
    ask::tell(&answer, out)
}

fn letter(text: &str) -> Result<LetterId, String> {
    LetterId::parse(text)
        .ok_or_else(|| "the number of a letter looks like 17.0: `assured outbox` lists them".to_owned())
}
