//! Slots, as many as a stripe of the typed map has now.

#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::process::abort;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::AtomicPtr;

use crate::entry::Entry;

/// An entry's address with some bits of its hash in it, which spare most looks at entries of other hashes; or null. Counts
/// as one reference.
pub(super) type Tagged = *mut Entry;

/// The slots of a table.
pub(super) type Slots = [AtomicPtr<Entry>];

/// A table's beginning. Its slots stand behind it in one allocation, so that a reader has one pointer less to follow.
pub(super) struct Table {
    len: usize,
}

impl Table {
    /// Of an empty one with so many slots, a power of two, and where they begin.
    fn layout(len: usize) -> (Layout, usize) {
        let slots = Layout::array::<AtomicPtr<Entry>>(len);
        match slots.and_then(|slots| Layout::new::<Self>().extend(slots)) {
            Ok(layout) => layout,
            // More slots than there is memory for the entries that are in them.
            Err(_) => abort(),
        }
    }

    pub(super) fn new(len: usize) -> *mut Self {
        let (layout, slots) = Self::layout(len);
        // SAFETY: the layout has a length in it, at least.
        let Some(whole) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        // SAFETY: there is room for both, aligned as they have to be.
        unsafe {
            whole.cast().write(Self { len });
            let slots = whole.add(slots).cast::<AtomicPtr<Entry>>();
            for at in 0..len {
                slots.add(at).write(AtomicPtr::default());
            }
        }
        whole.cast().as_ptr()
    }

    /// # Safety
    /// The pointer comes from `new`, and the table is not freed while the slots are in use.
    #[inline]
    pub(super) unsafe fn slots<'t>(table: *mut Self) -> &'t Slots {
        const { assert!(size_of::<Self>().is_multiple_of(align_of::<AtomicPtr<Entry>>())) };
        // SAFETY: `new` has written a length, and so many slots right behind it; the pointer is to all of them.
        unsafe { slice::from_raw_parts(table.add(1).cast(), (*table).len) }
    }

    /// # Safety
    /// The pointer comes from `new`, and nobody uses the table any more.
    pub(super) unsafe fn free(table: *mut Self) {
        // SAFETY: as `new` has allocated it. Nothing in it has to be dropped.
        unsafe { dealloc(table.cast(), Self::layout((*table).len).0) }
    }
}
