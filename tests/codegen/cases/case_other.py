"""A second module: a class of a name that is taken in the first, and classes that need that module in a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from case_types import Near


class Same(BaseModel):
    """Not the one of the first module."""

    text: str


class Far(BaseModel):
    """Needs a class of the module that needs it."""

    back: Near | None = None
    same: Same = Same(text="far")


class FarBase(BaseModel):
    """A base class for the other module."""

    base: int = 1
