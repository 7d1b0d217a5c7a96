//! The records of a workbook stream of Excel 5 to 2003, and the texts in them, which may run over several records.
//! Reads nothing beyond the bytes that are there, whatever a record says of its length.

/// A record with those that continue it.
pub(super) struct Record<'a> {
    pub(super) kind: u16,
    pub(super) data: &'a [u8],
    pub(super) more: Vec<&'a [u8]>,
}

pub(super) struct Records<'a> {
    rest: &'a [u8],
}

const CONTINUE: u16 = 0x003C;

impl<'a> Records<'a> {
    pub(super) fn of(stream: &'a [u8]) -> Self {
        Self { rest: stream }
    }

    fn next_part(&mut self) -> Option<(u16, &'a [u8])> {
        let kind = u16_at(self.rest, 0)?;
        let length = usize::from(u16_at(self.rest, 2)?);
        let data = self.rest.get(4..4 + length)?;
        self.rest = self.rest.get(4 + length..)?;
        Some((kind, data))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (kind, data) = self.next_part()?;
        let mut more = Vec::new();
        while u16_at(self.rest, 0) == Some(CONTINUE) {
            let Some((_, part)) = self.next_part() else { break };
            more.push(part);
        }
        Some(Record { kind, data, more })
    }
}

/// Texts are in Unicode since Excel 97, before that in the code page of Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Excel5,
    Excel97,
}

/// A place in a record from which texts are read.
pub(super) struct Texts<'a> {
    rest: &'a [u8],
    more: std::vec::IntoIter<&'a [u8]>,
    age: Age,
}

impl<'a> Texts<'a> {
    pub(super) fn at(record: &Record<'a>, offset: usize, age: Age) -> Self {
        let rest = record.data.get(offset..).unwrap_or_default();
        Self { rest, more: record.more.clone().into_iter(), age }
    }

    /// A text after its length in two bytes.
    pub(super) fn long(&mut self) -> Option<String> {
        let length = self.u16()?;
        self.body(length.into())
    }

    /// A text after its length in one byte.
    pub(super) fn short(&mut self) -> Option<String> {
        let length = self.byte()?;
        self.body(length.into())
    }

    /// A shared text: runs of formatting and readings in small type may follow it.
    pub(super) fn shared(&mut self) -> Option<String> {
        let length = self.u16()?;
        let flags = self.byte()?;
        let runs = if flags & 0x08 != 0 { usize::from(self.u16()?) * 4 } else { 0 };
        let extension = if flags & 0x04 != 0 { usize::from(self.u16()?) | usize::from(self.u16()?) << 16 } else { 0 };
        let text = self.characters(length.into(), flags & 1 != 0);
        self.skip(runs + extension);
        Some(text)
    }

    fn body(&mut self, length: usize) -> Option<String> {
        match self.age {
            Age::Excel97 => {
                let wide = self.byte()? & 1 != 0;
                Some(self.characters(length, wide))
            }
            Age::Excel5 => Some(self.rest.iter().take(length).map(|byte| windows_1252(*byte)).collect()),
        }
    }

    /// As many characters as there are, at most so many. Each further record begins with their width.
    fn characters(&mut self, length: usize, mut wide: bool) -> String {
        let mut units = Vec::new();
        while units.len() < length {
            if self.rest.is_empty() {
                let Some(next) = self.more.next() else { break };
                self.rest = next;
                wide = self.byte().is_some_and(|flags| flags & 1 != 0);
            }
            let Some(low) = self.byte() else { break };
            let high = if wide { self.byte().unwrap_or_default() } else { 0 };
            units.push(u16::from_le_bytes([low, high]));
        }
        String::from_utf16_lossy(&units)
    }

    fn skip(&mut self, mut count: usize) {
        while count > self.rest.len() {
            count -= self.rest.len();
            let Some(next) = self.more.next() else {
                self.rest = &[];
                return;
            };
            self.rest = next;
        }
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn byte(&mut self) -> Option<u8> {
        while self.rest.is_empty() {
            self.rest = self.more.next()?;
        }
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }
}

pub(super) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    let (two, _) = bytes.get(offset..)?.split_first_chunk()?;
    Some(u16::from_le_bytes(*two))
}

pub(super) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let (four, _) = bytes.get(offset..)?.split_first_chunk()?;
    Some(u32::from_le_bytes(*four))
}

pub(super) fn f64_at(bytes: &[u8], offset: usize) -> Option<f64> {
    let (eight, _) = bytes.get(offset..)?.split_first_chunk()?;
    Some(f64::from_le_bytes(*eight))
}

/// A number in four bytes: the upper part of a binary one or a whole one, perhaps in hundredths.
pub(super) fn short_number(bytes: &[u8], offset: usize) -> Option<f64> {
    let raw = u32_at(bytes, offset)?;
    let whole = raw & 2 != 0;
    let number = if whole { f64::from(raw.cast_signed() >> 2) } else { f64::from_bits(u64::from(raw & !3) << 32) };
    Some(if raw & 1 != 0 { number / 100.0 } else { number })
}

/// Windows-1252, the code page of western Windows: other than Latin-1 only from 0x80 to 0x9F.
fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let special = byte.checked_sub(0x80).and_then(|index| FROM_80.get(usize::from(index)));
    special.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend((data.len() as u16).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn a_text_goes_on_in_the_next_record_with_a_width_of_its_own() {
        let mut stream = record(0xFC, b"\x05\0\x08\x01\0ab");
        stream.extend(record(CONTINUE, b"\x01c\0\xac\x20!\0runs\x02\0\0ok"));
        let only = Records::of(&stream).next().unwrap();
        let mut texts = Texts::at(&only, 0, Age::Excel97);
        assert_eq!(texts.shared().as_deref(), Some("abc€!"));
        assert_eq!(texts.shared().as_deref(), Some("ok"), "runs of formatting are passed over");
        assert_eq!(texts.shared(), None);
    }

    #[test]
    fn lengths_that_lie_give_what_is_there() {
        let stream = record(0xFC, b"\xff\xff\0abc");
        let only = Records::of(&stream).next().unwrap();
        assert_eq!(Texts::at(&only, 0, Age::Excel97).shared().as_deref(), Some("abc"));
        assert!(Records::of(b"\xfc\0\xff\xff too short").next().is_none());
    }

    #[test]
    fn old_texts_are_in_the_code_page_of_windows() {
        let stream = record(0x0204, b"\x04\0\x93a\x94\x85");
        let only = Records::of(&stream).next().unwrap();
        assert_eq!(Texts::at(&only, 0, Age::Excel5).long().as_deref(), Some("“a”…"));
    }

    #[test]
    fn short_numbers_are_whole_binary_or_hundredths() {
        for (raw, expected) in [(3 << 2 | 2, 3.0), (0x3FF0_0000, 1.0), (210 << 2 | 3, 2.1), (0x3FF0_0001, 0.01)] {
            assert_eq!(short_number(&u32::to_le_bytes(raw), 0), Some(expected));
        }
        assert_eq!(short_number(&(-5_i32 << 2 | 2).to_le_bytes(), 0), Some(-5.0));
        assert_eq!(short_number(b"abc", 0), None);
    }
}
