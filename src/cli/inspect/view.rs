//! The JSON of `inspect --json` (DESIGN.md, "The command line"): a stable shape, apart from what the journal records.

use serde::Serialize;

use crate::domain::ids::{Address, BlobDigest, MessageId};
use crate::domain::reading::{
    Authenticated, Automatic, Document, DocumentKind, EmbeddedCertificate, Finding, FindingCode, MessageFacts,
    RequirementCounts, Severity, Supplier, TestCounts,
};

#[derive(Debug, Serialize)]
pub(super) struct FileView<'a> {
    pub(super) file: &'a str,
    pub(super) kind: &'static str,
    pub(super) readable: bool,
    pub(super) problem: Option<FindingCode>,
    pub(super) findings: &'a [Finding],
    #[serde(flatten)]
    pub(super) fields: Fields<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Fields<'a> {
    Scal {
        template_version: Option<&'a str>,
        supplier: &'a Supplier,
        services: &'a [String],
        in_scope_tabs: &'a [String],
        requirements: Option<RequirementCounts>,
        certificate: Option<CertificateView<'a>>,
        /// A profile knows its template, and it is for this service: only then may gaps be said to be absent.
        #[serde(skip)]
        checked: bool,
    },
    WitnessPack {
        supplier: Option<&'a str>,
        product: Option<&'a str>,
        tests: Option<TestCounts>,
    },
    ApprovalForm {
        organisation: Option<&'a str>,
        ods_code: Option<&'a str>,
        product: Option<&'a str>,
        senior_responsible_person: Option<&'a str>,
        signed_by: Option<&'a str>,
        signed_on: Option<&'a str>,
    },
    Message(MessageView<'a>),
    Nothing {},
}

#[derive(Debug, Serialize)]
pub(super) struct CertificateView<'a> {
    pub(super) sheet: &'a str,
    pub(super) cell: &'a str,
    name: Option<&'a str>,
    sha256: &'a BlobDigest,
}

impl<'a> CertificateView<'a> {
    fn of(embedded: &'a EmbeddedCertificate) -> Self {
        let EmbeddedCertificate { sheet, cell, name, sha256, certificate: _ } = embedded;
        Self { sheet, cell, name: name.as_deref(), sha256 }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct MessageView<'a> {
    pub(super) from: Option<&'a Address>,
    pub(super) subject: &'a str,
    pub(super) message_id: Option<&'a MessageId>,
    pub(super) automatic: Option<Automatic>,
    pub(super) answer: bool,
    pub(super) why_not: Option<&'a str>,
    pub(super) authenticated: Authenticated,
    pub(super) references: &'a [MessageId],
    pub(super) documents: Vec<FileView<'a>>,
    pub(super) submission: Option<&'static str>,
}

impl<'a> FileView<'a> {
    pub(super) fn of_message(file: &'a str, facts: &'a MessageFacts) -> Self {
        let fields = Fields::Message(MessageView {
            from: facts.from.as_ref().map(|from| &from.address),
            subject: &facts.subject,
            message_id: facts.message_id.as_ref(),
            automatic: facts.automatic,
            answer: facts.no_answer.is_none(),
            why_not: facts.no_answer.as_deref(),
            authenticated: facts.authenticated,
            references: &facts.references,
            documents: facts.documents.iter().map(|document| Self::of_document(&document.name, document)).collect(),
            submission: submission(&facts.documents),
        });
        Self { file, kind: "message", readable: true, problem: None, findings: &facts.findings, fields }
    }

    pub(super) fn of_document(file: &'a str, document: &'a Document) -> Self {
        let fields = match &document.kind {
            DocumentKind::Scal(scal) => Fields::Scal {
                template_version: scal.template_version.as_deref(),
                supplier: &scal.supplier,
                services: &scal.services,
                in_scope_tabs: &scal.in_scope_tabs,
                requirements: scal.requirements,
                certificate: scal.certificate.as_ref().map(CertificateView::of),
                checked: scal.template_known && scal.for_this_service,
            },
            DocumentKind::WitnessPack(pack) => Fields::WitnessPack {
                supplier: pack.supplier.as_deref(),
                product: pack.product.as_deref(),
                tests: pack.tests,
            },
            DocumentKind::ApprovalForm(form) => Fields::ApprovalForm {
                organisation: form.organisation.as_deref(),
                ods_code: form.ods_code.as_deref(),
                product: form.product.as_deref(),
                senior_responsible_person: form.senior_responsible_person.as_deref(),
                signed_by: form.signed_by.as_deref(),
                signed_on: form.signed_on.as_deref(),
            },
            DocumentKind::Certificate(_) | DocumentKind::Other => Fields::Nothing {},
        };
        Self {
            file,
            kind: document.kind.name(),
            readable: document.readable,
            problem: document.problem,
            findings: &document.findings,
            fields,
        }
    }

    pub(super) fn has_something_to_fix(&self) -> bool {
        self.count(Severity::Fix) > 0
    }

    /// Findings of this severity, those of the documents in a message among them.
    pub(super) fn count(&self, severity: Severity) -> usize {
        let own = self.findings.iter().filter(|finding| finding.severity == severity).count();
        own + self.documents().iter().map(|document| document.count(severity)).sum::<usize>()
    }

    /// Who sent it and for which product, as the file says, or the first document in a message that does.
    pub(super) fn partner(&self) -> (Option<&str>, Option<&str>) {
        match &self.fields {
            Fields::Scal { supplier, .. } => (supplier.organisation.as_deref(), supplier.product.as_deref()),
            Fields::WitnessPack { supplier, product, .. } => (*supplier, *product),
            Fields::ApprovalForm { organisation, product, .. } => (*organisation, *product),
            Fields::Message(message) => {
                let known = message.documents.iter().map(Self::partner).find(|named| *named != (None, None));
                known.unwrap_or_default()
            }
            Fields::Nothing {} => (None, None),
        }
    }

