//! What may be asked of the records. Every answer includes the steps that are staged. Writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::Store;
use super::account;
use super::error::StoreError;
use super::fold::{late_mail, product_row};
use super::kept::{Mark, Seen, StoryLine};
use super::keys::{Key, Table, place_key, time_in, time_of_attempt};
use super::rows::Order;
use crate::domain::absence::{Absence, Absences};
use crate::domain::case::Case;
use crate::domain::digest::Account;
use crate::domain::event::{Arrival, Trouble};
use crate::domain::gate::Traffic;
use crate::domain::ids::{Address, CaseRef, Folder, IdentityDigest, LetterId, MailboxName, MessageId, Place, Position};
use crate::domain::outbox::OutboxLetter;
use crate::domain::step::LateMail;
use crate::domain::vigil::Vigil;

/// Finished letters that `outbox` shows beside all others.
const FINISHED_SHOWN_MAX: usize = 100;
/// Cases found under one participant, domain or product.
const FOUND_MAX: usize = 1_000;
const IDENTITIES_MAX: usize = 100;
/// Held in memory while the open cases are looked for.
const CASES_AT_ONCE: usize = 1_000;

impl Store {
    pub fn case(&self, case: CaseRef) -> Result<Option<Case>, StoreError> {
        self.sheet()?.case(case)
    }

    /// All cases, oldest first.
    pub fn cases(&self) -> Result<Vec<Case>, StoreError> {
        let rows = self.sheet()?.under(&Key::of(Table::Case), Order::Up, usize::MAX)?;
        rows.into_iter().map(|(_, row)| row.into_case()).collect()
    }

    /// The open ones, oldest first. Read in parts: after some years nearly all are closed.
    pub fn open_cases(&self) -> Result<Vec<Case>, StoreError> {
        let (sheet, end) = (self.sheet()?, Key::of(Table::Case).above());
        let (mut open, mut from) = (Vec::new(), Key::of(Table::Case));
        loop {
            let rows = sheet.range(&from, &end, Order::Up, CASES_AT_ONCE)?;
            let Some((last, _)) = rows.last() else { return Ok(open) };
            from = Key::from_bytes(last.clone()).above();
            for (_, row) in rows {
                open.extend(Some(row.into_case()?).filter(Case::is_open));
            }
        }
    }

    /// What became of the mail of a mailbox since the last digest; `None` while none ever came.
    pub fn account(&self, mailbox: &MailboxName) -> Result<Option<Account>, StoreError> {
        self.sheet()?.get(&account::key(mailbox))
    }

    /// What is known of the mail of a mailbox.
    pub fn vigil(&self, mailbox: &MailboxName) -> Result<Vigil, StoreError> {
        Ok(self.sheet()?.get(&Key::of(Table::Vigil).text(mailbox.as_str()))?.unwrap_or_default())
    }

    /// Troubles for which the alarm program was not started yet, and what it is to say.
    pub fn alarms(&self) -> Result<Vec<(Trouble, String)>, StoreError> {
        self.sheet()?.values(&Key::of(Table::Alarm), usize::MAX)
    }

    /// The working day of the last digest.
    pub fn digest_day(&self) -> Result<Option<Date>, StoreError> {
        self.sheet()?.get(&Key::of(Table::DigestDay))
    }

    /// The reference that a case opened now would get.
    pub fn next_case_ref(&self) -> Result<CaseRef, StoreError> {
        let last = self.sheet()?.under(&Key::of(Table::Case), Order::Down, 1)?.pop();
        let last = last.map(|(_, row)| row.into_case()).transpose()?;
        Ok(last.map_or(CaseRef::FIRST, |case| case.reference.next()))
    }

    /// The case that a message joined, or in which a letter of ours was sent.
    pub fn case_of_message(&self, id: &MessageId) -> Result<Option<CaseRef>, StoreError> {
        self.sheet()?.get(&Key::of(Table::CaseOfMessage).text(id.as_str()))
    }

    /// Oldest first, as all lists of cases here.
    pub fn cases_of_participant(&self, address: &Address) -> Result<Vec<CaseRef>, StoreError> {
        let under = Key::of(Table::CaseOfParticipant).text(address.as_str());
        self.sheet()?.values(&under, FOUND_MAX)
    }

