//! The wording of letters: MiniJinja templates, compiled in, each replaceable by a file of the same name. All are tried
//! with sample letters when they are loaded, so that nothing fails on first use. Reads no files itself.

use std::collections::BTreeMap;
use std::error::Error as _;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, context};

use super::markup::{self, Block, VALUE_CLOSE, VALUE_OPEN};
use super::{html, plain, samples, spreadsheet, view, words};
use crate::domain::effect::Content;

/// Far more than any letter needs; ends a template that would never end.
const FUEL_MAX: u64 = 500_000;
const PAGE: &str = "_page.html.j2";
const SUBJECT: &str = "Subject: ";

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../config/letters/", $name)))),+]
    };
}

/// Every template. Names that begin with `_` are parts that the others include.
const BUILT_IN: [(&str, &str); 36] = built_in![
    "_case-rows.j2",
    "_date-note.j2",
    "_decisions.j2",
    "_difference.j2",
    "_digest-list.j2",
    "_files.j2",
    "_findings-heading.j2",
    "_findings-list.j2",
    "_findings.j2",
    "_greeting.j2",
    "_group.j2",
    "_session.j2",
    "_kind.j2",
    "_kinds-short.j2",
    "_kinds.j2",
    "_page.html.j2",
    "_sign-off.j2",
    "_staff-foot.j2",
    "_task.j2",
    "_why-date.j2",
    "acknowledgement.j2",
    "canary.j2",
    "command-reply.j2",
    "digest.j2",
    "invitation.j2",
    "next-step.j2",
    "outcome.j2",
    "person-will-read.j2",
    "reminder.j2",
    "staff-attention.j2",
    "staff-breach.j2",
    "staff-escalation.j2",
    "staff-invitation.j2",
    "staff-new.j2",
    "staff-warning.j2",
    "unreadable.j2",
];

/// Templates that are known to word every kind of letter.
#[derive(Clone)]
pub struct Wording {
    environment: Environment<'static>,
}

/// A letter in words, before it becomes a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Worded {
    /// One line. Letters that answer a partner keep the partner's subject instead.
    pub(super) subject: String,
    pub(super) blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordingError {
    #[error("{name} is not a letter template. Rename it to one of these, or remove it: {}", .known.join(", "))]
    UnknownFile { name: String, known: Vec<&'static str> },
    #[error("letter template {file}, line {line}: {what}. {fix}")]
    Template { file: String, line: usize, what: String, fix: &'static str },
    #[error(
        "letter template {file}, line 1: there is no subject. Begin the file with a line such as \"Subject: Reminder\""
    )]
    NoSubject { file: String },
    #[error("letter template {file}: nothing is left of the letter {sample:?}. Give it at least one sentence")]
    Empty { file: String, sample: &'static str },
    #[error("the built-in sample letters cannot be made, so no template can be tried: report this as a fault")]
    NoSamples,
}

impl Wording {
    pub fn built_in() -> Result<Self, WordingError> {
        Self::with_replacements(BTreeMap::new())
    }

    /// The built-in templates, with those that `files` names (file name to text) in the place of theirs.
    pub fn with_replacements(files: BTreeMap<String, String>) -> Result<Self, WordingError> {
        let mut texts: BTreeMap<&'static str, String> =
            BUILT_IN.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        let known: Vec<&'static str> = texts.keys().copied().collect();
        for (name, text) in files {
            match texts.get_mut(name.as_str()) {
                Some(built_in) => *built_in = text,
                None => return Err(WordingError::UnknownFile { name, known }),
            }
        }
        let mut environment = strict_environment();
        for (name, text) in texts {
            // Windows editors end lines with CR LF.
            let text = text.replace("\r\n", "\n");
            environment.add_template_owned(name, text).map_err(|error| fault(name, &error))?;
        }
        let wording = Self { environment };
        wording.try_out()?;
        Ok(wording)
    }

    pub(super) fn word(&self, content: &Content, values: Value) -> Result<Worded, WordingError> {
        let file = file_of(content);
        let text = self
            .environment
            .get_template(&file)
            .and_then(|template| template.render(values))
            .map_err(|error| fault(&file, &error))?;
        let (first, body) = text.split_once('\n').unwrap_or((&text, ""));
        let subject = first.strip_prefix(SUBJECT).map(markup::plain_text);
        let Some(subject) = subject.filter(|subject| !subject.trim().is_empty()) else {
            return Err(WordingError::NoSubject { file });
        };
        Ok(Worded { subject: words::one_line(&subject), blocks: markup::parse(body) })
    }

    pub(super) fn plain(&self, worded: &Worded) -> String {
        plain::write(&worded.blocks)
    }

    pub(super) fn page(&self, subject: &str, worded: &Worded) -> Result<String, WordingError> {
        let body = Value::from_safe_string(html::write(&worded.blocks));
        self.environment
            .get_template(PAGE)
            .and_then(|page| page.render(context! { subject => subject, body => body }))
            .map_err(|error| fault(PAGE, &error))
    }

    fn try_out(&self) -> Result<(), WordingError> {
        let samples = samples::sample_letters().ok_or(WordingError::NoSamples)?;
        for (sample, letter) in &samples.letters {
            let mailbox = samples.policy.mailbox(&letter.mailbox).ok_or(WordingError::NoSamples)?;
            let values = view::values(letter, mailbox, &samples.policy, spreadsheet::name(letter));
            let worded = self.word(&letter.content, values)?;
            if worded.blocks.is_empty() {
                let file = file_of(&letter.content);
                return Err(WordingError::Empty { file, sample });
            }
            self.page(&worded.subject, &worded)?;
        }
        Ok(())
    }
}

/// By the kind of letter, but for the one answer that must not share a word with the usual one.
fn file_of(content: &Content) -> String {
    match content {
        Content::PersonWillRead(_) => "person-will-read.j2".to_owned(),
        Content::Invitation(_) => "invitation.j2".to_owned(),
        Content::StaffInvitation(_) => "staff-invitation.j2".to_owned(),
        Content::Acknowledgement(_)
        | Content::Unreadable(_)
        | Content::Reminder(_)
        | Content::NextStep(_)
        | Content::Outcome(_)
        | Content::StaffNew(_)
        | Content::StaffWarning(_)
        | Content::StaffBreach(_)
        | Content::StaffEscalation(_)
        | Content::StaffAttention(_)
        | Content::StaffNotRoutine(_)
        | Content::CommandReply(_)
        | Content::Canary
        | Content::Digest(_) => format!("{}.j2", content.kind().name()),
    }
}

fn strict_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL_MAX));
    // Without this, the message of an error would quote the values of a letter.
    environment.set_debug(false);
    environment.set_auto_escape_callback(|name| if name == PAGE { AutoEscape::Html } else { AutoEscape::None });
    environment.set_formatter(write_value);
    environment
}

