"""The hidden controls for values that were sent and that the page does not show.

The rule of this file: only values of declared fields are written, and never secrets or files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..._forms.markers import EMPTY, NULL, Marker
from ..._forms.names import control_under, is_index
from ..._forms.tree import NO_TREE, REMOVED, FormTree
from .compiled_controls import TextControl
from .compiled_groups import GroupNode, MappingRows, ObjectFields, TupleFields
from .compiled_lists import ListRows
from .compiled_node import CompiledNode
from .compiled_unions import TaggedFields, UntaggedFields
from .row_numbers import Rows, bound


def carried(node: CompiledNode, tree: FormTree | None, rows: Rows) -> Iterator[Marker]:
    """Yield the pairs that send a place's values, but unknown fields, secrets and files.

    Each step down is a step down in what was sent, which is MAX_DEPTH deep at most, or into a list
    of lists.
    """
    if tree is None or tree.is_nothing or _holds_secret(node):
        return
    if isinstance(node, ObjectFields | TupleFields) and tree.below:
        for name, inner in _fields_in(node, tree):
            yield from carried(inner, tree.below.get(name), rows)
    elif isinstance(node, ListRows) and not is_bare_text(node, tree):
        yield from _carried_rows(node, tree, rows)
    elif isinstance(node, MappingRows):
        for key, inner_tree in tree.below.items():
            yield from carried_key(node, key, inner_tree, rows)
    else:
        yield from _own_pairs(node, tree, rows)


def _fields_in(node: ObjectFields | TupleFields, tree: FormTree) -> Iterable[tuple[str, CompiledNode]]:
    """Return the fields of an object that may have been sent, by their names."""
    if isinstance(node, TaggedFields):
        return _fields_of_kinds(node, tree)
    if isinstance(node, UntaggedFields):
        return node.member(tree).fields
    return node.fields


def _fields_of_kinds(node: TaggedFields, tree: FormTree) -> Iterator[tuple[str, CompiledNode]]:
    """Yield the fields of the chosen kind, and what was sent of others that were shown.

    A name that a secret of any kind has is left out: nothing tells of which kind its text is.
    """
    yield node.tag, node.selector
    nodes: dict[str, list[CompiledNode]] = {}
    for kind in (tree.below.get(node.tag, NO_TREE).text, *node.tags):  # as many as the union has
        for name, inner in node.member_fields(kind):
            if name in tree.below:
                nodes.setdefault(name, []).append(inner)
    for name, inners in nodes.items():
        if not any(map(_holds_secret, inners)):
            fitting = [inner for inner in inners if _may_hold(inner, tree.below[name])]
            yield name, (fitting or inners)[0]


def _may_hold(node: CompiledNode, tree: FormTree) -> bool:
    """Return whether what was sent has a place's shape: fields of one name have several."""
    if not isinstance(node, GroupNode):
        return not tree.below
    is_list = isinstance(node, ListRows | TupleFields)
    return isinstance(node, MappingRows) or is_list == all(map(is_index, tree.below))


def _holds_secret(node: CompiledNode) -> bool:
    """Return whether a place holds what no page shows: a secret, a file or a password."""
    if isinstance(node, TextControl) and node.holds_nothing:
        return True
    return node.place.type.is_secret or node.place.type.is_file


def _carried_rows(node: ListRows, tree: FormTree, rows: Rows) -> Iterator[Marker]:
    """Yield the pairs that send the items of a list, or what has keys in the place of one."""
    mapping = node.as_mapping(tree)
    if mapping is not None:
        yield from carried(mapping, tree, rows)
        return
    yield from _list_mark(node, tree, rows)
    for step, row in tree.rows:
        yield from carried(node.row(optional=True, may_be_absent=True), row, (*rows, (node.placeholder, step)))


def _list_mark(node: ListRows, tree: FormTree, rows: Rows) -> Iterator[Marker]:
    """Yield the mark of a list that is None or without rows; it counts while it has none."""
    if tree.mark is not None:
        is_none = tree.is_null or (node.place.type.nullable and node.place.absent_is_none and tree.mark == REMOVED)
        yield NULL if is_none else EMPTY, bound(node.place.name, rows)


def _own_pairs(node: CompiledNode, tree: FormTree, rows: Rows) -> Iterator[Marker]:
    """Yield the pairs of a place itself; no text for an object, as it may be its secret."""
    # A union of objects may have a member that is a single value.
    is_group = isinstance(node, ObjectFields | TupleFields) and not isinstance(node, UntaggedFields | TaggedFields)
    if not (is_group and tree.values):
        yield from tree.pairs(bound(node.place.name, rows))


def carried_key(node: MappingRows, key: str, tree: FormTree, rows: Rows) -> Iterator[Marker]:
    """Yield the pairs that send the value of a mapping at one key."""
    if key:
        yield from carried(node.any_row, tree, (*rows, (node.placeholder, control_under("", key))))
    else:  # whose name is written in another way
        yield from carried(node.row(key), tree, rows)


def is_bare_text(node: ListRows, tree: FormTree | None) -> bool:
    """Return whether a list of itself was sent a text, whose item would be one, endlessly."""
    return tree is not None and bool(tree.values) and not tree.below and node.holds_itself
