"""Measurements a stranger can run and believe: ``nox -s bench``. Never part of the tests."""
