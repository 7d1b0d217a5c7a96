//! A few words of IMAP over plain TCP, to put mail into a mailbox and to look at it independently of the program.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use jiff::Timestamp;

pub(crate) struct Imap {
    stream: BufReader<TcpStream>,
}

impl Imap {
    pub(crate) fn log_in(port: u16, user: &str, password: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut imap = Self { stream: BufReader::new(stream) };
        imap.line();
        imap.ask(&format!("LOGIN {user} {password}"));
        imap
    }

    /// Puts a message into a folder as if it had arrived then.
    pub(crate) fn append(&mut self, folder: &str, arrived: Timestamp, raw: &[u8]) {
        let date = arrived.strftime("%d-%b-%Y %H:%M:%S +0000");
        let stream = self.stream.get_mut();
        write!(stream, "a APPEND \"{folder}\" \"{date}\" {{{}+}}\r\n", raw.len()).unwrap();
        stream.write_all(raw).unwrap();
        stream.write_all(b"\r\n").unwrap();
        self.answer("APPEND");
    }

    /// The flags of every message of the inbox, and the UIDVALIDITY, without changing either.
    pub(crate) fn look(&mut self) -> Vec<String> {
        let opened = self.ask("EXAMINE INBOX");
        let validity = opened.into_iter().filter(|line| line.contains("UIDVALIDITY"));
        let mut seen: Vec<String> = validity.collect();
        seen.extend(self.ask("FETCH 1:* (UID FLAGS)"));
        seen
    }

    pub(crate) fn ask(&mut self, command: &str) -> Vec<String> {
        write!(self.stream.get_mut(), "a {command}\r\n").unwrap();
        self.answer(command)
    }

    fn answer(&mut self, command: &str) -> Vec<String> {
        let mut untagged = Vec::new();
        loop {
            let line = self.line();
            if let Some(answer) = line.strip_prefix("a ") {
                assert!(answer.starts_with("OK"), "{command}: {answer}");
                return untagged;
            }
            untagged.push(line);
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the server hung up");
        line.trim_end().to_owned()
    }
}
