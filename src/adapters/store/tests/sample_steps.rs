//! A short history with every event and fact in it, from which the frozen sample was written.

use jiff::civil::date;

use super::sample_documents::{documents, gist, received, supplier};
use super::sample_vigil::vigil;
use super::*;
use crate::domain::absence::Absence;
use crate::domain::calendar::{Due, Skipped};
use crate::domain::case::{Assignee, Submission, SubmissionKind};
use crate::domain::certificate::Issued;
use crate::domain::clocks::{Clock, Held, Hold, Notice, OutcomeClock, ReminderClock, ResponseClock, Rule};
use crate::domain::command::{AccessMode, Command, Manner};
use crate::domain::event::{Outcome, Trouble};
use crate::domain::fact::{ClockChange, FiledMessage};

use crate::domain::lane::{Lane, LaneName, Phase};
use crate::domain::policy::Reminders;
use crate::domain::reading::{Automatic, AwayNotice, Bounce, BounceAction, Format, Matter, Need, Participation};
use crate::domain::session::Session;
use crate::domain::step::LateMail;

pub(super) fn sample() -> Vec<Step> {
    let mut steps = vec![
        passed_over(),
        submission(),
        sent_copy(),
        junk(),
        attempt(4, None),
        attempt(5, Some((Outcome::Retry { reason: "451 4.3.2 try again later".to_owned() }, Some(moment(80))))),
        attempt(6, None),
        attempt(7, Some((Outcome::Sent { response: "250 2.0.0 queued".to_owned() }, None))),
        moment_came(),
        command("!changes", 1, Command::Changes { form: None }, changes_asked()),
        bounced(),
        quarantined(),
        renumbered(),
    ];
    steps.extend(late());
    steps.extend(troubles());
    steps.push(released());
    steps.extend(not_routine());
    let closed = vec![Fact::CaseClosed { by: "sam@nhs.example".to_owned(), reason: "duplicate".to_owned() }];
    let reason = "duplicate".to_owned();
    steps.push(command("!close", 2, Command::Close { reason }, closed));
    steps.push(step(Event::DayBegan { at: moment(1_200), day: date(2026, 11, 24) }));
    steps.push(command("!reopen", 3, Command::Reopen, onboarding()));
    steps.push(command("!undo", 4, Command::Undo, corrected()));
    steps.push(merged());
    steps.extend(vigil(steps.len() as u64 + 1));
    steps
}

/// One case goes on as another; a file had gone to it before.
fn merged() -> Step {
    let (from, into) = (CaseRef::from_number(1), CaseRef::from_number(2));
    let message = || FiledMessage { identity: identity(10), message_id: Some(message_id("10@supplier.example")) };
    let mut step = command("!merge", 5, Command::Merge { into }, Vec::new());
    step.facts = vec![
        (into, Fact::CaseOpened { mailbox: sa(), subject: "SCAL for Referral Hub, again".to_owned() }),
        (
            from,
            Fact::MessageMoved { message: Some(message()), files: vec![raw(11)], to: into, leaves: None, asked: false },
        ),
        (from, Fact::CaseMerged { into, messages: vec![message()] }),
        (into, Fact::TookOver { from }),
    ];
    let FiledMessage { identity, message_id } = message();
    step.world = vec![WorldFact::MessageMoved { identity, message_id, case: into }];
    step
}

/// From the witness testing session to the end of Stage 3, and a round after it.
fn onboarding() -> Vec<Fact> {
    let session = Session {
        uid: "ERS-00001-1-1795425240@ers.example".to_owned(),
        sequence: 1,
        starts: moment(9_000),
        minutes: 90,
        link: Some("https://meet.example/1".to_owned()),
        with: vec![address("omar@nhs.example")],
        invited_by_staff: false,
    };
    let form = || LaneName::Form("RXQ".to_owned());
    let tests = |name: &str| vec![name.to_owned()];
    vec![
        Fact::CaseReopened { by: "sam@nhs.example".to_owned() },
        Fact::ModeSet { mode: AccessMode::ApplicationRestricted },
        Fact::SessionSet { session },
        Fact::SessionAnswered { address: address("priya@supplier.example"), answer: Participation::Accepted },
        Fact::SessionEnded { cancelled: false },
        Fact::TestsJudged { passed: tests("A005-03"), remedial: tests("A007-01"), all: false },
        Fact::ScalUpdateAsked,
        Fact::ScalAccepted,
        Fact::PhaseEntered { lane: form(), phase: Phase::FormReview, clock: None, returns_to: None },
        super::sample_documents::form_from(form()),
        Fact::LaneEnded { lane: LaneName::first_form() },
        Fact::SilenceWatched { ask_at: Some(moment(130_000)) },
        Fact::Approved,
        Fact::RoundOpened,
    ]
}

