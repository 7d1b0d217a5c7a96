//! What a hostile file gains that takes the reader process over: nothing beyond its own message. A stand-in, confined as
//! the program is, tries on the word what such a file would try, and says how each attempt ended.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs::{self, File, Permissions};
use std::io::{self, stderr, stdin};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::{env, thread};

use assured::adapters::reader::wire::{Answer, Confinement, Request};
use assured::adapters::reader::{Reader, ReaderLimits, confine};
use assured::cli::read;
use assured::intake::{Receiver, document};
use rustix::process::{Pid, Resource, Rlimit};

/// Said by the stand-in of an attempt that was not refused.
const DONE: &str = "done";

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_assured"))
}

fn reader(program: PathBuf) -> Reader {
    Reader::start(program, &Receiver::default(), ReaderLimits { processes: 1, ..ReaderLimits::default() })
}

/// What the stand-in says of an attempt.
async fn tried(reader: &Reader, attempt: &str) -> String {
    reader.document("attempt.txt", Arc::from(attempt.as_bytes())).await.unwrap().name
}

#[tokio::test]
async fn a_reader_that_was_taken_over_reaches_no_file_no_network_and_no_other_process() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("journal");
    fs::write(&store, "secret").unwrap();
    fs::set_permissions(&store, Permissions::from_mode(0o666)).unwrap();
    let (tcp, unix) = (TcpListener::bind("127.0.0.1:0").unwrap(), folder.path().join("socket"));
    let _unix_listener = UnixListener::bind(&unix).unwrap();
    let reader = reader(stand_in_program(folder.path()));
    for attempt in [
        format!("open {}", store.display()),
        "open /etc/passwd".to_owned(),
        "open /proc/self/environ".to_owned(),
        "open /dev/fd/0".to_owned(),
        format!("write {}", store.display()),
        format!("create {}", folder.path().join("new").display()),
        format!("list {}", folder.path().display()),
        format!("remove {}", store.display()),
        format!("tcp {}", tcp.local_addr().unwrap()),
        format!("unix {}", unix.display()),
        "listen 127.0.0.1:0".to_owned(),
        "udp 127.0.0.1:0".to_owned(),
        "spawn /bin/true".to_owned(),
        "thread".to_owned(),
        format!("signal {}", std::process::id()),
        format!("limit {}", std::process::id()),
    ] {
        let ended = tried(&reader, &attempt).await;
        let refused = ["EPERM", "EACCES", "EMFILE"].iter().any(|refusal| ended.starts_with(refusal));
        // Without the kernel's help the limits alone hold most of it.
        let by_kernel = reader.confinement().await.unwrap().few_calls;
        assert!(refused || (!by_kernel && ended != DONE), "{attempt}: {ended}");
        assert!(!by_kernel || ended.starts_with("EPERM"), "{attempt}: {ended}");
    }
    assert_eq!(fs::read_to_string(&store).unwrap(), "secret");
    assert_eq!(tried(&reader, "nothing").await, DONE, "the stand-in lives on and can say so");
}

#[tokio::test]
async fn a_reader_inherits_no_secret_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let reader = reader(stand_in_program(folder.path()));
    // What a shell sets by itself, for the stand-in is started by one.
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let mine: Vec<String> = env::vars().map(|(name, _)| name).filter(|name| !own.contains(&name.as_str())).collect();
    assert!(mine.iter().any(|name| name == "PATH"), "there is something to inherit");
    for name in mine {
        assert_eq!(tried(&reader, &format!("env {name}")).await, "absent", "{name}");
    }
}

#[tokio::test]
async fn the_program_says_what_confines_it_and_reads_all_the_same() {
    let reader = reader(program());
    assert_eq!(reader.confinement().await.unwrap(), kernel());
    let name = "scal-gaps.xlsx";
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents").join(name)).unwrap();
    let here = document::read(name, &bytes, &Receiver::default());
    assert_eq!(reader.document(name, Arc::from(bytes)).await.unwrap(), here);
}

