//! IDLE (RFC 2177): the server says when a message arrives. The crate's own takes an end of the connection for an
//! interruption, and hangs where the server refuses. Whoever waits may stop at any time; the next command ends the IDLE.

use std::time::Duration;

use async_imap::imap_proto::{RequestId, Response, Status};
use tokio::time::timeout;

use super::ImapSession;
use crate::adapters::imap::ImapError;

/// An IDLE is issued anew this often: servers end what seems asleep after 29 minutes, and firewalls sooner.
const IDLE_MAX: Duration = Duration::from_secs(9 * 60);

/// An IDLE whose tagged answer has not come.
pub(super) struct Idling {
    tag: RequestId,
    /// The server said that it listens: before that, `DONE` would be out of place.
    accepted: bool,
    done: bool,
}

impl ImapSession {
    /// Resolves when the server announces a message; never where it does not offer to.
    pub async fn news(&mut self) -> Result<(), ImapError> {
        while !self.announced {
            if !self.offers_idle {
                std::future::pending::<()>().await;
            }
            self.start_idle().await?;
            let heard = timeout(IDLE_MAX, async {
                while !self.announced && self.idling.is_some() {
                    self.hear_idling().await?;
                }
                Ok(())
            });
            match heard.await {
                Ok(heard) => heard?,
                Err(_) => self.noop().await?,
            }
        }
        Ok(())
    }

    async fn start_idle(&mut self) -> Result<(), ImapError> {
        self.check_finished()?;
        if self.idling.is_some() {
            return Ok(());
        }
        // A caller that goes away while the command is written leaves half a line behind.
        self.unfinished = true;
        let secs = self.timeouts.command_secs;
        let sent = timeout(Duration::from_secs(secs), self.inner.run_command("IDLE")).await;
        let tag = sent.map_err(|_| self.too_slow("IDLE", secs))?.map_err(|error| self.crate_error(error))?;
        self.idling = Some(Idling { tag, accepted: false, done: false });
        self.unfinished = false;
        Ok(())
    }

    async fn hear_idling(&mut self) -> Result<(), ImapError> {
        let answer = self.inner.read_response().await.map_err(|error| ImapError::from_io(&self.place, &error))?;
        let answer = answer.ok_or_else(|| self.lost("the server closed it"))?;
        if self.ends_idle(answer.parsed()) {
            return Ok(());
        }
        if let (Response::Continue { .. }, Some(idling)) = (answer.parsed(), &mut self.idling) {
            idling.accepted = true;
        }
        self.note_news(answer.parsed())
    }

    /// Before another command. The answer to `DONE` comes before that of the command, and is not waited for here.
    pub(super) async fn end_idle(&mut self) -> Result<(), ImapError> {
        while self.idling.as_ref().is_some_and(|idling| !idling.accepted) {
            self.hear_idling().await?;
        }
        if let Some(idling) = &mut self.idling {
            idling.done = true;
            self.inner.run_command_untagged("DONE").await.map_err(|error| self.crate_error(error))?;
        }
        Ok(())
    }

    /// `true`: it is the tagged answer to an IDLE. A server that refuses one, or ends it unasked, is not asked again.
    pub(super) fn ends_idle(&mut self, answer: &Response<'_>) -> bool {
        let Response::Done { tag, status, .. } = answer else { return false };
        let Some(idling) = self.idling.take_if(|idling| idling.tag == *tag) else { return false };
        self.offers_idle &= idling.done && *status == Status::Ok;
        true
    }
}