    /// Cases in which somebody of this domain wrote. Whether people of one domain belong together is not known here.
    pub fn cases_of_domain(&self, domain: &str) -> Result<Vec<CaseRef>, StoreError> {
        let under = Key::of(Table::CaseOfDomain).text(&domain.to_lowercase());
        self.sheet()?.values(&under, FOUND_MAX)
    }

    /// By the key of `route::product_key`.
    pub fn cases_of_product(&self, product: &str) -> Result<Vec<CaseRef>, StoreError> {
        self.sheet()?.values(&product_row(product), FOUND_MAX)
    }

    pub fn identity(&self, identity: &IdentityDigest) -> Result<Option<Seen>, StoreError> {
        self.sheet()?.get(&Key::of(Table::Identity).text(identity.as_str()))
    }

    /// More than one where a Message-ID was used again for another message.
    pub fn identities_of_message_id(&self, id: &MessageId) -> Result<Vec<IdentityDigest>, StoreError> {
        let under = Key::of(Table::IdentityOfMessage).text(id.as_str());
        self.sheet()?.values(&under, IDENTITIES_MAX)
    }

    /// The message as it was taken in, and the case it belongs to now. `None` for what an earlier version of the program
    /// took in without noting where.
    pub fn message(&self, identity: &IdentityDigest) -> Result<Option<(Arrival, Option<CaseRef>)>, StoreError> {
        let Some(seen) = self.identity(identity)? else { return Ok(None) };
        let Some(line) = seen.line else { return Ok(None) };
        let step = self.step_at(line)?;
        Ok(step.event.arrival().map(|arrival| (arrival.clone(), seen.case)))
    }

    /// The messages of a case, the first filed first.
    pub fn messages_of_case(&self, case: CaseRef) -> Result<Vec<IdentityDigest>, StoreError> {
        self.sheet()?.values(&Key::of(Table::MessageOfCase).case(case), FOUND_MAX)
    }

    /// How many different messages with this id were taken in from that folder.
    pub fn messages_of_id_in(
        &self,
        id: &MessageId,
        mailbox: &MailboxName,
        folder: Folder,
    ) -> Result<usize, StoreError> {
        let mut count = 0;
        for identity in self.identities_of_message_id(id)? {
            let places = self.identity(&identity)?.unwrap_or_default().places;
            count += usize::from(places.iter().any(|place| place.mailbox == *mailbox && place.folder == folder));
        }
        Ok(count)
    }

    /// Was a message with this id taken in, or is it a letter of ours?
    pub fn knows_message(&self, id: &MessageId) -> Result<bool, StoreError> {
        Ok(!self.identities_of_message_id(id)?.is_empty() || self.letter_by_message_id(id)?.is_some())
    }

    pub fn letter(&self, letter: LetterId) -> Result<Option<OutboxLetter>, StoreError> {
        self.sheet()?.letter(letter)
    }

    pub fn letter_by_message_id(&self, id: &MessageId) -> Result<Option<OutboxLetter>, StoreError> {
        let letter = self.sheet()?.get(&Key::of(Table::LetterOfMessage).text(id.as_str()))?;
        letter.map_or(Ok(None), |letter| self.letter(letter))
    }

    /// Letters that the post room should look at, due at `at` or earlier, the longest due first.
    pub fn letters_before(&self, at: Timestamp, limit: usize) -> Result<Vec<OutboxLetter>, StoreError> {
        let table = Key::of(Table::LetterDue);
        let due = self.sheet()?.range(&table, &table.clone().time(at).above(), Order::Up, limit)?;
        let mut letters = Vec::with_capacity(due.len());
        for (_, row) in due {
            letters.extend(self.letter(row.decode()?)?);
        }
        Ok(letters)
    }

    /// All letters that have still to leave or to be released, and the newest of the others; in order of number.
    pub fn outbox(&self) -> Result<Vec<OutboxLetter>, StoreError> {
        let sheet = self.sheet()?;
        let mut letters = BTreeMap::new();
        for (_, row) in sheet.under(&Key::of(Table::Letter), Order::Down, FINISHED_SHOWN_MAX)? {
            let letter = row.into_letter()?;
            letters.insert(letter.letter.id, letter);
        }
        for id in sheet.values::<LetterId>(&Key::of(Table::LetterOpen), usize::MAX)? {
            if !letters.contains_key(&id) {
                letters.extend(sheet.letter(id)?.map(|letter| (id, letter)));
            }
        }
        Ok(letters.into_values().collect())
    }

