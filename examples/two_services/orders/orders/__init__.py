"""A service that takes orders."""
