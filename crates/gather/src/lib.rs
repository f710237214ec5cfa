//! Polite concurrent HTTP: ask many servers at once, within every limit, and explain what happened
