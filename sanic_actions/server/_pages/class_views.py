"""Arguments of class-based pages that render after a post.

sanic-ext injects for the method of the request, before any handler runs. That method was POST, of which a page that
has no ``post`` knows nothing; what its ``get`` needs is found here, in the same registries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from sanic import Request

from .._inject import dependencies_of


async def arguments_of_get(
    request: Request[Any, Any], page: Callable[..., Any], parameters: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The arguments that a GET of the page would have; for a function, those of the post."""
    ext, view = getattr(request.app, "_ext", None), getattr(page, "view_class", None)
    if ext is None or view is None:
        return parameters
    hints = get_type_hints(getattr(view.get, "__route_handler__", view.get))
    makers, constants = dependencies_of(request.app), ext._constant_registry or {}
    made = {name: await makers[kind](request, **parameters) for name, kind in hints.items() if kind in makers}
    return {**parameters, **made, **{name: constants.get(name) for name in hints if name in constants}}
