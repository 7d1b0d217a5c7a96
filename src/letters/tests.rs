//! What letters say, and that their bytes are sound mail whatever others wrote.

mod commands;
mod context;
mod findings;
mod injection;
mod invitations;
mod links;

use mail_parser::MessageParser;

use super::*;
use crate::domain::effect::{Content, LetterKind};

fn samples() -> Samples {
    sample_letters().expect("the samples are valid")
}

fn sample(name: &str) -> Letter {
    let found = samples().letters.into_iter().find(|(sample, _)| *sample == name);
    found.unwrap_or_else(|| panic!("no sample {name}")).1
}

fn stamp() -> Stamp {
    Stamp {
        message_id: MessageId::new("17.0.5f3a@ers.example").unwrap(),
        date: "2026-11-23T09:14:20Z".parse().unwrap(),
        seed: "17.0".to_owned(),
    }
}

fn rendered(letter: &Letter) -> Rendered {
    thread_local!(static WORDING: Wording = Wording::built_in().unwrap());
    WORDING.with(|wording| render(letter, &samples().policy, wording, &stamp()).unwrap())
}

fn text_of(raw: &[u8]) -> String {
    let message = MessageParser::default().parse(raw).unwrap();
    message.body_text(0).unwrap().replace("\r\n", "\n")
}

fn html_of(raw: &[u8]) -> String {
    let message = MessageParser::default().parse(raw).unwrap();
    message.body_html(0).unwrap().into_owned()
}

/// On one line, so that a test does not depend on where lines are wrapped.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each letter has each of its sentences.
fn check(table: &[(&str, &[&str])]) {
    for (name, sentences) in table {
        let text = flat(&text_of(&rendered(&sample(name)).raw));
        for sentence in *sentences {
            assert!(text.contains(sentence), "{name}: no {sentence:?} in: {text}");
        }
    }
    assert!(!text_of(&rendered(&sample("staff-attention")).raw).contains("Close"), "only for a partner who is silent");
}

#[test]
fn acknowledgements_say_what_the_process_asks() {
    check(&[
        (
            "acknowledgement",
            &[
                "Hello Priya Nair,",
                "We have received your Supplier Conformance Assessment List (SCAL) for the NHS e-Referral Service (e-RS).",
                "Your reference is ERS-00042.",
                "| We aim to respond by Monday 30 November 2026.",
                "SCAL-Care-Vista-Link.xlsx: SCAL",
                "The e-RS Solution Assurance team will review your SCAL and reply to you by email.",
                "The automatic check found no gaps. The team has not reviewed what you sent yet.",
                "Tell us if you need this in another format.",
                "This is an automatic message. If you reply to it, your reply reaches the e-RS Solution Assurance team.",
            ],
        ),
        (
            "acknowledgement-findings",
            &[
                "Our automatic check noticed 4 things for you to look at.",
                "This is an automatic check that answers are filled in. It is not the team's review, and you do not need to \
                 wait for that review: you can correct the file and send it again today",
                "Tab “e-RS Overarching Reqs” --------------------------- * Cell E14: GR-002 has no answer.",
                "The attached spreadsheet automatic-check-ERS-00042.xlsx has the full list of all 4",
                "* Suggestion: A newer SCAL template exists.",
                "architecture.pdf: other file",
            ],
        ),
        (
            "acknowledgement-joined",
            &["We still aim to respond by Monday 30 November 2026.", "so the date stays the same."],
        ),
        ("acknowledgement-provisional", &["This date may change: the bank holidays"]),
        (
            "acknowledgement-several",
            &[
                "your Supplier Conformance Assessment List (SCAL) and witness test pack for",
                "Your email of 9.14am on Monday 23 November 2026: * SCAL-Care",
                "evidence.zip: we could not open this file",
                "Your email of 9.14am on Monday 23 November 2026: no files",
            ],
        ),
        (
            "acknowledgement-again",
            &["the same file as before", "You sent exactly these files before, so nothing changes."],
        ),
        ("acknowledgement-later", &["We have filed what you sent with your case."]),
        (
            "acknowledgement-question-bare",
            &[
                "We have received your email to the NHS",
                "Someone in the e-RS Solution Assurance team will read your email",
            ],
        ),
    ]);
}

