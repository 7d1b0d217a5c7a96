//! What a server may answer, and what we make of it. Numbers such as F5 are those of the project's list of standards.

mod staying;

use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::adapters::credential::Credential;
use crate::adapters::scripted::{Scripted, Step, script};
use crate::domain::ids::MessageId;

const GREETING: &str = "S: * OK ready";
const LOGIN: &str = "C: CAPABILITY
    S: * CAPABILITY IMAP4rev1 AUTH=PLAIN
    S: $ OK done
    C: LOGIN \"sa@nhs.example\" \"pass \\\"word\\\\\"
    S: $ OK [CAPABILITY IMAP4rev1] in
    C: CAPABILITY
    S: * CAPABILITY IMAP4rev1 IDLE
    S: $ OK done";
const EXAMINE: &str = "C: EXAMINE \"INBOX\"
    S: * 3 EXISTS
    S: * OK [UIDVALIDITY 77] valid
    S: * OK [UIDNEXT 10] next
    S: $ OK [READ-ONLY] opened";

/// Patient, as the machine may be busy, unless the server is going to be silent.
fn account(server: &Scripted, tls: Tls) -> ImapAccount {
    let secs = if server.hangs { 1 } else { 20 };
    ImapAccount {
        host: "localhost".to_owned(),
        port: server.port,
        tls,
        user: "sa@nhs.example".to_owned(),
        credential: Credential::Password("pass \"word\\".into()),
        extra_ca_file: Some(server.ca_file.clone()),
        timeouts: ImapTimeouts { connect_secs: secs, command_secs: secs, fetch_secs: secs },
    }
}

/// Logs in to a server that goes on with `steps` after login and EXAMINE.
async fn opened(steps: Vec<Step>) -> (Scripted, ImapSession) {
    let server = Scripted::play(vec![[script(GREETING), script(LOGIN), script(EXAMINE), steps].concat()]).await;
    let mut session = ImapSession::connect(&account(&server, Tls::None)).await.unwrap();
    let opened = session.examine("INBOX").await.unwrap();
    assert_eq!(opened, Opened { uid_validity: 77, uid_next: Some(10), exists: 3 });
    (server, session)
}

async fn refused_at_connect(text: &str, tls: Tls) -> (ImapError, Vec<String>) {
    let server = Scripted::play(vec![script(text)]).await;
    let error = ImapSession::connect(&account(&server, tls)).await.err().expect("no session");
    (error, server.heard().await)
}

#[tokio::test]
async fn every_way_of_not_getting_in_is_told_apart() {
    let before_login = LOGIN.split("S: $ OK [CAP").next().unwrap().to_owned();
    let cases = [
        ("S: * BYE too many connections".to_owned(), "turned us away: too many connections", false),
        ("S: * PREAUTH welcome".to_owned(), "did not greet as one that takes logins", false),
        ("S: 220 smtp.example ESMTP".to_owned(), "did not greet as one that takes logins", false),
        (String::new(), "the connection was lost", false),
        ("HANG".to_owned(), "connecting within 1 seconds", false),
        (
            format!("{GREETING}\n{before_login}\nS: $ NO [AUTHENTICATIONFAILED] no"),
            "refused ([AUTHENTICATIONFAILED] no)",
            true,
        ),
        (
            format!("{GREETING}\n{before_login}\nS: $ NO [UNAVAILABLE] later"),
            "refused LOGIN ([UNAVAILABLE] later)",
            false,
        ),
        (format!("{GREETING}\n{before_login}\nS: $ BAD no"), "refused LOGIN (no)", false),
        (format!("{GREETING}\n{before_login}"), "the connection was lost", false),
        (format!("{GREETING}\n{before_login}\nHANG"), "connecting within 1 seconds", false),
        (format!("{GREETING}\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1 LOGINDISABLED\nS: $ OK"), "LOGINDISABLED", true),
    ];
    join_all(cases.map(async |(text, wanted, permanent)| {
        let (error, _) = refused_at_connect(&text, Tls::None).await;
        let said = error.to_string();
        assert!(said.contains(wanted) && said.contains("imap localhost:"), "{text}: {said}");
        assert!(!said.contains("pass \"word"), "the password must not be told: {said}");
        assert_eq!(error.is_permanent(), permanent, "{said}");
    }))
    .await;
}

#[tokio::test]
async fn a_password_is_never_sent_when_starttls_does_not_happen() {
    for answer in ["S: $ NO not now", "S: $ BAD what", "S: $ OK go\nS: * OK in plain text"] {
        let (error, heard) = refused_at_connect(&format!("{GREETING}\nC: STARTTLS\n{answer}"), Tls::StartTls).await;
        assert!(matches!(error, ImapError::Tls { .. }), "{answer}: {error}");
        assert_eq!(heard, ["P STARTTLS"]);
    }
}

