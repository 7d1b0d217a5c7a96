//! The wording of letters, pure: a letter as a value in, final RFC 5322 bytes out. Reads no clock and no file, and
//! decides nothing: what a letter says was decided before; how it says it stands in `config/letters`.

mod compose;
mod html;
mod invitation;
mod markup;
mod plain;
mod samples;
mod spreadsheet;
mod subject;
mod view;
mod wording;
mod words;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::domain::effect::Letter;
use crate::domain::ids::{MailboxName, MessageId};
use crate::domain::policy::Policy;

pub use samples::{Samples, sample_letters};
pub use wording::{Wording, WordingError};

/// What makes a letter unlike any other. Given, so that rendering again yields the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub message_id: MessageId,
    pub date: Timestamp,
    /// Decides the MIME boundary.
    pub seed: String,
}

/// A letter as it will leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub raw: Vec<u8>,
}

/// Never tells an address, because errors are logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    #[error("the letter leaves from mailbox {0}, which the configuration does not list: add it under [[mailbox]]")]
    UnknownMailbox(MailboxName),
    #[error("the address of {whose} cannot stand in a mail header: correct it, or write to this person yourself")]
    Address { whose: &'static str },
    #[error("the Message-ID of the letter is not one word of plain characters: report this as a fault")]
    MessageId,
    #[error(transparent)]
    Wording(#[from] WordingError),
    #[error("the list of findings cannot be written as a spreadsheet: {0}. Report this as a fault")]
    Spreadsheet(String),
    #[error("the message cannot be put together: {0}. Report this as a fault")]
    Compose(String),
}

pub fn render(letter: &Letter, policy: &Policy, wording: &Wording, stamp: &Stamp) -> Result<Rendered, RenderError> {
    let mailbox = policy.mailbox(&letter.mailbox).ok_or_else(|| RenderError::UnknownMailbox(letter.mailbox.clone()))?;
    let kind = letter.content.kind();
    let spreadsheet = spreadsheet::write(letter).map_err(|error| RenderError::Spreadsheet(error.to_string()))?;
    let name = spreadsheet.as_ref().map(|spreadsheet| spreadsheet.name.clone());
    let worded = wording.word(&letter.content, view::values(letter, mailbox, policy, name))?;
    let subject = match letter.thread.subject.as_ref().filter(|_| !kind.is_for_staff()) {
        Some(theirs) => subject::answering(theirs, letter.case),
        None => subject::tagged(&worded.subject, letter.case),
    };
    let text = wording.plain(&worded);
    let html = if letter.context.plain_text { None } else { Some(wording.page(&subject, &worded)?) };
    let calendar = invitation::calendar_part(letter, mailbox, stamp.date);
    let parts = compose::Parts { subject: &subject, text, html, spreadsheet, calendar };
    let raw = compose::message(letter, mailbox, stamp, parts)?;
    Ok(Rendered { subject, raw })
}
