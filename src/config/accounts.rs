//! `[[mailbox]]`: who signs, how it is read and how its letters leave. Opens no connection.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::Secrets;
use super::oauth::{self, OAuthSettings};
use super::section::{Found, Section, is_domain};
use crate::adapters::tls::Tls;
use crate::domain::effect::LetterKind;
use crate::domain::ids::{Address, MailboxName};
use crate::domain::policy::{Level, SharedMailbox, Team};

const PASSWORD_BYTES_MAX: u64 = 4_096;
const NAME_CHARS_MAX: usize = 32;

pub(super) const LEVELS: [(&str, Level); 3] =
    [("observe", Level::Observe), ("hold", Level::Hold), ("send", Level::Send)];
pub(super) const TEAMS: [(&str, Team); 2] = [("sa", Team::Sa), ("lsob", Team::Lsob)];

/// The technical side of a shared mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxSettings {
    pub name: MailboxName,
    pub source: MailSource,
    pub sending: Sending,
    pub reverse_path: ReversePath,
    /// Where its access tokens come from.
    pub oauth: Option<OAuthSettings>,
    /// One of these must be in copy of an approval form that comes here.
    pub second_mailboxes: Vec<Address>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailSource {
    Imap(ImapSettings),
    /// A Maildir on this machine: trials and the demo.
    Maildir(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImapSettings {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub login: Login,
    pub inbox: String,
    /// `None`: the Sent folder is not watched.
    pub sent: Option<String>,
    /// `None`: what a filter takes for junk is not watched.
    pub junk: Option<String>,
    /// Certificate authorities to trust beside the system's.
    pub extra_ca_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    Smtp(SmtpSettings),
    /// Letters are written here as `.eml` and go nowhere.
    Folder(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// `None` for a relay that knows this machine.
    pub login: Option<Login>,
    /// `false`: no access token either, whatever the mailbox uses.
    pub oauth: bool,
    pub extra_ca_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub proof: Proof,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    Password(Password),
    /// An access token of the mailbox.
    Token,
}

/// Where a password is kept. It is read when it is needed, so that it can be changed without a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Password {
    File(PathBuf),
    Env(String),
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("the password file {path} cannot be read: {source}", path = path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the environment variable {0}, which should hold a password, is not set")]
    Unset(String),
    #[error("{0} holds no password: it should hold one line of at most {PASSWORD_BYTES_MAX} bytes")]
    NotOneLine(String),
}

/// The envelope sender of our letters, to which bounces return (STANDARDS B7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReversePath {
    /// `<>`: nothing comes back, loops are least likely.
    Null,
    /// The mailbox itself: bounces arrive where they are read.
    Mailbox,
    Address(Address),
}

impl ReversePath {
    /// `own`: the address of the mailbox. `None` is the null path.
    pub fn for_mailbox<'a>(&'a self, own: &'a Address) -> Option<&'a Address> {
        match self {
            Self::Null => None,
            Self::Mailbox => Some(own),
            Self::Address(address) => Some(address),
        }
    }
}

impl Password {
    pub fn read(&self) -> Result<SecretString, PasswordError> {
        let (text, place) = match self {
            Self::File(path) => {
                let mut text = String::new();
                fs::File::open(path)
                    .and_then(|file| file.take(PASSWORD_BYTES_MAX + 1).read_to_string(&mut text))
                    .map_err(|source| PasswordError::Unreadable { path: path.clone(), source })?;
                (text, path.display().to_string())
            }
            Self::Env(name) => {
                (env::var(name).map_err(|_| PasswordError::Unset(name.clone()))?, format!("the variable {name}"))
            }
        };
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() || password.contains('\n') || text.len() as u64 > PASSWORD_BYTES_MAX {
            return Err(PasswordError::NotOneLine(place));
        }
        Ok(SecretString::from(password))
    }
}

pub(super) fn mailboxes(
    root: &Section<'_>,
    base: &Path,
    secrets: Secrets,
) -> Vec<Found<(SharedMailbox, MailboxSettings)>> {
    let shared = sending(root, base, secrets);
    let sections = root.sections("mailbox");
    sections.into_iter().filter_map(|section| mailbox(section, shared.as_ref(), base, secrets)).collect()
}

fn mailbox(
    mut section: Section<'_>,
    shared: Option<&Sending>,
    base: &Path,
    secrets: Secrets,
) -> Option<Found<(SharedMailbox, MailboxSettings)>> {
    let name = mailbox_name(&mut section);
    let address = section.address("address", "\"sa.team@nhs.example\"");
    let aliases = section.addresses("aliases");
    let second_mailboxes = section.addresses("second_mailboxes").into_iter().map(|found| found.value).collect();
    section.require("team", "\"sa\"");
    let team = section.choice("team", &TEAMS);
    let team_name = section.text("team_name").map(|found| found.value);
    let level = section.choice("level", &LEVELS).unwrap_or(Level::Observe);
    let levels = levels(&section.section("levels"));
    let silence_office_hours = section.number("silence_office_hours", 1..=2_000);
    let oauth_section = section.section("oauth");
    let oauth = oauth::settings(&oauth_section, base, secrets);
    let source = source(&section, oauth_section.is_present(), base, secrets);
    let own = sending(&section, base, secrets);
    if own.is_none() && shared.is_none() && !section.has("smtp") && !section.has("outbox_folder") {
        let fix = "Add a table [smtp] for all mailboxes, or [mailbox.smtp] for this one.";
        section.fault(section.at(), "nothing says how letters leave", fix);
    }
    let reverse_path = reverse_path(&section);
    section.finish();
    let team = team?;
    let (name, address) = (name?, address?);
    let source = source?;
    let sending = with_token(own.or_else(|| shared.cloned())?, &source, oauth.is_some());
    let settings = MailboxSettings { name: name.clone(), source, sending, reverse_path, oauth, second_mailboxes };
    let shared = SharedMailbox {
        name,
        address: address.value,
        aliases: aliases.into_iter().map(|alias| alias.value).collect(),
        team_name: team_name.unwrap_or_else(|| default_team_name(team).to_owned()),
        team,
        level,
        levels,
        silence_office_hours,
    };
    Some(Found { value: (shared, settings), at: section.at() })
}

fn mailbox_name(section: &mut Section<'_>) -> Option<MailboxName> {
    let name = section.required_text("name", "\"sa\"")?;
    section.call(&name.value);
    let plain = name.value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !plain || name.value.chars().count() > NAME_CHARS_MAX {
        let fix = format!("Use at most {NAME_CHARS_MAX} lower-case letters, digits and hyphens, such as \"sa\".");
        section.fault(name.at, format!("\"name\" is {:?}", name.value), fix);
        return None;
    }
    Some(MailboxName::new(&name.value))
}

fn default_team_name(team: Team) -> &'static str {
    match team {
        Team::Sa => "e-RS Solution Assurance team",
        Team::Lsob => "e-RS Live Services Onboarding team",
    }
}

/// Levels by kind of letter; only kinds that go to partners have one.
fn levels(section: &Section<'_>) -> BTreeMap<LetterKind, Level> {
    let kinds = LetterKind::ALL.into_iter().filter(|kind| !kind.is_for_staff());
    let levels = kinds.filter_map(|kind| Some((kind, section.choice(kind.name(), &LEVELS)?))).collect();
    section.finish();
    levels
}

/// Letters leave with the token of the mailbox too, unless a password or `oauth = false` says otherwise.
fn with_token(sending: Sending, source: &MailSource, has_oauth: bool) -> Sending {
    match (sending, source) {
        (Sending::Smtp(smtp), MailSource::Imap(imap)) if has_oauth && smtp.oauth && smtp.login.is_none() => {
            let login = Some(Login { user: imap.login.user.clone(), proof: Proof::Token });
            Sending::Smtp(SmtpSettings { login, ..smtp })
        }
        (sending, _) => sending,
    }
}

fn source(section: &Section<'_>, has_oauth: bool, base: &Path, secrets: Secrets) -> Option<MailSource> {
    let imap = section.section("imap");
    match (imap.is_present(), section.text("maildir")) {
        (true, None) => imap_settings(&imap, has_oauth, base, secrets).map(MailSource::Imap),
        (false, Some(path)) => Some(MailSource::Maildir(base.join(path.value))),
        (true, Some(path)) => {
            section.fault(path.at, "both \"imap\" and \"maildir\" are given", "Keep the one to read mail from.");
            imap_settings(&imap, has_oauth, base, secrets).map(MailSource::Imap)
        }
        (false, None) if section.has("imap") || section.has("maildir") => None,
        (false, None) => {
            let fix = "Add a table [mailbox.imap] with host, user and password_file.";
            section.fault(section.at(), "nothing says where its mail is read", fix);
            None
        }
    }
}

fn imap_settings(section: &Section<'_>, has_oauth: bool, base: &Path, secrets: Secrets) -> Option<ImapSettings> {
    let (host, tls, port) = server(section, "\"outlook.office365.com\"", Tls::Implicit, |tls| match tls {
        Tls::Implicit => 993,
        Tls::StartTls | Tls::None => 143,
    });
    let login = if has_oauth { token_login(section) } else { login(section, base, secrets, true) };
    let inbox = section.text("inbox").map_or_else(|| "INBOX".to_owned(), |found| found.value);
    let folder = |key: &'static str, usual: &str| match section.text_or_empty(key) {
        Some(found) => Some(found.value).filter(|folder| !folder.is_empty()),
        None => Some(usual.to_owned()),
    };
    let (sent, junk) = (folder("sent", "Sent Items"), folder("junk", "Junk Email"));
    let extra_ca_file = extra_ca_file(section, base);
    section.finish();
    Some(ImapSettings { host: host?, port, tls, login: login?, inbox, sent, junk, extra_ca_file })
}

