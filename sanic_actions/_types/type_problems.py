"""The reasons why a type does not survive the wire, with remedies: one function for each kind of type.

Types that are not known to survive are refused, except that classes with a schema of their own
(``__get_pydantic_core_schema__``) are trusted. The reasons for metadata are in ``mark_problems``.
"""

from __future__ import annotations

import enum
import pathlib
import re
import sys
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, Final, ForwardRef, Literal, Never, TypeVar, get_args, get_origin

import pydantic
from pydantic import BaseModel, RootModel
from typing_extensions import NoExtraItems, is_typeddict

from .._definition_error import Problem
from .._files import UploadedFile
from .._results import Redirect
from .annotations import bare, class_of, is_union
from .containers import ABSTRACT, is_container, is_named_tuple
from .fields import config_of, fields_of
from .hints import undefined
from .mark_problems import IMPORT_STRING
from .member_names import name_problem
from .misplaced_types import misplaced_problem, nearest_type
from .not_types import not_a_type_problem
from .output_file import Download
from .scalars import forms_of, is_utf8, members_of_finite, plain_values, scalar_of
from .type_names import name_of
from .unions import members_of


def surface_problem(annotation: Any, owner: Any, *, is_input: bool) -> Problem | None:
    """Return why a type cannot travel, without looking at the types inside it."""
    target = class_of(annotation)[0]
    direction = _input_problem if is_input else _output_problem
    return (
        not_a_type_problem(annotation)
        or _shapeless_problem(annotation, target, owner)
        or _download_problem(target, is_input=is_input)
        or _bytes_problem(target, owner)
        or _typed_dict_problem(target)
        or _extra_items_problem(target)
        or direction(target)
        or _pattern_problem(annotation, target)
        or misplaced_problem(target, is_input=is_input)
        or _unknown_problem(annotation, target, is_input=is_input)
    )


def _shapeless_problem(annotation: Any, target: Any, owner: Any) -> Problem | None:
    # Subclasses are refused too, but not those of BaseModel: they are models.
    for cls, problem in _SHAPELESS.items():
        if target is cls or (isinstance(target, type) and issubclass(target, cls) and cls is not BaseModel):
            return problem
    if annotation in (Any, object, pydantic.Json):
        remedy = "Say which types it can hold, or use pydantic.JsonValue."
        return Problem(f"{name_of(annotation)} has no one form in JSON.", remedy)
    if isinstance(annotation, ForwardRef):  # of a model, which pydantic could not complete
        return undefined(annotation.__forward_arg__, {})
    if isinstance(annotation, TypeVar):
        reason = "can be anything."
        if getattr(annotation, "has_default", bool)():  # typing's own has it since Python 3.13
            reason = "stands for its default, which the class that it is copied to does not have."
        return Problem(f"the type variable {annotation} {reason}", _variable_remedy(annotation, owner))
    if target is Redirect:
        remedy = "Return it as the output itself: '-> Comment | Redirect[None]'."
        return Problem("a Redirect stands inside another type.", remedy)
    return None


def _variable_remedy(variable: Any, owner: Any) -> str:
    cls = class_of(owner)[0]
    if owner is None or variable in getattr(cls, "__parameters__", (variable,)):
        return "Write the type, for example Page[int]."
    # pydantic looks at the bases of models only.
    return f"Write the field again in {name_of(cls)}, with its type: that of a generic base is not seen."


_SHAPELESS: Final[Mapping[type, Problem]] = {
    BaseModel: Problem(
        "BaseModel has no fields, and nothing says which model it is.", "Write the model, or their union."
    ),
    pydantic.Secret: Problem(
        "a Secret[...] would be written as asterisks.",
        "Take SecretStr or SecretBytes, which callers send in clear, and convert it in the handler.",
    ),
    pydantic.ImportString: IMPORT_STRING,
    pathlib.WindowsPath: Problem(
        "a WindowsPath can be made on Windows only, and the server runs elsewhere.",
        "Use pathlib.PureWindowsPath, or pathlib.Path for a path on the system of whoever reads it.",
    ),
}


