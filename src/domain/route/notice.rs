//! The one case that a notice of the agreement portal tells of.

use std::collections::BTreeSet;

use super::{normal, subject_refs};
use crate::domain::case::Case;
use crate::domain::ids::CaseRef;
use crate::domain::reading::{AgreementTold, MessageFacts};
use crate::domain::view::View;

/// The one case whose agreement a notice tells of: by its reference, else by the product, else by the supplier alone.
pub(in crate::domain) fn of_notice<'v>(
    view: &'v View,
    facts: &MessageFacts,
    told: &AgreementTold,
) -> Result<&'v Case, String> {
    let quoted: BTreeSet<CaseRef> = told.cases.iter().copied().chain(subject_refs(&facts.subject)).collect();
    let named = Named::by(facts, told);
    let open = || view.cases.values().filter(|case| case.is_open());
    let found: Vec<&Case> = if quoted.is_empty() {
        let of_product: Vec<&Case> = open().filter(|case| named.product_of(case)).collect();
        if of_product.is_empty() { open().filter(|case| named.only_supplier_of(case)).collect() } else { of_product }
    } else {
        open().filter(|case| quoted.contains(&case.reference)).collect()
    };
    match found.as_slice() {
        [only] if quoted.len() <= 1 => Ok(only),
        [] => Err("It is a notice about an agreement, and names no open case that is known.".to_owned()),
        [_, ..] => Err("It is a notice about an agreement, and may be of several cases.".to_owned()),
    }
}

/// The names in a notice, as they are compared.
struct Named {
    names: Vec<String>,
    subject: String,
}

impl Named {
    /// A shorter name may stand in a subject by chance.
    const KEY_CHARS_MIN: usize = 6;

    fn by(facts: &MessageFacts, told: &AgreementTold) -> Self {
        Self { names: told.names.iter().map(|name| normal(name)).collect(), subject: normal(&facts.subject) }
    }

    fn holds(&self, text: Option<&String>) -> bool {
        let key = text.map(|text| normal(text)).unwrap_or_default();
        let in_subject = key.len() >= Self::KEY_CHARS_MIN && self.subject.contains(&key);
        !key.is_empty() && (self.names.contains(&key) || in_subject)
    }

    /// Its product, and no supplier that is clearly another one.
    fn product_of(&self, case: &Case) -> bool {
        let product = case.supplier.product.as_deref().map(normal).unwrap_or_default();
        let organisation = case.supplier.organisation.as_deref().map(normal);
        let is_theirs = |name: &String| organisation.as_ref().is_none_or(|o| o.contains(name) || name.contains(o));
        let mut others = self.names.iter().filter(|name| !name.contains(&product)).peekable();
        self.holds(case.supplier.product.as_ref()) && (others.peek().is_none() || others.any(is_theirs))
    }

    /// A name that is known of no product may be that of another product of theirs.
    fn only_supplier_of(&self, case: &Case) -> bool {
        let organisation = case.supplier.organisation.as_deref().map(normal);
        self.holds(case.supplier.organisation.as_ref()) && self.names.iter().all(|n| Some(n) == organisation.as_ref())
    }
}
