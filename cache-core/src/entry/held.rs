//! A user's value, whose `Drop` may panic.

#![allow(unsafe_code)]

use std::any::type_name;
use std::mem::{ManuallyDrop, needs_drop};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

/// Holds a user's value and keeps a panic of its `Drop` from unwinding through the store.
pub(super) struct Held<T>(ManuallyDrop<T>);

impl<T> Held<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }

    #[inline]
    pub(super) fn get(&self) -> &T {
        &self.0
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        if needs_drop::<T>() {
            drop_held(drop_value::<T>, NonNull::from(&mut self.0).cast(), type_name::<T>());
        }
    }
}

/// # Safety
/// A value of that type is there, and nobody uses it any more.
unsafe fn drop_value<T>(value: NonNull<()>) {
    // SAFETY: as the caller promises.
    unsafe { value.cast::<T>().drop_in_place() }
}

// Of no type: it is the same for all of them.
fn drop_held(drop: unsafe fn(NonNull<()>), value: NonNull<()>, type_name: &str) {
    // SAFETY: nothing takes a held value out, `drop` is of its type, and this is called once, by its holder's `Drop`.
    if catch_unwind(AssertUnwindSafe(|| unsafe { drop(value) })).is_err() {
        tracing::error!(r#type = type_name, "a cached value panicked while it was dropped");
    }
}
