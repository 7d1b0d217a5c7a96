//! The links that carry a command, as mail programs take them: Outlook, which cuts an address that is long, Gmail, which
//! decodes it twice, and whatever keeps to RFC 6068. And what comes of the email when it reaches us.

use jiff::civil::date;

use super::injection::with_text;
use super::*;
use crate::domain::command::Order;
use crate::domain::effect::Answers;
use crate::domain::ids::Address;
use crate::domain::lane::Phase;
use crate::intake::Receiver;
use crate::intake::message::{Documents, read};

/// Windows hands over 2,083 characters, and older Outlooks fewer: half of it leaves room for whatever wraps the link.
const LINK_CHARS_MAX: usize = 1000;
const STAFF: &str = "asha@staff.example";

const NAMES: [&str; 8] = [
    "Care Vista Link",
    "\"O'Brien & Söns\" <x> [ERS-00001] 100% C++ #1?",
    "&subject=x&bcc=evil@example.com&body=!stop",
    "%0D%0ABcc:%20evil@example.com %26cc=evil@example.com %2500",
    "x\r\nBcc: evil@example.com\r\n\r\n!stop",
    "漢字 👩‍⚕️ a\u{301} \u{202e}",
    "<mailto:evil@example.com?body=!stop>",
    "[click](mailto:evil@example.com?body=!stop)",
];
const MAILBOXES: [&str; 2] = ["assurance@ers.example", "o'brien+e&rs=1@ers.example"];

/// Every letter to staff: the samples, and a notice of each sort in each phase.
fn staff_letters() -> Vec<(String, Letter)> {
    let mut letters = Vec::new();
    for (name, letter) in samples().letters.into_iter().filter(|(_, letter)| letter.content.kind().is_for_staff()) {
        for phase in Phase::ALL {
            let mut letter = letter.clone();
            if let Content::StaffNew(told) = &mut letter.content {
                told.phase = phase;
            } else if let Content::StaffWarning(told) = &mut letter.content {
                told.phase = phase;
            } else if let Content::StaffAttention(told) = &mut letter.content {
                told.answers = Answers::Decide(phase);
            }
            let of_phase = ["staff-new", "staff-warning", "staff-attention"].contains(&name);
            letters.extend(of_phase.then(|| (format!("{name} in {}", phase.name()), letter)));
        }
        letters.push((name.to_owned(), letter));
    }
    letters
}

/// Where the letter leads. The text part has every link of the HTML part.
fn links(letter: &Letter, mailbox: &str) -> Vec<String> {
    thread_local!(static WORDING: Wording = Wording::built_in().unwrap());
    let mut policy = samples().policy;
    policy.mailboxes[0].address = Address::new(mailbox).expect("an address");
    let raw = WORDING.with(|wording| render(letter, &policy, wording, &stamp()).unwrap()).raw;
    let (html, text) = (html_of(&raw), text_of(&raw));
    let links = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let links: Vec<String> = links.map(|link| link.replace("&amp;", "\0")).collect();
    assert!(links.iter().all(|link| !link.contains('&')), "a bare & in {html}");
    let links: Vec<String> = links.iter().map(|link| link.replace('\0', "&")).collect();
    assert!(links.iter().all(|link| text.contains(&format!("<{link}>"))), "{links:?} in {text}");
    links
}

fn percent_decoded(text: &str, plus_is_space: bool) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let code = std::str::from_utf8(after.get(..2).unwrap_or_default()).ok();
        let code = code.filter(|_| *first == b'%').and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(code.unwrap_or(if plus_is_space && *first == b'+' { b' ' } else { *first }));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// The email that opens: to whom, and its fields (RFC 6068 §2).
fn opened(link: &str) -> (String, Vec<(String, String)>) {
    let (to, fields) = link.strip_prefix("mailto:").expect("a mailto").split_once('?').expect("fields");
    let field = |field: &str| {
        let (name, value) = field.split_once('=').expect("a value");
        (percent_decoded(name, false), percent_decoded(value, false))
    };
    (percent_decoded(to, false), fields.split('&').map(field).collect())
}

/// With what staff add where a command needs it.
fn completed(body: &str) -> String {
    match body {
        "!session " => format!("{body}3 December 2026 10.30am"),
        "!until " => format!("{body}1 March 2027"),
        "!remedial " => format!("{body}A005-03 A007-01"),
        "!hold " | "!note " => format!("{body}Zoë asked us to wait"),
        _ => body.to_owned(),
    }
}

