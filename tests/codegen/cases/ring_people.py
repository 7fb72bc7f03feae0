"""One of three modules that need each other in a circle, for base classes and defaults too."""

from __future__ import annotations

import enum

from pydantic import BaseModel


class Role(enum.Enum):
    GUEST = "guest"
    MEMBER = "member"


class Record(BaseModel):
    id: int = 0


import ring_orders  # noqa: E402  # it needs the two above, and what follows needs it
import ring_stock  # noqa: E402  # the circle under test


class Customer(Record):
    last: ring_orders.State = ring_orders.State.NEW
    orders: list[ring_orders.Order] = []
    wanted: list[ring_stock.Item] = []


class Regular(Customer):
    """Its base class is not complete until the circle is closed."""

    since: int = 2000


ring_orders.Order.model_rebuild(_types_namespace={"Customer": Customer})
ring_stock.Item.model_rebuild(_types_namespace={"Customer": Customer})
Customer.model_rebuild()
Regular.model_rebuild()
