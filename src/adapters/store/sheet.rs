//! The rows as they are once the steps that wait are committed: changes in memory laid over the rows on disk. Cases and
//! letters stay decoded until they are written, since one step after another changes them. Knows no fold.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::journal::Spot;
use super::keys::{Key, Table};
use super::rows::{Change, Head, Order, Rows};
use crate::domain::case::Case;
use crate::domain::ids::{CaseRef, LetterId};
use crate::domain::outbox::OutboxLetter;

pub(super) struct Sheet {
    rows: Rows,
    changed: BTreeMap<Vec<u8>, Option<Row>>,
}

#[derive(Clone)]
pub(super) enum Row {
    Case(Box<Case>),
    Letter(Box<OutboxLetter>),
    Json(Vec<u8>),
}

impl Sheet {
    pub(super) fn new(rows: Rows) -> Self {
        Self { rows, changed: BTreeMap::new() }
    }

    pub(super) fn head(&self) -> &Head {
        self.rows.head()
    }

    /// How many rows wait in memory.
    pub(super) fn waiting(&self) -> usize {
        self.changed.len()
    }

    pub(super) fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.row(key)?.map(Row::decode).transpose()
    }

    pub(super) fn has(&self, key: &Key) -> Result<bool, StoreError> {
        Ok(self.row(key)?.is_some())
    }

    pub(super) fn put<T: Serialize>(&mut self, key: Key, value: &T) -> Result<(), StoreError> {
        let json = serde_json::to_vec(value)?;
        self.changed.insert(key.into_bytes(), Some(Row::Json(json)));
        Ok(())
    }

    /// A row that says all by being there.
    pub(super) fn note(&mut self, key: Key) {
        self.changed.insert(key.into_bytes(), Some(Row::Json(Vec::new())));
    }

    pub(super) fn remove(&mut self, key: Key) -> Result<(), StoreError> {
        // Nothing is left of a row that never reached the disk: a long fold would wade through what it removed.
        if self.rows.has(key.as_bytes())? {
            self.changed.insert(key.into_bytes(), None);
        } else {
            self.changed.remove(key.as_bytes());
        }
        Ok(())
    }

    pub(super) fn case(&self, case: CaseRef) -> Result<Option<Case>, StoreError> {
        self.row(&Key::of(Table::Case).case(case))?.map(Row::into_case).transpose()
    }

    pub(super) fn put_case(&mut self, case: Case) {
        let key = Key::of(Table::Case).case(case.reference);
        self.changed.insert(key.into_bytes(), Some(Row::Case(Box::new(case))));
    }

    pub(super) fn letter(&self, letter: LetterId) -> Result<Option<OutboxLetter>, StoreError> {
        let row = self.row(&Key::of(Table::Letter).letter(letter))?;
        row.map(Row::into_letter).transpose()
    }

    pub(super) fn put_letter(&mut self, letter: OutboxLetter) {
        let key = Key::of(Table::Letter).letter(letter.letter.id);
        self.changed.insert(key.into_bytes(), Some(Row::Letter(Box::new(letter))));
    }

    /// The rows whose keys begin with `prefix`, at most `limit` of them.
    pub(super) fn under(&self, prefix: &Key, order: Order, limit: usize) -> Result<Vec<(Vec<u8>, Row)>, StoreError> {
        self.range(prefix, &prefix.clone().above(), order, limit)
    }

    /// The values under `prefix`.
    pub(super) fn values<T: DeserializeOwned>(&self, prefix: &Key, limit: usize) -> Result<Vec<T>, StoreError> {
        let rows = self.under(prefix, Order::Up, limit)?;
        rows.into_iter().map(|(_, row)| row.decode()).collect()
    }

    /// From `from` up to but without `to`.
    pub(super) fn range(
        &self,
        from: &Key,
        to: &Key,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Row)>, StoreError> {
        let bounds = (Bound::Included(from.as_bytes()), Bound::Excluded(to.as_bytes()));
        let changed: Vec<_> = self.changed.range::<[u8], _>(bounds).collect();
        // Each change hides one row at most, so that enough are left after it.
        let below = self
            .rows
            .range(from, to, order, limit.saturating_add(changed.len()))?
            .into_iter()
            .map(|(key, value)| (key, Row::Json(value)));
        if changed.is_empty() {
            return Ok(below.collect());
        }
        let mut merged: BTreeMap<Vec<u8>, Row> = below.collect();
        for (key, row) in changed {
            match row {
                Some(row) => merged.insert(key.clone(), row.clone()),
                None => merged.remove(key),
            };
        }
        Ok(match order {
            Order::Up => merged.into_iter().take(limit).collect(),
            Order::Down => merged.into_iter().rev().take(limit).collect(),
        })
    }

    /// Writes all changes in one transaction.
    pub(super) fn write(&mut self, last: Spot, at: jiff::Timestamp) -> Result<(), StoreError> {
        let encoded = |(key, row): (&Vec<u8>, &Option<Row>)| -> Result<Change, StoreError> {
            Ok((key.clone(), row.as_ref().map(Row::encode).transpose()?))
        };
        // Given back all at once: given back row by row, very many would leave holes that slow down all of sled.
        let changed = std::mem::take(&mut self.changed);
        self.rows.write(changed.iter().map(encoded), last, at)
    }

    /// Forgets all changes that were not written.
    pub(super) fn discard(&mut self) {
        self.changed.clear();
    }

    fn row(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        match self.changed.get(key.as_bytes()) {
            Some(changed) => Ok(changed.clone()),
            None => Ok(self.rows.get(key.as_bytes())?.map(Row::Json)),
        }
    }
}

impl Row {
    pub(super) fn into_case(self) -> Result<Case, StoreError> {
        match self {
            Self::Case(case) => Ok(*case),
            Self::Letter(_) | Self::Json(_) => self.decode(),
        }
    }

    pub(super) fn into_letter(self) -> Result<OutboxLetter, StoreError> {
        match self {
            Self::Letter(letter) => Ok(*letter),
            Self::Case(_) | Self::Json(_) => self.decode(),
        }
    }

    pub(super) fn decode<T: DeserializeOwned>(self) -> Result<T, StoreError> {
        let read = match &self {
            Self::Json(json) => serde_json::from_slice(json),
            Self::Case(_) | Self::Letter(_) => serde_json::from_slice(&self.encode()?),
        };
        read.map_err(|e| StoreError::RowsDamaged { why: format!("a row cannot be read: {e}") })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        Ok(match self {
            Self::Case(case) => serde_json::to_vec(case)?,
            Self::Letter(letter) => serde_json::to_vec(letter)?,
            Self::Json(json) => json.clone(),
        })
    }
}
