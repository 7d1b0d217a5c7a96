//! Folders of texts that replace built-in ones: wording and profiles. Read whole at the start, so that a file that
//! goes missing later breaks nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::section::Section;

const FILES_MAX: usize = 200;
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The texts of the folder that `key` names, by file name; none where the key is not set.
pub(super) fn texts(root: &Section<'_>, base: &Path, key: &'static str, endings: &[&str]) -> BTreeMap<String, String> {
    let Some(found) = root.text(key) else {
        return BTreeMap::new();
    };
    let folder = base.join(&found.value);
    let fault = |path: &Path, why: String| {
        let what = format!("\"{key}\": {} cannot be read: {why}", path.display());
        let fix =
            format!("Name a folder of .{} files, or remove the line to use the built-in ones.", endings.join(", ."));
        root.fault(found.at, what, fix);
    };
    let paths = match files(&folder, endings) {
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
        let text = match fs::metadata(&path) {
            Ok(about) if about.len() > FILE_BYTES_MAX => Err(io::Error::other("it is larger than 1 MiB")),
            Ok(_) => fs::read_to_string(&path),
            Err(error) => Err(error),
        };
        match (text, path.file_name()) {
            (Ok(text), Some(name)) => {
                texts.insert(name.to_string_lossy().into_owned(), text);
            }
            (Ok(_), None) => {}
            (Err(error), _) => fault(&path, error.to_string()),
        }
    }
    texts
}

fn files(folder: &Path, endings: &[&str]) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|end| endings.iter().any(|ending| end == *ending)));
    paths.sort();
    Ok(paths)
}
