"""The business of the bank: what its actions do, and nothing of who may, in which transaction, or who watches."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from sanic_actions import ActionError, Injected, Namespace, action

from .ledger import Ledger


class Customer(BaseModel, frozen=True):
    """Who calls."""

    name: str


class Balance(BaseModel):
    """What an account has."""

    account: str
    cents: int


class NotEnough(ActionError, code="CONFLICT"):
    """The account has less than what was to be paid."""

    cents: int


Cents = Annotated[int, Field(gt=0)]


@action(once=True, raises=[NotEnough])
async def transfer(
    to: str, cents: Cents, customer: Annotated[Customer, Injected], ledger: Annotated[Ledger, Injected]
) -> Balance:
    """Pay somebody, and return what is left."""
    await ledger.move(customer.name, to, cents)
    return Balance(account=customer.name, cents=await ledger.cents(customer.name))


@action
async def balance(customer: Annotated[Customer, Injected], ledger: Annotated[Ledger, Injected]) -> Balance:
    """Return what the caller's account has."""
    return Balance(account=customer.name, cents=await ledger.cents(customer.name))


actions = Namespace(transfer=transfer, balance=balance)
