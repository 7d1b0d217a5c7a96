//! Puts a request to the running daemon or, where none runs, to the records themselves. Knows who asks.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::process::ExitCode;

use crate::adapters::clock::Clock;
use crate::adapters::control::{self, Answer, Request};
use crate::config::Settings;
use crate::desk;

use super::print::plain;

pub(super) fn ask(settings: &Settings, request: Request) -> anyhow::Result<Answer> {
    match control::ask(&settings.socket(), &request)? {
        Some(answer) => Ok(answer),
        None => desk::answer_alone(settings, request, Clock::real().now()),
    }
}

/// Prints what was done; what was refused goes to standard error with exit code 1.
pub(super) fn tell(answer: &Answer, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let message = answer.message.as_deref().unwrap_or_default();
    for line in message.lines().map(plain) {
        if answer.done {
            writeln!(out, "{line}")?;
        } else {
            eprintln!("assured: {line}");
        }
    }
    Ok(if answer.done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// As [`tell`], where rows of JSON are all that may be printed.
pub(super) fn tell_programs(answer: &Answer) -> anyhow::Result<ExitCode> {
    if answer.done { Ok(ExitCode::SUCCESS) } else { tell(answer, &mut io::sink()) }
}

/// The operating-system user, and behind `sudo` the person who called it.
pub(super) fn user() -> String {
    let own = fs::metadata("/proc/self").map(|about| about.uid()).ok();
    let user = match own {
        Some(uid) => user_name(uid).unwrap_or_else(|| format!("uid {uid}")),
        None => env::var("LOGNAME").or_else(|_| env::var("USER")).unwrap_or_else(|_| "unknown user".to_owned()),
    };
    match env::var("SUDO_USER") {
        Ok(caller) if caller != user && !caller.is_empty() => plain(&format!("{caller} as {user}")),
        Ok(_) | Err(_) => user,
    }
}

fn user_name(uid: u32) -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let mut lines = users.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then(|| name.to_owned())
    })
}
