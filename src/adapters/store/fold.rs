//! The fold: what a recorded step changes in the rows. Applies facts that were decided, and so never asks the rules, the
//! configuration or the clock: the same journal gives the same rows, always.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::account;
use super::error::StoreError;
use super::fold_letters;
use super::fold_vigil;
use super::journal::Spot;
use super::kept::{Mark, Seen, StoryLine};
use super::keys::{Key, Table, place_key};
use super::rows::Order;
use super::sheet::Sheet;
use crate::domain::absence::{self, Absence};
use crate::domain::case::Case;
use crate::domain::event::{Event, Trouble};
use crate::domain::fact::Fact;
use crate::domain::ids::{Address, CaseRef, IdentityDigest, MailboxName, MessageId, Place, Position};
use crate::domain::route;
use crate::domain::step::{Step, WorldFact};

/// Places remembered of one message; the rest of a message that lies everywhere adds nothing.
const PLACES_MAX: usize = 50;

/// Whether the step speaks of what is there. To be asked before a step is recorded.
pub(super) fn check(sheet: &Sheet, number: u64, step: &Step) -> Result<(), StoreError> {
    let mut opened = BTreeSet::new();
    for (case, fact) in &step.facts {
        let case = *case;
        let exists = opened.contains(&case) || sheet.has(&Key::of(Table::Case).case(case))?;
        let opens = matches!(fact, Fact::CaseOpened { .. });
        match (opens, exists) {
            (true, true) => return Err(StoreError::CaseExists { step: number, case }),
            (false, false) => return Err(StoreError::NoSuchCase { step: number, case }),
            (true, false) => {
                opened.insert(case);
            }
            (false, true) => {}
        }
    }
    fold_letters::check(sheet, number, step)
}

pub(super) fn fold(sheet: &mut Sheet, here: &Spot, step: &Step) -> Result<(), StoreError> {
    let number = here.number;
    progress(sheet, &step.event)?;
    account::fold(sheet, step)?;
    world(sheet, here, step)?;
    fold_vigil::fold(sheet, step)?;
    let mut touched = cases(sheet, number, step)?;
    touched.extend(fold_letters::fold(sheet, step)?);
    for case in touched {
        let line = StoryLine { step: number, at: step.at, event: step.event.name().to_owned(), why: step.why.clone() };
        sheet.put(Key::of(Table::Story).case(case).number(number), &line)?;
    }
    Ok(())
}

/// How far each mailbox was read.
fn progress(sheet: &mut Sheet, event: &Event) -> Result<(), StoreError> {
    match event {
        Event::MessageArrived(arrival) | Event::SentMessageSeen(arrival) | Event::JunkSeen(arrival) => {
            pass(sheet, &arrival.place, false)
        }
        Event::MessageQuarantined { place, .. } => pass(sheet, place, false),
        Event::BacklogPassedOver { places, .. } => places.iter().try_for_each(|place| pass(sheet, place, true)),
        Event::MailboxRenumbered { mailbox, folder, uid_validity, .. } => {
            let mark = Mark { uid_validity: *uid_validity, last_uid: 0, passed_over: false };
            sheet.put(Key::of(Table::Mark).folder(mailbox, *folder), &mark)
        }
        Event::MailboxRead { .. }
        | Event::DayBegan { .. }
        | Event::MomentCame { .. }
        | Event::CanaryDue { .. }
        | Event::AlarmRaised { .. }
        | Event::CommandGiven { .. }
        | Event::AttemptStarted { .. }
        | Event::AttemptEnded { .. }
        | Event::LetterReleased { .. }
        | Event::TroubleFound { .. }
        | Event::TroubleEnded { .. } => Ok(()),
    }
}

fn pass(sheet: &mut Sheet, place: &Place, over: bool) -> Result<(), StoreError> {
    if let Some(key) = place_key(&place.mailbox, place.folder, &place.at) {
        sheet.note(key);
    }
    let Position::Imap { uid_validity, uid } = place.at else {
        return Ok(());
    };
    let key = Key::of(Table::Mark).folder(&place.mailbox, place.folder);
    let before = sheet.get::<Mark>(&key)?;
    // A mark of another UIDVALIDITY counts other messages (RFC 3501 §2.3.1.1).
    let fresh = Mark { uid_validity, last_uid: 0, passed_over: false };
    let mark = before.filter(|mark| mark.uid_validity == uid_validity).unwrap_or(fresh);
    let mark = Mark { last_uid: mark.last_uid.max(uid), passed_over: mark.passed_over || over, ..mark };
    sheet.put(key, &mark)
}

