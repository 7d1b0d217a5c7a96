//! The command line: one file a subcommand. Commands ask other folders and print; they hold no rules.

mod ask;
mod case;
mod cases;
mod check;
mod completions;
mod demo;
mod due;
mod explain;
mod export;
mod file;
mod inspect;
mod journal;
mod our_letter;
mod outbox;
mod print;
mod profile;
pub mod read;
mod rebuild;
mod rehearse;
mod report;
mod run;
mod verb;
mod when;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

pub use self::file::ConfigError;
use crate::config::{Secrets, Settings};

/// The arguments of the program.
#[derive(Debug, Parser)]
#[command(
    name = "assured",
    version,
    about = "Answers, files and watches the email of the teams who assure integrations with the NHS e-Referral Service",
    long_about = "Looks after the shared mailboxes of the Solution Assurance (SA) and Live Services Onboarding (LSOB) \
teams of the NHS e-Referral Service. It files what partners send, reads the attached SCALs and witness test packs, \
answers at once, watches the due dates, reminds whoever is due, and tells staff before and when a promise is broken. \
Nobody changes how they work: partners email as usual, and staff reply from their shared mailbox as usual.",
    after_long_help = FIRST_STEPS,
    after_help = "`assured --help` shows where to start; `assured COMMAND --help` explains a command with examples.",
    arg_required_else_help = true,
    propagate_version = true
)]
pub struct Cli {
    /// Configuration file; without it ./assured.toml, then /etc/assured/assured.toml
    #[arg(long, global = true, env = "ASSURED_CONFIG", value_name = "FILE", hide_env_values = true)]
    config: Option<PathBuf>,

    /// Say more in the log; -vv says even more. Where RUST_LOG is set, it decides instead
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Form of the log, which goes to standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,

    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// For programs: one JSON object a line
    Json,
}

const FIRST_STEPS: &str = "\
Where to start:
  assured demo                          watch a month of mail go by; nothing leaves this machine
  assured inspect SCAL.xlsx             what the automatic check says of a document
  assured due 2026-11-23                when a SCAL received on that day is due, and why
  assured check --config assured.toml   is the configuration sound, and do the mailboxes answer?
  assured run --config assured.toml     the daemon

Exit codes:
  0  done
  1  it is not right: findings to fix, a failed check, a refused command
  2  a mistake in the arguments or in the configuration

With --json a command prints one JSON object a line, for programs; people get tables.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: read the mailboxes, answer, watch the due dates
    #[command(long_about = "Runs the daemon until it is asked to stop with Ctrl+C or SIGTERM. It reads the mailboxes \
without changing them, records every step before anything leaves, and goes on after a restart where it stopped. Only one \
daemon can use a var folder at a time.\n\nRun `assured check` first.")]
    Run,
    /// Watch a month of mail go by on this machine; nothing is sent
    #[command(long_about = "Runs the same daemon on local mailboxes filled with a month of example mail, on a clock \
