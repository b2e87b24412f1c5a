//! How much memory a value holds outside of itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::mem::size_of;
use std::rc::Rc;
use std::sync::Arc;

/// A value that knows how many bytes it holds on the heap.
///
/// `max_bytes` counts, per entry, the entry itself, its key and name, `size_of` the value, and this. Without it a
/// value's heap counts as nothing. `#[derive(Weigh)]` adds up the fields.
///
/// ```
/// use cache_core::Weigh;
///
/// #[derive(Weigh)]
/// struct Artist { id: i64, name: String }
///
/// let artist = Artist { id: 1, name: String::from("Nina Simone") };
/// assert_eq!(artist.heap_bytes(), 11);
/// ```
pub trait Weigh {
    /// Bytes on the heap that this value owns.
    fn heap_bytes(&self) -> usize;
}

macro_rules! flat {
    ($($type:ty)*) => {$(
        impl Weigh for $type {
            fn heap_bytes(&self) -> usize {
                0
            }
        }
    )*};
}
flat!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char);
flat!(std::time::Duration std::time::Instant std::time::SystemTime std::net::IpAddr std::net::SocketAddr);

impl Weigh for () {
    fn heap_bytes(&self) -> usize {
        0
    }
}

impl Weigh for str {
    fn heap_bytes(&self) -> usize {
        0
    }
}

impl Weigh for String {
    fn heap_bytes(&self) -> usize {
        self.capacity()
    }
}

impl<T: Weigh> Weigh for [T] {
    fn heap_bytes(&self) -> usize {
        self.iter().map(T::heap_bytes).sum()
    }
}

impl<T: Weigh, const N: usize> Weigh for [T; N] {
    fn heap_bytes(&self) -> usize {
        self.as_slice().heap_bytes()
    }
}

impl<T: Weigh> Weigh for Vec<T> {
    fn heap_bytes(&self) -> usize {
        self.capacity() * size_of::<T>() + self.as_slice().heap_bytes()
    }
}

impl<T: Weigh> Weigh for VecDeque<T> {
    fn heap_bytes(&self) -> usize {
        self.capacity() * size_of::<T>() + self.iter().map(T::heap_bytes).sum::<usize>()
    }
}

impl<T: Weigh> Weigh for Option<T> {
    fn heap_bytes(&self) -> usize {
        self.as_ref().map_or(0, T::heap_bytes)
    }
}

impl<T: Weigh, E: Weigh> Weigh for Result<T, E> {
    fn heap_bytes(&self) -> usize {
        self.as_ref().map_or_else(E::heap_bytes, T::heap_bytes)
    }
}

impl<T: Weigh + ?Sized> Weigh for &T {
    fn heap_bytes(&self) -> usize {
        0
    }
}

impl<T: Weigh + ?Sized> Weigh for Box<T> {
    fn heap_bytes(&self) -> usize {
        size_of_val::<T>(self) + T::heap_bytes(self)
    }
}

macro_rules! counted {
    ($($pointer:ident)*) => {$(
        impl<T: Weigh + ?Sized> Weigh for $pointer<T> {
            fn heap_bytes(&self) -> usize {
                2 * size_of::<usize>() + size_of_val::<T>(self) + T::heap_bytes(self)
            }
        }
    )*};
}
counted!(Arc Rc);

impl<T: Weigh + ToOwned<Owned: Weigh> + ?Sized> Weigh for Cow<'_, T> {
    fn heap_bytes(&self) -> usize {
        match self {
            Self::Borrowed(_) => 0,
            Self::Owned(owned) => owned.heap_bytes(),
        }
    }
}

/// A hash table keeps a control byte per slot and an eighth of its slots free.
fn table(capacity: usize, item: usize) -> usize {
    capacity * 8 / 7 * (item + 1)
}

impl<K: Weigh, V: Weigh, S> Weigh for HashMap<K, V, S> {
    fn heap_bytes(&self) -> usize {
        let items: usize = self.iter().map(|(k, v)| k.heap_bytes() + v.heap_bytes()).sum();
        table(self.capacity(), size_of::<(K, V)>()) + items
    }
}

impl<T: Weigh, S> Weigh for HashSet<T, S> {
    fn heap_bytes(&self) -> usize {
        table(self.capacity(), size_of::<T>()) + self.iter().map(T::heap_bytes).sum::<usize>()
    }
}

/// A B-tree's nodes are two thirds full on average.
fn tree(len: usize, item: usize) -> usize {
    len * item * 3 / 2
}

impl<K: Weigh, V: Weigh> Weigh for BTreeMap<K, V> {
    fn heap_bytes(&self) -> usize {
        let items: usize = self.iter().map(|(k, v)| k.heap_bytes() + v.heap_bytes()).sum();
        tree(self.len(), size_of::<(K, V)>()) + items
    }
}

impl<T: Weigh> Weigh for BTreeSet<T> {
    fn heap_bytes(&self) -> usize {
        tree(self.len(), size_of::<T>()) + self.iter().map(T::heap_bytes).sum::<usize>()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Weigh),+> Weigh for ($($name,)+) {
            #[allow(non_snake_case)]
            fn heap_bytes(&self) -> usize {
                let ($($name,)+) = self;
                0 $(+ $name.heap_bytes())+
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
