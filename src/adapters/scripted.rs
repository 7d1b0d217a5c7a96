//! A server on a loopback port that plays written lines: for faults which real servers will not show on request.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A line to send; `$` at its start stands for the tag of the last line heard.
    Say(String),
    Bytes(Vec<u8>),
    /// A line to hear, by a part of it.
    Hear(String),
    /// Lines to hear up to a lone dot.
    Letter,
    Tls,
    /// Silence until the client hangs up.
    Hang,
    /// Silence for a moment.
    Pause,
}

/// One step a line: `S: text`, `C: text`, `LETTER`, `TLS`, `HANG`, `PAUSE`. At the end the server hangs up.
pub(crate) fn script(text: &str) -> Vec<Step> {
    let step = |line: &str| match line.split_once(": ").unwrap_or((line, "")) {
        ("S", text) => Step::Say(text.to_owned()),
        ("C", text) => Step::Hear(text.to_owned()),
        ("LETTER", "") => Step::Letter,
        ("TLS", "") => Step::Tls,
        ("HANG", "") => Step::Hang,
        ("PAUSE", "") => Step::Pause,
        (other, _) => panic!("not a step: {other:?}"),
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(step).collect()
}

pub(crate) struct Scripted {
    pub(crate) port: u16,
    /// The certificate in PEM form, to be trusted by clients that should.
    pub(crate) ca_file: PathBuf,
    /// Some script has a silence in it.
    pub(crate) hangs: bool,
    _folder: tempfile::TempDir,
    play: JoinHandle<Vec<String>>,
}

impl Scripted {
    /// Plays one script for each connection, in order.
    pub(crate) async fn play(scripts: Vec<Vec<Step>>) -> Self {
        Self::play_cut(scripts.into_iter().map(|steps| (steps, usize::MAX)).collect()).await
    }

    /// As `play`, and hangs up after so many bytes of a connection.
    pub(crate) async fn play_cut(scripts: Vec<(Vec<Step>, usize)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, made.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let hangs = scripts.iter().flat_map(|(steps, _)| steps).any(|step| matches!(step, Step::Hang));
        let play = tokio::spawn(async move {
            let mut heard = Vec::new();
            for (steps, left) in scripts {
                let (tcp, _) = listener.accept().await.unwrap();
                plain(tcp, &steps, &acceptor, &mut Play { heard: &mut heard, left }).await;
            }
            heard
        });
        Self { port, ca_file, hangs, _folder: folder, play }
    }

    /// Waits for the last script to end: all that was heard, letters included, line by line.
    pub(crate) async fn heard(self) -> Vec<String> {
        self.play.await.expect("the client did not follow the script")
    }
}

struct Play<'a> {
    heard: &'a mut Vec<String>,
    /// Bytes that may still be sent.
    left: usize,
}

async fn plain(tcp: TcpStream, steps: &[Step], acceptor: &TlsAcceptor, play: &mut Play<'_>) {
    tcp.set_nodelay(true).unwrap();
    let secured = steps.iter().position(|step| matches!(step, Step::Tls));
    let mut stream = BufReader::new(tcp);
    perform(&mut stream, &steps[..secured.unwrap_or(steps.len())], play).await;
    let Some(position) = secured else {
        stream.shutdown().await.ok();
        return;
    };
    // A client that does not trust us ends the handshake; that is its test's business.
    if let Ok(tls) = acceptor.accept(stream.into_inner()).await {
        let mut stream = BufReader::new(tls);
        perform(&mut stream, &steps[position + 1..], play).await;
        stream.shutdown().await.ok();
    }
}

async fn perform<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, steps: &[Step], play: &mut Play<'_>) {
    let mut tag = String::new();
    for step in steps {
        if play.left == 0 {
            return;
        }
        match step {
            Step::Say(text) => {
                let text = text.strip_prefix('$').map_or_else(|| text.clone(), |rest| format!("{tag}{rest}"));
                play.send(stream, format!("{text}\r\n").as_bytes()).await;
            }
            Step::Bytes(bytes) => play.send(stream, bytes).await,
            Step::Hear(part) => {
                let line = hear(stream, play.heard).await;
                assert!(line.contains(part.as_str()), "expected {part:?}, heard {line:?}");
                tag = line.split(' ').next().unwrap_or_default().to_owned();
            }
            Step::Letter => while hear(stream, play.heard).await != "." {},
            Step::Hang => while stream.read_line(&mut String::new()).await.is_ok_and(|bytes| bytes > 0) {},
            Step::Pause => tokio::time::sleep(Duration::from_millis(200)).await,
            Step::Tls => unreachable!("a connection is secured once"),
        }
    }
}

impl Play<'_> {
    async fn send<S: AsyncWrite + AsyncRead + Unpin>(&mut self, stream: &mut BufReader<S>, bytes: &[u8]) {
        let sent = &bytes[..bytes.len().min(self.left)];
        self.left -= sent.len();
        stream.write_all(sent).await.unwrap();
        stream.flush().await.unwrap();
    }
}

async fn hear<S: AsyncRead + Unpin>(stream: &mut BufReader<S>, heard: &mut Vec<String>) -> String {
    let mut line = Vec::new();
    let bytes = stream.read_until(b'\n', &mut line).await.unwrap();
    assert!(bytes > 0, "the client hung up after {:?}", heard.last());
    let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
    heard.push(line.clone());
    line
}
