//! Opens the rows and makes them agree with the journal: catches up, or sets aside what is not good and rebuilds it.
//! Cuts the journal only where an interrupted write left bytes that nothing had followed from.

use std::path::Path;

use jiff::Timestamp;

use super::error::StoreError;
use super::files;
use super::fold;
use super::journal::{Journal, Next, Spot, Torn};
use super::kept::{JournalCut, Opening};
use super::rows::{Rows, RowsError};
use super::sheet::Sheet;

/// Rows held in memory while many steps are folded, a few hundred bytes each. One write of sorted rows is ten times as
/// fast as several that fall between one another.
const ROWS_IN_MEMORY_MAX: usize = 3_000_000;

/// `asked`: why the rows are to be rebuilt whatever their state.
pub(super) fn open(
    dir: &Path,
    journal: &mut Journal,
    at: Timestamp,
    asked: Option<&str>,
) -> Result<(Sheet, Opening), StoreError> {
    let store = dir.join("store");
    let mut opening = Opening::default();
    let found = match (store.exists(), asked) {
        (true, asked) => usable(&store, journal, asked)?,
        (false, None) if journal.bytes() == 0 => Found::Nothing,
        (false, asked) => Found::Bad(asked.unwrap_or("the rows are missing").to_owned()),
    };
    let rows = match found {
        Found::Good(rows) => {
            // sled takes some damage for the end of its log, and begins again with nothing.
            if rows.head().last.number == 0 && journal.bytes() > 0 {
                opening.rebuilt = Some("the rows are missing".to_owned());
            }
            rows
        }
        Found::Nothing => fresh(&store)?,
        Found::Bad(why) => {
            if store.exists() {
                let aside = files::aside_name(dir, "store.bad", at);
                std::fs::rename(&store, &aside).map_err(|e| StoreError::io("set aside", &store, e))?;
                files::sync_dir(dir)?;
                opening.rows_set_aside = Some(aside);
            }
            opening.rebuilt = Some(why);
            fresh(&store)?
        }
    };
    let mut sheet = Sheet::new(rows);
    let torn = catch_up(&mut sheet, journal, &mut opening)?;
    if let Some(torn) = torn {
        let aside = files::aside_name(dir, "journal.torn", at);
        journal.cut(&torn, &aside)?;
        opening.journal_cut = Some(JournalCut { bytes: torn.bytes, set_aside: aside });
    }
    Ok((sheet, opening))
}

enum Found {
    Good(Rows),
    Nothing,
    Bad(String),
}

fn fresh(store: &Path) -> Result<Rows, StoreError> {
    files::private_dir(store)?;
    Ok(Rows::open(store)?)
}

fn usable(store: &Path, journal: &Journal, asked: Option<&str>) -> Result<Found, StoreError> {
    let rows = match Rows::open(store) {
        Ok(rows) => rows,
        Err(RowsError::Damaged(why)) => return Ok(Found::Bad(why)),
        Err(other) => return Err(other.into()),
    };
    let last = rows.head().last.clone();
    let against = match asked {
        Some(why) => Some(why.to_owned()),
        None => disagreement(&last, journal)?,
    };
    match against {
        None => Ok(Found::Good(rows)),
        Some(why) => {
            // Once the rows are gone nothing tells any more that these records were whole.
            require_whole(journal, last.number)?;
            Ok(Found::Bad(why))
        }
    }
}

/// Compares the journal with the line that the rows were last folded to.
fn disagreement(last: &Spot, journal: &Journal) -> Result<Option<String>, StoreError> {
    if last.number == 0 {
        return Ok(None);
    }
    if last.end > journal.bytes() {
        return Ok(Some(format!("the rows are ahead of the journal: they go up to step {}", last.number)));
    }
    if journal.line_at(last)?.hash == last.hash {
        return Ok(None);
    }
    Ok(Some(format!("the rows were folded from another step {} than the journal has", last.number)))
}

/// An interrupted write can only have been of steps that the rows do not know yet.
fn require_whole(journal: &Journal, known: u64) -> Result<(), StoreError> {
    let mut reader = journal.reader(Spot::genesis())?;
    loop {
        match reader.next_line()? {
            Next::Line(_) => {}
            Next::End => return Ok(()),
            Next::Torn(torn) if torn.number > known => return Ok(()),
            Next::Torn(_) => return Err(reader.damaged(format!("it was whole once: the rows know step {known}"))),
        }
    }
}

fn catch_up(sheet: &mut Sheet, journal: &Journal, opening: &mut Opening) -> Result<Option<Torn>, StoreError> {
    let mut reader = journal.reader(sheet.head().last.clone())?;
    let mut last = None;
    let torn = loop {
        let (here, step) = match reader.next_step()? {
            (Next::Line(here), Some(step)) => (here, step),
            (Next::Torn(torn), _) => break Some(torn),
            (Next::Line(_) | Next::End, _) => break None,
        };
        fold::fold(sheet, here.number, &step)?;
        opening.caught_up = opening.caught_up.saturating_add(1);
        if sheet.waiting() >= ROWS_IN_MEMORY_MAX {
            sheet.write(here, step.at)?;
            last = None;
        } else {
            last = Some((here, step.at));
        }
    };
    if let Some((here, at)) = last {
        sheet.write(here, at)?;
    }
    Ok(torn)
}
