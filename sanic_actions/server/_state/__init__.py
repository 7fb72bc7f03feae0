"""State that must outlive one request: the contract of a state store, and two stores that keep it."""
