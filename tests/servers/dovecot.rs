//! A private Dovecot: IMAP, LMTP and submission on free ports, every user name known, one password.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::imap::Imap;
use crate::tokens;
use crate::{free_ports, is_root, wait_for};

pub(crate) const NEEDS: [&str; 4] =
    ["/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/lmtp", "/usr/lib/dovecot/submission"];
pub(crate) const PASSWORD: &str = "the-right-one";

pub(crate) struct Dovecot {
    folder: TempDir,
    ports: Ports,
    master: Option<Child>,
}

#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) imap: u16,
    pub(crate) imaps: u16,
    pub(crate) lmtp: u16,
    pub(crate) submission: u16,
    pub(crate) submissions: u16,
}

impl Dovecot {
    /// What is submitted is relayed to `relay`.
    pub(crate) fn start(relay: u16) -> Self {
        let folder = tempfile::Builder::new().prefix("dovecot").permissions(Permissions::from_mode(0o755)).tempdir();
        let mut dovecot = Self { folder: folder.unwrap(), ports: some_ports(), master: None };
        for part in ["run", "mail"] {
            fs::create_dir(dovecot.path(part)).unwrap();
        }
        certify(dovecot.folder.path());
        tokens::teach(dovecot.folder.path());
        if is_root() {
            let (uid, gid) = mail_owner();
            std::os::unix::fs::chown(dovecot.path("mail"), Some(uid), Some(gid)).unwrap();
        }
        // Another test may have taken a port since it was seen free.
        for _ in 0..5 {
            fs::write(dovecot.path("dovecot.conf"), configuration(dovecot.folder.path(), dovecot.ports, relay))
                .unwrap();
            if dovecot.go_on() {
                return dovecot;
            }
            dovecot.ports = some_ports();
        }
        panic!("Dovecot does not start: {}", dovecot.log());
    }

    /// Starts it again after `stop`, on the same ports.
    pub(crate) fn go_on(&mut self) -> bool {
        let mut command = Command::new("/usr/sbin/dovecot");
        command.arg("-F").arg("-c").arg(self.path("dovecot.conf")).stdout(Stdio::null()).stderr(Stdio::null());
        let mut master = command.spawn().unwrap();
        let port = self.ports.imap;
        let up = wait_for("Dovecot to start", 30, || match master.try_wait().unwrap() {
            Some(_) => Some(false),
            None => std::net::TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(true),
        });
        self.master = up.then_some(master);
        up
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut master) = self.master.take() {
            let asked = Command::new("/usr/sbin/dovecot").arg("-c").arg(self.path("dovecot.conf")).arg("stop").status();
            if !asked.is_ok_and(|status| status.success()) {
                master.kill().ok();
            }
            master.wait().ok();
        }
    }

    pub(crate) fn ports(&self) -> Ports {
        self.ports
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("dovecot.log")).unwrap_or_default()
    }

    pub(crate) fn log_in(&self, user: &str) -> Imap {
        Imap::log_in(self.ports.imap, user, PASSWORD)
    }

    /// Everything in the folder of a user, by path and size: for telling whether anything changed, flags included.
    pub(crate) fn files(&self, user: &str) -> Vec<(PathBuf, u64)> {
        let mut files: Vec<_> = mail_files(&self.maildir(user));
        files.sort();
        files
    }

    pub(crate) fn messages(&self, user: &str) -> Vec<Vec<u8>> {
        self.files(user).into_iter().filter_map(|(path, _)| fs::read(path).ok()).collect()
    }

    /// Puts a message into the inbox where nobody hears of it yet. Only while stopped.
    pub(crate) fn slip_in(&self, user: &str, name: &str, raw: &[u8]) {
        assert!(self.master.is_none());
        fs::write(self.maildir(user).join("new").join(name), raw).unwrap();
    }

    /// Forgets which message has which UID, as a restore from a backup may. Only while stopped.
    pub(crate) fn forget_uids(&self, user: &str) {
        assert!(self.master.is_none());
        for entry in fs::read_dir(self.maildir(user)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::remove_file(path).unwrap();
            }
        }
    }

    fn maildir(&self, user: &str) -> PathBuf {
        self.path("mail").join(user).join("Maildir")
    }

    fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
    }
}

fn some_ports() -> Ports {
    let [imap, imaps, lmtp, submission, submissions] = free_ports();
    Ports { imap, imaps, lmtp, submission, submissions }
}

fn mail_files(maildir: &Path) -> Vec<(PathBuf, u64)> {
    let folders = ["new", "cur"].map(|part| maildir.join(part));
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    entries.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?.len()))).collect()
}

/// Mail never belongs to root.
fn mail_owner() -> (u32, u32) {
    let own = fs::metadata("/proc/self").unwrap();
    if !is_root() {
        return (own.uid(), own.gid());
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == "nobody");
    let fields = fields.expect("a user nobody");
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}

fn name_of(option: &str) -> String {
    let output = Command::new("id").arg(option).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A certificate for localhost, signed by an authority of its own.
fn certify(folder: &Path) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    fs::write(folder.join("ca.pem"), authority.self_signed(&authority_key).unwrap().pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let issuer = Issuer::from_params(&authority, &authority_key);
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
}

fn configuration(folder: &Path, ports: Ports, relay: u16) -> String {
    let folder = folder.display();
    let (uid, gid) = mail_owner();
    let (internal, group, login) = match is_root() {
        true => ("dovecot".to_owned(), "dovecot".to_owned(), "dovenull".to_owned()),
        false => (name_of("-un"), name_of("-gn"), name_of("-un")),
    };
    let services = services(ports);
    format!(
        r#"
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap lmtp submission
listen = 127.0.0.1
hostname = mx.ers.example
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail/%u/Maildir
# The disk of a test need not survive a power cut.
mail_fsync = never
namespace inbox {{
  inbox = yes
  separator = /
  mailbox "Sent Items" {{
    auto = create
  }}
  mailbox "Junk Email" {{
    auto = create
  }}
}}
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
auth_verbose = yes
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
{services}"#
    )
}

/// On ports of their own, and without a chroot, which only root could make.
fn services(ports: Ports) -> String {
    let Ports { imap, imaps, lmtp, submission, submissions } = ports;
    format!(
        r#"service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {submission}
  }}
  inet_listener submissions {{
    port = {submissions}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-urlauth-login {{
  chroot =
}}
"#
    )
}