/// How letters leave: `smtp` or `outbox_folder`, at the top of the file or within a mailbox.
fn sending(section: &Section<'_>, base: &Path, secrets: Secrets) -> Option<Sending> {
    let smtp = section.section("smtp");
    let folder = section.text("outbox_folder");
    if let (true, Some(folder)) = (smtp.is_present(), &folder) {
        let fix = "Keep smtp to send letters, or outbox_folder to write them to a folder.";
        section.fault(folder.at, "both \"smtp\" and \"outbox_folder\" are given", fix);
    }
    match folder {
        Some(folder) if !smtp.is_present() => Some(Sending::Folder(base.join(folder.value))),
        Some(_) | None if smtp.is_present() => smtp_settings(&smtp, base, secrets).map(Sending::Smtp),
        Some(_) | None => None,
    }
}

fn smtp_settings(section: &Section<'_>, base: &Path, secrets: Secrets) -> Option<SmtpSettings> {
    let (host, tls, port) = server(section, "\"smtp.office365.com\"", Tls::StartTls, |tls| match tls {
        Tls::Implicit => 465,
        Tls::StartTls => 587,
        Tls::None => 25,
    });
    let wants_login = section.has("user") || section.has("password_file") || section.has("password_env");
    let login = login(section, base, secrets, wants_login);
    let oauth = section.yes_or_no("oauth").unwrap_or(true);
    let extra_ca_file = extra_ca_file(section, base);
    section.finish();
    Some(SmtpSettings { host: host?, port, tls, login, oauth, extra_ca_file })
}

