//! The socket on which a running daemon answers the command line: one request and one answer a connection, each one
//! line of JSON. Only the owner may connect. Carries requests; must not decide what they do.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader as AsyncBufReader};
use tokio::net::{UnixListener, UnixStream as AsyncUnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::domain::command::{Command, Manner};
use crate::domain::ids::{CaseRef, LetterId};

const REQUEST_BYTES_MAX: u64 = 64 * 1024;
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;
const CONNECTIONS_MAX: usize = 8;
/// A client is given so long to write its request, and to take its answer.
const CLIENT_TIME_MAX: Duration = Duration::from_secs(10);
/// The daemon is given so long to answer: it may be in the middle of a large step.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);
const ACCEPT_GAP: Duration = Duration::from_millis(100);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    Cases,
    Case {
        reference: CaseRef,
    },
    Explain {
        reference: CaseRef,
    },
    Outbox,
    Retry {
        letter: LetterId,
        by: String,
    },
    Release {
        letter: LetterId,
        by: String,
    },
    /// A verb of staff, by the operating-system user `by`; without a case for verbs about the program as a whole.
    Do {
        case: Option<CaseRef>,
        command: Command,
        #[serde(default)]
        manner: Manner,
        by: String,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What was asked for was found or done.
    pub done: bool,
    pub rows: Vec<Value>,
    /// What was done or, word for word, why not.
    pub message: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error(
        "the control socket {} could not be made: {source}. Its folder must exist, belong to the user the daemon runs \
         as, and have a path of fewer than 90 characters", path.display()
    )]
    Bind { path: PathBuf, source: io::Error },
    #[error("{} is in the way of the control socket and is no socket: move it elsewhere and start again", path.display())]
    NotASocket { path: PathBuf },
    #[error("the daemon at {} could not be reached: {source}. Run this command as the user the daemon runs as", path.display())]
    Connect { path: PathBuf, source: io::Error },
    #[error("the daemon at {} broke off ({source}). See its log; `assured check` says whether it is sound", path.display())]
    BrokenOff { path: PathBuf, source: io::Error },
    #[error(
        "the daemon at {} answered in a form that is not known here ({source}). Restart it, so that it is the same \
         version as this command", path.display()
    )]
    Strange { path: PathBuf, source: serde_json::Error },
}

/// The daemon's end. The socket file is removed when this is dropped.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    requests: mpsc::Receiver<(Request, Replier)>,
    listening: JoinHandle<()>,
}

/// Takes the answer to one request. Dropped without one, the client is told that the daemon is stopping.
#[derive(Debug)]
pub struct Replier(oneshot::Sender<Answer>);

impl Replier {
    /// A client that has gone away by now does not matter: what it asked for is recorded.
    pub fn reply(self, answer: Answer) {
        if self.0.send(answer).is_err() {
            debug!("A command line went away before its answer");
        }
    }
}

impl Server {
    /// Must be called by the holder of the lock only: a socket found at `path` is taken for a dead daemon's.
    pub fn bind(path: &Path) -> Result<Self, ControlError> {
        match fs::symlink_metadata(path) {
            Ok(found) if !found.file_type().is_socket() => {
                return Err(ControlError::NotASocket { path: path.to_owned() });
            }
            Ok(_) | Err(_) => {}
        }
        let listener = listen(path).map_err(|source| ControlError::Bind { path: path.to_owned(), source })?;
        let (sender, requests) = mpsc::channel(CONNECTIONS_MAX);
        Ok(Self { path: path.to_owned(), requests, listening: tokio::spawn(accept_all(listener, sender)) })
    }

    /// The next request. May be abandoned and called again without losing one. `None` never comes while this lives.
    pub async fn accept(&mut self) -> Option<(Request, Replier)> {
        self.requests.recv().await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
        if let Err(error) = fs::remove_file(&self.path) {
            warn!("The control socket could not be removed: {error}");
        }
    }
}

