"""Reads the values that a page gives a form at first: a model, or a mapping of field paths."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import to_jsonable_python

from ..._forms.names import steps_of
from ..._forms.tree import FormTree


def tree_of(value: object) -> FormTree:
    """Return the tree of a Python value: a model, a mapping, or any other that JSON can express."""
    return FormTree.of_json(to_jsonable_python(value, by_alias=False, bytes_mode="base64", fallback=_unwritable))


def prefilled(values: object) -> FormTree:
    """Return the tree of the values that a page gives; the keys of a mapping are field paths."""
    if values is None:
        return FormTree()
    if not isinstance(values, Mapping):
        return tree_of(values)
    root = FormTree()
    for path, value in values.items():
        if type(value) is str and type(path) is str and path.isidentifier():
            root.below[path] = FormTree(value)  # as most values are
            continue
        place, tree = root.at(steps_of(str(path))), tree_of(value)
        place.values, place.below, place.mark = tree.values, tree.below, tree.mark
    return root


def _unwritable(value: object) -> None:
    """Return None for files and the like, which a page cannot hold."""
