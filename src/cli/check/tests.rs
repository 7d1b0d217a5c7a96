use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use super::incoming::{is_automatic, names};
use super::tenant::Tenant;
use super::*;
use crate::adapters::imap::NamedFolder;
use crate::adapters::reader::wire::Confinement;
use crate::adapters::scripted::{Scripted, script};
use crate::config::Expiry;
use crate::daemon::FREE_BYTES_LOW;

const TEXT: &str = r#"
outbox_folder = "out"
[[mailbox]]
name = "lsob"
address = "lsob@nhs.example"
team = "lsob"
maildir = "mail"
[[staff]]
name = "Amina"
address = "amina@nhs.example"
roles = ["sa"]
"#;

fn settings(folder: &Path, text: &str) -> Settings {
    Settings::from_text(&folder.join("assured.toml"), text, Secrets::Unseen).unwrap()
}

#[test]
fn what_is_missing_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), TEXT);
    let faults = |today| -> Vec<String> {
        let wrong = |check: Check| match check.outcome {
            Outcome::Wrong(why) => Some(why),
            Outcome::Right(_) | Outcome::Doubt(_) => None,
        };
        local::checks(&settings, today).into_iter().filter_map(wrong).collect()
    };
    assert!(matches!(faults(date(2026, 11, 23)).as_slice(), [only] if only.contains("nobody would be told")));
    assert!(faults(date(2028, 1, 1)).iter().any(|fault| fault.contains("gov.uk/bank-holidays.json")));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_disk_is_nearly_full_where_the_daemon_would_stop_taking_mail_in() {
    let wrong = local::space(FREE_BYTES_LOW - 1);
    assert!(matches!(&wrong, Outcome::Wrong(why) if why.contains("only 15 MiB") && why.contains("below 16 MiB")));
    assert!(matches!(local::space(FREE_BYTES_LOW), Outcome::Doubt(why) if why.contains("16 MiB are free")));
    assert_eq!(local::space(5 << 30), Outcome::Right("5120 MiB are free".to_owned()));
}

#[test]
fn what_does_not_confine_the_reader_is_named() {
    for (no_files, few_calls, wanted) in [
        (true, true, None),
        (true, false, Some("no seccomp")),
        (false, true, Some("no Landlock")),
        (false, false, Some("no Landlock and seccomp")),
    ] {
        match (reading::confined(Confinement { no_files, few_calls }), wanted) {
            (Outcome::Right(_), None) => {}
            (Outcome::Doubt(says), Some(wanted)) => assert!(says.contains(wanted), "{says}"),
            (outcome, _) => panic!("{outcome:?}"),
        }
    }
}

#[test]
fn a_clock_is_wrong_when_it_cannot_have_shown_what_the_server_did() {
    let before: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
    let secs = SignedDuration::from_secs;
    for (theirs, wanted) in
        [(-61, "61 seconds ahead"), (-60, "agrees"), (2, "agrees"), (70, "agrees"), (71, "61 seconds behind")]
    {
        let (Outcome::Right(said) | Outcome::Wrong(said) | Outcome::Doubt(said)) =
            connections::compared(before, before + secs(10), before + secs(theirs));
        assert!(said.contains(wanted), "{theirs}: {said}");
    }
}

#[test]
fn what_ends_within_two_weeks_is_shown_before_it_is_wrong() {
    let at: Timestamp = "2027-05-01T00:00:00Z".parse().unwrap();
    let expiry = || Some(Expiry { what: "client secret", at });
    let days = |days: i64| at - SignedDuration::from_hours(24 * days);
    let right = Outcome::Right("the client secret ends on 1 May 2027".to_owned());
    assert_eq!(connections::renewal(expiry(), days(15)), right);
    let soon = connections::renewal(expiry(), days(14));
    assert!(matches!(soon, Outcome::Doubt(says) if says.contains("ends on 1 May 2027: renew it")));
    let late = connections::renewal(expiry(), days(0));
    assert!(matches!(late, Outcome::Wrong(says) if says.contains("ended on 1 May 2027: renew it")));
    assert!(matches!(connections::renewal(None, at), Outcome::Right(_)));
}

