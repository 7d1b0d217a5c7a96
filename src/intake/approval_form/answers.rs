//! Where a form has its answers: right of a label, below it, in the same cell or on the same line, and what is no
//! answer. Must not judge an answer.

use crate::domain::reading::Finding;

use super::super::content::Content;
use super::super::grid::{Grid, address, plain};
use super::super::labels::{Place, find_where, tidy, value_right_of};
use super::super::profile::{FormField, FormProfile, FormWords, Words};
use super::super::word::PICTURE;

/// Rows below a label of a person in which their name is asked for.
const NAME_ROWS_MAX: u32 = 4;
/// Words that a label on a line may have.
const LABEL_WORDS_MAX: usize = 10;
/// What is said of a signature that is drawn.
const DRAWN: &str = "signature as a picture";

#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) value: Option<String>,
    /// Its label is on the form.
    pub(super) labelled: bool,
    sheet: Option<String>,
    cell: Option<String>,
}

impl Answer {
    /// The finding, at the place of this answer; Word documents have no addresses.
    pub(super) fn place(&self, finding: Finding) -> Finding {
        Finding { sheet: self.sheet.clone(), cell: self.cell.clone(), ..finding }
    }
}

pub(super) fn answer(content: &Content, profile: &FormProfile, words: &FormWords) -> Answer {
    let tables = content.tables.iter().filter_map(|grid| in_table(grid, profile, words));
    let answers: Vec<Answer> = tables.chain(on_lines(&content.lines, profile, words)).collect();
    let filled = answers.iter().find(|answer| answer.value.is_some());
    filled.or(answers.first()).cloned().unwrap_or_default()
}

fn in_table(grid: &Grid, profile: &FormProfile, words: &FormWords) -> Option<Answer> {
    let from = first_row(grid, profile, words.field);
    let Some(label) = find_where(grid, &words.labels, |place| place.row >= from) else {
        return in_one_cell(grid, profile, words);
    };
    let text = beside(grid, profile, label).or_else(|| named_below(grid, profile, words, label));
    let (place, text) = text.or_else(|| below(grid, profile, label)).unwrap_or((
        Place { row: label.row, column: label.column + 1 },
        in_same_cell(grid.text(label.row, label.column)),
    ));
    Some(answered(grid, place, value(text, profile, words.field)))
}

/// `Product: Harbour Referrals`
fn in_one_cell(grid: &Grid, profile: &FormProfile, words: &FormWords) -> Option<Answer> {
    grid.cells().find_map(|(row, column, text)| {
        let (_, text) = parts(text, None, profile).into_iter().find(|(label, _)| words.labels.are(label))?;
        let place = Place { row, column };
        Some(answered(grid, place, value(&text, profile, words.field)))
    })
}

fn answered(grid: &Grid, place: Place, value: Option<String>) -> Answer {
    let named = !grid.name.is_empty();
    Answer {
        value,
        labelled: true,
        sheet: named.then(|| grid.name.clone()),
        cell: named.then(|| address(place.row, place.column)),
    }
}

/// Many tables have a date: that of the signature stands beside it or below.
fn first_row(grid: &Grid, profile: &FormProfile, field: FormField) -> u32 {
    let signature = profile.fields.iter().find(|words| words.field == FormField::SignedBy);
    let place =
        signature.filter(|_| field == FormField::SignedOn).and_then(|words| find_where(grid, &words.labels, |_| true));
    place.map_or(0, |place| place.row)
}

fn beside<'a>(grid: &'a Grid, profile: &FormProfile, label: Place) -> Option<(Place, &'a str)> {
    let text = value_right_of(grid, label, |text| is_label(text, profile))?;
    let (column, _) = grid.row(label.row)?.cells_after(label.column).next()?;
    Some((Place { row: label.row, column }, text))
}

/// "Senior responsible person" as the title of a block in which "Name" has its answer.
fn named_below<'a>(grid: &'a Grid, profile: &FormProfile, words: &FormWords, label: Place) -> Option<(Place, &'a str)> {
    let near = |place: Place| place.row > label.row && place.row <= label.row + NAME_ROWS_MAX;
    let name = find_where(grid, &words.nested, near)?;
    let between = (label.row + 1..name.row).filter_map(|row| grid.row(row)).flat_map(|cells| cells.plain_cells());
    let other = between.into_iter().any(|(_, text)| is_label(text, profile));
    beside(grid, profile, name).filter(|_| !other)
}

/// Below the label, in a form that has its labels in rows, or one above its answer all the way down.
fn below<'a>(grid: &'a Grid, profile: &FormProfile, label: Place) -> Option<(Place, &'a str)> {
    let cells = grid.row(label.row)?;
    let headings =
        cells.len() > 1 && cells.cells().all(|(_, text)| !is_bracketed(text) && is_label(&plain(text), profile));
    let place = Place { row: label.row + 1, column: label.column };
    let text = grid.text(place.row, place.column);
    let free = !text.is_empty() && !is_label(&plain(text), profile);
    (free && (headings || is_one_column(grid, profile))).then_some((place, text))
}

