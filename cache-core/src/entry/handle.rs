//! A counted pointer to an entry, as wide as a pointer, whatever the type of the value.
//!
//! One allocation holds the entry and, behind it, the value, the bytes of the key and the name. The entry notes the
//! value's type, so that the pointer can be asked for the value and only as what it is.

#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::any::TypeId;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::process::abort;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering, fence};

use super::Entry;
use super::held::Held;

/// Entries begin at multiples of this: the typed map keeps bits of its own in their addresses.
#[cfg_attr(cache_model, allow(dead_code, reason = "the model's map keeps references"))]
pub(crate) const ALIGN: usize = 16;

/// A key of so many bytes, or none, stands elsewhere.
const ELSEWHERE: u8 = u8::MAX;

/// What there is to know of a value's type.
struct Kind {
    id: TypeId,
    /// Of an entry with such a value, without what stands behind it.
    layout: Layout,
    /// Drops an entry with such a value in its place.
    drop: unsafe fn(NonNull<Entry>),
}

/// The part of an entry that this file looks after. In this order: a hit reads from `hits` on.
#[repr(C)]
pub(super) struct Head {
    references: AtomicU32,
    pub(super) hits: AtomicU32,
    template: u32,
    name_len: u8,
    key_len: u8,
    pub(super) reads: AtomicU8,
    pub(super) pinned: bool,
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

// SAFETY: it leads to an `Entry`, which is `Send + Sync`, and to a value that `Room::filled` demanded to be so.
unsafe impl Send for Stored {}
// SAFETY: as above; the count is atomic.
unsafe impl Sync for Stored {}

/// A type that values can be of.
#[derive(Clone, Copy)]
pub(crate) struct ValueType(&'static Kind);

impl ValueType {
    #[inline]
    pub(crate) const fn of<T: 'static>() -> Self {
        Self(const { &Kind { id: TypeId::of::<T>(), layout: Layout::new::<Full<T>>(), drop: drop_full::<T> } })
    }

    pub(crate) const fn id(self) -> TypeId {
        self.0.id
    }

    /// Bytes that an entry with such a value takes, without what stands behind it.
    pub(super) const fn size(self) -> usize {
        self.0.layout.size()
    }
}

/// # Safety
/// The pointer is an entry's with a value of this type, and nobody uses it any more.
unsafe fn drop_full<T>(entry: NonNull<Entry>) {
    // SAFETY: a `Full` of that type is there, and it is not dropped again.
    unsafe { entry.cast::<Full<T>>().drop_in_place() }
}

impl Kind {
    /// The layout with so many bytes more. None can be as many as would be too many: they are in memory already.
    fn with(&self, more: usize) -> Option<Layout> {
        Layout::from_size_align(self.layout.size().checked_add(more)?, self.layout.align().max(ALIGN)).ok()
    }
}

/// An entry in its place, but for its value.
pub(super) struct Room(NonNull<Entry>);

impl Room {
    /// Room for a value of that type. `entry` makes the entry around its head. A key that is too long to stand here is left out.
    pub(super) fn new(
        ValueType(kind): ValueType,
        name: &str,
        key: Option<(u32, &[u8])>,
        pinned: bool,
        entry: impl FnOnce(Head) -> Entry,
    ) -> Self {
        // Printed names are shortened to 200 bytes.
        let Ok(name_len) = u8::try_from(name.len()) else { panic!("a name of {} bytes", name.len()) };
        let here = key.filter(|(_, bytes)| stands_here(bytes));
        let (template, key) = here.unwrap_or_default();
        let entry = entry(Head {
            references: AtomicU32::new(1),
            hits: AtomicU32::new(0),
            template,
            name_len,
            key_len: here.map_or(ELSEWHERE, |_| key.len() as u8),
            reads: AtomicU8::new(0),
            pinned,
            kind,
        });
        // Two slices that are in memory, so their lengths do not overflow.
        let Some(layout) = kind.with(key.len() + name.len()) else { abort() };
        // SAFETY: the layout is that of a `Full`, which is not of size zero, or more.
        let Some(whole) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        // SAFETY: there is room for a `Full`, which begins with the entry, aligned as it has to be, and behind it for `key` and
        // `name`, which are elsewhere: `whole` is new.
        unsafe {
            whole.cast().write(entry);
            let behind = whole.add(kind.layout.size());
            behind.copy_from_nonoverlapping(NonNull::from(key).cast(), key.len());
            behind.add(key.len()).copy_from_nonoverlapping(NonNull::from(name.as_bytes()).cast(), name.len());
        }
        Self(whole.cast())
    }

