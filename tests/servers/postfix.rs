//! A private Postfix that delivers to Dovecot and refuses one recipient for good. It needs root.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::{free_ports, wait_for};

pub(crate) const NEEDS: [&str; 1] = ["/usr/sbin/postfix"];

pub(crate) struct Postfix {
    folder: TempDir,
    port: u16,
}

impl Postfix {
    /// `refused` is the recipient that gets a 550. Everybody else's mail goes to `lmtp`.
    pub(crate) fn start(lmtp: u16, refused: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("postfix").permissions(Permissions::from_mode(0o755)).tempdir();
        let [port] = free_ports();
        let postfix = Self { folder: folder.unwrap(), port };
        for part in ["etc", "spool", "data"] {
            fs::create_dir(postfix.path(part)).unwrap();
        }
        let owned = Command::new("chown").arg("postfix").arg(postfix.path("data")).status().unwrap();
        assert!(owned.success());
        fs::write(postfix.path("etc/main.cf"), main_cf(postfix.folder.path(), lmtp, refused)).unwrap();
        fs::write(postfix.path("etc/master.cf"), master_cf(port)).unwrap();
        assert!(postfix.tell("start"), "Postfix does not start: {}", postfix.log());
        wait_for("Postfix to start", 30, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        postfix
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("mail.log")).unwrap_or_default()
    }

    fn tell(&self, what: &str) -> bool {
        let mut command = Command::new("/usr/sbin/postfix");
        command.arg("-c").arg(self.path("etc")).arg(what).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }
}

impl Drop for Postfix {
    /// `stop` waits until the last of its processes is gone.
    fn drop(&mut self) {
        self.tell("stop");
    }
}

fn main_cf(folder: &Path, lmtp: u16, refused: &str) -> String {
    let folder = folder.display();
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
mail_owner = postfix
myhostname = mx.ers.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ {refused} = 550 5.1.1 no such user }} }},
  permit_mynetworks, reject
"
    )
}

/// Only what taking and delivering mail needs, none of it in a chroot.
fn master_cf(port: u16) -> String {
    let mut text = format!("127.0.0.1:{port} inet n - n - - smtpd\n");
    // Those with "n" are open to commands of users, the others to Postfix itself.
    for (name, kind, private, wake, limit, program) in [
        ("pickup", "unix", "n", "60", "1", "pickup"),
        ("cleanup", "unix", "n", "-", "0", "cleanup"),
        ("qmgr", "unix", "n", "300", "1", "qmgr"),
        ("flush", "unix", "n", "1000?", "0", "flush"),
        ("postlog", "unix-dgram", "n", "-", "1", "postlogd"),
        ("rewrite", "unix", "-", "-", "-", "trivial-rewrite"),
        ("bounce", "unix", "-", "-", "0", "bounce"),
        ("defer", "unix", "-", "-", "0", "bounce"),
        ("trace", "unix", "-", "-", "0", "bounce"),
        ("proxymap", "unix", "-", "-", "-", "proxymap"),
        ("lmtp", "unix", "-", "-", "-", "lmtp"),
        ("error", "unix", "-", "-", "-", "error"),
        ("retry", "unix", "-", "-", "-", "error"),
        ("anvil", "unix", "-", "-", "1", "anvil"),
    ] {
        text.push_str(&format!("{name} {kind} {private} - n {wake} {limit} {program}\n"));
    }
    text
}
