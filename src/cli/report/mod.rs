//! `assured report`: the account of a month, as a table, CSV, JSON or a page to print. Counts nothing itself.

mod csv;
mod page;
mod table;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use jiff::civil::Date;

use super::when::{self, When};
use super::{UsageError, print};
use crate::adapters::clock::Clock;
use crate::adapters::store;
use crate::config::Settings;
use crate::domain::report::Ledger;

pub(super) const ABOUT: &str = "\
Sums up a period from the record: what partners sent, how many answers were in time and how long they took, which promises \
were broken, what was held and why, where cases wait at the end, and the same by partner. Both days are included, London \
time. It works while the daemon runs and changes nothing.

An answer counts in the period in which it was given, a broken promise in the one in which it was due. Working days are \
counted from the day of receipt, without those on which the clock was held. Half of the answers took the median or less, \
nine of ten the 90th percentile or less.";

pub(super) const EXAMPLES: &str = "\
Examples:
  assured report --from 2026-11-01 --to 2026-11-30
  assured report --from 2026-11-01 --to 2026-11-30 --html november.html    one page with charts, to print or to send
  assured report --from 2026-11-01 --to 2026-11-30 --csv > november.csv
  assured report --from 2026-11-01 --to 2026-11-30 --json | jq .answered.in_time_percent

The CSV has the columns section, name, measure and value, one figure a line. Text that a spreadsheet would take for a \
formula begins with an apostrophe there.";

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The first day
    #[arg(long, value_name = "DATE")]
    from: String,
    /// The last day
    #[arg(long, value_name = "DATE")]
    to: String,
    /// Print comma-separated values for a spreadsheet
    #[arg(long, group = "form")]
    csv: bool,
    /// Print one JSON object
    #[arg(long, group = "form")]
    json: bool,
    /// Write a page with charts
    #[arg(long, group = "form", value_name = "FILE")]
    html: Option<PathBuf>,
}

pub(super) fn execute(args: &ReportArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let calendar = &settings.policy.calendar;
    let day = |text: &str| -> Result<Date, UsageError> {
        match when::read(text, calendar.zone())? {
            When::Day(day) => Ok(day),
            When::Moment(_) => Err(UsageError(format!("{text:?} is no date. Write 2026-11-30"))),
        }
    };
    let (from, to) = (day(&args.from)?, day(&args.to)?);
    if to < from {
        return Err(UsageError(format!("--to {to} is before --from {from}")).into());
    }
    let mut ledger = Ledger::new(calendar, from, to, Clock::real().now());
    store::steps(&settings.var, |step| ledger.add(step.at, &step.facts))?;
    let report = ledger.report();
    if let Some(file) = &args.html {
        std::fs::write(file, page::write(&report)).with_context(|| format!("cannot write {}", file.display()))?;
        writeln!(out, "The report is in {}.", file.display())?;
    } else if args.csv {
        out.write_all(csv::write(&report).as_bytes())?;
    } else if args.json {
        print::json_lines(out, &[report])?;
    } else {
        table::write(out, &report)?;
    }
    Ok(ExitCode::SUCCESS)
}
