//! The table of PROCESS.md, "The one idea", cell by cell: each phase, each event that can reach a case, and the phase
//! after it. `written` has it: a column is a phase, a row an event on the Tuesday after the case came to that phase on a
//! Monday. The session of `Ses` has begun by then; the lanes of LSOB are looked at beside a certificate that came back.
//!
//! In a cell stands the phase that the lane comes to; after a `+` that of another lane which opens or moves with it; `·`
//! where all lanes stay; `no` where the command is refused; `-` where the notice never comes. `end`: the case or the
//! lane is over.

mod written;

use std::collections::{BTreeMap, BTreeSet};

use self::written::{AGREEMENT_LANE, ASSURANCE_LANE, FORM_LANE};
use super::journey::form;
use super::messages::{ASSURANCE, to};
use super::world::{PARTNER, Step, World, at, calendar};
use super::{asks, command, mail, replies};
use crate::domain::case::Case;
use crate::domain::clocks::Rule;
use crate::domain::command::{Command, LIST, Order};
use crate::domain::fact::Fact;
use crate::domain::ids::{BlobDigest, MessageId};
use crate::domain::lane::{LaneName, Phase};
use crate::domain::reading::{
    ApprovalForm, Automatic, Bounce, BounceAction, Certificate, DocumentKind, EmbeddedCertificate, FindingCode, Matter,
    Method, Participation, Scal,
};

const AGREEMENT: [Phase; 3] = [Phase::AgreementDue, Phase::AcceptanceDue, Phase::Accepted];
const FORM: [Phase; 3] = [Phase::FormDue, Phase::FormReview, Phase::FormApproved];

/// The acknowledgement of what opened the case.
const FIRST_LETTER: &str = "letter-0@ers.example";

/// Every rule of a clock.
const RULES: [Rule; 9] = [
    Rule::Warn,
    Rule::Breach,
    Rule::Escalate,
    Rule::OutcomeOverdue,
    Rule::Nudge,
    Rule::NudgeAgain,
    Rule::TellStaff,
    Rule::SessionEve,
    Rule::SessionOver,
];

/// A column. A new phase needs one here, and in the table of its lane.
fn code(phase: Phase) -> &'static str {
    match phase {
        Phase::Enquiry => "Enq",
        Phase::ScalReview => "ScR",
        Phase::ScalChanges => "ScC",
        Phase::WitnessPackToSend => "PkS",
        Phase::WitnessPackDue => "PkD",
        Phase::WitnessPackReview => "PkR",
        Phase::WitnessPackChanges => "PkC",
        Phase::SessionBooked => "Ses",
        Phase::OutcomeDue => "Out",
        Phase::RemedialAction => "Rem",
        Phase::ScalUpdateDue => "UpD",
        Phase::ScalUpdateReview => "UpR",
        Phase::TccDue => "Tcc",
        Phase::TccReturnDue => "RtD",
        Phase::TccReturnReview => "RtR",
        Phase::Assured => "Ass",
        Phase::AgreementDue => "AgD",
        Phase::AcceptanceDue => "AcD",
        Phase::Accepted => "Acc",
        Phase::FormDue => "FoD",
        Phase::FormReview => "FoR",
        Phase::FormApproved => "FoA",
    }
}

/// A row. A new rule needs one here and in `RULES`.
fn notice(rule: Rule) -> &'static str {
    match rule {
        Rule::Warn => "notice: warning",
        Rule::Breach => "notice: breach",
        Rule::Escalate => "notice: escalation",
        Rule::OutcomeOverdue => "notice: outcome overdue",
        Rule::Nudge => "notice: reminder",
        Rule::NudgeAgain => "notice: second reminder",
        Rule::TellStaff => "notice: silence",
        Rule::SessionEve => "notice: day before session",
        Rule::SessionOver => "notice: session over",
    }
}

