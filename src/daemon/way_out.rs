//! How the letters of one mailbox leave: the mailer, and a rest after it failed. A server that is out of reach is not
//! asked again for every letter that waits, and one that refuses the password hardly at all. Sends nothing itself.

use jiff::{SignedDuration, Timestamp};
use tracing::{error, warn};

use super::keyring::{CredentialError, Keyring};
use super::{FAILURES_TOLD_AFTER, LOGIN_REFUSED_PAUSE, backoff};
use crate::adapters::credential::Credential;
use crate::adapters::smtp::{Delivery, Mailer, Outgoing};
use crate::config::{Login, Sending};
use crate::domain::event::{Event, Trouble};
use crate::domain::ids::{Address, MailboxName};

/// After the first failure.
const REST: SignedDuration = SignedDuration::from_mins(1);

pub(super) struct WayOut {
    mailbox: MailboxName,
    login: Option<Login>,
    keyring: Keyring,
    mailer: Mailer,
    reverse_path: Option<Address>,
    /// In a row, and counted from 0 at every start.
    failures: u32,
    rests_until: Option<Timestamp>,
    /// Staff may have been told of trouble, also before a restart.
    may_be_in_trouble: bool,
}

impl WayOut {
    pub(super) fn new(mailbox: MailboxName, sending: Sending, keyring: Keyring, reverse_path: Option<Address>) -> Self {
        let (login, mailer) = match sending {
            Sending::Smtp(smtp) => (smtp.login.clone(), Mailer::smtp(smtp.account())),
            Sending::Folder(path) => (None, Mailer::folder(path)),
        };
        let (failures, rests_until, may_be_in_trouble) = (0, None, true);
        Self { mailbox, login, keyring, mailer, reverse_path, failures, rests_until, may_be_in_trouble }
    }

    /// A token may have been revoked before its time: after a refusal one more login is tried, with a new one.
    pub(super) async fn send(&mut self, letter: &Outgoing<'_>) -> Delivery {
        let presented = match self.present().await {
            Ok(presented) => presented,
            Err(error) => return no_way(&error),
        };
        let delivery = self.mailer.send(letter).await;
        let Delivery::NoWay { reason, login_refused: true } = &delivery else { return delivery };
        match presented {
            Some(credential) if self.keyring.was_refused(&credential).await => {
                warn!(mailbox = %self.mailbox, "A new access token is tried: {reason}");
                match self.present().await {
                    Ok(_) => self.mailer.send(letter).await,
                    Err(error) => no_way(&error),
                }
            }
            Some(_) | None => delivery,
        }
    }

    /// The credential as it stands now, for the next connection: it may have been renewed.
    async fn present(&mut self) -> Result<Option<Credential>, CredentialError> {
        let Some(login) = &self.login else { return Ok(None) };
        let credential = self.keyring.credential(login).await?;
        self.mailer.log_in_as(&login.user, credential.clone());
        Ok(Some(credential))
    }

    pub(super) fn reverse_path(&self) -> Option<&Address> {
        self.reverse_path.as_ref()
    }

    pub(super) fn rests_until(&self) -> Option<Timestamp> {
        self.rests_until
    }

    /// Notes how an attempt went; answers with what is to be recorded of the way itself.
    pub(super) fn learn(&mut self, delivery: &Delivery, at: Timestamp) -> Option<Event> {
        match delivery {
            Delivery::NoWay { reason, login_refused } => self.failed(reason, *login_refused, at),
            Delivery::Sent { .. } | Delivery::Retry { .. } | Delivery::Refused { .. } | Delivery::Unknown { .. } => {
                (self.failures, self.rests_until) = (0, None);
                let over = std::mem::take(&mut self.may_be_in_trouble);
                over.then(|| Event::TroubleEnded { at, trouble: self.trouble() })
            }
        }
    }

    fn failed(&mut self, reason: &str, login_refused: bool, at: Timestamp) -> Option<Event> {
        error!(mailbox = %self.mailbox, "Letters cannot leave: {reason}");
        self.failures = self.failures.saturating_add(1);
        let rest = match login_refused {
            true => LOGIN_REFUSED_PAUSE,
            false => backoff::pause(REST, self.failures, backoff::chance()),
        };
        self.rests_until = at.checked_add(rest).ok();
        let told_at = if login_refused { 1 } else { FAILURES_TOLD_AFTER };
        (self.failures == told_at).then(|| {
            self.may_be_in_trouble = true;
            let detail = format!("Mailbox {}: {reason}.", self.mailbox);
            Event::TroubleFound { at, trouble: self.trouble(), detail }
        })
    }

    fn trouble(&self) -> Trouble {
        Trouble::MailServerUnreachable { mailbox: self.mailbox.clone() }
    }
}

fn no_way(error: &CredentialError) -> Delivery {
    Delivery::NoWay { reason: error.to_string(), login_refused: error.is_permanent() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_way(login_refused: bool) -> Delivery {
        Delivery::NoWay { reason: "smtp localhost:25: no".to_owned(), login_refused }
    }

    fn way_out() -> WayOut {
        WayOut::new(MailboxName::new("sa"), Sending::Folder("out".into()), Keyring::default(), None)
    }

    #[test]
    fn a_server_out_of_reach_rests_longer_each_time_and_is_told_the_third_time() {
        let at: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let mut way_out = way_out();
        let told = [0; 4].map(|_| way_out.learn(&no_way(false), at));
        assert!(matches!(told, [None, None, Some(Event::TroubleFound { .. }), None]), "{told:?}");
        let rest = way_out.rests_until().unwrap().duration_since(at).as_secs();
        assert!((225..=375).contains(&rest), "five minutes, more or less: {rest}");

        let sent = Delivery::Sent { response: "250".to_owned() };
        assert!(matches!(way_out.learn(&sent, at), Some(Event::TroubleEnded { .. })));
        assert_eq!((way_out.rests_until(), way_out.learn(&sent, at)), (None, None));
    }

    #[test]
    fn a_refused_password_rests_long_and_is_told_at_once() {
        let at: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let mut way_out = way_out();
        assert!(matches!(way_out.learn(&no_way(true), at), Some(Event::TroubleFound { .. })));
        assert_eq!(way_out.rests_until(), Some("2026-11-23T09:15:00Z".parse().unwrap()));
        assert_eq!(way_out.learn(&no_way(true), at), None, "once");
    }
}
