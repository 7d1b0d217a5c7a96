//! The MIME tree of a message, flattened to its leaves in order. The walk is ours because mail-parser's own goes as
//! deep as the message does, until the stack ends; fields, encodings and charsets are left to mail-parser.
//! Must not judge what a leaf is for.

use mail_parser::ContentType;
use mail_parser::decoders::base64::{base64_decode, base64_decode_stream};
use mail_parser::decoders::charsets::map::charset_decoder;

use crate::domain::ids::MessageId;
use crate::intake::limits;

use super::fields;
use super::headers::{Headers, line_len, lossy};

#[derive(Default)]
pub(super) struct Tree {
    /// The type of the message itself, such as `multipart/report`.
    pub(super) media: String,
    pub(super) report_type: Option<String>,
    pub(super) leaves: Vec<Leaf>,
    /// Messages within the message, in order.
    pub(super) enclosed: Vec<Enclosed>,
    /// A limit was reached: the tree is not whole.
    pub(super) overrun: bool,
}

/// A part that holds no others.
pub(super) struct Leaf {
    /// In lower case, such as `text/plain`.
    pub(super) media: String,
    pub(super) content_type: Option<ContentType<'static>>,
    /// As the sender wrote it, decoded.
    pub(super) name: Option<String>,
    pub(super) attached: bool,
    pub(super) content_id: Option<String>,
    /// How many enclosed messages it lies in.
    pub(super) messages: usize,
    /// Without its transfer encoding.
    pub(super) bytes: Vec<u8>,
}

pub(super) struct Enclosed {
    pub(super) message_id: Option<MessageId>,
    pub(super) name: Option<String>,
    pub(super) subject: String,
}

impl Leaf {
    pub(super) fn is_text(&self) -> bool {
        self.media.starts_with("text/")
    }

    /// The text in its charset; a wrong or unknown charset never fails (STANDARDS E5, lesson 45).
    pub(super) fn text(&self, bytes_max: usize) -> String {
        let bytes = self.bytes.get(..bytes_max).unwrap_or(&self.bytes);
        let charset = self.parameter("charset").map(str::to_ascii_lowercase);
        match charset.as_deref().map(str::trim) {
            None | Some("" | "utf-8" | "utf8" | "us-ascii") => lossy(bytes).into_owned(),
            Some(name) => match charset_decoder(name.as_bytes()) {
                Some(decode) => decode(bytes),
                None => lossy(bytes).into_owned(),
            },
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.content_type.as_ref().and_then(|content_type| content_type.attribute(name))
    }
}

/// Where in the tree a part stands.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    messages: usize,
    /// Parts of `multipart/digest` are messages unless they say otherwise (RFC 2046 §5.1.5).
    in_digest: bool,
}

pub(super) fn walk(headers: &Headers<'_>, body: &[u8]) -> Tree {
    let mut tree = top_only(headers);
    tree.part(Part::new(headers, false), headers, body, Place { depth: 0, messages: 0, in_digest: false });
    tree
}

/// The type of the message without its parts.
pub(super) fn top_only(headers: &Headers<'_>) -> Tree {
    let top = Part::new(headers, false);
    let report_type = top.parameter("report-type").map(str::to_ascii_lowercase);
    Tree { media: top.media, report_type, ..Tree::default() }
}

impl Tree {
    /// Bounded: every call is one deeper, and the depth is limited.
    fn part(&mut self, part: Part, headers: &Headers<'_>, body: &[u8], place: Place) {
        let count = self.leaves.len() + self.enclosed.len();
        if place.depth > limits::MIME_DEPTH_MAX || count >= limits::MIME_PARTS_MAX || !headers.complete {
            self.overrun = true;
            return;
        }
        if let Some(boundary) = part.boundary() {
            let sections = sections(body, boundary.as_bytes());
            if !sections.is_empty() {
                return self.multipart(&sections, Place { in_digest: part.media == "multipart/digest", ..place });
            }
        }
        if matches!(part.media.as_str(), "message/rfc822" | "message/global") {
            return self.message(part, &transfer_decoded(headers, body), place);
        }
        self.leaves.push(part.into_leaf(transfer_decoded(headers, body), place.messages));
    }

    fn multipart(&mut self, sections: &[&[u8]], place: Place) {
        for section in sections {
            if self.overrun {
                return;
            }
            let (headers, body) = Headers::split_part(section);
            let part = Part::new(&headers, place.in_digest);
            self.part(part, &headers, body, Place { depth: place.depth + 1, ..place });
        }
    }

