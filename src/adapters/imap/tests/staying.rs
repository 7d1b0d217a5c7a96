//! Staying connected: announcements, rests that a server asks for, and connections that end anywhere.

use super::*;

/// F6. What was announced is heard again at the next look, and the IDLE ends with the next command.
#[tokio::test]
async fn the_server_announces_mail_and_the_next_command_ends_the_idle() {
    let steps = script(
        "C: A0004 IDLE
         S: + idling
         S: * OK still here
         S: * 4 EXISTS
         C: DONE
         S: A0004 OK done
         C: A0005 UID FETCH 10:*
         S: * 4 FETCH (UID 10 INTERNALDATE \"22-Nov-2026 10:00:00 +0100\" RFC822.SIZE 5)
         S: A0005 OK done
         C: A0006 NOOP
         S: A0006 OK done",
    );
    let (server, mut session) = opened(steps).await;
    session.news().await.unwrap();
    assert_eq!(session.list_from(10).await.unwrap().len(), 1);
    assert_eq!(session.list_from(11).await.unwrap(), []);
    server.heard().await;
}

#[tokio::test]
async fn whoever_stops_waiting_for_news_leaves_the_connection_in_step() {
    // Before the server accepts the IDLE, and after.
    for accepted_late in [true, false] {
        let steps = match accepted_late {
            true => "C: A0004 IDLE\nPAUSE\nS: + idling\nC: DONE",
            false => "C: A0004 IDLE\nS: + idling\nC: DONE",
        };
        let steps = format!(
            "{steps}\nC: A0005 NOOP\nS: * 4 EXISTS\nS: A0004 OK done\nS: A0005 OK done\nC: A0006 UID FETCH\nS: A0006 OK"
        );
        let (server, mut session) = opened(script(&steps)).await;
        assert!(tokio::time::timeout(Duration::from_millis(50), session.news()).await.is_err());
        assert_eq!(session.list_from(10).await.unwrap(), []);
        server.heard().await;
    }
}

#[tokio::test]
async fn a_server_that_will_not_announce_is_not_asked_again() {
    for answer in ["S: A0004 NO not here", "S: A0004 BAD what", "S: + idling\nS: A0004 OK enough"] {
        let steps = format!("C: A0004 IDLE\n{answer}\nC: A0005 NOOP\nS: A0005 OK\nC: A0006 NOOP\nS: A0006 OK");
        let (server, mut session) = opened(script(&steps)).await;
        for _ in 0..2 {
            assert!(tokio::time::timeout(Duration::from_millis(50), session.news()).await.is_err(), "{answer}");
            session.noop().await.unwrap();
        }
        server.heard().await;
    }
}

/// DEPENDENCIES fact 2: the crate takes the end of a connection for an interruption.
#[tokio::test]
async fn an_end_of_the_connection_is_no_news() {
    for end in ["", "S: + idling", "S: + idling\nS: * BYE Connection closed. 14"] {
        let (_server, mut session) = opened(script(&format!("C: IDLE\n{end}"))).await;
        assert!(session.news().await.is_err_and(|error| error.is_end_of_connection()), "{end}");
        assert!(session.noop().await.is_err());
    }
}

#[tokio::test]
async fn throttling_and_a_missing_mailbox_are_told_from_other_refusals() {
    let throttled = "S: $ BAD Request is throttled. Suggested Backoff Time: 89117 milliseconds";
    let (_server, mut session) = opened(script(&format!("C: UID FETCH\n{throttled}"))).await;
    assert_eq!(session.list_from(1).await.unwrap_err().rest_secs(), Some(90));
    let goodbye = "S: * BYE Request is throttled. Suggested Backoff Time: 1000 milliseconds";
    let (_server, mut session) = opened(script(&format!("C: NOOP\n{goodbye}"))).await;
    assert_eq!(session.noop().await.unwrap_err().rest_secs(), Some(1));
    let (_server, mut session) =
        opened(script("C: EXAMINE\nS: $ BAD User is authenticated but not connected.\nS: * BYE Connection closed. 14"))
            .await;
    let error = session.examine("Sent Items").await.unwrap_err();
    assert!(matches!(error, ImapError::NoMailboxBehind { .. }) && error.to_string().contains("full access"), "{error}");
}

/// Whatever byte is the last to arrive: an error, or all of it. Never a part that looks whole.
#[tokio::test]
async fn a_connection_cut_between_any_two_bytes_is_an_error() {
    let steps = [
        script(GREETING),
        script(LOGIN),
        script(EXAMINE),
        script(
            "C: UID FETCH 4:*
             S: * 2 FETCH (UID 9 INTERNALDATE \"22-Nov-2026 10:00:00 +0000\" RFC822.SIZE 12)
             S: * 3 FETCH (UID 10 INTERNALDATE \"22-Nov-2026 10:00:01 +0000\" RFC822.SIZE 12)
             S: $ OK done
             C: UID FETCH 9:10 (UID BODY.PEEK[])",
        ),
        vec![Step::Bytes(b"* 2 FETCH (UID 9 BODY[] {12}\r\nSubject: x\r\n)\r\n".to_vec())],
        script("S: * 3 FETCH (UID 10 BODY[] \"Subject: y..\")\nS: $ OK done"),
    ]
    .concat();
    let server = Scripted::play_cut((0..1_000).map(|bytes| (steps.clone(), bytes)).collect()).await;
    let attempt = async |bytes: usize| {
        let mut session = ImapSession::connect(&account(&server, Tls::None)).await?;
        session.examine("INBOX").await?;
        let listed = session.list_from(4).await?;
        let uids: Vec<u32> = listed.iter().map(|listed| listed.uid).collect();
        assert_eq!(uids, [9, 10], "cut after {bytes} bytes");
        let fetched = session.fetch(&uids, 100).await?;
        assert_eq!(fetched.len(), 2, "cut after {bytes} bytes");
        Ok::<_, ImapError>(())
    };
    let mut bytes = 0;
    while let Err(error) = attempt(bytes).await {
        assert!(!error.is_permanent(), "cut after {bytes} bytes: {error}");
        bytes += 1;
    }
    assert!(bytes > 500, "whole after {bytes} bytes");
}
