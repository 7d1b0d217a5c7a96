//! Stands between the program and a server, and notes the commands that pass.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

pub(crate) struct Proxy {
    port: u16,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    lines: usize,
    first_examine: Option<Instant>,
}

impl Proxy {
    pub(crate) fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let shared = Arc::clone(&heard);
        // Ends with the program: nobody knows the port.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from, to, shared) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::clone(&shared));
                thread::spawn(move || pass(from, to, |bytes| shared.lock().unwrap().hear(bytes)));
                thread::spawn(move || pass(server, client, |_| {}));
            }
        });
        Self { port, heard }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Commands so far.
    pub(crate) fn lines(&self) -> usize {
        self.heard.lock().unwrap().lines
    }

    pub(crate) fn first_examine(&self) -> Option<Instant> {
        self.heard.lock().unwrap().first_examine
    }
}

impl Heard {
    fn hear(&mut self, bytes: &[u8]) {
        self.lines += bytes.iter().filter(|byte| **byte == b'\n').count();
        if self.first_examine.is_none() && bytes.windows(7).any(|word| word == b"EXAMINE") {
            self.first_examine = Some(Instant::now());
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut hear: impl FnMut(&[u8])) {
    let mut bytes = [0; 16_384];
    while let Ok(count) = from.read(&mut bytes)
        && count > 0
    {
        hear(&bytes[..count]);
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    to.shutdown(Shutdown::Both).ok();
}
