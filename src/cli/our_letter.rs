//! Mail that was written beforehand cannot know the Message-IDs of our letters: it says to whom the letter went instead.

use anyhow::Context;

use crate::domain::ids::Address;
use crate::domain::outbox::OutboxLetter;

/// Stands for the Message-ID of our latest letter to the address that follows, up to a `>`.
const OUR_LETTER_TO: &str = "assured-letter-to:";

/// The message with the Message-ID of that letter; `None` where it names none.
pub(super) fn put_in(raw: &[u8], letters: &[OutboxLetter]) -> anyhow::Result<Option<Vec<u8>>> {
    if !is_named_in(raw) {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(raw);
    let mut parts = text.split(OUR_LETTER_TO);
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (address, after) = part.split_at(part.find('>').unwrap_or(part.len()));
        let address = Address::new(address).with_context(|| format!("{OUR_LETTER_TO}{address} names no address"))?;
        let ours = letters.iter().rfind(|letter| letter.letter.to == address);
        let ours = ours.with_context(|| format!("no letter went to {address} before this message"))?;
        written.push_str(ours.letter.message_id.as_str());
        written.push_str(after);
    }
    Ok(Some(written.into_bytes()))
}

pub(super) fn is_named_in(raw: &[u8]) -> bool {
    raw.windows(OUR_LETTER_TO.len()).any(|part| part == OUR_LETTER_TO.as_bytes())
}