/// Labels and answers by turns. A form of two columns that nobody filled has label after label.
fn is_one_column(grid: &Grid, profile: &FormProfile) -> bool {
    let texts: Vec<&str> = grid.rows().flat_map(|(_, cells)| cells.plain_cells().map(|(_, text)| text)).collect();
    let after: Vec<bool> = texts
        .windows(2)
        .filter_map(|two| two.first().zip(two.get(1)))
        .filter(|(text, _)| is_label(text, profile))
        .map(|(_, next)| is_label(next, profile))
        .collect();
    let open = after.iter().filter(|is_label| **is_label).count();
    grid.rows().all(|(_, cells)| cells.len() == 1) && open * 2 < after.len()
}

/// `ODS code: RXA`
fn in_same_cell(text: &str) -> &str {
    text.split_once([':', '\n']).map_or("", |(_, value)| value)
}

/// `Signed: M Castle   Date: 16 November 2026`
fn on_lines(lines: &[String], profile: &FormProfile, words: &FormWords) -> Option<Answer> {
    let mut answers = lines.iter().enumerate().flat_map(|(at, line)| {
        let next = lines.get(at + 1).map(String::as_str);
        parts(line, next, profile).into_iter().filter(|(label, _)| words.labels.are(label)).map(|(_, text)| text)
    });
    let first = answers.next()?;
    let texts = std::iter::once(first).chain(answers);
    let value = texts.into_iter().find_map(|text| value(&text, profile, words.field));
    Some(Answer { value, labelled: true, ..Answer::default() })
}

pub(super) fn is_on_a_line(content: &Content, profile: &FormProfile, words: &Words) -> bool {
    content.lines.iter().any(|line| parts(line, None, profile).iter().any(|(label, _)| words.are(label)))
}

/// The labels of a line with what follows each. A label alone on its line has its answer on the next one.
fn parts(line: &str, next: Option<&str>, profile: &FormProfile) -> Vec<(String, String)> {
    if is_label(&plain(line), profile) {
        let answer = next.filter(|next| parts(next, None, profile).is_empty()).unwrap_or_default();
        return vec![(plain(line), answer.to_owned())];
    }
    let mut parts: Vec<(String, String)> = Vec::new();
    for segment in line.split(':') {
        let (before, label) = label_at_end(segment, profile).unwrap_or((segment, String::new()));
        if let Some((_, answer)) = parts.last_mut() {
            if !answer.is_empty() {
                answer.push(':');
            }
            answer.push_str(before);
        }
        if !label.is_empty() {
            parts.push((label, String::new()));
        } else if parts.is_empty() {
            return parts;
        }
    }
    // A line that ends in a label's words has no colon after them.
    if line.trim_end().ends_with(':') { parts } else { without_open_end(parts) }
}

fn without_open_end(mut parts: Vec<(String, String)>) -> Vec<(String, String)> {
    if parts.last().is_some_and(|(_, answer)| answer.is_empty()) {
        parts.pop();
    }
    parts
}

/// The label before a colon, and what stands before it on the line.
fn label_at_end<'a>(segment: &'a str, profile: &FormProfile) -> Option<(&'a str, String)> {
    let starts = segment.char_indices().filter(|(at, c)| {
        let before = segment.get(..*at).and_then(|head| head.chars().next_back());
        !c.is_whitespace() && before.is_none_or(char::is_whitespace)
    });
    let starts: Vec<usize> = starts.map(|(at, _)| at).collect();
    let near = starts.iter().skip(starts.len().saturating_sub(LABEL_WORDS_MAX));
    near.into_iter().find_map(|at| {
        let label = plain(segment.get(*at..)?);
        is_label(&label, profile).then(|| (segment.get(..*at).unwrap_or_default(), label))
    })
}

fn is_label(text: &str, profile: &FormProfile) -> bool {
    profile.fields.iter().any(|field| field.labels.are(text) || field.nested.are(text))
        || profile.other_labels.are(text)
}

/// An answer that is one: neither blank nor what the blank form has in its place.
fn value(text: &str, profile: &FormProfile, field: FormField) -> Option<String> {
    let words = plain(text);
    if words.is_empty() {
        let drawn = field == FormField::SignedBy && text.contains(PICTURE);
        return drawn.then(|| DRAWN.to_owned());
    }
    let placeholder = is_bracketed(text)
        || profile.placeholders.are(&words)
        || profile
            .placeholders
            .iter()
            .any(|start| start.contains(' ') && super::super::grid::begins_with(&words, start));
    (!placeholder).then(|| tidy(text.trim_matches(|c: char| c == '_' || c.is_whitespace())))
}

/// `[insert name]`
fn is_bracketed(text: &str) -> bool {
    let text = text.trim();
    [('[', ']'), ('<', '>'), ('{', '}')]
        .into_iter()
        .any(|(open, close)| text.starts_with(open) && text.ends_with(close))
}
