//! An SMTP server on loopback that keeps what it is given: what really went over the wire. Slow on purpose, so that a
//! kill falls into the middle of a letter.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

const ENVELOPE_PAUSE: Duration = Duration::from_millis(3);
const VERDICT_PAUSE: Duration = Duration::from_millis(12);

/// One letter that was handed over whole, whether or not the verdict on it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transaction {
    pub(crate) to: String,
    pub(crate) message_id: String,
    pub(crate) sha256: String,
}

pub(crate) struct Sink {
    pub(crate) port: u16,
    taken: Arc<Mutex<Vec<Transaction>>>,
}

impl Sink {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&taken);
        thread::spawn(move || {
            for client in listener.incoming() {
                let kept = Arc::clone(&kept);
                // A client that is killed breaks the connection off: that is what the test is about.
                thread::spawn(move || client.and_then(|client| attend(client, &kept)).ok());
            }
        });
        Self { port, taken }
    }

    pub(crate) fn taken(&self) -> Vec<Transaction> {
        self.taken.lock().unwrap().clone()
    }
}

fn attend(client: TcpStream, kept: &Mutex<Vec<Transaction>>) -> std::io::Result<()> {
    let mut output = client.try_clone()?;
    let mut input = BufReader::new(client);
    output.write_all(b"220 sink.example ESMTP\r\n")?;
    let mut to = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-sink.example\r\n250 8BITMIME\r\n",
            "DATA" => {
                output.write_all(b"354 go on\r\n")?;
                let Some(text) = letter(&mut input)? else { return Ok(()) };
                kept.lock().unwrap().push(transaction(&to, &text));
                thread::sleep(VERDICT_PAUSE);
                b"250 taken\r\n"
            }
            "RCPT" => {
                thread::sleep(ENVELOPE_PAUSE);
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                b"250 ok\r\n"
            }
            _ => b"250 ok\r\n",
        };
        output.write_all(answer)?;
    }
}

/// The text up to the lone dot, without its dot-stuffing; nothing if the client went away before.
fn letter(input: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line == b".\r\n" {
            return Ok(Some(text));
        }
        text.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn transaction(to: &str, text: &[u8]) -> Transaction {
    let readable = String::from_utf8_lossy(text);
    let id = readable.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default();
    Transaction {
        to: to.to_owned(),
        message_id: id.trim_matches(['<', '>']).to_owned(),
        sha256: Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
