"""Stands in for what needs sockets, so that the shared parts of the tests can be imported."""
