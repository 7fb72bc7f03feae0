"""Sort the parameters of a handler: the context, the request, what is injected, and the input.

The two forms of an action differ here alone: a decorated handler takes the fields of its input one
by one, a handler of ``define_action`` takes the whole input first and the context second.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_origin

from pydantic.fields import FieldInfo

from ._definition import EMPTY, Injected, Input, Parameters, is_context, is_request
from ._definition_error import Problem
from ._types.annotations import UNIONS, is_annotated
from ._types.crossed_names import crossing_problem, has_alias
from ._types.defaults import default_problem
from ._types.fields import fields_of
from ._types.hints import Parameter
from ._types.member_names import name_problem
from ._types.other_frameworks import foreign_mark_problem, unsupplied_problem
from ._types.representable import Survey, survey
from ._types.uploads import holds_file

NOTHING_WRONG: Final = Survey([], {})


class ParameterReader:
    """Sorts the parameters of a handler: the context, the request, injected ones, and the rest."""

    def __init__(
        self, parameters: list[Parameter], hints: dict[str, Any], unread: set[str], problems: list[Problem]
    ) -> None:
        self.context: str | int | None = None
        self.request: str | None = None
        self.injected: dict[str, Any] = {}
        self.rest: list[Parameter] = []
        self.all = parameters
        self.hints = hints
        self.unread = unread
        self.problems = problems
        for parameter in parameters:
            self._sort(parameter, hints.get(parameter.name, EMPTY))

    def _sort(self, parameter: Parameter, annotation: Any) -> None:
        name, target = parameter.name, _only(annotation)
        if problem := _foreign_problem(parameter, annotation):
            self.problems.append(problem.within(f"parameter {name!r}"))
        elif is_injected(annotation):
            self.injected[name] = get_args(annotation)[0]
        elif is_context(target):
            self._once(name, self.context)
            self.context = name
        elif is_request(target):
            self._once(name, self.request)
            self.request = name
        else:
            self.rest.append(parameter)

    def _once(self, name: str, first: str | int | None) -> None:
        if first is not None:
            self.report(f"parameters {first!r} and {name!r} are the same injected object.", "Remove one of them.")

    def survey(self, source: Input | None) -> Survey:
        """Return the problems of the input's type."""
        if source is None:
            return NOTHING_WRONG
        return survey(source.annotation, is_input=True)

    def report(self, reason: str, remedy: str) -> None:
        """Add a problem of the handler."""
        self.problems.append(Problem(reason, remedy))


class DecoratedHandler(ParameterReader):
    """The decorator form: what is not injected is a field of the input."""

    def input(self, annotation: Any, unset: Any, name: str) -> Input | None:
        if not self.rest:
            return None
        # A list: all() on its own would stop at the first problem, and mistakes are reported
        # together.
        checks = list(map(self._check, self.rest))
        if not all(checks):
            return None
        return Parameters(name, self.rest, self.hints)

    def survey(self, source: Input | None) -> Survey:
        """Return the problems of each parameter's type, even where the input is unusable."""
        problems: list[Problem] = []
        one_way: dict[Any, str] = {}
        for name, _, _ in self.rest:
            if name not in self.hints:
                continue
            inputs = survey(self.hints[name], is_input=True)
            problems += (problem.below(name) for problem in inputs.problems)
            one_way |= inputs.one_way
        if isinstance(source, Parameters) and any(map(has_alias, source.types.values())):
            clash = crossing_problem(source.fields, (), is_input=True)
            problems += filter(None, [clash])
        return Survey(problems, one_way)

    def _check(self, parameter: Parameter) -> bool:
        if parameter.name in self.unread:
            return False
        problem = self._problem(parameter)
        if problem is not None:
            self.problems.append(problem)
        return problem is None

    def _problem(self, parameter: Parameter) -> Problem | None:
        name = parameter.name
        if stars := _STARS.get(parameter.kind):
            remedy = "Name each field of the input."
            if name not in self.hints:
                remedy += " If this is the inner function of a decorator, it needs @functools.wraps(...)."
            return Problem(f"parameter '{stars}{name}' takes any number of arguments.", remedy)
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            remedy = "Remove the '/': input fields are passed by name."
            return Problem(f"parameter {name!r} is positional-only.", remedy)
        if name.startswith("_action"):
            remedy = "Rename it: such form controls belong to the library."
            return Problem(f"parameter {name!r} begins with '_action'.", remedy)
        if problem := name_problem("parameter", name):
            return problem
        if name not in self.hints:
            return self._not_annotated(parameter)
        return _default_problem(parameter, self.hints[name])

    def _not_annotated(self, parameter: Parameter) -> Problem:
        name = parameter.name
        if name == "self" and parameter is self.all[0]:
            remedy = "Make an action of the bound method: action(service.method)."
            return Problem("it is a method without its object.", remedy)
        example = _USUAL.get(name, "str")
        return Problem(f"parameter {name!r} has no annotation.", f"Annotate it, for example '{name}: {example}'.")


