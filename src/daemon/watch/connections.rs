//! The connections to one mailbox on a server: one for each folder that is watched, opened when needed and kept, so that
//! a look costs one question and the server can say when mail arrives. Never two to one folder.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use tracing::{debug, warn};

use super::WatchError;
use crate::adapters::imap::{ImapSession, Opened};
use crate::config::ImapSettings;
use crate::daemon::keyring::Keyring;
use crate::domain::ids::{Folder, MailboxName};

pub(in crate::daemon) struct Connections {
    settings: ImapSettings,
    keyring: Keyring,
    /// Those that are watched, as the server names them.
    names: BTreeMap<Folder, String>,
    open: BTreeMap<Folder, Connection>,
}

pub(super) struct Connection {
    pub(super) session: ImapSession,
    pub(super) opened: Opened,
    /// It was used before: the server may have ended it since.
    pub(super) kept: bool,
}

impl Connections {
    pub(in crate::daemon) fn new(settings: ImapSettings, keyring: Keyring) -> Self {
        let inbox = (Folder::Inbox, settings.inbox.clone());
        let sent = settings.sent.clone().map(|name| (Folder::Sent, name));
        let junk = settings.junk.clone().map(|name| (Folder::Junk, name));
        let names = std::iter::once(inbox).chain(sent).chain(junk).collect();
        Self { settings, keyring, names, open: BTreeMap::new() }
    }

    /// Those that are watched, in the order in which they are read.
    pub(super) fn folders(&self) -> Vec<Folder> {
        Folder::IN_ORDER.into_iter().filter(|folder| self.is_watched(*folder)).collect()
    }

    pub(super) fn is_watched(&self, folder: Folder) -> bool {
        self.names.contains_key(&folder)
    }

    /// The folder on its connection, which is made where there is none.
    pub(super) async fn open(&mut self, folder: Folder) -> Result<&mut Connection, WatchError> {
        match self.open.entry(folder) {
            Entry::Occupied(kept) => Ok(kept.into_mut()),
            Entry::Vacant(place) => {
                let name = self.names.get(&folder).ok_or(WatchError::NotWatched { folder })?;
                let mut session = self.keyring.open_mailbox(&self.settings).await?;
                let opened = session.examine(name).await?;
                Ok(place.insert(Connection { session, opened, kept: false }))
            }
        }
    }

    /// Its name may be another on this server: that must not keep the other folders from being read.
    pub(super) fn give_up_junk(&mut self, mailbox: &MailboxName, text: &str) {
        warn!(%mailbox, "The junk folder cannot be watched until the next start ({text}); check the setting `junk`");
        self.names.remove(&Folder::Junk);
    }

    /// Hangs up: after a fault nothing is known of a connection.
    pub(super) fn close(&mut self, folder: Folder) {
        self.open.remove(&folder);
    }

    /// Resolves when the server announces mail in the inbox. A connection that fails meanwhile is opened anew with the
    /// next look, and not before: a server that turns everybody away is not asked in a storm.
    pub(super) async fn news(&mut self, mailbox: &MailboxName) {
        if let Some(inbox) = self.open.get_mut(&Folder::Inbox) {
            match inbox.session.news().await {
                Ok(()) => return,
                Err(error) => {
                    debug!(%mailbox, "The server no longer announces mail: {error}");
                    self.close(Folder::Inbox);
                }
            }
        }
        std::future::pending().await
    }
}
