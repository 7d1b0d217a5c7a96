//! `assured journal verify`: is the record whole and unchanged?

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::adapters::store;
use crate::config::Settings;

pub(super) const ABOUT: &str = "\
Checks the journal: every line is whole, numbered in order, and bears the digest of the line before it, so that nothing was \
changed, removed or inserted. It works while the daemon runs. Note the last digest elsewhere from time to time: it proves \
later that nothing before it was rewritten.";

#[derive(Debug, Args)]
pub(super) struct JournalArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check every line and the chain of digests
    Verify,
}

pub(super) fn execute(args: &JournalArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Action::Verify = &args.action;
    let verified = store::verify(&settings.var, None)?;
    writeln!(out, "The journal is whole: {} steps, last digest {}.", verified.steps, verified.last_hash)?;
    if verified.unfinished_bytes > 0 {
        let bytes = verified.unfinished_bytes;
        writeln!(out, "{bytes} bytes follow the last step: one being written just now, or cut off by a crash.")?;
    }
    Ok(ExitCode::SUCCESS)
}