    /// Why it, or a document in it, could not be read.
    pub(super) fn first_problem(&self) -> Option<String> {
        let word = |code: FindingCode| serde_json::to_value(code).ok()?.as_str().map(str::to_owned);
        self.problem.and_then(word).or_else(|| self.documents().iter().find_map(Self::first_problem))
    }

    fn documents(&self) -> &[Self] {
        match &self.fields {
            Fields::Message(message) => message.documents.as_slice(),
            Fields::Scal { .. } | Fields::WitnessPack { .. } | Fields::ApprovalForm { .. } | Fields::Nothing {} => &[],
        }
    }
}

/// What a message submits: one document for review, or several.
fn submission(documents: &[Document]) -> Option<&'static str> {
    let mut kinds = documents.iter().filter_map(|document| match &document.kind {
        DocumentKind::Scal(scal) if scal.certificate.is_some() => Some("scal-with-certificate"),
        DocumentKind::Scal(_) => Some("scal"),
        DocumentKind::WitnessPack(_) => Some("witness-pack"),
        DocumentKind::ApprovalForm(_) => Some("approval-form"),
        DocumentKind::Certificate(_) | DocumentKind::Other => None,
    });
    match (kinds.next(), kinds.next()) {
        (first, None) => first,
        (_, Some(_)) => Some("several"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::ids::IdentityDigest;
    use crate::domain::reading::{ApprovalForm, ReturnPath, Says, Scal, WitnessPack};

    fn document(kind: DocumentKind) -> Document {
        let (name, sha256) = ("a.xlsx".to_owned(), BlobDigest::from_hex(""));
        Document { name, bytes: 1, sha256, readable: true, problem: None, kind, findings: Vec::new() }
    }

    fn scal(with_certificate: bool) -> Document {
        let certificate = EmbeddedCertificate {
            sheet: "TCC".to_owned(),
            cell: "B2".to_owned(),
            name: None,
            sha256: BlobDigest::from_hex("ab"),
            certificate: None,
        };
        let certificate = Some(certificate).filter(|_| with_certificate);
        document(DocumentKind::Scal(Box::new(Scal { certificate, ..Scal::default() })))
    }

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn each_kind_has_its_fields_with_null_for_what_is_missing() {
        let common = ["file", "findings", "kind", "problem", "readable"];
        let supplier = ["ods_code", "organisation", "product", "safety_officer", "safety_officer_email", "version"];
        let scal_keys = ["template_version", "supplier", "services", "in_scope_tabs", "requirements", "certificate"];
        let form = ["organisation", "ods_code", "product", "senior_responsible_person", "signed_by", "signed_on"];
        for (document, kind, fields) in [
            (scal(false), "scal", &scal_keys[..]),
            (
                document(DocumentKind::WitnessPack(WitnessPack::default())),
                "witness-pack",
                &["supplier", "product", "tests"],
            ),
            (document(DocumentKind::ApprovalForm(ApprovalForm::default())), "approval-form", &form),
            (document(DocumentKind::Certificate(None)), "certificate", &[]),
            (document(DocumentKind::Other), "other", &[]),
        ] {
            let value = json!(FileView::of_document("a.xlsx", &document));
            let mut expected = [&common[..], fields].concat();
            expected.sort_unstable();
            assert_eq!(keys(&value), expected);
            assert_eq!(value["kind"], kind);
            if kind == "scal" {
                assert_eq!(keys(&value["supplier"]), supplier);
                assert_eq!(value["requirements"], Value::Null);
            }
        }
    }

    #[test]
    fn a_message_holds_its_documents_and_what_it_submits() {
        let mut damaged = document(DocumentKind::Other);
        damaged.findings.push(Finding::new(FindingCode::Damaged, "It is damaged."));
        let facts = MessageFacts {
            identity: IdentityDigest::from_hex(""),
            message_id: MessageId::new("<1@b.example>"),
            references: vec![],
            from: None,
            return_path: ReturnPath::Null,
            to: vec![],
            cc: vec![],
            subject: "Our SCAL".to_owned(),
            automatic: Some(Automatic::OutOfOffice),
            no_answer: Some("A2: null reverse-path".to_owned()),
            bounce: None,
            scheduling: None,
            authenticated: Authenticated::None,
            says: Says::default(),
            not_routine: Vec::new(),
            not_routine_reply_subject: Vec::new(),
            agreement: None,
            commands: vec![],
            documents: vec![scal(false), damaged],
            findings: vec![],
        };
        let view = FileView::of_message("m.eml", &facts);
        assert!(view.has_something_to_fix());
        let value = json!(view);
        let expected = json!({
            "file": "m.eml", "kind": "message", "readable": true, "problem": null, "findings": [], "from": null,
            "subject": "Our SCAL", "message_id": "1@b.example", "automatic": "out-of-office", "answer": false,
            "why_not": "A2: null reverse-path", "authenticated": "none", "references": [],
            "documents": value["documents"], "submission": "scal",
        });
        assert_eq!(value, expected);
        assert_eq!(value["documents"][1]["findings"][0]["code"], "damaged");
    }

    #[test]
    fn a_submission_is_named_by_its_only_document() {
        let pack = || document(DocumentKind::WitnessPack(WitnessPack::default()));
        assert_eq!(submission(&[]), None);
        assert_eq!(submission(&[document(DocumentKind::Certificate(None))]), None);
        assert_eq!(submission(&[scal(true), document(DocumentKind::Other)]), Some("scal-with-certificate"));
        assert_eq!(submission(&[pack()]), Some("witness-pack"));
        assert_eq!(submission(&[scal(false), pack()]), Some("several"));
    }
}
