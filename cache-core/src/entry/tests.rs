use super::*;
use crate::clock::NEVER;
use crate::registry::Function;

#[test]
fn a_hot_entry_is_written_seldom_and_knows_about_how_hot_it_is() {
    let entry = Entry::of(0_u64, 0, "hot", None, Function::manual(), Lifetime::plain(0, NEVER));
    let mut writes_of_many = 0;
    for count in 1..=300_000_u64 {
        let before = entry.hits();
        entry.visit(Some(count));
        let after = entry.hits();
        assert!(before >= EXACT_HITS || after == before + 1);
        let off = u64::from(after).abs_diff(count);
        assert!(off <= if before < MANY_HITS { SAMPLE } else { SAMPLE_OF_MANY }, "{after} for {count}");
        writes_of_many += u64::from(before >= MANY_HITS && after != before);
    }
    assert!((200..=240).contains(&writes_of_many), "{writes_of_many} times in 234,000 hits");
}
