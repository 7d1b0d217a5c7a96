//! Arguments, tracing, exit codes; nothing else.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use assured::cli::{Cli, ConfigError, LogFormat, UsageError};
use clap::Parser;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

const NOT_RIGHT: u8 = 1;
const USAGE_OR_CONFIG: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli);
    match cli.execute() {
        Ok(code) => code,
        // Whoever reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("assured: {error:#}");
            ExitCode::from(if is_callers_fault(&error) { USAGE_OR_CONFIG } else { NOT_RIGHT })
        }
    }
}

/// Logs to standard error. `RUST_LOG` chooses what, but for one thing that must not be seen.
fn start_log(cli: &Cli) {
    let usual = match (cli.verbose, cli.is_daemon()) {
        (0, true) => "warn,assured=info",
        (0, false) => "warn",
        (1, _) => "info,assured=debug",
        (2.., _) => "debug,assured=trace",
    };
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let filter = chosen.and(filter_fn(may_be_logged));
    let layer = fmt::layer().with_writer(io::stderr);
    let layer = match cli.log_format {
        LogFormat::Text => layer.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).init();
}

/// At `trace` async-imap writes passwords and whole messages.
fn may_be_logged(about: &Metadata<'_>) -> bool {
    !(about.target().starts_with("async_imap") && *about.level() == Level::TRACE)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| cause.downcast_ref::<io::Error>().map(io::Error::kind);
    error.chain().filter_map(kind).any(|kind| kind == io::ErrorKind::BrokenPipe)
}

fn is_callers_fault(error: &anyhow::Error) -> bool {
    error.is::<UsageError>() || error.is::<ConfigError>()
}
