//! The least that could answer: an axum handler with a body that it has already.

use std::{collections::HashMap, io::Read as _, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::get,
    serve::ListenerExt as _,
};
use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::json;
use tokio::{net::TcpListener, sync::RwLock};

use crate::{Fault, measure::say};

/// Bodies by their size.
type Bodies = Arc<RwLock<HashMap<usize, Bytes>>>;

/// The largest body.
const MOST: usize = 16 << 20;

pub(super) fn run() -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        say(&json!({ "address": listener.local_addr()?.to_string() }).to_string());
        let routes = Router::new()
            .route("/{size}", get(body))
            .with_state(Bodies::default());
        // As gather's connections are: without it an answer could wait for more to send.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        tokio::select! {
            served = axum::serve(listener, routes) => Ok(served?),
            () = parent_ended() => Ok(()),
        }
    })
}

/// Completes when standard input ends: a parent that dies takes this along.
async fn parent_ended() {
    let (ended, waited) = tokio::sync::oneshot::channel();
    // A plain thread: a blocking read cannot be cancelled, and must not keep the runtime from ending.
    std::thread::spawn(move || {
        let (mut input, mut waste) = (std::io::stdin().lock(), [0; 64]);
        while matches!(input.read(&mut waste), Ok(n) if n > 0) {}
        // Nobody waits any more when serving has failed.
        let _ = ended.send(());
    });
    let _ = waited.await;
}

async fn body(State(bodies): State<Bodies>, Path(size): Path<usize>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    if let Some(body) = bodies.read().await.get(&size) {
        return (kind, body.clone()).into_response();
    }
    if size > MOST {
        return StatusCode::NOT_FOUND.into_response();
    }
    let body = Bytes::from(vec![b'x'; size]);
    bodies.write().await.insert(size, body.clone());
    (kind, body).into_response()
}