    fn message(&mut self, part: Part, bytes: &[u8], place: Place) {
        let (headers, body) = Headers::split(bytes);
        self.enclosed.push(Enclosed {
            message_id: fields::message_id(&headers),
            name: part.name,
            subject: headers
                .first("Subject")
                .map_or_else(String::new, |value| fields::text(value, limits::SUBJECT_CHARS_MAX)),
        });
        let inner = Part::new(&headers, false);
        let place = Place { depth: place.depth + 1, messages: place.messages + 1, in_digest: false };
        self.part(inner, &headers, body, place);
    }
}

/// What the fields of a part say of it.
struct Part {
    media: String,
    content_type: Option<ContentType<'static>>,
    name: Option<String>,
    attached: bool,
    content_id: Option<String>,
}

impl Part {
    fn new(headers: &Headers<'_>, in_digest: bool) -> Self {
        let content_type = headers.first("Content-Type").and_then(fields::content_type);
        let disposition = headers.first("Content-Disposition").and_then(fields::content_type);
        let media = match &content_type {
            Some(found) => format!("{}/{}", found.ctype(), found.subtype().unwrap_or_default()),
            None if in_digest => "message/rfc822".to_owned(),
            None => "text/plain".to_owned(),
        };
        let name = |of: &Option<ContentType<'static>>, attribute| {
            of.as_ref().and_then(|found| found.attribute(attribute)).map(decoded_again)
        };
        Self {
            media: media.to_ascii_lowercase(),
            name: name(&disposition, "filename").or_else(|| name(&content_type, "name")),
            attached: disposition.is_some_and(|found| found.is_attachment()),
            content_id: headers.first("Content-ID").map(|value| {
                let id = super::headers::unfolded(value);
                id.trim_matches(|c| matches!(c, '<' | '>' | ' ')).to_owned()
            }),
            content_type,
        }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.content_type.as_ref().and_then(|found| found.attribute(name))
    }

    fn boundary(&self) -> Option<&str> {
        let multipart = self.media.starts_with("multipart/");
        multipart.then(|| self.parameter("boundary")).flatten().map(str::trim_end).filter(|b| !b.is_empty())
    }

    fn into_leaf(self, bytes: Vec<u8>, messages: usize) -> Leaf {
        // A multipart that cannot be taken apart is shown as the text that it is.
        let broken = self.media.starts_with("multipart/");
        Leaf {
            media: if broken { "text/plain".to_owned() } else { self.media },
            content_type: self.content_type,
            name: self.name,
            attached: self.attached,
            content_id: self.content_id,
            messages,
            bytes,
        }
    }
}

/// A file name with the encoded words that Outlook leaves inside quotes (RFC 2047 §5 forbids, everyone reads).
fn decoded_again(name: &str) -> String {
    if name.contains("=?") { fields::text(name.as_bytes(), limits::MIME_FIELD_BYTES_MAX) } else { name.to_owned() }
}

/// The parts between boundary lines, without the line end that belongs to the boundary (RFC 2046 §5.1.1).
/// A missing last boundary ends the last part with the body.
fn sections<'m>(body: &'m [u8], boundary: &[u8]) -> Vec<&'m [u8]> {
    let mut found = Vec::new();
    let (mut offset, mut start) = (0, None);
    while offset < body.len() && found.len() <= limits::MIME_PARTS_MAX {
        let rest = body.get(offset..).unwrap_or_default();
        let len = line_len(rest);
        if let Some(last) = delimiter(rest.get(..len).unwrap_or_default(), boundary) {
            found.extend(start.and_then(|start| body.get(start..offset)).map(without_line_end));
            start = (!last).then_some(offset + len);
            if last {
                break;
            }
        }
        offset += len;
    }
    found.extend(start.and_then(|start| body.get(start..)).filter(|rest| !rest.is_empty()));
    found
}

/// Whether the line is this boundary, and if so, whether it is the closing one.
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn transfer_decoded(headers: &Headers<'_>, body: &[u8]) -> Vec<u8> {
    match headers.first("Content-Transfer-Encoding").map(fields::keyword).as_deref() {
        Some("base64") => base64_decode(body).unwrap_or_else(|| base64_of_broken(body)),
        Some("quoted-printable") => quoted_printable(body),
        _ => body.to_vec(),
    }
}

/// What is left when the characters that base64 does not know are passed over (RFC 2045 §6.8).
fn base64_of_broken(body: &[u8]) -> Vec<u8> {
    let known = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    base64_decode_stream(body.iter().filter(known), body.len(), u8::MAX).unwrap_or_default()
}

/// Broken sequences stay as they are (RFC 2045 §6.7).
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let decoded = match (byte, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => {
                rest = after;
                continue;
            }
            (b'=', [high, low, after @ ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high * 16 + low, after)),
            _ => None,
        };
        match decoded {
            Some((value, after)) => {
                rest = after;
                out.push(value);
            }
            None => out.push(*byte),
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests;
