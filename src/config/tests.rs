use std::fs;
use std::path::Path;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::section::Source;
use super::*;
use crate::adapters::alarm::AlarmProgram;
use crate::adapters::clamd::ClamdAddress;
use crate::adapters::oauth::Grant;
use crate::domain::effect::LetterKind;
use crate::domain::policy::{CanaryPlan, Level, Reminders, Team};

const SHIPPED: &str = include_str!("../../config/assured.toml");
const NOT_SET: &str = "# not set";

/// As short as a sound configuration can be. It ends inside the mailbox, so that tests can add to it.
const SHORT: &str = r#"
outbox_folder = "out"
[[staff]]
name = "Amina"
address = "amina@nhs.example"
roles = ["sa"]
[[mailbox]]
name = "sa"
address = "sa@nhs.example"
team = "sa"
maildir = "mail"
"#;

fn parse(text: &str) -> Result<Settings, Vec<Fault>> {
    Settings::from_text(Path::new("conf/assured.toml"), text, Secrets::Unseen)
}

#[track_caller]
fn sound(text: &str) -> Settings {
    parse(text).unwrap_or_else(|faults| panic!("{}", listed(&faults)))
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("{fault}\n")).collect()
}

/// The faults of a text must be these, each as a part of its line.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found = listed(&parse(text).err().unwrap_or_default());
    for part in expected {
        assert!(found.lines().any(|line| line.contains(part)), "no fault says {part:?}; found:\n{found}");
    }
    assert_eq!(found.lines().count(), expected.len(), "{found}");
}

/// The setting on a line that is commented out, if it is one.
fn commented(line: &str) -> Option<&str> {
    let setting = line.strip_prefix('#')?;
    let starts = setting.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c == '[');
    (starts && (setting.contains(" = ") || setting.starts_with('['))).then_some(setting)
}

