//! What a blank SCAL shows: where answers go, by its drop-down lists and placeholders; what heads them; which tabs are
//! for our service. Words that the base profile lacks are learnt from the headings.

use std::collections::{BTreeMap, BTreeSet};

use super::super::grid::{Grid, address, plain};
use super::super::labels::{find, tidy};
use super::super::package::Package;
use super::super::problem::Problem;
use super::super::profile::{ScalProfile, SupplierField};
use super::super::scal::slots::{Asks, Slot, key, slots};
use super::super::scal::{self, is_placeholder};
use super::super::workbook::Workbook;
use super::super::workbook::objects::Embedded;
use super::lists::{List, of_sheet};

/// Filled cells that make a row a heading row.
const HEADINGS_MIN: usize = 3;
/// So much of a heading is learnt: what follows explains it.
const HEADING_CHARS_MAX: usize = 60;

#[derive(Debug, Default)]
pub(super) struct Learnt {
    pub(super) words: Words,
    pub(super) tabs: Vec<LearntTab>,
    /// Visible tabs with answers that are not ours.
    pub(super) other_tabs: Vec<String>,
    pub(super) supplier_tab: Option<String>,
    pub(super) fields_missing: Vec<SupplierField>,
    /// The parts of our service that the supplier may ask for.
    pub(super) services: Vec<String>,
    /// Files and pictures that come with the template: sheet and SHA-256.
    pub(super) objects: BTreeSet<(String, String)>,
    pub(super) unsure: Vec<String>,
}

/// Words that the base profile does not know.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) unanswered: BTreeSet<String>,
    pub(super) item: BTreeSet<String>,
    pub(super) answer: BTreeSet<String>,
    pub(super) note: BTreeSet<String>,
    pub(super) yes: BTreeSet<String>,
    pub(super) no: BTreeSet<String>,
    pub(super) out_of_scope: BTreeSet<String>,
    pub(super) status: BTreeSet<String>,
    pub(super) complete: BTreeSet<String>,
    pub(super) in_progress: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct LearntTab {
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) certificate: Option<String>,
    pub(super) tables: Vec<LearntTable>,
}

#[derive(Debug)]
pub(super) struct LearntTable {
    pub(super) asks: Asks,
    /// The first and the last cell of its answers.
    pub(super) cells: (String, String),
    pub(super) choices: Vec<String>,
    pub(super) rows: Vec<String>,
    pub(super) optional: Vec<String>,
}

/// The cells of a tab that want an answer, with what they offer.
type Wanted = BTreeMap<(u32, u32), Vec<String>>;

pub(super) fn learn(package: &mut Package<'_>, workbook: &Workbook, base: &ScalProfile) -> Result<Learnt, Problem> {
    let mut learnt = Learnt::default();
    let supplier_tab = scal::supplier_tab(workbook, &base.supplier);
    learnt.supplier_tab = supplier_tab.map(|tab| tab.name.clone());
    learnt.fields_missing = supplier_tab.map_or_else(Vec::new, |tab| scal::missing_labels(tab, &base.supplier));
    learnt.services = scal::services_offered(workbook, base);
    let object = |object: &Embedded| (object.sheet.clone(), object.file.sha256.to_string());
    learnt.objects = workbook.objects.iter().map(object).collect();
    let mut wanted = Vec::new();
    for sheet in workbook.sheets.iter().filter(|sheet| !sheet.hidden) {
        let is_supplier_tab = learnt.supplier_tab.as_ref() == Some(&sheet.name);
        if !is_supplier_tab {
            let lists = of_sheet(package, workbook, &sheet.name)?;
            wanted.push((sheet, wanted_in(sheet, &lists, base)));
        }
    }
    let ours: Vec<&(&Grid, Wanted)> = wanted.iter().filter(|(sheet, _)| scal::is_ours(sheet, base)).collect();
    for (sheet, cells) in &ours {
        learn_words(sheet, cells, base, &mut learnt);
    }
    let profile = learnt.words.added_to(base);
    for (sheet, cells) in &ours {
        let tab = read_tab(sheet, cells, &profile, &mut learnt.unsure);
        learnt.tabs.extend(tab);
    }
    let is_ours = |name: &str| learnt.tabs.iter().any(|tab| tab.name == name);
    let others = wanted.iter().filter(|(sheet, cells)| !cells.is_empty() && !is_ours(&sheet.name));
    learnt.other_tabs = others.map(|(sheet, _)| sheet.name.clone()).collect();
    Ok(learnt)
}

