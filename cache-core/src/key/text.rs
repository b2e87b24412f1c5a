//! A text that is mostly short: then it needs no allocation on its way from the arguments to the entry.

use std::fmt;
use std::ops::Deref;

use arrayvec::ArrayString;

/// Bytes that a short one has. With their count and what says that it is short, a line of the processor's cache.
const SHORT: usize = 52;

/// A printed name, or one being printed.
#[derive(Clone)]
pub(crate) enum Name {
    Short(ArrayString<SHORT>),
    Long(String),
}

impl Name {
    pub(super) const fn new() -> Self {
        Self::Short(ArrayString::new_const())
    }

    #[inline]
    pub(super) fn push_str(&mut self, more: &str) {
        match self {
            Self::Short(short) => {
                if short.try_push_str(more).is_err() {
                    self.lengthen(more);
                }
            }
            Self::Long(long) => long.push_str(more),
        }
    }

    #[cold]
    fn lengthen(&mut self, more: &str) {
        let mut long = String::with_capacity(2 * (self.len() + more.len()));
        long.push_str(self);
        long.push_str(more);
        *self = Self::Long(long);
    }
}

impl Deref for Name {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match self {
            Self::Short(short) => short,
            Self::Long(long) => long,
        }
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        match ArrayString::from(&text) {
            Ok(short) => Self::Short(short),
            Err(_) => Self::Long(text),
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        match name {
            Name::Short(short) => short.as_str().to_owned(),
            Name::Long(long) => long,
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_however_long_and_in_whatever_pieces_it_came() {
        for piece in ["x", "äö", "a longer piece of text", &"y".repeat(3 * SHORT)] {
            let (mut name, mut whole) = (Name::new(), String::new());
            for _ in 0..40 {
                name.push_str(piece);
                whole.push_str(piece);
                assert_eq!(*name, *whole);
                assert_eq!(matches!(name, Name::Short(_)), whole.len() <= SHORT);
                assert_eq!(*Name::from(whole.clone()), *whole);
                assert_eq!(String::from(name.clone()), whole);
            }
        }
    }
}
