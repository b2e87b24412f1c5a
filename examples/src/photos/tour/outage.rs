//! Redis is killed and brought back.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::downloads::download_photo;
use super::super::images::photo_details;
use super::super::service::Service;
use super::super::users::{rename_user, user_profile};
use super::TourError;
use crate::cluster::{self, Away, Back, OwnServer, Pair};

const USER: i64 = 3;
const NAME: &str = "Renamed while Redis was away";
/// Photos that nobody has asked for before.
const FIRST: i64 = 101;
/// One that is downloaded meanwhile.
const DOWNLOADED: i64 = 9;

struct Services<'a> {
    both: [&'a Service; 2],
    refused: AtomicUsize,
}

impl Pair<TourError> for Services<'_> {
    async fn change(&self) -> Result<(), TourError> {
        Ok(rename_user(self.both[0], USER, NAME).await?)
    }

    async fn is_current(&self, instance: usize) -> Result<bool, TourError> {
        let user = user_profile(self.both[instance], USER).await?;
        Ok(user.is_some_and(|user| user.name == NAME))
    }

    async fn read(&self, instance: usize, number: usize) -> Result<(), TourError> {
        let on = self.both[instance];
        photo_details(on, FIRST + number as i64).await?;
        // The count that is shown needs Redis; the one that is written does not.
        if number.is_multiple_of(10) && download_photo(on, DOWNLOADED).await.is_none() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// What it was like, and how many counts were refused.
pub(super) async fn live_through(
    server: &mut OwnServer,
    one: &Service,
    two: &Service,
) -> Result<((Away, Back), usize), TourError> {
    let services = Services { both: [one, two], refused: AtomicUsize::new(0) };
    let lived = cluster::live_through(server, [&one.cache, &two.cache], &services).await?;
    Ok((lived, services.refused.into_inner()))
}
