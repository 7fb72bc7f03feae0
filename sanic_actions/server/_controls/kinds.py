"""The kind of a union that a form shows, and the texts of other kinds that it keeps.

The rule of this file: nothing that was typed is lost, and no text that was only shown is taken over
by another kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..._forms.edits import KEPT
from ..._forms.markers import KIND, Marker
from ..._forms.names import control_under, is_index, steps_of
from ..._forms.read_tree import read_tree
from ..._forms.tree import NO_TREE, FormTree
from .carried import carried
from .compiled_controls import CheckboxControl, ChoiceControl, ConstantControl
from .compiled_groups import GroupNode, MappingRows, ObjectFields, TupleFields
from .compiled_lists import ListRows, SeveralControl
from .compiled_node import CompiledNode
from .compiled_unions import TaggedFields
from .row_numbers import Rows


class KindsOf:
    """One union of a form that shows one kind, and may have shown another before.

    A field that was not sent was not in the page, which had the fields of another kind, so it shows
    its default. A field that both kinds have was in the page, and stays as the visitor has changed
    it.

    Args:
        node: The union.
        tag: The kind that is shown, empty for none.
        before: The kind that the page has shown.
        name: The name of the union.
        rows: The numbers of the rows around it.
    """

    def __init__(self, node: TaggedFields, tag: str, before: str, name: str, rows: Rows) -> None:
        self._node = node
        self._tag = tag
        self._before = before
        self._name = name
        self._rows = rows
        self._kept: dict[str, FormTree] = {}

    def tree_after(self, sent: FormTree, kept: FormTree, *, is_switched: bool) -> FormTree:
        """Return the tree of the kind's fields.

        Args:
            sent: What was sent for the union.
            kept: What was typed into kinds that were not shown.
            is_switched: Whether the button was pressed that shows another kind.
        """
        self._kept = dict(kept.below)
        below = dict(sent.below)
        if self._before != self._tag:
            self._leave(below, is_switched=is_switched)
        shown_before = {name for name, _ in self._node.member_fields(self._before)}
        for name, field in self._node.member_fields(self._tag):
            if name not in shown_before:
                tree = below.get(name, self._kept.get(name))
            elif self._before != self._tag:
                tree = below.pop(name, None)
                if self._is_choice_elsewhere(name, field, tree):
                    continue
            else:
                continue
            fitting = _split(field, tree, self._rivals(name))[0]
            if not fitting.is_nothing:
                below[name] = fitting
        whole = FormTree(mark=sent.mark)
        whole.below = {**self._default(self._tag).below, **below}
        return whole

    def _leave(self, below: dict[str, FormTree], *, is_switched: bool) -> None:
        """Keep what was typed into the kind that was shown before, except for secrets."""
        default = self._default(self._before)
        for name, field in self._node.member_fields(self._before):
            current = below.pop(name, None)
            if current is None:
                continue
            if isinstance(field, ConstantControl):  # nobody has typed it
                current = NO_TREE
            at_first = self._kept.get(name)
            if at_first is None or self._is_choice_elsewhere(name, field, at_first):
                at_first = _shown_at_first(field, default.below.get(name))
            if not is_switched or not _is_untouched(field, current, at_first):
                pairs = tuple(carried(field, current, self._rows))
                typed = read_tree(pairs).find((*steps_of(self._name), name))
                if typed is not None:
                    older = _split(field, self._kept.get(name, NO_TREE), self._rivals(name))
                    self._kept[name] = _with_older(typed, *older)
            if name in self._kept:
                below[name] = self._kept[name]

    def _is_choice_elsewhere(self, name: str, field: CompiledNode, tree: FormTree | None) -> bool:
        """Return whether what was kept was chosen in another kind's field: no text for this one."""
        if tree is None or isinstance(field, _CHOICES) or not tree.all_texts:
            return False
        texts = set(tree.all_texts)
        return any(isinstance(node, _CHOICES) and texts <= {*node.values} for node in self._fields_named(name))

    def _fields_named(self, name: str) -> list[CompiledNode]:
        """Return the fields of a name that kinds have."""
        fields = [pair for tag in self._node.tags for pair in self._node.member_fields(tag)]
        return [field for own_name, field in fields if own_name == name]

    def _rivals(self, name: str) -> frozenset[str]:
        """Return the names of the fields that any kind has under a name, but keys of a mapping."""
        objects = [field for field in self._fields_named(name) if isinstance(field, ObjectFields)]
        return frozenset(inner for field in objects for inner, _ in field.fields)

    def _default(self, tag: str) -> FormTree:
        """Return the default of the union if it is of a kind; nothing if it is of another."""
        default = self._node.place.default
        if default is None or default.below.get(self._node.tag, NO_TREE).text != tag:
            return NO_TREE
        return default

    def marks(self) -> Iterator[Marker]:
        """Yield the hidden controls of the kind that is shown, and of texts typed into others."""
        if self._tag or self._kept:  # else what is kept would count as shown, once its kind is chosen again
            yield KIND, f"{self._name}={self._tag}"
        # Unions inside a group that is shown write what was typed into it; twice, it would double with each post.
        groups = {field: node for field, node in self._node.member_fields(self._tag) if isinstance(node, GroupNode)}
        for field, texts in self._kept.items():
            tree = texts
            if field in groups:
                tree = _split(groups[field], texts, self._rivals(field))[1]
                if tree.is_nothing:
                    continue
            for control, text in tree.pairs(control_under(self._name, field)):
                yield KEPT, f"{control}={text}"


