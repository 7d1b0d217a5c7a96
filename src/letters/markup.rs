//! The small markup of the templates in `config/letters`, read into blocks that `plain` and `html` write out, so that
//! both parts of a letter say the same. Values filled in by a template stand between marks and never count as markup.
//!
//! `# heading`, `## smaller heading`, `* bullet`, `^ inset`, `| label | value`, `=> [button](address)`, `**bold**`,
//! `[text](address)`, `---` for a rule; a backslash ends a line within a paragraph; a blank line ends the paragraph. What
//! stands between two lines of `+++` is in the HTML part only: a list too long to be read as text.

/// Set around each value that a template fills in. Private-use characters; `words::one_line` takes them out of values.
pub(super) const VALUE_OPEN: char = '\u{E000}';
pub(super) const VALUE_CLOSE: char = '\u{E001}';
const RULE: &str = "---";
const HTML_ONLY: &str = "+++";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Heading(Level, Vec<Inline>),
    /// One list of inlines for each line.
    Paragraph(Vec<Vec<Inline>>),
    Bullets(Vec<Vec<Inline>>),
    /// What must not be overlooked.
    Inset(Vec<Inline>),
    Rows(Vec<(Vec<Inline>, Vec<Inline>)>),
    Button(Vec<Inline>),
    Rule,
    HtmlOnly(Vec<Block>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Section,
    Part,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inline {
    Text { text: String, bold: bool },
    Link { text: String, address: String },
}

/// A character of the template, or of a value.
#[derive(Clone, Copy)]
struct Token {
    char: char,
    is_value: bool,
}

/// What the beginning of a line makes of it.
#[derive(Clone, Copy)]
enum Mark {
    Section,
    Part,
    Bullet,
    Inset,
    Row,
    Button,
}

const MARKS: [(&str, Mark); 6] = [
    ("# ", Mark::Section),
    ("## ", Mark::Part),
    ("* ", Mark::Bullet),
    ("^ ", Mark::Inset),
    ("| ", Mark::Row),
    ("=> ", Mark::Button),
];

pub(super) fn parse(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    // What came before the part that is for HTML only.
    let mut before: Option<Vec<Block>> = None;
    for line in text.lines().map(str::trim) {
        let marked = MARKS.iter().find_map(|(start, mark)| Some((*mark, line.strip_prefix(start)?)));
        let ends_paragraph = marked.is_some() || line.is_empty() || line == RULE || line == HTML_ONLY;
        if !ends_paragraph {
            paragraph.push(line);
            continue;
        }
        end_paragraph(&mut blocks, &mut paragraph);
        if let Some((mark, rest)) = marked {
            add_marked(&mut blocks, mark, rest);
        } else if line == RULE {
            blocks.push(Block::Rule);
        } else if line == HTML_ONLY {
            before = match before.take() {
                None => Some(std::mem::take(&mut blocks)),
                Some(outer) => end_html_only(&mut blocks, outer),
            };
        }
    }
    end_paragraph(&mut blocks, &mut paragraph);
    if let Some(outer) = before {
        end_html_only(&mut blocks, outer);
    }
    blocks
}

fn end_html_only(blocks: &mut Vec<Block>, outer: Vec<Block>) -> Option<Vec<Block>> {
    let inner = std::mem::replace(blocks, outer);
    if !inner.is_empty() {
        blocks.push(Block::HtmlOnly(inner));
    }
    None
}

/// The text without marks: for a subject.
pub(super) fn plain_text(text: &str) -> String {
    text.chars().filter(|c| *c != VALUE_OPEN && *c != VALUE_CLOSE).collect()
}

fn add_marked(blocks: &mut Vec<Block>, mark: Mark, rest: &str) {
    match mark {
        Mark::Section => blocks.push(Block::Heading(Level::Section, inlines(rest))),
        Mark::Part => blocks.push(Block::Heading(Level::Part, inlines(rest))),
        Mark::Inset => blocks.push(Block::Inset(inlines(rest))),
        Mark::Button => blocks.push(Block::Button(inlines(rest))),
        Mark::Row => match blocks.last_mut() {
            Some(Block::Rows(rows)) => rows.push(row(rest)),
            Some(_) | None => blocks.push(Block::Rows(vec![row(rest)])),
        },
        Mark::Bullet => match blocks.last_mut() {
            Some(Block::Bullets(items)) => items.push(inlines(rest)),
            Some(_) | None => blocks.push(Block::Bullets(vec![inlines(rest)])),
        },
    }
}

/// Label and value. A bar within a value that was filled in does not part them.
fn row(line: &str) -> (Vec<Inline>, Vec<Inline>) {
    let separator = line.char_indices().map(|(at, _)| at).find(|at| is_separator(line, *at));
    let (label, value) = line.split_at(separator.unwrap_or(line.len()));
    (inlines(label.trim_end()), inlines(value.trim_start_matches(['|', ' '])))
}

fn is_separator(line: &str, at: usize) -> bool {
    let (before, from) = line.split_at(at);
    from.starts_with('|') && before.matches(VALUE_OPEN).count() == before.matches(VALUE_CLOSE).count()
}

fn end_paragraph(blocks: &mut Vec<Block>, paragraph: &mut Vec<&str>) {
    let mut lines = Vec::new();
    let mut line = String::new();
    for part in paragraph.drain(..) {
        let (text, ends) = part.strip_suffix('\\').map_or((part, false), |text| (text, true));
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(text.trim_end());
        if ends {
            lines.push(inlines(&std::mem::take(&mut line)));
        }
    }
    if !line.is_empty() {
        lines.push(inlines(&line));
    }
    if !lines.is_empty() {
        blocks.push(Block::Paragraph(lines));
    }
}

/// Reads bold and links. A bracket that opens no link is text.
fn inlines(line: &str) -> Vec<Inline> {
    let tokens = tokens(line);
    let mut rest = tokens.as_slice();
    let (mut out, mut text, mut bold) = (Vec::new(), String::new(), false);
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        if is_mark(token, '*') && after.first().is_some_and(|next| is_mark(next, '*')) {
            rest = after.get(1..).unwrap_or_default();
            push_text(&mut out, &mut text, bold);
            bold = !bold;
        } else if let Some((link, after_link)) = is_mark(token, '[').then(|| link(after)).flatten() {
            rest = after_link;
            push_text(&mut out, &mut text, bold);
            out.push(link);
        } else {
            text.push(token.char);
        }
    }
    push_text(&mut out, &mut text, bold);
    out
}

