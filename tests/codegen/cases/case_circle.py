"""Modules of models that need each other in a circle."""

from __future__ import annotations

from ring_people import Customer, Regular  # of the circle this one goes first
from ring_stock import Item, Place

from sanic_actions import Namespace, action


@action
def visit(who: Customer, item: Item) -> Regular:
    """Needs all of them."""
    return Regular(orders=[item], wanted=[Item(customer=who)])


@action
def put(place: Place) -> Place:
    return place


server = Namespace(visit=visit, put=put)
