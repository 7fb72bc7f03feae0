"""The structure of types, and the rules for those that survive the wire."""
