//! Source declarations and presets, and the way from bytes to records
