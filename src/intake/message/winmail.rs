//! `winmail.dat`: the files that Outlook hides in a TNEF stream (MS-OXTNEF). Only attachments are taken out.
//! Every length is checked; a stream that ends early gives nothing, so that no half file is ever filed.

use std::borrow::Cow;

use super::headers::lossy;
use crate::intake::limits;

const SIGNATURE: u32 = 0x223E_9F78;
/// The low half of an attribute's id; the high half is its type.
const ATT_ATTACH_TITLE: u32 = 0x8010;
const ATT_ATTACH_DATA: u32 = 0x800F;
/// Opens each attachment.
const ATT_ATTACH_REND_DATA: u32 = 0x9002;
/// The MAPI properties of an attachment.
const ATT_ATTACHMENT: u32 = 0x9005;
const PR_DISPLAY_NAME: u16 = 0x3001;
const PR_ATTACH_LONG_FILENAME: u16 = 0x3707;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: Option<String>,
    pub(super) bytes: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken;

pub(super) fn is_tnef(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE.to_le_bytes())
}

/// The files in order. One without data (an embedded message) makes the stream `Broken` too: better to ask for the
/// files again than to lose one.
pub(super) fn files(bytes: &[u8]) -> Result<Vec<File>, Broken> {
    let mut stream = Stream(bytes);
    if stream.u32()? != SIGNATURE {
        return Err(Broken);
    }
    stream.u16()?;
    let mut found: Vec<Found> = Vec::new();
    let mut attributes = 0;
    while !stream.0.is_empty() {
        attributes += 1;
        if attributes > limits::TNEF_ATTRIBUTES_MAX {
            return Err(Broken);
        }
        stream.take(1)?;
        let id = stream.u32()? & 0xFFFF;
        let data = stream.sized()?;
        stream.u16()?;
        if id == ATT_ATTACH_REND_DATA {
            found.push(Found::default());
        }
        let Some(file) = found.last_mut() else { continue };
        match id {
            ATT_ATTACH_TITLE => file.title = name(data),
            ATT_ATTACH_DATA => file.data = Some(data),
            ATT_ATTACHMENT => (file.long, file.display) = names(data)?,
            _ => {}
        }
    }
    found.into_iter().map(Found::into_file).collect()
}

#[derive(Default)]
struct Found<'b> {
    title: Option<String>,
    long: Option<String>,
    display: Option<String>,
    data: Option<&'b [u8]>,
}

impl Found<'_> {
    fn into_file(self) -> Result<File, Broken> {
        let bytes = self.data.ok_or(Broken)?.to_vec();
        // The title is a short 8.3 name where a long one exists.
        Ok(File { name: self.long.or(self.display).or(self.title), bytes })
    }
}

/// The long file name and the display name among MAPI properties.
fn names(data: &[u8]) -> Result<(Option<String>, Option<String>), Broken> {
    let mut stream = Stream(data);
    let count = stream.u32()?;
    let (mut long, mut display) = (None, None);
    for index in 0..count {
        if index as usize >= limits::TNEF_PROPERTIES_MAX {
            return Err(Broken);
        }
        let kind = stream.u16()?;
        let id = stream.u16()?;
        if id >= 0x8000 {
            stream.skip_property_name()?;
        }
        let value = stream.property(kind)?;
        let text = || value.as_ref().and_then(|text| name(text.as_bytes()));
        match id {
            PR_ATTACH_LONG_FILENAME => long = text(),
            PR_DISPLAY_NAME => display = text(),
            _ => {}
        }
    }
    Ok((long, display))
}

/// Text up to its closing NUL.
fn name(bytes: &[u8]) -> Option<String> {
    let text = lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default());
    (!text.trim().is_empty()).then(|| text.into_owned())
}

/// What has not been read yet; integers are little-endian.
struct Stream<'b>(&'b [u8]);

