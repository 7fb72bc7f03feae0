"""The tree of actions and their dotted names. Nothing but actions is reachable, and lookup is one flat mapping."""

from __future__ import annotations

import inspect
import keyword
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, get_type_hints

from ._actions import Action, Guard
from ._definition import Definition, place_of, underlying_function
from ._errors import RESERVED_FIELDS, ActionError, CallError, DefinitionError, InputError, Problem, error_fields
from ._types.hints import undefined
from ._types.representable import faults

RESERVED: Final = frozenset({"safe", "with_options", "close", "aclose"})
"""Names that the generated clients have for themselves."""

MAX_RAISES: Final = 8
"""Most typed errors one action may declare: the generated ``raises`` has as many overloads."""

Member = Action[..., object] | Mapping[str, object]


class Namespace(Mapping[str, object]):
    """A group of actions; nests.

    Example::

        server = Namespace(like=like, blog=Namespace(comment=comment))
    """

    __slots__ = ("_guards", "_members", "_public", "_raises", "_repeated")

    def __init__(self, members: Mapping[str, Member] | None = None, /, **named: Member) -> None:
        given: Mapping[str, object] = members or {}
        self._members: dict[str, object] = {**given, **named}
        self._repeated = tuple(sorted(given.keys() & named.keys()))
        self._raises: tuple[type[ActionError], ...] = ()
        self._guards: tuple[Guard, ...] = ()
        self._public: bool | None = None

    def with_options(
        self, *, raises: Iterable[type[ActionError]] = (), guard: Guard | None = None, public: bool | None = None
    ) -> Namespace:
        """The same members with options added for every action below.

        Args:
            raises: Typed errors that each action may raise.
            guard: Called before each action, before the guards of inner namespaces and of the action itself.
            public: Whether the blueprint's ``default_guard`` is left out; inner ones may say otherwise.
        """
        copy = Namespace()
        copy._members, copy._repeated = self._members, self._repeated
        copy._raises = (*self._raises, *raises)
        copy._guards = (*self._guards, *(() if guard is None else (guard,)))
        copy._public = self._public if public is None else public
        return copy

    def __getitem__(self, name: str) -> object:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __repr__(self) -> str:
        return f"Namespace({', '.join(self._members)})"

    def __deepcopy__(self, memo: object) -> Namespace:
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An action in its place in the tree."""

    name: str
    """The dotted name."""
    action: Action[..., Any]
    raises: tuple[type[ActionError], ...]
    """Declared errors, those of the namespaces first."""
    guards: tuple[Guard, ...]
    """In the order in which they are called, outermost first."""
    public: bool = False
    """Whether it is left out of the blueprint's default guard."""

    @property
    def definition(self) -> Definition:
        return self.action.definition


def entries(server: object) -> dict[str, Entry]:
    """All actions of a tree by their dotted names, in the order of the tree.

    Raises:
        DefinitionError: With every problem of every action that a walk over names and annotations can see.
    """
    walk = _Walk()
    walk.visit(server, (), _Options())
    if not walk.found and not walk.problems:
        walk.problem("", "there are no actions in it.", "Pass a Namespace(...) or a mapping of names to actions.")
    for entry in walk.found.values():
        walk.problems += entry.definition.problems(entry.name)
        walk.problems += _raises_problems(entry)
        walk.problems += _accept_problems(entry)
    walk.problems += _guard_problems(walk.found.values())
    if walk.problems:
        raise DefinitionError(walk.problems)
    return walk.found


@dataclass(frozen=True, slots=True)
class _Options:
    """What the namespaces on the way down have said."""

    raises: tuple[type[ActionError], ...] = ()
    guards: tuple[Guard, ...] = ()
    public: bool = False

    def within(self, raises: tuple[type[ActionError], ...], guards: tuple[Guard, ...], public: bool | None) -> _Options:
        """With what one more of them says."""
        return _Options((*self.raises, *raises), (*self.guards, *guards), self.public if public is None else public)


class _Walk:
    def __init__(self) -> None:
        self.found: dict[str, Entry] = {}
        self.problems: list[Problem] = []
        self.open: list[object] = []

    def problem(self, name: str, reason: str, remedy: str, member: object = None) -> None:
        file, line = _place(member)
        self.problems.append(Problem(action=name, file=file, line=line, reason=reason, remedy=remedy))

    def visit(self, tree: object, path: tuple[str, ...], options: _Options) -> None:
        if not isinstance(tree, Mapping):
            self.problem(".".join(path), *_not_an_action(tree), tree)
            return
        if any(tree is outer for outer in self.open):
            self.problem(".".join(path), "the namespace contains itself.", "Take it out of itself.")
            return
        self.open.append(tree)
        if isinstance(tree, Namespace):
            options = options.within(tree._raises, tree._guards, tree._public)
            for name in tree._repeated:
                full = ".".join((*path, name))
                self.problem(
                    full, "it is given twice, in the mapping and by keyword.", "Keep one of the two.", tree[name]
                )
        self._check_names(tree, path)
        for name, member in tree.items():
            here = (*path, str(name))
            if isinstance(member, Action):
                full = ".".join(here)
                own = options.within(member.raises, member.guards, member.public)
                declared = tuple(dict.fromkeys(own.raises))
                self.found[full] = Entry(
                    name=full, action=member, raises=declared, guards=own.guards, public=own.public
                )
            elif isinstance(member, Mapping) and not member:
                self.problem(".".join(here), "the namespace is empty.", "Remove it, or put an action into it.")
            else:
                self.visit(member, here, options)
        self.open.pop()

    def _check_names(self, tree: Mapping[Any, object], path: tuple[str, ...]) -> None:
        taken: dict[str, tuple[object, object]] = {}
        for name, member in tree.items():
            full = ".".join((*path, str(name)))
            if fault := _name_fault(name):
                self.problem(full, *fault, member)
                continue
            plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
            if plain in taken:
                first = ":".join(map(str, _place(taken[plain][1])))
                reason = f"Python reads its name as {plain!r}, as it does {taken[plain][0]!r} ({first})."
                self.problem(full, reason, "Rename one of them.", member)
            elif plain != name:
                reason = f"Python reads the name {name!r} as {plain!r}, so callers could not write it."
                self.problem(full, reason, f"Call it {plain!r}.", member)
            taken[plain] = name, member


