"""The tree of actions and their dotted names. Nothing but actions is reachable, and lookup is one flat mapping."""

from __future__ import annotations

import keyword
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, get_type_hints

from ._actions import Action
from ._definition import place_of, underlying_function
from ._entry import Entry as Entry  # noqa: PLC0414  # the rooms take it from here
from ._entry import plan_guards, plan_interceptors, without_repetition
from ._errors import RESERVED_FIELDS, ActionError, CallError, DefinitionError, InputError, Problem, error_fields
from ._guards import guard_problem
from ._interceptors import ErrorMap, Interceptor
from ._limits import Limits
from ._options import NO_OPTIONS, G, Guard, SharedOptions
from ._problems import definition_problems
from ._types.hints import undefined
from ._types.representable import faults

RESERVED: Final = frozenset({"with_options", "close", "aclose"})
"""Names that the generated clients have for themselves, where the tree begins."""

MAX_RAISES: Final = 32
"""Most typed errors one action may declare: the generated ``raises`` has as many overloads."""

Member = Action[..., object] | Mapping[str, object]


class Namespace(Mapping[str, Member]):
    """A group of actions; nests.

    Its options travel with its members: ``{**admin, "hello": hello}``, ``Namespace(admin)`` and ``admin | other`` hold
    the members of ``admin`` with the guards, errors, limits and ``public`` of ``admin``.

    Example::

        server = Namespace(like=like, blog=Namespace(comment=comment))
    """

    __slots__ = ("_members", "_options", "_repeated")

    def __init__(self, members: Mapping[str, Member] | None = None, /, **named: Member) -> None:
        listed: Mapping[str, object] = members or {}
        self._members: Mapping[str, object] = {**listed, **named}
        self._repeated = tuple(sorted(listed.keys() & named.keys()))
        self._options = NO_OPTIONS

    def with_options(
        self,
        *,
        raises: Iterable[type[ActionError]] = (),
        guard: Callable[[G], object] | None = None,
        public: bool | None = None,
        limits: Limits | None = None,
        interceptors: Iterable[Interceptor] = (),
        errors: ErrorMap | None = None,
    ) -> Namespace:
        """Return the same members with options added for every action below.

        Args:
            raises: Typed errors that each action may raise.
            guard: Called before each action, before the guards of inner namespaces and of the action itself.
            public: Whether the blueprint's ``default_guard`` is left out; inner ones may say otherwise.
            limits: What a call of each action may cost, where inner ones say nothing.
            interceptors: What surrounds the handler of each action, outside of what inner ones say.
            errors: The errors that callers see in place of exceptions, by class, where inner ones say nothing.
        """
        # The guard that was added last is the innermost one; what else is said later replaces what was said before.
        added = SharedOptions(
            raises=tuple(raises),
            guards=() if guard is None else (guard,),
            public=public,
            limits=limits or Limits(),
            interceptors=tuple(interceptors),
            errors=() if errors is None else (errors,),
        )
        return self._copy(self._options.around(added))

    def _inside(self, outer: SharedOptions) -> Namespace:
        return self._copy(outer.around(self._options))

    def _copy(self, options: SharedOptions) -> Namespace:
        copy = Namespace()
        copy._members, copy._repeated, copy._options = self._members, self._repeated, options
        return copy

    def __getitem__(self, name: str) -> Member:
        """Return a member with the options of this namespace laid around its own."""
        member: Any = _inside(self._members[name], self._options)
        return member  # type: ignore[no-any-return]  # anything else than a member is for the walk to report

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __or__(self, other: Mapping[str, Member]) -> Namespace:
        if not isinstance(other, Mapping):
            return NotImplemented
        return _merged(self, other)

    def __ror__(self, other: Mapping[str, Member]) -> Namespace:
        if not isinstance(other, Mapping):
            return NotImplemented
        return _merged(other, self)

    def __repr__(self) -> str:
        return f"Namespace({', '.join(map(str, self._members))})"

    def __deepcopy__(self, memo: object) -> Namespace:
        return self


def _inside(member: object, outer: SharedOptions) -> object:
    """A member with the options of its namespace; what cannot be a member as it is, for the walk to report."""
    if outer == NO_OPTIONS:
        return member
    if isinstance(member, Action | Namespace):
        return member.inside(outer) if isinstance(member, Action) else member._inside(outer)
    if isinstance(member, Mapping):
        copy = Namespace()
        copy._members, copy._options = member, outer
        return copy
    return member


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> Namespace:
    """The members of both, each with its options; of a name in both the second one, as of any mappings."""
    merged = Namespace({**first, **second})
    repeated = [name for each in (first, second) if isinstance(each, Namespace) for name in each._repeated]
    merged._repeated = tuple(repeated)
    return merged


