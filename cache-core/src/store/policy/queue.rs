//! Two queues over the places of a shard, as lists through one table of links.

/// No place.
pub(super) const NONE: u32 = u32::MAX;

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// In no queue: its place is free, or what is there is not to be evicted.
    Nowhere,
    /// Among the newcomers.
    Window,
    /// Among those that have proved themselves.
    Clock,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    older: u32,
    newer: u32,
    /// The tick of its last push.
    stamp: u32,
    home: Home,
}

const FREE: Link = Link { older: NONE, newer: NONE, stamp: 0, home: Home::Nowhere };

/// First in, first out, but for what goes earlier.
#[derive(Debug)]
pub(super) struct Queue {
    newest: u32,
    pub(super) oldest: u32,
    pub(super) count: usize,
    pub(super) bytes: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self { newest: NONE, oldest: NONE, count: 0, bytes: 0 }
    }
}

#[derive(Debug, Default)]
pub(super) struct Queues {
    links: Vec<Link>,
    pub(super) window: Queue,
    pub(super) clock: Queue,
}

impl Queues {
    fn link(&self, at: u32) -> Link {
        self.links.get(at as usize).copied().unwrap_or(FREE)
    }

    pub(super) fn home(&self, at: u32) -> Home {
        self.link(at).home
    }

    pub(super) fn stamp(&self, at: u32) -> u32 {
        self.link(at).stamp
    }

    /// Puts an entry that is in no queue at the end of one.
    pub(super) fn push(&mut self, home: Home, at: u32, weight: usize, stamp: u32) {
        if self.links.len() <= at as usize {
            self.links.resize(at as usize + 1, FREE);
        }
        let queue = match home {
            Home::Nowhere => return,
            Home::Window => &mut self.window,
            Home::Clock => &mut self.clock,
        };
        self.links[at as usize] = Link { older: queue.newest, newer: NONE, stamp, home };
        match self.links.get_mut(queue.newest as usize) {
            Some(newest) => newest.newer = at,
            None => queue.oldest = at,
        }
        queue.newest = at;
        queue.count += 1;
        queue.bytes += weight;
    }

    /// Takes an entry out of its queue.
    pub(super) fn take(&mut self, at: u32, weight: usize) {
        let link = self.link(at);
        let queue = match link.home {
            Home::Nowhere => return,
            Home::Window => &mut self.window,
            Home::Clock => &mut self.clock,
        };
        match self.links.get_mut(link.older as usize) {
            Some(older) => older.newer = link.newer,
            None => queue.oldest = link.newer,
        }
        match self.links.get_mut(link.newer as usize) {
            Some(newer) => newer.older = link.older,
            None => queue.newest = link.older,
        }
        queue.count -= 1;
        queue.bytes -= weight;
        self.links[at as usize] = FREE;
    }

    /// Notes that an entry weighs something else now.
    pub(super) fn reweigh(&mut self, at: u32, before: usize, weight: usize) {
        let queue = match self.home(at) {
            Home::Nowhere => return,
            Home::Window => &mut self.window,
            Home::Clock => &mut self.clock,
        };
        queue.bytes = queue.bytes - before + weight;
    }
}
