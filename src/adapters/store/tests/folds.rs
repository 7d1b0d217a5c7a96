//! What each fact changes in the answers.

use jiff::civil::date;

use super::*;
use crate::domain::absence::Absence;
use crate::domain::clocks::{Clock, Notice, ReminderClock, Rule};
use crate::domain::event::{Outcome, Trouble};
use crate::domain::fact::FiledMessage;
use crate::domain::lane::{LaneName, Phase};
use crate::domain::outbox::{LetterState, OfCommand, QueuedLetter};
use crate::domain::policy::Reminders;
use crate::domain::reading::Supplier;

/// Stages and commits one step after another, each committed alone.
fn run(store: &mut Store, steps: impl IntoIterator<Item = Step>) {
    for step in steps {
        store.stage(step).unwrap();
        store.commit().unwrap();
    }
}

fn of_case(number: u32, fact: Fact) -> Step {
    let mut step = step(Event::MomentCame { at: moment(100), case: case(number) });
    step.facts = vec![(case(number), fact)];
    step
}

fn of_world(fact: WorldFact) -> Step {
    let mut step = step(Event::TroubleFound { at: moment(100), trouble: Trouble::DiskFull, detail: String::new() });
    step.world = vec![fact];
    step
}

#[test]
fn a_message_and_its_case_are_found_by_everything_known_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    run(&mut store, [opening_step(1), opening_step(2)]);
    assert_eq!(store.case_of_message(&message_id("1@supplier.example")).unwrap(), Some(case(1)));
    assert_eq!(store.case_of_message(&message_id("9@supplier.example")).unwrap(), None);
    let priya = address("priya@supplier.example");
    assert_eq!(store.cases_of_participant(&priya).unwrap(), [case(1), case(2)]);
    assert_eq!(store.cases_of_domain("Supplier.Example").unwrap(), [case(1), case(2)]);
    assert_eq!(store.cases_of_domain("example").unwrap(), []);
    let seen = store.identity(&identity(1)).unwrap().unwrap();
    assert_eq!((seen.case, seen.places), (Some(case(1)), vec![imap(1, 1)]));
    assert_eq!(store.identities_of_message_id(&message_id("1@supplier.example")).unwrap(), [identity(1)]);
    let story = store.story(case(2)).unwrap();
    assert_eq!(story.len(), 1);
    assert_eq!((story[0].step, story[0].event.as_str(), story[0].why.as_str()), (2, "message-arrived", "a test"));
}

#[test]
fn a_message_is_read_again_and_found_on_the_case_it_was_moved_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    run(&mut store, [opening_step(1), opening_step(2)]);
    store.stage(opening_step(3)).unwrap();
    for n in 1..=3 {
        let (arrival, of) = store.message(&identity(n)).unwrap().unwrap();
        assert_eq!((arrival.facts.identity, of), (identity(n), Some(case(n))), "3 is only staged");
        assert_eq!(store.messages_of_case(case(n)).unwrap(), [identity(n)]);
    }
    let message = FiledMessage { identity: identity(1), message_id: Some(message_id("1@supplier.example")) };
    let away = Fact::MessageMoved {
        message: Some(message.clone()),
        files: Vec::new(),
        to: case(2),
        leaves: None,
        asked: false,
    };
    let FiledMessage { identity: moved, message_id: id } = message;
    let moved = of_world(WorldFact::MessageMoved { identity: moved, message_id: id.clone(), case: case(2) });
    run(&mut store, [of_case(1, away), moved]);
    assert_eq!(store.messages_of_case(case(1)).unwrap(), []);
    let seen = store.identity(&identity(1)).unwrap().unwrap();
    assert_eq!((seen.case, seen.places), (Some(case(2)), vec![imap(1, 1)]));
    assert_eq!(store.case_of_message(&id.unwrap()).unwrap(), Some(case(2)));
    assert_eq!(store.message(&identity(1)).unwrap().unwrap().1, Some(case(2)));
    assert_eq!(store.message(&identity(9)).unwrap(), None);
}

