//! Access tokens for mail servers (RFC 6749): asked for when needed, kept until shortly before they expire, shared by all
//! connections of a mailbox. A refresh token that the server replaces is on the disk before the access token that came
//! with it is used: a crash in between would lock the mailbox out. Nothing secret is ever logged or printed.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_rustls::rustls::crypto::ring;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use super::{durable, tls};

const DEADLINE: Duration = Duration::from_secs(30);
const ANSWER_BYTES_MAX: u64 = 256 << 10;
const SECRET_BYTES_MAX: u64 = 16 << 10;
const TEXT_CHARS_MAX: usize = 300;
/// Given up so long before its end, so that no login begins with a token that ends under way.
const MARGIN: Duration = Duration::from_secs(300);
/// Where the server names no lifetime (RFC 6749 §5.1 recommends that it does).
const LIFETIME_DEFAULT: Duration = Duration::from_secs(600);

/// An application as the token server knows it.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    pub token_url: String,
    pub client_id: String,
    pub client_secret: Option<SecretString>,
    pub scope: String,
    pub grant: Grant,
    /// Certificates trusted beside the system's.
    pub extra_ca_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The application itself may use the mailbox (RFC 6749 §4.4).
    ClientCredentials,
    /// A person let the application in once (RFC 6749 §6). The token in the file is replaced with each new one.
    RefreshToken { file: PathBuf },
}

#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    #[error("{place}: no token could be asked for ({why}); check `token_url` and the network")]
    CannotReach { place: String, why: String },
    #[error("{place}: the token server cannot answer now ({why}); it is asked again")]
    Unavailable { place: String, why: String },
    /// Asking again with the same settings cannot help.
    #[error("{place}: no token is granted ({why}); {advice}")]
    Refused { place: String, why: String, advice: &'static str },
    #[error("the refresh token file {path} cannot be read: {why}", path = path.display())]
    Unreadable { path: PathBuf, why: String },
    #[error(
        "the new refresh token cannot be kept in {path} ({source}); the access token that came with it is not used. Let \
         the user that runs assured write to that folder", path = path.display()
    )]
    NotKept { path: PathBuf, source: io::Error },
}

impl OAuthError {
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::Unreadable { .. } | Self::NotKept { .. } => true,
            Self::CannotReach { .. } | Self::Unavailable { .. } => false,
        }
    }
}

/// The access token of one mailbox. Cheap to clone; only one is asked for at a time.
#[derive(Clone, Default)]
pub struct Tokens(Arc<Mutex<Option<Access>>>);

struct Access {
    token: SecretString,
    until: Instant,
}

impl Tokens {
    /// The token in hand, or a new one.
    pub async fn access(&self, client: &OAuthClient) -> Result<SecretString, OAuthError> {
        let mut kept = self.0.lock().await;
        if let Some(access) = kept.as_ref().filter(|access| Instant::now() < access.until) {
            return Ok(access.token.clone());
        }
        let client = client.clone();
        let place = client.token_url.clone();
        // On a thread of its own: it goes on to keep a new refresh token even where the caller goes away.
        let asked = tokio::task::spawn_blocking(move || client.ask()).await;
        let granted = asked.map_err(|fault| OAuthError::CannotReach { place, why: fault.to_string() })??;
        let lifetime = granted.expires_in.map_or(LIFETIME_DEFAULT, Duration::from_secs);
        let until = Instant::now() + lifetime.saturating_sub(MARGIN.min(lifetime / 2));
        Ok(kept.insert(Access { token: granted.access_token, until }).token.clone())
    }

    /// The mail server refused it: the next login gets another. `false` where it is not the one in hand any more.
    pub async fn discard(&self, token: &SecretString) -> bool {
        let mut kept = self.0.lock().await;
        let is_kept = |access: &Access| access.token.expose_secret() == token.expose_secret();
        kept.take_if(|access| is_kept(access)).is_some()
    }
}

struct Granted {
    access_token: SecretString,
    /// Seconds.
    expires_in: Option<u64>,
}

/// RFC 6749 §5.1 and §5.2.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<SecretString>,
    /// A number; Microsoft's older servers write it as text.
    expires_in: Option<serde_json::Value>,
    refresh_token: Option<SecretString>,
    error: Option<String>,
    error_description: Option<String>,
}

impl OAuthClient {
    fn ask(&self) -> Result<Granted, OAuthError> {
        let refresh = match &self.grant {
            Grant::ClientCredentials => None,
            Grant::RefreshToken { file } => Some((file, read_token(file)?)),
        };
        let (status, answer) = self.post(refresh.as_ref().map(|(_, token)| token))?;
        let Some(access_token) = answer.access_token.filter(|_| status == 200) else {
            return Err(self.refused(status, answer.error, answer.error_description));
        };
        let rotated = answer.refresh_token.filter(|token| !token.expose_secret().is_empty());
        if let (Some((file, _)), Some(token)) = (refresh, rotated) {
            keep(file, &token).map_err(|source| OAuthError::NotKept { path: file.clone(), source })?;
        }
        let number = |value: serde_json::Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        Ok(Granted { access_token, expires_in: answer.expires_in.and_then(number) })
    }

