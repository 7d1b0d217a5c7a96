//! The sender's own new words: without quoted mail, signature and the banners that a mail system adds.
//! The words are looked at and dropped: what text leaves `intake::message` all the same is said there.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use mail_parser::decoders::html::html_to_text;
use regex::Regex;

use crate::intake::limits;

use super::mime::{Leaf, Tree};
use super::table::Table;

/// What the bodies of a message hold.
#[derive(Default)]
pub(super) struct Words {
    /// New words, in lines.
    pub(super) new: String,
    /// Before banners and quoted mail were cut: filters and daemons put their notices anywhere.
    pub(super) whole: String,
    /// Web addresses in the new words and behind the links of the new HTML.
    pub(super) links: Vec<String>,
    /// The Content-IDs of images that the HTML shows.
    pub(super) shown_images: BTreeSet<String>,
}

/// Reads the bodies of the message itself, not of messages within it.
pub(super) fn words(tree: &Tree) -> Words {
    let (plain, html) =
        (joined(tree, "text/plain", limits::BODY_TEXT_BYTES_MAX), joined(tree, "text/html", limits::HTML_BYTES_MAX));
    let new_html = html.get(..html_quote_start(&html)).unwrap_or(&html);
    let plain_new = new_lines(&plain);
    let from_plain = plain_new.chars().any(char::is_alphanumeric);
    let (whole, new) = if from_plain || html.is_empty() {
        (plain, plain_new)
    } else {
        (text_of(&html), new_lines(&text_of(new_html)))
    };
    let new = without_banners(&new).trim().to_owned();
    let written = URL.iter().flat_map(|url| url.find_iter(&new)).map(|found| found.as_str());
    let behind = HREF.iter().flat_map(|href| href.captures_iter(new_html)).filter_map(|found| found.get(1));
    let links = written.chain(behind.map(|found| found.as_str()));
    let links = links.filter(|link| link.len() <= limits::LINK_CHARS_MAX).take(limits::LINKS_MAX);
    let links = links.map(str::to_owned).collect();
    let images = CID.iter().flat_map(|cid| cid.captures_iter(&html)).filter_map(|found| found.get(1));
    let shown_images = images.take(limits::MIME_PARTS_MAX).map(|found| found.as_str().to_owned()).collect();
    Words { new, whole, links, shown_images }
}

/// The lines before any other, as far as each begins with `!`. A command is one line: what its writer's program wrapped
/// onto the next one ends the list.
pub(super) fn commands(new: &str) -> Vec<String> {
    let lines = new.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .take_while(|line| line.starts_with('!'))
        .take(limits::COMMANDS_MAX)
        .map(|line| line.chars().take(limits::COMMAND_CHARS_MAX).collect())
        .collect()
}

/// The bodies of this type, one after another: Apple Mail writes text, file, text.
fn joined(tree: &Tree, media: &str, bytes_max: usize) -> String {
    let mut text = String::new();
    for leaf in tree.leaves.iter().filter(|leaf| is_body(leaf) && leaf.media == media) {
        let left = bytes_max.saturating_sub(text.len());
        text.push_str(&leaf.text(left));
        text.push('\n');
    }
    let end = text.floor_char_boundary(bytes_max);
    text.truncate(end);
    text
}

fn is_body(leaf: &Leaf) -> bool {
    leaf.messages == 0 && leaf.name.is_none() && !leaf.attached
}

/// Blocks begin a line: the converter of mail-parser breaks lines only at `<br>` and `</p>`.
fn text_of(html: &str) -> String {
    let broken = match BLOCK.as_ref() {
        Some(block) => block.replace_all(html, "<br>$0"),
        None => Cow::Borrowed(html),
    };
    let mut text = html_to_text(&broken);
    let end = text.floor_char_boundary(limits::BODY_TEXT_BYTES_MAX);
    text.truncate(end);
    text
}

fn html_quote_start(html: &str) -> usize {
    HTML_QUOTE.as_ref().and_then(|quote| quote.find(html)).map_or(html.len(), |found| found.start())
}

/// Lines up to the quoted mail or the signature, without quoted lines and the adverts of phones.
fn new_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(tidy).collect();
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let following: Vec<&str> = lines.iter().skip(index + 1).take(5).map(String::as_str).collect();
        if line == "--" || starts_quoted_mail(line, &following) {
            break;
        }
        let second_blank = line.is_empty() && (out.is_empty() || out.ends_with("\n\n"));
        if !second_blank && !line.starts_with('>') && !ADVERT.hits(line) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn tidy(line: &str) -> String {
    let visible = line.chars().filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}'));
    let spaced: String = visible.map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

fn starts_quoted_mail(line: &str, following: &[&str]) -> bool {
    if QUOTE_LINE.hits(line) {
        return true;
    }
    // "On Mon, 23 Nov 2026 at 10:15, A Person <a@b.example> wrote:" is often wrapped.
    if WROTE_START.hits(line) {
        let mut sentence = line.to_owned();
        for next in [""].iter().chain(following.iter().take(3)) {
            sentence.push(' ');
            sentence.push_str(next);
            if WROTE_END.hits(sentence.trim_end()) {
                return true;
            }
        }
    }
    FROM_LINE.hits(line) && following.iter().any(|next| SENT_LINE.hits(next))
}

