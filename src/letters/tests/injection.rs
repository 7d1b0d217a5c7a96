//! Nobody's text adds a header, a recipient or a part, breaks a line or becomes markup: whatever a subject, a name, a file
//! or a product is called (STANDARDS E2, E3, E4, B2).

use mail_parser::{HeaderValue, Message, MessageParser};
use proptest::prelude::*;

use super::*;
use crate::domain::effect::{Content, StaffAttention};
use crate::domain::fact::{Item, Received};
use crate::domain::lane::LaneName;
use crate::domain::reading::Supplier;
use crate::intake::Receiver;
use crate::intake::message::{Documents, read};
use crate::letters::words;

/// RFC 5322 §2.1.1. Only an identifier of somebody else's, which cannot be folded, makes a line longer than 78.
const LINE_BYTES_MAX: usize = 998;

const HOSTILE: [&str; 24] = [
    "x\r\nBcc: evil@example.com",
    "x\nBcc: evil@example.com\n\n<script>alert(1)</script>",
    "x\rBcc: evil@example.com\r\r",
    "x\r\n\r\n--boundary\r\nContent-Type: text/html\r\n\r\n<b>",
    "\r\n",
    "x\0y\u{1}\u{7f}\u{85}z",
    "x\u{2028}Bcc: evil@example.com\u{2029}",
    "x\u{b}\u{c}\ty",
    "lone \u{fffd}\u{fffd} surrogates",
    "invoice\u{202e}xslx.exe",
    "\u{2066}a\u{2069}\u{200f}\u{feff}b",
    "=?utf-8?Q?=0D=0ABcc:_evil@example.com?=",
    "=?utf-8?B?DQpCY2M6IGV2aWxAZXhhbXBsZS5jb20=?=",
    "=?us-ascii?q?x",
    "\"quoted\" <evil@example.com>, other@example.com",
    "evil@example.com; more: a@b.example;",
    "(comment \\) x",
    "{{ 7777 * 7777 }} {% include \"_page.html.j2\" %}",
    "\u{e000}# heading\u{e001} **bold** [link](https://evil.example)",
    "# heading\n* bullet\n=> [button](https://evil.example)",
    "</td></tr></table><a href='https://evil.example'>click</a>",
    "[ERS-00001] ERS-00002 Re: Re: Fwd:",
    "漢字 é 👩‍⚕️ a\u{301}\u{301}\u{301}",
    ".\r\n.\r\nQUIT",
];

fn parsed(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).expect("a message")
}

