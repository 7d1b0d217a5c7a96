//! The checks that need a network: login, folders, the way out. Folders are opened with EXAMINE; nothing is sent.

use super::Check;
use crate::adapters::imap::{ImapAccount, ImapSession};
use crate::adapters::maildir::Maildir;
use crate::adapters::smtp::Mailer;
use crate::config::{ImapSettings, MailSource, MailboxSettings, Sending};
use crate::domain::ids::Folder;

pub(super) fn checks(mailbox: &MailboxSettings) -> anyhow::Result<Vec<Check>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut checks = match &mailbox.source {
        MailSource::Imap(imap) => runtime.block_on(imap_checks(mailbox, imap)),
        MailSource::Maildir(path) => {
            let count =
                Maildir::open(path, false).and_then(|maildir| maildir.list(Folder::Inbox)).map(|list| list.len());
            let outcome = count.map(|count| format!("{count} messages")).map_err(|error| error.to_string());
            vec![Check { what: format!("mailbox {}, Maildir {}", mailbox.name, path.display()), outcome }]
        }
    };
    checks.push(runtime.block_on(way_out(mailbox)));
    Ok(checks)
}

async fn imap_checks(mailbox: &MailboxSettings, imap: &ImapSettings) -> Vec<Check> {
    let login = format!("mailbox {}, login at {}", mailbox.name, imap.host);
    let session = match imap.account() {
        Ok(account) => connect(&account).await,
        Err(error) => Err(error.to_string()),
    };
    let mut session = match session {
        Ok(session) => session,
        Err(why) => return vec![Check { what: login, outcome: Err(why) }],
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

async fn connect(account: &ImapAccount) -> Result<ImapSession, String> {
    ImapSession::connect(account).await.map_err(|error| error.to_string())
}

async fn way_out(mailbox: &MailboxSettings) -> Check {
    let (what, mailer) = match &mailbox.sending {
        Sending::Smtp(smtp) => {
            let what = format!("mailbox {}, way out at {}", mailbox.name, smtp.host);
            match smtp.account() {
                Ok(account) => (what, Mailer::smtp(account)),
                Err(error) => return Check { what, outcome: Err(error.to_string()) },
            }
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
