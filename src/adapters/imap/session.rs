//! A logged-in connection. Every command has a deadline and its tagged answer is checked: the crate's own fetch, search
//! and noop report a refusal, or an end of stream, as success. Must not change anything on the server.

mod idle;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_imap::Session;
use async_imap::error::Error as CrateError;
use async_imap::imap_proto::{AttributeValue, Capability, MailboxDatum, Response, ResponseCode, Status};
use jiff::Timestamp;
use tokio::time::timeout;

use self::idle::Idling;
use super::connect::{self, Wire};
use super::names::{modified_utf7, quoted, uid_set};
use super::{ImapAccount, ImapError, ImapTimeouts};
use crate::domain::ids::MessageId;

/// Keeps commands short: some servers cut lines at 8,000 bytes.
const UIDS_PER_COMMAND_MAX: usize = 200;
const LISTED_MAX: usize = 1_000_000;

pub struct ImapSession {
    inner: Session<Wire>,
    /// Host, port and folder, for messages.
    place: String,
    account_place: String,
    pub(super) timeouts: ImapTimeouts,
    /// A command was sent and its answer was not read to the end: what comes next would be taken for another's answer.
    unfinished: bool,
    /// The least UID that no message had when last asked.
    uid_next: Option<u32>,
    /// The server announced messages since the last listing began.
    announced: bool,
    /// The server offers to announce messages while nothing is asked (RFC 2177).
    offers_idle: bool,
    idling: Option<Idling>,
}

/// A folder as it was when opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    pub uid_validity: u32,
    pub uid_next: Option<u32>,
    pub exists: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    pub uid: u32,
    /// When the server took the message in. `None` where it gives no readable date.
    pub received_at: Option<Timestamp>,
    pub bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// Empty where the server has the message but not its text (`NIL`).
    Whole { uid: u32, raw: Vec<u8> },
    /// Larger than was allowed, whatever size the listing gave.
    TooLarge { uid: u32, bytes: u64 },
}

impl ImapSession {
    pub async fn connect(account: &ImapAccount) -> Result<Self, ImapError> {
        let mut session = Self {
            inner: connect::log_in(account).await?,
            place: account.place(),
            account_place: account.place(),
            timeouts: account.timeouts,
            unfinished: false,
            uid_next: None,
            announced: false,
            offers_idle: false,
            idling: None,
        };
        session.learn_capabilities().await?;
        Ok(session)
    }

    /// Opens a folder for reading only.
    pub async fn examine(&mut self, folder: &str) -> Result<Opened, ImapError> {
        self.place = format!("{}, folder {folder:?}", self.account_place);
        let name = quoted(&modified_utf7(folder)).ok_or_else(|| self.unexpected("not a name for a folder"))?;
        let (mut uid_validity, mut uid_next, mut exists) = (None, None, 0);
        let command = format!("EXAMINE {name}");
        self.run("EXAMINE", &command, self.timeouts.command_secs, |answer| {
            if let Response::MailboxData(MailboxDatum::Exists(count)) = answer {
                exists = *count;
            } else if let Response::Data { outcome, .. } = answer {
                if let Some(ResponseCode::UidValidity(value)) = outcome.code {
                    uid_validity = Some(value);
                } else if let Some(ResponseCode::UidNext(value)) = outcome.code {
                    uid_next = Some(value);
                }
            }
        })
        .await?;
        let uid_validity = uid_validity
            .ok_or_else(|| self.unexpected("the server gives no UIDVALIDITY, so progress cannot be kept"))?;
        self.uid_next = uid_next;
        self.announced = false;
        Ok(Opened { uid_validity, uid_next, exists })
    }

    /// The messages whose UID is at least `uid`, in order. Where there can be none, only a NOOP is sent.
    pub async fn list_from(&mut self, uid: u32) -> Result<Vec<Listed>, ImapError> {
        if !self.announced && self.uid_next.is_some_and(|next| uid >= next) {
            self.noop().await?;
            if !self.announced {
                return Ok(Vec::new());
            }
        }
        // Lowered before asking: what is announced while the listing runs may be missing from it.
        self.announced = false;
        let from = uid.max(1);
        // `n:*` means the last message where n is beyond it, so old ones come back (RFC 3501 §6.4.8).
        let listed = self.list(&format!("{from}:*"), |found| found >= from).await;
        match &listed {
            Ok(rows) => {
                let next = rows.last().map(|row| row.uid.saturating_add(1));
                self.uid_next = self.uid_next.max(next);
            }
            Err(_) => self.announced = true,
        }
        listed
    }

    /// Those of the messages that are still there.
    pub async fn list_these(&mut self, uids: &[u32]) -> Result<Vec<Listed>, ImapError> {
        let mut listed = Vec::new();
        for batch in uids.chunks(UIDS_PER_COMMAND_MAX) {
            listed.extend(self.list(&uid_set(batch), |found| batch.contains(&found)).await?);
        }
        Ok(listed)
    }

