//! When a day begins for staff: whether its digest is to be written, and when the next one may be.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Desk;
use crate::adapters::store::StoreError;

impl Desk {
    /// The day whose digest is due at `at`, once on a working day, and when the next one may be. Before any mail came
    /// there is nothing to tell, and none in the middle of the first day.
    pub fn day_to_begin(&self, at: Timestamp) -> Result<(Option<Date>, Option<Timestamp>), StoreError> {
        let (policy, store) = (&self.policy, &self.store);
        let calendar = &policy.calendar;
        let mut first = None;
        for mailbox in policy.mailboxes.iter().filter(|_| policy.digest) {
            first = store.account(&mailbox.name)?.map(|account| account.since).into_iter().chain(first).min();
        }
        let Some(first) = first else { return Ok((None, None)) };
        let today = calendar.local_date(at);
        let opening = calendar.opening(today);
        let is_due = calendar.is_working_day(today)
            && opening <= at
            && first < opening
            && store.digest_day()?.is_none_or(|last| last < today);
        let next = calendar.opening(calendar.next_working_day(today));
        let next = if calendar.is_working_day(today) && at < opening { opening } else { next };
        Ok((is_due.then_some(today), Some(next)))
    }
}
