"""Whatever the server's values say that they are, the package holds what they hold, and never their words as code."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import enum
import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Discriminator, Field, computed_field, create_model
from typing_extensions import TypedDict, deprecated

from sanic_actions import ActionError, DefinitionError, Namespace, action
from sanic_actions._namespace import entries
from sanic_actions.codegen import generate
from sanic_actions.server._openapi.document import describer

EVIL = "evil_of_the_server"


class Words:
    """Says of itself, in each way that Python asks, that it is a call."""

    def __repr__(self) -> str:
        return f"{EVIL}()"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return f"{EVIL}()"


class Text(Words, str):
    def strip(self, chars: str | None = None, /) -> str:
        return Text(f'"""{EVIL}()"""')

    lstrip = rstrip = strip

    def split(self, *args: Any, **kwargs: Any) -> list[str]:
        return [Text(f'"""{EVIL}()"""')]

    def isidentifier(self) -> bool:
        return True


class Whole(Words, int):
    pass


class Real(Words, float):
    pass


class Raw(Words, bytes):
    pass


class Level(enum.StrEnum):
    FORBID = "forbid"
    CODE = "CONFLICT"
    NAME = "other"

    def __repr__(self) -> str:
        return f"{EVIL}()"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return f"{EVIL}()"


def module(**members: Any) -> types.ModuleType:
    """A module of the server that holds these classes."""
    made = types.ModuleType("hostile_server")
    vars(made).update(Annotated=Annotated, Field=Field, Text=Text, Whole=Whole)
    sys.modules["hostile_server"] = made
    for name, member in members.items():
        member.__module__ = "hostile_server"
        setattr(made, name, member)
    return made


def packages(annotation: Any, **options: Any) -> Iterator[str]:
    """The files of an action that takes and gives such a type."""

    def act(value: Any) -> Any:
        raise NotImplementedError

    act.__annotations__ = {"value": annotation, "return": annotation}
    if "default" in options:
        act.__defaults__ = (options.pop("default"),)
    yield from generate(Namespace(act=action(act)), **options).values()


def is_clean(text: str) -> bool:
    """Whether nothing of the server's words stands in the code of a file, but in its strings at most."""
    return all(EVIL not in str(getattr(node, "id", "")) for node in ast.walk(ast.parse(text)))


def model(**fields: Any) -> Any:
    made = create_model("Model", **fields)
    module(Model=made)
    return made


def of_config() -> Any:
    config: Any = {
        "extra": Level.FORBID,
        "ser_json_bytes": Text("utf8"),
        "str_max_length": Whole(3),
        "regex_engine": Text("rust-regex"),
    }
    body = {"__annotations__": {"a": int}, "model_config": config}
    made: Any = type("Model", (BaseModel,), body)
    module(Model=made)
    return made


def of_computed() -> Any:
    class Model(BaseModel):
        a: int = 1

        @computed_field(alias=Text("b"), description=Text('says """'))  # type: ignore[prop-decorator]  # mypy knows no decorator on a property
        @property
        def area(self) -> int:
            return 1

    Model.__doc__ = Text('ends in """')
    module(Model=Model)
    return Model


def of_records() -> Any:
    @dataclasses.dataclass
    class Model:
        a: str = Text("x")
        b: int = Whole(3)
        c: Annotated[str, Field(pattern=Text("a"), max_length=Whole(3))] = "a"

    class Pair(NamedTuple):
        a: str = Text("x")
        b: float = Real(1.5)

    class Keys(TypedDict):
        a: str

    setattr(Keys, "__pydantic_config__", {"extra": Level.FORBID})  # noqa: B010  # no key of the dict
    module(Model=Model, Pair=Pair, Keys=Keys)
    return tuple[Model, Pair, Keys]


def of_enum() -> Any:
    made: Any = enum.Enum("made", {"A": Text("x"), "B": Whole(2)})
    module(Model=made)
    return made


def of_union() -> Any:
    fields: list[Any] = [(Literal["one"], "one"), (Literal["two"], "two")]
    one: Any = create_model("One", kind=fields[0])
    two: Any = create_model("Two", kind=fields[1])
    module(One=one, Two=two)
    return Annotated[one | two, Discriminator(Text("kind"))]


