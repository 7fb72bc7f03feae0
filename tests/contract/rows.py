"""Every row of the table of verdicts from both sides: what changed, and what a caller of before makes of it."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired

from pydantic import ConfigDict, Field, create_model
from typing_extensions import TypedDict

from sanic_actions import ActionError, Download, Event, action, define_action


def model(name: str = "Item", module: str = "", config: ConfigDict | None = None, **fields: Any) -> Any:
    """Return a class, in a module of its own unless one is named."""
    return create_model(name, __module__=module or "shop", __config__=config, **fields)


def takes(*, config: ConfigDict | None = None, **fields: Any) -> Any:
    """Return an action that takes fields."""
    form = create_model("Input", __module__="shop", __config__=config, **fields)

    def handler(input: Any) -> None: ...

    handler.__annotations__["input"] = form
    return define_action(input=form, handler=handler)


def gives(type_: Any, value: Any = None) -> Any:
    """Return an action that returns a value."""

    def handler() -> Any:
        return value

    handler.__annotations__["return"] = type_
    return action(handler)


def plain(**options: Any) -> Any:
    """Return an action without input and output."""

    def handler() -> None: ...

    decorate: Any = action(**options)
    return decorate(handler)


def streams(item: Any, *values: Any, **options: Any) -> Any:
    """Return an action that yields items."""

    async def handler() -> Any:
        for value in values:
            yield value

    handler.__annotations__["return"] = AsyncIterator[item]
    decorate: Any = action(**options)
    return decorate(handler)


def word(**options: Any) -> Any:
    """Return an action that takes a word."""

    def handler(value: str = "") -> None: ...

    decorate: Any = action(**options)
    return decorate(handler)


def data(*names: str, name: str = "Point", bases: tuple[type, ...] = (), types: Any = None, **options: Any) -> Any:
    """Return a dataclass, of numbers unless types are named."""
    fields = [(field, (types or {}).get(field, int)) for field in names]
    cls = dataclasses.make_dataclass(name, fields, bases=bases, **options)
    cls.__module__ = "shop"  # from Python 3.12 on, make_dataclass has an argument for it
    return cls


class Gone(ActionError, code="GONE"):
    left: int


class GoneNow(ActionError, code="CONFLICT"):
    left: int


class GoneSince(ActionError, code="GONE"):
    left: int
    since: str


class Away(ActionError, code="GONE"):
    """What ``Gone`` may be besides."""


class GoneAway(Away, code="GONE"):
    left: int


class GoneNone(ActionError, code="GONE"):
    left: int = 0


class GoneOne(ActionError, code="GONE"):
    left: int = 1


for error in (GoneNow, GoneSince, GoneAway, GoneNone, GoneOne):
    error.__name__ = error.__qualname__ = "Gone"


def raising(declared: tuple[type[ActionError], ...], error: ActionError | None = None) -> Any:
    """Return an action that declares errors and raises one."""

    def handler() -> None:
        if error is not None:
            raise error

    return action(raises=declared)(handler)


def of(make: Any = enum.Enum, mixin: type | None = None, **members: Any) -> Any:
    return make("Color", members, module="shop", type=mixin)


Full = TypedDict("Full", {"x": int})  # noqa: UP013  # the form under test
Partial = TypedDict("Full", {"x": NotRequired[int]})  # type: ignore[name-match]  # noqa: UP013  # the form under test

Red, Crimson, Scarlet, Both = of(RED="red"), of(RED="crimson"), of(SCARLET="red"), of(RED="red", BLUE="blue")
Mixed, Worded = of(mixin=str, RED="red"), of(enum.StrEnum, RED="red")
Number, Counted = of(ONE=1), of(enum.IntEnum, ONE=1)
Thing = model("Thing", x=(int, ...))
Derived = create_model("Item", __module__="shop", __base__=Thing)
Fixed = model(config=ConfigDict(frozen=True), x=(int, ...))
XY, YX, XYZ, XZY = data("x", "y"), data("y", "x"), data("x", "y", "z"), data("x", "z", "y")
ByName, FixedXY = data("x", "y", kw_only=True), data("x", "y", frozen=True)
Ordered, Hashed, ByIdentity = data("x", "y", order=True), data("x", "y", unsafe_hash=True), data("x", "y", eq=False)
OfBase = data("y", bases=(data("x", name="Base"),))
NumberFirst, WordFirst = (data(*names, types={"y": str}) for names in ("xy", "yx"))
Plain, More = model(x=(int, ...)), model(x=(int, ...), y=(int, ...))
Spare = model(x=(int, ...), y=(int, 0))
Moved, Renamed = model(module="store", x=(int, ...)), model("Thing", x=(int, ...))
Other = model(x=(int, Field(serialization_alias="z")))
One, Two = model(x=(int, 1)), model(x=(int, 2))
Utf, Base = (model(config=ConfigDict(ser_json_timedelta=form), x=(int, ...)) for form in ("iso8601", "float"))
Cat = model("Cat", kind=(Literal["cat"], "cat"), sort=(Literal["c"], "c"))
Dog = model("Dog", kind=(Literal["dog"], "dog"), sort=(Literal["d"], "d"))
Closed = ConfigDict(extra="forbid")
Sole, Eel = model("Sole", config=Closed, x=(int, ...)), model("Eel", config=Closed, y=(int, ...))
NewSole = model("Sole", config=Closed, x=(int, ...), z=(int, 0))
Heir = create_model("Heir", __module__="shop", __base__=Sole)
NewHeir = create_model("Heir", __module__="shop", __base__=Sole, z=(int, 0))
PAIR = tuple[Sole | Eel, Heir]  # type: ignore[valid-type]  # classes that are made here
NEW_PAIR = tuple[Sole | Eel, NewHeir]  # type: ignore[valid-type]  # likewise
BOTH = Sole(x=1), NewHeir(x=1)
Price = NewType("Price", int)
Cost = NewType("Cost", int)
Price.__module__ = Cost.__module__ = "shop"
ByKind, BySort = Annotated[Cat | Dog, Field(discriminator="kind")], Annotated[Cat | Dog, Field(discriminator="sort")]
Low, High = Annotated[int, Field(ge=1)], Annotated[int, Field(ge=5)]
Letters, Letter = Literal["a", "b"], Literal["a"]


class Row(NamedTuple):
    """A row of the table: what changed, and a call that a client of before makes."""

    kind: str
    old: Any
    new: Any
    arguments: str = ""
    """Code of the arguments; ``models`` are those of the client."""
    works: bool = True
    """Whether the call gets an answer that the client can read, whatever it is told."""
    caller: str = "{call}"
    """Code of before that uses what the change is about."""
    is_seen: bool = True
    """Whether a checker of types can see the change; of some kinds none can."""


NUMBER, LETTER, X = "number: int = {call}", "letter: Literal['a'] = {call}", "x: int = {call}.x"
CONTENT, FILE = "content: bytes = {call}", "content: bytes = {call}.read()"
NUMBERS, ITEM = "numbers: list[int] = list({call})", "item: models.Item = {call}"
PET = "pet: models.Cat | models.Dog = {call}"
COLOR = """
match {call}:
    case models.Color.RED: pass
    case never: assert_never(never)
