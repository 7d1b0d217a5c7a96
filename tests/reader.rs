//! The reader process: whatever a file does to it costs that message its reading, as a finding, and nothing else.
//!
//! Hostile files come in two kinds: real ones read by the real program, which must end in facts whatever the program
//! makes of them; and files that command a stand-in, which reads as the program does, under the same limits, but
//! aborts, overflows, hangs or devours memory on the word. The stand-in proves every rung of the ladder, whichever
//! real file reaches it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::fs::{self, Permissions};
use std::io::{stderr, stdin};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use assured::adapters::reader::wire::{Answer, Request};
use assured::adapters::reader::{Reader, ReaderLimits};
use assured::cli::read;
use assured::domain::reading::{FindingCode, MessageFacts};
use assured::intake::{Receiver, message};

const MIB: u64 = 1024 * 1024;

/// What a file may command the stand-in to do, each a way in which parsers have failed on small files.
const FAULTS: [&str; 5] = ["!abort!", "!overflow!", "!hang!", "!spin!", "!devour!"];

/// Not a fault: slow, but within the limits.
const WORK: &str = "!work!";

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_assured"))
}

fn receiver() -> Receiver {
    Receiver { attachment_bytes_max: 25 * MIB, ..Receiver::default() }
}

fn limits() -> ReaderLimits {
    ReaderLimits { wall_secs: 30, ..ReaderLimits::default() }
}

/// A message with the given files attached, each as plain text.
fn mail(subject: &str, files: &[(&str, &str)]) -> Arc<[u8]> {
    let mut raw = format!(
        "From: Priya Nair <priya@supplier.example>\r\nTo: sa@assured.example\r\nSubject: {subject}\r\n\
         Message-ID: <{subject}@supplier.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nPlease find attached.\r\n"
    );
    for (name, content) in files {
        raw += &format!(
            "--b\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{content}\r\n"
        );
    }
    raw += "--b--\r\n";
    Arc::from(raw.into_bytes())
}

fn hostile(facts: &MessageFacts) -> usize {
    facts.findings.iter().filter(|f| f.code == FindingCode::Hostile).count()
}

/// How many child processes of this one have ended and were never asked how.
fn zombies() -> usize {
    let me = std::process::id().to_string();
    let stat = |entry: fs::DirEntry| fs::read_to_string(entry.path().join("stat")).ok();
    let is_zombie = |stat: &String| {
        let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
        let mut fields = after.split_ascii_whitespace();
        fields.next() == Some("Z") && fields.next() == Some(me.as_str())
    };
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(stat).filter(is_zombie).count()
}

async fn no_zombie_stays() {
    for _ in 0..100 {
        if zombies() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a reader process was never reaped");
}

// The real program.

#[tokio::test]
async fn many_callers_share_few_processes_and_each_gets_its_own_message() {
    let limits = ReaderLimits { requests_per_process_max: 7, ..limits() };
    let reader = Reader::start(program(), &receiver(), limits);
    let readings = (0..40).map(|n| {
        let reader = reader.clone();
        tokio::spawn(async move { reader.read(mail(&format!("m{n}"), &[("a.txt", "hello")])).await.unwrap().subject })
    });
    for (n, reading) in readings.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(reading.await.unwrap(), format!("m{n}"));
    }
    drop(reader);
    no_zombie_stays().await;
}

#[tokio::test]
async fn a_message_larger_than_the_memory_of_a_process_costs_only_itself() {
    let limits = ReaderLimits { address_space_bytes: 300 * MIB, ..limits() };
    let reader = Reader::start(program(), &receiver(), limits);
    let large = mail("large", &[("a.txt", &"x".repeat(320 * MIB as usize))]);
    let (large, small) = tokio::join!(reader.read(large), reader.read(mail("small", &[])));
    let large = large.unwrap();
    assert_eq!((hostile(&large), large.identity.as_str().len()), (1, 64));
    assert!(large.from.is_none() && large.no_answer.is_some());
    let small = small.unwrap();
    assert_eq!((small.subject.as_str(), hostile(&small)), ("small", 0));
    no_zombie_stays().await;
}

/// Two cells, 512 GiB apart: a reader that allots the whole range aborts. 30,000 messages inside one another: a parser
/// that descends into each overflows. Either is caught by limits or costs a process; both end in facts.
#[tokio::test]
async fn real_bombs_end_in_facts() {
    let reader = Reader::start(program(), &receiver(), limits());
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "first").unwrap();
    sheet.write(1_048_575, 16_383, "last").unwrap();
    let bomb: Arc<[u8]> = Arc::from(workbook.save_to_buffer().unwrap());
    let document = reader.document("bomb.xlsx", bomb.clone()).await.unwrap();
    assert_eq!((document.name.as_str(), document.bytes), ("bomb.xlsx", bomb.len() as u64));

    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(30_000);
    let facts = reader.read(Arc::from(format!("Subject: nested\r\n{nested}").into_bytes())).await.unwrap();
    assert!(facts.subject == "nested" || hostile(&facts) == 1);

    let after = reader.read(mail("after", &[])).await.unwrap();
    assert_eq!((after.subject.as_str(), hostile(&after)), ("after", 0));
    no_zombie_stays().await;
}

