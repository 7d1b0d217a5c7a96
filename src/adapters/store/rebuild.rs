//! Opens the rows and makes them agree with the journal: catches up, or sets aside what is not good and rebuilds it.
//! Cuts the journal only where an interrupted write left bytes that nothing had followed from, and refuses one that
//! lost steps: the rows are then the last witness of them.

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
/// After a longer fold the rows are opened anew: a rebuild of half a million steps held 430 MiB ever after.
const LONG_FOLD_STEPS: u64 = 10_000;
/// Up to this size every link of the journal is checked at each start, in well under a second. Of a larger one only
/// what the rows do not know yet; `journal verify` checks all of it.
const WALKED_BYTES_MAX: u64 = 64 << 20;

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
            if journal.bytes() > 0 && rows.is_blank()? {
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
    if journal.bytes() == 0 && rows.is_blank()? {
        rows.begin()?;
    }
    let mut sheet = Sheet::new(rows);
    let torn = catch_up(&mut sheet, journal, &mut opening)?;
    if let Some(torn) = torn {
        let aside = files::aside_name(dir, "journal.torn", at);
        journal.cut(&torn, &aside)?;
        opening.journal_cut = Some(JournalCut { bytes: torn.bytes, set_aside: aside });
    }
    if opening.caught_up > LONG_FOLD_STEPS {
        // Whatever its cache may hold, sled keeps what it wrote in memory for as long as it is open.
        drop(sheet);
        sheet = Sheet::new(Rows::open(&store)?);
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
    let known = rows.head().last.clone();
    let differs = disagreement(&known, journal)?;
    if differs.is_none() && asked.is_none() && journal.bytes() > WALKED_BYTES_MAX {
        return Ok(Found::Good(rows));
    }
    // Once the rows are gone nothing tells any more that these records were whole.
    let steps = whole_steps(journal, known.number)?;
    match (asked, differs) {
        (Some(why), _) => Ok(Found::Bad(why.to_owned())),
        (None, Some(_)) if steps < known.number => Err(journal.short(steps, known.number)),
        (None, Some(why)) => Ok(Found::Bad(why)),
        (None, None) => Ok(Found::Good(rows)),
    }
}

/// Compares the journal with the line that the rows were last folded to.
fn disagreement(known: &Spot, journal: &Journal) -> Result<Option<String>, StoreError> {
    if known.number == 0 || (known.end <= journal.bytes() && journal.line_at(known)?.hash == known.hash) {
        return Ok(None);
    }
    Ok(Some(format!("the rows were folded from another step {} than the journal has", known.number)))
}

/// Checks every link and counts the steps. An interrupted write can only have been of steps that the rows do not know
/// yet.
fn whole_steps(journal: &Journal, known: u64) -> Result<u64, StoreError> {
    let mut reader = journal.reader(Spot::genesis())?;
    let mut steps = 0;
    loop {
        match reader.next_line()? {
            Next::Line(here) => steps = here.number,
            Next::End => return Ok(steps),
            Next::Torn(torn) if torn.number > known => return Ok(steps),
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
        fold::fold(sheet, &here, &step)?;
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