#[test]
fn other_letters_to_partners_say_what_to_do() {
    check(&[
        (
            "unreadable",
            &[
                "We could not read a file that came with it.",
                "Please send the file again, in a reply to this email.",
                "SCAL Care Vista Link.xlsx: We could not open this file: it is protected by a password.",
            ],
        ),
        (
            "unreadable-several",
            &[
                "We could not read 2 files",
                "Use our secure transfer: https://transfer.nhs.example/sa",
                "We could read the other files that you sent",
                "pack.xlsx: We could not open this file. Save it again as an Excel workbook",
            ],
        ),
        (
            "unreadable-link",
            &["No file that we can read came with it.", "We do not open links: attach the file itself."],
        ),
        (
            "person-will-read",
            &[
                "A person will read it and reply to you.",
                "| If patients may be at risk, do not wait for our reply.",
                "Contact the national service desk on 0300 000 0000, at any hour.",
                "call 999",
            ],
        ),
        ("reminder", &["We asked for changes on Monday 23 November 2026.", "Please send the changed SCAL"]),
        (
            "reminder-several",
            &[
                "We are also waiting for:",
                "your changed SCAL for Care Vista Link (ERS-00042), since Monday 23 November 2026",
                "your reply (ERS-00041), since",
                "and 10 more",
            ],
        ),
        ("reminder-pack", &["get the blank witness test pack: <https://pack.nhs.example/>"]),
        ("next-step", &["it does not mean that your product may go live", "Next step: send us your witness test pack"]),
        ("next-step-resumed", &["We now aim to respond by Monday 30 November 2026."]),
        ("next-step-held", &["We have paused our review of your Supplier Conformance Assessment List (SCAL)"]),
    ]);
}

#[test]
fn staff_learn_what_matters_and_can_decide() {
    for (name, subject, sentences) in [
        (
            "staff-new",
            "New SCAL: Care Vista Link, due Monday 30 November 2026 [ERS-00042]",
            &[
                "| Respond by Monday 30 November 2026.",
                "They call it a draft: decide whether to review it.",
                "Supplier: Care Vista Ltd (ODS code A1B2C)",
                "> Accept the SCAL: <mailto:assurance@ers.example?subject=Accept%20the%20SCAL%20%5BERS-00042%5D&body=%21accept>",
                "> Put on hold (add your reason): <mailto:assurance@ers.example?subject=Put%20on%20hold%20%5BERS-00042%5D&body=%21hold%20>",
                "5 working days counted: Tuesday 24 November, Wednesday 25 November,",
                "Not counted: Saturday 28 November, Sunday 29 November.",
                "Bank holidays: england-and-wales",
                "SCAL received on Monday 2 November 2026, 12 to fix",
            ][..],
        ),
        (
            "staff-new-held-back",
            "New SCAL: Care Vista Link, due Monday 30 November 2026 [ERS-00042]",
            &["so the partner was not told what the check found there", "The date stays the same: respond by"],
        ),
        (
            "staff-new-again",
            "Same files again: Care Vista Link, due Monday 30 November 2026 [ERS-00042]",
            &["The partner sent files that we already have."],
        ),
        ("staff-new-question", "New message [ERS-00042]", &["body=%21close%20not-for-us>", "Subject: (no subject)"]),
        (
            "staff-warning",
            "Due Monday 30 November 2026: SCAL review, Care Vista Link [ERS-00042]",
            &["1 working day is left after today."],
        ),
        (
            "staff-warning-tomorrow",
            "Due tomorrow: witness test pack review, Care Vista Link [ERS-00042]",
            &["Respond by tomorrow, Monday 30 November 2026."],
        ),
        (
            "staff-warning-today",
            "Due today: sending the witness test pack, Care Vista Link [ERS-00042]",
            &["This is the last working day to keep the promise."],
        ),
        (
            "staff-breach",
            "Overdue: SCAL review, Care Vista Link, was due Monday 30 November 2026 [ERS-00042]",
            &["Did you reply another way?", "Overdue by: 1 working day", "body=%21accept>"],
        ),
        (
            "staff-escalation",
            "Still overdue by 3 working days: SCAL review, Care Vista Link [ERS-00042]",
            &["3 working days ago", "The team lead gets this notice too."],
        ),
        (
            "staff-attention",
            "A letter to the partner came back [ERS-00042]",
            &["| Find out the right address", "Add a note to the case"],
        ),
        (
            "staff-attention-silence",
            "A letter to the partner came back [ERS-00042]",
            &["Close: dormant", "Add a note to the case"],
        ),
        (
            "staff-attention-list",
            "A letter to the partner came back [ERS-00042]",
            &["ERS-00042: “Our SCAL”, arrived Monday 23 November 2026.", "and 1 more"],
        ),
        ("staff-attention-bare", "A letter to the partner came back", &["the address is not known there"]),
    ] {
        let letter = rendered(&sample(name));
        assert_eq!(letter.subject, subject, "{name}");
        let text = flat(&text_of(&letter.raw));
        for sentence in sentences {
            assert!(text.contains(sentence), "{name}: no {sentence:?} in: {text}");
        }
    }
}

