"""The form of an action, compiled: what of each control does not depend on a request.

The rule of this file: types are read here and nowhere else; a request only fills in what these nodes hold ready. A node
is compiled when it is first needed, so recursive types end, and at most ``MAX_KEPT`` are kept for a form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, get_args

from ..._definition import Input
from ..._forms.markers import ABSENT, FALSE, LINES, NULL, Marker
from ..._forms.names import control_under, under
from ..._forms.tree import FormTree
from ..._types.annotations import class_of, is_union
from ..._types.containers import is_container, is_mapping, items_of, places_of
from ..._types.fields import UNKNOWN, Field, fields_of
from .autofill import autofill
from .choices import Choice, choices_of, offered_choices
from .control import ControlTemplate, Look, Template, is_plain
from .field_types import OPTIONS, TEXTS, FieldType, control_type, in_words, unwrap
from .html_limits import limit_attributes
from .prefill import tree_of

MAX_KEPT: Final = 2_000
"""How many nodes of a form are kept: recursive types have more places than that, for whoever sends them."""

MARK: Final = "\ufdd0"
"""Begins the placeholder of a row's number in names, ids and paths."""

LABEL_MARK: Final = "\ufdd1"
"""Begins the placeholder of a row's place among the rows, in its label."""

PREFIX: Final = "\ufdd2"
"""Stands for the beginning of all ids, for the forms of one action that differ in nothing else."""

INPUTS: Final = frozenset(
    {
        *("text", "email", "url", "tel", "search", "password", "number", "range", "date", "time", "datetime-local"),
        *("month", "week", "color", "file", "textarea"),
    }
)
"""The kinds of controls that hold one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of a form, before it is known what stands there."""

    path: str
    """With a placeholder for each row on the way, like name and id."""
    name: str
    label: object
    type: FieldType
    required: bool = True
    """Whether the input lacks something without it."""
    default: FormTree | None = None
    """What the input has without it; None where that cannot be known."""
    optional: bool = False
    """Whether it is part of something that may be left blank, a row or an optional group."""
    is_nested: bool = False
    is_row: bool = False
    """Whether it is a row that may be left blank."""
    marks: tuple[Marker, ...] | None = None
    """The marks that it has in any case; None to derive them from its type."""
    is_lenient: bool = False
    """Whether the browser insists on nothing: another member of the union may be meant."""
    trail: tuple[Any, ...] = ()
    """The object types around it."""

    @property
    def needed(self) -> bool:
        """Whether a browser shall insist on it."""
        return self.required and not self.optional and not self.type.nullable

    @property
    def absent_is_none(self) -> bool:
        """Whether the input has None where nothing is sent, for a type that has None."""
        return self.required or (self.default is not None and self.default.is_null)

    @property
    def absent_is_empty(self) -> bool:
        """Whether the input has an empty list where nothing is sent, for a list."""
        if self.default is not None and self.default.is_empty:
            return True
        return self.required and not self.type.nullable

    @property
    def absent_is_false(self) -> bool:
        """Whether the input has False where nothing is sent, for a truth value."""
        if self.is_nested:
            return False  # it may be what makes an object of a group that is otherwise blank
        return self.required or (self.default is not None and self.default.text == "false")


