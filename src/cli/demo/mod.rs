//! `assured demo`: the same daemon on local Maildirs, a month in the life of three partners, on a clock that jumps from
//! one event to the next. Nothing leaves the machine.

mod narrate;
mod script;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::script::{Act, Scene};
use super::our_letter;
use crate::adapters::clock::Clock;
use crate::adapters::maildir::Maildir;
use crate::adapters::store::{Store, StoreError};
use crate::config::{Secrets, Settings};
use crate::daemon::Daemon;
use crate::domain::command::Order;
use crate::domain::event::Event;
use crate::domain::ids::CaseRef;

/// Passes at one moment: each may send letters that lead to another.
const PASSES_A_MOMENT_MAX: usize = 50;
/// Where the demo keeps everything, unless a folder is named.
const FOLDER: &str = "demo";

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Folder of the demo; an earlier demo there is replaced
    #[arg(default_value = FOLDER)]
    dir: PathBuf,
    /// End with the month instead of running on
    #[arg(long)]
    once: bool,
}

pub(super) fn execute(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let dir = prepare(&args.dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(play(&dir, args.once))?;
    Ok(ExitCode::SUCCESS)
}

async fn play(dir: &Path, once: bool) -> anyhow::Result<()> {
    let settings = settings(dir)?;
    let clock = Clock::simulated(script::STARTS.parse()?);
    let narrator = narrate::Narrator::new(&settings);
    println!("{}", narrate::banner(dir, once));
    let mut daemon =
        Daemon::start(&settings, clock, Arc::new(move |desk, handled| narrator.tell(desk, handled))).await?;
    play_month(&mut daemon, dir).await?;
    // As it was started: it need not be on the path.
    let program = std::env::args_os().next().map_or_else(|| PathBuf::from("assured"), PathBuf::from);
    println!("{}", narrate::ending(dir, once, &program));
    if once {
        return daemon.finish();
    }
    daemon.clock().run_on();
    daemon.run(crate::cli::run::asked_to_stop()).await
}

/// Jumps from event to event until the month is over.
async fn play_month(daemon: &mut Daemon, dir: &Path) -> anyhow::Result<()> {
    let ends: Timestamp = script::ENDS.parse()?;
    let mut scenes = script::scenes().into_iter().peekable();
    let mut due = settle(daemon).await?;
    loop {
        let arrives = scenes.peek().map(|scene| scene.at);
        let Some(next) = arrives.into_iter().chain(due).min().filter(|next| *next <= ends) else { break };
        daemon.clock().set(next);
        while let Some(scene) = scenes.next_if(|scene| scene.at <= next) {
            act(daemon, dir, scene).await?;
        }
        due = settle(daemon).await?;
    }
    daemon.clock().set(ends);
    Ok(())
}

/// Lets everything happen that happens at this moment; answers when the next thing is due.
async fn settle(daemon: &mut Daemon) -> anyhow::Result<Option<Timestamp>> {
    for _ in 0..PASSES_A_MOMENT_MAX {
        let now = daemon.clock().now();
        match daemon.pass().await? {
            Some(next) if next <= now => {}
            next => return Ok(next),
        }
    }
    bail!("the demo does not come to rest; please report this")
}

async fn act(daemon: &Daemon, dir: &Path, scene: Scene) -> anyhow::Result<()> {
    match scene.what {
        Act::Mail { mailbox, folder, name, raw } => {
            let maildir = Maildir::open(&dir.join(mailbox), true)?;
            let raw = answer_to(daemon, raw).await?;
            maildir.deliver(folder, &format!("{}.{name}.demo", scene.at.as_second()), &raw)?;
        }
        Act::Command { case, command } => {
            let order = Order::parse(command, scene.at.to_zoned(TimeZone::UTC).date())?;
            let event = Event::CommandGiven {
                at: scene.at,
                by: "jo.marsh".to_owned(),
                case: CaseRef::parse(case),
                command: order.command,
                manner: order.manner,
            };
            daemon.desk().take(event, None).await?.with_context(|| format!("{case} {command}"))?;
        }
    }
    Ok(())
}

async fn answer_to(daemon: &Daemon, raw: &[u8]) -> anyhow::Result<Vec<u8>> {
    let letters = daemon.desk().look(|desk| desk.store().outbox()).await?;
    Ok(our_letter::put_in(raw, &letters)?.unwrap_or_else(|| raw.to_vec()))
}

/// An empty folder for the demo. Only a folder that holds an earlier demo is cleared.
fn prepare(dir: &Path) -> anyhow::Result<PathBuf> {
    let fault = || format!("the folder of the demo, {}", dir.display());
    if dir.exists() {
        let is_demo = dir.join("assured.toml").is_file() && dir.join("sent").is_dir();
        let is_empty = fs::read_dir(dir).with_context(fault)?.next().is_none();
        if !is_demo && !is_empty {
            bail!("{} is not empty and holds no demo: name another folder", dir.display());
        }
        if is_demo {
            // Held until the folder is gone: the lock is one of its files.
            let held = records_if_free(dir)?;
            fs::remove_dir_all(dir).with_context(fault)?;
            drop(held);
        }
    }
    fs::create_dir_all(dir.join("sent")).with_context(fault)?;
    let dir = dir.canonicalize().with_context(fault)?;
    for mailbox in ["sa", "lsob"] {
        Maildir::open(&dir.join(mailbox), true)?;
    }
    fs::write(dir.join("assured.toml"), include_str!("../example.toml")).with_context(fault)?;
    Ok(dir)
}

/// Takes the lock of an earlier demo's records; a demo that still runs holds it, and its folder is left alone.
fn records_if_free(dir: &Path) -> anyhow::Result<Option<Store>> {
    let var = dir.join("var");
    if !var.join("lock").exists() {
        return Ok(None);
    }
    match Store::open(&var, Clock::real().now()) {
        Ok((store, _)) => Ok(Some(store)),
        Err(StoreError::Locked { pid, since, .. }) => bail!(
            "the demo in {} is still running, as process {pid}, since {since} by its own clock: end it with Ctrl+C, or name another folder",
            dir.display()
        ),
        // Records that cannot be read are not in use, and are replaced.
        Err(_) => Ok(None),
    }
}

fn settings(dir: &Path) -> anyhow::Result<Settings> {
    Settings::load(&dir.join("assured.toml"), Secrets::Checked).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", faults.join("\n"))
    })
}
