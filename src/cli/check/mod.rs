//! `assured check`: could the daemon do its work? Looks and tells; changes nothing, sends nothing.

mod connections;
mod incoming;
mod local;
mod reading;
mod tenant;
#[cfg(test)]
mod tests;
mod vigil;
mod way_out;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::adapters::clock::Clock;
use crate::cli::print;
use crate::config::{Fault, Secrets, Settings};

pub(super) const ABOUT: &str = "\
Tries everything that the configuration promises, and says in a line each what is right (✓), what is wrong and what to do \
about it (✗), and what somebody should know or cannot be told (!): the configuration with its passwords, the records folder \
and its disk, the bank holidays for the year to come, staff for each team, how \
anybody would notice that mail does not come, what confines the process that opens files, \
the virus scanner, the machine's clock; then for each mailbox the \
access token and when it must be renewed, name, port, encryption and login of its servers, the folders, whether people's \
answers are seen in the Sent folder, and the right to send. For Exchange, lines with an arrow (→) say what to do in the tenant.

Folders are opened for reading only. The right to send is tried with sender and recipient alone, which are taken back before \
any text: nothing is sent. The exit code is 0 when nothing is wrong and 1 when something is.

With --json each check is one object: \"check\", \"ok\" (true, false, or null for what is neither), \"says\", and \"tenant\", \
a list of what to do in the tenant.";

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Print one JSON object a check
    #[arg(long)]
    json: bool,
}

/// One thing looked at.
struct Check {
    what: String,
    outcome: Outcome,
    /// What the tenant's administrator may have to do, a line each.
    tenant: Vec<String>,
}

/// Each in words.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// How it is.
    Right(String),
    /// Not wrong, or not to be told; whoever reads it should know.
    Doubt(String),
    /// What is wrong and what to do.
    Wrong(String),
}

impl Check {
    fn new(what: impl Into<String>, outcome: Outcome) -> Self {
        Self { what: what.into(), outcome, tenant: Vec::new() }
    }

    fn right(what: impl Into<String>, how: impl Into<String>) -> Self {
        Self::new(what, Outcome::Right(how.into()))
    }

    fn wrong(what: impl Into<String>, why: impl ToString) -> Self {
        Self::new(what, Outcome::Wrong(why.to_string()))
    }

    fn with_tenant(self, tenant: Vec<String>) -> Self {
        Self { tenant, ..self }
    }

    fn is_wrong(&self) -> bool {
        matches!(self.outcome, Outcome::Wrong(_))
    }
}

/// Where checks are told as they are made, and whether all is well so far.
struct Teller<'a> {
    out: &'a mut dyn Write,
    json: bool,
    is_sound: bool,
}

impl Teller<'_> {
    /// Texts of servers are in them, so they are made safe for a terminal.
    fn tell(&mut self, checks: &[Check]) -> anyhow::Result<()> {
        for check in checks {
            self.is_sound &= !check.is_wrong();
            let (mark, ok, says) = match &check.outcome {
                Outcome::Right(how) => ('✓', Some(true), how),
                Outcome::Doubt(what) => ('!', None, what),
                Outcome::Wrong(why) => ('✗', Some(false), why),
            };
            if self.json {
                let row = json!({"check": check.what, "ok": ok, "says": says, "tenant": check.tenant});
                print::json_lines(self.out, &[row])?;
                continue;
            }
            writeln!(self.out, "{mark} {}", print::plain(&format!("{}: {says}", check.what)))?;
            for line in &check.tenant {
                writeln!(self.out, "  → {}", print::plain(line))?;
            }
        }
        Ok(self.out.flush()?)
    }

    fn exit_code(&self) -> ExitCode {
        if self.is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

pub(super) fn execute(args: &CheckArgs, file: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut teller = Teller { out, json: args.json, is_sound: true };
    let settings = match Settings::load(file, Secrets::Checked) {
        Ok(settings) => settings,
        Err(faults) => {
            let check = |fault: &Fault| Check::wrong("configuration", fault);
            teller.tell(&faults.iter().map(check).collect::<Vec<_>>())?;
            if !args.json {
                writeln!(teller.out, "Nothing else was tried: the configuration comes first.")?;
            }
            return Ok(teller.exit_code());
        }
    };
    let today = settings.policy.calendar.local_date(Clock::real().now());
    teller.tell(&[Check::right(format!("configuration {}", file.display()), "every setting is understood")])?;
    teller.tell(&local::checks(&settings, today))?;
    teller.tell(&vigil::checks(&settings))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    teller.tell(&runtime.block_on(reading::checks(&settings)))?;
    runtime.block_on(connections::tell(&settings, &mut teller))?;
    Ok(teller.exit_code())
}
