//! A conversation that only one side and our letters lead: it may be two machines, and it ends here. Neither headers nor
//! subjects are evidence, only that nobody of ours took part (STANDARDS, lessons 19 to 24).

use super::{Deciding, late};
use crate::domain::event::Arrival;
use crate::domain::ids::Address;

/// The message is one too many in a row: it is filed, and that is all. Staff are told at the first of them.
pub(super) fn goes_on(d: &mut Deciding<'_>, arrival: &Arrival, from: &Address) -> bool {
    let (max, in_a_row) = (d.policy.caps.in_a_row_max, d.case.in_a_row.get(from).copied().unwrap_or(0));
    // Late mail is not answered anyway, and staff get all of it in their list.
    if in_a_row <= max || late::is_late(d.policy, arrival) {
        return false;
    }
    d.say(format!("{in_a_row} messages in a row from {from}: filed, not answered and not announced"));
    if in_a_row == max.saturating_add(1) {
        let facts = &arrival.facts;
        let id = facts.message_id.as_ref().map_or("no Message-ID".to_owned(), |id| format!("the Message-ID {id}"));
        d.attention(
            "Messages are no longer answered: they may come from a machine",
            format!(
                "{from} has written {in_a_row} times in a row, with no new document, and without a word of yours in \
                 between. It may be a machine that answers our letters. The last message has the subject “{}” and \
                 {id}. Further ones are filed, and neither answered nor announced (in_a_row_max = {max}).",
                facts.subject
            ),
            "Look into the mailbox. Once you write to the sender, or give a command on the case such as !note, they are \
             answered again.",
        );
    }
    true
}
