"""The bank as a Sanic app: its actions, and what stands around them."""

from __future__ import annotations

from typing import Any

from sanic import Sanic

from sanic_actions.opentelemetry import OpenTelemetry
from sanic_actions.server import ActionsBlueprint

from . import around, bank
from .ledger import NoSuchAccountError, OverdrawnError


def create_app() -> Sanic[Any, Any]:
    """Return the app."""
    app: Sanic[Any, Any] = Sanic("bank")
    app.blueprint(
        ActionsBlueprint(
            bank.actions.with_options(guard=around.guard, interceptors=around.interceptors),
            errors={OverdrawnError: around.not_enough, NoSuchAccountError: around.no_such_account},
            observers=[OpenTelemetry()],
        )
    )
    return app
