//! Which configuration file is meant, and how its faults are told.

use std::fmt;
use std::path::{Path, PathBuf};

use super::UsageError;
use crate::config::Fault;

const PLACES: [&str; 2] = ["assured.toml", "/etc/assured/assured.toml"];

/// All faults of a configuration, one a line.
#[derive(Debug)]
pub struct ConfigError(pub Vec<Fault>);

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [_] => writeln!(f, "the configuration has a fault")?,
            faults => writeln!(f, "the configuration has {} faults", faults.len())?,
        }
        self.0.iter().try_for_each(|fault| writeln!(f, "{fault}"))?;
        f.write_str("config/assured.toml explains every setting.")
    }
}

pub(super) fn find(given: Option<&Path>) -> Result<PathBuf, UsageError> {
    find_if_any(given).ok_or_else(|| {
        let places = PLACES.join(" nor ");
        UsageError(format!(
            "there is no configuration: neither {places} exists. Copy config/assured.toml, change it, and name it with \
             --config FILE"
        ))
    })
}

pub(super) fn find_if_any(given: Option<&Path>) -> Option<PathBuf> {
    let usual = || PLACES.iter().map(PathBuf::from).find(|path| path.is_file());
    given.map(Path::to_owned).or_else(usual)
}
