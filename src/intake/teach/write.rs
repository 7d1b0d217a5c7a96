//! The profile as TOML with comments, for a person who has the blank workbook open beside it.

use std::fmt::Write as _;

use super::super::profile::{ScalProfile, SupplierField};
use super::super::scal::slots::Asks;
use crate::domain::reading::Taught;

use super::learn::{Learnt, LearntTab, LearntTable};

const LINE_CHARS_MAX: usize = 110;

pub(super) fn scal(file: &str, version: Option<&str>, base: &ScalProfile, learnt: Learnt) -> Taught {
    let mut text = String::new();
    let name = version.map_or_else(|| "scal-template".to_owned(), |version| format!("scal-{version}"));
    head(&mut text, file, "scal-template", &name, &base.name);
    line(&mut text, "");
    match &learnt.supplier_tab {
        Some(tab) => line(&mut text, &format!("# The supplier's details are on the tab {}.", quoted(tab))),
        None => line(&mut text, "# No tab with the supplier's details was found: add its labels below."),
    }
    words(&mut text, &learnt);
    template(&mut text, version, &learnt);
    Taught { profile: text, found: found(version, &learnt), unsure: unsure(version, base, learnt) }
}

/// What every profile of a template begins with.
pub(super) fn head(text: &mut String, file: &str, kind: &str, name: &str, base: &str) {
    line(
        text,
        &format!(
            "# The template {}, as `assured profile` read it. Check it beside the workbook and correct it.",
            one_line(file)
        ),
    );
    line(
        text,
        "# Then put it into the folder of profiles that the configuration names, and try it: `assured inspect` on a filled copy.",
    );
    line(text, "");
    line(text, &format!("kind = {}", quoted(kind)));
    line(text, &format!("name = {}", quoted(name)));
    line(text, "# The profile with the words that templates share; this one adds to them.");
    line(text, &format!("base = {}", quoted(base)));
}

fn words(text: &mut String, learnt: &Learnt) {
    let words = &learnt.words;
    line(text, "\n# Words of this template that the base does not know, if any.\n[words]");
    for (key, what, found) in [
        ("unanswered", "what stands in a cell that nobody answered", &words.unanswered),
        ("item", "the heading over the IDs of rows", &words.item),
        ("answer", "the heading over the answers", &words.answer),
        ("note", "headings under which a reason is given", &words.note),
        ("yes", "answers that mean yes", &words.yes),
        ("no", "answers that mean no", &words.no),
        ("out_of_scope", "answers that mean out of scope", &words.out_of_scope),
        ("status", "the label of a tab's status", &words.status),
        ("complete", "a status that means complete", &words.complete),
        ("in_progress", "a status that means that answers are still to come", &words.in_progress),
    ] {
        if !found.is_empty() {
            line(text, &format!("# {what}"));
            list(text, key, found.iter());
        }
    }
    for field in &learnt.fields_missing {
        line(text, &format!("\n# Not found: {}. Write the label that stands beside it.", field.name()));
        line(text, &format!("# [[words.supplier]]\n# field = {}\n# labels = [\"\"]", quoted(&key_of(*field))));
    }
}

fn template(text: &mut String, version: Option<&str>, learnt: &Learnt) {
    line(text, "\n[template]");
    match version {
        Some(version) => line(text, &format!("version = {}", quoted(version))),
        None => line(text, "# No version was found in the workbook: its rows alone tell it.\n# version = \"\""),
    }
    line(
        text,
        "# When a newer template is out, name it here, and partners are told to ask for it.\n# superseded_by = \"\"",
    );
    for tab in &learnt.tabs {
        tab_lines(text, tab, &learnt.services);
    }
    for (number, (sheet, sha256)) in learnt.objects.iter().enumerate() {
        let what =
            if number == 0 { "\n# Files and pictures that come with the template: no certificates.\n" } else { "" };
        line(text, &format!("{what}[[template.objects]]\nsheet = {}\nsha256 = {}", quoted(sheet), quoted(sha256)));
    }
    if !learnt.other_tabs.is_empty() {
        line(text, "\n# Tabs that ask for answers and are not ours, so they are not read:");
        learnt.other_tabs.iter().for_each(|other| line(text, &format!("# {}", quoted(other))));
    }
}

