//! A handle on the process of `child`: asked, killed, measured.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

pub(crate) struct Program {
    folder: PathBuf,
    running: Option<Running>,
}

struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), running: None }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The fault, if it does not start.
    pub(crate) fn start(&mut self, at: Timestamp) -> Result<(), String> {
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("daemon").arg(self.folder.join("assured.toml")).arg(at.to_string()).env_remove("RUST_LOG");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        self.running = Some(Running { child, input, output });
        let answer = self.answer();
        if answer == "ready" {
            return Ok(());
        }
        self.running.take().unwrap().child.wait().unwrap();
        Err(answer)
    }

    pub(crate) fn ask(&mut self, request: &str) -> String {
        self.tell(request);
        self.answer()
    }

    /// Asks, and kills it a little later, whatever it is at then.
    pub(crate) fn kill_during(&mut self, request: &str, after: Duration) {
        self.tell(request);
        thread::sleep(after);
        let mut running = self.running.take().unwrap();
        running.child.kill().unwrap();
        running.child.wait().unwrap();
    }

    pub(crate) fn stop(&mut self) {
        assert_eq!(self.ask("stop"), "stopped");
        let status = self.running.take().unwrap().child.wait().unwrap();
        assert!(status.success(), "{status}:\n{}", self.last_of_log());
    }

    /// What it holds in memory, in KiB.
    pub(crate) fn memory_kib(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()?)).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    pub(crate) fn open_files(&self) -> Option<usize> {
        Some(fs::read_dir(format!("/proc/{}/fd", self.pid()?)).ok()?.count())
    }

    fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.child.id())
    }

    fn tell(&mut self, request: &str) {
        let running = self.running.as_mut().unwrap();
        // One that ended is found out by its missing answer.
        writeln!(running.input, "{request}").and_then(|()| running.input.flush()).ok();
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.running.as_mut().unwrap().output.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "the program ended by itself:\n{}", self.last_of_log());
        line.trim_end().to_owned()
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    pub(crate) fn last_of_log(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            running.child.kill().ok();
            running.child.wait().ok();
        }
    }
}