/// Cells with a list, in rows that say something beside it, and cells with a placeholder.
fn wanted_in(sheet: &Grid, lists: &[List], base: &ScalProfile) -> Wanted {
    let mut wanted = Wanted::new();
    for list in lists {
        let choices: Vec<String> =
            list.choices.iter().filter(|text| !is_placeholder(text, &base.answers)).cloned().collect();
        for (row, column) in list.cells(sheet) {
            let says_something = sheet.row(row).is_some_and(|cells| cells.cells().any(|(other, _)| other != column));
            if says_something && !choices.is_empty() {
                wanted.insert((row, column), choices.clone());
            }
        }
    }
    for (row, column, text) in sheet.cells() {
        if is_placeholder(text, &base.answers) {
            wanted.entry((row, column)).or_default();
        }
    }
    wanted
}

/// Learns the words of every cell that the base profile would not have found.
fn learn_words(sheet: &Grid, wanted: &Wanted, base: &ScalProfile, learnt: &mut Learnt) {
    let known: BTreeSet<(u32, u32)> =
        slots(sheet, base).unwrap_or_default().iter().map(|slot| (slot.row, slot.column)).collect();
    for ((row, column), choices) in wanted.iter().filter(|(cell, _)| !known.contains(cell)) {
        let placeholder = plain(sheet.text(*row, *column));
        if !placeholder.is_empty()
            && !is_placeholder(&placeholder, &base.answers)
            && !choices.iter().any(|c| plain(c) == placeholder)
        {
            learnt.words.unanswered.insert(placeholder);
        }
        match heading_above(sheet, wanted, *row, *column) {
            Some(heading) => {
                learn_heading(sheet, heading, *column, wanted, &mut learnt.words);
                learn_choices(choices, base, learnt);
            }
            None => learn_status(sheet, (*row, *column), choices, base, learnt),
        }
    }
}

/// The nearest row above that heads this column: filled there, and in enough other cells, and asking for nothing.
fn heading_above(sheet: &Grid, wanted: &Wanted, row: u32, column: u32) -> Option<u32> {
    let above = sheet.rows().rev().filter(|(above, _)| *above < row);
    let heads = |above: u32, filled: usize| {
        let asks = wanted.range((above, 0)..=(above, u32::MAX)).next().is_some();
        filled >= HEADINGS_MIN && !asks && !sheet.text(above, column).is_empty()
    };
    above.filter(|(above, cells)| heads(*above, cells.len())).map(|(above, _)| above).next()
}

fn learn_heading(sheet: &Grid, heading: u32, column: u32, wanted: &Wanted, words: &mut Words) {
    let Some(cells) = sheet.row(heading) else { return };
    words.answer.insert(first_words(cells.text(column)));
    words.item.extend(cells.cells().find(|(other, _)| *other != column).map(|(_, text)| plain(text)));
    for (right, text) in cells.cells_after(column) {
        let is_free =
            wanted.keys().filter(|(_, other)| *other == column).all(|(row, _)| sheet.text(*row, right).is_empty());
        if is_free {
            words.note.insert(first_words(text));
        }
    }
}

/// The first line of a heading; the next ones say how to answer.
fn first_words(heading: &str) -> String {
    plain(heading.lines().next().unwrap_or_default()).chars().take(HEADING_CHARS_MAX).collect()
}

/// A list that no heading stands over is the status of its tab, where its label or its choices say so.
fn learn_status(sheet: &Grid, (row, column): (u32, u32), choices: &[String], base: &ScalProfile, learnt: &mut Learnt) {
    let mentions_end = |text: &String| ["complete", "done", "finished"].iter().any(|end| plain(text).contains(end));
    let label = sheet.row(row).and_then(|cells| cells.cells().take_while(|(other, _)| *other < column).last());
    match label {
        Some((_, label)) if choices.iter().any(mentions_end) => {
            if !base.status.labels.are(&plain(label)) {
                learnt.words.status.insert(plain(label));
            }
            for choice in choices {
                if base.status.complete.are(&plain(choice)) || base.status.in_progress.are(&plain(choice)) {
                    continue;
                }
                let begins = ["complete", "done", "finished"].iter().any(|end| plain(choice).starts_with(end));
                let words = if begins { &mut learnt.words.complete } else { &mut learnt.words.in_progress };
                words.insert(plain(choice));
            }
        }
        _ => {
            let cell = address(row, column);
            learnt.unsure.push(format!("{}, {cell}: asks for an answer, but no heading stands over it.", sheet.name));
        }
    }
}

