//! The sandbox as its clients see it, over real sockets on loopback.

mod caching;
mod client;
mod coded;
mod editions;
mod faults;
mod feeds;
mod github;

mod lists;
mod load;
mod manners;
mod money;
mod news;
mod process;
mod proxy;
mod reddit;
mod secure;
mod simplefin;
mod test_api;
mod weather;
mod whole;
