//! One connection to the server, for one request after the other.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

use crate::Fault;

/// A connection; dropping it closes it, whatever is under way.
#[derive(Debug)]
pub(super) struct Line {
    address: SocketAddr,
    sender: SendRequest<Empty<Bytes>>,
    /// Carries the bytes; aborted when dropped.
    _carrier: JoinSet<()>,
}

impl Line {
    pub(super) async fn open(address: SocketAddr) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut carrier = JoinSet::new();
        carrier.spawn(async move {
            // What is wrong with it, whoever asks is told.
            let _ = connection.await;
        });
        Ok(Self {
            address,
            sender,
            _carrier: carrier,
        })
    }

    /// Asks; the body is still to come.
    pub(super) async fn ask(
        &mut self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Response<Incoming>, Fault> {
        let mut request = Request::get(path).header(header::HOST, self.address.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sender.ready().await?;
        Ok(self
            .sender
            .send_request(request.body(Empty::new())?)
            .await?)
    }

    /// Asks and reads everything.
    pub(super) async fn read(
        &mut self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<(http::StatusCode, Bytes), Fault> {
        let answer = self.ask(path, headers).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}
