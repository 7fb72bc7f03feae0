"""Problems of a type's metadata: marks and constraints that do not survive the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Any, Final, get_args

import pydantic
from pydantic import BaseModel

from .._definition_error import Problem
from .annotations import bare, class_of, is_union
from .constraints import constraints, misplaced_constraint
from .discriminators import discriminator_problem
from .not_types import is_injected_mark
from .other_frameworks import foreign_mark_problem
from .refused_limits import refused_limit
from .type_names import name_of
from .unions import members_of


def mark_problem(mark: object, owner: Any) -> Problem | None:
    """Return why a type with this metadata does not survive; ``owner`` has it as a field."""
    kind = type(mark)
    if isinstance(mark, type):
        kind = mark
    if is_injected_mark(mark):
        return _INJECTED_INSIDE
    if problem := foreign_mark_problem(mark):
        return problem
    if issubclass(kind, pydantic.EncodedBytes | pydantic.EncodedStr) and not _is_built(owner):
        return _DECODED_TWICE
    for mark_class, problem in _MARKS.items():
        if issubclass(kind, mark_class):
            return problem
    return None


def _is_built(owner: Any) -> bool:
    """Return whether a class holds its values decoded: its instances are not validated again."""
    target = class_of(owner)[0]
    if not isinstance(target, type):
        return False
    return issubclass(target, BaseModel) or dataclasses.is_dataclass(target)


_INJECTED_INSIDE: Final = Problem(
    "Injected does nothing here: it marks a whole parameter of a handler.",
    "Write 'user: Annotated[User | None, Injected]' among the parameters of the handler, or remove it.",
)
_DECODED_TWICE: Final = Problem(
    "encoded values are decoded whenever they are validated, so that a decoded one would be decoded again.",
    "Use bytes or str, which are written as base64 and as they are; or make it a field of a model.",
)
UNDECLARED_FORM: Final = Problem(
    "it is written by a serializer of its own, which does not say what it writes.",
    "Annotate what the serializer returns, for example '-> str': that is what callers get.",
)
IMPORT_STRING: Final = Problem("whoever writes one chooses what is imported.", "Use a Literal or an enum of names.")
_MARKS: Final[dict[type, Problem]] = {
    pydantic.SkipValidation: Problem("it is not validated, so it reads back as plain JSON.", "Remove SkipValidation."),
    pydantic.SerializeAsAny: Problem(
        "it is written with what its type does not have.", "Declare the type that is written."
    ),
    pydantic.InstanceOf: Problem(
        "instances do not travel.", "Use a model, or a type that is written as text or number."
    ),
    pydantic.ImportString: IMPORT_STRING,
    pydantic.ValidateAs: Problem(
        "it is read as another type than it is written as.", "Take that other type, and convert it in the handler."
    ),
    pydantic.Json: Problem(
        "it is read from a text of JSON, but written as its value.", "Use the type inside Json[...]."
    ),
    get_args(pydantic.OnErrorOmit[int])[1]: Problem(
        "what breaks its type would be left out without a word.",
        "Remove OnErrorOmit; or take JsonValue, and choose in the handler what is right.",
    ),
    type(get_args(pydantic.FilePath)[1]): Problem(
        "whether a path exists differs between machines.",
        "Use pathlib.Path, and check in the handler.",
    ),
}


def constraint_problem(annotation: Any, marks: Iterable[Any], owner: Any) -> Problem | None:
    """Return why a type cannot have the constraints among its metadata."""
    constraint_and_member = misplaced_constraint(annotation, marks)
    if constraint_and_member is None:
        return _order_problem(annotation, marks) or _refused_problem(annotation, marks, owner)
    name, limit, member = constraint_and_member
    constraint = f"{name}={limit!r:.60}"
    type_name = name_of(member)
    if not is_union(bare(annotation)):
        return Problem(f"{type_name} cannot keep {constraint}.", f"Remove {name}, or declare a type that can keep it.")
    remedy = f"Give it to the members that can: Annotated[..., Field({constraint})] | {type_name}."
    return Problem(f"the union has {constraint}, which {type_name} cannot keep.", remedy)


def _refused_problem(annotation: Any, marks: Iterable[Any], owner: Any) -> Problem | None:
    cls = class_of(owner)[0]
    if isinstance(cls, type) and issubclass(cls, BaseModel):
        return None  # its validator was built with the class, so pydantic accepts the constraint
    if problem := discriminator_problem(annotation, marks):
        return problem
    limit = refused_limit(annotation, marks, is_in_class=owner is not None)
    if limit is None:
        return None
    reason = f"{name_of(annotation)} cannot have {limit.constraint}: {limit.sentence}."
    return Problem(reason, _LIMITS.get(limit.name, f"Remove {limit.name}."))


_BOUND: Final = "Write a limit of the type itself."
_LENGTH: Final = "Write a whole number, 0 or more."
_FLAG: Final = "Write True or False, or remove it where the type has no such choice."
_LIMITS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("gt", "ge", "lt", "le"), _BOUND),
    **dict.fromkeys(("min_length", "max_length", "max_digits", "decimal_places"), _LENGTH),
    **dict.fromkeys(("strict", "allow_inf_nan", "fail_fast", "coerce_numbers_to_str", "to_lower"), _FLAG),
    **dict.fromkeys(("to_upper", "strip_whitespace", "ascii_only"), _FLAG),
    "multiple_of": "Write a number above 0, of the type itself.",
    "pattern": "Write one without look-around and backreferences, or re.compile(...), which Python's own engine reads.",
}


def _order_problem(annotation: Any, marks: Iterable[Any]) -> Problem | None:
    """Return why a union cannot go by its members' order: an earlier one converts values."""
    if constraints(marks).get("union_mode") != "left_to_right":
        return None
    names = [name_of(member) for member in members_of(annotation) if member is not NoneType]
    if len(names) < 2:
        return None
    reason = (
        f"union_mode='left_to_right' makes {names[0]} of whatever can be converted to it, before {names[1]} is asked."
    )
    return Problem(reason, "Remove union_mode: a value is read as the member whose type it has.")
