"""Find parameters that lack ``Injected``, so that callers would send what a guard should supply.

``me: User`` without ``Injected`` is an input like any other: a caller who is let in as one user
could act as any other. It is refused unless it is clear that an input is meant, because the handler
also takes what the guard supplies, or because the guard itself reads the parameter as an input.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum
from functools import partial
from itertools import chain
from typing import Any, Final

from ._callables import describe, written_words
from ._definition import Parameters
from ._definition_error import Problem
from ._entry import Entry
from ._injection import ANY, UNKNOWN, Fit, accepts_none, classes_of, fit, is_new_type, members_of
from ._interceptors import NO_VALUE
from ._types.type_names import name_of


def unmarked_problems(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield the inputs of a type that a guard or an interceptor of the same action supplies."""
    all_entries = list(entries)
    asked = _asked_of_silent_guards(all_entries)
    for entry in all_entries:
        source = entry.definition.input
        if isinstance(source, Parameters):  # define_action(input=...) says what the input is
            for problem in _problems(entry, source.types, asked):
                yield problem.at(entry.name, *entry.definition.place)


Asked = Mapping[int, Iterable[Any]]
"""The types of marked parameters by the guards that may supply them and do not say."""


def _asked_of_silent_guards(entries: Iterable[Entry]) -> Asked:
    asked: dict[int, list[Any]] = {}
    for entry in entries:
        calls = (*entry.plan.calls, *entry.plan.field_calls)
        for name, annotation in entry.definition.injected.items():
            for position in entry.plan.suppliers.get(name, ()):
                function = calls[position].function
                if _is_silent(calls[position].returned):
                    asked.setdefault(id(function), []).extend(members_of(annotation))
    return asked


def _is_silent(return_type: Any) -> bool:
    return return_type is UNKNOWN or return_type in ANY


def _problems(entry: Entry, inputs: Mapping[str, Any], asked: Asked) -> Iterator[Problem]:
    read_by_guards = set(chain.from_iterable(call.fields for call in entry.plan.field_calls))
    suppliers = list(_suppliers(entry, asked))
    # As many steps as parameters times guards: both are written by hand.
    for name, annotation in inputs.items():
        for supplier in suppliers:
            if name not in read_by_guards and supplier.suits(annotation):
                yield _unmarked(name, annotation, supplier.label)
                break


class _Supplier:
    """A guard or an interceptor that supplies something which no parameter of the action takes.

    Attributes:
        label: Its name in messages.
        types: The members of the type that it supplies, without general ones such as ``str``.
        words: The words of an annotation that only type checkers can read.
    """

    def __init__(self, label: str, types: Iterable[Any] = (), words: Collection[str] = ()) -> None:
        self.label = label
        self.types = tuple(types)
        self.words = words

    def suits(self, annotation: Any) -> bool:
        """Return whether it could supply a parameter of this type, if marked ``Injected``."""
        for member in _telling(annotation):
            if getattr(member, "__name__", "") in self.words:
                return True
            for source in self.types:
                if fit(source, member) <= Fit.SUBCLASS:
                    return True
        return False


def _suppliers(entry: Entry, asked: Asked) -> Iterator[_Supplier]:
    targets = tuple(entry.definition.injected.values())
    for call in (*entry.plan.calls, *entry.plan.field_calls):
        label = describe(call.function, article="the")
        if not _is_silent(call.returned):
            if not _is_taken(call.returned, targets):
                yield _Supplier(label, _telling(call.returned))
        elif not targets:  # an unannotated guard may supply a parameter that is marked
            types = filter(_is_telling, asked.get(id(call.function), ()))
            yield _Supplier(label, types, written_words(call.function))
    for interceptor in entry.plan.interceptors:
        if interceptor.supplied is not NO_VALUE and not _is_taken(interceptor.supplied, targets):
            label = describe(interceptor.function, article="the", noun="interceptor")
            yield _Supplier(label, _telling(interceptor.supplied))


def _is_taken(source: Any, targets: Iterable[Any]) -> bool:
    return min(map(partial(fit, source), targets), default=Fit.NEVER) < Fit.NEVER


def _telling(annotation: Any) -> list[Any]:
    """Return the members of a type that say what they are: ``User``, but not ``int``."""
    return list(filter(_is_telling, members_of(annotation)))


def _is_telling(member: Any) -> bool:
    if is_new_type(member):
        return True
    return not any(map(_is_common, classes_of(member)))


def _is_common(kind: type) -> bool:
    """Return whether a class is of general use: strings, dates, identifiers, enums."""
    library = kind.__module__.partition(".")[0]
    return issubclass(kind, Enum) or library in sys.stdlib_module_names or library in _LIBRARIES


_LIBRARIES: Final = ("pydantic", "pydantic_core", "typing_extensions")


def _unmarked(name: str, annotation: Any, label: str) -> Problem:
    kinds = list(map(name_of, members_of(annotation)))
    kind = kinds[0]
    if accepts_none(annotation):
        kinds.append("None")
    mark = f"Annotated[{' | '.join(kinds)}, Injected]"
    return Problem(
        reason=f"parameter {name!r} is not marked Injected, so callers would send the {kind} that {label} supplies.",
        remedy=f"Write '{name}: {mark}'. If callers are to send one, take what is supplied as well, "
        f"'caller: Annotated[{kind}, Injected]', or give the input a class that is not related to it.",
    )
