//! What tests with servers ask of the machine: who runs them, free ports, and patience.

use std::net::TcpListener;
use std::time::{Duration, Instant};

pub(crate) fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

/// Ports that nobody listens on. All are held until the last is found, so that no two are the same.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

/// Asks until there is an answer. The time allowed is for a busy machine; it is never waited out in vain.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, secs: u64, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(secs);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "{what}: not within {secs} seconds");
        std::thread::sleep(Duration::from_millis(100));
    }
}