def _name_fault(name: object) -> tuple[str, str] | None:
    remedy = "Give it another name in Namespace(...)."
    if not isinstance(name, str) or not name.isidentifier():
        return f"{name!r} is no Python identifier, so callers could not write it.", remedy
    if keyword.iskeyword(name):
        return f"{name!r} is a Python keyword.", remedy
    if name.startswith("_"):
        return f"{name!r} begins with an underscore; such names are never served.", remedy
    if name in RESERVED:
        return f"{name!r} is a method of the generated clients.", remedy
    return None


def _not_an_action(member: object) -> tuple[str, str]:
    if callable(member):
        name = getattr(member, "__name__", type(member).__name__)
        return f"{name!r} is a plain {type(member).__name__}, no action.", "Decorate it with @action, or take it out."
    return f"{member!r:.60} is no action.", "Only actions and namespaces can stand here."


def _place(member: object) -> tuple[str, int]:
    target = member.handler if isinstance(member, Action) else member
    return place_of(underlying_function(target)) if callable(target) else ("", 0)


def _raises_problems(entry: Entry) -> Iterator[Problem]:
    definition = entry.definition

    def problem(reason: str, remedy: str) -> Problem:
        return Problem(action=entry.name, file=definition.file, line=definition.line, reason=reason, remedy=remedy)

    if len(entry.raises) > MAX_RAISES:
        reason = f"it declares {len(entry.raises)} errors; callers can tell at most {MAX_RAISES} apart."
        yield problem(reason, "Make one error of several, with a field that tells them apart.")
    names: dict[str, type] = {}
    errors: tuple[Any, ...] = entry.raises  # not yet known to be what its type says
    for error in errors:
        if not isinstance(error, type) or not issubclass(error, ActionError) or error in _OURS:
            yield problem(f"raises={error!r} is no subclass of ActionError.", "Declare your own subclasses only.")
            continue
        mistakes = _error_mistakes(error)  # type: ignore[arg-type]  # a class has a hash, whatever its instances have
        yield from (problem(*mistake) for mistake in mistakes)
        if names.setdefault(error.__name__, error) is not error:
            yield problem(f"it declares two errors called {error.__name__}.", "Rename one of the classes.")


@lru_cache(maxsize=1024)
def _error_mistakes(error: type[ActionError]) -> tuple[tuple[str, str], ...]:
    """What is wrong with a typed error, whichever action declares it: reason and remedy of each."""
    return tuple(_mistakes(error))


def _mistakes(error: type[ActionError]) -> Iterator[tuple[str, str]]:
    name, fields = error.__name__, error_fields(error)
    if error._class_code is None:
        yield f"{name} has no code.", f'Write class {name}(ActionError, code="CONFLICT").'
    for field in sorted(RESERVED_FIELDS & fields.keys()):
        yield f"{name} has a field {field!r}, which every ActionError has.", "Rename the field."
    try:
        hints = get_type_hints(error, include_extras=True)
    except NameError as missing:
        reason, remedy = undefined(str(missing.name), vars(sys.modules[error.__module__]))
        yield f"in {name}, {reason}", remedy
        return
    for field in fields:
        for path, reason, remedy in faults(hints[field], is_input=False):
            yield f"{name}.{field}{f'.{path}' if path else ''}: {reason}", remedy


_OURS: Final = (ActionError, InputError, CallError)


def _guard_problems(found: Iterable[Entry]) -> Iterator[Problem]:
    """Each guard is looked at once, and named at the first action that it guards."""
    first = {id(guard): (guard, entry) for entry in reversed([*found]) for guard in entry.guards}
    for guard, entry in first.values():
        if mistake := guard_mistake(guard):
            place, (reason, remedy) = entry.definition, mistake
            yield Problem(action=entry.name, file=place.file, line=place.line, reason=reason, remedy=remedy)


def guard_mistake(guard: object) -> tuple[str, str] | None:
    """Why something cannot be a guard: reason and remedy."""
    name = getattr(guard, "__name__", repr(guard))
    remedy = f"Write 'async def {name if name.isidentifier() else 'guard'}(context: ActionContext) -> ...'."
    if not callable(guard):
        return f"the guard {name} is no function.", remedy
    try:
        inspect.signature(guard).bind(None)
    except TypeError as error:
        return f"the guard {name!r} cannot be called with the context alone: {error}.", remedy
    except ValueError:  # one in C, which does not say
        return None
    return None


def _accept_problems(entry: Entry) -> Iterator[Problem]:
    accept = entry.action.accept
    if not accept or not set(accept) <= {"json", "form"}:
        definition = entry.definition
        yield Problem(
            action=entry.name,
            file=definition.file,
            line=definition.line,
            reason=f"accept={accept!r} names a content type that no action takes.",
            remedy='Use "json", "form" or ("json", "form").',
        )
