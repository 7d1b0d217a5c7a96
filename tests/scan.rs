//! The virus scanner before the reader: what it finds is not opened, and a scanner that is away or fails at a message
//! loses none. The scanner is a scripted one; tests/servers has the real one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use assured::adapters::clock::Clock;
use assured::adapters::maildir::Maildir;
use assured::config::{Secrets, Settings};
use assured::daemon::Daemon;
use assured::domain::ids::Folder;
use jiff::Timestamp;
use tempfile::TempDir;

/// A working Monday, 9am in London.
const NOW: &str = "2026-11-23T09:00:00Z";
const CONFIG: &str = r#"
answer_from = "2026-11-01"
outbox_folder = "out"
[[mailbox]]
name = "sa"
address = "sa@nhs.example"
team = "sa"
level = "send"
maildir = "sa"
[[staff]]
name = "Jo Marsh"
address = "jo@staff.example"
roles = ["sa"]
[scan]
timeout_secs = 5
"#;

#[derive(Clone, Copy, PartialEq)]
enum Scanner {
    /// Finds `Test.Virus` where a message says VIRUS, takes none that says LARGE, and breaks off at one that says POISON.
    Up,
    /// Hangs up on everybody.
    Down,
}

struct Stage {
    scanner: Arc<Mutex<Scanner>>,
    folder: TempDir,
    daemon: Daemon,
    delivered: usize,
}

impl Stage {
    async fn start(when_down: &str, scanner: Scanner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let scanner = Arc::new(Mutex::new(scanner));
        let mode = Arc::clone(&scanner);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mode = *mode.lock().unwrap();
                thread::spawn(move || serve(connection.unwrap(), mode));
            }
        });
        let folder = TempDir::new().unwrap();
        Maildir::open(&folder.path().join("sa"), true).unwrap();
        fs::create_dir(folder.path().join("out")).unwrap();
        let config = folder.path().join("assured.toml");
        fs::write(&config, format!("{CONFIG}clamd = \"127.0.0.1:{port}\"\nwhen_down = \"{when_down}\"\n")).unwrap();
        let settings = Settings::load(&config, Secrets::Checked).map_err(|faults| format!("{faults:?}")).unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_assured"));
        let clock = Clock::simulated(NOW.parse().unwrap());
        let daemon = Daemon::start_reading_with(program, &settings, clock, Arc::new(|_, _| {})).await.unwrap();
        Self { scanner, folder, daemon, delivered: 0 }
    }

    fn set(&self, scanner: Scanner) {
        *self.scanner.lock().unwrap() = scanner;
    }

    /// From a partner of its own, with a workbook attached.
    fn deliver(&mut self, name: &str, words: &str) {
        self.delivered += 1;
        let at = NOW.parse::<Timestamp>().unwrap().as_second();
        let raw = format!(
            "From: {name}@{name}.example\r\nTo: sa@nhs.example\r\nSubject: {name}\r\nMessage-ID: <{name}@x>\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nOur SCAL. {words}\r\n\
             --b\r\nContent-Disposition: attachment; filename=\"{name}.xlsx\"\r\n\r\nno workbook\r\n--b--\r\n"
        );
        let maildir = Maildir::open(&self.folder.path().join("sa"), false).unwrap();
        maildir.deliver(Folder::Inbox, &format!("{at}.M{}P1.host", self.delivered), raw.as_bytes()).unwrap();
    }

    async fn pass(&mut self, times: usize) {
        for _ in 0..times {
            self.daemon.pass().await.unwrap();
        }
    }

    fn journal(&self) -> String {
        fs::read_to_string(self.folder.path().join("var/journal/steps.jsonl")).unwrap_or_default()
    }

    fn arrived(&self) -> usize {
        self.journal().matches("\"event\":\"message-arrived\"").count()
    }

    /// Letters to an address, as unfolded text.
    fn letters(&self, to: &str) -> Vec<String> {
        let files = fs::read_dir(self.folder.path().join("out")).unwrap();
        let texts = files.map(|file| String::from_utf8(fs::read(file.unwrap().path()).unwrap()).unwrap());
        let is_to = |text: &String| text.lines().any(|line| line.starts_with("To:") && line.contains(to));
        texts.filter(is_to).map(|text| text.replace("=\r\n", "").replace("\r\n", " ")).collect()
    }

    fn told_of_scanner(&self) -> usize {
        self.letters("jo@staff.example")
            .iter()
            .filter(|letter| letter.contains("virus scanner gives no answer"))
            .count()
    }
}