    /// The header of each message that is still there.
    pub async fn headers(&mut self, uids: &[u32]) -> Result<Vec<(u32, Vec<u8>)>, ImapError> {
        let mut headers = Vec::with_capacity(uids.len());
        for batch in uids.chunks(UIDS_PER_COMMAND_MAX) {
            headers.extend(self.sections(batch, "BODY.PEEK[HEADER]").await?);
        }
        Ok(headers)
    }

    /// The messages that are still there; one that was expunged meanwhile is absent. The caller chooses batches by the
    /// sizes it was told. A refusal concerns the whole batch: ask for its messages one by one.
    pub async fn fetch(&mut self, uids: &[u32], bytes_max: u64) -> Result<Vec<Fetched>, ImapError> {
        let mut messages = Vec::with_capacity(uids.len());
        for batch in uids.chunks(UIDS_PER_COMMAND_MAX) {
            for (uid, raw) in self.sections(batch, "BODY.PEEK[]").await? {
                let bytes = raw.len() as u64;
                let fits = bytes <= bytes_max;
                messages.push(if fits { Fetched::Whole { uid, raw } } else { Fetched::TooLarge { uid, bytes } });
            }
        }
        Ok(messages)
    }

    /// The UIDs in the open folder of the messages with this Message-ID.
    pub async fn search_message_id(&mut self, id: &MessageId) -> Result<Vec<u32>, ImapError> {
        let text = quoted(&format!("<{id}>"));
        let text = text.ok_or_else(|| self.unexpected("this Message-ID has characters that cannot be searched for"))?;
        let mut found = Vec::new();
        let command = format!("UID SEARCH HEADER Message-ID {text}");
        self.run("UID SEARCH", &command, self.timeouts.fetch_secs, |answer| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = answer {
                found.extend(uids);
            }
        })
        .await?;
        Ok(found)
    }

    pub async fn noop(&mut self) -> Result<(), ImapError> {
        self.run("NOOP", "NOOP", self.timeouts.command_secs, |_| {}).await
    }

    /// A farewell; the connection closes whatever the server answers.
    pub async fn logout(mut self) {
        if let Err(error) = self.run("LOGOUT", "LOGOUT", self.timeouts.command_secs, |_| {}).await {
            tracing::debug!(%error, "Logout was not answered");
        }
    }

    /// Capabilities may change with login, so those given before it are not relied on.
    async fn learn_capabilities(&mut self) -> Result<(), ImapError> {
        let (mut speaks_imap4, mut offers_idle) = (false, false);
        self.run("CAPABILITY", "CAPABILITY", self.timeouts.command_secs, |answer| {
            if let Response::Capabilities(all) = answer {
                for one in all {
                    match one {
                        Capability::Imap4rev1 => speaks_imap4 = true,
                        Capability::Atom(name) => {
                            speaks_imap4 |= name.eq_ignore_ascii_case("IMAP4rev2");
                            offers_idle |= name.eq_ignore_ascii_case("IDLE");
                        }
                        Capability::Auth(_) => {}
                    }
                }
            }
        })
        .await?;
        self.offers_idle = offers_idle;
        if speaks_imap4 { Ok(()) } else { Err(self.unexpected("the server does not offer IMAP4rev1; check `host`")) }
    }

    async fn list(&mut self, uids: &str, is_asked: impl Fn(u32) -> bool) -> Result<Vec<Listed>, ImapError> {
        let mut rows = BTreeMap::new();
        let mut sizeless = false;
        let command = format!("UID FETCH {uids} (UID INTERNALDATE RFC822.SIZE)");
        self.run("UID FETCH", &command, self.timeouts.fetch_secs, |answer| {
            if let Response::Fetch(_, attributes) = answer
                && rows.len() <= LISTED_MAX
            {
                match Row::read(attributes) {
                    Row { uid: Some(found), .. } if !is_asked(found) => {}
                    Row { uid: Some(uid), received_at, bytes: Some(bytes) } => {
                        rows.insert(uid, Listed { uid, received_at, bytes });
                    }
                    // Without a date either it is news of flags, which may come at any time.
                    Row { uid: Some(_), received_at: Some(_), bytes: None } => sizeless = true,
                    Row { uid: Some(_), received_at: None, bytes: None } | Row { uid: None, .. } => {}
                }
            }
        })
        .await?;
        if sizeless {
            return Err(self.unexpected("the server lists messages without their size"));
        }
        if rows.len() > LISTED_MAX {
            return Err(self.unexpected(&format!("more than {LISTED_MAX} messages; move old ones to another folder")));
        }
        Ok(rows.into_values().collect())
    }

    /// One section of each message, in order of UID; the first answer counts where a server repeats itself.
    async fn sections(&mut self, uids: &[u32], section: &str) -> Result<Vec<(u32, Vec<u8>)>, ImapError> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let asked: BTreeSet<u32> = uids.iter().copied().collect();
        let mut found = BTreeMap::new();
        let command = format!("UID FETCH {} (UID {section})", uid_set(uids));
        self.run("UID FETCH", &command, self.timeouts.fetch_secs, |answer| {
            if let Response::Fetch(_, attributes) = answer
                && let Some(uid) = Row::read(attributes).uid.filter(|uid| asked.contains(uid))
                && let Some(raw) = section_bytes(attributes)
            {
                found.entry(uid).or_insert_with(|| raw.to_vec());
            }
        })
        .await?;
        Ok(found.into_iter().collect())
    }

    /// Sends a command and shows each untagged answer to `seen`, until the tagged one.
    pub(super) async fn run(
        &mut self,
        verb: &'static str,
        command: &str,
        secs: u64,
        seen: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        self.check_finished()?;
        self.unfinished = true;
        let refusal = match timeout(Duration::from_secs(secs), self.exchange(command, seen)).await {
            Ok(answered) => answered?,
            Err(_) => return Err(self.too_slow(verb, secs)),
        };
        self.unfinished = false;
        let refused = |place, text| ImapError::CommandRefused { place, command: verb, text };
        refusal.map_or(Ok(()), |text| Err(ImapError::said(&self.place, &text, refused)))
    }

    fn check_finished(&self) -> Result<(), ImapError> {
        if self.unfinished { Err(self.lost("an earlier command was left without its answer")) } else { Ok(()) }
    }

    /// `Some` text where the server refused.
    async fn exchange(
        &mut self,
        command: &str,
        mut seen: impl FnMut(&Response<'_>),
    ) -> Result<Option<String>, ImapError> {
        self.end_idle().await?;
        let tag = self.inner.run_command(command).await.map_err(|error| self.crate_error(error))?;
        loop {
            let answer = self.inner.read_response().await.map_err(|error| ImapError::from_io(&self.place, &error))?;
            let answer = answer.ok_or_else(|| self.lost("the server closed it"))?;
            let parsed = answer.parsed();
            if let Response::Done { tag: answered, status, outcome } = parsed
                && *answered == tag
            {
                let text = outcome.information.as_deref().unwrap_or("no reason given");
                return Ok((*status != Status::Ok).then(|| text.to_owned()));
            }
            if self.ends_idle(parsed) {
                continue;
            }
            self.note_news(parsed)?;
            seen(parsed);
        }
    }

    /// What a server may say at any time (RFC 3501 §7).
    fn note_news(&mut self, answer: &Response<'_>) -> Result<(), ImapError> {
        if let Response::MailboxData(MailboxDatum::Exists(_)) = answer {
            self.announced = true;
        }
        if let Response::Data { status, outcome } = answer {
            let text = outcome.information.as_deref().unwrap_or_default();
            if *status == Status::Bye {
                return Err(ImapError::said(&self.place, text, |place, text| ImapError::SaidGoodbye { place, text }));
            }
            if outcome.code == Some(ResponseCode::Alert) {
                tracing::warn!("{}: the server asks to be heard: {text}", self.place);
            }
        }
        Ok(())
    }

    fn crate_error(&self, error: CrateError) -> ImapError {
        if let CrateError::Io(error) = error {
            return ImapError::from_io(&self.place, &error);
        }
        self.lost(&error.to_string())
    }

    fn too_slow(&self, what: &'static str, secs: u64) -> ImapError {
        ImapError::DeadlinePassed { place: self.place.clone(), what, secs }
    }

    fn lost(&self, why: &str) -> ImapError {
        ImapError::ConnectionLost { place: self.place.clone(), why: why.to_owned() }
    }

    fn unexpected(&self, what: &str) -> ImapError {
        ImapError::Unexpected { place: self.place.clone(), what: what.to_owned() }
    }
}

/// The items of one FETCH answer that a listing is made of.
#[derive(Default)]
struct Row {
    uid: Option<u32>,
    received_at: Option<Timestamp>,
    bytes: Option<u64>,
}

impl Row {
    fn read(attributes: &[AttributeValue<'_>]) -> Self {
        let mut row = Self::default();
        for attribute in attributes {
            if let AttributeValue::Uid(uid) = attribute {
                row.uid = Some(*uid);
            } else if let AttributeValue::Rfc822Size(bytes) = attribute {
                row.bytes = Some(u64::from(*bytes));
            } else if let AttributeValue::InternalDate(text) = attribute {
                row.received_at = internal_date(text);
            }
        }
        row
    }
}

/// `17-Jul-1996 02:44:25 -0700`; the day may be padded with a space.
fn internal_date(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()
}

fn section_bytes<'a>(attributes: &'a [AttributeValue<'_>]) -> Option<&'a [u8]> {
    attributes.iter().find_map(|attribute| {
        let AttributeValue::BodySection { data, .. } = attribute else {
            return None;
        };
        Some(data.as_deref().unwrap_or_default())
    })
}
