"""The options of a declared action."""

from __future__ import annotations

from typing import TypedDict


class Options(TypedDict, total=False):
    """The options of a declared action, beside its signature and its errors."""

    form: bool
    """The action takes a form and no JSON."""
    files: bool
    """The action takes JSON, or a form where there are files."""
    idempotent: bool
    """Running the action twice does what running it once does."""
    contract: str
    """The hash of the contract of the action, which the server is asked about with each call."""
    once: bool
    """The server runs the action once for each call, however often the call is sent."""
