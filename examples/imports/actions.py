"""What may be asked of the import: to run, item by item, and for its report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import BaseModel, Field

from sanic_actions import ActionError, Download, Limits, Namespace, action

STEP = 50


class Progress(BaseModel):
    """How far an import is."""

    done: int
    total: int


class NothingImported(ActionError, code="NOT_FOUND"):
    """There is no report before the first import."""


class Ledger:
    """What was imported; a database in a program of any size."""

    def __init__(self) -> None:
        self.amounts: list[int] = []

    async def take(self, numbers: range) -> None:
        """Take in some rows."""
        await asyncio.sleep(0.01)  # where the work would be
        self.amounts.extend(numbers)


ledger = Ledger()


@action(limits=Limits(concurrent=1))
async def load(total: Annotated[int, Field(ge=1, le=100_000)]) -> AsyncIterator[Progress]:
    """Import rows, and say after each step how far it is."""
    ledger.amounts.clear()
    for first in range(0, total, STEP):
        await ledger.take(range(first, min(first + STEP, total)))
        yield Progress(done=len(ledger.amounts), total=total)


@action(accept=("json", "form"), raises=[NothingImported], idempotent=True)
async def report() -> Download:
    """Give what was imported, as a table."""
    if not ledger.amounts:
        raise NothingImported("Nothing has been imported yet")

    async def lines() -> AsyncIterator[bytes]:
        yield b"row,amount\n"
        for row, amount in enumerate(ledger.amounts):
            yield f"{row},{amount}\n".encode()

    return Download(lines(), name="report.csv")


server = Namespace(load=load, report=report)
