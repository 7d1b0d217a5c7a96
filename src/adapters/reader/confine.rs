//! The limits that a reader process sets on itself. They cannot be lifted by what it reads. Must not read anything.
//!
//! In order: [`no_files`], [`resources`], then the thread that parses is started, then [`no_new_processes`] and
//! [`few_calls`]. The first and the last need the kernel's help and say whether they had it.

mod calls;
mod files;

use std::io;

use rlimit::{Resource, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::wire::Confines;

pub use calls::few_calls;
pub use files::no_files;

/// Standard input, output and error, which are open already.
const OPEN_FILES_MAX: u64 = 3;

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
    let soft = cpu_used_secs().saturating_add(secs);
    setrlimit(Resource::CPU, soft.min(hard), hard)
}

fn both(resource: Resource, value: u64) -> io::Result<()> {
    let (_, hard) = resource.get()?;
    let value = value.min(hard);
    setrlimit(resource, value, value)
}

/// Rounded up.
fn cpu_used_secs() -> u64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    u64::try_from(used.tv_sec).unwrap_or_default().saturating_add(1)
}
