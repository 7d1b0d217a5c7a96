//! Text as IMAP commands carry it: folder names, quoted strings, sets of UIDs. Must not do IO.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// A folder's name in modified UTF-7 (RFC 3501 §5.1.3), which leaves printable ASCII only.
pub(super) fn modified_utf7(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut shifted = Vec::new();
    for character in name.chars() {
        if matches!(character, ' '..='~') {
            end_shift(&mut shifted, &mut encoded);
            encoded.push(character);
            if character == '&' {
                encoded.push('-');
            }
        } else {
            shifted.extend(character.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    end_shift(&mut shifted, &mut encoded);
    encoded
}

fn end_shift(shifted: &mut Vec<u8>, encoded: &mut String) {
    if shifted.is_empty() {
        return;
    }
    encoded.push('&');
    for group in shifted.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for sextet in 0..=group.len() {
            let value = (bits >> (18 - 6 * sextet)) & 0x3f;
            encoded.extend(ALPHABET.get(value as usize).map(|letter| char::from(*letter)));
        }
    }
    encoded.push('-');
    shifted.clear();
}

/// Back to the name. What is not modified UTF-7 stays as the server wrote it.
pub(super) fn from_modified_utf7(encoded: &str) -> String {
    let mut name = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((before, shifted)) = rest.split_once('&') {
        let decoded = shifted.split_once('-').and_then(|(shifted, after)| Some((unshifted(shifted)?, after)));
        let Some((text, after)) = decoded else { return encoded.to_owned() };
        name.push_str(before);
        name.push_str(&text);
        rest = after;
    }
    name + rest
}

/// What stands between `&` and `-`.
fn unshifted(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("&".to_owned());
    }
    let (mut bits, mut bit_count, mut units) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|other| *other == letter)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        bit_count += 6;
        if bit_count >= 16 {
            bit_count -= 16;
            units.push(u16::try_from((bits >> bit_count) & 0xffff).ok()?);
        }
    }
    String::from_utf16(&units).ok()
}

/// `None` for text that no quoted string can carry: it could otherwise end the command and begin another.
pub(super) fn quoted(text: &str) -> Option<String> {
    let safe = text.chars().all(|c| matches!(c, ' '..='~'));
    safe.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// `1:3,7` for 1, 2, 3 and 7 in any order.
pub(super) fn uid_set(uids: &[u32]) -> String {
    let mut sorted = uids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in sorted {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            Some(_) | None => runs.push((uid, uid)),
        }
    }
    let run = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}:{last}") }
    };
    runs.iter().map(run).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_match_the_examples_of_the_standard() {
        for (name, encoded) in [
            ("INBOX", "INBOX"),
            ("Sent Items", "Sent Items"),
            ("R&D", "R&-D"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Gesendete Objekte – ä", "Gesendete Objekte &IBM- &AOQ-"),
            ("Sent 😀", "Sent &2D3eAA-"),
            ("a\r\nb", "a&AA0ACg-b"),
        ] {
            assert_eq!(modified_utf7(name), encoded);
            assert_eq!(from_modified_utf7(encoded), name);
        }
        for odd in ["a & b", "&!!-", "&2D0-"] {
            assert_eq!(from_modified_utf7(odd), odd);
        }
    }

    #[test]
    fn quoting_cannot_be_escaped_from() {
        assert_eq!(quoted(r#"a"b\c"#).as_deref(), Some(r#""a\"b\\c""#));
        for wrong in ["a\r\nA1 DELETE INBOX", "a\0", "ä"] {
            assert_eq!(quoted(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn uids_are_written_as_runs() {
        for (uids, set) in [
            (vec![7], "7"),
            (vec![3, 1, 2, 7, 7], "1:3,7"),
            (vec![1, 3, 5], "1,3,5"),
            (vec![u32::MAX, u32::MAX - 1], "4294967294:4294967295"),
        ] {
            assert_eq!(uid_set(&uids), set);
        }
    }
}
