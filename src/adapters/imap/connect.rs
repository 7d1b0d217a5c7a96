//! From an address to a logged-in connection. The first lines are read here, not by the crate: it neither waits for
//! the greeting nor shows capabilities before login. Must not send a password where others could read it.

use std::fmt::Debug;
use std::io;
use std::time::Duration;

use async_imap::error::Error as CrateError;
use async_imap::{Authenticator, Client, Session};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{ImapAccount, ImapError};
use crate::adapters::credential::Credential;
use crate::adapters::tls::{self, Tls};

const LINE_BYTES_MAX: usize = 8 * 1024;
const LINES_MAX: usize = 50;

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync + Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + Debug> Stream for T {}

/// A connection, TLS or not.
pub(super) type Wire = Box<dyn Stream>;

pub(super) async fn log_in(account: &ImapAccount) -> Result<Session<Wire>, ImapError> {
    let secs = account.timeouts.connect_secs;
    let opened = timeout(Duration::from_secs(secs), async { authenticate(account, open(account).await?).await });
    opened.await.map_err(|_| ImapError::DeadlinePassed { place: account.place(), what: "connecting", secs })?
}

async fn open(account: &ImapAccount) -> Result<Wire, ImapError> {
    let place = account.place();
    let cannot_reach = |error: io::Error| ImapError::CannotReach { place: account.place(), why: error.to_string() };
    let mut tcp = TcpStream::connect((account.host.as_str(), account.port)).await.map_err(cannot_reach)?;
    tcp.set_nodelay(true).map_err(cannot_reach)?;
    match account.tls {
        Tls::Implicit => {
            let mut wire = shake_hands(account, tcp).await?;
            greet(&place, &mut wire).await?;
            Ok(Box::new(wire))
        }
        Tls::StartTls => {
            greet(&place, &mut tcp).await?;
            start_tls(&place, &mut tcp).await?;
            Ok(Box::new(shake_hands(account, tcp).await?))
        }
        Tls::None => {
            if !tcp.peer_addr().map_err(cannot_reach)?.ip().is_loopback() {
                let why = "`tls` is off and the server is another machine; the password was not sent".to_owned();
                return Err(ImapError::Tls { place, why });
            }
            greet(&place, &mut tcp).await?;
            Ok(Box::new(tcp))
        }
    }
}

async fn shake_hands(account: &ImapAccount, tcp: TcpStream) -> Result<TlsStream<TcpStream>, ImapError> {
    let fault = |why: String| ImapError::Tls { place: account.place(), why };
    let config = tls::client_config(account.extra_ca_file.as_deref()).map_err(|error| fault(error.to_string()))?;
    let name = ServerName::try_from(account.host.clone()).map_err(|error| fault(error.to_string()))?;
    TlsConnector::from(config).connect(name, tcp).await.map_err(|error| {
        let why = error.to_string();
        fault(format!("{why}; {}", tls::advice(&why)))
    })
}

async fn greet(place: &str, wire: &mut (impl AsyncRead + Unpin)) -> Result<(), ImapError> {
    let line = read_line(place, wire).await?;
    let mut words = line.splitn(3, ' ').skip(1);
    let (status, text) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if status.eq_ignore_ascii_case("OK") {
        return Ok(());
    }
    let place = place.to_owned();
    if status.eq_ignore_ascii_case("BYE") {
        return Err(ImapError::said(&place, text, |place, text| ImapError::CannotReach {
            place,
            why: format!("the server turned us away: {text}"),
        }));
    }
    // PREAUTH would be somebody's mailbox, not the one that was asked for, and rules out STARTTLS.
    let what = format!("the server did not greet as one that takes logins, but with {line:?}; check `host` and `port`");
    Err(ImapError::Unexpected { place, what })
}

async fn start_tls(place: &str, tcp: &mut TcpStream) -> Result<(), ImapError> {
    let (answer, _) = ask(place, tcp, "STARTTLS").await?;
    if is_ok(&answer) {
        return Ok(());
    }
    let why = format!("STARTTLS was refused ({answer}); the password was not sent. Try `tls` implicit, port 993");
    Err(ImapError::Tls { place: place.to_owned(), why })
}

