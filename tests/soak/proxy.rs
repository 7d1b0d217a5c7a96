//! Between the program and the mail server: passes bytes on, or does what networks and servers do at times.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Enough for a login and a little more.
const CUT_AFTER_BYTES: usize = 1_500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Fine,
    /// Nobody answers.
    Gone,
    /// So many connections break off in the middle.
    Cutting(u32),
    /// Every other command is refused for now.
    Throttling,
    LoginRefused,
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    mood: Mood,
    open: Vec<TcpStream>,
    commands: u64,
}

impl Proxy {
    pub(crate) fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new(Shared { mood: Mood::Fine, open: Vec::new(), commands: 0 }));
        let kept = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A connection that fails is what this is about.
                connect(client, server, &kept).ok();
            }
        });
        Self { port, shared }
    }

    /// Also breaks off what is open.
    pub(crate) fn set(&self, mood: Mood) {
        let mut shared = self.shared.lock().unwrap();
        shared.mood = mood;
        for stream in shared.open.drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }
}

fn connect(client: TcpStream, server: u16, shared: &Arc<Mutex<Shared>>) -> std::io::Result<()> {
    let mut left = usize::MAX;
    {
        let mut shared = shared.lock().unwrap();
        match shared.mood {
            Mood::Gone => return Ok(()),
            Mood::Cutting(more) => {
                left = CUT_AFTER_BYTES;
                shared.mood = if more > 1 { Mood::Cutting(more - 1) } else { Mood::Fine };
            }
            Mood::Fine | Mood::Throttling | Mood::LoginRefused => {}
        }
    }
    let server = TcpStream::connect(("127.0.0.1", server))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    shared.lock().unwrap().open.extend([client.try_clone()?, server.try_clone()?]);
    let (up, down) = ((client.try_clone()?, server.try_clone()?), (server, client));
    let shared = Arc::clone(shared);
    thread::spawn(move || pass_commands(up.0, up.1, &shared));
    thread::spawn(move || pass_answers(down.0, down.1, left));
    Ok(())
}

/// Commands come a line each.
fn pass_commands(client: TcpStream, mut server: TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let mut answers = client.try_clone()?;
    let mut client = BufReader::new(client);
    let mut line = String::new();
    while client.read_line(&mut line)? > 0 {
        match refusal(&line, &mut shared.lock().unwrap()) {
            Some(refusal) => answers.write_all(refusal.as_bytes())?,
            None => server.write_all(line.as_bytes())?,
        }
        line.clear();
    }
    server.shutdown(Shutdown::Both)
}

fn refusal(line: &str, shared: &mut Shared) -> Option<String> {
    let mut words = line.split_whitespace();
    let (tag, verb) = (words.next()?, words.next()?.to_ascii_uppercase());
    shared.commands += 1;
    match (shared.mood, verb.as_str()) {
        (Mood::LoginRefused, "LOGIN") => Some(format!("{tag} NO [AUTHENTICATIONFAILED] not this password\r\n")),
        (Mood::Throttling, "UID" | "EXAMINE") if shared.commands.is_multiple_of(2) => {
            Some(format!("{tag} NO [LIMIT] too many requests, later\r\n"))
        }
        _ => None,
    }
}

fn pass_answers(mut server: TcpStream, mut client: TcpStream, mut left: usize) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = server.read(&mut buffer)?;
        let passed = read.min(left);
        client.write_all(&buffer[..passed])?;
        left -= passed;
        if read == 0 || left == 0 {
            server.shutdown(Shutdown::Both).ok();
            return client.shutdown(Shutdown::Both);
        }
    }
}
