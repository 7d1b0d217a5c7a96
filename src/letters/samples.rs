//! Sample letters of every kind: what the templates are tried with when they are loaded, and what staff look at before
//! they change a word. Made-up people and products only.

mod attention;
mod context;
mod digest;
mod documents;
mod onboarding;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::domain::calendar::{Calendar, Due, Holidays};
use crate::domain::command::Command;
use crate::domain::effect::{
    AlsoAwaited, CaseStands, CommandDone, CommandRefused, CommandReply, Content, Context, Letter, NextStep, Reminder,
    StaffClock, StaffNew, StepTaken, Thread, Unreadable,
};
use crate::domain::fact::{Item, Received};
use crate::domain::ids::{Address, CaseRef, MailboxName, MessageId};
use crate::domain::lane::{LaneName, Phase};
use crate::domain::policy::{Caps, Days, Level, Policy, SharedMailbox, Team};
use crate::domain::reading::{Finding, FindingCode, Supplier};

use self::documents::{file, many_findings, pack_again, received, scal, scal_findings};

const HOLIDAYS: &str = include_str!("../../config/bank-holidays.json");
/// Monday 23 November 2026, 9.14am.
const RECEIVED_AT: Timestamp = Timestamp::constant(1_795_425_240, 0);
const RECEIVED_ON: Date = date(2026, 11, 23);

