"""Modules of models as people write them, drawn: their sources, and values of their classes, partial ones too.

What is drawn is text, since classes inside classes, names that hide others and several modules are questions of text.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from hypothesis import strategies as st

HEAD = """
{future}import datetime, decimal, enum, uuid
from typing import Annotated, Any, ClassVar, Literal, Optional, Union
from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, computed_field, field_serializer
from pydantic.alias_generators import to_camel, to_pascal, to_snake
{imports}

class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"

class Word(enum.StrEnum):
    YES = "yes"
    NO = "no"

class Shelf(enum.IntEnum):
    ONE = 1
    TWO = 2
"""
# A type, values of it, and defaults of a near type that validation makes a value of.
SCALARS = (
    ("int", ("1", "-3"), ()),
    ("str", ("'a'", "''"), ()),
    ("bool", ("True", "False"), ()),
    ("float", ("1.5", "2.0"), ("1",)),
    ("decimal.Decimal", ("decimal.Decimal('1.50')", "decimal.Decimal(2)"), ("0", "'1.5'")),
    ("datetime.date", ("datetime.date(2020, 1, 2)",), ("'2021-02-03'",)),
    ("datetime.timedelta", ("datetime.timedelta(hours=1)",), ()),
    ("uuid.UUID", ("uuid.UUID(int=5)",), ("'00000000-0000-0000-0000-000000000007'",)),
    ("Colour", ("{}Colour.RED", "{}Colour.BLUE"), ("'red'",)),
    ("Word", ("{}Word.YES", "{}Word.NO"), ("'no'",)),
    ("Shelf", ("{}Shelf.ONE", "{}Shelf.TWO"), ("2",)),
    ("Literal['x', 2]", ("'x'", "2"), ()),
)
# Plain names, some of two words for the generators of aliases, and some that hide what they are made of.
FIELDS = ("a", "b_c", "two_words", "x_1", "date", "type", "list", "id", "str", "uuid", "decimal", "json_data", "items")
CLASSES = ("Item", "Order", "Line", "Status", "Inner", "Kind")
GENERATORS = ("to_camel", "to_pascal", "AliasGenerator(validation_alias=to_camel, serialization_alias=to_camel)")
OPTIONS = ("frozen=True", "validate_default=True", "use_enum_values=True", "str_strip_whitespace=True")


@dataclasses.dataclass
class Field:
    """A field of a drawn class: its annotation, values of it as source with their modules, and its default."""

    name: str
    annotation: str
    values: tuple[str, ...]
    default: str | None
    is_factory: bool = False


@dataclasses.dataclass
class Model:
    """A drawn class: where it stands, its fields with those that it inherits, and what makes it an output only."""

    module: str
    path: str
    fields: dict[str, Field]
    is_output_only: bool = False
    is_computed: bool = False
    extra: str = "ignore"


@dataclasses.dataclass
class Drawing:
    """Modules by their names, and their classes."""

    sources: dict[str, str] = dataclasses.field(default_factory=dict)
    models: list[Model] = dataclasses.field(default_factory=list)


@st.composite
def drawings(draw: Any, prefix: str) -> Drawing:
    """One to three modules, each with some classes; those of a later module use those of the earlier ones."""
    drawing = Drawing()
    for number in range(draw(st.integers(1, 3))):
        module = f"{prefix}_m{number}"
        future = draw(st.sampled_from(("", "from __future__ import annotations\n")))
        earlier = list(drawing.sources)
        lines: list[str] = []
        names = draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=3, unique=True))
        for name in names:
            lines += _class(draw, drawing, module, name, "", 0)
        imports = "\n".join(f"import {other}" for other in earlier)
        drawing.sources[module] = HEAD.format(future=future, imports=imports) + "\n".join(lines) + "\n"
    return drawing


def _class(draw: Any, drawing: Drawing, module: str, name: str, outer: str, depth: int) -> list[str]:
    path = f"{outer}.{name}" if outer else name
    model = Model(module, path, {})
    bases = ["BaseModel"]
    if depth == 0:
        usable = [each for each in drawing.models if "." not in each.path]
        if usable and draw(st.booleans()):
            base = draw(st.sampled_from(usable))
            bases = [f"{base.module}.{base.path}".removeprefix(f"{module}.")]
            model.fields |= base.fields
            model.is_output_only = base.is_output_only
            model.is_computed, model.extra = base.is_computed, base.extra
    body: list[str] = []
    if config := _config(draw, model):
        body.append(f"model_config = ConfigDict({', '.join(config)})")
    if depth < 2 and draw(st.integers(0, 2)) == 0:
        # A class inside one of its own name is another class to each reader of an annotation.
        others = [each for each in CLASSES if each not in path.split(".")]
        body += _class(draw, drawing, module, draw(st.sampled_from(others)), path, depth + 1)
    own = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4, unique=True))
    for field_name in own:
        if field_name in model.fields:
            continue
        field = _field(draw, drawing, module, field_name, path)
        if _hides([*body, _line(field)], [*own, field_name]):
            continue
        model.fields[field_name] = field
        body.append(_line(field))
    if depth == 0:
        body += _methods(draw, model)
    drawing.models.append(model)
    return [f"class {name}({', '.join(bases)}):", *(f"    {line}" for line in body or ["pass"]), ""]


def _config(draw: Any, model: Model) -> list[str]:
    config: list[str] = []
    if draw(st.booleans()):
        config.append(f"alias_generator={draw(st.sampled_from(GENERATORS))}")
        config.append("populate_by_name=True")
    config += [option for option in OPTIONS if draw(st.integers(0, 3)) == 0]
    if draw(st.integers(0, 2)) == 0 and not model.is_computed:
        model.extra = draw(st.sampled_from(("ignore", "allow", "forbid")))
        config.append(f"extra={model.extra!r}")
    return config


def _methods(draw: Any, model: Model) -> list[str]:
    lines: list[str] = []
    # What is computed is one field more to a class that looks at those.
    if model.extra == "ignore" and draw(st.integers(0, 3)) == 0:
        model.is_computed = True
        lines += ["@computed_field", "@property", "def total_count(self) -> int:", "    return 7"]
    serialized = [each for each in model.fields.values() if each.annotation in ("int", "decimal.Decimal")]
    if serialized and draw(st.integers(0, 3)) == 0:
        target = draw(st.sampled_from(serialized)).name
        lines += [
            f"@field_serializer({target!r})",
            "def write_it(self, value: Any) -> 'str':",
            "    return f'<{value}>'",
        ]
        model.is_output_only = True
    return lines


def _field(draw: Any, drawing: Drawing, module: str, name: str, outer: str) -> Field:
    annotation, values, near = draw(st.sampled_from(SCALARS))
    values = tuple(value.format(f"{module}.") for value in values)
    models = [each for each in drawing.models if not each.is_output_only and _is_seen(each, drawing, module, outer)]
    if models and draw(st.integers(0, 2)) == 0:
        model = draw(st.sampled_from(models))
        annotation, near = _inside(f"{model.module}.{model.path}", module, outer), ()
        values = (expression(draw, model),)
    default: str | None = None
    is_factory = False
    match draw(st.integers(0, 5)):
        case 0:
            default = _inside(draw(st.sampled_from(values)), module, outer)
        case 1 if near:
            default = draw(st.sampled_from(near))
        case 2:
            default, is_factory = draw(st.sampled_from(values)).replace(f"{module}.", ""), True
        case 3:
            annotation, values, default = f"Optional[{annotation}]", (*values, "None"), "None"
        case 4:
            values = (f"[{', '.join(values)}]", "[]")
            annotation, default = f"list[{annotation}]", "[]"
        case _:
            pass
    return Field(name, annotation, values, default, is_factory)


def _hides(body: list[str], names: list[str]) -> bool:
    """Return whether a field is called like a type that the body of its class needs."""
    types = [name for name in names if name in ("str", "list", "uuid", "decimal", "date")]
    return any(re.search(rf"[:=(\[] *{name}\b(?!=)", line) for name in types for line in body)


def _is_seen(model: Model, drawing: Drawing, module: str, outer: str) -> bool:
    """Return whether a class can be named in the body of another, where no class inside hides it."""
    if model.module != module or model.path.startswith(f"{outer}."):
        return True
    inside = [each.path for each in drawing.models if each.module == module and each.path.startswith(f"{outer}.")]
    # What is called like a class around the field is that class, to whoever reads the annotation as a string.
    head = model.path.partition(".")[0]
    return head not in outer.split(".") and f"{outer}.{head}" not in inside


def _line(field: Field) -> str:
    if field.default is None:
        return f"{field.name}: {field.annotation}"
    if field.is_factory:
        return f"{field.name}: {field.annotation} = Field(default_factory=lambda: {field.default})"
    return f"{field.name}: {field.annotation} = {field.default}"


def _inside(source: str, module: str, outer: str) -> str:
    """Return source as it is written in the body of a class, which does not know itself yet."""
    return source.replace(f"{module}.{outer}.", "").replace(f"{module}.", "")


def expression(draw: Any, model: Model) -> str:
    """Return the source of a partial value of a class: all that is required, and some of the rest."""
    arguments = [
        f"{field.name}={draw(st.sampled_from(field.values))}"
        for field in model.fields.values()
        if field.default is None or draw(st.booleans())
    ]
    return f"{model.module}.{model.path}({', '.join(arguments)})"
