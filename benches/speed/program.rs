//! The program as it is measured: a configuration in a folder of its own, and the daemon, started and stopped.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::dovecot::PASSWORD;
use crate::mail::{SA, STAFF};
use crate::usage;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_assured");
/// Everything that holds letters back would be measured instead of the program.
const CAPS_RAISED: &str = "[caps]\nminute_max = 100000\nbreaker_hour_max = 100000\ncorrespondent_hour_max = 100000\n\
                           correspondent_day_max = 100000\n";

/// How one run differs from another.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) imap_port: u16,
    pub(crate) smtp_port: u16,
    pub(crate) answer_from: String,
    /// The level of notices to staff.
    pub(crate) staff_alerts: &'static str,
}

pub(crate) struct Program {
    folder: TempDir,
    child: Option<Child>,
}

/// What the daemon and its readers have used so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Total {
    pub(crate) cpu: Duration,
    pub(crate) daemon_peak_kib: u64,
    /// Of all readers together.
    pub(crate) readers_peak_kib: u64,
    /// Of all of them at the end, without the program and the libraries that are in memory once.
    pub(crate) own_kib: u64,
}

impl Setup {
    pub(crate) fn configuration(&self) -> String {
        let Self { imap_port, smtp_port, answer_from, staff_alerts } = self;
        format!(
            "poll_secs = 5\nanswer_from = \"{answer_from}\"\ntogether_minutes = 0\nstaff_alerts = \"{staff_alerts}\"\n\
             trust = [{{ authserv_id = \"mx.ers.example\" }}]\n{CAPS_RAISED}[reader]\nattachment_mib_max = 60\n[smtp]\n\
             host = \"127.0.0.1\"\nport = {smtp_port}\ntls = \"none\"\n[[mailbox]]\nname = \"sa\"\naddress = \"{SA}\"\n\
             team = \"sa\"\nlevel = \"send\"\nimap = {{ user = \"{SA}\", host = \"127.0.0.1\", port = {imap_port}, \
             tls = \"none\", password_file = \"password\" }}\n[[staff]]\nname = \"Jo Marsh\"\naddress = \"{STAFF}\"\n\
             roles = [\"sa\"]\n"
        )
    }

    /// A folder with the configuration.
    pub(crate) fn prepare(&self) -> Program {
        // On the disk of the build, as the temporary folder of the system may be no disk at all.
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).expect("a password file");
        fs::write(folder.path().join("assured.toml"), self.configuration()).expect("a configuration");
        Program { folder, child: None }
    }
}

impl Program {
    pub(crate) fn start(&mut self) -> Instant {
        let log = File::options().create(true).append(true).open(self.path("log")).expect("a log");
        let begun = Instant::now();
        let child = self.command(&["run"]).stdout(Stdio::null()).stderr(log).spawn();
        self.child = Some(child.expect("the program starts"));
        begun
    }

    /// What the daemon used, before it is asked to stop and has stopped.
    pub(crate) fn stop(&mut self) -> Total {
        let mut child = self.child.take().expect("it runs");
        let pid = child.id();
        let total = Total {
            cpu: usage::cpu_of_tree(pid),
            daemon_peak_kib: usage::peak_kib(pid),
            readers_peak_kib: usage::children(pid).into_iter().map(usage::peak_kib).sum(),
            own_kib: std::iter::once(pid).chain(usage::children(pid)).map(usage::own_kib).sum(),
        };
        let asked = Command::new("kill").arg(pid.to_string()).status();
        assert!(asked.is_ok_and(|status| status.success()), "it ended early: {}", self.log());
        let status = child.wait().expect("it stops");
        assert!(status.success(), "{status}: {}", self.log());
        total
    }

    /// Fails with the log where the daemon has ended by itself.
    pub(crate) fn assert_running(&mut self) {
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok()).flatten();
        assert!(ended.is_none(), "it ended: {}", self.log());
    }

    /// The rows that a command prints with `--json`, one a line.
    pub(crate) fn rows(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        let output = self.command(&[arguments, &["--json"]].concat()).output().expect("the program runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    pub(crate) fn journal(&self) -> String {
        fs::read_to_string(self.path("var/journal/steps.jsonl")).expect("a journal")
    }

    /// Leaves the folder where it is, for whoever must find out what went wrong.
    pub(crate) fn keep(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    pub(crate) fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).current_dir(self.folder.path()).env_remove("ASSURED_CONFIG").env_remove("RUST_LOG");
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
