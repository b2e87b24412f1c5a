//! Invalidations at random that need no task.

use super::graceful::served_sync;
use super::record::{Key, Reach, Stamp};
use super::tiers::begun;
use super::work::{Kind, World, any_key, value_sync};
use crate::random::Random;

impl World {
    /// One of those that every function has, or of those about tags and graces.
    pub(super) fn remove(&self, worker: usize, random: &mut Random) {
        if self.kind == Kind::Graceful && random.percent(40) {
            self.remove_tagged(worker, random);
        } else {
            self.remove_named(worker, random);
        }
    }

    fn remove_named(&self, worker: usize, random: &mut Random) {
        let key = any_key(random);
        let Key { group, number } = key;
        let (tiers, cache, prefix) = (self.tiers, self.cache(), self.prefix());
        match random.below(14) {
            0 => self.removal(worker, Reach::Key(key), || tiers.delete(cache, self.name(key))),
            1 | 2 => self.removal(worker, Reach::Key(key), || tiers.invalidate(cache, self.name(key))),
            3 | 4 => self.removal(worker, Reach::Key(key), || match self.kind {
                Kind::Plain => value_sync::invalidate(group, number),
                Kind::Graceful => served_sync::invalidate(group, number),
            }),
            5 => self.removal(worker, Reach::Nothing, || tiers.invalidate(cache, format!("{prefix}:7:7"))),
            6 => self.removal(worker, Reach::Group(group), || tiers.pattern(cache, &format!("{prefix}:{group}:*"))),
            7 => self.removal(worker, Reach::Number(number), || tiers.pattern(cache, &format!("{prefix}:?:{number}"))),
            8 => self.removal(worker, Reach::Group(group), || tiers.prefix(cache, &format!("{prefix}:{group}"))),
            9 => self.removal(worker, Reach::All, || tiers.prefix(cache, prefix)),
            10 => self.removal(worker, Reach::All, || match self.kind {
                Kind::Plain => value_sync::invalidate_all(),
                Kind::Graceful => served_sync::invalidate_all(),
            }),
            11 => self.removal(worker, Reach::All, || tiers.clear(cache)),
            12 => {
                let deferred = cache.deferred();
                deferred.invalidate(self.name(key));
                self.removal(worker, Reach::Key(key), || begun(deferred.flush()));
            }
            _ => self.removal(worker, Reach::Nothing, || tiers.pattern(cache, "i:*")),
        }
    }

    fn remove_tagged(&self, worker: usize, random: &mut Random) {
        let key = any_key(random);
        let (tiers, cache) = (self.tiers, self.cache());
        let (group, number) = (format!("group:{}", key.group), format!("number:{}", key.number));
        let invoked = self.stamp();
        match random.below(6) {
            0 | 1 => self.removal(worker, Reach::Group(key.group), || tiers.tag(cache, group)),
            2 => self.removal(worker, Reach::Number(key.number), || tiers.tag(cache, number)),
            3 => {
                let deferred = cache.deferred();
                deferred.invalidate_tag(number);
                self.removal(worker, Reach::Number(key.number), || begun(deferred.flush()));
            }
            4 => tiers.tag(cache, "group:7".to_owned()),
            _ => {
                begun(cache.expire(self.name(key)));
                return self.expired(worker, Reach::Key(key), invoked);
            }
        }
        // Which tags a value has is not known before it is there: it may be this one.
        self.closed(worker, Reach::All, invoked);
    }

    /// A write has invalidated a group.
    pub(super) fn wrote(&self, worker: usize, group: u8, invoked: Stamp) {
        self.removed(worker, Reach::Group(group), invoked);
        if self.kind == Kind::Graceful {
            self.closed(worker, Reach::All, invoked);
        }
    }

    fn prefix(&self) -> &'static str {
        match self.kind {
            Kind::Plain => "h",
            Kind::Graceful => "g",
        }
    }
}
