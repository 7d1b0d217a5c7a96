//! Looks after the mail of each mailbox: what is to be recorded of it now, and when to ask again. The rules are in
//! `domain::vigil`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Desk;
use crate::adapters::store::StoreError;
use crate::domain::event::{Event, Trouble};
use crate::domain::ids::MailboxName;
use crate::domain::vigil::{self, Looks, Verdict};

/// How soon to ask again when only a look into the mailbox is wanting.
const LOOK_PAUSE: SignedDuration = SignedDuration::from_mins(1);

impl Desk {
    pub fn vigil(
        &self,
        at: Timestamp,
        looks: &BTreeMap<MailboxName, Looks>,
    ) -> Result<(Vec<Event>, Option<Timestamp>), StoreError> {
        let (policy, troubles) = (&self.policy, self.store.troubles()?);
        let (mut events, mut next) = (Vec::new(), Vec::new());
        for shared in &policy.mailboxes {
            let (mailbox, looks) = (&shared.name, looks.get(&shared.name).copied());
            let vigil = self.store.vigil(mailbox)?;
            let silence = vigil::silence(&policy.calendar, shared, &vigil, looks);
            let lateness = vigil::lateness(&policy.calendar, policy.canary.as_ref(), &vigil, looks);
            for (trouble, verdict) in [
                (Trouble::MailSilent { mailbox: mailbox.clone() }, silence),
                (Trouble::CanaryMissing { mailbox: mailbox.clone() }, lateness),
            ] {
                match (verdict, troubles.contains(&trouble)) {
                    (Verdict::Wrong(detail), false) => events.push(Event::TroubleFound { at, trouble, detail }),
                    (Verdict::Well { .. }, true) => events.push(Event::TroubleEnded { at, trouble }),
                    (Verdict::Well { until }, false) => next.extend(until),
                    (Verdict::NotBefore(until), false) => next.push(until),
                    (Verdict::Wrong(_) | Verdict::NotBefore(_), true) | (Verdict::Open, _) => {}
                }
            }
            // While the breaker keeps letters in, it would only seem late.
            let Some(plan) = policy.canary.filter(|_| !troubles.contains(&Trouble::BreakerTripped)) else { continue };
            let letter = vigil.canary.as_ref().map(|canary| self.store.letter(canary.letter)).transpose()?.flatten();
            match vigil::next_canary(&plan, &policy.calendar, &vigil, letter.as_ref(), at) {
                Some(due) if due <= at => events.push(Event::CanaryDue { at, mailbox: mailbox.clone() }),
                due => next.extend(due),
            }
        }
        let soon = at.saturating_add(LOOK_PAUSE).unwrap_or(Timestamp::MAX);
        Ok((events, next.into_iter().min().map(|next| next.max(soon))))
    }
}
