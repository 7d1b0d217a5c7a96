//! Folders of texts that replace built-in ones: wording and profiles. Read whole at the start, so that a file that
//! goes missing later breaks nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::section::Section;

const FILES_MAX: usize = 200;
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The texts of the folder that `key` names, by file name; none where the key is not set. `check` says what is wrong
/// with a text.
pub(super) fn texts(
    root: &Section<'_>,
    base: &Path,
    key: &'static str,
    ending: &str,
    check: impl Fn(&str) -> Result<(), String>,
) -> BTreeMap<String, String> {
    let Some(found) = root.text(key) else {
        return BTreeMap::new();
    };
    let folder = base.join(&found.value);
    let fault = |path: &Path, why: String| {
        let what = format!("\"{key}\": {} cannot be used: {why}", path.display());
        let fix = format!("Name a folder of sound .{ending} files, or remove the line to use the built-in ones.");
        root.fault(found.at, what, fix);
    };
    let paths = match files(&folder, ending) {
        Ok(paths) if paths.is_empty() => {
            fault(&folder, "no file in it has the right ending".to_owned());
            return BTreeMap::new();
        }
        Ok(paths) => paths,
        Err(error) => {
            fault(&folder, error.to_string());
            return BTreeMap::new();
        }
    };
    let mut texts = BTreeMap::new();
    for path in paths.into_iter().take(FILES_MAX) {
        let text = read(&path).map_err(|error| error.to_string());
        match (text.and_then(|text| check(&text).map(|()| text)), path.file_name()) {
            (Ok(text), Some(name)) => {
                texts.insert(name.to_string_lossy().into_owned(), text);
            }
            (Ok(_), None) => {}
            (Err(why), _) => fault(&path, on_one_line(&why)),
        }
    }
    texts
}

fn read(path: &Path) -> io::Result<String> {
    match fs::metadata(path)?.len() {
        0..=FILE_BYTES_MAX => fs::read_to_string(path),
        _ => Err(io::Error::other("it is larger than 1 MiB")),
    }
}

/// Where and what, without the picture of the text between them that some errors draw.
fn on_one_line(why: &str) -> String {
    let lines: Vec<_> = why.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        [first, .., last] => format!("{first}: {last}"),
        _ => why.trim().to_owned(),
    }
}

fn files(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|end| end == ending));
    paths.sort();
    Ok(paths)
}