/// The link whose text begins here, and what follows it.
fn link(tokens: &[Token]) -> Option<(Inline, &[Token])> {
    let (text, rest) = until(tokens, ']')?;
    let (open, rest) = rest.split_first()?;
    let (address, rest) = is_mark(open, '(').then(|| until(rest, ')')).flatten()?;
    let known = ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme));
    known.then_some((Inline::Link { text, address }, rest))
}

fn until(tokens: &[Token], mark: char) -> Option<(String, &[Token])> {
    let at = tokens.iter().position(|token| is_mark(token, mark))?;
    let (inside, rest) = tokens.split_at_checked(at)?;
    Some((inside.iter().map(|token| token.char).collect(), rest.get(1..)?))
}

fn tokens(line: &str) -> Vec<Token> {
    let mut is_value = false;
    let mut tokens = Vec::with_capacity(line.len());
    for char in line.chars() {
        match char {
            VALUE_OPEN => is_value = true,
            VALUE_CLOSE => is_value = false,
            char => tokens.push(Token { char, is_value }),
        }
    }
    tokens
}

fn is_mark(token: &Token, mark: char) -> bool {
    token.char == mark && !token.is_value
}

fn push_text(out: &mut Vec<Inline>, text: &mut String, bold: bool) {
    if !text.is_empty() {
        out.push(Inline::Text { text: std::mem::take(text), bold });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text { text: text.to_owned(), bold: false }
    }

    #[test]
    fn each_mark_makes_its_block() {
        let bold = Inline::Text { text: "b".to_owned(), bold: true };
        let link = Inline::Link { text: "t".to_owned(), address: "https://x.example/".to_owned() };
        for (source, block) in [
            ("# a", Block::Heading(Level::Section, vec![text("a")])),
            ("## a", Block::Heading(Level::Part, vec![text("a")])),
            ("a\nb\\\nc", Block::Paragraph(vec![vec![text("a b")], vec![text("c")]])),
            ("* a\n\n* b", Block::Bullets(vec![vec![text("a")], vec![text("b")]])),
            ("^ a", Block::Inset(vec![text("a")])),
            ("---", Block::Rule),
            ("| a | b | c", Block::Rows(vec![(vec![text("a")], vec![text("b | c")])])),
            ("=> [t](https://x.example/)", Block::Button(vec![link.clone()])),
            ("a **b** [t](https://x.example/)", Block::Paragraph(vec![vec![text("a "), bold, text(" "), link]])),
            ("[a] (b", Block::Paragraph(vec![vec![text("[a] (b")]])),
            ("[a](javascript:b)", Block::Paragraph(vec![vec![text("[a](javascript:b)")]])),
        ] {
            assert_eq!(parse(source), [block], "{source}");
        }
    }

    #[test]
    fn what_is_for_html_only_is_kept_together() {
        let paragraph = |words: &str| Block::Paragraph(vec![vec![text(words)]]);
        let inner = Block::HtmlOnly(vec![Block::Heading(Level::Section, vec![text("b")]), paragraph("c")]);
        let expected = [paragraph("a"), inner.clone(), paragraph("d")];
        assert_eq!(parse("a\n+++\n# b\nc\n+++\nd\n+++\n+++"), expected);
        assert_eq!(parse("a\n+++\n# b\nc"), [paragraph("a"), inner]);
    }

    #[test]
    fn a_value_is_never_markup() {
        let value = |v: &str| format!("{VALUE_OPEN}{v}{VALUE_CLOSE}");
        for name in ["# a", "---", "* a", "**a**", "[a](https://x.example)", "| a |", "^ a", "=> a", "+++"] {
            assert_eq!(parse(&value(name)), [Block::Paragraph(vec![vec![text(name)]])], "{name}");
            let row = format!("| {} | x", value(name));
            assert_eq!(parse(&row), [Block::Rows(vec![(vec![text(name)], vec![text("x")])])]);
        }
    }
}
