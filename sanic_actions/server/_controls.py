"""From the input of an action to the controls of its form.

A walk over the declared types, along the values that the form already holds. Each place of the form is an `Ask`; what
answers it is a control or a group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from .._annotations import class_of, is_union
from .._containers import is_container, is_mapping, items_of, places_of
from .._definition import Input
from .._errors import Issue
from .._fields import UNKNOWN, Field, fields_of
from .._form_names import EMPTY, NULL, control_under, under
from ._control import Attribute, Control, Group, Option
from ._control_types import (
    TEXTS,
    Choice,
    Peeled,
    autofill,
    choices_of,
    constraints,
    control_type,
    fits,
    in_words,
    on_step,
    peel,
)
from ._control_values import ABSENT, FALSE, LINES, Given, Marks

Node = Control | Group

BLANK: Final = "—"
"""The label of a choice that stands for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One place of the form: what is asked for there, and what it holds."""

    path: str
    name: str
    label: str
    peeled: Peeled
    given: Given
    required: bool = True
    """Whether the input lacks something without it."""
    default: Given | None = None
    """What the input has without it; None where that cannot be known."""
    optional: bool = False
    """Whether it is part of something that may be left blank, a row or an optional group."""
    defaults: bool = True
    """Whether defaults are shown; not in what was submitted, nor where blank means nothing."""
    nested: bool = False
    marks: Marks | None = None
    """The marks that its place needs; None to derive them from its type."""
    trail: tuple[Any, ...] = ()
    """The object types around it."""

    @property
    def needed(self) -> bool:
        """Whether a browser shall insist on it."""
        return self.required and not self.optional and not self.peeled.nullable


class Derivation:
    """Derives the controls of one form.

    Attributes:
        placed: Which node shows the issues of a field path.
        controls: All controls and groups, by field path.
    """

    def __init__(
        self,
        prefix: str,
        given: Given,
        *,
        issues: Iterable[Issue],
        rows: int,
        hidden: Mapping[str, object],
        fresh: bool,
    ) -> None:
        self._prefix = prefix
        self._given = given
        self._issues = [issue for issue in issues if issue.path]
        self._rows = rows
        self._hidden = hidden
        self._fresh = fresh
        self._focus = False
        self.placed: dict[str, Node] = {}
        self.controls: dict[str, Node] = {}

    def of(self, input: Input) -> tuple[Node, ...]:
        """The controls of a whole input, in the order of its fields.

        Raises:
            TypeError: The input is one bare value, which has no name to be sent under.
        """
        peeled = peel(input.annotation)
        root = Ask(path="", name="", label="", peeled=peeled, given=self._given, defaults=self._fresh)
        if input.fields is not None:
            return tuple(self._fields(root, input.fields))
        answer = self._answer(root)
        if not isinstance(answer, Group):
            raise TypeError(
                f"The input is {input.annotation!r}, one value without a name. Give it a model with a field."
            )
        self.controls.pop("", None)
        return answer.controls

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
        peeled, target = ask.peeled, ask.peeled.target
        if ask.path in self._hidden or peeled.form.get("widget") == "hidden":
            return self._hidden_value(ask)
        if (choices := choices_of(peeled)) is not None:
            return self._choice(ask, choices)
        if fields_of(target) is not None:
            return self._object(ask, target)
        if is_union(target):
            return self._union(ask)
        if is_mapping(target):
            return self._entries(ask)
        if places_of(target) is not None or is_container(target):
            return self._list(ask)
        return self._single(ask)

    # Single values

    def _single(self, ask: Ask) -> Node:
        type = str(ask.peeled.form.get("widget") or control_type(ask.peeled))
        if type == "checkbox":
            return self._checkbox(ask)
        made = constraints(ask.peeled, type)
        text = "" if ask.peeled.secret or type == "file" else ask.given.text
        if not fits(type, text):
            type, made = "text", {}  # rather another control than a lost text
        if not on_step(made, text):
            made["step"] = "any"
        if "\n" in text and type in TEXTS - {"password"}:
            type = "textarea"
        if type == "textarea":
            made.pop("pattern", None)
        attributes = {**self._required(ask), **made, **autofill(ask.path.rpartition(".")[2], type, ask.peeled)}
        marks = self._text_marks(ask, type) if ask.marks is None else ask.marks
        if type == "textarea":
            return self._control(ask, "textarea", type, attributes, marks=(*marks, (LINES, ask.name)), value=text)
        filled: dict[str, Attribute] = {} if type in ("password", "file") or not text else {"value": text}
        return self._control(ask, "input", type, {**filled, **attributes}, marks=marks, value=text)

    def _checkbox(self, ask: Ask, *, required: bool = False) -> Control:
        unticked_is_false = not ask.nested and (
            ask.required or (ask.default is not None and ask.default.text == "false")
        )
        marks = ((FALSE, ask.name),) if ask.marks is None and not unticked_is_false else ask.marks or ()
        attributes: dict[str, Attribute] = {"value": "true"}
        if ask.given.text == "true" or ask.given.text in ("on", "1", "yes"):
            attributes["checked"] = True
        if required and ask.needed:
            attributes["required"] = True
        return self._control(ask, "input", "checkbox", attributes, marks=marks)

    def _text_marks(self, ask: Ask, type: str) -> Marks:
        """What a blank control stands for, where that is not what the server makes of it by itself."""
        peeled = ask.peeled
        if peeled.secret:
            return () if ask.required and not peeled.nullable else ((ABSENT, ask.name),)
        blank = ask.given.known and not ask.given.null and ask.given.blank
        if blank or type == "file":
            return ()
        keeps_blank = type in TEXTS
        if peeled.nullable and (keeps_blank or not _is_none(ask)):
            return ((NULL, ask.name),)
        return ((ABSENT, ask.name),) if keeps_blank and not ask.required and ask.default is None else ()

    # Choices

    def _choice(self, ask: Ask, choices: tuple[Choice, ...]) -> Node:
        widget = ask.peeled.form.get("widget")
        if len(choices) == 1 and not ask.peeled.nullable:
            if choices[0].value == "true":
                return self._checkbox(ask, required=True)
            return self._control(ask, "input", "hidden", {"value": choices[0].value}, value=choices[0].value)
        options = [Option(value=c.value, label=c.label, selected=c.value == ask.given.text) for c in choices]
        chosen = any(option.selected for option in options)
        if ask.peeled.nullable or ask.optional or not chosen:
            options.insert(0, Option(value="", label=BLANK, selected=not chosen))
        if ask.marks is None:
            marks: Marks = ((NULL, ask.name),) if ask.peeled.nullable and not _is_none(ask) else ()
        else:
            marks = ask.marks
        if widget == "radio":
            options = [option for option in options if option.value or not ask.needed]
            return self._control(ask, "fieldset", "radio", self._required(ask), marks=marks, options=options)
        return self._control(ask, "select", "select", self._required(ask), marks=marks, options=options)

    def _several(self, ask: Ask, choices: tuple[Choice, ...]) -> Node:
        given = set(ask.given.all_texts)
        options = [Option(value=c.value, label=c.label, selected=c.value in given) for c in choices]
        marks = _list_marks(ask)
        if ask.peeled.form.get("widget") == "checkbox":
            return self._control(ask, "fieldset", "checkbox", {}, marks=marks, options=options)
        needed = self._required(ask) if ask.peeled.facts.get("min_length") else {}
        return self._control(ask, "select", "select", {"multiple": True, **needed}, marks=marks, options=options)

    # Objects

    def _object(self, ask: Ask, target: Any) -> Group | None:
        inner = self._inside(ask, class_of(target)[0])
        return None if inner is None else self._group(ask, self._fields(inner, fields_of(target) or ()))

    def _inside(self, ask: Ask, cls: Any) -> Ask | None:
        """The same place seen from inside the object; None for one that would contain itself without end."""
        given = ask.given.known and not ask.given.null
        if not given and cls in ask.trail:
            return None
        optional = ask.optional or not ask.needed
        return replace(
            ask, optional=optional, defaults=ask.defaults and (given or not optional), trail=(*ask.trail, cls)
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
        return self._single(replace(ask, peeled=_with(ask.peeled, float if numbers else str)))

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
        selector = self._choice(asked, offered)
        chosen = choices.get(given.text)
        rest = self._fields(inner, fields_of(chosen[1]) or (), skip=tag) if chosen else ()
        return self._group(ask, (selector, *rest))

    def _group(self, ask: Ask, members: Iterable[Node], marks: Marks | None = None) -> Group:
        errors = self._errors(ask, deep=False)
        controls = tuple(members)
        if marks is None:
            marks = _group_marks(ask, empty=not controls) if ask.marks is None else ask.marks
        made = Group(
            name=ask.name,
            id=self._id(ask),
            label=ask.label,
            help=ask.peeled.help,
            errors=errors,
            marks=marks,
            controls=controls,
            attributes={"id": self._id(ask), "class": "group", "tabindex": "-1", **self._aria(ask, errors, group=True)},
        )
        return self._keep(ask, made, deep=False)

    # Lists

    def _list(self, ask: Ask) -> Node | None:
        target = ask.peeled.target
        if (places := places_of(target)) is not None:
            return self._tuple(ask, places)
        item = peel(items_of(target)[0])
        if item.file:
            accept = constraints(_with(item, item.target), "file")
            needed = self._required(ask) if ask.peeled.facts.get("min_length") else {}
            return self._control(ask, "input", "file", {"multiple": True, **needed, **accept}, marks=_list_marks(ask))
        choices = None if item.nullable or item.target is bool else choices_of(item)
        if choices is not None and _in_order(ask, choices):
            return self._several(ask, choices)
        return self._group(ask, list(self._items(ask, item)), _list_marks(ask))

    def _tuple(self, ask: Ask, places: Sequence[Any]) -> Group | None:
        inner = self._inside(ask, ask.peeled.target)
        if inner is None:
            return None
        names = getattr(class_of(ask.peeled.target)[0], "_fields", ())
        label = [in_words(names[number]) if names else f"{ask.label} {number + 1}" for number in range(len(places))]
        asks = (self._item(inner, str(n), peel(p), label[n], optional=inner.optional) for n, p in enumerate(places))
        return self._group(ask, [node for a in asks if (node := self._answer(replace(a, marks=None))) is not None])

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
        return self._group(ask, members, None if members else _list_marks(ask))

    # What all have

    def _hidden_value(self, ask: Ask) -> Node:
        given = Given.of(self._hidden[ask.path]) if ask.path in self._hidden else ask.given
        if ask.peeled.secret or ask.peeled.file:
            raise ValueError(
                f"{ask.path!r} is a secret or a file: neither can be written into a page as a hidden value."
            )
        pairs = list(given.pairs(ask.name))
        if len(pairs) == 1 and pairs[0][0] == ask.name:
            text = pairs[0][1]
            return self._control(ask, "input", "hidden", {"value": text}, value=text)
        made = Control(name=ask.name, id=self._id(ask), tag="input", type="hidden", attributes={}, marks=tuple(pairs))
        return self._keep(ask, made, deep=True)

    def _control(
        self,
        ask: Ask,
        tag: Any,
        type: str,
        attributes: Mapping[str, Attribute],
        *,
        marks: Marks = (),
        options: Iterable[Option] = (),
        value: str = "",
    ) -> Control:
        errors = () if type == "hidden" else self._errors(ask, deep=True)
        own: dict[str, Attribute] = {} if tag in ("select", "textarea") else {"type": type}
        id = {} if type == "hidden" else {"id": self._id(ask)}
        focus: dict[str, Attribute] = {"autofocus": True} if errors and not self._focus else {}
        self._focus |= bool(errors)
        made = {**own, "name": ask.name, **id, **attributes, **self._aria(ask, errors, group=False), **focus}
        control = Control(
            name=ask.name,
            id=self._id(ask),
            label=ask.label,
            help=ask.peeled.help,
            errors=errors,
            tag=tag,
            type=type,
            attributes=_overridden(made, ask.peeled.form),
            options=tuple(options),
            value=value,
            marks=marks,
        )
        return self._keep(ask, control, deep=True)

    def _required(self, ask: Ask) -> dict[str, Attribute]:
        return {"required": True} if ask.needed else {}

    def _aria(self, ask: Ask, errors: Sequence[str], *, group: bool) -> dict[str, Attribute]:
        id, said = self._id(ask), [(ask.peeled.help, "help"), (errors, "errors")]
        describing = " ".join(f"{id}-{part}" for text, part in said if text)
        return {
            **({"aria-invalid": "true"} if errors and not group else {}),
            **({"aria-describedby": describing} if describing else {}),
        }

    def _id(self, ask: Ask) -> str:
        return re.sub(r"[\s.\[\]]+", "-", f"{self._prefix}-{ask.name}")

    def _errors(self, ask: Ask, *, deep: bool) -> tuple[str, ...]:
        return tuple(dict.fromkeys(i.message for i in self._issues if _concerns(i.path, ask.path, deep)))

    def _keep(self, ask: Ask, node: Any, *, deep: bool) -> Any:
        self.controls[ask.path] = node
        if node.type != "hidden":
            self.placed |= {i.path: node for i in self._issues if _concerns(i.path, ask.path, deep)}
        return node


def _concerns(issue: str, path: str, deep: bool) -> bool:
    return issue == path or (deep and issue.startswith(f"{path}."))


def _overridden(made: dict[str, Attribute], form: Mapping[str, Any]) -> dict[str, Attribute]:
    """The attributes with those that the field itself asks for; None or False takes one away."""
    merged = made | {key: value for key, value in form.items() if key not in ("widget", "options")}
    return {key: v if v is True else str(v) for key, v in merged.items() if v is not None and v is not False}


def _with(peeled: Peeled, target: Any) -> Peeled:
    return replace(peeled, target=target)


def _is_none(ask: Ask) -> bool:
    """Whether the input has None where nothing is sent."""
    return ask.required or (ask.default is not None and ask.default.null)


def _group_marks(ask: Ask, *, empty: bool) -> Marks:
    """An optional group that is left blank is None, or what it is by default."""
    present = ask.given.known and not ask.given.null
    if empty:
        return ((EMPTY, ask.name),) if present and ask.name else ()
    if ask.needed or not ask.name or (present and ask.given.blank) or (ask.required and not ask.peeled.nullable):
        return ()
    return ((NULL if ask.peeled.nullable else ABSENT, ask.name),)


def _list_marks(ask: Ask) -> Marks:
    """What a list stands for in which nothing is filled in or chosen."""
    if ask.marks is not None or not ask.name:
        return ask.marks or ()
    nothing = ask.required and not ask.peeled.nullable
    if ask.default is not None and not ask.default.null and not ask.default.texts and not ask.default.below:
        nothing = True
    if ask.given.null:
        return () if _is_none(ask) else ((NULL, ask.name),)
    blank_rows = ask.given.rows and ask.given.blank
    return () if nothing or blank_rows or not ask.given.known else ((EMPTY, ask.name),)


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
