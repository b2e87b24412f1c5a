//! A counted pointer to an entry, as wide as a pointer, whatever the type of the value.
//!
//! One allocation holds the entry and, behind it, the value. The entry names the value's type, so that the pointer can be
//! asked for the value and only as what it is.

#![allow(unsafe_code)]

use std::any::TypeId;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use super::{Entry, Held};

/// What there is to know of a value's type.
struct Kind {
    id: TypeId,
    /// Frees an entry with a value of that type.
    free: unsafe fn(NonNull<Entry>),
}

/// The part of an entry that this file looks after.
pub(super) struct Count {
    references: AtomicUsize,
    kind: &'static Kind,
}

/// An entry and its value. In this order, so that a pointer to the whole is one to the entry.
#[repr(C)]
struct Full<T> {
    entry: Entry,
    value: Held<T>,
}

/// A counted pointer to an entry.
pub(crate) struct Stored(NonNull<Entry>);

// SAFETY: it leads to an `Entry`, which is `Send + Sync`, and to a value that `new` demanded to be so.
unsafe impl Send for Stored {}
// SAFETY: as above; the count is atomic.
unsafe impl Sync for Stored {}

const fn kind<T: 'static>() -> &'static Kind {
    const { &Kind { id: TypeId::of::<T>(), free: free::<T> } }
}

/// # Safety
/// The pointer comes from `Stored::new` with a value of this type, and nobody uses it any more.
unsafe fn free<T>(entry: NonNull<Entry>) {
    // SAFETY: `new` made it from a `Box<Full<T>>`.
    drop(unsafe { Box::from_raw(entry.cast::<Full<T>>().as_ptr()) });
}

impl Stored {
    /// `entry` makes the entry around its count.
    pub(super) fn new<T: Send + Sync + 'static>(value: T, entry: impl FnOnce(Count) -> Entry) -> Self {
        let count = Count { references: AtomicUsize::new(1), kind: kind::<T>() };
        let full = Box::new(Full { entry: entry(count), value: Held::new(value) });
        Self(NonNull::from(Box::leak(full)).cast())
    }

    /// Bytes that an entry with such a value takes.
    pub(super) const fn size<T>() -> usize {
        size_of::<Full<T>>()
    }

    /// The value, if it is of that type.
    #[inline]
    pub(crate) fn value<T: 'static>(&self) -> Option<&T> {
        let own = self.count.kind;
        // Types are known by their function tables where those are one, which spares the comparison.
        if !std::ptr::eq(own, kind::<T>()) && own.id != TypeId::of::<T>() {
            return None;
        }
        // SAFETY: the allocation is a `Full` of the type that `new` noted, which is this one; the pointer was made from the
        // whole of it, and it lives as long as this reference counts.
        unsafe { self.0.cast::<Full<T>>().as_ref() }.value.get()
    }

    #[inline]
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// The pointer, which goes on counting.
    pub(crate) fn into_raw(self) -> *mut Entry {
        ManuallyDrop::new(self).0.as_ptr()
    }

    /// # Safety
    /// The pointer comes from `into_raw`, and this takes over what it counts.
    pub(crate) unsafe fn from_raw(entry: *mut Entry) -> Self {
        // SAFETY: `into_raw` gave a pointer that is not null.
        Self(unsafe { NonNull::new_unchecked(entry) })
    }

    /// A look at what somebody else counts.
    ///
    /// # Safety
    /// The pointer comes from `into_raw`, and what it counts is not given up while this is in use.
    #[inline]
    pub(crate) unsafe fn borrow_raw(entry: *mut Entry) -> ManuallyDrop<Self> {
        // SAFETY: as the caller promises.
        ManuallyDrop::new(unsafe { Self::from_raw(entry) })
    }
}

impl Deref for Stored {
    type Target = Entry;

    #[inline]
    fn deref(&self) -> &Entry {
        // SAFETY: it lives as long as this reference counts.
        unsafe { self.0.as_ref() }
    }
}

impl Clone for Stored {
    fn clone(&self) -> Self {
        // Relaxed, as in `Arc`: this reference keeps it alive meanwhile. Nothing leaks references: no overflow.
        self.count.references.fetch_add(1, Ordering::Relaxed);
        Self(self.0)
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        // Release and Acquire, as in `Arc`: all use of it happens before it is freed.
        if self.count.references.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            let free = self.count.kind.free;
            // SAFETY: this was the last reference, and `kind` is of the type that it was made with.
            unsafe { free(self.0) };
        }
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