class CompiledForm:
    """The form of one action with ids of one beginning and one look.

    Args:
        input: The input of the action.
        prefix: What the ids of all controls begin with.
        look: The classes of its parts.
    """

    def __init__(self, input: Input, prefix: str, look: Look) -> None:
        self.input = input
        self.field_names = frozenset(field.name for field in input.fields or ())
        self.prefix = prefix
        self.look = look
        self.is_lazy: bool = False
        """Whether it holds a text that is another for each request."""
        self.shown_at_first: dict[int, Any] = {}
        """What a form shows that holds nothing but defaults, by the number of its blank rows."""
        self.pieces: dict[int, Any] = {}
        """Its fields as text, by the number of its blank rows."""
        self._kept = 0
        self._fields: dict[Any, tuple[Field, ...] | None] = {}
        self._places: dict[int, tuple[Field, FieldType, FormTree | None]] = {}

    def keeps(self, count: int) -> bool:
        """Return whether so many more nodes are kept."""
        if self._kept + count > MAX_KEPT:
            return False
        self._kept += count
        return True

    @cached_property
    def root(self) -> CompiledNode | tuple[CompiledNode, ...]:
        """The fields of the input; one node for an input of another type."""
        place = Place(path="", name="", label="", type=unwrap(self.input.annotation))
        if self.input.fields is None:
            return self.compile(place)
        return tuple(self.compile(self.field(place, field)) for field in self.input.fields)

    def fields_of(self, target: Any) -> tuple[Field, ...] | None:
        """Return the fields of an object type, None for any other; kept, since each key of a mapping asks anew."""
        try:
            return self._fields[target]
        except KeyError:
            fields = fields_of(target)
        except TypeError:  # it has metadata without a hash
            return fields_of(target)
        if len(self._fields) < MAX_KEPT:
            self._fields[target] = fields
        return fields

    def _kept_field(self, field: Field) -> tuple[Field, FieldType, FormTree | None]:
        """Return a field with its type and its default; kept likewise."""
        entry = self._places.get(id(field))
        if entry is not None and entry[0] is field:
            return entry
        is_known = not field.required and field.default is not UNKNOWN
        default = tree_of(field.default) if is_known else None
        entry = field, unwrap(field.annotation, field.info), default
        if len(self._places) < MAX_KEPT:
            self._places[id(field)] = entry
        return entry

    def field(self, above: Place, field: Field) -> Place:
        """Return the place of a field of an object."""
        _, type_, default = self._kept_field(field)
        return Place(
            path=under(above.path, field.name),
            name=control_under(above.name, field.name),
            label=type_.title or in_words(field.name),
            type=type_,
            required=field.required,
            default=default,
            optional=above.optional,
            is_nested=bool(above.path),
            is_lenient=above.is_lenient,
            trail=above.trail,
        )

    def id_of(self, place: Place) -> str:
        """Return the id of a control."""
        return re.sub(r"[\s.\[\]]+", "-", f"{self.prefix}-{place.name}")

    def template(self, place: Place, attributes: Mapping[str, object] = {}) -> Template:  # only read
        """Return the template of a group."""
        template = Template(
            path=place.path,
            name=place.name,
            id=self.id_of(place),
            label=place.label,
            help=place.type.help,
            tag="fieldset",
            kind="group",
            look=self.look,
        )
        template.attributes = {key: str(value) for key, value in attributes.items()}
        self.is_lazy |= template.is_lazy
        return template

    def control(
        self,
        place: Place,
        tag: str,
        kind: str,
        attributes: Mapping[str, object],
        choices: tuple[Choice, ...] = (),
        *,
        has_blank: bool = False,
    ) -> ControlTemplate:
        """Return the template of a control."""
        further = {**self.look.attributes.get("*", {}), **self.look.attributes.get(_starred(place.path), {})}
        overrides = {key: value for key, value in place.type.form.items() if key not in OPTIONS}
        template = ControlTemplate(
            path=place.path,
            name=place.name,
            id=self.id_of(place),
            label=place.label,
            help=place.type.help,
            tag=tag,
            kind=kind,
            look=self.look,
            attributes=attributes,
            overrides={**overrides, **further},
            choices=choices,
            has_blank=has_blank,
        )
        self.is_lazy |= template.is_lazy or not template.has_plain_choices
        return template

    def compile(self, place: Place) -> CompiledNode:
        """Return what stands at a place."""
        type_ = place.type
        if type_.widget == "hidden":
            return HiddenNode(self, place)
        choices = choices_of(type_)
        if choices is not None:
            return choice_node(self, place, choices)
        if self.fields_of(type_.target) is not None:
            return ObjectFields(self, place)
        if is_union(type_.target):
            return self._union(place)
        return self._container(place) or scalar_node(self, place)

    def _container(self, place: Place) -> CompiledNode | None:
        """Return a group of what has items; None for any other type."""
        target = place.type.target
        if is_mapping(target):
            return MappingRows(self, place)
        slots = places_of(target)
        if slots is not None:
            return TupleFields(self, place, slots)
        if is_container(target):
            return self._list(place)
        return None

    def _union(self, place: Place) -> CompiledNode:
        members = [unwrap(member).target for member in get_args(place.type.target)]
        objects = [member for member in members if self.fields_of(member) is not None]
        if not objects:
            return self.loose(place, members)
        tag = _tag(place.type.discriminator, objects)
        if tag is None:
            return UntaggedFields(self, place, objects, members)
        return TaggedFields(self, place, tag, objects, members)

    def loose(self, place: Place, members: Sequence[Any]) -> CompiledNode:
        """Return a control that can hold any member of a union of single values."""
        if place.type.is_secret:  # it cannot be told from what is none
            return scalar_node(self, place)
        container = next((member for member in members if is_container(member)), None)
        if container is not None:
            return self.compile(_of_type(place, container))
        numbers = all(member in (int, float) for member in members)
        return scalar_node(self, _of_type(place, float if numbers else str))

    def _list(self, place: Place) -> CompiledNode:
        item = unwrap(items_of(place.type.target)[0])
        if item.is_file:
            return FilesControl(self, place, item)
        choices = None if item.nullable or item.target is bool else choices_of(item)
        if choices is not None:
            return SeveralControl(self, place, item, choices)
        return ListRows(self, place, item)


