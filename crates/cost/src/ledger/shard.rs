use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::Dimension;
use super::account::{Account, Key, LEVELS, OTHER};
use super::row::{Copied, Row};
use super::spend::Addition;
use super::timeline::Minute;

/// How many rows and buckets a shard holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// By how often the rows have been folded.
    pub(super) rows: [usize; LEVELS],
    pub(super) buckets: usize,
}

impl Limits {
    pub(super) fn new(rows: usize, buckets: usize) -> Self {
        // One for everything together, and some for what is folded in part.
        let (once, twice) = ((rows / 4).max(1), (rows / 8).max(1));
        Self { rows: [rows.saturating_sub(once + twice + 1).max(1), once, twice, 1], buckets }
    }
}

/// A part of the accounts: found by a hash, and in the order of their use.
#[derive(Debug)]
pub(super) struct Shard {
    limits: Limits,
    state: RandomState,
    /// Places of rows.
    index: HashTable<u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    orders: [Order; LEVELS],
    /// Buckets of all rows.
    buckets: usize,
    folded: [u64; Dimension::ALL.len()],
}

#[derive(Debug)]
struct Slot {
    hash: u64,
    level: usize,
    newer: u32,
    older: u32,
    row: Option<Row>,
}

/// The rows of one level by their last use, as a list through the slots.
#[derive(Clone, Copy, Debug)]
struct Order {
    newest: u32,
    oldest: u32,
    len: usize,
}

/// No slot.
const NONE: u32 = u32::MAX;

impl Shard {
    pub(super) fn new(limits: Limits, state: RandomState) -> Self {
        Self {
            limits,
            state,
            index: HashTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            orders: [Order { newest: NONE, oldest: NONE, len: 0 }; LEVELS],
            buckets: 0,
            folded: [0; Dimension::ALL.len()],
        }
    }

    /// Counts a call of the account, whose hash is given.
    pub(super) fn count(&mut self, hash: u64, key: Key<'_>, now: Minute, call: &Addition) {
        let known = self.find(hash, key);
        let place = known.unwrap_or_else(|| self.insert(hash, 0, Row::new(Account::new(key), now)));
        self.touch(place);
        if let Some(row) = &mut self.slots[place as usize].row {
            let before = row.buckets();
            row.count(now, call);
            self.buckets = self.buckets + row.buckets() - before;
        }
        self.trim(now);
    }

    /// Counts a value that was folded before it came here.
    pub(super) fn count_folded(&mut self, dimension: Dimension) {
        self.folded[dimension.index()] += 1;
    }

    pub(super) const fn folded(&self) -> &[u64; Dimension::ALL.len()] {
        &self.folded
    }

    /// How many accounts there are.
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// How many buckets of time there are.
    pub(super) const fn buckets(&self) -> usize {
        self.buckets
    }

    pub(super) fn copy(&self, begin: Option<Minute>, rows: &mut Vec<Copied>) {
        rows.extend(self.slots.iter().filter_map(|slot| slot.row.as_ref()).map(|row| row.copy(begin)));
    }

    fn find(&self, hash: u64, key: Key<'_>) -> Option<u32> {
        let same = |place: &u32| {
            let slot = &self.slots[*place as usize];
            slot.hash == hash && slot.row.as_ref().is_some_and(|row| row.account().key() == key)
        };
        self.index.find(hash, same).copied()
    }

    fn insert(&mut self, hash: u64, level: usize, row: Row) -> u32 {
        let slot = Slot { hash, level, newer: NONE, older: NONE, row: Some(row) };
        let place = if let Some(place) = self.free.pop() {
            self.slots[place as usize] = slot;
            place
        } else {
            self.slots.push(slot);
            // There is memory for four billion rows nowhere.
            u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
        };
        let slots = &self.slots;
        self.index.insert_unique(hash, place, |place| slots[*place as usize].hash);
        self.push_newest(level, place);
        place
    }

    /// Takes the row out of its slot, which stays in use.
    fn take(&mut self, place: u32) -> Option<Row> {
        let slot = &mut self.slots[place as usize];
        let (hash, level) = (slot.hash, slot.level);
        let row = slot.row.take();
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == place) {
            entry.remove();
        }
        self.unlink(level, place);
        row
    }

    /// Folds what was used least recently until everything is within its limits.
    fn trim(&mut self, now: Minute) {
        for level in 0..LEVELS - 1 {
            while self.orders[level].len > self.limits.rows[level] {
                self.fold(level, now);
            }
        }
        while self.buckets > self.limits.buckets {
            let Some(level) = (0..LEVELS - 1).find(|level| self.orders[*level].len > 0) else { return };
            if !self.compact(self.orders[level].oldest, now) {
                self.fold(level, now);
            }
        }
    }

    /// Makes the history of a row coarser, if its age allows.
    fn compact(&mut self, place: u32, now: Minute) -> bool {
        let Some(row) = &mut self.slots[place as usize].row else { return false };
        let before = row.buckets();
        row.compact(now);
        let freed = before - row.buckets();
        self.buckets -= freed;
        freed > 0
    }

    /// Folds the row of a level that was used least recently into one of the next level.
    fn fold(&mut self, level: usize, now: Minute) {
        let place = self.orders[level].oldest;
        let Some(mut row) = self.take(place) else { return };
        self.free.push(place);
        self.buckets -= row.buckets();

        let other = [Box::from(OTHER)];
        let folded = &mut self.folded;
        let key = row.account().key().folded(level, &other, |lost| folded[lost.index()] += 1);
        let hash = key.hash_with(&self.state);
        let target = if let Some(target) = self.find(hash, key) {
            if let Some(into) = &mut self.slots[target as usize].row {
                self.buckets -= into.buckets();
                into.absorb(row, now);
            }
            self.touch(target);
            target
        } else {
            let account = Account::new(key);
            row.rename(account);
            self.insert(hash, level + 1, row)
        };
        self.buckets += self.slots[target as usize].row.as_ref().map_or(0, Row::buckets);
    }

    fn touch(&mut self, place: u32) {
        let level = self.slots[place as usize].level;
        if self.orders[level].newest != place {
            self.unlink(level, place);
            self.push_newest(level, place);
        }
    }

    fn push_newest(&mut self, level: usize, place: u32) {
        let order = &mut self.orders[level];
        let before = std::mem::replace(&mut order.newest, place);
        order.len += 1;
        match self.slots.get_mut(before as usize) {
            Some(slot) => slot.newer = place,
            None => order.oldest = place,
        }
        let slot = &mut self.slots[place as usize];
        (slot.newer, slot.older) = (NONE, before);
    }

    fn unlink(&mut self, level: usize, place: u32) {
        let Slot { newer, older, .. } = self.slots[place as usize];
        let order = &mut self.orders[level];
        order.len -= 1;
        match self.slots.get_mut(newer as usize) {
            Some(slot) => slot.older = older,
            None => order.newest = older,
        }
        match self.slots.get_mut(older as usize) {
            Some(slot) => slot.newer = newer,
            None => order.oldest = newer,
        }
    }
}
