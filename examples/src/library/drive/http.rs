//! HTTP over loopback, as a visitor's browser would speak it.

use std::net::SocketAddr;

use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::DriveError;

/// A client of the service, with a connection pool of its own.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    base: String,
}

impl Http {
    pub(super) fn new(address: SocketAddr) -> Result<Self, DriveError> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { client, base: format!("http://{address}") })
    }

    /// The body of a 200.
    pub(super) async fn get(&self, path: &str) -> Result<Vec<u8>, DriveError> {
        let response = self.client.get(format!("{}{path}", self.base)).send().await?;
        if response.status() != StatusCode::OK {
            return Err(DriveError::status("GET", path, response.status()));
        }
        Ok(response.bytes().await?.into())
    }

    /// Sends `body` and returns the answer, whose status has to be `expected`.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        expected: StatusCode,
    ) -> Result<T, DriveError> {
        let request = self.client.request(method.clone(), format!("{}{path}", self.base)).json(body);
        let response = request.send().await?;
        if response.status() != expected {
            return Err(DriveError::status(method.as_str(), path, response.status()));
        }
        Ok(response.json().await?)
    }
}