fn server(
    section: &Section<'_>,
    example: &str,
    usual: Tls,
    usual_port: impl Fn(Tls) -> u16,
) -> (Option<String>, Tls, u16) {
    let host = section.required_text("host", example);
    let words = [("implicit", Tls::Implicit), ("starttls", Tls::StartTls), ("none", Tls::None)];
    let tls = section.choice("tls", &words).unwrap_or(usual);
    let port = section.number("port", 1..=65_535).and_then(|port| u16::try_from(port).ok());
    let host = host.filter(|host| {
        let known = is_domain(&host.value) || host.value.parse::<IpAddr>().is_ok();
        if !known {
            let fix = "Give a name such as mail.example, or an address; the port has a line of its own.";
            section.fault(host.at, format!("\"host\" is {:?}, which is no host name", host.value), fix);
        }
        known
    });
    if let (Some(host), Tls::None) = (&host, tls)
        && !is_loopback(&host.value)
    {
        let what = format!("tls = \"none\" would send the password and the mail to {:?} unprotected", host.value);
        section.fault(host.at, what, "Use \"implicit\" or \"starttls\"; \"none\" is for this machine only.");
    }
    (host.map(|host| host.value), tls, port.unwrap_or_else(|| usual_port(tls)))
}

/// A mailbox with `oauth` has no password.
fn token_login(section: &Section<'_>) -> Option<Login> {
    for key in ["password_file", "password_env"] {
        if let Some(found) = section.text(key) {
            let what = format!("both \"{key}\" and [mailbox.oauth] are given");
            section.fault(found.at, what, "Keep the one that the server wants; Exchange Online wants oauth.");
        }
    }
    let user = section.required_text("user", "\"sa.team@nhs.example\"")?.value;
    Some(Login { user, proof: Proof::Token })
}

