//! The rules, each a function from the path and text of one file to what breaks it. Each has a test that plants a
//! violation, so that a rule cannot rot into one that is never broken.

use super::source::{self, Path};

/// What is wrong, where, and what to do.
pub(crate) type Violation = String;

const FILE_LINES_MAX: usize = 450;
const FUNCTION_LINES_MAX: usize = 80;

/// What each folder may use of ours, besides itself.
const MAY_USE: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("intake", &["domain"]),
    ("letters", &["domain"]),
    ("adapters", &["domain", "letters"]),
    ("config", &["domain", "intake", "letters", "adapters"]),
    ("desk", &["domain", "intake", "letters", "adapters", "config"]),
    ("daemon", &["domain", "intake", "letters", "adapters", "config", "desk"]),
    ("cli", &["domain", "intake", "letters", "adapters", "config", "desk", "daemon"]),
];

/// Adapters that others stand on: connections, and files that must survive a crash.
const SHARED_ADAPTERS: [&str; 3] = ["tls", "durable", "credential"];

const PURE: [&str; 3] = ["domain", "intake", "letters"];

const FORBIDDEN_IN_PURE: [&[&str]; 11] = [
    &["tokio"],
    &["sled"],
    &["async_imap"],
    &["lettre", "transport"],
    &["lettre", "SmtpTransport"],
    &["lettre", "AsyncSmtpTransport"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "process"],
    &["std", "env"],
    &["std", "time", "Instant"],
];

pub(crate) fn imports(path: &str, text: &str) -> Vec<Violation> {
    let module = module(path);
    let Some(folder) = module.first() else {
        return Vec::new();
    };
    let Some((_, below)) = MAY_USE.iter().find(|(name, _)| name == folder) else {
        return match folder.as_str() {
            "main" | "lib" => Vec::new(),
            _ => vec![format!("{path}: the folder is not in the map: add it to DESIGN and to this test")],
        };
    };
    let reader_may = folder == "adapters" && module.get(1).is_some_and(|file| file == "reader");
    let mut found = Vec::new();
    for used in uses(path, text) {
        let Some(other) = used.first() else { continue };
        let known = MAY_USE.iter().any(|(name, _)| name == other);
        let allowed = other == folder || below.contains(&other.as_str()) || (reader_may && other == "intake");
        if known && !allowed {
            found.push(format!(
                "{path}: {folder} may not use {}: turn the arrow round, or pass a value",
                used.join("::")
            ));
        }
        if folder == "adapters" && other == "adapters" && !may_share(&module, &used) {
            found.push(format!(
                "{path}: adapters never use one another ({}): let the caller join them",
                used.join("::")
            ));
        }
    }
    found
}

fn may_share(module: &[String], used: &[String]) -> bool {
    match used.get(1) {
        None => true,
        Some(file) => Some(file) == module.get(1) || SHARED_ADAPTERS.contains(&file.as_str()),
    }
}

/// DESIGN: "only the child, unit tests and fuzzers call it in-process". Others may use the types at the top of intake,
/// and `arrival`, which takes one date from the header fields and opens nothing; the configuration checks the profiles
/// that it names, which are our own.
pub(crate) fn parsing(path: &str, text: &str) -> Vec<Violation> {
    let module = module(path);
    let allowed = module.first().is_some_and(|folder| folder == "intake") || module == ["cli", "read"];
    let reads = |used: &Path| {
        let parts: Vec<&str> = used.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["intake", "message", "arrival"] | ["intake", "limits", ..] => false,
            ["intake", "profile", ..] => module != ["config"],
            ["intake", file, ..] => file.starts_with(char::is_lowercase),
            _ => false,
        }
    };
    let found = uses(path, text).into_iter().filter(|used| !allowed && reads(used));
    found
        .map(|used| format!("{path}: {} runs in the reader process only: ask adapters::reader", used.join("::")))
        .collect()
}

pub(crate) fn purity(path: &str, text: &str) -> Vec<Violation> {
    if !module(path).first().is_some_and(|folder| PURE.contains(&folder.as_str())) || is_test(path) {
        return Vec::new();
    }
    let code = source::code(text);
    let code = source::without_tests(&code);
    let mut found = Vec::new();
    for named in source::paths(code) {
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        if FORBIDDEN_IN_PURE.iter().any(|forbidden| named.starts_with(forbidden)) {
            found.push(format!("{path}: pure code may not name {}: move it to an adapter", named.join("::")));
        }
    }
    if code.contains("now()") {
        found.push(format!("{path}: pure code asks no clock: take the time as a value"));
    }
    found
}

