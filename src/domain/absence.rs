//! Who of our own people is away, and when. Days are those of London, and both ends count. Knows no clock.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ids::Address;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    pub from: Date,
    /// The last day.
    pub until: Date,
}

/// The absences of each, now or to come, earliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absences(BTreeMap<Address, Vec<Absence>>);

impl Absence {
    fn has(self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }

    /// They overlap, or one begins on the day after the other.
    fn touches(self, other: Self) -> bool {
        let after = |absence: Self| absence.until.tomorrow().unwrap_or(Date::MAX);
        self.from <= after(other) && other.from <= after(self)
    }
}

/// Joins a new absence with those that it touches.
pub fn add(known: &mut Vec<Absence>, new: Absence) {
    let (touched, mut apart): (Vec<Absence>, Vec<Absence>) = known.iter().partition(|absence| absence.touches(new));
    apart.push(touched.into_iter().fold(new, |joined, absence| Absence {
        from: joined.from.min(absence.from),
        until: joined.until.max(absence.until),
    }));
    apart.sort_by_key(|absence| absence.from);
    *known = apart;
}

impl Absences {
    pub fn add(&mut self, who: &Address, absence: Absence) {
        add(self.0.entry(who.clone()).or_default(), absence);
    }

    /// They are back, and what was planned is planned no more.
    pub fn end(&mut self, who: &Address) {
        self.0.remove(who);
    }

    /// The absence of that day.
    pub fn on(&self, who: &Address, day: Date) -> Option<Absence> {
        self.0.get(who)?.iter().copied().find(|absence| absence.has(day))
    }

    /// Away on that day, or later.
    pub fn is_known(&self, who: &Address, day: Date) -> bool {
        self.0.get(who).into_iter().flatten().any(|absence| absence.until >= day)
    }
}

impl FromIterator<(Address, Vec<Absence>)> for Absences {
    fn from_iter<T: IntoIterator<Item = (Address, Vec<Absence>)>>(known: T) -> Self {
        Self(known.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn days(from: i8, until: i8) -> Absence {
        Absence { from: date(2026, 12, from), until: date(2026, 12, until) }
    }

    #[test]
    fn absences_that_touch_are_one() {
        for (given, expected) in [
            (vec![(3, 10)], vec![(3, 10)]),
            (vec![(3, 10), (11, 12)], vec![(3, 12)]),
            (vec![(3, 10), (12, 13)], vec![(3, 10), (12, 13)]),
            (vec![(12, 13), (3, 10)], vec![(3, 10), (12, 13)]),
            (vec![(3, 4), (8, 9), (5, 7)], vec![(3, 9)]),
            (vec![(3, 10), (5, 6)], vec![(3, 10)]),
        ] {
            let mut known = Vec::new();
            given.iter().for_each(|(from, until)| add(&mut known, days(*from, *until)));
            let expected: Vec<_> = expected.into_iter().map(|(from, until)| days(from, until)).collect();
            assert_eq!(known, expected, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn whoever_said_so_is_away_on_those_days_and_on_no_other(given in proptest::collection::vec((1_i8..28, 0_i8..4), 0..8)) {
            let amina = Address::new("amina@nhs.example").unwrap();
            let mut absences = Absences::default();
            given.iter().for_each(|(from, more)| absences.add(&amina, days(*from, from + more)));
            for day in 1..=31 {
                let said = given.iter().any(|(from, more)| (*from..=from + more).contains(&day));
                prop_assert_eq!(absences.on(&amina, date(2026, 12, day)).is_some(), said);
            }
            absences.end(&amina);
            prop_assert!(!absences.is_known(&amina, date(2026, 12, 1)));
        }
    }
}