"""
FAILS = """
match actions.act.safe():
    case Ok(): pass
    case Err(InputError() | CallError()): pass
    case never: assert_never(never)
"""
GONE = """
match actions.act.safe():
    case Err(models.Gone(left=left)): print(left)
    case _: pass
"""

AWAY = "away: type[models.Away] = models.Gone"
WORD, COUNT, THING = "word: str = {call}", "count: int = {call} + 1", "thing: models.Thing = {call}"
ASSIGNS, HASHES, SORTS = "{call}.x = 2", "{{{call}}}", "sorted([{call}])"
SINCE = GONE.replace("left", "since")

ACTIONS = [
    Row("action removed", plain(), None, works=False),
    Row("encoding added", word(accept="json"), word(accept=("json", "form")), "value='a'"),
    Row("encoding removed", word(accept=("json", "form")), word(accept="form"), "value='a'", works=False),
    Row("once turned on", plain(), plain(once=True)),
    Row("once turned off", plain(once=True), plain()),
    Row("idempotent turned on", plain(), plain(idempotent=True)),
    Row("idempotent turned off", plain(idempotent=True), plain()),
    Row("error added", raising(()), raising((Gone,)), caller=FAILS),
    Row("error removed", raising((Gone,)), raising(())),
    Row("error code changed", raising((Gone,)), raising((GoneNow,)), caller=GONE),
    Row("output field added", raising((Gone,)), raising((GoneSince,)), caller=GONE),
    Row("default added", raising((Gone,)), raising((GoneNone,)), caller=GONE),
    Row("default removed", raising((GoneNone,)), raising((Gone,)), caller="models.Gone(), {call}"),
    Row("default changed", raising((GoneNone,)), raising((GoneOne,)), caller=GONE),
    Row("output field removed", raising((GoneSince,)), raising((Gone,), Gone(left=1)), works=False, caller=SINCE),
]
STREAMS = [
    Row("stream changed", gives(int), streams(int, 1), works=False, caller=NUMBER),
    Row("stream changed", streams(int), gives(int, 1), works=False, caller=NUMBERS),
    Row("download changed", gives(bytes), gives(Download, Download(b"a")), works=False, caller=CONTENT),
    Row("download changed", gives(Download, Download(b"a")), gives(bytes, b"a"), works=False, caller=FILE),
    Row("event ids turned on", streams(int), streams(Event[int], Event(1, id="1")), caller=NUMBERS),
    Row("event ids turned off", streams(Event[int]), streams(int, 1), caller=NUMBERS),
    Row("output widened", streams(int), streams(int | None, None), works=False, caller=NUMBERS),
    Row("output narrowed", streams(int | None), streams(int, 1)),
    Row("type changed", streams(int), streams(str, "a"), works=False, caller=NUMBERS),
    Row("output field added", streams(Plain), streams(More, More(x=1, y=2))),
    Row("output field removed", streams(More), streams(Plain, Plain(x=1)), works=False, caller="next({call}).y"),
]
INPUTS = [
    Row("input appeared", plain(), takes(value=(int, ...)), works=False),
    Row("optional input appeared", plain(), takes(value=(int, 1))),
    Row("input disappeared", takes(value=(int, ...)), plain(), "value=1"),
    Row("input field added, required", takes(a=(int, ...)), takes(a=(int, ...), b=(int, ...)), "a=1", works=False),
    Row("input field added, required", takes(a=(Plain, ...)), takes(a=(More, ...)), "a=models.Item(x=1)", works=False),
    Row("input field added, optional", takes(a=(int, ...)), takes(a=(int, ...), b=(int, 1)), "a=1"),
    Row("input field added, optional", takes(a=(Plain, ...)), takes(a=(Spare, ...)), "a=models.Item(x=1)"),
    Row("input field removed", takes(a=(int, ...), b=(int, 1)), takes(a=(int, ...)), "a=1, b=2"),
    Row("input field removed", takes(a=(Spare, ...)), takes(a=(Plain, ...)), "a=models.Item(x=1, y=2)"),
    Row(
        "input field removed, extra forbidden",
        takes(config=ConfigDict(extra="forbid"), a=(int, ...), b=(int, 1)),
        takes(config=ConfigDict(extra="forbid"), a=(int, ...)),
        "a=1, b=2",
        works=False,
    ),
    Row("input became required", takes(a=(int, 1)), takes(a=(int, ...)), works=False),
    Row("input became required", takes(a=(One, ...)), takes(a=(Plain, ...)), "a=models.Item()", works=False),
    Row("input became optional", takes(a=(int, ...)), takes(a=(int, 1)), "a=1"),
    Row("input narrowed", takes(a=(int, ...)), takes(a=(High, ...)), "a=1", works=False, is_seen=False),
    Row("input narrowed", takes(a=(int | None, ...)), takes(a=(int, ...)), "a=None", works=False),
    Row("input narrowed", takes(a=(Letters, ...)), takes(a=(Letter, ...)), "a='b'", works=False),
    Row("input narrowed", takes(a=(Both, ...)), takes(a=(Red, ...)), "a=models.Color.BLUE", works=False),
    Row("input narrowed", takes(a=(list[int | str], ...)), takes(a=(list[int], ...)), "a=['a']", works=False),
    Row("input widened", takes(a=(int, ...)), takes(a=(int | None, ...)), "a=1"),
    Row("input widened", takes(a=(High, ...)), takes(a=(Low, ...)), "a=5"),
    Row("input widened", takes(a=(Letter, ...)), takes(a=(Letters, ...)), "a='a'"),
    Row("input widened", takes(a=(Red, ...)), takes(a=(Both, ...)), "a=models.Color.RED"),
    Row("type changed", takes(a=(int, ...)), takes(a=(str, ...)), "a=1", works=False),
    Row("type changed", takes(a=(list[int], ...)), takes(a=(dict[str, int], ...)), "a=[1]", works=False),
    Row("alias changed", takes(a=(int, Field(alias="p"))), takes(a=(int, Field(alias="q"))), "a=1", works=False),
    Row("alias changed", takes(a=(int, Field(1, alias="p"))), takes(a=(int, Field(1, alias="q"))), "a=2"),
    Row("discriminator changed", takes(a=(ByKind, ...)), takes(a=(BySort, ...)), "a=models.Cat()"),
    Row("encoding changed", takes(a=(Red, ...)), takes(a=(Crimson, ...)), "a=models.Color.RED", works=False),
    Row("encoding changed", takes(a=(Utf, ...)), takes(a=(Base, ...)), "a=models.Item(x=1)"),
    Row("default changed", takes(a=(int, 1)), takes(a=(int, 2))),
    Row("default changed", takes(a=(One, ...)), takes(a=(Two, ...)), "a=models.Item()"),
    Row("class moved", takes(a=(Plain, ...)), takes(a=(Moved, ...)), "a=models.Item(x=1)"),
    Row("class renamed", takes(a=(int, ...)), takes(a=(Price, ...)), "a=1"),
    Row("class renamed", takes(a=(Plain, ...)), takes(a=(Renamed, ...)), "a=models.Item(x=1)"),
    Row("member renamed", takes(a=(Red, ...)), takes(a=(Scarlet, ...)), "a=models.Color.RED"),
]
OUTPUTS = [
    Row("output field added", gives(Plain), gives(More, More(x=1, y=2)), caller=X),
    Row("output field added", gives(Sole), gives(NewSole, NewSole(x=1)), caller=X),
    Row("output field added", gives(Sole | None), gives(NewSole | None, NewSole(x=1))),
    Row("output field added, extra forbidden", gives(Sole | Eel), gives(NewSole | Eel, NewSole(x=1)), works=False),
    Row("output field added", gives(PAIR), gives(NEW_PAIR, BOTH)),
    Row("output field removed", gives(More), gives(Plain, Plain(x=1)), works=False, caller="{call}.y"),
    Row("output field removed", gives(Spare), gives(Plain, Plain(x=1)), caller="{call}.y"),
    Row("output became required", gives(Partial), gives(Full, {"x": 1}), caller="{call}.get('x')"),
    Row("output became optional", gives(Full), gives(Partial, {}), works=False),
    Row("output narrowed", gives(int | None), gives(int, 1), caller="number: int | None = {call}"),
    Row("output narrowed", gives(Letters), gives(Letter, "a"), caller="letter: Literal['a', 'b'] = {call}"),
    Row("output narrowed", gives(Low), gives(High, 5), caller=NUMBER),
    Row("output narrowed", gives(int), gives(Price, 1), caller=NUMBER),
    Row("output narrowed", gives(int | None), gives(Price | None, 1), caller="number: int | None = {call}"),
    Row("output widened", gives(int), gives(int | None), works=False, caller=NUMBER),
    Row("output widened", gives(Letter), gives(Letters, "b"), works=False, caller=LETTER),
    Row("output widened", gives(Red), gives(Both, Both.BLUE), works=False, caller=COLOR),
    Row("output widened", gives(Cat), gives(Cat | Dog, Dog()), works=False, caller="cat: models.Cat = {call}"),
    Row("output widened", gives(list[int]), gives(list[int | None], [None]), works=False, caller=NUMBERS),
    Row("output widened", gives(High), gives(Low, 1), works=False, caller=NUMBER, is_seen=False),
    Row("type changed", gives(int), gives(str, "a"), works=False, caller=NUMBER),
    Row("alias changed", gives(Plain), gives(Other, Other(x=1)), works=False, caller=X),
    Row("discriminator changed", gives(ByKind), gives(BySort, Cat()), caller=PET),
    Row("encoding changed", gives(Red), gives(Crimson, Crimson.RED), works=False, caller=COLOR),
    Row("encoding changed", gives(Utf), gives(Base, Base(x=1)), caller=X),
    Row("default changed", gives(One), gives(Two, Two(x=1)), caller=X),
    Row("default added", gives(Plain), gives(One, One(x=1)), caller="models.Item(x=1), {call}.x"),
    Row("default removed", gives(One), gives(Plain, Plain(x=1)), caller="models.Item(), {call}.x"),
    Row("class moved", gives(Plain), gives(Moved, Moved(x=1)), caller=ITEM),
    Row("class renamed", gives(Price), gives(int, 1), caller="price: models.Price = {call}"),
    Row("class renamed", gives(list[Price]), gives(list[Cost], [1]), caller="price: models.Price = {call}[0]"),
    Row("class renamed", gives(Plain), gives(Renamed, Renamed(x=1)), caller=ITEM),
    Row("member renamed", gives(Red), gives(Scarlet, Scarlet.SCARLET), caller=COLOR),
]
CLASSES = [
    Row("base class added", takes(a=(Red, ...)), takes(a=(Mixed, ...)), "a=models.Color.RED"),
    Row("base class added", gives(Red), gives(Worded, Worded.RED), caller=COLOR),
    Row("base class added", gives(Mixed), gives(Worded, Worded.RED), caller=WORD),
    Row("base class removed", gives(Worded), gives(Red, Red.RED), caller=WORD),
    Row("base class removed", gives(Mixed), gives(Red, Red.RED), caller=WORD),
    Row("base class removed", gives(Worded), gives(Mixed, Mixed.RED), caller="print({call})", is_seen=False),
    Row("base class removed", gives(Counted), gives(Number, Number.ONE), caller=COUNT),
    Row("base class added", gives(Plain), gives(Derived, Derived(x=1)), caller=X),
    Row("base class removed", gives(Derived), gives(Plain, Plain(x=1)), caller=THING),
    Row("base class added", raising((Gone,)), raising((GoneAway,)), caller=GONE),
    Row("base class removed", raising((GoneAway,)), raising((Gone,)), caller=AWAY),
    Row("base class removed", gives(OfBase), gives(XY, XY(1, 2)), caller="point: models.Base = {call}"),
    Row("field order changed", takes(a=(XY, ...)), takes(a=(YX, ...)), "a=models.Point(1, 2)", is_seen=False),
    Row(
        "field order changed",
        gives(NumberFirst),
        gives(WordFirst, WordFirst("a", 1)),
        caller="models.Point(1, 'a'), {call}",
    ),
    Row(
        "field order changed",
        gives(XYZ),
        gives(XZY, XZY(1, 2, 3)),
        caller="models.Point(1, 2, 3), {call}",
        is_seen=False,
    ),
    Row("field order changed", takes(a=(XY, ...)), takes(a=(ByName, ...)), "a=models.Point(1, 2)"),
    Row("frozen turned on", gives(Plain), gives(Fixed, Fixed(x=1)), caller=ASSIGNS),
    Row("frozen turned on", gives(XY), gives(FixedXY, FixedXY(1, 2)), caller=ASSIGNS),
    Row("frozen turned off", gives(Fixed), gives(Plain, Plain(x=1)), caller=HASHES, is_seen=False),
    Row("frozen turned off", gives(FixedXY), gives(XY, XY(1, 2)), caller=HASHES, is_seen=False),
    Row("order turned on", gives(XY), gives(Ordered, Ordered(1, 2)), caller=X),
    Row("order turned off", gives(Ordered), gives(XY, XY(1, 2)), caller=SORTS),
    Row("hash turned on", gives(XY), gives(Hashed, Hashed(1, 2)), caller=X),
    Row("hash turned off", gives(ByIdentity), gives(XY, XY(1, 2)), caller=HASHES, is_seen=False),
]
ROWS = [*ACTIONS, *STREAMS, *INPUTS, *OUTPUTS, *CLASSES]
IDS = [f"{number} {row.kind}" for number, row in enumerate(ROWS)]
