//! Asks a ClamAV daemon about one message, in its own protocol (clamd(8)). Must not decide what an answer means for it.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

const CHUNK_BYTES: usize = 64 * 1024;
/// An answer is a line of a few words.
const ANSWER_BYTES_MAX: u64 = 1_000;
const SIGNATURE_CHARS_MAX: usize = 100;
/// To say that it is there, a scanner needs no longer.
const PING_SECS_MAX: u64 = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClamdAddress {
    Unix(PathBuf),
    Tcp { host: String, port: u16 },
}

#[derive(Clone, Debug)]
pub struct Clamd {
    pub address: ClamdAddress,
    /// For one message, connecting included.
    pub timeout_secs: u64,
}

#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    Clean,
    /// With the name that the scanner gives to what it found.
    Infected {
        signature: String,
    },
    /// More than the scanner takes (its `StreamMaxLength`): it did not look.
    TooLarge,
}

#[derive(Debug, thiserror::Error)]
pub enum ClamdError {
    #[error("the virus scanner at {address} cannot be reached: {source}. Check that clamd runs and listens there")]
    Unreachable { address: ClamdAddress, source: io::Error },
    #[error("the virus scanner at {address} broke off: {source}. Its own log says why")]
    BrokeOff { address: ClamdAddress, source: io::Error },
    #[error("the virus scanner at {address} gave no answer within {secs} seconds")]
    Silent { address: ClamdAddress, secs: u64 },
    #[error("the virus scanner at {address} gave the answer {answer:?}. Is it clamd? Its own log may say more")]
    Unknown { address: ClamdAddress, answer: String },
}

impl fmt::Display for ClamdAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

impl Clamd {
    /// Is it there and ready to look?
    pub async fn ping(&self) -> Result<(), ClamdError> {
        let answer = self.ask(b"zPING\0", None, self.timeout_secs.min(PING_SECS_MAX)).await?;
        if answer == "PONG" { Ok(()) } else { Err(self.unknown(answer)) }
    }

    pub async fn scan(&self, bytes: &[u8]) -> Result<Scanned, ClamdError> {
        let answer = self.ask(b"zINSTREAM\0", Some(bytes), self.timeout_secs).await?;
        let said = answer.strip_prefix("stream: ").unwrap_or(&answer);
        match said.strip_suffix(" FOUND") {
            Some(signature) => Ok(Scanned::Infected { signature: plain(signature) }),
            None if said == "OK" => Ok(Scanned::Clean),
            None if said.starts_with("INSTREAM size limit exceeded") => Ok(Scanned::TooLarge),
            None => Err(self.unknown(answer)),
        }
    }

    async fn ask(&self, command: &[u8], stream: Option<&[u8]>, secs: u64) -> Result<String, ClamdError> {
        let asked = timeout(Duration::from_secs(secs), async {
            let unreachable = |source| ClamdError::Unreachable { address: self.address.clone(), source };
            let answer = match &self.address {
                ClamdAddress::Unix(path) => {
                    converse(UnixStream::connect(path).await.map_err(unreachable)?, command, stream).await
                }
                ClamdAddress::Tcp { host, port } => {
                    let connection = TcpStream::connect((host.as_str(), *port)).await.map_err(unreachable)?;
                    converse(connection, command, stream).await
                }
            };
            answer.map_err(|source| ClamdError::BrokeOff { address: self.address.clone(), source })
        });
        asked.await.unwrap_or_else(|_| Err(ClamdError::Silent { address: self.address.clone(), secs }))
    }

    fn unknown(&self, answer: String) -> ClamdError {
        ClamdError::Unknown { address: self.address.clone(), answer: plain(&answer) }
    }
}

/// Sends and listens at once: clamd answers in the middle of a stream that is too long for it, and hangs up.
async fn converse(
    connection: impl AsyncRead + AsyncWrite,
    command: &[u8],
    stream: Option<&[u8]>,
) -> io::Result<String> {
    let (input, output) = tokio::io::split(connection);
    let (sent, heard) = (pin!(send(output, command, stream)), pin!(hear(input)));
    match select(sent, heard).await {
        Either::Right((answer, _)) => answer,
        Either::Left((sent, heard)) => match (sent, heard.await) {
            (_, Ok(answer)) => Ok(answer),
            (Ok(()), Err(error)) | (Err(error), Err(_)) => Err(error),
        },
    }
}

/// A stream goes in chunks, each with its length before it, and ends with an empty one.
async fn send(mut output: impl AsyncWrite + Unpin, command: &[u8], stream: Option<&[u8]>) -> io::Result<()> {
    output.write_all(command).await?;
    if let Some(bytes) = stream {
        for chunk in bytes.chunks(CHUNK_BYTES) {
            output.write_u32(chunk.len() as u32).await?;
            output.write_all(chunk).await?;
        }
        output.write_u32(0).await?;
    }
    output.flush().await
}