fn world(sheet: &mut Sheet, here: &Spot, step: &Step) -> Result<(), StoreError> {
    for fact in &step.world {
        match fact {
            WorldFact::IdentitySeen { identity, message_id, case } => {
                see(sheet, identity, *case, place_of(&step.event), Some(here.start))?;
                if let Some(id) = message_id {
                    let key = Key::of(Table::IdentityOfMessage).text(id.as_str()).text(identity.as_str());
                    sheet.put(key, identity)?;
                }
            }
            WorldFact::CopyNoted { identity, place } => see(sheet, identity, None, Some(place), None)?,
            WorldFact::MessageMoved { identity, message_id, case } => {
                see(sheet, identity, Some(*case), None, None)?;
                if let Some(id) = message_id {
                    // Whoever answers it from now on is on the new case.
                    sheet.put(Key::of(Table::CaseOfMessage).text(id.as_str()), case)?;
                }
            }
            WorldFact::SeenLate(late) => sheet.put(late_mail(&late.mailbox).number(here.number), late)?,
            WorldFact::LateMailTold { mailbox, .. } => {
                for (key, _) in sheet.under(&late_mail(mailbox), Order::Up, usize::MAX)? {
                    sheet.remove(Key::from_bytes(key))?;
                }
            }
            // What becomes of a letter is folded with the event that it belongs to.
            WorldFact::NextAttempt { .. } | WorldFact::LetterFound { .. } | WorldFact::Ignored { .. } => {}
            WorldFact::PartnerMailStopped { by } => sheet.put(Key::of(Table::PartnerMail), by)?,
            WorldFact::PartnerMailStarted { .. } => {
                sheet.remove(Key::of(Table::PartnerMail))?;
                sheet.remove(trouble_key(&Trouble::BreakerTripped)?)?;
                fold_letters::count_anew(sheet)?;
            }
            WorldFact::StaffAway { who, absence, .. } => add_absence(sheet, step, who, *absence)?,
            WorldFact::StaffBack { who, .. } => sheet.remove(away_key(who))?,
            WorldFact::TroubleNoted { trouble } => sheet.put(trouble_key(trouble)?, trouble)?,
            WorldFact::TroubleOver { trouble } => {
                sheet.remove(trouble_key(trouble)?)?;
                fold_vigil::no_alarm(sheet, trouble)?;
            }
            WorldFact::AlarmAsked { .. } | WorldFact::HeardFromOutside { .. } | WorldFact::CanaryBack { .. } => {}
        }
    }
    Ok(())
}

fn place_of(event: &Event) -> Option<&Place> {
    let quarantined = if let Event::MessageQuarantined { place, .. } = event { Some(place) } else { None };
    event.arrival().map(|arrival| &arrival.place).or(quarantined)
}

fn see(
    sheet: &mut Sheet,
    identity: &IdentityDigest,
    case: Option<CaseRef>,
    place: Option<&Place>,
    line: Option<u64>,
) -> Result<(), StoreError> {
    let key = Key::of(Table::Identity).text(identity.as_str());
    let mut seen = sheet.get::<Seen>(&key)?.unwrap_or_default();
    seen.case = case.or(seen.case);
    seen.line = seen.line.or(line);
    if let Some(place) = place.filter(|p| seen.places.len() < PLACES_MAX && !seen.places.contains(p)) {
        seen.places.push(place.clone());
    }
    sheet.put(key, &seen)
}

pub(super) fn late_mail(mailbox: &MailboxName) -> Key {
    Key::of(Table::LateMail).text(mailbox.as_str())
}

/// What is past goes when something new comes, so that the row does not grow for ever.
fn add_absence(sheet: &mut Sheet, step: &Step, who: &Address, absence: Absence) -> Result<(), StoreError> {
    // Local time is never a day off.
    let yesterday = step.at.to_zoned(TimeZone::UTC).date().yesterday().unwrap_or(Date::MIN);
    let known = sheet.get::<(Address, Vec<Absence>)>(&away_key(who))?;
    let (_, mut absences) = known.unwrap_or_else(|| (who.clone(), Vec::new()));
    absences.retain(|absence| absence.until >= yesterday);
    absence::add(&mut absences, absence);
    sheet.put(away_key(who), &(who, absences))
}

fn away_key(who: &Address) -> Key {
    Key::of(Table::Away).text(who.as_str())
}

fn trouble_key(trouble: &Trouble) -> Result<Key, StoreError> {
    Ok(Key::of(Table::Trouble).text(&serde_json::to_string(trouble)?))
}