/// A row, without what follows the verb. A new command needs one here, and rows of its own in the tables.
fn verb(command: &Command) -> &'static str {
    match command {
        Command::Accept => "!accept",
        Command::Changes { .. } => "!changes",
        Command::Hold { .. } => "!hold",
        Command::Resume => "!resume",
        Command::Restart => "!restart",
        Command::Session { .. } | Command::Offer { .. } => "!session",
        Command::Cancel { .. } => "!cancel",
        Command::Passed { .. } => "!passed",
        Command::Remedial { .. } => "!remedial",
        Command::ScalUpdate => "!scal-update",
        Command::Tcc => "!tcc",
        Command::Agreement { .. } => "!agreement",
        Command::Accepted => "!accepted",
        Command::Approve { .. } => "!approve",
        Command::Until { .. } => "!until",
        Command::Told { .. } => "!told",
        Command::Mode { .. } => "!mode",
        Command::Note { .. } => "!note",
        Command::Withdraw { .. } => "!withdraw",
        Command::Close { .. } => "!close",
        Command::Received { .. } => "!received",
        Command::Reopen => "!reopen",
        Command::Contact { .. } => "!contact",
        Command::Merge { .. } => "!merge",
        Command::Split { .. } => "!split",
        Command::Move { .. } => "!move",
        Command::Assign { .. } => "!assign",
        Command::Away { .. } => "!away",
        Command::Back { .. } => "!back",
        Command::Help => "!help",
        Command::Undo => "!undo",
        Command::Stop => "!stop",
        Command::Start => "!start",
    }
}

fn lane_of(phase: Phase) -> LaneName {
    if ASSURANCE.contains(&phase) {
        LaneName::Assurance
    } else if AGREEMENT.contains(&phase) {
        LaneName::Agreement
    } else if phase == Phase::FormDue {
        LaneName::first_form()
    } else {
        LaneName::Form("RXQ".to_owned())
    }
}

/// A case in the phase.
fn standing(phase: Phase) -> World {
    let mut world = World::promising();
    world.policy.days.outcome = Some(5);
    let base = if ASSURANCE.contains(&phase) { phase } else { Phase::Assured };
    let further = match code(phase) {
        "AcD" => vec![command("mon 18:00", "!agreement")],
        "Acc" => vec![command("mon 18:00", "!accepted")],
        "FoD" => vec![command("mon 18:00", "!mode application-restricted")],
        "FoR" => vec![form("mon 18:00", "RXQ").arrives()],
        "FoA" => vec![form("mon 18:00", "RXQ").arrives(), command("mon 19:00", "!approve")],
        _ => Vec::new(),
    };
    to(base).iter().chain(&further).for_each(|step| drop(world.play(step)));
    assert_eq!(world.case(1).lane(&lane_of(phase)).map(|lane| lane.phase), Some(phase));
    world
}

