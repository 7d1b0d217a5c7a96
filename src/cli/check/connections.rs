//! The checks that need a network, mailbox by mailbox, each step only where the one before it worked.

use jiff::{SignedDuration, Timestamp};

use super::tenant::Tenant;
use super::{Check, Outcome, Teller, incoming, way_out};
use crate::adapters::clock::Clock;
use crate::adapters::maildir::Maildir;
use crate::adapters::reach::{Family, Reached, reach};
use crate::adapters::tls::Tls;
use crate::config::{Expiry, Login, MailSource, MailboxSettings, OAuthSettings, Proof, Settings};
use crate::daemon::RENEWAL_TOLD_BEFORE;
use crate::daemon::keyring::Keyring;
use crate::domain::ids::{Address, Folder};

/// Deadlines are days and tokens live for minutes: less does no harm.
const CLOCK_OFF_SECS_MAX: i64 = 60;

/// A mailbox under examination.
pub(super) struct Subject<'a> {
    pub(super) mailbox: &'a MailboxSettings,
    pub(super) address: &'a Address,
    pub(super) keyring: Keyring,
    pub(super) tenant: Option<Tenant<'a>>,
    /// Why no access token is to be had.
    tokenless: bool,
}

impl Subject<'_> {
    /// The name of a check.
    pub(super) fn what(&self, of: &str) -> String {
        format!("mailbox {}, {of}", self.mailbox.name)
    }

    /// What the tenant's administrator may have to do, where there is one.
    pub(super) fn tenant(&self, advice: impl FnOnce(&Tenant<'_>) -> Vec<String>) -> Vec<String> {
        self.tenant.as_ref().map(advice).unwrap_or_default()
    }

    /// A login that needs a token which was refused would only be refused again.
    pub(super) fn can_try(&self, login: &Login) -> bool {
        !(self.tokenless && login.proof == Proof::Token)
    }
}

pub(super) async fn tell(settings: &Settings, teller: &mut Teller<'_>) -> anyhow::Result<()> {
    let clock = Clock::real();
    let oauth = settings.mailboxes.iter().find_map(|mailbox| mailbox.oauth.as_ref());
    teller.tell(&[Check::new("clock of this machine", time(oauth, &clock).await)])?;
    for (mailbox, shared) in settings.mailboxes.iter().zip(&settings.policy.mailboxes) {
        let (keyring, tenant) = (Keyring::of(mailbox), Tenant::of(mailbox, &shared.address));
        let mut subject = Subject { mailbox, address: &shared.address, keyring, tenant, tokenless: false };
        if let Some(oauth) = &mailbox.oauth {
            teller.tell(&[expiry(&subject, oauth, clock.now())])?;
            let token = token(&subject, oauth).await;
            subject.tokenless = token.is_wrong();
            teller.tell(&[token])?;
        }
        let reading = match &mailbox.source {
            MailSource::Imap(imap) => incoming::checks(&subject, imap).await,
            MailSource::Maildir(path) => {
                let what = subject.what(&format!("Maildir {}", path.display()));
                let listed = Maildir::open(path, false).and_then(|maildir| maildir.list(Folder::Inbox));
                vec![match listed {
                    Ok(list) => Check::right(what, format!("{} messages", list.len())),
                    Err(error) => Check::wrong(what, error),
                }]
            }
        };
        teller.tell(&reading)?;
        teller.tell(&way_out::checks(&subject).await)?;
    }
    Ok(())
}

/// Mail servers tell no time that can be relied on; web servers do, and a token server is one.
async fn time(oauth: Option<&OAuthSettings>, clock: &Clock) -> Outcome {
    let untold = |why: &str| {
        Outcome::Doubt(format!(
            "nothing told the time to compare it with ({why}). Due dates go by this clock: see that the machine keeps it \
             right (timedatectl)."
        ))
    };
    let Some(oauth) = oauth else { return untold("no token server is configured") };
    let Ok(client) = oauth.client() else { return untold("the client secret cannot be read") };
    let before = clock.now();
    match client.time_of_server().await {
        Ok(Some(theirs)) => compared(before, clock.now(), theirs),
        Ok(None) => untold("the token server's answer has no date"),
        Err(error) => untold(&error.to_string()),
    }
}

