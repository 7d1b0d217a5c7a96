//! Samples of the digest: a busy day, and one on which nothing is due.

use jiff::ToSpan as _;
use jiff::civil::date;

use super::Sample;
use crate::domain::digest::{Account, Away, Became, Digest, Entry};
use crate::domain::effect::Content;
use crate::domain::ids::CaseRef;
use crate::domain::lane::Phase;
use crate::domain::reading::Supplier;

pub(super) fn digests(supplier: &Supplier) -> Vec<Sample> {
    let entry = |number, phase, day: i8, working_days| Entry {
        case: CaseRef::from_number(number),
        supplier: supplier.clone(),
        subject: "Our SCAL".to_owned(),
        phase,
        looked_after_by: (number == 59).then(|| "Amina Osei".to_owned()),
        day: date(2026, 11, 1).saturating_add((i32::from(day) - 1).days()),
        working_days,
    };
    let mut account = Account::since(super::RECEIVED_AT);
    for _ in 0..18 {
        account.count(Became::Filed);
    }
    for _ in 0..5 {
        account.count(Became::Ignored);
    }
    for _ in 0..9 {
        account.count(Became::Canary);
    }
    account.count(Became::LeftToStaff { what: "“Access please”: It has no readable sender.".to_owned() });
    account.count(Became::Quarantined { what: "A message that could not be taken in (it is too large).".to_owned() });
    let nameless = Entry { supplier: Supplier::default(), ..entry(51, Phase::Enquiry, 24, 4) };
    let busy = Digest {
        day: date(2026, 11, 30),
        broken: vec![entry(41, Phase::ScalReview, 26, 2), entry(44, Phase::FormReview, 27, 1)],
        due_today: vec![entry(42, Phase::ScalReview, 30, 0)],
        due_soon: vec![entry(43, Phase::ScalUpdateReview, 32, 2)],
        without_outcome: vec![entry(45, Phase::TccDue, 23, 5), nameless.clone()],
        questions: vec![nameless],
        set_aside: vec![entry(46, Phase::ScalReview, 27, 1)],
        sessions: vec![entry(47, Phase::SessionBooked, 33, 3)],
        waiting_on_partners: (60..90).map(|number| entry(number, Phase::WitnessPackDue, 20, 6)).collect(),
        held: vec![entry(48, Phase::ScalReview, 25, 3)],
        to_place: account.to_place.clone(),
        account: account.clone(),
        away: Vec::new(),
        troubles: vec!["The access to the mailbox sa ends soon: renew it.".to_owned()],
    };
    let quiet = Digest {
        day: date(2026, 11, 30),
        broken: Vec::new(),
        due_today: Vec::new(),
        due_soon: Vec::new(),
        without_outcome: Vec::new(),
        questions: Vec::new(),
        set_aside: Vec::new(),
        sessions: Vec::new(),
        waiting_on_partners: vec![entry(59, Phase::ScalChanges, 20, 6)],
        held: Vec::new(),
        to_place: Vec::new(),
        account: Account::since(super::RECEIVED_AT),
        away: vec![
            Away { name: "Amina Osei".to_owned(), until: date(2026, 12, 4), deputy: Some("Tom Reid".to_owned()) },
            Away { name: "Ruth Adeyemi".to_owned(), until: date(2026, 11, 30), deputy: None },
        ],
        troubles: Vec::new(),
    };
    [("digest", busy), ("digest-quiet-bare", quiet)]
        .map(|(name, digest)| (name, Content::Digest(Box::new(digest))))
        .to_vec()
}
