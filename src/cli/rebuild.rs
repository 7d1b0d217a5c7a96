//! `assured rebuild`: the working store anew from the journal.

use std::io::Write;
use std::process::ExitCode;

use crate::adapters::clock::Clock;
use crate::adapters::store::Store;
use crate::config::Settings;

pub(super) const ABOUT: &str = "\
Builds the working store anew from the journal, which is the truth. The old store is set aside, not deleted. The daemon \
does this by itself when the store is damaged; this command is for when you want to be sure. It refuses while a daemon runs.";

pub(super) fn execute(settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let opening = Store::rebuild(&settings.var, Clock::real().now())?;
    writeln!(out, "The store was built anew from {} steps of the journal.", opening.caught_up)?;
    if let Some(path) = &opening.rows_set_aside {
        writeln!(out, "The old one lies in {}.", path.display())?;
    }
    if let Some(cut) = &opening.journal_cut {
        let path = cut.set_aside.display();
        writeln!(out, "{} bytes of an interrupted write at the end of the journal now lie in {path}.", cut.bytes)?;
    }
    Ok(ExitCode::SUCCESS)
}