fn need() -> Need {
    Need { format: Format::Language("Welsh".to_owned()), words: "Please send letters in Welsh".to_owned() }
}

fn sam() -> Assignee {
    Assignee { address: address("sam@nhs.example"), name: "Sam Okafor".to_owned() }
}

fn passed_over() -> Step {
    let file = Place { at: Position::Maildir { name: "1763888400.M1P2.host".to_owned() }, ..imap(0, 0) };
    step(Event::BacklogPassedOver {
        at: moment(0),
        mailbox: sa(),
        folder: Folder::Inbox,
        places: vec![imap(1, 9), file],
        messages: 9,
    })
}

fn submission() -> Step {
    let mut arrival = arrival(10, imap(1, 10));
    arrival.facts.says.needs = vec![need()];
    arrival.facts.says.away = Some(AwayNotice { from: None, until: Some(date(2026, 12, 4)) });
    arrival.facts.documents = documents();
    arrival.facts.references = vec![message_id("earlier@supplier.example")];
    arrival.facts.return_path = ReturnPath::Address(address("bounce@supplier.example"));
    let mut step = step(Event::MessageArrived(arrival));
    step.why = "ScalReview: due Monday 30 November 2026".to_owned();
    let id = Some(message_id("10@supplier.example"));
    let priya = address("priya@supplier.example");
    let facts = vec![
        Fact::CaseOpened { mailbox: sa(), subject: "SCAL for Referral Hub".to_owned() },
        Fact::MessageFiled {
            message_id: id.clone(),
            identity: identity(10),
            raw: raw(10),
            received_at: moment(9),
            partner: Some(priya.clone()),
            unread: true,
            aside: false,
        },
        Fact::PartnerNamed { supplier: supplier() },
        Fact::ParticipantSeen { address: priya.clone(), name: Some("Priya Nair".to_owned()) },
        Fact::NeedStated { address: priya.clone(), need: need() },
        Fact::CaseAssigned { by: "sam@nhs.example".to_owned(), to: Some(sam()) },
        Fact::SubmissionFiled(Submission {
            kind: SubmissionKind::Scal,
            name: "SCAL Referral Hub.xlsx".to_owned(),
            sha256: raw(11),
            received_at: moment(10),
            to_fix: 1,
            gist: Some(Box::new(gist(10))),
        }),
        Fact::PhaseEntered {
            lane: LaneName::Assurance,
            phase: Phase::ScalReview,
            clock: Some(Clock::Response(response_clock())),
            returns_to: Some(Box::new(Lane {
                phase: Phase::WitnessPackDue,
                since: moment(5),
                clock: None,
                returns_to: None,
            })),
        },
        Fact::CertificateIssued { issued: Issued { files: vec![raw(14)], certificate: None } },
        Fact::CertificateReturned,
        Fact::QuestionOpened,
        Fact::GatheringStarted { correspondent: priya.clone(), until: moment(310) },
        Fact::AcknowledgementGathered { correspondent: priya, received: received() },
        Fact::LetterThreaded { message_id: message_id("2.0@ers.example"), aside: true },
    ];
    step.facts = facts.into_iter().map(|fact| (case(1), fact)).collect();
    step.world = vec![WorldFact::IdentitySeen { identity: identity(10), message_id: id, case: Some(case(1)) }];
    step.letters = vec![
        letter(2, 0, Some(case(1)), Level::Send),
        letter(2, 1, Some(case(1)), Level::Hold),
        letter(2, 2, None, Level::Observe),
    ];
    step
}

fn sent_copy() -> Step {
    let mut place = imap(7, 3);
    place.folder = Folder::Sent;
    let mut arrival = arrival(20, place.clone());
    arrival.facts.automatic = Some(Automatic::Own);
    arrival.facts.return_path = ReturnPath::Null;
    let mut step = step(Event::SentMessageSeen(arrival));
    step.facts = vec![(
        case(1),
        Fact::HumanReplied {
            by: "sam@nhs.example".to_owned(),
            sent_at: moment(20),
            blank_pack: true,
            teams: Vec::new(),
        },
    )];
    step.world = vec![
        WorldFact::CopyNoted { identity: identity(10), place },
        WorldFact::Ignored { why: "a letter of our own".to_owned() },
    ];
    step
}

fn junk() -> Step {
    let mut place = imap(7, 4);
    place.folder = Folder::Junk;
    let mut step = step(Event::JunkSeen(arrival(21, place)));
    step.world = vec![
        WorldFact::Ignored { why: "junk: left where it is".to_owned() },
        WorldFact::LetterFound { letter: LetterId { step: 2, index: 0 } },
    ];
    step
}