#[test]
fn a_message_id_stays_with_its_first_case_though_another_uses_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let id = message_id("1@supplier.example");
    let again = Fact::MessageFiled {
        message_id: Some(id.clone()),
        identity: identity(7),
        raw: raw(7),
        received_at: moment(7),
        partner: Some(address("a@b.example")),
        unread: false,
        aside: false,
    };
    let seen = WorldFact::IdentitySeen { identity: identity(7), message_id: Some(id.clone()), case: Some(case(2)) };
    run(&mut store, [opening_step(1), opening_step(2), of_case(2, again), of_world(seen)]);
    assert_eq!(store.case_of_message(&id).unwrap(), Some(case(1)));
    let mut both = vec![identity(1), identity(7)];
    both.sort();
    assert_eq!(store.identities_of_message_id(&id).unwrap(), both);
    let threaded = Fact::LetterThreaded { message_id: message_id("ours@ers.example"), aside: false };
    run(&mut store, [of_case(2, threaded)]);
    assert_eq!(store.case_of_message(&message_id("ours@ers.example")).unwrap(), Some(case(2)));
}

#[test]
fn copies_add_their_places() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let copy = |place| WorldFact::CopyNoted { identity: identity(1), place };
    run(&mut store, [opening_step(1), of_world(copy(imap(1, 80))), of_world(copy(imap(1, 80)))]);
    let seen = store.identity(&identity(1)).unwrap().unwrap();
    assert_eq!((seen.case, seen.places), (Some(case(1)), vec![imap(1, 1), imap(1, 80)]));
    run(&mut store, (0..100).map(|n| of_world(copy(imap(2, n)))));
    assert_eq!(store.identity(&identity(1)).unwrap().unwrap().places.len(), 50);
}

#[test]
fn a_product_is_found_by_its_key_and_moves_when_it_is_renamed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let named = |organisation: &str, product: &str| Fact::PartnerNamed {
        supplier: Supplier {
            organisation: Some(organisation.to_owned()),
            ods_code: Some("YGM12".to_owned()),
            product: Some(product.to_owned()),
            ..Supplier::default()
        },
    };
    run(&mut store, [opening_step(1), of_case(1, named("Northgate Health Ltd.", "Referral-Hub 2"))]);
    assert_eq!(store.cases_of_product("referralhub2").unwrap(), [case(1)]);
    for other in ["referralhub", "Referral Hub 2", ""] {
        assert_eq!(store.cases_of_product(other).unwrap(), [], "{other}");
    }
    run(&mut store, [of_case(1, named("Northgate Health Ltd.", "Pathways"))]);
    assert_eq!(store.cases_of_product("referralhub2").unwrap(), []);
    assert_eq!(store.cases_of_product("pathways").unwrap(), [case(1)]);
}

/// STANDARDS F1 and 14: progress is mailbox, UIDVALIDITY and UID.
#[test]
fn marks_move_forward_and_start_anew_with_a_new_uidvalidity() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let mark = |store: &Store| store.mark(&sa(), Folder::Inbox).unwrap().map(|m| (m.uid_validity, m.last_uid));
    let passed = |places: Vec<Place>| {
        step(Event::BacklogPassedOver {
            at: moment(1),
            mailbox: sa(),
            folder: Folder::Inbox,
            messages: places.len() as u32,
            places,
        })
    };
    assert_eq!(mark(&store), None);
    run(&mut store, [passed(vec![imap(1, 40), imap(1, 12)]), opening_step(7)]);
    assert_eq!(mark(&store), Some((1, 40)));
    assert_eq!(store.mark(&sa(), Folder::Sent).unwrap(), None);
    assert!(store.is_place_known(&imap(1, 40)).unwrap() && !store.is_place_known(&imap(1, 41)).unwrap());
    let quarantined = Event::MessageQuarantined {
        at: moment(2),
        place: imap(1, 41),
        received_at: moment(2),
        why: "too large".to_owned(),
    };
    run(&mut store, [step(quarantined)]);
    assert_eq!(mark(&store), Some((1, 41)));
    let renumbered = Event::MailboxRenumbered { at: moment(3), mailbox: sa(), folder: Folder::Inbox, uid_validity: 2 };
    run(&mut store, [step(renumbered)]);
    assert_eq!(mark(&store), Some((2, 0)));
    assert!(!store.is_place_known(&imap(1, 40)).unwrap() && !store.is_place_known(&imap(2, 1)).unwrap());
    let file = |name: &str| Place { at: Position::Maildir { name: name.to_owned() }, ..imap(0, 0) };
    run(&mut store, [passed(vec![file("1.host"), file("2.host")])]);
    assert!(store.is_place_known(&file("2.host")).unwrap() && !store.is_place_known(&file("3.host")).unwrap());
    assert_eq!(mark(&store), Some((2, 0)));
}

