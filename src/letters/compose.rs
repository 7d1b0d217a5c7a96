//! Builds the message itself: RFC 5322 headers, a text part and an HTML alternative. Date, Message-ID and boundary are
//! given, so the same letter always has the same bytes. Never names a transport.

use std::fmt::Write as _;
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, Date, From, Header, HeaderName, HeaderValue, Headers,
    InReplyTo, MessageId as MessageIdHeader, References, ReplyTo, Subject, To,
};
use lettre::message::{Body, Mailbox, Mailboxes, MultiPart, SinglePart};
use lettre::{Address as MailAddress, Message};
use sha2::{Digest, Sha256};

use super::invitation::CalendarPart;
use super::spreadsheet::Spreadsheet;
use super::{RenderError, Stamp, words};
use crate::domain::effect::{Letter, LetterKind, Thread};
use crate::domain::ids::{Address, CaseRef, MessageId};
use crate::domain::policy::SharedMailbox;

/// Enough for any mail program to find the thread.
const REFERENCES_MAX: usize = 20;
/// With `Message-ID: <>` well below the 998 characters of RFC 5322 §2.1.1.
const ID_CHARS_MAX: usize = 250;
const NAME_CHARS_MAX: usize = 60;
/// RFC 5322 §2.1.1.
const LINE_CHARS_MAX: usize = 78;

/// The two parts, which say the same, and the list that comes with them.
pub(super) struct Parts<'a> {
    pub(super) subject: &'a str,
    pub(super) text: String,
    /// `None` for a reader who asked for plain text.
    pub(super) html: Option<String>,
    pub(super) spreadsheet: Option<Spreadsheet>,
    pub(super) calendar: Option<CalendarPart>,
}

