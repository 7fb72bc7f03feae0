"""Problems of a tree's members: names, types, and options that do not go together."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from ._actions import Action
from ._definition import place_of, underlying_function
from ._definition_error import Problem
from ._entry import Entry

RESERVED: Final = frozenset({"with_options", "close", "aclose"})
"""Names of methods of the generated clients, which members at the root of the tree would replace."""


def name_problem(name: object, *, is_root: bool) -> Problem | None:
    """Return why callers could not write a name."""
    remedy = "Give it another name in Namespace(...)."
    if not isinstance(name, str) or not name.isidentifier():
        reason = f"{name!r} is not a Python identifier, so callers could not write it."
        return Problem(reason=reason, remedy=remedy)
    if keyword.iskeyword(name):
        return Problem(reason=f"{name!r} is a Python keyword.", remedy=remedy)
    if name.startswith("_"):
        reason = f"{name!r} begins with an underscore; such names are never served."
        return Problem(reason=reason, remedy=remedy)
    if is_root and name in RESERVED:
        return Problem(reason=f"{name!r} is a method of the generated clients.", remedy=remedy)
    return None


def reading_problem(
    name: str,
    plain: str,
    first_of: Mapping[str, tuple[object, object]],
) -> Problem | None:
    """Return what is wrong with a name that Python normalises (PEP 3131) for its callers."""
    if plain in first_of:
        rival, member = first_of[plain]
        where = ":".join(map(str, place_of_member(member)))
        reason = f"Python reads its name as {plain!r}, as it does {rival!r} ({where})."
        return Problem(reason=reason, remedy="Rename one of them.")
    if plain != name:
        reason = f"Python reads the name {name!r} as {plain!r}, so callers could not write it."
        return Problem(reason=reason, remedy=f"Call it {plain!r}.")
    return None


def member_problem(member: object, name: str = "") -> Problem:
    """Return why something is not a member of a tree.

    Args:
        member: What stands there.
        name: The name that it has; empty for the tree itself.
    """
    if isinstance(member, Action):
        name = getattr(member, "__name__", "like")
        reason = f"{name!r} is one action, where a tree of them is needed."
        return Problem(reason=reason, remedy=f"Write Namespace({name}={name}).")
    if inspect.iscoroutine(member):
        member.close()  # or Python would warn that it was never awaited
    if name in _OPTIONS:
        reason = f"{member!r:.60} is not an action."
        return Problem(reason=reason, remedy=f"Options are set with Namespace(...).with_options({name}=...).")
    for is_such, words, remedy in _MISTAKES:
        if is_such(member):
            return Problem(reason=words.format(name=_name_of(member), member=f"{member!r:.60}"), remedy=remedy)
    kind = type(member).__name__
    remedy = "Decorate it with @action, or take it out."
    return Problem(reason=f"{_name_of(member)!r} is a plain {kind}, not an action.", remedy=remedy)


_OPTIONS: Final = frozenset({"raises", "guard", "public", "limits", "interceptors", "errors"})
"""The options of a namespace, which are not passed among its members."""


def _name_of(member: object) -> str:
    name = getattr(member, "__name__", type(member).__name__)
    return str(name)


def _is_wrapped_action(member: object) -> bool:
    """Return whether another decorator stands above ``@action``, by its ``__wrapped__``."""
    for _ in range(MAX_WRAPPERS):
        member = getattr(member, "__wrapped__", None)
        if isinstance(member, Action):
            return True
    return False


def _is_app(member: object) -> bool:
    return any(kind.__module__.startswith("sanic.") for kind in type(member).__mro__)


MAX_WRAPPERS: Final = 20
"""How many decorators are looked through: an object whose ``__wrapped__`` is itself has no end."""

_MISTAKES: Final[tuple[tuple[Callable[[object], bool], str, str], ...]] = (
    (
        inspect.iscoroutine,
        "{member} is not an action: an action was called.",
        "Name the action itself, without calling it: Namespace(quote=quote).",
    ),
    (
        _is_wrapped_action,
        "{name!r} is an action inside another decorator, which takes its place.",
        "Write @action above the other decorator.",
    ),
    (
        lambda member: isinstance(member, type),
        "{name!r} is a plain type, not an action.",
        "Actions are functions: group them in a Namespace. One of a method is action(service.method).",
    ),
    (
        lambda member: isinstance(member, list | tuple | set | frozenset),
        "{member} is not an action.",
        "Give each action in it a name: write {'quote': quote}, or Namespace(quote=quote).",
    ),
    (
        _is_app,
        "{member} is not an action.",
        "Put the actions here, such as Namespace(quote=quote); the app takes the blueprint with app.blueprint(...).",
    ),
    (
        lambda member: not callable(member),
        "{member} is not an action.",
        "Only actions and namespaces can stand here; name an action without calling it.",
    ),
)
"""Members that are there by mistake: how to recognise one, what it is, and what to write instead."""


def place_of_member(member: object) -> tuple[str, int]:
    """Return where a member is defined, as far as it says."""
    target = member.handler if isinstance(member, Action) else member
    if callable(target) and not _is_app(target):
        return place_of(underlying_function(target))
    return ("", 0)


def kind_problems(entry: Entry) -> Iterator[Problem]:
    """Yield the options that do not fit a kind of action: a stream, a download, forms."""
    yield from _accept_problems(entry)
    yield from _switch_problems(entry)
    yield from _stream_problems(entry)
    yield from _download_problems(entry)
    if entry.action.thread and _never_blocks(entry.definition.function):
        problem = Problem(
            reason="thread=True runs a 'def' in a thread, and this is an 'async def', which stays on the event loop.",
            remedy="Leave out 'async', or leave out thread=True and await asyncio.to_thread(...) where it blocks.",
        )
        yield problem.at(entry.name, *entry.definition.place)


def _never_blocks(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _accept_problems(entry: Entry) -> Iterator[Problem]:
    accept = entry.action.accept
    if not accept or not all(encoding in ("json", "form") for encoding in accept):
        problem = Problem(
            reason=f"accept={accept!r} names a content type that no action takes.",
            remedy='Use "json", "form" or ("json", "form").',
        )
        yield problem.at(entry.name, *entry.definition.place)


def _switch_problems(entry: Entry) -> Iterator[Problem]:
    """Yield the options that are neither True nor False: "no" would count as True."""
    action = entry.action
    values: dict[str, object] = {"idempotent": action.idempotent, "once": action.once, "thread": action.thread}
    if action.public is not None:
        values["public"] = action.public
    for name, value in values.items():
        if value is not True and value is not False:
            problem = Problem(reason=f"{name}={value!r:.60} is neither True nor False.", remedy="Write one of them.")
            yield problem.at(entry.name, *entry.definition.place)


def _stream_problems(entry: Entry) -> Iterator[Problem]:
    """Yield why a stream cannot run once for a key, nor answer a form on a page."""
    if not entry.definition.is_stream:
        return
    place = entry.definition.place
    if entry.action.once:
        reason = "a stream cannot run once for its key: an answer without an end cannot be kept."
        remedy = "Declare it idempotent=True and yield Event(..., id=...), so that callers can take it up again."
        yield Problem(reason=reason, remedy=remedy).at(entry.name, *place)
    if "form" in entry.action.accept:
        reason = "a stream cannot accept forms: a page shows one result."
        yield Problem(reason=reason, remedy="Leave out accept=..., or return a list.").at(entry.name, *place)


def _download_problems(entry: Entry) -> Iterator[Problem]:
    """Yield why a download cannot run once for a key."""
    if entry.definition.is_download and entry.action.once:
        reason = "a download cannot run once for its key: a file is not kept to be sent again."
        remedy = "Leave out once=True; declare it idempotent=True if it may run again."
        yield Problem(reason=reason, remedy=remedy).at(entry.name, *entry.definition.place)