#[test]
fn mail_of_people_is_what_carries_no_mark_of_ours() {
    for (header, automatic) in [
        ("Subject: x\r\nMessage-ID: <1@nhs.example>\r\n", false),
        ("AUTO-SUBMITTED : Auto-Replied; owner=x\r\n", true),
        ("Auto-Submitted: no (a person)\r\n", false),
        ("message-id: <assured.17.0.5f3a@nhs.example>\r\n", true),
        ("Subject: Auto-Submitted: yes\r\n", false),
        ("", false),
    ] {
        assert_eq!(is_automatic(header.as_bytes()), automatic, "{header}");
    }
}

#[test]
fn folders_are_named_as_they_are_to_be_configured_and_not_without_end() {
    let folder = |name: &str, is_for_sent| NamedFolder { name: name.to_owned(), is_for_sent };
    assert_eq!(names(&[folder("INBOX", false), folder("Sent", true)]), "\"INBOX\", \"Sent\" (for sent mail)");
    let many: Vec<_> = (0..32).map(|n| folder(&n.to_string(), false)).collect();
    assert!(names(&many).ends_with("\"29\", and 2 more"));
}

#[test]
fn people_get_a_line_and_programs_an_object() {
    let wrong = Check::wrong("login", "refused \u{1b}[2J").with_tenant(vec!["Set-CASMailbox".to_owned()]);
    let checks = [wrong, Check::new("clock", Outcome::Doubt("untold".to_owned())), Check::right("disk", "free")];
    for (json, wanted) in [
        (false, "✗ login: refused  [2J\n  → Set-CASMailbox\n! clock: untold\n✓ disk: free\n"),
        (
            true,
            "{\"check\":\"login\",\"ok\":false,\"says\":\"refused \\u001b[2J\",\"tenant\":[\"Set-CASMailbox\"]}\n\
             {\"check\":\"clock\",\"ok\":null,\"says\":\"untold\",\"tenant\":[]}\n\
             {\"check\":\"disk\",\"ok\":true,\"says\":\"free\",\"tenant\":[]}\n",
        ),
    ] {
        let mut out = Vec::new();
        let mut teller = Teller { out: &mut out, json, is_sound: true };
        teller.tell(&checks).unwrap();
        assert!(!teller.is_sound);
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }
    let mut teller = Teller { out: &mut Vec::new(), json: false, is_sound: true };
    teller.tell(&checks[1..]).unwrap();
    assert!(teller.is_sound, "a doubt is no fault");
}

