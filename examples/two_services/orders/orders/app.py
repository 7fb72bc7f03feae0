"""The app: its actions, the errors that they declare, and the blueprint that publishes their contract."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field
from sanic import Sanic

from sanic_actions import ActionError, Namespace, action
from sanic_actions.server import ActionsBlueprint

Quantity = Annotated[int, Field(ge=1)]
PRICES = {"tea": Decimal("4.50"), "cup": Decimal("12.00")}


class Receipt(BaseModel):
    """What was ordered, and what it costs."""

    sku: str
    total: Decimal
    note: str = ""
    """What the buyer wrote."""


class UnknownSku(ActionError, code="NOT_FOUND"):
    """Nothing is sold under this name."""

    sku: str


@action(raises=[UnknownSku])
async def place(sku: str, quantity: Quantity, note: str = "") -> Receipt:
    """Order something, with a note for whoever packs it."""
    if sku not in PRICES:
        raise UnknownSku(f"{sku} is not sold here.", sku=sku)
    return Receipt(sku=sku, total=PRICES[sku] * quantity, note=note)


server = Namespace(orders=Namespace(place=place))

app = Sanic("orders")
app.blueprint(ActionsBlueprint(server, contract=True, lock="actions.lock.json"))