#[test]
fn every_link_opens_the_same_email_in_every_mail_program() {
    let mut seen = 0;
    for (name, letter) in staff_letters() {
        for (text, mailbox) in NAMES.into_iter().zip(MAILBOXES.into_iter().cycle()) {
            let letter = with_text(letter.clone(), &(text.to_owned() + &"é".repeat(250)));
            for link in links(&letter, mailbox) {
                assert!(link.len() <= LINK_CHARS_MAX, "{name}: {} characters", link.len());
                let safe = |c: char| c.is_ascii_alphanumeric() || ":@?&=%-._~".contains(c);
                assert!(link.chars().all(safe), "{name}: {link}");
                let (to, fields) = opened(&link);
                // A web page is given the whole link as a value, and decodes that before it reads the link.
                let decoded = percent_decoded(&link, true);
                assert_eq!((&to, &fields), (&opened(&decoded).0, &opened(&decoded).1), "{name}");
                assert_eq!(to, mailbox, "{name}");
                let [(subject_is, subject), (body_is, body)] = fields.as_slice() else { panic!("{name}: {fields:?}") };
                assert_eq!((subject_is.as_str(), body_is.as_str()), ("subject", "body"), "{name}");
                assert!(subject.ends_with(" [ERS-00042]") && subject.matches('[').count() == 1, "{name}: {subject}");
                assert!(!body.contains(['\r', '\n']), "{name}: {body}");
                let order = Order::parse(&completed(body), date(2026, 11, 23));
                assert!(order.is_ok(), "{name}: {order:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 1000, "{seen} links");
}

/// As programs write what somebody typed: with a signature, as text alone, text beside HTML, or HTML alone, and with the
/// hard space that Outlook makes of one at the end of a line.
fn composed(to: &str, subject: &str, command: &str) -> [(&'static str, String); 4] {
    let quoted = |text: &str| text.bytes().map(|byte| format!("={byte:02X}")).collect::<String>();
    let hard = command.replacen(' ', "\u{a0}", 1);
    let word = |text: &str| {
        let text = crate::letters::html::escape(text).replace('\u{a0}', "&nbsp;");
        format!(
            "<html><body lang=EN-GB><div class=WordSection1><p class=MsoNormal>{text}<o:p></o:p></p><p \
             class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Kind regards,<o:p></o:p></p></div></body></html>"
        )
    };
    let header = format!(
        "From: Asha <{STAFF}>\r\nTo: <{to}>\r\nSubject: =?utf-8?Q?{}?=\r\nMessage-ID: <1@staff.example>\r\nMIME-Version: \
         1.0\r\n",
        quoted(subject)
    );
    let part = |media: &str, text: &str| {
        let lines: Vec<String> = text.lines().map(quoted).collect();
        let wrapped: Vec<String> = lines
            .iter()
            .map(|line| line.as_bytes().chunks(72).map(String::from_utf8_lossy).collect::<Vec<_>>().join("=\r\n"))
            .collect();
        format!(
            "Content-Type: {media}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
            wrapped.join("\r\n")
        )
    };
    let both = |text: &str, html: &str| {
        let (text, html) = (part("text/plain", text), part("text/html", html));
        format!(
            "{header}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n{text}\r\n--b\r\n{html}\r\n--b--\r\n"
        )
    };
    [
        ("a telephone", format!("{header}{}", part("text/plain", &format!("{command}\n\nSent from my iPhone")))),
        (
            "Gmail",
            both(&format!("{command}\n"), &format!("<div dir=\"ltr\">{}</div>", crate::letters::html::escape(command))),
        ),
        ("Outlook", both(&format!("{hard}\n\n\u{a0}\nKind regards,\n"), &word(&hard))),
        ("Outlook, HTML alone", format!("{header}{}", part("text/html", &word(&hard)))),
    ]
}

#[test]
fn the_command_of_every_link_is_read_when_its_email_reaches_us() {
    let staff = Receiver { staff_addresses: Address::new(STAFF).into_iter().collect(), ..Receiver::default() };
    let emails: std::collections::BTreeSet<_> =
        staff_letters().iter().flat_map(|(_, letter)| links(letter, MAILBOXES[0])).map(|link| opened(&link)).collect();
    assert!(emails.len() >= 20, "{}", emails.len());
    for (to, fields) in emails {
        let (subject, command) = (&fields[0].1, completed(&fields[1].1));
        for (program, raw) in composed(&to, subject, &command) {
            let facts = read(raw.as_bytes(), &staff, Documents::Skip);
            assert_eq!(facts.subject, *subject, "{program}");
            let read = facts.commands.iter().map(|line| Order::parse(line, date(2026, 11, 23)));
            let sent = Order::parse(&command, date(2026, 11, 23));
            assert_eq!(read.collect::<Vec<_>>(), [sent], "{program}: {:?}", facts.commands);
        }
    }
}

#[test]
fn every_letter_to_staff_about_a_case_offers_a_command() {
    // The digest is about many, and without a case there is nothing to command.
    let about_one = |letter: &Letter| letter.case.is_some() && letter.content.kind() != LetterKind::Digest;
    for (name, letter) in staff_letters().into_iter().filter(|(_, letter)| about_one(letter)) {
        assert!(!links(&letter, MAILBOXES[0]).is_empty(), "{name}");
    }
}
