//! A token server on loopback (RFC 6749), and what makes a Dovecot believe its tokens: JSON Web Tokens under a key that
//! both know.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use assured::adapters::clock::Clock;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const KEY: &[u8] = b"a key that only the tests know";
const LIFETIME_SECS: i64 = 3_600;

/// Writes the key where Dovecot looks for it.
pub(crate) fn teach(folder: &Path) {
    let keys = folder.join("keys/default/HS256");
    fs::create_dir_all(&keys).unwrap();
    fs::write(keys.join("default"), base64(KEY, b'+', b'/', true)).unwrap();
    let settings = format!(
        "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={}/keys/\nusername_attribute = email\n",
        folder.display()
    );
    fs::write(folder.join("oauth2.conf"), settings).unwrap();
}

pub(crate) struct TokenServer {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    user: &'static str,
    refresh_token: String,
    /// So many of the next tokens are under another key, as if they had been revoked.
    revoked: u32,
    granted: u32,
    transcript: Vec<String>,
}

impl TokenServer {
    /// Grants access to the mailbox of `user`, to an application `app` with the secret `app-secret`, or to whoever has
    /// the refresh token `refresh-0`, which is replaced each time.
    pub(crate) fn start(user: &'static str, revoked: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let refresh_token = "refresh-0".to_owned();
        let state = State { user, refresh_token, revoked, granted: 0, transcript: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                serve(client, &mut shared.lock().unwrap());
            }
        });
        Self { port, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/token", self.port)
    }

    /// One line for each request, without its secrets.
    pub(crate) fn transcript(&self) -> Vec<String> {
        self.state.lock().unwrap().transcript.clone()
    }

    pub(crate) fn refresh_token(&self) -> String {
        self.state.lock().unwrap().refresh_token.clone()
    }
}

fn serve(client: TcpStream, state: &mut State) -> Option<()> {
    let mut client = BufReader::new(client);
    let mut length = 0;
    let mut line = String::new();
    while client.read_line(&mut line).ok()? > 2 {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        line.clear();
    }
    let mut form = vec![0; length];
    client.read_exact(&mut form).ok()?;
    let form = String::from_utf8(form).ok()?;
    let field = |name: &str| form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let (grant, refresh) = (field("grant_type")?.to_owned(), field("refresh_token").unwrap_or_default().to_owned());
    let granted = field("client_id") == Some("app")
        && match grant.as_str() {
            "client_credentials" => field("client_secret") == Some("app-secret"),
            _ => refresh == state.refresh_token,
        };
    let (status, body) = if granted { ("200 OK", state.grant(&grant)) } else { ("400 Bad Request", refusal()) };
    state.transcript.push(format!("{grant} {} -> {status} access_token=(redacted)", kind(&refresh)));
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    client.get_mut().write_all(format!("{head}{body}").as_bytes()).ok()
}

/// Which of the refresh tokens it was; they are numbered here.
fn kind(refresh: &str) -> String {
    if refresh.is_empty() { "client_secret=(redacted)".to_owned() } else { format!("refresh_token={refresh}") }
}

fn refusal() -> String {
    r#"{"error":"invalid_grant","error_description":"this token was used before"}"#.to_owned()
}

impl State {
    fn grant(&mut self, grant: &str) -> String {
        self.granted += 1;
        let key = if self.granted <= self.revoked { &b"another key"[..] } else { KEY };
        let access = token(self.user, key);
        let mut rotated = String::new();
        if grant == "refresh_token" {
            self.refresh_token = format!("refresh-{}", self.granted);
            rotated = format!(",\"refresh_token\":\"{}\"", self.refresh_token);
        }
        format!("{{\"token_type\":\"Bearer\",\"expires_in\":{LIFETIME_SECS},\"access_token\":\"{access}\"{rotated}}}")
    }
}

/// A JSON Web Token (RFC 7519) for a mailbox.
fn token(user: &str, key: &[u8]) -> String {
    let now = Clock::real().now().as_second();
    let claims = format!("{{\"email\":\"{user}\",\"sub\":\"{user}\",\"iat\":{now},\"exp\":{}}}", now + LIFETIME_SECS);
    let part = |bytes: &[u8]| base64(bytes, b'-', b'_', false);
    let signed = format!("{}.{}", part(br#"{"alg":"HS256","typ":"JWT"}"#), part(claims.as_bytes()));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", part(&mac.finalize().into_bytes()))
}

/// RFC 4648, with either alphabet.
fn base64(bytes: &[u8], plus: u8, slash: u8, padded: bool) -> String {
    let letters: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain([plus, slash]).collect();
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            if place <= group.len() {
                text.push(char::from(letters[(bits >> (18 - 6 * place)) as usize & 0x3f]));
            } else if padded {
                text.push('=');
            }
        }
    }
    text
}