def _download_problem(target: Any, *, is_input: bool) -> Problem | None:
    if target is not Download:
        return None
    if is_input:
        return Problem("a Download is what an action gives.", "Take a file as an UploadedFile.")
    remedy = "Return it as the output itself, '-> Download'; where there is none, raise ActionError(\"NOT_FOUND\")."
    return Problem("a Download stands inside another type.", remedy)


def _typed_dict_problem(target: Any) -> Problem | None:
    if not is_typeddict(target) or sys.version_info >= (3, 12) or type(target).__module__ != "typing":
        return None
    remedy = "Before Python 3.12, import TypedDict from typing_extensions."
    return Problem(f"{name_of(target)} is a typing.TypedDict, which lacks what pydantic needs.", remedy)


def _extra_items_problem(target: Any) -> Problem | None:
    """Return why a typed dict with ``extra_items`` does not survive: pydantic drops them."""
    if not is_typeddict(target) or getattr(target, "__extra_items__", NoExtraItems) in (NoExtraItems, Never, None):
        return None
    items = target.__extra_items__
    remedy = f"Write a model with extra='allow' and '__pydantic_extra__: dict[str, {name_of(items)}]'."
    return Problem(f"{name_of(target)} has extra_items, which would be left out without a word.", remedy)


def new_type_problem(annotation: Any) -> Problem | None:
    """Return why callers cannot have a ``NewType``; None for one of a class or another type."""
    supertype = getattr(annotation, "__supertype__", annotation)
    if supertype is annotation:
        return None
    inner = bare(supertype)
    is_class = inner not in (None, NoneType) and get_origin(inner) is not Literal
    if is_class and not is_union(inner) and not is_typeddict(inner):
        return None
    name = name_of(supertype)
    reason = f"{name_of(annotation)} is a NewType of {name}, of which type checkers make Any."
    return Problem(reason, f"Write {name} itself, or an alias of it: only a class can have a NewType.")


def _pattern_problem(annotation: Any, target: Any) -> Problem | None:
    if target is not re.Pattern or bytes not in get_args(annotation):
        return None
    return Problem("JSON has strings only, and this is a pattern of bytes.", "Use re.Pattern[str].")


def _input_problem(target: Any) -> Problem | None:
    scalar = scalar_of(target)
    if scalar is None or scalar.inputs:
        return None
    remedy = "Take str, and compile it in the handler, with a bound on its length that you can bear."
    return Problem(
        "whoever sends a pattern chooses how long it takes to compile: 60 KB take a quarter of a minute.", remedy
    )


def _output_problem(target: Any) -> Problem | None:
    scalar = scalar_of(target)
    if scalar is not None and not scalar.outputs:
        remedy = "Return str or bytes where the caller may have it, or leave it out."
        return Problem("a secret would be written as asterisks.", remedy)
    if target is UploadedFile:
        return Problem(
            "an UploadedFile is what a form sends.",
            "Annotate the output '-> Download', and return Download(path) or Download(bytes).",
        )
    if isinstance(target, type) and target in ABSTRACT:
        return Problem(f"{name_of(target)} can be one of several classes.", f"Write {ABSTRACT[target]}.")
    return None


def _is_known(annotation: Any, target: Any) -> bool:
    if forms_of(annotation) or is_container(annotation) or is_union(annotation) or is_named_tuple(annotation):
        return True
    if not isinstance(target, type):
        return annotation is None
    return fields_of(annotation) is not None or issubclass(target, RootModel) or _describes_itself(target)


def _describes_itself(target: type) -> bool:
    return hasattr(target, "__get_pydantic_core_schema__") and not issubclass(target, BaseModel)


def _unknown_problem(annotation: Any, target: Any, *, is_input: bool) -> Problem | None:
    if _is_known(annotation, target):
        return None
    remedy = nearest_type(target, is_input=is_input)
    if remedy is None:
        remedy = "Use a model, a dataclass or a type that is written as text or number."
    if is_input and isinstance(target, type):
        remedy += f" If a guard or an interceptor supplies it: Annotated[{name_of(target)}, Injected]."
    return Problem(f"{name_of(target)} has no form in JSON.", remedy)


