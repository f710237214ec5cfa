//! The SQLite store of gather: records, runs and outcomes