/// The letter with this text in the place of all that others wrote.
pub(super) fn with_text(mut letter: Letter, text: &str) -> Letter {
    let owned = || text.to_owned();
    let item_with = |item: &mut Item| {
        item.name = owned();
        for finding in &mut item.findings {
            finding.message = owned();
            let places = [&mut finding.sheet, &mut finding.cell, &mut finding.requirement, &mut finding.test];
            places.into_iter().flatten().for_each(|place| *place = owned());
        }
        if let Some(difference) = &mut item.difference {
            difference.fixed.iter_mut().for_each(|point| point.row = Some(owned()));
            difference.answers.iter_mut().for_each(|change| change.row = owned());
        }
    };
    let received = |received: &mut Received| {
        received.subject = owned();
        received.items.iter_mut().for_each(item_with);
        received.findings.iter_mut().for_each(|finding| finding.message = owned());
    };
    let supplier = |supplier: &mut Supplier| {
        let fields = [&mut supplier.organisation, &mut supplier.product, &mut supplier.version, &mut supplier.ods_code];
        fields.into_iter().flatten().for_each(|field| *field = owned());
    };
    let attention = |told: &mut StaffAttention| {
        (told.headline, told.what, told.what_to_do) = (format!("About {text}"), owned(), owned());
        told.list.iter_mut().for_each(|line| *line = owned());
        told.supplier.iter_mut().for_each(supplier);
    };
    letter.to_name = letter.to_name.map(|_| owned());
    letter.thread.subject = letter.thread.subject.map(|_| owned());
    match &mut letter.content {
        Content::Acknowledgement(told) => told.received.iter_mut().for_each(received),
        Content::PersonWillRead(told) => told.safety_contact = told.safety_contact.take().map(|_| owned()),
        Content::Unreadable(told) => received(&mut told.received),
        Content::Reminder(told) => told.also.iter_mut().for_each(|other| supplier(&mut other.supplier)),
        Content::NextStep(told) => {
            if told.lane.is_form() {
                told.lane = LaneName::Form(owned());
            }
        }
        Content::Outcome(told) => told.passed.iter_mut().chain(&mut told.open).for_each(|test| *test = owned()),
        Content::Invitation(told) | Content::StaffInvitation(told) => {
            supplier(&mut told.supplier);
            told.session.link = told.session.link.take().map(|_| owned());
        }
        Content::StaffNew(told) => {
            supplier(&mut told.supplier);
            told.subject = owned();
            told.items.iter_mut().for_each(item_with);
            told.flags.iter_mut().chain(&mut told.history).for_each(|line| *line = owned());
        }
        Content::StaffWarning(told) | Content::StaffBreach(told) | Content::StaffEscalation(told) => {
            supplier(&mut told.supplier);
            told.latest_submission = told.latest_submission.take().map(|_| owned());
        }
        Content::StaffAttention(told) | Content::StaffNotRoutine(told) => attention(told),
        Content::Canary => {}
        Content::Digest(told) => {
            told.broken.iter_mut().for_each(|entry| {
                supplier(&mut entry.supplier);
                entry.subject = owned();
            });
            told.to_place.iter_mut().for_each(|line| *line = owned());
        }
        Content::CommandReply(told) => {
            told.done.iter_mut().for_each(|done| {
                done.text = format!("!note {text}");
                done.remark = Some(owned());
            });
            told.refused.iter_mut().for_each(|refused| refused.why = owned());
            told.untried.iter_mut().for_each(|untried| *untried = owned());
            told.case.iter_mut().for_each(|case| supplier(&mut case.supplier));
        }
    }
    letter
}

/// The form of a letter: its header fields, how often each; its parts; the elements of its HTML.
fn form(raw: &[u8]) -> (Vec<String>, usize) {
    let message = parsed(raw);
    (message.headers().iter().map(|header| header.name().to_owned()).collect(), message.parts.len())
}

fn assert_sound(what: &str, letter: &Letter, plain: &Letter) {
    let (ours, expected) = (rendered(letter), rendered(plain));
    assert_eq!(form(&ours.raw), form(&expected.raw), "{what}");
    let message = parsed(&ours.raw);
    let to: Vec<_> = message.to().into_iter().flat_map(|to| to.iter()).filter_map(|to| to.address()).collect();
    assert_eq!(to, [letter.to.as_str()], "{what}");
    assert_eq!(message.subject(), Some(ours.subject.as_str()), "{what}");
    let raw = String::from_utf8(ours.raw.clone()).expect("ASCII");
    assert!(raw.is_ascii() && !raw.contains('\0'), "{what}");
    for line in raw.split("\r\n") {
        assert!(
            line.len() <= LINE_BYTES_MAX
                && (line.len() <= 78 || line.contains("@x.example>"))
                && !line.contains(['\r', '\n']),
            "{what}: {line:?}"
        );
    }
    let (text, html) = (text_of(&ours.raw), html_of(&ours.raw));
    for shown in [&text, &html, &ours.subject] {
        let hidden = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!shown.replace("\r\n", "\n").contains(hidden), "{what}: {shown:?}");
        assert!(!shown.contains("60481729"), "{what}: a template was run");
    }
    for element in ["<script", "<a href='https://evil", "href=\"https://evil"] {
        assert!(!html.contains(element), "{what}: {element}");
    }
}

#[test]
fn no_text_of_others_changes_the_form_of_any_letter() {
    let long = "é".repeat(20_000) + &"x".repeat(20_000);
    for (name, letter) in samples().letters {
        let plain = with_text(letter.clone(), "word");
        for text in HOSTILE.into_iter().chain([long.as_str()]) {
            assert_sound(
                &format!("{name} with {:?}", words::cut_at_the_end(text, 60)),
                &with_text(letter.clone(), text),
                &plain,
            );
        }
    }
}

