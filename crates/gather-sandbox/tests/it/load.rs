//! Many at once. How fast is a benchmark's question; here it only has to be right.

use gather_sandbox::{Api, Fault, Sandbox};
use http_body_util::{BodyExt, Empty};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::task::JoinSet;

use crate::client::{exchange, get, parse, request, start};

fn client() -> Client<HttpConnector, Empty<bytes::Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_connections_are_held_and_answered_at_once() {
    let sandbox = start(Sandbox::builder().fault((Api::Any, "/bytes/9"), Fault::HangAfterHeaders));
    let sandbox = sandbox.await;
    let (client, url) = (client(), sandbox.url(Api::Any));
    let ask = async |path: &str| {
        let mut tasks = JoinSet::new();
        for _ in 0..1000 {
            tasks.spawn(client.get(format!("{url}{path}").parse().unwrap()));
        }
        tasks
            .join_all()
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect::<Vec<_>>()
    };
    let held = ask("/bytes/9").await;
    let log = sandbox.log(Api::Any);
    assert_eq!((log.in_flight(), log.peak_in_flight()), (1000, 1000));
    assert_eq!(sandbox.connections(Api::Any), 1000);
    for answer in ask("/json/5").await {
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(b"{\"id\":5,"));
    }
    assert_eq!(sandbox.log((Api::Any, "/json/5")).total(), 1000);
    drop(held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_connections_are_used_again() {
    let sandbox = start(Sandbox::builder()).await;
    let (client, url) = (client(), sandbox.url(Api::Any));
    for n in 0..200 {
        let answer = client
            .get(format!("{url}/json/{n}").parse().unwrap())
            .await
            .unwrap();
        assert_eq!(
            answer.into_body().collect().await.unwrap().to_bytes()[..6],
            b"{\"id\":"[..]
        );
    }
    assert_eq!(sandbox.log(Api::Any).total(), 200);
    assert!(
        sandbox.connections(Api::Any) < 10,
        "{}",
        sandbox.connections(Api::Any)
    );
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let sandbox = start(Sandbox::builder()).await;
    let reply = get(&sandbox, Api::Any, "/bytes/20000000").await;
    assert_eq!(reply.body.len(), 20_000_000);
    assert!(sandbox.log(Api::Any).requests()[0].answered);
}

#[tokio::test]
async fn every_loopback_address_is_a_host_when_many_are_wanted() {
    let sandbox = start(Sandbox::builder().many_hosts()).await;
    let addr = sandbox.addr(Api::Any);
    assert_eq!(addr.ip(), std::net::Ipv4Addr::LOCALHOST);
    for host in ["127.0.0.1", "127.0.0.2", "127.9.8.7"] {
        let addr = std::net::SocketAddr::new(host.parse().unwrap(), addr.port());
        let (answer, _) = exchange(addr, &request("GET", "/json/4", &[], "")).await;
        assert_eq!(parse(&answer).status, 200);
    }
    assert_eq!(sandbox.log(Api::Any).total(), 3);
    let alone = start(Sandbox::builder()).await;
    let elsewhere = ("127.0.0.2", alone.addr(Api::Any).port());
    assert!(tokio::net::TcpStream::connect(elsewhere).await.is_err());
}