/// On a thread of its own, which is all that Landlock confines.
#[test]
fn landlock_alone_refuses_files_and_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let confined = thread::spawn(move || {
        if !confine::no_files() {
            return eprintln!("skipped: this kernel has no Landlock");
        }
        let refused = |tried: io::Result<()>| assert_eq!(outcome(tried), "EACCES");
        refused(File::open("/etc/passwd").map(drop));
        refused(fs::read_dir("/").map(drop));
        refused(File::create(env::temp_dir().join("assured-no-file")).map(drop));
        refused(Command::new("/bin/true").spawn().map(drop));
        if kernel_release() >= (6, 7) {
            refused(TcpStream::connect(address).map(drop));
        }
    });
    confined.join().unwrap();
}

/// What this kernel is known to have, told without asking the reader.
fn kernel() -> Confinement {
    let has = |path: &str, word: &str| fs::read_to_string(path).is_ok_and(|text| text.contains(word));
    let landlock = thread::spawn(confine::no_files).join().unwrap();
    Confinement { no_files: landlock, few_calls: has("/proc/self/status", "Seccomp:") }
}

fn kernel_release() -> (u32, u32) {
    let text = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut numbers = text.split('.').map_while(|part| part.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// Runs the test below as a program. The harness writes to standard output, so the stand-in answers on standard error.
fn stand_in_program(folder: &Path) -> PathBuf {
    let me = env::current_exe().unwrap();
    let program = folder.join("program.sh");
    let harness = "--exact stand_in --ignored --nocapture --test-threads=1 2>&1 >/dev/null";
    fs::write(&program, format!("#!/bin/sh\nexec {} {harness}\n", me.display())).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    program
}

#[test]
#[ignore = "no test: the program that the tests above run in the place of `assured read`"]
fn stand_in() {
    read::serve(&mut stdin().lock(), &mut stderr().lock(), |request, body, receiver| {
        let Some(Answer::Document { mut document }) = read::answer(request, body, receiver) else { return None };
        assert!(matches!(request, Request::Document { .. }));
        document.name = attempt(std::str::from_utf8(body).unwrap());
        Some(Answer::Document { document })
    })
    .unwrap();
}

fn attempt(words: &str) -> String {
    let (verb, what) = words.split_once(' ').unwrap_or((words, ""));
    let pid = || Pid::from_raw(what.parse().unwrap()).unwrap();
    outcome(match verb {
        "open" => File::open(what).map(drop),
        "write" => File::options().write(true).open(what).map(drop),
        "create" => File::create(what).map(drop),
        "list" => fs::read_dir(what).map(drop),
        "remove" => fs::remove_file(what),
        "tcp" => TcpStream::connect(what).map(drop),
        "unix" => UnixStream::connect(what).map(drop),
        "listen" => TcpListener::bind(what).map(drop),
        "udp" => UdpSocket::bind(what).map(drop),
        "spawn" => Command::new(what).spawn().map(drop),
        "thread" => thread::Builder::new().spawn(|| ()).map(drop),
        "signal" => rustix::process::test_kill_process(pid()).map_err(io::Error::from),
        "limit" => {
            let none = Rlimit { current: Some(1 << 20), maximum: Some(1 << 20) };
            rustix::process::prlimit(Some(pid()), Resource::Core, none).map(drop).map_err(io::Error::from)
        }
        "env" if env::var_os(what).is_none() => return "absent".to_owned(),
        _ => Ok(()),
    })
}

fn outcome(tried: io::Result<()>) -> String {
    match tried.map_err(|error| error.raw_os_error()) {
        Ok(()) => DONE.to_owned(),
        Err(Some(libc::EPERM)) => "EPERM".to_owned(),
        Err(Some(libc::EACCES)) => "EACCES".to_owned(),
        Err(Some(libc::EMFILE)) => "EMFILE".to_owned(),
        Err(other) => format!("{other:?}"),
    }
}
