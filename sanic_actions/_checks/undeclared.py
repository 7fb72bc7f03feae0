"""Find typed errors that callers may get although no ``raises`` declares them.

They come from handlers, guards, interceptors and ``errors=``. The functions that these call are not
read: the pytest plugin reports an undeclared error of theirs when it is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .._callables import describe, functions_behind, hints_of
from .._definition import place_of, underlying_function
from .._definition_error import Problem
from .._entry import Entry
from .._errors import ActionError
from .raised_errors import Raised, raised_by, returned_by, typed_error


def undeclared_errors(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield the typed errors that are not declared, with file and line, each once."""
    all_entries = list(entries)
    for entry in all_entries:
        function = underlying_function(entry.action.handler)
        file, _ = place_of(function)
        for error, line in raised_by(function):
            if not issubclass(error, entry.raises):
                yield Problem(
                    action=entry.name,
                    file=file,
                    line=line,
                    reason=f"it raises {error.__name__}, which it does not declare, so callers get none of its fields.",
                    remedy=_remedy(error, "raise"),
                )
    for source in _sources_around(all_entries):
        yield from _shared_problems(source)


@dataclass(slots=True, kw_only=True)
class _Source:
    """Something around handlers that makes errors.

    Attributes:
        label: The beginning of a sentence: what it is, and how it makes an error.
        verb: "raise" or "return".
        file: The file that it is in.
        errors: The typed errors that it makes, with their lines.
        entries: The actions that it is around.
    """

    label: str
    verb: str
    file: str
    errors: list[Raised]
    entries: list[Entry] = field(default_factory=list)


def _sources_around(entries: Iterable[Entry]) -> Iterable[_Source]:
    """Return the guards, interceptors and maps of errors around actions, each once and in order."""
    # A guard of a blueprint may be around a thousand actions; its source is read once.
    sources: dict[object, _Source] = {}
    for entry in entries:
        # By identity: a callable object need not have a hash.
        for function, noun in _functions_around(entry):
            if id(function) not in sources:
                sources[id(function)] = _source_of(function, noun)
            sources[id(function)].entries.append(entry)
        for errors in entry.errors:
            for kind, convert in errors.items():
                key = (id(errors), kind)
                if key not in sources:
                    sources[key] = _source_of_map(kind, convert)
                sources[key].entries.append(entry)
    return sources.values()


def _functions_around(entry: Entry) -> Iterator[tuple[Any, str]]:
    """Yield what is called before or around a handler, each with the word for what it is."""
    for guard in (*entry.guards, *entry.field_guards):
        yield guard, "guard"
    for interceptor in entry.interceptors:
        yield interceptor, "interceptor"


def _source_of(function: Any, noun: str) -> _Source:
    errors: list[Raised] = []
    file = ""
    for part in _parts(function):
        for inner in functions_behind(part):
            inner_errors = list(raised_by(inner))
            if inner_errors:
                file, _ = place_of(inner)
                errors += inner_errors
    label = f"{describe(function, article='the', noun=noun)} raises"
    return _Source(label=label, verb="raise", file=file, errors=errors)


def _parts(function: Any) -> Iterable[Any]:
    """Return the guards of ``a | b``; of any other function, itself."""
    if hasattr(type(function), "definition_problem"):
        return list(function.parts())
    return [function]


def _source_of_map(kind: type[Exception], convert: Any) -> _Source:
    while isinstance(convert, partial):
        convert = convert.func
    label = f"errors= turns {kind.__name__} into"
    error_class = typed_error(convert)
    # The class itself; without a constructor of its own it is a definition error.
    if error_class is not None:
        return _Source(label=label, verb="return", file="", errors=[(error_class, 0)])
    function = underlying_function(convert)
    file, line = place_of(function)
    errors = [*returned_by(function), *raised_by(function)]
    annotation = typed_error(hints_of(convert).get("return"))
    if annotation is not None:
        errors.append((annotation, line))
    return _Source(label=label, verb="return", file=file, errors=errors)


def _shared_problems(source: _Source) -> Iterator[Problem]:
    classes: set[type] = set()
    for error, line in source.errors:
        places = [entry for entry in source.entries if not issubclass(error, entry.raises)]
        if not places or error in classes:
            continue
        # Which of its actions raise the exceptions of a shared map is not known: one that declares
        # the error is enough.
        if source.verb == "return" and len(places) < len(source.entries):
            continue
        classes.add(error)
        subject = "this action does not declare"
        advice = ""
        if len(places) > 1:
            subject = f"this action and {len(places) - 1} more do not declare"
            advice = " Namespace(...).with_options(raises=[...]) declares it for all."
        yield Problem(
            action=places[0].name,
            file=source.file or places[0].definition.place[0],
            line=line or places[0].definition.place[1],
            reason=f"{source.label} {error.__name__}, which {subject}, so callers get none of its fields.",
            remedy=f"{_remedy(error, source.verb)}{advice}",
        )


def _remedy(error: type[ActionError], verb: str) -> str:
    return f"Declare it: raises=[{error.__name__}]; or {verb} ActionError({error._class_code!r}, ...)."