def finite_problems(annotation: Any, members: tuple[object, ...]) -> Iterator[Problem]:
    """Yield why a Literal or an enum does not survive."""
    values = plain_values(members)
    if not values or not _PLAIN.issuperset(map(type, values)):
        yield Problem(f"{name_of(annotation)} has values that are no text or number.", "Use str or int as its values.")
        return
    for value in values:
        subject = f"a value of {name_of(annotation)}"
        if problem := unwritable_problem(subject, value) or _unreadable_problem(subject, value):
            yield problem
            return
    if isinstance(annotation, enum.EnumMeta):
        yield from filter(None, (name_problem("the member", name) for name in annotation.__members__))
        return
    for member in members:
        if isinstance(member, enum.Enum) and not isinstance(member, str | int):
            yield _enum_member_problem(member)
            return
    if len(set(zip(map(type, values), values, strict=True))) < len(values):
        yield Problem(f"{name_of(annotation)} has two values that are written alike.", "Keep one of them.")


def unwritable_problem(subject: str, value: object) -> Problem | None:
    """Return why a string cannot be written; None if it can, or is not a string."""
    if is_utf8(value):
        return None
    reason = f"{subject}, {value!a:.60}, has half a surrogate pair, and UTF-8 has no bytes for that."
    return Problem(reason, "Write whole characters: '\\U0001f600' is one, and '\\ud83d' is half of it.")


def _unreadable_problem(subject: str, value: object) -> Problem | None:
    """Return why a fixed number is not read back; None if it is, or is not a whole number."""
    # pydantic-core compares the numbers of a Literal as 64-bit integers; other ints may be longer.
    if not isinstance(value, int) or -(2**63) <= value < 2**63:
        return None
    return Problem(f"{subject}, {value!r:.60}, has more than 64 bits, and is not read back.", "Write it as a str.")


def _enum_member_problem(member: enum.Enum) -> Problem:
    name = type(member).__name__
    base = "str" if isinstance(member.value, str) else "int"
    reason = f"a Literal of enum members reads back as nothing where the enum, {name}, is a plain one."
    return Problem(reason, f"Use the enum itself, or write 'class {name}({base}, Enum)'.")


_PLAIN: Final = frozenset({str, int, float, bool, NoneType})


def key_problem(key: Any) -> Problem | None:
    """Return why a type cannot be the key of an object: in JSON, keys are strings."""
    remedy = "Use str keys, or a list of pairs."
    if len(list(members_of(key))) > 1:
        return Problem("keys of several types are all written as text.", remedy)
    key = bare(key)
    members = members_of_finite(key)
    if members is not None:
        if _are_keys(key, plain_values(members)):
            return None
        return Problem(f"keys of type {name_of(key)} read back as text.", remedy)
    scalar = scalar_of(key)
    if not forms_of(key) or (scalar is not None and not scalar.is_key):
        return Problem(f"keys of type {name_of(key)} have no form in JSON.", remedy)
    return None


def _are_keys(key: Any, values: list[object]) -> bool:
    """Return whether a Literal's or an enum's values are read back from an object's keys."""
    if isinstance(key, type) and issubclass(key, enum.Flag):
        return False  # a combination has a number that no member has
    if all(isinstance(value, str) for value in values):
        return True
    # Keys are strings. Those of an enum of whole numbers are converted (see _schemas/keys.py),
    # those of a Literal are not.
    return get_origin(key) is not Literal and set(map(type, values)) == {int}


def _writes_all_bytes(owner: Any) -> bool:
    config = config_of(owner)
    encoding = config.get("ser_json_bytes")
    return encoding in ("base64", "hex") and encoding == config.get("val_json_bytes")


def _bytes_problem(target: Any, owner: Any) -> Problem | None:
    if target not in (bytes, pydantic.SecretBytes) or owner is None or _writes_all_bytes(owner):
        return None
    owner = class_of(owner)[0]
    setting = 'ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")'
    attribute = "model_config" if hasattr(owner, "model_config") else "__pydantic_config__"
    return Problem(
        f"bytes in {name_of(owner)} would be written as UTF-8, which not all bytes are.",
        f"Add '{attribute} = {setting}' to {name_of(owner)}.",
    )
