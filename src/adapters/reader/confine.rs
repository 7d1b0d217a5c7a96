//! The limits that a reader process sets on itself. They cannot be lifted by what it reads. Must not read anything.

use std::io;

use rlimit::{Resource, setrlimit};

use super::wire::Confines;

/// Standard input, output and error, and one more for `/proc/self/stat`.
const OPEN_FILES_MAX: u64 = 8;

/// What Linux counts processor time in for user space, on every architecture it runs on (USER_HZ).
const TICKS_PER_SEC: u64 = 100;

/// Memory, core dumps, files. To be called before the thread that parses is started.
pub fn resources(confines: &Confines) -> io::Result<()> {
    both(Resource::AS, confines.address_space_bytes)?;
    both(Resource::CORE, 0)?;
    both(Resource::FSIZE, 0)?;
    both(Resource::NOFILE, OPEN_FILES_MAX)
}

/// No further process or thread. To be called once all threads run. The superuser is exempt from this one.
pub fn no_new_processes() -> io::Result<()> {
    both(Resource::NPROC, 0)
}

/// Allows so much processor time from now on; past it the system ends the process. Only the soft limit is set, since
/// a process that serves many requests must be able to raise it again.
pub fn cpu_from_now(secs: u64) -> io::Result<()> {
    let (_, hard) = Resource::CPU.get()?;
    let soft = cpu_used_secs()?.saturating_add(secs);
    setrlimit(Resource::CPU, soft.min(hard), hard)
}

fn both(resource: Resource, value: u64) -> io::Result<()> {
    let (_, hard) = resource.get()?;
    let value = value.min(hard);
    setrlimit(resource, value, value)
}

/// Rounded up.
fn cpu_used_secs() -> io::Result<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    cpu_ticks(&stat)
        .map(|ticks| ticks.div_ceil(TICKS_PER_SEC))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "/proc/self/stat has an unknown form"))
}

/// `utime` and `stime`, fields 14 and 15 (proc(5)). The second, the command, may itself hold spaces and brackets.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_command) = stat.rsplit_once(')')?;
    let mut fields = after_command.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user.saturating_add(system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_past_any_command_name() {
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 150 60 0 0 20";
        assert_eq!(cpu_ticks(stat), Some(210));
        assert_eq!(cpu_ticks("7 (sh) S 1"), None);
        assert!(cpu_used_secs().is_ok());
    }
}
