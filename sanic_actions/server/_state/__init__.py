"""State that must outlive one request: the protocol of a store, and two stores that follow it."""