/// Made under another name and moved into place once its mode is set, so that nobody else can connect in between.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let making = path.with_extension("new");
    match fs::remove_file(&making) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&making)?;
    fs::set_permissions(&making, Permissions::from_mode(0o600))?;
    fs::rename(&making, path)?;
    Ok(listener)
}

async fn accept_all(listener: UnixListener, requests: mpsc::Sender<(Request, Replier)>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    // Ends with the server, which aborts it; the semaphore is never closed.
    while let Ok(place) = places.clone().acquire_owned().await {
        match listener.accept().await {
            Ok((client, _)) => {
                let requests = requests.clone();
                tokio::spawn(async move {
                    if let Err(error) = attend(client, &requests).await {
                        debug!("A connection to the control socket broke off: {error}");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                warn!("The control socket could not accept a connection: {error}");
                tokio::time::sleep(ACCEPT_GAP).await;
            }
        }
    }
}

async fn attend(mut client: AsyncUnixStream, requests: &mpsc::Sender<(Request, Replier)>) -> io::Result<()> {
    let (input, mut output) = client.split();
    let mut line = Vec::new();
    let mut input = AsyncBufReader::new(input.take(REQUEST_BYTES_MAX));
    timeout(CLIENT_TIME_MAX, input.read_until(b'\n', &mut line)).await??;
    let answer = match (line.ends_with(b"\n"), serde_json::from_slice(&line)) {
        (true, Ok(request)) => pass_on(request, requests).await,
        (true, Err(error)) => refusal(format!(
            "the daemon did not understand the request ({error}); restart it, so that it is the same version as this command"
        )),
        (false, _) => refusal(format!("the request does not end within {REQUEST_BYTES_MAX} bytes: shorten it")),
    };
    let mut line = serde_json::to_vec(&answer)?;
    line.push(b'\n');
    timeout(CLIENT_TIME_MAX, output.write_all(&line)).await?
}

async fn pass_on(request: Request, requests: &mpsc::Sender<(Request, Replier)>) -> Answer {
    let (replier, reply) = oneshot::channel();
    if requests.send((request, Replier(replier))).await.is_err() {
        return refusal("the daemon is stopping: try again when it runs".to_owned());
    }
    match timeout(ANSWER_TIME_MAX, reply).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => refusal("the daemon is stopping: look whether it was done before you try again".to_owned()),
        Err(_) => refusal(format!(
            "the daemon is busy and has not answered in {} seconds: look whether it was done before you try again",
            ANSWER_TIME_MAX.as_secs()
        )),
    }
}

fn refusal(message: String) -> Answer {
    Answer { done: false, rows: Vec::new(), message: Some(message) }
}

/// The command line's end. `None` when no daemon listens at `path`. Blocks.
pub fn ask(path: &Path, request: &Request) -> Result<Option<Answer>, ControlError> {
    let mut daemon = match UnixStream::connect(path) {
        Ok(daemon) => daemon,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => return Ok(None),
        Err(source) => {
            return Err(ControlError::Connect { path: path.to_owned(), source });
        }
    };
    let line =
        exchange(&mut daemon, request).map_err(|source| ControlError::BrokenOff { path: path.to_owned(), source })?;
    serde_json::from_slice(&line).map(Some).map_err(|source| ControlError::Strange { path: path.to_owned(), source })
}

fn exchange(daemon: &mut UnixStream, request: &Request) -> io::Result<Vec<u8>> {
    // Longer than the daemon gives itself, so that its own words arrive.
    daemon.set_read_timeout(Some(ANSWER_TIME_MAX + CLIENT_TIME_MAX))?;
    daemon.set_write_timeout(Some(CLIENT_TIME_MAX))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    match daemon.write_all(&line) {
        // A daemon that refuses a request may stop reading it; its answer says why.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut answer = Vec::new();
    BufReader::new(daemon.take(ANSWER_BYTES_MAX)).read_until(b'\n', &mut answer)?;
    match answer.ends_with(b"\n") {
        true => Ok(answer),
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(message: &str) -> Answer {
        Answer { done: true, rows: vec![serde_json::json!({ "case": "ERS-00042" })], message: Some(message.to_owned()) }
    }

    fn every_request() -> [Request; 7] {
        let (reference, letter) = (CaseRef::from_number(42), LetterId { step: 17, index: 0 });
        let by = "amina".to_owned();
        [
            Request::Cases,
            Request::Case { reference },
            Request::Explain { reference },
            Request::Outbox,
            Request::Retry { letter, by: by.clone() },
            Request::Release { letter, by: by.clone() },
            Request::Do {
                manner: Manner::default(),
                case: Some(reference),
                command: Command::Hold { reason: "on leave\nline two".to_owned() },
                by,
            },
        ]
    }

    async fn ask_from_a_thread(path: &Path, request: Request) -> Result<Option<Answer>, ControlError> {
        let path = path.to_owned();
        tokio::task::spawn_blocking(move || ask(&path, &request)).await.unwrap()
    }

    #[tokio::test]
    async fn every_request_arrives_as_it_was_sent_and_gets_its_answer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("assured.sock");
        let mut server = Server::bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for request in every_request() {
            let (asked, got) = tokio::join!(ask_from_a_thread(&path, request.clone()), async {
                let (got, replier) = server.accept().await.unwrap();
                replier.reply(answer("done"));
                got
            });
            assert_eq!(got, request);
            assert_eq!(asked.unwrap(), Some(answer("done")));
        }
    }

    #[tokio::test]
    async fn without_a_daemon_there_is_no_answer_and_its_old_socket_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("assured.sock");
        assert_eq!(ask(&path, &Request::Cases).unwrap(), None);
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert_eq!(ask(&path, &Request::Cases).unwrap(), None);
        drop(Server::bind(&path).unwrap());
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_file_in_the_way_is_left_alone_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("assured.sock");
        fs::write(&path, "precious").unwrap();
        let error = Server::bind(&path).unwrap_err().to_string();
        assert!(error.contains("assured.sock is in the way"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        let error = Server::bind(&folder.path().join("missing/assured.sock")).unwrap_err().to_string();
        assert!(error.contains("Its folder must exist"), "{error}");
    }

    #[tokio::test]
    async fn what_is_no_request_is_refused_in_words_and_costs_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("assured.sock");
        let mut server = Server::bind(&path).unwrap();
        let silent: Vec<_> = (1..CONNECTIONS_MAX).map(|_| UnixStream::connect(&path).unwrap()).collect();
        let too_long = [b"\"".to_vec(), vec![b'a'; REQUEST_BYTES_MAX as usize]].concat();
        for (sent, says) in [
            (b"hello\n".to_vec(), "did not understand"),
            (b"{\"request\":\"case\",\"reference\":\"ERS-1\",\"of\":\"me\"}\n".to_vec(), "did not understand"),
            (b"{\"request\":\"format-disk\"}\n".to_vec(), "did not understand"),
            (too_long, "does not end within 65536 bytes"),
        ] {
            let told: Answer = tokio::task::spawn_blocking({
                let path = path.clone();
                move || {
                    let mut client = UnixStream::connect(path).unwrap();
                    client.write_all(&sent).unwrap();
                    let mut told = String::new();
                    BufReader::new(client).read_line(&mut told).unwrap();
                    serde_json::from_str(&told).unwrap()
                }
            })
            .await
            .unwrap();
            assert!(!told.done && told.message.unwrap().contains(says), "{says}");
        }
        let (asked, ()) = tokio::join!(ask_from_a_thread(&path, Request::Outbox), async {
            server.accept().await.unwrap().1.reply(answer("still here"));
        });
        assert_eq!(asked.unwrap(), Some(answer("still here")));
        drop(silent);
    }

    #[tokio::test]
    async fn a_daemon_that_stops_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("assured.sock");
        let mut server = Server::bind(&path).unwrap();
        let (asked, ()) = tokio::join!(ask_from_a_thread(&path, Request::Cases), async {
            drop(server.accept().await.unwrap());
        });
        let told = asked.unwrap().unwrap();
        assert!(!told.done && told.message.unwrap().contains("is stopping"));
    }
}
