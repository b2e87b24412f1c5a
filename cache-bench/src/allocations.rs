//! The bytes that are allocated, counted while somebody wants to know.
#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

/// Off by default: a timed bench pays for a load of a flag that nobody writes.
static COUNTING: AtomicBool = AtomicBool::new(false);
static BYTES: AtomicIsize = AtomicIsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: isize) {
    if COUNTING.load(Ordering::Relaxed) {
        // A sum that nothing else is ordered by.
        BYTES.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What a layout takes. No layout is larger than `isize::MAX`.
fn size(layout: Layout) -> isize {
    layout.size().cast_signed()
}

// SAFETY: each method hands exactly what it was given to `System`, which is a `GlobalAlloc`, and returns what that
// returns; so what holds for the caller's contract here holds there. Counting touches two atomics, allocates nothing and
// does not panic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        // SAFETY: the caller's layout is not of size zero.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        // SAFETY: the caller's layout is not of size zero.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-size(layout));
        // SAFETY: the caller got `memory` from here, so from `System`, for this layout.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size.cast_signed() - size(layout));
        // SAFETY: the caller got `memory` from here, so from `System`, for this layout, and `new_size` is not zero and
        // does not overflow when it is rounded up.
        unsafe { System.realloc(memory, layout, new_size) }
    }
}

/// What `run` returns, and how many bytes more are allocated after it than before, by all threads.
pub(crate) fn allocated<T>(run: impl FnOnce() -> T) -> (T, isize) {
    BYTES.store(0, Ordering::Relaxed);
    COUNTING.store(true, Ordering::Relaxed);
    let value = run();
    COUNTING.store(false, Ordering::Relaxed);
    (value, BYTES.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::allocated;

    #[test]
    fn what_stays_is_counted_and_what_went_is_not() {
        let (kept, bytes) = allocated(|| {
            drop(vec![0_u8; 5_000]);
            let mut kept: Vec<u8> = Vec::with_capacity(10);
            kept.reserve_exact(100_000);
            kept
        });
        assert!((100_000..101_000).contains(&bytes), "{bytes}");
        drop(kept);
    }
}