pub(super) fn message(
    letter: &Letter,
    mailbox: &SharedMailbox,
    stamp: &Stamp,
    parts: Parts<'_>,
) -> Result<Vec<u8>, RenderError> {
    let kind = letter.content.kind();
    let ours = mail_box(Some(&mailbox.team_name), &mailbox.address, "the shared mailbox")?;
    let theirs = mail_box(letter.to_name.as_ref(), &letter.to, "the recipient")?;
    let message_id = bracketed(&stamp.message_id).ok_or(RenderError::MessageId)?;
    // lettre writes no date before 1970 or after 9999.
    let date = SystemTime::from(stamp.date.max(Timestamp::UNIX_EPOCH));
    let mut builder = Message::builder()
        .raw_header(folded(From::from(Mailboxes::from(ours.clone()))))
        .raw_header(folded(ReplyTo::from(Mailboxes::from(ours))))
        .raw_header(folded(To::from(Mailboxes::from(theirs))))
        .header(Subject::from(parts.subject.to_owned()))
        .header(Date::new(date))
        .header(MessageIdHeader::from(message_id));
    if let Some(id) = letter.thread.in_reply_to.as_ref().and_then(bracketed) {
        builder = builder.header(InReplyTo::from(id));
    }
    let references = references(&letter.thread, letter.case, &mailbox.address);
    if !references.is_empty() {
        builder = builder.header(References::from(references.join(" ")));
    }
    let builder = builder
        .raw_header(header(HeaderName::new_from_ascii_str("Auto-Submitted"), automatic(kind)))
        .raw_header(header(HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All"))
        .raw_header(header(HeaderName::new_from_ascii_str("X-Assured-Letter"), kind.name()));
    let is_text_alone = parts.html.is_none() && parts.spreadsheet.is_none() && parts.calendar.is_none();
    let message = match is_text_alone {
        true => builder.singlepart(part(ContentType::TEXT_PLAIN, parts.text)),
        false => builder.multipart(body(stamp, parts)),
    };
    message.map(|message| message.formatted()).map_err(|error| RenderError::Compose(error.to_string()))
}

/// RFC 3834 §5.
fn automatic(kind: LetterKind) -> &'static str {
    if kind.answers_a_message() { "auto-replied" } else { "auto-generated" }
}

/// Oldest first; at its head an identifier that stays the same for the case, because relays rewrite Message-IDs.
fn references(thread: &Thread, case: Option<CaseRef>, mailbox: &Address) -> Vec<String> {
    let anchor = case.map(|case| format!("<case-{}@{}>", case.to_string().to_lowercase(), mailbox.domain()));
    let mut ids: Vec<String> = Vec::new();
    for id in thread.references.iter().chain(&thread.in_reply_to).filter_map(bracketed) {
        // The newest place of an identifier counts: the last one must be the parent.
        ids.retain(|known| *known != id && Some(known) != anchor.as_ref());
        ids.push(id);
    }
    let room = REFERENCES_MAX - usize::from(anchor.is_some());
    if ids.len() > room {
        // The first message stays: mail programs thread on it.
        ids.drain(1..=ids.len() - room);
    }
    ids.retain(|id| Some(id) != anchor.as_ref());
    anchor.into_iter().chain(ids).collect()
}

/// `None` for an identifier that would break the header it stands in.
fn bracketed(id: &MessageId) -> Option<String> {
    let id = id.as_str();
    let plain = id.chars().all(|c| c.is_ascii_graphic() && !"<>".contains(c)) && id.len() <= ID_CHARS_MAX;
    plain.then(|| format!("<{id}>"))
}

fn mail_box(name: Option<&String>, address: &Address, whose: &'static str) -> Result<Mailbox, RenderError> {
    let parsed: MailAddress = address.as_str().parse().map_err(|_| RenderError::Address { whose })?;
    // A literal "=?" could be read as the beginning of an encoded word (RFC 2047 §2).
    let name = name.map(|name| words::cut_at_the_end(&words::one_line(&name.replace("=?", "= ?")), NAME_CHARS_MAX));
    Ok(Mailbox::new(name.filter(|name| !name.is_empty()), parsed))
}

/// lettre never folds between a name and its address.
fn folded<H: Header>(header: H) -> HeaderValue {
    let mut line = Headers::new();
    line.set(header);
    let raw = line.get_raw(&H::name()).unwrap_or_default().to_owned();
    let line = line.to_string();
    let encoded = line.split_once(": ").map_or("", |(_, value)| value.trim_end());
    let last_line = line.trim_end().rsplit("\r\n").next().unwrap_or_default();
    let encoded = match encoded.rsplit_once(" <") {
        Some((name, address)) if last_line.len() > LINE_CHARS_MAX => format!("{name}\r\n <{address}"),
        Some(_) | None => encoded.to_owned(),
    };
    HeaderValue::dangerous_new_pre_encoded(H::name(), raw, encoded)
}

fn header(name: HeaderName, value: &str) -> HeaderValue {
    HeaderValue::new(name, value.to_owned())
}

fn body(stamp: &Stamp, parts: Parts<'_>) -> MultiPart {
    let alternatives =
        MultiPart::alternative().boundary(boundary(stamp, "")).singlepart(part(ContentType::TEXT_PLAIN, parts.text));
    let alternatives = match parts.html {
        Some(html) => alternatives.singlepart(part(ContentType::TEXT_HTML, html)),
        None => alternatives,
    };
    // The last alternative, which mail programs with a calendar show (RFC 6047 §2.4).
    let alternatives = match parts.calendar {
        Some(calendar) => alternatives.singlepart(scheduling(calendar)),
        None => alternatives,
    };
    match parts.spreadsheet {
        None => alternatives,
        Some(spreadsheet) => MultiPart::mixed()
            .boundary(boundary(stamp, "mixed"))
            .multipart(alternatives)
            .singlepart(attached(spreadsheet)),
    }
}

fn scheduling(calendar: CalendarPart) -> SinglePart {
    let content_type = match calendar.method {
        "CANCEL" => "text/calendar; method=CANCEL; charset=utf-8",
        _ => "text/calendar; method=REQUEST; charset=utf-8",
    };
    let body = Body::new_with_encoding(calendar.text, ContentTransferEncoding::Base64).unwrap_or_else(Body::new);
    let header = ContentType::parse(content_type).unwrap_or(ContentType::TEXT_PLAIN);
    SinglePart::builder().header(header).body(body)
}

fn attached(spreadsheet: Spreadsheet) -> SinglePart {
    let body = Body::new_with_encoding(spreadsheet.bytes, ContentTransferEncoding::Base64).unwrap_or_else(Body::new);
    SinglePart::builder().header(SpreadsheetType).header(ContentDisposition::attachment(&spreadsheet.name)).body(body)
}

/// The content type of a spreadsheet, on a line of its own: beside the name of the header it would be too long.
#[derive(Clone)]
struct SpreadsheetType;

impl Header for SpreadsheetType {
    fn name() -> HeaderName {
        ContentType::name()
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        HeaderValue::dangerous_new_pre_encoded(Self::name(), xlsx.to_owned(), format!("\r\n {xlsx}"))
    }
}

/// "=_" can stand neither in a quoted-printable line nor in Base64, so the boundary is never part of a body.
fn boundary(stamp: &Stamp, of: &str) -> String {
    let digest = Sha256::new()
        .chain_update(stamp.seed.as_bytes())
        .chain_update(stamp.message_id.as_str().as_bytes())
        .chain_update(of.as_bytes())
        .finalize();
    let mut boundary = String::from("=_");
    for byte in digest.iter().take(16) {
        let _ = write!(boundary, "{byte:02x}");
    }
    boundary
}

fn part(content_type: ContentType, body: String) -> SinglePart {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    // Quoted-printable can encode any text: the other branch is never taken, and would still be valid mail.
    let body = Body::new_with_encoding(body, encoding).unwrap_or_else(Body::new);
    SinglePart::builder().header(content_type).body(body)
}
