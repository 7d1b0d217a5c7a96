//! What a notice of the agreement portal tells: that the connection agreement went out or was accepted, and whose it is.
//! Only mail from the addresses of `agreement_notices_from` is looked at. The tables of words stand here, in one place.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::reading::{AgreementStep, AgreementTold};
use crate::domain::route;

use super::table::Table;

const NAMES_MAX: usize = 6;
const NAME_CHARS_MAX: usize = 100;

/// `None` where it speaks of no agreement.
pub(super) fn told(new: &str, subject: &str) -> Option<AgreementTold> {
    let text = format!("{subject}\n\n{new}");
    if !AGREEMENT.hits(&text) {
        return None;
    }
    let mut cases = route::subject_refs(&text);
    cases.sort_unstable();
    cases.dedup();
    Some(AgreementTold { step: step(&text), cases, names: names(&text) })
}

/// `None` where it cannot be told surely, as where it speaks of both.
fn step(text: &str) -> Option<AgreementStep> {
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    let sentences: Vec<String> =
        paragraphs.flat_map(|text| text.split(['.', '!', '?', ';']).map(str::to_owned).collect::<Vec<_>>()).collect();
    // "The agreement issued on Monday has been accepted" tells of the acceptance.
    let issued = |s: &String| ISSUED.hits(s) && !NOT_ISSUED.hits(s) && !ACCEPTED.hits(s);
    let accepted = |s: &String| ACCEPTED.hits(s) && !NOT_ACCEPTED.hits(s);
    match (sentences.iter().any(issued), sentences.iter().any(accepted)) {
        (true, false) => Some(AgreementStep::Issued),
        (false, true) => Some(AgreementStep::Accepted),
        (true, true) | (false, false) => None,
    }
}

/// The supplier and the application: behind a label, or as applications are named for e-RS
/// (`[Supplier] - [App] - [Environment] - e-Referral Service - [Access mode]`).
fn names(text: &str) -> Vec<String> {
    let found = NAMES.iter().flatten().flat_map(|pattern| pattern.captures_iter(text));
    let names =
        found.flat_map(|found| found.iter().skip(1).flatten().map(|name| name.as_str().trim()).collect::<Vec<_>>());
    let is_name = |name: &&str| !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX;
    names.filter(is_name).take(NAMES_MAX).map(str::to_owned).collect()
}

static AGREEMENT: LazyLock<Table> = LazyLock::new(|| Table::new(&[r"\bagreements?\b"]));

static ISSUED: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\bagreement\b.{0,60}\b(has been|was|is)( now)? (issued|sent|shared|published|available|ready)\b",
        r"\bagreement (issued|sent|available)\b",
        r"\b(have|has) (now )?(issued|sent|shared|published)\b.{0,40}\bagreement\b",
    ])
});
static NOT_ISSUED: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[r"\b(not|never|if|once|when|until|before|will|be|whether|declined|withdrawn|expired)\b"])
});

static ACCEPTED: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\bagreement\b.{0,80}\b(has been|was|is)( now)? (accepted|signed)\b",
        r"\bagreement (accepted|signed)\b",
        r"\b(has|have) (now )?(accepted|signed)\b.{0,60}\bagreement\b",
        r"\bacceptance of\b.{0,60}\bagreement\b.{0,40}\b(received|recorded|confirmed|complete)\b",
    ])
});
static NOT_ACCEPTED: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        r"\b(not|never|if|once|when|until|before|will|be|whether|declined|withdrawn|expired)\b",
        r"\b(please|unless|must|should|can|yet|pending|await(s|ing)?|rejected)\b",
    ])
});

static NAMES: LazyLock<[Option<Regex>; 2]> = LazyLock::new(|| {
    [
        r"(?im)^\W*(?:product|application|app|solution|system|supplier|organisation|company|customer)(?: name)?[ \t]*[:=][ \t]*(\S.*)$",
        r"(?im)(?:^|: )([^\n:]+?) [-–] ([^\n]+?) [-–] [^\n]+? [-–] e-?referral service\b",
    ]
    .map(|pattern| Regex::new(pattern).ok())
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_notice_tells_is_sure_or_left_open() {
        assert!([&*AGREEMENT, &ISSUED, &NOT_ISSUED, &ACCEPTED, &NOT_ACCEPTED].iter().all(|table| table.compiles()));
        assert!(NAMES.iter().all(Option::is_some));
        let (issued, accepted) = (Some(AgreementStep::Issued), Some(AgreementStep::Accepted));
        for (text, expected) in [
            ("The connection agreement for Care Vista Link has been issued.", issued),
            ("We have sent Care Vista the connection agreement. Please accept it in the portal.", issued),
            ("The agreement is available. It is awaiting acceptance by the customer.", issued),
            ("The connection agreement has been accepted by Priya Nair.", accepted),
            ("Care Vista have accepted the\nconnection agreement.", accepted),
            ("Acceptance of the connection agreement CA-17 was recorded on 3 December.", accepted),
            ("The agreement issued on 1 December has been accepted", accepted),
            ("The agreement has been issued. The agreement has been accepted.", None),
            ("The agreement has not been accepted.", None),
            ("Once the agreement is accepted you will hear from us.", None),
            ("Please tell us whether the agreement has been accepted.", None),
            ("The agreement has been declined.", None),
            ("The agreement will be issued on Friday.", None),
            ("A task about the agreement is assigned to you.", None),
        ] {
            let told = told(text, "Notice").expect(text);
            assert_eq!(told.step, expected, "{text}");
        }
        assert_eq!(told("Your password expires.", "Portal"), None);
        assert_eq!(told("", "Connection agreement accepted").and_then(|told| told.step), accepted);
    }

    #[test]
    fn whose_agreement_it_is_stands_behind_labels_in_the_name_or_as_a_reference() {
        let names = |text: &str| told(text, "Agreement").expect("an agreement").names;
        assert_eq!(
            names("Supplier: Care Vista Ltd\nApplication name = Care Vista Link\n"),
            ["Care Vista Ltd", "Care Vista Link"]
        );
        let name = "Application: Care Vista - Link - Live - e-Referral Service - Application-restricted";
        assert!(names(name).ends_with(&["Care Vista".to_owned(), "Link".to_owned()]), "{:?}", names(name));
        assert_eq!(names("Nothing of that kind."), Vec::<String>::new());
        let told = told("About ERS-00042 and ers-42.", "Agreement").expect("an agreement");
        assert_eq!(told.cases, [crate::domain::ids::CaseRef::from_number(42)]);
    }
}