/// The server's clock showed `theirs` at some moment between two looks at our own.
pub(super) fn compared(before: Timestamp, after: Timestamp, theirs: Timestamp) -> Outcome {
    let ahead = before.duration_since(theirs).as_secs();
    let behind = theirs.duration_since(after).as_secs();
    let advice = "Due dates and logins go by it: let the machine set it by itself (timedatectl set-ntp true).";
    if ahead > CLOCK_OFF_SECS_MAX {
        Outcome::Wrong(format!("{ahead} seconds ahead of the token server's. {advice}"))
    } else if behind > CLOCK_OFF_SECS_MAX {
        Outcome::Wrong(format!("{behind} seconds behind the token server's. {advice}"))
    } else {
        Outcome::Right("agrees with the token server's".to_owned())
    }
}

fn expiry(subject: &Subject<'_>, oauth: &OAuthSettings, now: Timestamp) -> Check {
    let outcome = match oauth.expires() {
        Ok(expiry) => renewal(expiry, now),
        Err(error) => {
            Outcome::Wrong(format!("the refresh token cannot be read: {error}. A person signs in and puts it there"))
        }
    };
    Check::new(subject.what("access by OAuth"), outcome)
}

/// What a person has to renew, and when.
pub(super) fn renewal(expiry: Option<Expiry>, now: Timestamp) -> Outcome {
    let Some(Expiry { what, at }) = expiry else {
        return Outcome::Right("nothing has to be renewed, as far as the configuration says".to_owned());
    };
    let (left, day) = (at.duration_since(now), at.strftime("%-d %B %Y"));
    if left <= SignedDuration::ZERO {
        Outcome::Wrong(format!("the {what} ended on {day}: renew it"))
    } else if left <= RENEWAL_TOLD_BEFORE {
        Outcome::Doubt(format!("the {what} ends on {day}: renew it, staff are told too"))
    } else {
        Outcome::Right(format!("the {what} ends on {day}"))
    }
}

async fn token(subject: &Subject<'_>, oauth: &OAuthSettings) -> Check {
    let what = subject.what("access token");
    match subject.keyring.token(oauth).await {
        Ok(_) => Check::right(what, "granted"),
        Err(error) => {
            let why = error.to_string();
            let tenant = subject.tenant(|tenant| tenant.token(&why));
            Check::wrong(what, why).with_tenant(tenant)
        }
    }
}

/// Name and port of a server.
pub(super) async fn reached(what: String, host: &str, port: u16) -> Check {
    match reach(host, port).await {
        Ok(Reached { ipv4, ipv6 }) => {
            let words = |family: Option<Family>, name: &str| {
                let Family { addresses, fault } = family?;
                let how = fault.map_or_else(|| "answers".to_owned(), |why| format!("does not answer: {why}"));
                Some(format!("{name} {how} (addresses: {addresses})"))
            };
            let how: Vec<String> = words(ipv4, "IPv4").into_iter().chain(words(ipv6, "IPv6")).collect();
            Check::right(what, format!("port {port} over {}", how.join(", ")))
        }
        Err(error) => Check::wrong(what, error),
    }
}

/// Whether what is said can be overheard, once it is known that it cannot.
pub(super) fn private(what: String, tls: Tls, host: &str) -> Check {
    Check::right(
        what,
        match tls {
            Tls::Implicit => format!("TLS from the first byte, with a valid certificate for {host}"),
            Tls::StartTls => format!("TLS by STARTTLS, with a valid certificate for {host}"),
            Tls::None => "none (tls = \"none\"), which is for servers on this machine".to_owned(),
        },
    )
}
