//! A cache as one would write it down in a minute.

use std::collections::BTreeMap;
use std::time::Duration;

use cache_core::{ErrorKind, Ttl};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(u64),
    Text(String),
    Count(i64),
}

/// The TTL of the decorated function, in milliseconds.
pub(crate) const CALL_TTL: u64 = 50;

/// Names, their values, and when they end.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) now: u64,
    pub(crate) entries: BTreeMap<String, (Value, u64)>,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) loads: u64,
}

impl Model {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.entries.get(name).filter(|(_, until)| self.now < *until).map(|(value, _)| value)
    }

    pub(crate) fn number(&mut self, name: &str) -> Option<u64> {
        let found = match self.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
        *(if found.is_some() { &mut self.hits } else { &mut self.misses }) += 1;
        found
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let found = match self.get(name) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        *(if found.is_some() { &mut self.hits } else { &mut self.misses }) += 1;
        found
    }

    pub(crate) fn set(&mut self, name: &str, value: Value, ttl: Ttl) -> bool {
        let until = match ttl {
            Ttl::Never => u64::MAX,
            Ttl::Default => self.now + 300_000,
            Ttl::After(span) => self.now + span.as_millis() as u64,
        };
        self.entries.insert(name.to_owned(), (value, until));
        until > self.now
    }

    pub(crate) fn increment(&mut self, name: &str, by: i64, ttl: Ttl) -> Result<i64, ErrorKind> {
        if ttl == Ttl::After(Duration::ZERO) {
            return Err(ErrorKind::NoTime);
        }
        match self.get(name) {
            None => {
                self.set(name, Value::Count(by), ttl);
                Ok(by)
            }
            Some(Value::Count(count)) => {
                let sum = count.checked_add(by).ok_or(ErrorKind::Overflow)?;
                self.entries.entry(name.to_owned()).and_modify(|(value, _)| *value = Value::Count(sum));
                Ok(sum)
            }
            Some(_) => Err(ErrorKind::WrongType),
        }
    }

    pub(crate) fn answer(&mut self, name: &str, answer: Option<u64>) {
        match answer {
            Some(number) => drop(self.set(name, Value::Number(number), Ttl::After(Duration::from_millis(CALL_TTL)))),
            None => drop(self.entries.remove(name)),
        }
    }

    /// How many were there.
    pub(crate) fn remove(&mut self, is_it: impl Fn(&str) -> bool) -> usize {
        let before = self.keys().len();
        self.entries.retain(|name, _| !is_it(name));
        before - self.keys().len()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.entries.iter().filter(|(_, (_, until))| self.now < *until).map(|(name, _)| name.clone()).collect()
    }
}