def entries(server: object, default_guard: Guard | None = None, outer: SharedOptions = NO_OPTIONS) -> dict[str, Entry]:
    """Return all actions of a tree by their dotted names, in the order of the tree.

    Args:
        server: A ``Namespace``, or a nested mapping of actions.
        default_guard: What guards every action that is not public, before all its other guards.
        outer: What a blueprint says of all its actions.

    Raises:
        DefinitionError: With every problem of every action that a walk over names and annotations can see.
    """
    walk = _Walk(default_guard)
    walk.visit(server, (), outer)
    if not walk.found and not walk.problems:
        walk.problem("", "there are no actions in it.", "Pass a Namespace(...) or a mapping of names to actions.")
    walk.problems += definition_problems(walk.found.values())
    for entry in walk.found.values():
        walk.problems += _raises_problems(entry)
        walk.problems += _accept_problems(entry)
    walk.problems += plan_guards(walk.found.values())
    walk.problems += plan_interceptors(walk.found.values())
    if default_guard is not None and (problem := _default_guard_problem(default_guard, walk.found.values())):
        others = [each for each in walk.problems if each.reason != problem.reason]
        own = Problem(reason=f"default_guard: {problem.reason}", remedy=problem.remedy)
        raise DefaultGuardError([own, *others])
    if walk.problems:
        raise DefinitionError(walk.problems)
    return walk.found


class DefaultGuardError(DefinitionError, TypeError):
    """The blueprint's default guard cannot be one; a ``TypeError`` too, as for any argument of a wrong kind."""


def _default_guard_problem(guard: Guard, listed: Iterable[Entry]) -> Problem | None:
    """What is wrong with the default guard, also where it guards nothing."""
    guarded = [entry for entry in listed if any(each is guard for each in entry.guards)]
    return guard_problem(guard, [wanted for entry in guarded for wanted in entry.definition.injected.values()])


class _Walk:
    def __init__(self, default_guard: Guard | None) -> None:
        self.default_guard = default_guard
        self.found: dict[str, Entry] = {}
        self.problems: list[Problem] = []
        self.open: list[object] = []

    def problem(self, name: str, reason: str, remedy: str, member: object = None) -> None:
        file, line = _place(member)
        self.problems.append(Problem(action=name, file=file, line=line, reason=reason, remedy=remedy))

    def visit(self, tree: object, path: tuple[str, ...], outer: SharedOptions) -> None:
        """Walk over a namespace and those inside it; a namespace inside itself ends the walk."""
        if not isinstance(tree, Mapping):
            self.problem(".".join(path), *_not_an_action(tree), tree)
            return
        # The members themselves, without their options: a namespace with options is another object for each look.
        members = tree._members if isinstance(tree, Namespace) else tree
        if any(members is open_members for open_members in self.open):
            self.problem(".".join(path), "the namespace contains itself.", "Take it out of itself.")
            return
        self.open.append(members)
        if isinstance(tree, Namespace):
            outer = outer.around(tree._options)
            for name in tree._repeated:
                full = ".".join((*path, name))
                reason = "it is given twice, in the mapping and by keyword."
                self.problem(full, reason, "Keep one of the two.", members.get(name))
        self._check_names(members, path)
        for name, member in members.items():
            here = (*path, str(name))
            if isinstance(member, Action):
                self._add(".".join(here), member, outer.around(member.shared))
            elif isinstance(member, Mapping) and not member:
                self.problem(".".join(here), "the namespace is empty.", "Remove it, or put an action into it.")
            else:
                self.visit(member, here, outer)
        self.open.pop()

    def _add(self, name: str, action: Action[..., Any], options: SharedOptions) -> None:
        guards = options.guards
        if self.default_guard is not None and not options.public:
            guards = (self.default_guard, *guards)
        self.found[name] = Entry(
            name=name,
            action=action.origin,
            raises=tuple(dict.fromkeys(options.raises)),
            guards=without_repetition(guards),
            public=bool(options.public),
            limits=options.limits,
            interceptors=options.interceptors,
            errors=options.errors,
        )

    def _check_names(self, tree: Mapping[Any, object], path: tuple[str, ...]) -> None:
        taken: dict[str, tuple[object, object]] = {}
        for name, member in tree.items():
            full = ".".join((*path, str(name)))
            if fault := _name_fault(name, is_root=not path):
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


def _name_fault(name: object, *, is_root: bool) -> tuple[str, str] | None:
    remedy = "Give it another name in Namespace(...)."
    if not isinstance(name, str) or not name.isidentifier():
        return f"{name!r} is not a Python identifier, so callers could not write it.", remedy
    if keyword.iskeyword(name):
        return f"{name!r} is a Python keyword.", remedy
    if name.startswith("_"):
        return f"{name!r} begins with an underscore; such names are never served.", remedy
    if is_root and name in RESERVED:
        return f"{name!r} is a method of the generated clients.", remedy
    return None


def _not_an_action(member: object) -> tuple[str, str]:
    if callable(member):
        name = getattr(member, "__name__", type(member).__name__)
        return (
            f"{name!r} is a plain {type(member).__name__}, not an action.",
            "Decorate it with @action, or take it out.",
        )
    return f"{member!r:.60} is not an action.", "Only actions and namespaces can stand here."


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
            yield problem(f"raises={error!r} is not a subclass of ActionError.", "Declare your own subclasses only.")
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
        for fault in faults(hints[field], is_input=False):
            yield f"{name}.{field}{f'.{fault.path}' if fault.path else ''}: {fault.reason}", fault.remedy


_OURS: Final = (ActionError, InputError, CallError)


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
