//! `assured export`: the whole record as text.

use std::io::Write;
use std::process::ExitCode;

use crate::adapters::store;
use crate::config::Settings;

pub(super) const ABOUT: &str = "\
Prints every step of the journal as one JSON object a line, checked on the way, and a last line that says where the texts \
of messages and letters are. It works while the daemon runs. For example: assured export > steps.jsonl";

pub(super) fn execute(settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    store::export(&settings.var, None, out)?;
    Ok(ExitCode::SUCCESS)
}