    pub fn next_letter_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.first_time(Table::LetterDue)
    }

    /// Attempts to send to this address within a day.
    pub fn traffic(&self, address: &Address) -> Result<Traffic, StoreError> {
        self.attempts(&Key::of(Table::AttemptToOne).text(address.as_str()))
    }

    /// Attempts to send to anyone within an hour.
    pub fn traffic_all(&self) -> Result<Traffic, StoreError> {
        self.attempts(&Key::of(Table::Attempt))
    }

    /// Late mail of a mailbox that staff were not told of yet, the first taken in first.
    pub fn late_mail(&self, mailbox: &MailboxName) -> Result<Vec<LateMail>, StoreError> {
        self.sheet()?.values(&late_mail(mailbox), usize::MAX)
    }

    /// Who stopped all letters to partners, while they are stopped.
    pub fn partner_mail_stopped(&self) -> Result<Option<String>, StoreError> {
        self.sheet()?.get(&Key::of(Table::PartnerMail))
    }

    /// Who of the staff is away, now or to come; what is past may be among it.
    pub fn absences(&self) -> Result<Absences, StoreError> {
        let known = self.sheet()?.values::<(Address, Vec<Absence>)>(&Key::of(Table::Away), usize::MAX)?;
        Ok(known.into_iter().collect())
    }

    pub fn troubles(&self) -> Result<BTreeSet<Trouble>, StoreError> {
        let troubles = self.sheet()?.values(&Key::of(Table::Trouble), usize::MAX)?;
        Ok(troubles.into_iter().collect())
    }

    /// How far a folder of an IMAP mailbox was read; `None` before its first message.
    pub fn mark(&self, mailbox: &MailboxName, folder: Folder) -> Result<Option<Mark>, StoreError> {
        self.sheet()?.get(&Key::of(Table::Mark).folder(mailbox, folder))
    }

    /// Was the message in this place dealt with?
    pub fn is_place_known(&self, place: &Place) -> Result<bool, StoreError> {
        match (&place.at, place_key(&place.mailbox, place.folder, &place.at)) {
            (_, Some(key)) => self.sheet()?.has(&key),
            (Position::Imap { uid_validity, uid }, None) => {
                let mark = self.mark(&place.mailbox, place.folder)?;
                Ok(mark.is_some_and(|mark| mark.uid_validity == *uid_validity && *uid <= mark.last_uid))
            }
            (Position::Maildir { .. }, None) => Ok(false),
        }
    }

    /// Cases that asked to be woken at `at` or earlier, the longest due first.
    pub fn due_before(&self, at: Timestamp, limit: usize) -> Result<Vec<(Timestamp, CaseRef)>, StoreError> {
        let table = Key::of(Table::CaseDue);
        let due = self.sheet()?.range(&table, &table.clone().time(at).above(), Order::Up, limit)?;
        let mut moments = Vec::with_capacity(due.len());
        for (key, row) in due {
            let case = row.decode()?;
            moments.extend(time_in(&key).map(|due_at| (due_at, case)));
        }
        Ok(moments)
    }

    /// When the next case wants attention.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.first_time(Table::CaseDue)
    }

    /// The steps that touched a case, in their order.
    pub fn story(&self, case: CaseRef) -> Result<Vec<StoryLine>, StoreError> {
        self.sheet()?.values(&Key::of(Table::Story).case(case), usize::MAX)
    }

    fn first_time(&self, table: Table) -> Result<Option<Timestamp>, StoreError> {
        let first = self.sheet()?.under(&Key::of(table), Order::Up, 1)?;
        Ok(first.first().and_then(|(key, _)| time_in(key)))
    }

    fn attempts(&self, under: &Key) -> Result<Traffic, StoreError> {
        let rows = self.sheet()?.under(under, Order::Up, usize::MAX)?;
        Ok(rows.iter().filter_map(|(key, _)| time_of_attempt(key)).collect())
    }
}
