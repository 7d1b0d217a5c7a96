//! The configuration: TOML to [`Settings`], every fault reported at once with file, line and fix. Holds no rules of
//! the process; `config/assured.toml` explains every key and its default.

mod accounts;
mod connections;
mod cross_check;
mod fault;
mod folders;
mod oauth;
mod rules;
mod scan;
mod section;
#[cfg(test)]
mod tests;
mod vigil;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use toml::de::DeTable;

pub use self::accounts::{
    ImapSettings, Login, MailSource, MailboxSettings, Password, PasswordError, Proof, ReversePath, Sending,
    SmtpSettings,
};
pub use self::fault::Fault;
pub use self::oauth::{Expiry, OAuthSettings};
pub use self::scan::{ScanSettings, WhenDown};
use self::section::{Section, Source};
pub use self::vigil::AlarmSettings;
use crate::domain::ids::MailboxName;
use crate::domain::policy::Policy;
use crate::intake::{Receiver, TrustRule, profile};

const FILE_BYTES_MAX: u64 = 1 << 20;

/// Everything that the configuration says, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    pub policy: Policy,
    /// How each mailbox of the policy is read and sent from, in the same order.
    pub mailboxes: Vec<MailboxSettings>,
    /// The folder of the journal, the store, the lock and the control socket.
    pub var: PathBuf,
    pub poll_secs: u32,
    /// Mail that arrived earlier is remembered, not answered. `None`: the first start decides.
    pub answer_from: Option<Timestamp>,
    pub trust: Vec<TrustRule>,
    pub reader: ReaderSettings,
    /// `None`: mail is read without a virus scan.
    pub scan: Option<ScanSettings>,
    pub alarm: AlarmSettings,
    /// Letters reworded by the team: file name and text. They replace the built-in ones of the same name.
    pub wording: BTreeMap<String, String>,
    /// Layouts of documents, by file name. They replace or join the built-in ones.
    pub profiles: BTreeMap<String, String>,
}

/// Limits of the processes that read messages and documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderSettings {
    pub processes: u32,
    pub wall_secs: u32,
    pub cpu_secs: u32,
    pub memory_mib: u32,
    pub message_mib_max: u32,
    pub attachment_mib_max: u32,
}

/// Whether the files and variables that hold passwords are tried while reading the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    Checked,
    /// For commands that log in nowhere, and users who may not see the passwords.
    Unseen,
}

impl Settings {
    /// Reads a configuration file with all that it names.
    pub fn load(path: &Path, secrets: Secrets) -> Result<Self, Vec<Fault>> {
        let text = read_file(path).map_err(|fault| vec![fault])?;
        Self::from_text(path, &text, secrets)
    }

    /// `file` names the text in faults; relative paths in the text start from its folder.
    pub fn from_text(file: &Path, text: &str, secrets: Secrets) -> Result<Self, Vec<Fault>> {
        read(file, text, |source, root, base| {
            cross_check::mailbox_and_staff_exist(source, root);
            settings(root, base, secrets)
        })
    }

    /// The defaults, without any mailbox: enough to count days and to read documents.
    pub fn built_in() -> Result<Self, Vec<Fault>> {
        read(Path::new("built-in configuration"), "", |_, root, base| settings(root, base, Secrets::Unseen))
    }

    /// Where a running daemon answers the command line.
    pub fn socket(&self) -> PathBuf {
        self.var.join("assured.sock")
    }

    /// What the reader processes must know.
    pub fn receiver(&self) -> Receiver {
        let mailboxes = &self.policy.mailboxes;
        Receiver {
            own_addresses: mailboxes
                .iter()
                .flat_map(|m| std::iter::once(&m.address).chain(&m.aliases))
                .cloned()
                .collect(),
            staff_addresses: self.policy.staff.iter().map(|member| member.address.clone()).collect(),
            trust: self.trust.clone(),
            second_mailboxes: self.mailboxes.iter().flat_map(|mailbox| &mailbox.second_mailboxes).cloned().collect(),
            agreement_notices_from: self.policy.agreement_notices_from.clone(),
            attachment_bytes_max: u64::from(self.reader.attachment_mib_max) << 20,
            profiles: self.profiles.values().cloned().collect(),
        }
    }

    pub fn mailbox(&self, name: &MailboxName) -> Option<&MailboxSettings> {
        self.mailboxes.iter().find(|mailbox| mailbox.name == *name)
    }
}

/// Reads a text and gives either its value or all of its faults.
fn read<T>(
    file: &Path,
    text: &str,
    of: impl FnOnce(&Source<'_>, &Section<'_>, &Path) -> Option<T>,
) -> Result<T, Vec<Fault>> {
    let source = Source::new(file, text);
    let base = file.parent().unwrap_or(Path::new(""));
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        let what = format!("this is not TOML: {}", error.message().trim_end_matches('.'));
        source.fault(at, what, "Correct the line; every text stands in \"quotes\".");
    }
    // Keys that a syntax error swallowed would look missing, so syntax comes first.
    let value = match errors.as_slice() {
        [] => {
            let table = table.into_inner();
            let source = &source;
            let root = source.root(&table);
            let value = of(source, &root, base);
            root.finish();
            value
        }
        [_, ..] => None,
    };
    let faults = source.into_faults();
    match value {
        Some(value) if faults.is_empty() => Ok(value),
        Some(_) | None => Err(faults),
    }
}

fn settings(root: &Section<'_>, base: &Path, secrets: Secrets) -> Option<Settings> {
    let mailboxes = accounts::mailboxes(root, base, secrets);
    let staff = rules::staff(root);
    cross_check::each_address_once(root, &mailboxes, &staff);
    let (shared, accounts): (_, Vec<_>) = mailboxes.into_iter().map(|found| found.value).unzip();
    let staff = staff.into_iter().map(|found| found.value).collect();
    let alarm = vigil::alarm(root, base);
    let canary = vigil::canary(root);
    let policy = rules::policy(root, base, shared, staff);
    let policy = policy.map(|policy| Policy {
        canary: canary.as_ref().map(|found| found.value),
        alarm: alarm.program.is_some(),
        ..policy
    });
    if let (Some(canary), Some(policy)) = (&canary, &policy) {
        vigil::canary_can_leave(root, canary.at, policy, &accounts);
    }
    let settings = Settings {
        mailboxes: accounts,
        var: root.text("var").map_or_else(|| base.join("var"), |found| base.join(found.value)),
        poll_secs: root.number("poll_secs", 5..=3_600).unwrap_or(60),
        answer_from: rules::answer_from(root, &policy),
        trust: rules::trust(root),
        reader: rules::reader(root),
        scan: scan::settings(root, base),
        alarm,
        wording: folders::texts(root, base, "letters", "j2", |_| Ok(())),
        profiles: folders::texts(root, base, "profiles", "toml", profile::check),
        policy: policy?,
    };
    Some(settings)
}

fn read_file(path: &Path) -> Result<String, Fault> {
    let fault = |what: String, fix: &str| Fault { file: path.to_owned(), line: None, what, fix: fix.to_owned() };
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text));
    match read {
        Err(error) => Err(fault(
            format!("the configuration cannot be read: {error}"),
            "Name another file with --config, or copy config/assured.toml and change it.",
        )),
        Ok(_) if text.len() as u64 > FILE_BYTES_MAX => {
            Err(fault("the configuration is larger than 1 MiB".to_owned(), "Is it the right file?"))
        }
        Ok(_) => Ok(text),
    }
}
