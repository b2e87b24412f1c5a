//! Slots on their way from one node to another, as nodes say it.
//!
//! A walk through a node's keys does not meet those that came behind it. Where slots moved meanwhile, another walk does:
//! after two of them during which a slot went from one node to another and nowhere else, each key was met once.

use std::collections::BTreeMap;

use redis::{RedisError, RedisResult};

use crate::slots::Node;

/// Who has some slots, and where they go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Moves {
    /// Of each slot: the nodes that say that they have it, and those that it is on its way to.
    slots: BTreeMap<u16, (Vec<String>, Vec<String>)>,
    addresses: BTreeMap<String, Node>,
}

impl Moves {
    /// Of each node's answer to `CLUSTER NODES`, which says about itself what others do not know yet.
    pub(crate) fn read(answers: &[(Node, String)], slots: &[u16]) -> RedisResult<Self> {
        let mut moves = Self::default();
        for (said_by, text) in answers {
            for line in text.lines() {
                let words: Vec<&str> = line.split_ascii_whitespace().collect();
                let [id, address, flags, ..] = words.as_slice() else { continue };
                let address = address.split([',', '@']).next().unwrap_or_default();
                let itself = flags.split(',').any(|flag| flag == "myself");
                // As it was reached, which need not be how nodes reach each other.
                let node = if itself { Some(said_by.clone()) } else { Node::parse(address, said_by) };
                if let Some(node) = node
                    && (itself || !moves.addresses.contains_key(*id))
                {
                    moves.addresses.insert((*id).to_owned(), node);
                }
                if itself {
                    moves.note(id, words.get(8..).unwrap_or_default(), slots);
                }
            }
        }
        match slots.iter().all(|slot| moves.slots.get(slot).is_some_and(|(owners, _)| !owners.is_empty())) {
            true => Ok(moves),
            false => Err((redis::ErrorKind::ClusterConnectionNotFound, "no node says that it has a slot").into()),
        }
    }

    fn note(&mut self, id: &str, words: &[&str], slots: &[u16]) {
        for word in words {
            let marked = word.strip_prefix('[').and_then(|word| word.strip_suffix(']'));
            if let Some((slot, to)) = marked.and_then(|word| word.split_once("->-")) {
                self.on_its_way(slot, to, slots);
            } else if let Some((slot, _)) = marked.and_then(|word| word.split_once("-<-")) {
                self.on_its_way(slot, id, slots);
            } else {
                let (first, last) = word.split_once('-').unwrap_or((word, word));
                let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else { continue };
                for slot in slots.iter().filter(|slot| (first..=last).contains(*slot)) {
                    insert(&mut self.slots.entry(*slot).or_default().0, id);
                }
            }
        }
    }

    fn on_its_way(&mut self, slot: &str, to: &str, slots: &[u16]) {
        if let Ok(slot) = slot.parse()
            && slots.contains(&slot)
        {
            insert(&mut self.slots.entry(slot).or_default().1, to);
        }
    }

    /// Every node that may have keys of those slots.
    pub(crate) fn nodes(&self) -> RedisResult<Vec<Node>> {
        let unknown = || RedisError::from((redis::ErrorKind::ClusterConnectionNotFound, "a node has no address"));
        let mut ids: Vec<&String> = self.slots.values().flat_map(|(owners, to)| owners.iter().chain(to)).collect();
        ids.sort();
        ids.dedup();
        ids.into_iter().map(|id| self.addresses.get(id).cloned().ok_or_else(unknown)).collect()
    }

    /// Whether nothing moved between the two.
    pub(crate) fn still(&self, later: &Self) -> bool {
        self.slots == later.slots && self.slots.values().all(|(_, to)| to.is_empty())
    }