class CompiledNode:
    """What stands at one place of a form."""

    def __init__(self, form: CompiledForm, place: Place) -> None:
        self.form = form
        self.place = place

    @cached_property
    def is_unshowable(self) -> bool:
        """Whether its value must never be written into a page."""
        return self.place.type.is_secret or self.place.type.is_file

    @cached_property
    def hidden_template(self) -> ControlTemplate:
        """The template of a hidden control in its stead."""
        plain = replace(self.place.type, form={}, help="")
        place = replace(self.place, type=plain, label="")
        return self.form.control(place, "input", "hidden", {"id": None, "class": None})

    def template_for(self, kind: str, make: Callable[[], ControlTemplate]) -> ControlTemplate:
        """Return the template of one of the kinds of control that this may be, made at the first time."""
        templates: dict[str, ControlTemplate] = self.__dict__.setdefault("templates", {})
        template = templates.get(kind)
        if template is None:
            template = templates[kind] = make()
        return template


class HiddenNode(CompiledNode):
    """A value of any type that goes along unseen."""


class ConstantControl(HiddenNode):
    """A single value that there is to choose: it goes along unseen."""

    def __init__(self, form: CompiledForm, place: Place, value: str) -> None:
        super().__init__(form, place)
        self.value = value


class TextControl(CompiledNode):
    """One value as text: an input, or a text area."""

    @cached_property
    def kind(self) -> str:
        widget = self.place.type.widget
        if widget in INPUTS:
            return widget
        return control_type(self.place.type)

    @cached_property
    def limits(self) -> Mapping[str, object]:
        return limit_attributes(self.place.type, self.kind)

    @cached_property
    def heads(self) -> dict[tuple[ControlTemplate, bool], str]:
        """The beginnings of its markup, by template and by whether it is left blank on purpose."""
        return {}

    def marks(self, template: ControlTemplate, *, is_left_blank: bool) -> tuple[Marker, ...]:
        """Return the marks that go with one of its templates."""
        marks = self.blank_marks
        if is_left_blank and not self.place.type.is_secret:
            marks = self.place.marks or ()
        if template.tag == "textarea":
            return marks + self.line_marks
        return marks

    @cached_property
    def holds_nothing(self) -> bool:
        """Whether what it was given never shows."""
        return self.place.type.is_secret or self.kind in ("file", "password")

    def template(self, kind: str, *, any_step: bool = False) -> ControlTemplate:
        """Return the template of a kind of input: the one of the type, or one that can show another text."""
        if kind == self.kind and not any_step:
            return self._usual
        return self.template_for(f"{kind} {any_step}", lambda: self._template(kind, any_step=any_step))

    @cached_property
    def _usual(self) -> ControlTemplate:
        return self._template(self.kind, any_step=False)

    def _template(self, kind: str, *, any_step: bool) -> ControlTemplate:
        attributes: dict[str, object] = {"required": _is_required(self.place)}
        if kind in (self.kind, "textarea"):
            attributes |= self.limits
        if any_step:
            attributes["step"] = "any"
        name = self.place.path.rpartition(".")[2]
        attributes |= autofill(name, kind, self.place.type)
        if kind != "textarea":
            return self.form.control(self.place, "input", kind, attributes)
        attributes.pop("pattern", None)
        return self.form.control(self.place, "textarea", kind, attributes)

    @cached_property
    def blank_marks(self) -> tuple[Marker, ...]:
        """What it stands for when it is left blank, where that is not what the server makes of it by itself."""
        place = self.place
        if place.marks is not None:
            return place.marks
        if place.is_row:
            return ((ABSENT, place.name),)
        if place.type.is_secret:
            if place.required and not place.type.nullable:
                return ()
            return ((ABSENT, place.name),)
        if self.kind == "file":
            return ()
        return self._blank_text_marks()

    def _blank_text_marks(self) -> tuple[Marker, ...]:
        place, keeps_blank = self.place, self.kind in TEXTS
        if place.type.nullable and (keeps_blank or not place.absent_is_none):
            return ((NULL, place.name),)
        if keeps_blank and not place.required and place.default is None:
            return ((ABSENT, place.name),)
        return ()

    @cached_property
    def line_marks(self) -> tuple[Marker, ...]:
        return ((LINES, self.place.name),)


