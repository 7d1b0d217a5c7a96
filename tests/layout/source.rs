//! Rust source as text: what is code in it, which paths it names, where its functions begin and end. Assumes rustfmt.

/// The source with comments and the contents of strings blanked out, line for line.
pub(crate) fn code(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped =
            comment_bytes(rest).or_else(|| string_bytes(rest, out.chars().next_back())).or_else(|| char_bytes(rest));
        let taken = match skipped {
            Some(bytes) => {
                let (blank, after) = rest.split_at(bytes.min(rest.len()));
                out.extend(blank.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
                rest = after;
                continue;
            }
            None => first,
        };
        out.push(taken);
        rest = &rest[first.len_utf8()..];
    }
    out
}

fn comment_bytes(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    rest.starts_with("/*").then(|| rest.find("*/").map_or(rest.len(), |end| end + 2))
}

fn string_bytes(rest: &str, before: Option<char>) -> Option<usize> {
    let inside_a_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let prefix = rest.char_indices().take(3).find(|(_, c)| ['"', '#'].contains(c)).map(|(at, _)| &rest[..at])?;
    if !["", "r", "b", "br", "c", "cr"].contains(&prefix) || (inside_a_word && !prefix.is_empty()) {
        return None;
    }
    let body = &rest[prefix.len()..];
    if prefix.contains('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let text = body[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = text.find(&close).map_or(text.len(), |end| end + close.len());
        return Some(prefix.len() + hashes + 1 + end);
    }
    let text = body.strip_prefix('"')?;
    let mut escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let closes = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    });
    Some(prefix.len() + 1 + end.map_or(text.len(), |(at, _)| at + 1))
}

/// `'x'` and `'\n'`, but not the lifetime `'a`.
fn char_bytes(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    if inner.starts_with('\\') {
        let end = inner.char_indices().skip(2).find(|(_, c)| *c == '\'')?.0;
        return Some(end + 2);
    }
    let first = inner.chars().next()?;
    inner[first.len_utf8()..].starts_with('\'').then(|| first.len_utf8() + 2)
}

/// Code without its unit tests, which stand at the end of a file.
pub(crate) fn without_tests(code: &str) -> &str {
    let tests = code.match_indices("#[cfg(test)]\nmod ").find(|(at, _)| {
        let line = code[*at..].lines().nth(1).unwrap_or_default();
        line.ends_with('{')
    });
    tests.map_or(code, |(at, _)| &code[..at])
}

/// A path as the code writes it, such as `["crate", "domain", "ids"]`. Groups in braces are expanded.
pub(crate) type Path = Vec<String>;

pub(crate) fn paths(code: &str) -> Vec<Path> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = match is_word(tokens[at]) {
            true => path(&tokens, at, &[], &mut found),
            false => at + 1,
        };
    }
    found
}

/// Reads one path from `at`, below `base`, and returns where it ends.
fn path(tokens: &[&str], mut at: usize, base: &[String], found: &mut Vec<Path>) -> usize {
    let mut path = base.to_vec();
    while at < tokens.len() {
        match tokens[at] {
            "{" => return group(tokens, at + 1, &path, found),
            "*" => path.push("*".to_owned()),
            word => path.push(word.to_owned()),
        }
        at += 1;
        let next = tokens.get(at + 1).copied().unwrap_or_default();
        if tokens.get(at) != Some(&"::") || !(is_word(next) || next == "{" || next == "*") {
            break;
        }
        at += 1;
    }
    found.push(path);
    at
}

fn group(tokens: &[&str], mut at: usize, base: &[String], found: &mut Vec<Path>) -> usize {
    while at < tokens.len() && tokens[at] != "}" {
        at = match is_word(tokens[at]) || tokens[at] == "*" {
            true => path(tokens, at, base, found),
            false => at + 1,
        };
    }
    at + 1
}

fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let bytes = match first {
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(bytes);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Name, first line and number of lines of each function with a body.
pub(crate) fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let close = format!("{indent}}}");
        let last = lines[first..].iter().position(|line| line.trim_end() == close || ends_on_one_line(line, indent));
        if let Some(length) = last {
            found.push((name, first + 1, length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let qualifiers = ["pub", "const", "async", "unsafe", "extern", "default"];
    let word = words.find(|word| !qualifiers.contains(word) && !word.starts_with("pub("))?;
    let name = words.next()?;
    (word == "fn").then(|| name.split(['(', '<']).next().unwrap_or(name).to_owned())
}

/// `fn f() {}`, `fn f() { 1 }` or, in a trait, `fn f();`.
fn ends_on_one_line(line: &str, indent: &str) -> bool {
    let own_line = line.starts_with(indent) && !line[indent.len()..].starts_with(' ');
    own_line && (line.trim_end().ends_with('}') || line.trim_end().ends_with(';'))
}

#[test]
fn comments_and_strings_are_no_code() {
    let source = r##"let a = "sled // \" {"; // tokio
/* std::fs */ let b = r#"x " y"#; let c = '"'; let d: &'a str = b"sled"; br_sled("z");"##;
    let code = code(source);
    assert_eq!(code.lines().count(), 2);
    for gone in ["sled //", "tokio", "std::fs", "x ", "\"", " z"] {
        assert!(!code.contains(gone), "{gone:?} in {code}");
    }
    for kept in ["let a =", "let b =", "&'a str", "br_sled("] {
        assert!(code.contains(kept), "{kept:?} in {code}");
    }
}

#[test]
fn groups_are_expanded_and_every_path_is_found() {
    let code = "use crate::{domain::{ids::Address, lane}, letters};\nlet x = super::y::z(a.now()); use std::fs::*;";
    let found: Vec<String> = paths(code).iter().map(|path| path.join("::")).collect();
    for path in
        ["crate::domain::ids::Address", "crate::domain::lane", "crate::letters", "super::y::z", "now", "std::fs::*"]
    {
        assert!(found.iter().any(|f| f == path), "{path} in {found:?}");
    }
}

#[test]
fn functions_are_measured_to_their_closing_brace() {
    let code = "impl X {\n    pub(crate) async fn long<T>(\n        a: T,\n    ) {\n        if a {\n        }\n    }\n}\nfn one() {}\n";
    assert_eq!(functions(code), [("long".to_owned(), 2, 6), ("one".to_owned(), 9, 1)]);
}

#[test]
fn unit_tests_are_left_out_and_code_before_them_is_not() {
    let code = "#[cfg(test)]\nmod tests;\nfn a() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    assert!(without_tests(code).contains("fn a()") && !without_tests(code).contains("std::fs"));
}
