"""The second module of the circle: its classes need some of the first, which needs its enum."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import ring_people
from pydantic.dataclasses import dataclass

if TYPE_CHECKING:
    from ring_people import Customer


class State(enum.Enum):
    NEW = "new"
    SENT = "sent"


class Order(ring_people.Record):
    state: State = State.NEW
    role: ring_people.Role = ring_people.Role.GUEST
    customer: Customer | None = None


@dataclass
class Line:
    order: Order
    count: int = 1
