//! Loads that fail, are dropped or are overtaken.

use super::*;

#[tokio::test]
async fn what_a_dropped_batch_was_loading_is_taken_over() {
    let (scope, table) = (scope(), Arc::<Table>::default());
    in_time(scope.run(async {
        let leader = {
            let table = table.clone();
            tokio::spawn(scope.run(async move { get_tracks(&table, &ids([1, 2, 3])).await }))
        };
        until(|| table.probe.running() == 1).await;
        let (of_two, of_other) = (ids([2, 5]), ids([3, 2]));
        let (two, other, ()) = tokio::join!(get_tracks(&table, &of_two), get_tracks(&table, &of_other), async {
            until(|| scope.cache().stats().misses == 7).await;
            leader.abort();
            assert!(leader.await.unwrap_err().is_cancelled());
            table.probe.gate.open();
        });
        assert_eq!((two.unwrap().len(), other.unwrap().len()), (2, 2));
        assert_eq!((table.reads(1), table.reads(2), table.reads(3), table.reads(5)), (1, 2, 2, 1));
    }))
    .await;
}

#[tokio::test]
async fn what_is_invalidated_while_the_batch_loads_is_answered_and_not_stored() {
    let (scope, table) = (scope(), Table::default());
    in_time(scope.run(async {
        let of = ids([1, 2]);
        let (answer, ()) = tokio::join!(get_tracks(&table, &of), async {
            until(|| table.probe.running() == 1).await;
            get_track::invalidate(TrackId(1)).await;
            table.probe.gate.open();
        });
        assert_eq!(answer.unwrap().len(), 2);
        assert_eq!(get_tracks::peek(TrackId(1)).await, None);
        assert_eq!(get_tracks::peek(TrackId(2)).await, Some(Ok(Some(title(2)))));
    }))
    .await;
}

#[tokio::test]
async fn an_error_is_the_whole_batch_s_and_of_those_who_wait_for_its_items() {
    let (scope, table) = (scope(), Table::default());
    table.broken.store(1, SeqCst);
    in_time(scope.run(async {
        let (of, of_other) = (ids([1, 2]), ids([2]));
        let single = get_track(&table, TrackId(1));
        let (batch, other, single, ()) =
            tokio::join!(get_tracks(&table, &of), get_tracks(&table, &of_other), single, async {
                until(|| scope.cache().stats().misses == 4).await;
                table.probe.gate.open();
            });
        let error = "broken for 2".to_owned();
        assert_eq!((batch, other, single), (Err(error.clone()), Err(error.clone()), Err(error)));
        assert_eq!(table.probe.runs(), 1);
        assert_eq!(get_tracks(&table, &of).await.unwrap().len(), 2, "an error is not stored");
    }))
    .await;
}
