"""The one exception of the commands: what is wrong with a command line, for whoever has typed it."""

from __future__ import annotations


class UsageError(Exception):
    """Something on the command line cannot be used; the message says what, where and how to fix it."""
