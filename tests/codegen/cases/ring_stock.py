"""The third module of the circle: nothing needs it before it is used, and it needs the second for a base class."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import ring_orders

if TYPE_CHECKING:
    from ring_people import Customer


class Item(ring_orders.Order):
    """What is ordered again."""

    name: str = ""
    last: Customer | None = None


class Place(NamedTuple):
    line: ring_orders.Line
    shelf: int = 0
