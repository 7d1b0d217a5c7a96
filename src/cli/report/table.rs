//! A report for a terminal.

use std::io::{self, Write};

use crate::cli::print::{short_date, table};
use crate::domain::calendar::in_words;
use crate::domain::report::Report;

pub(super) fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    writeln!(out, "{} to {}\n", in_words(report.from), in_words(report.to))?;
    table(out, ["", ""], figures(report).map(|(name, value)| [name.to_owned(), value]))?;
    if !report.breaches.is_empty() {
        writeln!(out, "\nBroken promises\n")?;
        let rows = report.breaches.iter().map(|breach| {
            let answered = breach.answered.map_or("not yet".to_owned(), short_date);
            [
                breach.case.to_string(),
                breach.phase.name().to_owned(),
                short_date(breach.due),
                answered,
                breach.partner.clone(),
            ]
        });
        table(out, ["Case", "Phase", "Due", "Answered", "Partner"], rows)?;
    }
    if !report.holds.is_empty() {
        writeln!(out, "\nHolds\n")?;
        let rows = report.holds.iter().map(|hold| {
            let until = hold.until.map_or("still held".to_owned(), short_date);
            [
                hold.case.to_string(),
                short_date(hold.from),
                until,
                hold.days.to_string(),
                hold.reason.clone(),
                hold.partner.clone(),
            ]
        });
        table(out, ["Case", "From", "Until", "Working days", "Reason", "Partner"], rows)?;
    }
    if !report.waiting.is_empty() {
        writeln!(out, "\nWhere cases wait at the end\n")?;
        let rows = report.waiting.iter().map(|row| {
            let (cases, overdue) = (row.cases.to_string(), row.overdue.to_string());
            [row.phase.name().to_owned(), row.waits_on.to_string(), cases, overdue, row.oldest_days.to_string()]
        });
        table(out, ["Phase", "Waits on", "Cases", "Overdue", "Oldest, working days"], rows)?;
    }
    if !report.partners.is_empty() {
        writeln!(out, "\nBy partner\n")?;
        let rows = report.partners.iter().map(|row| {
            let counts =
                [row.submissions, row.answered, row.in_time, row.breaches, row.open].map(|count| count.to_string());
            let [submissions, answered, in_time, breaches, open] = counts;
            [row.partner.clone(), submissions, answered, in_time, breaches, open]
        });
        table(out, ["Partner", "Submissions", "Answered", "In time", "Broken", "Open cases"], rows)?;
    }
    Ok(())
}

/// The figures of the whole period, by name.
pub(super) fn figures(report: &Report) -> impl Iterator<Item = (&'static str, String)> {
    let answered = &report.answered;
    let submissions: Vec<String> =
        report.received.submissions.iter().map(|(kind, count)| format!("{} {count}", kind.label())).collect();
    let submissions = if submissions.is_empty() { "none".to_owned() } else { submissions.join(", ") };
    let percent = answered.in_time_percent.map_or(String::new(), |percent| format!(" ({percent} %)"));
    let days = |days: Option<u32>| days.map_or("-".to_owned(), |days| days.to_string());
    [
        ("Messages of partners", report.received.messages.to_string()),
        ("Submissions", submissions),
        ("Answers", answered.count.to_string()),
        ("Answers in time", format!("{}{percent}", answered.in_time)),
        ("Working days to an answer, median", days(answered.median_days)),
        ("Working days to an answer, 90th percentile", days(answered.percentile_90_days)),
        ("Broken promises", report.breaches.len().to_string()),
        ("Holds", report.holds.len().to_string()),
    ]
    .into_iter()
}
