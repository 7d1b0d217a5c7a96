//! Sample letters about what arrived: files, what the check found in them, and what changed since the last ones.

use super::{RECEIVED_AT, Sample, password_protected};
use crate::domain::calendar::Due;
use crate::domain::case::SubmissionKind;
use crate::domain::difference::{Changed, Difference, Point};
use crate::domain::effect::{Acknowledgement, Content, WhatNext};
use crate::domain::fact::{Item, Received};
use crate::domain::ids::MessageId;
use crate::domain::reading::{Answer, Finding, FindingCode, TestOutcome};

pub(super) fn acknowledgements(due: &Due) -> Vec<Sample> {
    let plain = Acknowledgement {
        received: vec![received(vec![scal(Vec::new())])],
        what_next: WhatNext::ScalReview,
        respond_by: Some(due.clone()),
        joined_running_clock: false,
        checked: true,
    };
    let with_findings = Acknowledgement {
        received: vec![received(vec![scal(scal_findings()), file("architecture.pdf", None)])],
        ..plain.clone()
    };
    let joined = Acknowledgement { joined_running_clock: true, checked: false, ..plain.clone() };
    let provisional = Acknowledgement { respond_by: Some(Due { provisional: true, ..due.clone() }), ..plain.clone() };
    let pack = file("Witness test pack.xlsx", Some(SubmissionKind::WitnessPack));
    let unopened = Item { readable: false, findings: vec![password_protected()], ..file("evidence.zip", None) };
    let several = Acknowledgement {
        received: vec![
            received(vec![scal(scal_findings()), pack.clone()]),
            received(vec![unopened]),
            received(Vec::new()),
        ],
        ..plain.clone()
    };
    let for_pack = Acknowledgement {
        received: vec![received(vec![pack.clone()])],
        what_next: WhatNext::WitnessPackReview,
        respond_by: None,
        checked: false,
        ..plain.clone()
    };
    let many = Acknowledgement { received: vec![received(vec![scal(many_findings()), pack_again()])], ..plain.clone() };
    let later = Acknowledgement { what_next: WhatNext::FiledForLater, ..for_pack.clone() };
    let again = Acknowledgement {
        received: vec![received(vec![Item { repeated: true, ..scal(Vec::new()) }])],
        what_next: WhatNext::NothingNew,
        checked: false,
        ..plain.clone()
    };
    let question = Acknowledgement {
        received: vec![received(Vec::new())],
        what_next: WhatNext::PersonReads,
        respond_by: None,
        checked: false,
        ..plain.clone()
    };
    [
        ("acknowledgement", plain),
        ("acknowledgement-findings", with_findings),
        ("acknowledgement-many", many),
        ("acknowledgement-joined", joined),
        ("acknowledgement-provisional", provisional),
        ("acknowledgement-several", several),
        ("acknowledgement-pack", for_pack),
        ("acknowledgement-later", later),
        ("acknowledgement-again", again),
        ("acknowledgement-question-bare", question),
    ]
    .map(|(name, content)| (name, Content::Acknowledgement(content)))
    .to_vec()
}

pub(super) fn received(items: Vec<Item>) -> Received {
    Received {
        message_id: MessageId::new("first@carevista.example"),
        subject: "Care Vista Link SCAL".to_owned(),
        received_at: RECEIVED_AT,
        items,
        findings: Vec::new(),
    }
}

pub(super) fn file(name: &str, recognised: Option<SubmissionKind>) -> Item {
    Item {
        name: name.to_owned(),
        recognised,
        repeated: false,
        readable: true,
        checked: false,
        findings: Vec::new(),
        of_case: Vec::new(),
        difference: None,
    }
}

pub(super) fn scal(findings: Vec<Finding>) -> Item {
    Item { checked: true, findings, ..file("SCAL-Care-Vista-Link.xlsx", Some(SubmissionKind::Scal)) }
}

pub(super) fn scal_findings() -> Vec<Finding> {
    let at = |code, sheet: &str, cell: &str, message: &str| Finding {
        sheet: Some(sheet.to_owned()),
        cell: Some(cell.to_owned()),
        ..Finding::new(code, message)
    };
    let unanswered = "GR-002 has no answer. Choose Yes, No or Out of scope.";
    let mitigation = "A005-01 is answered No without a mitigation. Say what you do instead.";
    vec![
        at(FindingCode::RequirementUnanswered, "e-RS Overarching Reqs", "E14", unanswered),
        at(FindingCode::RequirementNoWithoutMitigation, "e-RS Referrer", "E31", mitigation),
        at(FindingCode::SupplierFieldMissing, "Supplier", "C9", "The clinical safety officer's name is missing."),
        Finding::new(FindingCode::TemplateOutdated, "A newer SCAL template exists. Use it for your next version."),
    ]
}

/// As a SCAL that somebody has only begun.
pub(super) fn many_findings() -> Vec<Finding> {
    let unanswered = |number: usize| Finding {
        sheet: Some("e-RS Referrer".to_owned()),
        cell: Some(format!("E{}", number + 12)),
        requirement: Some(format!("A005-{number:02}")),
        ..Finding::new(
            FindingCode::RequirementUnanswered,
            format!("A005-{number:02} has no answer. Choose Yes, No or Out of scope."),
        )
    };
    scal_findings().into_iter().chain((2..40).map(unanswered)).collect()
}

/// A witness test pack that came for the third time.
pub(super) fn pack_again() -> Item {
    let not_run = |number: usize| Finding {
        sheet: Some("Tests".to_owned()),
        cell: Some(format!("F{}", number + 4)),
        test: Some(format!("A004-T{number:02}")),
        ..Finding::new(
            FindingCode::TestNotRun,
            format!("A004-T{number:02} has no result. Run it and fill in its result."),
        )
    };
    let findings: Vec<Finding> = (1..=45).map(not_run).collect();
    let test = |name: &str, before, now| Changed { sheet: None, row: name.to_owned(), before, now };
    let answer = Changed {
        sheet: Some("e-RS Referrer".to_owned()),
        row: "A005-01".to_owned(),
        before: Answer::No,
        now: Answer::Yes,
    };
    let fixed = ["A001-T01", "A001-T02"].map(|row| Point {
        code: FindingCode::TestNotRun,
        sheet: Some("Tests".to_owned()),
        row: Some(row.to_owned()),
    });
    let difference = Difference {
        added: 0,
        since: RECEIVED_AT - jiff::SignedDuration::from_hours(21 * 24),
        versions: 3,
        fixed: fixed.to_vec(),
        new: findings.iter().take(3).map(Point::of).collect(),
        still_open: 42,
        missing: Vec::new(),
        answers: vec![answer],
        results: vec![
            test("A001-T01", TestOutcome::NotRun, TestOutcome::Passed),
            test("A002-T04", TestOutcome::Failed, TestOutcome::Passed),
        ],
    };
    Item {
        checked: true,
        findings,
        difference: Some(Box::new(difference)),
        ..file("Witness test pack.xlsx", Some(SubmissionKind::WitnessPack))
    }
}
