//! The dashboard of gather.
