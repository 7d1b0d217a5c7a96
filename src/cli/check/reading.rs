//! The checks of what opens the files of partners: how its process is confined, and whether a virus scanner looks first.

use super::{Check, Outcome};
use crate::adapters::clamd::{Clamd, ClamdError, Scanned};
use crate::adapters::reader::wire::Confinement;
use crate::adapters::reader::{Reader, own_program};
use crate::config::Settings;

pub(super) async fn checks(settings: &Settings) -> Vec<Check> {
    let reader = Reader::start(own_program(), &settings.receiver(), settings.reader_limits());
    let outcome = match reader.confinement().await {
        Ok(confinement) => confined(confinement),
        Err(error) => Outcome::Wrong(error.to_string()),
    };
    let mut checks = vec![Check::new("process that opens what partners send", outcome)];
    if let Some(scan) = &settings.scan {
        let what = format!("virus scanner {}", scan.address);
        checks.push(Check::new(what, scanner(&scan.clamd(), settings.reader.message_mib_max).await));
    }
    checks
}

pub(super) fn confined(confinement: Confinement) -> Outcome {
    let missing = match confinement {
        Confinement { no_files: true, few_calls: true } => {
            return Outcome::Right("sees no file, no network and no secret (Landlock, seccomp)".to_owned());
        }
        Confinement { no_files: true, few_calls: false } => "seccomp",
        Confinement { no_files: false, few_calls: true } => "Landlock",
        Confinement { no_files: false, few_calls: false } => "Landlock and seccomp",
    };
    Outcome::Doubt(format!(
        "its memory, time and open files are limited, but this machine offers no {missing} to confine it further, should \
         a hostile file take it over. Linux from 5.13 on has both; a container may have to allow them."
    ))
}

/// The largest message is streamed to it, blank, since it cannot be asked for its limit.
pub(super) async fn scanner(clamd: &Clamd, message_mib_max: u32) -> Outcome {
    let blank = vec![0; (message_mib_max as usize) << 20];
    let tried: Result<Scanned, ClamdError> = async {
        clamd.ping().await?;
        clamd.scan(&blank).await
    }
    .await;
    match tried {
        Ok(Scanned::Clean) => Outcome::Right(format!("looks at messages of up to {message_mib_max} MiB")),
        Ok(Scanned::TooLarge) => Outcome::Doubt(format!(
            "takes no message of {message_mib_max} MiB, and what it does not take is not opened. Set StreamMaxLength in \
             clamd.conf to {message_mib_max}M, or message_mib_max to less."
        )),
        Ok(Scanned::Infected { signature }) => {
            Outcome::Wrong(format!("finds {signature} in a blank message. Look at its signatures."))
        }
        Err(error) => Outcome::Wrong(format!("{error}.")),
    }
}
