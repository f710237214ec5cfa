//! All limits of a client as one value: to look at, to keep, and to replay a report under others.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use url::Url;

use super::{HostLimits, Quota};
use crate::host::Host;

/// How many requests may be in flight, over all hosts and to each, and the quotas of hosts.
///
/// What a client was built with is told by [`Client::limits`](crate::Client::limits); what other limits would have made
/// of a fan-out by [`Report::replay`](crate::Report::replay).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub(crate) in_flight: usize,
    pub(crate) each_host: HostLimits,
    pub(crate) hosts: BTreeMap<Host, HostLimits>,
}

impl Limits {
    /// At most so many in flight over all hosts, at least 1; of each host what is usual.
    #[must_use]
    pub fn new(in_flight: usize) -> Self {
        Self {
            in_flight: in_flight.max(1),
            each_host: HostLimits::default(),
            hosts: BTreeMap::new(),
        }
    }

    /// What every host allows that is not named.
    #[must_use]
    pub fn each_host(mut self, limits: HostLimits) -> Self {
        self.each_host = limits;
        self
    }

    /// What one host allows.
    #[must_use]
    pub fn host(mut self, host: Host, limits: HostLimits) -> Self {
        self.hosts.insert(host, limits);
        self
    }

    /// The same with so many in flight over all hosts.
    #[must_use]
    pub fn with_in_flight(mut self, in_flight: usize) -> Self {
        self.in_flight = in_flight.max(1);
        self
    }

    /// How many may be in flight over all hosts.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// What every host allows that is not named.
    #[must_use]
    pub fn each(&self) -> &HostLimits {
        &self.each_host
    }

    /// What a host allows.
    #[must_use]
    pub fn of(&self, host: &Host) -> &HostLimits {
        self.hosts.get(host).unwrap_or(&self.each_host)
    }
}

#[derive(Serialize, Deserialize)]
struct Written {
    in_flight: usize,
    each_host: WrittenHost,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    hosts: BTreeMap<String, WrittenHost>,
}

#[derive(Serialize, Deserialize)]
struct WrittenHost {
    in_flight: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    quotas: Vec<WrittenQuota>,
}

/// The window is in microseconds.
#[derive(Serialize, Deserialize)]
struct WrittenQuota {
    requests: u32,
    per: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    at_send: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    spread: bool,
}

impl WrittenHost {
    fn of(limits: &HostLimits) -> Self {
        let quotas = limits.quotas.iter().map(|quota| WrittenQuota {
            requests: quota.requests,
            per: u64::try_from(quota.per.as_micros()).unwrap_or(u64::MAX),
            at_send: quota.at_send,
            spread: quota.spread,
        });
        Self {
            in_flight: limits.in_flight,
            quotas: quotas.collect(),
        }
    }

    fn read(self) -> Result<HostLimits, &'static str> {
        let mut limits = HostLimits::in_flight(self.in_flight);
        for written in self.quotas {
            if written.requests == 0 {
                return Err("a quota of no requests");
            }
            let per = std::time::Duration::from_micros(written.per);
            let mut quota = Quota::new(written.requests, per);
            if written.at_send {
                quota = quota.at_send();
            }
            if written.spread {
                quota = quota.spread();
            }
            limits = limits.quota(quota);
        }
        Ok(limits)
    }
}

/// In a form of its own that only [`Limits`] reads.
impl Serialize for Limits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hosts = self.hosts.iter();
        Written {
            in_flight: self.in_flight,
            each_host: WrittenHost::of(&self.each_host),
            hosts: hosts
                .map(|(host, limits)| (host.to_string(), WrittenHost::of(limits)))
                .collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let each_host = written.each_host.read().map_err(D::Error::custom)?;
        let mut limits = Self::new(written.in_flight).each_host(each_host);
        for (name, host) in written.hosts {
            let known = Url::parse(&name).ok().and_then(|url| Host::of(&url));
            let known = known.ok_or_else(|| D::Error::custom("limits of a host that is none"))?;
            limits = limits.host(known, host.read().map_err(D::Error::custom)?);
        }
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_written_reads_the_same() {
        let host = Host::of(&Url::parse("https://a.example:8443/").unwrap()).unwrap();
        let minute = Duration::from_secs(60);
        let limits = Limits::new(20).each_host(HostLimits::in_flight(3)).host(
            host.clone(),
            HostLimits::in_flight(2)
                .quota(Quota::new(10, minute).spread())
                .quota(Quota::new(100, 60 * minute).at_send()),
        );
        let text = serde_json::to_string(&limits).unwrap();
        let read: Limits = serde_json::from_str(&text).unwrap();
        assert_eq!(read, limits);
        assert_eq!(read.of(&host).slots(), 2);
        let nothing = text.replace("\"requests\":10,", "\"requests\":0,");
        assert!(serde_json::from_str::<Limits>(&nothing).is_err());
    }
}