fn tab_lines(text: &mut String, tab: &LearntTab, services: &[String]) {
    line(text, "\n[[template.tabs]]");
    line(text, &format!("name = {}", quoted(&tab.name)));
    for (what, cell) in [("Its status", &tab.status), ("The certificate", &tab.certificate)] {
        if let Some(cell) = cell {
            line(text, &format!("# {what} goes beside cell {cell}."));
        }
    }
    line(text, "# The parts of the service that bring this tab into scope. Without a list, each of them does:");
    line(text, &format!("# services = [{}]", services.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(", ")));
    for table in &tab.tables {
        table_lines(text, table);
    }
}

fn table_lines(text: &mut String, table: &LearntTable) {
    let asks = match table.asks {
        Asks::Declaration => "Declarations",
        Asks::Requirement => "Requirements",
    };
    line(text, "\n[[template.tabs.tables]]");
    line(text, &format!("# {asks}, answered in cells {} to {}.", table.cells.0, table.cells.1));
    if !table.optional.is_empty() {
        line(text, &format!("# May stay open: {}.", table.optional.join(", ")));
    }
    list(text, "choices", table.choices.iter());
    list(text, "rows", table.rows.iter());
}

fn found(version: Option<&str>, learnt: &Learnt) -> Vec<String> {
    let mut found = vec![format!("template version {}", version.unwrap_or("not found"))];
    found.extend(learnt.supplier_tab.iter().map(|tab| format!("supplier's details on the tab “{tab}”")));
    found.push(format!("{} parts of our service to choose from", learnt.services.len()));
    found.push(format!("{} files and pictures of the template", learnt.objects.len()));
    for tab in &learnt.tabs {
        let count =
            |asks| tab.tables.iter().filter(|table| table.asks == asks).map(|table| table.rows.len()).sum::<usize>();
        let (declarations, requirements) = (count(Asks::Declaration), count(Asks::Requirement));
        let place = |what: &str, cell: &Option<String>| {
            cell.as_ref().map_or_else(String::new, |cell| format!(", {what} beside {cell}"))
        };
        let status = place("status", &tab.status) + &place("certificate", &tab.certificate);
        found.push(format!("tab “{}”: {declarations} declarations, {requirements} requirements{status}", tab.name));
    }
    found
}

fn unsure(version: Option<&str>, base: &ScalProfile, learnt: Learnt) -> Vec<String> {
    let mut unsure = learnt.unsure;
    if version.is_none() {
        unsure.push("No version of the template was found: its rows alone tell it from others.".to_owned());
    }
    if learnt.supplier_tab.is_none() {
        unsure.push("No tab with the supplier's details was found.".to_owned());
    }
    unsure.extend(learnt.fields_missing.iter().map(|field| format!("No label was found for the {}.", field.name())));
    if learnt.services.is_empty() {
        unsure.push("No list of services was found: what a supplier asks for is then not known.".to_owned());
    }
    if learnt.tabs.is_empty() {
        unsure.push(format!(
            "No tab of ours was found: none mentions {}.",
            base.requirements.ours.iter().collect::<Vec<_>>().join(", ")
        ));
    }
    unsure
}

fn key_of(field: SupplierField) -> String {
    match field {
        SupplierField::Organisation => "organisation",
        SupplierField::OdsCode => "ods-code",
        SupplierField::Product => "product",
        SupplierField::Version => "version",
        SupplierField::SafetyOfficer => "safety-officer",
        SupplierField::SafetyOfficerEmail => "safety-officer-email",
    }
    .to_owned()
}

pub(super) fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A list on as many lines as it takes.
pub(super) fn list<'a>(text: &mut String, key: &str, values: impl Iterator<Item = &'a String>) {
    let values: Vec<String> = values.map(|value| quoted(value)).collect();
    let short = format!("{key} = [{}]", values.join(", "));
    if short.chars().count() <= LINE_CHARS_MAX {
        return line(text, &short);
    }
    line(text, &format!("{key} = ["));
    let mut current = String::new();
    for value in values {
        if !current.is_empty() && current.chars().count() + value.chars().count() > LINE_CHARS_MAX {
            line(text, &format!("    {}", current.trim_end()));
            current.clear();
        }
        // Writing to a string does not fail.
        let _ = write!(current, "{value}, ");
    }
    line(text, &format!("    {}\n]", current.trim_end()));
}

pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
