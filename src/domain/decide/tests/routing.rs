//! Which case a message joins: the rules in their order, and only where its sender takes part.

use super::mail::Mail;
use super::world::{PARTNER, World};
use super::{command, mail};
use crate::domain::reading::{DocumentKind, WitnessPack};

const LETTER_ON_ONE: &str = "letter-0@ers.example";
const LETTER_ON_TWO: &str = "letter-2@ers.example";
const COLLEAGUE: &str = "colleague@carevista.example";
const STRANGER: &str = "someone@stranger.example";

/// `ERS-00001` is Care Vista Link, from Priya; `ERS-00002` is Beta Board, from another supplier.
fn two_cases() -> World {
    let mut world = World::default();
    world.play(&mail("mon 09:00").scal("scal-1").arrives());
    world.play(&mail("mon 09:30").from("ben@betaboard.example").scal_of("Beta Board", "beta-1").arrives());
    assert_eq!(world.cases.len(), 2);
    world
}

/// What became of it: `joins …`, `opens …` or `staff`; and whether staff were told what it stands beside.
fn placed(world: &mut World, mail: Mail) -> String {
    let letters = world.letters.len();
    world.play(&mail.arrives());
    let to_partner = world.letters[letters..].iter().any(|letter| !letter.letter.kind.is_for_staff());
    let what = world.why.split(';').next().unwrap_or_default();
    if what.starts_with("for staff to place") {
        assert!(!to_partner, "the sender learns nothing");
        return "staff".to_owned();
    }
    let beside = world.flags().iter().find_map(|flag| {
        [
            ("in which its sender takes no part", "quoted"),
            ("from a new sender", "new sender"),
            ("names another supplier", "other product"),
            ("is closed", "closed"),
            ("and in other cases", "several"),
            ("names no product yet", "unnamed"),
        ]
        .into_iter()
        .find_map(|(words, name)| flag.contains(words).then_some(name))
    });
    beside.map_or(what.to_owned(), |beside| format!("{what} ({beside})"))
}

fn table(world: impl Fn() -> World, rows: Vec<(&str, Mail, &str)>) {
    for (what, mail, expected) in rows {
        assert_eq!(placed(&mut world(), mail), expected, "{what}");
    }
}

fn tue() -> Mail {
    mail("tue 10:00")
}

#[test]
fn the_thread_then_the_subject_then_the_product_then_the_only_case() {
    let rows = vec![
        ("thread", tue().answers(LETTER_ON_ONE), "joins ERS-00001"),
        ("thread before subject", tue().answers(LETTER_ON_ONE).subject("[ERS-00002]"), "joins ERS-00001"),
        ("a message we filed", tue().answers("mon-09-00@carevista.example"), "joins ERS-00001"),
        ("a thread nobody knows", tue().answers("x@y.example"), "joins ERS-00001"),
        ("subject", tue().subject("Re: Care Vista Link [ERS-00001]"), "joins ERS-00001"),
        ("our anchor in the thread", tue().answers("case-ers-00001@ers.example").subject("x"), "joins ERS-00001"),
        (
            "the anchor before the subject",
            tue().answers("rewritten@relay.example").answers("case-ers-00001@ers.example").subject("[ERS-00002]"),
            "joins ERS-00001",
        ),
        ("a reference that does not exist", tue().subject("[ERS-00099]"), "joins ERS-00001"),
        ("product", tue().scal("scal-2"), "joins ERS-00001"),
        ("the only open case", tue(), "joins ERS-00001"),
        ("the only open case, with an unnamed pack", tue().pack("pack-1"), "joins ERS-00001"),
        ("a new product", tue().scal_of("Quite Another", "other-1"), "opens ERS-00003"),
        ("a colleague takes part by domain", tue().from(COLLEAGUE), "joins ERS-00001"),
        ("a colleague in the thread", tue().from(COLLEAGUE).answers(LETTER_ON_ONE), "joins ERS-00001"),
        ("nobody knows them", tue().from(STRANGER), "opens ERS-00003"),
    ];
    table(two_cases, rows);
}

#[test]
fn a_sender_who_takes_no_part_joins_nothing() {
    let rows = vec![
        ("a stranger in the thread", tue().from(STRANGER).answers(LETTER_ON_ONE), "staff"),
        ("a stranger quotes a reference", tue().from(STRANGER).subject("[ERS-00001]"), "staff"),
        ("a known partner quotes another's", tue().subject("[ERS-00002]"), "staff"),
        ("a stranger with our anchor", tue().from(STRANGER).answers("case-ers-00001@ers.example"), "staff"),
        (
            "an anchor of another domain",
            tue().from(STRANGER).answers("case-ers-00001@evil.example").subject("x"),
            "opens ERS-00003",
        ),
        ("a known partner in another's thread", tue().answers(LETTER_ON_TWO), "staff"),
        (
            "in another's thread, with their own reference",
            tue().answers(LETTER_ON_TWO).subject("[ERS-00001]"),
            "joins ERS-00001",
        ),
        (
            "quotes another's, and names their own product",
            tue().subject("[ERS-00002]").scal("scal-2"),
            "joins ERS-00001",
        ),
        ("a stranger's SCAL of the same product", tue().from(STRANGER).scal("scal-2"), "opens ERS-00003 (new sender)"),
        (
            "the same, quoting a reference",
            tue().from(STRANGER).subject("[ERS-00001]").scal("scal-2"),
            "opens ERS-00003 (new sender)",
        ),
        (
            "a stranger's SCAL of a new product, quoting",
            tue().from(STRANGER).subject("[ERS-00001]").scal_of("New", "n"),
            "opens ERS-00003 (quoted)",
        ),
        (
            "a stranger's pack of the same product",
            tue().from(STRANGER).document(pack_of("Care Vista Link"), "pack-1"),
            "staff",
        ),
        ("a stranger's unnamed pack", tue().from(STRANGER).pack("pack-1"), "opens ERS-00003"),
    ];
    table(two_cases, rows);
}

