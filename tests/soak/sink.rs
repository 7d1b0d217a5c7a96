//! An SMTP server that keeps account of what it takes, and at times refuses, delays or breaks off.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use crate::random::Random;

/// Letters to partners that a report may still be about.
const RECENT_MAX: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Fine,
    /// Nobody answers.
    Gone,
    /// Any answer may be the wrong one.
    Troubled,
}

/// What was handed over whole under one Message-ID, whether or not the verdict on it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) to: String,
    pub(crate) sha256: String,
    pub(crate) copies: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Recent {
    pub(crate) to: String,
    pub(crate) message_id: String,
    pub(crate) subject: String,
}

pub(crate) struct Sink {
    pub(crate) port: u16,
    heard: Arc<Mutex<Heard>>,
}

pub(crate) struct Heard {
    pub(crate) mood: Mood,
    random: Random,
    pub(crate) taken: HashMap<String, Taken>,
    /// The case in which each partner was last written to.
    pub(crate) cases: HashMap<String, String>,
    pub(crate) recent: VecDeque<Recent>,
}

/// What the server does instead of taking a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whim {
    None,
    /// `450` to the recipient.
    Later,
    /// `550` to the recipient.
    Never,
    /// `451` once the letter was heard.
    LaterAfterData,
    /// Takes the letter and breaks off without a word.
    DropAfterData,
    DropInData,
    /// `421` instead of anything else.
    Closing,
}

impl Sink {
    pub(crate) fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard {
            mood: Mood::Fine,
            random: Random(seed),
            taken: HashMap::new(),
            cases: HashMap::new(),
            recent: VecDeque::new(),
        }));
        let shared = Arc::clone(&heard);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that is killed breaks off.
                thread::spawn(move || attend(client, &shared).ok());
            }
        });
        Self { port, heard }
    }

    pub(crate) fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap()
    }
}

impl Heard {
    fn whim(&mut self) -> Whim {
        if self.mood != Mood::Troubled {
            return Whim::None;
        }
        match self.random.below(16) {
            0..3 => Whim::Later,
            3 => Whim::Never,
            4..6 => Whim::LaterAfterData,
            6..9 => Whim::DropAfterData,
            9 => Whim::DropInData,
            10 => Whim::Closing,
            _ => Whim::None,
        }
    }

    fn take(&mut self, to: &str, raw: &[u8]) {
        let text = String::from_utf8_lossy(raw);
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        let message_id = field("Message-ID: ").trim_matches(['<', '>']).to_owned();
        let sha256 = crate::mail::digest(raw);
        let new = Taken { to: to.to_owned(), sha256, copies: 0 };
        let taken = self.taken.entry(message_id.clone()).or_insert_with(|| new.clone());
        assert_eq!((&taken.to, &taken.sha256), (&new.to, &new.sha256), "another letter under {message_id}");
        taken.copies += 1;
        if to.ends_with("@ers.example") {
            return;
        }
        // The subject may be folded, and the reference is its last word.
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        if let Some((_, after)) = head.split_once("[ERS-") {
            let reference = format!("ERS-{}", after.split(']').next().unwrap());
            self.cases.insert(to.to_owned(), reference);
        }
        self.recent.push_back(Recent { to: to.to_owned(), message_id, subject: field("Subject: ") });
        if self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
    }
}

fn attend(client: TcpStream, heard: &Mutex<Heard>) -> std::io::Result<()> {
    if heard.lock().unwrap().mood == Mood::Gone {
        return Ok(());
    }
    client.set_nodelay(true)?;
    let mut output = client.try_clone()?;
    let mut input = BufReader::new(client);
    output.write_all(b"220 sink.example ESMTP\r\n")?;
    let (mut to, mut whim) = (String::new(), Whim::None);
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if heard.lock().unwrap().mood == Mood::Gone {
            return input.get_ref().shutdown(Shutdown::Both);
        }
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-sink.example\r\n250-8BITMIME\r\n250 SIZE 60000000\r\n",
            "MAIL" => {
                whim = heard.lock().unwrap().whim();
                if whim == Whim::Closing {
                    output.write_all(b"421 4.3.2 closing down\r\n")?;
                    return input.get_ref().shutdown(Shutdown::Both);
                }
                b"250 fine\r\n"
            }
            "RCPT" => {
                line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                match whim {
                    Whim::Later => b"450 4.2.1 not now\r\n",
                    Whim::Never => b"550 5.1.1 nobody of that name\r\n",
                    Whim::None | Whim::LaterAfterData | Whim::DropAfterData | Whim::DropInData | Whim::Closing => {
                        b"250 fine\r\n"
                    }
                }
            }
            "DATA" => {
                output.write_all(b"354 go on\r\n")?;
                if whim == Whim::DropInData {
                    return input.get_ref().shutdown(Shutdown::Both);
                }
                let Some(raw) = letter(&mut input)? else { return Ok(()) };
                match whim {
                    Whim::LaterAfterData => b"451 4.3.0 try again\r\n",
                    Whim::DropAfterData => {
                        heard.lock().unwrap().take(&to, &raw);
                        return input.get_ref().shutdown(Shutdown::Both);
                    }
                    Whim::None | Whim::Later | Whim::Never | Whim::DropInData | Whim::Closing => {
                        heard.lock().unwrap().take(&to, &raw);
                        b"250 taken\r\n"
                    }
                }
            }
            "QUIT" => return output.write_all(b"221 bye\r\n"),
            _ => b"250 fine\r\n",
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