fn exchange(grant: &str) -> String {
    format!(
        r#"
smtp = {{ host = "smtp.office365.com" }}
[[mailbox]]
name = "sa"
address = "sa@nhs.example"
team = "sa"
imap = {{ host = "outlook.office365.com", user = "sa.team@nhs.example"{grant}
[[staff]]
name = "Amina"
address = "amina@nhs.example"
roles = ["sa"]
"#
    )
}

const OAUTH: &str = "\n[mailbox.oauth]\ntoken_url = \"https://login.example/t\"\nclient_id = \"app-id\"\n";

#[test]
fn the_tenants_side_is_told_by_what_failed() {
    let folder = tempfile::tempdir().unwrap();
    let application = format!(" }}{OAUTH}grant = \"client-credentials\"\nclient_secret_env = \"ASSURED_TEST_UNSET\"\n");
    let person = format!(" }}{OAUTH}grant = \"refresh-token\"\nrefresh_token_file = \"token\"\n");
    let password = ", password_env = \"ASSURED_TEST_UNSET\" }".to_owned();
    type Asked = fn(&Tenant<'_>) -> Vec<String>;
    let disabled: Asked = |tenant| tenant.smtp_login("535 5.7.139 SmtpClientAuthentication is disabled for the Tenant");
    let cases: [(&String, Asked, &[&str]); 14] = [
        (&application, |tenant| tenant.token("invalid_client: AADSTS7000222: ended"), &["secret has ended"]),
        (&application, |tenant| tenant.token("invalid_client: AADSTS7000215: x"), &["not its Secret ID"]),
        (&application, |tenant| tenant.token("unauthorized_client: AADSTS700016: x"), &["Application (client) ID"]),
        (&application, |tenant| tenant.token("invalid_client: new words"), &["IMAP.AccessAsApp and SMTP.SendAsApp"]),
        (&person, |tenant| tenant.token("invalid_grant: AADSTS700082: x"), &["a person signs in again"]),
        (&person, |tenant| tenant.token("cannot connect"), &[]),
        (
            &application,
            |tenant| tenant.imap_login(),
            &[
                "IMAP.AccessAsApp",
                "New-ServicePrincipal -AppId app-id -ObjectId OBJECT-ID",
                "Add-MailboxPermission -Identity sa.team@nhs.example -User OBJECT-ID -AccessRights FullAccess",
                "Set-CASMailbox -Identity sa.team@nhs.example -ImapEnabled $true",
            ],
        ),
        (
            &person,
            |tenant| tenant.imap_login(),
            &["IMAP.AccessAsUser.All", "-User PERSON-WHO-SIGNED-IN", "-ImapEnabled $true"],
        ),
        (&password, |tenant| tenant.imap_login(), &["[mailbox.oauth]"]),
        (
            &application,
            |tenant| tenant.folder("the server refused EXAMINE (User is authenticated but not connected.)"),
            &["`user` (sa.team@nhs.example)", "Add-MailboxPermission", "-ImapEnabled $true"],
        ),
        (&application, |tenant| tenant.folder("the server refused EXAMINE (no such folder)"), &[]),
        (&application, disabled, &["-SmtpClientAuthenticationDisabled $false"]),
        (
            &application,
            |tenant| tenant.send(),
            &["Add-RecipientPermission -Identity sa@nhs.example -Trustee OBJECT-ID -AccessRights SendAs"],
        ),
        (
            &password,
            |tenant| tenant.sent(),
            &["-MessageCopyForSentAsEnabled $true -MessageCopyForSendOnBehalfEnabled $true"],
        ),
    ];
    for (grant, asked, wanted) in cases {
        let settings = settings(folder.path(), &exchange(grant));
        let address = &settings.policy.mailboxes[0].address;
        let told = asked(&Tenant::of(&settings.mailboxes[0], address).unwrap());
        assert_eq!(told.len(), wanted.len(), "{told:?}, wanted {wanted:?}");
        assert!(told.iter().zip(wanted).all(|(line, part)| line.contains(part)), "{told:?}, wanted {wanted:?}");
    }
    let elsewhere = exchange(&password).replace("office365.com", "nhs.example");
    let settings = settings(folder.path(), &elsewhere);
    assert!(Tenant::of(&settings.mailboxes[0], &settings.policy.mailboxes[0].address).is_none());
}

/// Answers every request so, for as long as the test runs.
fn token_server(status: u16, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let mut client = BufReader::new(client);
            let (mut line, mut length) = (String::new(), 0);
            while client.read_line(&mut line).unwrap() > 2 {
                let is_length = line.to_lowercase().starts_with("content-length:");
                length = if is_length { line[15..].trim().parse().unwrap() } else { length };
                line.clear();
            }
            std::io::Read::read_exact(&mut client, &mut vec![0; length]).unwrap();
            let head = "Date: Fri, 01 May 2026 09:00:07 GMT\r\nConnection: close";
            let length = body.len();
            write!(client.get_mut(), "HTTP/1.1 {status} x\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}")
                .unwrap();
        }
    });
    url
}

/// What is told of a mailbox with access tokens, on a server that plays these after it was looked for.
async fn told(token_url: &str, scripts: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "the-app-secret").unwrap();
    let scripts = [""].iter().chain(scripts).map(|text| script(text)).collect();
    let server = Scripted::play(scripts).await;
    let text = TEXT.replace(
        "maildir = \"mail\"",
        &format!(
            "imap = {{ host = \"127.0.0.1\", port = {}, tls = \"none\", user = \"lsob@nhs.example\" }}\n[mailbox.oauth]\n\
             token_url = \"{token_url}\"\nclient_id = \"app-id\"\ngrant = \"client-credentials\"\n\
             client_secret_file = \"secret\"",
            server.port
        ),
    );
    let mut out = Vec::new();
    let mut teller = Teller { out: &mut out, json: false, is_sound: true };
    connections::tell(&settings(folder.path(), &text), &mut teller).await.unwrap();
    assert!(!teller.is_sound);
    server.heard().await;
    let told = String::from_utf8(out).unwrap();
    assert!(!told.contains("the-app-secret"), "{told}");
    told.lines().map(str::to_owned).collect()
}

/// The beginnings, in order, with the lines before and between left out.
fn assert_told(told: &[String], wanted: &[&str]) {
    let mut rest = told.iter();
    for start in wanted {
        assert!(rest.any(|line| line.starts_with(start)), "{start:?} is not there, or not in its place:\n{told:#?}");
    }
}

