//! `assured profile`: from a blank SCAL or witness pack the profile that reads its filled copies, for a person to check.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::adapters::reader::{Reader, own_program};
use crate::config::Settings;

pub(super) const ABOUT: &str = "\
Reads a blank SCAL or witness test pack and writes the profile that reads its filled copies. Which of the two it is is \
told from what is in it. Of a SCAL: which tabs and rows ask for an answer, which answers they offer, where the status and \
the certificate go. Of a pack, a workbook or a Word document: the tests that a copy must hold, what each column is for, \
and which results its lists offer, in whatever words.

The profile is TOML for a person to check beside the blank. What the command found and what it was unsure of it says on \
standard error; with anything unsure the exit code is 1.";

pub(super) const EXAMPLES: &str = "\
Examples:
  assured profile 'SCAL 12.0 blank.xlsx'                          print the profile
  assured profile 'SCAL 12.0 blank.xlsx' --out scal-12.toml       write it to a file that is not there yet
  assured profile 'Witness test pack.xlsx' --out pack.toml        the same of a test pack

Then put the file into the folder that the configuration names under `profiles`, and try it on a filled copy with \
`assured inspect`.";

#[derive(Debug, Args)]
pub(super) struct ProfileArgs {
    /// A blank SCAL or test pack, as it is sent to partners
    #[arg(value_name = "BLANK")]
    blank: PathBuf,
    /// Write the profile to this new file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn execute(args: &ProfileArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let path = &args.blank;
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let taught = runtime.block_on(async {
        let reader = Reader::start(own_program(), &settings.receiver(), settings.reader_limits());
        reader.teach(&name, bytes.into()).await
    })?;
    let taught = match taught {
        Ok(taught) => taught,
        Err(finding) => {
            eprintln!("{}: {}", path.display(), finding.message);
            return Ok(ExitCode::FAILURE);
        }
    };
    match &args.out {
        Some(file) => write_new(file, &taught.profile)?,
        None => out.write_all(taught.profile.as_bytes())?,
    }
    for line in &taught.found {
        eprintln!("found: {line}");
    }
    for line in &taught.unsure {
        eprintln!("unsure: {line}");
    }
    Ok(if taught.unsure.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Never over a file that somebody may have corrected by hand.
fn write_new(file: &Path, profile: &str) -> anyhow::Result<()> {
    let mut created = File::create_new(file)
        .with_context(|| format!("{} cannot be written: name a file that is not there yet", file.display()))?;
    created.write_all(profile.as_bytes()).with_context(|| format!("{} cannot be written", file.display()))
}