#[tokio::test]
async fn a_process_that_was_stopped_or_killed_while_idle_is_replaced_and_costs_no_reading() {
    for signal in ["STOP", "KILL"] {
        let limits = ReaderLimits { processes: 1, wall_secs: 3, ..limits() };
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pids");
        let script = format!("echo $$ >> {}\nexec {} read", pids.display(), program().display());
        let reader = Reader::start(shell(folder.path(), &script), &receiver(), limits);
        let one = reader.read(mail("one", &[])).await.unwrap();
        let pid = fs::read_to_string(&pids).unwrap();
        let kill = format!("kill -{signal} {}", pid.trim());
        assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let two = reader.read(mail("two", &[])).await.unwrap();
        assert_eq!((one.subject.as_str(), two.subject.as_str(), hostile(&two)), ("one", "two", 0));
        assert_eq!(fs::read_to_string(&pids).unwrap().lines().count(), 2, "{signal}");
    }
    no_zombie_stays().await;
}

#[tokio::test]
async fn without_a_program_that_greets_the_error_says_what_to_check() {
    let folder = tempfile::tempdir().unwrap();
    let mute = shell(folder.path(), "echo no room >&2; exit 3");
    for (program, says) in [
        (PathBuf::from("/nowhere/assured"), "No such file"),
        (PathBuf::from("/bin/cat"), "did not greet"),
        (mute, "exit status: 3: no room"),
    ] {
        let reader = Reader::start(program.clone(), &receiver(), limits());
        let error = reader.read(mail("m", &[])).await.unwrap_err().to_string();
        assert!(error.contains(says) && error.contains(program.to_str().unwrap()), "{error}");
        assert!(error.contains("Check that this file exists"), "{error}");
    }
    no_zombie_stays().await;
}

// The stand-in.

#[tokio::test]
async fn a_document_that_faults_the_reader_is_named_and_nothing_else_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let reader = Reader::start(stand_in_program(folder.path()), &receiver(), short());
    for fault in FAULTS {
        let raw = mail("pack", &[("good.txt", "hello"), ("scal.xlsx", fault), ("last.txt", "bye")]);
        let others = (0..4).map(|n| reader.read(mail(&format!("other{n}"), &[("a.txt", "hello")])));
        let (facts, others) = tokio::join!(reader.read(raw), futures_util::future::join_all(others));
        let facts = facts.unwrap();
        assert_eq!((facts.subject.as_str(), hostile(&facts)), ("pack", 0), "{fault}");
        let told: Vec<_> = facts.documents.iter().map(|d| (d.name.as_str(), d.problem)).collect();
        assert_eq!(told[1], ("scal.xlsx", Some(FindingCode::Hostile)), "{fault}: {told:?}");
        assert_ne!(facts.documents[0].problem, Some(FindingCode::Hostile));
        assert_ne!(facts.documents[2].problem, Some(FindingCode::Hostile));
        let scal = &facts.documents[1];
        assert_eq!((scal.bytes, scal.readable), (fault.len() as u64, false));
        assert_eq!(
            scal.findings.last().map(|f| f.message.as_str()),
            Some("We could not open scal.xlsx safely. Save it again as an .xlsx workbook and send it.")
        );
        for (n, other) in others.into_iter().enumerate() {
            let other = other.unwrap();
            assert_eq!((other.subject, other.documents.len()), (format!("other{n}"), 1), "{fault}");
            assert_ne!(other.documents[0].problem, Some(FindingCode::Hostile));
        }
    }
    no_zombie_stays().await;
}

#[tokio::test]
async fn a_body_that_faults_the_reader_leaves_the_headers_and_headers_that_do_leave_the_digest() {
    let folder = tempfile::tempdir().unwrap();
    let reader = Reader::start(stand_in_program(folder.path()), &receiver(), short());
    let body = reader.read(mail("body!abort!", &[("a.txt", "hello")])).await.unwrap();
    assert_eq!((body.subject.contains("body"), hostile(&body), body.documents.len()), (true, 1, 0), "!abort!");
    let head = reader.read(mail("head!abort!", &[("a.txt", "hello")])).await.unwrap();
    assert_eq!((head.subject.as_str(), hostile(&head)), ("", 1));
    assert!(head.from.is_none() && head.no_answer.is_some());
    no_zombie_stays().await;
}

#[tokio::test]
async fn many_hostile_documents_in_one_message_cost_a_bounded_number_of_processes() {
    let folder = tempfile::tempdir().unwrap();
    let reader = Reader::start(stand_in_program(folder.path()), &receiver(), short());
    let names: Vec<String> = (0..20).map(|n| format!("{n}.xlsx")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), "!abort!")).collect();
    let facts = reader.read(mail("flood", &files)).await.unwrap();
    let said = |words: &str| facts.documents.iter().filter(|d| d.findings[0].message.starts_with(words)).count();
    assert_eq!((said("We could not open"), said("We did not open")), (3, 17));
    let starts = fs::read_to_string(folder.path().join("starts")).unwrap();
    // One for the whole message and one for each document tried, each replaced by the next; what is left is not asked.
    assert_eq!(starts.lines().count(), 4);
}

