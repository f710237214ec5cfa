//! Simulated news, bank and rates APIs on loopback, with latency and faults
