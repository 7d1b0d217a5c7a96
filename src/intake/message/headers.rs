//! Header fields as they stand in the bytes: split, found by name, unfolded. Meaning is given to them in `fields`.
//! Must not fail: what is no field is passed over.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

use crate::intake::limits;

/// One block of header fields, in the order in which they stand.
pub(super) struct Headers<'m> {
    fields: Vec<Field<'m>>,
    /// False where the block is over a limit. What was read until there still counts; the body is unknown.
    pub(super) complete: bool,
}

pub(super) struct Field<'m> {
    name: &'m [u8],
    value: &'m [u8],
}

impl<'m> Headers<'m> {
    /// The fields, and what follows the empty line.
    pub(super) fn split(raw: &'m [u8]) -> (Self, &'m [u8]) {
        let mut headers = Self { fields: Vec::new(), complete: true };
        let blank = raw.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let mut rest = raw.get(blank..).unwrap_or_default();
        let mut used = 0;
        while !rest.is_empty() {
            let field = field_len(rest);
            used += field;
            if used > limits::HEADER_BYTES_MAX || headers.fields.len() >= limits::HEADER_FIELDS_MAX {
                headers.complete = false;
                return (headers, &[]);
            }
            let (text, after) = rest.split_at(field);
            rest = after;
            if text.trim_ascii_end().is_empty() {
                break;
            }
            headers.fields.extend(Field::new(text));
        }
        (headers, rest)
    }

    /// The same for a part of a multipart, whose first line may be the empty one: then it has no fields.
    pub(super) fn split_part(section: &'m [u8]) -> (Self, &'m [u8]) {
        let first = line_len(section);
        match section.get(..first) {
            Some(b"\n" | b"\r\n") => {
                (Self { fields: Vec::new(), complete: true }, section.get(first..).unwrap_or_default())
            }
            Some(_) | None => Self::split(section),
        }
    }

    pub(super) fn first(&self, name: &str) -> Option<&'m [u8]> {
        self.all(name).next()
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'m [u8]> {
        self.fields.iter().filter(move |field| field.is(name)).map(|field| field.value)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Field<'m>> {
        self.fields.iter()
    }
}

impl<'m> Field<'m> {
    /// `None` for a line without a colon, such as mbox's `From ` line.
    fn new(text: &'m [u8]) -> Option<Self> {
        let colon = text.iter().position(|byte| *byte == b':')?;
        let (name, value) = text.split_at(colon);
        let name = name.trim_ascii();
        let plain = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic());
        plain.then_some(Self { name, value: value.get(1..).unwrap_or_default().trim_ascii() })
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    pub(super) fn starts_with(&self, prefix: &str) -> bool {
        self.name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    }

    pub(super) fn value(&self) -> &'m [u8] {
        self.value
    }
}

/// The bytes of the first field with its folded lines, or of the empty line.
fn field_len(bytes: &[u8]) -> usize {
    let mut len = line_len(bytes);
    if bytes.get(..len).unwrap_or_default().trim_ascii_end().is_empty() {
        return len;
    }
    while matches!(bytes.get(len), Some(b' ' | b'\t')) {
        len += line_len(bytes.get(len..).unwrap_or_default());
    }
    len
}

/// The bytes of the first line with its end.
pub(super) fn line_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1)
}

/// Text of an unknown charset: UTF-8 (RFC 6532 §3), else what Windows programs write.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => match charset_decoder(b"windows-1252") {
            Some(decode) => Cow::Owned(decode(bytes)),
            None => String::from_utf8_lossy(bytes),
        },
    }
}

/// The value on one line: folds, tabs and control characters become single spaces.
pub(super) fn unfolded(value: &[u8]) -> String {
    one_line(&lossy(value))
}

pub(super) fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() || c.is_whitespace() { ' ' } else { c };
    text.split(|c| plain(c) == ' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_fields_are_one_and_the_body_follows_the_empty_line() {
        let (headers, body) = Headers::split(b"Subject: a\r\n b\r\nTo : x\r\nno field\r\nX: 1\r\nx: 2\r\n\r\nbody\r\n");
        assert_eq!(headers.first("subject").map(unfolded).as_deref(), Some("a b"));
        assert_eq!(headers.first("TO"), Some(&b"x"[..]));
        assert_eq!(headers.all("x").collect::<Vec<_>>(), [b"1", b"2"]);
        assert_eq!(body, b"body\r\n");
    }

    #[test]
    fn bare_line_feeds_and_a_missing_body_are_fine() {
        let (headers, body) = Headers::split(b"\n\nA: 1\nB: 2");
        assert_eq!((headers.first("a"), headers.first("b")), (Some(&b"1"[..]), Some(&b"2"[..])));
        assert!(body.is_empty() && headers.complete);
    }

    #[test]
    fn a_block_may_hold_so_many_bytes_and_fields() {
        let long = format!("A: {}\n", "x".repeat(limits::HEADER_BYTES_MAX - 4));
        assert!(Headers::split(long.as_bytes()).0.complete);
        assert!(!Headers::split(format!("{long}\n").as_bytes()).0.complete);
        let many = "A: 1\n".repeat(limits::HEADER_FIELDS_MAX);
        assert!(Headers::split(many.as_bytes()).0.complete);
        let over = format!("{many}A: 1\n");
        let (headers, _) = Headers::split(over.as_bytes());
        assert!(!headers.complete && headers.first("a").is_some());
    }

    #[test]
    fn bytes_of_no_known_charset_are_read_as_windows_writes_them() {
        assert_eq!(lossy(b"caf\xe9 \x96"), "café –");
        assert_eq!(lossy("café".as_bytes()), "café");
    }
}