class CheckboxControl(CompiledNode):
    """A truth value; ``must`` for one that has to be ticked."""

    def __init__(self, form: CompiledForm, place: Place, *, must: bool = False) -> None:
        super().__init__(form, place)
        attributes = {"value": "true", "required": must and _is_required(place)}
        self.template = form.control(place, "input", "checkbox", attributes)

    @cached_property
    def blank_marks(self) -> tuple[Marker, ...]:
        place = self.place
        if place.marks is not None:
            return place.marks
        if place.is_row:
            return ((ABSENT, place.name),)
        if place.absent_is_false:
            return ()
        return ((FALSE, place.name),)


class ChoiceControl(CompiledNode):
    """One of several values: a select, radio buttons, or buttons that send the form."""

    def __init__(self, form: CompiledForm, place: Place, choices: tuple[Choice, ...], kind: str) -> None:
        super().__init__(form, place)
        self.choices = choices
        self.kind = kind
        self.values = frozenset(choice.value for choice in choices)

    def template(self, *, is_chosen: bool) -> ControlTemplate:
        """Return the template; one that has no choice of nothing where something is chosen and has to be."""
        place = self.place
        may_be_blank = place.type.nullable or place.optional or not (is_chosen or self.kind == "radio")
        has_blank = may_be_blank and self.kind != "submit"
        return self.template_for(f"{has_blank}", lambda: self._template(has_blank=has_blank))

    def _template(self, *, has_blank: bool) -> ControlTemplate:
        tag = "fieldset"
        if self.kind == "select":
            tag = "select"
        attributes = {"required": _is_required(self.place)}
        return self.form.control(self.place, tag, self.kind, attributes, self.choices, has_blank=has_blank)

    @cached_property
    def blank_marks(self) -> tuple[Marker, ...]:
        place = self.place
        if place.marks is not None:
            return place.marks
        if place.is_row:
            return ((ABSENT, place.name),)
        if place.type.nullable and not place.absent_is_none:
            return ((NULL, place.name),)
        return ()


class SeveralControl(CompiledNode):
    """Some of several values: a select, or check boxes."""

    def __init__(self, form: CompiledForm, place: Place, item: FieldType, choices: tuple[Choice, ...]) -> None:
        super().__init__(form, place)
        self.item = item
        self.choices = choices
        self.values = [choice.value for choice in choices]
        self.keeps_order = class_of(place.type.target)[0] not in (set, frozenset)

    @cached_property
    def template(self) -> ControlTemplate:
        if self.place.type.widget == "checkbox":
            return self.form.control(self.place, "fieldset", "checkbox", {}, self.choices)
        attributes = {"multiple": True, "required": _is_required(self.place) and _needs_items(self.place)}
        return self.form.control(self.place, "select", "select", attributes, self.choices)

    @cached_property
    def as_rows(self) -> CompiledNode:
        """The same as a list of single choices, for values that choosing would not give back."""
        return ListRows(self.form, self.place, self.item)

    def shows(self, texts: Sequence[str]) -> bool:
        """Return whether choosing would give back these values: each once, in the order of the choices."""
        if not self.keeps_order or not all(text in self.values for text in texts):
            return True
        positions = [self.values.index(text) for text in texts]
        return positions == sorted(set(positions))


