//! What header fields mean: people, identifiers, dates, keywords. Encoded words and odd charsets are decoded here.
//! Must not fail: what cannot be read is left out.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, HeaderValue};

use crate::domain::ids::{Address, MessageId};
use crate::domain::reading::{Mailbox, ReturnPath};
use crate::intake::limits;

use super::headers::{Headers, lossy, one_line, unfolded};

/// The authors of `From`. More than one field or address is kept apart: such a message never authenticates.
pub(super) struct Authors {
    pub(super) first: Option<Mailbox>,
    /// Exactly one field with exactly one address.
    pub(super) single: bool,
}

pub(super) fn authors(headers: &Headers<'_>) -> Authors {
    let fields = headers.all("From").take(2).count();
    let all = headers.first("From").map(addresses).unwrap_or_default();
    let single = fields == 1 && all.written == 1 && all.mailboxes.len() == 1;
    Authors { first: all.mailboxes.into_iter().next(), single }
}

/// The readable addresses of every field of this name.
pub(super) fn recipients(headers: &Headers<'_>, name: &str) -> Vec<Mailbox> {
    headers.all(name).flat_map(|value| addresses(value).mailboxes).take(limits::ADDRESSES_MAX).collect()
}

/// The topmost `Return-Path`; a daemon's name without a domain is how some servers write the null path.
pub(super) fn return_path(headers: &Headers<'_>) -> ReturnPath {
    let Some(value) = headers.first("Return-Path") else {
        return ReturnPath::Absent;
    };
    let text = strip_comments(&unfolded(value));
    let path = text.trim().trim_start_matches('<').trim_end_matches('>').trim();
    if path.is_empty() || path.eq_ignore_ascii_case("mailer-daemon") {
        return ReturnPath::Null;
    }
    Address::new(path).map_or(ReturnPath::Absent, ReturnPath::Address)
}

pub(super) fn message_id(headers: &Headers<'_>) -> Option<MessageId> {
    headers.first("Message-ID").and_then(|value| ids(value).into_iter().next())
}

/// `In-Reply-To`, then `References` from the newest to the oldest; each once.
pub(super) fn references(headers: &Headers<'_>) -> Vec<MessageId> {
    let mut seen = BTreeSet::new();
    let parents = headers.all("In-Reply-To").flat_map(ids);
    let older = headers.all("References").flat_map(|value| ids(value).into_iter().rev());
    parents.chain(older).filter(|id| seen.insert(id.clone())).take(limits::REFERENCES_MAX).collect()
}

pub(super) fn ids(value: &[u8]) -> Vec<MessageId> {
    let line = terminated(value);
    let texts = match MessageStream::new(line.as_bytes()).parse_id() {
        HeaderValue::Text(text) => vec![text],
        HeaderValue::TextList(texts) => texts,
        HeaderValue::Address(_)
        | HeaderValue::DateTime(_)
        | HeaderValue::ContentType(_)
        | HeaderValue::Received(_)
        | HeaderValue::Empty => Vec::new(),
    };
    let plain = |text: &str| text.len() <= limits::MESSAGE_ID_CHARS_MAX && !text.chars().any(char::is_control);
    texts.iter().filter(|text| plain(text)).filter_map(|text| MessageId::new(text)).collect()
}

/// Free text with its encoded words decoded (RFC 2047), on one line.
pub(super) fn text(value: &[u8], chars_max: usize) -> String {
    let line = terminated(value);
    let decoded = MessageStream::new(line.as_bytes()).parse_unstructured();
    one_line(decoded.as_text().unwrap_or_default()).chars().take(chars_max).collect()
}

/// The keyword of a structured field in lower case, without comments and parameters.
pub(super) fn keyword(value: &[u8]) -> String {
    let text = strip_comments(&unfolded(value));
    text.split(';').next().unwrap_or_default().trim().to_lowercase()
}

/// `Content-Type` and `Content-Disposition`, with continuations and charsets of RFC 2231.
pub(super) fn content_type(value: &[u8]) -> Option<ContentType<'static>> {
    if value.len() > limits::MIME_FIELD_BYTES_MAX {
        return None;
    }
    let line = terminated(value);
    MessageStream::new(line.as_bytes()).parse_content_type().into_owned().into_content_type()
}

/// When the receiving server took the message: the date after the last `;` of its own, topmost `Received`.
pub(super) fn arrival(headers: &Headers<'_>) -> Option<Timestamp> {
    let received = headers.first("Received").map(unfolded).and_then(|text| {
        let text = strip_comments(&text);
        text.rsplit_once(';').and_then(|(_, written)| timestamp(written))
    });
    received.or_else(|| headers.first("Date").and_then(date))
}

pub(super) fn date(value: &[u8]) -> Option<Timestamp> {
    timestamp(&strip_comments(&unfolded(value)))
}

fn timestamp(text: &str) -> Option<Timestamp> {
    let line = format!("{}\n", text.trim());
    let date = MessageStream::new(line.as_bytes()).parse_date().into_datetime()?;
    date.is_valid().then(|| Timestamp::from_second(date.to_timestamp()).ok()).flatten()
}

