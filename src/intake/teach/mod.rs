//! Teaching a template: a blank workbook in, the profile that reads its filled copies out, with what it was unsure of.
//! The profile is TOML for a person to check and correct. Must not read a filled workbook.

mod learn;
mod lists;
mod write;

use super::package::Package;
use super::problem::Problem;
use super::profile::Profiles;
use super::{scal, workbook};
use crate::domain::reading::{Finding, Taught};

/// Reads a blank SCAL or witness pack. `profiles` are those of the configuration, as TOML.
///
/// # Errors
/// A finding that says why nothing can be learnt from the file.
pub fn teach(name: &str, bytes: &[u8], profiles: &[String]) -> Result<Taught, Box<Finding>> {
    read(name, bytes, &Profiles::with(profiles)).map_err(|problem| Box::new(problem.finding()))
}

fn read(name: &str, bytes: &[u8], profiles: &Profiles) -> Result<Taught, Problem> {
    let mut package = Package::open(bytes)?;
    let workbook = workbook::read_xlsx(&mut package, bytes)?;
    let base = profiles.scal_words().first().ok_or(Problem::Unsupported("of no known kind"))?;
    let learnt = learn::learn(&mut package, &workbook, base)?;
    let version = scal::version(&workbook, base);
    Ok(write::scal(name, version.as_deref(), base, learnt))
}

#[cfg(test)]
mod tests;