fn shipped_with(choose: impl Fn(&str) -> bool) -> String {
    let line = |line: &'static str| commented(line).filter(|setting| choose(setting)).unwrap_or(line);
    SHIPPED.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_default_in_the_shipped_file_is_the_real_default() {
    let defaults_written_out = shipped_with(|setting| !setting.contains(NOT_SET));
    assert!(defaults_written_out.lines().filter(|line| !line.starts_with('#')).count() > 50);
    assert_eq!(format!("{:?}", sound(&defaults_written_out)), format!("{:?}", sound(SHIPPED)));
}

#[test]
fn a_default_that_was_changed_would_be_noticed() {
    for changed in [SHIPPED.replace("#poll_secs = 60", "poll_secs = 61"), SHIPPED.replace("#cut_off", "cut_off")] {
        assert_ne!(format!("{:?}", sound(&changed)), format!("{:?}", sound(SHIPPED)));
    }
}

/// Each example is accepted by itself; those that name files, or stand for an alternative, may say just that.
#[test]
fn every_example_in_the_shipped_file_is_understood() {
    let tables = shipped_with(|setting| setting.starts_with('['));
    let faults_of_bare_tables = parse(&tables).unwrap_err();
    let mut examples = 0;
    for (number, line) in tables.lines().enumerate() {
        let Some(setting) = commented(line).filter(|setting| setting.contains(NOT_SET)) else { continue };
        examples += 1;
        let lines = tables.lines().enumerate().map(|(n, line)| if n == number { setting } else { line });
        for fault in parse(&lines.collect::<Vec<_>>().join("\n")).err().unwrap_or_default() {
            let text = fault.to_string();
            let missing = ["there is no password", "there is no client secret", "is missing"];
            let expected = [&["cannot be read", "cannot be used", "are given"][..], &missing[..]].concat();
            let explained = faults_of_bare_tables.contains(&fault) || expected.iter().any(|part| text.contains(part));
            assert!(explained, "{setting}: {text}");
        }
    }
    assert!(examples > 25, "{examples}");
}

#[test]
fn every_key_that_is_read_is_explained_in_the_shipped_file() {
    let tables = shipped_with(|setting| setting.starts_with('['));
    let (table, _) = DeTable::parse_recoverable(&tables);
    let table = table.into_inner();
    let source = Source::new(Path::new("assured.toml"), &tables);
    settings(&source.root(&table), Path::new(""), Secrets::Unseen);

    let mut place = String::new();
    let mut explained: Vec<String> = Vec::new();
    for line in SHIPPED.lines() {
        let line = commented(line).unwrap_or(line);
        if let Some(header) = line.strip_prefix('[') {
            place = header.trim_start_matches('[').chars().take_while(|c| *c != ']').collect();
            explained.push(place.clone());
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.starts_with('#')) {
            explained.push(format!("{place}.{key}").trim_start_matches('.').to_owned());
        }
    }
    let known = source.known();
    assert!(known.len() > 70, "{}", known.len());
    for key in known {
        assert!(explained.contains(&key), "{key} is read and not explained in config/assured.toml");
    }
}

#[test]
fn a_short_configuration_is_enough_and_observes() {
    let settings = sound(SHORT);
    assert_eq!(settings.var, Path::new("conf/var"));
    let mailbox = &settings.policy.mailboxes[0];
    assert_eq!((mailbox.team, mailbox.level), (Team::Sa, Level::Observe));
    assert_eq!(settings.policy.staff_alerts, Level::Send);
    assert_eq!(settings.policy.level(LetterKind::Acknowledgement, &mailbox.name), Level::Observe);
    let account = &settings.mailboxes[0];
    assert_eq!(account.source, MailSource::Maildir("conf/mail".into()));
    assert_eq!(account.sending, Sending::Folder("conf/out".into()));
    assert_eq!(settings.receiver().own_addresses.len(), 1);
}

#[test]
fn values_reach_the_settings() {
    let text = format!(
        r#"
answer_from = 2026-12-01
trust = [{{ authserv_id = "mx.nhs.example" }}, {{ header = "X-Auth", value = "Internal" }}]
allow_list = ["a@b.example", "Partner.Example"]
hours = {{ opens = "09:00", closes = "17:00", cut_off = "16:00" }}
days = {{ scal_response = 7, reminder = {{ first = 5, second = 10, tell_staff = 15 }} }}
{SHORT}
level = "send"
levels = {{ reminder = "hold" }}
reverse_path = "null"
smtp = {{ host = "127.0.0.1", tls = "none" }}
"#
    );
    let settings = sound(&text);
    let policy = &settings.policy;
    assert_eq!(settings.answer_from, Some("2026-12-01T00:00:00Z".parse().unwrap()));
    assert_eq!(settings.trust.len(), 2);
    assert!(policy.allow_list.contains("partner.example"));
    assert_eq!(policy.days.scal_response, 7);
    assert_eq!(policy.days.reminder, Some(Reminders { first: 5, second: 10, tell_staff: 15 }));
    let late = "2026-11-23T16:00:00Z".parse().unwrap();
    assert_eq!(policy.calendar.day_received(late).to_string(), "2026-11-24");
    let name = MailboxName::new("sa");
    assert_eq!(policy.level(LetterKind::Reminder, &name), Level::Hold);
    assert_eq!(policy.level(LetterKind::Acknowledgement, &name), Level::Send);
    let account = settings.mailbox(&name).unwrap();
    assert_eq!(account.reverse_path, ReversePath::Null);
    assert!(matches!(&account.sending, Sending::Smtp(smtp) if smtp.port == 25 && smtp.login.is_none()));
}

#[test]
fn an_urgent_contact_is_somebody_outside_the_team() {
    let with = |address: &str| format!("urgent_contacts = [{address:?}]\n{SHORT}");
    let policy = sound(&with("Duty@oncall.example")).policy;
    assert_eq!(policy.urgent_contacts.iter().map(|a| a.as_str()).collect::<Vec<_>>(), ["duty@oncall.example"]);
    for listed in ["sa@nhs.example", "amina@nhs.example"] {
        check(&with(listed), &["which is a mailbox or a person of the team. Name an address that is read when"]);
    }
}

#[test]
fn all_faults_come_at_once_with_their_lines() {
    let text = r#"poll_secs = "often"
pol_secs = 5
opens = "08:30"
[[mailbox]]
name = "sa"
adress = "sa@nhs.example"
team = "SA"
level = "sent"
[mailbox.imap]
host = "imap.nhs.example"
tls = "none"
user = "sa"
password = "hunter2"
[[staff]]
name = "Amina"
address = "Amina <amina@nhs.example>"
roles = ["boss"]
"#;
    let expected = [
        "conf/assured.toml:1: \"poll_secs\" is of the wrong type, string. Give a whole number.",
        "conf/assured.toml:2: unknown key \"pol_secs\". Did you mean \"poll_secs\"?",
        "conf/assured.toml:3: unknown key \"opens\". It belongs in [hours]: move it there.",
        "conf/assured.toml:4: nothing says how letters leave in [[mailbox]] \"sa\".",
        "conf/assured.toml:4: \"address\" is missing in [[mailbox]] \"sa\".",
        "conf/assured.toml:6: unknown key \"adress\" in [[mailbox]] \"sa\". Did you mean \"address\"?",
        "conf/assured.toml:7: \"team\" is \"SA\" in [[mailbox]] \"sa\". Did you mean \"sa\"?",
        "conf/assured.toml:8: \"level\" is \"sent\" in [[mailbox]] \"sa\". Did you mean \"send\"?",
        "there is no password",
        "conf/assured.toml:10: tls = \"none\" would send",
        "conf/assured.toml:13: \"password\" is written into the configuration",
        "conf/assured.toml:16: \"address\" is \"Amina <amina@nhs.example>\", which is no email address",
        "conf/assured.toml:17: \"roles\" is \"boss\"",
    ];
    check(text, &expected);
}

#[test]
fn parts_that_contradict_one_another_are_faults() {
    let more = |extra: &str| format!("{SHORT}{extra}");
    let twin = "[[mailbox]]\nname = \"sa\"\naddress = \"sa@nhs.example\"\nteam = \"sa\"\nmaildir = \"b\"\n";
    check(&more(twin), &["two mailboxes have the name \"sa\"", "sa@nhs.example belongs to the mailbox"]);
    let staff = "[[staff]]\nname = \"Shared\"\naddress = \"SA@nhs.example\"\nroles = [\"sa\"]\n";
    check(&more(staff), &["sa@nhs.example belongs to the mailbox \"sa\" and to \"Shared\" of the staff"]);
    let deputy = |of: &str| format!("deputy = \"{of}\"\n");
    let tom = "[[staff]]\nname = \"Tom\"\naddress = \"tom@nhs.example\"\nroles = [\"lead\"]\n";
    let missing =
        "the deputy of \"Tom\", ruth@nhs.example, is not listed as staff. List the deputy in a table [[staff]] too.";
    check(&more(&format!("{tom}{}", deputy("ruth@nhs.example"))), &[missing]);
    check(&more(&format!("{tom}{}", deputy("Tom@nhs.example"))), &["tom@nhs.example, is that same person"]);
    check(
        &more(&format!("{tom}{}", deputy("tom"))),
        &["\"deputy\" is \"tom\", which is no email address in [[staff]] \"Tom\""],
    );
    check(&more("[hours]\nopens = \"18:00\"\n"), &["the office closes before it opens"]);
    check(&more("[days.reminder]\nfirst = 5\nsecond = 4\ntell_staff = 9\n"), &["out of order"]);
    check(&more("[days.reminder]\nfirst = 5\n"), &["\"second\" is missing", "\"tell_staff\" is missing"]);
    check(&more("[[trust]]\nheader = \"X\"\n"), &["not a whole rule"]);
    check(&more("smtp = { host = \"h\" }\noutbox_folder = \"o\"\n"), &["both \"smtp\" and \"outbox_folder\""]);
    check(&more("imap = { host = \"h\", user = \"u\", password_env = \"P\" }\n"), &["both \"imap\" and \"maildir\""]);
    check("", &["there is no mailbox", "there are no staff"]);
}

#[test]
fn values_out_of_range_are_faults() {
    for (line, says) in [
        ("poll_secs = 0", "Use a whole number from 5 to 3600."),
        ("poll_secs = -1", "Use a whole number from 5 to 3600."),
        ("answer_from = \"soon\"", "\"answer_from\" is \"soon\""),
        ("holidays = \"nowhere.json\"", "\"holidays\" cannot be used: conf/nowhere.json: No such file"),
        ("letters = \"nowhere\"", "\"letters\": conf/nowhere cannot be used"),
        ("allow_list = [\"localhost\"]", "which is no domain"),
        ("allow_list = \"a@b.example\"", "Give a list such as"),
        ("hours = 5", "Give a table"),
        ("hours = { opens = \"8.30am\" }", "Write a time such as \"08:30\"."),
        ("witness_pack_link = \"http://x.example\"", "starts with https://"),
        ("var = \"\"", "\"var\" is empty"),
    ] {
        check(&format!("{line}\n{SHORT}"), &[says]);
    }
}

#[test]
fn broken_toml_is_said_with_its_line() {
    check(&format!("poll_secs = \n{SHORT}"), &["conf/assured.toml:1: this is not TOML"]);
}

#[test]
fn passwords_come_from_files_and_variables_and_are_never_shown() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("assured.toml");
    let text = SHORT.replace("maildir = \"mail\"", "imap = { host = \"h\", user = \"u\", password_file = \"pw\" }");
    let load = || {
        fs::write(&file, &text).unwrap();
        Settings::load(&file, Secrets::Checked)
    };
    let faults = listed(&load().unwrap_err());
    assert!(faults.contains("assured.toml:11: the password file") && faults.contains("cannot be read"), "{faults}");
    fs::write(folder.path().join("pw"), "\n").unwrap();
    assert!(listed(&load().unwrap_err()).contains("holds no password"));

    fs::write(folder.path().join("pw"), "hunter2\r\n").unwrap();
    let settings = load().unwrap();
    let MailSource::Imap(imap) = &settings.mailboxes[0].source else { panic!("not imap") };
    let Proof::Password(password) = &imap.login.proof else { panic!("not a password") };
    let password = password.read().unwrap();
    assert_eq!(password.expose_secret(), "hunter2");
    assert!(!format!("{settings:?} {password:?}").contains("hunter2"));
    let unset = Password::Env("ASSURED_TEST_NO_SUCH_VARIABLE".to_owned());
    assert!(unset.read().unwrap_err().to_string().contains("is not set"));
}

