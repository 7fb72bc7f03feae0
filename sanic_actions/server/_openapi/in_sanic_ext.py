"""Show actions in the documentation of sanic-ext: one path for each, as clients call it.

sanic-ext reads routes, and all actions of a blueprint share one. The routes are therefore left out,
and the actions are described instead. That happens on demand, as describing a thousand actions
would take two seconds of every start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import quote

from sanic import Blueprint, Sanic

from ..._entry import Entry
from ..._limits import Limits
from .._host import extension_of
from .dialect import in_openapi_30
from .document import described, path_of
from .schemas import Json
from .security import security_schemes

Operations = Callable[[], dict[str, Json]]


def show_in_sanic_ext(
    app: Sanic[Any, Any],
    blueprint: Blueprint,
    entries: Mapping[str, Entry],
    prefixes: Iterable[str],
    limits: Limits,
) -> None:
    """Add a tree of actions to the documentation of an app, if sanic-ext makes one.

    This must run before sanic-ext looks at the routes, which it does when a server starts.
    """
    # Sanic loads sanic-ext by itself where it is installed, so an app need not have asked for it.
    ext = extension_of(app)
    if ext is None or not app.config.get("OAS"):
        return
    from sanic_ext import openapi

    openapi.exclude(bp=blueprint)

    # Once for all operations, when the first one is asked for.
    @cache
    def operations() -> dict[str, Json]:
        descriptions, schemas = described(entries, f"{blueprint.name}.", limits)
        for name, schema in schemas.items():
            ext.openapi.add_component("schemas", name, in_openapi_30(schema))
        for name, scheme in security_schemes(entries.values()).items():
            ext.openapi.add_component("securitySchemes", name, scheme)
        return descriptions

    for prefix in prefixes:
        path, parameters = path_of(prefix)
        for name in entries:
            build = partial(_built, operations, parameters, name, blueprint.name)
            ext.openapi.operation(f"{path}/{quote(name)}", "post", _Operation(app, build))


@dataclass(frozen=True, slots=True)
class _Operation:
    """Stands in for sanic-ext's ``OperationBuilder``, which calls ``build`` to show it."""

    _app: Sanic[Any, Any]
    """The app in whose documentation it is shown: sanic-ext has one list for all apps."""
    build: Callable[[], Json]
    tags: tuple[str, ...] = ()
    """Empty, since sanic-ext reads them before ``build`` may run; the operation has its own."""


def _built(operations: Operations, parameters: list[Json], name: str, blueprint: str) -> Json:
    operation = {"tags": [blueprint], **operations()[name], "operationId": f"{blueprint}.{name}"}
    operation["responses"] = {status: _older(answer) for status, answer in operation["responses"].items()}
    if "requestBody" in operation:
        operation["requestBody"] = _older(operation["requestBody"])
    if parameters:
        operation["parameters"] = [*parameters, *operation.get("parameters", ())]
    return operation


def _older(message: Json) -> Json:
    """Return a request body or a response with its schemas in the older dialect."""
    content = message.get("content", {})
    older = {kind: {"schema": in_openapi_30(media["schema"])} for kind, media in content.items()}
    if older:
        return {**message, "content": older}
    return message
