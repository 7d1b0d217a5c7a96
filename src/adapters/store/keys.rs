//! Tables and the keys of their rows: big-endian, so that rows lie in the order in which they are asked for.
//! All tables share one tree, told apart by the first byte: sled wastes space on many trees.

use jiff::Timestamp;

use super::digest::sha256_hex;
use crate::domain::ids::{CaseRef, Folder, LetterId, MailboxName, Position};

/// The numbers are part of the rows on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Table {
    /// One row: how far the journal is folded, and how many rows each table has.
    Head = 0,
    Case = 1,
    CaseDue = 2,
    CaseOfMessage = 3,
    CaseOfParticipant = 4,
    CaseOfDomain = 5,
    CaseOfProduct = 6,
    Identity = 7,
    IdentityOfMessage = 8,
    Letter = 9,
    LetterDue = 10,
    LetterOpen = 11,
    LetterOfMessage = 12,
    AttemptToOne = 13,
    Attempt = 14,
    Mark = 15,
    Place = 16,
    Trouble = 17,
    PartnerMail = 18,
    Story = 19,
    LateMail = 20,
    /// What became of the mail of each mailbox since the last digest.
    Account = 21,
    /// One row: the day of the last digest.
    DigestDay = 22,
    /// Which messages were filed on a case, in their order.
    MessageOfCase = 23,
    /// The absences of each member of staff.
    Away = 24,
    /// What is known of the mail of each mailbox: when it was last heard from outside, the last message to ourselves.
    Vigil = 25,
    /// Troubles of which people are still to be told by another way than mail.
    Alarm = 26,
}

/// One more than the highest number of a table.
pub(super) const TABLES: usize = 27;

const TIME_BYTES: usize = 16;
const LETTER_BYTES: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<u8>);

impl Key {
    pub(super) fn of(table: Table) -> Self {
        Self(vec![table as u8])
    }

    /// The first key of the table with this number.
    pub(super) fn first_of(table: usize) -> Self {
        Self(vec![u8::try_from(table).unwrap_or(u8::MAX)])
    }

    /// Bounded, and never the beginning of another text's key.
    pub(super) fn text(mut self, text: &str) -> Self {
        match u8::try_from(text.len()) {
            Ok(bytes) if bytes < u8::MAX => {
                self.0.push(bytes);
                self.0.extend_from_slice(text.as_bytes());
            }
            Ok(_) | Err(_) => {
                self.0.push(u8::MAX);
                self.0.extend_from_slice(sha256_hex(text.as_bytes()).as_bytes());
            }
        }
        self
    }

    pub(super) fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(super) fn time(mut self, at: Timestamp) -> Self {
        // The sign bit is flipped so that times before 1970 sort first.
        let nanos = at.as_nanosecond() ^ i128::MIN;
        self.0.extend_from_slice(&nanos.to_be_bytes());
        self
    }

    pub(super) fn case(mut self, case: CaseRef) -> Self {
        self.0.extend_from_slice(&case.number().to_be_bytes());
        self
    }

    pub(super) fn letter(mut self, letter: LetterId) -> Self {
        self.0.extend_from_slice(&letter.step.to_be_bytes());
        self.0.extend_from_slice(&letter.index.to_be_bytes());
        self
    }

    pub(super) fn folder(self, mailbox: &MailboxName, folder: Folder) -> Self {
        let mut key = self.text(mailbox.as_str());
        key.0.push(match folder {
            Folder::Inbox => 0,
            Folder::Sent => 1,
            Folder::Junk => 2,
        });
        key
    }

    /// A key that came from a row.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The least key that is above every key beginning with this one.
    pub(super) fn above(mut self) -> Self {
        while let Some(last) = self.0.pop() {
            if let Some(next) = last.checked_add(1) {
                self.0.push(next);
                break;
            }
        }
        self
    }
}

/// The time in a key, directly behind its table.
pub(super) fn time_in(key: &[u8]) -> Option<Timestamp> {
    read_time(key.get(1..1 + TIME_BYTES)?)
}

/// The time in the key of an attempt, before the letter at its end.
pub(super) fn time_of_attempt(key: &[u8]) -> Option<Timestamp> {
    let end = key.len().checked_sub(LETTER_BYTES)?;
    read_time(key.get(end.checked_sub(TIME_BYTES)?..end)?)
}

fn read_time(bytes: &[u8]) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from_be_bytes(bytes.try_into().ok()?) ^ i128::MIN).ok()
}

/// The key of a file in a Maildir; `None` for IMAP, where the mark of the folder says enough.
pub(super) fn place_key(mailbox: &MailboxName, folder: Folder, at: &Position) -> Option<Key> {
    match at {
        Position::Imap { .. } => None,
        Position::Maildir { name } => Some(Key::of(Table::Place).folder(mailbox, folder).text(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_values_and_times_read_back() {
        let times = ["1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z", "2026-11-23T09:00:00.000000001Z"];
        let times: Vec<Timestamp> = times.iter().map(|t| t.parse().unwrap()).collect();
        let keys: Vec<Key> = times.iter().map(|t| Key::of(Table::CaseDue).time(*t)).collect();
        assert!(keys.is_sorted());
        let back: Vec<_> = keys.iter().filter_map(|k| time_in(k.as_bytes())).collect();
        assert_eq!(back, times);
        let letter = |step, index| Key::of(Table::Letter).letter(LetterId { step, index });
        assert!(letter(2, 9) < letter(10, 0) && letter(10, 0) < letter(10, 1));
    }

    #[test]
    fn no_text_is_the_beginning_of_another() {
        let texts = ["", "a", "ab", "a\0b", &"a".repeat(254), &"a".repeat(255), &"a".repeat(256)];
        let keys: Vec<Key> = texts.iter().map(|t| Key::of(Table::Place).text(t)).collect();
        for (n, one) in keys.iter().enumerate() {
            assert!(one.as_bytes().len() <= 1 + 1 + 254);
            for other in keys.iter().skip(n + 1) {
                let (one, other) = (one.as_bytes(), other.as_bytes());
                assert!(!other.starts_with(one) && !one.starts_with(other));
            }
        }
    }

    #[test]
    fn the_key_above_bounds_a_prefix() {
        let prefix = Key(vec![3, 255]);
        assert_eq!(prefix.above(), Key(vec![4]));
        let table = Key::of(Table::Story).number(7);
        let inside = table.clone().number(u64::MAX);
        assert!(inside > table && inside < table.above());
    }
}
