//! A history told in order, for whoever has to find out how it came to that.

use super::{History, Key, Stamp};

impl History {
    /// What happened to a key, one line per event.
    #[must_use]
    pub fn story(&self, key: Key) -> String {
        let mut lines: Vec<(Stamp, String)> = Vec::new();
        for call in self.calls.iter().filter(|call| call.key == key) {
            let by = if call.sync { "thread" } else { "task" };
            let what = if call.refresh { "refresh" } else { "call" };
            let nested = if call.nested { ", nested" } else { "" };
            lines.push((call.invoked, format!("{what} {} by a {by}{nested}", call.id)));
            lines.push((call.returned, format!("{what} {} came back: {:?}", call.id, call.answer)));
        }
        for load in self.loads.iter().filter(|load| load.key == key) {
            lines.push((load.began, format!("body {} of call {} begins", load.id, load.call)));
            lines.push((load.ended, format!("body {} ends: {:?}", load.id, load.how)));
        }
        for put in self.puts.iter().filter(|put| put.key == key) {
            lines.push((put.invoked, format!("put {}", put.id)));
            lines.push((put.returned, format!("put {} done", put.id)));
        }
        for removal in self.removals.iter().filter(|removal| removal.reach.contains(key)) {
            lines.push((removal.invoked, format!("removal {}: {:?}", removal.invoked, removal.reach)));
            lines.push((removal.returned, format!("removal {} done", removal.invoked)));
        }
        for closing in self.expiries.iter().chain(&self.closings).filter(|closing| closing.reach.contains(key)) {
            lines.push((closing.invoked, format!("closing {}: {:?}", closing.invoked, closing.reach)));
            lines.push((closing.returned, format!("closing {} done", closing.invoked)));
        }
        lines.sort_unstable();
        lines.iter().map(|(stamp, line)| format!("{stamp:>6} {line}\n")).collect()
    }
}
