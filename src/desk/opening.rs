//! Puts on the record what was mended when the records were opened, so that staff hear of it. Mends nothing itself.

use jiff::Timestamp;

use super::{Desk, DeskError, Handled};
use crate::adapters::store::Opening;
use crate::domain::event::{Event, Trouble};

impl Desk {
    /// Records and commits what was found, whoever opened the records. A sound opening ends the trouble, so that staff
    /// hear of the next one too.
    pub fn tell_of_opening(&mut self, opening: &Opening, at: Timestamp) -> Result<Vec<Handled>, DeskError> {
        let mut told = Vec::new();
        for (trouble, found) in [(Trouble::StoreRebuilt, rebuilt(opening)), (Trouble::JournalCut, cut(opening))] {
            let event = match found {
                Some(detail) => Event::TroubleFound { at, trouble, detail },
                None => Event::TroubleEnded { at, trouble },
            };
            // Troubles are never refused.
            told.extend(self.take(event, None)?.ok());
        }
        self.commit()?;
        Ok(told)
    }
}

fn rebuilt(opening: &Opening) -> Option<String> {
    let why = opening.rebuilt.as_ref()?;
    let kept = opening.rows_set_aside.as_ref().map(|path| format!(" It was kept as {}.", path.display()));
    Some(format!("The reason: {why}.{}", kept.unwrap_or_default()))
}

fn cut(opening: &Opening) -> Option<String> {
    let cut = opening.journal_cut.as_ref()?;
    let kept = cut.set_aside.display();
    Some(format!("{} bytes at the end of the journal were no whole entry. They are kept in {kept}.", cut.bytes))
}
