//! What the daemon and a reader process say to one another, and how it is framed. Must not start or stop anything.
//!
//! A frame is the length of a JSON header (8 bytes, big-endian), the header, the length of a body (8 bytes), the body.
//! The first frame is a [`Hello`], answered with [`Answer::Ready`]; then each [`Request`] gets one [`Answer`], in turn.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::domain::reading::{Document, Finding, MessageFacts, Taught};
use crate::intake::Receiver;

/// Raised whenever a frame changes its meaning: after an upgrade the program on disk may be newer than the daemon.
pub const VERSION: u32 = 2;

/// The largest header in either direction: the facts of a message with very many findings.
pub const HEADER_BYTES_MAX: u64 = 32 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub version: u32,
    pub receiver: Receiver,
    pub confines: Confines,
}

/// What a reader process allows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confines {
    pub address_space_bytes: u64,
    /// Processor time for one request.
    pub cpu_secs: u64,
    /// Of the thread that parses.
    pub stack_bytes: usize,
}

/// What the kernel of this machine forbids a reader process for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Opening files and connecting, by Landlock.
    pub no_files: bool,
    /// All system calls but those that reading needs, by seccomp.
    pub few_calls: bool,
}

/// The body of the frame holds the message, or the file for `Document`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub enum Request {
    /// The message and all its documents.
    Message,
    /// The message, with its documents listed and not opened.
    MessageWithoutDocuments,
    /// The headers only.
    Envelope,
    /// One attachment, by its place among the documents of the message.
    Attachment { index: usize },
    /// A file that came without a message.
    Document { name: String },
    /// A blank workbook, to learn its profile from.
    Teach { name: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    Ready {
        version: u32,
        confinement: Confinement,
    },
    Message {
        facts: Box<MessageFacts>,
    },
    Document {
        document: Box<Document>,
    },
    /// The profile, or why there is none.
    Taught {
        taught: Result<Taught, Box<Finding>>,
    },
}

/// The next frame, or `None` at the end of input between two frames.
pub fn read_frame<H: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<(H, Vec<u8>)>> {
    let mut length = Vec::new();
    if input.take(8).read_to_end(&mut length)? == 0 {
        return Ok(None);
    }
    let length = length.try_into().map_err(|_| io::ErrorKind::UnexpectedEof)?;
    let header = read_part(input, header_bytes(length)?)?;
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let body = read_part(input, u64::from_be_bytes(length))?;
    Ok(Some((serde_json::from_slice(&header)?, body)))
}

pub fn write_frame(output: &mut impl Write, header: &impl Serialize, body: &[u8]) -> io::Result<()> {
    output.write_all(&head(header, body)?)?;
    output.write_all(body)?;
    output.flush()
}

/// As [`read_frame`], for answers, which have no body.
pub(super) async fn read_answer(input: &mut (impl AsyncRead + Unpin)) -> io::Result<Answer> {
    let bytes = header_bytes(input.read_u64().await?.to_be_bytes())?;
    let mut header = Vec::new();
    let got = input.take(bytes).read_to_end(&mut header).await?;
    whole(got, bytes)?;
    match input.read_u64().await? {
        0 => Ok(serde_json::from_slice(&header)?),
        _ => Err(invalid("an answer came with a body")),
    }
}

/// As [`write_frame`].
pub(super) async fn send_frame(
    output: &mut (impl AsyncWrite + Unpin),
    header: &impl Serialize,
    body: &[u8],
) -> io::Result<()> {
    output.write_all(&head(header, body)?).await?;
    output.write_all(body).await?;
    output.flush().await
}

fn head(header: &impl Serialize, body: &[u8]) -> io::Result<Vec<u8>> {
    let header = serde_json::to_vec(header)?;
    let mut bytes = (header.len() as u64).to_be_bytes().to_vec();
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(&(body.len() as u64).to_be_bytes());
    Ok(bytes)
}

fn header_bytes(length: [u8; 8]) -> io::Result<u64> {
    let bytes = u64::from_be_bytes(length);
    match bytes <= HEADER_BYTES_MAX {
        true => Ok(bytes),
        false => Err(invalid("a header is longer than any header may be")),
    }
}

/// Grows with what arrives, so that a false length costs nothing.
fn read_part(input: &mut impl Read, bytes: u64) -> io::Result<Vec<u8>> {
    let mut part = Vec::new();
    let got = input.take(bytes).read_to_end(&mut part)?;
    whole(got, bytes)?;
    Ok(part)
}

fn whole(got: usize, expected: u64) -> io::Result<()> {
    match got as u64 == expected {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_read_back_in_turn_and_end_cleanly() {
        let mut pipe = Vec::new();
        let document = Request::Document { name: "scal.xlsx".to_owned() };
        write_frame(&mut pipe, &Request::Message, b"From: a@b").unwrap();
        write_frame(&mut pipe, &document, b"").unwrap();
        let mut input = pipe.as_slice();
        let first: Option<(Request, Vec<u8>)> = read_frame(&mut input).unwrap();
        assert_eq!(first, Some((Request::Message, b"From: a@b".to_vec())));
        assert_eq!(read_frame(&mut input).unwrap(), Some((document, Vec::new())));
        assert_eq!(read_frame::<Request>(&mut input).unwrap(), None);
    }

    #[test]
    fn a_cut_frame_is_an_error_wherever_it_is_cut() {
        let mut pipe = Vec::new();
        write_frame(&mut pipe, &Request::Envelope, b"body").unwrap();
        for length in 1..pipe.len() {
            assert!(read_frame::<Request>(&mut &pipe[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn a_false_length_is_refused_before_memory_is_taken() {
        let header = (HEADER_BYTES_MAX + 1).to_be_bytes();
        assert!(read_frame::<Request>(&mut header.as_slice()).is_err());
        let mut body = head(&Request::Message, b"").unwrap();
        body.truncate(body.len() - 8);
        body.extend_from_slice(&u64::MAX.to_be_bytes());
        assert!(read_frame::<Request>(&mut body.as_slice()).is_err());
    }

    #[tokio::test]
    async fn both_ends_speak_the_same_frames() {
        let mut sent = Vec::new();
        send_frame(&mut sent, &Request::Attachment { index: 2 }, b"raw").await.unwrap();
        let read: Option<(Request, Vec<u8>)> = read_frame(&mut sent.as_slice()).unwrap();
        assert_eq!(read, Some((Request::Attachment { index: 2 }, b"raw".to_vec())));
        let mut answered = Vec::new();
        let ready = Answer::Ready { version: VERSION, confinement: Confinement { no_files: true, few_calls: false } };
        write_frame(&mut answered, &ready, b"").unwrap();
        assert_eq!(read_answer(&mut answered.as_slice()).await.unwrap(), ready);
    }
}
