//! No value is served past its time, nor past its grace.

use std::collections::HashMap;
use std::time::Duration;

use super::{Answer, Call, Ended, History, Load};

/// How long past their time values of the functions with a grace may be served.
pub(super) const GRACE: Duration = Duration::from_millis(5);

/// The first call that was answered with a value whose time was over when it was made. A load that goes on beside its
/// caller may be stored at any time after its end, so its values are not looked at.
pub(super) fn outlived(history: &History) -> Option<(&Call, &Load)> {
    let calls: HashMap<u64, &Call> = history.calls.iter().map(|call| (call.id, call)).collect();
    let loads: HashMap<u64, &Load> = history.loads.iter().map(|load| (load.id, load)).collect();
    history.calls.iter().find_map(|call| {
        let Answer::Value(value) = call.answer else { return None };
        let load = loads.get(&value.id).filter(|load| load.how == Ended::Value)?;
        let caller = calls.get(&load.call).filter(|caller| caller.answer == call.answer)?;
        let grace = if call.graceful { GRACE } else { Duration::ZERO };
        // It was stored before its own caller was back.
        let over = caller.at.1 + load.ttl + grace;
        (call.invoked > caller.returned && call.at.0 >= over).then_some((call, *load))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Key, Value};
    use super::*;

    #[test]
    fn time_ends_with_the_ttl_or_with_the_grace() {
        let millis = Duration::from_millis;
        let key = Key { group: 0, number: 0 };
        let call = |id, invoked, at| Call {
            id,
            key,
            invoked,
            returned: invoked + 5,
            answer: Answer::Value(Value { key, id: 1 }),
            sync: false,
            nested: false,
            refresh: false,
            graceful: false,
            at,
        };
        let load = Load { id: 1, call: 1, key, began: 2, ended: 3, how: Ended::Value, ttl: millis(3) };
        let second = |at: u64| call(2, 10, (millis(at), millis(9)));
        let mut history = History {
            calls: vec![call(1, 1, (millis(0), millis(1))), second(3)],
            loads: vec![load],
            ..History::default()
        };
        assert!(outlived(&history).is_none(), "fresh until 4 ms, at least");
        history.calls[1] = second(4);
        assert_eq!(outlived(&history).map(|(call, _)| call.id), Some(2));
        history.calls[1].graceful = true;
        assert!(outlived(&history).is_none());
        history.calls[1].at.0 = millis(9);
        assert!(outlived(&history).is_some());
    }
}