/// Writes one value: escaped on the HTML page, else on one line and between the marks that keep it from being markup.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    if state.name() == PAGE {
        return minijinja::escape_formatter(out, state, value);
    }
    if value.is_none() {
        let what = "a value that this letter does not have is written out";
        return Err(minijinja::Error::new(ErrorKind::UndefinedError, what));
    }
    if value.is_undefined() {
        // The empty side of `{{ "x" if y }}`.
        return Ok(());
    }
    let text = words::one_line(&value.to_string());
    write!(out, "{VALUE_OPEN}{text}{VALUE_CLOSE}").map_err(minijinja::Error::from)
}

/// The innermost error names the file in which the fault stands.
fn fault(file: &str, error: &minijinja::Error) -> WordingError {
    let mut innermost = error;
    while let Some(cause) = innermost.source().and_then(|cause| cause.downcast_ref::<minijinja::Error>()) {
        innermost = cause;
    }
    let kind = innermost.kind();
    let fix = if kind == ErrorKind::UndefinedError {
        "Write {% if NAME %} … {% endif %} around it, or correct the name: the README of config/letters lists them"
    } else if kind == ErrorKind::TemplateNotFound {
        "Include only the parts that the README of config/letters lists"
    } else if kind == ErrorKind::OutOfFuel {
        "Take out the loop that does not end"
    } else {
        "Correct that line, or remove the file to return to the built-in wording"
    };
    let what = innermost.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}"));
    WordingError::Template {
        file: innermost.name().unwrap_or(file).to_owned(),
        line: innermost.line().unwrap_or(1),
        what,
        fix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::effect::{Letter, LetterKind};

    fn with(name: &str, text: &str) -> Result<Wording, WordingError> {
        Wording::with_replacements(BTreeMap::from([(name.to_owned(), text.to_owned())]))
    }

    #[test]
    fn the_built_in_wording_words_every_sample() {
        assert_eq!(Wording::built_in().err(), None);
    }

    #[test]
    fn every_kind_of_letter_has_a_template_and_a_sample() {
        let samples = samples::sample_letters().unwrap();
        for kind in LetterKind::ALL {
            let sample = samples.letters.iter().find(|(_, letter)| letter.content.kind() == kind);
            let file = sample.map(|(_, letter)| file_of(&letter.content));
            assert!(BUILT_IN.iter().any(|(name, _)| file.as_deref() == Some(*name)), "{kind:?}");
        }
    }

    #[test]
    fn the_readme_lists_every_template() {
        let readme = include_str!("../../config/letters/README.md");
        for (name, _) in BUILT_IN {
            assert!(readme.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn a_fault_names_file_line_and_fix() {
        let long = "Subject: x\n{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        for (name, text, says) in [
            ("acknowledgment.j2", "", "acknowledgment.j2 is not a letter template. Rename it to one of these"),
            ("reminder.j2", "Subject: x\n\n{{ nobody }}", "reminder.j2, line 3: undefined value"),
            ("reminder.j2", "Subject: x\n{% if again %}", "reminder.j2, line 2: syntax error"),
            ("reminder.j2", "Hello", "reminder.j2, line 1: there is no subject"),
            ("reminder.j2", "Subject: \nHello", "reminder.j2, line 1: there is no subject"),
            ("reminder.j2", "Subject: x\n", "reminder.j2: nothing is left of the letter"),
            ("reminder.j2", "Subject: x\n{{ witness_pack_link }}", "Write {% if NAME %}"),
            ("reminder.j2", "Subject: x\n{% include 'a.j2' %}", "Include only the parts"),
            ("reminder.j2", long, "Take out the loop"),
            ("_sign-off.j2", "\n\n{{ nobody }}", "_sign-off.j2, line 3: undefined value"),
            ("_page.html.j2", "{{ nobody }}", "_page.html.j2, line 1: undefined value"),
        ] {
            let error = with(name, text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_replaces_the_built_in_wording_of_one_letter() {
        let wording = with("reminder.j2", "Subject: Nudge\r\n\r\nPlease write, {{ team }}.\r\n").unwrap();
        let samples = samples::sample_letters().unwrap();
        let is_reminder = |letter: &&Letter| letter.content.kind() == LetterKind::Reminder;
        let letter = samples.letters.iter().map(|(_, letter)| letter).find(is_reminder).unwrap();
        let mailbox = samples.policy.mailbox(&letter.mailbox).unwrap();
        let values = view::values(letter, mailbox, &samples.policy, None);
        let worded = wording.word(&letter.content, values).unwrap();
        assert_eq!(worded.subject, "Nudge");
        assert_eq!(wording.plain(&worded), "Please write, e-RS Solution Assurance team.\n");
    }
}