fn step(event: &str, world: &World) -> Step {
    const AT: &str = "tue 10:00";
    // Part of the thread, so that it joins the case whatever the case is called.
    let mail = || mail(AT).answers(FIRST_LETTER);
    let by_team = || mail().by_team();
    let scal = |scal: Scal| mail().document(DocumentKind::Scal(Box::new(scal)), "scal-9").arrives();
    let ours = || Scal { template_known: true, for_this_service: true, ..Scal::default() };
    let tcc = || DocumentKind::Certificate(Some(Box::new(Certificate::default())));
    let calendar = |answer| {
        let uid = world.case(1).session.as_ref().map_or("none", |session| session.uid.as_str());
        mail().calendar(Method::Reply, uid, &[(PARTNER, Some(answer))]).arrives()
    };
    match event {
        "SCAL, new" => scal(ours()),
        "SCAL, sent before" => mail().scal("scal-1").arrives(),
        "SCAL with the certificate" => {
            let certificate = EmbeddedCertificate {
                sheet: "e-RS".to_owned(),
                cell: "D5".to_owned(),
                name: None,
                sha256: BlobDigest::from_hex("tcc"),
                certificate: Some(Certificate::default()),
            };
            scal(Scal { certificate: Some(certificate), ..ours() })
        }
        "SCAL for another team" => scal(Scal { template_known: true, ..Scal::default() }),
        "SCAL and pack" => mail().scal("scal-9").pack("pack-9").arrives(),
        "pack" => mail().pack("pack-9").arrives(),
        "pack, a part" => mail().pack("pack-9a").pack("pack-9b").arrives(),
        "form RXQ" => form(AT, "RXQ").answers(FIRST_LETTER).arrives(),
        "form RYR" => form(AT, "RYR").answers(FIRST_LETTER).arrives(),
        "form without ODS code" => {
            mail().document(DocumentKind::ApprovalForm(ApprovalForm::default()), "form").arrives()
        }
        "certificate alone" => mail().document(tcc(), "tcc").arrives(),
        "another file" => mail().document(DocumentKind::Other, "screenshots").arrives(),
        "file that cannot be read" => mail().unreadable(FindingCode::PasswordProtected).arrives(),
        "question" => asks(AT),
        "message" => mail().arrives(),
        "thank-you" => mail().thanks().arrives(),
        "out of office" => mail().with(|facts| facts.automatic = Some(Automatic::OutOfOffice)).arrives(),
        "bounce" => {
            let original = MessageId::new(FIRST_LETTER);
            let bounce = Bounce { original, recipient: None, status: None, action: BounceAction::Failed };
            mail().with(|facts| (facts.automatic, facts.bounce) = (Some(Automatic::Bounce), Some(bounce))).arrives()
        }
        "session accepted" => calendar(Participation::Accepted),
        "session declined" => calendar(Participation::Declined),
        "speaks of patient harm" => mail().with(|facts| facts.not_routine = vec![Matter::PatientHarm]).arrives(),
        "reply" => replies(AT),
        "reply of LSOB" => by_team().from("lsob@ers.example").in_sent_of("lsob"),
        "reply with a pack" => by_team().pack("blank-9").sent(),
        "reply with certificate" => by_team().document(tcc(), "tcc").sent(),
        "reply with invitation" => by_team().calendar(Method::Request, "o@outlook.example", &[(PARTNER, None)]).sent(),
        verb => command(AT, verb),
    }
}

/// Lanes by the phase that they are in; none once the case is closed.
fn lanes(case: &Case) -> BTreeMap<LaneName, Phase> {
    let lanes = case.lanes.iter().filter(|_| case.is_open());
    lanes.map(|(name, lane)| (name.clone(), lane.phase)).collect()
}

/// What became of a case, seen from one of its lanes.
fn cell(lane: &LaneName, before: &BTreeMap<LaneName, Phase>, after: &BTreeMap<LaneName, Phase>) -> String {
    let come_to = |name: &LaneName| after.get(name).map(|phase| code(*phase)).unwrap_or("end");
    let moved = |name: &&LaneName| before.get(*name) != after.get(*name);
    let own = before.keys().filter(|name| *name == lane).filter(moved).map(|name| come_to(name).to_owned());
    let others = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let others = others.filter(|name| *name != lane && !after.is_empty()).filter(moved);
    let cell: String = own.chain(others.map(|name| format!("+{}", come_to(name)))).collect();
    if cell.is_empty() { "·".to_owned() } else { cell }
}

fn after(phase: Phase, event: &str) -> String {
    let mut world = standing(phase);
    let before = lanes(world.case(1));
    let line = world.play(&step(event, &world));
    if line.starts_with("refused: ") { "no".to_owned() } else { cell(&lane_of(phase), &before, &lanes(world.case(1))) }
}

