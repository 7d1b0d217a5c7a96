//! Random histories: what is staged reads the same once committed, opened again, and rebuilt.

use proptest::prelude::*;

use super::*;
use crate::domain::event::{Outcome, Trouble};
use crate::domain::reading::Supplier;

#[derive(Clone, Debug)]
enum Move {
    Open,
    Name { case: u32, product: u8 },
    Queue { case: u32, held: bool },
    Start { letter: usize },
    End { letter: usize, sent: bool },
    Release { letter: usize },
    Close { case: u32 },
    Pass { uid: u32 },
    Renumber { uid_validity: u32 },
    Trouble { over: bool },
    Commit,
    Restart,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => Just(Move::Open),
        2 => (1..6_u32, 0..3_u8).prop_map(|(case, product)| Move::Name { case, product }),
        4 => (1..6_u32, any::<bool>()).prop_map(|(case, held)| Move::Queue { case, held }),
        3 => (0..8_usize).prop_map(|letter| Move::Start { letter }),
        3 => (0..8_usize, any::<bool>()).prop_map(|(letter, sent)| Move::End { letter, sent }),
        1 => (0..8_usize).prop_map(|letter| Move::Release { letter }),
        1 => (1..6_u32).prop_map(|case| Move::Close { case }),
        1 => (0..50_u32).prop_map(|uid| Move::Pass { uid }),
        1 => (1..4_u32).prop_map(|uid_validity| Move::Renumber { uid_validity }),
        1 => any::<bool>().prop_map(|over| Move::Trouble { over }),
        4 => Just(Move::Commit),
        1 => Just(Move::Restart),
    ];
    proptest::collection::vec(one, 1..40)
}

/// The event of a move; `None` where it speaks of what is not there.
fn event_of(store: &Store, letters: &[LetterId], of: &Move, at: Timestamp) -> Option<Event> {
    Some(match of {
        Move::Open => opening_step(store.next_case_ref().unwrap().number()).event,
        Move::Start { letter } => Event::AttemptStarted { at, letter: *letters.get(*letter)? },
        Move::End { letter, sent } => Event::AttemptEnded {
            at,
            letter: *letters.get(*letter)?,
            outcome: match sent {
                true => Outcome::Sent { response: "250".to_owned() },
                false => Outcome::Retry { reason: "451".to_owned() },
            },
        },
        Move::Release { letter } => Event::LetterReleased { at, by: "sam".to_owned(), letter: *letters.get(*letter)? },
        Move::Pass { uid } => {
            Event::MessageQuarantined { at, place: imap(1, *uid), received_at: at, why: String::new() }
        }
        Move::Renumber { uid_validity } => {
            Event::MailboxRenumbered { at, mailbox: sa(), folder: Folder::Inbox, uid_validity: *uid_validity }
        }
        Move::Name { case: of, .. } | Move::Queue { case: of, .. } | Move::Close { case: of } => {
            store.case(case(*of)).unwrap()?;
            Event::MomentCame { at, case: case(*of) }
        }
        Move::Trouble { .. } | Move::Commit | Move::Restart => Event::TroubleEnded { at, trouble: Trouble::DiskFull },
    })
}

fn step_of(store: &Store, letters: &mut Vec<LetterId>, of: &Move, secs: i64) -> Option<Step> {
    if matches!(of, Move::Open) {
        return Some(opening_step(store.next_case_ref().unwrap().number()));
    }
    let event = event_of(store, letters, of, moment(secs))?;
    let mut step = step(event);
    match of {
        Move::Name { case: of, product } => {
            let supplier = Supplier {
                organisation: Some("Northgate".to_owned()),
                product: Some(format!("Product {product}")),
                ..Supplier::default()
            };
            step.facts = vec![(case(*of), Fact::PartnerNamed { supplier })];
        }
        Move::Queue { case: of, held } => {
            let level = if *held { Level::Hold } else { Level::Send };
            step.letters = vec![letter(store.next_step(), 0, Some(case(*of)), level)];
            letters.extend(step.letters.iter().map(|l| l.id));
        }
        Move::End { .. } => {
            let not_before = Some(moment(secs + 60));
            step.world = vec![WorldFact::NextAttempt { not_before }];
        }
        Move::Close { case: of } => {
            let (by, reason) = ("sam".to_owned(), "done".to_owned());
            step.facts = vec![(case(*of), Fact::CaseClosed { by, reason })];
        }
        Move::Trouble { over } => {
            let trouble = Trouble::DiskFull;
            step.world = vec![match over {
                true => WorldFact::TroubleOver { trouble },
                false => WorldFact::TroubleNoted { trouble },
            }];
        }
        Move::Open
        | Move::Start { .. }
        | Move::Release { .. }
        | Move::Pass { .. }
        | Move::Renumber { .. }
        | Move::Commit
        | Move::Restart => {}
    }
    Some(step)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn staged_committed_reopened_and_rebuilt_rows_are_the_same(moves in moves()) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open_sound(dir.path());
        let mut letters = Vec::new();
        for (secs, of) in (0..).map(|n| n * 600).zip(&moves) {
            if !matches!(of, Move::Commit | Move::Restart) {
                if let Some(step) = step_of(&store, &mut letters, of, secs) {
                    store.stage(step).unwrap();
                }
                continue;
            }
            let staged = dump(&store);
            store.commit().unwrap();
            prop_assert_eq!(&dump(&store), &staged);
            if matches!(of, Move::Restart) {
                drop(store);
                store = open_sound(dir.path());
                prop_assert_eq!(&dump(&store), &staged);
            }
        }
        store.commit().unwrap();
        let (rows, head) = (dump(&store), store.sheet.head().clone());
        drop(store);
        Store::rebuild(dir.path(), moment(0)).unwrap();
        let store = open_sound(dir.path());
        prop_assert_eq!(dump(&store), rows);
        prop_assert_eq!(store.sheet.head(), &head);
    }
}