/// Applies the facts to their cases and returns which were touched.
fn cases(sheet: &mut Sheet, number: u64, step: &Step) -> Result<BTreeSet<CaseRef>, StoreError> {
    // Each case beside its index rows as they were before the step.
    let mut open: BTreeMap<CaseRef, (Case, BTreeSet<Key>)> = BTreeMap::new();
    for (reference, fact) in &step.facts {
        if !open.contains_key(reference) {
            if let Some(case) = sheet.case(*reference)? {
                let keys = index_keys(&case);
                open.insert(*reference, (case, keys));
            } else if let Fact::CaseOpened { mailbox, subject } = fact {
                let case = Case::open(*reference, step.at, mailbox.clone(), subject.clone());
                open.insert(*reference, (case, BTreeSet::new()));
            }
        }
        if let Some((case, _)) = open.get_mut(reference) {
            case.apply(step.at, fact);
            index(sheet, *reference, number, fact)?;
        }
    }
    let touched = open.keys().copied().collect();
    for (reference, (case, before)) in open {
        let after = index_keys(&case);
        for gone in before.difference(&after) {
            sheet.remove(gone.clone())?;
        }
        for new in after.difference(&before) {
            sheet.put(new.clone(), &reference)?;
        }
        sheet.put_case(case);
    }
    Ok(touched)
}

/// Rows that a fact adds once and for all.
fn index(sheet: &mut Sheet, case: CaseRef, number: u64, fact: &Fact) -> Result<(), StoreError> {
    if let Fact::MessageFiled { identity, .. } = fact {
        let key = Key::of(Table::MessageOfCase).case(case).number(number).text(identity.as_str());
        sheet.put(key, identity)?;
    }
    let threaded = |id: Option<&MessageId>| id.map(|id| Key::of(Table::CaseOfMessage).text(id.as_str()));
    let keys = match fact {
        Fact::MessageFiled { message_id, .. } => threaded(message_id.as_ref()).into_iter().collect(),
        Fact::LetterThreaded { message_id, .. } => threaded(Some(message_id)).into_iter().collect(),
        Fact::CaseOpened { .. }
        | Fact::PartnerNamed { .. }
        | Fact::ParticipantSeen { .. }
        | Fact::ParticipantRemoved { .. }
        | Fact::NeedStated { .. }
        | Fact::CaseAssigned { .. }
        | Fact::SubmissionFiled(_)
        | Fact::PhaseEntered { .. }
        | Fact::ClockSet { .. }
        | Fact::NoticeGiven { .. }
        | Fact::NoticePutOff { .. }
        | Fact::CertificateIssued { .. }
        | Fact::CertificateReturned
        | Fact::ModeSet { .. }
        | Fact::SessionSet { .. }
        | Fact::SessionAnswered { .. }
        | Fact::SessionEnded { .. }
        | Fact::TestsJudged { .. }
        | Fact::ScalUpdateAsked
        | Fact::ScalAccepted
        | Fact::RoundOpened
        | Fact::SilenceWatched { .. }
        | Fact::FormFrom { .. }
        | Fact::LaneEnded { .. }
        | Fact::Approved
        | Fact::QuestionOpened
        | Fact::HumanReplied { .. }
        | Fact::GatheringStarted { .. }
        | Fact::AcknowledgementGathered { .. }
        | Fact::GatheringEnded { .. }
        | Fact::LetterBounced { .. }
        | Fact::LetterRefused { .. }
        | Fact::SetAside { .. }
        | Fact::AcknowledgementWithheld { .. }
        | Fact::RoutineAgain { .. }
        | Fact::NoteAdded { .. }
        | Fact::CommandGiven { .. }
        | Fact::CommandUndone { .. }
        | Fact::CaseClosed { .. }
        | Fact::MessageMoved { .. }
        | Fact::CaseMerged { .. }
        | Fact::TookOver { .. }
        | Fact::CaseReopened { .. } => Vec::new(),
    };
    if let Fact::MessageMoved { message: Some(message), .. } = fact {
        for (key, row) in sheet.under(&Key::of(Table::MessageOfCase).case(case), Order::Up, usize::MAX)? {
            if row.decode::<IdentityDigest>()? == message.identity {
                sheet.remove(Key::from_bytes(key))?;
            }
        }
    }
    for key in keys {
        // The first case keeps a Message-ID: whoever uses it again must not draw its thread elsewhere.
        if !sheet.has(&key)? {
            sheet.put(key, &case)?;
        }
    }
    Ok(())
}

fn participant_keys(address: &Address, case: CaseRef) -> [Key; 2] {
    [
        Key::of(Table::CaseOfParticipant).text(address.as_str()).case(case),
        Key::of(Table::CaseOfDomain).text(address.domain()).case(case),
    ]
}

/// Rows that come and go with the state of a case.
fn index_keys(case: &Case) -> BTreeSet<Key> {
    let due = case.wakes_at().map(|at| Key::of(Table::CaseDue).time(at).case(case.reference));
    let product = route::product_key(&case.supplier).map(|product| product_row(&product).case(case.reference));
    let people = case.participants.keys().flat_map(|address| participant_keys(address, case.reference));
    due.into_iter().chain(product).chain(people).collect()
}

pub(super) fn product_row(product: &str) -> Key {
    Key::of(Table::CaseOfProduct).text(product)
}