impl<'b> Stream<'b> {
    fn take(&mut self, len: usize) -> Result<&'b [u8], Broken> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Broken)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, Broken> {
        self.take(2)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes)).ok_or(Broken)
    }

    fn u32(&mut self) -> Result<u32, Broken> {
        self.take(4)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)).ok_or(Broken)
    }

    /// Bytes after their own count.
    fn sized(&mut self) -> Result<&'b [u8], Broken> {
        let len = usize::try_from(self.u32()?).map_err(|_| Broken)?;
        self.take(len)
    }

    /// The same, padded to four bytes; the last value of a stream may lack its padding.
    fn padded(&mut self) -> Result<&'b [u8], Broken> {
        let value = self.sized()?;
        let padding = value.len().next_multiple_of(4) - value.len();
        self.take(padding.min(self.0.len()))?;
        Ok(value)
    }

    /// A named property: a GUID, then a number or a text.
    fn skip_property_name(&mut self) -> Result<(), Broken> {
        self.take(16)?;
        if self.u32()? == 0 { self.take(4) } else { self.padded() }.map(|_| ())
    }

    /// One value; `Some` where it is text. Of a value with many, the first counts.
    fn property(&mut self, kind: u16) -> Result<Option<Cow<'b, str>>, Broken> {
        const MANY: u16 = 0x1000;
        let base = kind & !MANY;
        let counted = kind & MANY != 0 || matches!(base, 0x001E | 0x001F | 0x000D | 0x0102);
        let count = if counted { self.u32()? as usize } else { 1 };
        if count > limits::TNEF_PROPERTIES_MAX {
            return Err(Broken);
        }
        let mut text = None;
        for _ in 0..count {
            let value = match base {
                0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => self.take(4).map(|_| None)?,
                0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => self.take(8).map(|_| None)?,
                0x0048 => self.take(16).map(|_| None)?,
                0x001E => Some(lossy(self.padded()?)),
                0x001F => Some(Cow::Owned(utf16(self.padded()?))),
                0x000D | 0x0102 => self.padded().map(|_| None)?,
                _ => return Err(Broken),
            };
            text = text.or(value);
        }
        Ok(text)
    }
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.chunks_exact(2).filter_map(|pair| pair.first_chunk().copied()).map(u16::from_le_bytes).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(id: u32, data: &[u8]) -> Vec<u8> {
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        [&[2][..], &id.to_le_bytes(), &(data.len() as u32).to_le_bytes(), data, &sum.to_le_bytes()].concat()
    }

    /// One text property after a number, a named one and a binary one, as Outlook writes them.
    fn properties(id: u16, kind: u16, text: &[u8]) -> Vec<u8> {
        let mut out = 4_u32.to_le_bytes().to_vec();
        out.extend([0x03, 0x00, 0x05, 0x37, 1, 0, 0, 0]);
        out.extend([0x1E, 0x10, 0x01, 0x80].iter().chain(&[9; 16]).chain(&[1, 0, 0, 0, 2, 0, 0, 0, b'n', 0, 0, 0]));
        out.extend([2, 0, 0, 0, 2, 0, 0, 0, b'a', 0, 0, 0, 4, 0, 0, 0, b'b', b'c', b'd', 0]);
        out.extend([0x02, 0x01, 0x02, 0x37, 1, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3, 0]);
        out.extend(kind.to_le_bytes().iter().chain(&id.to_le_bytes()).chain(&1_u32.to_le_bytes()));
        out.extend((text.len() as u32).to_le_bytes().iter().chain(text));
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    /// The stream of two files, attribute by attribute.
    fn pieces() -> Vec<Vec<u8>> {
        let long: Vec<u8> = "Naïve SCAL.xlsx\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        vec![
            [&SIGNATURE.to_le_bytes()[..], &[1, 0]].concat(),
            attribute(0x0008_9006, &[0, 0, 1, 0]),
            attribute(0x0006_9002, &[1; 14]),
            attribute(0x0001_8010, b"NAIVES~1.XLS\0"),
            attribute(0x0006_800F, b"first"),
            attribute(0x0006_9005, &properties(PR_ATTACH_LONG_FILENAME, 0x1F, &long)),
            attribute(0x0006_9002, &[1; 14]),
            attribute(0x0001_8010, b"short.txt\0"),
            attribute(0x0006_800F, b"second"),
        ]
    }

    fn sample() -> Vec<u8> {
        pieces().concat()
    }

    #[test]
    fn lesson_44_files_come_out_under_their_long_names() {
        let expected = [("Naïve SCAL.xlsx", "first"), ("short.txt", "second")]
            .map(|(name, text)| File { name: Some(name.to_owned()), bytes: text.as_bytes().to_vec() });
        assert!(is_tnef(&sample()));
        assert_eq!(files(&sample()), Ok(Vec::from(expected)));
    }

    #[test]
    fn a_display_name_stands_in_and_a_stream_without_files_is_sound() {
        let display = [
            &SIGNATURE.to_le_bytes()[..],
            &[1, 0],
            &attribute(0x0006_9002, &[1; 14]),
            &attribute(0x0006_800F, b"x"),
            &attribute(0x0006_9005, &properties(PR_DISPLAY_NAME, 0x1E, b"Pack.docx\0")),
        ]
        .concat();
        assert_eq!(
            files(&display).map(|all| all.into_iter().map(|f| f.name).collect::<Vec<_>>()),
            Ok(vec![Some("Pack.docx".to_owned())])
        );
        assert_eq!(files(&display[..6]), Ok(Vec::new()));
    }

    #[test]
    fn a_stream_that_ends_early_gives_nothing() {
        let sample = sample();
        let end_of = |pieces_kept: usize| pieces()[..pieces_kept].concat().len();
        // Between attributes, with every file begun so far whole, an end cannot be told from the true one.
        let whole = [1, 2, 5, 6].map(end_of);
        for len in 0..sample.len() {
            let result = files(&sample[..len]);
            assert_eq!(result.is_ok(), whole.contains(&len), "{len} bytes gave {result:?}");
        }
    }

    #[test]
    fn lengths_and_counts_beyond_the_limits_are_refused() {
        let head = [&SIGNATURE.to_le_bytes()[..], &[1, 0]].concat();
        let many = attribute(0x0006_9003, b"").repeat(limits::TNEF_ATTRIBUTES_MAX);
        assert!(files(&[&head[..], &many].concat()).is_ok());
        assert!(files(&[&head[..], &many, &attribute(0x0006_9003, b"")].concat()).is_err());
        let with = |properties: &[u8]| {
            files(
                &[&head[..], &attribute(0x0006_9002, b""), &attribute(0x800F, b"x"), &attribute(0x9005, properties)]
                    .concat(),
            )
        };
        let one = [0x03, 0, 0x05, 0x37, 1, 0, 0, 0];
        let count = limits::TNEF_PROPERTIES_MAX as u32;
        assert!(with(&[&count.to_le_bytes()[..], &one.repeat(count as usize)].concat()).is_ok());
        assert!(with(&[&(count + 1).to_le_bytes()[..], &one.repeat(count as usize + 1)].concat()).is_err());
        assert!(with(&[1, 0, 0, 0, 0x1E, 0, 1, 0x30, 0xFF, 0xFF, 0xFF, 0xFF]).is_err());
    }
}