pub(crate) fn time(path: &str, text: &str) -> Vec<Violation> {
    if path == "src/adapters/clock.rs" {
        return Vec::new();
    }
    let code = source::code(text);
    let clocks = ["Timestamp", "Zoned", "SystemTime", "Utc", "Local", "OffsetDateTime"];
    let asks = |path: &Path| {
        let owner = path.len().checked_sub(2).and_then(|at| path.get(at));
        path.last().is_some_and(|last| last == "now") && owner.is_some_and(|owner| clocks.contains(&owner.as_str()))
    };
    let asked = source::paths(&code).into_iter().filter(asks);
    asked
        .map(|asked| format!("{path}: {}() is for adapters/clock.rs alone: take the time as a value", asked.join("::")))
        .collect()
}

pub(crate) fn sizes(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        found.push(format!("{path}: {lines} lines, at most {FILE_LINES_MAX}: split it by what its parts are about"));
    }
    let code = source::code(text);
    let long = source::functions(&code).into_iter().filter(|(_, _, lines)| *lines > FUNCTION_LINES_MAX);
    found.extend(long.map(|(name, first, lines)| {
        format!("{path}:{first}: fn {name} has {lines} lines, at most {FUNCTION_LINES_MAX}: split it by stage")
    }));
    found
}

pub(crate) fn leftovers(path: &str, text: &str) -> Vec<Violation> {
    let left = ["TODO", "FIXME", "XXX:", "HACK"].into_iter().filter(|word| text.contains(word));
    let code = source::code(text);
    let debug = ["dbg!", "todo!", "unimplemented!"].into_iter().filter(|word| code.contains(word));
    left.chain(debug).map(|word| format!("{path}: holds {word}: finish it or take it out")).collect()
}

pub(crate) fn names(path: &str, _: &str) -> Vec<Violation> {
    let empty = ["core", "utils", "util", "common", "helpers", "helper", "misc", "shared"];
    let parts = path.trim_end_matches(".rs").split('/');
    let found = parts.filter(|part| empty.contains(part));
    found.map(|part| format!("{path}: {part} says nothing: name it after what it holds")).collect()
}

pub(crate) fn header(path: &str, text: &str) -> Vec<Violation> {
    // A file of tests only may open with its imports.
    match text.starts_with("//! ") || is_test(path) {
        true => Vec::new(),
        false => vec![format!("{path}: open it with a `//!` header: its job, and what it must not do")],
    }
}

/// The header of lib.rs names every module that it declares.
pub(crate) fn map(text: &str) -> Vec<Violation> {
    let header: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
    let modules = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let missing = modules.filter(|module| !header.contains(&format!("[`{module}`]")));
    missing.map(|module| format!("src/lib.rs: its header does not name [`{module}`]: say what it is for")).collect()
}

/// `src/a/b.rs` is `[a, b]`, and `src/a/mod.rs` is `[a]`.
fn module(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    inner.split('/').map(str::to_owned).collect()
}

/// A file of unit tests beside the file it tests.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// What a file uses of this crate, unit tests left out, as paths from the crate's root.
fn uses(path: &str, text: &str) -> Vec<Path> {
    if is_test(path) {
        return Vec::new();
    }
    let code = source::code(text);
    let module = module(path);
    let paths = source::paths(source::without_tests(&code));
    paths.iter().filter_map(|path| from_root(&module, path)).collect()
}

fn from_root(module: &[String], path: &Path) -> Option<Path> {
    let above = path.iter().take_while(|part| *part == "super").count();
    match path.first()?.as_str() {
        "crate" | "assured" => Some(path.get(1..)?.to_vec()),
        "super" => {
            let base = module.get(..module.len().checked_sub(above)?)?;
            Some(base.iter().chain(path.get(above..)?).cloned().collect())
        }
        _ => None,
    }
}

#[test]
fn an_arrow_against_the_map_is_caught() {
    for (path, text) in [
        ("src/domain/lane.rs", "use crate::intake::Receiver;"),
        ("src/domain/lane.rs", "use super::super::letters::Letter;"),
        ("src/intake/scal.rs", "use crate::letters;"),
        ("src/letters/mod.rs", "use crate::{domain::lane, adapters::clock::Clock};"),
        ("src/adapters/store.rs", "use crate::adapters::clock::Clock;"),
        ("src/adapters/store/rows.rs", "use super::super::imap::Session;"),
        ("src/adapters/store.rs", "use crate::intake::Receiver;"),
        ("src/adapters/reader/mod.rs", "use crate::desk;"),
        ("src/config.rs", "use crate::desk::Desk;"),
        ("src/desk.rs", "fn f() { crate::daemon::stop() }"),
        ("src/daemon.rs", "use crate::cli;"),
        ("src/extra/mod.rs", ""),
    ] {
        assert_eq!(imports(path, text).len(), 1, "{path}: {text}");
    }
}

