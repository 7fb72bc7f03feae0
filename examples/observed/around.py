"""What stands around the actions of the bank: who calls, the transaction, the audit, other people's exceptions."""

from __future__ import annotations

import hmac
import logging
import os
from pathlib import Path
from typing import Final

from sanic_actions import ActionContext, ActionError, Bearer, Proceed

from .bank import Customer, NotEnough
from .ledger import Ledger, NoSuchAccountError, OverdrawnError, transaction

audit_log: Final = logging.getLogger("audit")


async def customer_of(context: ActionContext, token: str) -> Customer | None:
    """Return whose token this is."""
    for name in ("acme", "ada", "bob"):
        if hmac.compare_digest(token.encode(), f"token-of-{name}".encode()):
            context.state.customer = Customer(name=name)
            return Customer(name=name)
    return None


async def audited(context: ActionContext, proceed: Proceed[None]) -> object:
    """Write down who asked for what, and what came of it: outside of the transaction, which a failure takes back."""
    outcome = "failed"
    try:
        output = await proceed()
        outcome = "done"
        return output
    finally:
        audit_log.info("%s %s %s: %s", context.state.customer.name, context.name, context.input, outcome)


async def in_transaction(context: ActionContext, proceed: Proceed[Ledger]) -> object:
    """Give the handler the ledger, and take back what it did if it raises."""
    async with transaction(Path(os.environ.get("BANK_DB", "bank.db"))) as ledger:
        return await proceed(ledger)


guard: Final = Bearer(customer_of)
interceptors: Final = (audited, in_transaction)


def not_enough(error: OverdrawnError) -> ActionError:
    """Say how much there is."""
    return NotEnough("There is not enough money in the account", cents=error.cents)


def no_such_account(error: NoSuchAccountError) -> ActionError:
    """Name the account."""
    return ActionError("NOT_FOUND", f"There is no account {error}")
