"""Models of modules that import each other: completed once the last of these modules is loaded."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

PARTS = "_circle"
"""A name that only a module loaded to its end has: the other modules, and its unfinished models."""


def circle(
    names: dict[str, Any],
    home: str,
    others: Mapping[str, str],
    models: Sequence[Any],
) -> None:
    """Complete the models of a circle of modules; each of them calls this at its end.

    Models of modules that import each other can only be completed once all of these modules are
    loaded. The last one completes the models of all.

    Args:
        names: The globals of the module.
        home: Its name below the package of models.
        others: The other modules, each with the name that annotations have for it; empty where they
            have none.
        models: Its models that may not be complete.
    """
    names[PARTS] = others, models
    package = names["__name__"].removesuffix(home)
    if any(PARTS not in vars(sys.modules[package + sibling]) for sibling in others if package + sibling in sys.modules):
        return
    parts = [names, *(vars(import_module(package + sibling)) for sibling in others)]
    for part in parts:
        part.update({alias: sys.modules[package + sibling] for sibling, alias in part[PARTS][0].items() if alias})
    for part in parts:
        for model in part[PARTS][1]:
            model.model_rebuild()