    fn post(&self, refresh_token: Option<&SecretString>) -> Result<(u16, Answer), OAuthError> {
        let grant_type = if refresh_token.is_some() { "refresh_token" } else { "client_credentials" };
        let mut form = vec![("grant_type", grant_type), ("client_id", &self.client_id), ("scope", &self.scope)];
        form.extend(self.client_secret.as_ref().map(|secret| ("client_secret", secret.expose_secret())));
        form.extend(refresh_token.map(|token| ("refresh_token", token.expose_secret())));
        // The crate's errors name the address at most; the form and the answer are not in them.
        let fault = |error: ureq::Error| OAuthError::CannotReach { place: self.place(), why: error.to_string() };
        let mut response = self.agent()?.post(&self.token_url).send_form(form).map_err(fault)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(fault)?;
        let answer = serde_json::from_slice(&body).map_err(|_| {
            let (place, why) = (self.place(), format!("status {status}, and the answer is not JSON"));
            OAuthError::Unavailable { place, why }
        })?;
        Ok((status, answer))
    }

    /// What time the token server's clock shows, as every answer of a web server tells (RFC 9110 §6.6.1), to the second.
    pub async fn time_of_server(&self) -> Result<Option<Timestamp>, OAuthError> {
        let (client, place) = (self.clone(), self.place());
        let asked = tokio::task::spawn_blocking(move || {
            let fault = |error: ureq::Error| OAuthError::CannotReach { place: client.place(), why: error.to_string() };
            let answer = client.agent()?.get(&client.token_url).call().map_err(fault)?;
            let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
            Ok(date.and_then(|date| rfc2822::parse(date).ok()).map(|date| date.timestamp()))
        });
        asked.await.map_err(|fault| OAuthError::CannotReach { place, why: fault.to_string() })?
    }

    fn agent(&self) -> Result<Agent, OAuthError> {
        let fault = |error: tls::TlsError| OAuthError::CannotReach { place: self.place(), why: error.to_string() };
        let roots = tls::roots(self.extra_ca_file.as_deref()).map_err(fault)?;
        let roots: Vec<Certificate<'static>> =
            roots.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .root_certs(RootCerts::new_with_certs(&roots))
            .build();
        let config = Agent::config_builder().tls_config(tls).timeout_global(Some(DEADLINE)).http_status_as_error(false);
        // A redirect could carry the secrets elsewhere.
        let config = config.max_redirects(0).https_only(!self.is_local());
        let config = config.proxy(if self.is_local() { None } else { Proxy::try_from_env() });
        Ok(config.build().new_agent())
    }

    fn refused(&self, status: u16, error: Option<String>, description: Option<String>) -> OAuthError {
        let (place, code) = (self.place(), error.unwrap_or_else(|| format!("status {status}")));
        let said = description.map_or(String::new(), |text| format!(": {}", first_line(&text)));
        let why = first_line(&format!("{code}{said}"));
        let advice = match code.as_str() {
            "invalid_client" | "unauthorized_client" => "check `client_id` and renew the client secret",
            "invalid_grant" | "interaction_required" => {
                "the refresh token has ended: let a person sign in again and put the new token into its file"
            }
            "invalid_scope" => "check `scope`; for Exchange it is https://outlook.office365.com/.default",
            "temporarily_unavailable" | "server_error" | "slow_down" => {
                return OAuthError::Unavailable { place, why };
            }
            _ if status == 429 || !(400..500).contains(&status) => return OAuthError::Unavailable { place, why },
            _ => "check `token_url`, `client_id` and `grant`",
        };
        OAuthError::Refused { place, why, advice }
    }

    fn place(&self) -> String {
        format!("token server {}", self.token_url)
    }

    fn is_local(&self) -> bool {
        is_local(&self.token_url)
    }
}

/// A token server of this machine, for trials: the only one that may be asked without TLS.
pub fn is_local(url: &str) -> bool {
    ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|local| url.starts_with(local))
}

fn read_token(path: &Path) -> Result<SecretString, OAuthError> {
    let unreadable = |why: String| OAuthError::Unreadable { path: path.to_owned(), why };
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(|error| unreadable(error.to_string()))?;
    let token = text.trim();
    if token.is_empty() || token.contains('\n') || text.len() as u64 > SECRET_BYTES_MAX {
        return Err(unreadable("it should hold one line, the token".to_owned()));
    }
    Ok(SecretString::from(token))
}

/// Also where the token is the same: the date of the file says when it was last in use.
fn keep(file: &Path, token: &SecretString) -> io::Result<()> {
    durable::replace(format!("{}\n", token.expose_secret()).as_bytes(), &file.with_extension("new"), file)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect()
}
