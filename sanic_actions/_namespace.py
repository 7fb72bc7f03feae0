"""The tree of actions and their dotted names. Only actions are found, by one flat mapping."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from ._actions import Action
from ._declared_errors import raises_problems
from ._definition_error import DefinitionError, Problem
from ._definition_problems import definition_problems
from ._entry import Entry
from ._error_maps import ErrorMap
from ._errors import ActionError
from ._guard_plans import plan_guards, plan_interceptors, without_repetition
from ._guards import answer_problem, guard_problem, named_fields
from ._interceptors import Interceptor, interceptor_tuple
from ._known_options import known_options
from ._limits import Limits, limits_of
from ._member_problems import kind_problems, member_problem, name_problem, place_of_member, reading_problem
from ._options import NO_OPTIONS, UNSET, G, Guard, GuardOf, SharedOptions, error_tuple, guard_tuple
from ._unmarked import unmarked_problems

TreeMember = Action[..., object] | Mapping[str, object]


class Namespace(Mapping[str, TreeMember]):
    """A group of actions; nests.

    Its options travel with its members: ``{**admin, "hello": hello}``, ``Namespace(admin)`` and
    ``admin | other`` hold the members of ``admin`` with the guards, errors, limits and ``public``
    of ``admin``.

    Example::

        server = Namespace(like=like, blog=Namespace(comment=comment))
    """

    __slots__ = ("_members", "_options", "_repeated")

    def __init__(self, members: Mapping[str, TreeMember] | None = None, /, **named: TreeMember) -> None:
        if members is not None and not isinstance(members, Mapping):
            raise TypeError(_unnamed(members))
        first: Mapping[str, object] = members or {}
        self._members: Mapping[str, object] = {**first, **named}
        self._repeated = tuple(sorted(first.keys() & named.keys()))
        self._options = NO_OPTIONS

    @known_options("with_options")
    def with_options(
        self,
        *,
        raises: Iterable[type[ActionError]] = (),
        guard: GuardOf[G] = UNSET,
        public: bool | None = None,
        limits: Limits | None = None,
        interceptors: Iterable[Interceptor] = (),
        errors: ErrorMap | None = None,
    ) -> Namespace:
        """Return the same members with options added for every action below.

        Args:
            raises: Typed errors that each action may raise.
            guard: Called before each action, before the guards of inner namespaces and of the
                action itself.
            public: Whether the blueprint's ``default_guard`` is left out; inner ones may say
                otherwise.
            limits: What a call of each action may cost, where inner ones say nothing.
            interceptors: What surrounds the handler of each action, outside of what inner ones say.
            errors: The errors that callers see in place of exceptions, by class, where inner ones
                say nothing.

        Raises:
            TypeError: There is no such option, or ``public`` or ``limits`` is of another kind.
        """
        if public is not None and not isinstance(public, bool):
            raise TypeError(f"public={public!r:.60} is neither True nor False. Write one of them.")
        # Options of a later call lie inside those of an earlier one: its guards run later, and its
        # limits win.
        options = SharedOptions(
            raises=error_tuple(raises),
            guards=guard_tuple(guard),
            public=public,
            limits=limits_of(limits),
            interceptors=interceptor_tuple(interceptors),
            errors=() if errors is None else (errors,),
        )
        return self._copy(self._options.around(options))

    def _inside(self, outer: SharedOptions) -> Namespace:
        return self._copy(outer.around(self._options))

    def _copy(self, options: SharedOptions) -> Namespace:
        copy = Namespace()
        copy._members, copy._repeated, copy._options = self._members, self._repeated, options
        return copy

    def __getitem__(self, name: str) -> TreeMember:
        """Return a member with the options of this namespace laid around its own."""
        # A wrong member is reported by the walk over the tree.
        return cast("TreeMember", _inside(self._members[name], self._options))

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __or__(self, other: Mapping[str, TreeMember]) -> Namespace:
        if not isinstance(other, Mapping):
            return NotImplemented
        return _merged(self, other)

    def __ror__(self, other: Mapping[str, TreeMember]) -> Namespace:
        if not isinstance(other, Mapping):
            return NotImplemented
        return _merged(other, self)

    def __repr__(self) -> str:
        return f"Namespace({', '.join(map(str, self._members))})"

    def __deepcopy__(self, memo: object) -> Namespace:
        return self


def _unnamed(member: object) -> str:
    """Return what to write in place of a member that has no name."""
    name = getattr(member, "__name__", "like")
    return f"Namespace(...) takes actions by name, not {member!r:.60}: write Namespace({name}={name})."


def _inside(member: object, outer: SharedOptions) -> object:
    """Return a member with the options of its namespace; a wrong one as it is, for the walk."""
    if outer == NO_OPTIONS:  # the usual case: an action stays the object that was defined
        return member
    if isinstance(member, Action | Namespace):
        if isinstance(member, Action):
            return member.inside(outer)
        return member._inside(outer)
    if isinstance(member, Mapping):
        copy = Namespace()
        copy._members, copy._options = member, outer
        return copy
    return member


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> Namespace:
    """Return the members of both with their options; the second wins, as in ``first | second``."""
    union = Namespace({**first, **second})
    repetitions = [name for each in (first, second) if isinstance(each, Namespace) for name in each._repeated]
    union._repeated = tuple(repetitions)
    return union


def entries(
    server: object,
    default_guard: Guard = UNSET,
    outer: SharedOptions = NO_OPTIONS,
) -> dict[str, Entry]:
    """Return all actions of a tree by their dotted names, in the order of the tree.

    Args:
        server: A ``Namespace``, or a nested mapping of actions.
        default_guard: A guard for every action that is not public, before all its other guards.
        outer: The options of a blueprint.

    Raises:
        DefinitionError: There are problems; it lists all that a walk over names and annotations can
            see.
    """
    walk = _TreeWalk(default_guard)
    walk.visit(server, (), outer)
    if not walk.entries and not walk.problems:
        remedy = "Pass a Namespace(...) or a mapping of names to actions."
        walk.problems.append(Problem(reason="there are no actions in it.", remedy=remedy))
    problems = [*walk.problems, *definition_problems(walk.entries.values())]
    for entry in walk.entries.values():
        problems += raises_problems(entry)
        problems += kind_problems(entry)
    # In this order: the plans of interceptors and the check for a missing mark build on the plans
    # of guards.
    problems += plan_guards(walk.entries.values())
    problems += plan_interceptors(walk.entries.values())
    problems += unmarked_problems(walk.entries.values())
    if default_guard is not UNSET:
        _check_default_guard(default_guard, walk.entries.values(), problems)
    if problems:
        raise DefinitionError(problems)
    return walk.entries


class DefaultGuardError(DefinitionError, TypeError):
    """The default guard is not a guard; also a ``TypeError``, as for any wrong argument."""


def _check_default_guard(
    guard: Guard,
    entries: Iterable[Entry],
    problems: Iterable[Problem],
) -> None:
    """Raise for a default guard that is not one, though it guards no action yet, with the rest."""
    parameter_types: list[Any] = []
    for entry in entries:
        if any(member is guard for member in entry.guards):
            parameter_types.extend(entry.definition.injected.values())
    own = guard_problem(guard, parameter_types)
    if own is None and not parameter_types:
        own = answer_problem(guard, parameter_types)
    if own is not None:
        rest = [problem for problem in problems if problem.reason != own.reason]
        first = Problem(reason=f"default_guard: {own.reason}", remedy=own.remedy)
        raise DefaultGuardError([first, *rest])


class _TreeWalk:
    """Collects the actions of a tree, and what is wrong with its names and members."""

    def __init__(self, default_guard: Guard) -> None:
        self.default_guard = default_guard
        self.entries: dict[str, Entry] = {}
        self.problems: list[Problem] = []
        self.around: list[object] = []
        """The namespaces around the current one; meeting one of them again is a circle."""

    def visit(self, tree: object, path: tuple[str, ...], outer: SharedOptions) -> None:
        """Walk over a namespace and those inside it; a namespace inside itself ends the walk."""
        if not isinstance(tree, Mapping):
            self._report(path, member_problem(tree, path[-1] if path else ""), tree)
            return
        # The mapping itself, as each access of a namespace with options makes another object.
        members = tree._members if isinstance(tree, Namespace) else tree
        if any(members is each for each in self.around):
            self._report(path, Problem(reason="the namespace contains itself.", remedy="Take it out of itself."), None)
            return
        self.around.append(members)
        if isinstance(tree, Namespace):
            outer = outer.around(tree._options)
            self._check_repeated(tree, path)
        self._check_names(members, path)
        for name, member in members.items():
            self._visit_member(member, (*path, str(name)), outer)
        self.around.pop()

    def _visit_member(self, member: object, path: tuple[str, ...], outer: SharedOptions) -> None:
        if isinstance(member, Action):
            self._add(".".join(path), member, outer.around(member.shared))
        elif isinstance(member, Mapping) and not member:
            remedy = "Remove it, or put an action into it."
            self._report(path, Problem(reason="the namespace is empty.", remedy=remedy), None)
        else:
            self.visit(member, path, outer)

    def _add(self, name: str, action: Action[..., Any], options: SharedOptions) -> None:
        guards = options.guards
        if not options.public:
            guards = (*guard_tuple(self.default_guard), *guards)
        distinct = without_repetition(guards)
        self.entries[name] = Entry(
            name=name,
            action=action.origin,
            raises=tuple(dict.fromkeys(options.raises)),
            guards=tuple(guard for guard in distinct if not _names_fields(guard)),
            field_guards=tuple(guard for guard in distinct if _names_fields(guard)),
            public=bool(options.public),
            kept_guards=options.kept_guards or (),
            limits=options.limits,
            interceptors=options.interceptors,
            errors=options.errors,
        )

    def _report(self, path: tuple[str, ...], problem: Problem, member: object) -> None:
        self.problems.append(problem.at(".".join(path), *place_of_member(member)))

    def _check_repeated(self, namespace: Namespace, path: tuple[str, ...]) -> None:
        problem = Problem(
            reason="it is given twice, in the mapping and by keyword.",
            remedy="Keep one of the two.",
        )
        for name in namespace._repeated:
            self._report((*path, name), problem, namespace._members.get(name))

    def _check_names(self, members: Mapping[Any, object], path: tuple[str, ...]) -> None:
        first_of: dict[str, tuple[object, object]] = {}
        for name, member in members.items():
            problem = name_problem(name, is_root=not path)
            if problem is None:
                plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
                problem = reading_problem(name, plain, first_of)
                first_of[plain] = name, member
            if problem is not None:
                self._report((*path, str(name)), problem, member)


def _names_fields(guard: object) -> bool:
    return callable(guard) and bool(named_fields(guard))