#[test]
fn a_case_is_due_when_it_asked_to_be_and_no_longer_once_closed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let reminder = |secs| {
        let next =
            Notice { rule: Rule::Nudge, day: moment(secs).to_zoned(jiff::tz::TimeZone::UTC).date(), at: moment(secs) };
        let plan = Reminders { first: 5, second: 10, tell_staff: 15 };
        Fact::PhaseEntered {
            lane: LaneName::Assurance,
            phase: Phase::ScalChanges,
            clock: Some(Clock::Reminder(ReminderClock { since: next.day, plan, next: Some(next) })),
            returns_to: None,
        }
    };
    run(&mut store, [opening_step(1), opening_step(2), of_case(1, reminder(900)), of_case(2, reminder(500))]);
    let due = |store: &Store, secs| store.due_before(moment(secs), 10).unwrap();
    assert_eq!(due(&store, 499), []);
    assert_eq!(due(&store, 500), [(moment(500), case(2))]);
    assert_eq!(due(&store, 901), [(moment(500), case(2)), (moment(900), case(1))]);
    assert_eq!(store.due_before(moment(901), 1).unwrap().len(), 1);
    assert_eq!(store.next_due().unwrap(), Some(moment(500)));
    let closed = Fact::CaseClosed { by: "sam".to_owned(), reason: "duplicate".to_owned() };
    run(&mut store, [of_case(2, closed), of_case(1, reminder(1_000))]);
    assert_eq!(due(&store, 2_000), [(moment(1_000), case(1))]);
}

#[test]
fn a_letter_goes_from_waiting_to_sent_and_its_attempts_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let mut first = opening_step(1);
    first.letters = vec![
        letter(1, 0, Some(case(1)), Level::Send),
        letter(1, 1, None, Level::Hold),
        letter(1, 2, None, Level::Observe),
    ];
    run(&mut store, [first]);
    let id = LetterId { step: 1, index: 0 };
    let due = |store: &Store, secs| {
        let letters = store.letters_before(moment(secs), 10).unwrap();
        letters.into_iter().map(|l| l.letter.id.index).collect::<Vec<_>>()
    };
    assert_eq!((due(&store, 0), due(&store, 1)), (vec![], vec![0]));
    assert_eq!(store.outbox().unwrap().len(), 3);
    assert_eq!(store.letter_by_message_id(&message_id("1.0@ers.example")).unwrap().unwrap().letter.id, id);

    let started = |secs| step(Event::AttemptStarted { at: moment(secs), letter: id });
    let ended = |secs, outcome, not_before| {
        let mut step = step(Event::AttemptEnded { at: moment(secs), letter: id, outcome });
        step.world = vec![WorldFact::NextAttempt { not_before }];
        step
    };
    let retry = Outcome::Retry { reason: "451 later".to_owned() };
    run(&mut store, [started(10)]);
    assert_eq!(store.letter(id).unwrap().unwrap().state, LetterState::Trying { since: moment(10) });
    run(&mut store, [ended(11, retry, Some(moment(70)))]);
    assert_eq!((due(&store, 69), due(&store, 70)), (vec![], vec![0]));
    assert_eq!(store.next_letter_due().unwrap(), Some(moment(70)));
    let sent = Outcome::Sent { response: "250 ok".to_owned() };
    run(&mut store, [started(70), ended(71, sent, None)]);
    assert_eq!(store.letter(id).unwrap().unwrap().attempts, 2);
    assert_eq!((due(&store, 9_999), store.next_letter_due().unwrap()), (vec![], None));
    let both = [moment(10), moment(70)].into_iter().collect();
    assert_eq!(store.traffic(&address("priya@supplier.example")).unwrap(), both);
    assert_eq!(store.traffic_all().unwrap(), both);
    assert_eq!(store.traffic(&address("else@supplier.example")).unwrap(), Default::default());
    assert_eq!(store.story(case(1)).unwrap().len(), 3, "its arrival and both ends");

    let held = LetterId { step: 1, index: 1 };
    let released = step(Event::LetterReleased { at: moment(90), by: "sam".to_owned(), letter: held });
    run(&mut store, [released]);
    assert_eq!(due(&store, 90), [1]);
}