async fn authenticate(account: &ImapAccount, mut wire: Wire) -> Result<Session<Wire>, ImapError> {
    let (place, advice) = (account.place(), account.credential.advice());
    let (answer, untagged) = ask(&place, &mut wire, "CAPABILITY").await?;
    if !is_ok(&answer) {
        return Err(ImapError::CommandRefused { place, command: "CAPABILITY", text: answer });
    }
    let offers =
        |name: &str| untagged.iter().flat_map(|line| line.split(' ')).any(|word| word.eq_ignore_ascii_case(name));
    let client = Client::new(wire);
    let login = match &account.credential {
        Credential::Password(_) if offers("LOGINDISABLED") => {
            let text = "the server takes no passwords on this connection: LOGINDISABLED".to_owned();
            return Err(ImapError::AuthenticationRefused { place, text, advice });
        }
        Credential::Password(password) => client.login(&account.user, password.expose_secret()).await,
        Credential::AccessToken(_) if !offers("AUTH=XOAUTH2") => {
            let text = "the server does not offer XOAUTH2".to_owned();
            return Err(ImapError::AuthenticationRefused { place, text, advice });
        }
        Credential::AccessToken(token) => client.authenticate("XOAUTH2", XOAuth2::new(&account.user, token)).await,
    };
    login.map_err(|(error, _)| login_error(place, advice, error))
}

/// The mechanism says all at once; what the server asks after that is why it refuses, and wants an empty answer.
struct XOAuth2(Option<String>);

impl XOAuth2 {
    fn new(user: &str, token: &SecretString) -> Self {
        Self(Some(format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose_secret())))
    }
}

impl Authenticator for XOAuth2 {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

fn login_error(place: String, advice: &'static str, error: CrateError) -> ImapError {
    if let CrateError::Io(error) = &error {
        return ImapError::from_io(&place, error);
    }
    let text = words_of_server(&error.to_string());
    // RFC 5530: with these codes the server is at fault, not the password.
    let server_fault = ["[UNAVAILABLE]", "[INUSE]", "[LIMIT]"].iter().any(|code| text.contains(code));
    let refused = matches!(error, CrateError::No(_)) && !server_fault;
    let answered = matches!(error, CrateError::No(_) | CrateError::Bad(_) | CrateError::Validate(_));
    ImapError::said(&place, &text, |place, text| match (refused, answered) {
        (true, _) => ImapError::AuthenticationRefused { place, text, advice },
        (false, true) => ImapError::CommandRefused { place, command: "LOGIN", text },
        (false, false) => ImapError::ConnectionLost { place, why: text },
    })
}

/// The crate's `code: None, info: Some("no such user")` without its wrapping.
fn words_of_server(text: &str) -> String {
    let words = text.split_once("info: Some(\"").and_then(|(_, rest)| rest.strip_suffix("\")"));
    words.unwrap_or(text).to_owned()
}

/// Sends a command before login: the tagged answer without its tag, and the untagged lines before it.
async fn ask(
    place: &str,
    wire: &mut (impl Stream + ?Sized),
    command: &str,
) -> Result<(String, Vec<String>), ImapError> {
    let sent = async {
        wire.write_all(format!("P {command}\r\n").as_bytes()).await?;
        wire.flush().await
    };
    sent.await.map_err(|error| ImapError::from_io(place, &error))?;
    let mut untagged = Vec::new();
    for _ in 0..LINES_MAX {
        let line = read_line(place, wire).await?;
        if let Some(answer) = line.strip_prefix("P ") {
            return Ok((answer.to_owned(), untagged));
        }
        untagged.push(line);
    }
    let what = format!("more than {LINES_MAX} lines in answer to {command}; check `host` and `port`");
    Err(ImapError::Unexpected { place: place.to_owned(), what })
}

fn is_ok(answer: &str) -> bool {
    answer.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case("OK"))
}

/// Reads byte by byte, because what follows the line belongs to TLS or to the crate: plain text sent in advance of the
/// handshake must never be taken for an answer given under it.
async fn read_line(place: &str, wire: &mut (impl AsyncRead + Unpin + ?Sized)) -> Result<String, ImapError> {
    let mut line = Vec::new();
    while line.len() < LINE_BYTES_MAX {
        match wire.read_u8().await.map_err(|error| ImapError::from_io(place, &error))? {
            b'\n' => return Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
            byte => line.push(byte),
        }
    }
    let what = format!("a line of more than {LINE_BYTES_MAX} bytes; is this an IMAP server? Check `host` and `port`");
    Err(ImapError::Unexpected { place: place.to_owned(), what })
}
