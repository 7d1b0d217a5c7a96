//! How fast the program is, and what it needs, beside the goals and the peers that are installed:
//! `cargo bench --bench speed`. Sections may be named: `cargo bench --bench speed -- backlog records`.
//!
//! Machines are shared and noisy: read ratios and processor time first. Counts are checked in every run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a run that cannot go on stops")]

mod backlog;
mod corpus;
mod document;
mod history;
mod poll;
mod program;
mod proxy;
mod records;
mod table;
mod usage;

#[path = "../../tests/servers/dovecot.rs"]
#[allow(dead_code, reason = "shared with the server tests, which use more of it")]
mod dovecot;
#[path = "../../fixtures/generate/mail/encode.rs"]
#[allow(dead_code, reason = "shared with the fixtures")]
mod encode;
#[path = "../../fixtures/generate/office/forms.rs"]
#[allow(dead_code, reason = "shared with the fixtures")]
mod forms;
#[path = "../../tests/servers/imap.rs"]
#[allow(dead_code, reason = "shared with the server tests")]
mod imap;
#[path = "../../tests/servers/letters.rs"]
#[allow(dead_code, reason = "shared with the server tests")]
mod letters;
#[path = "../../tests/servers/machine.rs"]
mod machine;
#[path = "../../tests/servers/mail.rs"]
#[allow(dead_code, reason = "shared with the server tests")]
mod mail;
#[path = "../../fixtures/generate/office/package.rs"]
mod package;
#[path = "../../fixtures/generate/office/packs.rs"]
#[allow(dead_code, reason = "shared with the fixtures")]
mod packs;
#[path = "../../fixtures/generate/office/scal.rs"]
#[allow(dead_code, reason = "shared with the fixtures")]
mod scal;
#[path = "../../tests/servers/sink.rs"]
#[allow(dead_code, reason = "shared with the server tests")]
mod sink;
#[path = "../../tests/servers/tokens.rs"]
#[allow(dead_code, reason = "shared with the server tests")]
mod tokens;

use machine::{free_ports, is_root, wait_for};
use table::Table;

fn main() {
    // Cargo itself adds `--bench`.
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |section: &str| asked.is_empty() || asked.iter().any(|name| name == section);
    let mut table = Table::new();
    if wanted("backlog") {
        backlog::measure(&mut table, 200, 5);
    }
    if wanted("backlog-2000") {
        backlog::measure(&mut table, 2_000, 3);
    }
    if wanted("largest") {
        backlog::largest(&mut table, 3);
    }
    if wanted("poll") {
        poll::measure(&mut table);
    }
    if wanted("ticks") {
        records::ticks(&mut table);
    }
    if wanted("rebuild") {
        records::rebuild(&mut table);
    }
    if wanted("document") {
        document::published(&mut table);
    }
    if wanted("start") {
        document::start(&mut table);
    }
    table.print();
}