#[test]
fn attempts_are_forgotten_after_an_hour_and_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let mut first = opening_step(1);
    first.letters = vec![letter(1, 0, None, Level::Send)];
    run(&mut store, [first]);
    let hour = 3_600;
    for secs in [10, 20, 10 + hour, 9 * hour, 10 + 24 * hour] {
        run(&mut store, [step(Event::AttemptStarted { at: moment(secs), letter: LetterId { step: 1, index: 0 } })]);
        if secs == 10 + hour {
            let all = [moment(20), moment(secs)].into_iter().collect();
            assert_eq!(store.traffic_all().unwrap(), all, "half-open: exactly an hour ago is no more");
        }
    }
    let day = [20, 10 + hour, 9 * hour, 10 + 24 * hour].map(moment).into_iter().collect();
    assert_eq!(store.traffic(&address("priya@supplier.example")).unwrap(), day);

    run(&mut store, [of_world(WorldFact::PartnerMailStarted { by: "sam".to_owned() })]);
    assert_eq!(store.traffic_all().unwrap(), Default::default(), "a person looked: the breaker counts anew");
    assert_eq!(store.traffic(&address("priya@supplier.example")).unwrap(), day, "the cap of one person stays");
}

#[test]
fn an_outbox_shows_every_open_letter_and_the_newest_of_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let mut first = opening_step(1);
    first.letters = (0..300).map(|n| letter(1, n, None, if n == 5 { Level::Hold } else { Level::Observe })).collect();
    run(&mut store, [first]);
    let shown: Vec<_> = store.outbox().unwrap().iter().map(|l| l.letter.id.index).collect();
    assert_eq!(shown, std::iter::once(5).chain(200..300).collect::<Vec<_>>());
}

#[test]
fn troubles_last_until_they_are_over_and_starting_mail_closes_the_breaker() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let unreachable = Trouble::MailboxUnreachable { mailbox: sa() };
    let noted = |trouble: &Trouble| of_world(WorldFact::TroubleNoted { trouble: trouble.clone() });
    let by = "sam".to_owned();
    run(
        &mut store,
        [
            noted(&unreachable),
            noted(&Trouble::BreakerTripped),
            of_world(WorldFact::PartnerMailStopped { by: by.clone() }),
        ],
    );
    assert_eq!(store.troubles().unwrap().len(), 2);
    assert_eq!(store.partner_mail_stopped().unwrap(), Some(by.clone()));
    run(&mut store, [of_world(WorldFact::PartnerMailStarted { by })]);
    assert_eq!(store.troubles().unwrap(), [unreachable.clone()].into());
    assert_eq!(store.partner_mail_stopped().unwrap(), None);
    run(&mut store, [of_world(WorldFact::TroubleOver { trouble: unreachable })]);
    assert_eq!(store.troubles().unwrap(), [].into());
}

#[test]
fn absences_are_kept_by_person_until_they_are_back_and_past_ones_go() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let (sam, ruth) = (address("sam@nhs.example"), address("ruth@nhs.example"));
    let away = |who: &Address, from, until| {
        let absence = Absence { from: date(2026, 11, from), until: date(2026, 11, until) };
        of_world(WorldFact::StaffAway { who: who.clone(), absence, by: "sam".to_owned() })
    };
    // The steps are of Monday 23 November.
    run(&mut store, [away(&sam, 3, 6), away(&sam, 23, 25), away(&sam, 26, 27), away(&ruth, 24, 24)]);
    let days = |who: &Address| {
        let absences = store.absences().unwrap();
        (1..=30).filter(|day| absences.on(who, date(2026, 11, *day)).is_some()).collect::<Vec<i8>>()
    };
    assert_eq!((days(&sam), days(&ruth)), (vec![23, 24, 25, 26, 27], vec![24]));
    drop(store);
    let (mut store, _) = open(dir.path());
    run(&mut store, [of_world(WorldFact::StaffBack { who: sam.clone(), by: "ruth".to_owned() })]);
    let absences = store.absences().unwrap();
    assert!(!absences.is_known(&sam, date(2026, 11, 1)) && absences.is_known(&ruth, date(2026, 11, 24)));
}

