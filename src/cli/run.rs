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
        let daemon = Daemon::start(settings, Clock::real(), Arc::new(|_, _| {})).await?;
        daemon.run(asked_to_stop()).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Resolves at SIGTERM or Ctrl+C.
pub(super) async fn asked_to_stop() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            tokio::signal::ctrl_c().await.ok();
        }
    }
}
