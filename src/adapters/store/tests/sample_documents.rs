//! What the sample's submission holds: one document of each kind.

use super::*;
use crate::domain::case::{FormThread, SubmissionKind};
use crate::domain::difference::{Changed, Difference, Gist, Point};
use crate::domain::fact::{Item, Received};
use crate::domain::reading::{
    Answer, ApprovalForm, Certificate, Document, DocumentKind, EmbeddedCertificate, Finding, FindingCode,
    RequirementAnswer, RequirementCounts, Scal, Supplier, TabAnswers, TestCounts, TestOutcome, TestResult, WitnessPack,
};

pub(super) fn supplier() -> Supplier {
    Supplier {
        organisation: Some("Northgate Health Ltd".to_owned()),
        ods_code: Some("YGM12".to_owned()),
        product: Some("Referral Hub".to_owned()),
        version: Some("2.1".to_owned()),
        safety_officer: Some("Dr Ada Boateng".to_owned()),
        safety_officer_email: Some("ada@supplier.example".to_owned()),
    }
}

fn finding() -> Finding {
    Finding {
        sheet: Some("Requirements".to_owned()),
        cell: Some("D14".to_owned()),
        requirement: Some("ERS-014".to_owned()),
        ..Finding::new(FindingCode::RequirementUnanswered, "Please answer Yes or No.")
    }
}

pub(super) fn documents() -> Vec<Document> {
    let scal = Scal {
        template_version: Some("2.3".to_owned()),
        template_known: true,
        supplier: supplier(),
        services: vec!["e-RS".to_owned()],
        in_scope_tabs: vec!["Requirements".to_owned()],
        for_this_service: true,
        requirements: Some(RequirementCounts { yes: 40, no: 1, out_of_scope: 2, unanswered: 1 }),
        answers: vec![TabAnswers {
            sheet: "Requirements".to_owned(),
            answers: vec![RequirementAnswer { requirement: "ERS-014".to_owned(), answer: Answer::Unanswered }],
        }],
        certificate: Some(EmbeddedCertificate {
            sheet: "Declaration".to_owned(),
            cell: "C9".to_owned(),
            name: Some("TCC.pdf".to_owned()),
            sha256: raw(12),
            certificate: Some(Certificate { reference: Some("TCC-1".to_owned()), ..Certificate::default() }),
        }),
    };
    let pack = WitnessPack {
        supplier: Some("Northgate Health Ltd".to_owned()),
        product: Some("Referral Hub".to_owned()),
        tests: Some(TestCounts { total: 12, passed: 11, failed: 1, ..TestCounts::default() }),
        results: vec![TestResult { test: "A004-T01".to_owned(), outcome: TestOutcome::Failed }],
    };
    let form = ApprovalForm {
        organisation: Some("Anytown NHS Trust".to_owned()),
        signed_by: Some("Joan Okafor".to_owned()),
        signed_on: Some("20 November 2026".to_owned()),
        ..ApprovalForm::default()
    };
    let document = |name: &str, kind| Document {
        name: name.to_owned(),
        bytes: 700_000,
        sha256: raw(11),
        readable: true,
        problem: None,
        kind,
        findings: vec![finding()],
    };
    vec![
        document("SCAL Referral Hub.xlsx", DocumentKind::Scal(Box::new(scal))),
        document("pack.xlsx", DocumentKind::WitnessPack(pack)),
        document("form.docx", DocumentKind::ApprovalForm(form)),
        document("TCC.pdf", DocumentKind::Certificate(None)),
        document(
            "TCC.docx",
            DocumentKind::Certificate(Some(Box::new(Certificate {
                product: Some("Referral Hub".to_owned()),
                ..Certificate::default()
            }))),
        ),
        Document {
            readable: false,
            problem: Some(FindingCode::PasswordProtected),
            ..document("notes.zip", DocumentKind::Other)
        },
    ]
}

/// Of all of them as if they were one, so that nothing of it is empty.
pub(super) fn gist(at: i64) -> Gist {
    let gists = documents().into_iter().map(|document| Gist::of(&document, moment(at)));
    let join = |mut all: Gist, gist| {
        all.join(gist);
        all
    };
    gists.reduce(join).expect("documents")
}

fn difference() -> Difference {
    let changed =
        |row: &str, before, now| Changed { sheet: Some("Requirements".to_owned()), row: row.to_owned(), before, now };
    let (before, now) = (TestOutcome::Failed, TestOutcome::Passed);
    Difference {
        fixed: vec![Point::of(&finding())],
        new: vec![Point::of(&finding())],
        missing: vec![finding()],
        answers: vec![changed("ERS-014", Answer::Unanswered, Answer::Yes)],
        results: vec![Changed { sheet: None, row: "A004-T01".to_owned(), before, now }],
        ..gist(9).compare(&gist(10), 2)
    }
}

pub(super) fn received() -> Received {
    Received {
        message_id: Some(message_id("10@supplier.example")),
        subject: "SCAL for Referral Hub".to_owned(),
        received_at: moment(10),
        items: vec![Item {
            name: "SCAL Referral Hub.xlsx".to_owned(),
            recognised: Some(SubmissionKind::Scal),
            repeated: false,
            readable: true,
            checked: true,
            findings: vec![finding()],
            of_case: vec![Finding::new(FindingCode::CertificateMissing, "The certificate is missing.")],
            difference: Some(Box::new(difference())),
        }],
        findings: vec![Finding::new(FindingCode::LinkOnly, "Please attach the file itself.")],
    }
}

pub(super) fn form_from(lane: crate::domain::lane::LaneName) -> Fact {
    let thread = FormThread { subject: "Our form".to_owned(), message_id: Some(message_id("form")) };
    Fact::FormFrom { lane, sender: address("priya@supplier.example"), thread: Some(thread) }
}
