//! Steps about mail that must still come, for the frozen sample.

use super::*;
use crate::domain::effect::LetterKind;
use crate::domain::event::Trouble;

/// `number`: of the first of them.
pub(super) fn vigil(number: u64) -> [Step; 5] {
    let (mailbox, id) = (sa(), LetterId { step: number, index: 0 });
    let mut due = step(Event::CanaryDue { at: moment(1_210), mailbox: sa() });
    let kind = LetterKind::Canary;
    due.letters = vec![QueuedLetter { kind, ..letter(number, 0, None, Level::Send) }];
    let mut heard = step(Event::MessageArrived(arrival(1_211, imap(2, 3))));
    heard.world = vec![WorldFact::HeardFromOutside { mailbox: sa(), heard_at: moment(1_211) }];
    let trouble = Trouble::CanaryMissing { mailbox };
    let at = moment(1_240);
    let mut missing = step(Event::TroubleFound { at, trouble: trouble.clone(), detail: "not back".to_owned() });
    missing.world = vec![WorldFact::AlarmAsked { trouble: trouble.clone(), text: "not back".to_owned() }];
    let raised = step(Event::AlarmRaised { at: moment(1_241), trouble });
    let mut back = step(Event::MessageArrived(arrival(1_250, imap(2, 4))));
    back.world = vec![WorldFact::CanaryBack { mailbox: sa(), letter: id }];
    [due, heard, missing, raised, back]
}
