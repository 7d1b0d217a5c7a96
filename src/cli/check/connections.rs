//! The checks that need a network: login, folders, the way out. Folders are opened with EXAMINE; nothing is sent.

use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::adapters::clock::Clock;
use crate::adapters::maildir::Maildir;
use crate::adapters::smtp::Mailer;
use crate::config::{Expiry, ImapSettings, MailSource, MailboxSettings, OAuthSettings, Sending};
use crate::daemon::keyring::Keyring;
use crate::domain::ids::Folder;

pub(super) fn checks(mailbox: &MailboxSettings) -> anyhow::Result<Vec<Check>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let keyring = Keyring::of(mailbox);
    let mut checks: Vec<Check> = keyring.oauth().map(|oauth| expiry(mailbox, oauth)).into_iter().collect();
    checks.extend(match &mailbox.source {
        MailSource::Imap(imap) => runtime.block_on(imap_checks(mailbox, imap, &keyring)),
        MailSource::Maildir(path) => {
            let count =
                Maildir::open(path, false).and_then(|maildir| maildir.list(Folder::Inbox)).map(|list| list.len());
            let outcome = count.map(|count| format!("{count} messages")).map_err(|error| error.to_string());
            vec![Check { what: format!("mailbox {}, Maildir {}", mailbox.name, path.display()), outcome }]
        }
    });
    checks.push(runtime.block_on(way_out(mailbox, &keyring)));
    Ok(checks)
}

async fn imap_checks(mailbox: &MailboxSettings, imap: &ImapSettings, keyring: &Keyring) -> Vec<Check> {
    let login = format!("mailbox {}, login at {}", mailbox.name, imap.host);
    let mut session = match keyring.open_mailbox(imap).await {
        Ok(session) => session,
        Err(error) => return vec![Check { what: login, outcome: Err(error.to_string()) }],
    };
    let mut checks = vec![Check { what: login, outcome: Ok("accepted".to_owned()) }];
    for folder in std::iter::once(&imap.inbox).chain(&imap.sent) {
        let opened = session.examine(folder).await;
        let outcome = opened.map(|opened| format!("{} messages", opened.exists)).map_err(|error| error.to_string());
        checks.push(Check { what: format!("mailbox {}, folder {folder:?}", mailbox.name), outcome });
    }
    session.logout().await;
    checks
}

/// What a person has to renew, and when.
fn expiry(mailbox: &MailboxSettings, oauth: &OAuthSettings) -> Check {
    let what = format!("mailbox {}, access by OAuth", mailbox.name);
    let words = |at: Timestamp| at.strftime("%-d %B %Y").to_string();
    let outcome = match oauth.expires() {
        Ok(None) => Ok("nothing has to be renewed, as far as the configuration says".to_owned()),
        Ok(Some(Expiry { what, at })) if at.duration_since(Clock::real().now()) > SignedDuration::ZERO => {
            Ok(format!("the {what} ends on {}", words(at)))
        }
        Ok(Some(Expiry { what, at })) => Err(format!("the {what} ended on {}: renew it", words(at))),
        Err(error) => Err(format!("the refresh token cannot be read: {error}. A person signs in and puts it there")),
    };
    Check { what, outcome }
}

async fn way_out(mailbox: &MailboxSettings, keyring: &Keyring) -> Check {
    let (what, mailer) = match &mailbox.sending {
        Sending::Smtp(smtp) => {
            let what = format!("mailbox {}, way out at {}", mailbox.name, smtp.host);
            let mut mailer = Mailer::smtp(smtp.account());
            if let Some(login) = &smtp.login {
                match keyring.credential(login).await {
                    Ok(credential) => mailer.log_in_as(&login.user, credential),
                    Err(error) => return Check { what, outcome: Err(error.to_string()) },
                }
            }
            (what, mailer)
        }
        Sending::Folder(path) => {
            let what = format!("mailbox {}, letters into {}", mailbox.name, path.display());
            (what, Mailer::folder(path.clone()))
        }
    };
    let outcome = mailer.check().await.map(|()| "ready".to_owned()).map_err(|error| error.to_string());
    mailer.close().await;
    Check { what, outcome }
}
