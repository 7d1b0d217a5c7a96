//! What an account proves itself with. Holds no protocol and reads no file; never printed.

use secrecy::SecretString;

#[derive(Clone, Debug)]
pub enum Credential {
    Password(SecretString),
    /// Of OAuth 2.0, for the mechanism XOAUTH2.
    AccessToken(SecretString),
}

impl Credential {
    /// What staff should look at when it is refused.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::Password(_) => "check `user` and the password, and that password logins are allowed",
            Self::AccessToken(_) => {
                "the token was granted and is not accepted here: check `user`, `scope`, and that the application may use \
                 this mailbox"
            }
        }
    }
}