that jumps from one event to the next. Letters are written into DIR/sent as .eml files. After the month it runs on at \
real speed: drop an .eml file into a mailbox to see what happens.")]
    Demo(demo::DemoArgs),
    /// Try what the configuration promises, and say what to do where it fails
    #[command(long_about = check::ABOUT)]
    Check(check::CheckArgs),
    /// Say what is read from workbooks, documents and .eml files, and what the automatic check finds
    #[command(long_about = inspect::ABOUT, after_long_help = inspect::EXAMPLES)]
    Inspect(inspect::InspectArgs),
    /// Learn from a blank SCAL or witness test pack how its filled copies are read
    #[command(long_about = profile::ABOUT, after_long_help = profile::EXAMPLES)]
    Profile(profile::ProfileArgs),
    /// Work out a due date and explain it day by day
    #[command(long_about = due::ABOUT, after_long_help = due::EXAMPLES)]
    Due(due::DueArgs),
    /// Take a folder of exported mail through the whole program on a simulated clock, sending nothing
    #[command(long_about = rehearse::ABOUT, after_long_help = rehearse::EXAMPLES)]
    Rehearse(rehearse::RehearseArgs),
    /// List the open cases
    #[command(long_about = cases::ABOUT)]
    Cases(cases::CasesArgs),
    /// Tell the story of one case
    #[command(long_about = case::ABOUT)]
    Case(case::CaseArgs),
    /// Explain the due date of a case day by day
    #[command(long_about = explain::ABOUT)]
    Explain(explain::ExplainArgs),
    /// Sum up a month: answers in time, broken promises, holds, where cases wait
    #[command(long_about = report::ABOUT, after_long_help = report::EXAMPLES)]
    Report(report::ReportArgs),
    /// Give a staff command, such as '!accept', '!changes' or '!hold REASON'
    #[command(long_about = verb::ABOUT, after_long_help = verb::EXAMPLES, override_usage = verb::USAGE)]
    Do(verb::DoArgs),
    /// List the letters on their way; release or retry one
    #[command(long_about = outbox::ABOUT, after_long_help = outbox::EXAMPLES)]
    Outbox(outbox::OutboxArgs),
    /// Check the journal, the record of everything that happened
    #[command(long_about = journal::ABOUT)]
    Journal(journal::JournalArgs),
    /// Build the working store anew from the journal
    #[command(long_about = rebuild::ABOUT)]
    Rebuild,
    /// Print the whole journal, checked, as one JSON object a line
    #[command(long_about = export::ABOUT)]
    Export,
    /// Print a script that completes commands in your shell
    #[command(after_long_help = completions::EXAMPLES)]
    Completions(completions::CompletionsArgs),
    /// The reader process
    #[command(hide = true)]
    Read,
}

/// A mistake in the arguments that only shows once they are looked at together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub(crate) String);

impl Cli {
    /// A daemon tells what it does; other commands speak of trouble only.
    pub fn is_daemon(&self) -> bool {
        matches!(self.command, Command::Run)
    }

    /// Does what was asked for. Prints to standard output; faults are for the caller to tell.
    pub fn execute(self) -> anyhow::Result<ExitCode> {
        // Not locked: the daemon's threads print too.
        let out = &mut io::stdout();
        let code = match &self.command {
            Command::Run => run::execute(&self.settings(Secrets::Checked)?),
            Command::Demo(args) => demo::execute(args),
            Command::Check(args) => check::execute(args, &self.config_file()?, out),
            Command::Inspect(args) => inspect::execute(args, &self.rules()?, out),
            Command::Profile(args) => profile::execute(args, &self.rules()?, out),
            Command::Due(args) => due::execute(args, &self.rules()?, out),
            Command::Rehearse(args) => rehearse::execute(args, self.config.as_deref(), out),
            Command::Cases(args) => cases::execute(args, &self.settings(Secrets::Unseen)?, out),
            Command::Case(args) => case::execute(args, &self.settings(Secrets::Unseen)?, out),
            Command::Explain(args) => explain::execute(args, &self.settings(Secrets::Unseen)?, out),
            Command::Report(args) => report::execute(args, &self.settings(Secrets::Unseen)?, out),
            Command::Do(args) => verb::execute(args, &self.settings(Secrets::Unseen)?, out),
            Command::Outbox(args) => outbox::execute(args, &self.settings(Secrets::Unseen)?, out),
            Command::Journal(args) => journal::execute(args, &self.settings(Secrets::Unseen)?, out),
            Command::Rebuild => rebuild::execute(&self.settings(Secrets::Unseen)?, out),
            Command::Export => export::execute(&self.settings(Secrets::Unseen)?, out),
            Command::Completions(args) => completions::execute(args, out),
            Command::Read => Ok(read::main()),
        }?;
        out.flush()?;
        Ok(code)
    }

    fn config_file(&self) -> Result<PathBuf, UsageError> {
        file::find(self.config.as_deref())
    }

    fn settings(&self, secrets: Secrets) -> anyhow::Result<Settings> {
        Ok(Settings::load(&self.config_file()?, secrets).map_err(ConfigError)?)
    }

    /// For commands that need no mailbox: the configuration where there is one, else the defaults.
    fn rules(&self) -> anyhow::Result<Settings> {
        let settings = match file::find_if_any(self.config.as_deref()) {
            Some(file) => Settings::load(&file, Secrets::Unseen),
            None => Settings::built_in(),
        };
        Ok(settings.map_err(ConfigError)?)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
