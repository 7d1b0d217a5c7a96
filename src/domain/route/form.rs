//! Approval forms from people who take no part in a case: which case, where that is sure.

use super::{Placed, product_key, takes_part};
use crate::domain::case::Case;
use crate::domain::command::AccessMode;
use crate::domain::ids::{Address, CaseRef};
use crate::domain::lane::LaneName;
use crate::domain::policy::Policy;
use crate::domain::reading::{ApprovalForm, Authenticated, Document, DocumentKind, MessageFacts, Supplier};
use crate::domain::view::View;

/// Sent a form of the case, and takes no part in it otherwise: such a sender hears of that form alone.
pub(in crate::domain) fn sent_only_a_form(policy: &Policy, case: &Case, address: &Address) -> bool {
    case.form_senders.values().any(|sender| sender == address) && !takes_part(policy, case, address)
}

/// A form from somebody who takes no part joins the one case, after its certificate, whose product it names; and what
/// they write about it afterwards, where it refers to that case. `None`: it is no such message, or it is not sure.
pub(super) fn place_form(
    policy: &Policy,
    view: &View,
    facts: &MessageFacts,
    from: &Address,
    quoted: &[CaseRef],
) -> Option<Placed> {
    let is_read = |document: &&Document| document.readable && document.kind != DocumentKind::Other;
    let mut brought = facts.documents.iter().filter(is_read).peekable();
    let open = |reference: &CaseRef| view.cases.get(reference).filter(|case| case.is_open());
    let theirs = quoted.iter().filter_map(open).find(|case| sent_only_a_form(policy, case, from));
    if brought.peek().is_none() {
        return theirs.map(|case| Placed::FormSenderWrites(case.reference));
    }
    if facts.authenticated != Authenticated::Pass {
        return None;
    }
    let forms: Vec<&ApprovalForm> = brought.map(form).collect::<Option<_>>()?;
    let lanes: Vec<LaneName> =
        forms.iter().map(|form| form.ods_code.clone().map(LaneName::Form)).collect::<Option<_>>()?;
    let key = |case: &Case| product_key(&case.supplier);
    let names = |form: &ApprovalForm| product_key(&Supplier { product: form.product.clone(), ..Supplier::default() });
    let named = |case: &&Case| forms.iter().all(|form| names(form).is_some() && names(form) == key(case));
    let takes_forms =
        |case: &&Case| case.lane(&LaneName::Agreement).is_some() && case.mode != Some(AccessMode::UserRestricted);
    let candidates: Vec<&Case> = view.by_product.iter().filter_map(open).filter(named).filter(takes_forms).collect();
    let case = match (candidates.as_slice(), theirs) {
        ([only], _) => only,
        // Corrected, and sent again in answer to our letter.
        ([], Some(theirs)) if forms.iter().all(|form| names(form).is_none() || names(form) == key(theirs)) => theirs,
        ([] | [_, ..], _) => return None,
    };
    let is_free =
        |lane: &LaneName| case.form_senders.get(lane).map_or(case.lane(lane).is_none(), |known| known == from);
    let is_meant = quoted.iter().all(|reference| *reference == case.reference);
    (is_meant && lanes.iter().all(is_free) && !case.former.contains(from)).then_some(Placed::FilesForm(case.reference))
}

fn form(document: &Document) -> Option<&ApprovalForm> {
    if let DocumentKind::ApprovalForm(form) = &document.kind { Some(form) } else { None }
}