class FilesControl(CompiledNode):
    """Several files in one control."""

    def __init__(self, form: CompiledForm, place: Place, item: FieldType) -> None:
        super().__init__(form, place)
        is_required = _is_required(place) and _needs_items(place)
        attributes = {"multiple": True, "required": is_required, **limit_attributes(item, "file")}
        self.template = form.control(place, "input", "file", attributes)


class GroupNode(CompiledNode):
    """Several controls under a legend."""

    @cached_property
    def template(self) -> Template:
        return self.form.template(self.place)

    @property
    def cls(self) -> Any:
        """What ends the controls of a type that holds itself."""
        return class_of(self.place.type.target)[0]

    @cached_property
    def inside(self) -> Place:
        """The same place seen from inside the object."""
        place = self.place
        return replace(place, optional=place.optional or not place.needed, trail=(*place.trail, self.cls))

    @property
    def is_endless(self) -> bool:
        """Whether it would contain itself without end, unless it holds something."""
        return self.cls in self.place.trail

    @cached_property
    def blank_marks(self) -> tuple[Marker, ...]:
        """What it stands for when nothing in it is filled in."""
        place = self.place
        if place.marks is not None or not place.name:
            return place.marks or ()
        if place.is_row:
            return ((ABSENT, place.name),)
        if place.type.nullable:
            return ((NULL, place.name),)
        if place.required:
            return ()
        return ((ABSENT, place.name),)


class ObjectFields(GroupNode):
    """The fields of an object."""

    _fields: tuple[tuple[str, CompiledNode], ...] | None = None

    @property
    def fields(self) -> tuple[tuple[str, CompiledNode], ...]:
        """The fields by their names."""
        if self._fields is not None:
            return self._fields
        fields = self.fields_of(self.place.type.target)
        if self.form.keeps(len(fields)):
            self._fields = fields
        return fields

    def fields_of(self, target: Any, skip: str = "") -> tuple[tuple[str, CompiledNode], ...]:
        """Return the fields of a type by their names."""
        fields = [field for field in self.form.fields_of(target) or () if field.name != skip]
        return tuple((field.name, self.form.compile(self.form.field(self.inside, field))) for field in fields)


class UntaggedFields(ObjectFields):
    """A union of objects that nothing tells apart: the fields of the member that fits best."""

    def __init__(self, form: CompiledForm, place: Place, objects: Sequence[Any], members: Sequence[Any]) -> None:
        super().__init__(form, place)
        self._objects = objects
        self._members = members
        self._nodes: dict[int, ObjectFields] = {}

    def member(self, tree: FormTree | None) -> ObjectFields:
        """Return the member that has most of the names of what is given."""
        names = set() if tree is None else tree.below.keys()
        number = max(range(len(self._objects)), key=lambda n: len(_by_name(self._objects[n]).keys() & names))
        if number not in self._nodes:
            self._nodes[number] = ObjectFields(self.form, _of_type(self.place, self._objects[number]))
        return self._nodes[number]

    @cached_property
    def as_text(self) -> CompiledNode:
        """One control for a single value."""
        return self.form.loose(self.place, self._members)


