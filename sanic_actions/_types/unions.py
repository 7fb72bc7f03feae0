"""Which members of a union a reader can tell apart, by a rule that does not depend on their order.

Two members can stand in one union when

- no JSON value can be read as both: another kind of JSON; strings of other forms; values of a
  Literal or an enum that the other does not read; fixed tuples that differ in length or in a place;
  objects that each refuse the other's values;
- or it does not matter, because both read it as the same value: ``Literal["a"] | str``,
  ``list[int] | list[str]``.

An object refuses another's values when it requires a field that the other never writes, when a
field they share cannot be read as both, or when it forbids extra fields and the other writes one.
Directly in a union, one that refuses the other's values may have all its fields and more: pydantic
prefers the member that could use more of them.

Directly in a union, numbers are told apart by how they are written (``1``, ``1.0``, ``"1"``). In
fields and places a conversion counts as reading, as of ``"1"`` or ``true`` to an int: how exactly
each part fitted is lost in the whole.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from itertools import combinations, product
from types import NoneType
from typing import Any, Final, get_args

from pydantic import RootModel
from pydantic.fields import FieldInfo

from .._results import Redirect
from .annotations import bare, class_of, is_union, key_of
from .containers import is_container, is_mapping, is_named_tuple, items_of, places_of
from .fields import Field, accepted_names, computed_names, config_of, fields_of, written_name
from .scalars import SIZE, Forms, forms_of, members_of_finite, plain_values, read_loosely, reads

_ARRAY: Final = frozenset({"list"})
_OBJECT: Final = frozenset({"object"})


def members_of(annotation: Any) -> Iterator[Any]:
    """Yield the members of a union and of unions inside it, unwrapped; else the type itself."""
    annotation = bare(annotation)
    if not is_union(annotation):
        yield annotation
        return
    for member in get_args(annotation):
        yield from members_of(member)


def first_clash(union: Any) -> tuple[Any, Any] | None:
    """Return the first two members that a reader could mistake for each other."""
    for first, second in combinations(members_of(union), 2):
        if NoneType in (first, second) and not (may_be_null(first) and may_be_null(second)):
            # null clashes with nothing else; this skips the comparison for every `X | None`.
            continue
        if _UnionCheck().clash(first, second, direct=True):
            return first, second
    return None


def begins_as(annotation: Any) -> Forms:
    """Return how a type begins in JSON: as a list or as an object; empty for scalars."""
    if _is_root(annotation):
        return frozenset[str]().union(*map(begins_as, members_of(_written_type(annotation))))
    return (_forms(annotation) or frozenset()) & (_ARRAY | _OBJECT)


def may_be_null(annotation: Any) -> bool:
    """Return whether a type may be written as null, without asking pydantic."""
    annotation = bare(annotation)
    if annotation is NoneType or _is_root(annotation):
        return True
    return None in plain_values(members_of_finite(annotation) or ())


class _UnionCheck:
    """One comparison of two types. A pair inside itself is disjoint, so that recursion ends."""

    def __init__(self) -> None:
        self.open: set[frozenset[Any]] = set()

    def clash(
        self,
        first: Any,
        second: Any,
        *,
        direct: bool = False,
        in_parts: bool = False,
    ) -> bool:
        """Return whether a value of one could be read as another value of the other."""
        if first == second or self.disjoint(first, second, direct=direct, in_parts=in_parts):
            return False
        return not self._interchangeable(first, second)

    def disjoint(
        self,
        first: Any,
        second: Any,
        *,
        direct: bool = False,
        in_parts: bool = True,
    ) -> bool:
        """Return whether no JSON value can be read as both.

        ``direct``: both are members of the union itself, where pydantic prefers exact types.
        ``in_parts``: they are parts of larger values, where a conversion counts as reading.
        """
        if _is_root(first) or _is_root(second):
            return self._all_disjoint(_written_type(first), _written_type(second))
        if _values(first) is not None or _values(second) is not None:
            return not _shared(first, second, but_changed=False)
        forms = _forms(first)
        other_forms = _forms(second)
        if forms is None or other_forms is None:
            return NoneType in (first, second)
        overlap = forms & other_forms
        if "list" in overlap:
            return self._arrays_disjoint(first, second)
        if overlap == _OBJECT:
            return self._objects_disjoint(first, second, direct)
        if in_parts:
            overlap = forms & read_loosely(other_forms) | other_forms & read_loosely(forms)
        return not overlap or (direct and "number" in overlap and SIZE not in forms | other_forms)

    def _all_disjoint(self, first: Any, second: Any) -> bool:
        # Unordered, since the comparison is the same either way round.
        pair = frozenset((key_of(first), key_of(second)))
        if pair in self.open:
            return True
        self.open.add(pair)
        is_disjoint = all(self.disjoint(a, b) for a, b in product(members_of(first), members_of(second)))
        self.open.remove(pair)
        return is_disjoint

    def _arrays_disjoint(self, first: Any, second: Any) -> bool:
        left_types = places_of(first)
        right_types = places_of(second)
        if left_types is None and right_types is None:
            return False  # both can be empty
        if left_types is None or right_types is None:
            if right_types is None:
                items = items_of(second)
            else:
                items = items_of(first)
            return any(self._all_disjoint(place, items[0]) for place in left_types or right_types or ())
        return len(left_types) != len(right_types) or any(map(self._all_disjoint, left_types, right_types))

    def _objects_disjoint(self, first: Any, second: Any, direct: bool) -> bool:
        left_object = _Object(first)
        right_object = _Object(second)
        refusals = self._refuses(left_object, right_object), self._refuses(right_object, left_object)
        if all(refusals) or not any(refusals) or not direct:
            return all(refusals)
        larger, smaller = right_object, left_object
        if refusals[0]:
            larger, smaller = left_object, right_object
        return not smaller.open and smaller.names <= larger.names

    def _refuses(self, reader: _Object, writer: _Object) -> bool:
        if reader.closed and writer.written - reader.names:
            return True
        for field in reader.fields:
            names = accepted_names(field)
            if field.required and not writer.open and not names & writer.written:
                return True
            for name in names & writer.types.keys():
                if self._all_disjoint(field.annotation, writer.types[name]):
                    return True
        return False

    def _interchangeable(self, first: Any, second: Any) -> bool:
        """Return whether both read every JSON value that they share as the same Python value."""
        if _values(first) is not None or _values(second) is not None:
            return not _shared(first, second, but_changed=True)
        if class_of(first)[0] is not class_of(second)[0] or not is_container(first) or is_named_tuple(first):
            return False
        left_types = items_of(first)
        right_types = items_of(second)
        if places_of(first) is not None or places_of(second) is not None or left_types[:-1] != right_types[:-1]:
            return False  # in JSON all keys are strings, so different types of keys look alike
        in_parts = left_types[:-1] not in ((), (str,))
        for item, other_item in product(members_of(left_types[-1]), members_of(right_types[-1])):
            if self.clash(item, other_item, in_parts=in_parts):
                return False
        return True


class _Object:
    """The names that a type writes into a JSON object, and those that it reads."""

    def __init__(self, annotation: Any) -> None:
        fields = fields_of(annotation)
        if class_of(annotation)[0] is Redirect:
            fields = _redirect_fields(annotation)
        extra = config_of(annotation).get("extra")
        self.fields = fields or ()
        self.open = fields is None or extra == "allow"
        self.closed = extra == "forbid"
        self.types = {written_name(field): field.annotation for field in self.fields}
        self.written = self.types.keys() | computed_names(annotation)
        self.names = frozenset[str]().union(*map(accepted_names, self.fields))


def _redirect_fields(annotation: Any) -> tuple[Field, ...]:
    types = {"location": str, "data": (get_args(annotation) or (None,))[0]}
    fields = []
    for name, type_ in types.items():
        info = FieldInfo.from_annotation(type_)
        fields.append(Field(name=name, annotation=type_, required=True, info=info))
    return tuple(fields)


def _shared(first: Any, second: Any, *, but_changed: bool) -> bool:
    """Return whether the other type reads a Literal's or enum's value; or reads it changed."""
    return _reads_any(second, first, but_changed=but_changed) or _reads_any(first, second, but_changed=but_changed)


def _reads_any(reader: Any, writer: Any, *, but_changed: bool) -> bool:
    return any(reads(reader, value, but_changed=but_changed) for value in _values(writer) or ())


def _values(annotation: Any) -> tuple[object, ...] | None:
    """Return the values of a Literal or an enum; of a flag its single bits, and 0."""
    values = members_of_finite(annotation)
    if values is not None and isinstance(annotation, type) and issubclass(annotation, enum.Flag):
        return (*values, annotation(0))
    return values


def _is_root(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, RootModel)


def _written_type(annotation: Any) -> Any:
    """Return the type that is written: the root of a root model."""
    if _is_root(annotation):
        return annotation.model_fields["root"].annotation
    return annotation


def _forms(annotation: Any) -> Forms | None:
    """Return the forms in JSON that a type is written as; None if they are unknown."""
    if (forms := forms_of(annotation)) is not None:
        return forms
    if class_of(annotation)[0] is Redirect or fields_of(annotation) is not None or is_mapping(annotation):
        return _OBJECT
    if is_named_tuple(annotation):
        return _ARRAY | _OBJECT  # written as an array, and read from either
    if is_container(annotation):
        return _ARRAY
    return None