/// A policy, and named letters that it fits.
pub struct Samples {
    pub policy: Policy,
    pub letters: Vec<(&'static str, Letter)>,
}

/// `None` only if a sample above is no longer valid, which a test rules out.
pub fn sample_letters() -> Option<Samples> {
    let policy = policy()?;
    let (to, mailbox) = (Address::new("priya.nair@carevista.example")?, MailboxName::new("sa"));
    let first = MessageId::new("first@carevista.example")?;
    let due = policy.calendar.due(RECEIVED_ON, policy.days.scal_response);
    let contents = [
        documents::acknowledgements(&due),
        attention::person_will_read(),
        unreadables(&due),
        reminders(),
        next_steps(&due),
        onboarding::next_steps(),
        onboarding::outcomes(),
        onboarding::invitations(&to, &supplier()),
        staff_news(&due, &to),
        staff_clocks(&due),
        attention::staff_attentions(),
        command_replies(&due),
        digest::digests(&supplier()),
        vec![("canary-bare", Content::Canary)],
    ];
    let letter = |(name, content): (&'static str, Content)| {
        let for_staff = content.kind().is_for_staff();
        let answered = (!for_staff || content.kind().answers_a_message()).then(|| first.clone());
        let thread = Thread {
            subject: (!for_staff).then(|| "Care Vista Link SCAL".to_owned()),
            references: answered.iter().cloned().collect(),
            in_reply_to: answered,
            aside: false,
        };
        let letter = Letter {
            mailbox: mailbox.clone(),
            to: to.clone(),
            to_name: (!for_staff).then(|| "Priya Nair".to_owned()),
            // A letter may have no case: a template must not rely on one.
            case: if name.ends_with("bare") { None } else { CaseRef::parse("ERS-00042") },
            thread,
            of_command: None,
            context: if name.starts_with("staff-warning") { context::of(name) } else { Context::default() },
            content,
        };
        (name, letter)
    };
    let letters = contents.into_iter().flatten().map(letter).collect();
    Some(Samples { policy, letters })
}

type Sample = (&'static str, Content);

fn unreadables(due: &Due) -> Vec<Sample> {
    let broken = |name, finding| Item { readable: false, findings: Vec::from_iter(finding), ..file(name, None) };
    let too_large = "We did not open this file: it is larger than 20 MB. Remove pictures and embedded files that we did \
                     not ask for, and send it again.";
    let too_large = Finding::new(FindingCode::TooLarge, too_large);
    let link_only = "Your email has a link, but no file. We do not open links: attach the file itself.";
    let one = Unreadable {
        received: received(vec![broken("SCAL Care Vista Link.xlsx", Some(password_protected()))]),
        secure_transfer: None,
        also_readable: false,
        respond_by: None,
    };
    let several = Unreadable {
        received: received(vec![broken("SCAL.xlsx", Some(too_large)), broken("pack.xlsx", None)]),
        secure_transfer: Some("https://transfer.nhs.example/sa".to_owned()),
        also_readable: true,
        respond_by: Some(due.clone()),
    };
    let nothing = Unreadable {
        received: Received { findings: vec![Finding::new(FindingCode::LinkOnly, link_only)], ..received(Vec::new()) },
        ..one.clone()
    };
    let bare = Unreadable { received: received(Vec::new()), ..one.clone() };
    [("unreadable", one), ("unreadable-several", several), ("unreadable-link", nothing), ("unreadable-bare", bare)]
        .map(|(name, content)| (name, Content::Unreadable(content)))
        .to_vec()
}

fn reminders() -> Vec<Sample> {
    let reminding = |phase, again, link: Option<&str>, also| {
        let witness_pack_link = link.map(str::to_owned);
        Content::Reminder(Reminder { phase, since: RECEIVED_ON, again, witness_pack_link, also })
    };
    let reminder = |phase, again, link| reminding(phase, again, link, Vec::new());
    let other = |number, supplier, phase| AlsoAwaited {
        case: CaseRef::from_number(number),
        supplier,
        phase,
        since: RECEIVED_ON,
    };
    let also = (43..70).map(|number| other(number, supplier(), Phase::WitnessPackDue));
    let also = [other(41, Supplier::default(), Phase::Enquiry), other(42, supplier(), Phase::ScalChanges)]
        .into_iter()
        .chain([other(43, supplier(), Phase::WitnessPackChanges)])
        .chain(also);
    vec![
        ("reminder-several", reminding(Phase::ScalChanges, false, None, also.collect())),
        ("reminder", reminder(Phase::ScalChanges, false, None)),
        ("reminder-pack", reminder(Phase::WitnessPackDue, true, Some("https://pack.nhs.example/"))),
        ("reminder-pack-no-link", reminder(Phase::WitnessPackDue, false, None)),
        ("reminder-pack-changes", reminder(Phase::WitnessPackChanges, false, None)),
        ("reminder-bare", reminder(Phase::Enquiry, false, None)),
    ]
}

fn next_steps(due: &Due) -> Vec<Sample> {
    let step = |what, phase, respond_by: Option<&Due>, link: Option<&str>| {
        Content::NextStep(NextStep {
            lane: LaneName::Assurance,
            phase,
            what,
            scal_accepted: false,
            agreement_to_come: false,
            respond_by: respond_by.cloned(),
            witness_pack_link: link.map(str::to_owned),
            offered: Vec::new(),
        })
    };
    let link = Some("https://pack.nhs.example/");
    vec![
        ("next-step", step(StepTaken::ScalAccepted, Phase::WitnessPackDue, None, link)),
        ("next-step-to-send", step(StepTaken::ScalAccepted, Phase::WitnessPackToSend, Some(due), None)),
        ("next-step-pack-review", step(StepTaken::ScalAccepted, Phase::WitnessPackReview, None, None)),
        ("next-step-pack-changes", step(StepTaken::ScalAccepted, Phase::WitnessPackChanges, None, None)),
        ("next-step-other-bare", step(StepTaken::ScalAccepted, Phase::Enquiry, None, None)),
        ("next-step-changes", step(StepTaken::ChangesAsked, Phase::ScalChanges, None, None)),
        ("next-step-changes-pack", step(StepTaken::ChangesAsked, Phase::WitnessPackChanges, None, None)),
        ("next-step-held", step(StepTaken::Held, Phase::ScalReview, None, None)),
        ("next-step-held-pack", step(StepTaken::Held, Phase::WitnessPackReview, None, None)),
        ("next-step-held-other", step(StepTaken::Held, Phase::Enquiry, None, None)),
        (
            "next-step-merged",
            step(StepTaken::Merged { from: CaseRef::from_number(41) }, Phase::ScalReview, Some(due), None),
        ),
        ("next-step-restarted", step(StepTaken::Restarted, Phase::ScalReview, Some(due), None)),
        ("next-step-withdrawn", step(StepTaken::Withdrawn, Phase::ScalChanges, None, None)),
        ("next-step-reopened", step(StepTaken::Reopened, Phase::ScalChanges, None, None)),
        ("next-step-resumed", step(StepTaken::Resumed, Phase::ScalReview, Some(due), None)),
    ]
}

fn staff_news(due: &Due, from: &Address) -> Vec<Sample> {
    let full = StaffNew {
        supplier: supplier(),
        from: Some(from.clone()),
        subject: "Care Vista Link SCAL".to_owned(),
        received_at: RECEIVED_AT,
        items: vec![scal(scal_findings()), file("architecture.pdf", None)],
        findings: Vec::new(),
        phase: Phase::ScalReview,
        form: None,
        due: Some(due.clone()),
        held_days: 0,
        joined_running_clock: false,
        flags: vec!["They call it a draft: decide whether to review it.".to_owned()],
        history: vec!["SCAL received on Monday 2 November 2026, 12 to fix".to_owned()],
        opened_case: false,
    };
    let held_back = StaffNew {
        items: vec![Item { checked: false, ..scal(scal_findings()) }],
        joined_running_clock: true,
        opened_case: true,
        flags: Vec::new(),
        history: Vec::new(),
        ..full.clone()
    };
    let pack = StaffNew { items: vec![pack_again()], phase: Phase::WitnessPackReview, due: None, ..full.clone() };
    let many = StaffNew { items: vec![scal(many_findings()), pack_again()], ..full.clone() };
    let again = StaffNew { items: vec![Item { repeated: true, ..scal(Vec::new()) }], ..held_back.clone() };
    let question = StaffNew {
        supplier: Supplier::default(),
        from: None,
        subject: String::new(),
        items: Vec::new(),
        phase: Phase::Enquiry,
        due: None,
        ..held_back.clone()
    };
    [
        ("staff-new", full),
        ("staff-new-held-back", held_back),
        ("staff-new-pack", pack),
        ("staff-new-many", many),
        ("staff-new-again", again),
        ("staff-new-question", question.clone()),
        ("staff-new-question-bare", question),
    ]
    .map(|(name, content)| (name, Content::StaffNew(content)))
    .to_vec()
}

fn staff_clocks(due: &Due) -> Vec<Sample> {
    let clock = |phase, today, working_days| StaffClock {
        supplier: supplier(),
        phase,
        form: None,
        due: due.clone(),
        held_days: 0,
        today,
        working_days,
        latest_submission: Some("SCAL-Care-Vista-Link.xlsx, Monday 23 November 2026".to_owned()),
    };
    let bare = StaffClock {
        supplier: Supplier::default(),
        latest_submission: None,
        ..clock(Phase::Enquiry, date(2026, 11, 26), 2)
    };
    let late = |phase| clock(phase, date(2026, 12, 3), 3);
    vec![
        ("staff-warning", Content::StaffWarning(clock(Phase::ScalReview, date(2026, 11, 27), 1))),
        ("staff-warning-tomorrow", Content::StaffWarning(clock(Phase::WitnessPackReview, date(2026, 11, 29), 1))),
        ("staff-warning-today", Content::StaffWarning(clock(Phase::WitnessPackToSend, due.due, 0))),
        ("staff-warning-bare", Content::StaffWarning(bare.clone())),
        ("staff-breach", Content::StaffBreach(clock(Phase::ScalReview, date(2026, 12, 1), 1))),
        ("staff-breach-bare", Content::StaffBreach(bare.clone())),
        ("staff-escalation", Content::StaffEscalation(late(Phase::ScalReview))),
        ("staff-escalation-silence", Content::StaffEscalation(late(Phase::ScalChanges))),
        ("staff-escalation-pack", Content::StaffEscalation(late(Phase::WitnessPackDue))),
        ("staff-escalation-pack-changes", Content::StaffEscalation(late(Phase::WitnessPackChanges))),
        ("staff-escalation-bare", Content::StaffEscalation(bare)),
    ]
}

fn stands(phases: Option<&[Phase]>) -> CaseStands {
    CaseStands { supplier: supplier(), phases: phases.map(<[Phase]>::to_vec), due: None, held: false }
}

fn command_replies(due: &Due) -> Vec<Sample> {
    let done = |command: Command, reason: &str| {
        let text = format!("{}{reason}", command.verb());
        CommandDone { text, command, remark: None }
    };
    let refused = |text: &str, why: &str| Some(CommandRefused { text: text.to_owned(), why: why.to_owned() });
    let accepted = CommandReply {
        done: vec![done(Command::Accept, "")],
        refused: None,
        untried: Vec::new(),
        case: Some(stands(Some(&[Phase::WitnessPackToSend]))),
        partner_letter: Some(Level::Send),
        waits_for_undo: false,
        partner_mail_stopped: false,
    };
    let hold = done(Command::Hold { reason: "CSO on leave".to_owned() }, " CSO on leave");
    let reviewed = CaseStands { due: Some(due.clone()), ..stands(Some(&[Phase::ScalReview])) };
    let held = CommandReply {
        done: vec![hold.clone()],
        case: Some(CaseStands { held: true, ..reviewed.clone() }),
        partner_letter: Some(Level::Hold),
        ..accepted.clone()
    };
    let again = vec![done(Command::Resume, ""), done(Command::Restart, ""), done(Command::Changes { form: None }, "")];
    let several = CommandReply {
        done: again.into_iter().chain([hold]).collect(),
        case: Some(reviewed),
        partner_letter: Some(Level::Observe),
        ..accepted.clone()
    };
    let closed = vec![
        done(Command::Note { text: "rang them".to_owned() }, " rang them"),
        done(Command::Close { reason: "duplicate".to_owned() }, " duplicate"),
    ];
    let in_part = CommandReply {
        done: closed,
        refused: refused("!accept", "ERS-00042 is closed; !accept changes nothing there."),
        untried: vec!["!resume".to_owned()],
        case: Some(stands(None)),
        partner_letter: None,
        ..accepted.clone()
    };
    let all_mail =
        CommandReply { done: vec![done(Command::Stop, "")], case: None, partner_letter: None, ..accepted.clone() };
    let started = CommandReply { done: vec![done(Command::Start, "")], ..all_mail.clone() };
    let passed = CommandReply {
        done: vec![done(Command::Passed { tests: Vec::new() }, "")],
        case: Some(stands(Some(&[Phase::TccDue]))),
        waits_for_undo: true,
        ..accepted.clone()
    };
    let remark = Some("!passed is undone, and no letter about it leaves.".to_owned());
    let undone = CommandReply {
        done: vec![CommandDone { remark, ..done(Command::Undo, "") }],
        case: Some(stands(Some(&[Phase::OutcomeDue]))),
        partner_letter: None,
        ..accepted.clone()
    };
    let helped = CommandReply { done: vec![done(Command::Help, "")], ..all_mail.clone() };
    let waits = CommandReply { partner_mail_stopped: true, ..accepted.clone() };
    let no_case = "!accept is about one case: name it, such as ERS-00042.";
    let nothing = CommandReply { done: Vec::new(), refused: refused("!accept", no_case), ..all_mail.clone() };
    [
        ("command-reply", accepted),
        ("command-reply-held", held),
        ("command-reply-several", several),
        ("command-reply-in-part", in_part),
        ("command-reply-passed", passed),
        ("command-reply-undone", undone),
        ("command-reply-help-bare", helped),
        ("command-reply-waits", waits),
        ("command-reply-stop-bare", all_mail),
        ("command-reply-start-bare", started),
        ("command-reply-refused-bare", nothing),
    ]
    .map(|(name, content)| (name, Content::CommandReply(content)))
    .to_vec()
}

fn policy() -> Option<Policy> {
    let mailbox = SharedMailbox {
        name: MailboxName::new("sa"),
        address: Address::new("assurance@ers.example")?,
        aliases: Vec::new(),
        team_name: "e-RS Solution Assurance team".to_owned(),
        team: Team::Sa,
        level: Level::Observe,
        levels: BTreeMap::new(),
        silence_office_hours: None,
    };
    Some(Policy {
        calendar: Calendar::new(Holidays::from_json(HOLIDAYS).ok()?),
        days: Days::default(),
        mailboxes: vec![mailbox],
        staff: Vec::new(),
        shared_domains: BTreeSet::new(),
        staff_alerts: Level::Observe,
        caps: Caps::default(),
        allow_list: BTreeSet::new(),
        together_minutes: 20,
        witness_pack_link: None,
        secure_transfer: None,
        safety_contact: None,
        urgent_contacts: Vec::new(),
        agreement_notices_from: Vec::new(),
        answer_within_days: 3,
        sent_lookup_secs: 120,
        digest: true,
        canary: None,
        alarm: false,
    })
}

fn supplier() -> Supplier {
    Supplier {
        organisation: Some("Care Vista Ltd".to_owned()),
        ods_code: Some("A1B2C".to_owned()),
        product: Some("Care Vista Link".to_owned()),
        version: Some("4.2".to_owned()),
        safety_officer: None,
        safety_officer_email: None,
    }
}

fn password_protected() -> Finding {
    let message = "We could not open this file: it is protected by a password. Remove the password and send it again.";
    Finding::new(FindingCode::PasswordProtected, message)
}
