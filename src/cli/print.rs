//! What people see: tables, dates in words, text without tricks. Reads nothing and decides nothing.

use std::io::{self, IsTerminal, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::Value;

use crate::domain::calendar::Skipped;

const CELL_CHARS_MAX: usize = 60;
/// Around the text of a cell.
const PADDING: u16 = 2;
const LAST_COLUMN_MIN: u16 = 14;

/// `Mon 30 Nov 2026`, for tables.
pub(super) fn short_date(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// One JSON object a line.
pub(super) fn json_lines<T: serde::Serialize>(out: &mut dyn Write, rows: &[T]) -> anyhow::Result<()> {
    for row in rows {
        serde_json::to_writer(&mut *out, row).map_err(io::Error::from)?;
        writeln!(out)?;
    }
    Ok(())
}

pub(super) fn table<const N: usize>(
    out: &mut dyn Write,
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let width = width();
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    if header.iter().any(|title| !title.is_empty()) {
        table.set_header(header);
    }
    for row in rows {
        table.add_row(row.map(|cell| plain(&cell)));
    }
    let columns = table.column_max_content_widths();
    if let (Some(width), Some((_, before))) = (width, columns.split_last()) {
        // Where the last column has room enough, it alone is broken into lines: a word cut in two is hard to read.
        let taken: u16 = before.iter().map(|column| column.saturating_add(PADDING)).sum();
        if taken.saturating_add(LAST_COLUMN_MIN) <= width {
            for column in table.column_iter_mut().take(before.len()) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
    }
    table.trim_fmt().lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// As wide as the terminal, or as somebody says; a file takes lines of any length.
fn width() -> Option<u16> {
    let said = std::env::var("COLUMNS").ok().and_then(|width| width.parse().ok());
    let terminal = || {
        let stdout = io::stdout();
        let size = stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(&stdout).ok())??;
        Some(size.ws_col).filter(|columns| *columns > 0)
    };
    said.or_else(terminal)
}

/// Colours for a terminal, unless somebody does not want them (no-color.org); elsewhere text stays as it is.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    is_on: bool,
}

impl Paint {
    pub(super) fn of_stdout() -> Self {
        let unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Self { is_on: io::stdout().is_terminal() && unset("NO_COLOR") && !is_dumb }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(super) fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    pub(super) fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    pub(super) fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.is_on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The days of a due date in order, with why a day does not count.
pub(super) fn days(out: &mut dyn Write, received: Date, counted: &[Date], skipped: &[Skipped]) -> io::Result<()> {
    let mut rows = vec![(received, "day 0".to_owned(), "received".to_owned())];
    rows.extend(counted.iter().zip(1..).map(|(day, number)| (*day, format!("day {number}"), String::new())));
    rows.extend(skipped.iter().map(|day| (day.date, "-".to_owned(), format!("not counted: {}", day.why))));
    rows.sort_by_key(|(day, ..)| *day);
    table(out, ["", "", ""], rows.into_iter().map(|(day, number, why)| [short_date(day), number, why]))
}

/// Text of others made safe for a terminal: no control characters, nothing that turns the direction of
/// writing or that nobody sees.
pub(super) fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{200b}'..='\u{200f}');
    text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The value of a row for a table: long text is cut; `-` where there is none.
pub(super) fn cell(row: &Value, key: &str) -> String {
    shortened(&text(row, key))
}

/// The value of a row for a sentence, whole; `-` where there is none.
pub(super) fn text(row: &Value, key: &str) -> String {
    match row.get(key) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => plain(text),
        Some(Value::Bool(true)) => "yes".to_owned(),
        Some(Value::Bool(false)) => "no".to_owned(),
        Some(other @ (Value::Number(_) | Value::Array(_) | Value::Object(_))) => other.to_string(),
    }
}

/// As [`cell`], for a date or an instant, which is shown as local time.
pub(super) fn time_cell(row: &Value, key: &str, zone: &TimeZone) -> String {
    let Some(text) = row.get(key).and_then(Value::as_str) else {
        return "-".to_owned();
    };
    if let Ok(at) = text.parse::<Timestamp>() {
        return at.to_zoned(zone.clone()).strftime("%a %-d %b %Y %H:%M").to_string();
    }
    text.parse::<civil::Date>().map_or_else(|_| plain(text), short_date)
}

/// The rows under a key; none where there is no list.
pub(super) fn list<'a>(row: &'a Value, key: &str) -> &'a [Value] {
    row.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(CELL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text).trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\r\nc\u{202e}d"), "a [2Jb  cd");
    }

    #[test]
    fn cells_are_short_and_never_empty() {
        let row = serde_json::json!({"long": "ü".repeat(100), "none": null, "yes": true, "left": 3});
        assert_eq!(cell(&row, "long").chars().count(), CELL_CHARS_MAX + 1);
        assert_eq!(text(&row, "long").chars().count(), 100, "a sentence is whole");
        let cells = ["none", "absent", "yes", "left"].map(|key| cell(&row, key));
        assert_eq!(cells, ["-", "-", "yes", "3"]);
    }

    #[test]
    fn times_are_shown_as_local_time() {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/London").unwrap();
        let row = serde_json::json!({"summer": "2026-07-01T23:30:00Z", "day": "2026-11-30"});
        assert_eq!(time_cell(&row, "summer", &zone), "Thu 2 Jul 2026 00:30");
        assert_eq!(time_cell(&row, "day", &zone), "Mon 30 Nov 2026");
    }
}
