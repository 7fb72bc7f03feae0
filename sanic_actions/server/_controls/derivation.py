"""From the input of an action to the controls of its form.

A walk over the declared types, along the values that the form already holds. Each place of the form is an `Ask`; what
answers it is a control or a group.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from ..._definition import Input
from ..._forms.names import control_under, under
from ..._types.annotations import class_of, is_union
from ..._types.containers import is_container, is_mapping, items_of, places_of
from ..._types.fields import UNKNOWN, Field, fields_of
from .ask import Ask, group_marks, list_marks
from .control import Control, Group
from .leaves import choice, files, hidden, several, single
from .sheet import Node, Sheet
from .types import Choice, Peeled, choices_of, in_words, peel
from .values import ABSENT, Given


class Derivation:
    """Derives the controls of one form.

    Args:
        sheet: Where they are made.
        given: What the form holds.
        rows: How many blank rows follow the items of a list.
        hidden: Values that go along unseen, by field path.
        defaults: Whether the defaults of the input show where nothing is given.
        most: Beyond this many controls, rows are carried along unseen: what is shown grows with what was sent.
    """

    def __init__(
        self,
        sheet: Sheet,
        given: Given,
        *,
        rows: int,
        hidden: Mapping[str, object],
        defaults: bool,
        most: float = math.inf,
    ) -> None:
        self._most = most
        self._sheet = sheet
        self._given = given
        self._rows = rows
        self._hidden = hidden
        self._defaults = defaults

    def of(self, input: Input) -> tuple[Node, ...]:
        """The controls of a whole input, in the order of its fields.

        Raises:
            TypeError: The input is one bare value, which has no name to be sent under.
        """
        peeled = peel(input.annotation)
        root = Ask(path="", name="", label="", peeled=peeled, given=self._given, defaults=self._defaults)
        if input.fields is not None:
            return tuple(self._fields(root, input.fields))
        answer = self._answer(root)
        if isinstance(answer, Control):
            raise TypeError(f"The input is {input.annotation!r}, one value without a name. Make it a field of a model.")
        return answer.controls if answer else ()

    def _fields(self, ask: Ask, fields: Iterable[Field], skip: str = "") -> Iterator[Node]:
        for field in fields:
            if field.name != skip and (answer := self._field(ask, field)) is not None:
                yield answer

    def _field(self, ask: Ask, field: Field) -> Node | None:
        peeled = peel(field.annotation, field.info)
        known = not field.required and field.default is not UNKNOWN
        inner = Ask(
            path=under(ask.path, field.name),
            name=control_under(ask.name, field.name),
            label=peeled.title or in_words(field.name),
            peeled=peeled,
            given=ask.given.below.get(field.name) or Given(),
            required=field.required,
            default=Given.of(field.default) if known else None,
            optional=ask.optional,
            defaults=ask.defaults,
            nested=bool(ask.path),
            trail=ask.trail,
        )
        if inner.defaults and not inner.given.known and inner.default is not None:
            inner = replace(inner, given=inner.default)
        return self._answer(inner)

    def _answer(self, ask: Ask) -> Node | None:
        peeled = ask.peeled
        if ask.path in self._hidden:
            return hidden(self._sheet, ask, Given.of(self._hidden[ask.path]))
        if peeled.form.get("widget") == "hidden":
            return hidden(self._sheet, ask, ask.given)
        if (choices := choices_of(peeled)) is not None:
            return choice(self._sheet, ask, choices)
        return self._group(ask) if _has_members(peeled.target) else single(self._sheet, ask)

    def _group(self, ask: Ask) -> Node | None:
        target = ask.peeled.target
        if fields_of(target) is not None:
            return self._object(ask, target)
        if is_union(target):
            return self._union(ask)
        return self._entries(ask) if is_mapping(target) else self._list(ask)

    def _members(self, ask: Ask, members: Iterable[Node]) -> Group:
        made = tuple(members)
        return self._sheet.group(ask, made, group_marks(ask, empty=not made))

    # Objects

    def _object(self, ask: Ask, target: Any) -> Group | None:
        inner = self._inside(ask, class_of(target)[0])
        return None if inner is None else self._members(ask, self._fields(inner, fields_of(target) or ()))

    def _inside(self, ask: Ask, cls: Any) -> Ask | None:
        """The same place seen from inside the object; None for one that would contain itself without end."""
        if not ask.present and cls in ask.trail:
            return None
        optional = ask.optional or not ask.needed
        return replace(
            ask, optional=optional, defaults=ask.defaults and (ask.present or not optional), trail=(*ask.trail, cls)
        )

    def _union(self, ask: Ask) -> Node | None:
        members = [peel(member).target for member in get_args(ask.peeled.target)]
        objects = [member for member in members if fields_of(member) is not None]
        if not objects or ask.given.texts:
            return self._loose(ask, members)
        tag = _tag(ask.peeled.discriminator, objects)
        if tag is None:
            return self._object(ask, max(objects, key=lambda member: _overlap(member, ask.given)))
        return self._tagged(ask, tag, objects)

    def _loose(self, ask: Ask, members: Sequence[Any]) -> Node | None:
        """A union of single values: a control that can hold any of them."""
        if (items := next((member for member in members if is_container(member)), None)) is not None:
            return self._answer(replace(ask, peeled=_with(ask.peeled, items)))
        numbers = all(member in (int, float) for member in members)
        return single(self._sheet, replace(ask, peeled=_with(ask.peeled, float if numbers else str)))

    def _tagged(self, ask: Ask, tag: str, members: Sequence[Any]) -> Group | None:
        inner = self._inside(ask, tuple(members))
        if inner is None:
            return None
        fields = {member: _by_name(member)[tag] for member in members}
        choices = {c.value: (c, m) for m, f in fields.items() for c in choices_of(peel(f.annotation, f.info)) or ()}
        given = ask.given.below.get(tag) or Given()
        if given.text not in choices and not inner.optional:
            given = Given([next(iter(choices))], known=True)
        peeled = peel(fields[members[0]].annotation, fields[members[0]].info)
        asked = replace(
            inner,
            path=under(ask.path, tag),
            name=control_under(ask.name, tag),
            label=peeled.title or in_words(tag),
            peeled=replace(peeled, nullable=False),
            given=given,
            required=True,
            nested=True,
            marks=(),
        )
        labels: Mapping[str, str] = ask.peeled.form.get("options") or {}
        offered = tuple(replace(c, label=labels.get(value, c.label)) for value, (c, _) in choices.items())
        selector = choice(self._sheet, asked, offered)
        chosen = choices.get(given.text)
        rest = self._fields(inner, fields_of(chosen[1]) or (), skip=tag) if chosen else ()
        return self._members(ask, (selector, *rest))

    # Lists

    def _list(self, ask: Ask) -> Node | None:
        target = ask.peeled.target
        if (places := places_of(target)) is not None:
            return self._tuple(ask, places)
        item = peel(items_of(target)[0])
        if item.file:
            return files(self._sheet, ask, item)
        choices = None if item.nullable or item.target is bool else choices_of(item)
        if choices is not None and _in_order(ask, choices):
            return several(self._sheet, ask, choices)
        return self._sheet.group(ask, list(self._items(ask, item)), list_marks(ask))

    def _tuple(self, ask: Ask, places: Sequence[Any]) -> Group | None:
        inner = self._inside(ask, ask.peeled.target)
        if inner is None:
            return None
        names = getattr(class_of(ask.peeled.target)[0], "_fields", ())
        label = [in_words(names[number]) if names else f"{ask.label} {number + 1}" for number in range(len(places))]
        asks = (self._item(inner, str(n), peel(p), label[n], optional=inner.optional) for n, p in enumerate(places))
        return self._members(ask, (node for a in asks if (node := self._answer(replace(a, marks=None))) is not None))

    def _items(self, ask: Ask, item: Peeled) -> Iterator[Node]:
        facts = ask.peeled.facts
        least = facts.get("min_length", 0) if ask.needed else 0
        given = ask.given.rows
        total = min(max(len(given) + self._rows, least), max(facts.get("max_length", 1000), len(given)))
        following = int(given[-1][0]) + 1 if given else 0
        numbers = [number for number, _ in given] + [str(following + more) for more in range(total - len(given))]
        rows = dict(given)
        for place, number in enumerate(numbers):
            label = f"{item.title or ask.label} {place + 1}"
            asked = self._item(ask, number, item, label, optional=place >= least, given=rows.get(number))
            if len(self._sheet.controls) >= self._most and number in rows:
                yield self._sheet.hidden(asked, tuple(asked.given.pairs(asked.name)))
                continue
            if (answer := self._answer(asked)) is not None:
                yield answer

    def _item(
        self, ask: Ask, number: str, item: Peeled, label: str, *, optional: bool, given: Given | None = None
    ) -> Ask:
        """One item; a row that may be left blank says so by a mark, unless it would be blank as it stands."""
        given = given or ask.given.below.get(number) or Given()
        name = control_under(ask.name, number)
        stays = given.known and given.blank
        return Ask(
            path=under(ask.path, number),
            name=name,
            label=label.strip(),
            peeled=replace(item, nullable=True) if item.target is bool else item,
            given=given,
            optional=optional or ask.optional,
            defaults=ask.defaults and given.known,
            nested=True,
            marks=((ABSENT, name),) if optional and not stays else None,
            trail=ask.trail,
        )

    def _entries(self, ask: Ask) -> Group:
        """A mapping: a control for each key that it has; HTML has no control for a key."""
        value = peel(items_of(ask.peeled.target)[1])
        asks = (
            replace(self._item(ask, key, value, key, optional=False), name=control_under(ask.name, key), marks=None)
            for key in ask.given.below
        )
        members = [node for a in asks if (node := self._answer(a)) is not None]
        return self._sheet.group(ask, members, group_marks(ask, empty=False) if members else list_marks(ask))


def _has_members(target: Any) -> bool:
    return fields_of(target) is not None or is_union(target) or is_container(target) or places_of(target) is not None


def _with(peeled: Peeled, target: Any) -> Peeled:
    return replace(peeled, target=target)


def _in_order(ask: Ask, choices: Sequence[Choice]) -> bool:
    """Whether choosing from the list would give back what it holds: each once, in the order of the choices."""
    given = ask.given.all_texts
    values = [choice.value for choice in choices]
    if class_of(ask.peeled.target)[0] in (set, frozenset) or not all(text in values for text in given):
        return True
    positions = [values.index(text) for text in given]
    return positions == sorted(set(positions))


def _by_name(annotation: Any) -> dict[str, Field]:
    return {field.name: field for field in fields_of(annotation) or ()}


def _tag(declared: str | None, members: Sequence[Any]) -> str | None:
    """The field that tells the members of a union apart: the declared one, or one of fixed values in each."""
    fields = [_by_name(member) for member in members]
    for name in [declared] if declared else list(fields[0]):
        tags = [choices_of(peel(f[name].annotation, f[name].info)) if name in f else None for f in fields]
        if all(tags):
            values = [choice.value for tag in tags for choice in tag or ()]
            if len(values) == len(set(values)):
                return name
    return None


def _overlap(member: Any, given: Given) -> int:
    return len(_by_name(member).keys() & given.below.keys())
