"""The table of scalars: what each row says is what the wire, forms and generated packages do."""

from __future__ import annotations

import datetime
import importlib
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from kinds import same
from pydantic import AnyUrl, ConfigDict, HttpUrl, PostgresDsn, TypeAdapter, create_model
from pydantic_core import to_json

from sanic_actions import action, define_action
from sanic_actions._types.representable import problems_of
from sanic_actions._types.scalars import SCALARS, Scalar, scalar_of
from sanic_actions._wire import Codec
from sanic_actions.codegen import generate
from sanic_actions.contract._plain_data import name_of
from sanic_actions.server import form_fields
from sanic_actions.server._controls.field_types import control_type, unwrap
from sanic_actions.server._developer_page.samples import Sampler

# The bases of URL types are private classes of pydantic's, which no annotation names.
ROWS = [row for row in SCALARS if not row.type.__name__.startswith("_")]
INPUTS = [row for row in ROWS if row.inputs and row.type is not type(None)]


def each(rows: list[Scalar]) -> pytest.MarkDecorator:
    """Run a test for each of these rows."""
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.type.__name__)


BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


def value_of(row: Scalar) -> Any:
    """Return the value that the sample of a row is read as."""
    return TypeAdapter[Any](row.type).validate_json(to_json(row.sample))


@each(ROWS)
def test_sample_crosses_the_wire(row: Scalar) -> None:
    """The sample of a row is a value of its type, which comes back equal and of the same class."""
    codec = Codec[Any](row.type)
    value = value_of(row)

    assert problems_of(row.type, is_input=row.inputs) == []
    if row.inputs and row.outputs:
        result = codec.decode(codec.encode(value))
        assert (result, type(result)) == (value, type(value))


MORE_VALUES: dict[Any, list[object]] = {
    # JSON of other values than the sample, which another scalar could read.
    bool: [False],
    int: [0, -1, 86_400, 2**31, 2**70],
    float: [0.0, 1.0, -1.5, 1e300],
    bytes: ["", "YWJj", "MTIz"],
    complex: ["1+2j", "1.5+0j"],
    datetime.date: ["0001-01-01"],
    datetime.datetime: ["1970-01-01T00:00:00", "2020-01-01T01:02:03.000004+05:30"],
    datetime.time: ["00:00:00", "01:02:03.000004Z"],
    datetime.timedelta: ["PT0S", "-P1DT2H0.000001S"],
    Decimal: ["0", "-1", "1.5", "1E+5", "1E-7", "1234567"],
    Fraction: ["1/3", "2"],
    UUID: ["00000000-0000-0000-0000-000000000000"],
}
TWO_WAY = [row for row in ROWS if row.inputs and row.outputs and row.forms is not None]


@each(TWO_WAY)
def test_scalars_that_stand_in_one_union_are_told_apart(row: Scalar) -> None:
    """What another scalar writes is not read as this one inside of values, and a union of both brings it back."""
    for other in TWO_WAY:
        if other is row:
            continue
        samples = (other.sample, *MORE_VALUES.get(other.type, ()))
        values = [Codec[Any](other.type).decode(to_json(sample)) for sample in samples]
        left: Any = row.type
        right: Any = other.type
        for union, wrap in (
            (left | right, lambda value: value),
            (list[left] | list[right], lambda value: [value]),
            (tuple[left, int] | tuple[right, int], lambda value: (value, 1)),
        ):
            if problems_of(union, is_input=True):
                continue
            codec = Codec[Any](union)
            for value in map(wrap, values):
                assert same(codec.decode(codec.encode(value)), value)


@each(ROWS)
def test_directions(row: Scalar) -> None:
    """A type that can only be an input, or only an output, is refused in the other direction."""
    assert (problems_of(row.type, is_input=True) == []) is row.inputs
    assert (problems_of(row.type, is_input=False) == []) is row.outputs


@each(INPUTS)
def test_control_of_a_form(row: Scalar) -> None:
    """A form shows a field of the type as the control of its row."""
    model = create_model("Entry", it=(row.type, ...), __config__=BYTES)

    def take(entry: Any) -> None: ...

    fields = form_fields(define_action(input=model, handler=take, accept="form"))
    assert fields["it"].type == row.control


@each([row for row in INPUTS if row.type is not bool])  # which no class can be made of
def test_control_of_a_subclass(row: Scalar) -> None:
    """A class that is made of a scalar has the control of that scalar."""
    subclass = type("Own", (row.type,), {})

    assert control_type(unwrap(subclass)) == row.control


WRITTEN = {f"field_{number}": row for number, row in enumerate(ROWS) if row.source is not None}
Defaults = create_model(
    "Defaults",
    __config__=BYTES,
    __module__=__name__,
    **{name: (row.type, value_of(row)) for name, row in WRITTEN.items()},  # type: ignore[call-overload]  # drawn from the table
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The copy of a class whose defaults are the samples, in a generated package."""

    @action
    def read() -> Defaults:  # type: ignore[valid-type]  # made at run time
        raise NotImplementedError

    folder = tmp_path_factory.mktemp("scalars")
    for path, text in generate({"read": read}, package="scalars_client").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(f"scalars_client.models.{__name__}").Defaults
    finally:
        sys.path.remove(str(folder))


@pytest.mark.parametrize("name", WRITTEN, ids=lambda name: WRITTEN[name].type.__name__)
def test_default_is_written_as_source(copy: Any, name: str) -> None:
    """A default whose row says how it is written is the same value in a generated package."""
    value = getattr(copy(), name)

    assert copy.model_fields[name].default_factory is None
    assert (value, type(value)) == (value_of(WRITTEN[name]), type(value_of(WRITTEN[name])))


@each(ROWS)
def test_sample_on_the_developer_page(row: Scalar) -> None:
    """The developer page proposes the sample of a row."""
    assert Sampler({}).value(name_of(row.type)) == row.sample


def test_family() -> None:
    """URL types share the row of what they derive from; a subclass of another scalar is not that scalar."""
    assert scalar_of(HttpUrl) == scalar_of(AnyUrl)
    assert scalar_of(PostgresDsn) is not None
    assert scalar_of(type("Own", (str,), {})) is None
