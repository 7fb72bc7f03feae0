"""Reads a page's first values for a form: a model, an object, or a mapping of field paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from types import NoneType
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from ..._definition import Input
from ..._forms.names import steps_of
from ..._forms.tree import FormTree
from ..._mismatch import with_article
from ..._types.containers import is_container, is_mapping, items_of
from ..._types.fields import Field, fields_of
from ..._types.unions import members_of
from .field_types import unwrap
from .known_paths import check_values


def tree_of(value: object) -> FormTree:
    """Return the tree of a Python value: a model, a mapping, or any other that JSON can express."""
    return FormTree.of_json(to_jsonable_python(value, by_alias=False, bytes_mode="base64", fallback=_unwritable))


def hidden_tree(path: str, value: object) -> FormTree:
    """Return the tree of a hidden value.

    Raises:
        TypeError: A page cannot hold it, and would drop it silently.
    """

    def refuse(inner: object) -> None:
        cause = f"hidden= gives {path!r} a {type(inner).__name__}, which a page cannot hold."
        raise TypeError(f"{cause} Give a value of the field's type.")

    return FormTree.of_json(to_jsonable_python(value, by_alias=False, bytes_mode="base64", fallback=refuse))


def are_pairs(values: object) -> bool:
    """Return whether values are those that were sent: pairs of a name and a text."""
    # A named tuple is a record of fields, though its values may look like pairs.
    if not isinstance(values, list | tuple) or hasattr(values, "_asdict"):
        return False
    return not values or (isinstance(values[0], tuple) and len(values[0]) == 2)


def prefilled(values: object, input: Input) -> FormTree:
    """Return the tree of the values that a page gives; the keys of a mapping are field paths.

    Raises:
        TypeError: They have no fields, or none of the form's.
        ValueError: They have a path that leads to no field.
    """
    if values is None:
        return FormTree()
    record = _record_of(values)
    if record is None and (input.fields is None or (_is_plain(values) and type(values) not in _SINGLE)):
        return tree_of(_known(values, input.annotation))
    if record is None:
        record = _by_attributes(values, input.fields or ())
        if not record:
            raise TypeError(_WITHOUT_FIELDS.format(type=with_article(type(values).__name__)))
    check_values("values=", record, input)
    annotations = {field.name: field.annotation for field in input.fields or ()}
    root = FormTree()
    for path, value in record.items():
        if type(value) is str and type(path) is str and path.isidentifier():
            root.below[path] = FormTree(value)  # as most values are
            continue
        known = _known(value, annotations[path]) if path in annotations else value
        place, tree = root.at(steps_of(str(path))), tree_of(known)
        place.values, place.below, place.mark = tree.values, tree.below, tree.mark
    return root


_WITHOUT_FIELDS: Final = (
    "values= is {type}, which has none of the fields of this form. Give a mapping of field paths, a model, a "
    "dataclass, or an object with attributes of their names."
)


def _record_of(values: Any) -> Mapping[Any, object] | None:
    """Return a mapping, or a database row with keys, as a mapping; None for anything else."""
    if isinstance(values, Mapping):
        return values
    if hasattr(values, "_asdict"):
        row: Mapping[Any, object] = values._asdict()
        return row
    if hasattr(values, "keys") and hasattr(values, "__getitem__"):
        return {key: values[key] for key in values.keys()}  # noqa: SIM118  # the row of sqlite3 iterates its values
    return None


def _is_plain(value: object) -> bool:
    """Return whether a value is one that pydantic writes itself, with all of its members."""
    return type(value) in _SINGLE or isinstance(value, BaseModel) or is_dataclass(value)


_SINGLE: Final = frozenset({str, int, float, bool, NoneType, bytes})


def _known(value: Any, annotation: Any) -> Any:
    """Return a value with its objects, such as rows of an ORM, as mappings of their fields."""
    if _is_plain(value):
        return value
    targets = [unwrap(member).target for member in members_of(unwrap(annotation).target)]
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes | bytearray):
        items = [target for target in targets if is_container(target) and not is_mapping(target)]
        if len(items) == 1 and len(items_of(items[0])) == 1:
            return [_known(item, items_of(items[0])[0]) for item in value]
        return value
    fields = [field for target in targets for field in fields_of(target) or ()]
    record = _record_of(value)
    if record is not None:
        known = dict(record)
        for field in fields:
            if field.name in record:
                known[field.name] = _known(record[field.name], field.annotation)
        return known
    return _by_attributes(value, fields) or value


def _by_attributes(value: object, fields: Sequence[Field]) -> dict[str, object]:
    """Return the attributes of an object that have the names of fields."""
    return dict(_attributes(value, fields))


def _attributes(value: object, fields: Sequence[Field]) -> Iterator[tuple[str, object]]:
    for field in fields:
        if hasattr(value, field.name):
            yield field.name, _known(getattr(value, field.name), field.annotation)


def _unwritable(value: object) -> None:
    """Return None for files and the like, which a page cannot hold."""