/// From the bytes of a partner's message to those of the answer.
#[test]
fn no_message_makes_an_answer_with_another_header() {
    let encoded = |text: &str| {
        let bytes: String = text.bytes().map(|byte| format!("={byte:02X}")).collect();
        format!("=?utf-8?Q?{bytes}?=")
    };
    let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let sample = sample("acknowledgement-findings");
    for text in HOSTILE {
        let raw = format!(
            "From: {} <priya.nair@carevista.example>\r\nSubject: {}\r\nMessage-ID: <{}@x.example>\r\nContent-Type: \
             multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: \
             attachment; filename*=utf-8''{}\r\n\r\n0123\r\n--b--\r\n",
            encoded(text),
            encoded(text),
            percent(text),
            percent(text)
        );
        let facts = read(raw.as_bytes(), &Receiver::default(), Documents::Skip);
        let from = facts.from.expect("an author");
        assert_eq!(from.address.as_str(), "priya.nair@carevista.example", "{text:?}");
        let mut letter = sample.clone();
        letter.to_name = from.name;
        letter.thread.subject = Some(facts.subject);
        letter.thread.references.extend(facts.message_id);
        if let Content::Acknowledgement(told) = &mut letter.content {
            told.received[0].items[0].name.clone_from(&facts.documents[0].name);
        }
        assert_sound(&format!("{text:?}"), &letter, &sample);
    }
}

fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,300}",
        "[\\r\\n\\t a-zé漢=?:<>\"\\\\@,;\\[\\]*#|^]{0,200}",
        Just("x\r\nBcc: evil@example.com\r\n\r\n<script>".to_owned()),
        Just("é".repeat(400)),
        Just("x".repeat(1200)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// STANDARDS E2, E3, E4, B2: nobody's text adds a header, breaks a line or becomes markup.
    #[test]
    fn any_text_makes_sound_mail(subject in anything(), name in anything(), file in anything(), finding in anything()) {
        let mut letter = sample("acknowledgement-findings");
        letter.thread.subject = Some(subject);
        letter.to_name = Some(name);
        if let Content::Acknowledgement(content) = &mut letter.content {
            content.received[0].items[0].name = file.clone();
            content.received[0].items[0].findings[0].message = finding;
        }
        let plain = rendered(&sample("acknowledgement-findings")).raw;
        let letter = rendered(&letter);
        let (ours, expected) = (parsed(&letter.raw), parsed(&plain));
        let names = |message: &mail_parser::Message| -> Vec<String> {
            message.headers().iter().map(|header| header.name().to_owned()).collect()
        };
        prop_assert_eq!(names(&ours), names(&expected));
        prop_assert_eq!(ours.subject(), Some(letter.subject.as_str()));
        prop_assert!(letter.subject.starts_with("Re: ") && letter.subject.ends_with(" [ERS-00042]"));
        prop_assert_eq!(ours.to().and_then(|to| to.first()).and_then(|to| to.address()), Some("priya.nair@carevista.example"));
        prop_assert!(!matches!(ours.header("To"), Some(HeaderValue::Empty) | None));
        for line in letter.raw.split(|byte| *byte == b'\n') {
            prop_assert!(line.len() <= 79, "{}", String::from_utf8_lossy(line));
        }
        prop_assert!(letter.raw.is_ascii());
        prop_assert_eq!(ours.parts.len(), expected.parts.len());
        let tags = |raw: &[u8]| html_of(raw).matches('<').count();
        prop_assert_eq!(tags(&letter.raw), tags(&plain));
        let shown = super::super::html::escape(&words::name(&file));
        prop_assert!(html_of(&letter.raw).contains(&shown));
    }

    /// Subjects of our own are built of others' text too.
    #[test]
    fn staff_letters_survive_any_product(product in anything(), flag in anything()) {
        let mut letter = sample("staff-new");
        if let Content::StaffNew(content) = &mut letter.content {
            content.supplier.product = Some(product);
            content.flags = vec![flag];
        }
        let letter = rendered(&letter);
        let message = MessageParser::default().parse(&letter.raw).unwrap();
        prop_assert_eq!(message.subject(), Some(letter.subject.as_str()));
        prop_assert!(letter.subject.ends_with(" [ERS-00042]"));
        prop_assert!(letter.raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 79));
    }
}
