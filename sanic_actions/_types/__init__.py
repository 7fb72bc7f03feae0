"""What types are made of, and which of them survive the wire."""
