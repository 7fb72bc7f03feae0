"""One place of a form while it is filled in."""

from __future__ import annotations

from typing import NamedTuple

from ..._forms.tree import FormTree
from .row_numbers import Rows


class Spot(NamedTuple):
    """One place of a form with the values in it, for one request."""

    tree: FormTree | None
    path: str
    rows: Rows
    shows_defaults: bool
    """Whether the defaults of the input show where nothing is given."""
    is_initial: bool
    """Whether it is inside of what may be left blank as a whole."""