async fn hear(input: impl AsyncRead + Unpin) -> io::Result<String> {
    let mut answer = Vec::new();
    let mut input = input.take(ANSWER_BYTES_MAX);
    loop {
        match input.read_u8().await {
            Ok(0) => return Ok(String::from_utf8_lossy(&answer).into_owned()),
            Ok(byte) => answer.push(byte),
            Err(_) if input.limit() == 0 => {
                return Err(io::Error::other(format!("its answer is longer than {ANSWER_BYTES_MAX} bytes")));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Fit for a letter and a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(SIGNATURE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What the scripted scanner does once it has heard the command.
    #[derive(Clone)]
    enum Script {
        /// Hears the whole stream before it answers.
        Answers(&'static [u8]),
        /// Answers after so many bytes of the stream and hangs up.
        AnswersEarly(usize, &'static [u8]),
        Hangs,
    }

    /// Plays once. Gives what it heard of the stream, put together again.
    async fn scanner(script: Script) -> (Clamd, tokio::task::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = ClamdAddress::Tcp { host: "127.0.0.1".to_owned(), port: listener.local_addr().unwrap().port() };
        let played = tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut command = [0; 10];
            tcp.read_exact(&mut command).await.unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut heard = Vec::new();
            match script {
                Script::Answers(answer) => {
                    while let length @ 1.. = tcp.read_u32().await.unwrap() {
                        let mut chunk = vec![0; length as usize];
                        tcp.read_exact(&mut chunk).await.unwrap();
                        heard.extend(chunk);
                    }
                    tcp.write_all(answer).await.unwrap();
                }
                Script::AnswersEarly(bytes, answer) => {
                    heard.resize(bytes, 0);
                    tcp.read_exact(&mut heard).await.unwrap();
                    tcp.write_all(answer).await.unwrap();
                }
                Script::Hangs => while tcp.read(&mut [0; 4096]).await.is_ok_and(|bytes| bytes > 0) {},
            }
            heard
        });
        (Clamd { address, timeout_secs: 1 }, played)
    }

    #[tokio::test]
    async fn each_answer_is_told_from_the_others() {
        let found = |signature: &str| Scanned::Infected { signature: signature.to_owned() };
        let long: &[u8] = &[b'x'; 5_000];
        for (answer, wanted) in [
            (b"stream: OK\0".as_slice(), Ok(Scanned::Clean)),
            (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", Ok(found("Win.Test.EICAR_HDB-1"))),
            (b"stream: a\x1b[2J\r\nBcc: x FOUND\0", Ok(found("a[2JBcc: x"))),
            (b"INSTREAM size limit exceeded. ERROR\0", Ok(Scanned::TooLarge)),
            (b"stream: Can't allocate memory ERROR\0", Err("gave the answer \"stream: Can't allocate memory ERROR\"")),
            (b"UNKNOWN COMMAND\0", Err("Is it clamd?")),
            (b"\0", Err("gave the answer \"\"")),
            (b"", Err("broke off")),
            (b"stream: O", Err("broke off")),
            (long, Err("longer than 1000 bytes")),
        ] {
            let (clamd, _played) = scanner(Script::Answers(answer)).await;
            match (clamd.scan(b"message").await, wanted) {
                (Ok(scanned), Ok(wanted)) => assert_eq!(scanned, wanted),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
                (scanned, wanted) => panic!("{scanned:?}, not {wanted:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_long_message_arrives_whole_and_an_empty_one_too() {
        for bytes in [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES] {
            let message: Vec<u8> = (0..bytes).map(|n| (n % 251) as u8).collect();
            let (clamd, played) = scanner(Script::Answers(b"stream: OK\0")).await;
            assert_eq!(clamd.scan(&message).await.unwrap(), Scanned::Clean);
            assert_eq!(played.await.unwrap(), message);
        }
    }

    #[tokio::test]
    async fn an_answer_in_the_middle_of_the_stream_is_heard() {
        let large = vec![0; 20 << 20];
        let (clamd, _played) = scanner(Script::AnswersEarly(100_000, b"INSTREAM size limit exceeded. ERROR\0")).await;
        assert_eq!(clamd.scan(&large).await.unwrap(), Scanned::TooLarge);
        let (clamd, _played) = scanner(Script::AnswersEarly(100_000, b"")).await;
        assert!(matches!(clamd.scan(&large).await, Err(ClamdError::BrokeOff { .. })));
    }

    #[tokio::test]
    async fn a_scanner_that_is_silent_or_away_is_an_error_in_time() {
        let (clamd, played) = scanner(Script::Hangs).await;
        assert!(matches!(clamd.scan(b"message").await, Err(ClamdError::Silent { secs: 1, .. })));
        played.await.unwrap();
        assert!(matches!(clamd.ping().await, Err(ClamdError::Unreachable { .. })));
        let nowhere = ClamdAddress::Unix(PathBuf::from("/nowhere/clamd.ctl"));
        let error = Clamd { address: nowhere, timeout_secs: 1 }.ping().await.unwrap_err().to_string();
        assert!(error.contains("at /nowhere/clamd.ctl cannot be reached"), "{error}");
    }
}
