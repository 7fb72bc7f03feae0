"""Arguments of class-based pages that render after a post.

sanic-ext injects arguments for the method of the request, before any handler runs. That method was
POST, and a view without ``post`` gets none; the arguments of its ``get`` are made here, from the
same registries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_type_hints

from sanic import Request

from .._host import constants_of, dependencies_of


async def arguments_of_get(
    request: Request[Any, Any], view: type[Any], parameters: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the arguments that a GET of a view would have, from those of the post."""
    # Both are empty without sanic-ext.
    makers, constants = dependencies_of(request.app), constants_of(request.app)
    if not (makers or constants):
        return parameters
    arguments = dict(parameters)
    # The annotations that sanic-ext's injector reads at start, from behind wrappers of its own.
    for name, kind in get_type_hints(getattr(view.get, "__route_handler__", view.get)).items():
        if kind in makers:
            arguments[name] = await makers[kind](request, **parameters)
        if name in constants:
            arguments[name] = constants.get(name)
    return arguments
