//! `assured completions`: scripts for shells.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::{Shell, generate};

use super::Cli;

pub(super) const EXAMPLES: &str = "\
Examples:
  assured completions bash > /etc/bash_completion.d/assured
  assured completions zsh > /usr/local/share/zsh/site-functions/_assured
  assured completions fish > ~/.config/fish/completions/assured.fish";

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: ShellName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShellName {
    Bash,
    Zsh,
    Fish,
}

pub(super) fn execute(args: &CompletionsArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let shell = match args.shell {
        ShellName::Bash => Shell::Bash,
        ShellName::Zsh => Shell::Zsh,
        ShellName::Fish => Shell::Fish,
    };
    // Into memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "assured", &mut script);
    out.write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
