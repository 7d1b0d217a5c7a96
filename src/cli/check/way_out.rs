//! Sending: server, login, and the right to send from the mailbox's address. Nothing is sent.

use super::connections::{Subject, private, reached};
use super::{Check, Outcome};
use crate::adapters::smtp::{Mailer, MailerError};
use crate::config::{Sending, SmtpSettings};

pub(super) async fn checks(subject: &Subject<'_>) -> Vec<Check> {
    match &subject.mailbox.sending {
        Sending::Smtp(smtp) => server(subject, smtp).await,
        Sending::Folder(path) => {
            let what = subject.what(&format!("letters into {}", path.display()));
            let tried = Mailer::folder(path.clone()).check().await;
            vec![tried.map_or_else(|error| Check::wrong(&what, error), |()| Check::right(&what, "ready"))]
        }
    }
}

async fn server(subject: &Subject<'_>, smtp: &SmtpSettings) -> Vec<Check> {
    let server = reached(subject.what(&format!("server for sending {}", smtp.host)), &smtp.host, smtp.port).await;
    let mut checks = vec![server];
    if checks.iter().any(Check::is_wrong) || smtp.login.as_ref().is_some_and(|login| !subject.can_try(login)) {
        return checks;
    }
    let what = subject.what(&format!("way out at {}", smtp.host));
    let encrypted = subject.what(&format!("encryption to {}", smtp.host));
    let mut mailer = Mailer::smtp(smtp.account());
    if let Some(login) = &smtp.login {
        match subject.keyring.credential(login).await {
            Ok(credential) => mailer.log_in_as(&login.user, credential),
            Err(error) => {
                checks.push(Check::wrong(what, error));
                return checks;
            }
        }
    }
    match mailer.check().await {
        Ok(()) => {
            checks.push(private(encrypted, smtp.tls, &smtp.host));
            checks.push(Check::right(what, "ready"));
            checks.push(right_to_send(subject, &mailer).await);
        }
        Err(error @ MailerError::Tls { .. }) => checks.push(Check::wrong(encrypted, error)),
        Err(error) => {
            let why = error.to_string();
            let mut tenant = Vec::new();
            if matches!(error, MailerError::AuthenticationRefused { .. }) {
                checks.push(private(encrypted, smtp.tls, &smtp.host));
                tenant = subject.tenant(|tenant| tenant.smtp_login(&why));
            }
            checks.push(Check::wrong(what, why).with_tenant(tenant));
        }
    }
    mailer.close().await;
    checks
}

async fn right_to_send(subject: &Subject<'_>, mailer: &Mailer) -> Check {
    let what = subject.what(&format!("right to send as {}", subject.address));
    let reverse_path = subject.mailbox.reverse_path.for_mailbox(subject.address);
    match mailer.may_send(reverse_path, subject.address).await {
        // Exchange compares the sender with the rights of the account only once it has seen the text.
        Ok(()) if subject.tenant.is_some() => {
            let open = "sender and recipient are taken; whether the account may send as this address Exchange says only \
                        when a letter is handed over";
            Check::new(what, Outcome::Doubt(open.to_owned())).with_tenant(subject.tenant(|tenant| tenant.send()))
        }
        Ok(()) => Check::right(what, "sender and recipient are taken; nothing was sent"),
        Err(error) => Check::wrong(what, error).with_tenant(subject.tenant(|tenant| tenant.send())),
    }
}