    /// With its value in it.
    ///
    /// # Panics
    /// If it is of another type than there is room for.
    pub(super) fn filled<T: Send + Sync + 'static>(self, value: T) -> Stored {
        // SAFETY: `new` has written an entry there.
        let kind = unsafe { self.0.as_ref() }.head.kind;
        assert!(kind.id == TypeId::of::<T>(), "there is room for a value of another type");
        // SAFETY: `new` has allocated a `Full` of this type, all of which the pointer is to.
        unsafe { (&raw mut (*self.0.cast::<Full<T>>().as_ptr()).value).write(Held::new(value)) };
        Stored(self.0)
    }
}

/// Whether a key stands in its entry; longer ones do not.
pub(super) fn stands_here(key: &[u8]) -> bool {
    key.len() < usize::from(ELSEWHERE)
}

impl Stored {
    /// Whether its value is of that type.
    #[inline]
    pub(crate) fn is_of(&self, ValueType(kind): ValueType) -> bool {
        let own = self.head.kind;
        // Types are known by their descriptions where those are one, which spares the comparison.
        std::ptr::eq(own, kind) || own.id == kind.id
    }

    /// The value, if it is of that type.
    #[inline]
    pub(crate) fn value<T: 'static>(&self) -> Option<&T> {
        if !self.is_of(ValueType::of::<T>()) {
            return None;
        }
        // SAFETY: the allocation begins with a `Full` of the type that `new` noted, which is this one; the pointer is to the
        // whole of it, and it lives as long as this reference counts.
        Some(unsafe { self.0.cast::<Full<T>>().as_ref() }.value.get())
    }

    /// Bytes that stand behind the value, from there on.
    ///
    /// # Safety
    /// The value ends at `end`, and behind it there are so many bytes.
    #[inline]
    unsafe fn behind(&self, end: usize, from: usize, len: usize) -> &[u8] {
        // SAFETY: `new` wrote key and name there, where nothing changes any more, and as many as the caller says. The pointer
        // is to the whole of the allocation, which lives as long as this reference counts.
        unsafe { NonNull::slice_from_raw_parts(self.0.cast::<u8>().add(end + from), len).as_ref() }
    }

    #[inline]
    fn key_len_here(&self) -> Option<usize> {
        (self.head.key_len != ELSEWHERE).then_some(usize::from(self.head.key_len))
    }

    /// The template that its key belongs to, and the key, if it stands here.
    pub(super) fn key_here(&self) -> Option<(u32, &[u8])> {
        let len = self.key_len_here()?;
        // SAFETY: so many bytes of key are behind the value, whose end `kind` knows.
        Some((self.head.template, unsafe { self.behind(self.head.kind.layout.size(), 0, len) }))
    }

    /// [`key_here`](Self::key_here), if the value is of that type: where the key is need not be looked up then.
    #[inline]
    pub(super) fn key_here_beside(&self, value: ValueType) -> Option<(u32, &[u8])> {
        if !self.is_of(value) {
            return None;
        }
        let len = self.key_len_here()?;
        // SAFETY: as above, and a value of this type ends there.
        Some((self.head.template, unsafe { self.behind(value.0.layout.size(), 0, len) }))
    }

    /// Its printed name.
    pub(crate) fn name(&self) -> &str {
        let key_len = self.key_len_here().unwrap_or_default();
        // SAFETY: the name stands behind the key, and it is a copy of a `str`.
        unsafe {
            str::from_utf8_unchecked(self.behind(
                self.head.kind.layout.size(),
                key_len,
                usize::from(self.head.name_len),
            ))
        }
    }

    #[inline]
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// What the typed map keeps.
#[cfg_attr(cache_model, allow(dead_code, reason = "the model's map keeps references"))]
impl Stored {
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
        // Relaxed, as in `Arc`: this reference keeps it alive meanwhile.
        if self.head.references.fetch_add(1, Ordering::Relaxed) > u32::MAX / 2 {
            // As in `Arc`: two thousand million references are a leak, and one that overflowed would be freed too early.
            abort();
        }
        Self(self.0)
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        // Release and Acquire, as in `Arc`: all use of it happens before it is freed.
        if self.head.references.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        fence(Ordering::Acquire);
        let kind = self.head.kind;
        let layout = kind.with(self.key_len_here().unwrap_or_default() + usize::from(self.head.name_len));
        // SAFETY: this was the last reference, and `kind` is of the type that it was made with.
        unsafe { (kind.drop)(self.0) };
        if let Some(layout) = layout {
            // SAFETY: `new` allocated it with this layout, which is reckoned from the same numbers.
            unsafe { dealloc(self.0.as_ptr().cast(), layout) };
        }
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("name", &self.name()).finish_non_exhaustive()
    }
}
