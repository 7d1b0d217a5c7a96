//! The disk of the records: in memory and of a size that can be changed, where the tests run as root.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const USUAL: &str = "75%";
/// Less than the program leaves free.
const LEFT_WHEN_FULL_BYTES: u64 = 3 << 20;

pub(crate) struct Disk(PathBuf);

impl Disk {
    pub(crate) fn mount(at: &Path) -> Option<Self> {
        let options = format!("size={USUAL}");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }

    pub(crate) fn fill(&self) {
        let used = Command::new("df").args(["--output=used", "-B1"]).arg(&self.0).output().unwrap();
        let used: u64 = String::from_utf8(used.stdout).unwrap().lines().last().unwrap().trim().parse().unwrap();
        self.resize(&(used + LEFT_WHEN_FULL_BYTES).to_string());
    }

    pub(crate) fn free(&self) {
        self.resize(USUAL);
    }

    fn resize(&self, size: &str) {
        let mut command = Command::new("mount");
        let status = command.args(["-o", &format!("remount,size={size}")]).arg(&self.0).status().unwrap();
        assert!(status.success(), "the disk cannot be given another size");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}
