//! File names as they may be shown and stored: one line, no path, no character that hides or turns others.

use crate::intake::limits;

/// The name of an attached file. `number` names what has no name.
pub(super) fn attached(name: Option<&str>, number: usize) -> String {
    // Old programs write the whole path; a slash is more often a date, as in `SCAL 12/11/26.xlsx`.
    let clean = name.map(|name| plain(name.rsplit('\\').next().unwrap_or(name))).unwrap_or_default();
    if clean.is_empty() { format!("attachment {number}") } else { clean }
}

/// The name of a file inside a zip: `in.zip/inner.xlsx`, without its folders.
pub(super) fn inside(archive: &str, member: &str, number: usize) -> String {
    let member = member.rsplit(['/', '\\']).next().unwrap_or(member);
    let clean = plain(member);
    if clean.is_empty() { format!("{archive}/file {number}") } else { format!("{archive}/{clean}") }
}

fn plain(name: &str) -> String {
    let spaced = super::headers::one_line(name);
    let safe: String =
        spaced.chars().filter(|c| !invisible(*c)).map(|c| if matches!(c, '/' | '\\') { '-' } else { c }).collect();
    let safe = safe.trim();
    if safe.chars().all(|c| c == '.') { String::new() } else { shortened(safe) }
}

/// Marks without width, and those that turn the direction: they make `exe.xlsx` of `xslx.exe`.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The beginning and the end, which holds the extension.
fn shortened(name: &str) -> String {
    const END_CHARS: usize = 20;
    let count = name.chars().count();
    if count <= limits::FILE_NAME_CHARS_MAX {
        return name.to_owned();
    }
    let start = name.chars().take(limits::FILE_NAME_CHARS_MAX - END_CHARS - 1);
    start.chain(['…']).chain(name.chars().skip(count - END_CHARS)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_without_paths_and_tricks() {
        for (written, shown) in [
            ("SCAL.xlsx", "SCAL.xlsx"),
            ("C:\\Users\\p\\SCAL.xlsx", "SCAL.xlsx"),
            ("SCAL 12/11/26.xlsx", "SCAL 12-11-26.xlsx"),
            ("../../etc/passwd", "..-..-etc-passwd"),
            ("a\r\nBcc: x\u{202e}xslx.exe", "a Bcc: xxslx.exe"),
            ("..", "attachment 3"),
            (" \u{200b} ", "attachment 3"),
        ] {
            assert_eq!(attached(Some(written), 3), shown);
        }
        assert_eq!(attached(None, 3), "attachment 3");
        assert_eq!(inside("in.zip", "a/b\\inner.xlsx", 1), "in.zip/inner.xlsx");
        assert_eq!(inside("in.zip", "a/..", 2), "in.zip/file 2");
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = attached(Some(&format!("{}.xlsx", "é".repeat(limits::FILE_NAME_CHARS_MAX))), 1);
        assert_eq!(name.chars().count(), limits::FILE_NAME_CHARS_MAX);
        assert!(name.ends_with(".xlsx"));
    }
}
