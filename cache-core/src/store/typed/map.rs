//! Readers and writers side by side: a table of pointers per stripe of hashes.
//!
//! A stripe's writers take turns. Linear probing; a removal moves what stands behind it up, so there are no tombstones.
//! A reader sees such a move as two steps and may overlook the entry that is moved, which costs it a look at the shard.

#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use parking_lot::Mutex;

use super::epoch::{self, EPOCHS};
use super::limbo::Limbo;
use super::table::{Slots, Table, Tagged};
use super::{Query, Segments, Stored, barrier};
use crate::entry::{ALIGN, Entry, ValueType};

/// Slots of a stripe's first table.
const FEW: usize = 8;

const TAG: usize = ALIGN - 1;

/// The bits that neither stripes nor places are chosen by.
fn tag(hash: u64) -> usize {
    (hash >> 60) as usize & TAG
}

fn tagged(entry: *mut Entry, hash: u64) -> Tagged {
    entry.map_addr(|address| address | tag(hash))
}

fn untagged(entry: Tagged) -> *mut Entry {
    entry.map_addr(|address| address & !TAG)
}

/// For the stripe's writer, who knows of a free slot.
fn put(slots: &Slots, far: &mut [u8], hash: u64, entry: Tagged) {
    let mask = slots.len() - 1;
    let mut at = hash as usize & mask;
    let mut distance = 0;
    while !slots[at].load(Ordering::Relaxed).is_null() {
        at = (at + 1) & mask;
        distance += 1;
    }
    far[at] = noted(distance);
    // Release: who finds the entry finds what was written into it.
    slots[at].store(entry, Ordering::Release);
}

/// # Safety
/// The entry is in a table, and this is called by its stripe's writer.
unsafe fn hash_of(entry: Tagged) -> u64 {
    // SAFETY: as long as it is in the table, the table counts it.
    unsafe { &*untagged(entry) }.hash()
}

/// A table that nobody finds from now on, and some may still look at.
struct Replaced(*mut Table);

// SAFETY: it owns its table, which is atomics and a length.
unsafe impl Send for Replaced {}

impl Drop for Replaced {
    fn drop(&mut self) {
        // SAFETY: it came from `new`, and the epoch in which it could be found is over.
        unsafe { Table::free(self.0) };
    }
}

struct Writer {
    /// How many entries there are.
    count: usize,
    /// Per slot, how far its entry is from where its hash would have it: so that a removal need not look at entries, which
    /// are all over the memory, to see which of them to move up.
    far: Box<[u8]>,
    limbo: Limbo<Replaced>,
}

/// A distance as it is noted: those of [`TOO_FAR`] and beyond alike.
fn noted(distance: usize) -> u8 {
    u8::try_from(distance).unwrap_or(TOO_FAR)
}

/// The entry has to be asked.
const TOO_FAR: u8 = u8::MAX;

struct Stripe {
    table: AtomicPtr<Table>,
    /// Whoever holds it is the writer.
    writer: Mutex<Writer>,
}

pub(in crate::store) struct Typed {
    stripes: Box<[Stripe]>,
}

impl Typed {
    /// With so many stripes, a power of two.
    pub(in crate::store) fn new(stripes: usize) -> Self {
        barrier::prepare();
        let writer = || Writer { count: 0, far: vec![0; FEW].into(), limbo: Limbo::default() };
        let stripe = || Stripe { table: AtomicPtr::new(Table::new(FEW)), writer: Mutex::new(writer()) };
        Self { stripes: (0..stripes).map(|_| stripe()).collect() }
    }

    #[inline]
    fn stripe(&self, hash: u64) -> &Stripe {
        &self.stripes[(hash >> 48) as usize & (self.stripes.len() - 1)]
    }

    /// Shows the entry to `read`, which may run user code: nothing is locked.
    #[inline]
    pub(in crate::store) fn read<K: Segments, R>(
        &self,
        query: &Query<'_, K>,
        value: ValueType,
        read: impl FnOnce(&Stored) -> Option<R>,
    ) -> Option<R> {
        let _reading = epoch::read()?;
        let table = self.stripe(query.hash).table.load(Ordering::Acquire);
        // SAFETY: a stripe's table is never null, and one that is replaced lives while somebody reads who may have found it.
        let slots = unsafe { Table::slots(table) };
        let (mask, tag) = (slots.len() - 1, tag(query.hash));
        let mut at = query.hash as usize & mask;
        // Once round at most: while entries are moved, a reader may find no end.
        for _ in 0..=mask {
            let found = slots[at].load(Ordering::Acquire);
            if found.is_null() {
                return None;
            }
            if found.addr() & TAG == tag {
                // SAFETY: what the table counted is given up when nobody reads who may have found it.
                let entry = unsafe { Stored::borrow_raw(untagged(found)) };
                if query.finds(&entry, value) {
                    return read(&entry);
                }
            }
            at = (at + 1) & mask;
        }
        None
    }

