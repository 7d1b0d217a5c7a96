//! `[mailbox.oauth]`: access tokens in the place of a password, as NHSmail and Exchange Online require. Asks for none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::Secrets;
use super::accounts::{Password, PasswordError, extra_ca_file};
use super::section::Section;
use crate::adapters::oauth::{Grant, OAuthClient, is_local};

/// As for Exchange Online: 90 days without use.
const REFRESH_TOKEN_DAYS: u32 = 90;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthSettings {
    pub token_url: String,
    pub client_id: String,
    pub client_secret: Option<Password>,
    /// As the administrator wrote it down; no server tells it.
    pub client_secret_expires: Option<Date>,
    pub scope: String,
    pub grant: Grant,
    pub refresh_token_days: u32,
    pub extra_ca_file: Option<PathBuf>,
}

/// When something must be renewed by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    pub what: &'static str,
    pub at: Timestamp,
}

impl OAuthSettings {
    /// Reads the client secret.
    pub fn client(&self) -> Result<OAuthClient, PasswordError> {
        Ok(OAuthClient {
            token_url: self.token_url.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.as_ref().map(Password::read).transpose()?,
            scope: self.scope.clone(),
            grant: self.grant.clone(),
            extra_ca_file: self.extra_ca_file.clone(),
        })
    }

    /// What ends first. A refresh token lives on with each use, which writes its file.
    pub fn expires(&self) -> io::Result<Option<Expiry>> {
        let secret = self.client_secret_expires.and_then(|date| date.in_tz("UTC").ok());
        let secret = secret.map(|start| Expiry { what: "client secret", at: start.timestamp() });
        let refresh = match &self.grant {
            Grant::ClientCredentials => None,
            Grant::RefreshToken { file } => {
                let used = Timestamp::try_from(fs::metadata(file)?.modified()?).map_err(io::Error::other)?;
                let lifetime = SignedDuration::from_hours(24 * i64::from(self.refresh_token_days));
                Some(Expiry { what: "refresh token", at: used.saturating_add(lifetime).unwrap_or(Timestamp::MAX) })
            }
        };
        Ok(secret.into_iter().chain(refresh).min_by_key(|expiry| expiry.at))
    }
}

pub(super) fn settings(section: &Section<'_>, base: &Path, secrets: Secrets) -> Option<OAuthSettings> {
    if !section.is_present() {
        return None;
    }
    let token_url =
        section.required_text("token_url", "\"https://login.microsoftonline.com/TENANT/oauth2/v2.0/token\"");
    let client_id = section.required_text("client_id", "\"00000000-0000-0000-0000-000000000000\"");
    let scope = section.text("scope").map(|found| found.value);
    section.require("grant", "\"client-credentials\"");
    let refreshes = section.choice("grant", &[("client-credentials", false), ("refresh-token", true)]);
    section.forbid(
        "client_secret",
        "is written into the configuration, where copies and backups spread it",
        "Put it alone into a file that only this user can read and name that file: client_secret_file = \"secrets/app\".",
    );
    let client_secret = secret(section, base, secrets);
    let client_secret_expires = expiry(section);
    let file = section.text("refresh_token_file").map(|found| base.join(found.value));
    let refresh_token_days = section.number("refresh_token_days", 1..=3_650).unwrap_or(REFRESH_TOKEN_DAYS);
    let extra_ca_file = extra_ca_file(section, base);
    section.finish();
    if let Some(url) = token_url.as_ref().filter(|url| !url.value.starts_with("https://") && !is_local(&url.value)) {
        section.fault(url.at, format!("\"token_url\" is {:?}", url.value), "Secrets go there: it begins with https://");
    }
    let grant = match (refreshes?, file) {
        (true, Some(file)) => Grant::RefreshToken { file },
        (true, None) => {
            section.require("refresh_token_file", "\"secrets/sa-refresh-token\"");
            return None;
        }
        (false, _) if client_secret.is_none() => {
            let fix = "Add a line such as: client_secret_file = \"secrets/app\"";
            section.fault(section.at(), "there is no client secret", fix);
            return None;
        }
        (false, _) => Grant::ClientCredentials,
    };
    Some(OAuthSettings {
        token_url: token_url?.value,
        client_id: client_id?.value,
        client_secret,
        client_secret_expires,
        scope: scope.unwrap_or_else(|| "https://outlook.office365.com/.default".to_owned()),
        grant,
        refresh_token_days,
        extra_ca_file,
    })
}

fn secret(section: &Section<'_>, base: &Path, secrets: Secrets) -> Option<Password> {
    let (at, secret) = match (section.text("client_secret_file"), section.text("client_secret_env")) {
        (Some(file), None) => (file.at, Password::File(base.join(file.value))),
        (None, Some(env)) => (env.at, Password::Env(env.value)),
        (Some(_), Some(env)) => {
            let what = "both \"client_secret_file\" and \"client_secret_env\" are given";
            section.fault(env.at, what, "Keep one of them.");
            return None;
        }
        (None, None) => return None,
    };
    if secrets == Secrets::Checked
        && let Err(error) = secret.read()
    {
        section.fault(at, error.to_string(), "Write the secret there, readable by the user that runs assured.");
    }
    Some(secret)
}

fn expiry(section: &Section<'_>) -> Option<Date> {
    let found = section.moment("client_secret_expires")?;
    let date = found.value.parse();
    if date.is_err() {
        let what = format!("\"client_secret_expires\" is {:?}", found.value);
        section.fault(found.at, what, "Give the date that the tenant shows, such as \"2027-05-01\".");
    }
    date.ok()
}
