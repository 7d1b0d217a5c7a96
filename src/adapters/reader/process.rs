//! One reader process: started, asked, ended and reaped. Must not decide what a fault means for a message.

use std::path::Path;
use std::process::Stdio;
use std::{fmt, io};

use tokio::io::{AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::debug;

use super::secs;
use super::wire::{self, Answer, Confinement, Hello, Request, VERSION};

const START_SECS_MAX: u64 = 15;
/// A process that was told to end, by signal or by the end of its input, is given so long.
const END_SECS_MAX: u64 = 5;
/// Of what a process writes to standard error; the rest is thrown away.
const COMPLAINT_BYTES_MAX: u64 = 2_000;

pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    complaint: JoinHandle<String>,
    served: u32,
}

/// Why a process gave no answer and was given up.
#[derive(Debug)]
pub(super) enum Fault {
    /// It ended, or closed its output, or answered in a form that is not ours.
    Broken(io::Error),
    Overdue {
        secs: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(error) => write!(f, "it gave no answer ({error})"),
            Self::Overdue { secs } => write!(f, "it gave no answer in {secs} seconds"),
        }
    }
}

impl Process {
    pub(super) async fn start(program: &Path, hello: &Hello) -> Result<(Self, Confinement), String> {
        let mut process = Self::spawn(program).map_err(|error| error.to_string())?;
        let greeted = timeout(secs(START_SECS_MAX), process.greet(hello)).await;
        let why = match greeted {
            Ok(Ok(Answer::Ready { version: VERSION, confinement })) => return Ok((process, confinement)),
            Ok(Ok(_)) => format!("it does not speak version {VERSION} of the reader's protocol"),
            Ok(Err(error)) => format!("it did not greet ({error})"),
            Err(_) => format!("it did not greet in {START_SECS_MAX} seconds"),
        };
        let (status, complaint) = process.end().await;
        Err(format!("{why}; it ended with {status}: {complaint}"))
    }

    fn spawn(program: &Path) -> io::Result<Self> {
        let mut child = Command::new(program)
            .arg0("assured")
            .arg("read")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output), Some(error)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("its pipes are missing"));
        };
        Ok(Self { child, input, output: BufReader::new(output), complaint: tokio::spawn(listen(error)), served: 0 })
    }

    async fn greet(&mut self, hello: &Hello) -> io::Result<Answer> {
        wire::send_frame(&mut self.input, hello, &[]).await?;
        wire::read_answer(&mut self.output).await
    }

    /// After a fault the process must be ended: an answer may still be under way.
    pub(super) async fn ask(&mut self, request: &Request, body: &[u8], secs_max: u64) -> Result<Answer, Fault> {
        self.served = self.served.saturating_add(1);
        match timeout(secs(secs_max), self.exchange(request, body)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Fault::Broken(error)),
            Err(_) => Err(Fault::Overdue { secs: secs_max }),
        }
    }

    async fn exchange(&mut self, request: &Request, body: &[u8]) -> io::Result<Answer> {
        wire::send_frame(&mut self.input, request, body).await?;
        wire::read_answer(&mut self.output).await
    }

    pub(super) fn served(&self) -> u32 {
        self.served
    }

    /// May have been ended from outside while it was idle.
    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Lets a sound process go: the end of its input is its sign to end.
    pub(super) async fn retire(self) {
        let Self { mut child, input, .. } = self;
        drop(input);
        if timeout(secs(END_SECS_MAX), child.wait()).await.is_err() {
            debug!("A retired reader process did not end by itself and is killed");
        }
    }

    /// Kills and reaps the process. Says how it ended and what it wrote to standard error.
    pub(super) async fn end(mut self) -> (String, String) {
        // Fails only where the process has already ended by itself.
        let _ = self.child.start_kill();
        let status = match timeout(secs(END_SECS_MAX), self.child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => format!("an unknown status ({error})"),
            Err(_) => "nothing: it could not be killed".to_owned(),
        };
        let complaint = timeout(secs(END_SECS_MAX), self.complaint).await;
        (status, complaint.ok().and_then(Result::ok).unwrap_or_default())
    }
}

/// Reads standard error to its end, so that the process never waits for us; keeps the start of it.
async fn listen(error: ChildStderr) -> String {
    let mut error = error.take(COMPLAINT_BYTES_MAX);
    let mut kept = Vec::new();
    let read = error.read_to_end(&mut kept).await;
    let rest = tokio::io::copy(&mut error.into_inner(), &mut tokio::io::sink()).await;
    if let Err(error) = read.and(rest.map(|_| 0)) {
        debug!("The standard error of a reader process could not be read: {error}");
    }
    let one_line = |c: char| if c.is_control() { ' ' } else { c };
    String::from_utf8_lossy(&kept).trim().chars().map(one_line).collect()
}
