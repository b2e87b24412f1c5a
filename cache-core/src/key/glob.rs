//! Redis' glob syntax over printed names: `*`, `?`, `[abc]`, `[^a-z]`, and `\` before a literal character.

use std::fmt;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Literal(u8),
    /// `?`: any one byte.
    Any,
    /// `[…]`.
    Set {
        negated: bool,
        ranges: Vec<(u8, u8)>,
    },
    /// `*`: any run of bytes.
    Run,
    /// The wildcard of a typed segment: any run of bytes that does not leave the segment.
    Segment,
}

impl Token {
    fn accepts(&self, byte: u8) -> bool {
        match self {
            Self::Literal(literal) => *literal == byte,
            Self::Any | Self::Run => true,
            Self::Segment => byte != b':',
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&byte)) != *negated
            }
        }
    }

    fn repeats(&self) -> bool {
        matches!(self, Self::Run | Self::Segment)
    }
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Glob {
    tokens: Vec<Token>,
    source: String,
}

/// Why a pattern was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidGlob {
    Empty,
    UnclosedSet,
}

impl fmt::Display for InvalidGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty: to remove everything, call `clear()` or write `*`",
            Self::UnclosedSet => "a `[` has no `]`: close it, or write `\\[` for the character itself",
        })
    }
}

impl std::error::Error for InvalidGlob {}

impl Glob {
    pub(crate) fn new(source: &str) -> Result<Self, InvalidGlob> {
        if source.is_empty() {
            return Err(InvalidGlob::Empty);
        }
        let mut bytes = source.bytes();
        let mut tokens = Vec::with_capacity(source.len());
        while let Some(byte) = bytes.next() {
            tokens.push(match byte {
                b'*' if tokens.last() == Some(&Token::Run) => continue,
                b'*' => Token::Run,
                b'?' => Token::Any,
                b'[' => set(&mut bytes)?,
                b'\\' => Token::Literal(bytes.next().unwrap_or(b'\\')),
                literal => Token::Literal(literal),
            });
        }
        Ok(Self { tokens, source: source.to_owned() })
    }

    /// A template with some of its segments given, printed, and the others open.
    pub(crate) fn of_segments(texts: &[&str], segments: &[Option<&str>]) -> Self {
        let mut tokens = Vec::new();
        let mut source = String::new();
        let literal = |text: &str, tokens: &mut Vec<Token>, source: &mut String| {
            tokens.extend(text.bytes().map(Token::Literal));
            source.push_str(text);
        };
        for (index, text) in texts.iter().enumerate() {
            literal(text, &mut tokens, &mut source);
            match segments.get(index) {
                Some(Some(given)) => literal(given, &mut tokens, &mut source),
                Some(None) => {
                    tokens.push(Token::Segment);
                    source.push('*');
                }
                None => {}
            }
        }
        Self { tokens, source }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        // Going back to the last wildcard alone is enough: an earlier one could only give bytes to the later, and a
        // pattern has either runs or segment wildcards, which are kept apart by the `:` between them.
        let name = name.as_bytes();
        let (mut at, mut pos) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match self.tokens.get(at) {
                Some(token) if token.repeats() => {
                    retry = Some((at, pos));
                    at += 1;
                    continue;
                }
                Some(token) if name.get(pos).is_some_and(|byte| token.accepts(*byte)) => {
                    at += 1;
                    pos += 1;
                    continue;
                }
                None if pos == name.len() => return true,
                _ => {}
            }
            let Some((wildcard, from)) = retry else { return false };
            if !name.get(from).is_some_and(|byte| self.tokens[wildcard].accepts(*byte)) {
                return false;
            }
            retry = Some((wildcard, from + 1));
            at = wildcard + 1;
            pos = from + 1;
        }
    }

    /// What every match begins with.
    #[cfg(feature = "shared")]
    pub(crate) fn literal_start(&self) -> String {
        let bytes: Vec<u8> = self
            .tokens
            .iter()
            .map_while(|token| match token {
                Token::Literal(byte) => Some(*byte),
                _ => None,
            })
            .collect();
        String::from_utf8_lossy(&bytes).trim_end_matches('\u{FFFD}').to_owned()
    }

    /// Whether some text that begins with `start` matches.
    pub(crate) fn may_begin_with(&self, start: &str) -> bool {
        // After `start`, some way through the pattern has to be left: its rest then matches some continuation.
        let mut reached = vec![false; self.tokens.len() + 1];
        reached[0] = true;
        for byte in start.bytes() {
            let mut next = vec![false; reached.len()];
            for at in 0..self.tokens.len() {
                let token = &self.tokens[at];
                if reached[at] && token.repeats() {
                    reached[at + 1] = true;
                }
                if reached[at] && token.accepts(byte) {
                    next[if token.repeats() { at } else { at + 1 }] = true;
                }
            }
            reached = next;
        }
        reached.contains(&true)
    }
}