class TaggedFields(ObjectFields):
    """A discriminated union: a choice of the member, and its fields."""

    def __init__(
        self, form: CompiledForm, place: Place, tag: str, objects: Sequence[Any], members: Sequence[Any]
    ) -> None:
        super().__init__(form, place)
        self.tag = tag
        self._members = members
        self._targets: dict[str, Any] = {}
        choices: list[Choice] = []
        for member in objects:
            field = _by_name(member)[tag]
            for choice in choices_of(unwrap(field.annotation, field.info)) or ():
                self._targets[choice.value] = member
                choices.append(choice)
        self._choices = tuple(self._labelled(choices))
        self._of_members: dict[str, tuple[tuple[str, CompiledNode], ...]] = {}

    def _labelled(self, choices: Iterable[Choice]) -> Iterable[Choice]:
        labels = self.place.type.form.get("options") or {}
        for choice in choices:
            yield replace(choice, label=labels.get(choice.value, choice.label))

    @property
    def cls(self) -> Any:
        return tuple(self._targets.values())

    @cached_property
    def inside(self) -> Place:
        place = self.place
        optional = place.optional or not place.needed
        # Without a script another member can be chosen only by sending the form: nothing may stand in the way.
        return replace(place, optional=optional, is_lenient=True, trail=(*place.trail, self.cls))

    @property
    def first(self) -> str:
        """The tag that is chosen where one has to be."""
        return next(iter(self._targets))

    @cached_property
    def selector(self) -> ChoiceControl:
        """The choice of the member."""
        field = _by_name(self._targets[self.first])[self.tag]
        type_ = unwrap(field.annotation, field.info)
        place = replace(
            self.inside,
            path=under(self.place.path, self.tag),
            name=control_under(self.place.name, self.tag),
            label=type_.title or in_words(self.tag),
            type=replace(type_, nullable=False),
            required=True,
            is_nested=True,
            is_row=False,
            marks=(),
        )
        kind = "select"
        if type_.widget == "radio":
            kind = "radio"
        return ChoiceControl(self.form, place, self._choices, kind)

    def member_fields(self, tag: str) -> tuple[tuple[str, CompiledNode], ...]:
        """Return the fields of the member of a tag; none for a tag that there is not."""
        if tag not in self._targets:
            return ()
        fields = self._of_members.get(tag)
        if fields is None:
            fields = self.fields_of(self._targets[tag], skip=self.tag)
            if self.form.keeps(len(fields)):
                self._of_members[tag] = fields
        return fields

    @property
    def tags(self) -> Iterable[str]:
        """The tags of all members."""
        return self._targets

    @cached_property
    def as_text(self) -> CompiledNode:
        """One control for a single value."""
        return self.form.loose(self.place, self._members)


class TupleFields(GroupNode):
    """A tuple: one control for each position."""

    def __init__(self, form: CompiledForm, place: Place, slots: Sequence[Any]) -> None:
        super().__init__(form, place)
        self._slots = slots

    @cached_property
    def fields(self) -> tuple[tuple[str, CompiledNode], ...]:
        names = getattr(self.cls, "_fields", ())
        fields = []
        for number, slot in enumerate(self._slots):
            label = in_words(names[number]) if names else f"{self.place.label} {number + 1}"
            place = item_place(self.inside, str(number), unwrap(slot), label, optional=self.inside.optional)
            fields.append((str(number), self.form.compile(replace(place, is_row=False))))
        return tuple(fields)


class ListRows(GroupNode):
    """A list: a row for each item, and blank ones."""

    def __init__(self, form: CompiledForm, place: Place, item: FieldType) -> None:
        super().__init__(form, place)
        self.item = item
        # Rows inside rows have placeholders of their own. They are made of what Unicode keeps for such uses.
        level = place.path.count(MARK)
        self.placeholder = f"{MARK}{level}"
        self.label_placeholder = f"{LABEL_MARK}{level}"
        self._rows: dict[tuple[bool, bool], CompiledNode] = {}

    @cached_property
    def template(self) -> Template:
        return self.form.template(self.place, {"data-sanic-list": self.place.name})

    @property
    def least(self) -> int:
        """How many items it must have."""
        if self.place.needed:
            return int(self.place.type.constraints.get("min_length", 0))
        return 0

    @property
    def most(self) -> int:
        """How many items it may have."""
        return int(self.place.type.constraints.get("max_length", 1000))

    @cached_property
    def holds_itself(self) -> bool:
        """Whether its items are such lists again, without end."""
        items: list[Any] = []
        node: CompiledNode = self
        while isinstance(node, ListRows):  # a type has as many kinds of items as its annotations have
            if node.item.target in items:
                return True
            items.append(node.item.target)
            node = node.row(optional=True, may_be_absent=True)
        return False

    @cached_property
    def as_text(self) -> CompiledNode:
        """One control for a text where items are expected."""
        return scalar_node(self.form, _of_type(self.place, str))

    def row(self, *, optional: bool, may_be_absent: bool) -> CompiledNode:
        """Return what stands in a row.

        Args:
            optional: Whether the browser insists on nothing in it.
            may_be_absent: Whether it counts as absent when it is left blank.
        """
        node = self._rows.get((optional, may_be_absent))
        if node is None:
            title = self.item.title or self.place.label
            label = f"{title} {self.label_placeholder}" if is_plain(title) else RowLabel(title, self.label_placeholder)
            place = item_place(self.place, self.placeholder, self.item, label, optional=optional)
            node = self.form.compile(replace(place, is_row=may_be_absent))
            if self.form.keeps(1):
                self._rows[optional, may_be_absent] = node
        return node


