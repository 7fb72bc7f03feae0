"""The app of the shop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sanic import Sanic

from sanic_actions import Namespace
from sanic_actions.server import ActionsBlueprint, Observer

from . import catalog, customers, orders

server = Namespace(catalog=catalog.actions, customers=customers.actions, orders=orders.actions)


def create_app(observers: Iterable[Observer] = ()) -> Sanic[Any, Any]:
    """Return an app that serves the shop, and tells observers of its calls."""
    app: Sanic[Any, Any] = Sanic("application")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(server, observers=observers))
    return app
