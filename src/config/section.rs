//! Reads a TOML table key by key and collects every fault with its line. Knows TOML and text, but no setting.
//! A reading that fails gives `None` and leaves a fault behind, so that reading goes on.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, nearest};
use crate::domain::ids::Address;

const TEXT_CHARS_MAX: usize = 1_000;
const LIST_ITEMS_MAX: usize = 10_000;

/// The whole file, and the faults found so far.
pub(super) struct Source<'a> {
    file: &'a Path,
    text: &'a str,
    faults: RefCell<Vec<Fault>>,
    /// Every key that was asked for, as (place, key): what a misspelt key is compared with.
    known: RefCell<BTreeSet<(String, &'static str)>>,
    unknown: RefCell<Vec<Unknown>>,
}

struct Unknown {
    place: String,
    label: String,
    key: String,
    at: usize,
}

/// One table of the file. A table that is absent is read as an empty one, so that its defaults apply.
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    /// The kind of table, as in `mailbox.imap`.
    place: String,
    /// As a fault names it: `[[mailbox]] "sa"`.
    label: String,
    at: usize,
    table: Option<&'a DeTable<'a>>,
    asked: RefCell<BTreeSet<&'static str>>,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a Path, text: &'a str) -> Self {
        Self { file, text, faults: RefCell::default(), known: RefCell::default(), unknown: RefCell::default() }
    }

    pub(super) fn root(&'a self, table: &'a DeTable<'a>) -> Section<'a> {
        Section {
            source: self,
            place: String::new(),
            label: String::new(),
            at: 0,
            table: Some(table),
            asked: RefCell::default(),
        }
    }

    pub(super) fn fault(&self, at: usize, what: impl Into<String>, fix: impl Into<String>) {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        self.faults.borrow_mut().push(Fault {
            file: self.file.to_owned(),
            line: Some(line),
            what: what.into(),
            fix: fix.into(),
        });
    }

    /// About the file as a whole.
    pub(super) fn fault_of_file(&self, what: impl Into<String>, fix: impl Into<String>) {
        self.faults.borrow_mut().push(Fault {
            file: self.file.to_owned(),
            line: None,
            what: what.into(),
            fix: fix.into(),
        });
    }

    /// All faults in the order of the file. Unknown keys are judged only now that every known one was asked for.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        for unknown in self.unknown.take() {
            let known = self.known.borrow();
            let here = || known.iter().filter(|(place, _)| *place == unknown.place).map(|(_, key)| *key);
            let elsewhere = known.iter().find(|(_, key)| *key == unknown.key).map(|(place, _)| place);
            let fix = match (nearest(&unknown.key, here()), elsewhere) {
                (Some(key), _) => format!("Did you mean \"{key}\"?"),
                (None, Some(place)) if place.is_empty() => {
                    "Move it to the top of the file, above the first line in [brackets].".to_owned()
                }
                (None, Some(place)) => format!("It belongs in [{place}]: move it there."),
                (None, None) => format!("Known here: {}.", here().collect::<Vec<_>>().join(", ")),
            };
            self.fault(unknown.at, format!("unknown key \"{}\"{}", unknown.key, within(&unknown.label)), fix);
        }
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.line);
        faults
    }

    /// Every key that was asked for, written `place.key`.
    #[cfg(test)]
    pub(super) fn known(&self) -> BTreeSet<String> {
        let known = self.known.borrow();
        known.iter().map(|(place, key)| format!("{place}.{key}").trim_start_matches('.').to_owned()).collect()
    }
}

