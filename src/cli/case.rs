//! `assured case`: the story of one case, from its first message.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::cases::{due, left};
use super::{ask, print};
use crate::adapters::control::Request;
use crate::config::Settings;
use crate::domain::ids::CaseRef;

pub(super) const ABOUT: &str = "\
Tells the story of one case: where it stands, what was submitted, who takes part, every step with its reason, and the \
letters written. REF is the reference in the subject of its letters, such as ERS-00042.";

#[derive(Debug, Args)]
pub(super) struct CaseArgs {
    /// Reference of the case, such as ERS-00042
    #[arg(value_name = "REF", value_parser = reference)]
    reference: CaseRef,
    /// Print one JSON object: that of `assured cases`, with its `lanes`, and the lists shown here
    #[arg(long)]
    json: bool,
}

pub(super) fn execute(args: &CaseArgs, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let answer = ask::ask(settings, Request::Case { reference: args.reference })?;
    if args.json {
        print::json_lines(out, &answer.rows)?;
    } else {
        let zone = settings.policy.calendar.zone();
        answer.rows.iter().try_for_each(|row| story(out, row, zone))?;
    }
    ask::tell(&answer, out)
}

/// Reads a case reference from the command line.
pub(super) fn reference(text: &str) -> Result<CaseRef, String> {
    CaseRef::parse(text).ok_or_else(|| "a case reference looks like ERS-00042".to_owned())
}

fn story(out: &mut dyn Write, row: &Value, zone: &TimeZone) -> anyhow::Result<()> {
    writeln!(out, "{}  {}\n", print::text(row, "case"), print::text(row, "subject"))?;
    let fields = [
        ("Organisation", print::cell(row, "organisation")),
        ("Product", print::cell(row, "product")),
        ("ODS code", print::cell(row, "ods_code")),
        ("Opened", print::time_cell(row, "opened", zone)),
        ("Status", status(row, zone)),
        ("Looked after by", print::cell(row, "looked_after_by")),
        ("Round", print::cell(row, "round")),
        ("Access", print::cell(row, "mode")),
        ("Question open", print::cell(row, "question_open")),
        ("Not routine", not_routine(row, zone)),
        ("Session", session(row, zone)),
        ("Open tests", words(row, "open_tests")),
        ("SCAL update asked", print::cell(row, "scal_update_asked")),
        ("Approved", print::time_cell(row, "approved", zone)),
        ("!undo takes back", undo(row, zone)),
    ];
    print::table(out, ["", ""], fields.map(|(name, value)| [name.to_owned(), value]))?;
    section(out, "Lanes", print::list(row, "lanes"), ["Lane", "Phase", "Waits on", "Left", "Due"], |lane| {
        let cell = |key| print::cell(lane, key);
        [cell("lane"), cell("phase"), cell("waits_on"), left(lane), due(lane, zone)]
    })?;
    lane_notes(out, row, zone)?;
    section(out, "Submissions", print::list(row, "submissions"), ["Received", "What", "File", "To fix"], |row| {
        let cell = |key| print::cell(row, key);
        [print::time_cell(row, "received_at", zone), cell("kind"), cell("name"), cell("to_fix")]
    })?;
    if let Some(Value::Object(people)) = row.get("participants") {
        let people: Vec<_> = people.iter().collect();
        section(out, "Participants", &people, ["Address", "Name", "Since", "Needs"], |(address, about)| {
            let needs: Vec<&str> = print::list(about, "needs").iter().filter_map(Value::as_str).collect();
            let needs = if needs.is_empty() { "-".to_owned() } else { print::plain(&needs.join(", ")) };
            [address.to_string(), print::cell(about, "name"), print::time_cell(about, "since", zone), needs]
        })?;
    }
    section(out, "Letters", print::list(row, "letters"), ["Letter", "Kind", "To", "State"], |row| {
        ["letter", "kind", "to", "state"].map(|key| print::cell(row, key))
    })?;
    section(out, "Story", print::list(row, "story"), ["Step", "At", "Event", "Why"], |row| {
        let why = row.get("why").and_then(Value::as_str).unwrap_or("-").to_owned();
        [print::cell(row, "step"), print::time_cell(row, "at", zone), print::cell(row, "event"), why]
    })
}

/// Open, or when, by whom and why it was closed.
pub(super) fn status(row: &Value, zone: &TimeZone) -> String {
    let Some(status) = row.get("status").filter(|status| status.get("at").is_some()) else {
        return "open".to_owned();
    };
    let (at, by) = (print::time_cell(status, "at", zone), print::text(status, "by"));
    format!("closed {at}, by {by}: {}", print::text(status, "reason"))
}

/// Since when, and what that means for the partner.
fn not_routine(row: &Value, zone: &TimeZone) -> String {
    match row.get("not_routine").filter(|aside| aside.is_object()) {
        Some(aside) => format!("since {}: {}", print::time_cell(aside, "since", zone), print::text(aside, "why")),
        None => "-".to_owned(),
    }
}

/// What a line of a table does not hold: why a clock is held, and where a lane goes back to.
fn lane_notes(out: &mut dyn Write, row: &Value, zone: &TimeZone) -> anyhow::Result<()> {
    for lane in print::list(row, "lanes") {
        if let Some(held) = lane.get("held").filter(|held| held.is_object()) {
            let (name, since) = (print::text(lane, "lane"), print::time_cell(held, "since", zone));
            let (due, reason) = (print::time_cell(lane, "due", zone), print::text(held, "reason"));
            writeln!(out, "The clock of {name} is held since {since}; its date was {due}: {reason}")?;
        }
        if let Some(phase) = lane.get("returns_to").and_then(Value::as_str) {
            let name = print::text(lane, "lane");
            writeln!(out, "Once this SCAL is accepted, {name} goes back to {}.", print::plain(phase))?;
        }
    }
    Ok(())
}

/// When it is, and what those who are invited answered.
fn session(row: &Value, zone: &TimeZone) -> String {
    let Some(session) = row.get("session").filter(|session| session.is_object()) else { return "-".to_owned() };
    let when = format!("{}, {} minutes", print::time_cell(session, "starts", zone), print::text(session, "minutes"));
    let Some(Value::Object(answers)) = row.get("attendance") else { return when };
    let answers = answers.iter().map(|(who, answer)| format!("; {who} {}", answer.as_str().unwrap_or_default()));
    answers.fold(when, |told, answer| told + &answer)
}

fn words(row: &Value, key: &str) -> String {
    let words: Vec<&str> = print::list(row, key).iter().filter_map(Value::as_str).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

fn undo(row: &Value, zone: &TimeZone) -> String {
    let Some(undo) = row.get("undo").filter(|undo| undo.is_object()) else { return "-".to_owned() };
    let (command, by) = (print::text(undo, "command"), print::text(undo, "by"));
    format!("{command} of {by}, until {}", print::time_cell(undo, "until", zone))
}

fn section<T, const N: usize>(
    out: &mut dyn Write,
    title: &str,
    items: &[T],
    header: [&str; N],
    row: impl Fn(&T) -> [String; N],
) -> anyhow::Result<()> {
    if !items.is_empty() {
        writeln!(out, "\n{title}")?;
        print::table(out, header, items.iter().map(row))?;
    }
    Ok(())
}
