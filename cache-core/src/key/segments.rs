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

macro_rules! tuples {
    ($($name:ident)*) => {
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
