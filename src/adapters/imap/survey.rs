//! What a mailbox offers, for whoever sets the program up: capabilities, folders, the latest headers of one. Every
//! tagged answer is checked, as for the daemon. Must not change anything on the server.

use async_imap::imap_proto::{Capability, MailboxDatum, NameAttribute, Response};

use super::names::from_modified_utf7;
use super::{ImapError, ImapSession, Opened};

/// More folders than a person reads through.
const FOLDERS_MAX: usize = 200;

/// A folder that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFolder {
    /// As the configuration names it.
    pub name: String,
    /// The server says that sent mail is kept here (RFC 6154).
    pub is_for_sent: bool,
}

impl ImapSession {
    /// In capital letters, without those of logging in.
    pub async fn capabilities(&mut self) -> Result<Vec<String>, ImapError> {
        let mut all = Vec::new();
        self.run("CAPABILITY", "CAPABILITY", self.timeouts.command_secs, |answer| {
            if let Response::Capabilities(some) = answer {
                all.extend(some.iter().filter_map(|one| match one {
                    Capability::Imap4rev1 => Some("IMAP4REV1".to_owned()),
                    Capability::Atom(name) => Some(name.to_ascii_uppercase()),
                    Capability::Auth(_) => None,
                }));
            }
        })
        .await?;
        Ok(all)
    }

    pub async fn folders(&mut self) -> Result<Vec<NamedFolder>, ImapError> {
        let mut folders = Vec::new();
        self.run("LIST", "LIST \"\" \"*\"", self.timeouts.command_secs, |answer| {
            if let Response::MailboxData(MailboxDatum::List(listed)) = answer
                && folders.len() < FOLDERS_MAX
                && !listed.name_attributes.contains(&NameAttribute::NoSelect)
            {
                let is_for_sent = listed.name_attributes.contains(&NameAttribute::Sent);
                folders.push(NamedFolder { name: from_modified_utf7(&listed.name), is_for_sent });
            }
        })
        .await?;
        Ok(folders)
    }

    /// The headers of the last `count` messages of the folder that was opened.
    pub async fn latest_headers(&mut self, opened: Opened, count: u32) -> Result<Vec<Vec<u8>>, ImapError> {
        if opened.exists == 0 {
            return Ok(Vec::new());
        }
        let first = opened.exists.saturating_sub(count).saturating_add(1);
        let mut uids: Vec<u32> = Vec::new();
        let command = format!("UID SEARCH {first}:*");
        self.run("UID SEARCH", &command, self.timeouts.fetch_secs, |answer| {
            if let Response::MailboxData(MailboxDatum::Search(found)) = answer {
                uids.extend(found);
            }
        })
        .await?;
        uids.truncate(count as usize);
        Ok(self.headers(&uids).await?.into_iter().map(|(_, header)| header).collect())
    }
}
