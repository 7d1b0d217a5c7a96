//! Writes blocks as the text part of a letter: lines of at most 72 characters, except for addresses of links.

use super::markup::{Block, Inline, Level};

const LINE_CHARS_MAX: usize = 72;
/// A wider label has its value on the next line.
const LABEL_CHARS_MAX: usize = 24;

pub(super) fn write(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks.iter().filter(|block| !matches!(block, Block::HtmlOnly(_))) {
        if !out.is_empty() {
            out.push('\n');
        }
        write_block(&mut out, block);
    }
    out
}

fn write_block(out: &mut String, block: &Block) {
    match block {
        Block::Heading(level, content) => {
            let heading = words(content);
            let underline = match level {
                Level::Section => "=",
                Level::Part => "-",
            };
            let wide = wrap(out, &heading, "", "");
            line(out, &underline.repeat(wide));
        }
        Block::Paragraph(lines) => {
            for content in lines {
                wrap(out, &words(content), "", "");
            }
        }
        Block::Bullets(items) => {
            for content in items {
                wrap(out, &words(content), "* ", "  ");
            }
        }
        Block::Inset(content) => {
            wrap(out, &words(content), "  | ", "  | ");
        }
        Block::Rows(rows) => write_rows(out, rows),
        Block::Button(content) => {
            wrap(out, &words(content), "> ", "  ");
        }
        Block::Rule => line(out, &"-".repeat(LINE_CHARS_MAX)),
        Block::HtmlOnly(_) => {}
    }
}

fn write_rows(out: &mut String, rows: &[(Vec<Inline>, Vec<Inline>)]) {
    let labels = rows.iter().map(|(label, _)| chars(&words(label)) + 2);
    let width = labels.max().unwrap_or(0).min(LABEL_CHARS_MAX);
    for (label, value) in rows {
        let label = format!("{}:", words(label));
        let padded = format!("{label:<width$}");
        wrap(out, &words(value), &padded, &" ".repeat(width));
    }
}

fn words(content: &[Inline]) -> String {
    content
        .iter()
        .map(|inline| match inline {
            Inline::Text { text, .. } => text.clone(),
            Inline::Link { text, address } if text == address => address.clone(),
            Inline::Link { text, address } => format!("{text}: <{address}>"),
        })
        .collect()
}

/// Writes the words in lines and returns the width of the widest.
fn wrap(out: &mut String, text: &str, first: &str, next: &str) -> usize {
    let mut current = first.to_owned();
    let mut is_empty = true;
    let mut widest = 0;
    for word in text.split_whitespace() {
        if !is_empty && chars(&current) + 1 + chars(word) > LINE_CHARS_MAX {
            widest = widest.max(chars(&current));
            line(out, &current);
            next.clone_into(&mut current);
            is_empty = true;
        }
        if !is_empty {
            current.push(' ');
        }
        current.push_str(word);
        is_empty = false;
    }
    line(out, &current);
    widest.max(chars(&current))
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::super::markup::parse;
    use super::*;

    #[test]
    fn blocks_are_written_for_the_eye() {
        let source = "# Top\nOne\\\nTwo\n* **a** b\n^ Now\n| Case | ERS-1\n| From them | x\n\n=> [Go](mailto:a@b.c)";
        let expected =
            "Top\n===\n\nOne\nTwo\n\n* a b\n\n  | Now\n\nCase:      ERS-1\nFrom them: x\n\n> Go: <mailto:a@b.c>\n";
        assert_eq!(write(&parse(source)), expected);
    }

    #[test]
    fn lines_end_before_column_73_and_hang_under_their_bullet() {
        let text = write(&parse(&format!("* {}\n\n## {}", "word ".repeat(40), "title ".repeat(20))));
        assert!(text.lines().all(|line| chars(line) <= LINE_CHARS_MAX), "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("  word"), "{text}");
    }
}
