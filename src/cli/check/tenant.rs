//! What the administrator of an Exchange tenant may have to do, by what failed. Words only: asks nobody, and decides
//! nothing by them, as Microsoft may change its own at any time.

use crate::adapters::oauth::Grant;
use crate::config::{MailSource, MailboxSettings, OAuthSettings, Sending};
use crate::domain::ids::Address;

const HOSTS: [&str; 2] = [".office365.com", ".outlook.com"];

/// Parts of what the token server says, and what they mean.
const TOKEN_REFUSALS: [(&[&str], &str); 7] = [
    (
        &["AADSTS7000222"],
        "The client secret has ended: make a new one under App registrations, Certificates & secrets.",
    ),
    (&["AADSTS7000215"], "This is not the client secret: the file must hold its Value, not its Secret ID."),
    (
        &["AADSTS700016"],
        "The tenant has no such application: client_id is the Application (client) ID, in this tenant.",
    ),
    (&["AADSTS90002", "AADSTS900023"], "There is no such tenant: token_url names the Directory (tenant) ID."),
    (
        &["AADSTS70011", "AADSTS1002012", "invalid_scope"],
        "With grant = \"client-credentials\" the scope is https://outlook.office365.com/.default and nothing else.",
    ),
    (
        &["AADSTS700082", "AADSTS50173", "AADSTS70008:", "invalid_grant"],
        "The sign-in has ended or was revoked: a person signs in again, and the new refresh token goes into its file.",
    ),
    (
        &["AADSTS53003"],
        "A conditional access policy is in the way: let it leave this application, or this machine, out.",
    ),
];

pub(super) struct Tenant<'a> {
    address: &'a Address,
    /// Whose mailbox is opened.
    user: String,
    oauth: Option<&'a OAuthSettings>,
}

impl<'a> Tenant<'a> {
    /// `None` where the mailbox is not in Exchange Online, as far as the configuration tells.
    pub(super) fn of(mailbox: &'a MailboxSettings, address: &'a Address) -> Option<Self> {
        let imap = match &mailbox.source {
            MailSource::Imap(imap) => Some(imap),
            MailSource::Maildir(_) => None,
        };
        let smtp = match &mailbox.sending {
            Sending::Smtp(smtp) => Some(&smtp.host),
            Sending::Folder(_) => None,
        };
        let hosts = imap.map(|imap| &imap.host).into_iter().chain(smtp);
        let is_exchange =
            hosts.into_iter().any(|host| HOSTS.iter().any(|end| host.to_ascii_lowercase().ends_with(end)));
        let user = imap.map_or_else(|| address.to_string(), |imap| imap.login.user.clone());
        (is_exchange || mailbox.oauth.is_some()).then_some(Self { address, user, oauth: mailbox.oauth.as_ref() })
    }

    /// The token server grants nothing; `why` is what it says.
    pub(super) fn token(&self, why: &str) -> Vec<String> {
        let known = TOKEN_REFUSALS.iter().find(|(parts, _)| parts.iter().any(|part| why.contains(part)));
        match known {
            Some((_, advice)) => vec![(*advice).to_owned()],
            None if why.contains("AADSTS65001") || why.contains("invalid_client") => vec![self.roles()],
            None => Vec::new(),
        }
    }

    /// Granted tokens say nothing of rights: without roles, or without the mailbox's consent, only the login fails.
    pub(super) fn imap_login(&self) -> Vec<String> {
        if self.oauth.is_none() {
            return vec!["Exchange Online takes no passwords for IMAP: use access tokens, [mailbox.oauth].".to_owned()];
        }
        let principal = self.service_principal();
        [self.roles()].into_iter().chain(principal).chain([self.mailbox_permission(), self.imap_enabled()]).collect()
    }

    /// A folder cannot be opened though the login was accepted.
    pub(super) fn folder(&self, why: &str) -> Vec<String> {
        if !why.contains("authenticated but not connected") {
            return Vec::new();
        }
        let user = format!(
            "The login was good and the mailbox was not: `user` ({}) must be the address of the mailbox itself.",
            self.user
        );
        vec![user, self.mailbox_permission(), self.imap_enabled()]
    }

    pub(super) fn smtp_login(&self, why: &str) -> Vec<String> {
        let submission = format!(
            "Set-CASMailbox -Identity {} -SmtpClientAuthenticationDisabled $false (it overrides the tenant's setting)",
            self.user
        );
        if why.contains("SmtpClientAuthentication is disabled") {
            return vec![submission];
        }
        if self.oauth.is_none() || why.contains("basic authentication is disabled") {
            return vec!["Exchange Online wants access tokens in the place of passwords: [mailbox.oauth].".to_owned()];
        }
        let principal = self.service_principal();
        [self.roles()].into_iter().chain(principal).chain([self.mailbox_permission(), submission]).collect()
    }

    /// The account may not send from the mailbox's address.
    pub(super) fn send(&self) -> Vec<String> {
        let (address, who) = (self.address, self.trustee());
        vec![format!("Add-RecipientPermission -Identity {address} -Trustee {who} -AccessRights SendAs")]
    }

    /// What people send from the mailbox stays in Sent folders of their own.
    pub(super) fn sent(&self) -> Vec<String> {
        vec![format!(
            "Set-Mailbox -Identity {} -MessageCopyForSentAsEnabled $true -MessageCopyForSendOnBehalfEnabled $true",
            self.address
        )]
    }

    fn is_application(&self) -> bool {
        self.oauth.is_some_and(|oauth| oauth.grant == Grant::ClientCredentials)
    }

    fn roles(&self) -> String {
        let which = match self.is_application() {
            true => "application permissions IMAP.AccessAsApp and SMTP.SendAsApp of Office 365 Exchange Online",
            false => "delegated permissions IMAP.AccessAsUser.All, SMTP.Send and offline_access",
        };
        format!("App registrations, API permissions: {which}, with the consent of an administrator")
    }

    /// Only an application has one.
    fn service_principal(&self) -> Option<String> {
        let oauth = self.oauth.filter(|_| self.is_application())?;
        Some(format!(
            "New-ServicePrincipal -AppId {} -ObjectId OBJECT-ID (the one under Enterprise applications, not App \
             registrations)",
            oauth.client_id
        ))
    }

    fn mailbox_permission(&self) -> String {
        let (user, who) = (&self.user, self.trustee());
        format!("Add-MailboxPermission -Identity {user} -User {who} -AccessRights FullAccess")
    }

    fn imap_enabled(&self) -> String {
        format!("Set-CASMailbox -Identity {} -ImapEnabled $true", self.user)
    }

    fn trustee(&self) -> &'static str {
        if self.is_application() { "OBJECT-ID" } else { "PERSON-WHO-SIGNED-IN" }
    }
}
