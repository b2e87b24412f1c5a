//! The arguments of a key, segment by segment.

use std::any::type_name;

use super::{CacheKey, Sink};

/// References to the arguments that make a key: a tuple, one element per segment.
pub trait Segments {
    /// Per segment, whether it prints as a number only, and its type.
    fn kinds() -> Vec<(bool, &'static str)>;

    /// Shows each segment to `sink`.
    fn visit_segments<S: Sink>(&self, sink: &mut S);
}

/// A key's segments, each given or open.
pub trait Open {
    /// All of them open.
    fn open() -> Self;
}

/// A function of a key's segments, each given or open.
pub trait OfSegments<T> {
    /// What it gives.
    type Output;

    /// Calls it.
    fn of(self, segments: T) -> Self::Output;
}

/// A segment that a call keeps until it begins.
pub trait KeptSegment {
    /// Its type.
    type Segment: CacheKey + ?Sized;

    /// As it is hashed, compared and printed.
    fn borrowed(&self) -> &Self::Segment;
}

impl<T: CacheKey + ?Sized> KeptSegment for &T {
    type Segment = T;

    #[inline]
    fn borrowed(&self) -> &T {
        self
    }
}

/// An argument that is given by value.
#[derive(Debug)]
pub struct ByValue<T>(pub T);

impl<T: CacheKey> KeptSegment for ByValue<T> {
    type Segment = T;

    #[inline]
    fn borrowed(&self) -> &T {
        &self.0
    }
}

/// A key's segments, as a call keeps them until it begins.
pub trait Kept {
    /// Those, as a look-up takes them.
    type Borrowed<'a>: Segments
    where
        Self: 'a;

    /// As a look-up takes them.
    fn borrowed(&self) -> Self::Borrowed<'_>;
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: KeptSegment),*> Kept for ($($name,)*) {
            type Borrowed<'a>
                = ($(&'a $name::Segment,)*)
            where
                Self: 'a;

            #[inline]
            #[allow(non_snake_case, clippy::unused_unit)]
            fn borrowed(&self) -> Self::Borrowed<'_> {
                let ($($name,)*) = self;
                ($($name.borrowed(),)*)
            }
        }

        #[allow(clippy::unused_unit)]
        impl<$($name),*> Open for ($(Option<$name>,)*) {
            fn open() -> Self {
                ($(None::<$name>,)*)
            }
        }

        impl<Fun: FnOnce($(Option<$name>),*) -> X, X, $($name),*> OfSegments<($(Option<$name>,)*)> for Fun {
            type Output = X;

            #[allow(non_snake_case)]
            fn of(self, ($($name,)*): ($(Option<$name>,)*)) -> X {
                self($($name),*)
            }
        }

        impl<$($name: CacheKey + ?Sized),*> Segments for ($(&$name,)*) {
            fn kinds() -> Vec<(bool, &'static str)> {
                vec![$(($name::NUMBER, type_name::<$name>())),*]
            }

            #[inline]
            #[allow(non_snake_case, unused_variables)]
            fn visit_segments<S: Sink>(&self, sink: &mut S) {
                let ($($name,)*) = self;
                $(
                    sink.segment();
                    $name.visit(sink);
                )*
            }
        }
    };
}
tuples!();
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);
tuples!(A B C D E F G H I J K L M);
tuples!(A B C D E F G H I J K L M N);
tuples!(A B C D E F G H I J K L M N O);
tuples!(A B C D E F G H I J K L M N O P);
