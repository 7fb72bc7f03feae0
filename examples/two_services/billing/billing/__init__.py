"""A service that bills orders."""
