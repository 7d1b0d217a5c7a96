//! Writes blocks as the inside of the HTML part: semantic elements with inline styles, which is all that mail programs
//! keep. Every text is escaped. The page around it is `config/letters/_page.html.j2`.

use super::markup::{Block, Inline, Level};

const TEXT: &str = "margin:0 0 16px 0;font-size:16px;line-height:24px;color:#212b32;";
const SECTION: &str = "margin:32px 0 12px 0;font-size:20px;line-height:28px;font-weight:bold;color:#212b32;";
const PART: &str = "margin:20px 0 8px 0;font-size:16px;line-height:24px;font-weight:bold;color:#212b32;\
                    overflow-wrap:anywhere;word-break:break-word;";
const LIST: &str = "margin:0 0 16px 0;padding:0 0 0 24px;";
const ITEM: &str =
    "margin:0 0 8px 0;font-size:16px;line-height:24px;color:#212b32;overflow-wrap:anywhere;word-break:break-word;";
const INSET: &str = "margin:0 0 20px 0;padding:12px 16px;border-left:6px solid #005eb8;background-color:#f0f4f5;\
                     font-size:18px;line-height:26px;font-weight:bold;color:#212b32;";
const TABLE: &str = "width:100%;margin:0 0 16px 0;border-collapse:collapse;";
const CELL: &str = "padding:8px 0;border-bottom:1px solid #d8dde0;font-size:16px;line-height:24px;color:#212b32;\
                    text-align:left;vertical-align:top;";
const LABEL: &str = "width:30%;padding-right:16px;font-weight:bold;";
const VALUE: &str = "overflow-wrap:anywhere;word-break:break-word;";
const RULE: &str = "margin:28px 0 16px 0;border:0;border-top:1px solid #d8dde0;";
const BUTTON_CELL: &str = "background-color:#005eb8;border-radius:4px;padding:12px 20px;";
const BUTTON: &str = "font-size:16px;line-height:22px;font-weight:bold;color:#ffffff;text-decoration:none;";
const LINK: &str = "color:#005eb8;text-decoration:underline;overflow-wrap:anywhere;word-break:break-word;";

pub(super) fn write(blocks: &[Block]) -> String {
    blocks.iter().map(block).collect()
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(Level::Section, content) => element("h2", SECTION, &inlines(content)),
        Block::Heading(Level::Part, content) => element("h3", PART, &inlines(content)),
        Block::Paragraph(lines) => {
            let lines: Vec<String> = lines.iter().map(|line| inlines(line)).collect();
            element("p", TEXT, &lines.join("<br>\n"))
        }
        Block::Bullets(items) => {
            let items: String = items.iter().map(|item| element("li", ITEM, &inlines(item))).collect();
            element("ul", LIST, &format!("\n{items}"))
        }
        Block::Inset(content) => element("p", INSET, &inlines(content)),
        Block::Rows(rows) => table(rows),
        Block::Button(content) => button(content),
        Block::HtmlOnly(blocks) => write(blocks),
        Block::Rule => format!("<hr style=\"{RULE}\">\n"),
    }
}

fn table(rows: &[(Vec<Inline>, Vec<Inline>)]) -> String {
    let rows: String = rows
        .iter()
        .map(|(label, value)| {
            let (label, value) = (inlines(label), inlines(value));
            format!(
                "<tr><th scope=\"row\" style=\"{CELL}{LABEL}\">{label}</th><td style=\"{CELL}{VALUE}\">{value}</td></tr>\n"
            )
        })
        .collect();
    format!("<table cellpadding=\"0\" cellspacing=\"0\" style=\"{TABLE}\">\n{rows}</table>\n")
}

/// A coloured cell, because Outlook draws no padding around a link.
fn button(content: &[Inline]) -> String {
    let inside: String = content
        .iter()
        .map(|inline| match inline {
            Inline::Link { text, address } => {
                format!("<a href=\"{}\" style=\"{BUTTON}\">{}</a>", escape(address), escape(text))
            }
            Inline::Text { text, .. } => format!("<span style=\"{BUTTON}\">{}</span>", escape(text)),
        })
        .collect();
    format!(
        "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:0 0 12px 0;\"><tr>\
         <td bgcolor=\"#005eb8\" style=\"{BUTTON_CELL}\">{inside}</td></tr></table>\n"
    )
}

fn inlines(content: &[Inline]) -> String {
    content
        .iter()
        .map(|inline| match inline {
            Inline::Text { text, bold: false } => escape(text),
            Inline::Text { text, bold: true } => format!("<strong>{}</strong>", escape(text)),
            Inline::Link { text, address } => {
                format!("<a href=\"{}\" style=\"{LINK}\">{}</a>", escape(address), escape(text))
            }
        })
        .collect()
}

fn element(name: &str, style: &str, inside: &str) -> String {
    format!("<{name} style=\"{style}\">{inside}</{name}>\n")
}

#[cfg(test)]
mod tests {
    use super::super::markup::parse;
    use super::*;

    #[test]
    fn text_and_addresses_are_escaped() {
        let html = write(&parse(
            "# <script>\n* \"a\" & b\n[x](mailto:a@b.c?subject=1&body='2')\n| <b> | <i>\n=> [<u>](https://x.example/\"y)",
        ));
        for raw in ["<script", "\"a\"", "& b", "&body='", "<b>", "<i>", "<u>", "/\"y"] {
            assert!(!html.contains(raw), "{raw} in {html}");
        }
        assert!(html.contains("href=\"mailto:a@b.c?subject=1&amp;body=&#39;2&#39;\""), "{html}");
    }
}