#[test]
fn a_message_that_is_not_routine_is_told_with_the_command_that_lets_letters_go_on() {
    assert_eq!(rendered(&sample("staff-attention-not-routine")).subject, "Not routine: patient harm [ERS-00042]");
    let sentences = &["* Subject: Referrals", "> Let letters to the partner go on: <mailto:", "body=%21resume>"];
    check(&[("staff-attention-not-routine", sentences)]);
}

#[test]
fn an_acknowledgement_never_sounds_like_a_verdict() {
    let mut seen = 0;
    for (name, mut letter) in samples().letters {
        let Content::Acknowledgement(content) = &mut letter.content else {
            continue;
        };
        let items = content.received.iter_mut().flat_map(|received| &mut received.items);
        items.for_each(|item| item.findings.iter_mut().for_each(|finding| finding.message = "Text.".to_owned()));
        let raw = rendered(&letter).raw;
        let said = format!("{}\n{}", text_of(&raw), html_of(&raw)).to_lowercase();
        for word in ["complete", "accepted", "compliant", "failed"] {
            assert!(!said.contains(word), "{name}: {word}");
        }
        seen += 1;
    }
    assert!(seen >= 9);
}

#[test]
fn what_the_check_found_in_an_unknown_template_stays_with_staff() {
    let mut letter = sample("acknowledgement-findings");
    if let Content::Acknowledgement(content) = &mut letter.content {
        content.received[0].items[0].checked = false;
        content.checked = false;
    }
    let text = text_of(&rendered(&letter).raw);
    assert!(!text.contains("GR-002") && !text.contains("noticed"), "{text}");
}

#[test]
fn no_gaps_is_said_only_of_the_files_that_were_checked() {
    let mut letter = sample("acknowledgement-findings");
    if let Content::Acknowledgement(content) = &mut letter.content {
        content.received[0].items[0].findings.clear();
    }
    let text = flat(&text_of(&rendered(&letter).raw));
    assert!(text.contains("found no gaps in SCAL-Care-Vista-Link.xlsx."), "{text}");
}

#[test]
fn both_parts_say_the_same_without_leftovers() {
    for (name, letter) in samples().letters {
        let raw = rendered(&letter).raw;
        let (text, html) = (text_of(&raw), html_of(&raw));
        assert!(text.lines().all(|line| line.contains("<mailto:") || line.chars().count() <= 72), "{name}: {text}");
        let headings = text.lines().zip(text.lines().skip(1));
        for (heading, _) in
            headings.filter(|(over, under)| !over.is_empty() && (under.starts_with("==") || under.starts_with("--")))
        {
            assert!(html.contains(&format!(">{}</h", super::html::escape(heading))), "{name}: {heading}");
        }
        for leftover in ["{{", "{%", "**", "none", "undefined", " .", " ,", "..", "\u{E000}", "\n\n\n"] {
            assert!(!text.contains(leftover), "{name}: {leftover:?} in {text}");
        }
        for part in ["<html lang=\"en\">", "#005eb8", "</html>"] {
            assert!(html.contains(part), "{name}: {part}");
        }
        assert!(!html.contains("<img") && !html.contains("\u{E001}"), "{name}");
    }
}

