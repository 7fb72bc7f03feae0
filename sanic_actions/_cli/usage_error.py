"""The exception that commands raise for a mistake on the command line."""

from __future__ import annotations


class UsageError(Exception):
    """Something on the command line cannot be used; says what, where and how to fix it."""
