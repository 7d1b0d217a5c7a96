//! What a filter took for junk: shown to staff where it may be a partner's, and otherwise left alone.

use super::{check, mail, scal};
use crate::domain::reading::Automatic;

const SCAL: &str = "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov";
const QUIET: &str = "- | scal-review, due 30 Nov";
const SHOWN: &str = "staff-attention to lee | scal-review, due 30 Nov";

#[test]
fn a_partner_or_a_scal_in_the_junk_is_shown_to_staff_and_nothing_is_filed() {
    let world = check(&[
        (scal("mon 10:00"), SCAL),
        (mail("tue 10:00").from("casino@spam.example").junk(), QUIET),
        (mail("tue 10:01").junk(), SHOWN),
        (mail("tue 10:02").from("new@other.example").scal("scal-2").junk(), SHOWN),
        (mail("tue 10:03").with(|facts| facts.automatic = Some(Automatic::OutOfOffice)).junk(), QUIET),
        (mail("mon 10:00").scal("scal").junk(), QUIET),
    ]);
    assert_eq!(world.cases.len(), 1);
    assert_eq!(world.case(1).submissions.len(), 1);
}

#[test]
fn what_staff_move_to_the_inbox_is_filed_by_the_date_of_its_arrival() {
    let first = || mail("mon 10:00").scal("scal-1");
    check(&[
        (first().junk(), "staff-attention to lee"),
        (first().seen("tue 09:00").arrives(), SCAL),
        (first().junk(), QUIET),
    ]);
}