fn set(bytes: &mut std::str::Bytes<'_>) -> Result<Token, InvalidGlob> {
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    let mut negated = false;
    let mut first = true;
    loop {
        let mut byte = bytes.next().ok_or(InvalidGlob::UnclosedSet)?;
        let escaped = byte == b'\\';
        if escaped {
            byte = bytes.next().ok_or(InvalidGlob::UnclosedSet)?;
        }
        match byte {
            b']' if !escaped => return Ok(Token::Set { negated, ranges }),
            b'^' if first && !escaped => negated = true,
            _ => {
                let mut ahead = bytes.clone();
                let high = match (ahead.next(), ahead.next()) {
                    (Some(b'-'), Some(high)) if high != b']' => {
                        *bytes = ahead;
                        high
                    }
                    _ => byte,
                };
                ranges.push((byte.min(high), byte.max(high)));
            }
        }
        first = false;
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, name: &str) -> bool {
        Glob::new(glob).unwrap().matches(name)
    }

    #[test]
    fn globs_match_as_redis_documents_them() {
        assert!(matches("h?llo", "hello") && !matches("h?llo", "hllo"));
        assert!(matches("h*llo", "hllo") && matches("h*llo", "heeeello"));
        assert!(matches("h[ae]llo", "hallo") && !matches("h[ae]llo", "hillo"));
        assert!(matches("h[^e]llo", "hallo") && !matches("h[^e]llo", "hello"));
        assert!(matches("h[a-b]llo", "hbllo") && !matches("h[a-b]llo", "hcllo"));
        assert!(matches(r"a\*b", "a*b") && !matches(r"a\*b", "axb"));
        assert!(matches("*:artist_id=42:*", "works:artist_id=42:0"));
        assert!(matches("*", "") && matches("a**b", "ab"));
        assert!(!matches("a", "ab") && !matches("ab", "a"));
    }

    #[test]
    fn hostile_patterns_take_no_exponential_time() {
        let glob = format!("{}b", "a*".repeat(40));
        assert!(!matches(&glob, &"a".repeat(5_000)));
    }

    #[test]
    fn a_pattern_that_means_nothing_is_refused() {
        assert_eq!(Glob::new("").unwrap_err(), InvalidGlob::Empty);
        assert_eq!(Glob::new("a[b").unwrap_err(), InvalidGlob::UnclosedSet);
    }

    #[test]
    fn a_segment_wildcard_stays_in_its_segment() {
        let glob = Glob::of_segments(&["list:", ":", ""], &[Some("42"), None]);
        assert!(glob.matches("list:42:0"));
        assert!(!glob.matches("list:42:0:24"));
        assert!(!glob.matches("list:421:0"));
        let around = Glob::of_segments(&["a_", "_z:", ""], &[None, Some("7")]);
        assert!(around.matches("a_x_z_z:7"));
        assert!(!around.matches("a_x:7"));
    }
}
