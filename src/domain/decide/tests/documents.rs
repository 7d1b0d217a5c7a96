//! What documents say of themselves: another team's, another product's, an unknown template, copies, closed cases.

use super::mail::person;
use super::world::{PARTNER, World, address};
use super::{check, check_in, command, mail, replies, scal, tick};
use crate::domain::ids::{BlobDigest, IdentityDigest};
use crate::domain::reading::{
    ApprovalForm, Certificate, DocumentKind, EmbeddedCertificate, FindingCode, Scal, Supplier,
};

#[test]
fn a_scal_for_another_team_is_shown_without_date_or_findings() {
    let elsewhere = || {
        let supplier = Supplier { product: Some("Care Vista Link".to_owned()), ..Supplier::default() };
        DocumentKind::Scal(Box::new(Scal { supplier, template_known: true, ..Scal::default() }))
    };
    let world = World::with(|policy| policy.days.enquiry_response = Some(3));
    let world = check_in(
        world,
        &[
            (
                mail("mon 10:00").document(elsewhere(), "scal-1").arrives(),
                "acknowledgement(person-reads), staff-new | enquiry",
            ),
            (replies("tue 10:00"), "- | enquiry"),
        ],
    );
    let told = world.acknowledged();
    assert!(!told.checked && !told.received[0].items[0].checked);
}

#[test]
fn findings_of_an_unknown_template_are_for_staff_only() {
    let unknown = Scal { for_this_service: true, ..Scal::default() };
    let step = mail("mon 10:00").document(DocumentKind::Scal(Box::new(unknown)), "scal-1").arrives();
    let world = check(&[(step, "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov")]);
    let told = world.acknowledged();
    assert!(!told.checked && !told.received[0].items[0].checked);
    assert!(world.flags()[0].contains("assured profile"), "{:?}", world.flags());
}

#[test]
fn a_returned_scal_is_compared_with_the_certificate_that_went_out() {
    let says = |reference: &str| Certificate { reference: Some(reference.to_owned()), ..Certificate::default() };
    let tcc = DocumentKind::Certificate(Some(Box::new(says("TCC-1"))));
    let returned = |at: &str, embedded: Option<&str>| {
        let certificate = embedded.map(|reference| EmbeddedCertificate {
            sheet: "e-RS".to_owned(),
            cell: "D5".to_owned(),
            name: None,
            sha256: BlobDigest::from_hex(reference),
            certificate: Some(says(reference)),
        });
        let scal = Scal { template_known: true, for_this_service: true, certificate, ..Scal::default() };
        mail(at).document(DocumentKind::Scal(Box::new(scal)), at).arrives()
    };
    let mut world = World::with(|_| {});
    world.play(&mail("mon 10:00").scal("scal-1").arrives());
    world.play(&mail("tue 10:00").by_team().document(tcc, "tcc").sent());
    for (at, embedded, expected) in [
        ("wed 10:00", None, Some(FindingCode::CertificateMissing)),
        ("wed 12:00", Some("TCC-2"), Some(FindingCode::CertificateDiffers)),
        ("thu 10:00", Some("TCC-1"), None),
        // It came back once: a later SCAL need not hold it again, but must hold no other.
        ("fri 10:00", None, None),
        ("fri 12:00", Some("TCC-2"), Some(FindingCode::CertificateDiffers)),
    ] {
        world.play(&returned(at, embedded));
        let found: Vec<FindingCode> =
            world.acknowledged().received[0].items[0].of_case.iter().map(|finding| finding.code).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{at}");
        let filed = world.case(1).submissions.last().expect("a submission");
        assert_eq!(filed.to_fix, u32::from(expected.is_some()), "{at}");
        assert_eq!(
            world.flags().iter().any(|flag| flag.contains("that was issued")),
            embedded == Some("TCC-1"),
            "{at}"
        );
    }
}