const OAUTH: &str = r#"imap = { host = "h", user = "sa@nhs.example" }
[mailbox.oauth]
token_url = "https://login.example/token"
client_id = "app"
grant = "client-credentials"
client_secret_env = "S"
"#;

#[test]
fn a_mailbox_with_oauth_reads_and_sends_with_its_token() {
    let with = |text: &str| parse(&SHORT.replace("outbox_folder = \"out\"\n", "").replace("maildir = \"mail\"", text));
    let login = |sending: &Sending| match sending {
        Sending::Smtp(smtp) => smtp.login.clone(),
        Sending::Folder(_) => panic!("not smtp"),
    };
    let token = || Some(Login { user: "sa@nhs.example".to_owned(), proof: Proof::Token });
    for (smtp, expected) in [("", token()), ("\noauth = false", None)] {
        let settings = with(&format!("{OAUTH}\n[mailbox.smtp]\nhost = \"h\"{smtp}")).unwrap();
        let mailbox = &settings.mailboxes[0];
        let MailSource::Imap(imap) = &mailbox.source else { panic!("not imap") };
        assert_eq!((Some(imap.login.clone()), login(&mailbox.sending)), (token(), expected), "{smtp}");
        let oauth = mailbox.oauth.as_ref().unwrap();
        assert_eq!(
            (&oauth.grant, oauth.scope.as_str()),
            (&Grant::ClientCredentials, "https://outlook.office365.com/.default")
        );
    }
    let smtp = "\n[mailbox.smtp]\nhost = \"h\"";
    for (from, to, says) in [
        ("https://login", "http://login", "Secrets go there: it begins with https://"),
        ("client_secret_env = \"S\"", "", "there is no client secret"),
        ("client_secret_env = \"S\"", "client_secret = \"S\"", "where copies and backups spread it"),
        ("\"client-credentials\"", "\"refresh-token\"", "refresh_token_file"),
        ("user = ", "password_file = \"pw\", user = ", "both \"password_file\" and [mailbox.oauth] are given"),
        ("client_id = \"app\"", "client_id = \"app\"\nclient_secret_expires = \"soon\"", "Give the date"),
    ] {
        let faults = listed(&with(&format!("{}{smtp}", OAUTH.replace(from, to))).unwrap_err());
        assert!(faults.contains(says), "{to}: {faults}");
    }
}