    /// Whether each slot went from one node to another, or stayed, and no further.
    pub(crate) fn one_way(times: &[Self]) -> bool {
        let Some(first) = times.first() else { return true };
        first.slots.keys().all(|slot| {
            let of = times.iter().filter_map(|time| time.slots.get(slot));
            let mut ids: Vec<&String> = of.clone().flat_map(|(owners, to)| owners.iter().chain(to)).collect();
            ids.sort();
            ids.dedup();
            let Some(([from], _)) = first.slots.get(slot).map(|(owners, to)| (owners.as_slice(), to)) else {
                return false;
            };
            // Here, on its way, there according to one of them, there.
            let stage =
                |(owners, to): &(Vec<String>, Vec<String>)| match (owners.contains(from), owners.len(), to.len()) {
                    (true, 1, 0) => Some(0),
                    (true, 1, _) => Some(1),
                    (true, ..) => Some(2),
                    (false, 1, 0) => Some(3),
                    _ => None,
                };
            let stages: Option<Vec<u8>> = of.map(stage).collect();
            ids.len() <= 2 && stages.is_some_and(|stages| stages.is_sorted())
        })
    }
}

fn insert(set: &mut Vec<String>, id: &str) {
    if let Err(at) = set.binary_search_by(|known| known.as_str().cmp(id)) {
        set.insert(at, id.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(port: u16) -> Node {
        Node { host: "h".to_owned(), port }
    }

    /// What two nodes say, each about itself.
    fn moves(a: &str, b: &str) -> Moves {
        let line = |id: &str, port: u16, flags: &str, slots: &str| {
            format!("{id} 10.0.0.1:{port}@1{port},name {flags} - 0 0 1 connected {slots}\n")
        };
        let of_a = line("a", 1, "myself,master", a) + &line("b", 2, "master", "") + &line("c", 3, "master", "9");
        let of_b = line("a", 1, "master", "0-9") + &line("b", 2, "myself,master", b);
        Moves::read(&[(node(1), of_a), (node(2), of_b)], &[3, 7]).unwrap()
    }

    #[test]
    fn each_node_is_believed_about_itself() {
        let here = moves("0-5", "6-9");
        assert_eq!(here.slots, [(3, (vec!["a".into()], vec![])), (7, (vec!["b".into()], vec![]))].into());
        assert_eq!(here.nodes().unwrap(), [node(1), node(2)]);
        assert!(here.still(&here));
        let elsewhere = moves("0-5 [3->-c] [4->-b]", "6-9");
        assert_eq!(elsewhere.slots[&3].1, ["c"]);
        assert_eq!(elsewhere.nodes().unwrap()[2], Node { host: "10.0.0.1".to_owned(), port: 3 });
        assert!(!elsewhere.still(&elsewhere));
        assert!(Moves::read(&[(node(1), "a h:1@2 myself,master - 0 0 1 connected 0-5".to_owned())], &[3, 7]).is_err());
    }

    #[test]
    fn a_slot_that_turns_back_or_goes_on_is_not_one_way() {
        let stages = [
            moves("0-5", "6-9"),
            moves("0-5 [3->-b]", "6-9"),
            moves("0-5", "6-9 [3-<-a]"),
            moves("0-5", "3 6-9"),
            moves("0-2 4-5", "3 6-9"),
        ];
        assert!(Moves::one_way(&stages));
        assert!(Moves::one_way(&[stages[4].clone(), stages[4].clone()]));
        assert!(!Moves::one_way(&[stages[4].clone(), stages[0].clone(), stages[4].clone()]));
        assert!(!Moves::one_way(&[stages[0].clone(), stages[4].clone(), stages[0].clone()]));
        let back = moves("0-2 4-5", "3 6-9 [3->-a]");
        assert!(!Moves::one_way(&[stages[0].clone(), back]), "it begins to turn back");
        let further = moves("0-5", "6-9 [7->-c]");
        assert!(!Moves::one_way(&[moves("0-5 7", "6-9"), further.clone()]), "two have it");
        assert!(!Moves::one_way(&[moves("0-5 7", "6 8-9"), further]), "three were seen");
    }
}
