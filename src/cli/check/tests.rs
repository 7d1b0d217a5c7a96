use std::path::Path;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use super::incoming::{is_automatic, names};
use super::tenant::Tenant;
use super::*;
use crate::adapters::imap::NamedFolder;
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
        teller.tell(&checks[1..]).unwrap();
        assert!(teller.is_sound, "a doubt is no fault");
        teller.out.flush().unwrap();
        let mut out = Vec::new();
        let mut teller = Teller { out: &mut out, json, is_sound: true };
        teller.tell(&checks).unwrap();
        assert!(!teller.is_sound);
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }
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
