//! The profile of a pack as TOML with comments, for a person who has the blank pack open beside it.

use super::super::super::grid::address;
use super::super::super::profile::{PackWords, Words};
use super::super::super::witness_pack::columns::Column;
use super::super::write::{head, line, list, quoted};
use super::columns::{KINDS, words_of};
use super::{Learnt, LearntColumn, LearntTab};
use crate::domain::reading::{Taught, TestOutcome};

pub(super) fn pack(file: &str, mut learnt: Learnt) -> Taught {
    let mut text = String::new();
    head(&mut text, file, "witness-pack-template", &learnt.template.name, &learnt.template.base);
    line(
        &mut text,
        "\n# Words at its beginning that tell a filled copy. Without any, one is told by holding half of the tests.",
    );
    words(&mut text, "titles", &learnt.template.titles);
    line(&mut text, "# The tests that a filled copy must hold: it is told of each that it lacks.");
    list(&mut text, "tests", learnt.template.tests.iter());
    for tab in &learnt.tabs {
        tab_lines(&mut text, tab);
    }
    line(
        &mut text,
        "\n# Words of this pack that the base does not know, if any. Each may be moved to the kind that it belongs to.",
    );
    line(&mut text, "[words]");
    column_words(&mut text, &mut learnt.template.words);
    result_words(&mut text, &learnt.template.words);
    Taught { profile: text, found: found(&learnt), unsure: learnt.unsure }
}

fn tab_lines(text: &mut String, tab: &LearntTab) {
    line(text, &format!("\n# {}:", told(tab)));
    for column in &tab.columns {
        line(text, &format!("#   {}  {}", letters(column.at), described(column)));
    }
}

fn told(tab: &LearntTab) -> String {
    let tests = format!("{} {}", tab.tests, if tab.tests == 1 { "test" } else { "tests" });
    if tab.name.is_empty() {
        return format!("A table of {tests}");
    }
    format!(
        "Tab {}: {tests} in {} to {}, headings in row {}",
        quoted(&tab.name),
        tab.cells.0,
        tab.cells.1,
        tab.heading + 1
    )
}

fn described(column: &LearntColumn) -> String {
    let heading = quoted(&column.heading);
    let what = match column.column {
        None => "not read",
        Some(Column::Tick(TestOutcome::Passed)) => "ticked where the test passed",
        Some(Column::Tick(TestOutcome::Failed)) => "ticked where the test failed",
        Some(Column::Tick(_)) => "ticked where the test was not run or does not apply",
        Some(column) => KINDS.iter().find(|(kind, ..)| *kind == column).map_or("the ID of the test", |(.., what)| what),
    };
    let choices = column.choices.iter().map(|choice| quoted(choice)).collect::<Vec<_>>().join(", ");
    if choices.is_empty() { format!("{heading}: {what}") } else { format!("{heading}: {what}; offers {choices}") }
}

/// `C` for the third.
fn letters(column: u32) -> String {
    address(0, column).trim_end_matches('1').to_owned()
}

fn column_words(text: &mut String, taught: &mut PackWords) {
    for (column, key, what) in KINDS {
        if let Some(taught) = words_of(taught, column).filter(|taught| !taught.is_empty()) {
            line(text, &format!("# headings over {what}"));
            words(text, key, taught);
        }
    }
}

fn result_words(text: &mut String, taught: &PackWords) {
    for (key, what, taught) in [
        ("passed", "results that say that a test passed", &taught.passed),
        ("failed", "results that say that a test failed", &taught.failed),
        ("not_applicable", "results that say that a test does not apply", &taught.not_applicable),
        ("not_run", "what stands where a test was not run", &taught.not_run),
    ] {
        if !taught.is_empty() {
            line(text, &format!("# {what}"));
            words(text, key, taught);
        }
    }
}

fn words(text: &mut String, key: &str, words: &Words) {
    let words: Vec<String> = words.iter().map(str::to_owned).collect();
    list(text, key, words.iter());
}

fn found(learnt: &Learnt) -> Vec<String> {
    let mut found = vec![format!("a witness test pack with {} tests", learnt.template.tests.len())];
    for tab in &learnt.tabs {
        found.push(told(tab));
        found.extend(tab.columns.iter().map(|column| format!("  {}  {}", letters(column.at), described(column))));
    }
    found
}
