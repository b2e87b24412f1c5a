//! What the store and its patterns are held against: the obvious way to do it.

/// Redis' glob, by recursion. None where a `[` is not closed.
#[must_use]
pub fn glob(pattern: &[u8], text: &[u8]) -> Option<bool> {
    let Some((&first, rest)) = pattern.split_first() else { return Some(text.is_empty()) };
    match first {
        b'*' => {
            let mut any = false;
            for at in 0..=text.len() {
                any |= glob(rest, &text[at..])?;
            }
            Some(any)
        }
        b'[' => {
            let (accepts, rest) = set(rest)?;
            let tail = glob(rest, text.get(1..).unwrap_or_default())?;
            Some(text.first().is_some_and(|byte| accepts(*byte)) && tail)
        }
        _ => {
            let (literal, rest) = match (first, rest.split_first()) {
                (b'\\', Some((&escaped, rest))) => (Some(escaped), rest),
                (b'?', _) => (None, rest),
                _ => (Some(first), rest),
            };
            let tail = glob(rest, text.get(1..).unwrap_or_default())?;
            Some(text.first().is_some_and(|byte| literal.is_none_or(|literal| literal == *byte)) && tail)
        }
    }
}

type Accepts = Box<dyn Fn(u8) -> bool>;

fn set(pattern: &[u8]) -> Option<(Accepts, &[u8])> {
    let (negated, mut rest) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut ranges = Vec::new();
    loop {
        rest = match rest {
            [] | [b'\\'] => return None,
            [b']', rest @ ..] => {
                let accepts = move |byte| ranges.iter().any(|&(low, high)| (low..=high).contains(&byte)) != negated;
                return Some((Box::new(accepts), rest));
            }
            [b'\\', one, b'-', high, rest @ ..] | [one, b'-', high, rest @ ..] if *high != b']' && *one != b'\\' => {
                ranges.push((*one.min(high), *one.max(high)));
                rest
            }
            [b'\\', one, rest @ ..] | [one, rest @ ..] => {
                ranges.push((*one, *one));
                rest
            }
        };
    }
}
