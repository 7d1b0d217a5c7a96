//! Letters as files, for the demo and for trying things out. Must not reach any network.

use std::path::{Path, PathBuf};

use super::{Delivery, MailerError, Outgoing};
use crate::adapters::durable::{self, Placed};

/// How many letters may share one name before that is taken for a fault.
const SAME_NAME_MAX: u32 = 1_000;

pub struct FolderMailer {
    path: PathBuf,
}

impl FolderMailer {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) async fn send(&self, letter: &Outgoing<'_>) -> Delivery {
        let (folder, name, raw) = (self.path.clone(), plain_name(letter.name), letter.raw.to_vec());
        match tokio::task::spawn_blocking(move || write(&folder, &name, &raw)).await {
            Ok(Ok(response)) => Delivery::Sent { response },
            Ok(Err(error)) => Delivery::Retry { reason: self.fault(&error).to_string() },
            Err(error) => Delivery::Unknown { reason: self.fault(&error).to_string() },
        }
    }

    pub(super) async fn check(&self) -> Result<(), MailerError> {
        let folder = self.path.clone();
        let tried = tokio::task::spawn_blocking(move || {
            let probe = folder.join(".assured-check");
            std::fs::create_dir_all(&folder)?;
            std::fs::write(&probe, b"")?;
            std::fs::remove_file(&probe)
        });
        tried.await.map_err(|error| self.fault(&error))?.map_err(|error| self.fault(&error))
    }

    fn fault(&self, why: &dyn std::error::Error) -> MailerError {
        MailerError::Folder { path: self.path.clone(), why: why.to_string() }
    }
}

/// Writes the letter under a name of its own. The same letter again finds itself there, as a resend should.
fn write(folder: &Path, name: &str, raw: &[u8]) -> std::io::Result<String> {
    std::fs::create_dir_all(folder)?;
    for number in 1..=SAME_NAME_MAX {
        let name = if number == 1 { format!("{name}.eml") } else { format!("{name}-{number}.eml") };
        let target = folder.join(&name);
        match durable::place(raw, &folder.join(format!(".{name}.part")), &target)? {
            Placed::New => return Ok(format!("written to {name}")),
            Placed::Taken if std::fs::read(&target)? == raw => return Ok(format!("was written to {name} before")),
            Placed::Taken => {}
        }
    }
    Err(std::io::Error::other(format!("{SAME_NAME_MAX} letters named {name}")))
}

/// Letters, digits, dots, dashes and underscores, without `.eml`.
fn plain_name(hint: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }
    };
    let name: String = hint.trim_end_matches(".eml").trim_start_matches('.').chars().take(100).map(plain).collect();
    if name.is_empty() { "letter".to_owned() } else { name }
}
