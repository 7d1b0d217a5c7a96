//! The ids in a header, as far as they are needed to find a message again. Everything else about a message is read by
//! the reader process.

use crate::domain::ids::MessageId;

/// More than any header of a mail program.
const HEADER_BYTES_MAX: usize = 64 << 10;

/// The ids of the first field with this name (in lower case), in their order. Bytes in, ids out, never a panic.
pub(super) fn ids(raw: &[u8], field: &str) -> Vec<MessageId> {
    let raw = raw.get(..HEADER_BYTES_MAX).unwrap_or(raw);
    let text = String::from_utf8_lossy(raw);
    let mut lines = text.lines().take_while(|line| !line.is_empty());
    let names = |line: &str| line.split_once(':').is_some_and(|(name, _)| name.trim_end().eq_ignore_ascii_case(field));
    let Some(first) = lines.find(|line| names(line)) else { return Vec::new() };
    let mut value = first.split_once(':').map_or("", |(_, value)| value).to_owned();
    for more in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push_str(more);
    }
    let ids = value.split('<').skip(1).filter_map(|rest| MessageId::new(rest.split_once('>')?.0));
    ids.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_however_the_field_is_folded() {
        let raw =
            b"From: a@b.example\r\nREFERENCES: <one@b.example>\r\n <two@b.example>\r\n\t<an id>\r\nSubject: x\r\n\r\n\
            References: <body@b.example>\r\n";
        let found = |field| ids(raw, field).into_iter().map(|id| id.to_string()).collect::<Vec<_>>();
        assert_eq!(found("references"), ["one@b.example", "two@b.example", "an id"]);
        assert_eq!(found("in-reply-to"), [""; 0]);
        for broken in [&b""[..], b"References", b"References:", b"References: <", b"\r\n\r\n", b"\xff:<\xff>"] {
            assert_eq!(ids(broken, "references"), [], "{broken:?}");
        }
        let long = [b"Subject: x\r\n".repeat(10_000), b"References: <far@b.example>\r\n".to_vec()].concat();
        assert_eq!(ids(&long, "references"), []);
    }
}
