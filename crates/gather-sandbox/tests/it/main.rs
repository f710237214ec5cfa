//! The sandbox as its clients see it, over real sockets on loopback.

mod client;
mod coded;
mod faults;
mod feeds;
mod load;
mod manners;
mod money;
mod news;
mod process;
mod proxy;
mod secure;
mod test_api;
mod whole;