/// Of two unknown answers the first is taken for yes and the second for no: a person must look at that.
fn learn_choices(choices: &[String], base: &ScalProfile, learnt: &mut Learnt) {
    let unknown = |text: &&String| !scal::is_known_answer(text, &base.answers);
    if let ([yes, no, others @ ..], 2..) = (choices, choices.iter().filter(unknown).count()) {
        let is_new = learnt.words.yes.insert(plain(yes));
        learnt.words.no.insert(plain(no));
        learnt.words.out_of_scope.extend(others.iter().filter(unknown).map(|other| plain(other)));
        if is_new {
            learnt.unsure.push(format!("The answers “{yes}” and “{no}” are taken for yes and no."));
        }
    }
}

impl Words {
    fn added_to(&self, base: &ScalProfile) -> ScalProfile {
        let mut profile = base.clone();
        profile.answers.unanswered.add(&self.unanswered);
        profile.answers.yes.add(&self.yes);
        profile.answers.no.add(&self.no);
        profile.answers.out_of_scope.add(&self.out_of_scope);
        profile.requirements.item.add(&self.item);
        profile.requirements.answer.add(&self.answer);
        profile.requirements.note.add(&self.note);
        profile.status.labels.add(&self.status);
        profile.status.complete.add(&self.complete);
        profile.status.in_progress.add(&self.in_progress);
        profile
    }
}

/// The tab as the finished profile will read it; `None` where nothing on it asks for an answer.
fn read_tab(sheet: &Grid, wanted: &Wanted, profile: &ScalProfile, unsure: &mut Vec<String>) -> Option<LearntTab> {
    let found = slots(sheet, profile)?;
    let is_wanted = |slot: &&Slot<'_>| wanted.contains_key(&(slot.row, slot.column));
    let mut tables: Vec<LearntTable> = Vec::new();
    for slot in found.iter().filter(is_wanted) {
        let choices = wanted.get(&(slot.row, slot.column)).cloned().unwrap_or_default();
        let cell = slot.cell();
        match tables.last_mut().filter(|table| table.asks == slot.asks && table.choices == choices) {
            Some(table) => table.cells.1 = cell,
            None => tables.push(LearntTable {
                asks: slot.asks,
                cells: (cell.clone(), cell),
                choices,
                rows: Vec::new(),
                optional: Vec::new(),
            }),
        }
        if let Some(table) = tables.last_mut() {
            table.rows.push(slot.row_name());
            table.optional.extend(slot.optional.then(|| slot.row_name()));
        }
    }
    let missed: Vec<String> = wanted
        .keys()
        .filter(|cell| !found.iter().any(|slot| (slot.row, slot.column) == **cell))
        .filter(|(row, column)| !is_status(sheet, *row, *column, profile))
        .map(|(row, column)| address(*row, *column))
        .collect();
    if !missed.is_empty() {
        unsure.push(format!("{}: the answers in {} are not read.", sheet.name, missed.join(", ")));
    }
    let twice = repeated(&tables);
    if !twice.is_empty() {
        unsure.push(format!("{}: rows that cannot be told apart: {}.", sheet.name, twice.join(", ")));
    }
    let status = find(sheet, &profile.status.labels).map(|label| address(label.row, label.column));
    let certificate = find(sheet, &profile.certificate.labels).map(|label| address(label.row, label.column));
    Some(LearntTab { name: sheet.name.clone(), status, certificate, tables })
}

fn is_status(sheet: &Grid, row: u32, column: u32, profile: &ScalProfile) -> bool {
    find(sheet, &profile.status.labels).is_some_and(|label| label.row == row && label.column < column)
}

fn repeated(tables: &[LearntTable]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let rows = tables.iter().flat_map(|table| &table.rows);
    rows.filter(|row| !seen.insert(key(row))).map(|row| tidy(row)).collect()
}
