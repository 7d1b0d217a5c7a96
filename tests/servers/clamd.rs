//! A private ClamAV daemon with one signature made by hand, so that none is downloaded.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{free_ports, wait_for};

pub(crate) const NEEDS: [&str; 1] = ["/usr/sbin/clamd"];

/// The test file that every scanner knows, in two halves, so that this source is not taken for one.
pub(crate) fn test_virus() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}

pub(crate) struct Clamd {
    folder: TempDir,
    child: Option<Child>,
}

impl Clamd {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let here = folder.path().display();
        let hex: String = test_virus().iter().map(|byte| format!("{byte:02x}")).collect();
        fs::create_dir(folder.path().join("db")).unwrap();
        fs::write(folder.path().join("db/test.ndb"), format!("Eicar-Test-Signature:0:0:{hex}\n")).unwrap();
        let [port] = free_ports();
        let configuration = format!(
            "LocalSocket {here}/clamd.sock\nTCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {here}/db\n\
             TemporaryDirectory {here}\nLogFile {here}/clamd.log\nStreamMaxLength 60M\nMaxFileSize 100M\n\
             MaxScanSize 200M\nForeground yes\n"
        );
        fs::write(folder.path().join("clamd.conf"), configuration).unwrap();
        let mut clamd = Self { folder, child: None };
        clamd.go_on();
        clamd
    }

    /// Starts it again after `stop`.
    pub(crate) fn go_on(&mut self) {
        let mut command = Command::new("/usr/sbin/clamd");
        command.arg("--config-file").arg(self.folder.path().join("clamd.conf"));
        self.child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        wait_for("clamd to start", 60, || {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            let log = || fs::read_to_string(self.folder.path().join("clamd.log")).unwrap_or_default();
            assert!(ended.is_none(), "clamd ended: {}", log());
            std::os::unix::net::UnixStream::connect(self.socket()).ok()
        });
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
        fs::remove_file(self.socket()).ok();
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("clamd.sock")
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.stop();
    }
}
