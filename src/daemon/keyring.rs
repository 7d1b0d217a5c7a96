//! What a mailbox proves itself with, when it is needed: the password as it stands in its file, or an access token.

use crate::adapters::credential::Credential;
use crate::adapters::imap::{ImapError, ImapSession};
use crate::adapters::oauth::{OAuthError, Tokens};
use crate::config::{ImapSettings, Login, MailboxSettings, OAuthSettings, PasswordError, Proof};

/// Shared by the connections of one mailbox, which then ask for one token together. Cheap to clone.
#[derive(Clone, Default)]
pub struct Keyring {
    oauth: Option<OAuthSettings>,
    tokens: Tokens,
}

#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    #[error("this login needs an access token, and the mailbox has no table [mailbox.oauth]")]
    NoOAuth,
}

#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    #[error(transparent)]
    Credential(#[from] CredentialError),
    #[error(transparent)]
    Imap(#[from] ImapError),
}

impl CredentialError {
    /// Trying again with the same settings cannot help.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::OAuth(error) => error.is_permanent(),
            Self::NoOAuth => true,
            // It may be put there any moment, and nobody is asked.
            Self::Password(_) => false,
        }
    }
}

impl Keyring {
    pub fn of(mailbox: &MailboxSettings) -> Self {
        Self { oauth: mailbox.oauth.clone(), tokens: Tokens::default() }
    }

    /// Read anew each time: a password or a secret may have been renewed.
    pub async fn credential(&self, login: &Login) -> Result<Credential, CredentialError> {
        match &login.proof {
            Proof::Password(password) => Ok(Credential::Password(password.read()?)),
            Proof::Token => self.token(self.oauth.as_ref().ok_or(CredentialError::NoOAuth)?).await,
        }
    }

    /// The access token in hand, or a new one.
    pub async fn token(&self, oauth: &OAuthSettings) -> Result<Credential, CredentialError> {
        Ok(Credential::AccessToken(self.tokens.access(&oauth.client()?).await?))
    }

    /// A token may have been revoked before its time: after a refusal one more login is tried, with a new one.
    pub async fn open_mailbox(&self, settings: &ImapSettings) -> Result<ImapSession, MailboxError> {
        let credential = self.credential(&settings.login).await?;
        let refused = match ImapSession::connect(&settings.account(credential.clone())).await {
            Err(error) if error.is_permanent() && self.was_refused(&credential).await => error,
            connected => return Ok(connected?),
        };
        tracing::warn!("A new access token is tried: {refused}");
        let credential = self.credential(&settings.login).await?;
        Ok(ImapSession::connect(&settings.account(credential)).await?)
    }

    /// The server refused it. `true`: the next one is another, and worth one more try.
    pub async fn was_refused(&self, credential: &Credential) -> bool {
        match credential {
            Credential::Password(_) => false,
            Credential::AccessToken(token) => self.tokens.discard(token).await,
        }
    }
}
