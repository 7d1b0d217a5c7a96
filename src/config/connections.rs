//! Settings in the form that adapters take: accounts with their passwords, limits of the reader. Connects to nothing.

use std::fs;

use super::accounts::{ImapSettings, SmtpSettings};
use super::section::is_domain;
use super::{ReaderSettings, Settings};
use crate::adapters::credential::Credential;
use crate::adapters::imap::{ImapAccount, ImapTimeouts};
use crate::adapters::reader::ReaderLimits;
use crate::adapters::smtp::SmtpAccount;

const IMAP_TIMEOUTS: ImapTimeouts = ImapTimeouts { connect_secs: 30, command_secs: 60, fetch_secs: 300 };
/// RFC 5321 §4.5.3.2.
const SMTP_DEADLINE_SECS: u64 = 300;
const SMTP_VERDICT_DEADLINE_SECS: u64 = 780;

impl Settings {
    pub fn reader_limits(&self) -> ReaderLimits {
        let ReaderSettings { processes, wall_secs, cpu_secs, memory_mib, .. } = self.reader;
        ReaderLimits {
            processes: processes as usize,
            wall_secs: u64::from(wall_secs),
            cpu_secs: u64::from(cpu_secs),
            address_space_bytes: u64::from(memory_mib) << 20,
            ..ReaderLimits::default()
        }
    }
}

impl ImapSettings {
    pub fn account(&self, credential: Credential) -> ImapAccount {
        ImapAccount {
            host: self.host.clone(),
            port: self.port,
            tls: self.tls,
            user: self.login.user.clone(),
            credential,
            extra_ca_file: self.extra_ca_file.clone(),
            timeouts: IMAP_TIMEOUTS,
        }
    }
}

impl SmtpSettings {
    /// Without its login, which is told to the mailer when it is known.
    pub fn account(&self) -> SmtpAccount {
        SmtpAccount {
            host: self.host.clone(),
            port: self.port,
            tls: self.tls,
            login: None,
            extra_ca_file: self.extra_ca_file.clone(),
            deadline_secs: SMTP_DEADLINE_SECS,
            verdict_deadline_secs: SMTP_VERDICT_DEADLINE_SECS,
            hello_name: machine_name(),
        }
    }
}

fn machine_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Some(name.trim()).filter(|name| is_domain(name)).unwrap_or("localhost").to_owned()
}
