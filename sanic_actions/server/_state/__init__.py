"""What must outlive one request: the promise of a state store, and two that keep it."""