fn without_banners(text: &str) -> String {
    BANNERS.iter().flatten().fold(text.to_owned(), |text, banner| banner.replace_all(&text, " ").into_owned())
}

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static URL: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r#"(?i)https?://[^\s<>"'\])}]+"#));
static HREF: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r#"(?i)\bhref\s*=\s*["']?(https?://[^"'\s>]+)"#));
static CID: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r#"(?i)["'(]cid:([^"')\s>]+)"#));
static BLOCK: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?i)</?(?:div|tr|li|ul|ol|table|h[1-6]|blockquote|hr|p)\b"));

/// Where clients begin the quoted mail: Outlook on the web and desktop, Gmail, Apple Mail, Thunderbird.
static HTML_QUOTE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)<[^<>]{0,200}\bid\s*=\s*["']?(?:x_)*(?:appendonsend|divRplyFwdMsg|mail-editor-reference-message-container)"#,
        r#"|<[^<>]{0,200}\bclass\s*=\s*["']?(?:x_)*(?:gmail_quote|moz-cite-prefix|yahoo_quoted)"#,
        r#"|<blockquote[^<>]{0,200}\btype\s*=\s*["']?cite"#,
        r"|<div[^<>]{0,200}border-top:\s*solid\s*#(?:e1e1e1|b5c4df)",
    ))
});

static QUOTE_LINE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"^-{2,}\s*(original message|original appointment|forwarded message|forwarded by|reply message)\b",
        r"^begin forwarded message:$",
        r"^_{20,}$",
        r"^\*?from:\*? .{0,300}\b(sent|date):",
    ])
});
static WROTE_START: LazyLock<Table> = LazyLock::new(|| Table::new(&[r"^(on|le|am|el|op|il) \S"]));
static WROTE_END: LazyLock<Table> =
    LazyLock::new(|| Table::new(&[r"^.{0,400}\b(wrote|a écrit|schrieb|escribió|schreef|ha scritto) ?:$"]));
static FROM_LINE: LazyLock<Table> = LazyLock::new(|| Table::new(&[r"^\*?(from|von|de|van):\*?( |$)"]));
static SENT_LINE: LazyLock<Table> =
    LazyLock::new(|| Table::new(&[r"^\*?(sent|date|gesendet|envoyé|to|subject):\*?( |$)"]));
static ADVERT: LazyLock<Table> =
    LazyLock::new(|| Table::new(&[r"^sent from (my|outlook|mail|yahoo|samsung)\b", r"^get outlook for \w+"]));

/// Warnings that a mail system puts into outside mail; they speak of attachments and ask questions of their own.
static BANNERS: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
    // The rest of a sentence; a wrapped line goes on in lower case.
    let rest = r"[^.!\n]*(?:\n(?-i:[a-z])[^.!\n]*){0,3}";
    [
        r"\[\s*(?:external|ext|caution)(?:\s+(?:e-?mail|sender|message))?\s*\]:?".to_owned(),
        r"(?m)^\W*(?:caution|warning)?\W*external\s+(?:e-?mail|sender|message)\W*$".to_owned(),
        [
            r"(?:\b(?:caution|warning|notice|important|external e-?mail)\b[:!\s*-]*)?\bthis\s+(?:e-?mail|message)\s+",
            r"(?:has\s+been\s+|has\s+|was\s+|is\s+)?(?:(?:sent|originated|originates|received|came|comes)\s+)?",
            r"(?:to\s+you\s+)?(?:from\s+(?:an?\s+|the\s+)?(?:external|outside)|outside\s+(?:of\s+)?(?:the|your|our))\b",
            rest,
            "[.!]?",
        ]
        .concat(),
        [
            r"\b(?:please\s+)?(?:do\s+not|don['’]t|never)\s+(?:click|open)\b",
            rest,
            r"\b(?:recogni[sz]e|trust|know|expect|verify|verified|sure|certain)\b",
            rest,
            "[.!]?",
        ]
        .concat(),
        [
            r"\b(?:some\s+people\s+who\s+received\s+this\s+message|you)\s+don['’]t\s+often\s+get\s+e?mail\s+from\s+\S+",
            r"(?:\s+learn\s+why\s+this\s+is\s+important)?(?:\s*at)?(?:\s*[<\[(]?https?://\S+)?",
        ]
        .concat(),
        [r"\bplease\s+(?:exercise|use|take)\s+(?:extra\s+)?(?:caution|care)\b", rest, "[.!]?"].concat(),
        r"\bthink\s+before\s+you\s+click\b[.!]?".to_owned(),
    ]
    .iter()
    .map(|text| pattern(&format!("(?i){text}")))
    .collect()
});

#[cfg(test)]
pub(super) fn compiles() -> bool {
    let tables = [&QUOTE_LINE, &WROTE_START, &WROTE_END, &FROM_LINE, &SENT_LINE, &ADVERT];
    let patterns = [&URL, &HREF, &CID, &BLOCK, &HTML_QUOTE];
    tables.iter().all(|table| table.compiles())
        && patterns.iter().all(|pattern| pattern.is_some())
        && BANNERS.iter().all(Option::is_some)
}

#[cfg(test)]
mod tests;