#[test]
fn a_virus_scanner_is_named_by_a_path_or_by_host_and_port() {
    let scan = |lines: &str| parse(&format!("{SHORT}\n[scan]\n{lines}"));
    let usual = scan("clamd = \"127.0.0.1:3310\"").unwrap().scan;
    let address = ClamdAddress::Tcp { host: "127.0.0.1".to_owned(), port: 3310 };
    assert_eq!(usual, Some(ScanSettings { address, timeout_secs: 60, when_down: WhenDown::Hold }));
    let named = scan("clamd = \"run/clamd.ctl\"\ntimeout_secs = 5\nwhen_down = \"go-on\"").unwrap().scan;
    let address = ClamdAddress::Unix(Path::new("conf/run/clamd.ctl").to_owned());
    assert_eq!(named, Some(ScanSettings { address, timeout_secs: 5, when_down: WhenDown::GoOn }));
    assert_eq!(scan("").unwrap().scan, None);
    for wrong in ["localhost", "localhost:0", "local host:1", ":3310", "127.0.0.1:port"] {
        let faults = listed(&scan(&format!("clamd = {wrong:?}")).unwrap_err());
        assert!(faults.contains("Write the path of its socket"), "{wrong}: {faults}");
    }
}

#[test]
fn a_missing_file_is_a_fault_and_folders_are_read_whole() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("assured.toml");
    assert!(listed(&Settings::load(&file, Secrets::Unseen).unwrap_err()).contains("cannot be read"));

    fs::create_dir(folder.path().join("profiles")).unwrap();
    let profile = include_str!("../../config/profiles/scal.toml");
    fs::write(folder.path().join("profiles/ours.toml"), profile).unwrap();
    fs::write(folder.path().join("profiles/notes.txt"), "").unwrap();
    fs::write(&file, format!("profiles = \"profiles\"\n{SHORT}")).unwrap();
    let settings = Settings::load(&file, Secrets::Unseen).unwrap();
    assert_eq!(settings.profiles.into_iter().collect::<Vec<_>>(), [("ours.toml".to_owned(), profile.to_owned())]);

    fs::write(folder.path().join("profiles/ours.toml"), "kind = \"scal\"\nname = 5\n").unwrap();
    let faults = listed(&Settings::load(&file, Secrets::Unseen).unwrap_err());
    assert!(faults.contains("profiles/ours.toml cannot be used: invalid type: integer `5`"), "{faults}");
    assert_eq!(faults.lines().count(), 1, "{faults}");
}