class RowLabel:
    """The label of a row: what it is called, and its number among the rows."""

    __slots__ = ("_placeholder", "_title")

    def __init__(self, title: object, placeholder: str) -> None:
        self._title = title
        self._placeholder = placeholder

    def __str__(self) -> str:
        return f"{self._title} {self._placeholder}".strip()


class MappingRows(GroupNode):
    """A mapping: a control for each key that it has; HTML has no control for a key."""

    @cached_property
    def placeholder(self) -> str:
        """What stands for a key in the names of ``any_row``."""
        return f"{MARK}{self.place.path.count(MARK)}"

    @cached_property
    def any_row(self) -> CompiledNode:
        """What stands at any key, to carry along what was sent; never to be shown, since keys may be markup."""
        return self.row(self.placeholder)

    def row(self, key: str) -> CompiledNode:
        """Return what stands at a key; it is not kept, since keys may be anything."""
        value = unwrap(items_of(self.place.type.target)[1])
        place = item_place(self.place, key, value, key, optional=False)
        return self.form.compile(replace(place, name=control_under(self.place.name, key), is_row=False))


def item_place(above: Place, step: str, item: FieldType, label: object, *, optional: bool) -> Place:
    """Return the place of an item of a list, of a tuple or of a mapping."""
    return Place(
        path=under(above.path, step),
        name=under(above.name, step),
        label=label,
        type=replace(item, nullable=True) if item.target is bool else item,
        optional=optional or above.optional,
        is_nested=True,
        is_row=optional,
        is_lenient=above.is_lenient,
        trail=above.trail,
    )


def choice_node(form: CompiledForm, place: Place, choices: tuple[Choice, ...]) -> CompiledNode:
    """Return what stands at a place of fixed values."""
    widget = place.type.widget
    if len(choices) == 1 and not place.type.nullable and widget != "submit":
        if choices[0].value == "true":
            return CheckboxControl(form, place, must=True)
        return ConstantControl(form, place, choices[0].value)
    kind = "select"
    if widget in ("radio", "submit"):
        kind = widget
    return ChoiceControl(form, place, choices, kind)


def scalar_node(form: CompiledForm, place: Place) -> CompiledNode:
    """Return what stands at a place of a single value."""
    widget = place.type.widget
    if widget == "checkbox" or (widget is None and control_type(place.type) == "checkbox"):
        return CheckboxControl(form, place)
    if widget in ("select", "radio"):
        choices = tuple(offered_choices(place.type))
        if choices:
            return ChoiceControl(form, place, choices, widget)
    # Where there is nothing to choose from until the page offers it for a request.
    return TextControl(form, place)


def _is_required(place: Place) -> bool:
    return place.needed and not place.is_lenient


def _needs_items(place: Place) -> bool:
    return bool(place.type.constraints.get("min_length"))


def _of_type(place: Place, target: Any) -> Place:
    return replace(place, type=replace(place.type, target=target))


def _starred(path: str) -> str:
    return re.sub(rf"{MARK}\d+", "*", path)


def _by_name(annotation: Any) -> dict[str, Field]:
    return {field.name: field for field in fields_of(annotation) or ()}


def _tag(discriminator: str | None, members: Sequence[Any]) -> str | None:
    """Return the field that tells the members of a union apart: the declared one, or one of fixed values in each."""
    names = [discriminator] if discriminator else list(_by_name(members[0]))
    return next((name for name in names if _tells_apart(name, members)), None)


def _tells_apart(name: str, members: Sequence[Any]) -> bool:
    values: list[str] = []
    for member in members:
        field = _by_name(member).get(name)
        choices = None if field is None else choices_of(unwrap(field.annotation, field.info))
        if not choices:
            return False
        values += [choice.value for choice in choices]
    return len(values) == len(set(values))
