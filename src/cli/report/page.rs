//! A report as one page: figures, charts and the tables behind them. No script, nothing fetched; it prints as it is.

use super::table::figures;
use crate::domain::calendar::in_words;
use crate::domain::report::Report;

const STYLE: &str = "body{font:16px/1.5 Arial,sans-serif;color:#212b32;max-width:60em;margin:2em auto;padding:0 1em}\
    h1{font-size:1.8em;line-height:1.2}h2{font-size:1.25em;margin-top:2em}table{border-collapse:collapse;width:100%}\
    th,td{text-align:left;padding:.35em .8em .35em 0;border-bottom:1px solid #d8dde0;vertical-align:top;\
    overflow-wrap:anywhere}th{font-weight:bold}svg{max-width:100%;height:auto}\
    figure{margin:1em 0;break-inside:avoid}tr{break-inside:avoid}\
    @media print{body{margin:0;max-width:none}h2{break-after:avoid}}";

const BAR: &str = "#005eb8";
const BAR_OVERDUE: &str = "#d5281b";
const LABEL_WIDTH: usize = 210;
const BARS_WIDTH: usize = 420;
const ROW_HEIGHT: usize = 30;
const DAYS_SHOWN_MAX: u32 = 20;

/// One bar: its label, how much of it is ordinary and how much is overdue.
struct Bar {
    label: String,
    ordinary: usize,
    overdue: usize,
}

pub(super) fn write(report: &Report) -> String {
    let period = format!("{} to {}", in_words(report.from), in_words(report.to));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Assurance report, {period}</title>\
         <style>{STYLE}</style></head>\n<body><h1>Assurance report</h1><p>{period}</p>\n"
    );
    let rows = figures(report).map(|(name, value)| vec![name.to_owned(), value]);
    page.push_str(&section("The period in figures", &["What", "Value"], rows.collect()));
    page.push_str("<h2>How long answers took</h2>\n");
    page.push_str(&chart("Answers by the working days that they took", &by_days(report)));
    page.push_str("<h2>Where cases wait at the end</h2>\n");
    page.push_str(&chart("Open cases by phase; what is overdue is red", &by_phase(report)));
    page.push_str(&tables(report));
    page.push_str("</body></html>\n");
    page
}

fn tables(report: &Report) -> String {
    let waiting = report.waiting.iter().map(|row| {
        let (cases, overdue, oldest) = (row.cases.to_string(), row.overdue.to_string(), row.oldest_days.to_string());
        vec![row.phase.name().to_owned(), row.waits_on.to_string(), cases, overdue, oldest]
    });
    let breaches = report.breaches.iter().map(|row| {
        let answered = row.answered.map_or("not yet".to_owned(), in_words);
        vec![row.case.to_string(), row.partner.clone(), row.phase.name().to_owned(), in_words(row.due), answered]
    });
    let holds = report.holds.iter().map(|row| {
        let until = row.until.map_or("still held".to_owned(), in_words);
        let days = row.days.to_string();
        vec![row.case.to_string(), row.partner.clone(), in_words(row.from), until, days, row.reason.clone()]
    });
    let partners = report.partners.iter().map(|row| {
        let counts = [row.submissions, row.answered, row.in_time, row.breaches, row.open];
        std::iter::once(row.partner.clone()).chain(counts.map(|count| count.to_string())).collect()
    });
    [
        table(&["Phase", "Waits on", "Cases", "Overdue", "Oldest, working days"], waiting.collect()),
        section("Broken promises", &["Case", "Partner", "Phase", "Due", "Answered"], breaches.collect()),
        section("Holds", &["Case", "Partner", "From", "Until", "Working days", "Reason"], holds.collect()),
        section(
            "By partner",
            &["Partner", "Submissions", "Answered", "In time", "Broken", "Open cases"],
            partners.collect(),
        ),
    ]
    .concat()
}

fn by_days(report: &Report) -> Vec<Bar> {
    let in_words = |days: u32| match days {
        0 => "the same day".to_owned(),
        1 => "1 working day".to_owned(),
        more => format!("{more} working days"),
    };
    // Days on which no answer came are shown too, unless one answer took so long that they would fill the page.
    let by_days = &report.answered.by_days;
    let longest = by_days.keys().next_back().copied().unwrap_or(0);
    let is_shown = |days: &u32| longest <= DAYS_SHOWN_MAX || by_days.contains_key(days);
    let days = (0..=longest).filter(is_shown);
    days.map(|days| Bar { label: in_words(days), ordinary: by_days.get(&days).copied().unwrap_or(0), overdue: 0 })
        .collect()
}

fn by_phase(report: &Report) -> Vec<Bar> {
    let bar = |label: &str, cases: usize, overdue: usize| Bar {
        label: label.to_owned(),
        ordinary: cases.saturating_sub(overdue),
        overdue,
    };
    report.waiting.iter().map(|row| bar(row.phase.name(), row.cases, row.overdue)).collect()
}

/// Bars with their numbers, and the same in words for those who do not see them.
fn chart(title: &str, bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.ordinary + bar.overdue).max().unwrap_or(0);
    if most == 0 {
        return "<p>None.</p>\n".to_owned();
    }
    let (width, height) = (LABEL_WIDTH + BARS_WIDTH + 50, bars.len() * ROW_HEIGHT + 10);
    let in_words: Vec<String> = bars
        .iter()
        .map(|bar| match bar.overdue {
            0 => format!("{}: {}", bar.label, bar.ordinary),
            overdue => format!("{}: {}, {overdue} of them overdue", bar.label, bar.ordinary + overdue),
        })
        .collect();
    let mut drawn = String::new();
    for (number, bar) in bars.iter().enumerate() {
        let (top, text) = (number * ROW_HEIGHT + 5, number * ROW_HEIGHT + 21);
        let (first, second) = (bar.ordinary * BARS_WIDTH / most, bar.overdue * BARS_WIDTH / most);
        let (red, after) = (LABEL_WIDTH + first, LABEL_WIDTH + first + second + 8);
        drawn.push_str(&format!(
            "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABEL_WIDTH}\" y=\"{top}\" width=\"{first}\" height=\"22\" fill=\"{BAR}\"/>\
             <rect x=\"{red}\" y=\"{top}\" width=\"{second}\" height=\"22\" fill=\"{BAR_OVERDUE}\"/>\
             <text x=\"{after}\" y=\"{text}\">{}</text>",
            LABEL_WIDTH - 10,
            escape(&bar.label),
            bar.ordinary + bar.overdue,
        ));
    }
    let (title, words) = (escape(title), escape(&in_words.join("; ")));
    format!(
        "<figure><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}. {words}.\" font-family=\"Arial,sans-serif\" \
         font-size=\"15\" fill=\"#212b32\" style=\"print-color-adjust:exact;-webkit-print-color-adjust:exact\">\
         <title>{title}</title>{drawn}</svg><figcaption>{title}</figcaption></figure>\n"
    )
}

fn section(title: &str, header: &[&str], rows: Vec<Vec<String>>) -> String {
    let table = if rows.is_empty() { "<p>None.</p>\n".to_owned() } else { table(header, rows) };
    format!("<h2>{title}</h2>\n{table}")
}

fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let header: String = header.iter().map(|title| format!("<th scope=\"col\">{title}</th>")).collect();
    let row = |cells: &Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!("<table><thead><tr>{header}</tr></thead><tbody>\n{rows}</tbody></table>\n")
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
