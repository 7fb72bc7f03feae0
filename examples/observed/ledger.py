"""What the bank keeps: accounts in SQLite. It knows nothing of actions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, cents INTEGER NOT NULL);
INSERT OR IGNORE INTO account VALUES ('acme', 1000000), ('ada', 0), ('bob', 0);
"""


class NoSuchAccountError(LookupError):
    """There is no account of that name."""


class OverdrawnError(Exception):
    """An account would have less than nothing."""

    def __init__(self, cents: int) -> None:
        super().__init__(f"{cents} cents are there")
        self.cents = cents


class Ledger:
    """The accounts, as one transaction sees them."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db

    async def cents(self, account: str) -> int:
        """Return what an account has."""
        rows = await self._db.execute_fetchall("SELECT cents FROM account WHERE name = ?", [account])
        for (cents,) in rows:
            return int(cents)
        raise NoSuchAccountError(account)

    async def move(self, payer: str, payee: str, cents: int) -> None:
        """Move money from one account to another."""
        add = "UPDATE account SET cents = cents + ? WHERE name = ?"
        await self.cents(payee)
        await self._db.execute(add, [-cents, payer])
        await self._db.execute(add, [cents, payee])
        if (rest := await self.cents(payer)) < 0:
            raise OverdrawnError(rest + cents)


@asynccontextmanager
async def transaction(path: Path) -> AsyncIterator[Ledger]:
    """Open the accounts, and keep what was done to them unless what is inside raises."""
    async with aiosqlite.connect(path, isolation_level=None) as db:
        await db.executescript(SCHEMA)
        await db.execute("BEGIN IMMEDIATE")
        try:
            yield Ledger(db)
        except BaseException:
            await db.execute("ROLLBACK")
            raise
        await db.execute("COMMIT")