#[test]
fn an_arrow_along_the_map_passes() {
    for (path, text) in [
        ("src/domain/lane.rs", "use super::ids::CaseRef;\nuse crate::domain::case::Case;"),
        ("src/intake/scal.rs", "use crate::domain::reading::Scal; // not crate::letters"),
        ("src/adapters/imap/session.rs", "use super::super::tls;\nuse super::names;\nuse crate::adapters::tls::Tls;"),
        ("src/adapters/reader/wire.rs", "use crate::intake::Receiver;"),
        ("src/adapters/store.rs", "#[cfg(test)]\nmod tests {\n    use crate::adapters::clock::Clock;\n}\n"),
        ("src/cli/run.rs", "use crate::{adapters, config, daemon, desk, domain};"),
        ("src/main.rs", "use assured::cli;"),
    ] {
        assert_eq!(imports(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn parsing_outside_the_child_is_caught() {
    assert_eq!(parsing("src/desk.rs", "let facts = crate::intake::message::read(raw);").len(), 1);
    assert_eq!(parsing("src/cli/inspect.rs", "use crate::intake::{Receiver, document};").len(), 1);
    assert!(parsing("src/cli/read.rs", "use crate::intake::message;").is_empty());
    assert!(parsing("src/daemon.rs", "use crate::intake::{Receiver, message::arrival};").is_empty());
}

#[test]
fn impure_names_are_caught_in_pure_folders_only() {
    for text in [
        "use std::{fmt, fs};",
        "use std::net::IpAddr;",
        "let x = std::fs::read(p);",
        "use tokio::time;",
        "fn f(t: &sled::Tree) {}",
        "use lettre::transport::smtp::Error;",
        "let at = Timestamp::now();",
        "let at = clock.now();",
    ] {
        assert_eq!(purity("src/domain/lane.rs", text).len(), 1, "{text}");
        assert!(purity("src/adapters/store.rs", text).is_empty());
    }
    let pure = "//! Must not name tokio or std::fs.\nuse lettre::message::Mailbox;\nlet now = at;\nlet s = \"sled\";";
    assert_eq!(purity("src/letters/mod.rs", pure), Vec::<String>::new());
}

#[test]
fn asking_the_time_elsewhere_is_caught() {
    for text in ["jiff::Timestamp::now()", "let at = SystemTime::now();", "chrono::Utc::now()"] {
        assert_eq!(time("src/desk.rs", text).len(), 1, "{text}");
        assert!(time("src/adapters/clock.rs", text).is_empty());
    }
    assert!(time("src/desk.rs", "let at = self.clock.now(); // not Timestamp::now()").is_empty());
}

#[test]
fn one_line_too_many_is_caught() {
    assert!(sizes("src/a.rs", &"x\n".repeat(FILE_LINES_MAX)).is_empty());
    assert_eq!(sizes("src/a.rs", &"x\n".repeat(FILE_LINES_MAX + 1)).len(), 1);
    let function = |lines: usize| format!("fn f() {{\n{}}}\n", "    x();\n".repeat(lines - 2));
    assert!(sizes("src/a.rs", &function(FUNCTION_LINES_MAX)).is_empty());
    assert_eq!(sizes("src/a.rs", &function(FUNCTION_LINES_MAX + 1)).len(), 1);
}

#[test]
fn leftovers_and_empty_names_are_caught() {
    for text in ["// TODO later", "dbg!(x);", "todo!()", "// FIXME"] {
        assert_eq!(leftovers("src/a.rs", text).len(), 1, "{text}");
    }
    assert!(leftovers("src/a.rs", "let s = \"dbg!\";").is_empty());
    assert_eq!(names("src/utils/x.rs", "").len(), 1);
    assert_eq!(names("src/domain/common.rs", "").len(), 1);
    assert!(names("src/domain/commons_law.rs", "").is_empty());
    assert_eq!(header("src/a.rs", "use std::fmt;").len(), 1);
    assert!(header("src/a.rs", "//! Its job.\n").is_empty());
    assert_eq!(map("//! - [`domain`]: rules\n\npub mod domain;\npub mod desk;\n").len(), 1);
}