#[test]
fn headers_mark_automatic_mail_and_keep_the_thread() {
    // STANDARDS B1, B3, B5, B10, B11, E1 and lesson 41.
    for (name, letter) in samples().letters {
        let raw = rendered(&letter).raw;
        let message = MessageParser::default().parse(&raw).unwrap();
        let header = |name: &str| message.header_raw(name).unwrap_or_default().trim().to_owned();
        let kind = letter.content.kind();
        let automatic =
            if matches!(kind, LetterKind::Acknowledgement | LetterKind::Unreadable | LetterKind::CommandReply) {
                "auto-replied"
            } else {
                "auto-generated"
            };
        assert_eq!(header("Auto-Submitted"), automatic, "{name}");
        assert_eq!(header("X-Auto-Response-Suppress"), "All");
        assert_eq!(header("X-Assured-Letter"), kind.name());
        assert_eq!(header("From"), "\"e-RS Solution Assurance team\" <assurance@ers.example>");
        assert_eq!(header("Reply-To"), header("From"));
        assert_eq!(header("Date"), "Mon, 23 Nov 2026 09:14:20 +0000");
        assert_eq!(header("Message-ID"), "<17.0.5f3a@ers.example>");
        let anchor = if letter.case.is_some() { "<case-ers-00042@ers.example>" } else { "" };
        let parent =
            if kind.is_for_staff() && kind != LetterKind::CommandReply { "" } else { "<first@carevista.example>" };
        assert_eq!(header("References").replace("\r\n", ""), format!("{anchor} {parent}").trim(), "{name}");
        assert_eq!(header("In-Reply-To"), parent);
        for header in message.headers().iter().map(|header| header.name().to_lowercase()) {
            assert!(!header.starts_with("list-") && header != "precedence", "{name}: {header}");
        }
    }
}

#[test]
fn references_stay_few_and_sound() {
    let mut letter = sample("acknowledgement");
    let id = |text: &str| MessageId::new(text).unwrap();
    letter.thread.references = (0..60).map(|n| id(&format!("{n}@x.example"))).collect();
    letter.thread.references.push(id("a b@x\r\nBcc: c@d.e"));
    letter.thread.references.push(id(&"x".repeat(2000)));
    letter.thread.in_reply_to = Some(id("3@x.example"));
    let raw = rendered(&letter).raw;
    let message = MessageParser::default().parse(&raw).unwrap();
    let references = message.references().as_text_list().unwrap().to_vec();
    assert_eq!(references.len(), 20);
    assert_eq!(references[0], "case-ers-00042@ers.example");
    assert_eq!(references[1], "0@x.example");
    assert_eq!((references[2].as_ref(), references[19].as_ref()), ("43@x.example", "3@x.example"));
    assert_eq!(message.header_raw("Bcc"), None);
}

#[test]
fn the_same_stamp_gives_the_same_bytes_and_another_another_boundary() {
    let letter = sample("acknowledgement-findings");
    assert_eq!(rendered(&letter), rendered(&letter));
    let other = Stamp { seed: "18.0".to_owned(), ..stamp() };
    let wording = Wording::built_in().unwrap();
    assert_ne!(render(&letter, &samples().policy, &wording, &other).unwrap().raw, rendered(&letter).raw);
}

#[test]
fn faults_are_told_without_addresses() {
    let wording = Wording::built_in().unwrap();
    let try_it = |letter: &Letter| render(letter, &samples().policy, &wording, &stamp()).unwrap_err().to_string();
    let mut letter = sample("reminder");
    letter.to = crate::domain::ids::Address::new("a..b@@c").unwrap();
    let error = try_it(&letter);
    assert!(error.contains("the address of the recipient") && !error.contains("a..b"), "{error}");
    letter.mailbox = MailboxName::new("lsob");
    assert!(try_it(&letter).contains("mailbox lsob"));
}

/// Those in `fixtures/letters`: for people to look at before a word is changed, and for reviews of such a change.
const AGREED: [&str; 9] = [
    "acknowledgement-findings",
    "acknowledgement-many",
    "digest",
    "invitation",
    "next-step-certificate",
    "outcome-remedial",
    "person-will-read",
    "staff-breach",
    "staff-new-many",
];

fn agreed(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/letters/{name}"))
}

#[test]
fn letters_look_as_agreed() {
    for name in AGREED {
        let expected = std::fs::read_to_string(agreed(&format!("{name}.txt"))).unwrap();
        let text = text_of(&rendered(&sample(name)).raw);
        assert_eq!(text, expected, "fixtures/letters/{name}.txt: if the change is meant, write_the_letters writes it");
    }
}

#[test]
#[ignore = "writes the letters that are agreed, and as a mail program shows them: run it when a word has changed"]
fn write_the_letters() {
    for name in AGREED {
        let letter = rendered(&sample(name));
        std::fs::write(agreed(&format!("{name}.txt")), text_of(&letter.raw)).unwrap();
        let shown = std::env::temp_dir().join(format!("{name}.html"));
        std::fs::write(&shown, html_of(&letter.raw)).unwrap();
        println!("{} is the HTML part", shown.display());
    }
}
