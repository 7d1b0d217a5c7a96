//! The journal of version 1 in `fixtures/journal` loads for ever. Its lines are frozen: a variant that came later gets
//! a line in a further file, written by the ignored test below.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::sample_steps::sample;
use super::*;
use crate::domain::event::Trouble;
use crate::domain::lane::Phase;

/// Names the variant of a value; fails to compile until a new one is added here, and then wants a sample of it.
macro_rules! variants {
    ($names:ident, $name_of:ident, $enum:ident { $($variant:ident)* }) => {
        const $names: &[&str] = &[$(concat!(stringify!($enum), "::", stringify!($variant))),*];
        fn $name_of(value: &$enum) -> &'static str {
            match value {
                $($enum::$variant { .. } => concat!(stringify!($enum), "::", stringify!($variant)),)*
            }
        }
    };
}

variants!(EVENTS, event_name, Event {
    MessageArrived SentMessageSeen JunkSeen BacklogPassedOver MessageQuarantined MailboxRenumbered MailboxRead MomentCame DayBegan CommandGiven
    CanaryDue AlarmRaised
    AttemptStarted AttemptEnded LetterReleased TroubleFound TroubleEnded
});
variants!(FACTS, fact_name, Fact {
    CaseOpened MessageFiled PartnerNamed ParticipantSeen SubmissionFiled PhaseEntered ClockSet NoticeGiven NoticePutOff
    QuestionOpened HumanReplied GatheringStarted AcknowledgementGathered GatheringEnded LetterThreaded LetterBounced
    LetterRefused NoteAdded CommandGiven CaseClosed SetAside AcknowledgementWithheld RoutineAgain CertificateIssued
    CertificateReturned ModeSet SessionSet SessionAnswered SessionEnded TestsJudged ScalUpdateAsked ScalAccepted RoundOpened FormFrom
    LaneEnded Approved SilenceWatched CaseReopened CommandUndone ParticipantRemoved MessageMoved CaseMerged TookOver NeedStated CaseAssigned
});
variants!(WORLD_FACTS, world_fact_name, WorldFact {
    IdentitySeen CopyNoted Ignored NextAttempt PartnerMailStopped PartnerMailStarted TroubleNoted TroubleOver
    SeenLate LateMailTold LetterFound MessageMoved StaffAway StaffBack AlarmAsked HeardFromOutside CanaryBack
});
variants!(TROUBLES, trouble_name, Trouble {
    StoreRebuilt JournalCut DiskFull MailboxUnreachable LoginRefused MailServerUnreachable BreakerTripped
    HolidayListEnds AccessEnds ClockBehind ClockJumped ScannerDown MailSilent CanaryMissing
});

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/journal")
}

/// The steps of every sample file, each file a journal of its own.
fn samples() -> Vec<(PathBuf, Vec<Step>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "jsonl"));
    files.sort();
    let steps = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| line::decode(line.as_bytes()).unwrap().1).collect()
    };
    files.into_iter().map(|path| (path.clone(), steps(&path))).collect()
}

fn load(path: &Path) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    files::private_dir(&dir.path().join("journal")).unwrap();
    std::fs::copy(path, journal::path_in(dir.path())).unwrap();
    let (store, opening) = open(dir.path());
    assert_eq!(opening.journal_cut, None);
    assert_eq!(opening.caught_up, verify(dir.path(), None).unwrap().steps);
    (dir, store)
}

#[test]
fn every_sample_verifies_and_folds() {
    let samples = samples();
    assert!(!samples.is_empty());
    for (path, steps) in samples {
        let (_dir, store) = load(&path);
        assert_eq!(store.last_step(), steps.len() as u64, "{}", path.display());
        for (n, step) in (1..).zip(&steps) {
            let again = line::encode(n, line::GENESIS, step).unwrap();
            assert_eq!(&line::decode(&again).unwrap().1, step, "{} line {n}", path.display());
        }
    }
}

#[test]
fn the_first_sample_folds_to_what_it_told() {
    let (_dir, store) = load(&folder().join("v1.jsonl"));
    assert_eq!(verify(_dir.path(), None).unwrap().last_hash, store.last.hash);
    let first = store.case(case(1)).unwrap().unwrap();
    assert_eq!(first.phase(), "closed");
    assert_eq!(first.supplier.product.as_deref(), Some("Referral Hub"));
    assert_eq!(first.lane(&crate::domain::lane::LaneName::Assurance).unwrap().phase, Phase::ScalChanges);
    assert_eq!(store.cases_of_product("referralhub").unwrap(), [case(1)]);
    assert_eq!(
        store.mark(&sa(), Folder::Inbox).unwrap(),
        Some(Mark { uid_validity: 2, last_uid: 0, passed_over: false })
    );
    assert_eq!(store.partner_mail_stopped().unwrap(), None);
    assert_eq!(store.troubles().unwrap(), [].into());
    let states: Vec<_> = store.outbox().unwrap().iter().map(|l| l.state.name()).collect();
    assert_eq!(states, ["sent", "waiting", "observed"]);
}

#[test]
fn every_variant_has_a_sample() {
    let mut seen = BTreeSet::new();
    for step in samples().into_iter().flat_map(|(_, steps)| steps) {
        seen.insert(event_name(&step.event));
        seen.extend(step.facts.iter().map(|(_, fact)| fact_name(fact)));
        seen.extend(step.world.iter().map(world_fact_name));
        if let Event::TroubleFound { trouble, .. } = &step.event {
            seen.insert(trouble_name(trouble));
        }
    }
    let all = EVENTS.iter().chain(FACTS).chain(WORLD_FACTS).chain(TROUBLES);
    let missing: Vec<_> = all.filter(|name| !seen.contains(*name)).collect();
    assert!(missing.is_empty(), "no line in fixtures/journal has {missing:?}: write a further file");
}

#[test]
#[ignore = "writes a new sample file; run it once, when a variant was added, and commit the file"]
fn write_a_further_sample() {
    let path = (1..100)
        .map(|n| folder().join(if n == 1 { "v1.jsonl".to_owned() } else { format!("v1-{n}.jsonl") }))
        .find(|path| !path.exists())
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    for step in sample() {
        store.stage(step).unwrap();
    }
    store.commit().unwrap();
    std::fs::create_dir_all(folder()).unwrap();
    std::fs::copy(journal::path_in(dir.path()), path).unwrap();
}
