//! The program itself, as its users run it: a configuration in a folder, the daemon, and the command line beside it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::dovecot::{Dovecot, PASSWORD};
use crate::mail::{LSOB, SA, STAFF, days_ago};
use crate::wait_for;

/// What a test changes about the usual configuration.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    /// Settings above the first table.
    pub(crate) top: String,
    /// Further tables.
    pub(crate) tables: String,
    /// The `imap` tables of the two mailboxes, where they differ from the usual one.
    pub(crate) imap: [Option<String>; 2],
    /// The `smtp` tables of the two mailboxes, where they have one.
    pub(crate) smtp: [Option<String>; 2],
    /// The `oauth` tables of the two mailboxes, where they have one.
    pub(crate) oauth: [Option<String>; 2],
}

/// A folder with a configuration, and the daemon while it runs.
pub(crate) struct Assured {
    folder: TempDir,
    child: Option<Child>,
}

impl Setup {
    /// Two mailboxes of this server, read every five seconds, and letters sent to `smtp`.
    pub(crate) fn prepare(self, dovecot: &Dovecot, smtp: u16) -> Assured {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        fs::write(folder.path().join("assured.toml"), self.configuration(dovecot, smtp)).unwrap();
        Assured { folder, child: None }
    }

    pub(crate) fn start(self, dovecot: &Dovecot, smtp: u16) -> Assured {
        let mut assured = self.prepare(dovecot, smtp);
        assured.start();
        assured
    }

    fn configuration(&self, dovecot: &Dovecot, smtp: u16) -> String {
        let answer_from = match self.top.contains("answer_from") {
            true => String::new(),
            false => format!("answer_from = \"{}\"\n", days_ago(1)),
        };
        let poll = if self.top.contains("poll_secs") { "" } else { "poll_secs = 5\n" };
        let mut text = format!(
            "{poll}{answer_from}trust = [{{ authserv_id = \"mx.ers.example\" }}]\n{}\n{}\n\
             [smtp]\nhost = \"127.0.0.1\"\nport = {smtp}\ntls = \"none\"\n",
            self.top, self.tables
        );
        for (place, (name, address)) in [("sa", SA), ("lsob", LSOB)].into_iter().enumerate() {
            let imap = self.imap[place].clone().unwrap_or_else(|| {
                format!(
                    "host = \"127.0.0.1\", port = {}, tls = \"none\", password_file = \"password\"",
                    dovecot.ports().imap
                )
            });
            text.push_str(&format!(
                "[[mailbox]]\nname = \"{name}\"\naddress = \"{address}\"\nteam = \"{name}\"\nlevel = \"send\"\n\
                 imap = {{ user = \"{address}\", {imap} }}\n"
            ));
            if let Some(smtp) = &self.smtp[place] {
                text.push_str(&format!("smtp = {{ {smtp} }}\n"));
            }
            if let Some(oauth) = &self.oauth[place] {
                text.push_str(&format!("oauth = {{ {oauth} }}\n"));
            }
        }
        text.push_str(&format!("[[staff]]\nname = \"Jo Marsh\"\naddress = \"{STAFF}\"\nroles = [\"sa\", \"lsob\"]\n"));
        text
    }
}

impl Assured {
    pub(crate) fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        let before = self.log().len();
        let mut command = self.command(&["run"]);
        command.stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        wait_for("the daemon to run", 60, || {
            assert!(self.child.as_mut().unwrap().try_wait().unwrap().is_none(), "it ended: {}", self.log());
            self.log()[before..].contains("Running").then_some(())
        });
    }

    /// Gives it no chance to end anything.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks the daemon to stop, as a service manager does.
    pub(crate) fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        let status = wait_for("the daemon to stop", 60, || child.try_wait().unwrap());
        assert!(status.success(), "{status}: {}", self.log());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    pub(crate) fn path(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command that must succeed prints with `--json`, one value a line.
    pub(crate) fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn cases(&self) -> usize {
        self.rows(&["cases"]).len()
    }

    /// The letters of one kind.
    pub(crate) fn outbox(&self, kind: &str) -> Vec<Value> {
        self.rows(&["outbox"]).into_iter().filter(|row| row["kind"] == kind).collect()
    }

    #[track_caller]
    pub(crate) fn wait_for_cases(&self, count: usize) {
        wait_for(&format!("{count} cases"), 60, || (self.cases() >= count).then_some(()));
        assert_eq!(self.cases(), count);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_assured")));
        command.args(arguments).current_dir(self.folder.path()).env_remove("ASSURED_CONFIG").env_remove("RUST_LOG");
        command
    }
}

impl Drop for Assured {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
        if std::thread::panicking() {
            eprintln!("The log of the daemon:\n{}", self.log());
        }
    }
}