_USUAL: Final = {"request": "Request", "context": "ActionContext", "ctx": "ActionContext"}
"""What parameters of these names take in most handlers."""


_STARS: Final[Mapping[Any, str]] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def _foreign_problem(parameter: Parameter, annotation: Any) -> Problem | None:
    """Return the problem of a parameter of another framework, such as FastAPI's ``Depends``."""
    if problem := unsupplied_problem(parameter.default):
        return problem
    if is_injected(annotation):
        return None
    return next(filter(None, map(foreign_mark_problem, _marks(annotation))), None)


def _default_problem(parameter: Parameter, annotation: Any) -> Problem | None:
    if isinstance(parameter.default, FieldInfo):
        remedy = f"Write '{parameter.name}: Annotated[..., Field(...)]', and a plain default after it if it has one."
        return Problem(f"the default of parameter {parameter.name!r} is a Field(...).", remedy)
    default = parameter.default
    if default is not EMPTY and type(default) is not annotation:
        problem = default_problem(parameter.name, default, annotation, role="parameter ")
        if problem is not None:
            return problem
    if any(isinstance(mark, FieldInfo) and not mark.is_required() for mark in _marks(annotation)):
        reason = f"parameter {parameter.name!r} has its default inside Field(...)."
        return Problem(reason, "Write the default after '='.")
    return None


class ExplicitHandler(ParameterReader):
    """The explicit form: the first parameter takes the input, a second one the context."""

    def input(self, annotation: Any, unset: Any, name: str) -> Input | None:
        parameters = [parameter for parameter in self.rest if _is_needed(parameter)]
        if annotation is unset:
            if parameters:
                self.report(f"the handler takes {parameters[0].name!r}, but no input is declared.", "Pass input=... .")
            return None
        if not self.rest:
            remedy = "Remove input=..., or take it as a parameter."
            self.report("the handler takes no input, but one is declared.", remedy)
            return None
        if self.rest[0] is not self.all[0] or self.rest[0].kind is inspect.Parameter.KEYWORD_ONLY:
            remedy = "Put it first, and not behind '*': def handler(input, context)."
            self.report(f"the input goes to the first parameter, and {self.rest[0].name!r} is not that.", remedy)
        self._second(self.rest[1:])
        try:
            fields = fields_of(annotation)
        except NameError:  # reported by the survey of the input
            fields = None
        if fields is None and holds_file(annotation):
            remedy = "Take it as a parameter, or as a field of the input model."
            self.report("a file without a name cannot stand in a form.", remedy)
        return Input(annotation=annotation, fields=fields, spread=False)

    def _second(self, parameters: list[Parameter]) -> None:
        for position, parameter in enumerate(parameters, 1):
            plain = parameter.kind not in _STARS
            if position == 1 and plain and self.context is None and parameter.name not in self.hints:
                self.context = position  # a lambda has no annotations, so the position decides
            elif _is_needed(parameter):
                remedy = "A handler takes the input and the context; mark anything else Annotated[..., Injected]."
                self.report(f"nothing supplies the handler's parameter {parameter.name!r}.", remedy)


def _is_needed(parameter: Parameter) -> bool:
    return parameter.default is EMPTY and parameter.kind not in _STARS


def _only(annotation: Any) -> Any:
    """Return ``X`` of ``X``, ``X | None`` and ``Annotated[X, ...]``."""
    if isinstance(annotation, type):
        return annotation
    origin = get_origin(annotation)
    if origin is Annotated:
        return _only(get_args(annotation)[0])
    if origin in UNIONS:
        members = [member for member in get_args(annotation) if member is not NoneType]
        if len(members) == 1:
            return _only(members[0])
    return annotation


def is_injected(annotation: Any) -> bool:
    """Return whether an annotation is marked ``Injected``."""
    return any(mark is Injected or isinstance(mark, Injected) for mark in _marks(annotation))


def _marks(annotation: Any) -> tuple[Any, ...]:
    if not is_annotated(annotation):
        return ()
    return get_args(annotation)[1:]