fn attempt(n: i64, ended: Option<(Outcome, Option<Timestamp>)>) -> Step {
    let (at, letter) = (moment(n * 10), LetterId { step: 2, index: 0 });
    let Some((outcome, not_before)) = ended else {
        return step(Event::AttemptStarted { at, letter });
    };
    let mut step = step(Event::AttemptEnded { at, letter, outcome });
    step.world = vec![WorldFact::NextAttempt { not_before }];
    step
}

fn moment_came() -> Step {
    let mut step = step(Event::MomentCame { at: moment(310), case: case(1) });
    let facts = [
        Fact::GatheringEnded { correspondent: address("priya@supplier.example") },
        Fact::NoticeGiven {
            lane: LaneName::Assurance,
            notice: notice(Rule::Warn, 27),
            passed_over: vec![notice(Rule::Warn, 26)],
            next: Some(notice(Rule::Breach, 30)),
        },
        Fact::NoticePutOff { lane: LaneName::Assurance, next: notice(Rule::Escalate, 30) },
    ];
    step.facts = facts.into_iter().map(|fact| (case(1), fact)).collect();
    step
}

fn changes_asked() -> Vec<Fact> {
    let outcome = OutcomeClock {
        answered_at: moment(330),
        answered_by: "sam@nhs.example".to_owned(),
        response: Some(Box::new(response_clock())),
        due: Some(due()),
        next: Some(notice(Rule::OutcomeOverdue, 30)),
    };
    let reminder = ReminderClock {
        since: date(2026, 11, 23),
        plan: Reminders { first: 5, second: 10, tell_staff: 15 },
        next: Some(notice(Rule::Nudge, 30)),
    };
    vec![
        Fact::CommandGiven { by: "sam@nhs.example".to_owned(), command: "!changes".to_owned() },
        Fact::ClockSet {
            lane: LaneName::Assurance,
            change: ClockChange::Answered,
            clock: Some(Clock::Outcome(outcome)),
        },
        Fact::PhaseEntered {
            lane: LaneName::Assurance,
            phase: Phase::ScalChanges,
            clock: Some(Clock::Reminder(reminder)),
            returns_to: None,
        },
        Fact::NoteAdded { by: "sam@nhs.example".to_owned(), text: "spoke to them on the telephone".to_owned() },
    ]
}

fn command(name: &str, n: i64, command: Command, facts: Vec<Fact>) -> Step {
    let mut step = step(Event::CommandGiven {
        at: moment(330 * n),
        by: "sam@nhs.example".to_owned(),
        case: Some(case(1)),
        command,
        manner: Manner::default(),
    });
    step.why = format!("sam gave {name}");
    step.facts = facts.into_iter().map(|fact| (case(1), fact)).collect();
    step
}

fn bounced() -> Step {
    let mut arrival = arrival(30, imap(1, 11));
    arrival.facts.from = None;
    arrival.facts.automatic = Some(Automatic::Bounce);
    arrival.facts.no_answer = Some("A2: null reverse-path".to_owned());
    arrival.facts.bounce = Some(Bounce {
        original: Some(message_id("2.0@ers.example")),
        recipient: Some(address("priya@supplier.example")),
        status: Some("5.1.1".to_owned()),
        action: BounceAction::Failed,
    });
    let mut step = step(Event::MessageArrived(arrival));
    let message_id = message_id("2.0@ers.example");
    step.facts = vec![
        (case(1), Fact::LetterBounced { message_id: message_id.clone(), status: Some("5.1.1".to_owned()) }),
        (case(1), Fact::LetterRefused { message_id, reason: "550 5.1.1 no such user".to_owned() }),
    ];
    step
}

fn quarantined() -> Step {
    step(Event::MessageQuarantined {
        at: moment(340),
        place: imap(1, 12),
        received_at: moment(335),
        why: "the reader was stopped after 60 seconds, three times".to_owned(),
    })
}

fn renumbered() -> Step {
    step(Event::MailboxRenumbered { at: moment(350), mailbox: sa(), folder: Folder::Inbox, uid_validity: 2 })
}

fn late() -> Vec<Step> {
    let mut older = arrival(6, imap(2, 1));
    older.older = true;
    let mut seen = step(Event::MessageArrived(older));
    seen.world = vec![WorldFact::SeenLate(LateMail {
        mailbox: sa(),
        case: Some(case(1)),
        from: Some(address("priya@supplier.example")),
        subject: "Referral Hub SCAL".to_owned(),
        received_at: moment(6),
        remarks: vec!["They call it a draft.".to_owned()],
    })];
    let mut told = step(Event::MailboxRead { at: moment(355), mailbox: sa() });
    told.world = vec![WorldFact::LateMailTold { mailbox: sa(), messages: 1 }];
    vec![seen, told]
}