const GRANTED: &str = r#"{"access_token":"a","expires_in":3599}"#;
const XOAUTH2: &str = "S: * OK ready
    C: CAPABILITY
    S: * CAPABILITY IMAP4rev1 AUTH=XOAUTH2
    S: $ OK done
    C: A0001 AUTHENTICATE XOAUTH2
    S: +
    C: dXNlcj1sc29iQG5ocy5leGFtcGxlAWF1dGg9QmVhcmVyIGEBAQ==";

#[tokio::test]
async fn a_token_that_is_not_granted_is_told_and_no_login_is_tried_without() {
    let refused = r#"{"error":"invalid_client","error_description":"AADSTS7000222: The keys have expired."}"#;
    let told = told(&token_server(401, refused), &[]).await;
    let wanted = [
        "✗ clock of this machine: ",
        "✗ mailbox lsob, access token: ",
        "  → The client secret has ended",
        "✓ mailbox lsob, server",
    ];
    assert_told(&told, &wanted);
    assert!(!told.iter().any(|line| line.contains("login at")), "{told:#?}");
}

#[tokio::test]
async fn a_token_that_the_mailbox_refuses_is_told_with_the_tenants_side() {
    let refused = format!("{XOAUTH2}\nS: A0001 NO AUTHENTICATE failed.");
    // Once more with a new token, as the daemon would.
    let told = told(&token_server(200, GRANTED), &[&refused, &refused]).await;
    let wanted = [
        "✓ mailbox lsob, access token: granted",
        "✗ mailbox lsob, login at 127.0.0.1: ",
        "  → App registrations, API permissions: application permissions IMAP.AccessAsApp",
        "  → New-ServicePrincipal -AppId app-id",
        "  → Add-MailboxPermission -Identity lsob@nhs.example",
        "  → Set-CASMailbox",
    ];
    assert_told(&told, &wanted);
}

#[tokio::test]
async fn a_mailbox_that_is_authenticated_but_not_connected_is_told_with_the_tenants_side() {
    let refusal = "S: $ BAD User is authenticated but not connected.";
    let capability = "C: CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: $ OK done";
    let folders = format!("C: EXAMINE\n{refusal}\n").repeat(3);
    let script =
        format!("{XOAUTH2}\nS: A0001 OK in\n{capability}\n{capability}\n{folders}C: LOGOUT\nS: * BYE\nS: $ OK");
    let told = told(&token_server(200, GRANTED), &[&script]).await;
    let wanted = [
        "✓ mailbox lsob, news of new mail: seen at each poll only",
        "✗ mailbox lsob, folder \"INBOX\": ",
        "  → The login was good and the mailbox was not",
        "  → Add-MailboxPermission",
        "✗ mailbox lsob, folder \"Junk Email\": ",
        "✗ mailbox lsob, folder \"Sent Items\": ",
    ];
    assert_told(&told, &wanted);
}

#[test]
fn how_anybody_would_notice_that_mail_does_not_come_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let says = |text: &str| -> Vec<String> {
        let settings = settings(folder.path(), &TEXT.replace("outbox_folder = \"out\"", text));
        let line = |check: Check| match check.outcome {
            Outcome::Right(says) => format!("✓ {}: {says}", check.what),
            Outcome::Doubt(says) => format!("! {}: {says}", check.what),
            Outcome::Wrong(says) => format!("✗ {}: {says}", check.what),
        };
        vigil::checks(&settings).into_iter().map(line).collect()
    };
    let none = says("outbox_folder = \"out\"");
    assert!(
        none[0].starts_with("! silence in mailbox lsob") && none[2].contains("nobody, until somebody looks"),
        "{none:?}"
    );
    assert!(
        none[1].starts_with("✓")
            && says("[smtp]\nhost = \"smtp.nhs.example\"")[1].starts_with("! messages to ourselves")
    );
    let set = "[smtp]\nhost = \"smtp.nhs.example\"\n[canary]\nevery_minutes = 60\n[alarm]\ncommand = [\"page\", \"now\"]\n\
               heartbeat_file = \"none/beat\"";
    let program = folder.path().join("page");
    assert!(says(set)[2].contains("page cannot be found"), "{:?}", says(set));
    std::fs::write(&program, "#!/bin/sh").unwrap();
    assert!(says(set)[2].contains("page is not executable"), "{:?}", says(set));
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let lines = says(set);
    assert!(
        lines[1].starts_with("✓") && lines[1].contains("every 60 minutes in office hours, late after 30"),
        "{lines:?}"
    );
    assert!(lines[2].starts_with("✓") && lines[3].contains("none is no folder"), "{lines:?}");
}
