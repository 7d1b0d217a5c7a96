//! What may happen to the records while the program is down: the store lost or spoilt, the last journal line half
//! written. The journal up to there is the truth, and none of it may change the end.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::random::Random;

/// What a write that was cut short may leave behind: part of a line that would be the next.
const TORN: &str = r#"{"v":1,"n":NEXT,"prev":"5f1a","at":"2026-11-23T09:00:00Z","event":{"event":"mess"#;
const FLIPS_MAX: u64 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Damage {
    StoreDeleted,
    BytesFlipped,
    LineTorn,
    LineTornAndStoreDeleted,
}

impl Damage {
    pub(crate) const ALL: [Self; 4] =
        [Self::StoreDeleted, Self::BytesFlipped, Self::LineTorn, Self::LineTornAndStoreDeleted];

    /// `steps`: how many lines the journal has.
    pub(crate) fn inflict(self, var: &Path, steps: usize, random: &mut Random) {
        match self {
            Self::StoreDeleted => delete(&var.join("store")),
            Self::BytesFlipped => flip(&var.join("store"), random),
            Self::LineTorn => tear(&var.join("journal/steps.jsonl"), steps, random),
            Self::LineTornAndStoreDeleted => {
                tear(&var.join("journal/steps.jsonl"), steps, random);
                delete(&var.join("store"));
            }
        }
    }
}

fn delete(store: &Path) {
    if store.exists() {
        fs::remove_dir_all(store).unwrap();
    }
}

fn flip(store: &Path, random: &mut Random) {
    let Ok(entries) = fs::read_dir(store) else { return };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file() && fs::metadata(path).unwrap().len() > 0);
    files.sort();
    for _ in 0..=random.below(FLIPS_MAX) {
        let Some(path) = files.get(random.below(files.len().max(1) as u64) as usize) else { return };
        let mut bytes = fs::read(path).unwrap();
        let at = random.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << random.below(8);
        fs::write(path, bytes).unwrap();
    }
}

fn tear(journal: &Path, steps: usize, random: &mut Random) {
    let Ok(mut file) = File::options().append(true).open(journal) else { return };
    let line = TORN.replace("NEXT", &(steps + 1).to_string());
    file.write_all(&line.as_bytes()[..1 + random.below(line.len() as u64 - 1) as usize]).unwrap();
}
