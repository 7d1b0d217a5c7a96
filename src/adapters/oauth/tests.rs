//! A token server of a few lines, and what we make of its answers.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;

use super::*;

/// Answers one request with each of these, and tells what was asked.
fn server(answers: &[(u16, &str)]) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let mut answers: VecDeque<_> = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
    let (tell, asked) = mpsc::channel();
    std::thread::spawn(move || {
        while let Some((status, body)) = answers.pop_front() {
            let mut client = BufReader::new(listener.accept().unwrap().0);
            let (mut line, mut length) = (String::new(), 0);
            while client.read_line(&mut line).unwrap() > 2 {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut form = vec![0; length];
            io::Read::read_exact(&mut client, &mut form).unwrap();
            tell.send(String::from_utf8(form).unwrap()).unwrap();
            let date = "Date: Fri, 01 May 2026 09:00:07 GMT";
            let head =
                format!("HTTP/1.1 {status} x\r\n{date}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            client.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    (url, asked)
}

fn client(token_url: String, grant: Grant) -> OAuthClient {
    OAuthClient {
        token_url,
        client_id: "app".to_owned(),
        client_secret: Some("app secret".into()),
        scope: "https://outlook.office365.com/.default".to_owned(),
        grant,
        extra_ca_file: None,
    }
}

fn refreshing(folder: &tempfile::TempDir) -> Grant {
    let file = folder.path().join("refresh");
    fs::write(&file, "first\n").unwrap();
    Grant::RefreshToken { file }
}

const GRANTED: &str = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"access-1"}"#;

#[tokio::test]
async fn one_token_is_asked_for_and_shared_until_it_is_refused() {
    let (url, asked) = server(&[(200, GRANTED), (200, &GRANTED.replace("access-1", "access-2"))]);
    let (client, tokens) = (client(url, Grant::ClientCredentials), Tokens::default());
    let (one, other) = tokio::join!(tokens.access(&client), tokens.access(&client));
    assert_eq!((one.unwrap().expose_secret(), other.unwrap().expose_secret()), ("access-1", "access-1"));
    assert_eq!(
        asked.recv().unwrap(),
        "grant_type=client_credentials&client_id=app&scope=https%3A%2F%2Foutlook.office365.com%2F.default&\
         client_secret=app+secret"
    );
    assert!(!tokens.discard(&"another".into()).await);
    assert!(tokens.discard(&"access-1".into()).await);
    assert_eq!(tokens.access(&client).await.unwrap().expose_secret(), "access-2");
}

#[tokio::test]
async fn the_time_is_told_by_whatever_answer() {
    let (url, _asked) = server(&[(405, "no")]);
    let time = client(url, Grant::ClientCredentials).time_of_server().await.unwrap();
    assert_eq!(time, "2026-05-01T09:00:07Z".parse().ok());
}

#[tokio::test]
async fn a_token_is_given_up_before_it_ends() {
    let short = |token: &str, secs: &str| GRANTED.replace("access-1", token).replace("3599", secs);
    let (url, _asked) = server(&[(200, &short("a", "0")), (200, &short("b", "\"3600\"")), (200, GRANTED)]);
    let (client, tokens) = (client(url, Grant::ClientCredentials), Tokens::default());
    for expected in ["a", "b", "b"] {
        assert_eq!(tokens.access(&client).await.unwrap().expose_secret(), expected);
    }
}

/// STANDARDS 48: a rotated refresh token that is not saved locks the mailbox out after 90 days.
#[tokio::test]
async fn a_new_refresh_token_is_kept_before_its_access_token_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let rotated = r#"{"access_token":"a","expires_in":0,"refresh_token":"second"}"#;
    let (url, asked) = server(&[(200, rotated), (200, rotated), (200, &rotated.replace("second", "third"))]);
    let client = client(url, refreshing(&folder));
    let file = folder.path().join("refresh");
    let tokens = Tokens::default();
    tokens.access(&client).await.unwrap();
    assert!(asked.recv().unwrap().ends_with("refresh_token=first"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "second\n");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // The second is used, and what replaces it.
    tokens.access(&client).await.unwrap();
    assert!(asked.recv().unwrap().ends_with("refresh_token=second"));

    // A folder in the way of the new file: nothing can be kept there.
    fs::create_dir(file.with_extension("new")).unwrap();
    let refused = Tokens::default().access(&client).await.err().unwrap();
    assert!(matches!(refused, OAuthError::NotKept { .. }) && refused.is_permanent(), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "second\n", "the old one stays in force");
}

#[tokio::test]
async fn refusals_are_told_from_faults_that_pass() {
    let said = |error: &str| format!(r#"{{"error":"{error}","error_description":"AADSTS7: no.\r\nTrace ID: 1"}}"#);
    for (status, body, permanent, says) in [
        (
            401,
            said("invalid_client"),
            true,
            "(invalid_client: AADSTS7: no.); check `client_id` and renew the client secret",
        ),
        (400, said("invalid_grant"), true, "let a person sign in again"),
        (400, said("invalid_scope"), true, "check `scope`"),
        (400, said("unsupported_grant_type"), true, "check `token_url`, `client_id` and `grant`"),
        (400, said("temporarily_unavailable"), false, "it is asked again"),
        (429, "{}".to_owned(), false, "status 429"),
        (503, "<html>".to_owned(), false, "not JSON"),
        (302, "{}".to_owned(), false, "status 302"),
        (200, "{}".to_owned(), false, "status 200"),
    ] {
        let (url, _asked) = server(&[(status, &body)]);
        let error = Tokens::default().access(&client(url, Grant::ClientCredentials)).await.err().unwrap();
        assert_eq!(error.is_permanent(), permanent, "{error}");
        assert!(error.to_string().contains(says) && !error.to_string().contains("Trace"), "{error}");
        let told = format!("{error} {error:?}");
        assert!(!told.contains("app secret"), "{told}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = "http://127.0.0.1:9/token".to_owned();
    let error = Tokens::default().access(&client(nobody.clone(), Grant::ClientCredentials)).await.err().unwrap();
    assert!(matches!(error, OAuthError::CannotReach { .. }) && !error.is_permanent(), "{error}");
    for text in ["", "\n", "two\nlines", &"x".repeat(20_000)] {
        let grant = refreshing(&folder);
        fs::write(folder.path().join("refresh"), text).unwrap();
        let error = Tokens::default().access(&client(nobody.clone(), grant)).await.err().unwrap();
        assert!(matches!(error, OAuthError::Unreadable { .. }), "{error}");
    }
}

#[test]
fn only_this_machine_is_asked_without_tls() {
    let local = ["http://127.0.0.1:80/t", "http://localhost:1", "http://[::1]:1/"];
    let others =
        ["http://login.example/t", "https://login.example", "http://localhost.example:1/", "http://127.0.0.1.evil:1"];
    assert!(local.iter().all(|url| is_local(url)) && !others.iter().any(|url| is_local(url)));
    let printed = format!("{:?}", client("https://login.example".to_owned(), Grant::ClientCredentials));
    assert!(!printed.contains("app secret"), "{printed}");
}