def _split(
    field: CompiledNode,
    tree: FormTree | None,
    rivals: frozenset[str],
) -> tuple[FormTree, FormTree]:
    """Return what of a tree a field can show, and the rest: kinds share names, not shapes.

    Args:
        field: The field.
        tree: What there is under its name.
        rivals: The names of the fields of objects that other kinds have under its name.
    """
    fitting, rest = FormTree(), FormTree()
    if tree is None:
        return fitting, rest
    fitting.mark = tree.mark
    is_group = isinstance(field, GroupNode)
    (rest if is_group else fitting).values = list(tree.values)
    for step, below in tree.below.items():
        fits = is_group and _may_have(field, step, rivals)
        (fitting if fits else rest).below[step] = below
    return fitting, rest


def _may_have(field: CompiledNode, step: str, rivals: frozenset[str]) -> bool:
    """Return whether a group has something under a step: a row, a key or a field."""
    if isinstance(field, MappingRows):
        return step not in rivals
    if isinstance(field, ListRows | TupleFields):
        return is_index(step)
    if type(field) is ObjectFields:
        return any(step == name for name, _ in field.fields)
    return not is_index(step)


def _with_older(texts: FormTree, fitting: FormTree, rest: FormTree) -> FormTree:
    """Return what was typed into a field, with what was kept of kinds that are not shown."""
    if not texts.is_null:
        _add_hidden(texts, fitting)
    texts.values += rest.values
    texts.below |= rest.below
    return texts


def _add_hidden(texts: FormTree, older: FormTree) -> None:
    """Add what kinds inside a place keep to what was typed there, as deep as was sent.

    A row is not brought back: what kinds in it keep is gone with it.
    """
    for step, tree in older.below.items():
        if step in texts.below:
            _add_hidden(texts.below[step], tree)
        elif not (is_index(step) or texts.values):
            texts.below[step] = tree


_CHOICES: Final = (ChoiceControl, SeveralControl)

_PLAIN: Final = (ObjectFields, TupleFields)
"""Groups whose fields are always the same; those of a union depend on what was sent."""


def _shown_at_first(field: CompiledNode, tree: FormTree | None) -> FormTree:
    """Return what a field shows at first, if a default around it has this tree for it."""
    return tree or field.place.default or NO_TREE


def _is_untouched(field: CompiledNode, tree: FormTree, at_first: FormTree) -> bool:
    if type(field) is CheckboxControl:
        return (tree.text == "true") == (at_first.text == "true")
    if type(field) is SeveralControl:  # sent under its own name, and in a default under numbers
        return sorted(tree.all_texts) == sorted(at_first.all_texts)
    if isinstance(field, ObjectFields | TupleFields) and type(field) in _PLAIN and not tree.values:
        return all(  # a group shows the defaults of its fields, where it has none itself
            _is_untouched(inner, tree.below.get(name, NO_TREE), _shown_at_first(inner, at_first.below.get(name)))
            for name, inner in field.fields
        )
    return tree.typed == at_first.typed