impl<'a> Section<'a> {
    /// Where the table itself stands in the file.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_present(&self) -> bool {
        self.table.is_some()
    }

    pub(super) fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// From here on faults name this table by the value of its `name` or `address`.
    pub(super) fn call(&mut self, name: &str) {
        self.label = format!("[[{}]] {name:?}", self.place);
    }

    pub(super) fn fault(&self, at: usize, what: impl Into<String>, fix: impl Into<String>) {
        self.source.fault(at, format!("{}{}", what.into(), within(&self.label)), fix);
    }

    pub(super) fn text(&self, key: &'static str) -> Option<Found<String>> {
        let found = self.text_or_empty(key)?;
        if found.value.is_empty() {
            self.fault(found.at, format!("\"{key}\" is empty"), "Give it a value, or remove the line.");
            return None;
        }
        Some(found)
    }

    /// For keys where an empty text means something.
    pub(super) fn text_or_empty(&self, key: &'static str) -> Option<Found<String>> {
        let (value, span) = self.value(key)?;
        let Some(text) = value.as_str() else {
            self.wrong_type(key, value, &span, "text in quotes");
            return None;
        };
        if text.chars().count() > TEXT_CHARS_MAX || text.chars().any(char::is_control) {
            let what = format!("\"{key}\" has a line break or more than {TEXT_CHARS_MAX} characters");
            self.fault(span.start, what, "Shorten it to one line.");
            return None;
        }
        Some(found(text.trim().to_owned(), &span))
    }

    pub(super) fn required_text(&self, key: &'static str, example: &str) -> Option<Found<String>> {
        self.require(key, example);
        self.text(key)
    }

    /// Says that a key is missing where it is.
    pub(super) fn require(&self, key: &'static str, example: &str) {
        if !self.has(key) {
            self.fault(self.at, format!("\"{key}\" is missing"), format!("Add a line such as: {key} = {example}"));
        }
    }

    pub(super) fn yes_or_no(&self, key: &'static str) -> Option<bool> {
        let (value, span) = self.value(key)?;
        let answer = value.as_bool();
        if answer.is_none() {
            self.wrong_type(key, value, &span, "true or false");
        }
        answer
    }

    pub(super) fn number(&self, key: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let (value, span) = self.value(key)?;
        let Some(integer) = value.as_integer() else {
            self.wrong_type(key, value, &span, "a whole number");
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let what = format!("\"{key}\" is {integer}");
            let fix = format!("Use a whole number from {} to {}.", range.start(), range.end());
            self.fault(span.start, what, fix);
        }
        number
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        self.among(&text, key, words)
    }

    pub(super) fn among<T: Copy>(&self, text: &Found<String>, key: &str, words: &[(&str, T)]) -> Option<T> {
        let choice = words.iter().find(|(word, _)| *word == text.value).map(|(_, value)| *value);
        if choice.is_none() {
            let names = || words.iter().map(|(word, _)| *word);
            let near = nearest(&text.value.to_lowercase(), names());
            let list = names().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
            let fix = match near {
                Some(word) => format!("Did you mean {word:?}? The choices are {list}."),
                None => format!("The choices are {list}."),
            };
            self.fault(text.at, format!("\"{key}\" is {:?}", text.value), fix);
        }
        choice
    }

    /// A date or a time, in quotes or as TOML writes it.
    pub(super) fn moment(&self, key: &'static str) -> Option<Found<String>> {
        match self.value(key)? {
            (DeValue::Datetime(moment), span) => Some(found(moment.to_string(), &span)),
            (_, _) => self.text(key),
        }
    }

    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<Found<String>>> {
        let (value, span) = self.value(key)?;
        let Some(list) = value.as_array() else {
            self.wrong_type(key, value, &span, "a list such as [\"a\", \"b\"]");
            return None;
        };
        let mut texts = Vec::new();
        for item in list.iter().take(LIST_ITEMS_MAX) {
            match item.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty()) {
                Some(text) => texts.push(found(text.to_owned(), &item.span())),
                None => self.wrong_type(key, item.get_ref(), &item.span(), "a list of texts in quotes"),
            }
        }
        Some(texts)
    }

    pub(super) fn address(&self, key: &'static str, example: &str) -> Option<Found<Address>> {
        let text = self.required_text(key, example)?;
        self.as_address(key, &text)
    }

    pub(super) fn addresses(&self, key: &'static str) -> Vec<Found<Address>> {
        let texts = self.texts(key).unwrap_or_default();
        texts.iter().filter_map(|text| self.as_address(key, text)).collect()
    }

    pub(super) fn as_address(&self, key: &str, text: &Found<String>) -> Option<Found<Address>> {
        let address = Address::new(&text.value).filter(|address| is_domain(address.domain()));
        if address.is_none() {
            let what = format!("\"{key}\" is {:?}, which is no email address", text.value);
            self.fault(text.at, what, "Write it as name@domain, without a display name.");
        }
        address.map(|value| Found { value, at: text.at })
    }

    /// The table under a key; an empty one where the file has none.
    pub(super) fn section(&self, key: &'static str) -> Section<'a> {
        let place = join(&self.place, key);
        let (table, at) = match self.value(key) {
            Some((value, span)) => {
                if value.as_table().is_none() {
                    self.wrong_type(key, value, &span, &format!("a table: a line [{place}] with its keys below it"));
                }
                (value.as_table(), span.start)
            }
            None => (None, self.at),
        };
        let label = match self.label.as_str() {
            "" => format!("[{place}]"),
            label => format!("{label}, {key}"),
        };
        self.child(place, label, at, table)
    }

    /// The tables under a key, such as every `[[mailbox]]`.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let place = join(&self.place, key);
        let Some((value, span)) = self.value(key) else {
            return Vec::new();
        };
        let needs = format!("a list of tables: a line [[{place}]] before each");
        let Some(list) = value.as_array() else {
            self.wrong_type(key, value, &span, &needs);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (item, number) in list.iter().zip(1..=LIST_ITEMS_MAX) {
            match item.get_ref().as_table() {
                Some(table) => {
                    let label = format!("[[{place}]] number {number}");
                    sections.push(self.child(place.clone(), label, item.span().start, Some(table)));
                }
                None => self.wrong_type(key, item.get_ref(), &item.span(), &needs),
            }
        }
        sections
    }

    /// A key that must not be there, with the reason and a way out.
    pub(super) fn forbid(&self, key: &'static str, why: &str, fix: &str) {
        if let Some((_, span)) = self.entry(key) {
            self.asked.borrow_mut().insert(key);
            self.fault(span.start, format!("\"{key}\" {why}"), fix);
        }
    }

    /// Call when every key was asked for: what is left over is unknown.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table.into_iter().flatten() {
            if !asked.contains(key.get_ref().as_ref()) {
                self.source.unknown.borrow_mut().push(Unknown {
                    place: self.place.clone(),
                    label: self.label.clone(),
                    key: key.get_ref().to_string(),
                    at: key.span().start,
                });
            }
        }
    }

    fn child(&self, place: String, label: String, at: usize, table: Option<&'a DeTable<'a>>) -> Section<'a> {
        Section { source: self.source, place, label, at, table, asked: RefCell::default() }
    }

    fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().insert(key);
        self.source.known.borrow_mut().insert((self.place.clone(), key));
        self.entry(key).map(|(value, _)| value)
    }

    fn entry(&self, key: &str) -> Option<(&'a Spanned<DeValue<'a>>, Range<usize>)> {
        let mut entries = self.table.into_iter().flatten();
        entries.find(|(name, _)| name.get_ref() == key).map(|(name, value)| (value, name.span()))
    }

    fn value(&self, key: &'static str) -> Option<(&'a DeValue<'a>, Range<usize>)> {
        self.get(key).map(|value| (value.get_ref(), value.span()))
    }

    fn wrong_type(&self, key: &str, value: &DeValue<'_>, span: &Range<usize>, needs: &str) {
        let what = format!("\"{key}\" is of the wrong type, {}", value.type_str());
        self.fault(span.start, what, format!("Give {needs}."));
    }
}

/// A host or domain name: labels of letters, digits and hyphens.
pub(super) fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    !text.is_empty() && text.len() <= 253 && text.split('.').all(label)
}

fn found<T>(value: T, span: &Range<usize>) -> Found<T> {
    Found { value, at: span.start }
}

fn join(place: &str, key: &str) -> String {
    match place {
        "" => key.to_owned(),
        place => format!("{place}.{key}"),
    }
}

fn within(label: &str) -> String {
    match label {
        "" => String::new(),
        label => format!(" in {label}"),
    }
}
