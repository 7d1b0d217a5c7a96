//! `assured run`: the daemon, until it is asked to stop.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::adapters::clock::Clock;
use crate::config::Settings;
use crate::daemon::Daemon;

pub(super) fn execute(settings: &Settings) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = asked_to_stop();
        let daemon = Daemon::start(settings, Clock::real(), Arc::new(|_, _| {})).await?;
        daemon.run(stop).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Resolves at SIGTERM or Ctrl+C, also at one that came since the call: from then on neither cuts the program off.
pub(super) fn asked_to_stop() -> impl Future<Output = ()> {
    let listening = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        match listening {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            (Ok(mut only), Err(_)) | (Err(_), Ok(mut only)) => {
                only.recv().await;
            }
            // The system then ends the program by itself, and the next start settles what was under way.
            (Err(_), Err(_)) => std::future::pending().await,
        }
    }
}
