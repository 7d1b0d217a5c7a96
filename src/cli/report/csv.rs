//! A report as comma-separated values (RFC 4180), one figure a line. Safe to open: no cell is a formula.

use crate::domain::report::Report;

pub(super) fn write(report: &Report) -> String {
    let mut lines = vec![line(["section", "name", "measure", "value"])];
    for [section, name, measure, value] in rows(report) {
        lines.push(line([&section, &name, &measure, &value]));
    }
    lines.concat()
}

fn rows(report: &Report) -> Vec<[String; 4]> {
    let mut rows = Vec::new();
    let mut row = |section: &str, name: &str, measure: &str, value: Option<String>| {
        rows.push([section.to_owned(), name.to_owned(), measure.to_owned(), value.unwrap_or_default()]);
    };
    row("period", "", "from", Some(report.from.to_string()));
    row("period", "", "to", Some(report.to.to_string()));
    row("received", "messages", "count", Some(report.received.messages.to_string()));
    for (kind, count) in &report.received.submissions {
        row("received", kind.label(), "count", Some(count.to_string()));
    }
    let answered = &report.answered;
    row("answered", "", "count", Some(answered.count.to_string()));
    row("answered", "", "in time", Some(answered.in_time.to_string()));
    row("answered", "", "in time, per cent", answered.in_time_percent.map(|percent| percent.to_string()));
    row("answered", "", "median, working days", answered.median_days.map(|days| days.to_string()));
    row("answered", "", "90th percentile, working days", answered.percentile_90_days.map(|days| days.to_string()));
    for breach in &report.breaches {
        let name = breach.case.to_string();
        row("breach", &name, "partner", Some(breach.partner.clone()));
        row("breach", &name, "phase", Some(breach.phase.name().to_owned()));
        row("breach", &name, "due", Some(breach.due.to_string()));
        row("breach", &name, "answered", breach.answered.map(|day| day.to_string()));
    }
    for hold in &report.holds {
        let name = hold.case.to_string();
        row("hold", &name, "partner", Some(hold.partner.clone()));
        row("hold", &name, "from", Some(hold.from.to_string()));
        row("hold", &name, "until", hold.until.map(|day| day.to_string()));
        row("hold", &name, "working days", Some(hold.days.to_string()));
        row("hold", &name, "reason", Some(hold.reason.clone()));
    }
    for waiting in &report.waiting {
        let name = waiting.phase.name();
        row("waiting", name, "waits on", Some(waiting.waits_on.to_string()));
        row("waiting", name, "cases", Some(waiting.cases.to_string()));
        row("waiting", name, "overdue", Some(waiting.overdue.to_string()));
        row("waiting", name, "oldest, working days", Some(waiting.oldest_days.to_string()));
    }
    for partner in &report.partners {
        for (measure, count) in [
            ("submissions", partner.submissions),
            ("answered", partner.answered),
            ("in time", partner.in_time),
            ("breaches", partner.breaches),
            ("open cases", partner.open),
        ] {
            row("partner", &partner.partner, measure, Some(count.to_string()));
        }
    }
    rows
}

fn line(cells: [&str; 4]) -> String {
    format!("{}\r\n", cells.map(cell).join(","))
}

/// Quoted where needed. Spreadsheets compute what begins like a formula, so such text gets an apostrophe.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_every_cell_is_one_cell() {
        for (text, written) in [
            ("Care Vista", "Care Vista"),
            ("", ""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("a, b", "\"a, b\""),
            ("a\nb", "\"a\nb\""),
            ("a=b", "a=b"),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }
}