#[tokio::test]
async fn plain_text_slipped_in_before_the_handshake_is_not_taken_for_an_answer() {
    let injected = "S: $ OK go\nS: P OK\nS: A0001 OK logged in\nTLS";
    let (error, heard) = refused_at_connect(&format!("{GREETING}\nC: STARTTLS\n{injected}"), Tls::StartTls).await;
    assert!(matches!(error, ImapError::Tls { .. }), "{error}");
    assert_eq!(heard, ["P STARTTLS"]);
}

#[tokio::test]
async fn tls_works_from_the_first_byte_and_by_starttls() {
    for (tls, start) in
        [(Tls::Implicit, format!("TLS\n{GREETING}")), (Tls::StartTls, format!("{GREETING}\nC: STARTTLS\nS: $ OK\nTLS"))]
    {
        let server = Scripted::play(vec![[script(&start), script(LOGIN), script(EXAMINE)].concat()]).await;
        let mut session = ImapSession::connect(&account(&server, tls)).await.unwrap();
        assert_eq!(session.examine("INBOX").await.unwrap().uid_validity, 77);
        server.heard().await;
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let server = Scripted::play(vec![script("TLS")]).await;
    let other = Scripted::play(Vec::new()).await;
    let account = ImapAccount { extra_ca_file: Some(other.ca_file.clone()), ..account(&server, Tls::Implicit) };
    let error = ImapSession::connect(&account).await.err().expect("no session");
    assert!(matches!(error, ImapError::Tls { .. }) && error.to_string().contains("`extra_ca_file`"), "{error}");
}

#[tokio::test]
async fn refusals_are_not_mistaken_for_an_empty_folder() {
    for answer in ["NO backend is busy", "BAD unknown"] {
        let steps = script(&format!(
            "C: UID FETCH 4:*
             S: $ {answer}
             C: UID FETCH 7 (UID BODY.PEEK[])
             S: $ {answer}
             C: UID SEARCH HEADER Message-ID \"<a@b>\"
             S: $ {answer}
             C: NOOP
             S: $ {answer}
             C: UID FETCH 10:*
             S: $ OK"
        ));
        let (server, mut session) = opened(steps).await;
        let errors = [
            session.list_from(4).await.err(),
            session.fetch(&[7], 100).await.err(),
            session.search_message_id(&MessageId::new("a@b").unwrap()).await.err(),
            session.noop().await.err(),
        ];
        for error in errors {
            let error = error.expect("a refusal");
            assert!(matches!(error, ImapError::CommandRefused { .. }), "{error}");
            assert!(error.to_string().contains("folder \"INBOX\""), "{error}");
        }
        // The failed listing is made up for, though no message was announced since.
        assert_eq!(session.list_from(10).await.unwrap(), []);
        server.heard().await;
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_an_answer_gives_an_error_and_stays_unusable() {
    for cut in
        ["", "S: * 1 FETCH (UID 4 INTERNALDATE \"22-Nov-2026 10:00:00 +0000\" RFC822.SIZE 5)", "S: * BYE shutting down"]
    {
        let (_server, mut session) = opened(script(&format!("C: UID FETCH\n{cut}"))).await;
        let error = session.list_from(1).await.unwrap_err();
        assert!(error.is_end_of_connection(), "{cut}: {error}");
        assert!(matches!(session.noop().await, Err(ImapError::ConnectionLost { .. })));
    }
    let mid_line =
        [script("C: UID FETCH"), vec![Step::Bytes(b"* 1 FETCH (UID 4 BODY[] {50}\r\nhal".to_vec())]].concat();
    let (_server, mut session) = opened(mid_line).await;
    assert!(matches!(session.fetch(&[4], 100).await, Err(ImapError::ConnectionLost { .. })));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_an_error_without_its_text() {
    let (_server, mut session) = opened(script("C: UID FETCH\nS: * 1 FETCH (((private words")).await;
    let error = session.fetch(&[4], 100).await.unwrap_err();
    assert!(matches!(error, ImapError::Unexpected { .. }), "{error}");
    assert!(!format!("{error:?}").contains("private"), "{error:?}");
}

#[tokio::test]
async fn silence_ends_at_the_deadline_and_a_late_answer_is_not_misread() {
    let (_server, mut session) = opened(script("C: UID FETCH\nS: * 1 FETCH (UID 4)\nHANG")).await;
    let error = session.list_from(1).await.unwrap_err();
    assert!(error.to_string().contains("UID FETCH within 1 seconds"), "{error}");
    assert!(matches!(session.noop().await, Err(ImapError::ConnectionLost { .. })));
}

#[tokio::test]
async fn a_caller_that_goes_away_mid_command_leaves_no_half_answer_behind() {
    let (_server, mut session) = opened(script("C: NOOP\nHANG")).await;
    assert!(tokio::time::timeout(Duration::from_millis(50), session.noop()).await.is_err());
    assert!(matches!(session.list_from(1).await, Err(ImapError::ConnectionLost { .. })));
}

#[tokio::test]
async fn listing_keeps_new_messages_only_and_sees_through_news() {
    // F5: `n:*` brings back the last old message. F4: other news come at any time.
    let steps = script(
        "C: UID FETCH 6:* (UID INTERNALDATE RFC822.SIZE)
         S: * 2 FETCH (UID 9 INTERNALDATE \" 1-Nov-2026 09:30:00 +0000\" RFC822.SIZE 4321)
         S: * 4 EXISTS
         S: * 1 EXPUNGE
         S: * 1 FETCH (FLAGS (\\Seen))
         S: * 1 FETCH (UID 5 INTERNALDATE \"31-Oct-2026 09:30:00 +0000\" RFC822.SIZE 99)
         S: * OK [ALERT] quota nearly full
         S: * 3 FETCH (UID 7 FLAGS () RFC822.SIZE 12 INTERNALDATE \"long ago\")
         S: $ OK done
         C: UID FETCH 10:*
         S: * 4 FETCH (UID 9 INTERNALDATE \" 1-Nov-2026 09:30:00 +0000\" RFC822.SIZE 4321)
         S: $ OK done
         C: NOOP
         S: $ OK",
    );
    let (server, mut session) = opened(steps).await;
    let received_at = "2026-11-01T09:30:00Z".parse().ok();
    let expected = [Listed { uid: 7, received_at: None, bytes: 12 }, Listed { uid: 9, received_at, bytes: 4321 }];
    assert_eq!(session.list_from(6).await.unwrap(), expected);
    // EXISTS came in the middle, so the next look asks although the UID is the next one; the third need not.
    assert_eq!(session.list_from(10).await.unwrap(), []);
    assert_eq!(session.list_from(10).await.unwrap(), []);
    server.heard().await;
}

#[tokio::test]
async fn a_quiet_folder_costs_a_noop_until_a_message_is_announced() {
    let steps = script(
        "C: NOOP
         S: $ OK
         C: NOOP
         S: * 4 EXISTS
         S: $ OK
         C: UID FETCH 10:*
         S: * 4 FETCH (UID 10 INTERNALDATE \"22-Nov-2026 10:00:00 +0100\" RFC822.SIZE 5)
         S: $ OK",
    );
    let (server, mut session) = opened(steps).await;
    assert_eq!(session.list_from(10).await.unwrap(), []);
    let received_at = "2026-11-22T09:00:00Z".parse().ok();
    assert_eq!(session.list_from(10).await.unwrap(), [Listed { uid: 10, received_at, bytes: 5 }]);
    server.heard().await;
}

#[tokio::test]
async fn bodies_arrive_byte_for_byte_and_missing_ones_are_absent() {
    let odd: Vec<u8> = (0..=255).chain(*b"\r\n)\r\nA0005 OK done\r\n").collect();
    let literal = |uid: u32, bytes: &[u8]| {
        [format!("* 1 FETCH (UID {uid} BODY[] {{{}}}\r\n", bytes.len()).as_bytes(), bytes, b")\r\n"].concat()
    };
    let steps = [
        script("C: UID FETCH 3:4,6:7 (UID BODY.PEEK[])\nS: * 9 EXISTS"),
        vec![
            Step::Bytes(literal(4, &odd)),
            Step::Bytes(literal(8, b"not asked for")),
            Step::Bytes(literal(7, b"12345")),
        ],
        script("S: * 1 EXPUNGE\nS: * 5 FETCH (UID 6 BODY[] NIL)\nS: $ OK done"),
    ]
    .concat();
    let (server, mut session) = opened(steps).await;
    let whole = |uid, raw: &[u8]| Fetched::Whole { uid, raw: raw.to_vec() };
    let fetched = session.fetch(&[7, 6, 4, 3], odd.len() as u64).await.unwrap();
    assert_eq!(fetched, [whole(4, &odd), whole(6, b""), whole(7, b"12345")]);
    server.heard().await;
}

#[tokio::test]
async fn a_message_larger_than_allowed_is_named_not_returned() {
    let (_server, mut session) =
        opened(script("C: UID FETCH 4\nS: * 1 FETCH (UID 4 BODY[] \"123456\")\nS: $ OK")).await;
    assert_eq!(session.fetch(&[4], 5).await.unwrap(), [Fetched::TooLarge { uid: 4, bytes: 6 }]);
    assert_eq!(session.fetch(&[], 5).await.unwrap(), []);
}

#[tokio::test]
async fn headers_are_asked_for_in_batches() {
    let steps = script(
        "C: UID FETCH 1:200 (UID BODY.PEEK[HEADER])
         S: * 1 FETCH (UID 1 BODY[HEADER] \"Subject: x\")
         S: $ OK
         C: UID FETCH 201:400
         S: $ OK
         C: UID FETCH 401:450
         S: * 1 FETCH (UID 450 BODY[HEADER] \"Subject: y\")
         S: $ OK",
    );
    let (server, mut session) = opened(steps).await;
    let uids: Vec<u32> = (1..=450).collect();
    let headers = [(1, b"Subject: x".to_vec()), (450, b"Subject: y".to_vec())];
    assert_eq!(session.headers(&uids).await.unwrap(), headers);
    server.heard().await;
}

#[tokio::test]
async fn a_message_id_is_searched_for_without_letting_it_out_of_its_quotes() {
    let steps = script(
        "C: UID SEARCH HEADER Message-ID \"<a\\\"b@c>\"
         S: * SEARCH 4 9
         S: $ OK
         C: UID SEARCH
         S: * SEARCH
         S: $ OK
         C: LOGOUT
         S: * BYE see you
         S: $ OK",
    );
    let (server, mut session) = opened(steps).await;
    let found = session.search_message_id(&MessageId::new("a\"b@c").unwrap()).await.unwrap();
    assert!(!found.is_empty());
    assert_eq!(session.search_message_id(&MessageId::new("other@c").unwrap()).await.unwrap(), [0_u32; 0]);
    let hostile = MessageId::new("a\r\nA1 DELETE INBOX").unwrap();
    assert!(matches!(session.search_message_id(&hostile).await, Err(ImapError::Unexpected { .. })));
    session.logout().await;
    server.heard().await;
}

#[tokio::test]
async fn a_folder_must_exist_and_keep_its_numbers() {
    let examine = "C: EXAMINE \"Gel&APY-scht\"\nS: $ NO no such folder\nC: EXAMINE \"INBOX\"\nS: * 3 EXISTS\nS: $ OK";
    let (server, mut session) = opened(script(examine)).await;
    let error = session.examine("Gelöscht").await.unwrap_err();
    assert!(error.to_string().contains("folder \"Gelöscht\": the server refused EXAMINE (no such folder)"), "{error}");
    assert!(matches!(session.examine("INBOX").await, Err(ImapError::Unexpected { .. })));
    server.heard().await;
}

#[tokio::test]
async fn a_survey_names_folders_as_the_configuration_does_and_reads_the_latest_headers() {
    let steps = script(
        "C: CAPABILITY
         S: * CAPABILITY IMAP4rev1 idle AUTH=PLAIN MOVE
         S: $ OK done
         C: LIST \"\" \"*\"
         S: * LIST (\\HasNoChildren) \"/\" INBOX
         S: * LIST (\\HasNoChildren \\Sent) \"/\" \"Gesendete Objekte &IBM- &AOQ-\"
         S: * LIST (\\Noselect) \"/\" \"Public\"
         S: $ OK done
         C: UID SEARCH 2:*
         S: * SEARCH 8 9
         S: $ OK done
         C: UID FETCH 8:9 (UID BODY.PEEK[HEADER])
         S: * 3 FETCH (UID 9 BODY[HEADER] \"Subject: y\")
         S: $ OK done",
    );
    let (server, mut session) = opened(steps).await;
    assert_eq!(session.capabilities().await.unwrap(), ["IMAP4REV1", "IDLE", "MOVE"]);
    let named = |name: &str, is_for_sent| NamedFolder { name: name.to_owned(), is_for_sent };
    assert_eq!(
        session.folders().await.unwrap(),
        [named("INBOX", false), named("Gesendete Objekte \u{2013} \u{e4}", true)]
    );
    let opened = Opened { uid_validity: 77, uid_next: Some(10), exists: 3 };
    assert_eq!(session.latest_headers(opened, 2).await.unwrap(), [b"Subject: y".to_vec()]);
    assert!(session.latest_headers(Opened { exists: 0, ..opened }, 2).await.unwrap().is_empty());
    server.heard().await;
}

#[tokio::test]
async fn a_survey_that_is_refused_is_not_an_empty_one() {
    let refusals = "C: CAPABILITY\nS: $ BAD no\nC: LIST\nS: $ NO no\nC: UID SEARCH 1:*\nS: $ NO no";
    let (server, mut session) = opened(script(refusals)).await;
    let refused = [
        session.capabilities().await.err(),
        session.folders().await.err(),
        session.latest_headers(Opened { uid_validity: 77, uid_next: None, exists: 1 }, 200).await.err(),
    ];
    assert!(refused.iter().all(|error| matches!(error, Some(ImapError::CommandRefused { .. }))), "{refused:?}");
    server.heard().await;
}
