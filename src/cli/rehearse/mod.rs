//! `assured rehearse`: a folder of exported mail through the whole program on a simulated clock. Sends nothing, and keeps
//! its records in a temporary folder.

mod mail;
mod stage;
mod tell;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use self::mail::Mailbag;
use self::stage::Stage;
use self::tell::Teller;
use super::when::{self, When};
use super::{ConfigError, UsageError};
use crate::config::{Secrets, Settings};

pub(super) const ABOUT: &str = "\
Takes a folder of exported mail through the whole program, on a clock that jumps from one event to the next, and tells \
what the program would have done: what was decided about each message, when whom it would have reminded or warned, and \
every letter. Nothing is sent, no mailbox is opened, and the records of the real program are not touched.

DIR holds a folder for each mailbox: DIR/sa/*.eml is what arrived in the mailbox \"sa\", DIR/sa-sent/*.eml what people \
sent from it, DIR/sa-junk/*.eml what a filter put away. A message arrives at the date of its topmost Received field, else \
of its Date field; those of one moment in the order of their folders and file names.

The configuration is DIR/assured.toml, else the one named with --config, else a built-in one with the mailboxes \"sa\" \
(solution.assurance@ers.example) and \"lsob\" (live.services@ers.example) and three people at ers.example. Its mail \
accounts, answer_from and [scan] are left alone: all of the mail is answered.

TIME is an instant (2026-11-30T18:00:00Z), a London time (2026-11-30 18:00) or a date, which means its end. The same \
folder, configuration, version and TIME give the same story to the byte.";

pub(super) const EXAMPLES: &str = "\
Events:
  message-arrived      a message came into a mailbox
  sent-message-seen    somebody sent a message from a mailbox
  junk-seen            a message lies where a filter puts junk
  moment-came          a case was woken: a reminder, a warning, a broken promise, the end of gathering messages
  day-began            the office opened on a working day: the digest
  message-quarantined  a message could not be taken in
  trouble-found        something is wrong with the world, such as far too many letters
A letter counts as delivered at once and belongs to the event that caused it: there is no event of its delivery, and no \
cap on letters delays it. Letters that the configuration only records (\"observe\") or holds (\"hold\") are told too.

Examples:
  assured rehearse november --until 2026-11-30
  assured rehearse november --until 2026-11-30 --out letters       the letters as .eml files
  assured rehearse november --until '2026-11-30 18:00' --json | jq -r '.letters[].subject'

With --json, one object an event: {\"at\", \"case\": reference or null, \"phase\", \"event\", \"letters\": [{\"kind\", \"to\", \
\"subject\", \"message_id\", \"file\"}]}; \"file\" is the name that the letter has in the folder of --out.

In a message that was written for a rehearsal, <assured-letter-to:ADDRESS> stands for the Message-ID of our latest letter \
to that address, so that it can be answered or returned.";

/// A day ends before the first moment of the next.
const LAST_OF_DAY: SignedDuration = SignedDuration::from_secs(1);
const CONFIG: &str = "assured.toml";
/// The configuration of a rehearsal that is given none.
const EXAMPLE: &str = include_str!("../example.toml");

#[derive(Debug, Args)]
pub(super) struct RehearseArgs {
    /// Folder of exported mail
    dir: PathBuf,
    /// The last moment of the rehearsal: a date, a London time or an RFC 3339 instant
    #[arg(long, value_name = "TIME")]
    until: String,
    /// Print one JSON object an event
    #[arg(long)]
    json: bool,
    /// Write the letters into this folder as .eml files; files of the same names are replaced
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// `given` is the configuration that was named.
pub(super) fn execute(args: &RehearseArgs, given: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let settings = settings(&args.dir, given)?;
    let zone = settings.policy.calendar.zone().clone();
    let until = last_moment(&args.until, &settings)?;
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let bag = mail::list(&args.dir, &settings.policy.mailboxes, args.out.as_deref())?;
    let starts = first_moment(&bag, &args.dir, until, &zone)?;
    for file in &bag.undated {
        eprintln!("assured: {file} is left out: neither a Received nor a Date field says when it arrived");
    }
    let has_undated = !bag.undated.is_empty();
    let mut teller = Teller::new(out, args.json, args.out.as_deref(), zone);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let records = tempfile::Builder::new().prefix("assured-rehearsal-").tempdir();
        let records = records.context("cannot make a temporary folder for the records")?;
        Stage::open(&settings, records.path(), starts, &mut teller)?.play(bag.mail, until).await
    })?;
    teller.end(until)?;
    Ok(if has_undated { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn settings(dir: &Path, given: Option<&Path>) -> Result<Settings, ConfigError> {
    let own = dir.join(CONFIG);
    let settings = match (own.is_file(), given) {
        (true, _) => Settings::load(&own, Secrets::Unseen),
        (false, Some(given)) => Settings::load(given, Secrets::Unseen),
        (false, None) => Settings::from_text(Path::new("built-in configuration"), EXAMPLE, Secrets::Unseen),
    };
    settings.map_err(ConfigError)
}

fn last_moment(text: &str, settings: &Settings) -> Result<Timestamp, UsageError> {
    let calendar = &settings.policy.calendar;
    Ok(match when::read(text, calendar.zone())? {
        When::Day(day) => calendar.day_end(day).saturating_sub(LAST_OF_DAY).unwrap_or(Timestamp::MAX),
        When::Moment(at) => at,
    })
}

fn first_moment(bag: &Mailbag, dir: &Path, until: Timestamp, zone: &TimeZone) -> Result<Timestamp, UsageError> {
    let Some(first) = bag.mail.first() else {
        let names = bag.folders.join(", ");
        return Err(UsageError(match bag.undated.as_slice() {
            [] => format!("{} holds no mail: put .eml files into its folders {names}", dir.display()),
            [file, ..] => format!("no message in {} says when it arrived; {file} is one of them", dir.display()),
        }));
    };
    if first.at > until {
        return Err(UsageError(format!(
            "--until {} is before the first message: {} arrives {}",
            tell::moment(until, zone),
            first.name(),
            tell::moment(first.at, zone)
        )));
    }
    Ok(first.at)
}