#[tokio::test]
async fn a_single_file_that_faults_the_reader_is_a_document_with_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let reader = Reader::start(stand_in_program(folder.path()), &receiver(), short());
    let document = reader.document("form.docx", Arc::from(b"!overflow!".as_slice())).await.unwrap();
    assert_eq!((document.problem, document.bytes), (Some(FindingCode::Hostile), 10));
    assert_eq!(document.sha256.as_str().len(), 64);
    let sound = reader.document("sound.txt", Arc::from(b"sound".as_slice())).await.unwrap();
    assert_ne!(sound.problem, Some(FindingCode::Hostile));
}

#[tokio::test]
async fn processor_time_is_limited_by_request_and_not_by_process() {
    let folder = tempfile::tempdir().unwrap();
    let limits = ReaderLimits { processes: 1, wall_secs: 120, ..short() };
    let reader = Reader::start(stand_in_program(folder.path()), &receiver(), limits);
    let starts = || fs::read_to_string(folder.path().join("starts")).unwrap().lines().count();
    for _ in 0..4 {
        reader.document("slow.txt", Arc::from(WORK.as_bytes())).await.unwrap();
    }
    assert_eq!(starts(), 1);
    let spinning = reader.document("spin.txt", Arc::from(b"!spin!".as_slice()));
    let ended = tokio::time::timeout(Duration::from_secs(60), spinning).await;
    assert_eq!(ended.unwrap().unwrap().problem, Some(FindingCode::Hostile));
}

#[tokio::test]
async fn a_caller_who_stops_waiting_leaves_no_answer_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let limits = ReaderLimits { processes: 1, ..short() };
    let reader = Reader::start(stand_in_program(folder.path()), &receiver(), limits);
    let hanging = reader.read(mail("hanging", &[("a.txt", "!hang!")]));
    assert!(tokio::time::timeout(Duration::from_millis(500), hanging).await.is_err());
    let next = reader.read(mail("next", &[])).await.unwrap();
    assert_eq!(next.subject, "next");
    no_zombie_stays().await;
}

fn short() -> ReaderLimits {
    ReaderLimits { wall_secs: 3, cpu_secs: 1, ..ReaderLimits::default() }
}

/// Runs the test below as a program. The harness writes to standard output, so the stand-in answers on standard error.
fn stand_in_program(folder: &Path) -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let script = format!(
        "echo started >> {}\nexec {} --exact stand_in --ignored --nocapture --test-threads=1 2>&1 >/dev/null",
        folder.join("starts").display(),
        me.display()
    );
    shell(folder, &script)
}

#[test]
#[ignore = "no test: the program that the tests above run in the place of `assured read`"]
fn stand_in() {
    read::serve(&mut stdin().lock(), &mut stderr().lock(), |request, body, receiver| {
        if let Some(fault) = FAULTS.iter().chain([&WORK]).find(|fault| is_reached(request, body, receiver, fault)) {
            commit(fault);
        }
        read::answer(request, body, receiver)
    })
    .unwrap();
}

/// A fault in a file is reached when that file is read; one in the subject, at the headers or only past them.
fn is_reached(request: &Request, body: &[u8], receiver: &Receiver, fault: &str) -> bool {
    let holds = |bytes: &[u8], word: &str| String::from_utf8_lossy(bytes).contains(word);
    let in_headers = holds(body, &format!("Subject: head{fault}"));
    let in_message = in_headers || holds(body, &format!("Subject: body{fault}"));
    match request {
        Request::Message => in_message || holds(body, fault),
        Request::MessageWithoutDocuments => in_message,
        Request::Envelope => in_headers,
        Request::Attachment { index } => holds(&message::attachments(body, receiver)[*index].bytes, fault),
        Request::Document { .. } | Request::Teach { .. } => holds(body, fault),
    }
}

fn commit(fault: &str) -> Option<Answer> {
    match fault {
        "!abort!" => std::process::abort(),
        "!overflow!" => std::hint::black_box(dig(&[0])),
        "!hang!" => loop {
            std::thread::park();
        },
        "!spin!" => loop {
            std::hint::black_box(0);
        },
        "!devour!" => std::hint::black_box(vec![1_u8; 2 << 30].len()),
        _ => work(),
    };
    None
}

/// Not a fault: most of the processor time that one request is allowed.
fn work() -> usize {
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_millis(700) {
        std::hint::black_box(0);
    }
    0
}

#[expect(unconditional_recursion, reason = "the fault")]
fn dig(above: &[usize]) -> usize {
    let here = [above.len(), above[0]];
    dig(std::hint::black_box(&here)) + here[0]
}

fn shell(folder: &Path, script: &str) -> PathBuf {
    let program = folder.join("program.sh");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    program
}