#[test]
fn the_wording_of_a_message_is_flagged_and_the_date_counts_all_the_same() {
    let step = mail("mon 10:00").scal("scal-1").with(|m| {
        m.says.draft = true;
        m.says.for_information = true;
        m.says.question = true;
    });
    let world =
        check(&[(step.arrives(), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov")]);
    assert_eq!(world.flags().len(), 3);
}

#[test]
fn a_submission_in_the_wrong_mailbox_goes_to_the_right_team() {
    let world = check(&[
        (
            mail("mon 09:00").in_mailbox("lsob").asks().arrives(),
            "acknowledgement(person-reads), staff-new to omar | enquiry, question open",
        ),
        (
            mail("mon 10:00").in_mailbox("lsob").scal("scal-1").answers("letter-0@ers.example").arrives(),
            "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov, question open",
        ),
        (
            mail("tue 10:00").by_team().in_mailbox("lsob").with(|m| m.to = vec![person(PARTNER)]).sent(),
            "- | scal-review, due 30 Nov, question open",
        ),
        (tick("fri 08:30"), "staff-warning(1) | scal-review, due 30 Nov, question open"),
        (replies("fri 10:00"), "- | scal-review, answered 27 Nov"),
    ]);
    let mailboxes: Vec<_> = world.letters.iter().map(|letter| letter.letter.mailbox.as_str()).collect();
    assert_eq!(mailboxes, ["lsob", "lsob", "sa", "sa", "sa"]);
    let world = check(&[(
        mail("mon 10:00").in_mailbox("lsob").scal("scal-1").arrives(),
        "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
    )]);
    assert_eq!(world.case(1).mailbox.as_str(), "sa");
}

#[test]
fn a_submission_in_the_wrong_mailbox_counts_from_its_first_arrival() {
    let scal = || mail("mon 10:00").scal("scal-1");
    check(&[
        (
            scal().in_mailbox("lsob").arrives(),
            "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov",
        ),
        (scal().seen("wed 10:00").arrives(), "- | scal-review, due 30 Nov"),
    ]);
    let form = DocumentKind::ApprovalForm(ApprovalForm::default());
    let world = check(&[(
        mail("mon 10:00").document(form, "form-1").arrives(),
        "acknowledgement(filed-for-later), staff-new to omar | enquiry",
    )]);
    assert!(world.letters.iter().all(|letter| letter.letter.mailbox.as_str() == "lsob"));
}

#[test]
fn copies_are_noted_and_a_reused_id_is_flagged() {
    let world = check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (mail("mon 10:00").scal("scal-1").in_mailbox("lsob").arrives(), "- | scal-review, due 30 Nov"),
        (
            mail("mon 10:00")
                .asks()
                .with(|m| m.identity = IdentityDigest::from_hex("other"))
                .seen("mon 11:00")
                .arrives(),
            "acknowledgement(person-reads), staff-new | scal-review, due 30 Nov, question open",
        ),
    ]);
    assert!(world.flags()[0].contains("Message-ID was used before"), "{:?}", world.flags());
}

#[test]
fn lesson_10_a_message_that_still_lies_in_the_mailbox_brings_no_closed_case_back() {
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (command("tue 10:00", "!close duplicate"), "- | closed"),
        (mail("mon 10:00").scal("scal-1").seen("wed 10:00").arrives(), "- | closed"),
        (mail("mon 10:00").scal("scal-1").in_mailbox("lsob").seen("wed 10:01").arrives(), "- | closed"),
    ]);
}

#[test]
fn a_document_of_another_product_never_joins_silently() {
    let world = check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (
            mail("tue 10:00").scal_of("Quite Another", "other-1").answers("letter-0@ers.example").arrives(),
            "ERS-00002: acknowledgement(scal-review by 1 Dec), staff-new | scal-review, due 1 Dec",
        ),
        (
            mail("wed 10:00").scal("scal-2").scal_of("A Third", "third-1").answers("letter-0@ers.example").arrives(),
            "acknowledgement(scal-review by 30 Nov, joined), staff-new | scal-review, due 30 Nov",
        ),
    ]);
    assert!(world.flags()[0].starts_with("third-1.xlsx names another"), "{:?}", world.flags());
    let case = world.case(1);
    assert_eq!(case.submissions.len(), 2);
    assert_eq!(case.supplier.product.as_deref(), Some("Care Vista Link"));
    assert!(case.participants.contains_key(&address(PARTNER)));
}

#[test]
fn mail_on_a_closed_case_waits_for_staff_but_a_scal_opens_a_new_one() {
    check(&[
        (scal("mon 10:00"), "acknowledgement(scal-review by 30 Nov), staff-new | scal-review, due 30 Nov"),
        (command("tue 10:00", "!close duplicate"), "- | closed"),
        (tick("wed+1 10:00"), "- | closed"),
        (mail("thu+1 10:00").answers("letter-0@ers.example").arrives(), "staff-attention to lee | closed"),
        (
            mail("fri+1 10:00").scal("scal-2").answers("letter-0@ers.example").arrives(),
            "ERS-00002: acknowledgement(scal-review by 11 Dec), staff-new | scal-review, due 11 Dec",
        ),
    ]);
}
