"""The files of a client package: ``generate``, a pure function of the tree of actions."""

from __future__ import annotations

import hashlib
import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .._definition_error import DefinitionError, Problem
from .._entry import Entry
from .._namespace import entries
from ..contract import Lock, describe, unlocked
from ._call_files import CallFiles
from ._graph import TypeGraph
from ._models import ModelFiles
from ._package_problems import name_problems, path_problems, validator_problems
from ._page_only import callable_entries
from ._snippets import Files, Snippet
from ._text import HEADER, RUN_TIME_HEADER
from ._type_walk import type_graph

CONTRACT_FILE: Final = "contract.json"
"""The contract that a package was generated from, as data that tools read."""


def generate(
    server: object,
    *,
    package: str = "actions",
    prefix: str = "/_actions",
    share: Sequence[str] = (),
    target: tuple[int, int] = (3, 11),
) -> dict[str, str]:
    """Write the client package of a tree of actions.

    An action that pages alone can send, as its files stand in rows of a form, is left out.

    Args:
        server: A ``Namespace`` or a nested mapping of actions.
        package: The name of the package.
        prefix: The path below which the server serves its actions.
        share: Modules of the server that the client imports instead of copying their types.
        target: The oldest Python that the package is for.

    Returns:
        Relative POSIX path to text, such as ``actions/__init__.pyi``.

    Raises:
        DefinitionError: The tree has problems. All are listed, also those that only building the
            validators shows.
        ValueError: ``package`` is not a name for a package, or ``share`` names a module that no
            action uses.
    """
    return generate_entries(entries(server), package=package, prefix=prefix, share=share, target=target)


def generate_entries(
    entries: Mapping[str, Entry],
    *,
    package: str = "actions",
    prefix: str = "/_actions",
    share: Sequence[str] = (),
    target: tuple[int, int] = (3, 11),
    lock: Lock | None = None,
) -> dict[str, str]:
    """Write the client package from the result of ``entries(server)``.

    Args:
        entries: The actions by name.
        package: As of ``generate``.
        prefix: As of ``generate``.
        share: As of ``generate``.
        target: As of ``generate``.
        lock: The contract in the package, with its version and history; by default that of the
            actions.
    """
    if not package.isidentifier() or keyword.iskeyword(package):
        raise ValueError(f"{package!r} is not a name for a package; {_package_advice(package)}.")
    # Each kind of problem at once; a later kind could only follow from an earlier one.
    _raise_for(path_problems(entries.values()))
    _raise_for(validator_problems(entries.values()))
    lock = lock or unlocked("", describe(entries))
    entries = callable_entries(entries)
    graph = _graph(entries, share)
    models = ModelFiles(graph, target)
    calls = CallFiles(entries, graph, models.aliases, prefix, lock.contract.hashes)
    files = {**models.files(), **calls.files()}
    _raise_for([*models.problems, *calls.problems])
    return {**_texts(package, files), f"{package}/{CONTRACT_FILE}": lock.as_text()}


def _package_advice(package: str) -> str:
    """Return what to call a package: the nearest Python name."""
    name = re.sub(r"\W+", "_", package.rpartition("/")[2], flags=re.ASCII).strip("_").lower()
    if not name.isidentifier() or keyword.iskeyword(name):
        return "it must be a Python name without dots"
    return f"write {name}"


def _graph(entries: Mapping[str, Entry], share: Sequence[str]) -> TypeGraph:
    """Return the types of all actions, if the package can hold them.

    Raises:
        DefinitionError: The package cannot hold some of them.
        ValueError: No action uses a type of a shared module.
    """
    graph = type_graph(entries.values(), share)
    _raise_for([*graph.problems(), *name_problems(graph)])
    if useless_modules := graph.unused():
        names = " or ".join(map(repr, useless_modules))
        modules = {*graph.shared, *(declaration.module for declaration, _ in graph.copies.values())}
        known_modules = ", ".join(sorted(modules)) or "none"
        raise ValueError(f"No action uses a type of {names}, so there is nothing to share. Modules: {known_modules}.")
    return graph


def _raise_for(problems: Iterable[Problem]) -> None:
    if distinct := dict.fromkeys(problems):
        raise DefinitionError(distinct)


def _texts(package: str, files: Files) -> dict[str, str]:
    digest = _digest(files)
    texts = {f"{package}/py.typed": ""}
    for path, lines in files.items():
        texts[f"{package}/{path}"] = _text(path, lines, digest)
    return dict(sorted(texts.items()))


def _text(path: str, lines: Iterable[Snippet], digest: str) -> str:
    mark, *suppressions = HEADER
    head = [mark]
    if path.startswith("__init__."):
        # In the root only, so that any other file changes only with its own content.
        head.append(f"# Contract: {digest}")
    head += suppressions
    if path.endswith(".py"):
        head += [*RUN_TIME_HEADER, "", "from __future__ import annotations"]
    body = [line.text for line in lines]
    return "\n".join([*head, "", *body, ""])


def _digest(files: Files) -> str:
    """Return a hash of everything except documentation, which does not affect calls."""
    digest = hashlib.sha256()
    for path, lines in sorted(files.items()):
        code = [line.text for line in lines if not line.is_doc]
        digest.update("\n".join([path, *code]).encode())
    return digest.hexdigest()[:16]