#[test]
fn the_built_in_configuration_is_sound() {
    let settings = Settings::built_in().unwrap_or_else(|faults| panic!("{}", listed(&faults)));
    assert!(settings.mailboxes.is_empty());
    assert_eq!(settings.policy.days.scal_response, 5);
}

#[test]
fn a_canary_must_be_able_to_leave_and_to_come_back() {
    let short = SHORT.replace("outbox_folder = \"out\"", "[smtp]\nhost = \"smtp.nhs.example\"");
    let with = |top: &str, tables: &str| format!("{top}{short}\n{tables}");
    let sent = sound(&with("", "silence_office_hours = 45\n[canary]\nevery_minutes = 60"));
    assert_eq!(sent.policy.canary, Some(CanaryPlan { every_minutes: 60, late_minutes: 30 }));
    assert_eq!(sent.policy.mailboxes[0].silence_office_hours, Some(45));
    assert_eq!((sound(SHORT).policy.canary, sound(SHORT).policy.alarm), (None, false));
    sound(&with("allow_list = [\"nhs.example\"]", "[canary]\nevery_minutes = 60"));
    check(
        &with("allow_list = [\"x.example\"]", "[canary]\nevery_minutes = 60"),
        &["the allow_list keeps the canary of"],
    );
    check(&format!("{SHORT}\n[canary]\nevery_minutes = 60"), &["would be written into its outbox_folder"]);
    check(&with("", "[canary]\nevery_minutes = 4"), &["\"every_minutes\" is 4"]);
}

#[test]
fn the_alarm_is_a_program_and_its_arguments_and_paths_start_from_the_file() {
    let settings = sound(&format!("{SHORT}[alarm]\ncommand = [\"bin/page\", \"a b\"]\nheartbeat_file = \"beat\""));
    let program = AlarmProgram { program: "conf/bin/page".into(), arguments: vec!["a b".to_owned()] };
    assert_eq!(settings.alarm.program, Some(program));
    assert_eq!(settings.alarm.heartbeat_file, Some("conf/beat".into()));
    assert!(settings.policy.alarm);
    check(&format!("{SHORT}[alarm]\ncommand = []"), &["\"command\" is empty"]);
}
