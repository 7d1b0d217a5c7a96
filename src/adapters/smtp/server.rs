//! One SMTP server and one connection to it, reused. The steps of a transaction are made here rather than by the crate's
//! transport, because only the step tells what a failure means: nothing was sent, or nobody knows.

use std::future::Future;
use std::time::Duration;

use lettre::transport::smtp::Error as CrateError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Delivery, MailerError, Outgoing, SmtpAccount, SmtpLogin};
use crate::adapters::credential::Credential;
use crate::adapters::tls::{self, Tls};
use crate::domain::ids::Address;

const REASON_CHARS_MAX: usize = 500;
/// No instant lies beyond the end of time.
const DEADLINE_SECS_MAX: u64 = 86_400;

pub struct Server {
    account: SmtpAccount,
    hello: ClientId,
    /// Idle and in step with the server. Taken out while in use, so that one which failed, or whose caller went away in
    /// the middle of a letter, is never used again: its next answer would belong to the letter before.
    parked: Mutex<Option<AsyncSmtpConnection>>,
}

impl Server {
    pub(super) fn new(account: SmtpAccount) -> Self {
        let hello = ClientId::Domain(account.hello_name.clone());
        Self { account, hello, parked: Mutex::new(None) }
    }

    pub(super) fn log_in_as(&mut self, login: SmtpLogin) {
        self.account.login = Some(login);
    }

    pub(super) async fn send(&self, letter: &Outgoing<'_>) -> Delivery {
        let mut parked = self.parked.lock().await;
        let deadline = self.deadline();
        let mut connection = match self.ready(parked.take(), deadline).await {
            Ok(connection) => connection,
            Err(error) => {
                let login_refused = matches!(error, MailerError::AuthenticationRefused { .. });
                return Delivery::NoWay { reason: error.to_string(), login_refused };
            }
        };
        let (delivery, in_step) = self.transact(&mut connection, letter).await;
        if in_step {
            *parked = Some(connection);
        }
        delivery
    }

    pub(super) async fn check(&self) -> Result<(), MailerError> {
        let mut parked = self.parked.lock().await;
        let deadline = self.deadline();
        *parked = Some(self.ready(parked.take(), deadline).await?);
        Ok(())
    }

    /// Says the envelope of a letter and takes it back.
    pub(super) async fn may_send(&self, reverse_path: Option<&Address>, to: &Address) -> Result<(), MailerError> {
        let mut parked = self.parked.lock().await;
        let deadline = self.deadline();
        let mut connection = self.ready(parked.take(), deadline).await?;
        let said = self.addresses(&mut connection, reverse_path, to, b"").await;
        if let Err((Delivery::Refused { reason } | Delivery::Retry { reason }, in_step)) = said {
            if in_step {
                *parked = Some(connection);
            }
            return Err(MailerError::EnvelopeRefused { reason });
        }
        // The next letter, or the goodbye, comes after this in any case.
        if let Ok(Ok(_)) = timeout_at(self.deadline(), connection.command(Rset)).await {
            *parked = Some(connection);
        }
        Ok(())
    }

    pub(super) async fn close(&self) {
        if let Some(mut connection) = self.parked.lock().await.take() {
            let goodbye = timeout(Duration::from_secs(self.account.deadline_secs), connection.quit()).await;
            if !matches!(goodbye, Ok(Ok(_))) {
                tracing::debug!("{}: the goodbye was not answered", self.place());
            }
        }
    }

