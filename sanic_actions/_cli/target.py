"""Load the actions of ``MODULE:APP``: an app, with the path that serves them, or a tree."""

from __future__ import annotations

import gc
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from .._definition_error import DefinitionError
from .._entry import Entry
from .._limits import DEFAULTS, Limits
from .._namespace import entries
from .loading import loading
from .usage_error import UsageError
from .user_code import app_or_tree, is_app, parts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedActions:
    """The actions that a command is about, with the path and the app that serve them."""

    entries: Mapping[str, Entry]
    prefix: str
    title: str = "actions"
    limits: Limits = DEFAULTS


def load(target: str, prefix: str | None, host: str | None = None) -> LoadedActions:
    """Import the target and find its actions.

    Args:
        target: ``MODULE:APP``.
        prefix: The path of the actions, for an app that serves several trees.
        host: The host of the actions, likewise.

    Raises:
        UsageError: It does not import, does not exist or has no actions.
        DefinitionError: Its actions are defined wrongly.
    """
    module, _ = parts_of(target)
    with loading(module):
        member = app_or_tree(target)
        # Garbage collection would take a fifth of the run, and the process ends soon anyway.
        gc.freeze()
        gc.disable()
        return _target(member, target, prefix, host)


def _target(member: Any, target: str, prefix: str | None, host: str | None) -> LoadedActions:
    if is_app(member):
        return _mounted(member, target, prefix, host)
    if isinstance(member, Mapping):
        return LoadedActions(entries=entries(member), prefix=prefix or "/_actions")
    raise UsageError(
        f"{target} is of type {type(member).__name__}. "
        "It must be a Sanic app, a function that makes one, a Namespace or a mapping of actions."
    )


_ANY_HOST: Final = "any"
"""The value of ``--host`` that chooses the tree without a host of its own."""


@dataclass(frozen=True, slots=True)
class _MountedTree:
    """A tree of actions in its place in an app."""

    prefix: str
    hosts: tuple[str, ...]
    entries: Mapping[str, Entry]

    def options(self) -> str:
        """Return the command-line options that choose it."""
        return f"--prefix {self.prefix} --host {self.hosts[0] if self.hosts else _ANY_HOST}"


def _trees(app: Any) -> list[_MountedTree]:
    """Return the trees of an app; a tree that several hosts serve counts once."""
    from ..server._blueprint import call_routes

    trees: dict[tuple[str, int], _MountedTree] = {}
    for route, actions in call_routes(app):
        prefix = f"/{route.path.rpartition('/')[0]}"
        # By the tree as well: two hosts may serve different trees at the same path.
        tree = trees.setdefault((prefix, id(actions)), _MountedTree(prefix, (), actions))
        if host := route.requirements.get("host"):
            trees[prefix, id(actions)] = replace(tree, hosts=(*tree.hosts, host))
    return list(trees.values())


def _mounted(app: Any, target: str, prefix: str | None, host: str | None) -> LoadedActions:
    from ..server import mounts
    from ..server._run_guards import surely_unsupplied

    trees = _trees(app)
    if not trees:
        raise UsageError(f"{target} serves no actions. Register them with app.blueprint(ActionsBlueprint(server)).")
    tree = _chosen(trees, target, prefix, host)
    if problems := list(surely_unsupplied(tree.entries.values(), app)):
        raise DefinitionError(problems)  # as when the app starts
    limits = {id(mount.entries): mount.limits for mount in mounts(app)}
    tree_limits = limits[id(tree.entries)]
    return LoadedActions(entries=tree.entries, prefix=tree.prefix, title=app.name, limits=tree_limits)


def _chosen(trees: list[_MountedTree], target: str, prefix: str | None, host: str | None) -> _MountedTree:
    """Return the tree at a path and a host, or the only one."""
    matching = trees
    if prefix is not None:
        path = "/" + prefix.strip("/")
        matching = [tree for tree in trees if tree.prefix == path]
        if not matching:
            choices = ", ".join(dict.fromkeys(tree.prefix for tree in trees))
            raise UsageError(f"{target} serves no actions at {path!r}, but at {choices}.")
    if host is not None:
        matching = [tree for tree in matching if host in (tree.hosts or (_ANY_HOST,))]
        if not matching:
            choices = ", ".join(dict.fromkeys(name for tree in trees for name in tree.hosts)) or "no host of its own"
            raise UsageError(f"{target} serves no such actions on the host {host!r}, but on {choices}.")
    if len(matching) > 1:
        is_path_enough = len({tree.prefix for tree in matching}) == len(matching)
        choices = ""
        for tree in matching:
            if is_path_enough:
                choices += f"\n  --prefix {tree.prefix}"
            else:
                choices += f"\n  {tree.options()}"
        raise UsageError(f"{target} serves actions in {len(matching)} places. Choose one of them:{choices}")
    return matching[0]


_SAMPLES: Final = {
    "int": "1",
    "float": "1.5",
    "ymd": "2026-01-31",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}
"""Sample values of path parameters by type; any other type accepts a name."""


def refuse_open_prefix(prefix: str, target: str) -> None:
    """Raise for a path with parameters, whose values only callers know.

    Raises:
        UsageError: It has parameters.
    """
    if "<" not in prefix:
        return
    module = target.partition(":")[0]
    before, _, after = prefix.rpartition(">")
    example = re.sub(r"<([^>:]*):?([^>]*)>", lambda match: _SAMPLES.get(match[2], "acme"), f"{before}>")
    raise UsageError(
        f"{target} serves its actions at {prefix!r}, whose parameters no client can know. Write the client from the "
        f"tree that the blueprint serves, and let callers say the rest in their base URL:\n\n"
        f"    sanic-actions generate {module}:server --prefix {after or '/'}\n"
        f'    Client("https://host{example}")'
    )
