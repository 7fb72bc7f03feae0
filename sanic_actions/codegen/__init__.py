"""Writes the client package of a tree of actions, as a pure function from the tree to texts."""

from __future__ import annotations

from ._package import generate as generate

__all__ = ["generate"]
