//! An SMTP server that takes every letter, but for recipients it was told to refuse.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::letters::Letter;

pub(crate) struct Sink {
    port: u16,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    letters: Vec<Letter>,
    /// A part of a recipient, the answer, and how many more times it is given.
    refusals: Vec<(&'static str, &'static str, u32)>,
    refused: u32,
    /// Parts of recipients: the first answer to a letter for each of them is lost with the connection.
    lost: Vec<&'static str>,
}

impl Sink {
    pub(crate) fn start() -> Self {
        Self::refusing(&[])
    }

    pub(crate) fn losing_answers_to(parts: &[&'static str]) -> Self {
        let sink = Self::start();
        sink.heard.lock().unwrap().lost = parts.to_vec();
        sink
    }

    pub(crate) fn refusing(refusals: &[(&'static str, &'static str, u32)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard { refusals: refusals.to_vec(), ..Heard::default() }));
        let shared = Arc::clone(&heard);
        // Ends with the tests: nothing can be sent to a port that nobody knows.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(client, &shared));
            }
        });
        Self { port, heard }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.heard.lock().unwrap().letters.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.heard.lock().unwrap().letters.len()
    }

    pub(crate) fn refused(&self) -> u32 {
        self.heard.lock().unwrap().refused
    }
}

/// Ends when the client does.
fn serve(client: TcpStream, heard: &Mutex<Heard>) -> Option<()> {
    client.set_nodelay(true).ok()?;
    let mut client = BufReader::new(client);
    let mut to = String::new();
    say(&mut client, "220 sink.example")?;
    loop {
        let mut line = String::new();
        client.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => say(&mut client, "250-sink.example\r\n250-8BITMIME\r\n250 SIZE 60000000")?,
            "RCPT" => {
                to = line.split(['<', '>']).nth(1)?.to_lowercase();
                let answer = heard.lock().unwrap().answer(&to);
                say(&mut client, answer)?;
            }
            "DATA" => {
                say(&mut client, "354 go on")?;
                let raw = text(&mut client)?;
                let mut heard = heard.lock().unwrap();
                heard.letters.push(Letter::new(&to, raw));
                if let Some(at) = heard.lost.iter().position(|part| to.contains(part)) {
                    heard.lost.remove(at);
                    return None;
                }
                drop(heard);
                say(&mut client, "250 2.0.0 taken")?;
            }
            "QUIT" => return say(&mut client, "221 bye"),
            _ => say(&mut client, "250 fine")?,
        }
    }
}

impl Heard {
    fn answer(&mut self, to: &str) -> &'static str {
        let refusal = self.refusals.iter_mut().find(|(part, _, left)| to.contains(part) && *left > 0);
        let Some((_, answer, left)) = refusal else { return "250 fine" };
        *left -= 1;
        self.refused += 1;
        answer
    }
}

fn say(client: &mut BufReader<TcpStream>, line: &str) -> Option<()> {
    client.get_mut().write_all(format!("{line}\r\n").as_bytes()).ok()
}

/// The text up to the dot, with the dots that were doubled for the journey single again.
fn text(client: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        client.read_until(b'\n', &mut line).ok().filter(|bytes| *bytes > 0)?;
        match line.as_slice() {
            b".\r\n" => return Some(raw),
            [b'.', rest @ ..] => raw.extend(rest),
            line => raw.extend(line),
        }
    }
}