    /// The parked connection if it still answers, else a new one.
    async fn ready(
        &self,
        parked: Option<AsyncSmtpConnection>,
        deadline: Instant,
    ) -> Result<AsyncSmtpConnection, MailerError> {
        if let Some(mut connection) = parked {
            // RSET rather than NOOP: it also ends what an earlier refusal left open.
            if let Ok(Ok(_)) = timeout_at(deadline, connection.command(Rset)).await {
                return Ok(connection);
            }
        }
        self.within(deadline, "connecting and logging in", self.connect()).await?
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailerError> {
        let SmtpAccount { host, port, tls, .. } = &self.account;
        let parameters = match tls {
            Tls::Implicit | Tls::StartTls => Some(self.tls_parameters()?),
            Tls::None => self.refuse_open_password().map(|()| None)?,
        };
        let (wrapper, upgrade) = if *tls == Tls::Implicit { (parameters, None) } else { (None, parameters) };
        let opened = match wrapper {
            Some(_) => {
                AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), None, &self.hello, wrapper, None).await
            }
            None => AsyncSmtpConnection::connect_with_transport(Box::new(self.reach().await?), &self.hello).await,
        };
        let mut connection = opened.map_err(|error| self.connect_error(&error))?;
        if let Some(parameters) = upgrade {
            if !connection.can_starttls() {
                let why = "the server offers no STARTTLS; nothing was sent. Try `tls` implicit, port 465".to_owned();
                return Err(MailerError::Tls { place: self.place(), why });
            }
            connection.starttls(parameters, &self.hello).await.map_err(|error| self.connect_error(&error))?;
        }
        if let Some(login) = &self.account.login {
            let (secret, mechanisms) = match &login.credential {
                Credential::Password(password) => (password, &[Mechanism::Plain, Mechanism::Login][..]),
                Credential::AccessToken(token) => (token, &[Mechanism::Xoauth2][..]),
            };
            let credentials = Credentials::new(login.user.clone(), secret.expose_secret().to_owned());
            let accepted = connection.auth(mechanisms, &credentials).await;
            accepted.map_err(|error| self.login_error(&error, login.credential.advice()))?;
        }
        Ok(connection)
    }

    /// The crate ends a letter with a packet of its own, which Nagle's algorithm would hold back for 40 ms each time.
    async fn reach(&self) -> Result<TcpStream, MailerError> {
        let reached = async {
            let tcp = TcpStream::connect((self.account.host.as_str(), self.account.port)).await?;
            tcp.set_nodelay(true).map(|()| tcp)
        };
        reached.await.map_err(|error| MailerError::CannotReach { place: self.place(), why: error.to_string() })
    }

    fn tls_parameters(&self) -> Result<TlsParameters, MailerError> {
        let fault = |why: String| MailerError::Tls { place: self.place(), why };
        let extra = tls::extra_certificates(self.account.extra_ca_file.as_deref());
        let mut builder = TlsParameters::builder(self.account.host.clone());
        for certificate in extra.map_err(|error| fault(error.to_string()))? {
            let certificate = Certificate::from_der(certificate.to_vec()).map_err(|error| fault(error.to_string()))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder.build_rustls().map_err(|error| fault(error.to_string()))
    }

    fn refuse_open_password(&self) -> Result<(), MailerError> {
        let host = self.account.host.as_str();
        let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if local || self.account.login.is_none() {
            return Ok(());
        }
        let why = "`tls` is off and the server is another machine; the password was not sent".to_owned();
        Err(MailerError::Tls { place: self.place(), why })
    }

    /// The outcome, and whether the server and we agree on where we are: only then may the connection be used again.
    async fn transact(&self, connection: &mut AsyncSmtpConnection, letter: &Outgoing<'_>) -> (Delivery, bool) {
        if let Err(unfit) = self.envelope(connection, letter).await {
            return unfit;
        }
        let secs = self.account.verdict_deadline_secs;
        // The crate ends the text with a line break of its own.
        let text = letter.raw.strip_suffix(b"\r\n").unwrap_or(letter.raw);
        match timeout(Duration::from_secs(secs), connection.message(text)).await {
            Ok(Ok(response)) => (Delivery::Sent { response: spoken(&response) }, true),
            Ok(Err(error)) if error.status().is_some() => self.answered(&error, "the letter"),
            Ok(Err(error)) => (Delivery::Unknown { reason: self.cut_off(&error) }, false),
            Err(_) => {
                let reason = format!("{}: no verdict on the letter within {secs} seconds", self.place());
                (Delivery::Unknown { reason }, false)
            }
        }
    }

    /// MAIL, RCPT and DATA, up to the server's invitation to go on.
    async fn envelope(
        &self,
        connection: &mut AsyncSmtpConnection,
        letter: &Outgoing<'_>,
    ) -> Result<(), (Delivery, bool)> {
        self.addresses(connection, letter.reverse_path, letter.to, letter.raw).await?;
        let invited = self.accepted(connection.command(Data), "DATA").await?;
        if invited.has_code(354) {
            return Ok(());
        }
        let reason = format!("{}: not an invitation to send: {}", self.place(), spoken(&invited));
        Err((Delivery::Retry { reason }, false))
    }

    /// MAIL and RCPT: who it is from and to. A server delivers nothing on these alone.
    async fn addresses(
        &self,
        connection: &mut AsyncSmtpConnection,
        reverse_path: Option<&Address>,
        to: &Address,
        raw: &[u8],
    ) -> Result<(), (Delivery, bool)> {
        let unfit = |reason: &str| (Delivery::Refused { reason: format!("{}: {reason}", self.place()) }, true);
        let from = reverse_path.map(|address| address.as_str().parse::<lettre::Address>()).transpose();
        let from = from.map_err(|_| unfit("the sender's address cannot be used in SMTP"))?;
        let recipient = to.as_str().parse::<lettre::Address>();
        let recipient = recipient.map_err(|_| unfit("the recipient's address cannot be used in SMTP"))?;
        let mut options = Vec::new();
        let ascii = |address: Option<&Address>| address.is_none_or(|one| one.as_str().is_ascii());
        if !ascii(Some(to)) || !ascii(reverse_path) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(unfit("the address has letters beyond ASCII, and the server offers no SMTPUTF8"));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if !raw.is_ascii() {
            if !connection.server_info().supports_feature(Extension::EightBitMime) {
                return Err(unfit("the letter has bytes beyond ASCII, and the server offers no 8BITMIME"));
            }
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        self.accepted(connection.command(Mail::new(from, options)), "the sender").await?;
        self.accepted(connection.command(Rcpt::new(recipient, Vec::new())), "the recipient").await?;
        Ok(())
    }

    /// The text has not begun: without it there is nothing that a server could deliver.
    async fn accepted(
        &self,
        answer: impl Future<Output = Result<Response, CrateError>>,
        what: &'static str,
    ) -> Result<Response, (Delivery, bool)> {
        match timeout_at(self.deadline(), answer).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if error.status().is_some() => Err(self.answered(&error, what)),
            Ok(Err(error)) => Err((Delivery::Retry { reason: self.cut_off(&error) }, false)),
            Err(_) => {
                let secs = self.account.deadline_secs;
                let reason = format!("{}: no answer within {secs} seconds about {what}", self.place());
                Err((Delivery::Retry { reason }, false))
            }
        }
    }

    /// The server said no, and so the two are in step, unless it is about to hang up (421).
    fn answered(&self, error: &CrateError, what: &str) -> (Delivery, bool) {
        let code = error.status().map(u16::from).unwrap_or_default();
        let reason = format!("{}: {what} was refused: {}", self.place(), told(error));
        // "Authenticate first" is a fault of our settings; the letter is still good.
        let our_fault = matches!(code, 530 | 534 | 535 | 538);
        if error.is_permanent() && !our_fault {
            (Delivery::Refused { reason }, true)
        } else {
            (Delivery::Retry { reason }, code != 421 && !our_fault)
        }
    }

    fn connect_error(&self, error: &CrateError) -> MailerError {
        let (place, text) = (self.place(), told(error));
        if error.status().is_some() {
            MailerError::TurnedAway { place, text }
        } else if is_tls(error) {
            MailerError::Tls { place, why: format!("{text}; {}", tls::advice(&text)) }
        } else {
            MailerError::CannotReach { place, why: text }
        }
    }

    fn login_error(&self, error: &CrateError, advice: &'static str) -> MailerError {
        let (place, text) = (self.place(), told(error));
        if error.is_permanent() || error.is_client() {
            MailerError::AuthenticationRefused { place, text, advice }
        } else if error.is_transient() {
            MailerError::TurnedAway { place, text }
        } else {
            MailerError::CannotReach { place, why: text }
        }
    }

    fn cut_off(&self, error: &CrateError) -> String {
        format!("{}: the connection was cut off: {}", self.place(), told(error))
    }

    async fn within<T>(
        &self,
        deadline: Instant,
        what: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T, MailerError> {
        let secs = self.account.deadline_secs;
        timeout_at(deadline, work).await.map_err(|_| MailerError::DeadlinePassed { place: self.place(), what, secs })
    }

    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.account.deadline_secs.min(DEADLINE_SECS_MAX))
    }

    fn place(&self) -> String {
        format!("smtp {}:{}", self.account.host, self.account.port)
    }
}

/// The crate reports a failed handshake as a failed connection; the cause tells them apart.
fn is_tls(error: &CrateError) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(one) = cause {
        let inner = one.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<tokio_rustls::rustls::Error>()) {
            return true;
        }
        cause = one.source();
    }
    error.is_tls()
}

fn spoken(response: &Response) -> String {
    one_line(&format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")))
}

/// The server's own words where it refused, else the cause beneath the crate's wrapping.
fn told(error: &CrateError) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(beneath) = cause.source() {
        cause = beneath;
    }
    let code = error.status().map(|code| format!("{code} ")).unwrap_or_default();
    one_line(&format!("{code}{cause}"))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_CHARS_MAX).collect()
}