/// The notices that the clock of the lane gives while nothing happens: with the team's answer outstanding, after it, and
/// with a session that is far away.
fn notices(phase: Phase) -> BTreeMap<&'static str, String> {
    let lsob = mail("tue 09:30").by_team().from("lsob@ers.example").in_sent_of("lsob");
    let later = command("mon 20:00", "!session 30 June 2027 10am");
    let mut given = BTreeMap::new();
    for first in [vec![], vec![replies("tue 09:00"), lsob], vec![later]] {
        let mut world = standing(phase);
        first.iter().for_each(|step| drop(world.play(step)));
        for _ in 0..12 {
            let before = lanes(world.case(1));
            let in_phase = before.get(&lane_of(phase)) == Some(&phase);
            let Some(wakes) = world.case(1).wakes_at().filter(|_| in_phase) else { break };
            world.play(&Step::Tick(wakes));
            for (_, fact) in &world.last.facts {
                if let Fact::NoticeGiven { lane, notice: rung, .. } = fact
                    && *lane == lane_of(phase)
                {
                    given.insert(notice(rung.rule), cell(lane, &before, &lanes(world.case(1))));
                }
            }
        }
    }
    given
}

/// The table as the rules make it, in the form in which it is written above.
fn table(phases: &[Phase], events: &[&str]) -> String {
    let given: Vec<_> = phases.iter().map(|phase| notices(*phase)).collect();
    let cells = |event: &str| -> Vec<String> {
        match (event, event.strip_prefix("notice: ")) {
            ("", _) => phases.iter().map(|phase| code(*phase).to_owned()).collect(),
            (_, None) => phases.iter().map(|phase| after(*phase, event)).collect(),
            (_, Some(_)) => given.iter().map(|given| given.get(event).cloned().unwrap_or("-".to_owned())).collect(),
        }
    };
    let rows: Vec<_> = events.iter().map(|event| (*event, cells(event))).collect();
    let wide = |column: usize| rows.iter().map(|(_, cells)| cells[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..phases.len()).map(wide).collect();
    let line = |(event, cells): &(&str, Vec<String>)| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$}"));
        format!("{event:41}|{}", cells.collect::<String>().trim_end())
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn events(table: &str) -> Vec<&str> {
    table.lines().skip(1).map(|line| line.split('|').next().unwrap_or_default().trim()).collect()
}

fn check_table(phases: &[Phase], expected: &str) {
    let found = table(phases, &events(expected));
    for (line, expected) in found.lines().zip(expected.lines().skip(1)) {
        assert_eq!(line, expected, "in\n{found}");
    }
}

#[test]
fn the_assurance_lane_is_that_of_the_table() {
    check_table(&ASSURANCE, ASSURANCE_LANE);
}

#[test]
fn the_agreement_lane_is_that_of_the_table() {
    check_table(&AGREEMENT, AGREEMENT_LANE);
}

#[test]
fn the_form_lanes_are_those_of_the_table() {
    check_table(&FORM, FORM_LANE);
}

#[test]
fn every_phase_is_a_column_and_every_command_a_row() {
    let columns = [ASSURANCE.as_slice(), &AGREEMENT, &FORM].concat();
    assert_eq!(columns, Phase::ALL);
    assert!(Phase::ALL.into_iter().enumerate().all(|(place, phase)| phase as usize == place), "a phase is not in ALL");
    let events = events(ASSURANCE_LANE);
    assert!([AGREEMENT_LANE, FORM_LANE].iter().all(|table| self::events(table) == events));
    let today = calendar().local_date(at("tue 10:00"));
    let verbs = events.iter().filter(|event| event.starts_with('!'));
    let verbs: BTreeSet<&str> = verbs.map(|row| verb(&Order::parse(row, today).expect("a command").command)).collect();
    let listed: BTreeSet<&str> = LIST.split(", ").filter_map(|usage| usage.split_whitespace().next()).collect();
    assert_eq!(verbs, listed);
    assert!(RULES.map(notice).iter().all(|rule| events.contains(rule)));
}
