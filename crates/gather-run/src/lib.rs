//! One run of gather, from plan to outcome
