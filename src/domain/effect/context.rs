//! What a letter shows beside its content: who looks after the case, and in which format its reader wants it.

use jiff::civil::Date;

use crate::domain::ids::Address;

/// Filled in when everything else of a step is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// For staff alone.
    pub looked_after: Option<LookedAfter>,
    /// For staff alone: the formats in which people of the partner need letters, a line each.
    pub needs: Vec<String>,
    /// Its reader asked for letters without HTML.
    pub plain_text: bool,
}

/// Who of ours looks after the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAfter {
    pub address: Address,
    pub name: String,
    /// The last day of an absence.
    pub away_until: Option<Date>,
    /// Who stands in meanwhile.
    pub deputy: Option<String>,
}