fn pack_of(product: &str) -> DocumentKind {
    let pack = WitnessPack { product: Some(product.to_owned()), ..Default::default() };
    DocumentKind::WitnessPack(pack)
}

#[test]
fn a_document_that_names_another_product_wins_over_the_thread() {
    let rows = vec![
        (
            "a SCAL of a new product",
            tue().answers(LETTER_ON_ONE).scal_of("Quite Another", "other-1"),
            "opens ERS-00003 (other product)",
        ),
        (
            "a SCAL of another's product",
            tue().answers(LETTER_ON_ONE).scal_of("Beta Board", "beta-2"),
            "opens ERS-00003 (other product)",
        ),
        ("a pack of another product", tue().answers(LETTER_ON_ONE).document(pack_of("Beta Board"), "pack-1"), "staff"),
        (
            "a pack of this product",
            tue().answers(LETTER_ON_ONE).document(pack_of("care vista link"), "pack-1"),
            "joins ERS-00001",
        ),
    ];
    table(two_cases, rows);
    let both = || {
        let mut world = two_cases();
        world.play(&mail("mon 11:00").scal_of("Quite Another", "other-1").arrives());
        world
    };
    let rows = vec![
        ("their other product", tue().answers(LETTER_ON_ONE).scal_of("Quite Another", "other-2"), "joins ERS-00003"),
        ("two open cases and nothing said", tue(), "opens ERS-00004 (several)"),
        ("a colleague, two open cases", tue().from(COLLEAGUE), "opens ERS-00004 (several)"),
    ];
    table(both, rows);
    let with_enquiry = || {
        let mut world = both();
        world.play(&mail("mon 12:00").arrives());
        world
    };
    let rows = vec![
        ("nothing said again", tue(), "joins ERS-00004"),
        ("an unnamed pack", tue().pack("pack-1"), "opens ERS-00005 (several)"),
    ];
    table(with_enquiry, rows);
}

#[test]
fn on_shared_domains_only_the_person_takes_part() {
    for (first, other) in [("priya@nhs.net", "colleague@nhs.net"), ("priya@trust.nhs.net", "colleague@trust.nhs.net")] {
        let world = || {
            let mut world = World::default();
            world.play(&mail("mon 09:00").from(first).scal("scal-1").arrives());
            world
        };
        let rows = vec![
            ("the person", tue().from(first), "joins ERS-00001"),
            ("somebody of the same domain", tue().from(other), "opens ERS-00002"),
            ("in the thread", tue().from(other).answers(LETTER_ON_ONE), "staff"),
            ("the same product", tue().from(other).scal("scal-2"), "opens ERS-00002 (new sender)"),
        ];
        table(world, rows);
    }
    let world = || {
        let mut world = World::default();
        world.play(&mail("mon 09:00").from("priya@notnhs.net").scal("scal-1").arrives());
        world
    };
    table(world, vec![("its name only ends alike", tue().from("colleague@notnhs.net"), "joins ERS-00001")]);
}

#[test]
fn a_closed_case_is_joined_by_nothing() {
    let closed = || {
        let mut world = two_cases();
        world.play(&command("mon 12:00", "!close duplicate"));
        world
    };
    let rows = vec![
        ("thread", tue().answers(LETTER_ON_ONE), "staff"),
        ("thread, with a SCAL", tue().answers(LETTER_ON_ONE).scal("scal-2"), "opens ERS-00003 (closed)"),
        ("product", tue().scal("scal-2"), "opens ERS-00003"),
        ("the only case", tue(), "opens ERS-00003"),
    ];
    table(closed, rows);
}

#[test]
fn a_scal_beside_an_enquiry_that_names_no_product_is_compared_by_staff() {
    let enquiry = || {
        let mut world = World::default();
        world.play(&mail("mon 09:00").asks().arrives());
        world
    };
    let rows = vec![
        ("in the thread", tue().answers(LETTER_ON_ONE).scal("scal-1"), "joins ERS-00001"),
        ("in a new message", tue().scal("scal-1"), "opens ERS-00002 (unnamed)"),
    ];
    table(enquiry, rows);
}

#[test]
fn a_reply_of_ours_is_about_the_case_of_those_it_addresses() {
    let case = |mail: Mail| {
        let mut world = two_cases();
        world.play(&mail.by_team().sent());
        let about = world.last.facts.first().map(|(case, _)| case.to_string());
        about.unwrap_or_else(|| "none".to_owned())
    };
    let to = |mail: Mail, who: &'static str| mail.with(move |m| m.to = vec![super::mail::person(who)]);
    assert_eq!(case(tue()), "ERS-00001");
    assert_eq!(case(tue().answers(LETTER_ON_ONE)), "ERS-00001");
    assert_eq!(case(tue().answers(LETTER_ON_TWO)), "ERS-00001", "the thread of people who are not addressed");
    for (who, expected) in [(PARTNER, "ERS-00001"), (COLLEAGUE, "ERS-00001"), (STRANGER, "none")] {
        let mut world = two_cases();
        world.play(&to(tue().by_team(), who).sent());
        let about = world.last.facts.first().map(|(case, _)| case.to_string());
        assert_eq!(about.as_deref().unwrap_or("none"), expected, "{who}");
    }
}