fn serve(mut connection: TcpStream, mode: Scanner) {
    let mut heard = vec![0; 10];
    if mode == Scanner::Down || connection.read_exact(&mut heard[..6]).is_err() {
        return;
    }
    if heard.starts_with(b"zPING\0") {
        connection.write_all(b"PONG\0").ok();
        return;
    }
    connection.read_exact(&mut heard[6..]).unwrap();
    assert_eq!(heard, b"zINSTREAM\0");
    let mut message = Vec::new();
    loop {
        let mut length = [0; 4];
        connection.read_exact(&mut length).unwrap();
        let mut chunk = vec![0; u32::from_be_bytes(length) as usize];
        connection.read_exact(&mut chunk).unwrap();
        message.extend_from_slice(&chunk);
        if chunk.is_empty() {
            break;
        }
    }
    let says = |word: &str| message.windows(word.len()).any(|window| window == word.as_bytes());
    let answer: &[u8] = match () {
        () if says("VIRUS") => b"stream: Test.Virus FOUND\0",
        () if says("LARGE") => b"INSTREAM size limit exceeded. ERROR\0",
        () if says("POISON") => b"",
        () => b"stream: OK\0",
    };
    connection.write_all(answer).ok();
}

#[tokio::test]
async fn what_the_scanner_finds_is_not_opened_and_both_sides_are_told() {
    let mut stage = Stage::start("hold", Scanner::Up).await;
    stage.deliver("clean", "");
    stage.deliver("ill", "VIRUS");
    stage.deliver("vast", "LARGE");
    stage.pass(3).await;
    assert_eq!(stage.arrived(), 3);
    for (name, code, words) in [
        ("clean", "damaged", "damaged or incomplete"),
        ("ill", "infected", "We did not open ill.xlsx: our virus scanner found “Test.Virus”"),
        ("vast", "too-large", "larger than our virus scanner can examine"),
    ] {
        let journal = stage.journal();
        let line = journal
            .lines()
            .find(|line| line.contains(&format!("<{name}@x>")) || line.contains(&format!("\"{name}@x\"")));
        assert!(line.unwrap().contains(&format!("\"problem\":\"{code}\"")), "{name}: {line:?}");
        let partner = stage.letters(&format!("{name}@{name}.example"));
        assert!(partner.len() == 1 && partner[0].contains("We could not"), "{name}: {partner:?}");
        assert!(journal.contains(words), "{name}");
        let staff = stage.letters("jo@staff.example");
        assert!(staff.iter().any(|letter| letter.contains(&format!("{name}.xlsx"))), "{name}: {staff:?}");
    }
    assert_eq!(stage.told_of_scanner(), 0);
}

#[tokio::test]
async fn with_hold_mail_waits_for_the_scanner_and_staff_are_told_once() {
    let mut stage = Stage::start("hold", Scanner::Down).await;
    stage.deliver("one", "");
    stage.deliver("two", "VIRUS");
    stage.pass(6).await;
    assert_eq!((stage.arrived(), stage.told_of_scanner()), (0, 1));
    stage.set(Scanner::Up);
    stage.pass(2).await;
    assert_eq!((stage.arrived(), stage.told_of_scanner()), (2, 1));
    assert!(stage.journal().contains("\"event\":\"trouble-ended\"") && stage.journal().contains("infected"));
    // The next outage is told again.
    stage.set(Scanner::Down);
    stage.deliver("three", "");
    stage.pass(4).await;
    assert_eq!((stage.arrived(), stage.told_of_scanner()), (2, 2));
}

#[tokio::test]
async fn with_go_on_mail_is_read_without_the_scanner_and_staff_are_told_once() {
    let mut stage = Stage::start("go-on", Scanner::Down).await;
    stage.deliver("one", "");
    stage.pass(2).await;
    stage.deliver("two", "VIRUS");
    stage.pass(2).await;
    assert_eq!((stage.arrived(), stage.told_of_scanner()), (2, 1));
    assert!(!stage.journal().contains("infected"));
    stage.set(Scanner::Up);
    stage.deliver("three", "VIRUS");
    stage.pass(2).await;
    assert_eq!((stage.arrived(), stage.told_of_scanner()), (3, 1));
    assert!(stage.journal().contains("infected"));
}

#[tokio::test]
async fn a_message_that_the_scanner_fails_at_holds_up_no_other_for_long() {
    let mut stage = Stage::start("hold", Scanner::Up).await;
    stage.deliver("evil", "POISON");
    stage.deliver("good", "");
    stage.pass(2).await;
    assert_eq!(stage.arrived(), 0);
    stage.pass(2).await;
    assert_eq!(stage.arrived(), 2);
    assert!(stage.journal().contains("our virus scanner could not examine the message"));
    assert_eq!(stage.letters("evil@evil.example").len(), 1);
}
