//! Reading a mailbox: server, login, folders, and whether people's answers are seen. Folders are opened with EXAMINE.

use super::connections::{Subject, private, reached};
use super::{Check, Outcome};
use crate::adapters::imap::{ImapError, ImapSession, NamedFolder, Opened};
use crate::config::ImapSettings;
use crate::daemon::keyring::MailboxError;

/// How far back answers of people are looked for.
const HEADERS_MAX: u32 = 200;
const NAMES_TOLD_MAX: usize = 30;

pub(super) async fn checks(subject: &Subject<'_>, imap: &ImapSettings) -> Vec<Check> {
    let server = reached(subject.what(&format!("server {}", imap.host)), &imap.host, imap.port).await;
    let mut checks = vec![server];
    if checks.iter().any(Check::is_wrong) || !subject.can_try(&imap.login) {
        return checks;
    }
    let encrypted = subject.what(&format!("encryption to {}", imap.host));
    let login = subject.what(&format!("login at {}", imap.host));
    let mut session = match subject.keyring.open_mailbox(imap).await {
        Ok(session) => session,
        Err(MailboxError::Imap(error @ ImapError::Tls { .. })) => {
            checks.push(Check::wrong(encrypted, error));
            return checks;
        }
        Err(error) => {
            let mut tenant = Vec::new();
            if matches!(error, MailboxError::Imap(ImapError::AuthenticationRefused { .. })) {
                checks.push(private(encrypted, imap.tls, &imap.host));
                tenant = subject.tenant(|tenant| tenant.imap_login());
            }
            checks.push(Check::wrong(login, error).with_tenant(tenant));
            return checks;
        }
    };
    checks.push(private(encrypted, imap.tls, &imap.host));
    checks.push(Check::right(login, "accepted"));
    checks.push(new_mail(subject, &mut session).await);
    folders(subject, imap, &mut session, &mut checks).await;
    session.logout().await;
    checks
}

async fn new_mail(subject: &Subject<'_>, session: &mut ImapSession) -> Check {
    let what = subject.what("news of new mail");
    match session.capabilities().await {
        Ok(all) if all.iter().any(|one| one == "IDLE") => Check::right(what, "the server offers to tell it (IDLE)"),
        Ok(_) => Check::right(what, "seen at each poll only: the server offers no IDLE"),
        Err(error) => Check::wrong(what, error),
    }
}

async fn folders(subject: &Subject<'_>, imap: &ImapSettings, session: &mut ImapSession, checks: &mut Vec<Check>) {
    for name in std::iter::once(&imap.inbox).chain(&imap.junk) {
        checks.push(folder(subject, name, session).await.0);
    }
    let Some(sent) = &imap.sent else {
        let untold = "the Sent folder is not read (sent = \"\"): somebody must record each answer with `assured do`";
        checks.push(Check::new(subject.what("answers of people"), Outcome::Doubt(untold.to_owned())));
        return;
    };
    let (check, opened) = folder(subject, sent, session).await;
    checks.push(check);
    if let Some(opened) = opened {
        checks.push(answers(subject, sent, session, opened).await);
    }
}

async fn folder(subject: &Subject<'_>, name: &str, session: &mut ImapSession) -> (Check, Option<Opened>) {
    let what = subject.what(&format!("folder {name:?}"));
    let error = match session.examine(name).await {
        Ok(opened) => return (Check::right(what, format!("{} messages", opened.exists)), Some(opened)),
        Err(error) => error,
    };
    let is_refused = matches!(error, ImapError::CommandRefused { .. });
    let there = if is_refused { session.folders().await.unwrap_or_default() } else { Vec::new() };
    if there.is_empty() || there.iter().any(|folder| folder.name == name) {
        let why = error.to_string();
        let tenant = subject.tenant(|tenant| tenant.folder(&why));
        return (Check::wrong(what, why).with_tenant(tenant), None);
    }
    (Check::wrong(what, format!("there is no such folder; name one of these: {}", names(&there))), None)
}

/// The folder for sent mail is pointed out, where the server does so.
pub(super) fn names(folders: &[NamedFolder]) -> String {
    let word =
        |folder: &NamedFolder| format!("{:?}{}", folder.name, if folder.is_for_sent { " (for sent mail)" } else { "" });
    let mut names: Vec<String> = folders.iter().take(NAMES_TOLD_MAX).map(word).collect();
    if folders.len() > NAMES_TOLD_MAX {
        names.push(format!("and {} more", folders.len() - NAMES_TOLD_MAX));
    }
    names.join(", ")
}

/// An answer that people send elsewhere stops no clock.
async fn answers(subject: &Subject<'_>, sent: &str, session: &mut ImapSession, opened: Opened) -> Check {
    let what = subject.what(&format!("answers of people in {sent:?}"));
    let headers = match session.latest_headers(opened, HEADERS_MAX).await {
        Ok(headers) => headers,
        Err(error) => return Check::wrong(what, error),
    };
    let by_people = headers.iter().filter(|header| !is_automatic(header)).count();
    if by_people > 0 {
        return Check::right(what, format!("{by_people} of the latest {} messages are of people", headers.len()));
    }
    let seen = if headers.is_empty() { "there is no mail" } else { "all mail there is automatic" };
    let meaning = format!(
        "{seen}. An answer to a partner stops the clock only if it is seen here, and what people send on behalf of the \
         mailbox often lies in their own Sent folders alone. Send one answer as usual, run this again, and have copies kept \
         here if it was not seen"
    );
    let tenant = subject.tenant(|tenant| tenant.sent());
    Check::new(what, Outcome::Doubt(meaning)).with_tenant(tenant)
}

/// Marked as automatic (RFC 3834 §5), or with an id of ours: not every server keeps the mark in its copy.
pub(super) fn is_automatic(header: &[u8]) -> bool {
    let text = String::from_utf8_lossy(header);
    text.lines().filter_map(|line| line.split_once(':')).any(|(name, value)| {
        let value = value.trim().to_ascii_lowercase();
        match name.trim_end().to_ascii_lowercase().as_str() {
            "auto-submitted" => value.split([';', '(', ' ']).next() != Some("no"),
            "message-id" => value.starts_with("<assured."),
            _ => false,
        }
    })
}
