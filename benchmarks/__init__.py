"""Measurements a stranger can run and believe: ``nox -s bench``, or ``python -m benchmarks``. Never part of the tests."""