    pub(in crate::store) fn insert(&self, hash: u64, entry: Stored) {
        let stripe = self.stripe(hash);
        let mut writer = stripe.writer.lock();
        let writer = &mut *writer;
        let old = stripe.table.load(Ordering::Relaxed);
        // SAFETY: only a writer replaces the table, and this is the writer.
        let slots = unsafe { Table::slots(old) };
        let slots = if writer.count >= slots.len() / 4 * 3 {
            let new = grow(stripe, &mut writer.far, slots);
            writer.limbo.table(Replaced(old));
            new
        } else {
            slots
        };
        writer.count += 1;
        put(slots, &mut writer.far, hash, tagged(entry.into_raw(), hash));
    }

    /// Gives entries to `free` that were removed earlier, to be dropped once nothing is locked.
    pub(in crate::store) fn remove(&self, hash: u64, entry: &Stored, free: impl FnMut(Stored)) {
        let stripe = self.stripe(hash);
        let mut writer = stripe.writer.lock();
        let writer = &mut *writer;
        // SAFETY: only a writer replaces the table, and this is the writer.
        let slots = unsafe { Table::slots(stripe.table.load(Ordering::Relaxed)) };
        let mask = slots.len() - 1;
        let mut hole = hash as usize & mask;
        let removed = loop {
            let found = untagged(slots[hole].load(Ordering::Relaxed));
            if found.is_null() {
                return;
            }
            if ptr::eq(found, &raw const **entry) {
                break found;
            }
            hole = (hole + 1) & mask;
        };
        writer.count -= 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let moved = slots[at].load(Ordering::Relaxed);
            if moved.is_null() {
                break;
            }
            let distance = match writer.far[at] {
                // SAFETY: it is in the table, and this is the writer.
                TOO_FAR => at.wrapping_sub(unsafe { hash_of(moved) } as usize & mask) & mask,
                near => usize::from(near),
            };
            let step = at.wrapping_sub(hole) & mask;
            if distance >= step {
                slots[hole].store(moved, Ordering::Release);
                writer.far[hole] = noted(distance - step);
                hole = at;
            }
        }
        slots[hole].store(ptr::null_mut(), Ordering::Release);
        // SAFETY: the reference that the table counted.
        writer.limbo.entry(unsafe { Stored::from_raw(removed) }, free);
    }

    /// Lets go of what was removed, as far as nobody reads who may have found it.
    pub(in crate::store) fn flush(&self) {
        let sealed = self.stripes.iter().filter(|stripe| stripe.writer.lock().limbo.seal()).count();
        if sealed > 0 {
            // One barrier for all that was sealed before.
            let oldest = EPOCHS.oldest();
            for stripe in &self.stripes {
                stripe.writer.lock().limbo.release(oldest);
            }
        }
        for stripe in &self.stripes {
            stripe.writer.lock().limbo.empty();
        }
    }
}

/// Puts a larger table in a table's place, and gives its slots. For the stripe's writer.
fn grow<'t>(stripe: &Stripe, far: &mut Box<[u8]>, old: &Slots) -> &'t Slots {
    let table = Table::new(2 * old.len());
    // SAFETY: it was made just now, and only a writer replaces it.
    let new = unsafe { Table::slots(table) };
    *far = vec![0; new.len()].into();
    for slot in old {
        let entry = slot.load(Ordering::Relaxed);
        if !entry.is_null() {
            // SAFETY: the entry is in the old table, whose writer this is.
            put(new, far, unsafe { hash_of(entry) }, entry);
        }
    }
    stripe.table.store(table, Ordering::Release);
    new
}

impl Drop for Typed {
    fn drop(&mut self) {
        for stripe in &mut self.stripes {
            let table = *stripe.table.get_mut();
            // SAFETY: it came from `new`, and is freed below.
            for slot in unsafe { Table::slots(table) } {
                let entry = untagged(slot.load(Ordering::Relaxed));
                if !entry.is_null() {
                    // SAFETY: the reference that the table counted.
                    drop(unsafe { Stored::from_raw(entry) });
                }
            }
            // SAFETY: nobody else has it any more.
            unsafe { Table::free(table) };
        }
    }
}
