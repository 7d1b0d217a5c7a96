use super::*;
use crate::intake::Receiver;
use crate::intake::message::{Documents, read};

const TABLE: &str = include_str!("../../../../fixtures/not-routine.txt");

struct Example {
    expected: Vec<Matter>,
    subject: &'static str,
    body: &'static str,
}

fn examples() -> Vec<Example> {
    let blocks = TABLE.split("\n=== ").skip(1);
    let example = |block: &'static str| {
        let (head, rest) = block.split_once('\n').expect("a head");
        let (names, _) = head.split_once(" (").unwrap_or((head, ""));
        let names = names.trim();
        let matter = |name: &str| serde_json::from_value(name.trim().into()).unwrap_or_else(|_| panic!("{name}"));
        let expected = if names == "routine" { Vec::new() } else { names.split(',').map(matter).collect() };
        let (subject, body) = rest.split_once("\n\n").expect("a subject and a text");
        Example { expected, subject: subject.strip_prefix("Subject: ").expect("a subject"), body }
    };
    blocks.map(example).collect()
}

/// As a mail program would send it.
fn found(example: &Example) -> Vec<Matter> {
    let answers = if example.subject.starts_with("R") { "In-Reply-To: <7.0@ers.example>\n" } else { "" };
    let raw = format!(
        "From: p@x.example\nSubject: {}\n{answers}Content-Type: text/plain; charset=utf-8\n\n{}",
        example.subject, example.body
    );
    read(raw.as_bytes(), &Receiver::default(), Documents::Skip).not_routine
}

#[test]
fn the_table_of_what_is_not_routine() {
    let examples = examples();
    let wrong: Vec<String> = examples
        .iter()
        .map(|example| (example, found(example)))
        .filter(|(example, found)| {
            example.expected.iter().collect::<std::collections::BTreeSet<_>>() != found.iter().collect()
        })
        .map(|(example, found)| {
            format!("expected {:?}, found {found:?}: {} / {}", example.expected, example.subject, example.body)
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), examples.len(), wrong.join("\n"));
    let routine = examples.iter().filter(|example| example.expected.is_empty()).count();
    assert!(routine >= 60 && examples.len() - routine >= 60, "{routine} of {} are routine", examples.len());
    for matter in Matter::ALL {
        assert!(examples.iter().filter(|example| example.expected.contains(&matter)).count() >= 5, "{matter:?}");
    }
}

#[test]
fn every_table_compiles() {
    let tables = [&*BOILERPLATE, &*ASKS_FOR_IT, &*REPLY, &*ITEM, &*POSTSCRIPT];
    assert!(tables.into_iter().chain(SIGNS.iter().map(|(_, signs)| signs)).all(Table::compiles));
    assert!(ORDINARY.is_some());
}

#[test]
fn a_subject_is_of_a_reply_only_where_the_message_answers_something() {
    let facts = |head: &str| {
        read(format!("From: p@x.example\n{head}\n\nHello").as_bytes(), &Receiver::default(), Documents::Skip)
    };
    let reply = facts("Subject: RE: Complaint\nReferences: <1@x.example>");
    assert_eq!((reply.not_routine, reply.not_routine_reply_subject), (vec![], vec![Matter::Complaint]));
    for new in [
        "Subject: Re: Complaint",
        "Subject: Complaint\nIn-Reply-To: <1@x.example>",
        "Subject: Fwd: Complaint\nReferences: <1@x>",
    ] {
        assert_eq!(facts(new).not_routine, [Matter::Complaint], "{new}");
    }
    let automatic = facts("Subject: Complaint\nAuto-Submitted: auto-generated");
    assert!(automatic.not_routine.is_empty(), "what no person wrote");
}

#[test]
fn words_in_attached_files_do_not_count() {
    let raw = "From: p@x.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nOur letter.\n--b\n\
        Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\nWe make a formal complaint.\n--b\n\
        Content-Type: message/rfc822\n\nSubject: Data breach\n\nA patient was harmed.\n--b--\n";
    assert!(read(raw.as_bytes(), &Receiver::default(), Documents::Skip).not_routine.is_empty());
}
