//! Stands between the program and a server, and spoils the connection as it is told.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What becomes of connections from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoil {
    Nothing,
    /// The next connection is cut after so many bytes from the server, the one after it later by `more`, and so on.
    CutAfter {
        bytes: u64,
        more: u64,
    },
    /// Nothing arrives any more, in either direction, and nobody hangs up: a half-open connection.
    Swallow,
}

pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    spoil: Mutex<Spoil>,
    open: AtomicU32,
    open_max: AtomicU32,
    connections: AtomicU64,
}

impl Proxy {
    pub(crate) fn to(server: u16, spoil: Spoil) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            spoil: Mutex::new(spoil),
            open: AtomicU32::new(0),
            open_max: AtomicU32::new(0),
            connections: AtomicU64::new(0),
        });
        let known = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&known);
                thread::spawn(move || carry(client, server, &shared));
            }
        });
        Self { port, shared }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn spoil(&self, spoil: Spoil) {
        *self.shared.spoil.lock().unwrap() = spoil;
    }

    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn open(&self) -> u32 {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// The most that were open at the same time.
    pub(crate) fn open_max(&self) -> u32 {
        self.shared.open_max.load(Ordering::SeqCst)
    }
}

fn carry(client: TcpStream, server: u16, shared: &Arc<Shared>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { return };
    shared.connections.fetch_add(1, Ordering::SeqCst);
    let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
    shared.open_max.fetch_max(open, Ordering::SeqCst);
    let left = {
        let mut spoil = shared.spoil.lock().unwrap();
        match &mut *spoil {
            Spoil::CutAfter { bytes, more } => {
                let left = *bytes;
                *bytes += *more;
                left
            }
            Spoil::Nothing | Spoil::Swallow => u64::MAX,
        }
    };
    for stream in [&client, &server] {
        stream.set_nodelay(true).ok();
    }
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let up = Arc::clone(shared);
    let upwards = thread::spawn(move || pump(from, &to, u64::MAX, &up));
    pump(server, &client, left, shared);
    client.shutdown(Shutdown::Both).ok();
    upwards.join().ok();
    shared.open.fetch_sub(1, Ordering::SeqCst);
}

/// Until either end hangs up, or `left` bytes went through.
fn pump(mut from: TcpStream, to: &TcpStream, mut left: u64, shared: &Shared) {
    let mut to = to;
    let mut bytes = [0; 4_096];
    while left > 0 {
        let Ok(read @ 1..) = from.read(&mut bytes) else { break };
        while *shared.spoil.lock().unwrap() == Spoil::Swallow {
            thread::sleep(Duration::from_millis(20));
        }
        let part = read.min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= part as u64;
        if to.write_all(&bytes[..part]).is_err() {
            break;
        }
    }
    from.shutdown(Shutdown::Both).ok();
    to.shutdown(Shutdown::Both).ok();
}