/// User and password; where `required` is false there may be neither.
fn login(section: &Section<'_>, base: &Path, secrets: Secrets, required: bool) -> Option<Login> {
    if required {
        section.require("user", "\"sa.team@nhs.example\"");
    }
    section.forbid(
        "password",
        "is written into the configuration, where copies and backups spread it",
        "Put it alone into a file that only this user can read and name that file: password_file = \"secrets/sa\".",
    );
    let user = section.text("user");
    let file = section.text("password_file");
    let env = section.text("password_env");
    let (at, password) = match (file, env) {
        (Some(file), None) => (file.at, Password::File(base.join(file.value))),
        (None, Some(env)) => (env.at, Password::Env(env.value)),
        (Some(_), Some(env)) => {
            section.fault(env.at, "both \"password_file\" and \"password_env\" are given", "Keep one of them.");
            return None;
        }
        (None, None) => {
            if required && !section.has("password_file") && !section.has("password_env") {
                section.fault(
                    section.at(),
                    "there is no password",
                    "Add a line such as: password_file = \"secrets/sa\"",
                );
            }
            return None;
        }
    };
    if secrets == Secrets::Checked
        && let Err(error) = password.read()
    {
        section.fault(at, error.to_string(), "Write the password there, readable by the user that runs assured.");
    }
    Some(Login { user: user?.value, proof: Proof::Password(password) })
}

pub(super) fn extra_ca_file(section: &Section<'_>, base: &Path) -> Option<PathBuf> {
    let found = section.text("extra_ca_file")?;
    let path = base.join(&found.value);
    let text = fs::read_to_string(&path);
    if !text.as_ref().is_ok_and(|text| text.contains("BEGIN CERTIFICATE")) {
        let why = text.err().map_or_else(|| "it holds no certificate".to_owned(), |error| error.to_string());
        let what = format!("\"extra_ca_file\" {} cannot be used: {why}", path.display());
        section.fault(found.at, what, "Name a file with certificates in PEM form.");
    }
    Some(path)
}

fn reverse_path(section: &Section<'_>) -> ReversePath {
    let Some(found) = section.text("reverse_path") else {
        return ReversePath::Mailbox;
    };
    match found.value.as_str() {
        "null" => ReversePath::Null,
        "mailbox" => ReversePath::Mailbox,
        _ => match section.as_address("reverse_path", &found) {
            Some(address) => ReversePath::Address(address.value),
            None => ReversePath::Mailbox,
        },
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