#[test]
fn the_letters_of_an_undone_command_are_withdrawn_unless_they_may_have_left() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let mut first = opening_step(1);
    let waits = Some(OfCommand { number: 1, not_before: Some(moment(900)) });
    let of_command = |index| QueuedLetter { of_command: waits, ..letter(1, index, Some(case(1)), Level::Send) };
    first.letters = vec![of_command(0), of_command(1)];
    let ids = first.letters.iter().map(|letter| letter.message_id.clone()).collect();
    run(&mut store, [first]);
    assert_eq!(store.next_letter_due().unwrap(), Some(moment(900)));
    run(&mut store, [step(Event::AttemptStarted { at: moment(90), letter: LetterId { step: 1, index: 1 } })]);
    let (by, command) = ("sam".to_owned(), "!passed".to_owned());
    run(&mut store, [of_case(1, Fact::CommandUndone { by, command, given_at: moment(0), withdrawn: ids })]);
    let states: Vec<_> = store.outbox().unwrap().into_iter().map(|letter| letter.state).collect();
    assert_eq!(states, [LetterState::Withdrawn { at: moment(100) }, LetterState::Trying { since: moment(90) }]);
    assert_eq!(store.next_letter_due().unwrap(), Some(moment(90)), "what is withdrawn is due no more");
}

#[test]
fn somebody_who_was_removed_is_found_with_the_case_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let (sam, jo) = (address("sam@supplier.example"), address("jo@other.example"));
    let removed = |address: &Address| Fact::ParticipantRemoved { by: "sam".to_owned(), address: address.clone() };
    let seen = |address: &Address| Fact::ParticipantSeen { address: address.clone(), name: None };
    run(&mut store, [opening_step(1), of_case(1, seen(&sam)), of_case(1, seen(&jo))]);
    run(&mut store, [of_case(1, removed(&sam)), of_case(1, removed(&jo))]);
    assert_eq!(store.cases_of_participant(&sam).unwrap(), []);
    assert_eq!(store.cases_of_domain("supplier.example").unwrap(), [case(1)], "a colleague still takes part");
    assert_eq!(store.cases_of_domain("other.example").unwrap(), []);
}

#[test]
fn every_message_of_an_inbox_is_counted_once_until_the_digest_tells_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let arrived = |facts: Vec<(CaseRef, Fact)>, world: Vec<WorldFact>| {
        let mut step = step(Event::MessageArrived(arrival(10, imap(1, 9))));
        (step.facts, step.world) = (facts, world);
        step
    };
    let ignored = || WorldFact::Ignored { why: "a mailing list".to_owned() };
    let copied = || WorldFact::CopyNoted { identity: IdentityDigest::from_hex("aa"), place: imap(1, 9) };
    let quarantined = Event::MessageQuarantined {
        at: moment(11),
        place: imap(1, 10),
        received_at: moment(9),
        why: "it is too large".to_owned(),
    };
    let mut sent = arrived(Vec::new(), vec![ignored()]);
    sent.event = Event::SentMessageSeen(arrival(12, Place { folder: Folder::Sent, ..imap(1, 1) }));
    let messages = [
        opening_step(1),
        opening_step(2),
        arrived(Vec::new(), vec![ignored()]),
        arrived(Vec::new(), vec![copied()]),
        arrived(Vec::new(), Vec::new()),
        step(quarantined),
        sent,
    ];
    run(&mut store, messages);
    let account = store.account(&sa()).unwrap().unwrap();
    assert_eq!((account.received(), account.filed, account.ignored), (6, 2, 3));
    assert_eq!((account.left_to_staff, account.quarantined, account.to_place.len()), (1, 1, 2));
    assert_eq!(store.digest_day().unwrap(), None);

    let day = jiff::civil::date(2026, 11, 24);
    run(&mut store, [step(Event::DayBegan { at: moment(1_400), day })]);
    let account = store.account(&sa()).unwrap().unwrap();
    assert_eq!((account.received(), account.since, store.digest_day().unwrap()), (0, moment(1_400), Some(day)));
}

#[test]
fn open_cases_are_found_among_all() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let closed = || Fact::CaseClosed { by: "asha".to_owned(), reason: "duplicate".to_owned() };
    run(&mut store, (1..=5).map(opening_step));
    run(&mut store, [of_case(2, closed()), of_case(5, closed())]);
    let open: Vec<CaseRef> = store.open_cases().unwrap().iter().map(|case| case.reference).collect();
    assert_eq!(open, [case(1), case(3), case(4)]);
}
