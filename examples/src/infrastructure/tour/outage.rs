//! Redis is killed and brought back.

use super::super::database::PEOPLE;
use super::super::instance::Instance;
use super::super::repository::{get_item, get_user_profile, rename_user};
use super::TourError;
use crate::cluster::{self, Away, Back, OwnServer, Pair};

const USER: i64 = 11;
const NAME: &str = "Renamed while Redis was away";

struct Instances<'a>([&'a Instance; 2]);

impl Pair<TourError> for Instances<'_> {
    async fn change(&self) -> Result<(), TourError> {
        Ok(rename_user(self.0[0], USER, NAME).await?)
    }

    async fn is_current(&self, instance: usize) -> Result<bool, TourError> {
        let user = get_user_profile(self.0[instance], USER).await?;
        Ok(user.is_some_and(|user| user.name == NAME))
    }

    async fn read(&self, instance: usize, number: usize) -> Result<(), TourError> {
        get_item(self.0[instance], PEOPLE - number as i64).await?;
        Ok(())
    }
}

pub(super) async fn live_through(
    server: &mut OwnServer,
    one: &Instance,
    two: &Instance,
) -> Result<(Away, Back), TourError> {
    cluster::live_through(server, [&one.cache, &two.cache], &Instances([one, two])).await
}