/// Text without its comments (RFC 5322 §3.2.2), which may nest; a bracket inside quotes is none.
pub(super) fn strip_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in text.chars() {
        let literal = std::mem::take(&mut escaped);
        match c {
            '\\' if !literal && (quoted || depth > 0) => escaped = true,
            '"' if !literal && depth == 0 => quoted = !quoted,
            '(' if !literal && !quoted => depth += 1,
            ')' if !literal && !quoted && depth > 0 => {
                depth -= 1;
                out.push(' ');
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    out
}

#[derive(Default)]
struct Addresses {
    mailboxes: Vec<Mailbox>,
    /// How many the field holds, readable or not.
    written: usize,
}

fn addresses(value: &[u8]) -> Addresses {
    let line = terminated(value);
    let parsed = MessageStream::new(line.as_bytes()).parse_address();
    let Some(list) = parsed.as_address() else {
        return Addresses::default();
    };
    let mut found = Addresses::default();
    for item in list.iter().take(limits::ADDRESSES_MAX) {
        found.written += 1;
        let Some(address) = item.address().and_then(Address::new) else {
            continue;
        };
        let name = item.name().map(|name| text(name.as_bytes(), limits::PERSON_CHARS_MAX));
        found.mailboxes.push(Mailbox { name: name.filter(|name| !name.is_empty()), address });
    }
    found
}

/// The form that mail-parser's field parsers want: UTF-8, and a line end that no fold follows.
fn terminated(value: &[u8]) -> String {
    let mut line = lossy(value.trim_ascii()).into_owned();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> Headers<'_> {
        Headers::split(text.as_bytes()).0
    }

    #[test]
    fn authors_are_single_only_with_one_field_and_one_address() {
        for (text, first, single) in [
            ("From: Priya Nair <P.Nair@Care-Vista.example>\n", Some("p.nair@care-vista.example"), true),
            ("From: a@x.example, b@y.example\n", Some("a@x.example"), false),
            ("From: a@x.example\nFrom: b@y.example\n", Some("a@x.example"), false),
            ("From: nobody\n", None, false),
            ("From: \"a@x.example\" <b@y.example>\n", Some("b@y.example"), true),
            ("From: =?utf-8?Q?Zo=C3=AB?= <z@x.example>\n", Some("z@x.example"), true),
            ("Subject: x\n", None, false),
        ] {
            let authors = authors(&headers(text));
            assert_eq!(authors.first.as_ref().map(|m| m.address.as_str()), first, "{text}");
            assert_eq!(authors.single, single, "{text}");
        }
    }

    #[test]
    fn return_paths() {
        for (text, expected) in [
            ("Return-Path: <>\n", ReturnPath::Null),
            ("Return-Path: (none) < >\n", ReturnPath::Null),
            ("Return-Path: <MAILER-DAEMON>\n", ReturnPath::Null),
            ("Subject: x\n", ReturnPath::Absent),
            ("Return-Path: <not an address>\n", ReturnPath::Absent),
        ] {
            assert_eq!(return_path(&headers(text)), expected, "{text}");
        }
        let top = return_path(&headers("Return-Path: <A@x.example>\nReturn-Path: <b@y.example>\n"));
        assert_eq!(Some(top), Address::new("a@x.example").map(ReturnPath::Address));
    }

    #[test]
    fn references_run_from_the_newest_and_hold_each_id_once() {
        let found = references(&headers("In-Reply-To: <c@x>\nReferences: <a@x> <b@x>\n <c@x>\n"));
        assert_eq!(found.iter().map(MessageId::as_str).collect::<Vec<_>>(), ["c@x", "b@x", "a@x"]);
        let many: String = (0..=limits::REFERENCES_MAX).map(|n| format!(" <{n}@x>\n")).collect();
        let found = references(&headers(&format!("References:\n{many}")));
        assert_eq!(found.len(), limits::REFERENCES_MAX);
        assert_eq!(found.first().map(MessageId::as_str), Some("100@x"));
        let long = "x".repeat(limits::MESSAGE_ID_CHARS_MAX + 1);
        assert_eq!(message_id(&headers(&format!("Message-ID: <{long}>\n"))), None);
    }

    #[test]
    fn lists_of_addresses_end_at_the_limit_in_linear_time() {
        let list = "a@x.example, ".repeat(30_000);
        let text = format!("To: {list}b@y.example\n");
        assert_eq!(recipients(&headers(&text), "To").len(), limits::ADDRESSES_MAX);
    }

    #[test]
    fn a_display_name_ends_at_the_limit() {
        let text = format!("From: {} <p@x.example>\n", "é".repeat(limits::PERSON_CHARS_MAX + 1));
        let name = authors(&headers(&text)).first.and_then(|mailbox| mailbox.name);
        assert_eq!(name.map(|name| name.chars().count()), Some(limits::PERSON_CHARS_MAX));
    }

    #[test]
    fn text_is_decoded_and_on_one_line() {
        assert_eq!(text(b"=?utf-8?B?U0NBTA==?=\r\n =?utf-8?Q?_caf=C3=A9?=", 50), "SCAL café");
        assert_eq!(text(b"caf\xe9", 50), "café");
        assert_eq!(text("é".repeat(9).as_bytes(), 5).chars().count(), 5);
        assert_eq!(text(b"=?utf-8?Q?a=0D=0ABcc:_x?=", 50), "a Bcc: x");
        assert_eq!(keyword(b"(by x\\) a \"machine) Auto-Replied (really); owner-email=\"a;b\""), "auto-replied");
    }

    #[test]
    fn arrival_is_the_topmost_received_else_the_date() {
        let date = "Date: Sat, 21 Nov 2026 08:00:00 +0000\n";
        let received = "Received: from a by b (x; y) for <c@d>;\n Mon, 23 Nov 2026 10:15:00 +0100 (CET)\n";
        let old = "Received: from x by a; Sun, 22 Nov 2026 10:15:00 +0000\n";
        let at = |text: &str| arrival(&headers(text)).map(|at| at.to_string());
        assert_eq!(at(&format!("{received}{old}{date}")).as_deref(), Some("2026-11-23T09:15:00Z"));
        assert_eq!(at(date).as_deref(), Some("2026-11-21T08:00:00Z"));
        assert_eq!(at(&format!("Received: from a by b\n{date}")).as_deref(), Some("2026-11-21T08:00:00Z"));
        assert_eq!(at("Date: soon\n"), None);
    }
}
