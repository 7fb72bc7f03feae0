"""The app that the soak test kills: each payment is one row, and nothing but its key keeps it from being two.

Beside it strangers post forms with fresh tokens, whose outcomes are so large that their room in the store is soon full.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from sanic import HTTPResponse, Request, Sanic
from sanic.response import text

from sanic_actions import action
from sanic_actions.server import ActionsBlueprint, SQLiteStore

FOLDER = Path(os.environ["SOAK_FOLDER"])


def database() -> sqlite3.Connection:
    db = sqlite3.connect(FOLDER / "shop.sqlite3", timeout=5, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS payments (id INTEGER PRIMARY KEY, payment TEXT NOT NULL)")
    db.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, note TEXT NOT NULL)")
    return db


@action(once=True)
async def pay(payment: str) -> int:
    """Write a payment down; a worker may die before, while and after it does."""
    await asyncio.sleep(random.random() * 0.02)
    with database() as db:
        written = db.execute("INSERT INTO payments (payment) VALUES (?)", (payment,)).lastrowid
    db.close()
    await asyncio.sleep(random.random() * 0.02)
    return written or 0


@action(accept="form")
async def note(number: str, words: Annotated[str, Field(max_length=40_000)]) -> str:
    """Write a note of a stranger down, and give back as much as it had."""
    with database() as db:
        db.execute("INSERT INTO notes (note) VALUES (?)", (number,))
    db.close()
    return words


app: Sanic[Any, Any] = Sanic("soak")
app.config.AUTO_EXTEND = False
store = SQLiteStore(FOLDER / "state.sqlite3", max_bytes=int(os.environ["SOAK_STATE_BYTES"]))
app.blueprint(ActionsBlueprint({"pay": pay, "note": note}, state=store))


@app.get("/")
async def page(request: Request[Any, Any]) -> HTTPResponse:
    """Show the page that strangers post to."""
    return text("page")


@app.get("/worker")
async def worker(request: Request[Any, Any]) -> HTTPResponse:
    """Which worker answers."""
    return text(f"{os.getpid()} {app.m.name}")


@app.post("/revive/<name>")
async def revive(request: Request[Any, Any], name: str) -> HTTPResponse:
    """Start another worker anew: Sanic's manager leaves dead ones alone."""
    app.m.restart(name)
    return text("")
