//! Key types of the standard library: numbers, texts, pointers, collections.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::num::{NonZero, Saturating, Wrapping};
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;
use std::sync::Arc;

use super::{CacheKey, Sink};

macro_rules! integers {
    ($($method:ident as $wide:ty: $($type:ty)*;)*) => {$($(
        impl CacheKey for $type {
            const NUMBER: bool = true;

            #[inline]
            fn visit<S: Sink>(&self, sink: &mut S) {
                sink.$method(*self as $wide);
            }
        }

        impl CacheKey for NonZero<$type> {
            const NUMBER: bool = true;

            #[inline]
            fn visit<S: Sink>(&self, sink: &mut S) {
                self.get().visit(sink);
            }
        }
    )*)*};
}
integers! {
    unsigned as u64: u8 u16 u32 u64 usize;
    signed as i64: i8 i16 i32 i64 isize;
}

macro_rules! wide_integers {
    ($($type:ty)*) => {$(
        impl CacheKey for $type {
            const NUMBER: bool = true;

            fn visit<S: Sink>(&self, sink: &mut S) {
                sink.scalar(&self.to_le_bytes(), self);
            }
        }

        impl CacheKey for NonZero<$type> {
            const NUMBER: bool = true;

            fn visit<S: Sink>(&self, sink: &mut S) {
                self.get().visit(sink);
            }
        }
    )*};
}
wide_integers!(u128 i128);

macro_rules! wrappers {
    ($($wrapper:ident)*) => {$(
        impl<T: CacheKey> CacheKey for $wrapper<T> {
            const NUMBER: bool = T::NUMBER;

            fn visit<S: Sink>(&self, sink: &mut S) {
                self.0.visit(sink);
            }
        }
    )*};
}
wrappers!(Wrapping Saturating);

macro_rules! pointers {
    ($($type:ty)*) => {$(
        impl<T: CacheKey + ?Sized> CacheKey for $type {
            const NUMBER: bool = T::NUMBER;

            #[inline]
            fn visit<S: Sink>(&self, sink: &mut S) {
                (**self).visit(sink);
            }
        }
    )*};
}
pointers!(&T &mut T Box<T> Rc<T> Arc<T>);

impl<T: CacheKey + ToOwned + ?Sized> CacheKey for Cow<'_, T> {
    const NUMBER: bool = T::NUMBER;

    fn visit<S: Sink>(&self, sink: &mut S) {
        T::visit(self, sink);
    }
}

impl CacheKey for bool {
    #[inline]
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.scalar(&[u8::from(*self)], self);
    }
}

impl CacheKey for char {
    #[inline]
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.text(self.encode_utf8(&mut [0; 4]));
    }
}

impl CacheKey for str {
    #[inline]
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.text(self);
    }
}

impl CacheKey for String {
    #[inline]
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.text(self);
    }
}

impl<T: CacheKey> CacheKey for Option<T> {
    #[inline]
    fn visit<S: Sink>(&self, sink: &mut S) {
        match self {
            Some(value) => {
                sink.present();
                value.visit(sink);
            }
            None => sink.absent(),
        }
    }
}

impl CacheKey for () {
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.open();
        sink.close();
    }
}

impl<T: ?Sized> CacheKey for PhantomData<T> {
    fn visit<S: Sink>(&self, sink: &mut S) {
        ().visit(sink);
    }
}

fn list<S: Sink>(sink: &mut S, items: impl IntoIterator<Item = impl CacheKey>) {
    sink.open();
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            sink.next();
        }
        item.visit(sink);
    }
    sink.close();
}

impl<T: CacheKey> CacheKey for [T] {
    fn visit<S: Sink>(&self, sink: &mut S) {
        list(sink, self);
    }
}

impl<T: CacheKey, const N: usize> CacheKey for [T; N] {
    fn visit<S: Sink>(&self, sink: &mut S) {
        list(sink, self);
    }
}

macro_rules! sequences {
    ($($sequence:ident)*) => {$(
        impl<T: CacheKey> CacheKey for $sequence<T> {
            fn visit<S: Sink>(&self, sink: &mut S) {
                list(sink, self);
            }
        }
    )*};
}
sequences!(Vec VecDeque LinkedList BTreeSet);

impl<K: CacheKey, V: CacheKey> CacheKey for BTreeMap<K, V> {
    fn visit<S: Sink>(&self, sink: &mut S) {
        list(sink, self);
    }
}

macro_rules! tuples {
    ($first:ident $($name:ident)*) => {
        impl<$first: CacheKey, $($name: CacheKey),*> CacheKey for ($first, $($name,)*) {
            #[allow(non_snake_case)]
            fn visit<S: Sink>(&self, sink: &mut S) {
                let ($first, $($name,)*) = self;
                sink.open();
                $first.visit(sink);
                $(
                    sink.next();
                    $name.visit(sink);
                )*
                sink.close();
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
tuples!(A B C D E F G);
tuples!(A B C D E F G H);

impl<T: CacheKey> CacheKey for Range<T> {
    fn visit<S: Sink>(&self, sink: &mut S) {
        (&self.start, &self.end).visit(sink);
    }
}

impl<T: CacheKey> CacheKey for RangeInclusive<T> {
    fn visit<S: Sink>(&self, sink: &mut S) {
        (self.start(), self.end()).visit(sink);
    }
}

impl CacheKey for std::cmp::Ordering {
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.variant(match self {
            Self::Less => "Less",
            Self::Equal => "Equal",
            Self::Greater => "Greater",
        });
    }
}
