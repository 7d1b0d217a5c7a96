//! No view of any file and no way to the network, by Landlock. Must not fail where the kernel has no Landlock.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope,
};

/// The newest kind of Landlock that is asked for; an older kernel enforces what it knows of it.
const NEWEST: ABI = ABI::V6;

/// Forbids this thread, and those it starts, to open any file, to bind or connect, and to signal other processes.
/// `false`: the kernel enforces nothing of it.
pub fn no_files() -> bool {
    forbid_all().is_ok_and(|status| status != RulesetStatus::NotEnforced)
}

/// A right that is handled, and that no rule gives back, is gone.
fn forbid_all() -> Result<RulesetStatus, RulesetError> {
    let nothing = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    Ok(nothing.restrict_self()?.ruleset)
}
