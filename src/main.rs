//! Arguments and exit codes; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("read") => assured::cli::read::main(),
        Some(_) | None => ExitCode::from(2),
    }
}