CASES: dict[str, Callable[[], Any]] = {
    "alias": lambda: model(a=(int, Field(alias=Level.NAME))),
    "two aliases": lambda: model(a=(int, Field(validation_alias=Text("b"), serialization_alias=Text("b")))),
    "default": lambda: model(a=(str, Text("x")), b=(int, Whole(3)), c=(float, Real(1.5))),
    "items of a default": lambda: model(a=(list[str], [Text("x")]), b=(dict[str, int], {Text("k"): Whole(1)})),
    "constraint": lambda: model(a=(int, Field(ge=Whole(3))), b=(str, Field(pattern=Text("a+")))),
    "compiled pattern": lambda: model(a=(str, Field(pattern=re.compile(Text("a+"))))),
    "description": lambda: model(a=(int, Field(description=Text('ends in """'), examples=[Text("x")]))),
    "literal": lambda: Literal[Text("a"), "b"],
    "new type": lambda: NewType("Name", str),
    "type variable": lambda: TypeVar(f"{EVIL}()"),
    "configuration": of_config,
    "computed field": of_computed,
    "records": of_records,
    "enum": of_enum,
    "discriminator": of_union,
}


@pytest.mark.parametrize("case", [name for name in CASES if name not in ("new type", "type variable")])
def test_value_with_a_repr_of_its_own_is_written_as_what_it_holds(case: str) -> None:
    """Subclasses of scalars and StrEnums stand in the package as plain literals, or are refused."""
    annotation = CASES[case]()
    with contextlib.suppress(DefinitionError):
        for text in packages(annotation):
            assert is_clean(text), text


def test_alias_that_is_an_enum_is_not_lost() -> None:
    """A name in JSON is what the member holds."""
    (text,) = (text for text in packages(CASES["alias"]()) if "class Model" in text and "serialization_alias" in text)

    assert "validation_alias='other'" in text


def test_parameter_prefix_and_deprecation_are_data() -> None:
    """So are the defaults of parameters, the path of the actions and the reason of a deprecation."""

    @action
    @deprecated(Text('says """'))
    def act(a: str = Text("x"), b: int = Whole(3), c: bytes = Raw(b"x")) -> None:
        """Ends in a backslash \\"""

    for text in generate(Namespace(act=act), prefix=Text("/x")).values():
        assert is_clean(text), text


def test_code_of_a_typed_error_is_data() -> None:
    """A code may be a member of an enum of the server's own."""

    class Taken(ActionError, code=Level.CODE):  # type: ignore[arg-type]  # as careless code does
        name: str = Text("x")

    module(Taken=Taken)

    @action(raises=[Taken])
    def act() -> None: ...

    for text in generate(Namespace(act=act)).values():
        assert is_clean(text), text
        assert "class Taken" not in text or "code='CONFLICT'" in text


def test_type_variable_that_is_called_like_code_gets_another_name() -> None:
    """A type variable may be called anything."""
    variable: Any = TypeVar(f"{EVIL}()")  # type: ignore[misc]  # that is the point
    generic: Any = Generic
    body = {"__annotations__": {"a": variable}}
    made: Any = types.new_class("Model", (BaseModel, generic[variable]), {}, lambda names: names.update(body))
    module(Model=made)

    for text in packages(made[int]):
        assert is_clean(text), text


ENDS = st.text(alphabet="\"\\' \na\t\x0c\u2028é", max_size=12)


@given(ENDS)
def test_docstring_of_any_end_is_a_docstring(text: str) -> None:
    """Quotes, backslashes and line separators at the end of a docstring stay inside it."""

    def act() -> None: ...

    act.__doc__ = text
    texts = generate(Namespace(act=action(act)))

    sources = {path: written for path, written in texts.items() if path.endswith((".py", ".pyi"))}
    trees = [ast.parse(written, path) for path, written in sources.items()]
    assert all(tree.body for tree in trees)


SCALARS = st.one_of(
    st.text().map(Text), st.integers().map(Whole), st.floats(allow_nan=False).map(Real), st.binary().map(Raw)
)


@given(SCALARS)
def test_any_value_passes_the_door_as_what_it_holds(value: Any) -> None:
    """A literal evaluates to the value, of the plain type, whatever the value says of itself."""
    from sanic_actions.codegen._text import literal, plain

    written = literal(plain(value))

    assert written is None or ast.literal_eval(written) == value


def half_described(name: str = "a") -> str:
    """Say something."""
    return name


class Halved(BaseModel):
    """Its description is half a character."""

    name: str = Field("a", description="half \ud83d", examples=["\ud83d"])
    word: str = Field("", title="\ud83d", deprecated="no \ud83d")


def half_documented(halved: Halved) -> None:
    """Do something."""


# Python 3.13 takes no such docstring from source.
half_described.__doc__ = "Say \ud83d, which is half a character."
half_documented.__doc__ = "Do.\n\nArgs:\n    halved: What is \ud83d."


def test_half_a_surrogate_pair_in_words_is_escaped() -> None:
    """Documentation may hold what UTF-8 has no bytes for: packages, contracts and documents show its number."""
    tree = {"half": action(half_described), "documented": action(half_documented)}

    for text in generate(tree).values():
        assert "\ud83d" not in text
        assert text.encode().decode() == text
    assert b"half \\ud83d" in describer(entries(tree))("/_actions", "title", "")
