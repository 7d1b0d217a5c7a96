//! Teaching a template: a blank workbook in, the profile that reads its filled copies out, with what it was unsure of.
//! The profile is TOML for a person to check and correct. Must not read a filled workbook.

mod learn;
mod lists;
mod pack;
mod write;

use super::content::Content;
use super::package::Package;
use super::problem::Problem;
use super::profile::{Profiles, ScalProfile};
use super::workbook::Workbook;
use super::{scal, word, workbook};
use crate::domain::reading::{Finding, Taught};

/// Reads a blank SCAL or witness pack. `profiles` are those of the configuration, as TOML.
///
/// # Errors
/// A finding that says why nothing can be learnt from the file.
pub fn teach(name: &str, bytes: &[u8], profiles: &[String]) -> Result<Taught, Box<Finding>> {
    read(name, bytes, &Profiles::with(profiles)).map_err(|problem| Box::new(problem.finding()))
}

fn read(name: &str, bytes: &[u8], profiles: &Profiles) -> Result<Taught, Problem> {
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(OTHER_FORMAT);
    }
    let mut package = Package::open(bytes)?;
    let (scal, pack) = profiles.scal_words().first().zip(profiles.pack_words().first()).ok_or(NEITHER)?;
    let main = package.main_part()?.ok_or(OTHER_FORMAT)?;
    if main.starts_with("word/") {
        let content = Content::of_word(word::read(&package.xml(&main)?.ok_or(Problem::Damaged)?)?);
        let lists = vec![Vec::new(); content.tables.len()];
        return pack::teach(name, &content, &lists, pack).ok_or(NEITHER);
    }
    let workbook = workbook::read_xlsx(&mut package, bytes)?;
    let visible = workbook.sheets.iter().filter(|sheet| !sheet.hidden);
    let lists: Vec<_> =
        visible.map(|sheet| lists::of_sheet(&mut package, &workbook, &sheet.name)).collect::<Result<_, _>>()?;
    // A SCAL in words that are known, then a pack; then what looks like one of them.
    let is_scal = scal::read(&workbook, &profiles.scals).is_some();
    let content = Content::of_workbook(workbook.clone());
    let looks_like_scal = scal::supplier_tab(&workbook, &scal.supplier).is_some() && !pack::is_known(&content, pack);
    let taught = if is_scal || looks_like_scal { None } else { pack::teach(name, &content, &lists, pack) };
    taught.map_or_else(|| learn_scal(name, &mut package, &workbook, scal), Ok)
}

const OTHER_FORMAT: Problem = Problem::Unsupported("of another format; save the blank as an Excel workbook (.xlsx)");
const NEITHER: Problem = Problem::Unsupported("neither a blank SCAL nor a blank test pack");

fn learn_scal(
    name: &str,
    package: &mut Package<'_>,
    workbook: &Workbook,
    base: &ScalProfile,
) -> Result<Taught, Problem> {
    let learnt = learn::learn(package, workbook, base)?;
    if learnt.tabs.is_empty() && learnt.supplier_tab.is_none() {
        return Err(NEITHER);
    }
    let version = scal::version(workbook, base);
    Ok(write::scal(name, version.as_deref(), base, learnt))
}

#[cfg(test)]
mod tests;
