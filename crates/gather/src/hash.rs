//! Hash tables for what every request looks up several times: keyed with a seed of this process, and faster than the
//! standard hasher, whose protection against chosen keys a few hundred hosts do not need.

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