fn troubles() -> Vec<Step> {
    let trouble = Trouble::MailboxUnreachable { mailbox: sa() };
    let mut found = step(Event::TroubleFound {
        at: moment(360),
        trouble: trouble.clone(),
        detail: "connection refused".to_owned(),
    });
    let by = "sam@nhs.example".to_owned();
    found.world = vec![
        WorldFact::TroubleNoted { trouble: trouble.clone() },
        WorldFact::TroubleNoted { trouble: Trouble::BreakerTripped },
        WorldFact::PartnerMailStopped { by: by.clone() },
        WorldFact::StaffAway {
            who: address(&by),
            absence: Absence { from: date(2026, 11, 24), until: date(2026, 12, 4) },
            by: by.clone(),
        },
    ];
    let mut ended = step(Event::TroubleEnded { at: moment(370), trouble: trouble.clone() });
    let back = WorldFact::StaffBack { who: address(&by), by: by.clone() };
    ended.world = vec![WorldFact::TroubleOver { trouble }, WorldFact::PartnerMailStarted { by }, back];
    let others = [
        Trouble::StoreRebuilt,
        Trouble::JournalCut,
        Trouble::DiskFull,
        Trouble::LoginRefused { mailbox: sa() },
        Trouble::MailServerUnreachable { mailbox: sa() },
        Trouble::BreakerTripped,
        Trouble::HolidayListEnds,
        Trouble::AccessEnds { mailbox: sa() },
        Trouble::ClockBehind,
        Trouble::ClockJumped,
        Trouble::ScannerDown,
        Trouble::MailSilent { mailbox: sa() },
        Trouble::CanaryMissing { mailbox: sa() },
    ];
    let others = others.into_iter().map(|trouble| {
        let mut found = step(Event::TroubleFound { at: moment(375), trouble: trouble.clone(), detail: String::new() });
        found.world = vec![WorldFact::TroubleNoted { trouble }];
        found
    });
    [found, ended].into_iter().chain(others).collect()
}

fn released() -> Step {
    step(Event::LetterReleased {
        at: moment(380),
        by: "sam@nhs.example".to_owned(),
        letter: LetterId { step: 2, index: 1 },
    })
}

fn not_routine() -> [Step; 2] {
    let mut arrival = arrival(40, imap(2, 2));
    arrival.facts.not_routine = vec![Matter::PatientHarm];
    arrival.facts.not_routine_reply_subject = vec![Matter::Complaint];
    let mut set_aside = step(Event::MessageArrived(arrival));
    let correspondent = address("priya@supplier.example");
    let facts = [
        Fact::SetAside { matters: Matter::ALL.to_vec() },
        Fact::AcknowledgementWithheld { correspondent, received: received() },
    ];
    set_aside.facts = facts.into_iter().map(|fact| (case(1), fact)).collect();
    let again = vec![Fact::RoutineAgain { by: "sam@nhs.example".to_owned() }];
    [set_aside, command("!resume", 2, Command::Resume, again)]
}

fn corrected() -> Vec<Fact> {
    let (by, command) = ("sam@nhs.example".to_owned(), "!reopen".to_owned());
    let removed = Fact::ParticipantRemoved { by: by.clone(), address: address("priya@supplier.example") };
    vec![Fact::CommandUndone { by, command, given_at: moment(43), withdrawn: vec![message_id("letter")] }, removed]
}

fn notice(rule: Rule, day: i8) -> Notice {
    let day = date(2026, 11, day);
    let opening = day.at(8, 30, 0, 0).in_tz("UTC").unwrap();
    Notice { rule, day, at: opening.timestamp() }
}

fn due() -> Due {
    Due {
        received: date(2026, 11, 23),
        days: 5,
        due: date(2026, 11, 30),
        due_at: at("2026-12-01T00:00:00Z"),
        provisional: false,
        counted: (24..=27).map(|day| date(2026, 11, day)).chain([date(2026, 11, 30)]).collect(),
        skipped: vec![Skipped { date: date(2026, 11, 28), why: "Saturday".to_owned() }],
        holidays: "england-and-wales 2012-2028 0badcafe".to_owned(),
    }
}

fn response_clock() -> ResponseClock {
    ResponseClock {
        since: moment(9),
        latest_at: moment(10),
        due: due(),
        warn_before: 1,
        holds: vec![Hold {
            from: date(2026, 11, 23),
            until: date(2026, 11, 24),
            days: 1,
            reason: "clinical safety officer on leave".to_owned(),
        }],
        held: Some(Held {
            since: moment(10),
            reason: "waiting for the clinical safety team".to_owned(),
            next: Some(notice(Rule::Warn, 26)),
        }),
        next: Some(notice(Rule::Warn, 27)),
    }
}
