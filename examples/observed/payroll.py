"""Another service, which calls the bank: it pays wages. Reads ``BANK_URL``."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from bank_client import AsyncClient
from bank_client.models import NotEnough
from sanic import Request, Sanic

from sanic_actions import Ok, action
from sanic_actions.opentelemetry import OpenTelemetry
from sanic_actions.server import ActionsBlueprint


async def pay_all(bank: AsyncClient, wages: Mapping[str, int]) -> dict[str, str]:
    """Pay everybody, and say for each what came of it; one whom nobody knows keeps no other from being paid."""
    report: dict[str, str] = {}
    for name, cents in wages.items():
        result = await bank.transfer.safe(to=name, cents=cents)
        if isinstance(result, Ok):
            report[name] = "paid"
        elif isinstance(result.error, NotEnough):
            report[name] = f"not paid: only {result.error.cents} cents are left"
        else:
            report[name] = f"not paid: {result.error.message}"
    return report


@action
async def pay_day(wages: dict[str, int], request: Request[Any, Any]) -> dict[str, str]:
    """Pay everybody's wages, in cents."""
    return await pay_all(request.app.ctx.bank, wages)


def token() -> str:
    """Return the credential of the payroll at the bank."""
    return "Bearer token-of-acme"


def connected() -> AsyncClient:
    """Return a client of the bank."""
    return AsyncClient(os.environ["BANK_URL"], auth=token, observers=[OpenTelemetry()])


def create_app(connect: Callable[[], AsyncClient] = connected) -> Sanic[Any, Any]:
    """Return the app; tests give it a bank of their own."""
    app: Sanic[Any, Any] = Sanic("payroll")
    app.blueprint(ActionsBlueprint({"pay_day": pay_day}, observers=[OpenTelemetry()]))

    @app.before_server_start
    async def open_bank(app: Sanic[Any, Any]) -> None:
        app.ctx.bank = connect()

    @app.after_server_stop
    async def close_bank(app: Sanic[Any, Any]) -> None:
        await app.ctx.bank.aclose()

    return app
